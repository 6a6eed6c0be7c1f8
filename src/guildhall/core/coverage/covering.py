"""What a programme, or what somebody holds, covers of a level of a standard. All arithmetic is exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from guildhall.core.codes.level import LEVELS, rung
from guildhall.core.coverage.programme import Course, Given, Programme
from guildhall.core.coverage.standard import Standard
from guildhall.core.errors import NotFoundError
from guildhall.core.standard.weights import COLUMNS, Cell, LevelTable

_TEACHES = frozenset({"taught", "practised"})
_FULL = 100


class UnknownCompetencyError(NotFoundError):
    """Competencies are named that the standard does not have."""

    code = "unknown_competency"


class ForeignStandardError(NotFoundError):
    """The programme is aligned with the standard of another occupation."""

    code = "foreign_standard"


class CoveredCell(NamedTuple):
    """How much of a cell is taught and assessed.

    Units:  percent of the competency, all courses together, so that what is done twice is 200; ``late`` is what is taught,
            ``assessed_late`` what is assessed, in terms that end after the day of assessment: it does not count.
    """

    cell: Cell
    taught: int
    assessed: int
    late: int
    assessed_late: int

    @property
    def covered(self) -> int:
        """Percent that is both taught and assessed."""
        return min(self.taught, self.assessed, _FULL)


@dataclass(frozen=True, slots=True)
class Shares:
    """What is taught, assessed, and both, as exact shares of 1."""

    taught: Fraction
    assessed: Fraction
    covered: Fraction

    def as_json(self) -> dict[str, str]:
        """Return the shares in percent, to a tenth."""
        return {name: percent(getattr(self, name)) for name in ("taught", "assessed", "covered")}


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is covered of a level: each cell, each column, and all columns alike.

    Shape:  ``overall`` is the mean of the columns that have weights.
    """

    level: str
    assessed_on: date | None
    cells: tuple[CoveredCell, ...]
    columns: Mapping[str, Shares]
    overall: Shares

    def at_least(self, share: Fraction | int | Decimal) -> bool:
        """Tell whether at least so many percent are covered, before any rounding."""
        return self.overall.covered * 100 >= Fraction(share)

    @property
    def gaps(self) -> tuple[CoveredCell, ...]:
        """Cells that are not covered in full."""
        return tuple(one for one in self.cells if one.covered < _FULL)

    @property
    def overlaps(self) -> tuple[CoveredCell, ...]:
        """Cells that are taught more than once over."""
        return tuple(one for one in self.cells if one.taught > _FULL)

    @property
    def taught_not_assessed(self) -> tuple[CoveredCell, ...]:
        """Cells of which more is taught than assessed."""
        return tuple(one for one in self.cells if min(one.taught, _FULL) > one.assessed)

    @property
    def assessed_not_taught(self) -> tuple[CoveredCell, ...]:
        """Cells of which more is assessed than taught."""
        return tuple(one for one in self.cells if min(one.assessed, _FULL) > one.taught)

    @property
    def late(self) -> tuple[CoveredCell, ...]:
        """Cells not fully taught by the day of assessment, of which more is taught after it."""
        return tuple(one for one in self.cells if one.late and one.taught < _FULL)


def percent(share: Fraction) -> str:
    """Return a share of 1 in percent, to a tenth, half up: ``81.3``."""
    tenths = (2000 * share.numerator + share.denominator) // (2 * share.denominator)
    return f"{tenths // 10}.{tenths % 10}"


def align(standard: Standard, programme: Programme, *, level: str, assessed_on: date | None = None) -> Coverage:
    """Return what a programme covers of a level.

    An alignment with a competency serves all below it; at a higher level it serves the lower ones, too. ``introduced`` counts
    for nothing. With ``assessed_on`` only terms that end on that day or before count.

    Raises: LevelNotInStandardError, ForeignStandardError, UnknownCompetencyError.
    """
    if programme.occupation != standard.occupation:
        raise ForeignStandardError(
            f"the programme is aligned with {programme.occupation}, not with {standard.occupation}",
            occupation=programme.occupation,
            standard=standard.occupation,
        )
    table = standard.table(level)
    _check_known(standard, {(own, number) for number, by in programme.given.items() for own, _ in by})
    ended = {term.number for term in programme.terms if assessed_on is None or term.ends_on <= assessed_on}
    return _covered(table, programme.given, ended, assessed_on)


def hold(standard: Standard, held: Mapping[str, str] | Iterable[tuple[str, str]], *, level: str) -> Coverage:
    """Return what somebody covers who holds competencies: number → the level at which it is held, or such pairs.

    What is held counts as taught and assessed; :func:`certificate` says what a certificate of a level holds.

    Raises: LevelNotInStandardError, UnknownCompetencyError; KeyError for a level that is none.
    """
    table = standard.table(level)
    pairs = set(held.items() if isinstance(held, Mapping) else held)
    _check_known(standard, ((own, number) for number, own in pairs))
    given: dict[str, Given] = {}
    for number, own in pairs:
        given.setdefault(number, {})[LEVELS[own].code, ""] = {0: (_FULL, _FULL)}
    return _covered(table, given, {0}, None)


def certificate(standard: Standard, level: str) -> frozenset[tuple[str, str]]:
    """Return what a certificate of a level holds, for :func:`hold`: the topmost competencies of it and all lower levels.

    Raises: KeyError for a level that is none.
    """
    if "" in standard.numbers:
        return frozenset((number, level) for number in _topmost(standard.numbers[""]))
    return frozenset(
        (number, own)
        for own, numbers in standard.numbers.items()
        if rung(own) <= rung(level)
        for number in _topmost(numbers)
    )


