"""The keystore of this process, opened once, and the log's own key in it."""

from __future__ import annotations

import contextlib
from functools import cache
from pathlib import Path

from django.conf import settings

from guildhall import keystore
from guildhall.core.checkpoint import VerifierKey
from guildhall.core.errors import Error
from guildhall.core.keys import Signer
from guildhall.tlog.models import Checkpoint


class LogKeyLostError(Error):
    """The log has published checkpoints, and the key that signed them is gone from the keystore."""

    code = "log_key_lost"


def opened() -> keystore.Keystore:
    """Return the register's keystore; an empty one is made where there is none.

    Raises: PassphraseError; KeystoreCorruptedError.
    """
    return _opened(Path(settings.KEYSTORE_PATH), settings.KEYSTORE_PASSPHRASE)


@cache
def _opened(path: Path, passphrase: str) -> keystore.Keystore:
    return keystore.open(path, passphrase, create=True)


def signer(key_id: str) -> Signer:
    """Return what signs under ``key_id``; its key is made on first use.

    Shape:  for keys of which the register itself says that they exist (the log's, the authority's, an issuer's).
    """
    store = opened()
    try:
        return store.signer(key_id)
    except keystore.KeyNotFoundError:
        # Another process may make it at this very moment: then it is that one's.
        with contextlib.suppress(keystore.KeyExistsError):
            store.create(key_id)
        return store.signer(key_id)


def log_signer() -> Signer:
    """Return what signs the log's checkpoints. Its key is named as the log (C2SP signed-note).

    Raises: LogKeyLostError: a new key beside old checkpoints would be another log to everybody who knows this one.
    """
    try:
        return opened().signer(settings.LOG_ORIGIN)
    except keystore.KeyNotFoundError as reason:
        if Checkpoint.objects.exists():
            raise LogKeyLostError(
                "the log has signed before, and its key is not in the keystore: bring the keystore back",
                origin=settings.LOG_ORIGIN,
            ) from reason
        return signer(settings.LOG_ORIGIN)


def verifier_key() -> VerifierKey:
    """Return the log's public key as trust lists carry it (``.text``)."""
    return VerifierKey(settings.LOG_ORIGIN, log_signer().public_key)
