"""One form for all ways to write the same characters.

Folding goes character by character and never looks at a neighbour, so that ``fold(a + b) == fold(a) + fold(b)``: whatever
is part of a text is part of the folded text as well, and each folded character has its place in the original.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from opencc import OpenCC

HAN = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
"""Scripts that are written without spaces, as the inside of a character class: Han, and kana with them."""

# NFKD leaves these as they are; spreadsheets and Chinese input methods write them for "-".
_DASHES = dict.fromkeys("‐‑‒–—―−", "-")


class _Folded(dict[int, str | None]):
    def __missing__(self, ordinal: int) -> str | None:
        folded = _folded(chr(ordinal))
        self[ordinal] = folded
        return folded


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Return ``text`` in compatibility form, without accents, in lower case and in simplified characters.

    Control characters and all blanks become a space, characters without width vanish. Several simplified forms of one
    character (乾: 干 or 乾) become the same one.

    Source: Unicode UAX 15 (NFKD, of which NFKC is the composed form; a mark that is left out has to stand alone first);
            OpenCC's tables of characters ``t2s``, ``hk2s``, ``tw2s``.
    """
    return text.translate(_FOLDED)


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its characters, the offset in ``text`` of the one that it comes from."""
    pieces, places = [], []
    for offset, character in enumerate(text):
        folded = _FOLDED[ord(character)] or ""
        pieces.append(folded)
        places += [offset] * len(folded)
    return "".join(pieces), places


def _folded(character: str) -> str | None:
    """Return a character's folded form, None where nothing is left of it (as ``str.translate`` takes it)."""
    text = character
    for _ in range(4):  # case folding may yield what can be decomposed again
        further = "".join(_step(one) for one in text)
        if further == text:
            break
        text = further
    return text or None


def _step(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me"):
        return ""
    if category[0] == "Z" or category in ("Cc", "Cs"):
        return " "
    character = _DASHES.get(character, character)
    plain = "".join(one for one in unicodedata.normalize("NFKD", character) if unicodedata.category(one) != "Mn")
    return _simplified(plain.casefold()) if plain else ""


def _simplified(text: str) -> str:
    """Return a text in simplified characters; 衞 and 峯 are known as forms of Hong Kong and Taiwan only."""
    for converter in _converters():
        simplified = converter.convert(text)
        if simplified != text:
            return str(simplified)
    return text


@cache
def _converters() -> tuple[OpenCC, ...]:
    return tuple(OpenCC(table) for table in ("t2s", "hk2s", "tw2s"))
