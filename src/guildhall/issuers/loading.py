"""Bringing files of issuers and filings into the register; running one again adds only what is new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from guildhall.accounts.models import OrganisationKind, RoleKind
from guildhall.accounts.services import Actor, register_organisation, require
from guildhall.core.errors import ConflictError
from guildhall.issuers import selectors, services
from guildhall.issuers.models import Accreditation, AccreditationDeed
from guildhall.issuers.reading import EventFacts, FilingFacts, IssuerFacts, read_filings, read_issuers
from guildhall.schemes.selectors import scheme_by_code


class FilingChangedError(ConflictError):
    """A filing of this number is registered with another scope; a change of scope is a new filing."""

    code = "filing_changed"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file brought in: rows in the file, and how many of them were new."""

    n_rows: int
    n_new: int


@transaction.atomic
def load_issuers(data: bytes, *, actor: Actor, now: datetime) -> Loaded:
    """Enter the authority and the issuers of a file, with their sites.

    Shape:  JSON as in docs/formats/filings.md.
    Raises: ForbiddenError; InvalidIssuersError; the errors of ``register_issuer`` and ``register_site``.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    facts = read_issuers(data)
    if facts.authority is not None:
        own = facts.authority
        register_organisation(
            own.slug,
            kind=OrganisationKind.AUTHORITY,
            name=own.name,
            region=own.region,
            credit_code=own.credit_code,
            actor=actor,
            now=now,
        )
    known = {issuer.organisation.slug for issuer in selectors.issuers()}
    for issuer in facts.issuers:
        _enter_issuer(issuer, actor=actor, now=now)
    return Loaded(len(facts.issuers), len({i.organisation.slug for i in facts.issuers} - known))


@transaction.atomic
def load_filings(data: bytes, *, actor: Actor, now: datetime) -> Loaded:
    """Enter the filings of a file, and what happened to them.

    Events come in the order of the file. What was decided before this register kept it may lie in the past only where
    the operator's own command loads it.

    Shape:  JSON as in docs/formats/filings.md.
    Raises: ForbiddenError; InvalidFilingsError; FilingChangedError; UnknownIssuerError; UnknownSchemeError;
            UnknownSiteError; the errors of ``accredit`` and of the deeds.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    facts = read_filings(data)
    known = {a.filing: a for a in Accreditation.objects.prefetch_related("events").select_related("issuer", "site")}
    n_new = 0
    for filing in facts:
        accreditation = known.get(filing.filing)
        if accreditation is None:
            accreditation = _accredit(filing, actor=actor, now=now)
            n_new += 1
        else:
            _refuse_change(accreditation, filing)
        n_new += _enter_events(accreditation, filing.events, actor=actor, now=now)
    return Loaded(len(facts), n_new)


def _enter_issuer(facts: IssuerFacts, *, actor: Actor, now: datetime) -> None:
    own = facts.organisation
    issuer = services.register_issuer(
        own.slug,
        name=own.name,
        region=own.region,
        credit_code=own.credit_code,
        number_parts=facts.number_parts,
        did=facts.did,
        actor=actor,
        now=now,
    )
    for site in facts.sites:
        services.register_site(issuer, site.code, name=site.name, region=site.region, actor=actor, now=now)


def _accredit(facts: FilingFacts, *, actor: Actor, now: datetime) -> Accreditation:
    issuer = selectors.issuer_by_slug(facts.issuer)
    return services.accredit(
        issuer,
        facts.filing,
        scheme=scheme_by_code(facts.scheme),
        occupations=facts.occupations,
        levels=facts.levels,
        regions=facts.regions,
        starts_on=facts.starts_on,
        ends_on=facts.ends_on,
        site=selectors.site_by_code(issuer, facts.site) if facts.site else None,
        actor=actor,
        now=now,
    )


def _refuse_change(known: Accreditation, facts: FilingFacts) -> None:
    before = (
        known.issuer.organisation.slug,
        known.scheme_id,
        known.occupations,
        known.levels,
        known.regions,
        known.starts_on,
        known.ends_on,
        known.site.code if known.site else "",
    )
    after = (
        facts.issuer,
        facts.scheme,
        sorted(facts.occupations),
        sorted(facts.levels),
        sorted(facts.regions),
        facts.starts_on,
        facts.ends_on,
        facts.site,
    )
    if before != after:
        raise FilingChangedError(f"{facts.filing} is registered with another scope", filing=facts.filing)


def _enter_events(accreditation: Accreditation, events: tuple[EventFacts, ...], *, actor: Actor, now: datetime) -> int:
    known = {(event.deed, event.from_on, event.until_on) for event in accreditation.events.all()}
    n_new = 0
    for event in events:
        if (event.deed, event.from_on, event.until_on) in known:
            continue
        n_new += 1
        if event.deed == AccreditationDeed.SUSPEND:
            services.suspend_accreditation(
                accreditation,
                from_on=event.from_on,
                until_on=event.until_on,
                reason=event.reason,
                actor=actor,
                now=now,
            )
        else:
            deed = {
                AccreditationDeed.REINSTATE: services.reinstate_accreditation,
                AccreditationDeed.WITHDRAW: services.withdraw_accreditation,
            }[AccreditationDeed(event.deed)]
            deed(accreditation, from_on=event.from_on, reason=event.reason, actor=actor, now=now)
    return n_new
