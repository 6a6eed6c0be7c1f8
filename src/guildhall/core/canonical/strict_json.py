"""JSON as it must be before anybody signs or believes it (I-JSON, RFC 7493, and stricter).

``orjson`` reads; a few counts over its own output then show in microseconds whether anything was
lost or bent on the way in (a duplicate member, a huge integer). Only when a count is odd is the
text read a second time, by the standard library with a hook on every object and number.

What this module does *not* do: it knows no schema, no JSON-LD and no credential.
"""

from __future__ import annotations

import json
from typing import Any, Final, Never

import orjson

from guildhall.core.errors import Error, TooLargeError

MAX_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 64
MAX_INTEGER: Final = 2**53 - 1  # RFC 7493, section 2.2: the range in which every double is exact


class MalformedJsonError(Error):
    """The bytes are no JSON text in UTF-8."""

    code = "malformed_json"


class DuplicateKeyError(Error):
    """An object has two members of one name, and nobody can say which of them was signed."""

    code = "duplicate_key"


class NumberRangeError(Error):
    """A number that receivers would read differently (integer beyond 2^53, or beyond a double)."""

    code = "number_out_of_range"


# An integer beyond 64 bits has nineteen digits at least, behind a minus or what may stand before a value. Digits become ``0`` and
# those characters ``-``, so that one search finds them all; what it finds within strings is looked at for nothing.
_OUTLINE = bytes.maketrans(b"0123456789:,[-\t\n\r ", b"0000000000--------")
_HUGE_INTEGER = b"-" + 19 * b"0"
_NO_OPENING = bytes(set(range(256)).difference(b"[{"))


def parse(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> object:
    """Return the value of a JSON text, refusing whatever two readers could understand differently.

    Refused: bytes that are not UTF-8, a byte order mark, anything after the value, NaN and Infinity,
    lone surrogates, duplicate members, integers beyond 2^53 - 1, numbers beyond a double.

    Shape:  the result is built of dict, list, str, int, float, bool and None.
    Units:  ``max_bytes`` in bytes; ``max_depth`` in nested arrays and objects (a bare number has 0).
    Raises: MalformedJsonError, DuplicateKeyError, NumberRangeError, TooLargeError.
    Source: RFC 8259; RFC 7493 (I-JSON), sections 2.1 to 2.3.
    """
    if len(data) > max_bytes:
        raise TooLargeError(f"The JSON text has more than {max_bytes} bytes.", limit=max_bytes, what="bytes")
    try:
        value: object = orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError) as error:
        _refuse_unread(data, max_depth, error)
    again = _written_again(value)
    # A depth needs as many brackets.
    is_shallow = len(data.translate(None, _NO_OPENING)) <= max_depth
    if data == again:
        # A text without blanks that writes back to itself has lost nothing.
        if not is_shallow:
            _check_depth_and_floats(value, max_depth)
        return value
    if is_shallow and not data[:1].isdigit() and _HUGE_INTEGER not in data.translate(_OUTLINE):
        doubtful = False
    else:
        doubtful = _check_depth_and_floats(value, max_depth)
    if doubtful or again is None or not _nothing_lost(data, again):
        return _parse_watching(data)
    return value


def _refuse_unread(data: bytes, max_depth: int, error: Exception) -> Never:
    text = str(error)
    if "depth" in text or "ecursion" in text:
        raise TooLargeError(
            f"The JSON text is nested more than {max_depth} deep.", limit=max_depth, what="depth"
        ) from None
    if "infinity" in text:
        raise NumberRangeError("The JSON text has a number beyond the range of a double.") from None
    line = getattr(error, "lineno", 1)
    column = getattr(error, "colno", 1)
    raise MalformedJsonError(
        f"The text is not JSON in UTF-8 (line {line}, column {column}).", line=line, column=column, n_bytes=len(data)
    ) from None


def _check_depth_and_floats(value: object, max_depth: int) -> bool:
    """Walk the value level by level; say whether a float might have been written as a huge integer."""
    doubtful = False
    depth = 0
    level: list[Any] = [value]
    while True:
        below: list[Any] = []
        deeper = False
        for item in level:
            kind = type(item)
            if kind is str:
                continue
            if kind is dict:
                deeper = True
                below.extend(item.values())
            elif kind is list:
                deeper = True
                below.extend(item)
            elif kind is float and not -1e15 < item < 1e15:
                # orjson reads an integer beyond 64 bits as a float without a word.
                doubtful = True
        if not deeper:
            return doubtful
        depth += 1
        if depth > max_depth:
            raise TooLargeError(f"The JSON text is nested more than {max_depth} deep.", limit=max_depth, what="depth")
        level = below


def _written_again(value: object) -> bytes | None:
    """Return the value as JSON without blanks; None for integers beyond 53 bits and depths that only dumps minds."""
    try:
        return orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER)
    except (TypeError, RecursionError):
        return None


def _nothing_lost(data: bytes, again: bytes) -> bool:
    r"""Say whether every member of the text is still in the value, which was written ``again``.

    A member costs one colon outside strings, in the text and in the value written out again. Strings
    keep their colons, unless one is escaped (``\u003a``): then the answer is "look again". A member
    that was overwritten took at least its own colon with it, so equal counts mean that none was.
    """
    if data.count(b":") != again.count(b":"):
        return False
    return b"\\" not in data or b"\\u003" not in data


def _parse_watching(data: bytes) -> object:
    try:
        value: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object_without_duplicates,
            parse_int=_integer_in_range,
            parse_float=_float_in_range,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        raise MalformedJsonError("The text is not JSON in UTF-8.", n_bytes=len(data)) from None
    return value


def _object_without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                shown = name[:80]  # an answer repeats no name of a megabyte
                raise DuplicateKeyError(f"The member {shown!r} occurs twice in one object.", member=shown)
            seen.add(name)
    return members


def _integer_in_range(text: str) -> int:
    if len(text) > 17 or not -MAX_INTEGER <= int(text) <= MAX_INTEGER:
        raise NumberRangeError("An integer lies beyond 2^53 - 1.", limit=MAX_INTEGER)
    return int(text)


def _float_in_range(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise NumberRangeError("The JSON text has a number beyond the range of a double.")
    return value


def _no_constant(text: str) -> Never:
    raise MalformedJsonError(f"{text} is not JSON.", constant=text)
