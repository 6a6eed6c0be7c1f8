"""What somebody brought to be checked: text of a bundle or receipt, a PDF that carries one, a picture of a code."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from guildhall.core.errors import Error, MalformedError
from guildhall.credentials import selectors
from guildhall.credentials.models import Instance


class CodeOfAnotherError(Error):
    """The code in the picture leads to another site."""

    code = "code_of_another"

    def __init__(self, host: str) -> None:
        super().__init__("the code leads to another site", host=host)
        self.host = host


class UnknownCodeError(MalformedError):
    """The code leads here, but to no certificate."""

    code = "unknown_code"


@dataclass(frozen=True, slots=True)
class Found:
    """What was in the file: a document's bytes, or the document of this register that its code names."""

    data: bytes = b""
    instance: Instance | None = None


def read(data: bytes) -> Found:
    """Return what is in a file.

    Raises: MalformedError and its kin for a file that holds nothing to check; CodeOfAnotherError; UnknownCodeError.
    """
    return Found(data=data)


def of_address(address: str) -> Found:
    """Return what an address from a code names.

    Raises: CodeOfAnotherError; UnknownCodeError.
    """
    parts = urlsplit(address)
    if parts.netloc != settings.HOST:
        raise CodeOfAnotherError(parts.netloc or address[:60])
    instance = selectors.by_token(parts.path.rsplit("/", 1)[-1])
    if instance is None:
        raise UnknownCodeError("the code leads to no certificate of this register")
    return Found(instance=instance)
