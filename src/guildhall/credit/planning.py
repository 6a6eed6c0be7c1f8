"""From an account and a programme to the best plan by a college's rules in force, and from that plan to an application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from guildhall.accounts.models import Organisation
from guildhall.accounts.services import Actor
from guildhall.core.canonical import jcs
from guildhall.core.conversion import (
    Loss,
    Plan,
    Standing,
    Target,
    best_plan,
    compare,
    joined,
    opportunity_cost,
    plan_json,
    read_rule_set,
)
from guildhall.core.coverage import Standard, read_programme
from guildhall.core.errors import ForbiddenError
from guildhall.core.record import FORMAT, Record, read_record
from guildhall.credit import rule_sets
from guildhall.credit.applications import apply
from guildhall.credit.ledger import today
from guildhall.credit.models import Account, Application
from guildhall.credit.plans import PlanOutdatedError
from guildhall.credit.rule_sets import digest_of
from guildhall.credit.selectors import record_outcomes


def propose(
    account: Account,
    organisation: Organisation,
    programme: Mapping[str, Any],
    *,
    standards: Iterable[Standard] = (),
    aside: Iterable[str] = (),
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Return the best plan for what an account has today, by the college's rules in force, as docs/formats/plan.md has it.

    Shape:  ``programme`` as in docs/formats/programme.md; ``aside`` rules set aside for a what-if.
    Raises: ForbiddenError; NoRuleSetError; InvalidProgrammeError; what ``core.conversion.best_plan`` raises.
    """
    return plan_json(best(account, organisation, programme, standards=standards, aside=aside, actor=actor, now=now))


def best(
    account: Account,
    organisation: Organisation,
    programme: Mapping[str, Any],
    *,
    standards: Iterable[Standard] = (),
    aside: Iterable[str] = (),
    more: Record | None = None,
    actor: Actor,
    now: datetime,
) -> Plan:
    """Return the same as a value; with ``more``, as if the learner had that besides.

    Raises: as ``propose``.
    """
    _check_own(account, actor)
    target = _target(organisation, programme, now)
    held = spendable(account, now)
    return best_plan(
        held if more is None else joined(held, more),
        target.programme,
        target.rule_set,
        on=today(now),
        standards=standards,
        aside=aside,
    )


def standings(
    account: Account,
    programmes: Iterable[tuple[Organisation, Mapping[str, Any]]],
    *,
    standards: Iterable[Standard] = (),
    actor: Actor,
    now: datetime,
) -> tuple[Standing, ...]:
    """Return what an account is good for at each programme by its college's rules in force, best first.

    A programme of a college without rules in force is left out.

    Raises: ForbiddenError; what ``core.conversion.compare`` raises.
    """
    _check_own(account, actor)
    targets = []
    for organisation, programme in programmes:
        try:
            targets.append(_target(organisation, programme, now))
        except rule_sets.NoRuleSetError:
            continue
    return compare(spendable(account, now), targets, on=today(now), standards=standards)


def losses(
    account: Account, plan: Plan, others: Sequence[Standing], *, standards: Iterable[Standard] = (), now: datetime
) -> tuple[Loss, ...]:
    """Return what other programmes could no longer convert once a plan has spent its outcomes, most lost first.

    Raises: what ``core.conversion.opportunity_cost`` raises.
    """
    targets = [one.target for one in others]
    return opportunity_cost(spendable(account, now), plan, targets, on=today(now), standards=standards)


def spendable_json(account: Account, now: datetime) -> dict[str, Any]:
    """Return what an account can spend today as a record (docs/formats/record.md): outcomes, named by their ids in the ledger."""
    return {"format": FORMAT, "outcomes": record_outcomes(account, now)}


def spendable(account: Account, now: datetime) -> Record:
    """Return the same as a value."""
    return read_record(jcs.canonical(spendable_json(account, now)))


def _target(organisation: Organisation, programme: Mapping[str, Any], now: datetime) -> Target:
    rule_set = rule_sets.rule_set_in_force(organisation, today(now))
    return Target(read_programme(jcs.canonical(programme)), read_rule_set(jcs.canonical(rule_set.content)))


def _check_own(account: Account, actor: Actor) -> None:
    if not actor.system and (actor.user_id is None or account.user_id != actor.user_id):
        raise ForbiddenError(f"this is not {actor.name}'s account", actor=actor.name)


def submit(
    account: Account,
    organisation: Organisation,
    programme: Mapping[str, Any],
    *,
    plan_digest: str,
    standards: Iterable[Standard] = (),
    actor: Actor,
    now: datetime,
) -> Application:
    """Apply for the plan that the learner has seen; it is made anew, so that no door has to believe a plan from outside.

    Shape:  ``plan_digest`` that of the plan shown (``rule_sets.digest_of``).
    Raises: PlanOutdatedError if the plan would be another by now; what ``propose`` and ``applications.apply`` raise.
    """
    plan = propose(account, organisation, programme, standards=standards, actor=actor, now=now)
    if digest_of(plan) != plan_digest:
        raise PlanOutdatedError("the plan would be another by now: look again", digest=digest_of(plan))
    return apply(account, organisation, programme, plan, actor=actor, now=now)
