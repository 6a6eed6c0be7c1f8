"""A standard as coverage needs it: a tree of competencies and, for each level, what each of them weighs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import lcm
from typing import Any, Final

from guildhall.core.canonical import strict_json
from guildhall.core.codes.level import LEVELS
from guildhall.core.errors import MalformedError, NotFoundError
from guildhall.core.reading import Reading
from guildhall.core.record import OCCUPATION

FORMAT: Final = "guildhall-standard/1"
COLUMNS: Final = ("theory", "skill")
NUMBER: Final = r"(0|[1-9][0-9]{0,2})(\.[1-9][0-9]{0,2}){0,3}"
MAX_COMPETENCIES: Final = 5000
_WEIGHT: Final = r"(100|[1-9]?[0-9])(\.[0-9]{1,2})?"
_HUNDRED: Final = 10_000  # percent in hundredths


class InvalidStandardError(MalformedError):
    """A standard that does not keep its format, or whose weights do not sum to 100; ``problems`` lists the places."""

    code = "invalid_standard"


class LevelNotInStandardError(NotFoundError):
    """The standard has no weights for this level."""

    code = "level_not_in_standard"


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing asked for: a lowest competency in one column.

    Shape:  ``chain`` holds the numbers under which somebody may align it: its own and those above it.
    Units:  ``weight`` in parts of ``LevelTable.whole`` of its column.
    """

    number: str
    column: str
    weight: int
    chain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LevelTable:
    """What a level asks for. The weights of a column's cells sum to ``whole[column]``; a column without weights is absent."""

    level: str
    cells: tuple[Cell, ...]
    whole: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Standard:
    """A tree of competencies (number → name) and a table for each level."""

    occupation: str
    edition: str
    name: Mapping[str, str]
    competencies: Mapping[str, Mapping[str, str]]
    levels: Mapping[str, LevelTable]

    def table(self, level: str) -> LevelTable:
        """Return what a level asks for.

        Raises: LevelNotInStandardError.
        """
        if level not in self.levels:
            raise LevelNotInStandardError(
                f"the standard has no level {level}", level=level, levels=sorted(self.levels, key=list(LEVELS).index)
            )
        return self.levels[level]


def chain(number: str) -> tuple[str, ...]:
    """Return a number and the numbers above it: 1.2.3, 1.2, 1."""
    parts = number.split(".")
    return tuple(".".join(parts[:n]) for n in range(len(parts), 0, -1))


def read_standard(data: bytes) -> Standard:
    """Return the standard that a file holds.

    Shape:  JSON as in docs/formats/standard.md.
    Raises: InvalidStandardError with all problems and their places; the errors of ``strict_json.parse``.
    """
    reading = Reading()
    known = frozenset({"format", "occupation", "edition", "name", "competencies", "levels"})
    root = reading.members(strict_json.parse(data), "$", known=known)
    if root.get("format") != FORMAT:
        reading.note("$.format", f"{FORMAT} is needed")
    competencies = _competencies(reading, root)
    standard = Standard(
        occupation=reading.text(root, "occupation", "$", OCCUPATION),
        edition=reading.text(root, "edition", "$", r"\S(.{0,62}\S)?"),
        name=reading.names(root.get("name"), "$.name"),
        competencies=competencies,
        levels=_levels(reading, root.get("levels"), competencies),
    )
    if reading.problems:
        raise InvalidStandardError(
            f"the standard has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )
    return standard


def _competencies(reading: Reading, root: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    listed = reading.items(root, "competencies", "$")
    if not 1 <= len(listed) <= MAX_COMPETENCIES:
        reading.note("$.competencies", f"1 to {MAX_COMPETENCIES} competencies are needed")
        return {}
    found: dict[str, Mapping[str, str]] = {}
    for index, value in enumerate(listed):
        path = f"competencies[{index}]"
        members = reading.members(value, path, known=frozenset({"number", "name"}))
        number = reading.text(members, "number", path, NUMBER)
        if number in found:
            reading.note(f"{path}.number", f"{number} stands twice")
        above = number.rpartition(".")[0]
        if above and above not in found:
            reading.note(f"{path}.number", f"{above} must stand before {number}")
        found[number] = reading.names(members.get("name"), f"{path}.name")
    return found


def _levels(reading: Reading, value: object, competencies: Mapping[str, object]) -> dict[str, LevelTable]:
    members = reading.members(value, "$.levels", known=frozenset(LEVELS))
    if not members:
        reading.note("$.levels", "at least one level is needed")
    inner = {number.rpartition(".")[0] for number in competencies}
    below: dict[str, list[str]] = {number: [] for number in competencies}
    for number in competencies:
        if number not in inner:
            for above in chain(number):
                below.get(above, []).append(number)
    return {level: _table(reading, members[level], level, below) for level in members if level in LEVELS}


def _table(reading: Reading, value: object, level: str, below: Mapping[str, list[str]]) -> LevelTable:
    path = f"levels.{level}"
    columns = reading.members(value, path, known=frozenset(COLUMNS))
    if not columns:
        reading.note(path, "at least one of theory, skill is needed")
    cells: list[Cell] = []
    whole: dict[str, int] = {}
    for column in COLUMNS:
        if column in columns:
            weights = _weights(reading, columns[column], f"{path}.{column}", below)
            parts = lcm(*(len(below[number]) for number in weights))
            whole[column] = _HUNDRED * parts
            cells += [
                Cell(leaf, column, weight * parts // len(below[number]), chain(leaf))
                for number, weight in weights.items()
                for leaf in below[number]
            ]
    return LevelTable(level, tuple(cells), whole)


def _weights(reading: Reading, value: object, path: str, below: Mapping[str, list[str]]) -> dict[str, int]:
    """Return the weights in hundredths of a percent, those that are nothing left out."""
    members = reading.members(value, path)
    weights: dict[str, int] = {}
    for number in members:
        if number not in below:
            reading.note(path, f"there is no competency {number}")
            continue
        weight = reading.text(members, number, path, _WEIGHT)
        if any(above in members for above in chain(number)[1:]):
            reading.note(f"{path}.{number}", "what stands above it has a weight already")
        if weight and (hundredths := int(Decimal(weight) * 100)):
            weights[number] = hundredths
    if (total := sum(weights.values())) != _HUNDRED:
        reading.note(path, f"the weights sum to {Decimal(total) / 100}, not to 100")
    return weights
