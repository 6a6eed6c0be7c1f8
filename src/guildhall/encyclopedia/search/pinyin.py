"""Names as people type them in pinyin: initials and syllables, with every reading that a character may have."""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

from pypinyin import Style, pinyin
from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

MAX_READINGS = 32
"""A name with more combinations than this is known by its usual reading and by each change of one character."""


def initials(name: str) -> frozenset[str]:
    """Return the initials of a folded name in each of its readings: 电工 gives ``dg``, 调车长 ``dcz``, ``tcz``, ...

    Letters and figures between the characters stand for themselves; anything else is left out.
    """
    return frozenset("".join(reading) for reading in _combined([_firsts(one) for one in _syllables(name)]))


def spellings(name: str) -> frozenset[str]:
    """Return a folded name's full pinyin without tones in each of its readings: 电工 gives ``diangong``."""
    return frozenset("".join(reading) for reading in _combined(_syllables(name)))


def spelling(name: str) -> str:
    """Return a folded name's pinyin without tones in its usual reading."""
    return "".join(one[0] for one in _syllables(name))


def endings(name: str) -> frozenset[str]:
    """Return the full pinyin of each part of a folded name that begins later than its first syllable."""
    syllables = _syllables(name)
    return frozenset("".join(reading) for start in range(1, len(syllables)) for reading in _combined(syllables[start:]))


def n_syllables(letters: str) -> int:
    """Return into how few syllables ``letters`` can be cut, the last one perhaps unfinished; 0 if they cannot.

    Shape:  letters a-z.
    """
    known, begun, longest = _known_syllables()
    best = [0] + [0] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - longest), end):
            piece = letters[start:end]
            fits = piece in known or (end == len(letters) and piece in begun)
            if fits and (start == 0 or best[start]):
                best[end] = min(best[end] or len(letters), best[start] + 1)
    return best[-1]


def _syllables(name: str) -> list[tuple[str, ...]]:
    """Return each character's readings, the usual one first; a run of letters or figures is one unit with one reading."""
    readings = pinyin(name, style=Style.NORMAL, heteronym=True, errors=_others)
    found = []
    for alternatives in readings:
        kept = tuple(dict.fromkeys(way for one in alternatives for way in _without_umlaut(one) if way))
        if kept:
            found.append(kept)
    return found


def _others(text: str) -> str:
    return "".join(one for one in text if one.isascii() and one.isalnum())


def _without_umlaut(syllable: str) -> Iterator[str]:
    # nü is typed "nv" and, by whoever does not know that, "nu".
    plain = "".join(one for one in unicodedata.normalize("NFD", syllable) if unicodedata.category(one) != "Mn")
    yield plain
    if plain[:2] in ("nv", "lv"):
        yield plain.replace("v", "u", 1)


def _firsts(readings: Sequence[str]) -> tuple[str, ...]:
    if readings[0] not in _known_syllables()[0]:
        return tuple(readings)
    return tuple(dict.fromkeys(one[0] for one in readings))


def _combined(alternatives: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    if not alternatives:
        return
    if math.prod(len(one) for one in alternatives) <= MAX_READINGS:
        yield from itertools.product(*alternatives)
        return
    usual = tuple(one[0] for one in alternatives)
    yield usual
    for place, ways in enumerate(alternatives):
        for way in ways[1:]:
            yield (*usual[:place], way, *usual[place + 1 :])


@cache
def _known_syllables() -> tuple[frozenset[str], frozenset[str], int]:
    """Return all syllables, all beginnings of one, and the length of the longest."""
    known = {
        way
        for readings in PINYIN_DICT.values()
        for one in readings.split(",")
        for way in _without_umlaut(to_normal(one))
        if way.isascii() and way.isalpha()
    }
    begun = frozenset(one[:n] for one in known for n in range(1, len(one) + 1))
    return frozenset(known), begun, max(map(len, known))
