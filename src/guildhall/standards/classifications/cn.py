"""The national dictionary of occupations as compiled in JSON Lines or CSV: one occupation per line.

Groups are read off the codes (``d``, ``d-dd``, ``d-dd-dd``), their names off the lines. The eight major classes bear
their official names whatever a file says, since compilations are known to cut the long ones.

Source: 中华人民共和国职业分类大典 (2022), which numbers major, middle, small classes and occupations d-dd-dd-dd and marks
        digital occupations S and green ones L.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from guildhall.core.canonical import strict_json
from guildhall.core.errors import Error
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
    code="cn-2022",
    family="cn",
    name={
        "zh": "中华人民共和国职业分类大典（2022年版）",
        "en": "Classification of Occupations of the People's Republic of China, 2022 edition",
    },
    in_force_on=date(2022, 9, 28),
    source="中华人民共和国职业分类大典（2022年版）及其后发布的新职业, compiled by github.com/xuanganx/career-navigator",
    licence="official facts; the compilation under the MIT licence, Copyright (c) 2026 xuanganx",
)

MAJOR_CLASSES = {
    "1": ("党的机关、国家机关、群众团体和社会组织、企事业单位负责人", "Leaders of Party and state bodies, mass organisations, enterprises and institutions"),
    "2": ("专业技术人员", "Professional and technical personnel"),
    "3": ("办事人员和有关人员", "Clerical and related personnel"),
    "4": ("社会生产服务和生活服务人员", "Personnel of production services and services to people"),
    "5": ("农、林、牧、渔业生产及辅助人员", "Personnel of farming, forestry, animal husbandry and fishery"),
    "6": ("生产制造及有关人员", "Manufacturing and related personnel"),
    "7": ("军队人员", "Armed forces"),
    "8": ("不便分类的其他从业人员", "Others not classified elsewhere"),
}  # fmt: skip
"""Code → official name and our English one."""

CODE = re.compile(r"[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}")
_ENDS = (1, 4, 7)
_TRAILING = re.compile(r"[LS](?:/?[LS])?/?$")
_MARKS = {"S": "digital", "L": "green"}
_LONGEST_NAME = 120
_LONGEST_DEFINITION = 2_000
_CSV = tables.Columns(needed=("code", "name", "middle", "minor"), optional=("major", "work_types"))
_EVERY = 200


@dataclass(frozen=True, slots=True)
class _Row:
    at: Place
    code: str
    name: str
    groups: tuple[str, str, str]
    definition: str
    work_types: tuple[str, ...]
    marks: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class _Said:
    """A line before it is judged; code and name with the columns that they stand in."""

    code: tuple[str, str]
    name: tuple[str, str]
    groups: tuple[str, str, str]
    definition: str
    work_types: list[str]
    marks: str | None


def wanted(names: list[str]) -> list[str]:
    """Return which files of a folder are read: one, and rather JSON Lines, which says more."""
    found = sorted(name for name in names if name.startswith("occupations") and name.endswith((".jsonl", ".csv")))
    return sorted(found, key=lambda name: not name.endswith(".jsonl"))[:1]


def read(files: Files, *, edition: Edition = EDITION, on_progress: Progress = silent) -> Entries:
    """Return the entries of one file.

    Shape:  JSON Lines with ``occupation_code``, ``occupation_name``, ``middle_category_name``, ``minor_category_name`` and,
            where known, ``definition``, ``major_category_name``, ``included_work_types``, ``markers``; or a table with
            ``code``, ``name``, ``middle``, ``minor`` and, where known, ``major``, ``work_types`` (parted by ; or 、).
    Raises: InvalidClassificationError with every problem and its place.
    """
    notes = Notes()
    rows: list[_Row] = []
    for file, encoded in files.items():
        is_lines = encoded.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
        for row in (_json_rows if is_lines else _table_rows)(encoded, file, notes):
            rows.append(row)
            if len(rows) % _EVERY == 0:
                on_progress(file, len(rows), 0)
    groups = _groups(rows, notes)
    occupations = tuple(
        OccupationEntry(
            code=row.code,
            name={"zh": row.name},
            at=row.at,
            group=row.code[: _ENDS[-1]],
            definition={"zh": row.definition} if row.definition else {},
            marks=None if row.marks is None else tuple(sorted(row.marks)),
            work_types=tuple({"zh": name} for name in row.work_types),
        )
        for row in rows
    )
    if not files:
        notes.note("occupations_2022.jsonl", 0, "", "missing_file")
    hierarchy.check(edition.code, groups, occupations, notes, column="code")
    notes.settle(edition.code)
    return Entries(
        edition=edition,
        groups=groups,
        occupations=occupations,
        digest=digest(files),
        notices=tuple(notes.notices),
        n_notices=notes.n_notices,
    )


def _json_rows(encoded: bytes, file: str, notes: Notes) -> Iterator[_Row]:
    has_escapes = b"\\u" in encoded
    for line, text in enumerate(tables.text_of(encoded, file, notes).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            tables.LIMITS.require("rows", line, tables.LIMITS.n_rows)
        except Error as error:
            notes.refusal(file, error)
            return
        try:
            members = strict_json.parse(text.encode())
        except Error as error:
            notes.note(file, line, "", "malformed_line", reason=error.detail)
            continue
        if not isinstance(members, dict):
            notes.note(file, line, "", "malformed_line")
            continue
        if has_escapes and any(tables.controls(members)):
            notes.note(file, line, "", "control_character")
            continue
        row = _json_row(members, Place(file, line), notes)
        if row is not None:
            yield row


def _json_row(members: dict[str, object], at: Place, notes: Notes) -> _Row | None:
    def text(name: str) -> str:
        value = members.get(name, "")
        if value is None or isinstance(value, str):
            return (value or "").strip()
        notes.note(at.file, at.line, name, "malformed_member", reason="text is needed")
        return ""

    def texts(name: str) -> list[str]:
        value = members.get(name) or []
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return [item.strip() for item in value]
        notes.note(at.file, at.line, name, "malformed_member", reason="a list of texts is needed")
        return []

    said = _Said(
        code=("occupation_code", text("occupation_code")),
        name=("occupation_name", text("occupation_name")),
        groups=(text("major_category_name"), text("middle_category_name"), text("minor_category_name")),
        definition=text("definition"),
        work_types=texts("included_work_types"),
        marks="".join(texts("markers")) if "markers" in members else None,
    )
    return _row(at, said, notes)


def _table_rows(encoded: bytes, file: str, notes: Notes) -> Iterator[_Row]:
    for line, (code, name, middle, small, major, work_types) in tables.rows(encoded, file, _CSV, notes):
        listed = [item.strip() for item in re.split("[;；、|]", work_types)]
        said = _Said(("code", code), ("name", name), (major, middle, small), "", listed, None)
        row = _row(Place(file, line), said, notes)
        if row is not None:
            yield row


def _row(at: Place, said: _Said, notes: Notes) -> _Row | None:
    column, code = said.code
    if not CODE.fullmatch(code):
        notes.note(at.file, at.line, column, "malformed_code" if code else "empty_cell", code, shape="d-dd-dd-dd")
        return None
    (column, name), marks = said.name, said.marks
    if found := _TRAILING.search(name):
        notes.note(at.file, at.line, column, "mark_in_name", name)
        name, marks = name[: found.start()].rstrip(), (marks or "") + found[0]
    if not name:
        notes.note(at.file, at.line, column, "empty_cell")
    for place, text, limit in ((column, name, _LONGEST_NAME), ("definition", said.definition, _LONGEST_DEFINITION)):
        if len(text) > limit:
            notes.note(at.file, at.line, place, "long_text", text, limit=limit)
    if set(marks or "") - set("LS/ ,"):
        notes.note(at.file, at.line, "markers", "unknown_value", marks or "", known="L, S")
    work_types = [name for name in said.work_types if name]
    once = tuple(dict.fromkeys(work_types))
    if len(once) < len(work_types):
        notes.note(at.file, at.line, "work_types", "repeated_text")
    known = None if marks is None else frozenset(_MARKS[m] for m in set(marks) & _MARKS.keys())
    return _Row(at, code, name, said.groups, said.definition, once, known)


def _groups(rows: list[_Row], notes: Notes) -> tuple[GroupEntry, ...]:
    """Return the groups in the order of their codes, each with the name that most of its lines give."""
    votes: dict[str, Counter[str]] = {}
    first: dict[str, Place] = {}
    for row in rows:
        for end, name in zip(_ENDS, row.groups, strict=True):
            code = row.code[:end]
            first.setdefault(code, row.at)
            votes.setdefault(code, Counter())[name] += 1
    names = {code: _name(code, counted) for code, counted in votes.items()}
    told: set[tuple[str, str]] = set()
    for row in rows:
        for end, column, said in zip(_ENDS, ("major", "middle", "minor"), row.groups, strict=True):
            code = row.code[:end]
            if said and said != names[code]["zh"] and (code, said) not in told:
                told.add((code, said))
                notes.note(
                    row.at.file, row.at.line, column, "group_named_otherwise", said, group=code, name=names[code]["zh"]
                )
    for code, named in names.items():
        if not named["zh"]:
            notes.note(first[code].file, first[code].line, "minor" if len(code) == 7 else "middle", "empty_cell")
    return tuple(
        GroupEntry(
            code=code,
            parent=code[: _ENDS[rank - 1]] if rank else "",
            rank=rank,
            name=names[code],
            definition={},
            at=first[code],
        )
        for code in sorted(names)
        for rank in (_ENDS.index(len(code)),)
    )


def _name(code: str, counted: Counter[str]) -> dict[str, str]:
    if code in MAJOR_CLASSES:
        return dict(zip(("zh", "en"), MAJOR_CLASSES[code], strict=True))
    given = Counter({name: n for name, n in counted.items() if name})
    return {"zh": given.most_common(1)[0][0] if given else ""}
