"""ISCO-08 as ESCO publishes it: the 436 unit groups are what is compared, three ranks of groups stand above them.

Source: International Standard Classification of Occupations 2008 (ILO): codes of 1 to 4 digits, each beginning with the code
        above it; ESCO's ``ISCOGroups.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from guildhall.standards.classifications import hierarchy, tables
from guildhall.standards.classifications.facts import (
    Edition,
    Entries,
    Files,
    GroupEntry,
    OccupationEntry,
    Place,
    Progress,
    digest,
    silent,
)
from guildhall.standards.classifications.problems import Notes

EDITION = Edition(
    code="isco-08",
    family="isco",
    name={"en": "International Standard Classification of Occupations 2008", "zh": "国际标准职业分类（2008年版）"},
    in_force_on=date(2007, 12, 6),
    source="ISCO-08, International Labour Organization; texts as published with ESCO by the European Commission",
    licence="This publication uses the ESCO classification of the European Commission",
)

FILE = "ISCOGroups.csv"
CODE = re.compile(r"[0-9]{1,4}")
UNIT = 4
_COLUMNS = tables.Columns(("CODE", "PREFERREDLABEL"), ("ID", "ORIGINURI", "ALTLABELS", "DESCRIPTION"))


@dataclass(frozen=True, slots=True)
class Group:
    """A line of the file; ``key`` is what ESCO's hierarchy calls it."""

    at: Place
    code: str
    name: str
    key: str
    url: str
    other_names: tuple[str, ...]
    definition: str

    @property
    def above(self) -> str:
        """The code of the next wider group, empty above all."""
        return self.code[:-1]

    def entry(self) -> GroupEntry:
        """Return it as a group of a classification."""
        definition = {"en": self.definition} if self.definition else {}
        return GroupEntry(self.code, self.above, len(self.code) - 1, {"en": self.name}, definition, self.at)


def wanted(names: list[str]) -> list[str]:
    """Return which files of a folder are read."""
    return [name for name in names if name == FILE]


def read(files: Files, *, edition: Edition = EDITION, on_progress: Progress = silent) -> Entries:
    """Return the groups of ranks 0 to 2 and the unit groups as what stands below them.

    Shape:  one CSV file with ``CODE``, ``PREFERREDLABEL`` and, where known, ``ORIGINURI``, ``ALTLABELS``, ``DESCRIPTION``.
    Raises: InvalidClassificationError with every problem and its place.
    """
    notes = Notes()
    found = [group for file, encoded in files.items() for group in groups(encoded, file, notes, on_progress)]
    if not files:
        notes.note(FILE, 0, "", "missing_file")
    upper = tuple(group.entry() for group in found if len(group.code) < UNIT)
    occupations = tuple(
        OccupationEntry(
            code=group.code,
            name={"en": group.name},
            at=group.at,
            group=group.above,
            definition={"en": group.definition} if group.definition else {},
            other_names={"en": list(group.other_names)} if group.other_names else {},
            url=group.url,
        )
        for group in found
        if len(group.code) == UNIT
    )
    hierarchy.check(edition.code, upper, occupations, notes, column="CODE")
    notes.settle(edition.code)
    return Entries(
        edition=edition,
        groups=upper,
        occupations=occupations,
        digest=digest(files),
        notices=tuple(notes.notices),
        n_notices=notes.n_notices,
    )


def groups(encoded: bytes, file: str, notes: Notes, on_progress: Progress = silent) -> Iterator[Group]:
    """Yield the groups of all ranks in the order of the file."""
    n_rows = 0
    for line, (code, name, key, url, others, definition) in tables.rows(encoded, file, _COLUMNS, notes, is_utf8=True):
        n_rows += 1
        at = Place(file, line)
        if not CODE.fullmatch(code):
            notes.note(file, line, "CODE", "malformed_code" if code else "empty_cell", code, shape="0000")
            continue
        if not name:
            notes.note(file, line, "PREFERREDLABEL", "empty_cell")
        yield Group(at, code, name, key, address(at, url, notes), labels(others, name), definition)
    on_progress(file, n_rows, n_rows)


def labels(text: str, name: str) -> tuple[str, ...]:
    """Return the labels of a cell, a line each, without the preferred one and without repetition."""
    return tuple(dict.fromkeys(label for line in text.splitlines() if (label := line.strip()) and label != name))


_ADDRESS = re.compile(r"https?://[!-~]{1,240}")


def address(at: Place, url: str, notes: Notes) -> str:
    """Return an address as it stands, empty after noting that it is none."""
    if not url or _ADDRESS.fullmatch(url):
        return url
    notes.note(at.file, at.line, "ORIGINURI", "malformed_code", url, shape="http(s)://…")
    return ""
