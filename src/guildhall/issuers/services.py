"""Registering issuers, and what happens to their right to award."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from guildhall.accounts.models import Organisation, OrganisationKind, RoleKind
from guildhall.accounts.services import Actor, record, register_organisation, require
from guildhall.core import did as dids
from guildhall.core.errors import ConflictError, Error, MalformedError
from guildhall.core.keys import PublicKey
from guildhall.issuers import selectors
from guildhall.issuers.models import Accreditation, AccreditationDeed, AccreditationEvent, Issuer, IssuerKey, Site
from guildhall.issuers.number_parts import check_parts
from guildhall.schemes import selectors as schemes
from guildhall.schemes.models import Scheme
from guildhall.standards import selectors as standards

_REGION = re.compile(r"[0-9]{6}")


class IssuerChangedError(ConflictError):
    """The issuer is registered with other facts."""

    code = "issuer_changed"


class NumberPartsTakenError(ConflictError):
    """Another issuer's certificate numbers begin so."""

    code = "number_parts_taken"


class SiteChangedError(ConflictError):
    """The issuer has a site of this code with other facts."""

    code = "site_changed"


class InvalidRegionError(MalformedError):
    """A region is six digits (GB/T 2260)."""

    code = "invalid_region"


class EmptyScopeError(Error):
    """A filing names at least one occupation, one level and one region."""

    code = "empty_scope"


class DatesOutOfOrderError(Error):
    """The last day lies before the first."""

    code = "dates_out_of_order"


class LevelNotAwardedError(Error):
    """No certificate is awarded at this rung of the scheme's ladder."""

    code = "level_not_awarded"


class FilingTakenError(ConflictError):
    """Another filing has this number."""

    code = "filing_taken"


class ForeignSiteError(Error):
    """The site belongs to another issuer."""

    code = "foreign_site"


class BackdatedError(Error):
    """A right is taken or given back from the day of the decision on, never for days gone by."""

    code = "backdated"


class NotSuspendedError(ConflictError):
    """There is no suspension that this would end."""

    code = "not_suspended"


class WithdrawnError(ConflictError):
    """The filing is withdrawn; a new right is a new filing."""

    code = "withdrawn"


class KeyTakenError(ConflictError):
    """Another key is registered under this identifier."""

    code = "key_taken"


@transaction.atomic
def register_issuer(
    slug: str,
    *,
    name: Mapping[str, str],
    region: str,
    credit_code: str = "",
    number_parts: Mapping[str, Mapping[str, str]] | None = None,
    did: str = "",
    actor: Actor,
    now: datetime,
) -> Issuer:
    """Enter an organisation that awards; the same facts again change nothing.

    Shape:  ``did`` empty: the ``did:web`` of this site for ``slug``; ``number_parts`` see the model.
    Raises: ForbiddenError; SlugTakenError; IssuerChangedError; InvalidRegionError; InvalidNumberPartsError;
            NumberPartsTakenError; MalformedDidError.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    check_region(region)
    did = did or selectors.did_of_issuer(slug)
    dids.parse(did)
    organisation = register_organisation(
        slug, kind=OrganisationKind.ISSUER, name=name, region=region, credit_code=credit_code, actor=actor, now=now
    )
    parts = {layout: dict(own) for layout, own in (number_parts or {}).items()}
    for layout, own in parts.items():
        check_parts(layout, own)
    _refuse_shared_numbers(slug, parts)
    issuer, made = Issuer.objects.get_or_create(organisation=organisation, defaults={"did": did, "number_parts": parts})
    if made:
        record("register-issuer", did, actor=actor, now=now, organisation=organisation, slug=slug)
    elif (issuer.did, issuer.number_parts) != (did, parts):
        raise IssuerChangedError(f"{slug} is registered with other facts", slug=slug, did=issuer.did)
    return issuer


@transaction.atomic
def close_issuer(issuer: Issuer, *, last_day: date, actor: Actor, now: datetime) -> Issuer:
    """Note the last day on which ``issuer`` may award; its certificates stay what they are.

    Raises: ForbiddenError; BackdatedError.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    _refuse_backdating(last_day, actor, now)
    issuer.closed_on = last_day
    issuer.save(update_fields=["closed_on"])
    record("close-issuer", issuer.did, actor=actor, now=now, organisation=issuer.organisation, last_day=str(last_day))
    return issuer


