"""Who may award what on a day: every filing in memory, read again when anything has happened to one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Max, Prefetch

from guildhall.core import accreditation as core
from guildhall.core.accreditation import Standing
from guildhall.encyclopedia.held import held
from guildhall.issuers import selectors
from guildhall.issuers.models import Accreditation, AccreditationEvent, Issuer

_SECONDS: Final = 3600
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Right:
    """One filing, as it stands on the day. ``ends_on`` takes withdrawal and closing into account."""

    filing: str
    scheme: str
    issuer: UUID
    slug: str
    name: Mapping[str, str]
    region: str
    regions: tuple[str, ...]
    site: Mapping[str, str]
    occupations: frozenset[str]
    levels: frozenset[str]
    starts_on: date
    ends_on: date | None
    standing: Standing
    filed: core.Filing

    @property
    def in_force(self) -> bool:
        """Whether one may award under it on the day."""
        return self.standing is Standing.AUTHORISED


@dataclass(frozen=True, slots=True)
class Rights:
    """All filings and how they stand on ``on``."""

    on: date
    filings: tuple[Right, ...]
    of_occupation: Mapping[tuple[str, str], tuple[Right, ...]]

    def ever(self, scheme: str, occupation: str, level: str = "") -> list[Right]:
        """Return the filings that cover it, in force or not, by number."""
        found = self.of_occupation.get((scheme, occupation), ())
        return [right for right in found if not level or level in right.levels]

    def today(self, scheme: str, occupation: str, level: str = "") -> list[Right]:
        """Return the filings in force that cover it, by number."""
        return [right for right in self.ever(scheme, occupation, level) if right.in_force]

    def in_force(self, scheme: str = "") -> list[Right]:
        """Return all filings in force, of one scheme if it is named."""
        return [right for right in self.filings if right.in_force and (not scheme or right.scheme == scheme)]

    def since(self, right: Right, occupation: str, level: str) -> date:
        """Return since when the issuer may award this without a break, whichever of its filings said so."""
        covering = [one.filed for one in self.ever(right.scheme, occupation, level) if _carries(one, right)]
        start = _held_since(right.filed, self.on)
        while (earlier := next((filed for filed in covering if _holds(filed, start - _DAY)), None)) is not None:
            start = _held_since(earlier, start - _DAY)
        return start


def _carries(other: Right, right: Right) -> bool:
    """Tell whether another filing is the same issuer's and covers the same ground."""
    same_ground = all(core.covers_region(other.regions, region) for region in right.regions)
    return (
        other.issuer == right.issuer
        and same_ground
        and (not other.filed.sites or other.filed.sites == right.filed.sites)
    )


def _holds(filed: core.Filing, day: date) -> bool:
    within = filed.starts_on <= day and (filed.ends_on is None or day <= filed.ends_on)
    return within and not any(suspension.covers(day) for suspension in filed.suspensions)


def _held_since(filed: core.Filing, day: date) -> date:
    """Return the first day from which a filing holds without a break until ``day``."""
    ended = [s.until_on + _DAY for s in filed.suspensions if s.until_on is not None and s.until_on < day]
    return max([filed.starts_on, *ended])


def rights(on: date) -> Rights:
    """Return the rights of a day, always up to date: two small queries say whether anything has happened since."""
    return held("rights", (on, _version()), lambda: read(on), seconds=_SECONDS)


def _version() -> tuple[object, ...]:
    events = AccreditationEvent.objects.aggregate(n=Count("pk"), last=Max("at"))
    closed = Issuer.objects.aggregate(n=Count("pk"), n_closed=Count("closed_on"), last=Max("closed_on"))
    return (events["n"], str(events["last"]), closed["n"], closed["n_closed"], str(closed["last"]))


def read(on: date) -> Rights:
    """Read all filings: two queries."""
    rows = (
        Accreditation.objects.select_related("issuer__organisation", "scheme", "site")
        .prefetch_related(Prefetch("events", queryset=AccreditationEvent.objects.order_by("at", "id")))
        .order_by("filing")
    )
    filings = tuple(_right(row, on) for row in rows)
    grouped: dict[tuple[str, str], list[Right]] = defaultdict(list)
    for right in filings:
        for occupation in right.occupations:
            grouped[right.scheme, occupation].append(right)
    return Rights(on, filings, {key: tuple(found) for key, found in grouped.items()})


def _right(row: Accreditation, on: date) -> Right:
    filed = selectors.filing(row)
    organisation = row.issuer.organisation
    return Right(
        filing=row.filing,
        scheme=row.scheme_id,
        issuer=row.issuer_id,
        slug=organisation.slug,
        name=organisation.name,
        region=organisation.region,
        regions=tuple(row.regions),
        site=row.site.name if row.site else {},
        occupations=filed.occupations,
        levels=filed.levels,
        starts_on=row.starts_on,
        ends_on=filed.ends_on,
        standing=selectors.standing_of(row, on),
        filed=filed,
    )


def issuers_among(found: Sequence[Right]) -> int:
    """Return how many issuers hold these filings."""
    return len({right.issuer for right in found})
