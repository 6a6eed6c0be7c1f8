"""The JSON Canonicalization Scheme (RFC 8785), exactly.

``orjson`` writes sorted JSON some ten times as fast as a pure implementation, and for nearly every
document the same bytes. Where it would not (integral or far-out floats, integers beyond 2^53, member
names outside the Basic Multilingual Plane, values that are no JSON), a guard hands the document to
``rfc8785``. So the result is canonical by construction, not by luck.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import orjson
import rfc8785

from guildhall.core.errors import Error

_OPTIONS: Final = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
_ASTRAL_LEADS: Final = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")
MAX_DEPTH: Final = 200  # below the depth at which either writer gives up


class NotJsonError(Error):
    """A value that has no canonical JSON form (not JSON, not exact, or not Unicode text)."""

    code = "not_json"


def canonical(value: object) -> bytes:
    """Return the canonical JSON bytes of a value.

    Shape:  dict with str names, list or tuple, str, int, float, bool, None; at most 200 deep.
    Units:  UTF-8 bytes.
    Raises: NotJsonError for NaN, infinities, integers beyond 2^53 - 1, lone surrogates, names that are
            not strings, other types, and values nested too deep (or in a circle).
    Source: RFC 8785, section 3.2.
    """
    if _written_alike(value):
        try:
            written = orjson.dumps(value, option=_OPTIONS)
        except (TypeError, RecursionError):
            return _by_the_letter(value)
        for lead in _ASTRAL_LEADS:
            # Characters beyond U+FFFF sort differently as UTF-16 than as code points: only then can
            # the order of names be in doubt.
            if lead in written:
                return _by_the_letter(value)
        return written
    return _by_the_letter(value)


_MARK: Final = re.compile(rb'"\\u0000([0-9]+)\\u0000"')
_FILLERS: Final = frozenset({str, int})


class Stencil:
    """Writes documents that differ in some texts and whole numbers only: what they share is written once."""

    def __init__(self, build: Callable[[tuple[Any, ...]], object], n_holes: int) -> None:
        """Write what the documents share.

        Shape:  ``build`` returns the document with these ``n_holes`` values in it, each at one place or more, and never
                as the name of a member (so that no value has a say in the order).
        Raises: NotJsonError.
        """
        self._build = build
        self._parts: list[bytes] = []
        marked = canonical(build(tuple(f"\x00{number}\x00" for number in range(n_holes))))
        # A document that has such marks of its own is always written whole.
        if b"\\u0000" not in canonical(build((0,) * n_holes)):
            self._parts = _MARK.split(marked)
        self._holes = [int(number) for number in self._parts[1::2]]

    def canonical(self, values: tuple[str | int, ...]) -> bytes:
        """Return ``canonical`` of the document with these values.

        Raises: NotJsonError.
        """
        if not self._parts or not _FILLERS.issuperset(map(type, values)):
            return canonical(self._build(values))
        try:
            written = [orjson.dumps(value, option=_OPTIONS) for value in values]
        except TypeError:
            return canonical(self._build(values))
        parts = self._parts.copy()
        parts[1::2] = [written[hole] for hole in self._holes]
        return b"".join(parts)


def _written_alike(value: object) -> bool:
    """Say whether orjson writes every value of this document as RFC 8785 does (names aside)."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str:
                continue
            if kind is dict:
                below.extend(item.values())
            elif kind is list or kind is tuple:
                below.extend(item)
            elif kind is float:
                if not 1e-5 < abs(item) < 1e15 or item.is_integer():
                    return False
            elif kind is not int and kind is not bool and item is not None:
                return False
        if not below:
            return True
        level = below
    raise NotJsonError(f"The value is nested more than {MAX_DEPTH} deep.", limit=MAX_DEPTH)


def _by_the_letter(value: object) -> bytes:
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, RecursionError, TypeError, ValueError, AttributeError) as error:
        raise NotJsonError("The value has no canonical JSON form.", reason=type(error).__name__) from None
