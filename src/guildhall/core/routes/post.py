"""A post and what it asks for, as one JSON file says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from guildhall.core.codes.level import LEVELS
from guildhall.core.errors import MalformedError
from guildhall.core.outcome import ID
from guildhall.core.reading import Reading, read_json
from guildhall.core.record import DIPLOMAS, FIRST_YEAR, LAST_YEAR, OCCUPATION
from guildhall.core.routes.forbidden import check_allowed
from guildhall.core.routes.requirement import (
    Covers,
    HasWorked,
    HoldsCertificate,
    HoldsDiploma,
    HoldsLicence,
    IsRecent,
    Node,
    Wish,
    lines_of,
)
from guildhall.core.standard.weights import NUMBER

FORMAT: Final = "guildhall-post/1"
MAX_NODES, MAX_DEPTH, MAX_ITEMS, MAX_MONTHS = 200, 8, 100, 1200
SCHEME: Final = r"[a-z][a-z0-9-]{0,15}"
_LINE: Final = r"\S(.{0,126}\S)?"


class InvalidPostError(MalformedError):
    """A post that does not keep its format; ``problems`` lists the places."""

    code = "invalid_post"


@dataclass(frozen=True, slots=True)
class Post:
    """One edition of a post.

    ``requires`` is what must be, ``prefers`` what is welcome beside it. ``note`` says what readers should know (that it is
    invented, say). ``closes_on`` is the last day; None: until closed.
    """

    id: str
    edition: str
    employer: str
    name: Mapping[str, str]
    occupation: str
    requires: Node
    prefers: tuple[Node, ...] = ()
    n_places: int = 1
    region: str = ""
    opens_on: date | None = None
    closes_on: date | None = None
    note: Mapping[str, str] | None = None

    @property
    def lines(self) -> tuple[Node, ...]:
        """What is required, one by one."""
        return lines_of(self.requires)

    def asks_for(self, *, occupation: str, scheme: str = "", level: str = "") -> bool:
        """Tell whether a certificate (of a scheme, a level) is asked for, or serves, in what is required or preferred."""
        return any(
            isinstance(leaf.wish, HoldsCertificate)
            and (leaf.wish.occupation == occupation or occupation in leaf.wish.related)
            and (not scheme or not leaf.wish.schemes or scheme in leaf.wish.schemes)
            and (not level or LEVELS[level].rung >= LEVELS[leaf.wish.level].rung)
            for node in (self.requires, *self.prefers)
            for leaf in node.leaves()
        )


def read_post(data: bytes) -> Post:
    """Return the post that a file holds.

    Shape:  JSON as in docs/formats/post.md.
    Raises: ForbiddenRequirementError where it asks who somebody is; InvalidPostError with all problems and their places; the
            errors of ``read_json``.
    """
    value = read_json(data)
    if isinstance(value, dict) and value.get("format") == FORMAT:
        check_allowed(value)
    reading = Reading()
    known = frozenset(
        {
            "format", "id", "edition", "employer", "name", "occupation", "requires", "prefers", "places", "region",
            "opens_on", "closes_on", "note",
        }
    )  # fmt: skip
    root = reading.members(value, "$", known=known)
    if root.get("format") != FORMAT:
        reading.note("$.format", f"{FORMAT} is needed")
    tree = Tree(reading)
    post = Post(
        id=reading.text(root, "id", "$", ID),
        edition=reading.text(root, "edition", "$", _LINE),
        employer=reading.text(root, "employer", "$", ID),
        name=reading.names(root.get("name"), "$.name"),
        occupation=reading.text(root, "occupation", "$", OCCUPATION),
        requires=tree.node(root.get("requires"), "requires"),
        prefers=tuple(
            tree.node(one, f"prefers[{index}]")
            for index, one in enumerate(_few(reading, root, "prefers", "$", optional=True))
        ),
        n_places=reading.count({"places": 1, **root}, "places", "$", low=1, high=100_000),
        region=reading.text(root, "region", "$", r"[0-9]{6}|", optional=True),
        opens_on=_day(reading, root, "opens_on"),
        closes_on=_day(reading, root, "closes_on"),
        note=reading.names(root.get("note"), "$.note", optional=True) or None,
    )
    if post.opens_on is not None and post.closes_on is not None and post.closes_on < post.opens_on:
        reading.note("$.closes_on", "lies before opens_on")
    refuse(reading, InvalidPostError, "post")
    return post


def refuse(reading: Reading, kind: type[MalformedError], what: str) -> None:
    """Pass if a reading met no problem.

    Raises: the kind of error named, with all problems.
    """
    if reading.problems:
        raise kind(
            f"the {what} has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )


def _day(reading: Reading, root: Mapping[str, Any], name: str) -> date | None:
    day = reading.optional_day(root, name, "$")
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        reading.note(f"$.{name}", f"a day from {FIRST_YEAR} to {LAST_YEAR} is needed")
        return None
    return day


def _few(
    reading: Reading, members: Mapping[str, Any], name: str, path: str, *, optional: bool = False
) -> Sequence[Any]:
    listed = reading.items(members, name, path, optional=optional)
    if len(listed) > MAX_ITEMS:
        reading.note(f"{path}.{name}", f"at most {MAX_ITEMS} are read")
        return []
    return listed


_NONE: Final = Node("", {}, "all")


class Tree:
    """Reads requirement trees of one document; every node's id stands once in it."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.ids: set[str] = set()
        self.n_nodes = 0

    def node(self, value: object, path: str, depth: int = 0) -> Node:
        """Return the node that an object holds."""
        reading = self.reading
        self.n_nodes += 1
        if depth > MAX_DEPTH or self.n_nodes > MAX_NODES:
            if depth > MAX_DEPTH or self.n_nodes == MAX_NODES + 1:
                reading.note(path, f"at most {MAX_NODES} requirements, {MAX_DEPTH} deep, are read")
            return _NONE
        members = reading.members(value, path)
        joins = [name for name in ("all", "any", "kind") if name in members]
        if len(joins) != 1:
            reading.note(path, "one of all, any, kind is needed")
            return _NONE
        own = self._id(members, path)
        text = reading.names(members.get("text"), f"{path}.text", optional=joins[0] != "kind")
        if joins[0] == "kind":
            return Node(own, text, wish=self._wish(members, path))
        reading.members(members, path, known=frozenset({"id", "text", joins[0]}))
        listed = _few(reading, members, joins[0], path)
        if not listed:
            reading.note(f"{path}.{joins[0]}", "at least one is needed")
        parts = tuple(self.node(one, f"{path}.{joins[0]}[{index}]", depth + 1) for index, one in enumerate(listed))
        return Node(own, text, joins[0], parts)

    def _id(self, members: Mapping[str, Any], path: str) -> str:
        own = self.reading.text(members, "id", path, ID)
        if own and own in self.ids:
            self.reading.note(f"{path}.id", f"{own} stands twice")
        self.ids.add(own)
        return own

    def _wish(self, members: Mapping[str, Any], path: str) -> Wish:
        kind = members["kind"]
        if not isinstance(kind, str) or kind not in _KINDS:
            self.reading.note(f"{path}.kind", f"one of {', '.join(_KINDS)} is needed")
            return HoldsLicence(())
        known, reader = _KINDS[kind]
        self.reading.members(members, path, known=known | {"id", "text", "kind"})
        return reader(self.reading, members, path)


