"""How a code is written down by hand or by an input method, brought to one form."""

from __future__ import annotations

LONGEST = 64
"""No code of this package is longer; longer text is not looked at closely."""

# Spaces of every kind, and the invisible characters that come along when a number is copied from a page.
_INVISIBLE = "".join(
    map(
        chr,
        [
            *range(0x09, 0x0E),
            0x20,
            0x85,
            0xA0,
            0xAD,
            0x1680,
            0x180E,
            *range(0x2000, 0x2010),
            0x2028,
            0x2029,
            *range(0x202A, 0x2030),
            0x205F,
            *range(0x2060, 0x2065),
            *range(0x2066, 0x206A),
            0x3000,
            0xFEFF,
        ],
    )
)
_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_UPPER = {code: code - 0x20 for code in range(ord("a"), ord("z") + 1)}
_FOLD: dict[int, int | None] = {
    **_WIDTH,
    **_UPPER,
    **{wide: narrow - 0x20 for wide, narrow in _WIDTH.items() if narrow in _UPPER},
    **{ord(character): None for character in _INVISIBLE},
}
_DASHES = {ord(dash): "-" for dash in "‐‑‒–—―−－﹣"}


def folded(text: str) -> str:
    """Return a code with full-width letters and digits made narrow, small Latin letters made capital, spaces removed.

    Only ASCII letters change case: ``str.upper`` would turn ``ß`` and ``ı`` into letters that nobody wrote.
    """
    return text.translate(_FOLD)


def narrow(text: str) -> str:
    """Return the text with full-width ASCII made narrow and nothing else changed."""
    return text.translate(_WIDTH)


def with_hyphens(text: str) -> str:
    """Return the text with every dash as an ASCII hyphen."""
    return text.translate(_DASHES)


def is_ascii_digits(text: str) -> bool:
    """Say whether the text is one or more of the digits 0 to 9 and nothing else (``str.isdigit`` also takes ²)."""
    return text.isascii() and text.isdigit()
