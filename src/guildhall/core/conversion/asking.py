"""Questions around the plan: what if, what is lost elsewhere, which programme makes the most of a record."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from guildhall.core.conversion.plan import Plan
from guildhall.core.conversion.planning import RuleSetNotInForceError, model_of
from guildhall.core.conversion.rule_set import RuleSet
from guildhall.core.conversion.solving import WORK, solve
from guildhall.core.coverage import Programme, Standard
from guildhall.core.record import Record


@dataclass(frozen=True, slots=True)
class Target:
    """A programme and the rules of its institution."""

    programme: Programme
    rule_set: RuleSet


@dataclass(frozen=True, slots=True)
class Standing:
    """What a record is good for at one target. Units: hundredths; ``proved`` and ``bound`` as in a plan."""

    target: Target
    asked: int
    converted: int
    n_spent: int
    proved: bool
    bound: int

    @property
    def remaining(self) -> int:
        """Credits still to be earned."""
        return max(0, self.asked - self.converted)


@dataclass(frozen=True, slots=True)
class Loss:
    """What a programme would convert before and after a plan has spent outcomes elsewhere. Units: hundredths."""

    programme: str
    before: int
    after: int

    @property
    def lost(self) -> int:
        """Credits lost there."""
        return self.before - self.after


def pair(programmes: Sequence[Programme], rule_sets: Sequence[RuleSet], on: date) -> tuple[Target, ...]:
    """Return each programme with the rules of its institution in force on the day; one rule-set alone serves all.

    Raises: RuleSetNotInForceError where a programme's institution has none in force.
    """
    found = []
    for programme in programmes:
        own = [one for one in rule_sets if one.institution == programme.institution] or list(rule_sets[:1])
        if len(rule_sets) > 1 and own[0].institution != programme.institution:
            own = []
        in_force = [one for one in own if one.in_force(on)]
        if not in_force:
            raise RuleSetNotInForceError(
                f"no rules of {programme.institution or 'an institution without a name'} hold on {on.isoformat()}",
                institution=programme.institution,
                programme=programme.code,
                on=on.isoformat(),
            )
        found.append(Target(programme, max(in_force, key=lambda one: one.starts_on)))
    return tuple(found)


def most(
    record: Record,
    target: Target,
    *,
    on: date,
    standards: Iterable[Standard] = (),
    without: frozenset[str] = frozenset(),
    work: float = WORK,
) -> Standing:
    """Return the most credits that a target converts, and the fewest outcomes that do it: a plan's first half, without reasons.

    Shape:  ``without``: ids of outcomes that are spent elsewhere.
    Raises: as ``best_plan``.
    """
    model = model_of(record, target.programme, target.rule_set, on=on, standards=standards, without=without)
    solved = solve(model, ties=False, work=work)
    worth = model.worth(solved.values)
    return Standing(target, model.facts.asked, worth.credits, worth.n_spent, solved.proved, solved.bound)


def compare(
    record: Record, targets: Iterable[Target], *, on: date, standards: Iterable[Standard] = (), work: float = WORK
) -> tuple[Standing, ...]:
    """Return what a record is good for at each target, best first: least left to earn, most converted, fewest outcomes.

    Raises: as ``best_plan``.
    """
    given = tuple(standards)
    found = [most(record, one, on=on, standards=given, work=work) for one in targets]

    def place(one: Standing) -> tuple[int, int, int, str, str]:
        own = one.target
        return one.remaining, -one.converted, one.n_spent, own.rule_set.institution, own.programme.code

    return tuple(sorted(found, key=place))


def opportunity_cost(
    record: Record,
    plan: Plan,
    others: Iterable[Target],
    *,
    on: date,
    standards: Iterable[Standard] = (),
    work: float = WORK,
) -> tuple[Loss, ...]:
    """Return what other programmes could no longer convert once a plan has spent its outcomes, most lost first.

    An outcome of which something is kept is spent as well: nobody knows today what another institution makes of a rest.

    Raises: as ``best_plan``.
    """
    given = tuple(standards)
    spent = frozenset(drawn.outcome for decision in plan.decisions for drawn in decision.outcomes)
    found = []
    for one in others:
        before = most(record, one, on=on, standards=given, work=work)
        after = most(record, one, on=on, standards=given, without=spent, work=work)
        found.append(Loss(one.programme.code, before.converted, after.converted))
    return tuple(sorted(found, key=lambda one: (-one.lost, one.programme)))


def joined(record: Record, more: Record) -> Record:
    """Return a record with what another one adds: for "with one more certificate".

    An outcome of the same id replaces the one that is there.
    """
    ids = {one.id for one in more.outcomes}
    return dataclasses.replace(
        record,
        born_on=more.born_on or record.born_on,
        jobs=record.jobs + more.jobs,
        awards=record.awards + more.awards,
        apprenticeships=record.apprenticeships + more.apprenticeships,
        trainings=record.trainings + more.trainings,
        diplomas=record.diplomas + more.diplomas,
        titles=record.titles + more.titles,
        outcomes=tuple(one for one in record.outcomes if one.id not in ids) + more.outcomes,
    )
