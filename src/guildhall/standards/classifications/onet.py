"""The O*NET database as released: a folder of workbooks, one table each.

Read are occupations, alternate titles, job zones, skills, knowledge, tasks, technology skills, education and training, and
which occupations are related; the reference tables give names and ranges. The release does not carry the names of the
groups above its occupations: those are the 23 major groups of the Standard Occupational Classification.

Source: O*NET Data Dictionary, release 29.3; SOC 2018 (U.S. Bureau of Labor Statistics), O*NET-SOC codes dd-dddd.dd.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from guildhall.standards.classifications import hierarchy, tables
from guildhall.standards.classifications.facts import (
    CrosswalkFacts,
    DescriptorEntry,
    Edition,
    Entries,
    Files,
    GroupEntry,
    Line,
    OccupationEntry,
    Place,
    Progress,
    Ratings,
    digest,
    silent,
)
from guildhall.standards.classifications.problems import Notes

EDITION = Edition(
    code="onet-29.3",
    family="onet",
    name={"en": "O*NET-SOC (O*NET 29.3 Database)", "zh": "美国职业信息网络 O*NET-SOC（29.3 版）"},
    in_force_on=date(2025, 5, 1),
    source="O*NET 29.3 Database by the U.S. Department of Labor, Employment and Training Administration (USDOL/ETA), "
    "https://www.onetcenter.org/database.html",
    licence="CC BY 4.0; Guildhall has changed the form of the data",
)

MAJOR_GROUPS = {
    "11": "Management Occupations",
    "13": "Business and Financial Operations Occupations",
    "15": "Computer and Mathematical Occupations",
    "17": "Architecture and Engineering Occupations",
    "19": "Life, Physical, and Social Science Occupations",
    "21": "Community and Social Service Occupations",
    "23": "Legal Occupations",
    "25": "Educational Instruction and Library Occupations",
    "27": "Arts, Design, Entertainment, Sports, and Media Occupations",
    "29": "Healthcare Practitioners and Technical Occupations",
    "31": "Healthcare Support Occupations",
    "33": "Protective Service Occupations",
    "35": "Food Preparation and Serving Related Occupations",
    "37": "Building and Grounds Cleaning and Maintenance Occupations",
    "39": "Personal Care and Service Occupations",
    "41": "Sales and Related Occupations",
    "43": "Office and Administrative Support Occupations",
    "45": "Farming, Fishing, and Forestry Occupations",
    "47": "Construction and Extraction Occupations",
    "49": "Installation, Maintenance, and Repair Occupations",
    "51": "Production Occupations",
    "53": "Transportation and Material Moving Occupations",
    "55": "Military Specific Occupations",
}
"""First two digits → name. Source: SOC 2018."""

CODE = re.compile(r"[0-9]{2}-[0-9]{4}\.[0-9]{2}")
_ELEMENT = re.compile(r"[1-6](\.[A-Za-z0-9]{1,4}){0,6}")
_RELEASE = re.compile(r"O\*NET (\d{1,3}\.\d{1,2}) Database\s+([A-Z][a-z]{2,8}) (\d{4}) Release")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_TOO_LARGE = Decimal(10_000)
_NUMBER = re.compile(r"-?[0-9]{1,4}(\.[0-9]{1,20})?(e-[0-9]{1,2})?", re.ASCII)
_OCCUPATION = "O*NET-SOC Code"
_READ_ME = "Read Me.txt"
_EVERY = 5_000
_LONGEST = {"Task ID": 24, "Commodity Code": 16, "Category": 32}
"""Codes of descriptors: a commodity's is followed by thirteen characters of the example."""
_TASK_TYPES = {"Core": Decimal(2), "Supplemental": Decimal(1), "": Decimal(0)}
_YES = {"Y": True, "N": False}

