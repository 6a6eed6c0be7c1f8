"""Applications to a college: what a learner asks for, what the college decides, and what the ledger posts with it.

Every deed is one transaction: the application's row is locked first, then the balances, lowest id first. Killed anywhere it has
either happened, with all its postings, or not at all. The edition of the rules in force on the day of submission decides,
whatever is published while the application is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from guildhall.accounts.models import Organisation, OrganisationKind, RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.core.amounts import amount_text
from guildhall.core.canonical import jcs
from guildhall.core.coverage import read_programme
from guildhall.core.errors import ConflictError, Error, ForbiddenError
from guildhall.core.lifecycle import State
from guildhall.credentials import naming, states
from guildhall.credit import ledger, plans, rule_sets, transcripts
from guildhall.credit.ledger import Spent
from guildhall.credit.models import (
    Account,
    Annulment,
    Application,
    ApplicationEvent,
    ApplicationState,
    Claim,
    Decision,
    Outcome,
    Verdict,
)

DECIDE_WITHIN: Final = timedelta(days=30)
APPEAL_WITHIN: Final = timedelta(days=15)
_NOTE_LIMIT: Final = 500
_STATES: Final = {
    Verdict.WHOLE: ApplicationState.ACCEPTED,
    Verdict.PART: ApplicationState.PARTLY,
    Verdict.REFUSED: ApplicationState.REFUSED,
}


class OutcomeNotInForceError(ConflictError):
    """The certificate behind an outcome is suspended, revoked, annulled or has run out."""

    code = "outcome_not_in_force"


class AlreadyDecidedError(ConflictError):
    """The application is not open: it was decided or withdrawn."""

    code = "already_decided"


class NotDecidedError(ConflictError):
    """There is no decision in force that this could be about."""

    code = "not_decided"


class IncompleteDecisionError(Error):
    """A decision that does not say of each conversion whether it is granted, or refuses one without a rule and a reason."""

    code = "incomplete_decision"


class RuleNotInSetError(Error):
    """The rule-set of the application has no rule of this id."""

    code = "rule_not_in_set"


class AppealClosedError(ConflictError):
    """There is nothing to appeal against, the time for it is over, or it was appealed before."""

    code = "appeal_closed"


class SameOfficerError(ForbiddenError):
    """An appeal is decided by somebody else than the decision that it is about."""

    code = "same_officer"


class NoCollegeError(Error):
    """Applications go to colleges."""

    code = "not_a_college"


class WordsTooLongError(Error):
    """More words than can be kept with a decision."""

    code = "words_too_long"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a conversion is not granted.

    Shape:  ``place`` its place in the plan, from 0; ``rules`` ids of the rule-set, at least one; ``reason`` a language map.
    """

    place: int
    rules: tuple[str, ...]
    reason: Mapping[str, str]


# ── the learner ──────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def apply(
    account: Account,
    organisation: Organisation,
    programme: Mapping[str, Any],
    plan: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> Application:
    """Ask a college to convert outcomes as a plan says; all that is available of them is held until it has decided.

    Shape:  ``programme`` as in docs/formats/programme.md, ``plan`` as in docs/formats/plan.md, its outcomes named by their id.
    Raises: ForbiddenError; NoCollegeError; NoRuleSetError; PlanOutdatedError; InvalidPlanError; InvalidProgrammeError;
            OutcomeNotAvailableError; OutcomeExpiredError; OutcomeNotInForceError.
    """
    _check_own(account, actor)
    if organisation.kind != OrganisationKind.COLLEGE:
        raise NoCollegeError(f"{organisation.slug} is no college", slug=organisation.slug)
    rule_set = rule_sets.rule_set_in_force(organisation, ledger.today(now))
    plans.check_rules(plan, rule_set)
    asked = plans.conversions(plan)
    outcomes = _outcomes(account, asked)
    courses = [course.code for course in read_programme(jcs.canonical(programme)).courses]
    plans.check(asked, outcomes, courses, rule_sets.rule_ids(rule_set))
    application = Application.objects.create(
        account=account,
        organisation=organisation,
        rule_set=rule_set,
        programme=programme,
        programme_digest=rule_sets.digest_of(programme),
        plan=plan,
        plan_digest=rule_sets.digest_of(plan),
        state=ApplicationState.SUBMITTED,
        submitted_at=now,
        deadline_on=ledger.today(now) + DECIDE_WITHIN,
    )
    _claim(application, outcomes, asked, round_=1, actor=actor, now=now)
    _happen(application, "submit", note="", actor=actor, now=now, credits=amount_text(plans.credits_of(asked)))
    return application


