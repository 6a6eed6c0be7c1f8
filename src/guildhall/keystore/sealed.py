"""Private keys in one sealed file.

The passphrase becomes a key through Argon2id (slow and hungry on purpose); the seeds lie under it in one libsodium
secret box, so that neither a name nor a key can be exchanged unnoticed. Every write goes to a new file that replaces
the old one after both have reached the disk: a power cut leaves the old keystore or the new one, never half of one.

The file, as JSON (binary values in standard base64)::

    {"format": "guildhall-keystore", "version": 1,
     "argon2id": {"salt": ..., "ops": 3, "memory": 67108864},
     "sealed": nonce and box, "sha256": of the three members above}
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nacl.utils
from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import SecretBox

from guildhall.core.did import did_key_url
from guildhall.core.keys import PublicKey, SeedSigner
from guildhall.keystore.protocol import (
    KeyExistsError,
    KeyNotFoundError,
    KeystoreCorruptedError,
    KeystoreMissingError,
    PassphraseError,
)

_FORMAT = "guildhall-keystore"
_VERSION = 1
_MAX_FILE = 64 * 1024 * 1024
_MAX_KEY_ID = 2048


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess of the passphrase costs.

    Shape:  ``ops`` passes over ``memory`` bytes. The default is the second recommendation of RFC 9106, section 4
            (3 passes, 64 MiB): a tenth of a second here, and a worker process can afford it.
    """

    ops: int = 3
    memory: int = 64 * 1024 * 1024


# A file from elsewhere must not make us allocate all there is.
_HIGHEST = Cost(ops=16, memory=1024 * 1024 * 1024)