_TABLES: Mapping[str, tables.Columns] = {
    "Occupation Data": tables.Columns((_OCCUPATION, "Title", "Description")),
    "Alternate Titles": tables.Columns((_OCCUPATION, "Alternate Title"), ("Short Title",)),
    "Scales Reference": tables.Columns(("Scale ID", "Minimum", "Maximum")),
    "Content Model Reference": tables.Columns(("Element ID", "Element Name")),
    "Job Zone Reference": tables.Columns(("Job Zone", "Name")),
    "Education, Training, and Experience Categories": tables.Columns(
        ("Element ID", "Scale ID", "Category", "Category Description")
    ),
    "Job Zones": tables.Columns((_OCCUPATION, "Job Zone")),
    "Skills": tables.Columns((_OCCUPATION, "Element ID", "Element Name", "Scale ID", "Data Value")),
    "Knowledge": tables.Columns((_OCCUPATION, "Element ID", "Element Name", "Scale ID", "Data Value")),
    "Task Statements": tables.Columns((_OCCUPATION, "Task ID", "Task", "Task Type")),
    "Technology Skills": tables.Columns(
        (_OCCUPATION, "Example", "Commodity Code", "Commodity Title"), ("Hot Technology", "In Demand")
    ),
    "Education, Training, and Experience": tables.Columns(
        (_OCCUPATION, "Element ID", "Element Name", "Scale ID", "Category", "Data Value")
    ),
    "Related Occupations": tables.Columns((_OCCUPATION, "Related O*NET-SOC Code", "Relatedness Tier", "Index")),
}
_RATED = {"Skills": "skill", "Knowledge": "knowledge"}


def wanted(names: list[str]) -> list[str]:
    """Return which files of a folder are read."""
    return [name for name in names if name == _READ_ME or name.removesuffix(".xlsx") in _TABLES]


def read(files: Files, *, edition: Edition = EDITION, on_progress: Progress = silent) -> Entries:
    """Return the entries of a release.

    Shape:  ``files`` by the names that they were released under; without ``Occupation Data.xlsx`` there is nothing. The
            edition is the one that ``Read Me.txt`` names, unless ``edition`` is another than the one known here.
    Raises: InvalidClassificationError with every problem and its place.
    """
    release = _Release(files, _edition(files, edition), on_progress)
    release.read()
    release.notes.settle(release.edition.code)
    return release.entries()


def _edition(files: Files, edition: Edition) -> Edition:
    """Return the edition that the release says it is, if the caller did not say."""
    said = _RELEASE.search(files.get(_READ_ME, b"")[:4_096].decode("ascii", "replace"))
    if said is None or edition is not EDITION or said[2] not in _MONTHS:
        return edition
    release, month, year = said.groups()
    if not 1998 <= int(year) <= 9999:
        return edition
    return replace(
        edition,
        code=f"onet-{release}",
        name={language: text.replace("29.3", release) for language, text in edition.name.items()},
        in_force_on=date(int(year), _MONTHS.index(month) + 1, 1),
        source=edition.source.replace("29.3", release),
    )


