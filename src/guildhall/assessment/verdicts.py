"""What the register makes of a file: each row good, bad or already there, and why.

Preview and commit both come here; the commit holds the locks meanwhile. The digest names everything that was decided, so
that two runs that agree in it agree in what would be written.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple, TypeVar
from uuid import UUID

import orjson

from guildhall.accounts import bulk
from guildhall.assessment import identity, numbers
from guildhall.assessment.setting import Found, Setting, Settings, judge_marks
from guildhall.core.results import Parsed, ResultRow, RowProblem, problem
from guildhall.core.results.columns import key_of
from guildhall.issuers.models import Issuer

NAMESPACE = UUID("6a0f1c1e-6f0e-5c58-9c0b-6c8a1d1e7a55")
"""Keys of results are version 5 UUIDs of what makes a row the same row, in this namespace."""

Verdict = Literal["good", "bad", "already"]
_GROUP = 1000
_Row = TypeVar("_Row")
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class RowVerdict(NamedTuple):
    """What becomes of one row. ``number`` where one is given or was given before; the name as it would be written."""

    line: int
    verdict: Verdict
    holder_name: str
    number: str


@dataclass(slots=True)
class Accepted:
    """One row that becomes a result. ``id`` 32 hex digits; ``number`` empty until the register has taken one."""

    row: ResultRow
    setting: Setting
    id: str
    id_hash: bytes
    name_hash: bytes
    marks: str
    number: str


@dataclass(slots=True)
class Judged:
    """A whole file, judged. ``known`` the persons among the accepted rows whom the register knows already."""

    parsed: Parsed
    accepted: list[Accepted] = field(default_factory=list)
    already: list[tuple[ResultRow, str]] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    known: set[bytes] = field(default_factory=set)
    last_serials: dict[tuple[str, numbers.Prefix], int] = field(default_factory=dict)

    @property
    def n_skipped(self) -> int:
        """Rows that are no candidates: the template's example."""
        return sum(notice.code == "example_row" for notice in self.parsed.notices)

    @property
    def n_bad(self) -> int:
        """Rows that come back."""
        return self.parsed.n_rows - self.n_skipped - len(self.accepted) - len(self.already)

    @property
    def all_problems(self) -> list[RowProblem]:
        """What the file itself has wrong and what the register adds, by line."""
        return sorted([*self.parsed.problems, *self.problems], key=lambda found: found.line)

    @property
    def digest(self) -> str:
        """A hash over every decision. Serials still to be taken are none: which they are does not matter to anybody."""
        said = [
            f"{a.row.line} {a.id} {a.row.certificate_number} {a.setting.accreditation} {a.setting.standard} "
            f"{a.setting.site} {a.setting.region} {a.marks}"
            for a in self.accepted
        ]
        said += [f"{row.line} already {number}" for row, number in self.already]
        said += [f"{found.line} {found.code} {found.column}" for found in self.problems]
        said.append(f"{self.parsed.n_rows} {len(self.parsed.problems)}")
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    def rows(self) -> list[RowVerdict]:
        """Return what becomes of each row, by line; numbers still to be taken are left open."""
        given = {a.row.line for a in self.accepted if a.row.certificate_number}
        verdicts = {
            a.row.line: RowVerdict(a.row.line, "good", a.row.name, a.number if a.row.line in given else "")
            for a in self.accepted
        }
        verdicts |= {row.line: RowVerdict(row.line, "already", row.name, number) for row, number in self.already}
        names = {row.line: row.name for row in self.parsed.rows}
        for found in self.all_problems:
            if found.line and found.line != self.parsed.header_line and found.line not in verdicts:
                verdicts[found.line] = RowVerdict(found.line, "bad", names.get(found.line, ""), "")
        return [verdicts[line] for line in sorted(verdicts)]


def judge(parsed: Parsed, issuer: Issuer, *, lock: bool) -> Judged:
    """Judge every row that could be read.

    Shape:  with ``lock`` (inside a transaction) the counters of the numbers to be taken stay locked until commit.
    """
    judging = _Judging(parsed, issuer)
    for start in range(0, len(parsed.rows), _GROUP):
        judging.take(parsed.rows[start : start + _GROUP])
    judging.take_numbers(lock=lock)
    return judging.judged


