"""What a decision gives the learner to keep: the facts of its transcript, from the plan that was granted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from guildhall.accounts.services import Actor
from guildhall.core.amounts import amount
from guildhall.core.language import LANGUAGES, in_language
from guildhall.credentials import services as credentials
from guildhall.credentials.models import Transcript
from guildhall.credentials.transcripts import identity_of
from guildhall.credit.ledger import today
from guildhall.credit.models import Application, Decision, Outcome
from guildhall.issuers.colleges import right_to_convert
from guildhall.issuers.models import Issuer


def prepare(application: Application, decision: Decision, *, now: datetime) -> Transcript | None:
    """Store, in the caller's transaction, the transcript of what a decision grants; None where the college may state none.

    Without a filed right the conversion stands at the college and in the ledger, but no document of it goes out.
    """
    college = Issuer.objects.select_related("organisation").filter(pk=application.organisation_id).first()
    if college is None or right_to_convert(college, today(now)) is None:
        return None
    account, rules, programme = application.account, application.rule_set, application.programme
    return credentials.prepare_transcript(
        decision.id,
        college,
        {
            "number": f"CT-{decision.id.hex[:20].upper()}",
            "holder_name": account.holder_name,
            "programme": programme["code"],
            "programme_name": _both(programme["name"]),
            "programme_edition": programme["edition"],
            "programme_digest": application.programme_digest,
            "rule_set": rules.code,
            "rule_edition": rules.edition,
            "rule_digest": rules.digest,
            "plan_digest": application.plan_digest,
            "decided_on": today(now).isoformat(),
            "courses": _courses(application, decision),
        },
        id_number=identity_of(bytes(account.id_sealed), bytes(account.id_hash)),
        now=now,
    )


def take_back(decision: Decision, *, actor: Actor, now: datetime) -> None:
    """Note, in the caller's transaction, that the transcript of an annulled decision no longer holds."""
    assert decision.transcript is not None, "only what was prepared can be taken back"
    credentials.take_transcript_back(decision.transcript, actor=actor, now=now)


def publish(decision: Decision, *, now: datetime) -> None:
    """Sign, log and publish what a decision or its annulment has prepared; cut short, the worker does it.

    Raises: NoKeyInForceError; what the keystore and the log raise.
    """
    credentials.finish_transcripts(now)
    college = Issuer.objects.filter(pk=decision.application.organisation_id).first()
    if college is not None:
        credentials.publish(now, issuer=college)


def _courses(application: Application, decision: Decision) -> list[dict[str, Any]]:
    names = {course["code"]: _both(course["name"])["zh"] for course in application.programme["courses"]}
    wanted = {UUID(one["outcome"]) for said in decision.conversions for one in said["outcomes"]}
    shown = {key: _shown(outcome) for key, outcome in Outcome.objects.in_bulk(wanted).items()}
    return [
        {
            "code": met["course"],
            "name": names[met["course"]],
            "credits": amount(met["credits"]),
            "grade": met.get("grade") or "",
            "rules": list(dict.fromkeys(said.get("rules") or [said["offer"]])),
            "outcomes": [shown[UUID(one["outcome"])] for one in said["outcomes"]],
        }
        for said in decision.conversions
        for met in said["courses"]
    ]


def _shown(outcome: Outcome) -> tuple[str, str]:
    return outcome.kind, outcome.facts.get("number") or outcome.facts.get("code") or outcome.reference


def _both(name: Mapping[str, str]) -> dict[str, str]:
    return {language: in_language(name, language) for language in LANGUAGES}