@dataclass(slots=True)
class _Release:
    """A release that is being read, table by table."""

    files: Files
    edition: Edition
    on_progress: Progress
    notes: Notes = field(default_factory=Notes)
    occupations: dict[str, OccupationEntry] = field(default_factory=dict)
    listed: list[OccupationEntry] = field(default_factory=list)
    titles: dict[str, dict[str, None]] = field(default_factory=dict)
    ranges: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    elements: dict[str, str] = field(default_factory=dict)
    categories: dict[tuple[str, str, str], str] = field(default_factory=dict)
    descriptors: dict[tuple[str, str], DescriptorEntry] = field(default_factory=dict)
    ratings: Ratings = field(default_factory=Ratings)
    lines: dict[tuple[str, str], Line] = field(default_factory=dict)
    numbers: dict[str, Decimal | None] = field(default_factory=dict)

    def read(self) -> None:
        if "Occupation Data.xlsx" not in self.files:
            self.notes.note("Occupation Data.xlsx", 0, "", "missing_file")
            return
        self._read_occupations()
        self._read_titles()
        self._read_references()
        self._read_job_zones()
        for table, kind in _RATED.items():
            self._read_ratings(table, kind)
        self._read_tasks()
        self._read_technology()
        self._read_education()
        self._read_related()
        for name in _TABLES:
            if f"{name}.xlsx" not in self.files:
                self.notes.note(f"{name}.xlsx", 0, "", "absent_file")

    def entries(self) -> Entries:
        occupations = tuple(
            replace(entry, other_names={"en": list(self.titles[entry.code])}) if entry.code in self.titles else entry
            for entry in self.listed
        )
        related = CrosswalkFacts(
            code=f"{self.edition.code}--related",
            name={"en": "O*NET related occupations", "zh": "O*NET 相关职业"},
            from_edition=self.edition.code,
            to_edition=self.edition.code,
            source=self.edition.source[:255],
            licence=self.edition.licence,
            lines=tuple(self.lines.values()),
        )
        return Entries(
            edition=self.edition,
            groups=self._groups(),
            occupations=occupations,
            digest=digest(self.files),
            descriptors=tuple(self.descriptors.values()),
            ratings=self.ratings,
            crosswalks=(related,) if self.lines else (),
            notices=tuple(self.notes.notices),
            n_notices=self.notes.n_notices,
        )

    def _rows(self, table: str) -> Iterator[tuple[Place, list[str]]]:
        """Yield the rows of a table that is there, and tell how far it is read."""
        file = f"{table}.xlsx"
        if file not in self.files:
            return
        n_rows = 0
        for line, cells in tables.rows(self.files[file], file, _TABLES[table], self.notes, is_utf8=True):
            n_rows += 1
            if n_rows % _EVERY == 0:
                self.on_progress(file, n_rows, 0)
            yield Place(file, line), cells
        self.on_progress(file, n_rows, n_rows)

    def _of_occupations(self, table: str) -> Iterator[tuple[Place, list[str]]]:
        """Yield the rows whose occupation there is; note the others."""
        for at, cells in self._rows(table):
            if cells[0] in self.occupations:
                yield at, cells
            else:
                self._unknown(at, _OCCUPATION, cells[0])

    def _unknown(self, at: Place, column: str, code: str) -> None:
        self.notes.note(
            at.file, at.line, column, "unknown_code" if code else "empty_cell", code, edition=self.edition.code
        )

    def _read_occupations(self) -> None:
        for at, (code, title, description) in self._rows("Occupation Data"):
            if not CODE.fullmatch(code) or code[:2] not in MAJOR_GROUPS:
                self.notes.note(at.file, at.line, _OCCUPATION, "malformed_code", code, shape="dd-dddd.dd")
                continue
            if not title:
                self.notes.note(at.file, at.line, "Title", "empty_cell")
            entry = OccupationEntry(
                code=code,
                name={"en": title},
                at=at,
                group=f"{code[:2]}-0000",
                definition={"en": description} if description else {},
                url=f"https://www.onetonline.org/link/summary/{code}",
            )
            self.listed.append(entry)
            self.occupations.setdefault(code, entry)
        # 11-1011.03 is a narrower occupation of 11-1011.00, where the release has that one.
        self.listed = [
            replace(entry, parent=above)
            if (above := f"{entry.code[:7]}.00") in self.occupations and above != entry.code
            else entry
            for entry in self.listed
        ]
        hierarchy.check(self.edition.code, self._groups(), self.listed, self.notes, column=_OCCUPATION)

    def _groups(self) -> tuple[GroupEntry, ...]:
        used = {entry.group[:2]: entry.at for entry in reversed(self.listed)}
        return tuple(
            GroupEntry(f"{digits}-0000", "", 0, {"en": MAJOR_GROUPS[digits]}, {}, used[digits])
            for digits in sorted(used)
        )

    def _read_titles(self) -> None:
        for at, (code, title, short) in self._of_occupations("Alternate Titles"):
            known = self.titles.setdefault(code, {})
            if not title:
                self.notes.note(at.file, at.line, "Alternate Title", "empty_cell")
            if title in known:
                self.notes.note(at.file, at.line, "Alternate Title", "repeated_text", title)
            known |= dict.fromkeys(filter(None, (title, short)))

    def _read_references(self) -> None:
        for at, (scale, low, high) in self._rows("Scales Reference"):
            least, most = self._number(at, "Minimum", low), self._number(at, "Maximum", high)
            if least is not None and most is not None:
                self.ranges[scale] = least, most
        for at, (element, name) in self._rows("Content Model Reference"):
            if not _ELEMENT.fullmatch(element):
                self.notes.note(at.file, at.line, "Element ID", "malformed_code", element, shape="2.A.1.a")
            elif element in self.elements:
                self.notes.note(at.file, at.line, "Element ID", "duplicate_row", element, first=0)
            self.elements[element] = name
        for _, (element, scale, category, name) in self._rows("Education, Training, and Experience Categories"):
            self.categories[element, scale, category] = name

    def _read_job_zones(self) -> None:
        names = {zone: name for _, (zone, name) in self._rows("Job Zone Reference")}
        rated = _Once(self)
        for at, (code, zone) in self._of_occupations("Job Zones"):
            if names and zone not in names:
                self.notes.note(at.file, at.line, "Job Zone", "unknown_value", zone, known=", ".join(names))
                continue
            value = self._number(at, "Job Zone", zone)
            if value is not None and rated.is_first(at, code):
                self._describe("job-zone", zone, names.get(zone, zone))
                self.ratings.add(code, ("job-zone", zone), "JZ", value)

    def _read_ratings(self, table: str, kind: str) -> None:
        rated = _Once(self)
        for at, (code, element, name, scale, text) in self._of_occupations(table):
            if not self._is_element(at, element, name):
                continue
            value = self._on_scale(at, scale, text)
            if value is not None and rated.is_first(at, code, element, scale):
                self._describe(kind, element, name, self._above(element))
                self.ratings.add(code, (kind, element), scale, value)

    def _read_tasks(self) -> None:
        rated = _Once(self)
        for at, (code, task, name, how) in self._of_occupations("Task Statements"):
            if not self._has_texts(at, {"Task ID": task, "Task": name}):
                continue
            if how not in _TASK_TYPES:
                self.notes.note(at.file, at.line, "Task Type", "unknown_value", how, known="Core, Supplemental")
            elif rated.is_first(at, code, task):
                self._describe("task", task, name)
                self.ratings.add(code, ("task", task), "TYPE", _TASK_TYPES[how])

    def _read_technology(self) -> None:
        rated = _Once(self)
        one = Decimal(1)
        for at, (code, example, commodity, title, hot, demand) in self._of_occupations("Technology Skills"):
            if not self._has_texts(at, {"Example": example, "Commodity Code": commodity, "Commodity Title": title}):
                continue
            # An example has no code of its own; the same text under the same commodity is the same technology.
            key = "technology", f"{commodity}.{hashlib.sha256(example.encode()).hexdigest()[:12]}"
            if not rated.is_first(at, code, key[1]):
                continue
            self._describe("commodity", commodity, title)
            self._describe(*key, example, ("commodity", commodity))
            self.ratings.add(code, key, "USED", one)
            for scale, column, said in (("HOT", "Hot Technology", hot), ("DEMAND", "In Demand", demand)):
                if said and said not in _YES:
                    self.notes.note(at.file, at.line, column, "unknown_value", said, known="Y, N")
                elif _YES.get(said):
                    self.ratings.add(code, key, scale, one)

    def _read_education(self) -> None:
        rated = _Once(self)
        for at, (code, element, name, scale, category, text) in self._of_occupations(
            "Education, Training, and Experience"
        ):
            if not self._is_element(at, element, name):
                continue
            value = self._on_scale(at, scale, text)
            if value is None or not rated.is_first(at, code, element, scale, category):
                continue
            # Some elements are rated as a whole, and not by categories.
            key, title = ("education", element), name
            if category:
                key, title = (
                    ("education", f"{element}.{category}"),
                    self.categories.get((element, scale, category), f"{name}: {category}"),
                )
            if self._has_texts(at, {"Category": key[1]}):
                self._describe(*key, title)
                self.ratings.add(code, key, scale, value)

    def _read_related(self) -> None:
        for at, (code, other, tier, index) in self._of_occupations("Related Occupations"):
            if other not in self.occupations:
                self._unknown(at, "Related O*NET-SOC Code", other)
                continue
            position = self._number(at, "Index", index)
            if position is None:
                continue
            if not 0 <= position <= 999 or position != int(position):
                self.notes.note(at.file, at.line, "Index", "out_of_range", index, low=0, high=999)
            elif (code, other) in self.lines or code == other:
                self.notes.note(at.file, at.line, "Related O*NET-SOC Code", "duplicate_row", other, first=0)
            else:
                self.lines[code, other] = Line(
                    code, other, "relatedMatch", int(position), note={"en": tier} if tier else {}
                )

    def _describe(self, kind: str, code: str, name: str, parent: tuple[str, str] | None = None) -> None:
        if (kind, code) not in self.descriptors:
            self.descriptors[kind, code] = DescriptorEntry(kind, code, {"en": name}, parent)

    def _above(self, element: str) -> tuple[str, str] | None:
        """Describe the elements above one, where the content model is there, and return the next above."""
        above = element.rpartition(".")[0]
        if "." not in above or above not in self.elements:
            return None
        if ("element", above) not in self.descriptors:
            self._describe("element", above, self.elements[above], self._above(above))
        return "element", above

    def _is_element(self, at: Place, element: str, name: str) -> bool:
        if _ELEMENT.fullmatch(element) and (not self.elements or element in self.elements):
            return self._has_texts(at, {"Element Name": name})
        self._unknown(at, "Element ID", element)
        return False

    def _has_texts(self, at: Place, cells: dict[str, str]) -> bool:
        for column, text in cells.items():
            if not text:
                self.notes.note(at.file, at.line, column, "empty_cell")
                return False
            longest = _LONGEST.get(column)
            if longest and (len(text) > longest or not text.isascii()):
                self.notes.note(at.file, at.line, column, "malformed_code", text, shape=f"…{longest}")
                return False
        return True

    def _on_scale(self, at: Place, scale: str, text: str) -> Decimal | None:
        value = self._number(at, "Data Value", text)
        if not re.fullmatch(r"[A-Z]{2,4}", scale) or (self.ranges and scale not in self.ranges):
            self.notes.note(
                at.file, at.line, "Scale ID", "unknown_value", scale, known=", ".join(self.ranges) or "IM, LV"
            )
            return None
        low, high = self.ranges.get(scale, (Decimal(0), Decimal(100)))
        if value is not None and not low <= value <= high:
            self.notes.note(at.file, at.line, "Data Value", "out_of_range", text, low=str(low), high=str(high))
            return None
        return value

    def _number(self, at: Place, column: str, text: str) -> Decimal | None:
        if text not in self.numbers:
            self.numbers[text] = _decimal(text)
        value = self.numbers[text]
        if value is None:
            self.notes.note(at.file, at.line, column, "malformed_number" if text else "empty_cell", text)
        return value


@dataclass(slots=True)
class _Once:
    """What a table has said already."""

    release: _Release
    seen: dict[tuple[str, ...], int] = field(default_factory=dict)

    def is_first(self, at: Place, *key: str) -> bool:
        """Say whether a row says something new; note it if not."""
        first = self.seen.setdefault(key, at.line)
        if first != at.line:
            self.release.notes.note(at.file, at.line, "", "duplicate_row", " ".join(key), first=first)
        return first == at.line


def _decimal(text: str) -> Decimal | None:
    """Return a plain number of at most four digits before the point, to the hundredth; None if it is none."""
    value = Decimal(text).quantize(Decimal("0.01")) if _NUMBER.fullmatch(text) else None
    return None if value is None or abs(value) >= _TOO_LARGE else value
