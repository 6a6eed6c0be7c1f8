"""A reading of a JSON document that gathers every problem instead of stopping at the first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from guildhall.core.canonical import strict_json
from guildhall.core.errors import MalformedError

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MAX_PROBLEMS = 100
MAX_ITEMS = 200_000
"""Items of all lists of one document together: what is no item at all costs as much to judge as what is one."""


_LONGEST_STEP = 64
_LONGEST_PROBLEM = 500


class NulCharacterError(MalformedError):
    """A text holds U+0000: no document of ours needs it, and no database keeps it."""

    code = "nul_character"


def read_json(data: bytes, *, max_bytes: int = strict_json.MAX_BYTES) -> object:
    """Return the value of a document that the register may keep: strict JSON without U+0000 in any text or name.

    Raises: NulCharacterError; the errors of ``strict_json.parse``.
    """
    value = strict_json.parse(data, max_bytes=max_bytes)
    # Strict JSON has that character only as an escape; the same six characters may also follow another backslash.
    if b"\\u0000" in data and holds_nul(value):
        raise NulCharacterError("A text holds the character U+0000.")
    return value


def holds_nul(value: object) -> bool:
    """Tell whether a text or a name of parsed JSON holds U+0000."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if "\0" in one:
                return True
        elif isinstance(one, dict):
            waiting += one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return False


def place_below(path: str, name: str) -> str:
    """Return the path of a member whose name the input chose; a long name is cut.

    Every place below carries the path: a name of a megabyte over a long list would otherwise be copied for each item.
    """
    return f"{path}.{cut(name, _LONGEST_STEP)}"


def cut(text: str, longest: int) -> str:
    """Return a text that an answer repeats, cut where it is long."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


class Reading:
    """Takes typed members out of parsed JSON; what does not fit is noted in ``problems`` as ``path: sentence``.

    Each method returns a harmless stand-in after noting a problem, so that the reading goes on. Who reads asks
    ``problems`` at the end and uses the values only if there are none. At most 100 problems are kept; ``n_problems``
    counts all. ``codes`` holds the code of each problem that is kept.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.codes: list[str] = []
        self.n_problems = 0
        self._n_items = 0

    def note(self, path: str, sentence: str, code: str = "wrong_member") -> None:
        """Note a problem; ``code`` says which, where somebody must be told in words of their own."""
        self.n_problems += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(cut(f"{path}: {sentence}", _LONGEST_PROBLEM))
            self.codes.append(code)

    def members(self, value: object, path: str, *, known: frozenset[str] | None = None) -> Mapping[str, Any]:
        """Return an object's members; where ``known`` is given, a member of another name is a problem."""
        if not isinstance(value, dict):
            self.note(path, "an object is needed")
            return {}
        for name in sorted(value.keys() - known) if known is not None else ():
            self.note(path, f"has no member {name}")
        return value

    def items(self, members: Mapping[str, Any], name: str, path: str, *, optional: bool = False) -> Sequence[Any]:
        """Return a list member; none of it if the lists read so far have more than ``MAX_ITEMS`` items together."""
        value = members.get(name, [] if optional else None)
        if isinstance(value, list):
            self._n_items += len(value)
            if self._n_items <= MAX_ITEMS:
                return value
            self.note(f"{path}.{name}", f"the lists have more than {MAX_ITEMS} items", "too_many")
            return []
        self.note(f"{path}.{name}", "a list is needed")
        return []

    def texts(self, members: Mapping[str, Any], name: str, path: str, *, optional: bool = False) -> tuple[str, ...]:
        """Return a list of different texts, not empty unless ``optional``."""
        value = self.items(members, name, path, optional=optional)
        if all(isinstance(item, str) and item for item in value) and len(set(value)) == len(value):
            if value or optional:
                return tuple(value)
            self.note(f"{path}.{name}", "at least one is needed")
            return ()
        self.note(f"{path}.{name}", "a list of different texts is needed")
        return ()

    def text(self, members: Mapping[str, Any], name: str, path: str, shape: str = "", *, optional: bool = False) -> str:
        """Return a text member; ``shape`` is a regular expression for the whole of it; absent optional text is empty."""
        value = members.get(name)
        if value is None and optional:
            return ""
        if isinstance(value, str) and (value or optional) and (not shape or re.fullmatch(shape, value)):
            return value
        self.note(f"{path}.{name}", f"text like {shape} is needed" if shape else "text is needed")
        return ""

    def count(self, members: Mapping[str, Any], name: str, path: str, *, low: int, high: int) -> int:
        """Return a whole number between ``low`` and ``high``, both included."""
        value = members.get(name)
        if type(value) is int and low <= value <= high:
            return value
        self.note(f"{path}.{name}", f"a whole number from {low} to {high} is needed")
        return low

    def names(self, value: object, path: str, *, optional: bool = False) -> dict[str, str]:
        """Return a language map; it has Chinese text unless it is ``optional`` and empty."""
        if isinstance(value, dict) and all(isinstance(text, str) and text for text in value.values()):
            if "zh" in value or (optional and not value):
                return dict(value)
        elif value is None and optional:
            return {}
        self.note(path, "a language map with zh is needed")
        return {}

    def day(self, members: Mapping[str, Any], name: str, path: str) -> date:
        """Return a date member."""
        return self.optional_day(members, name, path, needed=True) or date.min

    def optional_day(self, members: Mapping[str, Any], name: str, path: str, *, needed: bool = False) -> date | None:
        """Return a date member, or None where it is absent or null."""
        value = members.get(name)
        if value is None and not needed:
            return None
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        self.note(f"{path}.{name}", "a date like 2026-01-31 is needed")
        return None
