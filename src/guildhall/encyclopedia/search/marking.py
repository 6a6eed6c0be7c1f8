"""Marking in a text what was looked for: parts, never HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guildhall.encyclopedia.search.folding import HAN, fold_with_places
from guildhall.encyclopedia.search.terms import stem

_WORD = re.compile(rf"(?:(?![{HAN}])[^\W_])+")
_HAN = re.compile(rf"[{HAN}]")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text; ``marked`` if it is what was looked for."""

    text: str
    marked: bool = False


def mark(text: str, pieces: Sequence[str]) -> tuple[Part, ...]:
    """Return ``text`` in parts; put together they are the text itself.

    Shape:  ``pieces`` folded: phrases and codes wherever they stand, words by their stem or their beginning.
    """
    return tuple(_parts(text, _spans(text, pieces)))


def excerpt(text: str, pieces: Sequence[str], *, length: int) -> tuple[Part, ...]:
    """Return about ``length`` characters of ``text`` in parts, from shortly before what was looked for."""
    spans = _spans(text, pieces)
    if len(text) <= length:
        return tuple(_parts(text, spans))
    first = spans[0][0] if spans else 0
    start = max(0, min(first - length // 4, len(text) - length))
    end = start + length
    cut = [(max(a, start) - start, min(b, end) - start) for a, b in spans if a < end and b > start]
    parts = tuple(_parts(text[start:end], cut))
    return ((Part("…"),) if start else ()) + parts + ((Part("…"),) if end < len(text) else ())


def _parts(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Part]:
    at = 0
    for start, end in spans:
        if at < start:
            yield Part(text[at:start])
        yield Part(text[start:end], marked=True)
        at = end
    if at < len(text):
        yield Part(text[at:])


def _spans(text: str, pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Return from where to where ``text`` is marked, in order, apart from each other."""
    folded, places = fold_with_places(text)
    found = sorted((places[a], places[b - 1] + 1) for piece in pieces for a, b in _found(folded, piece))
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _found(folded: str, piece: str) -> Iterator[tuple[int, int]]:
    if _HAN.search(piece) or not _WORD.fullmatch(piece):
        for match in re.finditer(re.escape(piece), folded):
            yield match.span()
        return
    stemmed = stem(piece)
    for word in _WORD.finditer(folded):
        if stem(word[0]) == stemmed:
            yield word.span()
        elif len(piece) > 1 and word[0].startswith(piece):
            yield word.start(), word.start() + len(piece)
