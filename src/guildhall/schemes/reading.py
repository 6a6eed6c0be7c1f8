"""Scheme files: bytes to checked facts, without a database."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from guildhall.core.errors import MalformedError
from guildhall.core.reading import Reading, read_json


class InvalidSchemeError(MalformedError):
    """A scheme file that does not keep its format; ``problems`` lists the places."""

    code = "invalid_scheme"


@dataclass(frozen=True, slots=True)
class SchemeFacts:
    """One scheme; the members are those of the model."""

    code: str
    name: dict[str, str]
    certificate_name: dict[str, str]
    legal_basis: dict[str, str]
    proves: dict[str, str]
    proves_not: dict[str, str]
    number_layout: str
    ladder: list[dict[str, Any]]
    parts: list[dict[str, Any]]
    validity_months: int | None
    covered_from: date
    starts_on: date
    ends_on: date | None
    order: int
    allowed_wording: list[dict[str, Any]]


def read_scheme(data: bytes) -> SchemeFacts:
    """Return the facts of a scheme file.

    Shape:  JSON as in docs/formats/scheme.md.
    Raises: InvalidSchemeError with the problems; the errors of ``read_json``.
    """
    reading = Reading()
    facts = _scheme(reading, reading.members(read_json(data), "$", known=frozenset(_members())))
    if reading.problems:
        raise InvalidSchemeError(
            f"the scheme file has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )
    return facts


def _members() -> list[str]:
    return [field.name for field in dataclasses.fields(SchemeFacts)]


def _scheme(reading: Reading, root: Any) -> SchemeFacts:
    ladder = [_rung(reading, item, f"ladder[{i}]") for i, item in enumerate(reading.items(root, "ladder", "$"))]
    levels = {rung["code"] for rung in ladder if rung["awarded"]}
    if [rung["rung"] for rung in ladder] != sorted({rung["rung"] for rung in ladder}):
        reading.note("ladder", "the rungs stand lowest first, each once")
    if len({rung["code"] for rung in ladder}) != len(ladder):
        reading.note("ladder", "a level code stands twice")
    if not levels:
        reading.note("ladder", "at least one level must be awarded")
    parts = [_part(reading, item, f"parts[{i}]", levels) for i, item in enumerate(reading.items(root, "parts", "$"))]
    if len({part["code"] for part in parts}) != len(parts):
        reading.note("parts", "a part stands twice")
    for level in sorted(levels - {level for part in parts for level in part["levels"]}):
        reading.note("parts", f"no part assesses level {level}")
    facts = SchemeFacts(
        code=reading.text(root, "code", "$", r"[a-z][a-z0-9-]{0,15}"),
        name=reading.names(root.get("name"), "name"),
        certificate_name=reading.names(root.get("certificate_name"), "certificate_name"),
        legal_basis=reading.names(root.get("legal_basis"), "legal_basis"),
        proves=reading.names(root.get("proves"), "proves"),
        proves_not=reading.names(root.get("proves_not"), "proves_not"),
        number_layout=reading.text(root, "number_layout", "$", r"[A-E]"),
        ladder=ladder,
        parts=parts,
        validity_months=(
            None
            if root.get("validity_months") is None
            else reading.count(root, "validity_months", "$", low=1, high=1200)
        ),
        covered_from=reading.day(root, "covered_from", "$"),
        starts_on=reading.day(root, "starts_on", "$"),
        ends_on=reading.optional_day(root, "ends_on", "$"),
        order=reading.count(root, "order", "$", low=0, high=999) if "order" in root else 0,
        allowed_wording=[
            _allowed(reading, item, f"allowed_wording[{i}]")
            for i, item in enumerate(reading.items(root, "allowed_wording", "$", optional=True))
        ],
    )
    if facts.ends_on is not None and facts.ends_on < facts.starts_on:
        reading.note("ends_on", "lies before starts_on")
    return facts


def _rung(reading: Reading, document: object, path: str) -> dict[str, Any]:
    members = reading.members(document, path, known=frozenset({"code", "rung", "name", "also", "awarded"}))
    awarded = members.get("awarded", True)
    if not isinstance(awarded, bool):
        reading.note(f"{path}.awarded", "true or false is needed")
    return {
        "code": reading.text(members, "code", path, r"[0-9A-Za-z-]{1,16}"),
        "rung": reading.count(members, "rung", path, low=0, high=99),
        "name": reading.names(members.get("name"), f"{path}.name"),
        "also": list(reading.texts(members, "also", path, optional=True)),
        "awarded": bool(awarded),
    }


def _allowed(reading: Reading, document: object, path: str) -> dict[str, Any]:
    members = reading.members(document, path, known=frozenset({"word", "basis", "starts_on", "ends_on"}))
    starts_on = reading.day(members, "starts_on", path)
    ends_on = reading.optional_day(members, "ends_on", path)
    if ends_on is not None and ends_on < starts_on:
        reading.note(f"{path}.ends_on", "lies before starts_on")
    return {
        "word": reading.text(members, "word", path, r"\S(.{0,78}\S)?"),
        "basis": reading.names(members.get("basis"), f"{path}.basis"),
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on and ends_on.isoformat(),
    }


def _part(reading: Reading, document: object, path: str, levels: set[str]) -> dict[str, Any]:
    members = reading.members(document, path, known=frozenset({"code", "name", "pass_mark", "full_mark", "levels"}))
    marks = {
        name: reading.text({name: members.get(name, "100")}, name, path, r"[0-9]{1,3}(\.[0-9]{1,2})?")
        for name in ("pass_mark", "full_mark")
    }
    if all(marks.values()) and Decimal(marks["pass_mark"]) > Decimal(marks["full_mark"]):
        reading.note(f"{path}.pass_mark", "is more than the full mark")
    assessed = reading.texts(members, "levels", path)
    for level in assessed:
        if level not in levels:
            reading.note(f"{path}.levels", f"{level} is no awarded level of the ladder")
    return {
        "code": reading.text(members, "code", path, r"[a-z][a-z0-9-]{0,15}"),
        "name": reading.names(members.get("name"), f"{path}.name"),
        **marks,
        "levels": list(assessed),
    }
