"""Bringing classifications of occupations and editions of standards into the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.core.errors import ConflictError
from guildhall.standards.classifications import loading, own
from guildhall.standards.models import Classification, Occupation, Standard
from guildhall.standards.reading import OccupationFacts, StandardFacts, read_classification


class EditionChangedError(ConflictError):
    """A published edition of a standard stays as it is; a change is a new edition."""

    code = "edition_changed"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a classification file brought in."""

    classification: Classification
    n_occupations: int
    n_work_types: int
    n_standards: int
    n_new: int
    """Occupations and groups that were not there before."""
    n_changed: int


@transaction.atomic
def load_classification(data: bytes, *, actor: Actor, now: datetime) -> Loaded:
    """Enter the occupations of a classification file, or bring those known up to date.

    The same file again changes nothing. Occupations that the file leaves out stay: awards rest on them.

    Shape:  JSON as in docs/formats/classification.md.
    Raises: ForbiddenError; InvalidClassificationError; EditionChangedError; the errors of ``strict_json.parse``.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    facts = read_classification(data)
    imported = loading.enter(own.entries(facts, data), actor=actor, now=now)
    by_code = {o.code: o for o in Occupation.objects.filter(classification=imported.classification)}
    n_standards = _enter_standards(imported.classification, by_code, facts.occupations)
    if n_standards and imported.unchanged:
        record("load-standards", facts.code, actor=actor, now=now, n_new=n_standards)
    return Loaded(
        imported.classification,
        len(facts.occupations),
        imported.n_work_types,
        n_standards,
        imported.n_new,
        imported.n_changed,
    )


def _enter_standards(
    classification: Classification, by_code: dict[str, Occupation], facts: tuple[OccupationFacts, ...]
) -> int:
    known = {
        (s.occupation_id, s.edition): s for s in Standard.objects.filter(occupation__classification=classification)
    }
    new = []
    for occupation in facts:
        for edition in occupation.standards:
            standard = known.get((by_code[occupation.code].pk, edition.edition))
            if standard is None:
                new.append(_standard(by_code[occupation.code], edition))
            else:
                _refuse_change(occupation.code, standard, edition)
    return len(Standard.objects.bulk_create(new, batch_size=500))


def _standard(occupation: Occupation, facts: StandardFacts) -> Standard:
    return Standard(
        occupation=occupation,
        edition=facts.edition,
        name=facts.name,
        document_no=facts.document_no,
        levels=list(facts.levels),
        in_force_on=facts.in_force_on,
        ends_on=facts.ends_on,
    )


def _refuse_change(code: str, standard: Standard, facts: StandardFacts) -> None:
    said = (facts.name, facts.document_no) if standard.digest else (standard.name, standard.document_no)
    if (
        standard.levels != list(facts.levels)
        or standard.in_force_on != facts.in_force_on
        or standard.state != Standard.State.PUBLISHED
        or said != (standard.name, standard.document_no)  # a text that is published says so itself
    ):
        raise EditionChangedError(
            f"edition {facts.edition} of the standard for {code} is published with other levels or another date",
            code=code,
            edition=facts.edition,
        )
    if (standard.name, standard.document_no, standard.ends_on) != (facts.name, facts.document_no, facts.ends_on):
        standard.name, standard.document_no, standard.ends_on = facts.name, facts.document_no, facts.ends_on
        standard.save(update_fields=["name", "document_no", "ends_on"])
