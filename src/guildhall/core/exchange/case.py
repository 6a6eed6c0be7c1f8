"""CASE 1.1: competency frameworks as packages of a document, items and associations.

What a package says beyond what we read (definitions, rubrics, extensions, types of association) is kept as it is.

Source: 1EdTech Competencies and Academic Standards Exchange 1.1, information model and JSON schema of the CFPackage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from guildhall.core.errors import MalformedError
from guildhall.core.exchange.elements import elements
from guildhall.core.reading import Reading

MAX_ITEMS: Final = 200_000
MAX_DEPTH: Final = 32
"""Steps from the document down to an item; published frameworks have a dozen at most."""
CHILD: Final = "isChildOf"
ASSOCIATION_TYPES: Final = frozenset({
    CHILD, "isPeerOf", "isPartOf", "exactMatchOf", "precedes", "isRelatedTo", "replacedBy", "exemplar", "hasSkillLevel",
    "isTranslationOf",
})  # fmt: skip
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_EXTENDED: Final = re.compile(r"ext:[A-Za-z0-9._|-]+")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_SECTIONS: Final = frozenset({"CFDocument", "CFItems", "CFAssociations", "CFDefinitions", "CFRubrics", "extensions"})
_TEXT: Final = 100_000


class InvalidFrameworkError(MalformedError):
    """A package that is not what CASE asks for, or whose tree does not hold; ``problems`` lists the places, ``codes`` why."""

    code = "invalid_framework"


@dataclass(frozen=True, slots=True)
class Package:
    """A framework: ``remainder`` is whatever the package holds besides document, items and associations."""

    document: Mapping[str, Any]
    items: Sequence[Mapping[str, Any]]
    associations: Sequence[Mapping[str, Any]]
    remainder: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the CFPackage."""
        return {
            "CFDocument": self.document,
            "CFItems": list(self.items),
            "CFAssociations": list(self.associations),
            **self.remainder,
        }


def read_package(data: bytes) -> Package:
    """Return the package that a file holds.

    Raises: InvalidFrameworkError with all problems; the errors of ``strict_json.parse``.
    """
    checking = Checking()
    document: Mapping[str, Any] = {}
    items: list[Mapping[str, Any]] = []
    associations: list[Mapping[str, Any]] = []
    remainder: dict[str, Any] = {}
    for section, value in elements(data):
        if checking.see(section, value) and isinstance(value, dict):
            if section == "CFDocument":
                document = value
            elif section == "CFItems":
                items.append(value)
            elif section == "CFAssociations":
                associations.append(value)
            elif section == "CFRubrics":
                remainder.setdefault(section, []).append(value)
            else:
                remainder[section] = value
    checking.finish()
    return Package(document, items, associations, remainder)


