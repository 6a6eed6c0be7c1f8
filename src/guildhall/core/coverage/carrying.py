"""A programme under another edition of its standard: alignments follow the items that moved; those to removed items end."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from guildhall.core.coverage.covering import Coverage, align
from guildhall.core.coverage.programme import Alignment, Course, Programme, part_of
from guildhall.core.coverage.standard import Standard, of_edition
from guildhall.core.standard.difference import Change, difference
from guildhall.core.standard.document import Document
from guildhall.core.standard.weights import COLUMNS, in_order

_OF_COLUMN: Final = {
    "theory": ("knowledge", "content", "function", "basic"),
    "skill": ("skill", "content", "function", "basic"),
}

_Moves = Mapping[tuple[str, str, str], str]
"""Level (empty for basic requirements), kind of item, old number → new number."""


@dataclass(frozen=True, slots=True)
class Touch:
    """What another edition does to a programme at one level.

    ``before`` or ``after`` is None where that edition has no such level; ``ended`` names the courses of which an alignment
    points to an item that the new edition no longer has, with the items' old numbers.
    """

    level: str
    before: Coverage | None
    after: Coverage | None
    ended: Mapping[str, tuple[str, ...]]

    @property
    def changed(self) -> bool:
        """Whether the coverage of the level, or of a column of it, is another."""
        if self.before is None or self.after is None:
            return True
        return (
            self.before.overall != self.after.overall or self.before.columns != self.after.columns or bool(self.ended)
        )


def touched(programme: Programme, old: Document, new: Document) -> tuple[Touch, ...]:
    """Return what a new edition does to a programme that was aligned with the old one, for every level of either.

    Raises: ForeignStandardError, UnknownCompetencyError (the programme was not aligned with the old edition).
    """
    former, later = of_edition(old), of_edition(new)
    carried, ended = carry(programme, difference(old, new), later)
    return tuple(
        Touch(
            level,
            align(former, programme, level=level) if level in former.levels else None,
            align(later, carried, level=level) if level in later.levels else None,
            ended.get(level, {}),
        )
        for level in in_order(list({*former.levels, *later.levels}))
    )


def carry(
    programme: Programme, changes: Iterable[Change], later: Standard
) -> tuple[Programme, Mapping[str, Mapping[str, tuple[str, ...]]]]:
    """Return a programme with its alignments renumbered for a later edition, and those that end: level → course → old numbers."""
    moves = {(c.level, c.subject, c.was): c.number for c in changes if c.was and c.number and c.was != c.number}
    ended: dict[str, dict[str, tuple[str, ...]]] = {}
    courses = [_carried(course, moves, later, ended) for course in programme.courses]
    return part_of(programme, courses), ended


def _carried(course: Course, moves: _Moves, later: Standard, ended: dict[str, dict[str, tuple[str, ...]]]) -> Course:
    kept: list[Alignment] = []
    for one in course.alignments:
        carried = [new for new in _renumbered(one, moves) if later.has(new.level, new.competency)]
        if not carried:
            of_level = ended.setdefault(one.level, {})
            of_level[course.code] = tuple(dict.fromkeys((*of_level.get(course.code, ()), one.competency)))
        kept += carried
    return dataclasses.replace(course, alignments=tuple(kept))


def _renumbered(one: Alignment, moves: _Moves) -> Sequence[Alignment]:
    columns = (one.column,) if one.column else COLUMNS
    numbers = {column: _new_number(one, column, moves) for column in columns}
    if len(set(numbers.values())) == 1:
        return (dataclasses.replace(one, competency=next(iter(numbers.values()))),)
    return [dataclasses.replace(one, competency=number, column=column) for column, number in numbers.items()]


def _new_number(one: Alignment, column: str, moves: _Moves) -> str:
    for kind in _OF_COLUMN[column]:
        number = moves.get(("" if kind == "basic" else one.level, kind, one.competency))
        if number is not None:
            return number
    return one.competency
