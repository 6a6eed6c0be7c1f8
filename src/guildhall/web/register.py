"""What pages say about the register as a whole: counts, shares, filings in words. Reading only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeVar

from django.core.cache import cache
from django.db.models import Count
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy

from guildhall.core import accreditation as core
from guildhall.core.codes.regions import PROVINCES
from guildhall.core.errors import Error
from guildhall.core.keys import PublicKey
from guildhall.credentials import faces, selectors
from guildhall.credentials.models import Award
from guildhall.encyclopedia.census import published
from guildhall.issuers import selectors as issuers
from guildhall.issuers.models import Accreditation, Issuer, IssuerKey
from guildhall.schemes import selectors as schemes
from guildhall.standards.models import Classification, Occupation
from guildhall.tlog.models import Log
from guildhall.tlog.services import latest_checkpoint
from guildhall.web import clock

_T = TypeVar("_T")
_SECONDS: Final = 60
NATIONWIDE: Final[Mapping[str, str]] = {"zh": "全国", "en": "Nationwide"}
STANDING_WORDS: Final[Mapping[core.Standing, Promise]] = {
    core.Standing.AUTHORISED: lazy("In force"),
    core.Standing.NOT_YET: lazy("Not yet in force"),
    core.Standing.EXPIRED: lazy("Ended"),
    core.Standing.SUSPENDED: pgettext_lazy("filing", "Suspended"),
}
_TONES: Final[Mapping[core.Standing, str]] = {
    core.Standing.AUTHORISED: "is-full",
    core.Standing.SUSPENDED: "is-red",
    core.Standing.NOT_YET: "is-open",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """The register in figures, on one day."""

    on: date
    as_of: datetime | None
    fingerprint: str
    n_awards: int
    n_issuers: int
    n_occupations: int
    n_leaves: int
    classification: Mapping[str, str]
    shares: tuple[selectors.Share, ...]


@dataclass(frozen=True, slots=True)
class FilingRow:
    """A filing in words."""

    filing: str
    scheme: Mapping[str, str]
    occupations: Sequence[Mapping[str, str]]
    levels: Sequence[Mapping[str, str]]
    regions: Sequence[Mapping[str, str]]
    site: Mapping[str, str]
    starts_on: date
    ends_on: date | None
    standing: str
    tone: str
    code: str
    in_force: bool
    href: str = ""
    whose: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IssuerRow:
    """An issuer in a list."""

    slug: str
    name: Mapping[str, str]
    region: Mapping[str, str]
    schemes: Sequence[Mapping[str, str]]
    n_in_force: int
    since: date | None


@dataclass(frozen=True, slots=True)
class CountRow:
    """Awards of one kind; ``n`` None where the count is too small to publish."""

    scheme: Mapping[str, str]
    scheme_code: str
    occupation: Mapping[str, str]
    code: str
    n: int | None


def figures() -> Figures:
    """Return the figures, at most a minute old."""
    found = cache.get("web:figures")
    if not isinstance(found, Figures) or found.on != clock.today():
        found = _figures()
        cache.set("web:figures", found, _SECONDS)
    return found


def _figures() -> Figures:
    on = clock.today()
    filings = [filing for filing in all_filings() if issuers.standing_of(filing, on) is core.Standing.AUTHORISED]
    checkpoint = latest_checkpoint()
    classification = Classification.objects.order_by("-in_force_on", "-code").first()
    shares = selectors.shares_by_scheme(on)
    return Figures(
        on=on,
        as_of=checkpoint.at if checkpoint else None,
        fingerprint=faces.register_fingerprint(),
        n_awards=sum(share.n_awards for share in shares),
        n_issuers=len({filing.issuer_id for filing in filings}),
        n_occupations=len({code for filing in filings for code in filing.occupations}),
        n_leaves=checkpoint.size if checkpoint else 0,
        classification=classification.name if classification else {},
        shares=tuple(shares),
    )


def fingerprint_of(key: IssuerKey) -> str:
    """Return the fingerprint of a published key."""
    try:
        return PublicKey.from_multibase(key.multibase).fingerprint
    except Error:
        return ""


def region_name(code: str) -> Mapping[str, str]:
    """Return what a division code covers: the province, with the code where it is narrower."""
    if code == "000000":
        return NATIONWIDE
    province = PROVINCES.get(code[:2])
    if province is None:
        return {"zh": code, "en": code}
    return province if code.endswith("0000") else {tag: f"{name} {code}" for tag, name in province.items()}


def all_filings() -> list[Accreditation]:
    """Return every filing with what happened to it."""
    return list(
        Accreditation.objects.select_related("issuer__organisation", "scheme", "site").prefetch_related("events")
    )


def filing_rows(
    filings: Sequence[Accreditation], *, on: date, links: bool = False, whose: bool = False
) -> list[FilingRow]:
    """Return filings in words, those in force first."""
    codes = {code for filing in filings for code in filing.occupations}
    names = dict(Occupation.objects.filter(code__in=codes).values_list("code", "name"))
    rows = [_filing_row(filing, names, on, links=links, whose=whose) for filing in filings]
    return sorted(rows, key=lambda row: (not row.in_force, row.filing))


def _filing_row(filing: Accreditation, names: Mapping[str, Any], on: date, *, links: bool, whose: bool) -> FilingRow:
    known = issuers.filing(filing)
    standing = issuers.standing_of(filing, on)
    ladder = {level.code: level.name for level in schemes.levels(filing.scheme)}
    return FilingRow(
        filing=filing.filing,
        scheme=filing.scheme.name,
        occupations=[names.get(code, {"zh": code}) for code in filing.occupations],
        levels=[name for code, name in ladder.items() if code in filing.levels],
        regions=[region_name(code) for code in filing.regions],
        site=filing.site.name if filing.site else {},
        starts_on=filing.starts_on,
        ends_on=known.ends_on,
        standing=str(STANDING_WORDS[standing]),
        tone=_TONES.get(standing, ""),
        code=standing.value,
        in_force=standing is core.Standing.AUTHORISED,
        href=reverse("desk-filing", args=[filing.filing]) if links else "",
        whose=filing.issuer.organisation.name if whose else {},
    )


def issuer_rows(on: date) -> list[IssuerRow]:
    """Return all issuers with what they may award today, the widest first."""
    by_issuer: dict[Any, list[Accreditation]] = {}
    for filing in all_filings():
        by_issuer.setdefault(filing.issuer_id, []).append(filing)
    rows = [_issuer_row(issuer, by_issuer.get(issuer.pk, []), on) for issuer in issuers.issuers()]
    return sorted(rows, key=lambda row: (row.region is not NATIONWIDE, row.slug))


def _issuer_row(issuer: Issuer, filings: Sequence[Accreditation], on: date) -> IssuerRow:
    in_force = [filing for filing in filings if issuers.standing_of(filing, on) is core.Standing.AUTHORISED]
    regions = sorted({code for filing in filings for code in filing.regions}) or [issuer.organisation.region]
    return IssuerRow(
        slug=issuer.organisation.slug,
        name=issuer.organisation.name,
        region=region_name(regions[0]),
        schemes=list({filing.scheme_id: filing.scheme.name for filing in filings}.values()),
        n_in_force=len(in_force),
        since=min((filing.starts_on for filing in filings), default=None),
    )


def award_counts(issuer: Issuer) -> list[CountRow]:
    """Return how many awards an issuer has made, by scheme and occupation, at most some minutes old.

    Small counts are withheld.
    """
    return remembered(f"counts:{issuer.pk}", lambda: _award_counts(issuer))


def remembered(name: str, count: Callable[[], _T], seconds: int = 300) -> _T:
    """Return what was counted at most so long ago: on a large register a count is not for every page again."""
    known: _T | None = cache.get(f"web:{name}")
    if known is None:
        known = count()
        cache.set(f"web:{name}", known, seconds)
    return known


def _award_counts(issuer: Issuer) -> list[CountRow]:
    rows = (
        Award.objects.filter(issuer=issuer)
        .values("scheme", "scheme__name", "occupation__name", "occupation__code")
        .annotate(n=Count("pk"))
        .order_by("scheme__order", "-n", "occupation__code")
    )
    return [
        CountRow(
            row["scheme__name"],
            row["scheme"],
            row["occupation__name"],
            row["occupation__code"],
            published(row["n"]),
        )
        for row in rows
    ]


def n_waiting() -> int:
    """Return how many leaves no checkpoint covers yet."""
    log = Log.objects.first()
    return log.size - log.published_size if log else 0
