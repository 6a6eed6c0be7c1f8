"""What the authority sees at a glance: shares, months, regions and levels, what waits. Reading only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from guildhall.assessment.models import Batch
from guildhall.core import accreditation as core
from guildhall.credentials import selectors
from guildhall.credentials.models import Award, StatusEvent
from guildhall.issuers import selectors as issuers
from guildhall.issuers.models import Accreditation
from guildhall.schemes import selectors as schemes
from guildhall.web import drawing
from guildhall.web.register import region_name
from guildhall.web.templatetags.guildhall import MONTHS, language, percent, rung_label
from guildhall.web.words import text

SOON: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Month:
    """Awards issued in one month."""

    first: date
    word: str
    n: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure and how deep its shade is, 0 to 4."""

    n: int
    shade: int


@dataclass(frozen=True, slots=True)
class Field:
    """Regions by levels."""

    levels: Sequence[Mapping[str, str]]
    rows: Sequence[tuple[Mapping[str, str], Sequence[Cell], int]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for the authority."""

    word: str
    whose: str
    why: str
    due: date | None
    href: str
    grave: bool = False


def share_picture(shares: Sequence[selectors.Share]) -> SafeString:
    """Return the shares as bars."""
    rows = [drawing.Bar(text(one.scheme.name), one.share, f"{percent(one.share)}") for one in shares]
    return drawing.bars(rows, title=_("Shares of the schemes; the table below says the same"))


def months(today: date, n_months: int = 12) -> list[Month]:
    """Return the awards of the last months, this one last."""
    first = today.replace(day=1)
    firsts = [first]
    while len(firsts) < n_months:
        first = (first - timedelta(days=1)).replace(day=1)
        firsts.append(first)
    counted = {
        row["month"]: row["n"]
        for row in Award.objects.filter(issued_on__gte=firsts[-1], batch__issued_at__isnull=False)
        .annotate(month=TruncMonth("issued_on"))
        .values("month")
        .annotate(n=Count("pk"))
        .order_by()
    }
    return [Month(one, _month_word(one), counted.get(one, 0)) for one in reversed(firsts)]


def _month_word(first: date) -> str:
    return f"{first.month} 月" if language() == "zh" else MONTHS[first.month - 1][:3]


def month_picture(rows: Sequence[Month]) -> SafeString:
    """Return the months as columns."""
    return drawing.columns(
        [drawing.Bar(row.word, row.n, f"{row.n:,}") for row in rows],
        title=_("Awards by month; the table below says the same"),
    )


def regions_by_level() -> Field:
    """Return awards by the issuer's province and by level, the largest province first."""
    counted = (
        Award.objects.filter(batch__issued_at__isnull=False)
        .values("issuer__organisation__region", "level")
        .annotate(n=Count("pk"))
        .order_by()
    )
    names: dict[str, Mapping[str, str]] = {}
    rungs: dict[str, int] = {}
    for scheme in schemes.schemes():
        for level in schemes.levels(scheme):
            names[level.code] = {tag: rung_label(name) for tag, name in level.name.items()}
            rungs[level.code] = level.rung
    table: dict[str, dict[str, int]] = {}
    for row in counted:
        province = row["issuer__organisation__region"][:2] + "0000"
        cells = table.setdefault(province, {})
        cells[row["level"]] = cells.get(row["level"], 0) + row["n"]
    levels = sorted({level for cells in table.values() for level in cells}, key=lambda code: rungs.get(code, 99))
    most = max((n for cells in table.values() for n in cells.values()), default=0)
    rows = [
        (region_name(region), [_cell(cells.get(level, 0), most) for level in levels], sum(cells.values()))
        for region, cells in sorted(table.items(), key=lambda item: -sum(item[1].values()))
    ]
    return Field([names.get(level, {"zh": level}) for level in levels], rows)


def _cell(n: int, most: int) -> Cell:
    return Cell(n, 0 if n == 0 else 1 + min(3, 4 * n // (most + 1)))


def waiting(today: date) -> list[Waiting]:
    """Return what the authority should look at: filings that end soon or are suspended, batches cut short, a log behind."""
    found: list[Waiting] = []
    filings: list[Any] = list(
        Accreditation.objects.select_related("issuer__organisation", "scheme", "site").prefetch_related("events")
    )
    for one in filings:
        known = issuers.filing(one)
        standing = issuers.standing_of(one, today)
        whose, href = text(one.issuer.organisation.name), reverse("desk-filing", args=[one.filing])
        if standing is core.Standing.SUSPENDED:
            until = known.suspensions[-1].until_on
            found.append(Waiting(_("Filing suspended"), whose, one.filing, until, href, grave=True))
        elif standing is core.Standing.AUTHORISED and known.ends_on and known.ends_on - today <= SOON:
            found.append(Waiting(_("Filing ends soon"), whose, one.filing, known.ends_on, href))
    for batch in (
        Batch.objects.filter(issued_at=None).select_related("issuer__organisation").order_by("created_at")[:20]
    ):
        href = reverse("desk-batch", args=[batch.issuer.organisation.slug, batch.pk])
        found.append(
            Waiting(_("Batch not finished"), text(batch.issuer.organisation.name), batch.file_name, None, href)
        )
    return sorted(found, key=lambda one: (one.due or date.max, one.word))


def n_events(deed: str) -> int:
    """Return how often a deed was done."""
    return StatusEvent.objects.filter(deed=deed).count()
