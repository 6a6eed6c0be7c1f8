"""The status lists in public: what they say is computed from the events, then signed, kept and written as files."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from guildhall.core import lifecycle, proofs, statuslist
from guildhall.core.credential import CHINA
from guildhall.core.tiles import File
from guildhall.credentials import forms
from guildhall.credentials.keys import signer_at
from guildhall.credentials.models import Award, Instance, ListCredential, StatusEvent, StatusList
from guildhall.credentials.states import standing
from guildhall.issuers.models import Issuer
from guildhall.tlog import files

FRESH = timedelta(days=1)
"""A list is signed anew after this time even if nothing in it has changed: its date says until when it is known to hold."""

_TTL_MS = 3_600_000
_VOIDING = (lifecycle.Deed.CORRECT.value, lifecycle.Deed.REISSUE.value)
_ENDED = (lifecycle.State.REVOKED, lifecycle.State.ANNULLED, lifecycle.State.EXPIRED)


def publish_status_lists(now: datetime, *, issuer: Issuer | None = None) -> int:
    """Sign and write the lists that are new, changed or no longer fresh (of one issuer or of all); return how many.

    Can be killed anywhere and run again: a list is kept before it is written, and what is written is compared with
    what is kept.

    Raises: NoKeyInForceError; what the keystore raises.
    """
    lists = StatusList.objects.order_by("issuer_id", "ordinal")
    if issuer is not None:
        lists = lists.filter(issuer=issuer)
    return sum(_publish_list(list_id, now) for list_id in lists.values_list("pk", flat=True))


def _publish_list(list_id: UUID, now: datetime) -> int:
    with transaction.atomic():
        # Under the list's lock, so that an older state can never overwrite a newer one.
        status_list = (
            StatusList.objects.select_for_update(no_key=True, of=("self",))
            .select_related("issuer__organisation")
            .get(pk=list_id)
        )
        marked = _marked(status_list, now.astimezone(CHINA).date())
        kept = {credential.purpose: credential for credential in status_list.credentials.all()}
        written = 0
        for purpose in forms.PURPOSES:
            bits = statuslist.Bitstring(StatusList.PLACES)
            bits.set_all(marked[purpose])
            digest = hashlib.sha256(bytes(bits)).hexdigest()
            known = kept.get(purpose)
            if known is None or known.bits_sha256 != digest or now - known.signed_at >= FRESH:
                known = _sign(status_list, purpose, bits, digest, now)
            file = File(f"{known.name}.json", bytes(known.body))
            written += files.write(Path(settings.STATUS_DIR), [file])
    return written


def _sign(
    status_list: StatusList, purpose: str, bits: statuslist.Bitstring, digest: str, now: datetime
) -> ListCredential:
    name = forms.list_name(status_list.issuer.organisation.slug, purpose, status_list.ordinal)
    whole = now.astimezone(UTC).replace(microsecond=0)
    unsigned = statuslist.list_credential(
        forms.list_url(name), status_list.issuer.did, bits, purpose=purpose, valid_from=whole, ttl_ms=_TTL_MS
    )
    signed = proofs.add_proof(unsigned, signer_at(status_list.issuer.organisation, now), created=whole)
    credential, _ = ListCredential.objects.update_or_create(
        status_list=status_list,
        purpose=purpose,
        defaults={"name": name, "bits_sha256": digest, "body": orjson.dumps(signed), "signed_at": now},
    )
    return credential


def _marked(status_list: StatusList, today: date) -> dict[str, set[int]]:
    """Return the indices whose bit is set today, by purpose. Whatever befell an award befell all its documents."""
    marked: dict[str, set[int]] = {purpose: set() for purpose in forms.PURPOSES}
    awards = Award.objects.filter(events__isnull=False, instances__status_list=status_list).distinct()
    events: dict[UUID, list[StatusEvent]] = defaultdict(list)
    for event in StatusEvent.objects.filter(award__in=awards.values("pk")).order_by("at", "id"):
        events[event.award_id].append(event)
    places: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    rows = Instance.objects.filter(award__in=awards.values("pk"), status_list=status_list)
    for award_id, instance_id, index in rows.values_list("award_id", "pk", "status_index"):
        places[award_id].append((instance_id, index))
    for award in awards.only("pk", "issued_on", "valid_until"):
        state = standing(award, events[award.pk], today).state
        void = {event.instance_id for event in events[award.pk] if event.deed in _VOIDING}
        for instance_id, index in places[award.pk]:
            if state in _ENDED or instance_id in void:
                marked["revocation"].add(index)
            if state is lifecycle.State.SUSPENDED:
                marked["suspension"].add(index)
    return marked
