"""What the index holds of an entry, and what a query asks of it: text in, terms out; no database.

A term is a word of an alphabet that every database's tokenizer leaves alone: ``a-z``, ``0-9`` and the common Han
characters, everything else spelled as ``z<code point>z``. Its first letter says what it is:

====  =============================================================================================================
w     stem of a word (English, snowball)
u     word of a name as it is written, found by its beginning
c, k  code with and without its dashes and dots, found by their beginning
x     whole name
p     initials of a name in pinyin, found by their beginning
q     full pinyin of a name, found by its beginning
s     full pinyin of a part of a name that does not begin it, found by its beginning
====  =============================================================================================================

A Han character alone and each pair of neighbours are terms without such a letter. A text that holds a phrase holds all its
pairs; that the pairs also stand one after the other is looked up in the folded text (``Question.contains``). So a search for
Chinese finds exactly the texts that contain what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import snowballstemmer

from guildhall.core.errors import MalformedError, TooLargeError
from guildhall.encyclopedia.search import pinyin
from guildhall.encyclopedia.search.folding import HAN, fold

MAX_QUERY = 200
"""Characters of a query."""
MAX_TEXT = 40_000
"""Characters of an entry's text that are looked at: a ``tsvector`` of PostgreSQL holds less than 1 MiB."""
_MAX_TERM = 160

_RUN = re.compile(rf"(?:[^\W_]|[{HAN}])+")
_HAN_RUN = re.compile(rf"[{HAN}]+")
_CODE = re.compile(r"[0-9a-z]+(?:[-.][0-9a-z]+)+", re.ASCII)
_SAFE = re.compile(r"[^0-9a-z\u3400-\u4db5\u4e00-\u9fa5]")
_LETTERS = re.compile(r"[a-z]+", re.ASCII)
_NO_INITIAL = frozenset("iuv")
_STOPPED = frozenset({"a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with"})


class NothingToSearchError(MalformedError):
    """A query of nothing but signs."""

    code = "nothing_to_search"


class QueryTooLongError(TooLargeError):
    """A query of more than 200 characters."""

    code = "query_too_long"


@dataclass(frozen=True, slots=True)
class Term:
    """One term; with ``begins`` every term that begins with it."""

    text: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these."""

    of: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of these."""

    of: tuple[Node, ...]


Node = Term | All | Any


@dataclass(frozen=True, slots=True)
class Question:
    """A query as the index is asked.

    ``folded``    the pieces with a space between them
    ``wanted``    what must be in an entry's terms
    ``contains``  phrases that must be in its folded text besides
    ``same``      terms of which one makes an entry the very thing that was named: a whole name, a code
    ``sounds``    the same for pinyin
    ``pieces``    what is to be marked where it is seen
    ``by_code``   whether nothing but codes was given
    """

    folded: str
    wanted: Node
    contains: tuple[str, ...]
    same: Any
    sounds: Any | None
    pieces: tuple[str, ...]
    by_code: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """An entry's terms, by what they were taken from: the title and codes, further names, the text."""

    title: str
    names: str
    text: str


def terms_of(titles: Sequence[str], names: Sequence[str], texts: Sequence[str], codes: Sequence[str]) -> Terms:
    """Return an entry's terms, with a space between each two."""
    title = [term for one in titles for term in _of_name(one)] + [term for one in codes for term in _of_code(one)]
    return Terms(
        title=" ".join(title),
        names=" ".join(term for one in names for term in _of_name(one)),
        text=" ".join(term for one in texts for term in _of_text(fold(one[:MAX_TEXT]))),
    )


def squeezed(text: str) -> str:
    """Return a text folded, its words and runs of characters with one space between."""
    return " ".join(_RUN.findall(fold(text)))


def question(query: str) -> Question | None:
    """Return what a query asks, or None for one that is blank.

    Raises: QueryTooLongError; NothingToSearchError.
    """
    if len(query) > MAX_QUERY:
        raise QueryTooLongError(f"a query has at most {MAX_QUERY} characters", n=len(query), limit=MAX_QUERY)
    folded = fold(query)
    if not folded.strip():
        return None
    codes = [code for code in _CODE.findall(folded) if any(one.isdigit() for one in code)]
    rest = folded
    for code in codes:
        rest = rest.replace(code, " ", 1)
    runs = _RUN.findall(rest)
    letters = "".join(runs)  # before small words go: "jian kang an quan" has one that is none
    if len(runs) + len(codes) > 1:
        runs = [run for run in runs if run not in _STOPPED] or runs
    if not runs and not codes:
        raise NothingToSearchError("a query needs a letter, a figure or a character")
    phrases = tuple(dict.fromkeys(run for run in runs if _HAN_RUN.search(run)))
    words = tuple(dict.fromkeys(run for run in runs if not _HAN_RUN.search(run)))
    wanted = All((*map(_asked_code, dict.fromkeys(codes)), *map(_asked_phrase, phrases), *map(_asked_word, words)))
    spoken = _spoken(letters) if letters not in words and not codes and not phrases else ()
    return Question(
        folded=squeezed(query),
        wanted=Any((wanted, *spoken)) if spoken else wanted,
        contains=tuple(phrase for phrase in phrases if len(phrase) > 2 or not _HAN_RUN.fullmatch(phrase)),
        same=Any((_whole(folded), _term("c", _code(folded)), _term("k", _digits(folded)))),
        sounds=Any((_term("p", letters), _term("q", letters))) if _LETTERS.fullmatch(letters) else None,
        pieces=(*dict.fromkeys(codes), *phrases, *words),
        by_code=not phrases and all(word.isdigit() for word in words),
    )


