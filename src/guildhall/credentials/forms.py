"""All that one document will say, in two halves: what it shares with many others (form) and what is its own.

Both halves are stored before anything is signed; together they are an ``AwardFacts``. The half in common is named by the
hash of its text, so a hundred thousand documents of one occupation and level refer to one row.
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings

from guildhall.core import statuslist
from guildhall.core.canonical import jcs
from guildhall.core.credential import AwardFacts, PartResult, StatusPlace, identity
from guildhall.credentials.models import StatusList
from guildhall.issuers.models import Accreditation, Issuer, Site
from guildhall.schemes import selectors as schemes
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation, Standard

BARRING = statuslist.SUSPENSION
"""The purpose of the one list that a document names: what is set there is not to be accepted now."""

PURPOSES = (BARRING, statuslist.REVOCATION)
"""The lists that an issuer publishes, what bars before what explains: the second says which are set for good."""


def list_name(slug: str, purpose: str, ordinal: int) -> str:
    """Return the name of a list credential: its file is ``<name>.json``, its address ends in it."""
    return f"{slug}-{purpose}-{ordinal}"


def list_url(name: str) -> str:
    """Return the address of a list credential."""
    return f"{settings.ORIGIN}/status/{name}.json"


def named_lists(slug: str, ordinal: int) -> dict[str, str]:
    """Return the addresses of the lists that an issuer's documents name, by purpose."""
    return {BARRING: list_url(list_name(slug, BARRING, ordinal))}


def list_of(url: str) -> str:
    """Return the name of the list credential at an address of ours, empty for any other address."""
    first, last = f"{settings.ORIGIN}/status/", ".json"
    return url[len(first) : -len(last)] if url.startswith(first) and url.endswith(last) else ""


def form(
    *,
    issuer: Issuer,
    scheme: Scheme,
    occupation: Occupation,
    standard: Standard | None,
    level: str,
    accreditation: Accreditation,
    site: Site | None,
    region: str,
    work_type: str,
    marked: Sequence[str],
    status_list: StatusList,
) -> dict[str, Any]:
    """Return the half in common.

    Shape:  ``marked`` the codes of the parts that the results have marks for; they stand in the scheme's order.
    Raises: UnknownLevelError.
    """
    organisation = issuer.organisation
    classification = occupation.classification
    return {
        "origin": settings.ORIGIN,
        "issuer": issuer.did,
        "issuer_name": _both(organisation.name),
        "issuer_credit_code": organisation.credit_code,
        "scheme": scheme.code,
        "certificate_name": _both(scheme.certificate_name),
        "occupation": occupation.code,
        "occupation_name": _both(occupation.name),
        "classification": classification.code,
        "classification_name": _both(classification.name),
        "level": level,
        "level_name": _both(schemes.level(scheme, level).name),
        "edition": standard.edition if standard is not None else "",
        "filing": accreditation.filing,
        "region": region,
        "site": site.code if site is not None else "",
        "site_name": _both(site.name) if site is not None else {},
        "work_type": work_type,
        "parts": [
            {"code": part.code, "name": _both(part.name)["zh"], "pass_mark": f"{part.pass_mark:f}"}
            for part in schemes.parts(scheme, level)
            if part.code in marked
        ],
        "lists": named_lists(organisation.slug, status_list.ordinal),
    }


def _both(name: Mapping[str, str]) -> dict[str, str]:
    """Return a name in both languages; the one there is stands in for the one that is missing."""
    one = name.get("zh") or name.get("en", "")
    return {"zh": one, "en": name.get("en") or one}


def stored(form_facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return name and text under which a form is stored."""
    text = jcs.canonical(form_facts)
    return hashlib.sha256(text).hexdigest(), text.decode()


def own(
    *,
    number: str,
    holder: str,
    identity_hash: str,
    salt: str,
    issued_on: str,
    valid_until: str | None,
    examined_on: str | None,
    marks: Sequence[str],
    index: int,
    serial: int = 1,
    remark: str = "",
) -> dict[str, Any]:
    """Return the half of its own. Days as ISO text; ``marks`` in the order of the form's parts."""
    return {
        "number": number,
        "holder": holder,
        "identity_hash": identity_hash,
        "salt": salt,
        "issued_on": issued_on,
        "valid_until": valid_until,
        "examined_on": examined_on,
        "marks": marks,
        "index": index,
        "serial": serial,
        "remark": remark,
    }


def identity_hash(id_number: str, opening: str, salt: str) -> str:
    """Return the salted hash that stands in the credential.

    Source: Open Badges 3.0, IdentityObject (``identityHash``, ``salt``).
    """
    return "sha256$" + hashlib.sha256(identity(id_number, opening) + salt.encode()).hexdigest()


def facts(form_facts: Mapping[str, Any], own_facts: Mapping[str, Any], instance_id: str) -> AwardFacts:
    """Put the two halves together.

    Shape:  ``instance_id`` a UUID with dashes.
    """
    until, examined = own_facts["valid_until"], own_facts["examined_on"]
    return AwardFacts(
        document_id=f"urn:uuid:{instance_id}",
        origin=form_facts["origin"],
        number=own_facts["number"],
        holder_name=own_facts["holder"],
        identity_hash=own_facts["identity_hash"],
        salt=own_facts["salt"],
        issuer=form_facts["issuer"],
        issuer_name=form_facts["issuer_name"],
        issuer_credit_code=form_facts["issuer_credit_code"],
        scheme=form_facts["scheme"],
        certificate_name=form_facts["certificate_name"],
        occupation=form_facts["occupation"],
        occupation_name=form_facts["occupation_name"],
        classification=form_facts["classification"],
        classification_name=form_facts["classification_name"],
        level=form_facts["level"],
        level_name=form_facts["level_name"],
        edition=form_facts["edition"],
        filing=form_facts["filing"],
        region=form_facts["region"],
        site=form_facts["site"],
        site_name=form_facts["site_name"],
        issued_on=date.fromisoformat(own_facts["issued_on"]),
        valid_until=date.fromisoformat(until) if until else None,
        examined_on=date.fromisoformat(examined) if examined else None,
        work_type=form_facts["work_type"],
        results=tuple(
            PartResult(part["code"], part["name"], mark, part["pass_mark"])
            for part, mark in zip(form_facts["parts"], own_facts["marks"], strict=True)
        ),
        status=StatusPlace(form_facts["lists"][BARRING], own_facts["index"]),
        serial=own_facts["serial"],
        remark=own_facts["remark"],
    )


@lru_cache(maxsize=4096)
def last_day(issued_on: date, months: int | None) -> date | None:
    """Return the last day of validity: the day before the one with the same date so many months later; None for life."""
    if months is None:
        return None
    years, month = divmod(issued_on.month - 1 + months, 12)
    year = issued_on.year + years
    day = min(issued_on.day, calendar.monthrange(year, month + 1)[1])
    return date(year, month + 1, day) - timedelta(days=1)
