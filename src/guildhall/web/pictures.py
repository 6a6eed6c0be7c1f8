"""Pictures of the encyclopedia, each with the rows of the table that stands beneath it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from guildhall.credentials.selectors import Share
from guildhall.encyclopedia.census import Census, published_row
from guildhall.encyclopedia.facts import CertificateFacts, Conversion, Post, Step
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation
from guildhall.web import drawing, encyclopedia
from guildhall.web.drawing import Bar, Knot
from guildhall.web.linking import absolute
from guildhall.web.register import region_name
from guildhall.web.templatetags.guildhall import counted, percent, rung_label, rung_under
from guildhall.web.words import text


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of a ladder as it is drawn: ``href`` empty where there is no page."""

    step: Step
    label: str
    under: str
    here: bool
    href: str
    absolute: str
    counted: str


@dataclass(frozen=True, slots=True)
class Awards:
    """Awards by month: the picture and its rows; None where nothing was awarded."""

    picture: SafeString
    rows: Sequence[encyclopedia.MonthRow]


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One region: counts by scheme (None: withheld), and their shades."""

    name: Mapping[str, str]
    cells: Sequence[tuple[int | None, int]]


@dataclass(frozen=True, slots=True)
class Tie:
    """A line of the map's table: what it is, where it leads."""

    kind: str
    word: str
    href: str


@dataclass(frozen=True, slots=True)
class Map:
    """What leads to a certificate and what it opens."""

    picture: SafeString
    ties: Sequence[Tie]


def ladder_rows(scheme: Scheme, named: Occupation, steps: Sequence[Step], *, here: str = "") -> list[Rung]:
    """Return the rungs of a ladder, lowest first."""
    rows = []
    for step in steps:
        arguments = (scheme.code, named.code, step.level.code)
        rows.append(
            Rung(
                step,
                rung_label(text(step.level.name)),
                rung_under(text(step.level.name)),
                step.level.code == here,
                reverse("certificate-level", args=arguments) if step.is_known else "",
                absolute("certificate-level", *arguments, language="zh") if step.is_known else "",
                counted(step.tally.n_in_force) if step.is_known else "",
            )
        )
    return rows


def awards_picture(months: Mapping[tuple[int, int], int], on: date) -> Awards | None:
    """Return awards over the last twelve months; None where there are too few to draw."""
    rows = encyclopedia.month_rows(months, on)
    if not any(row.n for row in rows):
        return None
    return Awards(encyclopedia.month_picture(rows), rows)


def share_picture(shares: Sequence[Share]) -> SafeString:
    """Return the schemes' shares as bars."""
    return drawing.bars(
        [Bar(text(share.scheme.name), share.share, percent(share.share)) for share in shares],
        title=_("Shares of the schemes"),
    )


def region_shares(counted: Census, schemes: Sequence[Scheme]) -> list[RegionRow]:
    """Return counts by region and scheme. Where one count of a row is withheld, another is too, so that no sum tells."""
    regions = sorted({province for _scheme, province in counted.provinces})
    table = [[counted.provinces.get((scheme.code, region), 0) for scheme in schemes] for region in regions]
    columns = [published_row([row[place] for row in table]) for place in range(len(schemes))]
    most = max((n for row in table for n in row), default=0) or 1
    rows = []
    for number, region in enumerate(regions):
        shown = [column[number] for column in columns]
        cells = [(n, 0 if not n else min(4, 1 + 4 * n // (most + 1))) for n in shown]
        rows.append(RegionRow(region_name(f"{region}0000"), cells))
    return rows


def map_of(found: CertificateFacts, conversions: Sequence[Conversion], posts: Sequence[Post]) -> Map:
    """Return the map of a certificate: the level below and the standard, then what it opens."""
    named, scheme = found.occupation, found.scheme
    rungs = ladder_rows(scheme, named, found.ladder, here=found.level.code)
    place = next(place for place, rung in enumerate(rungs) if rung.here)
    before: list[tuple[str, Knot]] = []
    after: list[tuple[str, Knot]] = []
    below = next((rung for rung in reversed(rungs[:place]) if rung.href), None)
    above = next((rung for rung in rungs[place + 1 :] if rung.href), None)
    occupation_page = reverse("occupation", args=[named.classification_id, named.code])
    before.append((_("Occupation"), Knot(text(named.name), _("Occupation"), occupation_page)))
    if found.standard is not None:
        address = reverse("standard", args=[named.classification_id, named.code, found.standard.edition])
        before.append(
            (
                _("Standard"),
                Knot(
                    _("Standard, edition %(edition)s") % {"edition": found.standard.edition},
                    _("What is asked for"),
                    address,
                ),
            )
        )
    if below is not None:
        before.append((_("The level below"), Knot(below.label, _("The level below"), below.href)))
    if above is not None:
        after.append((_("The level above"), Knot(above.label, _("The level above"), above.href)))
    for other in found.neighbours:
        address = reverse("certificate-level", args=[other.scheme.code, named.code, other.level.code])
        after.append(
            (
                _("The other track"),
                Knot(text(other.scheme.certificate_name), rung_label(text(other.level.name)), address),
            )
        )
    for one in conversions[:4]:
        worth = _("%(n)s credits") % {"n": f"{one.credits:f}"} if one.credits is not None else _("Credit")
        after.append((_("Credit"), Knot(text(one.institution), f"{worth} · {text(one.programme)}", one.href)))
    after += [(_("Post"), Knot(text(post.title), text(post.employer), post.href)) for post in posts[:4]]
    here = Knot(f"{text(named.name)} {rung_label(text(found.level.name))}", text(scheme.certificate_name), here=True)
    picture = drawing.ways(
        [knot for _kind, knot in before],
        here,
        [knot for _kind, knot in after],
        title=_("What leads here and what it opens"),
    )
    ties = [
        Tie(kind, f"{knot.word} {knot.under}" if kind in {_("Credit"), _("Post")} else knot.word, knot.href)
        for kind, knot in (*before, *after)
    ]
    return Map(picture, ties)
