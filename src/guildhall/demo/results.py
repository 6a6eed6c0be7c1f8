"""The results files of the demonstration: nobody's results, in the same way every time, with a few honest mistakes.

One workbook of the national centre and a small file from each regional centre, in the encodings that offices send.
What ships beside this module is what ``python -m guildhall.demo.results FOLDER`` writes; a test makes it again and
compares.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from random import Random

import xlsxwriter

from guildhall.core.codes import identity
from guildhall.core.results import gb18030
from guildhall.core.results.columns import COLUMNS, MARK
from guildhall.demo import NATIONAL
from guildhall.demo.people import Person, people
from guildhall.issuers.reading import FilingFacts, IssuerFacts, read_filings, read_issuers
from guildhall.standards.reading import OccupationFacts, read_classification

SEED = 20261122
N_NATIONAL, N_REGIONAL = 1152, 128
"""Good rows: nine awards in ten are the national centre's."""

_KEYS = (
    *("name", "id_kind", "id_number", "employer", "occupation", "work_type", "level", "certificate_number"),
    *("issued_on", "evaluator", "issuer", f"{MARK}theory", f"{MARK}skill", f"{MARK}review", "site", "examined_on"),
    *("scheme", "region"),
)
_ENGLISH = "shanghai-centre"
_GB18030 = ("guangdong-centre", "xinjiang-centre")
_WITHOUT_MARK = ("beijing-centre", _ENGLISH)
_WORKBOOK = ("zhejiang-centre", "sichuan-centre")
_FIRST_EXAM, _LAST_EXAM = date(2026, 1, 10), date(2026, 10, 25)
_LEVELS = {
    "5": ("5", "五级", "五级/初级工", "初级工"),
    "4": ("4", "四级", "四级/中级工", "中级工"),
    "3": ("3", "三级", "三级/高级工", "高级工"),
    "2": ("2", "二级", "二级/技师", "技师"),
    "1": ("1", "一级", "一级/高级技师", "高级技师"),
}
_EMPLOYERS = (
    *("", "", "示范机电设备有限公司", "示范养老服务中心", "示范餐饮管理有限公司", "示范物流有限公司", "示范建设集团"),
    *("示范职业技术学院", "示范汽车服务有限公司", "示范信息技术有限公司", "示范医院", "个体经营"),
)

Row = dict[str, str | float | date]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A row that is wrong on purpose.

    Shape:  ``line`` as a spreadsheet counts; ``code`` is the code of ``core.results`` that it should meet.
    """

    line: int
    code: str


@dataclass(slots=True)
class ResultsFile:
    """One file: whose, its name and bytes, how many rows are good, and which are not."""

    issuer: str
    name: str
    rows: list[Row] = field(repr=False)
    n_good: int
    mistakes: tuple[Mistake, ...]
    content: bytes = field(default=b"", repr=False)


def make(seed: int) -> list[tuple[str, str, bytes]]:
    """Return all files as issuer slug, file name and bytes; the same seed gives the same rows."""
    return [(file.issuer, file.name, file.content) for file in files(seed)]


def shipped() -> list[tuple[str, str, bytes]]:
    """Return the files that ship with the package, in the shape of ``make``, the national centre's first."""
    folder = resources.files("guildhall.demo").joinpath("files")
    found = [
        (entry.name.split(".", 1)[0], entry.name, entry.read_bytes())
        for entry in folder.iterdir()
        if entry.name.endswith((".csv", ".xlsx"))
    ]
    return sorted(found, key=lambda file: (file[0] != NATIONAL, file[0]))


