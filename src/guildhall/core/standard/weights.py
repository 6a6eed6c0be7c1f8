"""Weight tables: what each competency weighs in theory and in skill. The one reader of them, and the numbers they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import lcm
from typing import Final

from guildhall.core.codes.level import LEVELS, rung
from guildhall.core.errors import MalformedError, NotFoundError
from guildhall.core.reading import Reading

COLUMNS: Final = ("theory", "skill")
NUMBER: Final = r"(0|[1-9][0-9]{0,2})(\.[1-9][0-9]{0,2}){0,3}"
_WEIGHT: Final = r"(100|[1-9]?[0-9])(\.[0-9]{1,2})?"
HUNDRED: Final = 10_000  # percent in hundredths


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
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LevelTable:
    """What a level asks for. The weights of a column's cells sum to ``whole[column]``; a column without weights is absent.

    ``serves`` says which numbers of this level somebody serves who is aligned with a level, number and column; None where all
    levels share their numbers, so that a number serves itself at every lower level.
    """

    level: str
    cells: tuple[Cell, ...]
    whole: Mapping[str, int]
    serves: Mapping[tuple[str, str, str], tuple[str, ...]] | None = None

    def served(self, level: str, number: str, column: str) -> tuple[str, ...]:
        """Return the numbers of this level that an alignment with a number at a level serves in a column."""
        if self.serves is None:
            return (number,) if rung(level) >= rung(self.level) else ()
        return self.serves.get((level, number, column), ())


def chain(number: str) -> tuple[str, ...]:
    """Return a number and the numbers above it: 1.2.3, 1.2, 1."""
    parts = number.split(".")
    return tuple(".".join(parts[:n]) for n in range(len(parts), 0, -1))


def below(numbers: Sequence[str]) -> dict[str, list[str]]:
    """Return, for each number of a tree, the lowest numbers below it (a lowest number: itself)."""
    inner = {number.rpartition(".")[0] for number in numbers}
    found: dict[str, list[str]] = {number: [] for number in numbers}
    for number in numbers:
        if number not in inner:
            for above in chain(number):
                if above in found:
                    found[above].append(number)
    return found


def read_level(
    reading: Reading,
    value: object,
    level: str,
    path: str,
    *,
    names: Mapping[str, Mapping[str, Mapping[str, str]]],
    lowest: Mapping[str, Mapping[str, Sequence[str]]],
) -> LevelTable:
    """Return the weight table of a level: column → number → weight.

    Shape:  ``names`` and ``lowest`` hold, by column, each number's name and what :func:`below` says of it.
    """
    columns = reading.members(value, path, known=frozenset(COLUMNS))
    if not columns:
        reading.note(path, "at least one of theory, skill is needed", "weights_missing")
    cells: list[Cell] = []
    whole: dict[str, int] = {}
    for column in COLUMNS:
        if column in columns:
            leaves = lowest[column]
            weights = read_weights(reading, columns[column], f"{path}.{column}", leaves)
            parts = lcm(*(len(leaves[number]) for number in weights))
            whole[column] = HUNDRED * parts
            cells += [
                Cell(leaf, column, weight * parts // len(leaves[number]), chain(leaf), names[column][leaf])
                for number, weight in sorted(weights.items(), key=_place)
                for leaf in leaves[number]
            ]
    return LevelTable(level, tuple(cells), whole)


def _place(weighed: tuple[str, int]) -> list[int]:
    """Where a weight stands: by its number, as a database may keep the members of an object in any order."""
    return [int(step) for step in weighed[0].split(".")]


def read_weights(reading: Reading, value: object, path: str, lowest: Mapping[str, object]) -> dict[str, int]:
    """Return one column's weights in hundredths of a percent, those that are nothing left out."""
    members = reading.members(value, path)
    weights: dict[str, int] = {}
    for number in members:
        if number not in lowest:
            reading.note(path, f"there is no competency {number}", "weight_without_item")
            continue
        weight = reading.text(members, number, path, _WEIGHT)
        if any(above in members for above in chain(number)[1:]):
            reading.note(f"{path}.{number}", "what stands above it has a weight already", "weight_twice_on_a_branch")
        if weight and (hundredths := int(Decimal(weight) * 100)):
            weights[number] = hundredths
    if (total := sum(weights.values())) != HUNDRED:
        reading.note(path, f"the weights sum to {Decimal(total) / 100}, not to 100", "weights_do_not_sum")
    return weights


def in_order(levels: Sequence[str]) -> list[str]:
    """Return level codes lowest rung first."""
    return sorted(levels, key=list(LEVELS).index)