class Checking:
    """Judges a package while it goes by, and keeps of it what the tree needs: identifiers and who stands below whom."""

    def __init__(self) -> None:
        self._reading = Reading()
        self._document = ""
        self._items: dict[str, int] = {}
        self._associations: set[str] = set()
        self._above: dict[str, str] = {}
        self._ends: list[tuple[int, str, str]] = []
        self.n_associations = 0

    @property
    def n_items(self) -> int:
        """How many items went by."""
        return len(self._items)

    def see(self, section: str, value: object) -> bool:
        """Look at one element; tell whether it is to be kept."""
        if section not in _SECTIONS:
            self._reading.note("$", f"has no member {section}")
            return False
        if not isinstance(value, dict):
            self._reading.note(section, "an object is needed")
            return False
        if section == "CFDocument":
            self._see_document(value)
        elif section == "CFItems":
            self._see_item(value)
        elif section == "CFAssociations":
            self._see_association(value)
        return True

    def finish(self) -> None:
        """Judge the tree.

        Raises: InvalidFrameworkError.
        """
        reading = self._reading
        if not self._document:
            reading.note("CFDocument", "a document with an identifier is needed")
        for index, origin, destination in self._ends:
            for end in (origin, destination):
                if end not in self._items and (end != self._document or end == origin):
                    reading.note(f"CFAssociations[{index}]", f"there is no item {end[:40]}", "unknown_node")
        circles = _in_circle(self._above)
        for one in circles[:20]:
            reading.note(f"CFItems[{self._items.get(one, 0)}]", "stands below itself", "cycle")
        if not circles and (deep := _too_deep(self._above)):
            reading.note(f"CFItems[{self._items.get(deep, 0)}]", f"stands more than {MAX_DEPTH} steps down", "too_deep")
        if reading.problems:
            raise InvalidFrameworkError(
                f"the framework has {reading.n_problems} problem(s), first {reading.problems[0]}",
                problems=reading.problems,
                codes=reading.codes,
                n_problems=reading.n_problems,
            )

    def _see_document(self, value: Mapping[str, Any]) -> None:
        if self._document:
            self._reading.note("CFDocument", "stands twice", "duplicate_identifier")
        self._document = self._identifier(value, "CFDocument")
        self._common(value, "CFDocument", "creator", "title")

    def _see_item(self, value: Mapping[str, Any]) -> None:
        place = f"CFItems[{len(self._items)}]"
        own = self._identifier(value, place)
        self._common(value, place, "fullStatement")
        if own in self._items:
            self._reading.note(place, f"{own} stands twice", "duplicate_identifier")
        if len(self._items) == MAX_ITEMS:
            self._reading.note(place, f"at most {MAX_ITEMS} items are read", "too_many")
        self._items.setdefault(own, len(self._items))

    def _see_association(self, value: Mapping[str, Any]) -> None:
        place = f"CFAssociations[{self.n_associations}]"
        self.n_associations += 1
        if self.n_associations == 3 * MAX_ITEMS:
            self._reading.note(place, f"at most {3 * MAX_ITEMS} associations are read", "too_many")
        own = self._identifier(value, place)
        if own in self._associations:
            self._reading.note(place, f"{own} stands twice", "duplicate_identifier")
        self._associations.add(own)
        self._common(value, place)
        kind = value.get("associationType")
        if not isinstance(kind, str) or not (kind in ASSOCIATION_TYPES or _EXTENDED.fullmatch(kind)):
            self._reading.note(f"{place}.associationType", "a type of CASE 1.1, or ext:…, is needed")
        if type(value.get("sequenceNumber", 0)) is not int:
            self._reading.note(f"{place}.sequenceNumber", "a whole number is needed")
        ends = [self._end(value.get(name), f"{place}.{name}") for name in ("originNodeURI", "destinationNodeURI")]
        if kind == CHILD and all(ends):
            self._ends.append((self.n_associations - 1, *ends))  # type: ignore[arg-type]
            if ends[0] in self._above:
                self._reading.note(place, f"{ends[0]} has a parent already", "two_parents")
            self._above[ends[0]] = ends[1]

    def _end(self, value: object, place: str) -> str:
        if isinstance(value, dict) and all(_is_text(value.get(name)) for name in ("title", "identifier", "uri")):
            return str(value["identifier"])
        self._reading.note(place, "title, identifier and uri are needed")
        return ""

    def _identifier(self, value: Mapping[str, Any], place: str) -> str:
        own = value.get("identifier")
        if isinstance(own, str) and _UUID.fullmatch(own):
            return own
        self._reading.note(f"{place}.identifier", "a UUID in lower case is needed")
        return ""

    def _common(self, value: Mapping[str, Any], place: str, *texts: str) -> None:
        for name in ("uri", *texts):
            if not _is_text(value.get(name)):
                self._reading.note(f"{place}.{name}", "text is needed", "text_missing")
        moment = value.get("lastChangeDateTime")
        if not (isinstance(moment, str) and _MOMENT.fullmatch(moment)):
            self._reading.note(f"{place}.lastChangeDateTime", "a moment like 2026-01-31T00:00:00Z is needed")
        if not isinstance(value.get("extensions", {}), dict):
            self._reading.note(f"{place}.extensions", "an object is needed")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _TEXT


def _in_circle(above: Mapping[str, str]) -> list[str]:
    """Return those that stand above themselves."""
    done: set[str] = set()
    found: list[str] = []
    for start in above:
        path: dict[str, None] = {}
        one = start
        while one in above and one not in done and one not in path:
            path[one] = None
            one = above[one]
        if one in path:
            steps = list(path)
            found += steps[steps.index(one) :]
        done |= path.keys()
    return found


def _too_deep(above: Mapping[str, str]) -> str:
    """Return one that stands deeper than trees are read, where none stands above itself; empty if there is none."""
    depth: dict[str, int] = {}
    for start in above:
        path: list[str] = []
        one = start
        while one in above and one not in depth:
            path.append(one)
            one = above[one]
        for passed in reversed(path):
            depth[passed] = depth.get(above[passed], 0) + 1
            if depth[passed] > MAX_DEPTH:
                return passed
    return ""


@dataclass(slots=True)
class Node:
    """An item with those below it, in order; ``association`` is what puts it there."""

    item: Mapping[str, Any]
    association: Mapping[str, Any] | None
    nodes: list[Node] = field(default_factory=list)


def tree(package: Package) -> list[Node]:
    """Return the items as a tree: children by sequence number, then as the package has them; who has no parent stands on top."""
    nodes = {item["identifier"]: Node(item, None) for item in package.items}
    ordered = sorted(_children(package.associations), key=lambda one: one.get("sequenceNumber", 0))
    tops: list[Node] = []
    for association in ordered:
        node = nodes[association["originNodeURI"]["identifier"]]
        node.association = association
        parent = nodes.get(association["destinationNodeURI"]["identifier"])
        (tops if parent is None else parent.nodes).append(node)
    return [*tops, *(node for node in nodes.values() if node.association is None)]


def _children(associations: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return (one for one in associations if one["associationType"] == CHILD)
