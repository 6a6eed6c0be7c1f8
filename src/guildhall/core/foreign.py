"""Credentials and presentations that need not be ours: proof, issuer, dates and status, as a VC-API verifier answers them.

What only a register can show (accreditation, log) is not asked here; ``verify`` does that for bundles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guildhall.core import data_model, meaning, presentation, statuslist
from guildhall.core.did import Resolve
from guildhall.core.errors import Error
from guildhall.core.presentation import SecuredAnswer

Lists = Callable[[str], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found. ``code`` names the first thing that is wrong, ``ok`` where nothing is; ``warnings`` what was not asked."""

    ok: bool
    code: str
    detail: str
    secured: SecuredAnswer
    warnings: tuple[str, ...] = ()


def check_credential(document: object, resolve: Resolve, *, now: datetime, lists: Lists) -> Answer:
    """Check one credential, embedded or enveloped.

    Shape:  ``resolve`` gives the key of a verification method or None; ``lists`` the status list credential at an
            address, or None where it is not at hand.
    Source: VC Data Model 2.0, sections 4.9, 4.10, 7.1; Bitstring Status List 1.0, section 3.2.
    """
    return _judged(presentation.check_credential(document, resolve, now=now), resolve, now, lists)


def check_presentation(
    document: object,
    resolve: Resolve,
    *,
    now: datetime,
    lists: Lists,
    domain: str | None = None,
    challenge: str | None = None,
) -> Answer:
    """Check a presentation and each credential in it.

    Source: VC Data Model 2.0, section 4.13; Data Integrity 1.0, section 4.4 (domain, challenge).
    """
    secured = presentation.check_presentation(document, resolve, now=now, domain=domain, challenge=challenge)
    if not secured.ok:
        return Answer(ok=False, code=secured.code, detail=_first_detail(secured), secured=secured)
    warnings = _unasked(secured.document, domain, challenge)
    for credential in secured.credentials:
        answer = _judged(credential, resolve, now, lists)
        if not answer.ok:
            return Answer(ok=False, code=answer.code, detail=answer.detail, secured=secured)
        warnings += answer.warnings
    return Answer(ok=True, code="ok", detail=secured.detail, secured=secured, warnings=tuple(warnings))


def _unasked(document: Mapping[str, Any], domain: str | None, challenge: str | None) -> list[str]:
    """Warn of a presentation that was made for somebody, or as an answer, where the caller did not say for whom."""
    tied = [document, *(proof for proof in listed(document.get("proof")) if isinstance(proof, Mapping))]
    found = []
    if domain is None and any(one.get(name) for one in tied for name in ("domain", "aud")):
        found.append("the presentation was made for a domain, and none was asked for")
    if challenge is None and any(one.get(name) for one in tied for name in ("challenge", "nonce")):
        found.append("the presentation answers a challenge, and none was asked for: it may be a replay")
    return found


def _first_detail(secured: SecuredAnswer) -> str:
    bad = next((c for c in secured.credentials if not c.ok), secured)
    return bad.detail


def _judged(secured: SecuredAnswer, resolve: Resolve, now: datetime, lists: Lists) -> Answer:
    if not secured.ok:
        return Answer(ok=False, code=secured.code, detail=secured.detail, secured=secured)
    try:
        first, last = data_model.validity_of(secured.document)
        if first is not None and now < first:
            return Answer(ok=False, code="not_yet_valid", detail="the credential begins later", secured=secured)
        if last is not None and now > last:
            return Answer(ok=False, code="expired", detail="the credential has run out", secured=secured)
        return _with_status(secured, resolve, now, lists)
    except Error as reason:
        return Answer(ok=False, code=reason.code, detail=reason.detail, secured=secured)


def _with_status(secured: SecuredAnswer, resolve: Resolve, now: datetime, lists: Lists) -> Answer:
    """Ask every Bitstring entry. One that cannot be asked is a refusal: silence is not a clean record."""
    document = secured.document
    entries = statuslist.entries_of(document)
    for member in entries:
        entry = statuslist.read_entry(member)
        signed = lists(entry.list_url)
        if signed is None:
            return Answer(
                ok=False,
                code="status_retrieval",
                detail="the status list is not at hand and is never fetched",
                secured=secured,
            )
        # A list signed by somebody else is refused as if it were not there.
        checked = presentation.check_credential(signed, resolve, now=now)
        if not checked.ok:
            return Answer(ok=False, code="status_list_unproven", detail=checked.detail, secured=secured)
        issuers = {data_model.issuer_of(document)}
        status = statuslist.read_status(entry, statuslist.read_list(checked.document), issuers=issuers, now=now)
        if not status.stands:
            code = "suspended" if status.purpose == statuslist.SUSPENSION else "revoked"
            return Answer(ok=False, code=code, detail=f"the issuer's list says: {code}", secured=secured)
    others = len(listed(document.get("credentialStatus"))) - len(entries)
    warnings = ["a credentialStatus of another type was not asked"] if others else []
    if meaning.has_own_context(document):
        warnings.append("a context of the document's own says what its words mean")
    return Answer(ok=True, code="ok", detail=secured.detail, secured=secured, warnings=tuple(warnings))


def listed(value: object) -> list[Any]:
    """Return a member that may be absent, one value or several as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
