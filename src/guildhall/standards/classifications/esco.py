"""ESCO as CSV: occupations below ISCO-08 groups and below one another, skill groups, and the way to ISCO-08.

Source: ESCO v1.1.1 (European Commission); the columns of the tabiya open dataset: lists parted by line feeds, a hierarchy
        file of ``PARENTID`` and ``CHILDID``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from guildhall.standards.classifications import hierarchy, isco, tables
from guildhall.standards.classifications.facts import (
    CrosswalkFacts,
    DescriptorEntry,
    Edition,
    Entries,
    Files,
    Line,
    OccupationEntry,
    Place,
    Progress,
    digest,
    silent,
)
from guildhall.standards.classifications.problems import Notes

EDITION = Edition(
    code="esco-1.1.1",
    family="esco",
    name={
        "en": "European Skills, Competences, Qualifications and Occupations (ESCO) 1.1.1",
        "zh": "欧洲技能、能力、资格与职业分类 ESCO（1.1.1 版）",
    },
    in_force_on=date(2022, 9, 1),
    source="ESCO v1.1.1, European Commission, https://esco.ec.europa.eu",
    licence="This publication uses the ESCO classification of the European Commission",
)

OCCUPATIONS = "occupations.csv"
HIERARCHY = "occupations_hierarchy.csv"
SKILL_GROUPS = "skillGroups.csv"
CODE = re.compile(r"[0-9]{4}(\.[0-9]{1,3}){1,5}")
_EVERY = 500
_GROUP, _OCCUPATION, _LOCAL = "iscogroup", "escooccupation", "localoccupation"
_COLUMNS = tables.Columns(
    ("ID", "ISCOGROUPCODE", "CODE", "PREFERREDLABEL"), ("ORIGINURI", "ALTLABELS", "DESCRIPTION", "DEFINITION")
)
_ABOVE = tables.Columns(("PARENTOBJECTTYPE", "PARENTID", "CHILDID", "CHILDOBJECTTYPE"))
_SKILLS = tables.Columns(("ORIGINURI", "PREFERREDLABEL"), ("CODE",))
_SKILL_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,35}")


def wanted(names: list[str]) -> list[str]:
    """Return which files of a folder are read."""
    return [name for name in names if name in (isco.FILE, OCCUPATIONS, HIERARCHY, SKILL_GROUPS)]


def read(files: Files, *, edition: Edition = EDITION, on_progress: Progress = silent) -> Entries:
    """Return ESCO's own tree, its skill groups, and the line from each occupation to its ISCO-08 unit group.

    Shape:  ``files`` by the names that they were published under.
    Raises: InvalidClassificationError with every problem and its place.
    """
    tree = _Tree(files, edition, on_progress)
    tree.read()
    tree.notes.settle(edition.code)
    return tree.entries()


@dataclass(slots=True)
class _Tree:
    """The files while they are read; ``keys`` maps what the hierarchy calls a row to its kind and code."""

    files: Files
    edition: Edition
    on_progress: Progress
    notes: Notes = field(default_factory=Notes)
    groups: list[isco.Group] = field(default_factory=list)
    occupations: list[OccupationEntry] = field(default_factory=list)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    descriptors: list[DescriptorEntry] = field(default_factory=list)

    def read(self) -> None:
        missing = [name for name in (isco.FILE, OCCUPATIONS, HIERARCHY) if name not in self.files]
        for name in missing:
            self.notes.note(name, 0, "", "missing_file")
        if missing:
            return
        for group in isco.groups(self.files[isco.FILE], isco.FILE, self.notes, self.on_progress):
            self._name(group.at, group.key, _GROUP, group.code)
            self.groups.append(group)
        self._read_occupations()
        self._read_hierarchy()
        self._read_skill_groups()
        entries = [group.entry() for group in self.groups]
        hierarchy.check(self.edition.code, entries, self.occupations, self.notes, column="CODE")

    def entries(self) -> Entries:
        to_isco = CrosswalkFacts(
            code=f"{self.edition.code}--{isco.EDITION.code}",
            name={"en": "ESCO occupations in ISCO-08 unit groups", "zh": "ESCO 职业对应的 ISCO-08 细类"},
            from_edition=self.edition.code,
            to_edition=isco.EDITION.code,
            source=self.edition.source,
            licence=self.edition.licence,
            lines=tuple(Line(entry.code, entry.group, "broadMatch") for entry in self.occupations),
        )
        return Entries(
            edition=self.edition,
            groups=tuple(group.entry() for group in self.groups),
            occupations=tuple(self.occupations),
            digest=digest(self.files),
            descriptors=tuple(self.descriptors),
            crosswalks=(to_isco,),
            notices=tuple(self.notes.notices),
            n_notices=self.notes.n_notices,
        )

    def _name(self, at: Place, key: str, kind: str, code: str) -> None:
        if not key:
            self.notes.note(at.file, at.line, "ID", "empty_cell")
        elif key in self.keys:
            self.notes.note(at.file, at.line, "ID", "duplicate_row", key, first=0)
        self.keys.setdefault(key, (kind, code))

    def _read_occupations(self) -> None:
        n_rows = 0
        for line, cells in tables.rows(self.files[OCCUPATIONS], OCCUPATIONS, _COLUMNS, self.notes, is_utf8=True):
            key, group, code, name, url, others, description, definition = cells
            at = Place(OCCUPATIONS, line)
            n_rows += 1
            if n_rows % _EVERY == 0:
                self.on_progress(OCCUPATIONS, n_rows, 0)
            if not CODE.fullmatch(code):
                self.notes.note(
                    OCCUPATIONS, line, "CODE", "malformed_code" if code else "empty_cell", code, shape="0000.0.0"
                )
                continue
            if not name:
                self.notes.note(OCCUPATIONS, line, "PREFERREDLABEL", "empty_cell")
            if code[:4] != group:
                self.notes.note(OCCUPATIONS, line, "ISCOGROUPCODE", "misplaced_code", code, parent=group)
            self._name(at, key, _OCCUPATION, code)
            also = isco.labels(others, name)
            self.occupations.append(
                OccupationEntry(
                    code=code,
                    name={"en": name},
                    at=at,
                    group=group,
                    definition={"en": description or definition} if description or definition else {},
                    other_names={"en": list(also)} if also else {},
                    url=isco.address(at, url, self.notes),
                )
            )
        self.on_progress(OCCUPATIONS, n_rows, n_rows)

    def _read_hierarchy(self) -> None:
        """Set the parents of occupations, and hold the groups against what their codes say."""
        above: dict[str, str] = {}
        seen: dict[str, int] = {}
        for line, (kind, key, child_key, child_kind) in self._links():
            parent, child = self.keys[key], self.keys[child_key]
            for column, said, known in (("PARENTOBJECTTYPE", kind, parent), ("CHILDOBJECTTYPE", child_kind, child)):
                if said != known[0] and (said, known[0]) != (_LOCAL, _OCCUPATION):
                    self.notes.note(HIERARCHY, line, column, "unknown_value", said, known=known[0])
            if child_key in seen:
                self.notes.note(HIERARCHY, line, "CHILDID", "two_parents", child[1], first=seen[child_key])
                continue
            seen[child_key] = line
            if child[0] == _GROUP:
                if parent != (_GROUP, child[1][:-1]):
                    self.notes.note(HIERARCHY, line, "PARENTID", "misplaced_code", child[1], parent=parent[1])
            elif parent[0] == _OCCUPATION:
                above[child[1]] = parent[1]
            elif parent[1] != child[1][:4]:
                self.notes.note(HIERARCHY, line, "PARENTID", "misplaced_code", child[1], parent=parent[1])
        self.occupations = [
            replace(entry, parent=above[entry.code]) if entry.code in above else entry for entry in self.occupations
        ]

    def _links(self) -> Iterator[tuple[int, list[str]]]:
        for line, cells in tables.rows(self.files[HIERARCHY], HIERARCHY, _ABOVE, self.notes, is_utf8=True):
            unknown = [
                (column, key)
                for column, key in zip(("PARENTID", "CHILDID"), cells[1:3], strict=True)
                if key not in self.keys
            ]
            for column, key in unknown:
                self.notes.note(HIERARCHY, line, column, "unknown_code", key, edition=self.edition.code)
            if not unknown:
                yield line, cells

    def _read_skill_groups(self) -> None:
        seen: dict[str, int] = {}
        if SKILL_GROUPS not in self.files:
            self.notes.note(SKILL_GROUPS, 0, "", "absent_file")
            return
        for line, (url, name, code) in tables.rows(
            self.files[SKILL_GROUPS], SKILL_GROUPS, _SKILLS, self.notes, is_utf8=True
        ):
            kind = "field" if "/isced-f/" in url else "skill-group"
            # Fields of education have no code in this column; their address ends in it.
            key = code or url.rpartition("/")[2]
            if not _SKILL_CODE.fullmatch(key):
                self.notes.note(SKILL_GROUPS, line, "CODE", "malformed_code", key, shape="S1.1.1")
            elif not name:
                self.notes.note(SKILL_GROUPS, line, "PREFERREDLABEL", "empty_cell")
            elif f"{kind}/{key}" in seen:
                self.notes.note(SKILL_GROUPS, line, "CODE", "duplicate_code", key, first=seen[f"{kind}/{key}"])
            else:
                seen[f"{kind}/{key}"] = line
                self.descriptors.append(DescriptorEntry(kind, key, {"en": name}))
