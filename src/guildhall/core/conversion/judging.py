"""Does an outcome, or a course, pass one rule: the judgements that need no solver. Each "no" is a reason with its rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from guildhall.core.amounts import amount, amount_text
from guildhall.core.conversion.plan import Reason, RuleAt
from guildhall.core.conversion.rule_set import (
    ALREADY_PASSED,
    IN_FORCE,
    Condition,
    Demands,
    Offer,
    RuleSet,
    Where,
    Which,
)
from guildhall.core.coverage.programme import Course
from guildhall.core.outcome import Outcome, at_least

_MONTHS_A_YEAR = 12


def is_meant(outcome: Outcome, which: Which) -> bool:
    """Tell whether an outcome is one of those that are meant."""
    return (
        (not which.kinds or outcome.kind in which.kinds)
        and (not which.schemes or outcome.scheme in which.schemes)
        and (not which.occupations or outcome.occupation in which.occupations)
        and (not which.levels or outcome.level in which.levels)
        and (not which.institutions or outcome.institution in which.institutions)
        and (not which.issuers or outcome.issuer in which.issuers)
        and (not which.codes or outcome.code in which.codes)
    )


def is_there(course: Course, where: Where) -> bool:
    """Tell whether a course is one of those that are meant."""
    return (
        (not where.courses or course.code in where.courses)
        and (not where.categories or course.category in where.categories)
        and (not where.classes or not where.classes.isdisjoint(course.classes))
    )


def worth(outcome: Outcome, offer: Offer) -> int | None:
    """Return what an outcome is worth by an offer, in hundredths of a credit, before the ratio; None: nobody says."""
    if offer.worth is not None:
        return offer.worth
    if outcome.credits is not None:
        return outcome.credits
    if offer.hours_per_credit is not None and outcome.hours is not None:
        return outcome.hours * 100 // offer.hours_per_credit
    return None


def points(outcome: Outcome, grades: Mapping[str, int]) -> int | None:
    """Return an outcome's grade in hundredths of a point; None where it has none that the rule-set knows."""
    known = grades.get(outcome.grade)
    return amount(outcome.grade) if known is None else known


def months_on(day: date, months: int) -> date:
    """Return the day so many months later; the month's last day where it has no such day."""
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    for length in (day.day, 30, 29, 28):
        if length <= day.day:
            try:
                return date(min(year, 9999), month + 1, length)
            except ValueError:
                continue
    raise AssertionError(day)


def standing(outcome: Outcome, on: date, *, asked_status: bool) -> Reason | None:
    """Say why an outcome does not count on a day at all: not yet awarded, past its last day, or not valid."""
    rule = RuleAt(IN_FORCE, outcome.id)
    if outcome.awarded_on > on:
        return Reason("not_yet", rule, {"awarded_on": outcome.awarded_on.isoformat()})
    if outcome.valid_until is not None and outcome.valid_until < on:
        return Reason("expired", rule, {"valid_until": outcome.valid_until.isoformat()})
    if outcome.status != "valid" and not asked_status:
        return Reason("status", rule, {"status": outcome.status, "wanted": ["valid"]})
    return None


def unmet(outcome: Outcome, demands: Demands, on: date, grades: Mapping[str, int]) -> Iterator[tuple[str, Reason]]:
    """Yield the demands that an outcome does not meet: the name of the demand, and a reason without a rule."""
    nowhere = RuleAt("")
    if demands.level_at_least and not at_least(outcome.level, demands.level_at_least):
        yield "level", Reason("level", nowhere, {"level": outcome.level or "–", "wanted": demands.level_at_least})
    if demands.accredited and outcome.accredited is not True:
        yield "accredited", Reason("accredited", nowhere)
    if demands.bases and outcome.basis not in demands.bases:
        yield "basis", Reason("basis", nowhere, {"basis": outcome.basis or "–", "wanted": sorted(demands.bases)})
    if demands.statuses and outcome.status not in demands.statuses:
        yield "status", Reason("status", nowhere, {"status": outcome.status, "wanted": sorted(demands.statuses)})
    if demands.min_grade is not None:
        own = points(outcome, grades)
        if own is None or own < demands.min_grade:
            wanted = amount_text(demands.min_grade)
            yield "grade", Reason("grade", nowhere, {"grade": outcome.grade or "–", "wanted": wanted})
    if demands.max_age_months is not None and months_on(outcome.awarded_on, demands.max_age_months) < on:
        awarded_on = outcome.awarded_on.isoformat()
        yield "age", Reason("age", nowhere, {"awarded_on": awarded_on, "months": demands.max_age_months})


def failed_conditions(
    outcome: Outcome, conditions: Iterable[Condition], on: date, grades: Mapping[str, int]
) -> list[Reason]:
    """Return the conditions that an outcome does not meet, each with the first thing that is lacking."""
    found = []
    for condition in conditions:
        if is_meant(outcome, condition.of):
            for _, reason in unmet(outcome, condition.demands, on, grades):
                found.append(Reason(reason.code, RuleAt(condition.id), reason.params))
                break
    return found


def barred(course: Course, rule_set: RuleSet, passed: frozenset[str]) -> list[Reason]:
    """Return why nothing is converted into a course."""
    found = [
        Reason("excluded", RuleAt(rule.id), {"course": course.code})
        for rule in rule_set.exclusions
        if is_there(course, rule.into)
    ]
    if course.code in passed:
        found.append(Reason("already_passed", RuleAt(ALREADY_PASSED, course.code)))
    found += (
        Reason("group", RuleAt(rule.id), {"other": sorted(passed & rule.courses)})
        for rule in rule_set.groups
        if course.code in rule.courses and passed & rule.courses - {course.code}
    )
    return found


def above_ceiling(outcome: Outcome, course: Course, rule_set: RuleSet) -> list[Reason]:
    """Return the ceilings that keep an outcome from a course."""
    return [
        Reason("ceiling", RuleAt(rule.id), {"level": outcome.level, "classes": sorted(rule.classes)})
        for rule in rule_set.ceilings
        if outcome.level in rule.levels and is_meant(outcome, rule.of) and rule.classes.isdisjoint(course.classes)
    ]


def last_day(outcome: Outcome, conditions: Iterable[Condition]) -> date | None:
    """Return the last day on which an outcome can be spent, by itself and by the conditions' shelf lives; None: no end."""
    days = [] if outcome.valid_until is None else [outcome.valid_until]
    days += (
        months_on(outcome.awarded_on, condition.demands.max_age_months)
        for condition in conditions
        if condition.demands.max_age_months is not None and is_meant(outcome, condition.of)
    )
    return min(days, default=None)
