"""What a certificate converts into: the offers of all rule-sets in force that take it, read from the rules themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from guildhall.core.canonical import jcs
from guildhall.core.conversion import read_rule_set
from guildhall.core.conversion.judging import is_meant
from guildhall.core.conversion.rule_set import AllOf, AnyOf, Met, Offer, RuleSet, Taken, Tree
from guildhall.core.outcome import LADDERS, Outcome
from guildhall.credit.models import RuleSet as Row
from guildhall.credit.models import RuleSetState
from guildhall.curriculum.models import PlanEdition, PlanEditionState
from guildhall.encyclopedia.facts import Conversion

CERTIFICATE = "vocational-certificate"
_Leaf = TypeVar("_Leaf", Taken, Met)


def conversions(scheme: str, occupation: str, level: str, *, on: date) -> list[Conversion]:
    """Return what a certificate is worth at each institution whose rules are in force, by institution and rule.

    Whether one person's certificate is taken is for a plan to say: caps, conditions and other outcomes count there.
    """
    held = Outcome("", CERTIFICATE, on, scheme=scheme, occupation=occupation, level=level)
    found: list[Conversion] = []
    names: dict[UUID, dict[str, Mapping[str, str]]] = {}
    for row in _in_force(on):
        rules = _read(row.pk, row.digest)
        for offer in rules.offers:
            if _takes(offer.takes, held):
                if row.organisation_id not in names:
                    names[row.organisation_id] = _names_of_courses(row.organisation_id)
                found.append(_conversion(row, offer, names[row.organisation_id]))
    return found


def _in_force(on: date) -> QuerySet[Row]:
    """Return the published editions that hold on a day, their texts not read along."""
    held = Row.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), state=RuleSetState.PUBLISHED, starts_on__lte=on)
    return held.defer("content").select_related("organisation").order_by("organisation__slug", "-starts_on")


@lru_cache(maxsize=256)
def _read(key: UUID, digest: str) -> RuleSet:  # noqa: ARG001 - what was published under a digest never changes
    return read_rule_set(jcs.canonical(Row.objects.values_list("content", flat=True).get(pk=key)))


def _takes(tree: Tree, held: Outcome) -> bool:
    return any(is_meant(held, leaf.which) and _is_high_enough(leaf, held) for leaf in _leaves(tree, Taken))


def _is_high_enough(leaf: Taken, held: Outcome) -> bool:
    asked = leaf.demands.level_at_least
    if not asked or asked not in LADDERS:
        return True
    ladder, height = LADDERS[asked]
    own, rung = LADDERS.get(held.level, ("", 0))
    return own == ladder and rung >= height


def _conversion(row: Row, offer: Offer, names: Mapping[str, Mapping[str, str]]) -> Conversion:
    courses = [
        names.get(code, {"zh": code, "en": code})
        for leaf in _leaves(offer.gives, Met)
        for code in sorted(leaf.where.courses | leaf.where.categories | leaf.where.classes)
    ]
    return Conversion(
        institution=row.organisation.name,
        programme=row.name,
        courses=courses,
        credits=None if offer.worth is None else Decimal(offer.worth) / 100,
        rule=f"{row.edition} · {offer.id}",
        since=row.starts_on,
    )


def _names_of_courses(college: UUID) -> dict[str, Mapping[str, str]]:
    """Return code → name of every course in the college's published plans, the newest edition's name."""
    plans = PlanEdition.objects.filter(organisation=college, state=PlanEditionState.PUBLISHED).order_by("starts_on")
    names: dict[str, Mapping[str, str]] = {}
    for key, digest in plans.values_list("pk", "digest"):
        names |= _courses(key, digest)
    return names


@lru_cache(maxsize=256)
def _courses(key: UUID, digest: str) -> Mapping[str, Mapping[str, str]]:  # noqa: ARG001 - as above
    content = PlanEdition.objects.values_list("content", flat=True).get(pk=key)
    return {course["code"]: course["name"] for course in content.get("courses", ())}


def _leaves(tree: Tree, kind: type[_Leaf]) -> Iterator[_Leaf]:
    if isinstance(tree, AllOf | AnyOf):
        for part in tree.parts:
            yield from _leaves(part, kind)
    elif isinstance(tree, kind):
        yield tree
