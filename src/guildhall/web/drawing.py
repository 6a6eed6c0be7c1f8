"""Pictures drawn by the server as SVG: bars, columns, maps, flows. A table with the same figures always follows."""

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


@dataclass(frozen=True, slots=True)
class Band:
    """So much from one box through another into a third, by their places; ``said`` says it in words."""

    source: int
    middle: int
    target: int
    amount: int
    said: str


_FLOW_WIDTH: Final = 880
_BOX: Final = 246
_FLOW_GAP: Final = 16
_HEAD: Final = 30
_LEAST: Final = 46
_LINE: Final = 17
_DEEPEST: Final = 84


def flow(
    sources: Sequence[Knot],
    middles: Sequence[Knot],
    targets: Sequence[Knot],
    bands: Sequence[Band],
    *,
    idle: Sequence[Knot] = (),
    heads: tuple[str, str, str],
    title: str,
) -> SafeString:
    """Return what flows from boxes on the left through boxes in the middle into boxes on the right, bands as broad as it is much.

    Shape:  ``idle`` boxes stand below the left ones, with nothing that flows from them. Every box is a link for the keyboard.
    """
    most = (
        max((sum(one.amount for one in bands if one.source == place) for place in range(len(sources))), default=1) or 1
    )
    unit = _DEEPEST / most
    columns_ = [
        _stacked(
            knots,
            [sum(one.amount for one in bands if getattr(one, side) == place) * unit for place in range(len(knots))],
        )
        for knots, side in ((sources, "source"), (middles, "middle"), (targets, "target"))
    ]
    bottom = columns_[0][-1][0] + columns_[0][-1][1] + _FLOW_GAP if sources else _HEAD
    idle_boxes = _stacked(idle, [0.0] * len(idle), bottom)
    height = max((y + deep for column in (*columns_, idle_boxes) for y, deep in column), default=_HEAD) + 6
    x_of = (0, (_FLOW_WIDTH - _BOX) / 2, _FLOW_WIDTH - _BOX)
    drawn = [
        format_html('<text class="is-figure" x="{}" y="16">{}</text>', f"{x:.0f}", head)
        for x, head in zip(x_of, heads, strict=True)
    ]
    drawn += _bands(bands, columns_, x_of, unit)
    for knots, boxes, x in zip((sources, middles, targets), columns_, x_of, strict=True):
        drawn += [_wide_box(knot, x, y, deep) for knot, (y, deep) in zip(knots, boxes, strict=True)]
    drawn += [_wide_box(knot, 0, y, deep, idle=True) for knot, (y, deep) in zip(idle, idle_boxes, strict=True)]
    return format_html(
        '<svg viewBox="-1 0 {} {}" role="group" aria-label="{}" class="map flow">{}</svg>',
        _FLOW_WIDTH + 2,
        f"{height:.0f}",
        title,
        SafeString("".join(drawn)),
    )


def _stacked(knots: Sequence[Knot], breadths: Sequence[float], top: float = _HEAD) -> list[tuple[float, float]]:
    """Return top and depth of each box, one below the other, none less deep than its lines of text."""
    found, y = [], top
    for knot, breadth in zip(knots, breadths, strict=True):
        deep = max(float(_LEAST + _LINE * (len(_lines(knot.word)) - 1)), breadth)
        found.append((y, deep))
        y += deep + _FLOW_GAP
    return found


def _bands(
    bands: Sequence[Band], boxes: Sequence[Sequence[tuple[float, float]]], x_of: Sequence[float], unit: float
) -> list[SafeString]:
    filled: dict[tuple[int, int, str], float] = {}

    def edge(column: int, place: int, side: str, breadth: float) -> float:
        """Return where the next band begins on a side of a box: bands stand in the middle of it, one below the other."""
        whole = sum(one.amount for one in bands if (one.source, one.middle, one.target)[column] == place) * unit
        top, deep = boxes[column][place]
        key = (column, place, side)
        at = filled.get(key, top + (deep - whole) / 2)
        filled[key] = at + breadth
        return at

    found = []
    for band in bands:
        breadth = max(2.0, band.amount * unit)
        first = edge(0, band.source, "out", breadth), edge(1, band.middle, "in", breadth)
        second = edge(1, band.middle, "out", breadth), edge(2, band.target, "in", breadth)
        shape = _ribbon(x_of[0] + _BOX, first[0], x_of[1], first[1], breadth)
        shape += " " + _ribbon(x_of[1] + _BOX, second[0], x_of[2], second[1], breadth)
        found.append(format_html('<path class="band" d="{}"><title>{}</title></path>', shape, band.said))
    return found


def _ribbon(x1: float, y1: float, x2: float, y2: float, breadth: float) -> str:
    half = (x1 + x2) / 2
    return (
        f"M{x1:.1f} {y1:.1f}C{half:.1f} {y1:.1f} {half:.1f} {y2:.1f} {x2:.1f} {y2:.1f}V{y2 + breadth:.1f}"
        f"C{half:.1f} {y2 + breadth:.1f} {half:.1f} {y1 + breadth:.1f} {x1:.1f} {y1 + breadth:.1f}Z"
    )


def _wide_box(knot: Knot, x: float, y: float, deep: float, *, idle: bool = False) -> SafeString:
    lines = _lines(knot.word)
    first = y + deep / 2 - 3 - _LINE * (len(lines) - 1) / 2
    drawn = format_html('<rect x="{}" y="{}" width="{}" height="{}"/>', f"{x:.1f}", f"{y:.1f}", _BOX, f"{deep:.1f}")
    for place, line in enumerate(lines):
        drawn += format_html('<text x="{}" y="{}">{}</text>', f"{x + 12:.1f}", f"{first + place * _LINE:.1f}", line)
    under = first + _LINE * (len(lines) - 1) + 18
    drawn += format_html(
        '<text class="is-figure" x="{}" y="{}">{}</text>', f"{x + 12:.1f}", f"{under:.1f}", _cut(knot.under, 17)
    )
    kind = "knot is-idle" if idle else "knot"
    label = f"{knot.word}, {knot.under}" if knot.under else knot.word
    return format_html('<a href="{}" class="{}" aria-label="{}">{}</a>', knot.href, kind, label, drawn)


_WIDE: Final = 15.0


def _lines(text: str) -> list[str]:
    """Return a text in two lines at most, broken between words where it has some; what does not fit is cut."""
    if _cut(text, _WIDE) == text:
        return [text]
    head = _cut(text, _WIDE).removesuffix("…")
    space = head.rfind(" ")
    if space > len(head) // 2 and text[len(head) : len(head) + 1] != " ":
        head = head[:space]
    return [head.rstrip(), _cut(text[len(head) :].lstrip(), _WIDE)]


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
