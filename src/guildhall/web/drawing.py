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
    return _svg(height, title, drawn)


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
    return _svg(floor + 30, title, SafeString(drawn + axis))


def _svg(height: int, title: str, drawn: SafeString) -> SafeString:
    return format_html('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>', _WIDTH, height, title, drawn)
