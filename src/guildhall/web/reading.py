"""What somebody brought to be checked: a document, or a code that leads to one of this register."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from guildhall.core.errors import Error, NotFoundError
from guildhall.credentials import selectors
from guildhall.credentials.models import Instance
from guildhall.credentials.rendering import extract


class ForeignCodeError(Error):
    """The code in the picture leads to another site."""

    code = "foreign_code"

    def __init__(self, host: str) -> None:
        super().__init__("the code leads to another site", host=host)
        self.host = host


class UnknownCodeError(NotFoundError):
    """The code leads here, but to no certificate."""

    code = "unknown_code"


@dataclass(frozen=True, slots=True)
class Found:
    """What was in the file: a document's bytes, or the document of this register that its code names."""

    data: bytes = b""
    instance: Instance | None = None


def read(data: bytes) -> Found:
    """Return what is in a file.

    Raises: the errors of ``extract.read`` for a file that holds nothing to check; ForeignCodeError; UnknownCodeError.
    """
    found = extract.read(data, is_ours=_is_ours)
    if found.document is not None:
        return Found(data=found.document)
    return _of_address(found.url or "")


def _is_ours(address: str) -> bool:
    return urlsplit(address).netloc == settings.HOST


def _of_address(address: str) -> Found:
    parts = urlsplit(address)
    if not _is_ours(address):
        # The host alone: whatever stands behind it might be somebody's secret.
        raise ForeignCodeError(parts.hostname or address[:60])
    instance = selectors.by_token(parts.path.rsplit("/", 1)[-1])
    if instance is None:
        raise UnknownCodeError("the code leads to no certificate of this register")
    return Found(instance=instance)
