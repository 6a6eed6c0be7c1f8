"""A programme against a level of a standard, as a matrix: a row for each content, a column for each course that serves it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from guildhall.core import coverage
from guildhall.core.coverage import Coverage, CoveredCell, Programme, part_of, percent
from guildhall.core.coverage.programme import Course
from guildhall.core.standard import Document

_FULL: Final = 100
_STEPS: Final = 2
_SHADES: Final = ((1, 1), (40, 2), (75, 3), (100, 4))


@dataclass(frozen=True, slots=True)
class Box:
    """What one course does for one row.

    Units:  ``taught`` and ``assessed`` in whole percent of the row; ``shade`` 0 to 4. ``late``: after the day of assessment.
    """

    taught: int
    assessed: int
    shade: int
    late: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One content of the standard (or a chapter of its basic requirements): weight, boxes by course, what is covered."""

    number: str
    name: Mapping[str, str]
    weight: str
    boxes: tuple[Box | None, ...]
    covered: int
    taught: int
    late: int
    gain: str


@dataclass(frozen=True, slots=True)
class Part:
    """A function and its contents."""

    number: str
    name: Mapping[str, str]
    weight: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole picture of one level."""

    level: str
    coverage: Coverage
    courses: tuple[Course, ...]
    parts: tuple[Part, ...]
    gaps: tuple[Row, ...]


def matrix(document: Document, programme: Programme, level: str, assessed_on: date | None = None) -> Matrix:
    """Return the matrix of a level.

    Raises: LevelNotInStandardError, ForeignStandardError, UnknownCompetencyError.
    """
    standard = coverage.of_edition(document)
    whole = coverage.align(standard, programme, level=level, assessed_on=assessed_on)
    serving: list[tuple[Course, tuple[CoveredCell, ...]]] = []
    for course in programme.courses:
        cells = coverage.align(standard, part_of(programme, [course]), level=level, assessed_on=assessed_on).cells
        if any(one.taught or one.assessed or one.late or one.assessed_late for one in cells):
            serving.append((course, cells))
    share = _weights(whole, standard.table(level).whole)
    names = _names(document, level)
    by_number = _grouped([one.cell.number for one in whole.cells])
    parts = [
        Part(
            number,
            names.get(number, {}),
            percent(sum((share[i] for places in rows.values() for i in places), Fraction(0))),
            tuple(
                _row(inner, names.get(inner, {}), places, share=share, whole=whole, serving=serving)
                for inner, places in rows.items()
            ),
        )
        for number, rows in by_number.items()
    ]
    lacking = [row for part in parts for row in part.rows if row.covered < _FULL]
    return Matrix(
        level,
        whole,
        tuple(course for course, _ in serving),
        tuple(parts),
        tuple(sorted(lacking, key=lambda row: -Fraction(row.gain))),
    )


def _weights(whole: Coverage, columns: Mapping[str, int]) -> list[Fraction]:
    """Return what each cell is of the whole: its column counts as much as the other."""
    return [Fraction(one.cell.weight, columns[one.cell.column] * len(columns)) for one in whole.cells]


def _grouped(numbers: Sequence[str]) -> dict[str, dict[str, list[int]]]:
    """Return function → content → places of its cells, in the order of the standard."""
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    order = sorted(range(len(numbers)), key=lambda i: [int(step) for step in numbers[i].split(".")])
    for i in order:
        steps = numbers[i].split(".")
        found[steps[0]][".".join(steps[:_STEPS])].append(i)
    return found


def _names(document: Document, level: str) -> dict[str, Mapping[str, str]]:
    names: dict[str, Mapping[str, str]] = {}
    for top in (*document.basic, *document.requirements.get(level, ())):
        for item in top.walk():
            names.setdefault(item.number, item.name)
    names.setdefault("0", {"zh": "基本要求", "en": "Basic requirements"})
    return names


def _row(
    number: str,
    name: Mapping[str, str],
    places: Sequence[int],
    *,
    share: Sequence[Fraction],
    whole: Coverage,
    serving: Sequence[tuple[Course, tuple[CoveredCell, ...]]],
) -> Row:
    weight = sum((share[i] for i in places), Fraction(0))

    def mean(of: Sequence[int]) -> int:
        return int(
            sum((share[i] * value for i, value in zip(places, of, strict=True)), Fraction(0)) / weight + Fraction(1, 2)
        )

    cells = [whole.cells[i] for i in places]
    lacking = sum((share[i] * (_FULL - whole.cells[i].covered) for i in places), Fraction(0)) / _FULL
    return Row(
        number,
        name,
        percent(weight),
        tuple(_box([own[i] for i in places], mean) for _, own in serving),
        mean([one.covered for one in cells]),
        mean([min(one.taught, _FULL) for one in cells]),
        mean([min(one.late, _FULL) for one in cells]),
        percent(lacking),
    )


def _box(cells: Sequence[CoveredCell], mean: Callable[[Sequence[int]], int]) -> Box | None:
    late = not any(one.taught or one.assessed for one in cells)
    taught = mean([min(one.late if late else one.taught, _FULL) for one in cells])
    assessed = mean([min(one.assessed_late if late else one.assessed, _FULL) for one in cells])
    most = max(taught, assessed)
    if not most:
        return None
    return Box(taught, assessed, max(shade for least, shade in _SHADES if most >= least), late)
