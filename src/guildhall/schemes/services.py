"""Bringing a scheme into the register: a row, never code."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from django.db import transaction

from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.core.credential import CHINA
from guildhall.core.errors import ConflictError
from guildhall.schemes.models import Scheme
from guildhall.schemes.reading import SchemeFacts, read_scheme
from guildhall.schemes.wording import findings


class SchemeChangedError(ConflictError):
    """What numbers and levels already awarded rest on cannot change under them."""

    code = "scheme_changed"


@transaction.atomic
def load_scheme(data: bytes, *, actor: Actor, now: datetime) -> Scheme:
    """Enter the scheme of a scheme file, or bring its wording up to date; the same file again changes nothing.

    Restricted wording in its printed names is a warning in the audit row (``wording.findings`` says it again to whoever asks).

    Shape:  JSON as in docs/formats/scheme.md.
    Raises: ForbiddenError; InvalidSchemeError; SchemeChangedError (another number layout, or a level that is gone or
            has moved); the errors of ``strict_json.parse``.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    facts = read_scheme(data)
    members = {field.name: getattr(facts, field.name) for field in dataclasses.fields(facts)}
    known = Scheme.objects.filter(code=facts.code).first()
    if known is None:
        scheme = Scheme.objects.create(**members)
        record("load-scheme", scheme.code, actor=actor, now=now, **_warned(facts, now))
        return scheme
    _refuse_change(known, facts)
    changed = sorted(name for name, value in members.items() if getattr(known, name) != value)
    if changed:
        for name in changed:
            setattr(known, name, members[name])
        known.save(update_fields=changed)
        record("change-scheme", known.code, actor=actor, now=now, changed=changed, **_warned(facts, now))
    return known


def _warned(facts: SchemeFacts, now: datetime) -> dict[str, Any]:
    found = [str(finding) for finding in findings(facts, on=now.astimezone(CHINA).date())]
    return {"restricted_wording": found} if found else {}


def _refuse_change(known: Scheme, facts: SchemeFacts) -> None:
    if known.number_layout != facts.number_layout:
        raise SchemeChangedError(
            f"the number layout of {known.code} is {known.number_layout}", scheme=known.code, what="number_layout"
        )
    rungs = {rung["code"]: rung["rung"] for rung in facts.ladder}
    for rung in known.ladder:
        if rungs.get(rung["code"]) != rung["rung"]:
            raise SchemeChangedError(
                f"level {rung['code']} of {known.code} is gone or has moved", scheme=known.code, what=rung["code"]
            )