class SealedFile:
    """A keystore in a sealed file, unsealed once; see ``guildhall.keystore.Keystore`` for its methods."""

    def __init__(self, path: Path, *, salt: bytes, cost: Cost, key: bytes) -> None:
        self._path = path
        self._salt = salt
        self._cost = cost
        self._box = SecretBox(key)
        self._seeds: dict[str, bytes] = {}
        self._signers: dict[str, SeedSigner] = {}
        self._among_threads = threading.Lock()

    def __repr__(self) -> str:
        return f"SealedFile({str(self._path)!r}, n_keys={len(self._seeds)})"

    # --- open ------------------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, path: Path, passphrase: str, *, create: bool = False, cost: Cost | None = None) -> SealedFile:
        """Open the file; with ``create``, make an empty one first where there is none.

        Raises: KeystoreMissingError; PassphraseError (empty or wrong); KeystoreCorruptedError.
        """
        if not passphrase:
            raise PassphraseError("a keystore needs a passphrase that is not empty")
        if create and not path.exists():
            with _locked(path):
                if not path.exists():
                    chosen = cost or Cost()
                    salt = nacl.utils.random(argon2id.SALTBYTES)
                    store = cls(path, salt=salt, cost=chosen, key=_derive(passphrase, salt, chosen))
                    store._write({})
                    return store
        salt, kept_cost, _ = _parse(_read(path))
        store = cls(path, salt=salt, cost=kept_cost, key=_derive(passphrase, salt, kept_cost))
        store._load()
        return store

    # --- Keystore --------------------------------------------------------------------------------------------------

    def create(self, key_id: str) -> PublicKey:
        """Make a new Ed25519 key under ``key_id``, durably, before returning.

        Raises: KeyExistsError.
        """
        return self.import_seed(key_id, nacl.utils.random(bindings.crypto_sign_SEEDBYTES))

    def create_did_key(self) -> PublicKey:
        """Make a new Ed25519 key that is named by its own ``did:key`` URL."""
        seed = nacl.utils.random(bindings.crypto_sign_SEEDBYTES)
        return self.import_seed(did_key_url(SeedSigner("", seed).public_key), seed)

    def import_seed(self, key_id: str, seed: bytes) -> PublicKey:
        """Take in a key made elsewhere (a conformance suite's, another system's); 32 bytes.

        Raises: KeyExistsError; MalformedKeyError when the seed has another length.
        """
        if not 0 < len(key_id) <= _MAX_KEY_ID:
            raise KeyNotFoundError("a key needs a name of at most 2048 characters")
        signer = SeedSigner(key_id, seed)
        with self._among_threads, _locked(self._path):
            self._load()
            if key_id in self._seeds:
                raise KeyExistsError("the keystore holds a key of that name already", key_id=key_id)
            seeds = {**self._seeds, key_id: bytes(seed)}
            self._write(seeds)
            self._seeds = seeds
            self._signers[key_id] = signer
        return signer.public_key

    def signer(self, key_id: str) -> SeedSigner:
        """Return what signs with the key of that name; a key that another process made since is found too.

        Raises: KeyNotFoundError.
        """
        signer = self._signers.get(key_id)
        if signer is None:
            with self._among_threads:
                if key_id not in self._seeds:
                    self._load()
                if key_id not in self._seeds:
                    raise KeyNotFoundError("the keystore holds no key of that name", key_id=key_id)
                signer = self._signers[key_id] = SeedSigner(key_id, self._seeds[key_id])
        return signer

    def keys(self) -> dict[str, PublicKey]:
        """Return the public keys by ``key_id``, in the order of their making."""
        with self._among_threads:
            self._load()
            names = list(self._seeds)
        return {name: self.signer(name).public_key for name in names}

    def reseal(self, passphrase: str, *, cost: Cost | None = None) -> None:
        """Seal the keys under a new passphrase. Other processes have to open the file anew.

        Raises: PassphraseError when the new passphrase is empty.
        """
        if not passphrase:
            raise PassphraseError("a keystore needs a passphrase that is not empty")
        with self._among_threads, _locked(self._path):
            self._load()
            self._salt, self._cost = nacl.utils.random(argon2id.SALTBYTES), cost or self._cost
            self._box = SecretBox(_derive(passphrase, self._salt, self._cost))
            self._write(self._seeds)

    # --- the file --------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        salt, _, sealed = _parse(_read(self._path))
        if salt != self._salt:
            raise PassphraseError("the keystore has been sealed anew since it was opened here")
        try:
            content = self._box.decrypt(sealed)
        except (CryptoError, ValueError):
            # The file's own hash fits, so it was written like this: the key that we derived is the wrong one.
            raise PassphraseError("the passphrase does not open the keystore") from None
        try:
            seeds = {name: bytes.fromhex(seed) for name, seed in json.loads(content)}
        except (ValueError, TypeError):
            raise KeystoreCorruptedError("the keystore opens but does not hold keys") from None
        self._seeds = seeds

    def _write(self, seeds: dict[str, bytes]) -> None:
        content = json.dumps([[name, seed.hex()] for name, seed in seeds.items()]).encode()
        kdf = {"salt": _base64(self._salt), "ops": self._cost.ops, "memory": self._cost.memory}
        members = {
            "format": _FORMAT,
            "version": _VERSION,
            "argon2id": kdf,
            "sealed": _base64(self._box.encrypt(content)),
        }
        _replace(self._path, json.dumps({**members, "sha256": _digest(members)}, indent=1).encode() + b"\n")


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _digest(members: dict[str, Any]) -> str:
    """Tells a damaged file from a wrong passphrase; it protects nothing (the box does)."""
    return hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _derive(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    return argon2id.kdf(SecretBox.KEY_SIZE, passphrase.encode(), salt, opslimit=cost.ops, memlimit=cost.memory)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE + 1)
    except FileNotFoundError:
        raise KeystoreMissingError("there is no keystore at that place") from None
    if len(raw) > _MAX_FILE:
        raise KeystoreCorruptedError("the keystore's file is larger than a keystore can be", limit=_MAX_FILE)
    return raw


def _parse(raw: bytes) -> tuple[bytes, Cost, bytes]:
    """Return salt, cost and sealed bytes of a keystore's file."""
    try:
        members = json.loads(raw)
        digest = members.pop("sha256")
        kdf = members["argon2id"]
        salt = base64.b64decode(kdf["salt"], validate=True)
        sealed = base64.b64decode(members["sealed"], validate=True)
        cost = Cost(kdf["ops"], kdf["memory"])
        fits = (
            members["format"] == _FORMAT
            and members["version"] == _VERSION
            and digest == _digest(members)
            and len(salt) == argon2id.SALTBYTES
            and len(sealed) > SecretBox.NONCE_SIZE
            and type(cost.ops) is int
            and type(cost.memory) is int
            and argon2id.OPSLIMIT_MIN <= cost.ops <= _HIGHEST.ops
            and argon2id.MEMLIMIT_MIN <= cost.memory <= _HIGHEST.memory
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        fits = False
    if not fits:
        raise KeystoreCorruptedError("the file is not a keystore, or not as it was written")
    return salt, cost, sealed


def _replace(path: Path, raw: bytes) -> None:
    """Put ``raw`` in the place of the file, durably: old or new content after a power cut, never a mixture."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.new")
    descriptor = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    # Without this the new name itself may be lost.
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other processes and threads from writing meanwhile. The lock's file stays: removing it would race."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
