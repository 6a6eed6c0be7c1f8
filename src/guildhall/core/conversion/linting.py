"""Rules that contradict one another, can never apply or never bind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from guildhall.core.conversion.rule_set import AllOf, AnyOf, Met, RuleSet, Tree
from guildhall.core.errors import ConflictError

_T = TypeVar("_T")


class ContradictingRulesError(ConflictError):
    """Rules go in a circle: what absorbs what, or which course needs which."""

    code = "contradicting_rules"


def check_consistent(rule_set: RuleSet) -> None:
    """Refuse a rule-set whose rules go in a circle.

    Raises: ContradictingRulesError with the rules' ids.
    """
    for circle in (absorbing_circle(rule_set), needs_circle(rule_set)):
        if circle:
            raise ContradictingRulesError(f"the rules {', '.join(circle)} go in a circle", rules=list(circle))


def absorbing_circle(rule_set: RuleSet) -> tuple[str, ...]:
    """Return the groups by which outcomes absorb one another in a circle, empty: none.

    Of two entries of a list the earlier absorbs the later; entries are the same if they mean the same outcomes.
    """
    over: dict[object, set[object]] = {}
    by: dict[tuple[object, object], set[str]] = {}
    for group in rule_set.groups:
        if group.keep == "first":
            for place, high in enumerate(group.outcomes):
                for low in group.outcomes[place + 1 :]:
                    over.setdefault(high, set()).add(low)
                    by.setdefault((high, low), set()).add(group.id)
    inside = in_circles(over)
    return tuple(sorted({one for (high, low), ids in by.items() if high in inside and low in inside for one in ids}))


def needs_circle(rule_set: RuleSet) -> tuple[str, ...]:
    """Return the offers whose courses wait for one another in a circle, empty: none.

    A course waits for another if every offer that gives it by name needs the other.
    """
    given: dict[str, list[frozenset[str]]] = {}
    for offer in rule_set.offers:
        for course in _named_courses(offer.gives):
            given.setdefault(course, []).append(frozenset(offer.needs))
    waits = {course: set(frozenset.intersection(*needs)) for course, needs in given.items()}
    inside = in_circles(waits)
    return tuple(
        offer.id for offer in rule_set.offers if set(offer.needs) & inside and set(_named_courses(offer.gives)) & inside
    )


def in_circles(over: Mapping[_T, Iterable[_T]]) -> set[_T]:
    """Return what lies on a circle, or between two: take away again and again what leads nowhere or is led to by nothing."""
    left = {(high, low) for high, lows in over.items() for low in lows}
    while True:
        highs, lows = {high for high, _ in left}, {low for _, low in left}
        kept = {(high, low) for high, low in left if low in highs and high in lows}
        if kept == left:
            return highs
        left = kept


def _named_courses(tree: Tree) -> set[str]:
    if isinstance(tree, (AllOf, AnyOf)):
        return {course for part in tree.parts for course in _named_courses(part)}
    return set(tree.where.courses) if isinstance(tree, Met) else set()
