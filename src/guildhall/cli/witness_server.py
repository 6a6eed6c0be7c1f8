"""The witness over HTTP (C2SP tlog-witness): ``add-checkpoint``, and the checkpoints cosigned last for monitors.

Nothing here decides anything: the core judges, the memory stores. Every body is bounded, every wait ends, and so many
requests are answered at once.
"""

from __future__ import annotations

import re
import sys
import time
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6, socket
from socketserver import TCPServer
from threading import BoundedSemaphore
from typing import Any

from guildhall.cli.witness_memory import Memory, WitnessMemoryError
from guildhall.core.checkpoint import BadCheckpointSignatureError, UnknownLogError
from guildhall.core.errors import Error, MalformedError, TooLargeError
from guildhall.core.submission import MAX_SUBMISSION_BYTES, OtherSizeSeenError, Submission

SECONDS = 20
"""So long a connection may say nothing, and so long a body may take."""

AT_ONCE = 64

_TEXT = "text/plain; charset=utf-8"
_SIZE = "text/x.tlog.size"
_COUNT = re.compile(r"[0-9]{1,9}").fullmatch
_MONITORED = re.compile(r"/([0-9a-f]{64})/checkpoint").fullmatch
_ADD = "/add-checkpoint"

_STATUS: tuple[tuple[type[Error], HTTPStatus], ...] = (
    (UnknownLogError, HTTPStatus.NOT_FOUND),
    (BadCheckpointSignatureError, HTTPStatus.FORBIDDEN),
    (OtherSizeSeenError, HTTPStatus.CONFLICT),
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (MalformedError, HTTPStatus.BAD_REQUEST),
    (WitnessMemoryError, HTTPStatus.INTERNAL_SERVER_ERROR),
    (Error, HTTPStatus.UNPROCESSABLE_ENTITY),
)


def status_of(error: Error) -> HTTPStatus:
    """Return the status with which a refusal is answered.

    Source: C2SP tlog-witness, "add-checkpoint".
    """
    return next(status for kind, status in _STATUS if isinstance(error, kind))


class Server(ThreadingHTTPServer):
    """Listens; one thread a connection, and no more than ``AT_ONCE`` of them."""

    daemon_threads = True
    # A kill leaves connections behind that would keep the port from the next process.
    allow_reuse_address = True

    def __init__(self, host: str, port: int, memory: Memory) -> None:
        self.memory = memory
        self._free = BoundedSemaphore(AT_ONCE)
        self.address_family = AF_INET6 if ":" in host else AF_INET
        super().__init__((host, port), _Requests)

    def server_bind(self) -> None:
        """Take the port, without asking the network for the name of the address as the base class does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, or hang up where too many wait already."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        """Say in one line what went wrong with a connection."""
        print(f"{client_address[0]} {sys.exception()!r}", file=sys.stderr, flush=True)


class _Requests(BaseHTTPRequestHandler):
    server: Server
    connection: socket
    protocol_version = "HTTP/1.1"
    server_version = "guildhall-witness"
    sys_version = ""
    timeout = SECONDS
    error_content_type = _TEXT
    error_message_format = "%(code)d %(message)s\n"

    def do_POST(self) -> None:
        if self.path != _ADD:
            self._end(HTTPStatus.NOT_FOUND, "there is only add-checkpoint\n")
            return
        said = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" in self.headers or len(said) != 1 or not _COUNT(said[0]):
            self._end(HTTPStatus.LENGTH_REQUIRED, "say the body's length\n")
            return
        if int(said[0]) > MAX_SUBMISSION_BYTES:
            self._end(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request is too long\n")
            return
        body = self._body(int(said[0]))
        if body is None:
            self.close_connection = True
            return
        try:
            line = self.server.memory.cosign(Submission.parse(body), now=datetime.now(UTC))
        except OtherSizeSeenError as error:
            self._answer(HTTPStatus.CONFLICT, f"{error.size}\n", _SIZE)
        except Error as error:
            self._refuse(error)
        except OSError as error:
            self.log_error("nothing was stored, so nothing is told: %s", error)
            self._end(HTTPStatus.INTERNAL_SERVER_ERROR, "the witness cannot store what it would vouch for\n")
        else:
            self._answer(HTTPStatus.OK, line)

    def do_GET(self) -> None:
        asked = _MONITORED(self.path)
        found = self.server.memory.checkpoint(asked[1]) if asked else None
        if found is None:
            self._answer(HTTPStatus.NOT_FOUND, "no checkpoint of that log\n")
        else:
            self._answer(HTTPStatus.OK, found.decode())

    def _body(self, n_bytes: int) -> bytes | None:
        """Return the body, or None if it does not come whole and in time."""
        ends, parts, n_missing = time.monotonic() + SECONDS, [], n_bytes
        while n_missing:
            part = self.rfile.read1(n_missing) if time.monotonic() < ends else b""
            if not part:
                return None
            parts.append(part)
            n_missing -= len(part)
        return b"".join(parts)

    def _refuse(self, error: Error) -> None:
        status = status_of(error)
        self.log_error("%s: %s", error.code, error.detail)
        self._answer(status, f"{error.code}: {error.detail}\n")

    def _end(self, status: HTTPStatus, text: str) -> None:
        """Answer and hang up: what is left of the request has not been read."""
        self.close_connection = True
        self._answer(status, text)

    def _answer(self, status: HTTPStatus, text: str, content_type: str = _TEXT) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
