"""Awards in counts: by scheme, occupation, level and issuer, by month, by region. Counted seldom, read often."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import ExtractMonth, ExtractYear, Substr

from guildhall.core import lifecycle
from guildhall.core.lifecycle import Deed, State
from guildhall.credentials.models import Award, StatusEvent
from guildhall.encyclopedia.held import held

SMALLEST: Final = 5
"""Counts below are not published: they would point at persons. Nothing at all points at nobody."""

_SECONDS: Final = 300
_CHANGING: Final = [Deed.ANNUL, Deed.REVOKE, Deed.EXPIRE, Deed.SUSPEND, Deed.REINSTATE]


@dataclass(frozen=True, slots=True)
class Tally:
    """Awards of one kind: issued (annulled ones never were), in force on the day, and the first and last day of issue."""

    n_issued: int = 0
    n_in_force: int = 0
    first_on: date | None = None
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class Census:
    """The counts of one day. ``tallies`` holds every combination of what is asked for; an absent part means all of it."""

    on: date
    counted_at: datetime
    tallies: Mapping[tuple[str, UUID | None, str, UUID | None], Tally]
    months: Mapping[tuple[str, UUID | None], Mapping[tuple[int, int], int]]
    provinces: Mapping[tuple[str, str], int]

    def tally(
        self, scheme: str = "", occupation: UUID | None = None, level: str = "", issuer: UUID | None = None
    ) -> Tally:
        """Return the counts of what is named; of everything where nothing is."""
        return self.tallies.get((scheme, occupation, level, issuer), Tally())

    def issuers_of(self, scheme: str, occupation: UUID, level: str) -> dict[UUID, Tally]:
        """Return the counts of one certificate by issuer."""
        return {
            key[3]: tally
            for key, tally in self.tallies.items()
            if key[3] is not None and key[:3] == (scheme, occupation, level)
        }


def published(n: int) -> int | None:
    """Return a count as it may be shown: None for one that is too small."""
    return None if 0 < n < SMALLEST else n


def published_row(counts: Sequence[int]) -> list[int | None]:
    """Return counts that are shown beside their sum: where one alone is withheld, the next smallest is withheld with it.

    Otherwise the sum would give it away.
    """
    shown = [published(n) for n in counts]
    hidden = [place for place, n in enumerate(shown) if n is None]
    if len(hidden) == 1:
        others = [place for place, n in enumerate(shown) if n]
        if others:
            shown[min(others, key=lambda place: (counts[place], place))] = None
    return shown


def census(on: date, *, now: datetime) -> Census:
    """Return the counts of a day, at most five minutes old."""
    return held("census", on, lambda: count(on, now=now), seconds=_SECONDS)


def count(on: date, *, now: datetime) -> Census:
    """Count all awards issued until a day: four queries, whatever there is."""
    cells: dict[tuple[str, UUID, str, UUID], list[Any]] = {}
    in_force = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
    rows = (
        _issued(on)
        .values_list("scheme", "occupation", "level", "issuer")
        .annotate(n=Count("pk"), valid=Count("pk", filter=in_force), first=Min("issued_on"), last=Max("issued_on"))
        .order_by()
    )
    for scheme, occupation, level, issuer, n, valid, first, last in rows:
        cells[scheme, occupation, level, issuer] = [n, valid, first, last]
    months: dict[tuple[str, UUID | None], Counter[tuple[int, int]]] = defaultdict(Counter)
    by_month = (
        _issued(on)
        .annotate(year=ExtractYear("issued_on"), month=ExtractMonth("issued_on"))
        .values_list("scheme", "occupation", "year", "month")
        .annotate(n=Count("pk"))
        .order_by()
    )
    for scheme, occupation, year, month, n in by_month:
        _add_month(months, scheme, occupation, (year, month), n)
    provinces = Counter(
        {
            (scheme, province): n
            for scheme, province, n in _issued(on)
            .annotate(province=Substr("result__region", 1, 2))
            .values_list("scheme", "province")
            .annotate(n=Count("pk"))
            .order_by()
        }
    )
    for award, state in _changed(on):
        cell = cells[award["scheme"], award["occupation"], award["level"], award["issuer"]]
        ran_out = award["valid_until"] is not None and award["valid_until"] < on
        cell[1] -= 0 if ran_out or state is State.VALID else 1
        if state is State.ANNULLED:
            cell[0] -= 1
            day: date = award["issued_on"]
            _add_month(months, award["scheme"], award["occupation"], (day.year, day.month), -1)
            provinces[award["scheme"], award["province"]] -= 1
    return Census(on, now, _combined(cells), {key: dict(counted) for key, counted in months.items()}, dict(provinces))


def _issued(on: date) -> QuerySet[Award]:
    return Award.objects.filter(issued_on__lte=on, batch__issued_at__isnull=False)


def _changed(on: date) -> Iterable[tuple[dict[str, Any], State]]:
    """Yield the issued awards to which something happened, and what they are on the day."""
    events: dict[UUID, list[lifecycle.Event]] = defaultdict(list)
    awards: dict[UUID, dict[str, Any]] = {}
    rows = (
        StatusEvent.objects.filter(
            deed__in=_CHANGING, award__issued_on__lte=on, award__batch__issued_at__isnull=False
        )
        .annotate(province=Substr("award__result__region", 1, 2))
        .values_list(
            "award", "deed", "from_on", "until_on", "at", "province", "award__scheme", "award__occupation",
            "award__level", "award__issuer", "award__issued_on", "award__valid_until",
        )
    )  # fmt: skip
    names = ("scheme", "occupation", "level", "issuer", "issued_on", "valid_until")
    for award, deed, from_on, until_on, at, province, *facts in rows:
        events[award].append(lifecycle.Event(Deed(deed), from_on, at, until_on))
        awards[award] = {**dict(zip(names, facts, strict=True)), "province": province}
    for key, known in awards.items():
        standing = lifecycle.state_on(
            events[key], issued_on=known["issued_on"], valid_until=known["valid_until"], day=on
        )
        yield known, standing.state


def _add_month(
    months: dict[tuple[str, UUID | None], Counter[tuple[int, int]]],
    scheme: str,
    occupation: UUID,
    month: tuple[int, int],
    n: int,
) -> None:
    for key in product((scheme, ""), (occupation, None)):
        months[key][month] += n


def _combined(
    cells: Mapping[tuple[str, UUID, str, UUID], Sequence[Any]],
) -> dict[tuple[str, UUID | None, str, UUID | None], Tally]:
    sums: dict[tuple[str, UUID | None, str, UUID | None], list[Any]] = {}
    for (scheme, occupation, level, issuer), (n, valid, first, last) in cells.items():
        for key in product((scheme, ""), (occupation, None), (level, ""), (issuer, None)):
            known = sums.setdefault(key, [0, 0, first, last])
            known[0] += n
            known[1] += valid
            known[2] = min(known[2], first)
            known[3] = max(known[3], last)
    return {key: Tally(*values) for key, values in sums.items()}
