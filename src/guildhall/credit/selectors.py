"""Reading accounts, applications and tasks: for the learner, for a college's desk, for the authority."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from guildhall.accounts.models import Organisation, RoleKind, User
from guildhall.accounts.services import Actor, require_reading
from guildhall.core.amounts import amount_text
from guildhall.core.errors import ForbiddenError, NotFoundError
from guildhall.core.lifecycle import State
from guildhall.credentials import naming, states
from guildhall.credentials.models import Transcript
from guildhall.credit.ledger import today
from guildhall.credit.models import (
    Account,
    Application,
    ApplicationEvent,
    ApplicationState,
    Claim,
    Decision,
    Outcome,
    Posting,
    ReviewTask,
    RuleSet,
    RuleSetState,
    Unit,
)

OPEN = (ApplicationState.SUBMITTED, ApplicationState.APPEALED)


class UnknownAccountError(NotFoundError):
    """Nobody of this description has an account."""

    code = "unknown_account"


class UnknownApplicationError(NotFoundError):
    """There is no such application."""

    code = "unknown_application"


class UnknownTranscriptError(NotFoundError):
    """There is no transcript under this address."""

    code = "unknown_transcript"


# ── accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def account_of(user: User | int) -> Account | None:
    """Return the account that who is signed in is bound to; None: not bound yet."""
    key = user if isinstance(user, int) else user.pk
    # Nobody's key would find an account that nobody is bound to.
    return None if key is None else Account.objects.filter(user_id=key).first()


def account_by_id(account_id: UUID, *, actor: Actor) -> Account:
    """Return an account for whoever may read it: its learner, the authority, an auditor.

    Raises: UnknownAccountError; ForbiddenError.
    """
    found = Account.objects.filter(pk=account_id).first()
    if found is None:
        raise UnknownAccountError("there is no such account", account=str(account_id))
    _require_reader(found, actor)
    return found


def _require_reader(account: Account, actor: Actor) -> None:
    own = actor.user_id is not None and account.user_id == actor.user_id
    if not (own or actor.holds(RoleKind.AUTHORITY_OFFICER) or actor.holds(RoleKind.AUDITOR)):
        raise ForbiddenError(f"this is not {actor.name}'s account", actor=actor.name)


@dataclass(frozen=True, slots=True)
class Held:
    """An outcome with where its credits stand.

    Shape:  ``state`` that of the award behind it today (``valid`` where there is none); ``usable``: it can be applied for today.
    Units:  amounts in hundredths of a credit or, where ``outcome.unit`` is ``whole``, of the outcome.
    """

    outcome: Outcome
    state: str
    available: int
    held: int
    redeemed: int
    lapsed: int
    expired: int
    reversed: int
    expires_on: date | None
    usable: bool


def outcomes_of(account: Account, now: datetime) -> list[Held]:
    """Return all outcomes of an account, the newest first."""
    rows = (
        Outcome.objects.filter(account=account)
        .select_related("balance", "award", "depositor")
        .prefetch_related(Prefetch("claims", queryset=Claim.objects.exclude(kept_until=None), to_attr="kept"))
        .order_by("-attained_on", "-deposited_at", "id")
    )
    return [_held(outcome, now) for outcome in rows]


def _held(outcome: Outcome, now: datetime) -> Held:
    kept: Iterable[Claim] = getattr(outcome, "kept", ())
    days = [day for day in (outcome.expires_on, *(claim.kept_until for claim in kept)) if day is not None]
    expires_on = min(days) if days else None
    on = today(now)
    state = State.VALID if outcome.award is None else states.state_on(outcome.award, on).state
    balance = outcome.balance
    in_time = expires_on is None or on <= expires_on
    return Held(
        outcome,
        state.value,
        balance.available,
        balance.held,
        balance.redeemed,
        balance.lapsed,
        balance.expired,
        balance.reversed,
        expires_on,
        usable=bool(balance.available) and in_time and state is State.VALID,
    )


def record_outcomes(account: Account, now: datetime) -> list[dict[str, Any]]:
    """Return what an account holds as the outcomes of a record (docs/formats/record.md), for the engine that plans.

    Each is named by its id in the ledger. What is spent, held, run out or out of force is left out; of an outcome spent in part,
    the credits are those that are left.
    """
    return [
        held.outcome.facts
        | {"id": str(held.outcome.pk), "status": "valid"}
        | ({"credits": amount_text(held.available)} if held.outcome.unit == Unit.CREDIT else {})
        for held in outcomes_of(account, now)
        if held.usable
    ]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it bears on one outcome: what moved from where to where. Units: hundredths; signed by bucket."""

    at: datetime
    deed: str
    outcome: Outcome
    moved: Mapping[str, int]
    application_id: UUID | None
    actor: str


