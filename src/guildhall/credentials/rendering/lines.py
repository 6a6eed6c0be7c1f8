"""Breaking text into lines and choosing its size, before the typesetter sees it.

The widths come from the fonts themselves, so a text is known to fit, or refused, before a page is set; the
template only puts finished lines in their places.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from guildhall.core.errors import Error
from guildhall.credentials.rendering.fonts import Advances

POINTS: Final = 72 / 25.4
"""Points in a millimetre."""

# Kerning now and then adds a little to the sum of the widths.
_ROOM: Final = 1.015
# A line does not begin with what closes nor end with what opens (GB/T 15834-2011, section 5.1).
_NEVER_FIRST: Final = frozenset("，。、；：？！）》」』】〕〉”’…—·•,.;:?!)]}%／/")
_NEVER_LAST: Final = frozenset("（《「『【〔〈“‘([{")
# A name is broken at a space, at a hyphen or after the dot between its parts, and nowhere else while that fits.
_PIECE: Final = re.compile(r"[^\s·•-]*[·•-]+|[^\s·•-]+\s*|\s+")


_CHINESE: Final = re.compile("[\u2e80-\U0003ffff]")

Way = Callable[[str], Iterable[str]]


class TextDoesNotFitError(Error):
    """Text too long for its place on the sheet, even in the smallest type."""

    code = "text_does_not_fit"


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the sheet for one text: how wide, how many lines high, in which sizes.

    Units:  ``width`` and ``height`` in millimetres, ``sizes`` in points from the largest, ``leading`` in em
            between lines that are each one em high; from ``one_line_from`` points up, one line is better than
            larger type; ``is_name`` breaks between the parts of a name first.
    """

    field: str
    width: float
    height: float
    sizes: tuple[float, ...]
    leading: float = 0.25
    bold: bool = False
    one_line_from: float = 1_000
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """A text as it will be set; without lines it takes no room."""

    size: float
    lines: tuple[str, ...]
    leading: float

    @property
    def height(self) -> float:
        """The height in millimetres."""
        n = len(self.lines)
        return (n + max(n - 1, 0) * self.leading) * self.size / POINTS

    def as_json(self) -> dict[str, object]:
        """Return the members the template reads; a line without a Chinese character is set as Latin text."""
        lines = [(line, not _CHINESE.search(line)) for line in self.lines]
        return {"size": self.size, "lines": lines, "leading": self.leading}


def fit(texts: Sequence[str], place: Place, advances: Advances) -> Setting:
    """Return the largest setting of paragraphs, one below the other, that fits a place.

    Shape:  empty texts are left out; lines of one paragraph come out about equally long.
    Raises: TextDoesNotFitError if even the smallest size is too large.
    """
    given = [text for text in texts if text.strip()]
    if len(given) == 1:
        room = min(place.width / _ROOM / max(width(given[0], advances), 0.01), place.height) * POINTS
        size = next((size for size in place.sizes if size <= room), 0.0)
        if size >= place.one_line_from:
            return Setting(size, tuple(given), place.leading)
    for way, sizes in _ways(place):
        for size in sizes:
            found = _paragraphs(given, place, size, advances, way)
            if found is not None:
                return Setting(size, found, place.leading)
    raise TextDoesNotFitError(
        f"The text of {place.field} does not fit its place on the certificate.",
        field=place.field,
        n_characters=sum(map(len, given)),
    )


def fit_all(items: Sequence[Sequence[str]], place: Place, advances: Advances) -> list[Setting]:
    """Return settings of several items in one common size, the largest at which each fits a place like ``place``.

    Raises: TextDoesNotFitError if one of them does not fit in the smallest size.
    """
    smallest = min((fit(texts, place, advances).size for texts in items), default=place.sizes[0])
    return [fit(texts, replace(place, sizes=(smallest,)), advances) for texts in items]


def width(text: str, advances: Advances) -> float:
    """Return the width of a text on one line, in em.

    Raises: KeyError for a character without a width: refuse those first.
    """
    return sum(map(advances.__getitem__, text))


def _ways(place: Place) -> Iterator[tuple[Way, Sequence[float]]]:
    """Yield ways to cut a text, best first, with the sizes to try before the next."""
    if place.is_name:
        # Smaller type is better than a part of a name cut in two, down to half the size.
        yield _PIECE.findall, [size for size in place.sizes if 2 * size >= place.sizes[0]]
    yield _atoms, place.sizes
    yield _clusters, place.sizes


def _paragraphs(
    texts: Sequence[str], place: Place, size: float, advances: Advances, way: Way
) -> tuple[str, ...] | None:
    limit = place.width * POINTS / size / _ROOM
    most = int((place.height * POINTS / size + place.leading) / (1 + place.leading))
    lines: list[str] = []
    for text in texts:
        broken = _broken(text, limit, most - len(lines), advances, way)
        if broken is None:
            return None
        lines += broken
    return tuple(lines)


def _broken(text: str, limit: float, most: int, advances: Advances, way: Way) -> list[str] | None:
    """Break a text into at most so many lines within the limit, about equally long."""
    if most < 1:
        return None
    if width(text, advances) <= limit:
        return [text]
    atoms = _measured(way(text), advances)
    if _widest(atoms) > limit:
        return None
    lines = _filled(atoms, limit)
    if len(lines) > most:
        return None
    low, high = 0.0, limit
    for _ in range(8):
        middle = (low + high) / 2
        narrower = _filled(atoms, middle)
        if len(narrower) == len(lines) and _widest(atoms) <= middle:
            high, lines = middle, narrower
        else:
            low = middle
    return lines


@dataclass(frozen=True, slots=True)
class _Atom:
    """A stretch of text that stays on one line; ``bare`` is its width without the space at its end."""

    text: str
    full: float
    bare: float


def _measured(texts: Iterable[str], advances: Advances) -> list[_Atom]:
    return [_Atom(text, width(text, advances), width(text.rstrip(), advances)) for text in texts]


def _widest(atoms: Iterable[_Atom]) -> float:
    return max(atom.bare for atom in atoms)


def _filled(atoms: Iterable[_Atom], limit: float) -> list[str]:
    """Fill lines one after the other; a space at the end of a line takes no room."""
    lines: list[str] = []
    line, used = "", 0.0
    for atom in atoms:
        if line and used + atom.bare > limit:
            lines.append(line.rstrip())
            line, used = "", 0.0
        line += atom.text
        used += atom.full
    return [*lines, line.rstrip()]


def _atoms(text: str) -> Iterator[str]:
    """Yield the stretches of a text between which a line may end."""
    start = 0
    for i in range(1, len(text)):
        if _may_break(text[i - 1], text[i]):
            yield text[start:i]
            start = i
    yield text[start:]


def _may_break(before: str, after: str) -> bool:
    if after == " " or unicodedata.combining(after):
        return False
    if before == " " or (before == "-" and after.isalpha()):
        return True
    if after in _NEVER_FIRST or before in _NEVER_LAST:
        return False
    return before >= "\u2e80" or after >= "\u2e80"


def _clusters(text: str) -> Iterator[str]:
    """Yield single characters with their accents: the last resort for a run without any place to break."""
    start = 0
    for i in range(1, len(text)):
        if not unicodedata.combining(text[i]):
            yield text[start:i]
            start = i
    yield text[start:]