@transaction.atomic
def register_site(
    issuer: Issuer, code: str, *, name: Mapping[str, str], region: str, actor: Actor, now: datetime
) -> Site:
    """Enter a place of assessment; the same facts again change nothing.

    Raises: ForbiddenError; SiteChangedError; InvalidRegionError.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    check_region(region)
    site, made = Site.objects.get_or_create(issuer=issuer, code=code, defaults={"name": dict(name), "region": region})
    if made:
        record("register-site", f"{issuer.did}#{code}", actor=actor, now=now, organisation=issuer.organisation)
    elif (site.name, site.region) != (dict(name), region):
        raise SiteChangedError(f"site {code} is registered with other facts", site=code, issuer=issuer.did)
    return site


@transaction.atomic
def add_key(
    organisation: Organisation, key_id: str, *, multibase: str, starts_at: datetime, actor: Actor, now: datetime
) -> IssuerKey:
    """Enter a public key of an issuer or of the authority; the same key again changes nothing.

    Shape:  ``key_id`` a verification method (DID and fragment); ``multibase`` a Multikey text.
    Raises: ForbiddenError; KeyTakenError; MalformedDidError; MalformedKeyError; MalformedMultibaseError.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    dids.split_url(key_id)
    key = PublicKey.from_multibase(multibase)
    entry, made = IssuerKey.objects.get_or_create(
        key_id=key_id, defaults={"organisation": organisation, "multibase": key.multibase, "starts_at": starts_at}
    )
    if made:
        record("add-key", key_id, actor=actor, now=now, organisation=organisation, fingerprint=key.fingerprint)
    elif (entry.organisation_id, entry.multibase) != (organisation.pk, key.multibase):
        raise KeyTakenError(f"another key is registered as {key_id}", key_id=key_id)
    return entry


@transaction.atomic
def end_key(key: IssuerKey, *, ends_at: datetime, actor: Actor, now: datetime) -> IssuerKey:
    """Note the moment from which ``key`` signs no more; what it signed before stays signed.

    Raises: ForbiddenError; DatesOutOfOrderError.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    if ends_at < key.starts_at:
        raise DatesOutOfOrderError("the key would end before it starts", key_id=key.key_id)
    key.ends_at = ends_at
    key.save(update_fields=["ends_at"])
    record("end-key", key.key_id, actor=actor, now=now, organisation=key.organisation, ends_at=ends_at.isoformat())
    return key


@transaction.atomic
def accredit(
    issuer: Issuer,
    filing: str,
    *,
    scheme: Scheme,
    occupations: Sequence[str],
    levels: Sequence[str],
    regions: Sequence[str],
    starts_on: date,
    ends_on: date,
    site: Site | None = None,
    actor: Actor,
    now: datetime,
) -> Accreditation:
    """Give ``issuer`` the right to award ``scheme`` for occupations, levels and regions between two dates.

    Shape:  codes as in the model; both dates included; ``site`` None: every site.
    Raises: ForbiddenError; FilingTakenError; EmptyScopeError; UnknownOccupationError; UnknownLevelError;
            LevelNotAwardedError; InvalidRegionError; ForeignSiteError; DatesOutOfOrderError.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    if Accreditation.objects.filter(filing=filing).exists():
        raise FilingTakenError(f"the filing number {filing} is taken", filing=filing)
    _check_scope(scheme, occupations, levels, regions)
    if ends_on < starts_on:
        raise DatesOutOfOrderError("the filing would end before it starts", filing=filing)
    if site is not None and site.issuer_id != issuer.pk:
        raise ForeignSiteError(f"site {site.code} belongs to another issuer", site=site.code, issuer=issuer.did)
    accreditation = Accreditation.objects.create(
        filing=filing,
        issuer=issuer,
        scheme=scheme,
        site=site,
        occupations=sorted(set(occupations)),
        levels=sorted(set(levels)),
        regions=sorted(set(regions)),
        starts_on=starts_on,
        ends_on=ends_on,
        created_at=now,
    )
    happen(accreditation, AccreditationDeed.ACCREDIT, starts_on, ends_on, {}, actor=actor, now=now)
    return accreditation