def words(folded: str) -> Iterator[str]:
    """Yield the words of a folded text that is written with spaces; what stands in Han characters is left out."""
    for run in _RUN.findall(folded):
        yield from (word for word in _HAN_RUN.split(run) if word)


def stem(word: str) -> str:
    """Return the stem of a folded English word; another language's word loses at most an ending."""
    return _stem(word[:_MAX_TERM])


def _of_name(name: str) -> Iterator[str]:
    folded = fold(name)
    if not _RUN.search(folded):
        return
    yield _whole(folded).text
    yield from _of_text(folded)
    for word in words(folded):
        yield _term("u", word).text
    if _HAN_RUN.search(folded):
        for kind, spoken in (("p", pinyin.initials), ("q", pinyin.spellings), ("s", pinyin.endings)):
            yield from (_term(kind, one).text for one in sorted(spoken(folded)))


def _of_text(folded: str) -> Iterator[str]:
    for run in _RUN.findall(folded):
        for phrase in _HAN_RUN.findall(run):
            yield from map(_safe, phrase)
            yield from (_safe(phrase[n : n + 2]) for n in range(len(phrase) - 1))
    for word in words(folded):
        yield _term("w", stem(word)).text


def _of_code(code: str) -> Iterator[str]:
    folded = fold(code)
    yield _term("c", _code(folded)).text
    yield _term("k", _digits(folded)).text


def _asked_phrase(phrase: str) -> Node:
    """Return the pairs (or the one character) of each run of Han characters; the words beside them are looked up later."""
    terms = [
        Term(_safe(piece))
        for run in _HAN_RUN.findall(phrase)
        for piece in ([run] if len(run) == 1 else [run[n : n + 2] for n in range(len(run) - 1)])
    ]
    return All(tuple(dict.fromkeys(terms)))


def _asked_word(word: str) -> Node:
    ways: list[Node] = [_term("w", stem(word))]
    if len(word) > 1:
        ways.append(_term("u", word, begins=True))
        if word[0].isdigit():
            ways.append(_term("k", word, begins=True))
        ways += _spoken(word)
    return Any(tuple(ways))


def _asked_code(code: str) -> Node:
    parts = tuple(_asked_word(part) for part in re.split("[-.]", code))
    return Any((_term("c", code, begins=True), All(parts)))


def _spoken(letters: str) -> tuple[Node, ...]:
    """Return the terms for letters that may be pinyin.

    One syllable is looked for at the beginning of names only: ``men`` and ``fan`` are English words as well.
    """
    if not _LETTERS.fullmatch(letters) or len(letters) < 2:
        return ()
    ways: list[Node] = []
    if not _NO_INITIAL & set(letters):
        ways.append(_term("p", letters, begins=True))
    n_syllables = pinyin.n_syllables(letters)
    if n_syllables:
        ways.append(_term("q", letters, begins=True))
    if n_syllables > 1:
        ways.append(_term("s", letters, begins=True))
    return tuple(ways)


def _whole(folded: str) -> Term:
    return _term("x", "".join(_RUN.findall(folded)))


def _code(folded: str) -> str:
    return re.sub(r"\s", "", folded)


def _digits(folded: str) -> str:
    return "".join(_RUN.findall(folded))


def _term(kind: str, text: str, *, begins: bool = False) -> Term:
    # What is longer is cut alike on both sides; a term of PostgreSQL has at most 2,046 bytes.
    return Term(kind + _safe(text[:_MAX_TERM]), begins=begins)


def _safe(text: str) -> str:
    return _SAFE.sub(lambda found: f"z{ord(found[0]):x}z", text)


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@cache
def _stemmer() -> snowballstemmer.english_stemmer.EnglishStemmer:
    return snowballstemmer.stemmer("english")
