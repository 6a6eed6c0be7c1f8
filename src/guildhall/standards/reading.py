"""Classification files: bytes to checked facts, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from guildhall.core.canonical import strict_json
from guildhall.core.reading import Reading
from guildhall.standards.classifications.refusals import InvalidClassificationError
from guildhall.standards.classifications.tables import controls

MAX_BYTES = 16 * 1024 * 1024
SLUG = r"[a-z0-9][a-z0-9.-]{0,31}"
FAMILY = r"[a-z0-9][a-z0-9-]{0,15}"
MARKS = ("digital", "green")
_NATIONAL = "cn"
OCCUPATION_CODE = r"[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}"
_URL = r"https?://[!-~]{1,240}"
_ANY_CODE = r"[0-9A-Za-z][0-9A-Za-z.-]{0,23}"


@dataclass(frozen=True, slots=True)
class StandardFacts:
    """One edition of an occupational standard."""

    edition: str
    name: dict[str, str]
    document_no: str
    levels: tuple[str, ...]
    in_force_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class OccupationFacts:
    """One occupation with its work types and the editions of its standard; ``marks`` None where the file has none."""

    code: str
    name: dict[str, str]
    definition: dict[str, str]
    work_types: tuple[dict[str, str], ...]
    standards: tuple[StandardFacts, ...]
    group: str = ""
    parent: str = ""
    marks: tuple[str, ...] | None = None
    url: str = ""
    other_names: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A class above occupations; ``rank`` None where the file leaves it to the parent."""

    code: str
    parent: str
    rank: int | None
    name: dict[str, str]
    definition: dict[str, str]


@dataclass(frozen=True, slots=True)
class ClassificationFacts:
    """A whole file."""

    code: str
    name: dict[str, str]
    in_force_on: date
    occupations: tuple[OccupationFacts, ...]
    family: str = "cn"
    source: str = ""
    licence: str = ""
    groups: tuple[GroupFacts, ...] = ()


def read_classification(data: bytes) -> ClassificationFacts:
    """Return the facts of a classification file.

    Shape:  JSON as in docs/formats/classification.md.
    Raises: InvalidClassificationError with the problems; the errors of ``strict_json.parse``.
    """
    reading = Reading()
    document = strict_json.parse(data, max_bytes=MAX_BYTES)
    for place in controls(document):
        reading.note(place or "$", "holds a control character")
    facts = _classification(reading, document)
    if reading.problems:
        raise InvalidClassificationError(
            f"the classification file has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )
    return facts


def _classification(reading: Reading, document: object) -> ClassificationFacts:
    root = reading.members(document, "$")
    head = reading.members(root.get("classification"), "classification")
    family = reading.text(head, "family", "classification", FAMILY) if "family" in head else _NATIONAL
    code_shape = OCCUPATION_CODE if family == _NATIONAL else _ANY_CODE
    facts = ClassificationFacts(
        code=reading.text(head, "code", "classification", SLUG),
        name=reading.names(head.get("name"), "classification.name"),
        in_force_on=reading.day(head, "in_force_on", "classification"),
        occupations=tuple(
            _occupation(reading, item, f"occupations[{i}]", code_shape)
            for i, item in enumerate(reading.items(root, "occupations", "$"))
        ),
        family=family,
        source=reading.text(head, "source", "classification", optional=True),
        licence=reading.text(head, "licence", "classification", optional=True),
        groups=tuple(
            _group(reading, item, f"groups[{i}]")
            for i, item in enumerate(reading.items(root, "groups", "$", optional=True))
        ),
    )
    seen: set[str] = set()
    for occupation in facts.occupations:
        if occupation.code in seen:
            reading.note("occupations", f"the code {occupation.code} stands twice")
        seen.add(occupation.code)
    return facts


def _group(reading: Reading, document: object, path: str) -> GroupFacts:
    members = reading.members(document, path)
    return GroupFacts(
        code=reading.text(members, "code", path, _ANY_CODE),
        parent=_code_or_nothing(reading, members, "parent", path),
        rank=reading.count(members, "rank", path, low=0, high=15) if "rank" in members else None,
        name=reading.names(members.get("name"), f"{path}.name"),
        definition=reading.names(members.get("definition"), f"{path}.definition", optional=True),
    )


def _occupation(reading: Reading, document: object, path: str, code_shape: str) -> OccupationFacts:
    members = reading.members(document, path)
    standards = tuple(
        _standard(reading, item, f"{path}.standards[{i}]")
        for i, item in enumerate(reading.items(members, "standards", path, optional=True))
    )
    if len({standard.edition for standard in standards}) != len(standards):
        reading.note(f"{path}.standards", "an edition stands twice")
    marks = reading.texts(members, "marks", path, optional=True) if "marks" in members else None
    if set(marks or ()) - set(MARKS):
        reading.note(f"{path}.marks", f"only {', '.join(MARKS)} are known")
    return OccupationFacts(
        code=reading.text(members, "code", path, code_shape),
        name=reading.names(members.get("name"), f"{path}.name"),
        definition=reading.names(members.get("definition"), f"{path}.definition", optional=True),
        work_types=tuple(
            reading.names(item, f"{path}.work_types[{i}]")
            for i, item in enumerate(reading.items(members, "work_types", path, optional=True))
        ),
        standards=standards,
        group=_code_or_nothing(reading, members, "group", path),
        parent=_code_or_nothing(reading, members, "parent", path),
        marks=marks,
        url=reading.text(members, "url", path, _URL) if "url" in members else "",
        other_names=_other_names(reading, members, path),
    )


def _code_or_nothing(reading: Reading, members: Mapping[str, Any], name: str, path: str) -> str:
    return reading.text(members, name, path, _ANY_CODE) if name in members else ""


def _other_names(reading: Reading, members: Mapping[str, Any], path: str) -> dict[str, list[str]]:
    if "other_names" not in members:
        return {}
    path = f"{path}.other_names"
    by_language = reading.members(members["other_names"], path)
    return {language: list(reading.texts(by_language, language, path)) for language in by_language}


def _standard(reading: Reading, document: object, path: str) -> StandardFacts:
    members = reading.members(document, path)
    facts = StandardFacts(
        edition=reading.text(members, "edition", path, r".{1,16}"),
        name=reading.names(members.get("name"), f"{path}.name"),
        document_no=reading.text(members, "document_no", path, r".{0,64}", optional=True),
        levels=reading.texts(members, "levels", path),
        in_force_on=reading.day(members, "in_force_on", path),
        ends_on=reading.optional_day(members, "ends_on", path),
    )
    if facts.ends_on is not None and facts.ends_on < facts.in_force_on:
        reading.note(f"{path}.ends_on", "lies before in_force_on")
    return facts
