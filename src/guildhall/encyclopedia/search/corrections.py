"""What may have been meant by a query that finds little: names and words that differ from it by a slip of the finger.

Three slips are looked for: another character (电公 for 电工), another character of the same sound, and letters left out, doubled,
changed or exchanged, in an English word or in pinyin. Candidates share pairs of letters with what was typed; among them the
nearest by Damerau-Levenshtein distance are kept.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from guildhall.encyclopedia.search import pinyin
from guildhall.encyclopedia.search.folding import HAN, fold
from guildhall.encyclopedia.search.terms import Question, words

_HAN = re.compile(f"[{HAN}]")
_LETTERS = re.compile(r"[a-z]+", re.ASCII)
_CANDIDATES = 200
_MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Names:
    """All names, words in them and their pinyin, each found by the pairs of letters that it has.

    ``names`` maps a folded name to how it is written, ``words`` a word to in how many names it stands, ``spoken`` the pinyin
    of a Chinese name to the folded names.
    """

    names: Mapping[str, str]
    words: Mapping[str, int]
    spoken: Mapping[str, tuple[str, ...]]
    names_by_gram: Mapping[str, Sequence[str]]
    words_by_gram: Mapping[str, Sequence[str]]
    spoken_by_gram: Mapping[str, Sequence[str]]

    @staticmethod
    def of(entries: Iterable[Iterable[str]]) -> Names:
        """Take the names of entries, the more important ones first."""
        names: dict[str, str] = {}
        counted: Counter[str] = Counter()
        spoken: dict[str, list[str]] = defaultdict(list)
        for name in (one for entry in entries for one in entry):
            folded = fold(name)
            if folded in names:
                continue
            counted.update(set(words(folded)))
            if _HAN.search(folded) and len(folded) <= _MAX_NAME:
                names[folded] = name
                spoken[pinyin.spelling(folded)].append(folded)
        return Names(
            names=names,
            words=counted,
            spoken={sound: tuple(same) for sound, same in spoken.items()},
            names_by_gram=_by_gram(names, _characters),
            words_by_gram=_by_gram(counted, _pairs),
            spoken_by_gram=_by_gram(spoken, _pairs),
        )


def corrected(asked: Question, known: Names, *, language: str) -> list[str]:
    """Return queries that may have been meant, the likeliest first; never the one that was asked."""
    letters = asked.folded.replace(" ", "")
    if _HAN.search(asked.folded):
        found = _alike(letters, known)
    else:
        spoken = _misspelled(letters, known) if _LETTERS.fullmatch(letters) else []
        written = _respelled(asked.folded.split(), known)
        found = written + spoken if language == "en" else spoken + written
    return [one for one in dict.fromkeys(found) if fold(one) != asked.folded]


def distance(one: str, other: str, *, at_most: int) -> int:
    """Return how many letters must be left out, put in, changed or exchanged with the next; ``at_most`` + 1 if more.

    Source: Damerau-Levenshtein, restricted (no letter is touched twice), within a band round the diagonal.
    """
    if abs(len(one) - len(other)) > at_most:
        return at_most + 1
    far = at_most + 1
    before: list[int] = []
    row = [n if n <= at_most else far for n in range(len(other) + 1)]
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [far] * (len(other) + 1)
        if i <= at_most:
            row[0] = i
        for j in range(max(1, i - at_most), min(len(other), i + at_most) + 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other[j - 1]))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == other[j - 1]:
                row[j] = min(row[j], last[j - 2] + 1)
        if min(row) > at_most:
            return far
    return min(row[-1], far)


def _alike(phrase: str, known: Names) -> list[str]:
    """Return names that sound like a phrase, then names that differ from it in a character or some."""
    same_sound = [known.names[one] for one in known.spoken.get(pinyin.spelling(phrase), ())]
    return same_sound + [
        known.names[one] for one in _nearest(phrase, known.names_by_gram, _characters, at_most=1 + len(phrase) // 5)
    ]


def _misspelled(letters: str, known: Names) -> list[str]:
    """Return names whose pinyin is, but for a slip, what was typed."""
    if len(letters) < 4:
        return []
    near = _nearest(letters, known.spoken_by_gram, _pairs, at_most=_tolerated(letters))
    return [known.names[one] for sound in near for one in known.spoken[sound]]


def _respelled(typed: Sequence[str], known: Names) -> list[str]:
    """Return the query with each word that is in no name replaced by the nearest that is."""
    best: list[str] = []
    others: list[str] = []
    for word in typed:
        if word in known.words or len(word) < 3:
            best.append(word)
            continue
        near = _nearest(word, known.words_by_gram, _pairs, at_most=_tolerated(word), more=known.words)
        if not near:
            return []
        best.append(near[0])
        if len(typed) == 1:
            others = near[1:]
    return [" ".join(best), *others]


def _tolerated(word: str) -> int:
    return 1 if len(word) < 6 else 2


def _nearest(
    typed: str,
    by_gram: Mapping[str, Sequence[str]],
    grams: Callable[[str], Iterable[str]],
    *,
    at_most: int,
    more: Mapping[str, int] | None = None,
) -> list[str]:
    """Return what is no farther from ``typed`` than ``at_most``: nearest first, then the more frequent."""
    shared: Counter[str] = Counter()
    for gram in set(grams(typed)):
        shared.update(by_gram.get(gram, ()))
    candidates = sorted(shared, key=lambda one: (-shared[one] / (len(one) + len(typed)), one))[:_CANDIDATES]
    near = [(d, one) for one in candidates if (d := distance(typed, one, at_most=at_most)) <= at_most]
    return [one for _, one in sorted(near, key=lambda pair: (pair[0], -(more or {}).get(pair[1], 0), pair[1]))]


def _by_gram(texts: Iterable[str], grams: Callable[[str], Iterable[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        for gram in set(grams(text)):
            found[gram].append(text)
    return dict(found)


def _pairs(text: str) -> list[str]:
    """Return the pairs of letters, the first and the last one paired with the end."""
    framed = f"^{text}$"
    return [framed[n : n + 2] for n in range(len(framed) - 1)]


def _characters(text: str) -> list[str]:
    return list(text)
