"""A standard as coverage needs it: for each level, what each competency weighs. Read from a weight table or a whole edition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from guildhall.core.codes.level import LEVELS
from guildhall.core.reading import Reading, read_json
from guildhall.core.record import OCCUPATION
from guildhall.core.standard import document as edition
from guildhall.core.standard.parsing import MAX_BYTES, read
from guildhall.core.standard.weights import (
    COLUMNS,
    NUMBER,
    InvalidStandardError,
    LevelNotInStandardError,
    LevelTable,
    below,
    in_order,
    read_level,
)

FORMAT: Final = "guildhall-standard/1"
MAX_COMPETENCIES: Final = 5000
_Known = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Standard:
    """A table for each level. ``numbers`` holds the competencies of each level; of all levels alike under ``""``."""

    occupation: str
    edition: str
    name: Mapping[str, str]
    numbers: _Known
    levels: Mapping[str, LevelTable]

    def table(self, level: str) -> LevelTable:
        """Return what a level asks for.

        Raises: LevelNotInStandardError.
        """
        if level not in self.levels:
            raise LevelNotInStandardError(
                f"the standard has no level {level}", level=level, levels=in_order(list(self.levels))
            )
        return self.levels[level]

    def has(self, level: str, number: str) -> bool:
        """Tell whether there is a competency of this number at a level."""
        return number in self.numbers.get("", ()) or number in self.numbers.get(level, ())


def read_standard(data: bytes) -> Standard:
    """Return the standard that a file holds.

    Shape:  JSON as in docs/formats/standard.md, a weight table or a whole edition.
    Raises: InvalidStandardError with all problems and their places; the errors of ``read_json``.
    """
    value = read_json(data, max_bytes=MAX_BYTES)
    if isinstance(value, dict) and value.get("format") == edition.FORMAT:
        return of_edition(read(value))
    return _weight_table(value)


def of_edition(document: edition.Document) -> Standard:
    """Return a whole edition as coverage needs it."""
    basic = {item.number for section in document.basic for item in section.walk()}
    return Standard(
        occupation=document.occupation,
        edition=document.edition,
        name=document.name,
        numbers={
            level: frozenset(basic.union(one.number for one in document.items(level))) for level in document.levels
        },
        levels=document.tables,
    )


def _weight_table(value: object) -> Standard:
    reading = Reading()
    known = frozenset({"format", "occupation", "edition", "name", "competencies", "levels"})
    root = reading.members(value, "$", known=known)
    if root.get("format") != FORMAT:
        reading.note("$.format", f"{FORMAT} or {edition.FORMAT} is needed")
    competencies = _competencies(reading, root)
    standard = Standard(
        occupation=reading.text(root, "occupation", "$", OCCUPATION),
        edition=reading.text(root, "edition", "$", r"\S(.{0,62}\S)?"),
        name=reading.names(root.get("name"), "$.name"),
        numbers={"": frozenset(competencies)},
        levels=_levels(reading, root.get("levels"), competencies),
    )
    if reading.problems:
        raise InvalidStandardError(
            f"the standard has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            codes=reading.codes,
            n_problems=reading.n_problems,
        )
    return standard


def _competencies(reading: Reading, root: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    listed = reading.items(root, "competencies", "$")
    if not 1 <= len(listed) <= MAX_COMPETENCIES:
        reading.note("$.competencies", f"1 to {MAX_COMPETENCIES} competencies are needed", "too_many")
        return {}
    found: dict[str, Mapping[str, str]] = {}
    for index, value in enumerate(listed):
        path = f"competencies[{index}]"
        members = reading.members(value, path, known=frozenset({"number", "name"}))
        number = reading.text(members, "number", path, NUMBER)
        if number in found:
            reading.note(f"{path}.number", f"{number} stands twice", "duplicate_number")
        above = number.rpartition(".")[0]
        if above and above not in found:
            reading.note(f"{path}.number", f"{above} must stand before {number}", "numbering_gap")
        found[number] = reading.names(members.get("name"), f"{path}.name")
    return found


def _levels(reading: Reading, value: object, competencies: Mapping[str, Mapping[str, str]]) -> dict[str, LevelTable]:
    members = reading.members(value, "$.levels", known=frozenset(LEVELS))
    if not members:
        reading.note("$.levels", "at least one level is needed")
    names = dict.fromkeys(COLUMNS, competencies)
    lowest = dict.fromkeys(COLUMNS, below(list(competencies)))
    return {
        level: read_level(reading, members[level], level, f"levels.{level}", names=names, lowest=lowest)
        for level in members
        if level in LEVELS
    }
