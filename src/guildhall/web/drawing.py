"""Pictures drawn by the server as SVG: bars for shares, columns for months. A table with the same figures always follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WIDTH: Final = 720


@dataclass(frozen=True, slots=True)
class Bar:
    """A word, a figure and how the figure is written."""

    word: str
    value: float
    label: str


def bars(rows: Sequence[Bar], *, title: str) -> SafeString:
    """Return horizontal bars, one a row, on one scale from nothing."""
    most = max((row.value for row in rows), default=0) or 1
    right, step = 90, 58
    drawn = format_html_join(
        "",
        '<text x="0" y="{}">{}</text><rect class="bar{}" x="0" y="{}" width="{}" height="22"/>'
        '<text class="is-figure" x="{}" y="{}">{}</text>',
        (
            (
                place * step + 14,
                row.word,
                "" if place % 2 == 0 else " is-second",
                place * step + 22,
                (width := max(1, round((_WIDTH - right) * row.value / most))),
                width + 10,
                place * step + 38,
                row.label,
            )
            for place, row in enumerate(rows)
        ),
    )
    height = max(1, len(rows)) * step
    return _svg(height, title, drawn, "bars")


def columns(rows: Sequence[Bar], *, title: str) -> SafeString:
    """Return columns side by side, in the order given, with the figure above each."""
    most = max((row.value for row in rows), default=0) or 1
    top, floor = 24, 170
    step = _WIDTH / max(1, len(rows))
    width = step * 0.62
    drawn = format_html_join(
        "",
        '<rect class="bar" x="{}" y="{}" width="{}" height="{}"/>'
        '<text class="is-figure" x="{}" y="{}" text-anchor="middle">{}</text>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (
                f"{(place + 0.5) * step - width / 2:.1f}",
                floor - (height := round((floor - top) * row.value / most)),
                f"{width:.1f}",
                height,
                f"{(place + 0.5) * step:.1f}",
                floor - height - 7,
                row.label,
                f"{(place + 0.5) * step:.1f}",
                floor + 20,
                row.word,
            )
            for place, row in enumerate(rows)
        ),
    )
    axis = format_html('<path class="axis" d="M0 {}H{}"/>', floor, _WIDTH)
    return _svg(floor + 30, title, SafeString(drawn + axis), "columns")


@dataclass(frozen=True, slots=True)
class Knot:
    """A box of a map: a word, a smaller one under it, where it leads (empty: nowhere), and whether it is the middle."""

    word: str
    under: str = ""
    href: str = ""
    here: bool = False


def ways(before: Sequence[Knot], here: Knot, after: Sequence[Knot], *, title: str) -> SafeString:
    """Return what leads to something and what it leads to: three columns of boxes, joined by lines, links for the keyboard.

    Shape:  words are cut where a box ends; the table beneath has them whole.
    """
    n = max(len(before), len(after), 1)
    step, box = 64, 46
    height = n * step + 8
    middle = height / 2
    columns_ = ((before, 0), ((here,), 252), (after, 504))
    lines, boxes = [], []
    for knots, x in columns_:
        top = middle - len(knots) * step / 2 + (step - box) / 2
        for place, knot in enumerate(knots):
            y = top + place * step
            boxes.append(_box(knot, x, y, box))
            if x == 0:
                lines.append(_curve(216, y + box / 2, 252, middle))
            elif x == 504:
                lines.append(_curve(468, middle, 504, y + box / 2))
    drawn = SafeString("".join([*lines, *boxes]))
    # A group and no image: the links in it are for the keyboard and for readers.
    return format_html(
        '<svg viewBox="0 0 {} {}" role="group" aria-label="{}" class="map">{}</svg>',
        _WIDTH,
        f"{height:.0f}",
        title,
        drawn,
    )


def _curve(x1: float, y1: float, x2: float, y2: float) -> SafeString:
    half = (x1 + x2) / 2
    return format_html(
        '<path class="tie" d="M{} {}C{} {} {} {} {} {}"/>',
        *(f"{value:.1f}" for value in (x1, y1, half, y1, half, y2, x2, y2)),
    )


def _box(knot: Knot, x: float, y: float, height: float) -> SafeString:
    width = 216
    drawn = format_html(
        '<rect x="{}" y="{}" width="{}" height="{}"/><text x="{}" y="{}">{}</text>',
        x, f"{y:.1f}", width, height, x + 12, f"{y + (20 if knot.under else 28):.1f}", _cut(knot.word, 14.5),
    )  # fmt: skip
    if knot.under:
        drawn += format_html(
            '<text class="is-figure" x="{}" y="{}">{}</text>', x + 12, f"{y + 38:.1f}", _cut(knot.under, 15.5)
        )
    kind = "knot is-here" if knot.here else "knot"
    if not knot.href:
        return format_html('<g class="{}">{}</g>', kind, drawn)
    label = f"{knot.word} {knot.under}".strip()
    return format_html('<a href="{}" class="{}" aria-label="{}">{}</a>', knot.href, kind, label, drawn)


def _cut(text: str, most: float) -> str:
    """Return a text that is at most so many Chinese characters wide; a Latin one counts half."""
    width = 0.0
    for place, character in enumerate(text):
        width += 1 if ord(character) > 0x2E80 else 0.54
        if width > most:
            return f"{text[: max(1, place - 1)].rstrip()}…"
    return text


def _svg(height: int, title: str, drawn: SafeString, kind: str) -> SafeString:
    return format_html(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}" class="{}">{}</svg>', _WIDTH, height, title, kind, drawn
    )