def _check_own(account: Account, actor: Actor) -> None:
    if not actor.system and (actor.user_id is None or account.user_id != actor.user_id):
        raise ForbiddenError(f"this is not {actor.name}'s account", actor=actor.name)


def _outcomes(account: Account, asked: Sequence[plans.Conversion]) -> dict[UUID, Outcome]:
    wanted = {draw.outcome for one in asked for draw in one.draws}
    return Outcome.objects.select_related("award").filter(account=account).in_bulk(wanted)


def _claim(
    application: Application,
    outcomes: Mapping[UUID, Outcome],
    asked: Sequence[plans.Conversion],
    *,
    round_: int,
    actor: Actor,
    now: datetime,
) -> None:
    held = ledger.hold(sorted(outcomes), application=application.pk, actor=actor.name, now=now)
    _check_in_force(outcomes.values(), now)
    claims = [
        Claim(application=application, outcome=outcomes[key], round=round_, amount=amount)
        for key, amount in held.items()
    ]
    plans.spent(claims, asked)
    Claim.objects.bulk_create(claims)


def _check_in_force(outcomes: Sequence[Outcome] | Any, now: datetime) -> None:
    for outcome in outcomes:
        if outcome.award is None:
            continue
        state = states.state_on(outcome.award, ledger.today(now)).state
        if state is not State.VALID:
            raise OutcomeNotInForceError(
                f"the certificate is {state.value}", outcome=str(outcome.pk), state=state.value
            )


@transaction.atomic
def withdraw(application: Application, *, actor: Actor, now: datetime) -> Application:
    """Take an open application back; what it held is released.

    Raises: ForbiddenError; AlreadyDecidedError.
    """
    locked = _locked(application)
    _check_own(locked.account, actor)
    _check_open(locked)
    _settle(locked, (), actor, now)
    return _moved(locked, ApplicationState.WITHDRAWN, "withdraw", note="", actor=actor, now=now)


@transaction.atomic
def appeal(application: Application, grounds: str, *, actor: Actor, now: datetime) -> Application:
    """Ask that somebody else at the college look at a refusal, whole or in part: once, within 15 days.

    Raises: ForbiddenError; AppealClosedError; WordsTooLongError.
    """
    locked = _locked(application)
    _check_own(locked.account, actor)
    if locked.state not in {ApplicationState.REFUSED, ApplicationState.PARTLY}:
        raise AppealClosedError("there is no refusal to appeal against", state=locked.state)
    assert locked.decided_at is not None, "what is refused was decided"
    if now > locked.decided_at + APPEAL_WITHIN or locked.events.filter(deed="appeal").exists():
        raise AppealClosedError("an appeal is made once, within 15 days", state=locked.state)
    locked.deadline_on = ledger.today(now) + DECIDE_WITHIN
    return _moved(locked, ApplicationState.APPEALED, "appeal", note=words(grounds), actor=actor, now=now)


# ── the college ──────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(
    application: Application,
    verdict: Verdict,
    *,
    refusals: Sequence[Refusal] = (),
    note: str = "",
    actor: Actor,
    now: datetime,
) -> Decision:
    """Decide an open application; the ledger posts in the same transaction, and a transcript of what is granted is prepared.

    Whole: every conversion of the plan; in part: all but those refused; refused: none, each with its refusal.

    Raises: ForbiddenError; AlreadyDecidedError; IncompleteDecisionError; RuleNotInSetError; OutcomeNotInForceError;
            WordsTooLongError.
    """
    with transaction.atomic():
        locked = _locked(application)
        require(actor, RoleKind.COLLEGE_OFFICER, locked.organisation_id)
        _check_open(locked)
        decision = _decide(locked, verdict, refusals, note=note, actor=actor, now=now)
    transcripts.publish(decision, now=now)
    return decision


