"""Identity numbers, kept so that only the register can read them.

Each stands twice: as a keyed hash (the same person is found again, nobody without the key can try out all numbers) and
sealed (the register can show it to the holder and sign a fresh salted hash of it). The secret lies beside the keystore,
``GUILDHALL_IDENTITY_SECRET`` overrides it; who loses it keeps all certificates but can no longer tell persons apart.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings

from guildhall.core.errors import Error

_SECRET_BYTES = 48


class IdentitySecretError(Error):
    """A sealed identity number does not open: it was sealed under another secret, or changed."""

    code = "identity_not_readable"


def keyed_hash(id_kind: str, id_number: str) -> bytes:
    """Return the register's own hash of an identity number (16 bytes, keyed BLAKE2b)."""
    return hashlib.blake2b(f"{id_kind}\x00{id_number}".encode(), key=_key("hash"), digest_size=16).digest()


def name_hash(name: str) -> bytes:
    """Return the register's own hash of a holder's name (16 bytes, keyed BLAKE2b)."""
    return hashlib.blake2b(name.encode(), key=_key("name"), digest_size=16).digest()


def seal(id_number: str, id_hash: bytes) -> bytes:
    """Return the number encrypted; it opens only beside its own ``id_hash``.

    The same number gives the same bytes: that tells no more than the hash beside it, and no nonce can ever repeat.

    Source: RFC 5297 (AES-SIV).
    """
    return _box().encrypt(id_number.encode(), [id_hash])


def unseal(sealed: bytes, id_hash: bytes) -> str:
    """Return the number that was sealed.

    Raises: IdentitySecretError.
    """
    try:
        return _box().decrypt(sealed, [id_hash]).decode()
    except (InvalidTag, ValueError):
        raise IdentitySecretError("a sealed identity number does not open with this register's secret") from None


def seal_file(content: bytes, batch_id: UUID) -> bytes:
    """Return a file that holds identity numbers encrypted; it opens only as that batch's."""
    return _box().encrypt(zlib.compress(content, 6), [b"file", batch_id.bytes])


def unseal_file(sealed: bytes, batch_id: UUID) -> bytes:
    """Return the file that was sealed.

    Raises: IdentitySecretError.
    """
    try:
        return zlib.decompress(_box().decrypt(sealed, [b"file", batch_id.bytes]))
    except (InvalidTag, ValueError, zlib.error):
        raise IdentitySecretError("a sealed file does not open with this register's secret") from None


def derived(purpose: str, name: bytes, n_bytes: int) -> bytes:
    """Return bytes that only this register can compute from ``name``, and computes alike every time (keyed BLAKE2b).

    Shape:  ``purpose`` keeps uses apart; 1 <= n_bytes <= 64.
    """
    return hashlib.blake2b(name, key=_key(purpose), digest_size=n_bytes).digest()


def derived_many(purpose: str, names: Iterable[bytes], n_bytes: int) -> list[bytes]:
    """Return ``derived`` of each name: the key is prepared once."""
    keyed = hashlib.blake2b(key=_key(purpose), digest_size=n_bytes)
    made = []
    for name in names:
        one = keyed.copy()
        one.update(name)
        made.append(one.digest())
    return made


@cache
def _box() -> AESSIV:
    return AESSIV(hashlib.blake2b(b"seal", key=_secret(), digest_size=64).digest())


@cache
def _key(purpose: str) -> bytes:
    return hashlib.blake2b(purpose.encode(), key=_secret(), digest_size=32).digest()


@cache
def _secret() -> bytes:
    given = os.environ.get("GUILDHALL_IDENTITY_SECRET", "")
    text = given or _kept(Path(settings.KEYSTORE_PATH).parent / "identity")
    return hashlib.blake2b(text.encode(), person=b"guildhall-ident", digest_size=64).digest()


def _kept(file: Path) -> str:
    """Return the secret in ``file``, made once: of several processes that start together, the first one's.

    Raises: IdentitySecretError for a file that was emptied or cut: what is left of a secret is anybody's guess.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_urlsafe(_SECRET_BYTES))
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
    kept = file.read_text().strip()
    if len(kept) < _SECRET_BYTES:
        raise IdentitySecretError("the file of the identity secret is cut short: bring it back from its copy")
    return kept
