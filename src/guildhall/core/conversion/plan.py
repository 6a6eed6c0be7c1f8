"""A plan of conversion as a value: what is converted, by which rules, what is left out and why, and how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import NamedTuple


class RuleAt(NamedTuple):
    """A rule where it binds: a rule's id and, where it binds by parts, the part.

    Shape:  ``at`` is the outcome, course or value (``2026``, ``online-course``) for which the rule binds, or for an offer the
            condition of it (``level``, ``coverage`` …); empty: the whole rule.
    """

    rule: str
    at: str = ""

    def __str__(self) -> str:
        return f"{self.rule}:{self.at}" if self.at else self.rule


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is left out: one rule that stands in the way. ``code`` is one of ``sentences.REASONS``."""

    code: str
    rule: RuleAt
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An outcome that is not spent, or a course that is not met.

    Shape:  ``offer`` is the offer that would convert it, empty where none would. ``reasons``: without all of these rules there
            is a better plan which takes it, and without any smaller part of them there is none (``minimal``); where no offer
            fits, one reason without a rule to set aside.
    """

    kind: str
    id: str
    reasons: tuple[Reason, ...]
    offer: str = ""
    minimal: bool = True


@dataclass(frozen=True, slots=True)
class Drawn:
    """An outcome spent. Units: hundredths; ``worth`` None where neither the outcome nor the offer says credits.

    ``left`` is what is not used of it: lost, or kept until ``kept_until`` (None: without end).
    """

    outcome: str
    worth: int | None
    drawn: int
    left: int
    kept: bool = False
    kept_until: date | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """A course met, by so many credits (hundredths); the grade entered, and whether the average counts it."""

    course: str
    credits: int
    grade: str
    counts: bool


@dataclass(frozen=True, slots=True)
class CapStep:
    """How full a cap is before and after a decision. Units: hundredths of a credit, or outcomes where ``counts_outcomes``."""

    rule: RuleAt
    limit: int
    before: int
    after: int
    counts_outcomes: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What shows that contents are equal: a decision's id, or the share covered."""

    decision: str = ""
    covered: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One conversion: these outcomes into these courses by this offer; ``rules`` are the ids of all rules that it passed."""

    offer: str
    outcomes: tuple[Drawn, ...]
    courses: tuple[Granted, ...]
    credits: int
    rules: tuple[str, ...]
    caps: tuple[CapStep, ...]
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class CapUse:
    """How full a cap is in the whole plan, and whether it binds (one more credit, or outcome, would not fit)."""

    rule: RuleAt
    limit: int
    used: int
    counts_outcomes: bool = False


@dataclass(frozen=True, slots=True)
class Worth:
    """How good a plan is, in the order of comparison: more credits, fewer outcomes, those that expire first, fixed order.

    Units:  ``credits`` hundredths; ``late`` the sum of the places of the outcomes spent when all are laid by day of expiry, the
            earliest 0; ``order`` the sum of the fixed numbers of the conversions.
    """

    credits: int
    n_spent: int
    late: int
    order: int

    def key(self) -> tuple[int, int, int, int]:
        """Return a key: the smaller, the better."""
        return (-self.credits, self.n_spent, self.late, self.order)


@dataclass(frozen=True, slots=True)
class Plan:
    """The best conversion of a record into a programme by a rule-set on a day.

    Shape:  ``proved``: nothing better exists; otherwise ``bound`` is the most credits that could exist (hundredths), so that
            ``bound - worth.credits`` is the gap. ``set_aside``: rules that were set aside for a what-if.
    """

    rule_set: str
    rule_edition: str
    institution: str
    programme: str
    programme_edition: str
    on: date
    asked: int
    worth: Worth
    proved: bool
    bound: int
    decisions: tuple[Decision, ...]
    left_outcomes: tuple[LeftOut, ...]
    left_courses: tuple[LeftOut, ...]
    passed: tuple[str, ...]
    caps: tuple[CapUse, ...]
    set_aside: tuple[RuleAt, ...] = ()

    @property
    def remaining(self) -> int:
        """Credits still to be earned for graduation, in hundredths, courses already passed not counted as earned."""
        return max(0, self.asked - self.worth.credits)


class Flow(NamedTuple):
    """One band of the picture: from an outcome, through an offer, into a course. Units: hundredths of a credit."""

    outcome: str
    offer: str
    course: str
    credits: int


def flows(plan: Plan) -> tuple[Flow, ...]:
    """Return the bands from outcomes through offers into courses, in the order of the decisions.

    Where several outcomes meet a course together, its credits are shared in proportion to what is drawn of each (in equal
    parts where that is nothing); hundredths that do not divide go to the first ones, so that the bands of a course sum to
    what the plan grants.
    """
    found: list[Flow] = []
    for decision in plan.decisions:
        weights = [one.drawn for one in decision.outcomes]
        if not sum(weights):
            weights = [1] * len(weights)
        for course in decision.courses:
            shares = [course.credits * weight // sum(weights) for weight in weights]
            for place in range(course.credits - sum(shares)):
                shares[place] += 1
            found += (
                Flow(one.outcome, decision.offer, course.course, share)
                for one, share in zip(decision.outcomes, shares, strict=True)
            )
    return tuple(found)
