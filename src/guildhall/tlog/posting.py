"""One bounded request to one witness: no redirects, no proxies, an end to every wait."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit

from guildhall.core.errors import Error, MalformedError
from guildhall.core.submission import MAX_ANSWER_BYTES

SECONDS = 5.0
"""So long a witness may take for its whole answer."""

_KINDS = {"https": HTTPSConnection, "http": HTTPConnection}


class WitnessAddressError(MalformedError):
    """An address at which no witness can be asked."""

    code = "witness_address"


class WitnessUnreachableError(Error):
    """The witness does not answer, or not in time, or not in HTTP."""

    code: ClassVar[str] = "witness_unreachable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness has answered. ``body`` at most one byte more than is allowed."""

    status: int
    content_type: str
    body: bytes

    @property
    def text(self) -> str:
        """The beginning of the body, for a person."""
        return self.body[:200].decode("ascii", "replace").partition("\n")[0]


def check_address(address: str) -> SplitResult:
    """Return the parts of a witness's submission prefix.

    Raises: WitnessAddressError unless it is http(s), with a host and without user, query and fragment.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise WitnessAddressError(f"{address} is no address", address=address) from None
    if parts.scheme not in _KINDS or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise WitnessAddressError(f"{address} is no http(s) address of a witness", address=address)
    if port == 0 or not address.isascii() or any(sign <= " " for sign in address):
        raise WitnessAddressError(f"{address} is no http(s) address of a witness", address=address)
    return parts


def post(address: str, body: bytes, *, seconds: float | None = None) -> Answer:
    """Send a request to ``add-checkpoint`` below a submission prefix and return the answer, whatever its status.

    Units:  at most ``seconds`` (SECONDS), and as many bytes as an answer may have.
    Raises: WitnessAddressError; WitnessUnreachableError.
    Source: C2SP tlog-witness, "add-checkpoint".
    """
    parts, limit = check_address(address), SECONDS if seconds is None else seconds
    assert parts.hostname is not None
    connection = _KINDS[parts.scheme](parts.hostname, parts.port, timeout=limit)
    # A time-out of the socket is for one wait; a witness that sends a byte now and then would never meet it.
    held: list[socket.socket] = []
    bell = Timer(limit, _hang_up, [held])
    bell.daemon = True
    bell.start()
    try:
        connection.connect()
        held.append(connection.sock)
        connection.request(
            "POST",
            parts.path.rstrip("/") + "/add-checkpoint",
            body,
            {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "guildhall"},
        )
        with connection.getresponse() as answer:
            content = answer.read(MAX_ANSWER_BYTES + 1)
            if answer.length and len(content) <= MAX_ANSWER_BYTES:
                raise WitnessUnreachableError("the witness's answer does not come whole, or not in time")
            content_type = answer.headers.get_content_type() if "Content-Type" in answer.headers else ""
            return Answer(answer.status, content_type, content)
    except (OSError, HTTPException, ValueError) as error:
        raise WitnessUnreachableError(f"the witness does not answer: {error or type(error).__name__}") from None
    finally:
        bell.cancel()
        connection.close()


def _hang_up(held: list[socket.socket]) -> None:
    for one in held:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
