"""ML-DSA-44, for the cosignatures of witnesses that use it. Verification only: nothing here signs with it."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from guildhall.core.keys import MalformedKeyError

try:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
except ImportError:  # pragma: no cover - versions of cryptography before ML-DSA
    MLDSA44PublicKey = None  # type: ignore[assignment,misc]

KIND = "ML-DSA-44"
KEY_BYTES = 1312
SIGNATURE_BYTES = 2420


@dataclass(frozen=True, slots=True)
class MlDsaKey:
    """A public key.

    Shape:  ``raw`` 1312 bytes.
    Raises: MalformedKeyError, also where the installed cryptography cannot check such signatures.
    Source: FIPS 204, table 2.
    """

    raw: bytes
    kind = KIND

    def __post_init__(self) -> None:
        if len(self.raw) != KEY_BYTES:
            raise MalformedKeyError("an ML-DSA-44 key has 1312 bytes", kind=KIND, n_bytes=len(self.raw))
        if MLDSA44PublicKey is None:
            raise MalformedKeyError("this installation cannot check ML-DSA signatures", kind=KIND)
        try:
            MLDSA44PublicKey.from_public_bytes(self.raw)
        except (ValueError, UnsupportedAlgorithm):
            raise MalformedKeyError("this installation cannot check ML-DSA signatures", kind=KIND) from None

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Return whether ``signature`` is this key's signature of ``message``, with an empty context.

        Source: FIPS 204, algorithm 3.
        """
        if len(signature) != SIGNATURE_BYTES:
            return False
        try:
            MLDSA44PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True
