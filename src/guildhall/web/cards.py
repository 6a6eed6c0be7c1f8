"""The picture that other sites show beside a link: paper, seal, the page's title and one sentence."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Final

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from guildhall.credentials.rendering.fonts import VENDORED

WIDTH, HEIGHT = 1200, 630
_PAPER, _RULE, _INK, _FAINT, _SEAL = "#faf8f3", "#d9d3c4", "#1c1b19", "#67625a", "#b8321e"
_MARGIN: Final = 88
_FONTS: Final = {
    ("en", False): "source-serif-4/SourceSerif4_400Regular.ttf",
    ("en", True): "source-serif-4/SourceSerif4_600SemiBold.ttf",
    ("zh", False): "noto-serif-sc/NotoSerifSC_400Regular.ttf",
    ("zh", True): "noto-serif-sc/NotoSerifSC_700Bold.ttf",
}
_SUMMARY_LINES: Final = 3


@lru_cache(maxsize=64)
def card(title: str, summary: str, kicker: str, language: str) -> bytes:
    """Return a PNG of 1200 by 630 points.

    Source: The Open Graph protocol, og:image; the size that readers of it agree on.
    """
    picture = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, WIDTH, 14), fill=_INK)
    _seal(pen, WIDTH - _MARGIN - 110, HEIGHT - _MARGIN - 102, 110)
    y = 84
    if kicker:
        y = _lines(pen, y, [kicker], _font(language, kicker, 30), _FAINT, 48)
    size = next(
        (size for size in (76, 64, 54) if len(_wrapped(title, _font(language, title, size, bold=True))) <= 2), 46
    )
    named = _font(language, title, size, bold=True)
    y = _lines(pen, y + 12, _cut(_wrapped(title, named), 3), named, _INK, round(size * 1.35))
    said = _font(language, summary, 34)
    _lines(pen, y + 28, _cut(_wrapped(summary, said), _SUMMARY_LINES), said, _FAINT, 54)
    pen.line((_MARGIN, HEIGHT - 130, WIDTH - _MARGIN - 150, HEIGHT - 130), fill=_RULE, width=2)
    name = "岗证通 Guildhall" if language == "zh" else "Guildhall"
    pen.text((_MARGIN, HEIGHT - 108), f"{name} · {settings.HOST}", font=_font("zh", "", 30), fill=_FAINT)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _lines(  # noqa: PLR0917 - a pen, a place, what to write and how
    pen: ImageDraw.ImageDraw, y: int, lines: list[str], font: ImageFont.FreeTypeFont, colour: str, step: int
) -> int:
    for line in lines:
        pen.text((_MARGIN, y), line, font=font, fill=colour)
        y += step
    return y


def _seal(pen: ImageDraw.ImageDraw, x: int, y: int, size: int) -> None:
    unit = size / 48
    pen.rounded_rectangle((x, y, x + size, y + size), radius=6, fill=_SEAL)

    def stroke(*points: tuple[float, float]) -> None:
        placed = [(x + a * unit, y + b * unit) for a, b in points]
        pen.line(placed, fill=_PAPER, width=round(3.7 * unit), joint="curve")

    stroke((7.5, 23.2), (24, 8.6), (40.5, 23.2))
    stroke((15.6, 24.6), (32.4, 24.6))
    stroke((14.4, 31), (33.6, 31), (33.6, 40.2), (14.4, 40.2), (14.4, 29.2))


@lru_cache(maxsize=32)
def _loaded(file: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(VENDORED / file), size)


def _font(language: str, text: str, size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return the font of a language; where a text holds Chinese, the one that has it."""
    has_chinese = any(ord(character) > 0x2E80 for character in text)
    return _loaded(_FONTS["zh" if language == "zh" or has_chinese else "en", bold], size)


def _wrapped(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    """Break a text into lines: between words, or anywhere between Chinese characters."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and font.getlength(line + piece.rstrip()) > WIDTH - 2 * _MARGIN:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    word = ""
    for character in text:
        if ord(character) > 0x2E80:
            # A closing mark stays with what it closes.
            if character in "，。、；：！？）》」』” " and (pieces or word):
                if word:
                    pieces.append(word)
                    word = ""
                pieces[-1] += character
                continue
            pieces += [*([word] if word else []), character]
            word = ""
        elif character.isspace():
            pieces.append(word + " ")
            word = ""
        else:
            word += character
    return [*pieces, word] if word else pieces


def _cut(lines: list[str], most: int) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1].rstrip("，。、.,; ") + "…"]
