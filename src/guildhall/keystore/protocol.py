"""What a keystore is, and how it says no."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from guildhall.core.errors import ConflictError, Error, NotFoundError
from guildhall.core.keys import PublicKey, Signer


class KeystoreMissingError(NotFoundError):
    """There is no keystore at that place."""

    code = "keystore_missing"


class KeystoreCorruptedError(Error):
    """The keystore's file is not as it was written."""

    code = "keystore_corrupted"


class PassphraseError(Error):
    """The passphrase does not open the keystore."""

    code = "wrong_passphrase"


class KeyNotFoundError(NotFoundError):
    """The keystore holds no key of that name."""

    code = "key_not_found"


class KeyExistsError(ConflictError):
    """The keystore holds a key of that name already; keys are never overwritten."""

    code = "key_exists"


@runtime_checkable
class Keystore(Protocol):
    """A place where private keys live and from which they never come out."""

    def create(self, key_id: str) -> PublicKey:
        """Make a new Ed25519 key under ``key_id`` (a verification method's URL), durably, before returning.

        Raises: KeyExistsError.
        """

    def create_did_key(self) -> PublicKey:
        """Make a new Ed25519 key that is named by its own ``did:key`` URL."""

    def signer(self, key_id: str) -> Signer:
        """Return what signs with the key of that name.

        Raises: KeyNotFoundError.
        """

    def keys(self) -> dict[str, PublicKey]:
        """Return the public keys by ``key_id``, in the order of their making."""
