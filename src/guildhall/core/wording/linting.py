"""Finding restricted words in a text, whatever has been put between their characters.

Words of Han characters are looked for in the text without blanks, characters of no width, marks and ornaments, so that
``国 家``, ``国·家`` and ``**国**家`` are all found; a sentence's own punctuation still parts. Words in letters are whole words,
with any blank between two of them. Where words overlap the longest is taken, and what has been taken is not hit again.

What this module does *not* do: it does not judge whether a use is lawful. It says what a notice says of a word, and where the
word stands; whether the scheme has the right to it is told by whoever calls (``allowed``).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from guildhall.core.errors import TooLargeError
from guildhall.core.wording.rules import KINDS, Rule, Rules

MAX_TEXT = 1_000_000
"""Characters of a text."""
_MAX_GAP = 24
_AROUND = 16
_MAX_ALLOWED = 1_000
# What is put between characters for ornament. Not here: what ends or parts a sentence, and brackets.
_ORNAMENTS = frozenset("-_·•・.*~|/\\'`^=+#\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u2027\u30fb")
_PARTED = "\x00"
_INLINE = re.compile(r"</?(?:b|big|em|font|i|small|span|strong|sub|sup|u|wbr)(?:\s[^<>]{0,200})?/?>", re.IGNORECASE)
_HAN = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")


class TextTooLongError(TooLargeError):
    """A text of more than a million characters."""

    code = "text_too_long"


@dataclass(frozen=True, slots=True)
class Hit:
    """A restricted word in a text.

    ``word``     as the rule has it; ``written`` as the text has it, from ``start`` to ``end`` (offsets of characters)
    ``line``, ``column``  where it begins, counted from 1
    ``excerpt``  the text around it, on one line
    ``rendering``  whether it only says in English what the rule's words say
    """

    rule: Rule
    word: str
    written: str
    start: int
    end: int
    line: int
    column: int
    excerpt: str
    rendering: bool

    def as_json(self) -> dict[str, object]:
        """Return the hit with the notice that it cites."""
        notice = self.rule.notice
        return {
            "rule": self.rule.code,
            "kind": self.rule.kind,
            "word": self.word,
            "written": self.written,
            "start": self.start,
            "end": self.end,
            "line": self.line,
            "column": self.column,
            "excerpt": self.excerpt,
            "rendering": self.rendering,
            "notice": {
                "code": notice.code,
                "title": dict(notice.title),
                "document_no": notice.document_no,
                "issued_on": notice.issued_on and notice.issued_on.isoformat(),
                "clause": self.rule.clause,
                "url": notice.url,
            },
        }


def lint(
    text: str,
    rules: Rules,
    *,
    on: date,
    allowed: Collection[str] = (),
    bodies: Collection[str] = (),
    region: str = "",
    kinds: Collection[str] = KINDS,
    renderings: bool = True,
) -> tuple[Hit, ...]:
    """Return the restricted words in ``text``, in order, apart from each other.

    Shape:  ``on`` the day whose rules are asked; ``allowed`` words that the scheme has the right to, and the issuer's own
            names: what lies wholly inside one of them is no hit; ``bodies`` names of other bodies besides those of the
            rules; ``region`` six digits of where the text is used (empty: every rule is asked); ``kinds`` kinds of
            rules that are asked; ``renderings`` whether what only renders a word in English is looked at.
    Raises: TextTooLongError.
    """
    if len(text) > MAX_TEXT:
        raise TextTooLongError(f"a text has at most {MAX_TEXT} characters", n=len(text), limit=MAX_TEXT)
    in_force = tuple(rule for rule in rules.rules if rule.kind in kinds and rule.holds(on, region))
    wanted: dict[str, tuple[Rule, str, bool]] = {}
    for rule in in_force:
        # A name given by the caller may stand in the list as well: the list cites best, so it comes last.
        ours = [(word, False) for word in rule.words] + [(word, True) for word in rule.renderings if renderings]
        if rule.kind == "body":
            ours = [(word, False) for word in bodies] + ours
        wanted.update({_squeezed(word, rules.variants): (rule, word, rendering) for word, rendering in ours})
    wanted.pop("", None)
    exceptions = {_squeezed(word, rules.variants) for rule in in_force for word in rule.exceptions}
    permitted = {_squeezed(word, rules.variants) for word in list(allowed)[:_MAX_ALLOWED]}
    spared = frozenset((exceptions | permitted) - {""})
    return tuple(_hits(text, rules.variants, wanted, spared))


def _hits(
    text: str, variants: Mapping[str, str], wanted: Mapping[str, tuple[Rule, str, bool]], spared: frozenset[str]
) -> Iterator[Hit]:
    found: list[tuple[int, int, str]] = []
    for han in (True, False):
        view, places = _without_ornaments(text, variants) if han else _with_single_blanks(text, variants)
        words = frozenset(word for word in wanted if bool(_HAN.search(word)) is han)
        kept = sorted(_all_spans(view, frozenset(word for word in spared if bool(_HAN.search(word)) is han)))
        for start, end in _spans(view, words, kept):
            found.append((places[start], places[end - 1] + 1, view[start:end]))
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    last_end = 0
    for start, end, word in sorted(found, key=lambda one: (one[0], -one[1])):
        if start < last_end:
            continue  # a word in letters and one in characters never share a place, save by ligatures
        last_end = end
        rule, as_listed, rendering = wanted[word]
        line = bisect_right(lines, start)
        yield Hit(
            rule=rule,
            word=as_listed,
            written=text[start:end],
            start=start,
            end=end,
            line=line,
            column=start - lines[line - 1] + 1,
            excerpt=_excerpt(text, start, end),
            rendering=rendering,
        )


def _spans(view: str, words: frozenset[str], kept: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield where words stand, leftmost and longest first, none inside what is kept."""
    if not words:
        return
    pattern = _pattern(words)
    ends = _reaching(kept)
    at = 0
    while (match := pattern.search(view, at)) is not None:
        start = match.start()
        longest_end = next((e for e in _ends_of(match, view, words) if not _inside(start, e, kept, ends)), None)
        if longest_end is None:
            at = start + 1
        else:
            yield start, longest_end
            at = longest_end


