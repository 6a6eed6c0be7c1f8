"""What templates say: language maps, days, figures, numbers in groups, names that break in the right place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from guildhall.core.language import in_language
from guildhall.credentials.models import Award
from guildhall.encyclopedia.census import SMALLEST, published

register = template.Library()

CHINA = ZoneInfo("Asia/Shanghai")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_NUMERALS = {
    "zh": ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"),
    "en": ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"),
}
_NUMBER_GROUPS = {22: (1, 4, 2, 6, 2, 1, 6), 20: (3, 6, 3, 2, 1, 5), 16: (2, 2, 2, 1, 3, 1, 5), 13: (4, 3, 1, 5)}
_MIDDLE_DOT = re.compile(r"(?<=[·・•])")


def language() -> str:
    """Return ``zh`` or ``en``: the language of the page."""
    return (get_language() or "zh").split("-", 1)[0]


@register.filter
def text(value: Mapping[str, str] | str | None) -> str:
    """Return a language map in the page's language; plain text as it is."""
    if isinstance(value, Mapping):
        return in_language(value, language())
    return value or ""


@register.filter
def other_text(value: Mapping[str, str] | str | None) -> str:
    """Return a language map in the language that the page is not in; empty where that says the same or nothing."""
    if not isinstance(value, Mapping):
        return ""
    other = value.get("zh" if language() == "en" else "en", "")
    return "" if other == text(value) else other


@register.filter
def day(value: date | str | None) -> str:
    """Return a day as one writes it: ``2026 年 11 月 6 日`` or ``6 November 2026``."""
    on = _as_date(value)
    if on is None:
        return ""
    if language() == "zh":
        return f"{on.year} 年 {on.month} 月 {on.day} 日"
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


@register.filter
def moment(value: datetime | str | None) -> str:
    """Return a moment to the minute, in China's time."""
    at = _as_moment(value)
    if at is None:
        return ""
    local = at.astimezone(CHINA)
    if language() == "zh":
        return f"{local:%Y-%m-%d %H:%M}（北京时间）"
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}, {local:%H:%M} (UTC+8)"


@register.filter
def stamp(value: datetime | str | None) -> str:
    """Return a moment to the minute in China's time, short, for tables."""
    at = _as_moment(value)
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}" if at else ""


@register.filter
def iso(value: date | datetime | str | None) -> str:
    """Return the day as ISO text, for tables and ``datetime`` attributes."""
    on = _as_date(value)
    return on.isoformat() if on else ""


def _as_date(value: date | datetime | str | None) -> date | None:
    if isinstance(value, str):
        value = _as_moment(value) if "T" in value else date.fromisoformat(value) if value else None
    if isinstance(value, datetime):
        return value.astimezone(CHINA).date()
    return value


def _as_moment(value: datetime | str | None) -> datetime | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value) if value else None
    return value


@register.filter
def count(value: int | None) -> str:
    """Return a count with its thousands apart."""
    return "" if value is None else f"{value:,}"


@register.filter
def counted(value: int) -> str:
    """Return a count of persons as it may be shown: ``<5`` for one that would point at somebody."""
    shown = published(value)
    return f"<{SMALLEST}" if shown is None else f"{shown:,}"


@register.filter
def spelled(value: int) -> str:
    """Return a small count as a word, for a heading."""
    words = _NUMERALS[language()]
    return words[value] if 0 <= value < len(words) else f"{value:,}"


@register.filter
def percent(value: float | Decimal | None) -> str:
    """Return a share of one as a percentage with one decimal."""
    return "" if value is None else f"{float(value):.1%}"


@register.filter
def groups(number: str) -> SafeString:
    """Return a certificate number in groups for the eye; copied, it has no gaps."""
    text_ = str(number)
    widths = _NUMBER_GROUPS.get(len(text_), (4,) * (len(text_) // 4 + 1))
    cut, start = [], 0
    for width in widths:
        cut.append(text_[start : start + width])
        start += width
    parts = [part for part in cut if part]
    return format_html('<span class="number">{}</span>', format_html_join("", "<i>{}</i>", ((part,) for part in parts)))


@register.filter
def short_hash(digest: str) -> SafeString:
    """Return the first twelve digits of a hash in groups of four."""
    parts = [str(digest)[start : start + 4] for start in (0, 4, 8)]
    return format_html('<span class="number">{}</span>', " ".join(part for part in parts if part))


@register.filter
def holder(name: str) -> SafeString:
    """Return a person's name that breaks, if it must, after a middle dot only."""
    parts = [part for part in _MIDDLE_DOT.split(str(name)) if part]
    if len(parts) == 1:
        return format_html("{}", name)
    return format_html_join(SafeString("<wbr>"), '<span class="keep">{}</span>', ((part,) for part in parts))


@register.filter
def level_of(award: Award) -> str:
    """Return the first half of the name of an award's level, as its scheme has it."""
    name: dict[str, str] = next((rung["name"] for rung in award.scheme.ladder if rung["code"] == award.level), {})
    return rung_label(text(name)) or award.level


@register.filter
def get(mapping: Mapping[Any, Any], key: object) -> object:
    """Return a member of a mapping by a key that is itself a variable."""
    return mapping.get(key, "")


@register.filter
def domid(value: object) -> str:
    """Return a value as an id for an element."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", str(value))


@register.inclusion_tag("web/parts/field.html")
def field(bound: BoundField, kind: str = "") -> dict[str, object]:
    """Render one field of a form: label, hint, input, reason. ``kind`` ``number`` sets it in the monospace."""
    described = []
    if bound.help_text:
        described.append(f"{bound.id_for_label}_hint")
    if bound.errors:
        described.append(f"{bound.id_for_label}_error")
    attrs: dict[str, Any] = {}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if kind:
        attrs["class"] = kind
    return {"field": bound, "widget": bound.as_widget(attrs=attrs)}


@register.inclusion_tag("web/parts/pages.html", takes_context=True)
def pages(context: template.Context, page: Page[Any]) -> dict[str, object]:
    """Render the way through a list of many pages."""
    shown = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "shown": list(shown), "gap": page.paginator.ELLIPSIS, "request": context.get("request")}


@register.filter
def width_class(value: str) -> str:
    """Return the class of a name or title that is long for its line on the certificate (a Han character counts two)."""
    width = sum(2 if ord(character) > 0x2E80 else 1 for character in str(value))
    return "is-very-long" if width > 44 else "is-long" if width > 26 else ""


@register.filter
def rung_label(value: str) -> str:
    """Return the first half of a level's name: ``三级`` of ``三级/高级工``, ``Level 3`` of ``Level 3, senior worker``."""
    return re.split(r"[/／,，]", str(value), maxsplit=1)[0].strip()


@register.filter
def rung_under(value: str) -> str:
    """Return the second half of a level's name, empty where it has none."""
    halves = re.split(r"[/／,，]", str(value), maxsplit=1)
    return halves[1].strip() if len(halves) > 1 else ""
