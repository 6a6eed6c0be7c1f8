"""Programmes come into the register: entered as drafts, published as editions that stay as they are."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction

from guildhall.accounts.models import Organisation, RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.core.canonical import jcs, strict_json
from guildhall.core.coverage import read_programme
from guildhall.core.errors import ConflictError, Error
from guildhall.curriculum.models import PlanEdition, PlanEditionState
from guildhall.standards.selectors import occupation_by_code

_MAX_BYTES = 1 << 24


class ForeignProgrammeError(Error):
    """The programme names another institution than the one that enters it."""

    code = "foreign_programme"


class PlanPublishedError(ConflictError):
    """This edition is published with other content: what has changed is a new edition."""

    code = "plan_published"


@transaction.atomic
def enter_plan(data: bytes, organisation: Organisation, *, actor: Actor, now: datetime) -> PlanEdition:
    """Enter an edition of a programme's plan as a draft, or put it in place of the draft of the same edition.

    The same file again changes nothing.

    Shape:  JSON as in docs/formats/programme.md; ``institution``, where it is given, is the organisation's slug.
    Raises: ForbiddenError; InvalidProgrammeError; UnknownOccupationError; ForeignProgrammeError; PlanPublishedError; the
            errors of ``strict_json.parse``.
    """
    require(actor, RoleKind.COLLEGE_OFFICER, organisation)
    programme = read_programme(data)
    if programme.institution not in ("", organisation.slug):
        raise ForeignProgrammeError(
            f"the programme is one of {programme.institution}",
            institution=programme.institution,
            slug=organisation.slug,
        )
    occupation = occupation_by_code(programme.occupation)
    content = strict_json.parse(data, max_bytes=_MAX_BYTES)
    digest = hashlib.sha256(jcs.canonical(content)).hexdigest()
    same: dict[str, Any] = {"organisation": organisation, "code": programme.code, "edition": programme.edition}
    known = PlanEdition.objects.select_for_update().filter(**same).first()
    if known is not None and known.digest == digest:
        return known
    if known is not None and known.state == PlanEditionState.PUBLISHED:
        raise PlanPublishedError(f"edition {programme.edition} is published", edition=programme.edition)
    facts: dict[str, Any] = {
        "name": dict(programme.name),
        "occupation": occupation,
        "starts_on": programme.starts_on,
        "content": content,
        "digest": digest,
        "entered_at": now,
    }
    plan, _ = PlanEdition.objects.update_or_create(**same, defaults=facts)
    _record("enter-plan", plan, actor=actor, now=now)
    return plan


@transaction.atomic
def publish_plan(plan: PlanEdition, *, actor: Actor, now: datetime) -> PlanEdition:
    """Publish an edition: from now on nothing of it changes. Published again it stays what it is.

    Raises: ForbiddenError.
    """
    require(actor, RoleKind.COLLEGE_OFFICER, plan.organisation_id)
    locked = PlanEdition.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=plan.pk)
    if locked.state == PlanEditionState.PUBLISHED:
        return locked
    locked.state, locked.published_at = PlanEditionState.PUBLISHED, now
    locked.save(update_fields=["state", "published_at"])
    _record("publish-plan", locked, actor=actor, now=now)
    return locked


def _record(deed: str, plan: PlanEdition, *, actor: Actor, now: datetime) -> None:
    subject = f"{plan.organisation.slug}/{plan.code}/{plan.edition}"
    record(deed, subject, actor=actor, now=now, organisation=plan.organisation, digest=plan.digest)