def _decide(
    application: Application, verdict: Verdict, refusals: Sequence[Refusal], *, note: str, actor: Actor, now: datetime
) -> Decision:
    asked = plans.conversions(application.plan)
    granted = _granted(application, asked, verdict, refusals)
    _settle(application, granted, actor, now)
    serial = (application.decisions.aggregate(Max("serial"))["serial__max"] or 0) + 1
    decision = Decision(
        id=UUID(hex=naming.ordered_ids(1, now)[0]),
        application=application,
        serial=serial,
        verdict=verdict,
        conversions=[dict(one.said) for one in granted],
        refusals=[
            {"conversion": asked[one.place].said["offer"], "place": one.place, "rules": list(one.rules)}
            | {"reason": dict(one.reason)}
            for one in refusals
        ],
        note=words(note),
        at=now,
        actor=actor.name,
    )
    if granted:
        decision.transcript = transcripts.prepare(application, decision, now=now)
    decision.save(force_insert=True)
    application.decided_at = now
    _moved(
        application,
        _STATES[verdict],
        "decide",
        note=note,
        actor=actor,
        now=now,
        credits=amount_text(plans.credits_of(granted)),
    )
    return decision


def _granted(
    application: Application, asked: Sequence[plans.Conversion], verdict: Verdict, refusals: Sequence[Refusal]
) -> list[plans.Conversion]:
    refused = {one.place for one in refusals}
    if len(refused) != len(refusals) or not refused <= set(range(len(asked))):
        raise IncompleteDecisionError("a refusal names a conversion of the plan, each once")
    wanted = {Verdict.WHOLE: 0, Verdict.REFUSED: len(asked)}.get(verdict)
    if (wanted is not None and len(refused) != wanted) or (wanted is None and not 0 < len(refused) < len(asked)):
        raise IncompleteDecisionError(
            "every conversion is granted or refused with a reason", n_asked=len(asked), n_refused=len(refused)
        )
    known = rule_sets.rule_ids(application.rule_set)
    for one in refusals:
        if not one.rules or not any(text.strip() for text in one.reason.values()):
            raise IncompleteDecisionError("a refusal names its rules and its reason", place=one.place)
        if any(len(text) > _NOTE_LIMIT for text in one.reason.values()):
            raise WordsTooLongError(f"a reason has at most {_NOTE_LIMIT} characters")
        rule_sets.digest_of(dict(one.reason))
        for rule in one.rules:
            if rule not in known:
                raise RuleNotInSetError(f"the rule-set has no rule {rule}", rule=rule)
    return [one for place, one in enumerate(asked) if place not in refused]


def _settle(application: Application, granted: Sequence[plans.Conversion], actor: Actor, now: datetime) -> None:
    """End the holding of the application's outcomes as the granted conversions say; nothing granted: all is released."""
    claims = list(application.claims.select_related("outcome__award").filter(open=True).order_by("outcome_id"))
    if not claims:
        return
    ledger.locked(claim.outcome_id for claim in claims)
    becomes = plans.spent(claims, granted)
    _check_in_force([claim.outcome for claim in claims if becomes[claim.outcome_id][0].redeemed], now)
    ledger.settle(
        {key: what for key, (what, _) in becomes.items()}, application=application.pk, actor=actor.name, now=now
    )
    for claim in claims:
        what, kept_until = becomes[claim.outcome_id]
        claim.open, claim.redeemed, claim.lapsed, claim.kept_until = False, what.redeemed, what.lapsed, kept_until
    Claim.objects.bulk_update(claims, ["open", "redeemed", "lapsed", "kept_until"])


def annul_decision(application: Application, reason: str, *, actor: Actor, now: datetime) -> Annulment:
    """Declare that the decision in force no longer holds: the only way in which what was redeemed comes back.

    Raises: ForbiddenError; NotDecidedError; WordsTooLongError.
    """
    with transaction.atomic():
        annulment = annul_within(application, reason, actor=actor, now=now)
    transcripts.publish(annulment.decision, now=now)
    return annulment


def annul_within(application: Application, reason: str, *, actor: Actor, now: datetime) -> Annulment:
    """Do the same in the caller's transaction; what is public follows with the worker.

    Raises: as ``annul_decision``.
    """
    locked = _locked(application)
    require(actor, RoleKind.COLLEGE_OFFICER, locked.organisation_id)
    if locked.state not in {ApplicationState.ACCEPTED, ApplicationState.PARTLY, ApplicationState.REFUSED}:
        raise NotDecidedError("there is no decision in force", state=locked.state)
    annulment = _annul(locked, words(reason), actor, now)
    _moved(locked, ApplicationState.ANNULLED, "annul", note=reason, actor=actor, now=now)
    return annulment


