"""Deeds of an editor on an edition's content: add, remove, move, reword, weigh. Numbers and weights follow by themselves.

Every function returns a new content and leaves the one it was given alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from guildhall.core.codes.level import LEVELS, rung
from guildhall.core.errors import NotFoundError
from guildhall.core.standard.document import FORMAT
from guildhall.core.standard.weights import COLUMNS, in_order

_LISTS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "basic": (("items", "basic"),),
    "function": (("contents", "content"),),
    "content": (("skills", "skill"), ("knowledge", "knowledge")),
    "skill": (),
    "knowledge": (),
}
_ABOVE: Final = {"basic": "basic", "content": "function", "skill": "content", "knowledge": "content"}
_Content = dict[str, Any]


class NoSuchItemError(NotFoundError):
    """The edition has no item of this kind and number at this level."""

    code = "no_such_item"


def blank(
    occupation: str,
    name: Mapping[str, str],
    *,
    edition: str,
    levels: list[str],
    body: Mapping[str, str],
    in_force_on: date,
) -> _Content:
    """Return the content with which a draft begins: all chapters, nothing in them."""
    return {
        "format": FORMAT,
        "occupation": occupation,
        "edition": edition,
        "name": dict(name),
        "sample": False,
        "document_no": "",
        "body": dict(body),
        "in_force_on": in_force_on.isoformat(),
        "overview": {
            "definition": {},
            "levels": in_order(levels),
            "work_environment": {},
            "ability_features": {},
            "schooling": {},
            "training": {"hours": {}},
            "assessment": {"parts": []},
        },
        "basic": [
            {"number": "0.1", "name": {"zh": "职业道德", "en": "Professional ethics"}, "items": []},
            {"number": "0.2", "name": {"zh": "基础知识", "en": "Basic knowledge"}, "items": []},
        ],
        "requirements": {},
        "weights": {},
    }


def next_edition(content: Mapping[str, Any], edition: str, *, in_force_on: date) -> _Content:
    """Return a content as the next edition begins with it: the same text, without what names the old one.

    Names that another system gave to the edition and its items stay with the old one, and associations between them.
    """
    new = copy.deepcopy(dict(content))
    new |= {"edition": edition, "in_force_on": in_force_on.isoformat(), "document_no": ""}
    for name in ("ends_on", "id", "associations"):
        new.pop(name, None)
    for level in ("", *new["requirements"]):
        for kind, items in _tops(new, level):
            for _, item, _ in _walk(kind, items):
                item.pop("id", None)
    return new


def add(content: Mapping[str, Any], *, level: str, kind: str, above: str, name: Mapping[str, str]) -> _Content:
    """Add an item at the end of what stands below ``above`` (empty: at the top).

    Raises: NoSuchItemError if there is no ``above``, or nothing of that kind can stand there.
    """
    new = copy.deepcopy(dict(content))
    if kind == "function":
        if above or level not in new["overview"]["levels"]:
            raise _no_such(level, kind, above)
        new["requirements"].setdefault(level, []).append(_made(kind, name))
    elif kind == "basic" and not above:
        new["basic"].append(_made(kind, name))
    else:
        item = _find(new, level, _ABOVE.get(kind, ""), above)[0]
        member = next((member for member, own in _LISTS[_ABOVE[kind]] if own == kind), "")
        item.setdefault(member, []).append(_made(kind, name))
    return _renumbered(new, level)


def remove(content: Mapping[str, Any], *, level: str, kind: str, number: str) -> _Content:
    """Remove an item with all below it, and their weights.

    Raises: NoSuchItemError.
    """
    new = copy.deepcopy(dict(content))
    item, siblings = _find(new, level, kind, number)
    siblings.remove(item)
    return _renumbered(new, level)


def move(content: Mapping[str, Any], *, level: str, kind: str, number: str, by: int) -> _Content:
    """Move an item among its siblings, ``by`` places down (negative: up), as far as there are any.

    Raises: NoSuchItemError.
    """
    new = copy.deepcopy(dict(content))
    item, siblings = _find(new, level, kind, number)
    place = siblings.index(item)
    siblings.insert(min(max(place + by, 0), len(siblings) - 1), siblings.pop(place))
    return _renumbered(new, level)


def reword(content: Mapping[str, Any], *, level: str, kind: str, number: str, name: Mapping[str, str]) -> _Content:
    """Give an item another text.

    Raises: NoSuchItemError.
    """
    new = copy.deepcopy(dict(content))
    _find(new, level, kind, number)[0]["name"] = dict(name)
    return new


def reword_all(
    content: Mapping[str, Any], *, level: str, names: Mapping[tuple[str, str], Mapping[str, str]]
) -> _Content:
    """Give many items of a level (and basic requirements) other texts: (kind, number) → text; what is not there is left out."""
    new = copy.deepcopy(dict(content))
    for top, items in _tops(new, level):
        for kind, item, _ in _walk(top, items):
            if (kind, item["number"]) in names:
                item["name"] = dict(names[kind, item["number"]])
    return new


def weigh(content: Mapping[str, Any], *, level: str, weights: Mapping[str, Mapping[str, str]]) -> _Content:
    """Replace a level's weight table: column → number → weight; empty weights are left out."""
    new = copy.deepcopy(dict(content))
    new["weights"][level] = {
        column: {number: weight for number, weight in weights[column].items() if weight}
        for column in COLUMNS
        if any(weights.get(column, {}).values())
    }
    return new


