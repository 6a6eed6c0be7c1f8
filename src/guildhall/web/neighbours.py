"""What other rooms know of a certificate: credit, posts. Each may be empty, none is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from django.urls import reverse

from guildhall.core.canonical import jcs
from guildhall.core.conversion import read_rule_set
from guildhall.core.conversion.judging import is_meant, is_there, unmet
from guildhall.core.conversion.rule_set import AllOf, AnyOf, Met, Offer, RuleSet, Taken, Tree
from guildhall.core.coverage import Programme
from guildhall.core.outcome import Outcome
from guildhall.credit.models import RuleSet as Published
from guildhall.credit.selectors import published_rule_sets
from guildhall.curriculum import selectors as curriculum
from guildhall.curriculum.models import PlanEdition
from guildhall.employers import selectors as employers
from guildhall.employers.services import day_of
from guildhall.encyclopedia.facts import CertificateFacts, Conversion, Post

MOST_COURSES = 8


def conversions(found: CertificateFacts) -> Sequence[Conversion]:
    """Return what the certificate is worth in credit, by the rule-sets in force: each offer at each programme that it reaches."""
    certificate = Outcome(
        id="certificate",
        kind="vocational-certificate",
        awarded_on=found.on,
        scheme=found.scheme.code,
        occupation=found.occupation.code,
        level=found.level.code,
        basis="exam",
        accredited=True,
    )
    plans = curriculum.in_force(found.on)
    rows: list[Conversion] = []
    for row in published_rule_sets(found.on):
        rules = read_rule_set(jcs.canonical(row.content))
        own = [one for one in plans if one.organisation_id == row.organisation_id]
        for offer in rules.offers:
            if _takes(offer.takes, certificate, rules):
                rows += _at_programmes(offer, row, own)
    return rows


def _takes(tree: Tree, certificate: Outcome, rules: RuleSet) -> bool:
    return any(
        is_meant(certificate, leaf.which)
        and next(unmet(certificate, leaf.demands, certificate.awarded_on, rules.grades), None) is None
        for leaf in _leaves(tree)
        if isinstance(leaf, Taken)
    )


def _leaves(tree: Tree) -> Iterator[Taken | Met]:
    if isinstance(tree, AllOf | AnyOf):
        for part in tree.parts:
            yield from _leaves(part)
    else:
        yield tree


def _at_programmes(offer: Offer, row: Published, plans: Sequence[PlanEdition]) -> Iterator[Conversion]:
    for plan in plans:
        courses = _courses(offer, curriculum.programme_of(plan))
        if courses:
            yield Conversion(
                institution=row.organisation.name,
                programme=plan.name,
                courses=courses,
                credits=None if offer.worth is None else Decimal(offer.worth) / 100,
                rule=offer.id,
                since=row.starts_on,
                href=reverse("programme", args=[plan.organisation.slug, plan.code, plan.edition]),
            )


def _courses(offer: Offer, programme: Programme) -> list[Mapping[str, str]]:
    wheres = [leaf.where for leaf in _leaves(offer.gives) if isinstance(leaf, Met)]
    met = [course.name for course in programme.courses if any(is_there(course, where) for where in wheres)]
    return met[:MOST_COURSES]


def posts(found: CertificateFacts) -> Sequence[Post]:
    """Return the openings that ask for the certificate, or accept it."""
    rows = employers.posts_asking_for(
        found.occupation.code, scheme=found.scheme.code, level=found.level.code, on=found.on
    )
    return [
        Post(one.organisation.name, one.name, one.region, since)
        for one in rows
        if (since := one.opens_on or (one.published_at and day_of(one.published_at)))
    ]
