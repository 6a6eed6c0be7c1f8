"""The engraved ground of the certificate: a braided border with stepped corners round a pale rosette.

The drawing is the same on every certificate, so it is drawn once and kept as ``templates/ground.svg``;
``python -m guildhall.credentials.rendering.ground`` writes that file again and changes nothing.
All measures are millimetres of an A4 sheet lying across.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import cos, hypot, pi, sin
from pathlib import Path

WIDTH, HEIGHT = 297.0, 210.0
BLUE = "#1f3e73"
GROUND_FILE = Path(__file__).parent / "templates" / "ground.svg"

# The border: an outer rule this far from the edge, a step at each corner, a band for the braid.
_INSET, _STEP, _BAND = 8.0, 8.0, 5.6
# A bend of the braid's middle line is wider than the braid's swing, or the strands would cross themselves.
_BEND, _SWING, _WAVES, _STRANDS = 3.9, 1.75, 64, 4
_HAIR = 0.13
# The rosette: flowers from heart to rim, each with this many petals.
_PETALS, _FLOWERS, _HEART, _RIM = 16, 12, 29.0, 79.0
# Coordinates are centimetres from the middle of the sheet, to a hundredth of a millimetre.
_GRID, _DECIMALS = 0.1, 3

Point = tuple[float, float]
Curve = Callable[[float], Point]


def ground_svg() -> str:
    """Return the ground as one SVG document of hairlines, without text and without a fill.

    Only the quarter from the middle of the top to the middle of the right is drawn; it is turned over three times,
    which a PDF file stores once.
    """
    centre_x, centre_y = WIDTH / 2 * _GRID, HEIGHT / 2 * _GRID
    turns = [f"translate({centre_x:g} {centre_y:g}) scale({x} {y})" for x, y in ((1, 1), (-1, 1), (-1, -1), (1, -1))]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * _GRID:g} {HEIGHT * _GRID:g}" '
        f'width="{WIDTH:g}mm" height="{HEIGHT:g}mm" fill="none">'
    )
    return "\n".join(
        [
            head,
            '<defs><g id="quarter">',
            _path(_rosette(), f'opacity="0.19" fill="{BLUE}"'),
            _path(_braid(), f'opacity="0.62" fill="{BLUE}"'),
            "</g></defs>",
            *(f'<use href="#quarter" transform="{turn}"/>' for turn in turns),
            f'<g transform="translate({centre_x:g} {centre_y:g})">',
            _path([_polygon(_stepped(_INSET))], f'stroke="{BLUE}" stroke-width="{0.85 * _GRID:g}"'),
            _path([_polygon(_stepped(_INSET + _BAND))], f'stroke="{BLUE}" stroke-width="{0.22 * _GRID:g}"'),
            "</g>",
            "</svg>\n",
        ]
    )


def _stepped(inset: float) -> list[Point]:
    """Return the corners, clockwise from the top left, of a rectangle whose four corners step inwards."""
    right, bottom, step = WIDTH / 2 - inset, HEIGHT / 2 - inset, _STEP
    corner = [(right - step, -bottom), (right - step, step - bottom), (right, step - bottom)]
    below = [(x, -y) for x, y in reversed(corner)]
    half = corner + below
    return [(-x, -y) for x, y in below[2:]] + half + [(-x, -y) for x, y in half[:5]]


def _braid() -> Iterator[str]:
    """Draw strands that swing about the middle line of the border band."""
    track = _track(_stepped(_INSET + _BAND / 2), _BEND)
    start, stop = track.middle, track.middle + track.length / 4
    for strand in range(_STRANDS):
        phase = strand / _STRANDS
        # Knots at the crests, where a wave is flat, and where the middle line begins, halves or ends a bend.
        crests = [start + (k / 2 + 0.25 - phase) / _WAVES * track.length for k in range(2 * _WAVES)]
        bends = [knot for knot in track.knots if all(abs(knot - crest) > 0.6 for crest in crests)]
        inner = sorted(knot for knot in crests + bends if start + 0.3 < knot < stop - 0.3)
        yield _hairline(partial(_swing, track, phase), [start, *inner, stop])


def _swing(track: _Track, phase: float, at: float) -> Point:
    (x, y), (along_x, along_y) = track.at(at)
    # Counted from the middle of the top, so that every quarter is the mirror of the next.
    off = _SWING * sin(2 * pi * (_WAVES * (at - track.middle) / track.length + phase))
    return x - along_y * off, y + along_x * off


def _rosette() -> Iterator[str]:
    """Draw nested flowers and, between their petals, as many turned by half a petal.

    The net between them is the pattern; it is open at the heart, where the name stands.
    """
    knots = [-pi / 2 + pi * k / _PETALS for k in range(_PETALS // 2 + 1)]
    for side in (1, -1):
        for flower in range(_FLOWERS):
            radius = _HEART + (_RIM - _HEART) * flower / (_FLOWERS - 1)
            yield _hairline(partial(_petal, radius, side), knots)


def _petal(radius: float, side: int, turn: float) -> Point:
    reach = radius * (1 + side * 0.085 * cos(_PETALS * turn))
    return 1.16 * reach * cos(turn), 0.98 * reach * sin(turn)


@dataclass(frozen=True)
class _Straight:
    start: Point
    along: Point
    length: float

    def at(self, way: float) -> tuple[Point, Point]:
        return (self.start[0] + self.along[0] * way, self.start[1] + self.along[1] * way), self.along


@dataclass(frozen=True)
class _Bend:
    """A quarter circle from the direction ``along`` towards the direction ``towards``."""

    start: Point
    along: Point
    towards: Point
    radius: float

    @property
    def length(self) -> float:
        return pi / 2 * self.radius

    def at(self, way: float) -> tuple[Point, Point]:
        turn = way / self.radius
        ahead, aside = self.radius * sin(turn), self.radius * (1 - cos(turn))
        place = (
            self.start[0] + self.along[0] * ahead + self.towards[0] * aside,
            self.start[1] + self.along[1] * ahead + self.towards[1] * aside,
        )
        course = (
            self.along[0] * cos(turn) + self.towards[0] * sin(turn),
            self.along[1] * cos(turn) + self.towards[1] * sin(turn),
        )
        return place, course


@dataclass(frozen=True)
class _Track:
    """A closed line of straights and quarter bends, walked by its length."""

    pieces: tuple[tuple[float, _Straight | _Bend], ...]
    length: float

    @property
    def knots(self) -> list[float]:
        starts = [start for start, _ in self.pieces]
        halves = [start + piece.length / 2 for start, piece in self.pieces if isinstance(piece, _Bend)]
        return sorted(starts + halves)

    @property
    def middle(self) -> float:
        """The way from the start to the middle of the first straight."""
        return self.pieces[0][1].length / 2

    def at(self, way: float) -> tuple[Point, Point]:
        """Return the place after ``way`` and the direction there, of length one."""
        way %= self.length
        start, piece = next((s, p) for s, p in reversed(self.pieces) if s <= way)
        return piece.at(way - start)


def _track(corners: Sequence[Point], radius: float) -> _Track:
    """Round the corners of a closed right-angled line."""
    pieces: list[tuple[float, _Straight | _Bend]] = []
    length = 0.0
    n = len(corners)
    for i, corner in enumerate(corners):
        following, last = corners[(i + 1) % n], corners[(i + 2) % n]
        along, towards = _direction(corner, following), _direction(following, last)
        straight = _Straight(
            (corner[0] + along[0] * radius, corner[1] + along[1] * radius),
            along,
            hypot(following[0] - corner[0], following[1] - corner[1]) - 2 * radius,
        )
        bend = _Bend(straight.at(straight.length)[0], along, towards, radius)
        for piece in (straight, bend):
            pieces.append((length, piece))
            length += piece.length
    return _Track(tuple(pieces), length)


def _direction(start: Point, stop: Point) -> Point:
    far = hypot(stop[0] - start[0], stop[1] - start[1])
    return (stop[0] - start[0]) / far, (stop[1] - start[1]) / far


def _hairline(curve: Curve, knots: Sequence[float]) -> str:
    """Return the outline of a thin line along a curve, there on its one side and back on the other.

    Outlines and not strokes: a PDF writer works out the bounds of a stroke with much labour, on every page anew.
    """
    return _smooth("M", curve, knots, _HAIR / 2) + _smooth("L", curve, knots[::-1], -_HAIR / 2) + "Z"


def _smooth(deed: str, curve: Curve, knots: Sequence[float], off: float) -> str:
    """Return a path beside the curve through the knots, with the curve's own slope at each (cubic Hermite).

    So near, a line beside a curve runs as the curve does.
    """
    points, slopes = [], []
    for knot in knots:
        (x, y), (u, v) = curve(knot), _slope(curve, knot)
        speed = hypot(u, v)
        points.append((x - v / speed * off, y + u / speed * off))
        slopes.append((u, v))
    text = [_point(deed, points[0])]
    for i, (start, stop) in enumerate(pairwise(knots)):
        third = (stop - start) / 3
        (x0, y0), (x1, y1), (u0, v0), (u1, v1) = points[i], points[i + 1], slopes[i], slopes[i + 1]
        text.append(_point("C", (x0 + u0 * third, y0 + v0 * third), (x1 - u1 * third, y1 - v1 * third), (x1, y1)))
    return "".join(text)


def _slope(curve: Curve, at: float) -> Point:
    (x0, y0), (x1, y1) = curve(at - 1e-5), curve(at + 1e-5)
    return (x1 - x0) / 2e-5, (y1 - y0) / 2e-5


def _polygon(points: Sequence[Point]) -> str:
    return "".join([_point("M", points[0]), *(_point("L", point) for point in points[1:]), "Z"])


def _point(deed: str, *points: Point) -> str:
    return deed + " ".join(f"{round(v * _GRID, _DECIMALS):g}" for point in points for v in point)


def _path(strokes: Iterable[str], look: str) -> str:
    return f'<path {look} d="{"".join(strokes)}"/>'


if __name__ == "__main__":
    GROUND_FILE.write_text(ground_svg(), encoding="utf-8")
