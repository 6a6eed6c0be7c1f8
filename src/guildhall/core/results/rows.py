"""A results file → rows and everything that is wrong with them.

The rows are what one may rely on: each field in its one form. Whether an occupation exists, an issuer is accredited
or a number is free is not known here; the register says it later, with the same type of problem.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from guildhall.core.codes import certificate_number
from guildhall.core.codes.identity import Identity
from guildhall.core.results import fields, table
from guildhall.core.results.columns import MARK, Header, header_problems
from guildhall.core.results.fields import Calendar, Said
from guildhall.core.results.limits import Limits
from guildhall.core.results.problems import RowProblem, masked, problem
from guildhall.core.results.sentences import CODES

EXAMPLE_EMPLOYER: Mapping[str, str] = {"zh": "示例行（请删除）", "en": "EXAMPLE ROW (delete)"}
"""What the template writes as the employer of its example, so that it never becomes an award."""

EXAMPLE_EMPLOYERS = frozenset(EXAMPLE_EMPLOYER.values())
_MOST_REMEMBERED = 20_000
_NEW, _BLANK = object(), object()


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row that can be read, each field in its one form.

    Shape:  ``line`` as a spreadsheet counts; ``id_kind`` a code of ``core.codes.identity.KINDS`` or the kind as
            written; ``occupation`` code, name or "code name"; ``level`` a code of ``core.codes.level.LEVELS``, ``""``
            for no level; other texts may be empty; ``marks`` (part, points of 100), parts ``theory``, ``skill``,
            ``review`` or as the heading names them.
    """

    line: int
    name: str
    id_kind: str
    id_number: str
    employer: str
    occupation: str
    work_type: str
    level: str
    certificate_number: str
    issued_on: date
    evaluator: str
    issuer: str
    marks: tuple[tuple[str, Decimal], ...]
    site: str
    examined_on: date | None
    scheme: str
    region: str

    @property
    def key(self) -> str:
        """Name the row by what it says, so that the same row sent again is known again.

        Made of identity, occupation text, work type, level, scheme and date of issue. It is made of an ID number
        without a secret, so it must never leave the register.
        """
        facts = [
            self.id_kind,
            self.id_number,
            self.occupation,
            self.work_type,
            self.level,
            self.scheme,
            self.issued_on.isoformat(),
        ]
        return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()

    @property
    def occupation_code(self) -> str:
        """The code in the occupation, if there is one."""
        return fields.occupation_parts(self.occupation)[0]

    @property
    def occupation_name(self) -> str:
        """The name in the occupation, if there is one."""
        return fields.occupation_parts(self.occupation)[1]


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a results file holds.

    Shape:  ``rows`` those without an error; ``problems`` the errors, ``notices`` what was understood or assumed, both
            by line; ``n_rows`` rows with something in them, good or bad; ``kind`` ``csv`` or ``xlsx``;
            ``encoding`` empty for a workbook; ``header`` the names as the file writes them.
    """

    rows: Sequence[ResultRow]
    problems: tuple[RowProblem, ...]
    notices: tuple[RowProblem, ...]
    n_rows: int
    kind: str
    encoding: str
    header: tuple[str, ...]
    header_line: int
    file_name: str

    @property
    def bad_lines(self) -> frozenset[int]:
        """The lines with an error; 0 stands for the file as a whole."""
        return frozenset(found.line for found in self.problems)


def parse(encoded: bytes, *, file_name: str, today: date, limits: Limits | None = None) -> Parsed:
    """Read a results file: every good row, and every problem of the others.

    The kind of file is seen in its bytes; its name is only kept. A heading with an error gives no rows at all.

    Shape:  CSV (UTF-8 with or without mark, GB 18030, UTF-16 with mark; comma, semicolon or tab) or XLSX.
    Raises: RefusedFileError (each reason a subclass with its own code), LargeFileError.
    """
    bounds = limits or Limits()
    source = table.opened(encoded, bounds)
    if source.header is None:
        nothing = "empty_file" if source.is_empty else "header_not_found"
        return _without_rows(source, [problem(0, "", nothing)], 0, file_name)
    in_heading = header_problems(source.header)
    if any(found.is_error for found in in_heading):
        n_rows = sum(1 for _ in source.rows)
        return _without_rows(source, in_heading + source.notices, n_rows, file_name)
    reading = _Reading(source, source.header, today, bounds)
    reading.said += in_heading + source.notices
    for line, cells in source.rows:
        reading.take(line, cells)
    return reading.finished(file_name)


def _without_rows(source: table.Table, said: list[RowProblem], n_rows: int, file_name: str) -> Parsed:
    header = source.header or Header(0, (), ())
    problems, notices = _sorted(said, header)
    return Parsed((), problems, notices, n_rows, source.kind, source.encoding, header.names, header.line, file_name)


def _sorted(said: list[RowProblem], header: Header) -> tuple[tuple[RowProblem, ...], tuple[RowProblem, ...]]:
    places = {name: place for place, name in enumerate(header.names)}
    in_order = sorted(said, key=lambda found: (found.line, places.get(found.column, -1)))
    problems = tuple(found for found in in_order if CODES[found.code].severity == "error")
    return problems, tuple(found for found in in_order if CODES[found.code].severity == "notice")


Reader = Callable[[str], tuple[Any, list[Said]]]


class _Reading:
    """The state of one file while its rows go by."""

    def __init__(self, source: table.Table, header: Header, today: date, limits: Limits) -> None:
        self._source = source
        self._header = header
        self._limits = limits
        self._today = today
        self._from_text = source.kind == "csv"
        self._names = dict(zip(reversed(header.keys), reversed(header.names), strict=True))
        self._columns = table.known_columns(header)
        self._readers = self._reader_of_each()
        self._remembered: dict[str, dict[object, tuple[Any, list[Said]]]] = {key: {} for key in self._readers}
        # What a column's cells have meant so far, of those about which there was nothing to say: most are repeated.
        self._repeated = {*self._readers, "id_kind"}
        self._plain: list[dict[str, Any]] = [{} for _ in self._columns]
        self._marks = [(key.removeprefix(MARK), key) for _, key, _ in self._columns if key.startswith(MARK)]
        self._repeats = _Repeats(self._names)
        self._rows: list[ResultRow] = []
        self._lines: list[int] = []
        self.said: list[RowProblem] = []

    def _reader_of_each(self) -> dict[str, Reader]:
        calendar = Calendar(self._today, self._source.from_1904)
        readers: dict[str, Reader] = {
            "occupation": fields.occupation,
            "occupation_code": fields.occupation,
            "level": fields.level,
            "issued_on": lambda cell: fields.day(cell, calendar),
            "examined_on": lambda cell: fields.day(cell, calendar),
            **dict.fromkeys(("employer", "work_type", "evaluator", "issuer", "site", "scheme", "region"), fields.text),
        }
        readers |= {key: fields.mark for _, key, _ in self._columns if key.startswith(MARK)}
        return readers

    def take(self, line: int, cells: list[str]) -> None:
        self._lines.append(line)
        before = len(self.said)
        if not EXAMPLE_EMPLOYERS.isdisjoint(cells):
            self.said.append(problem(line, "", "example_row"))
            return
        values = self._values(line, cells)
        self._add_identity(line, values)
        row = self._row(line, values)
        has_error = len(self.said) > before and any(found.is_error for found in self.said[before:])
        kept = None if has_error or row is None else row
        self.said += self._repeats.of(line, values, kept)
        if kept is not None:
            self._rows.append(kept)
        self._limits.require("problems", len(self.said), self._limits.n_problems)

    def finished(self, file_name: str) -> Parsed:
        self.said += self._merged()
        if self._source.aside.hidden:
            n_hidden = len(set(self._source.aside.hidden) & set(self._lines))
            self.said += [problem(0, "", "hidden_rows", n=n_hidden)] if n_hidden else []
        if not self._lines:
            self.said.append(problem(0, "", "header_only"))
        problems, notices = _sorted(self.said, self._header)
        bad = {found.line for found in problems}
        rows = [row for row in self._rows if row.line not in bad] if bad else self._rows
        header = self._header
        source = self._source
        return Parsed(
            rows,
            problems,
            notices,
            len(self._lines),
            source.kind,
            source.encoding,
            header.names,
            header.line,
            file_name,
        )

    def _values(self, line: int, cells: list[str]) -> dict[str, Any]:
        """Read each cell; what is wrong is added to ``said`` and the value left out."""
        if len(cells) > len(self._header.names):
            n_filled = len(self._header.names)
            if not all(map(fields.is_blank, cells[n_filled:])):
                self.said.append(problem(line, "", "too_many_cells", n=len(cells), expected=n_filled))
        values: dict[str, Any] = {}
        n_cells = len(cells)
        for (place, key, name), plain in zip(self._columns, self._plain, strict=True):
            cell = cells[place] if place < n_cells else ""
            if type(cell) is str and (known := plain.get(cell, _NEW)) is not _NEW:
                if known is not _BLANK:
                    values[key] = known
                continue
            before = len(self.said)
            value = self._value(line, key, name, cell)
            if value is not _BLANK:
                values[key] = value
            if (
                len(self.said) == before
                and type(cell) is str
                and key in self._repeated
                and len(plain) < _MOST_REMEMBERED
            ):
                plain[cell] = value
        return values

    def _value(self, line: int, key: str, name: str, cell: str) -> Any:
        """Read one cell; ``_BLANK`` if nothing is in it, None if what is in it is wrong."""
        if fields.is_blank(cell):
            self._miss(line, key, name)
            return _BLANK
        if fields.is_formula_error(cell):
            self.said.append(problem(line, name, "formula_error", cell))
            return None
        if key in ("id_kind", "id_number"):
            return cell
        value, said = self._read(key, cell)
        for code, facts in said:
            self.said.append(problem(line, name, code, cell, **facts))
        return None if any(CODES[code].severity == "error" for code, _ in said) else value

    def _read(self, key: str, cell: str) -> tuple[Any, list[Said]]:
        if key == "name":
            return fields.name(cell)
        if key == "certificate_number":
            return fields.number(cell)
        remembered = self._remembered[key]
        token = cell if type(cell) is str else (type(cell), cell)
        if (known := remembered.get(token)) is not None:
            return known
        answer = self._readers[key](cell)
        if len(remembered) < _MOST_REMEMBERED:
            remembered[token] = answer
        return answer

    def _miss(self, line: int, key: str, name: str) -> None:
        missing = _MISSING.get(key)
        if missing is not None and not (key == "occupation" and "occupation_code" in self._names):
            self.said.append(problem(line, name, missing))

    def _add_identity(self, line: int, values: dict[str, Any]) -> None:
        if values.get("id_number") is None or ("id_kind" in values and values["id_kind"] is None):
            values["identity"] = None
            return
        kind, number = values.get("id_kind", ""), values["id_number"]
        found, said = fields.document(kind, number, today=self._today, from_text=self._from_text)
        values["identity"] = found
        for code, facts in said:
            if code in ("id_kind_unknown", "id_kind_missing") and "id_kind" in self._names:
                self.said.append(problem(line, self._names["id_kind"], code, kind, **facts))
            else:
                shown = number if code == "id_as_number" else masked(number.strip()[:40])
                self.said.append(problem(line, self._names["id_number"], code, shown, **facts))

    def _row(self, line: int, values: dict[str, Any]) -> ResultRow | None:
        occupation = self._occupation(line, values)
        found: Identity | None = values["identity"]
        self._judge_dates(line, values, found)
        needed = ("name", "level", "issued_on")
        if found is None or not occupation or any(values.get(key) is None for key in needed):
            return None
        marks = tuple([(name, values[key]) for name, key in self._marks if values.get(key) is not None])
        return ResultRow(
            line=line,
            name=values["name"],
            id_kind=found.kind,
            id_number=found.number,
            employer=values.get("employer") or "",
            occupation=occupation,
            work_type=values.get("work_type") or "",
            level=values["level"],
            certificate_number=values.get("certificate_number") or "",
            issued_on=values["issued_on"],
            evaluator=values.get("evaluator") or "",
            issuer=values.get("issuer") or "",
            marks=marks,
            site=values.get("site") or "",
            examined_on=values.get("examined_on"),
            scheme=values.get("scheme") or "",
            region=values.get("region") or "",
        )

    def _occupation(self, line: int, values: dict[str, Any]) -> str:
        if "occupation_code" not in self._names:
            return values.get("occupation") or ""
        stated = [values[key] for key in ("occupation_code", "occupation") if values.get(key)]
        if not stated and not any(key in values for key in ("occupation_code", "occupation")):
            self.said.append(problem(line, self._names["occupation_code"], "occupation_missing"))
        whole, said = fields.occupation(" ".join(stated))
        values["occupation"] = "" if said else whole
        return values["occupation"] or ""

    def _judge_dates(self, line: int, values: dict[str, Any], found: Identity | None) -> None:
        issued_on = values.get("issued_on")
        if issued_on is None:
            return
        column = self._names["issued_on"]
        examined_on = values.get("examined_on")
        if examined_on is not None and issued_on < examined_on:
            day = examined_on.isoformat()
            self.said.append(problem(line, column, "issued_before_exam", issued_on.isoformat(), examined_on=day))
        if found is not None and found.resident is not None and issued_on < found.resident.born_on:
            self.said.append(problem(line, column, "issued_before_birth", issued_on.isoformat()))

    def _merged(self) -> list[RowProblem]:
        known = {place for place, _, _ in self._columns}
        found: dict[int, str] = {}
        lines = self._lines
        for top, left, bottom, right in self._source.aside.merged:
            if known.isdisjoint(range(left, right + 1)):
                continue
            shown = f"{_letters(left)}{top}:{_letters(right)}{bottom}"
            for line in lines[bisect_left(lines, top) : bisect_left(lines, bottom + 1)]:
                found.setdefault(line, shown)
        return [problem(line, "", "merged_cells", range=shown) for line, shown in found.items()]


_MISSING: Mapping[str, str] = {
    "name": "name_missing",
    "id_number": "id_missing",
    "occupation": "occupation_missing",
    "level": "level_missing",
    "issued_on": "date_missing",
}


class _Repeats:
    """What must not stand in a file twice, also where one of the rows is wrong otherwise.

    Both rows are kept out, since nobody can tell which is right, unless they say exactly the same: then the first
    one stands.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._awards: dict[tuple[str, ...], tuple[int, ResultRow | None]] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._holders: dict[tuple[str, str], tuple[int, str]] = {}
        self._told: set[tuple[int, str]] = set()

    def of(self, line: int, values: Mapping[str, Any], row: ResultRow | None) -> list[RowProblem]:
        found: Identity | None = values["identity"]
        is_copy = False
        said: list[RowProblem] = []
        scheme = values.get("scheme") or ""
        if found is not None:
            person = (found.kind, found.number)
            occupation, level = values.get("occupation"), values.get("level")
            if occupation and level is not None:
                award = (*person, occupation, values.get("work_type") or "", level, scheme)
                first, first_row = self._awards.setdefault(award, (line, row))
                if first != line:
                    is_copy = row is not None and first_row is not None and replace(row, line=first) == first_row
                    said += self._both(line, first, "id_number", "duplicate_row", one_sided=is_copy)
            said += self._other_name(line, person, values.get("name"))
        if number := values.get("certificate_number"):
            key = (scheme, certificate_number.lookup_key(number))
            first = self._numbers.setdefault(key, line)
            if first != line and not is_copy:
                said += self._both(line, first, "certificate_number", "duplicate_number")
        return said

    def _other_name(self, line: int, person: tuple[str, str], name: str | None) -> list[RowProblem]:
        if not name:
            return []
        first, first_name = self._holders.setdefault(person, (line, name))
        return [] if first_name == name else self._both(line, first, "name", "name_differs_in_file")

    def _both(self, line: int, first: int, key: str, code: str, *, one_sided: bool = False) -> list[RowProblem]:
        column = self._names.get(key, "")
        said = [problem(line, column, code, other_line=first)]
        if not one_sided and (first, code) not in self._told:
            self._told.add((first, code))
            said.append(problem(first, column, code, other_line=line))
        return said


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
