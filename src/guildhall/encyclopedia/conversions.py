"""What a certificate converts into: the offers of all rule-sets in force that take it, read from the rules themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from guildhall.core.canonical import jcs
from guildhall.core.conversion import read_rule_set
from guildhall.core.conversion.judging import is_meant
from guildhall.core.conversion.rule_set import AllOf, AnyOf, Met, Offer, RuleSet, Taken, Tree
from guildhall.core.outcome import LADDERS, Outcome
from guildhall.credit.models import RuleSet as Row
from guildhall.credit.selectors import published_rule_sets
from guildhall.curriculum.models import PlanEdition, PlanEditionState
from guildhall.encyclopedia.facts import Conversion

CERTIFICATE = "vocational-certificate"
_Leaf = TypeVar("_Leaf", Taken, Met)


def conversions(scheme: str, occupation: str, level: str, *, on: date) -> list[Conversion]:
    """Return what a certificate is worth at each institution whose rules are in force, by institution and rule.

    Whether one person's certificate is taken is for a plan to say: caps, conditions and other outcomes count there.
    """
    held = Outcome("", CERTIFICATE, on, scheme=scheme, occupation=occupation, level=level)
    found = []
    for row in published_rule_sets(on):
        rules = _read(row.digest, jcs.canonical(row.content))
        found += [_conversion(row, offer) for offer in rules.offers if _takes(offer.takes, held)]
    return found


@lru_cache(maxsize=256)
def _read(_digest: str, content: bytes) -> RuleSet:
    return read_rule_set(content)


def _takes(tree: Tree, held: Outcome) -> bool:
    return any(is_meant(held, leaf.which) and _is_high_enough(leaf, held) for leaf in _leaves(tree, Taken))


def _is_high_enough(leaf: Taken, held: Outcome) -> bool:
    asked = leaf.demands.level_at_least
    if not asked or asked not in LADDERS:
        return True
    ladder, height = LADDERS[asked]
    own, rung = LADDERS.get(held.level, ("", 0))
    return own == ladder and rung >= height


def _conversion(row: Row, offer: Offer) -> Conversion:
    names = _names_of_courses(row.organisation_id)
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
    return {
        course["code"]: course["name"]
        for content in plans.values_list("content", flat=True)
        for course in content.get("courses", ())
    }


def _leaves(tree: Tree, kind: type[_Leaf]) -> Iterator[_Leaf]:
    if isinstance(tree, AllOf | AnyOf):
        for part in tree.parts:
            yield from _leaves(part, kind)
    elif isinstance(tree, kind):
        yield tree
