"""Signed notes, checkpoints and cosignatures, byte for byte as C2SP specifies them.

A checkpoint says "the log of this name had this many leaves and this head", signed by the log. Witnesses that have seen
that it extends every earlier one add cosignatures. In Guildhall the name of a log's key *is* the log's origin (C2SP says
SHOULD): so a key that is trusted for one log can never speak for another.

Signatures are by Ed25519; of witnesses, those by ML-DSA-44 are verified too. Lines by other keys and of other kinds are
kept, and ignored, as the specification demands.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import ClassVar

from guildhall.core.errors import Error, MalformedError, TooLargeError
from guildhall.core.keys import MalformedKeyError, PublicKey, Signer
from guildhall.core.merkle import HASH_BYTES, MAX_SIZE
from guildhall.core.mldsa import KIND as ML_DSA_44
from guildhall.core.mldsa import MlDsaKey

ED25519 = 0x01
COSIGNATURE = 0x04
COSIGNATURE_ML_DSA = 0x06
"""Signature types (C2SP signed-note, "Signature types")."""

_KINDS = {ED25519: "Ed25519", COSIGNATURE: "Ed25519", COSIGNATURE_ML_DSA: ML_DSA_44}

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
"""Work bounds; the specification asks for at least 16 signatures."""

CLOCK_SKEW = timedelta(minutes=5)

_LONGEST_NAME = 255
_DASH = "— "  # em dash, space
# Unicode's White_Space; Python's isspace() would add four control characters, which a note cannot hold anyway.
_KEY_NAME = re.compile(
    r"[^\x00-\x20+\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]+"
).fullmatch
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]").search
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch
_KEY_ID = re.compile(r"[0-9a-f]{8}").fullmatch


class MalformedNoteError(MalformedError):
    """Bytes that are no signed note."""

    code = "malformed_note"


class MalformedCheckpointError(MalformedError):
    """A note whose text is no checkpoint."""

    code = "malformed_checkpoint"


class MalformedVerifierKeyError(MalformedError):
    """Text that is no verifier key."""

    code = "malformed_verifier_key"


class UnknownLogError(Error):
    """No trusted key belongs to this log, so its checkpoint proves nothing here."""

    code: ClassVar[str] = "unknown_log"


class BadCheckpointSignatureError(Error):
    """The log's own signature is missing or does not fit the text."""

    code: ClassVar[str] = "bad_checkpoint_signature"


class BadCosignatureError(Error):
    """A line in the name of a known witness does not fit the text."""

    code: ClassVar[str] = "bad_cosignature"


