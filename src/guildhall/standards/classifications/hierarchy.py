"""Groups and occupations as one tree: every code once, every parent there, no cycle, every rank below the one above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from guildhall.standards.classifications.facts import GroupEntry, OccupationEntry, Place
from guildhall.standards.classifications.problems import Notes


class _Entry(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def parent(self) -> str: ...
    @property
    def at(self) -> Place: ...


_E = TypeVar("_E", bound=_Entry)


def check(
    edition: str, groups: Sequence[GroupEntry], occupations: Sequence[OccupationEntry], notes: Notes, *, column: str
) -> None:
    """Note what is wrong with the tree.

    Shape:  ``column`` is the column of the codes, named in the problems.
    """
    known = _by_code(groups, notes, column)
    _parents(edition, known, notes, column)
    for group in known.values():
        expected = known[group.parent].rank + 1 if group.parent in known else 0
        if group.rank != expected and (not group.parent or group.parent in known):
            notes.note(
                group.at.file,
                group.at.line,
                column,
                "rank_out_of_order",
                group.code,
                expected=expected,
                found=group.rank,
            )
    below = _by_code(occupations, notes, column)
    _parents(edition, below, notes, column)
    for occupation in below.values():
        if occupation.group and occupation.group not in known:
            notes.note(
                occupation.at.file, occupation.at.line, column, "unknown_code", occupation.group, edition=edition
            )


def _by_code(entries: Sequence[_E], notes: Notes, column: str) -> dict[str, _E]:
    known: dict[str, _E] = {}
    for entry in entries:
        first = known.setdefault(entry.code, entry)
        if first is not entry:
            notes.note(entry.at.file, entry.at.line, column, "duplicate_code", entry.code, first=first.at.line)
    return known


def _parents(edition: str, known: Mapping[str, _Entry], notes: Notes, column: str) -> None:
    settled: set[str] = {""}
    for entry in known.values():
        if entry.parent and entry.parent not in known:
            notes.note(entry.at.file, entry.at.line, column, "unknown_code", entry.parent, edition=edition)
        path: dict[str, None] = {}
        code = entry.code
        while code not in settled and code in known and code not in path:
            path[code] = None
            code = known[code].parent
        if code in path:
            at = known[code].at
            notes.note(at.file, at.line, column, "cycle", code)
        settled.update(path)
