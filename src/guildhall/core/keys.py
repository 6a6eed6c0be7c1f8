"""Public keys, their Multikey names and their fingerprints; and what may sign.

Private keys do not live here: ``SeedSigner`` is the in-memory signer that the keystore hands out (and tests use);
everything else in the core sees only the ``Signer`` protocol.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol, runtime_checkable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl import bindings
from nacl.exceptions import CryptoError

from guildhall.core import multibase
from guildhall.core.errors import MalformedError

Kind = Literal["Ed25519", "P-256", "P-384"]

SIGNATURE_BYTES: dict[str, int] = {"Ed25519": 64, "P-256": 64, "P-384": 96}

# Multicodec varint header and length of the key behind it (Controlled Identifiers 1.0, section 2.2.2).
_MULTICODEC: dict[Kind, tuple[bytes, int]] = {
    "Ed25519": (b"\xed\x01", 32),
    "P-256": (b"\x80\x24", 33),
    "P-384": (b"\x81\x24", 49),
}
_CURVES: dict[str, tuple[type[ec.EllipticCurve], type[hashes.HashAlgorithm]]] = {
    "P-256": (ec.SECP256R1, hashes.SHA256),
    "P-384": (ec.SECP384R1, hashes.SHA384),
}
_LONGEST_MULTIKEY = 72  # a P-384 multikey has 70 characters


class MalformedKeyError(MalformedError):
    """Bytes or text that are no usable public key."""

    code = "malformed_key"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key.

    Shape:  ``kind`` is ``Ed25519`` (raw 32 bytes), ``P-256`` (33) or ``P-384`` (49 bytes, compressed point).
    """

    kind: Kind
    raw: bytes

    @property
    def multikey_bytes(self) -> bytes:
        """The key behind its multicodec header."""
        return _MULTICODEC[self.kind][0] + self.raw

    @property
    def multibase(self) -> str:
        """The Multikey text, such as ``z6Mk...``.

        Source: Controlled Identifiers 1.0, section 2.2.2.
        """
        return _multibase_of(self)

    @property
    def fingerprint(self) -> str:
        """The first 8 bytes of the SHA-256 of the multikey bytes, as a person reads them: ``9C41 7A0E 5D2B F833``."""
        digest = hashlib.sha256(self.multikey_bytes).hexdigest()[:16].upper()
        return " ".join(digest[i : i + 4] for i in range(0, 16, 4))

    @property
    def uncompressed(self) -> bytes:
        """The point without compression: ``04`` x y (P-256, P-384); the raw bytes for Ed25519.

        Source: SEC 1, section 2.3.3.
        """
        if self.kind == "Ed25519":
            return self.raw
        return _elliptic(self).public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @staticmethod
    def from_multibase(text: str) -> PublicKey:
        """Return the key that a Multikey text names; the point is checked to lie on its curve.

        Shape:  base58btc under ``z``, header of Ed25519, P-256 or P-384.
        Raises: MalformedKeyError; MalformedMultibaseError.
        Source: Controlled Identifiers 1.0, section 2.2.2.
        """
        return _from_multibase(text)

    @staticmethod
    def from_raw(kind: str, raw: bytes) -> PublicKey:
        """Return a key of ``raw`` bytes; the point is checked to lie on its curve, in the right subgroup.

        Raises: MalformedKeyError.
        Source: RFC 8032, section 5.1.3; SEC 1, section 2.3.4.
        """
        if kind not in _MULTICODEC or len(raw) != _MULTICODEC[kind][1]:
            raise MalformedKeyError("the key has a length or kind that is not supported", kind=kind, n_bytes=len(raw))
        key = PublicKey(kind, raw)
        if kind == "Ed25519":
            # A key of small order verifies signatures over any message: whoever names it has signed nothing.
            if not bindings.crypto_core_ed25519_is_valid_point(raw):
                raise MalformedKeyError("the bytes are no Ed25519 key in the main subgroup", kind=kind)
        else:
            _elliptic(key)
        return key

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Return whether ``signature`` is this key's signature of ``message``.

        Shape:  Ed25519 64 bytes; P-256 64 and P-384 96 bytes (r then s, IEEE P1363). A signature of another length,
                a malleable one (s not below the group order) or one with a point of small order is ``False``.
        Source: RFC 8032, section 5.1.7; FIPS 186-5, section 6.4.2.
        """
        if len(signature) != SIGNATURE_BYTES[self.kind]:
            return False
        if self.kind == "Ed25519":
            try:
                bindings.crypto_sign_open(signature + message, self.raw)
            except CryptoError:
                return False
            return True
        half = len(signature) // 2
        r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        try:
            _elliptic(self).verify(encode_dss_signature(r, s), message, ec.ECDSA(_CURVES[self.kind][1]()))
        except InvalidSignature:
            return False
        return True


@lru_cache(maxsize=1024)
def _multibase_of(key: PublicKey) -> str:
    return multibase.encode(key.multikey_bytes)


@lru_cache(maxsize=1024)
def _from_multibase(text: str) -> PublicKey:
    raw = multibase.decode(text, bases=multibase.BASE58BTC, max_length=_LONGEST_MULTIKEY)
    for kind, (header, _) in _MULTICODEC.items():
        if raw.startswith(header):
            return PublicKey.from_raw(kind, raw[len(header) :])
    raise MalformedKeyError("the multikey is of a kind that is not supported")


@lru_cache(maxsize=1024)
def _elliptic(key: PublicKey) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[key.kind][0](), key.raw)
    except ValueError:
        raise MalformedKeyError("the bytes are no point of the curve", kind=key.kind) from None


@runtime_checkable
class Signer(Protocol):
    """Whatever can sign: a sealed file, a token, a seed in a test."""

    @property
    def key_id(self) -> str:
        """The verification method's URL, such as ``did:web:example.org:authority#key-1``."""

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what this signs."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature of ``message`` (Ed25519: 64 bytes)."""


class SeedSigner:
    """An Ed25519 signer in memory.

    Shape:  ``key_id`` is the verification method's URL; ``seed`` 32 bytes (RFC 8032's private key).
    Raises: MalformedKeyError when the seed has another length.
    Source: RFC 8032, section 5.1.5.
    """

    __slots__ = ("_secret", "key_id", "public_key")

    def __init__(self, key_id: str, seed: bytes) -> None:
        if len(seed) != bindings.crypto_sign_SEEDBYTES:
            raise MalformedKeyError("an Ed25519 seed has 32 bytes", n_bytes=len(seed))
        raw, self._secret = bindings.crypto_sign_seed_keypair(seed)
        self.key_id = key_id
        self.public_key = PublicKey("Ed25519", raw)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of ``message``; the same message always gives the same signature.

        Source: RFC 8032, section 5.1.6.
        """
        return bindings.crypto_sign(message, self._secret)[:64]

    def __repr__(self) -> str:
        # The default repr of a future dataclass would print the secret into a log; this cannot.
        return f"SeedSigner({self.key_id!r})"
