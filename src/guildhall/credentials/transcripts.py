"""Transcripts: what a college says of credits that it converted, signed with its own key, logged, and with a place in its lists.

As a certificate's, all that will be signed is stored before it is signed (in the caller's transaction, with what it is about), so
that a transcript cut short is finished by whoever comes next, to the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson
from django.conf import settings
from django.db import transaction

from guildhall.accounts.services import Actor
from guildhall.assessment import identity
from guildhall.core import leaves
from guildhall.core import transcript as core
from guildhall.core.canonical import jcs
from guildhall.core.credential import CHINA, StatusPlace, signed
from guildhall.core.errors import ConflictError
from guildhall.core.lifecycle import Deed
from guildhall.credentials import forms, naming, places
from guildhall.credentials.attesting import attest
from guildhall.credentials.issuing import opening
from guildhall.credentials.keys import provide_issuer_key, signer_at
from guildhall.credentials.models import (
    Transcript,
    TranscriptDocument,
    TranscriptEvent,
    TranscriptEventLeaf,
)
from guildhall.issuers.colleges import right_to_convert
from guildhall.issuers.models import Issuer
from guildhall.tlog import services as tlog

REASON: Final = "decision-annulled"


class NoRightToConvertError(ConflictError):
    """The authority has filed no right to convert credits for this college on that day."""

    code = "no_right_to_convert"


def prepare_transcript(
    transcript_id: uuid.UUID, college: Issuer, facts: Mapping[str, Any], *, id_number: str, now: datetime
) -> Transcript:
    """Store all that a transcript will say, in the caller's transaction.

    Shape:  ``facts`` JSON members of ``core.transcript.TranscriptFacts`` without those that the register itself sets: the
            document, the issuer, the holder's identity, the places of status.
    Raises: NoRightToConvertError; NoKeyInForceError (a college that brings keys of its own has brought none); what the
            keystore raises; IdentitySecretError.
    """
    right = right_to_convert(college, now.astimezone(CHINA).date())
    if right is None:
        raise NoRightToConvertError(f"{college.did} has no right to convert", issuer=college.did)
    # Before anything rests on it: lists and documents of a college that cannot sign would stop everybody's worker.
    provide_issuer_key(college, now=now)
    signer_at(college.organisation, now)
    salt = os.urandom(naming.TOKEN_BYTES).hex()
    hashed = forms.identity_hash(id_number, opening(transcript_id.hex), salt)
    (status_list, (index,)) = places.take(college.pk, 1)[0]
    organisation = college.organisation
    whole = {
        **facts,
        "origin": settings.ORIGIN,
        "issuer": college.did,
        "issuer_name": _both(organisation.name),
        "issuer_credit_code": organisation.credit_code,
        "filing": right.filing,
        "identity_hash": hashed,
        "salt": salt,
        "lists": forms.named_lists(organisation.slug, status_list.ordinal),
        "index": index,
    }
    return Transcript.objects.create(
        id=transcript_id,
        issuer=college,
        accreditation=right,
        facts=orjson.dumps(whole).decode(),
        token=os.urandom(naming.TOKEN_BYTES),
        status_list=status_list,
        status_index=index,
        prepared_at=now,
    )


def take_transcript_back(transcript: Transcript, *, actor: Actor, now: datetime) -> TranscriptEvent:
    """Note, in the caller's transaction, that the decision behind a transcript was annulled; its list and leaf follow."""
    return TranscriptEvent.objects.create(
        transcript=transcript, reason=REASON, from_on=now.astimezone(CHINA).date(), at=now, actor=actor.name
    )


def finish_transcripts(now: datetime) -> int:
    """Sign what is prepared and log what was taken back; return how many.

    Can be killed anywhere and run again, by several at once.

    Raises: NoKeyInForceError; what the keystore and the log raise.
    """
    waiting = list(Transcript.objects.filter(document=None).select_related("issuer__organisation").order_by("pk"))
    for college in {one.issuer_id: one.issuer for one in waiting}.values():
        attest(now, issuer=college)
    n_done = sum(_sign(one.pk, now) for one in waiting)
    taken_back = TranscriptEvent.objects.filter(leaf=None).exclude(transcript__document=None).order_by("at")
    return n_done + sum(_log(event_id, now) for event_id in taken_back.values_list("pk", flat=True))


def _sign(transcript_id: uuid.UUID, now: datetime) -> int:
    with transaction.atomic():
        transcript = (
            Transcript.objects.select_for_update(no_key=True, of=("self",))
            .select_related("issuer__organisation")
            .get(pk=transcript_id)
        )
        if TranscriptDocument.objects.filter(pk=transcript_id).exists():
            return 0
        made_at = transcript.prepared_at.astimezone(UTC).replace(microsecond=0)
        facts = _facts(transcript)
        signer = signer_at(transcript.issuer.organisation, transcript.prepared_at)
        body = jcs.canonical(signed(core.document(facts), signer, created=made_at))
        digest = hashlib.sha256(body).hexdigest()
        leaf = leaves.AwardLeaf(
            max(now, transcript.prepared_at).astimezone(UTC).replace(microsecond=0),
            facts.issuer,
            core.SCHEME,
            facts.filing,
            digest,
        )
        TranscriptDocument.objects.create(
            transcript=transcript, body=body, sha256=digest, leaf_id=tlog.append([leaf.to_bytes()]), signed_at=now
        )
    return 1


def _log(event_id: uuid.UUID, now: datetime) -> int:
    with transaction.atomic():
        event = (
            TranscriptEvent.objects.select_for_update(no_key=True, of=("self",))
            .select_related("transcript__document")
            .get(pk=event_id)
        )
        if TranscriptEventLeaf.objects.filter(pk=event_id).exists():
            return 0
        leaf = leaves.StatusLeaf(
            max(now, event.at).astimezone(UTC).replace(microsecond=0),
            Deed.ANNUL,
            event.transcript.document.sha256,
            _decided_on(event.transcript),
            event.reason,
        )
        TranscriptEventLeaf.objects.create(event=event, leaf_id=tlog.append([leaf.to_bytes()]))
    return 1


def _decided_on(transcript: Transcript) -> date:
    return date.fromisoformat(orjson.loads(transcript.facts)["decided_on"])


def _facts(transcript: Transcript) -> core.TranscriptFacts:
    said = orjson.loads(transcript.facts)
    lists, index = said.pop("lists"), said.pop("index")
    courses = tuple(
        core.ConvertedCourse(
            one["code"],
            one["name"],
            one["credits"],
            one["grade"],
            tuple(one["rules"]),
            tuple((kind, number) for kind, number in one["outcomes"]),
        )
        for one in said.pop("courses")
    )
    return core.TranscriptFacts(
        document_id=f"urn:uuid:{transcript.pk}",
        decided_on=date.fromisoformat(said.pop("decided_on")),
        courses=courses,
        status=StatusPlace(lists[forms.BARRING], index),
        **said,
    )


def _both(name: Mapping[str, str]) -> dict[str, str]:
    one = name.get("zh") or name.get("en", "")
    return {"zh": one, "en": name.get("en") or one}


def identity_of(id_sealed: bytes, id_hash: bytes) -> str:
    """Return an identity number that was sealed. Never for a door: it is signed as a salted hash.

    Raises: IdentitySecretError.
    """
    return identity.unseal(id_sealed, id_hash)