@dataclass(frozen=True)
class VerifierKey:
    """A name, a public key and what its signatures are over: notes (``ED25519``) or cosignature messages (the others).

    Raises: MalformedVerifierKeyError for a name with spaces or ``+``, another kind of key or of signature.
    Source: C2SP signed-note, "Verifier keys"; tlog-cosignature, "Format".
    """

    name: str
    public_key: PublicKey | MlDsaKey
    signature_type: int = ED25519

    def __post_init__(self) -> None:
        self.check_name(self.name)
        if self.public_key.kind != _KINDS.get(self.signature_type):
            raise MalformedVerifierKeyError(
                "only Ed25519 signatures and cosignatures by Ed25519 and ML-DSA-44 are supported",
                signature_type=self.signature_type,
            )
        if self.signature_type == COSIGNATURE_ML_DSA and len(self.name.encode()) > _LONGEST_NAME:
            raise MalformedVerifierKeyError("the name of an ML-DSA cosigner has at most 255 bytes")

    @property
    def cosigns(self) -> bool:
        """Tell whether the key is a witness's."""
        return self.signature_type != ED25519

    @staticmethod
    def check_name(name: str) -> None:
        """Do nothing if a key may have this name.

        Raises: MalformedVerifierKeyError.
        Source: C2SP signed-note, "Format".
        """
        if not _KEY_NAME(name):
            raise MalformedVerifierKeyError("a key name is not empty and has neither spaces nor +")

    @cached_property
    def key_id(self) -> bytes:
        """The four bytes that name the key in a signature line.

        Source: C2SP signed-note, "Signatures"; tlog-cosignature, "Format".
        """
        return sha256(self.name.encode() + b"\n" + self._encoded).digest()[:4]

    @property
    def text(self) -> str:
        """The vkey, as trust lists carry it: ``<name>+<key id in hex>+<base64>``."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(self._encoded)}"

    @property
    def _encoded(self) -> bytes:
        return bytes([self.signature_type]) + self.public_key.raw

    @staticmethod
    def parse(text: str) -> VerifierKey:
        """Return the key that a vkey stands for.

        Raises: MalformedVerifierKeyError, also when the key id does not fit the rest.
        Source: C2SP signed-note, "Verifier keys".
        """
        return _parse_verifier_key(text)


@lru_cache(maxsize=1024)
def _parse_verifier_key(text: str) -> VerifierKey:
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = _from_base64(encoded)
    if raw is None or not _KEY_ID(key_id):
        raise MalformedVerifierKeyError("a verifier key has the form name+id+base64")
    try:
        ml_dsa = raw[0] == COSIGNATURE_ML_DSA
        public_key = MlDsaKey(raw[1:]) if ml_dsa else PublicKey.from_raw("Ed25519", raw[1:])
    except MalformedKeyError as error:
        raise MalformedVerifierKeyError(error.detail) from None
    key = VerifierKey(name, public_key, raw[0])
    if key.key_id.hex() != key_id:
        raise MalformedVerifierKeyError("the key id does not belong to this name and key")
    return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line. ``key_id`` 4 bytes; ``value`` what follows it, of a kind that only the key knows."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {_base64(self.key_id + self.value)}\n"

    def is_by(self, key: VerifierKey) -> bool:
        """Tell whether the line claims to be by ``key``; it may still be wrong."""
        return self.name == key.name and self.key_id == key.key_id


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signature lines under it. ``text`` ends in a newline."""

    text: str
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        """Return the signed note as it is published.

        Source: C2SP signed-note, "Format".
        """
        return (self.text + "\n" + "".join(signature.line for signature in self.signatures)).encode()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log at a size.

    Shape:  ``origin`` one line; 0 <= size < 2**63; ``root`` 32 bytes; extension lines are opaque, none of them empty.
    Raises: MalformedCheckpointError.
    Source: C2SP tlog-checkpoint, "Note text".
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line or _CONTROL(line):
                raise MalformedCheckpointError("a line is empty or holds control characters")
        if not 0 <= self.size <= MAX_SIZE:
            raise MalformedCheckpointError("the size is out of range", size=self.size)
        if len(self.root) != HASH_BYTES:
            raise MalformedCheckpointError("the root hash must have 32 bytes", n_bytes=len(self.root))

    @property
    def text(self) -> str:
        """The note text that the log signs."""
        return "".join(line + "\n" for line in (self.origin, str(self.size), _base64(self.root), *self.extensions))

    @staticmethod
    def parse(text: str) -> Checkpoint:
        """Return the checkpoint that a note text states.

        Raises: MalformedCheckpointError.
        Source: C2SP tlog-checkpoint, "Note text".
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise MalformedCheckpointError("a checkpoint has at least three lines, none of them empty")
        origin, size, root, *extensions = lines
        if not _SIZE(size):
            raise MalformedCheckpointError("the size is not a plain decimal number")
        head = _from_base64(root)
        if head is None:
            raise MalformedCheckpointError("the root hash is not base64")
        return Checkpoint(origin, int(size), head, tuple(extensions))


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint that a trusted key of its log has signed, and the note that says so."""

    checkpoint: Checkpoint
    note: Note


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness's word: at this time this was the largest consistent head it had seen of the log."""

    witness: str
    cosigned_at: datetime


def parse_note(note: bytes) -> Note:
    """Return text and signature lines of a signed note; no signature is checked.

    Shape:  UTF-8, at most 1,000,000 bytes and 100 signature lines.
    Raises: MalformedNoteError; TooLargeError.
    Source: C2SP signed-note, "Format".
    """
    if len(note) > MAX_NOTE_BYTES:
        raise TooLargeError("the note is too long", n_bytes=len(note), n_allowed=MAX_NOTE_BYTES)
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise MalformedNoteError("the note is not UTF-8") from None
    if _CONTROL(whole):
        raise MalformedNoteError("the note holds control characters")
    # The last empty line separates, because the text may have empty lines of its own.
    text, separator, lines = whole.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise MalformedNoteError("the note has no signature lines")
    signatures = lines[:-1].split("\n")
    if len(signatures) > MAX_SIGNATURES:
        raise TooLargeError("the note has too many signatures", n=len(signatures), n_allowed=MAX_SIGNATURES)
    return Note(text + "\n", tuple(_signature(line) for line in signatures))


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    value = _from_base64(encoded)
    if not line.startswith(_DASH) or not _KEY_NAME(name) or value is None or len(value) < 5:
        raise MalformedNoteError("a signature line is not: dash, key name, base64")
    return Signature(name, value[:4], value[4:])