class _Judging:
    def __init__(self, parsed: Parsed, issuer: Issuer) -> None:
        self.judged = Judged(parsed)
        self._settings = Settings(issuer)
        self._parts = issuer.number_parts
        self._columns = {key_of(name): name for name in reversed(parsed.header)}
        self._seen: dict[str, int] = {}

    def take(self, rows: Sequence[ResultRow]) -> None:
        """Judge a group of rows; what they may meet in the register is read for all of them together."""
        readable = [accepted for row in rows if (accepted := self._readable(row)) is not None]
        if not readable:
            return
        recorded = _recorded([accepted.id for accepted in readable])
        holders = _holders({accepted.id_hash for accepted in readable})
        used = _used_numbers(readable)
        for accepted in readable:
            self._judge(accepted, recorded.get(accepted.id), holders.get(accepted.id_hash), used)

    def _readable(self, row: ResultRow) -> Accepted | None:
        """Return the row with all that can be said without looking for it in the register; None if that is bad."""
        setting = self._settings.of(row)
        if setting.faults:
            self._refuse(row, setting.faults)
            return None
        marks, faults = judge_marks(setting, row.marks)
        number = ""
        if row.certificate_number:
            number = numbers.key(row.certificate_number)
            said = numbers.faults(number, setting.layout, self._parts, setting.level, row.issued_on)
            faults = (*faults, *(("certificate_number", one) for one in said))
        elif setting.prefix is None:
            faults = (*faults, ("certificate_number", ("number_missing", {})))
        if faults:
            self._refuse(row, faults)
            return None
        id_hash = identity.keyed_hash(row.id_kind, row.id_number)
        return Accepted(row, setting, _key(setting, row, id_hash), id_hash, identity.name_hash(row.name), marks, number)

    def _judge(
        self, accepted: Accepted, recorded: _Recorded | None, name: bytes | None, used: set[tuple[str, str]]
    ) -> None:
        row = accepted.row
        other_line = self._seen.setdefault(accepted.id, row.line)
        if other_line != row.line:
            self._refuse(row, [("id_number", ("duplicate_row", {"other_line": other_line}))])
        elif recorded is not None:
            if recorded.says(accepted):
                self.judged.already.append((row, recorded.number))
            else:
                self._refuse(row, [("", ("already_awarded", {"number": recorded.number}))])
        elif name is not None and name != accepted.name_hash:
            self._refuse(row, [("name", ("holder_name_differs", {}))])
        elif accepted.number and (accepted.setting.scheme, accepted.number) in used:
            self._refuse(row, [("certificate_number", ("number_taken", {}))])
        else:
            if name is not None:
                self.judged.known.add(accepted.id_hash)
            self.judged.accepted.append(accepted)

    def take_numbers(self, *, lock: bool) -> None:
        """Give a number to every accepted row that has none; where they run out, the rest comes back."""
        wanting: dict[tuple[str, numbers.Prefix], list[Accepted]] = defaultdict(list)
        given: dict[str, list[str]] = defaultdict(list)
        for accepted in self.judged.accepted:
            if accepted.number:
                given[accepted.setting.scheme].append(accepted.number)
            else:
                assert accepted.setting.prefix is not None, "a row without number and prefix was refused"
                wanting[accepted.setting.scheme, accepted.setting.prefix].append(accepted)
        without: set[str] = set()
        # In one order for all, so that two files that need the same counters cannot lock each other out.
        for scheme, start in sorted(wanting, key=lambda pair: (pair[0], pair[1].text)):
            rows = wanting[scheme, start]
            last = numbers.last_serial(scheme, start, lock=lock)
            free, last = numbers.free(scheme, start, len(rows), passed_over=given[scheme], last=last)
            self.judged.last_serials[scheme, start] = last
            for accepted, number in zip(rows, free, strict=False):
                accepted.number = number
            for accepted in rows[len(free) :]:
                self._refuse(accepted.row, [("certificate_number", ("numbers_used_up", {}))])
                without.add(accepted.id)
        if without:
            self.judged.accepted = [accepted for accepted in self.judged.accepted if accepted.id not in without]

    def _refuse(self, row: ResultRow, faults: Sequence[Found]) -> None:
        for key, (code, facts) in faults:
            column = self._columns.get(key, "")
            value = str(getattr(row, key, "") or "") if key and key != "id_number" else ""
            self.judged.problems.append(problem(row.line, column, code, value, **facts))


class _Recorded(NamedTuple):
    """A result that is in the register under the key of a row."""

    number: str
    holder_name: str
    issued_on: str
    marks: str

    def says(self, accepted: Accepted) -> bool:
        """Tell whether the register has exactly what the row says."""
        return (
            self.holder_name == accepted.row.name
            and self.issued_on == accepted.row.issued_on.isoformat()
            and accepted.number in ("", self.number)
            and orjson.loads(self.marks) == orjson.loads(accepted.marks)
        )


def _key(setting: Setting, row: ResultRow, id_hash: bytes) -> str:
    """Return the key of a row, 32 hex digits: one person, one scheme, occupation and level, one exam, one issuer.

    A row without a day of the exam counts by its day of issue.

    Source: RFC 9562, section 5.5 (UUID version 5).
    """
    day = row.examined_on or row.issued_on
    name = NAMESPACE.bytes + setting.seed + _iso(day) + id_hash
    digest = hashlib.sha1(name, usedforsecurity=False).hexdigest()
    return f"{digest[:12]}5{digest[13:16]}{_VARIANT[digest[16]]}{digest[17:32]}"


def _iso(day: date) -> bytes:
    return day.isoformat().encode()


def _recorded(ids: Sequence[str]) -> dict[str, _Recorded]:
    places = ", ".join(["%s"] * len(ids))
    rows = bulk.select(
        "SELECT id, number, holder_name, CAST(issued_on AS TEXT), CAST(marks AS TEXT) FROM assessment_result "  # noqa: S608
        f"WHERE id IN ({places})",
        *ids,
    )
    return {bulk.hex_of(row[0]): _Recorded(*row[1:]) for row in rows}


def _holders(id_hashes: set[bytes]) -> dict[bytes, bytes]:
    places = ", ".join(["%s"] * len(id_hashes))
    statement = f"SELECT id_hash, name_hash FROM assessment_holder WHERE id_hash IN ({places})"  # noqa: S608
    return {bytes(row[0]): bytes(row[1]) for row in bulk.select(statement, *id_hashes)}


def _used_numbers(readable: Sequence[Accepted]) -> set[tuple[str, str]]:
    given: dict[str, list[str]] = defaultdict(list)
    for accepted in readable:
        if accepted.number:
            given[accepted.setting.scheme].append(accepted.number)
    return {(scheme, number) for scheme, some in given.items() for number in numbers.taken(scheme, some)}


def in_groups(rows: Sequence[_Row], n_rows: int) -> Iterator[Sequence[_Row]]:
    """Yield rows, so many at a time."""
    for start in range(0, len(rows), n_rows):
        yield rows[start : start + n_rows]