def _topmost(numbers: frozenset[str]) -> list[str]:
    return [number for number in numbers if number.rpartition(".")[0] not in numbers]


def courses_on(programme: Programme, one: CoveredCell, *, table: LevelTable) -> tuple[Course, ...]:
    """Return the courses that teach a cell of a table, whenever they do."""
    column = one.cell.column
    return tuple(
        course
        for course in programme.courses
        if any(
            given.kind in _TEACHES
            and given.column in ("", column)
            and not set(one.cell.chain).isdisjoint(table.served(given.level, given.competency, column))
            for given in course.alignments
        )
    )


def _check_known(standard: Standard, named: Iterable[tuple[str, str]]) -> None:
    unknown = sorted({number for level, number in named if not standard.has(level, number)})
    if unknown:
        raise UnknownCompetencyError(
            f"the standard has no competency {', '.join(unknown[:5])}",
            competencies=unknown[:100],
            n_unknown=len(unknown),
        )


def _covered(
    table: LevelTable,
    given: Mapping[str, Given],
    ended: set[int],
    assessed_on: date | None,
) -> Coverage:
    sums = _sums(table, given, ended)
    cells = tuple(_cell(cell, sums) for cell in table.cells)
    columns = {column: _shares(cells, column, whole) for column, whole in table.whole.items()}
    n = len(columns)
    overall = Shares(
        sum((one.taught for one in columns.values()), Fraction(0)) / n,
        sum((one.assessed for one in columns.values()), Fraction(0)) / n,
        sum((one.covered for one in columns.values()), Fraction(0)) / n,
    )
    return Coverage(table.level, assessed_on, cells, columns, overall)


_Sums = dict[str, list[int]]
"""Number → taught, assessed, taught late, assessed late."""


def _sums(table: LevelTable, given: Mapping[str, Given], ended: set[int]) -> dict[str, _Sums]:
    """Return, by column and number of this level, what is taught, assessed, taught late, assessed late."""
    sums: dict[str, _Sums] = {column: {} for column in COLUMNS}
    for number, by in given.items():
        for (level, column), terms in by.items():
            own = _summed(terms, ended)
            for name in (column,) if column else COLUMNS:
                below = sums[name]
                for served in table.served(level, number, name):
                    known = below.get(served)
                    below[served] = own if known is None else [a + b for a, b in zip(known, own, strict=True)]
    return sums


def _summed(terms: Mapping[int, tuple[int, int]], ended: set[int]) -> list[int]:
    """Return what is taught and assessed in terms that have ended, and in the others."""
    taught = assessed = taught_late = assessed_late = 0
    for term, (one, other) in terms.items():
        if term in ended:
            taught += one
            assessed += other
        else:
            taught_late += one
            assessed_late += other
    return [taught, assessed, taught_late, assessed_late]


def _cell(cell: Cell, sums: Mapping[str, _Sums]) -> CoveredCell:
    own = sums[cell.column]
    found = [own[number] for number in cell.chain if number in own]
    if len(found) == 1:
        return CoveredCell(cell, *found[0])
    return CoveredCell(cell, *map(sum, zip(*found, strict=True))) if found else CoveredCell(cell, 0, 0, 0, 0)


def _shares(cells: Iterable[CoveredCell], column: str, whole: int) -> Shares:
    taught = assessed = covered = 0
    for cell, all_taught, all_assessed, _, _ in cells:
        if cell.column == column:
            weight = cell.weight
            once = min(_FULL, all_taught)
            proved = min(_FULL, all_assessed)
            taught += weight * once
            assessed += weight * proved
            covered += weight * (min(proved, once))
    return Shares(*(Fraction(part, whole * _FULL) for part in (taught, assessed, covered)))


def as_json(coverage: Coverage, standard: Standard, programme: Programme | None = None) -> dict[str, Any]:
    """Return a coverage as docs/formats/programme.md describes it."""

    def line(one: CoveredCell) -> dict[str, Any]:
        weight = Fraction(one.cell.weight, standard.levels[coverage.level].whole[one.cell.column])
        return {
            "competency": one.cell.number,
            "name": dict(one.cell.name),
            "column": one.cell.column,
            "weight": percent(weight),
            "taught": one.taught,
            "assessed": one.assessed,
            "covered": one.covered,
            "late": one.late,
            "assessed_late": one.assessed_late,
        }

    def with_courses(one: CoveredCell) -> dict[str, Any]:
        courses = () if programme is None else courses_on(programme, one, table=standard.levels[coverage.level])
        return {**line(one), "courses": [course.code for course in courses]}

    return {
        "occupation": standard.occupation,
        "edition": standard.edition,
        "level": coverage.level,
        "programme": None if programme is None else {"code": programme.code, "edition": programme.edition},
        "assessed_on": None if coverage.assessed_on is None else coverage.assessed_on.isoformat(),
        "overall": coverage.overall.as_json(),
        "columns": {column: shares.as_json() for column, shares in coverage.columns.items()},
        "gaps": [line(one) for one in coverage.gaps],
        "overlaps": [with_courses(one) for one in coverage.overlaps],
        "taught_not_assessed": [line(one) for one in coverage.taught_not_assessed],
        "assessed_not_taught": [line(one) for one in coverage.assessed_not_taught],
        "late": [with_courses(one) for one in coverage.late],
        "cells": [line(one) for one in coverage.cells],
    }
