"""Credits over the API: a learner's account, plans and applications; a college's deposits, queue and decisions.

Every operation is one service call, for whoever the token acts for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from guildhall.accounts.models import Organisation
from guildhall.accounts.selectors import organisation
from guildhall.accounts.services import Actor
from guildhall.api import answering
from guildhall.api.schemas import Problem
from guildhall.core.amounts import amount_text
from guildhall.credentials import services as credentials
from guildhall.credentials.naming import token_text
from guildhall.credit import selectors, services
from guildhall.credit.models import Account, Application, Verdict
from guildhall.credit.rule_sets import digest_of

_PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 413, 422), Problem)
router = Router(tags=["credits"])


class Deposit(Schema):
    """An outcome to be banked."""

    organisation: str = Field(description="slug of the body that banks it")
    reference: str = Field(
        max_length=120, description="the depositor's own name for it: the same again changes nothing"
    )
    id_kind: str = Field("", max_length=64)
    id_number: str = Field(max_length=64)
    holder_name: str = Field(max_length=100)
    outcome: dict[str, Any] = Field(description="as docs/formats/record.md, without id and status")


class PlanWanted(Schema):
    """What a plan is to be made for."""

    college: str
    programme: dict[str, Any] = Field(description="docs/formats/programme.md")


class PlanShown(Schema):
    """A plan, and the digest by which it is applied for."""

    digest: str
    plan: dict[str, Any]


class ApplicationWanted(PlanWanted):
    """An application for the plan that was shown."""

    plan_digest: str


class RefusalWanted(Schema):
    """Why a conversion is not granted."""

    place: int = Field(ge=0)
    rules: list[str]
    reason: dict[str, str]


class DecisionWanted(Schema):
    """What a college decides."""

    verdict: Verdict
    refusals: list[RefusalWanted] = []
    note: str = Field("", max_length=500)


class ApplicationBody(Schema):
    """An application and what has become of it."""

    id: str
    college: str
    edition: str
    state: str
    submitted_at: str
    deadline_on: str
    plan_digest: str
    plan: dict[str, Any]
    decisions: list[dict[str, Any]]


@router.get("/account", response={200: dict[str, Any], **_PROBLEMS}, summary="One's own account")
def account(request: HttpRequest) -> HttpResponse:
    """Return what is banked for whoever the token acts for, where each credit stands, and all applications."""
    own, now = _own(answering.actor(request)), answering.now()
    return answering.answer(
        {
            "id": str(own.pk),
            "outcomes": [_outcome(held) for held in selectors.outcomes_of(own, now)],
            "applications": [_application(one) for one in selectors.applications_of(own)],
            "transcripts": [token_text(bytes(one.token)) for one in selectors.transcripts_of(own)],
        }
    )


@router.post("/account/plan", response={200: PlanShown, **_PROBLEMS}, summary="The best plan for one's account")
def plan(request: HttpRequest, wanted: PlanWanted) -> HttpResponse:
    """Return the best conversion of what can be applied for today, by the college's rules in force; nothing is written."""
    actor, now = answering.actor(request), answering.now()
    made = services.propose(_own(actor), organisation(wanted.college), wanted.programme, actor=actor, now=now)
    return answering.answer({"digest": digest_of(made), "plan": made})


@router.post("/applications", response={201: ApplicationBody, **_PROBLEMS}, summary="Apply for a plan")
def submit(request: HttpRequest, wanted: ApplicationWanted) -> HttpResponse:
    """Apply for the plan of that digest; it is made anew, and 409 ``plan_outdated`` says that it would be another by now."""
    actor, now = answering.actor(request), answering.now()
    made = services.submit(
        _own(actor),
        organisation(wanted.college),
        wanted.programme,
        plan_digest=wanted.plan_digest,
        actor=actor,
        now=now,
    )
    return answering.answer(_application(made), status=201, headers={"Location": f"/api/applications/{made.pk}"})


