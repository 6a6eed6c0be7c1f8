"""Checking at the register's own doors: the one verification path, given what this register trusts and its newest lists."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from guildhall.accounts.models import OrganisationKind
from guildhall.core import bundle as bundles
from guildhall.core import proofs, statuslist, trust, verify
from guildhall.core import receipt as receipts
from guildhall.core.canonical import strict_json
from guildhall.core.codes import certificate_number
from guildhall.core.credential import CHINA
from guildhall.core.errors import Error
from guildhall.core.keys import PublicKey
from guildhall.core.report import Report
from guildhall.core.trust import Body, Trust
from guildhall.credentials import selectors
from guildhall.credentials.bundling import bundle
from guildhall.credentials.forms import list_of, list_url
from guildhall.credentials.models import Document, Instance, ListCredential, Transcript, TranscriptDocument
from guildhall.issuers import selectors as issuers
from guildhall.issuers.models import IssuerKey
from guildhall.schemes.models import Scheme
from guildhall.tlog import cosigning
from guildhall.tlog import keys as keystore
from guildhall.tlog.services import latest_checkpoint

REGISTER_NAME = {"zh": "岗证通登记册", "en": "The Guildhall register"}


def own_trust() -> Trust:
    """Return what a verifier must hold to check this register's certificates and receipts: the list to publish."""
    authorities: dict[str, Body] = {}
    keys = IssuerKey.objects.filter(organisation__kind=OrganisationKind.AUTHORITY).select_related("organisation")
    for key in keys.order_by("starts_at"):
        did = key.key_id.partition("#")[0]
        known = authorities.get(did)
        held = {**(known.keys if known else {}), key.key_id: PublicKey.from_multibase(key.multibase)}
        authorities[did] = Body(did, key.organisation.name, held)
    receipt_key = _receipt_key()
    register = issuers.did_of_register()
    return replace(
        cosigning.witnesses(),
        authorities=authorities,
        registers={register: Body(register, REGISTER_NAME, {receipt_key[0]: receipt_key[1]})},
    )


def held_trust() -> Trust:
    """Return what this register trusts when it checks: itself, and the lists in ``<home>/trust.d``.

    Raises: MalformedTrustError for a list there that cannot be read.
    """
    # Of its own log the register needs no witness: an award may be looked up before they have cosigned it.
    own = replace(own_trust(), quorums={})
    return trust.joined([own, *(trust.parse(file.read_bytes()) for file in _lists_held())])


def _lists_held() -> list[Path]:
    folder = Path(settings.HOME) / "trust.d"
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


@dataclass(frozen=True, slots=True)
class LookUp:
    """The answer to number and name: ``match`` with the report, ``no-match``, or ``not-covered``."""

    outcome: str
    instance: Instance | None = None
    report: Report | None = None


MATCH, NO_MATCH, NOT_COVERED = "match", "no-match", "not-covered"


def look_up(number: str, name: str, *, now: datetime, at: date | None = None) -> LookUp:
    """Look an award up by number and holder, as people type them, and check its current document.

    An unknown number and a wrong name give one and the same answer. A number of a layout that none of our schemes uses
    is not covered: that is said of the layout, which anybody can see, and not of the number.

    Raises: NotIssuedError; LogDamagedError.
    """
    layouts = certificate_number.layouts(number)
    used = set(Scheme.objects.values_list("number_layout", flat=True))
    if layouts and not used.intersection(layouts):
        return LookUp(NOT_COVERED)
    instance = selectors.find(number, name)
    if instance is None:
        return LookUp(NO_MATCH)
    return LookUp(MATCH, instance, check_instance(instance, now=now, at=at))


def check(data: bytes, *, now: datetime, at: date | None = None) -> Report:
    """Check a bundle, credential or receipt that somebody brought, against this register's newest status lists.

    Shape:  as ``core.verify.verify``; a list of ours that the document names replaces the one enclosed, so that an old
            bundle cannot hide a newer revocation. For a day gone by, where the events decide, the register's own record
            of them takes the place of those enclosed: who brings a bundle may leave some out.
    Raises: NotIssuedError; LogDamagedError, where a day gone by is asked for.
    """
    report = verify.verify(data, trust=held_trust(), now=now, at=at, lists=_newest_lists(data))
    if report.valid and report.kind == "bundle" and report.at < now.astimezone(CHINA).date():
        ours = _ours(data, report.document_hash)
        return report if ours is None else check_instance(ours, now=now, at=at)
    return report


def _ours(data: bytes, digest: str) -> Instance | Transcript | None:
    """Return what the register keeps under the id of a bundle's document, if it is that very document."""
    try:
        key = uuid.UUID(orjson.loads(data)["credential"]["id"].removeprefix("urn:uuid:"))
    except ValueError:
        return None
    award = Document.objects.filter(pk=key, sha256=digest).select_related("instance").first()
    made = TranscriptDocument.objects.filter(pk=key, sha256=digest).select_related("transcript").first()
    return award.instance if award else made.transcript if made else None


def check_instance(instance: Instance | Transcript, *, now: datetime, at: date | None = None) -> Report:
    """Check one document of an award (or a transcript) as the register would hand it out now.

    Raises: NotIssuedError; LogDamagedError.
    """
    return verify.verify(orjson.dumps(bundle(instance)), trust=held_trust(), now=now, at=at)


def _newest_lists(data: bytes) -> dict[str, Mapping[str, Any]]:
    """Return the lists of ours that the document names, read as the verifier will read it."""
    try:
        value = strict_json.parse(data, max_bytes=bundles.MAX_BYTES)
    except Error:
        return {}
    credential = value.get("credential", value) if isinstance(value, dict) else {}
    entries = statuslist.entries_of(credential) if isinstance(credential, dict) else []
    named = {str(entry.get("statusListCredential")) for entry in entries}
    names = {list_of(url) for url in named | {statuslist.explaining_url(url) or "" for url in named}}
    found = ListCredential.objects.filter(name__in=names).values_list("name", "body")
    return {list_url(name): orjson.loads(bytes(body)) for name, body in found}


def receipt(report: Report, *, number: str = "", now: datetime) -> dict[str, Any]:
    """Return the register's signed receipt of a report.

    Shape:  an eddsa-jcs-2022 credential; ``number`` only where the asker gave or showed it.
    Raises: what the keystore raises.
    """
    checkpoint = latest_checkpoint()
    unsigned = receipts.document(
        report,
        receipt_id=f"urn:uuid:{uuid.uuid4()}",
        register=issuers.did_of_register(),
        register_name=REGISTER_NAME["zh"],
        number=number,
        checkpoint=checkpoint.note if checkpoint else "",
    )
    signer = keystore.signer(_receipt_key_id())
    return proofs.add_proof(unsigned, signer, created=now.replace(microsecond=0), cryptosuite="eddsa-jcs-2022")


def _receipt_key_id() -> str:
    return f"{issuers.did_of_register()}#key-1"


@cache
def _public_receipt_key(key_id: str) -> PublicKey:
    return keystore.signer(key_id).public_key


def _receipt_key() -> tuple[str, PublicKey]:
    key_id = _receipt_key_id()
    return key_id, _public_receipt_key(key_id)
