"""What the encyclopedia's pages have in common: the way to a page, where a fact is from, counts as they may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from guildhall.encyclopedia.articles.selectors import Entry
from guildhall.encyclopedia.census import SMALLEST, published
from guildhall.encyclopedia.facts import Step
from guildhall.encyclopedia.fields import path_of
from guildhall.standards.models import Occupation, Standard
from guildhall.web.drawing import Bar, columns
from guildhall.web.pages import Crumb, crumb
from guildhall.web.templatetags.guildhall import MONTHS, language, rung_label
from guildhall.web.templatetags.guildhall import day as in_words
from guildhall.web.words import text

KIND_WORDS: Final[Mapping[str, Promise]] = {
    "system": lazy("The system"),
    "certificate": lazy("Certificates"),
    "occupation": lazy("Occupations"),
    "standard": lazy("Standards"),
    "scheme": lazy("Schemes"),
    "issuer": lazy("Issuers"),
    "how-to": lazy("How to"),
    "rule": lazy("Rules"),
    "word": lazy("Notions"),
    "article": lazy("Articles"),
    "programme": lazy("Programmes"),
}
MARK_WORDS: Final[Mapping[str, Promise]] = {"digital": lazy("digital"), "green": lazy("green")}


@dataclass(frozen=True, slots=True)
class MonthRow:
    """Awards of one month; ``n`` None where the count is too small to publish."""

    word: str
    n: int | None


def way(*crumbs: Crumb) -> tuple[Crumb, ...]:
    """Return the way to a page of the encyclopedia."""
    return (crumb(_("Encyclopedia"), "encyclopedia"), *crumbs)


def way_to(occupation: Occupation) -> tuple[Crumb, ...]:
    """Return the way to what belongs to an occupation: the field, then the occupation itself."""
    path = path_of(occupation)
    steps = []
    if path and occupation.classification.family == "cn":
        steps.append(crumb(short_field(path[0][1]), "encyclopedia-field", path[0][0]))
    return way(*steps, crumb(text(occupation.name), "occupation", occupation.classification_id, occupation.code))


def short_field(name: Mapping[str, str]) -> str:
    """Return a field's name, cut where it is longer than a crumb should be."""
    whole = text(name)
    most = 16 if language() == "zh" else 40
    return whole if len(whole) <= most else f"{whole[: most - 1].rstrip('、，, ')}…"


def from_register(on: date) -> str:
    """Return the source of what was counted."""
    return _("Register, %(day)s") % {"day": in_words(on)}


def from_filings(on: date) -> SafeString:
    """Return the source of who may award."""
    return format_html('<a href="{}">{}</a>', reverse("issuers"), _("Filings, %(day)s") % {"day": in_words(on)})


def from_scheme(code: str, name: Mapping[str, str]) -> SafeString:
    """Return the source of a scheme's own rules."""
    return format_html('<a href="{}">{}</a>', reverse("scheme", args=[code]), text(name))


def from_standard(standard: Standard | None, occupation: Occupation) -> str | SafeString:
    """Return the source of what a standard says; empty where there is none."""
    if standard is None:
        return ""
    address = reverse("standard", args=[occupation.classification_id, occupation.code, standard.edition])
    return format_html(
        '<a href="{}">{}</a>', address, _("Standard, edition %(edition)s") % {"edition": standard.edition}
    )


def years(months: int) -> str:
    """Return a length of time in years and months."""
    whole, left = divmod(months, 12)
    words = []
    if whole:
        words.append(ngettext("%(n)d year", "%(n)d years", whole) % {"n": whole})
    if left or not whole:
        words.append(ngettext("%(n)d month", "%(n)d months", left) % {"n": left})
    return (" " if language() == "en" else "").join(words)


def points(mark: Decimal, full: Decimal) -> str:
    """Return a pass mark: ``60 of 100``."""
    return _("%(mark)s of %(full)s") % {"mark": f"{mark:f}", "full": f"{full:f}"}


def month_rows(months: Mapping[tuple[int, int], int], on: date, n: int = 12) -> list[MonthRow]:
    """Return the last ``n`` months until a day, oldest first, with counts as they may be shown."""
    last = on.year * 12 + on.month - 1
    shown = []
    for place in range(last - n + 1, last + 1):
        year, month = divmod(place, 12)
        shown.append(MonthRow(month_word(year, month + 1), published(months.get((year, month + 1), 0))))
    return shown


def month_word(year: int, month: int) -> str:
    """Return a month as a word short enough to stand under a column."""
    return f"{year % 100:02d}-{month:02d}" if language() == "zh" else f"{MONTHS[month - 1][:3]} {year % 100:02d}"


def month_picture(rows: Sequence[MonthRow]) -> SafeString:
    """Return the months as columns. A count that is not published is drawn as the least that could be meant."""
    bars = [
        Bar(row.word, 1 if row.n is None else row.n, f"<{SMALLEST}" if row.n is None else f"{row.n:,}") for row in rows
    ]
    return columns(bars, title=_("Certificates by month"))


def step_word(step: Step) -> str:
    """Return the short name of a rung."""
    return rung_label(text(step.level.name))


def in_language_or_other(entry: Entry) -> tuple[str, str, str]:
    """Return title and summary of an article in the page's language, or in the other, and the language that it is in."""
    own = language()
    shown = own if own in entry.title else next(iter(entry.title))
    return entry.title[shown], entry.summary[shown], shown
