"""Reading editions: lists for the desk, one edition's text, what is different from the one before."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from guildhall.core.standard import Change, Document, difference, read, read_draft
from guildhall.standards.editions.services import UnknownEditionError
from guildhall.standards.models import Competency, Occupation, Standard


def editions(state: Standard.State | None = None) -> QuerySet[Standard]:
    """Return editions (of one state), newest first within an occupation."""
    found = Standard.objects.select_related("occupation", "revises").order_by(
        "occupation__code", "-in_force_on", "-edition"
    )
    return found if state is None else found.filter(state=state)


def edition(standard_id: UUID) -> Standard:
    """Return one edition.

    Raises: UnknownEditionError.
    """
    found = editions().filter(pk=standard_id).first()
    if found is None:
        raise UnknownEditionError("there is no such edition", edition=str(standard_id))
    return found


def edition_of(occupation: Occupation, name: str) -> Standard:
    """Return an occupation's edition by its name.

    Raises: UnknownEditionError.
    """
    found = editions().filter(occupation=occupation, edition=name).first()
    if found is None:
        raise UnknownEditionError(f"{occupation.code} has no edition {name}", edition=name, occupation=occupation.code)
    return found


def text_of(standard: Standard) -> Document | None:
    """Return an edition's text, None where only its name and dates are known."""
    if not standard.content:
        return None
    if standard.state == Standard.State.PUBLISHED:
        return read(standard.content)
    return read_draft(standard.content)[0]


def lacks(standard: Standard) -> list[tuple[str, str]]:
    """Return what a draft lacks before it can be submitted, as (code, ``path: sentence``)."""
    return read_draft(standard.content)[1]


def changes_of(standard: Standard) -> tuple[Change, ...]:
    """Return what is different from the edition that this one revises; nothing where it is the first."""
    before = standard.revises and text_of(standard.revises)
    after = text_of(standard)
    return difference(before, after) if before and after else ()


def competencies_of(standard: Standard, level: str | None = None) -> QuerySet[Competency]:
    """Return the items of a published edition in reading order (at one level, with the basic requirements)."""
    found = Competency.objects.filter(standard=standard).order_by("position")
    return found if level is None else found.filter(level__in=(level, ""))


def in_force(on: date) -> QuerySet[Standard]:
    """Return the published editions whose dates cover a day."""
    return editions(Standard.State.PUBLISHED).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), in_force_on__lte=on)
