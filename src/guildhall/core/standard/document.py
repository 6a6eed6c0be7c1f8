"""One edition of an occupational standard as a value: overview, basic requirements, work requirements, weight tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from guildhall.core.canonical import jcs
from guildhall.core.standard.weights import InvalidStandardError, LevelNotInStandardError, LevelTable, in_order

FORMAT: Final = "guildhall-standard/2"
KINDS: Final = ("basic", "function", "content", "skill", "knowledge")


@dataclass(frozen=True, slots=True)
class Item:
    """A numbered item and those below it; ``kind`` is one of ``KINDS``.

    ``continues`` is the number at the next lower level of what this item carries on, where it has another name there. ``id``
    and ``extensions`` are what another system gave it; empty where it is ours.
    """

    kind: str
    number: str
    name: Mapping[str, str]
    items: tuple[Item, ...] = ()
    continues: str = ""
    id: str = ""
    extensions: Mapping[str, Any] = field(default_factory=dict)

    def walk(self) -> Iterator[Item]:
        """Yield the item and all below it, in reading order."""
        yield self
        for item in self.items:
            yield from item.walk()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the assessment at some levels.

    Shape:  ``kind`` is ``theory``, ``skill`` or ``review``.
    Units:  minutes; marks.
    """

    kind: str
    levels: tuple[str, ...]
    minutes: int
    pass_mark: int
    full_mark: int
    method: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who is at an assessment: one examiner for so many candidates (0: not said), and at least so many."""

    kind: str
    candidates_per_examiner: int
    at_least: int
    odd: bool
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Overview:
    """Chapter 1 (职业概况). ``hours`` are training hours by level; ``eligibility`` as rules files have it, see the format."""

    definition: Mapping[str, str]
    levels: tuple[str, ...]
    work_environment: Mapping[str, str]
    ability_features: Mapping[str, str]
    schooling: Mapping[str, str]
    hours: Mapping[str, int]
    teachers: Mapping[str, str]
    training_places: Mapping[str, str]
    eligibility: Mapping[str, Any]
    parts: tuple[Part, ...]
    staffing: tuple[Staffing, ...]
    assessment_places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole edition. ``content`` is the JSON object it was read from; two editions are equal if their contents are.

    ``tables`` are the weight tables by level, what serves what across levels included.
    """

    occupation: str
    edition: str
    name: Mapping[str, str]
    sample: bool
    document_no: str
    body: Mapping[str, str]
    in_force_on: date
    ends_on: date | None
    overview: Overview
    basic: tuple[Item, ...]
    requirements: Mapping[str, tuple[Item, ...]]
    tables: Mapping[str, LevelTable]
    content: Mapping[str, Any] = field(repr=False)

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels, lowest rung first."""
        return self.overview.levels

    def items(self, level: str) -> Iterator[Item]:
        """Yield the work requirements of a level and all below them, in reading order."""
        for function in self.requirements.get(level, ()):
            yield from function.walk()

    def table(self, level: str) -> LevelTable:
        """Return the weight table of a level.

        Raises: LevelNotInStandardError.
        """
        if level not in self.tables:
            raise LevelNotInStandardError(
                f"the standard has no level {level}", level=level, levels=in_order(list(self.tables))
            )
        return self.tables[level]


_EMPTY: Final = frozenset({"items", "contents", "skills", "knowledge", "extensions", "associations", "continues", "id"})


def tidied(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a content without the empty members that say nothing, in which two files of one text may differ."""
    tidy = {name: value for name, value in content.items() if value or name not in _EMPTY}
    if isinstance(tidy.get("basic"), list):
        tidy["basic"] = [_tidy(item) for item in tidy["basic"]]
    if isinstance(tidy.get("requirements"), dict):
        tidy["requirements"] = {
            level: [_tidy(item) for item in items] if isinstance(items, list) else items
            for level, items in tidy["requirements"].items()
        }
    return tidy


def _tidy(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return {
        name: [_tidy(one) for one in value] if name in _EMPTY and isinstance(value, list) else value
        for name, value in item.items()
        if value or name not in _EMPTY
    }


def digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of an edition's content in JCS form, :func:`tidied`.

    Raises: InvalidStandardError for a content that is no JSON.
    Source: RFC 8785.
    """
    try:
        return hashlib.sha256(jcs.canonical(tidied(content))).hexdigest()
    except jcs.NotJsonError as error:
        raise InvalidStandardError(
            f"the content is no JSON: {error.detail}", problems=[f"$: {error.detail}"], codes=["wrong_member"]
        ) from None