def _texts(
    reading: Reading, members: Mapping[str, Any], name: str, path: str, shape: str, *, optional: bool
) -> tuple[str, ...]:
    found = reading.texts(members, name, path, optional=optional)
    if len(found) > MAX_ITEMS or not all(re.fullmatch(shape, one) for one in found):
        reading.note(f"{path}.{name}", f"at most {MAX_ITEMS} texts like {shape} are needed")
        return ()
    return found


def read_level(reading: Reading, members: Mapping[str, Any], path: str) -> str:
    """Return a level of the skill ladder."""
    value = members.get("level")
    if isinstance(value, str) and value in LEVELS:
        return value
    reading.note(f"{path}.level", f"one of {', '.join(LEVELS)} is needed")
    return "0"


def _related(reading: Reading, members: Mapping[str, Any], path: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, one in enumerate(_few(reading, members, "related", path, optional=True)):
        here = f"{path}.related[{index}]"
        inner = reading.members(one, here, known=frozenset({"occupation", "penalty"}))
        occupation = reading.text(inner, "occupation", here, OCCUPATION)
        if occupation in found or occupation == members.get("occupation"):
            reading.note(f"{here}.occupation", f"{occupation} stands twice")
        found[occupation] = reading.count(inner, "penalty", here, low=0, high=100)
    return found


def _certificate(reading: Reading, members: Mapping[str, Any], path: str) -> Wish:
    return HoldsCertificate(
        occupation=reading.text(members, "occupation", path, OCCUPATION),
        level=read_level(reading, members, path),
        schemes=_texts(reading, members, "schemes", path, SCHEME, optional=True),
        related=_related(reading, members, path),
    )


def _licence(reading: Reading, members: Mapping[str, Any], path: str) -> Wish:
    return HoldsLicence(_texts(reading, members, "codes", path, ID, optional=False))


def _covers(reading: Reading, members: Mapping[str, Any], path: str) -> Wish:
    return Covers(
        occupation=reading.text(members, "occupation", path, OCCUPATION),
        level=read_level(reading, members, path),
        numbers=_texts(reading, members, "numbers", path, NUMBER, optional=True),
        percent=reading.count({"percent": 100, **members}, "percent", path, low=1, high=100),
    )


def _academic(reading: Reading, members: Mapping[str, Any], path: str) -> Wish:
    diploma = members.get("diploma")
    if not isinstance(diploma, str) or diploma not in DIPLOMAS:
        reading.note(f"{path}.diploma", f"one of {', '.join(DIPLOMAS)} is needed")
        diploma = "college"
    return HoldsDiploma(diploma, _texts(reading, members, "majors", path, r"\S(.{0,62}\S)?", optional=True))


def _recent(reading: Reading, members: Mapping[str, Any], path: str) -> Wish:
    return IsRecent(
        occupation=reading.text(members, "occupation", path, OCCUPATION),
        months=reading.count(members, "months", path, low=1, high=MAX_MONTHS),
        related=_related(reading, members, path),
        of=_texts(reading, {"of": ["award", "work"], **members}, "of", path, "award|work", optional=False),
    )


def _work(reading: Reading, members: Mapping[str, Any], path: str) -> Wish:
    return HasWorked(
        occupation=reading.text(members, "occupation", path, OCCUPATION),
        months=reading.count(members, "months", path, low=1, high=MAX_MONTHS),
        related=_related(reading, members, path),
    )


_KINDS: Final[Mapping[str, tuple[frozenset[str], Callable[[Reading, Mapping[str, Any], str], Wish]]]] = {
    HoldsCertificate.kind: (frozenset({"occupation", "level", "schemes", "related"}), _certificate),
    HoldsLicence.kind: (frozenset({"codes"}), _licence),
    Covers.kind: (frozenset({"occupation", "level", "numbers", "percent"}), _covers),
    HoldsDiploma.kind: (frozenset({"diploma", "majors"}), _academic),
    IsRecent.kind: (frozenset({"occupation", "months", "related", "of"}), _recent),
    HasWorked.kind: (frozenset({"occupation", "months", "related"}), _work),
}
