"""Issuers, their keys, and what decides every award: whether they may, here, on that day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet

from guildhall.accounts.models import Organisation, OrganisationKind
from guildhall.core import accreditation as core
from guildhall.core.did import did_web
from guildhall.core.errors import NotFoundError
from guildhall.issuers.models import Accreditation, AccreditationDeed, AccreditationEvent, Issuer, IssuerKey, Site
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation

_MEMO_LIMIT = 200_000


class UnknownIssuerError(NotFoundError):
    """The register has no such issuer."""

    code = "unknown_issuer"


class UnknownSiteError(NotFoundError):
    """The issuer has no such place of assessment."""

    code = "unknown_site"


class UnknownFilingError(NotFoundError):
    """The register has no filing of this number."""

    code = "unknown_filing"


class NoKeyInForceError(NotFoundError):
    """The organisation had no key in force at that moment."""

    code = "no_key_in_force"


def did_of_issuer(slug: str) -> str:
    """Return the ``did:web`` under which this register's site answers for the issuer ``slug``."""
    return did_web(settings.HOST, "issuers", slug)


def did_of_authority() -> str:
    """Return the ``did:web`` of the authority."""
    return did_web(settings.HOST, "authority")


def did_of_register() -> str:
    """Return the ``did:web`` of the register itself, which signs receipts."""
    return did_web(settings.HOST)


def issuers() -> list[Issuer]:
    """Return all issuers of certificates with their organisations, by slug. Colleges (``colleges``) are not among them."""
    awarding = Issuer.objects.filter(organisation__kind=OrganisationKind.ISSUER)
    return list(awarding.select_related("organisation").order_by("organisation__slug"))


def issuer_by_slug(slug: str) -> Issuer:
    """Return the issuer whose organisation has this slug.

    Raises: UnknownIssuerError.
    """
    return _issuer(Q(organisation__slug=slug), slug)


def issuer_by_did(did: str) -> Issuer:
    """Return the issuer with this DID.

    Raises: UnknownIssuerError.
    """
    return _issuer(Q(did=did), did)


def site_by_code(issuer: Issuer, code: str) -> Site:
    """Return the issuer's place of assessment with this code.

    Raises: UnknownSiteError.
    """
    found = Site.objects.filter(issuer=issuer, code=code).first()
    if found is None:
        raise UnknownSiteError(f"{code} is no site of {issuer.did}", site=code, issuer=issuer.did)
    return found


def accreditation_by_filing(filing: str) -> Accreditation:
    """Return the filing with this number.

    Raises: UnknownFilingError.
    """
    found = _accreditations().filter(filing=filing).first()
    if found is None:
        raise UnknownFilingError(f"no filing {filing}", filing=filing)
    return found


def accreditations_of(issuer: Issuer) -> list[Accreditation]:
    """Return the issuer's filings by number, with scheme, site and events read along."""
    return list(_accreditations().filter(issuer=issuer).order_by("filing"))


def keys_of(organisation: Organisation) -> list[IssuerKey]:
    """Return all keys that the organisation ever signed with, oldest first."""
    return list(IssuerKey.objects.filter(organisation=organisation).order_by("starts_at", "key_id"))


def key_at(organisation: Organisation, at: datetime) -> IssuerKey:
    """Return the organisation's key in force at ``at``: among several the newest.

    Raises: NoKeyInForceError.
    """
    found = (
        IssuerKey.objects.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=at), organisation=organisation, starts_at__lte=at
        )
        .order_by("-starts_at", "-key_id")
        .first()
    )
    if found is None:
        raise NoKeyInForceError(f"{organisation.slug} had no key in force", slug=organisation.slug)
    return found


def accreditation(  # noqa: PLR0917 - the seven words of the question, in the order in which it is asked
    issuer: Issuer | str,
    site: Site | str,
    scheme: Scheme | str,
    occupation: Occupation | str,
    level: str,
    region: str,
    on: date,
) -> core.Answer:
    """Answer whether ``issuer`` may award this on that day, and name the filing that the answer rests on.

    For many rows load a :class:`Judge` once.

    Shape:  issuer a DID or slug, site a code (empty: none named), scheme, occupation and level codes, region six digits.
    """
    if isinstance(issuer, str):
        known = Issuer.objects.filter(Q(did=issuer) | Q(organisation__slug=issuer)).first()
        if known is None:
            return core.Answer(core.Standing.UNKNOWN_ISSUER, detail=f"no issuer {issuer} in this register")
        issuer = known
    question = core.Question(
        issuer=issuer.did,
        scheme=scheme if isinstance(scheme, str) else scheme.code,
        occupation=occupation if isinstance(occupation, str) else occupation.code,
        level=level,
        region=region,
        on=on,
        site=site if isinstance(site, str) else site.code,
    )
    return core.judge(filings_of(issuer), question)