def _ends_of(match: re.Match[str], view: str, words: frozenset[str]) -> Iterator[int]:
    """Yield where the words that begin here end, the longest first."""
    start, end = match.span()
    yield end
    for shorter in range(end - 1, start, -1):
        if view[start:shorter] in words and _whole_word(view, start, shorter):
            yield shorter


def _whole_word(view: str, start: int, end: int) -> bool:
    if _HAN.search(view[start:end]):
        return True
    before, after = view[start - 1 : start], view[end : end + 1]
    return not (before.isalnum() or after.isalnum())


def _all_spans(view: str, words: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield every place of every word, overlapping ones too."""
    for word in words:
        at = view.find(word)
        while at >= 0:
            if _whole_word(view, at, at + len(word)):
                yield at, at + len(word)
            at = view.find(word, at + 1)


def _reaching(kept: list[tuple[int, int]]) -> list[int]:
    """Return, for each span in order, how far it or one before it reaches."""
    ends: list[int] = []
    for _, end in kept:
        ends.append(max(end, ends[-1]) if ends else end)
    return ends


def _inside(start: int, end: int, kept: list[tuple[int, int]], ends: list[int]) -> bool:
    n = bisect_left(kept, (start + 1, 0))
    return n > 0 and ends[n - 1] >= end


@lru_cache(maxsize=64)
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    ordered = sorted(words, key=lambda word: (-len(word), word))
    parts = [re.escape(w) if _HAN.search(w) else rf"(?<![^\W_]){re.escape(w)}(?![^\W_])" for w in ordered]
    return re.compile("|".join(parts))


def _without_ornaments(text: str, variants: Mapping[str, str]) -> tuple[str, list[int]]:
    """Return the folded text without what may be put between characters, and each character's place."""
    view: list[str] = []
    places: list[int] = []
    gap = 0
    newlines = 0
    for place, folded in _folded(text, variants):
        if folded.isspace() or folded in _ORNAMENTS:
            gap += 1
            newlines += folded == "\n"
            continue
        if gap > _MAX_GAP or newlines > 1:  # an empty line parts, and so does a wide gap
            view.append(_PARTED)
            places.append(place)
        gap = newlines = 0
        view.append(folded)
        places.append(place)
    return "".join(view), places


def _with_single_blanks(text: str, variants: Mapping[str, str]) -> tuple[str, list[int]]:
    view: list[str] = []
    places: list[int] = []
    for place, folded in _folded(text, variants):
        if folded.isspace() or folded in "-_\u2010\u2011":
            if view and view[-1] == " ":
                continue
            view.append(" ")
        else:
            view.append(folded)
        places.append(place)
    return "".join(view), places


def _folded(text: str, variants: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Yield the characters of the folded text, each with its place; what has no width is left out."""
    # A tag inside a word counts as one ornament; its own letters are no text.
    tags = {match.start(): match.end() for match in _INLINE.finditer(text)}
    beyond = 0
    for place, character in enumerate(text):
        if place < beyond:
            continue
        if place in tags:
            beyond = tags[place]
            yield place, "*"
            continue
        for folded in _fold(character):
            yield place, variants.get(folded, folded)


@lru_cache(maxsize=16_384)
def _fold(character: str) -> tuple[str, ...]:
    if character == "\n":
        return ("\n",)
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me", "Cs", "Co", "Cn"):
        return ()
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return (" ",)
    plain = unicodedata.normalize("NFKD", character).casefold()
    return tuple(" " if one.isspace() else one for one in plain if unicodedata.category(one) not in ("Mn", "Cf"))


def _squeezed(word: str, variants: Mapping[str, str]) -> str:
    """Return a word as the views of a text have it."""
    view, _ = _without_ornaments(word, variants) if _HAN.search(word) else _with_single_blanks(word.strip(), variants)
    return view


def _excerpt(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    cut = ("…" if start > _AROUND else "", "…" if end + _AROUND < len(text) else "")
    return _one_line((cut[0], before, text[start:end], after, cut[1]))


def _one_line(pieces: Iterable[str]) -> str:
    return " ".join("".join(pieces).split())