def _annul(application: Application, reason: str, actor: Actor, now: datetime) -> Annulment:
    decision = application.decisions.filter(annulment=None).get()
    claims = list(application.claims.filter(open=False).exclude(redeemed=0, lapsed=0))
    if claims:
        ledger.give_back(
            {claim.outcome_id: Spent(claim.amount, claim.redeemed, claim.lapsed) for claim in claims},
            application=application.pk,
            actor=actor.name,
            now=now,
        )
        # The claim is spent no longer; what it once was stands in the ledger.
        application.claims.filter(pk__in=[claim.pk for claim in claims]).update(redeemed=0, lapsed=0, kept_until=None)
    if decision.transcript_id is not None:
        transcripts.take_back(decision, actor=actor, now=now)
    return Annulment.objects.create(decision=decision, reason=reason, at=now, actor=actor.name)


@transaction.atomic
def dismiss_appeal(application: Application, note: str, *, actor: Actor, now: datetime) -> Application:
    """Let the decision stand that was appealed against.

    Raises: ForbiddenError; SameOfficerError; AppealClosedError; WordsTooLongError.
    """
    locked = _locked(application)
    decision = _appealed(locked, actor)
    return _moved(locked, _STATES[Verdict(decision.verdict)], "dismiss-appeal", note=words(note), actor=actor, now=now)


def allow_appeal(
    application: Application,
    verdict: Verdict,
    *,
    refusals: Sequence[Refusal] = (),
    note: str = "",
    actor: Actor,
    now: datetime,
) -> Decision:
    """Decide anew what was appealed against: the former decision is annulled and its outcomes are claimed again.

    Raises: ForbiddenError; SameOfficerError; AppealClosedError; what ``apply`` says of outcomes that stand otherwise by now;
            what ``decide`` raises.
    """
    with transaction.atomic():
        locked = _locked(application)
        _appealed(locked, actor)
        _annul(locked, words(note or "appeal"), actor, now)
        asked = plans.conversions(locked.plan)
        round_ = (locked.claims.aggregate(Max("round"))["round__max"] or 0) + 1
        _claim(locked, _outcomes(locked.account, asked), asked, round_=round_, actor=actor, now=now)
        decision = _decide(locked, verdict, refusals, note=note, actor=actor, now=now)
    transcripts.publish(decision, now=now)
    return decision


def _appealed(application: Application, actor: Actor) -> Decision:
    require(actor, RoleKind.COLLEGE_OFFICER, application.organisation_id)
    if application.state != ApplicationState.APPEALED:
        raise AppealClosedError("nobody has appealed", state=application.state)
    decision = application.decisions.filter(annulment=None).get()
    if decision.actor == actor.name and not actor.system:
        raise SameOfficerError("an appeal is decided by somebody else", actor=actor.name)
    return decision


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _locked(application: Application) -> Application:
    return (
        Application.objects.select_for_update(no_key=True, of=("self",))
        .select_related("account", "organisation", "rule_set__organisation")
        .get(pk=application.pk)
    )


def _check_open(application: Application) -> None:
    if application.state != ApplicationState.SUBMITTED:
        raise AlreadyDecidedError(f"the application is {application.state}", state=application.state)


def words(text: str) -> str:
    """Return what somebody wrote, as it is kept.

    Raises: WordsTooLongError; UnstorableTextError.
    """
    plain = text.strip()
    if "\x00" in plain:
        raise rule_sets.UnstorableTextError("a text holds U+0000")
    if len(plain) > _NOTE_LIMIT:
        raise WordsTooLongError(f"at most {_NOTE_LIMIT} characters are kept", n=len(plain))
    return plain


def _moved(
    application: Application,
    state: ApplicationState,
    deed: str,
    *,
    note: str,
    actor: Actor,
    now: datetime,
    **params: object,
) -> Application:
    application.state = state
    application.save(update_fields=["state", "decided_at", "deadline_on"])
    _happen(application, deed, note=note, actor=actor, now=now, **params)
    return application


def _happen(application: Application, deed: str, *, note: str, actor: Actor, now: datetime, **params: object) -> None:
    ApplicationEvent.objects.create(
        application=application, deed=deed, note=note.strip()[:_NOTE_LIMIT], at=now, actor=actor.name
    )
    record(
        f"{deed}-application" if "-" not in deed else deed,
        f"application/{application.pk}",
        actor=actor,
        now=now,
        organisation=application.organisation_id,
        **params,
    )