def filings_of(issuer: Issuer) -> tuple[core.Filing, ...]:
    """Return the issuer's filings with everything that has happened to them, by number."""
    return tuple(filing(a) for a in accreditations_of(issuer))


def filing(accreditation: Accreditation) -> core.Filing:
    """Return a filing with everything that has happened to it until now.

    A withdrawal and the closing of the issuer end it; a reinstatement ends the suspensions recorded before it.
    """
    ends_on: date | None = accreditation.ends_on
    suspensions: list[core.Suspension] = []
    for event in _events(accreditation):
        if event.deed == AccreditationDeed.SUSPEND:
            suspensions.append(core.Suspension(event.from_on, event.until_on))
        elif event.deed == AccreditationDeed.REINSTATE:
            suspensions = [s for suspension in suspensions if (s := _cut(suspension, event.from_on)) is not None]
        elif event.deed == AccreditationDeed.WITHDRAW:
            ends_on = _earlier(ends_on, event.from_on - timedelta(days=1))
    closed_on = accreditation.issuer.closed_on
    if closed_on is not None:
        ends_on = _earlier(ends_on, closed_on)
    return core.Filing(
        filing=accreditation.filing,
        issuer=accreditation.issuer.did,
        scheme=accreditation.scheme_id,
        occupations=frozenset(accreditation.occupations),
        levels=frozenset(accreditation.levels),
        regions=frozenset(accreditation.regions),
        starts_on=accreditation.starts_on,
        ends_on=ends_on,
        sites=frozenset() if accreditation.site is None else frozenset({accreditation.site.code}),
        suspensions=tuple(suspensions),
    )


def standing_of(accreditation: Accreditation, on: date) -> core.Standing:
    """Return how the filing itself stands on a day: authorised, not yet, expired or suspended."""
    known = filing(accreditation)
    question = core.Question(
        issuer=known.issuer,
        scheme=known.scheme,
        occupation=min(known.occupations, default=""),
        level=min(known.levels, default=""),
        region=min(known.regions, default=""),
        on=on,
        site=min(known.sites, default=""),
    )
    return core.judge([known], question).standing


@dataclass(slots=True)
class Judge:
    """All filings of the register, or of one issuer, in memory: for imports of 100,000 rows.

    It answers from what was known when it was loaded. A service that writes on its answers loads it inside the
    transaction.
    """

    _filings: dict[tuple[str, str], list[core.Filing]]
    _memo: dict[core.Question, core.Answer] = field(default_factory=dict)

    @staticmethod
    def load(issuer: Issuer | None = None) -> Judge:
        """Read the filings once: two queries."""
        rows = _accreditations()
        if issuer is not None:
            rows = rows.filter(issuer=issuer)
        return Judge.of(filing(row) for row in rows)

    @staticmethod
    def of(filings: Iterable[core.Filing]) -> Judge:
        """Return a judge over ``filings``."""
        grouped: dict[tuple[str, str], list[core.Filing]] = defaultdict(list)
        for one in filings:
            grouped[one.issuer, one.scheme].append(one)
        return Judge(dict(grouped))

    def judge(self, question: core.Question) -> core.Answer:
        """Answer one question; the same question again is remembered."""
        answer = self._memo.get(question)
        if answer is None:
            answer = core.judge(self._filings.get((question.issuer, question.scheme), ()), question)
            if len(self._memo) >= _MEMO_LIMIT:
                self._memo.clear()
            self._memo[question] = answer
        return answer


def _accreditations() -> QuerySet[Accreditation]:
    events = AccreditationEvent.objects.order_by("at", "id")
    return Accreditation.objects.select_related("issuer__organisation", "scheme", "site").prefetch_related(
        Prefetch("events", queryset=events)
    )


def _events(accreditation: Accreditation) -> Sequence[AccreditationEvent]:
    # In the order of recording: what is read along is sorted, what is read here has the model's order.
    return list(accreditation.events.all())


def _cut(suspension: core.Suspension, on: date) -> core.Suspension | None:
    """Return what is left of a suspension when the right is given back on ``on``."""
    if suspension.from_on >= on:
        return None
    return replace(suspension, until_on=_earlier(suspension.until_on, on - timedelta(days=1)))


def _earlier(day: date | None, other: date) -> date:
    return other if day is None else min(day, other)


def _issuer(condition: Q, named: str) -> Issuer:
    found = Issuer.objects.select_related("organisation").filter(condition).first()
    if found is None:
        raise UnknownIssuerError(f"no issuer {named} in this register", issuer=named)
    return found
