"""A large JSON object read element by element, so that a framework of 100,000 items never stands in memory as objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from mmap import mmap
from typing import Final

from guildhall.core.canonical import strict_json
from guildhall.core.errors import TooLargeError
from guildhall.core.reading import read_json

MAX_BYTES: Final = 512 * 1024 * 1024
MAX_BETWEEN: Final = 16 * 1024 * 1024
"""What is not such an element, together."""
# Possessive, and to the end of the text where a string is never closed: each byte is looked at once, whatever it is.
_MARK: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[{}\[\]]', re.DOTALL)
_COLON: Final = re.compile(rb"[ \t\r\n]*:")


def elements(data: bytes | mmap, *, max_bytes: int = MAX_BYTES) -> Iterator[tuple[str, object]]:  # noqa: C901 - one pass over marks
    """Yield (member, value) of a JSON object; of a member that is a list each element that is an object, one after the other.

    What is between the elements is read at the end: whoever acts on elements undoes it if this raises.

    Raises: MalformedJsonError, DuplicateKeyError, NumberRangeError, TooLargeError, NulCharacterError as ``read_json``.
    """
    if len(data) > max_bytes:
        raise TooLargeError(f"The JSON text has more than {max_bytes} bytes.", limit=max_bytes, what="bytes")
    rest = bytearray()
    taken = start = depth = 0
    name, listed = "", False
    for found in _MARK.finditer(data):
        if found.end() - (start or taken) > MAX_BETWEEN:
            break  # and read no further: what is left is too much, wherever it ends
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
            yield name, read_json(data[start : found.end()])
            rest += data[taken:start] + b"{}"
            taken, start = found.end(), 0
        if mark == b"]" and depth == 1:
            listed = False
    read_json(bytes(rest + data[taken : taken + MAX_BETWEEN + 1]), max_bytes=MAX_BETWEEN)