def history_of(account: Account) -> list[Line]:
    """Return everything that the ledger has done with the outcomes of an account, the newest first."""
    moved: dict[tuple[UUID, UUID], dict[str, int]] = defaultdict(dict)
    first: dict[tuple[UUID, UUID], Posting] = {}
    rows = Posting.objects.filter(outcome__account=account).select_related("entry", "outcome").order_by("-id")
    for posting in rows:
        key = (posting.entry_id, posting.outcome_id)
        moved[key][posting.bucket] = posting.amount
        first.setdefault(key, posting)
    return [
        Line(p.entry.at, p.entry.deed, p.outcome, moved[key], p.entry.application_id, p.entry.actor)
        for key, p in first.items()
    ]


# ── applications ─────────────────────────────────────────────────────────────────────────────────────────────────────


def applications_of(account: Account) -> list[Application]:
    """Return the applications of an account, the newest first, with college, rules, claims, decisions and steps."""
    return list(_applications().filter(account=account).order_by("-submitted_at"))


def application_by_id(application_id: UUID, *, actor: Actor) -> Application:
    """Return an application for whoever may read it: its learner, its college, the authority, an auditor.

    Raises: UnknownApplicationError; ForbiddenError.
    """
    found = _applications().filter(pk=application_id).first()
    if found is None:
        raise UnknownApplicationError("there is no such application", application=str(application_id))
    if actor.user_id is None or found.account.user_id != actor.user_id:
        require_reading(actor, found.organisation)
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """An application that waits for its college. Units: whole days; ``days_left`` below zero: overdue."""

    application: Application
    days_waiting: int
    days_left: int


def queue_of(organisation: Organisation, now: datetime, *, actor: Actor) -> list[Waiting]:
    """Return the applications that wait for a college, the most urgent first.

    Raises: ForbiddenError.
    """
    require_reading(actor, organisation)
    on = today(now)
    rows = _applications().filter(organisation=organisation, state__in=OPEN).order_by("deadline_on", "submitted_at")
    return [Waiting(one, (on - today(one.submitted_at)).days, (one.deadline_on - on).days) for one in rows]


def decided_by(organisation: Organisation, *, actor: Actor) -> QuerySet[Application]:
    """Return the applications that a college has decided, the newest first.

    Raises: ForbiddenError.
    """
    require_reading(actor, organisation)
    return _applications().filter(organisation=organisation).exclude(decided_at=None).order_by("-decided_at")


def _applications() -> QuerySet[Application]:
    return Application.objects.select_related("account", "organisation", "rule_set").prefetch_related(
        Prefetch("claims", queryset=Claim.objects.select_related("outcome").order_by("round", "id")),
        Prefetch("decisions", queryset=Decision.objects.select_related("annulment", "transcript").order_by("serial")),
        Prefetch("events", queryset=ApplicationEvent.objects.order_by("id")),
    )


# ── rules, tasks, transcripts ────────────────────────────────────────────────────────────────────────────────────────


def rule_sets_of(organisation: Organisation) -> list[RuleSet]:
    """Return the editions of a college's rules, drafts included, the newest first."""
    return list(RuleSet.objects.filter(organisation=organisation).order_by("-starts_on", "-entered_at"))


def published_rule_sets(on: date) -> list[RuleSet]:
    """Return the published editions that hold on a day, of all colleges."""
    rows = RuleSet.objects.filter(state=RuleSetState.PUBLISHED, starts_on__lte=on).select_related("organisation")
    return [
        one for one in rows.order_by("organisation__slug", "-starts_on") if one.ends_on is None or on <= one.ends_on
    ]


def open_tasks(*, organisation: Organisation | None = None, actor: Actor) -> list[ReviewTask]:
    """Return the tasks that wait: for a college, or (None) about outcomes themselves, for the authority; the oldest first.

    Raises: ForbiddenError.
    """
    require_reading(actor, organisation)
    return list(
        ReviewTask.objects.filter(organisation=organisation, resolved_at=None)
        .select_related("event", "outcome", "application")
        .order_by("opened_at", "id")
    )


def transcript_by_token(token: str) -> Transcript:
    """Return the transcript with this address, signed or not.

    Raises: UnknownTranscriptError.
    """
    shown = naming.token_of(token)
    found = (
        Transcript.objects.select_related("document", "accreditation", "issuer__organisation")
        .filter(token=shown)
        .first()
        if shown
        else None
    )
    if found is None:
        raise UnknownTranscriptError("there is no transcript under this address")
    return found


def transcripts_of(account: Account) -> list[Transcript]:
    """Return the transcripts of an account, the newest first."""
    ids = Decision.objects.filter(application__account=account).exclude(transcript=None).values("transcript")
    return list(
        Transcript.objects.filter(pk__in=ids)
        .select_related("document", "accreditation", "issuer__organisation")
        .order_by("-prepared_at")
    )
