"""Colleges: bodies that convert credits and sign transcripts of it, under a right that the authority files like any other.

A college is an issuer of one thing. It has a DID, keys and filings as the others have, so statements, logs, status lists and the
verifier need nothing of their own for it; its filing is of the scheme ``conversion``, which awards no certificate.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from guildhall.accounts.models import OrganisationKind, RoleKind
from guildhall.accounts.services import Actor, record, register_organisation, require
from guildhall.core import did as dids
from guildhall.core.accreditation import Standing, judge_right
from guildhall.core.transcript import SCHEME
from guildhall.issuers import selectors, services
from guildhall.issuers.models import Accreditation, AccreditationDeed, Issuer
from guildhall.schemes.models import Scheme

_BEGINNING = date(2000, 1, 1)
_NAME = {"zh": "学分转换", "en": "Credit conversion"}
_ABOUT = {
    "legal_basis": {"zh": "院校依其公布的转换规则。", "en": "The college's published rules of conversion."},
    "proves": {
        "zh": "院校按公布的规则将学习成果转换为所列课程的学分。",
        "en": "The college converted learning outcomes into credits of the courses listed, by its published rules.",
    },
    "proves_not": {"zh": "不是职业证书，也不是学历证书。", "en": "It is no vocational certificate and no degree."},
}


@transaction.atomic
def register_college(
    slug: str,
    *,
    name: Mapping[str, str],
    region: str,
    credit_code: str = "",
    did: str = "",
    actor: Actor,
    now: datetime,
) -> Issuer:
    """Enter a college, or give one that is entered its DID; the same facts again change nothing.

    Shape:  ``did`` empty: the ``did:web`` of this site for ``slug``.
    Raises: ForbiddenError; SlugTakenError; IssuerChangedError; InvalidRegionError; MalformedDidError.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    services.check_region(region)
    did = did or selectors.did_of_issuer(slug)
    dids.parse(did)
    organisation = register_organisation(
        slug, kind=OrganisationKind.COLLEGE, name=name, region=region, credit_code=credit_code, actor=actor, now=now
    )
    college, made = Issuer.objects.get_or_create(organisation=organisation, defaults={"did": did, "number_parts": {}})
    if made:
        record("register-college", did, actor=actor, now=now, organisation=organisation, slug=slug)
    elif college.did != did:
        raise services.IssuerChangedError(f"{slug} is registered with other facts", slug=slug, did=college.did)
    return college


@transaction.atomic
def file_right_to_convert(
    college: Issuer, filing: str, *, starts_on: date, ends_on: date, actor: Actor, now: datetime
) -> Accreditation:
    """Give a college the right to state conversions of credit between two days, both included.

    It is suspended, given back and withdrawn like any other filing.

    Raises: ForbiddenError; FilingTakenError; DatesOutOfOrderError.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    if Accreditation.objects.filter(filing=filing).exists():
        raise services.FilingTakenError(f"the filing number {filing} is taken", filing=filing)
    if ends_on < starts_on:
        raise services.DatesOutOfOrderError("the filing would end before it starts", filing=filing)
    right = Accreditation.objects.create(
        filing=filing,
        issuer=college,
        scheme=_scheme(),
        occupations=[],
        levels=[],
        regions=["000000"],
        starts_on=starts_on,
        ends_on=ends_on,
        created_at=now,
    )
    services.happen(right, AccreditationDeed.ACCREDIT, starts_on, ends_on, {}, actor=actor, now=now)
    return right


def right_to_convert(college: Issuer, on: date) -> Accreditation | None:
    """Return the filing that lets a college convert on a day; None: none does."""
    for right in selectors.accreditations_of(college):
        answer = judge_right([selectors.filing(right)], issuer=college.did, scheme=SCHEME, on=on)
        if answer.standing is Standing.AUTHORISED:
            return right
    return None


def _scheme() -> Scheme:
    """Return the row that filings of this right refer to: no track of certification, so it has no layout and no ladder."""
    scheme, _ = Scheme.objects.get_or_create(
        code=SCHEME,
        defaults={
            "name": _NAME,
            "certificate_name": {"zh": "学分转换证明", "en": "Transcript of credit conversion"},
            "number_layout": "",
            "ladder": [],
            "parts": [],
            "covered_from": _BEGINNING,
            "starts_on": _BEGINNING,
            "order": 999,
            **_ABOUT,
        },
    )
    return scheme
