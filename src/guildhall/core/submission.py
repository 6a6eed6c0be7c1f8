"""What a log sends to a witness, whether the witness may cosign it, and what it answers (C2SP tlog-witness).

Pure: the one who calls has made sure that nobody else judges the same log meanwhile, and stores what ``vouch`` gives before
a word of it is told to anybody.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from guildhall.core import checkpoint, merkle
from guildhall.core.checkpoint import Checkpoint, Note, Signature, SignedCheckpoint, VerifierKey
from guildhall.core.errors import ConflictError, Error, MalformedError, TooLargeError
from guildhall.core.keys import Signer
from guildhall.core.merkle import HASH_BYTES, InconsistentError
from guildhall.core.witness import SplitViewError

MAX_PATH = 63
MAX_SUBMISSION_BYTES = 256 * 1024
"""Room for 63 hashes and a checkpoint with many post-quantum signatures."""

MAX_ANSWER_BYTES = 64 * 1024

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})").fullmatch
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n").fullmatch


class MalformedSubmissionError(MalformedError):
    """Bytes that are no request to cosign a checkpoint."""

    code = "malformed_submission"


class OldSizeError(MalformedError):
    """The size from which the log would prove is larger than the one that it proves."""

    code = "old_size_above_checkpoint"


class OtherSizeSeenError(ConflictError):
    """The witness remembers another size than the one from which the log proves; ``size`` says which."""

    code = "other_size_seen"

    def __init__(self, size: int) -> None:
        super().__init__(f"the witness has cosigned {size} leaves last: prove from there", size=size)
        self.size = size


class NoCosignatureError(Error):
    """A witness's answer holds no cosignature of that witness on that checkpoint."""

    code: ClassVar[str] = "no_cosignature"


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint, and the path that proves that it extends the one at ``old_size``.

    Shape:  0 <= old_size < 2**63; at most 63 hashes of 32 bytes; ``note`` the signed note as it is published.
    Source: C2SP tlog-witness, "add-checkpoint".
    """

    old_size: int
    path: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        """Return the body of the request.

        Source: C2SP tlog-witness, "add-checkpoint".
        """
        lines = [f"old {self.old_size}", *(binascii.b2a_base64(one, newline=False).decode() for one in self.path), ""]
        return "".join(line + "\n" for line in lines).encode() + self.note

    @staticmethod
    def parse(body: bytes) -> Submission:
        """Return what a log has sent; the checkpoint in it is not looked at yet.

        Raises: MalformedSubmissionError; TooLargeError.
        Source: C2SP tlog-witness, "add-checkpoint".
        """
        if len(body) > MAX_SUBMISSION_BYTES:
            raise TooLargeError("the request is too long", n_bytes=len(body), n_allowed=MAX_SUBMISSION_BYTES)
        head, separator, note = body.partition(b"\n\n")
        try:
            first, *hashes = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise MalformedSubmissionError("the lines before the checkpoint are not ASCII") from None
        old = _OLD(first)
        if old is None or not separator:
            raise MalformedSubmissionError("a request is: old and a size, hashes, an empty line, a checkpoint")
        if len(hashes) > MAX_PATH:
            raise MalformedSubmissionError("there are more than 63 hashes", n=len(hashes))
        return Submission(int(old[1]), tuple(_hash(line) for line in hashes), note)


def _hash(line: str) -> bytes:
    try:
        raw = binascii.a2b_base64(line, strict_mode=True)
    except binascii.Error:
        raw = b""
    if len(raw) != HASH_BYTES or binascii.b2a_base64(raw, newline=False).decode() != line:
        raise MalformedSubmissionError("a line of the proof is not one hash in base64")
    return raw


def judge(submission: Submission, log_keys: Sequence[VerifierKey], remembered: Checkpoint | None) -> SignedCheckpoint:
    """Return the checkpoint if a witness that remembers ``remembered`` (None: nothing yet) may cosign it.

    Shape:  ``remembered`` is of this log: the caller has looked it up by the origin.
    Raises: in this order, MalformedNoteError, MalformedCheckpointError, TooLargeError; UnknownLogError;
            BadCheckpointSignatureError; OldSizeError; OtherSizeSeenError; SplitViewError if the log has signed two heads of
            one size; InconsistentError if the path proves nothing.
    Source: C2SP tlog-witness, "add-checkpoint".
    """
    signed = checkpoint.open_checkpoint(submission.note, log_keys)
    offered = signed.checkpoint
    if submission.old_size > offered.size:
        raise OldSizeError("the old size is above that of the checkpoint", old=submission.old_size, size=offered.size)
    n_seen = remembered.size if remembered else 0
    if submission.old_size != n_seen:
        raise OtherSizeSeenError(n_seen)
    if offered.size == 0 and offered.root != sha256(b"").digest():
        raise InconsistentError("a log without leaves has another head", first=0, second=0)
    if remembered and offered.size == remembered.size and offered.root != remembered.root:
        raise SplitViewError("the log has signed two heads of one size", was=remembered.size, now=offered.size)
    if not remembered or remembered.size == 0:
        if submission.path:
            raise InconsistentError("from no leaves there is nothing to prove", first=0, second=offered.size)
        return signed
    try:
        merkle.check_consistency(remembered.size, remembered.root, offered.size, offered.root, submission.path)
    except merkle.MalformedProofError as error:
        raise InconsistentError(error.detail, first=remembered.size, second=offered.size) from None
    return signed


def vouch(
    signed: SignedCheckpoint, log_keys: Sequence[VerifierKey], name: str, signer: Signer, *, now: datetime
) -> tuple[bytes, str]:
    """Return the checkpoint with the log's signatures and this witness's alone, and the witness's line.

    Lines by others are left out: the witness would publish what anybody has put under a checkpoint.

    Source: C2SP tlog-witness, "add-checkpoint" and "Monitor Retrieval Mechanism".
    """
    by_log = tuple(line for line in signed.note.signatures if any(line.is_by(key) for key in log_keys))
    cosigned = checkpoint.cosign(Note(signed.note.text, by_log).to_bytes(), name, signer, now=now)
    return cosigned, checkpoint.parse_note(cosigned).signatures[-1].line


def read_answer(answer: bytes, note: bytes, key: VerifierKey, *, now: datetime) -> Signature:
    """Return the cosignature of the witness ``key`` from its answer; lines by others are ignored.

    Raises: NoCosignatureError; BadCosignatureError if it does not hold or lies in the future; MalformedNoteError and
            TooLargeError if the answer is no signature lines at all.
    Source: C2SP tlog-witness, "add-checkpoint".
    """
    if len(answer) > MAX_ANSWER_BYTES:
        raise TooLargeError("the witness's answer is too long", n_bytes=len(answer), n_allowed=MAX_ANSWER_BYTES)
    text = checkpoint.parse_note(note).text
    # The text has no empty line of its own behind which an answer could begin a new one.
    parsed = checkpoint.parse_note(text.encode() + b"\n" + answer)
    if parsed.text != text:
        raise NoCosignatureError("the witness's answer is not signature lines", witness=key.name)
    if not checkpoint.cosignatures(parsed, [key], now=now):
        raise NoCosignatureError("the witness's answer has no line of its own", witness=key.name)
    return next(line for line in parsed.signatures if line.is_by(key))


def read_size(answer: bytes) -> int:
    """Return the size that a witness says it has cosigned last.

    Raises: MalformedSubmissionError.
    Source: C2SP tlog-witness, "add-checkpoint".
    """
    said = _SIZE(answer)
    if said is None:
        raise MalformedSubmissionError("the witness's answer is no size")
    return int(said[1])
