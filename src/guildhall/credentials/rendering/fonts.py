"""What the fonts of the typesetter can show, and how wide: their ``cmap`` and ``hmtx`` tables, read once.

System fonts do not count: a certificate has to come out the same on every machine.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final

from guildhall.core.errors import Error

VENDORED: Final = Path(__file__).parents[2] / "vendor" / "fonts"
FAMILIES: Final = ("Source Serif 4", "Noto Serif SC")

_REGULAR: Final = ("source-serif-4/SourceSerif4_400Regular.ttf", "noto-serif-sc/NotoSerifSC_400Regular.ttf")
_BOLD: Final = ("source-serif-4/SourceSerif4_600SemiBold.ttf", "noto-serif-sc/NotoSerifSC_700Bold.ttf")
# Controls, joiners and direction marks have no shape to check on paper, private-use characters no agreed meaning.
_SHAPELESS: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

Advances = Mapping[str, float]


class GlyphMissingError(Error):
    """Characters that no font of the typesetter can show; a box in their place would be a wrong name."""

    code = "glyph_missing"


@dataclass(frozen=True)
class FontSet:
    """The widths of all characters that can be printed, in both weights.

    Shape:  a character is a key of both or of neither; ``of_one_weight`` are those that look alike in both.
    Units:  widths in em; where two fonts have the character, the wider.
    """

    regular: Advances
    bold: Advances
    of_one_weight: frozenset[str]

    def missing(self, text: str) -> list[str]:
        """Return the characters of a text that cannot be printed, each once, in order of appearance."""
        return [character for character in dict.fromkeys(text) if character not in self.regular]

    def refuse_missing(self, texts: Iterable[tuple[str, str]]) -> None:
        """Refuse texts with a character that cannot be printed.

        Shape:  pairs of a field's name and its text.
        Raises: GlyphMissingError with ``field``, ``characters`` and ``code_points``.
        """
        given = list(texts)
        if self.regular.keys() >= set("".join([text for _, text in given])):
            return
        for field, text in given:
            characters = self.missing(text)
            if not characters:
                continue
            points = [f"U+{ord(character):04X}" for character in characters]
            raise GlyphMissingError(
                f"No font of this register can print {', '.join(points)} in {field}.",
                field=field,
                characters=[c if c.isprintable() else "\ufffd" for c in characters],
                code_points=points,
            )


@cache
def font_set(extra: tuple[Path, ...] = ()) -> FontSet:
    """Read the vendored fonts and further font files.

    Shape:  further fonts stand in for both weights and only where the vendored ones have nothing.
    Raises: ValueError for a file that is not a font.
    """
    regular = _widest(_advances(VENDORED / name) for name in _REGULAR)
    bold = _widest(_advances(VENDORED / name) for name in _BOLD)
    shared = regular.keys() & bold.keys()
    more = _widest(_advances(path) for path in extra)
    return FontSet(
        {**more, **{character: regular[character] for character in shared}},
        {**more, **{character: bold[character] for character in shared}},
        frozenset(more.keys() - shared),
    )


def _widest(fonts: Iterable[Advances]) -> dict[str, float]:
    widest: dict[str, float] = {}
    for advances in fonts:
        for character, advance in advances.items():
            widest[character] = max(advance, widest.get(character, 0.0))
    return widest


def _advances(path: Path) -> dict[str, float]:
    """Return the printable characters of a file and their widths in em.

    Source: OpenType 1.9, ``cmap``, ``hmtx``, ``hhea``, ``head``.
    """
    with path.open("rb") as file:
        try:
            return _widest(_advances_of_face(file, face) for face in _faces(file))
        except (struct.error, ArithmeticError, LookupError, ValueError) as error:
            message = f"{path} is not a font that can be read"
            raise ValueError(message) from error


def _advances_of_face(file: BinaryIO, face: int) -> dict[str, float]:
    (units,) = struct.unpack_from(">H", _table(file, face, b"head"), 18)
    (n_metrics,) = struct.unpack_from(">H", _table(file, face, b"hhea"), 34)
    advance_of = struct.unpack_from(">" + "Hh" * n_metrics, _table(file, face, b"hmtx"))[::2]
    return {
        chr(point): advance_of[min(glyph, n_metrics - 1)] / units
        for point, glyph in _glyphs(_table(file, face, b"cmap"))
        if glyph and unicodedata.category(chr(point)) not in _SHAPELESS
    }


def _faces(file: BinaryIO) -> list[int]:
    """Return where each font of the file begins: one, or several in a collection."""
    head = _read(file, 0, 12)
    if head[:4] != b"ttcf":
        return [0]
    (n_faces,) = struct.unpack(">I", head[8:12])
    return list(struct.unpack(f">{n_faces}I", _read(file, 12, 4 * n_faces)))


def _glyphs(cmap: bytes) -> Iterator[tuple[int, int]]:
    """Yield code point and glyph, from the widest Unicode subtable."""
    (n_subtables,) = struct.unpack_from(">H", cmap, 2)
    by_format: dict[int, int] = {}
    for i in range(n_subtables):
        platform, encoding, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * i)
        if platform == 0 or (platform == 3 and encoding in (1, 10)):
            by_format.setdefault(struct.unpack_from(">H", cmap, offset)[0], offset)
    if 12 in by_format:
        yield from _format_12(cmap, by_format[12])
    elif 4 in by_format:
        yield from _format_4(cmap, by_format[4])


def _format_12(cmap: bytes, offset: int) -> Iterator[tuple[int, int]]:
    (n_groups,) = struct.unpack_from(">I", cmap, offset + 12)
    for first, last, glyph in struct.iter_unpack(">III", cmap[offset + 16 : offset + 16 + 12 * n_groups]):
        n_points = min(last, 0x10FFFF) + 1 - first
        yield from zip(range(first, first + n_points), range(glyph, glyph + n_points), strict=True)


def _format_4(cmap: bytes, offset: int) -> Iterator[tuple[int, int]]:
    (doubled,) = struct.unpack_from(">H", cmap, offset + 6)
    ends = offset + 14
    starts, deltas, ranges = ends + doubled + 2, ends + 2 * doubled + 2, ends + 3 * doubled + 2
    for i in range(0, doubled, 2):
        last, first, delta, shift = (
            struct.unpack_from(">H", cmap, table + i)[0] for table in (ends, starts, deltas, ranges)
        )
        for point in range(first, min(last, 0xFFFE) + 1):
            if shift == 0:
                yield point, (point + delta) & 0xFFFF
                continue
            (glyph,) = struct.unpack_from(">H", cmap, ranges + i + shift + 2 * (point - first))
            yield point, (glyph + delta) & 0xFFFF if glyph else 0


def _table(file: BinaryIO, face: int, tag: bytes) -> bytes:
    (n_tables,) = struct.unpack(">H", _read(file, face + 4, 2))
    for i in range(n_tables):
        name, _, offset, length = struct.unpack(">4sIII", _read(file, face + 12 + 16 * i, 16))
        if name == tag:
            return _read(file, offset, length)
    message = f"{file.name} has no table {tag!r}"
    raise ValueError(message)


def _read(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)