def with_levels(content: Mapping[str, Any], levels: list[str]) -> _Content:
    """Return the content with other levels; what stood at a level that is gone goes with it."""
    new = copy.deepcopy(dict(content))
    wanted = sorted({level for level in levels if level in LEVELS}, key=rung)
    overview = new["overview"]
    overview["levels"] = wanted
    eligibility = overview.get("eligibility", {})
    for by_level in (
        new["requirements"], new["weights"], overview["training"].get("hours", {}), eligibility.get("levels", {}),
    ):  # fmt: skip
        for level in [one for one in by_level if one not in wanted]:
            del by_level[level]
    if eligibility.get("levels") == {}:
        del overview["eligibility"]
    parts = overview["assessment"]["parts"]
    for part in parts:
        part["levels"] = [level for level in part["levels"] if level in wanted]
    overview["assessment"]["parts"] = [part for part in parts if part["levels"]]
    return new


def _made(kind: str, name: Mapping[str, str]) -> _Content:
    return {"number": "", "name": dict(name), **{member: [] for member, _ in _LISTS[kind]}}


def _no_such(level: str, kind: str, number: str) -> NoSuchItemError:
    return NoSuchItemError(f"there is no {kind} {number} at level {level}", level=level, kind=kind, number=number)


def _tops(content: Mapping[str, Any], level: str) -> list[tuple[str, list[_Content]]]:
    return [("basic", content["basic"]), ("function", content["requirements"].get(level, []))]


def _walk(kind: str, items: list[_Content]) -> Iterator[tuple[str, _Content, list[_Content]]]:
    for item in items:
        yield kind, item, items
        for member, own in _LISTS[kind]:
            yield from _walk(own, item.get(member, []))


def _find(content: Mapping[str, Any], level: str, kind: str, number: str) -> tuple[_Content, list[_Content]]:
    for top, items in _tops(content, level):
        for own, item, siblings in _walk(top, items):
            if own == kind and item["number"] == number:
                return item, siblings
    raise _no_such(level, kind, number)


def _renumbered(content: _Content, level: str) -> _Content:
    """Number the basic requirements and a level anew; weights, and what higher levels continue, follow."""
    moved: dict[tuple[str, str], str] = {}
    for kind, items in _tops(content, level):
        _number(kind, items, "0" if kind == "basic" else "", moved)
    for own in content["weights"]:
        known = None if own == level else frozenset({"basic"})
        content["weights"][own] = {
            column: _follow(weights, partial(_after, moved=moved, column=column, known=known))
            for column, weights in content["weights"][own].items()
        }
    levels = content["overview"]["levels"]
    if level in levels and (place := levels.index(level) + 1) < len(levels):
        for kind, item, _ in _walk("function", content["requirements"].get(levels[place], [])):
            if item.get("continues"):
                item["continues"] = moved.get((kind, item["continues"]), "")
                if not item["continues"]:
                    del item["continues"]
    return content


def _number(kind: str, items: list[_Content], above: str, moved: dict[tuple[str, str], str]) -> None:
    for index, item in enumerate(items, 1):
        number = f"{above}.{index}" if above else str(index)
        if item["number"]:
            moved[kind, item["number"]] = number
        item["number"] = number
        for member, own in _LISTS[kind]:
            _number(own, item.get(member, []), number, moved)


def _after(
    number: str, *, moved: Mapping[tuple[str, str], str], column: str, known: frozenset[str] | None
) -> str | None:
    """Return where a weight's item is now; ``known``: only these kinds were numbered anew."""
    if number.startswith("0"):
        return moved.get(("basic", number))
    if known is not None:
        return number
    kinds = ("function", "content", "knowledge" if column == "theory" else "skill")
    return next((moved[kind, number] for kind in kinds if (kind, number) in moved), None)


def _follow(weights: Mapping[str, str], place: Callable[[str], str | None]) -> dict[str, str]:
    followed = {place(number): weight for number, weight in weights.items()}
    return {number: weight for number, weight in followed.items() if number is not None}
