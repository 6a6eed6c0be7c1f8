"""The authority's signed statements: one for each thing that happened to a filing, each with its leaf.

A statement comes before the awards that rest on it, so that each bundle can show who was entitled.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Prefetch, Q, prefetch_related_objects

from guildhall.core import leaves, proofs, statement
from guildhall.core.canonical import jcs
from guildhall.credentials.keys import authority, authority_signer
from guildhall.credentials.models import AccreditationStatement
from guildhall.issuers import selectors as issuers
from guildhall.issuers.models import Accreditation, AccreditationEvent, Issuer
from guildhall.tlog import services as tlog


def attest(now: datetime, *, issuer: Issuer | None = None) -> int:
    """State, sign and log every event of every filing (or of one issuer's) that is not yet, and return how many.

    A filing whose last statement is no longer the whole truth, because the issuer has a new key or has closed, is stated
    anew.

    Raises: NoAuthorityError; NoKeyInForceError; what the keystore and the log raise.
    """
    filings = Accreditation.objects.order_by("filing")
    if issuer is not None:
        filings = filings.filter(issuer=issuer)
    return sum(_attest_filing(filing.pk, now) for filing in filings)


def _attest_filing(accreditation_id: uuid.UUID, now: datetime) -> int:
    if not _due(_loaded(accreditation_id), now):
        return 0
    with transaction.atomic():
        # Two that attest at once: the second one waits here and then finds nothing left to do.
        Accreditation.objects.select_for_update(no_key=True).get(pk=accreditation_id)
        accreditation = _loaded(accreditation_id)
        n_stated = 0
        for event in _unstated(accreditation):
            _state(accreditation, event, event.at, now)
            n_stated += 1
        if n_stated == 0 and _due(accreditation, now):
            _state(accreditation, None, now, now)
            n_stated = 1
        return n_stated


def _loaded(accreditation_id: uuid.UUID) -> Accreditation:
    return (
        Accreditation.objects.select_related("issuer__organisation", "scheme", "site")
        .prefetch_related(Prefetch("events", queryset=AccreditationEvent.objects.order_by("at", "id")))
        .get(pk=accreditation_id)
    )


def _unstated(accreditation: Accreditation) -> Sequence[AccreditationEvent]:
    return list(accreditation.events.filter(statement=None).order_by("at", "id"))


def _due(accreditation: Accreditation, now: datetime) -> bool:
    """Tell whether something has happened since the last statement, or changed what it would say."""
    if accreditation.events.filter(statement=None).exists():
        return True
    latest = latest_statement(accreditation)
    if latest is None:
        return True
    said = orjson.loads(bytes(latest.body))["credentialSubject"]
    return bool(said != _document(accreditation, latest.pk, now, now)["credentialSubject"])


def latest_statement(accreditation: Accreditation) -> AccreditationStatement | None:
    """Return the last statement of a filing; None before the first."""
    return AccreditationStatement.objects.filter(accreditation=accreditation).order_by("-leaf").first()


def _state(
    accreditation: Accreditation, event: AccreditationEvent | None, stated_at: datetime, now: datetime
) -> AccreditationStatement:
    as_it_was = _loaded(accreditation.pk)
    if event is not None:
        # What happened later is no part of what this statement says.
        until = Q(at__lt=event.at) | Q(at=event.at, id__lte=event.pk)
        as_it_was = Accreditation.objects.select_related("issuer__organisation", "scheme", "site").get(
            pk=accreditation.pk
        )
        events = AccreditationEvent.objects.filter(until).order_by("at", "id")
        prefetch_related_objects([as_it_was], Prefetch("events", queryset=events))
    statement_id = event.pk if event is not None else uuid.uuid4()
    whole = stated_at.astimezone(UTC).replace(microsecond=0)
    unsigned = _document(as_it_was, statement_id, whole, now)
    signed = proofs.add_proof(unsigned, authority_signer(now), created=whole, cryptosuite="eddsa-jcs-2022")
    body = jcs.canonical(signed)
    digest = hashlib.sha256(body).hexdigest()
    leaf = _leaf(as_it_was, event, digest, now)
    return AccreditationStatement.objects.create(
        id=statement_id,
        accreditation=accreditation,
        event=event,
        body=body,
        sha256=digest,
        leaf_id=tlog.append([leaf.to_bytes()]),
        stated_at=stated_at,
    )


def _leaf(
    accreditation: Accreditation, event: AccreditationEvent | None, digest: str, now: datetime
) -> leaves.AccreditationLeaf:
    """Return what the log is told: of a filing the days that the statement states, of another deed its own days."""
    filing = issuers.filing(accreditation)
    deed = leaves.AccreditationDeed.ACCREDIT if event is None else leaves.AccreditationDeed(event.deed)
    from_on, until_on = filing.starts_on, filing.ends_on
    if event is not None and deed is not leaves.AccreditationDeed.ACCREDIT:
        from_on, until_on = event.from_on, event.until_on
    return leaves.AccreditationLeaf(
        now.astimezone(UTC).replace(microsecond=0),
        deed,
        filing.filing,
        filing.issuer,
        digest,
        filing.scheme,
        from_on,
        until_on,
    )


def _document(
    accreditation: Accreditation, statement_id: uuid.UUID, stated_at: datetime, now: datetime
) -> dict[str, Any]:
    organisation = accreditation.issuer.organisation
    body = authority()
    held = [key for key in issuers.keys_of(organisation) if key.starts_at <= now]
    return statement.document(
        issuers.filing(accreditation),
        statement_id=f"urn:uuid:{statement_id}",
        authority=issuers.did_of_authority(),
        authority_name=body.name.get("zh") or body.name.get("en", ""),
        issuer_name=organisation.name.get("zh") or organisation.name.get("en", ""),
        credit_code=organisation.credit_code,
        keys=[(key.key_id, key.multibase) for key in held],
        ends={key.key_id: key.ends_at for key in held if key.ends_at is not None},
        stated_at=stated_at.astimezone(UTC),
    )
