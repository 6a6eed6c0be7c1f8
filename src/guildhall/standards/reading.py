"""Classification files: bytes to checked facts, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from guildhall.core.canonical import strict_json
from guildhall.core.reading import Reading
from guildhall.standards.classifications.problems import InvalidClassificationError

MAX_BYTES = 16 * 1024 * 1024
SLUG = r"[a-z0-9][a-z0-9-]{0,31}"
OCCUPATION_CODE = r"[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}"


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
    """One occupation with its work types and the editions of its standard."""

    code: str
    name: dict[str, str]
    definition: dict[str, str]
    work_types: tuple[dict[str, str], ...]
    standards: tuple[StandardFacts, ...]


@dataclass(frozen=True, slots=True)
class ClassificationFacts:
    """A whole file."""

    code: str
    name: dict[str, str]
    in_force_on: date
    occupations: tuple[OccupationFacts, ...]


def read_classification(data: bytes) -> ClassificationFacts:
    """Return the facts of a classification file.

    Shape:  JSON as in docs/formats/classification.md.
    Raises: InvalidClassificationError with the problems; the errors of ``strict_json.parse``.
    """
    reading = Reading()
    facts = _classification(reading, strict_json.parse(data, max_bytes=MAX_BYTES))
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
    facts = ClassificationFacts(
        code=reading.text(head, "code", "classification", SLUG),
        name=reading.names(head.get("name"), "classification.name"),
        in_force_on=reading.day(head, "in_force_on", "classification"),
        occupations=tuple(
            _occupation(reading, item, f"occupations[{i}]")
            for i, item in enumerate(reading.items(root, "occupations", "$"))
        ),
    )
    seen: set[str] = set()
    for occupation in facts.occupations:
        if occupation.code in seen:
            reading.note("occupations", f"the code {occupation.code} stands twice")
        seen.add(occupation.code)
    return facts


def _occupation(reading: Reading, document: object, path: str) -> OccupationFacts:
    members = reading.members(document, path)
    standards = tuple(
        _standard(reading, item, f"{path}.standards[{i}]")
        for i, item in enumerate(reading.items(members, "standards", path, optional=True))
    )
    if len({standard.edition for standard in standards}) != len(standards):
        reading.note(f"{path}.standards", "an edition stands twice")
    return OccupationFacts(
        code=reading.text(members, "code", path, OCCUPATION_CODE),
        name=reading.names(members.get("name"), f"{path}.name"),
        definition=reading.names(members.get("definition"), f"{path}.definition", optional=True),
        work_types=tuple(
            reading.names(item, f"{path}.work_types[{i}]")
            for i, item in enumerate(reading.items(members, "work_types", path, optional=True))
        ),
        standards=standards,
    )


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