@router.get("/applications/{application_id}", response={200: ApplicationBody, **_PROBLEMS}, summary="An application")
def one_application(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Return an application to its learner, its college, the authority or an auditor."""
    return answering.answer(_application(selectors.application_by_id(application_id, actor=answering.actor(request))))


@router.post("/applications/{application_id}/decision", response={200: ApplicationBody, **_PROBLEMS}, summary="Decide")
def decide(request: HttpRequest, application_id: UUID, wanted: DecisionWanted) -> HttpResponse:
    """Decide an open application: every conversion is granted or refused with a rule and a reason."""
    actor, now = answering.actor(request), answering.now()
    found = selectors.application_by_id(application_id, actor=actor)
    refusals = [services.Refusal(one.place, tuple(one.rules), one.reason) for one in wanted.refusals]
    services.decide(found, wanted.verdict, refusals=refusals, note=wanted.note, actor=actor, now=now)
    return answering.answer(_application(selectors.application_by_id(application_id, actor=actor)))


@router.get(
    "/colleges/{slug}/applications",
    response={200: list[dict[str, Any]], **_PROBLEMS},
    summary="What waits for a college",
)
def queue(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the applications that wait for a college, the most urgent first, with their age in days."""
    waiting = selectors.queue_of(organisation(slug), answering.now(), actor=answering.actor(request))
    return answering.answer(
        [
            _application(one.application) | {"days_waiting": one.days_waiting, "days_left": one.days_left}
            for one in waiting
        ]
    )


@router.post("/outcomes", response={201: dict[str, Any], **_PROBLEMS}, summary="Bank an outcome")
def deposit(request: HttpRequest, wanted: Deposit) -> HttpResponse:
    """Bank an outcome in a person's account; the same reference with the same facts again gives the same outcome."""
    actor, now = answering.actor(request), answering.now()
    body: Organisation = organisation(wanted.organisation)
    made = services.deposit(
        wanted.outcome,
        wanted.reference,
        body,
        id_kind=wanted.id_kind,
        id_number=wanted.id_number,
        holder_name=wanted.holder_name,
        actor=actor,
        now=now,
    )
    return answering.answer({"id": str(made.pk), "unit": made.unit, "amount": amount_text(made.amount)}, status=201)


@router.get("/transcripts/{token}", response={200: dict[str, Any], **_PROBLEMS}, summary="The bundle of a transcript")
def transcript(request: HttpRequest, token: str) -> HttpResponse:
    """Return the evidence bundle of the transcript with this address; it verifies like a certificate's."""
    return answering.answer(credentials.bundle(selectors.transcript_by_token(token)))


def _own(actor: Actor) -> Account:
    found = selectors.account_of(actor.user_id) if actor.user_id is not None else None
    if found is None:
        raise selectors.UnknownAccountError("no account is bound to whoever the token acts for")
    return found


def _outcome(held: selectors.Held) -> dict[str, object]:
    outcome = held.outcome
    return {
        "id": str(outcome.pk),
        "kind": outcome.kind,
        "name": outcome.name,
        "facts": outcome.facts,
        "depositor": outcome.depositor.slug,
        "unit": outcome.unit,
        "amount": amount_text(outcome.amount),
        "attained_on": _day(outcome.attained_on),
        "expires_on": _day(held.expires_on),
        "state": held.state,
        "usable": held.usable,
        "stands": {
            name: amount_text(getattr(held, name))
            for name in ("available", "held", "redeemed", "lapsed", "expired", "reversed")
        },
    }


def _application(one: Application) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        "college": one.organisation.slug,
        "edition": one.rule_set.edition,
        "state": one.state,
        "submitted_at": _at(one.submitted_at),
        "deadline_on": _day(one.deadline_on),
        "plan_digest": one.plan_digest,
        "plan": one.plan,
        "decisions": [_decision(decision) for decision in one.decisions.all()],
    }


def _decision(decision: Any) -> Mapping[str, object]:
    annulment = getattr(decision, "annulment", None)
    return {
        "serial": decision.serial,
        "verdict": decision.verdict,
        "conversions": decision.conversions,
        "refusals": decision.refusals,
        "note": decision.note,
        "at": _at(decision.at),
        "annulled_at": _at(annulment.at) if annulment else None,
        "transcript": token_text(bytes(decision.transcript.token)) if decision.transcript_id else None,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _at(at: datetime) -> str:
    return at.isoformat()
