"""A results file between its preview and its import: kept sealed for a day, because it holds identity numbers."""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from guildhall.core.errors import NotFoundError
from guildhall.web import clock

KEPT_FOR: Final = timedelta(hours=24)
_NAME: Final = re.compile(r"[0-9a-f]{32}")


class UploadGoneError(NotFoundError):
    """The file is no longer kept: it was imported, or a day has passed."""

    code = "upload_gone"


@dataclass(frozen=True, slots=True)
class Upload:
    """A kept file."""

    key: str
    file_name: str
    data: bytes


def keep(owner: str, file_name: str, data: bytes) -> str:
    """Keep a file for a day and return its key. ``owner`` alone gets it back.

    Shape:  ``owner`` whatever names the issuer; the key 32 hex digits.
    """
    sweep()
    key = uuid.uuid4().hex
    head = json.dumps({"owner": owner, "file_name": file_name}).encode()
    sealed = _box().encrypt(len(head).to_bytes(4, "big") + head + data)
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(_folder() / key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(sealed)
    return key


def fetch(owner: str, key: str) -> Upload:
    """Return a kept file.

    Raises: UploadGoneError, also for somebody else's file.
    """
    path = _folder() / key
    try:
        if not _NAME.fullmatch(key) or _too_old(path):
            raise UploadGoneError("the file is no longer kept")
        plain = _box().decrypt(path.read_bytes())
    except (OSError, CryptoError):
        raise UploadGoneError("the file is no longer kept") from None
    n_head = int.from_bytes(plain[:4], "big")
    head = json.loads(plain[4 : 4 + n_head])
    if head["owner"] != owner:
        raise UploadGoneError("the file is no longer kept")
    return Upload(key, head["file_name"], plain[4 + n_head :])


def drop(key: str) -> None:
    """Forget a kept file."""
    if _NAME.fullmatch(key):
        (_folder() / key).unlink(missing_ok=True)


def sweep() -> None:
    """Forget what has been kept longer than a day."""
    if _folder().is_dir():
        for path in _folder().iterdir():
            if _too_old(path):
                path.unlink(missing_ok=True)


def _too_old(path: Path) -> bool:
    try:
        return clock.now().timestamp() - path.stat().st_mtime > KEPT_FOR.total_seconds()
    except FileNotFoundError:
        return True


def _folder() -> Path:
    return Path(settings.HOME) / "uploads"


def _box() -> SecretBox:
    return SecretBox(hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"web-uploads").digest())
