"""QR codes as modules, SVG and PNG.

zxing-cpp draws (fourteen times as fast as segno); segno is the reference in the tests.
"""

from __future__ import annotations

import re
from io import BytesIO
from math import isqrt
from typing import Any, Literal
from xml.sax.saxutils import escape

import zxingcpp
from PIL import Image

from guildhall.core.errors import Error, MalformedError

MAX_BYTES = 1_200
"""Beyond this a code of level M on paper needs modules too small for a telephone's camera."""

QUIET = 4
"""Blank modules that a code needs on each side (ISO/IEC 18004:2015, section 6.3.8)."""

_DARK = re.compile(rb"\x00+")
_BAR = tuple(f"{n}v1h-{n}z" for n in range(178))  # no code is wider than 177 modules

Correction = Literal["L", "M", "Q", "H"]


class QrTooLongError(Error):
    """More text than a printed code should carry."""

    code = "qr_too_long"


def matrix(text: str, *, correction: Correction = "M") -> list[list[bool]]:
    """Return the modules of a QR code, dark as ``True``, without the quiet zone.

    Shape:  a square of 21, 25, … rows; ``text`` not empty.
    Raises: QrTooLongError if ``text`` is empty or longer than ``MAX_BYTES`` in UTF-8; MalformedError for half a
            character (a lone surrogate).
    Source: ISO/IEC 18004:2015.
    """
    flat, side = _modules(text, correction)
    return [[module == 0 for module in flat[row * side : (row + 1) * side]] for row in range(side)]


def svg(text: str, *, title: str = "", colour: str = "currentColor", quiet: int = QUIET) -> str:
    """Return a QR code as one SVG element with one path, sharp at any size.

    Shape:  ``title`` is read out by a screen reader; without one the code is hidden from it.
    Raises: QrTooLongError.
    """
    flat, n_modules = _modules(text, "M")
    side = n_modules + 2 * quiet
    label = f' role="img"><title>{escape(title)}</title>' if title else ' aria-hidden="true">'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"{label}'
        f'<path fill="{colour}" d="{_bars(flat, n_modules, quiet)}"/></svg>'
    )


def png(text: str, *, module: int = 8, quiet: int = QUIET) -> bytes:
    """Return a QR code as a PNG of black and white.

    Units:  ``module`` in pixels, ``quiet`` in modules.
    Raises: QrTooLongError.
    """
    flat, side = _modules(text, "M")
    code = Image.frombytes("L", (side, side), flat)
    sheet = Image.new("L", (side + 2 * quiet, side + 2 * quiet), 255)
    sheet.paste(code, (quiet, quiet))
    size = sheet.width * module
    out = BytesIO()
    sheet.resize((size, size), Image.Resampling.NEAREST).convert("1").save(out, "PNG", optimize=True)
    return out.getvalue()


def _modules(text: str, correction: Correction) -> tuple[bytes, int]:
    """Return the code, one byte a module, 0 dark and 255 light, and how many modules wide it is."""
    try:
        n_bytes = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise MalformedError("The text of a code must be encodable in UTF-8.") from error
    if not 0 < n_bytes <= MAX_BYTES:
        raise QrTooLongError(f"A code carries 1 to {MAX_BYTES} bytes.", n_bytes=n_bytes, max_bytes=MAX_BYTES)
    # Without a named character set a reader guesses, and takes some Latin text for Japanese.
    named = {} if text.isascii() else {"eci": "UTF-8"}
    code: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=correction, **named)
    image = memoryview(code.to_image(scale=1, add_quiet_zones=False))
    flat = image.tobytes()
    return flat, isqrt(len(flat))


def _bars(flat: bytes, side: int, quiet: int) -> str:
    """Return each run of dark modules as one bar: a fifth of the size of a square for each module."""
    bars: list[str] = []
    for y in range(side):
        down = f" {y + quiet}h"
        for run in _DARK.finditer(flat, y * side, (y + 1) * side):
            start, stop = run.span()
            bars.append(f"M{start - y * side + quiet}{down}{_BAR[stop - start]}")
    return "".join(bars)