@transaction.atomic
def suspend_accreditation(
    accreditation: Accreditation,
    *,
    from_on: date,
    until_on: date | None = None,
    reason: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> AccreditationEvent:
    """Take the right away for a time, both days included; ``until_on`` None: until it is given back.

    Shape:  ``reason`` a language map.
    Raises: ForbiddenError; WithdrawnError; BackdatedError; DatesOutOfOrderError.
    """
    accreditation = _begin(accreditation, from_on, actor, now)
    if until_on is not None and until_on < from_on:
        raise DatesOutOfOrderError("the suspension would end before it starts", filing=accreditation.filing)
    return happen(accreditation, AccreditationDeed.SUSPEND, from_on, until_on, reason, actor=actor, now=now)


@transaction.atomic
def reinstate_accreditation(
    accreditation: Accreditation, *, from_on: date, reason: Mapping[str, str], actor: Actor, now: datetime
) -> AccreditationEvent:
    """Give a suspended right back from ``from_on`` on; suspensions that would begin later fall away.

    Raises: ForbiddenError; WithdrawnError; BackdatedError; NotSuspendedError.
    """
    accreditation = _begin(accreditation, from_on, actor, now)
    if not _suspended_or_to_be(accreditation, from_on):
        raise NotSuspendedError(f"{accreditation.filing} is not suspended", filing=accreditation.filing)
    return happen(accreditation, AccreditationDeed.REINSTATE, from_on, None, reason, actor=actor, now=now)


@transaction.atomic
def withdraw_accreditation(
    accreditation: Accreditation, *, from_on: date, reason: Mapping[str, str], actor: Actor, now: datetime
) -> AccreditationEvent:
    """Take the right away for good from ``from_on`` on. Awards made before stay what they are.

    Raises: ForbiddenError; WithdrawnError; BackdatedError.
    """
    accreditation = _begin(accreditation, from_on, actor, now)
    return happen(accreditation, AccreditationDeed.WITHDRAW, from_on, None, reason, actor=actor, now=now)


def _begin(accreditation: Accreditation, from_on: date, actor: Actor, now: datetime) -> Accreditation:
    require(actor, RoleKind.AUTHORITY_OFFICER)
    locked = Accreditation.objects.select_for_update().get(pk=accreditation.pk)
    if locked.events.filter(deed=AccreditationDeed.WITHDRAW).exists():
        raise WithdrawnError(f"{locked.filing} is withdrawn", filing=locked.filing)
    _refuse_backdating(from_on, actor, now)
    return locked


def _suspended_or_to_be(accreditation: Accreditation, on: date) -> bool:
    return any(s.until_on is None or s.until_on >= on for s in selectors.filing(accreditation).suspensions)


def _refuse_backdating(from_on: date, actor: Actor, now: datetime) -> None:
    today = timezone.localdate(now, timezone.get_default_timezone())
    # The operator's import of history is the one way in for what was decided before this register kept it.
    if from_on < today and not actor.system:
        raise BackdatedError(f"{from_on} lies before today, {today}", from_on=str(from_on), today=str(today))


def happen(
    accreditation: Accreditation,
    deed: AccreditationDeed,
    from_on: date,
    until_on: date | None,
    reason: Mapping[str, str],
    *,
    actor: Actor,
    now: datetime,
) -> AccreditationEvent:
    """Record what happens to a filing, in the caller's transaction, with its audit row."""
    latest = accreditation.events.order_by("-at").values_list("at", flat=True).first()
    if latest is not None and now <= latest:
        # Events are read in the order of their moments: two never share one, whatever the clock did.
        now = latest + timedelta(microseconds=1)
    event = AccreditationEvent.objects.create(
        accreditation=accreditation,
        deed=deed,
        from_on=from_on,
        until_on=until_on,
        reason=dict(reason),
        at=now,
        actor_id=actor.user_id,
    )
    record(
        f"{deed.value}-accreditation" if deed is not AccreditationDeed.ACCREDIT else "accredit",
        accreditation.filing,
        actor=actor,
        now=now,
        organisation=accreditation.issuer.organisation,
        from_on=str(from_on),
        until_on=str(until_on) if until_on else None,
    )
    return event


def _check_scope(scheme: Scheme, occupations: Sequence[str], levels: Sequence[str], regions: Sequence[str]) -> None:
    if not (occupations and levels and regions):
        raise EmptyScopeError("a filing names at least one occupation, one level and one region", scheme=scheme.code)
    finder = standards.OccupationFinder.load()
    for code in occupations:
        if code not in finder.by_code:
            raise standards.unknown_occupation(code, finder.edition)
    for code in levels:
        if not schemes.level(scheme, code).awarded:
            raise LevelNotAwardedError(f"{scheme.code} awards nothing at {code}", scheme=scheme.code, level=code)
    for region in regions:
        check_region(region)


def _refuse_shared_numbers(slug: str, parts: Mapping[str, Mapping[str, str]]) -> None:
    for organisation, known in Issuer.objects.values_list("organisation__slug", "number_parts"):
        for layout, own in parts.items():
            if organisation != slug and known.get(layout) == own:
                raise NumberPartsTakenError(
                    f"numbers of layout {layout} that begin so are those of {organisation}",
                    layout=layout,
                    slug=organisation,
                )


def check_region(region: str) -> None:
    """Pass if a text is a region's six digits.

    Raises: InvalidRegionError.
    """
    if not _REGION.fullmatch(region):
        raise InvalidRegionError("a region is six digits", region=region)
