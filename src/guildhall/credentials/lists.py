"""The status lists in public: what they say is computed from the events, then signed, kept and written as files.

The list of suspensions is the one that documents name: it holds all that is not to be accepted now, suspended or ended. The
list of revocations says which of them are set for good.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
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
from guildhall.credentials.models import Award, Instance, ListCredential, StatusEvent, StatusList, TranscriptEvent
from guildhall.credentials.states import standing
from guildhall.issuers.models import Issuer
from guildhall.tlog import files

FRESH = timedelta(days=1)
"""A list is signed anew after this time even if nothing in it has changed: its date says until when it is known to hold."""

_TTL_MS = 3_600_000
_TOGETHER = 500
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
    of_issuer: dict[UUID, list[UUID]] = defaultdict(list)
    for issuer_id, list_id in lists.values_list("issuer_id", "pk"):
        of_issuer[issuer_id].append(list_id)
    return sum(_publish_lists(issuer_id, list_ids, now) for issuer_id, list_ids in of_issuer.items())


def _publish_lists(issuer_id: UUID, list_ids: list[UUID], now: datetime) -> int:
    with transaction.atomic():
        # Under the lists' locks, taken in one order, so that an older state can never overwrite a newer one.
        lists = list(
            StatusList.objects.select_for_update(no_key=True, of=("self",))
            .select_related("issuer__organisation")
            .prefetch_related("credentials")
            .filter(pk__in=list_ids)
            .order_by("ordinal")
        )
        marked = _marked(issuer_id, now.astimezone(CHINA).date())
        return sum(
            _publish_list(status_list, purpose, marked[status_list.pk, purpose], now)
            for status_list in lists
            for purpose in forms.PURPOSES
        )


def _publish_list(status_list: StatusList, purpose: str, marked: set[int], now: datetime) -> int:
    known = next((credential for credential in status_list.credentials.all() if credential.purpose == purpose), None)
    bits = statuslist.Bitstring(StatusList.PLACES)
    bits.set_all(marked)
    digest = hashlib.sha256(bytes(bits)).hexdigest()
    if known is None or known.bits_sha256 != digest or now - known.signed_at >= FRESH:
        known = _sign(status_list, purpose, bits, digest, now)
    return files.write(Path(settings.STATUS_DIR), [File(f"{known.name}.json", bytes(known.body))])


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


def _marked(issuer_id: UUID, today: date) -> dict[tuple[UUID, str], set[int]]:
    """Return the indices whose bit is set today, by list and purpose. Whatever befell an award befell all its documents.

    That a term has simply run out stands in the certificate itself; no bit says it again.
    """
    events: dict[UUID, list[StatusEvent]] = defaultdict(list)
    for event in StatusEvent.objects.filter(issuer_id=issuer_id).order_by("at", "id"):
        events[event.award_id].append(event)
    marked: dict[tuple[UUID, str], set[int]] = defaultdict(set)
    for group in _groups(list(events)):
        awards = {
            award.pk: award for award in Award.objects.filter(pk__in=group).only("pk", "issued_on", "valid_until")
        }
        rows = Instance.objects.filter(award__in=group)
        for award_id, instance_id, list_id, index in rows.values_list(
            "award_id", "pk", "status_list_id", "status_index"
        ):
            now = standing(awards[award_id], events[award_id], today)
            void = any(event.instance_id == instance_id and event.deed in _VOIDING for event in events[award_id])
            ended = void or (now.event is not None and now.state in _ENDED)
            if ended:
                marked[list_id, statuslist.REVOCATION].add(index)
            if ended or now.state is lifecycle.State.SUSPENDED:
                marked[list_id, forms.BARRING].add(index)
    for list_id, index in TranscriptEvent.objects.filter(
        transcript__issuer_id=issuer_id, from_on__lte=today
    ).values_list("transcript__status_list_id", "transcript__status_index"):
        for purpose in forms.PURPOSES:
            marked[list_id, purpose].add(index)
    return marked


def _groups(keys: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(keys), _TOGETHER):
        yield keys[start : start + _TOGETHER]
