"""From an account and a programme to the best plan by a college's rules in force, and from that plan to an application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from guildhall.accounts.models import Organisation
from guildhall.accounts.services import Actor
from guildhall.core.canonical import jcs
from guildhall.core.conversion import best_plan, plan_json, read_rule_set
from guildhall.core.coverage import Standard, read_programme
from guildhall.core.errors import ForbiddenError
from guildhall.core.record import FORMAT, read_record
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
    if not actor.system and (actor.user_id is None or account.user_id != actor.user_id):
        raise ForbiddenError(f"this is not {actor.name}'s account", actor=actor.name)
    rule_set = rule_sets.rule_set_in_force(organisation, today(now))
    record = read_record(jcs.canonical({"format": FORMAT, "outcomes": record_outcomes(account, now)}))
    plan = best_plan(
        record,
        read_programme(jcs.canonical(programme)),
        read_rule_set(jcs.canonical(rule_set.content)),
        on=today(now),
        standards=standards,
        aside=aside,
    )
    return plan_json(plan)


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
