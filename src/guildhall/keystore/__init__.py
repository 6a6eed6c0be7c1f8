"""The only door to private keys.

``open`` gives a ``Keystore``; a ``Keystore`` gives ``Signer``s. Nothing else in the house sees a secret, and no error,
``repr`` or log line of this package holds one. Another kind of store (PKCS#11, a cloud's key service) is another class
with the methods of ``Keystore``.
"""

from __future__ import annotations

from pathlib import Path

from guildhall.keystore.protocol import (
    KeyExistsError,
    KeyNotFoundError,
    Keystore,
    KeystoreCorruptedError,
    KeystoreMissingError,
    PassphraseError,
)
from guildhall.keystore.sealed import Cost, SealedFile

__all__ = [
    "Cost",
    "KeyExistsError",
    "KeyNotFoundError",
    "Keystore",
    "KeystoreCorruptedError",
    "KeystoreMissingError",
    "PassphraseError",
    "SealedFile",
    "open",
]


def open(  # noqa: A001 - keystore.open reads well
    path: str | Path, passphrase: str, *, create: bool = False, cost: Cost | None = None
) -> SealedFile:
    """Open the sealed file at ``path``; with ``create``, make an empty one where there is none.

    Shape:  unsealing takes a tenth of a second on purpose: open once per process and keep the answer. ``cost`` is
            used for a new file only; an old one says its own.
    Raises: KeystoreMissingError; PassphraseError; KeystoreCorruptedError.
    """
    return SealedFile.open(Path(path), passphrase, create=create, cost=cost)
