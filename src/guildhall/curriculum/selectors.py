"""Reading programmes: which plan holds on a day, what it covers of a standard, what a new edition does to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet

from guildhall.accounts.models import Organisation
from guildhall.core import coverage
from guildhall.core.canonical import jcs
from guildhall.core.coverage.carrying import Touch, touched
from guildhall.core.errors import Error, NotFoundError
from guildhall.core.standard import Document
from guildhall.curriculum.models import PlanEdition, PlanEditionState
from guildhall.standards.models import Occupation


class UnknownPlanError(NotFoundError):
    """There is no such edition of a programme's plan, or none in force that day."""

    code = "unknown_plan"


def plans(occupation: Occupation | None = None, *, organisation: Organisation | None = None) -> QuerySet[PlanEdition]:
    """Return the published plans (aligned with an occupation's standard, of a college), newest first in each programme."""
    found = PlanEdition.objects.select_related("organisation", "occupation").filter(state=PlanEditionState.PUBLISHED)
    if occupation is not None:
        found = found.filter(occupation=occupation)
    if organisation is not None:
        found = found.filter(organisation=organisation)
    return found.order_by("organisation__slug", "code", "-starts_on", "-edition")


def plan(plan_id: UUID) -> PlanEdition:
    """Return one published edition.

    Raises: UnknownPlanError.
    """
    found = plans().filter(pk=plan_id).first()
    if found is None:
        raise UnknownPlanError("there is no such plan", plan=str(plan_id))
    return found


def plan_in_force(organisation: Organisation, code: str, on: date) -> PlanEdition:
    """Return the edition that students who begin on a day follow: of those begun the one that began last.

    Raises: UnknownPlanError.
    """
    found = plans(organisation=organisation).filter(code=code, starts_on__lte=on).first()
    if found is None:
        raise UnknownPlanError(f"{organisation.slug} has no plan {code} in force on {on}", code=code, on=on.isoformat())
    return found


def in_force(on: date) -> list[PlanEdition]:
    """Return of each programme of each college the edition in force on a day."""
    newest: dict[tuple[UUID, str], PlanEdition] = {}
    for one in plans().filter(starts_on__lte=on):
        newest.setdefault((one.organisation_id, one.code), one)
    return list(newest.values())


def programme_of(plan: PlanEdition) -> coverage.Programme:
    """Return a plan as the engines of the core read it."""
    return _read(plan.digest, plan.pk)


@lru_cache(maxsize=256)
def _read(_digest: str, plan_id: UUID) -> coverage.Programme:
    content = PlanEdition.objects.values_list("content", flat=True).get(pk=plan_id)
    return coverage.read_programme(jcs.canonical(content))


@dataclass(frozen=True, slots=True)
class Touched:
    """A plan that a new edition of its standard touches: by level what it covered before and covers after.

    ``refusal`` names why it cannot be reckoned (the plan was aligned with an edition before the old one).
    """

    plan: PlanEdition
    levels: tuple[Touch, ...]
    refusal: str = ""


def touched_by(occupation: Occupation, old: Document, new: Document) -> list[Touched]:
    """Return the published plans that a new edition of an occupation's standard touches, each with its coverage before and after."""
    found = []
    for one in plans(occupation):
        try:
            levels = tuple(touch for touch in touched(programme_of(one), old, new) if touch.changed)
        except Error as error:
            found.append(Touched(one, (), error.code))
            continue
        if levels:
            found.append(Touched(one, levels))
    return found