def sign(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """Return the checkpoint as a note signed by the log; the key's name is the origin.

    Raises: MalformedVerifierKeyError if the origin cannot name a key, or the signer's key is not Ed25519.
    Source: C2SP tlog-checkpoint, "Signatures"; signed-note, "Ed25519 signatures".
    """
    key = VerifierKey(checkpoint.origin, signer.public_key)
    signature = Signature(key.name, key.key_id, signer.sign(checkpoint.text.encode()))
    return Note(checkpoint.text, (signature,)).to_bytes()


def open_checkpoint(note: bytes, log_keys: Iterable[VerifierKey]) -> SignedCheckpoint:
    """Return the checkpoint in ``note`` if a trusted key of its log has signed it.

    Shape:  ``log_keys`` may hold keys of many logs; those named as the checkpoint's origin count.
    Raises: MalformedNoteError, MalformedCheckpointError, TooLargeError; UnknownLogError if no key is known for the
            origin; BadCheckpointSignatureError if none of its keys signed, or a line in its name is wrong.
    Source: C2SP signed-note, "Signatures"; tlog-checkpoint.
    """
    parsed = parse_note(note)
    checkpoint = Checkpoint.parse(parsed.text)
    keys = [key for key in log_keys if key.name == checkpoint.origin and key.signature_type == ED25519]
    if not keys:
        raise UnknownLogError("no trusted key is known for this log", origin=checkpoint.origin)
    n_signed = 0
    for signature in parsed.signatures:
        for key in keys:
            if signature.is_by(key):
                if not key.public_key.verify(parsed.text.encode(), signature.value):
                    raise BadCheckpointSignatureError("the log's signature is wrong", origin=checkpoint.origin)
                n_signed += 1
    if not n_signed:
        raise BadCheckpointSignatureError("the log has not signed this checkpoint", origin=checkpoint.origin)
    return SignedCheckpoint(checkpoint, parsed)


def cosign(note: bytes, name: str, signer: Signer, *, now: datetime) -> bytes:
    """Return the note with one more line: the cosignature of the witness ``name``.

    It is for the caller to have made sure that the checkpoint extends the last one that the witness cosigned, and to
    have stored it durably; an older cosignature of the same key gives way to the new one.

    Raises: MalformedNoteError, MalformedCheckpointError, MalformedVerifierKeyError.
    Source: C2SP tlog-cosignature, "Ed25519 signed message".
    """
    parsed = parse_note(note)
    Checkpoint.parse(parsed.text)
    key = VerifierKey(name, signer.public_key, COSIGNATURE)
    timestamp = int(now.timestamp())
    value = timestamp.to_bytes(8, "big") + signer.sign(_cosigned_message(timestamp, parsed.text))
    kept = tuple(signature for signature in parsed.signatures if not signature.is_by(key))
    return Note(parsed.text, (*kept, Signature(key.name, key.key_id, value))).to_bytes()


def cosignatures(
    note: Note, witness_keys: Sequence[VerifierKey], *, now: datetime | None = None
) -> tuple[Cosignature, ...]:
    """Return whose cosignatures the note carries, of the known witnesses, each once and with its latest time.

    Shape:  with ``now``, a cosignature more than five minutes in the future is wrong.
    Raises: BadCosignatureError if a line in the name of a known witness is wrong.
    Source: C2SP tlog-cosignature, "Format".
    """
    found: dict[VerifierKey, datetime] = {}
    for signature in note.signatures:
        for key in witness_keys:
            if key.cosigns and signature.is_by(key):
                cosigned_at = _cosigned_at(note.text, signature, key)
                if now is not None and cosigned_at > now + CLOCK_SKEW:
                    raise BadCosignatureError("the cosignature lies in the future", witness=key.name)
                found[key] = max(cosigned_at, found.get(key, cosigned_at))
    return tuple(Cosignature(key.name, cosigned_at) for key, cosigned_at in found.items())


def _cosigned_at(text: str, signature: Signature, key: VerifierKey) -> datetime:
    timestamp = int.from_bytes(signature.value[:8], "big")
    if key.signature_type == COSIGNATURE_ML_DSA:
        # Without a time it would not say that this is the largest head that the witness has seen.
        message = _cosigned_tree(key.name, timestamp, Checkpoint.parse(text)) if timestamp else None
    else:
        message = _cosigned_message(timestamp, text)
    if message is None or not key.public_key.verify(message, signature.value[8:]):
        raise BadCosignatureError("the cosignature is wrong", witness=key.name)
    try:
        return datetime.fromtimestamp(timestamp, UTC)
    except (ValueError, OverflowError, OSError):
        raise BadCosignatureError("the cosignature's time is out of range", witness=key.name) from None


def _cosigned_message(timestamp: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def _cosigned_tree(name: str, timestamp: int, head: Checkpoint) -> bytes | None:
    """Return what an ML-DSA cosigner signs: the whole tree as a subtree that begins at 0; None if the origin is too long.

    Source: C2SP tlog-cosignature, "ML-DSA-44 signed message".
    """
    origin = head.origin.encode()
    if len(origin) > _LONGEST_NAME:
        return None
    parts = [b"subtree/v1\n\0", _short(name.encode()), timestamp.to_bytes(8, "big"), _short(origin)]
    return b"".join([*parts, bytes(8), head.size.to_bytes(8, "big"), head.root])


def _short(text: bytes) -> bytes:
    return len(text).to_bytes(1, "big") + text


def _base64(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode()


def _from_base64(text: str) -> bytes | None:
    """Return the bytes, or None unless ``text`` is their one standard encoding (RFC 4648, section 4)."""
    try:
        raw = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    # The unused bits of the last digit may be set: two texts, one signature. One form only.
    return raw if raw and _base64(raw) == text else None