def files(seed: int) -> list[ResultsFile]:
    """Return all files with what is expected of them."""
    rng = Random(seed)  # noqa: S311 - the same every time is the point
    facts = _Facts.read()
    crowd = people(2000, rng)
    national = _national(facts, crowd, rng)
    return [national, *(_regional(facts, issuer, crowd, rng) for issuer in facts.regional)]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What may be awarded by whom, as it ships."""

    occupations: dict[str, OccupationFacts]
    filings: dict[str, list[FilingFacts]]
    national: IssuerFacts
    regional: tuple[IssuerFacts, ...]

    @staticmethod
    def read() -> _Facts:
        centres = resources.files("guildhall.issuers").joinpath("data", "demo.json").read_bytes()
        classification = resources.files("guildhall.standards").joinpath("data", "cn-2022.json").read_bytes()
        filings: dict[str, list[FilingFacts]] = {}
        for filing in read_filings(centres):
            filings.setdefault(filing.issuer, []).append(filing)
        issuers = {issuer.organisation.slug: issuer for issuer in read_issuers(centres).issuers}
        national = issuers.pop(NATIONAL)
        return _Facts(
            {o.code: o for o in read_classification(classification).occupations},
            filings,
            national,
            tuple(issuers.values()),
        )


@dataclass(frozen=True, slots=True)
class _Sitting:
    """One assessment: what, where, when; ``written`` is occupation and level as the office wrote them that day."""

    written: tuple[str, str]
    work_type: str
    level: str
    site: str
    examined_on: date
    issued_on: date


# --- The national centre ---------------------------------------------------------------------------------------------


def _national(facts: _Facts, crowd: Iterator[Person], rng: Random) -> ResultsFile:
    filings = [f for f in facts.filings[NATIONAL] if f.ends_on.year > 2026]
    sittings: list[tuple[_Sitting, int]] = []
    while (left := N_NATIONAL - sum(size for _, size in sittings)) > 0:
        # Three sittings in four are for levels 5 to 3; most of the rest for newer occupations, or for 2 and 1.
        filing = rng.choices(filings, weights=(12, 2, 1, 2))[0]
        sittings.append((_sitting(facts, filing, facts.national, rng), min(rng.randint(12, 32), left)))
    sittings.sort(key=lambda one: (one[0].examined_on, one[0].site))
    rows = [_row(next(crowd), sitting, rng) for sitting, size in sittings for _ in range(size)]
    return _file(NATIONAL, "xlsx", rows, _national_mistakes(facts, rows, crowd, rng), rng)


def _national_mistakes(
    facts: _Facts, rows: Sequence[Row], crowd: Iterator[Person], rng: Random
) -> list[tuple[Row, str]]:
    def wrong(code: str, **change: str | float | date) -> tuple[Row, str]:
        sitting = _sitting(facts, facts.filings[NATIONAL][0], facts.national, rng)
        return _row(next(crowd), sitting, rng) | change, code

    def with_bad_digit() -> tuple[Row, str]:
        row, code = wrong("id_check_digit", id_kind="居民身份证")
        number = str(row["id_number"])
        row["id_number"] = number[:9] + str((int(number[9]) + 1) % 10) + number[10:]
        return row, code

    courier = facts.occupations["4-02-07-08"]
    expired = facts.occupations["4-02-06-05"]
    return [
        *(with_bad_digit() for _ in range(3)),
        wrong("id_as_number", id_kind="居民身份证", id_number="1.10101E+17"),
        wrong("id_as_number", id_kind="居民身份证", id_number=310115199003070000.0),
        wrong(
            "not_accredited",
            occupation=f"{courier.code} {courier.name['zh']}",
            work_type="",
            level="2",
            **{f"{MARK}review": 78.0},
        ),
        wrong("not_accredited", occupation=f"{expired.code} {expired.name['zh']}", work_type="", level="3"),
        wrong("failed_part", **{f"{MARK}skill": 57.5}),
        wrong("failed_part", **{f"{MARK}theory": 59.0}),
        wrong("missing_mark", **{f"{MARK}skill": ""}),
        (dict(rows[rng.randrange(200, 400)]), "duplicate_row"),
        wrong("occupation_unknown", occupation="飞行汽车驾驶员", work_type=""),
        wrong("date_in_future", issued_on=date(2062, 11, 6)),
        wrong("name_missing", name=""),
    ]


# --- The regional centres --------------------------------------------------------------------------------------------


def _regional(facts: _Facts, issuer: IssuerFacts, crowd: Iterator[Person], rng: Random) -> ResultsFile:
    slug = issuer.organisation.slug
    place = [i.organisation.slug for i in facts.regional].index(slug)
    n_rows = N_REGIONAL // len(facts.regional) + (place < N_REGIONAL % len(facts.regional))
    filing = next(f for f in facts.filings[slug] if f.filing.endswith("0001"))
    rows: list[Row] = []
    while len(rows) < n_rows:
        sitting = _sitting(facts, filing, issuer, rng)
        size = min(rng.randint(1, 3), n_rows - len(rows))
        rows += [_row(next(crowd), sitting, rng) for _ in range(size)]
    return _file(slug, _kind(slug), rows, _regional_mistakes(facts, issuer, filing, crowd, rng), rng)


def _regional_mistakes(
    facts: _Facts, issuer: IssuerFacts, filing: FilingFacts, crowd: Iterator[Person], rng: Random
) -> list[tuple[Row, str]]:
    """Return one row for each of the refusals that a filing can lead to, each from the centre that it fits."""
    asked = {
        "hainan-centre": ("6-18-02-04", "5", date(2026, 10, 12), ""),  # suspended
        "qinghai-centre": ("6-28-01-10", "5", date(2026, 8, 20), ""),  # expired
        "fujian-centre": ("4-14-01-02", "5", date(2026, 9, 18), ""),  # not yet
        "ningxia-centre": (filing.occupations[0], "3", date(2026, 7, 16), ""),  # another level
        "guangdong-centre": (filing.occupations[0], "4", date(2026, 6, 25), "广西"),  # another province
    }.get(issuer.organisation.slug)
    if asked is None:
        return []
    code, level, issued_on, region = asked
    written = (facts.occupations[code].name["zh"], level)
    sitting = _Sitting(written, "", level, "", issued_on - timedelta(days=21), issued_on)
    return [(_row(next(crowd), sitting, rng) | {"region": region}, "not_accredited")]


def _kind(slug: str) -> str:
    if slug in _WORKBOOK:
        return "xlsx"
    if slug in _GB18030:
        return "gb18030"
    return "utf-8" if slug in _WITHOUT_MARK else "utf-8-sig"


# --- Rows ------------------------------------------------------------------------------------------------------------


def _sitting(facts: _Facts, filing: FilingFacts, issuer: IssuerFacts, rng: Random) -> _Sitting:
    occupation = facts.occupations[rng.choice(filing.occupations)]
    name = occupation.name["zh"]
    work_types = [""] * 2 + [work_type["zh"] for work_type in occupation.work_types]
    # Skill is rarer higher up: the lowest filed level is drawn most often.
    levels = sorted(filing.levels, reverse=True)
    level = rng.choices(levels, weights=range(len(levels), 0, -1))[0]
    examined_on = _FIRST_EXAM + timedelta(days=rng.randrange((_LAST_EXAM - _FIRST_EXAM).days))
    return _Sitting(
        written=(rng.choice((f"{occupation.code} {name}", name)), rng.choice(_LEVELS[level])),
        work_type=rng.choice(work_types),
        level=level,
        site=filing.site or rng.choice(issuer.sites).code,
        examined_on=examined_on,
        issued_on=examined_on + timedelta(days=rng.randint(12, 25)),
    )


def _row(person: Person, sitting: _Sitting, rng: Random) -> Row:
    row: Row = dict.fromkeys(_KEYS, "")
    row |= {
        "name": person.name,
        "id_kind": identity.KINDS[person.id_kind].name["zh"],
        "id_number": person.id_number,
        "employer": rng.choice(_EMPLOYERS),
        "occupation": sitting.written[0],
        "work_type": sitting.work_type,
        "level": sitting.written[1],
        "issued_on": sitting.issued_on,
        f"{MARK}theory": _mark(rng),
        f"{MARK}skill": _mark(rng),
        "site": sitting.site,
        "examined_on": sitting.examined_on,
    }
    if sitting.level in {"2", "1"}:
        row[f"{MARK}review"] = _mark(rng)
    return row


def _mark(rng: Random) -> float:
    return rng.choice((60.0, 62.5)) if rng.random() < 0.03 else rng.randrange(126, 196) / 2


# --- Writing ---------------------------------------------------------------------------------------------------------


def _file(slug: str, kind: str, good: list[Row], wrong: Sequence[tuple[Row, str]], rng: Random) -> ResultsFile:
    rows = list(good)
    for row, code in wrong:
        # A copy stands below its original: then it is the copy that is one too many.
        first = len(rows) // 2 if code == "duplicate_row" else 1
        rows.insert(rng.randrange(first, len(rows) + 1), row)
    codes = {id(row): code for row, code in wrong}
    mistakes = tuple(Mistake(line, codes[id(row)]) for line, row in enumerate(rows, 2) if id(row) in codes)
    file = ResultsFile(slug, f"{slug}.results.{'xlsx' if kind == 'xlsx' else 'csv'}", rows, len(good), mistakes)
    language = "en" if slug == _ENGLISH else "zh"
    headings = [COLUMNS[key].name[language] for key in _KEYS]
    file.content = _workbook(headings, rows) if kind == "xlsx" else _text(headings, rows, kind)
    return file


def _text(headings: Sequence[str], rows: Sequence[Row], encoding: str) -> bytes:
    written = io.StringIO(newline="")
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(headings)
    table.writerows([_shown(row[key]) for key in _KEYS] for row in rows)
    return gb18030.encode(written.getvalue()) if encoding == "gb18030" else written.getvalue().encode(encoding)


def _shown(cell: str | float | date) -> str:
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


def _workbook(headings: Sequence[str], rows: Sequence[Row]) -> bytes:
    with io.BytesIO() as written:
        with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
            # The day of making would make each making another file.
            book.set_properties({"created": datetime(2026, 11, 1)})  # noqa: DTZ001 - a label, no moment
            sheet = book.add_worksheet("成绩")
            head, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
            text = book.add_format({"num_format": "@"})
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(_KEYS) - 1, 16)
            sheet.write_row(0, 0, headings, head)
            for line, row in enumerate(rows, 1):
                for place, key in enumerate(_KEYS):
                    cell = row[key]
                    if isinstance(cell, date):
                        sheet.write_datetime(line, place, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
                    elif isinstance(cell, float):
                        sheet.write_number(line, place, cell)
                    elif cell:
                        sheet.write_string(line, place, cell, text)
        return written.getvalue()


if __name__ == "__main__":
    for _, file_name, content in make(SEED):
        Path(sys.argv[1], file_name).write_bytes(content)
