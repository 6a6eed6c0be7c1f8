"""A large JSON object read element by element, so that a framework of 100,000 items never stands in memory as objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from mmap import mmap
from typing import Final

from guildhall.core.canonical import strict_json
from guildhall.core.errors import TooLargeError

MAX_BYTES: Final = 512 * 1024 * 1024
_MARK: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_COLON: Final = re.compile(rb"[ \t\r\n]*:")


def elements(data: bytes | mmap, *, max_bytes: int = MAX_BYTES) -> Iterator[tuple[str, object]]:
    """Yield (member, value) of a JSON object; of a member that is a list each element that is an object, one after the other.

    What is between the elements is read at the end: whoever acts on elements undoes it if this raises.

    Raises: MalformedJsonError, DuplicateKeyError, NumberRangeError, TooLargeError as ``strict_json.parse``.
    """
    if len(data) > max_bytes:
        raise TooLargeError(f"The JSON text has more than {max_bytes} bytes.", limit=max_bytes, what="bytes")
    rest = bytearray()
    taken = start = depth = 0
    name, listed = "", False
    for found in _MARK.finditer(data):
        mark = data[found.start() : found.start() + 1]
        if mark == b'"':
            if depth == 1 and _COLON.match(data, found.end()):
                read = strict_json.parse(data[found.start() : found.end()], max_bytes=max_bytes)
                name, listed = str(read), False
            continue
        if mark in (b"{", b"["):
            if mark == b"{" and depth == (2 if listed else 1):
                start = found.start()
            elif mark == b"[" and depth == 1:
                listed = True
            depth += 1
            continue
        depth -= 1
        if mark == b"}" and start and depth == (2 if listed else 1):
            yield name, strict_json.parse(data[start : found.end()])
            rest += data[taken:start] + b"{}"
            taken, start = found.end(), 0
        if mark == b"]" and depth == 1:
            listed = False
    strict_json.parse(bytes(rest + data[taken:]), max_bytes=max_bytes)
