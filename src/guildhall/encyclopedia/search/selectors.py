"""Searching the encyclopedia, and saying while somebody types what there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from guildhall.core.errors import Error, NotFoundError
from guildhall.core.language import LANGUAGES, in_language
from guildhall.encyclopedia.search.corrections import Names, corrected
from guildhall.encyclopedia.search.dialect import dialect, expression
from guildhall.encyclopedia.search.folding import fold
from guildhall.encyclopedia.search.marking import Part, excerpt, mark
from guildhall.encyclopedia.search.models import Building, Entry, FacetName
from guildhall.encyclopedia.search.terms import Node, Question, question, stem, words

FACETS = ("kind", "field", "level", "scheme", "issuer", "region")
PAGE_SIZE = 20
MAX_SUGGESTED = 10
MAX_CORRECTED = 5
FEW = 3
"""With fewer hits than this it is asked whether something else was meant."""
_EXCERPT = 160
_EXACT, _NAMED, _SOUNDS, _BEGINS, _IN_TITLE, _ELSEWHERE = range(6)


class UnknownFacetError(NotFoundError):
    """Nothing is sorted by such a facet."""

    code = "unknown_facet"


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found.

    ``title``, ``summary``  in parts, as they are shown; ``also`` the further name in which it was found, if it was in one
    ``url_name``, ``params``  its address; ``facets`` its values by facet
    """

    kind: str
    key: str
    url_name: str
    params: tuple[str, ...]
    title: tuple[Part, ...]
    summary: tuple[Part, ...]
    also: tuple[Part, ...]
    codes: tuple[str, ...]
    facets: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet, and how many of the pages found have it; ``name`` a language map."""

    value: str
    name: Mapping[str, str]
    n: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found. ``n_pages`` is at least 1; ``suggestions`` are queries."""

    query: str
    hits: tuple[Hit, ...]
    total: int
    page: int
    n_pages: int
    facets: Mapping[str, tuple[FacetValue, ...]]
    suggestions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A page, said while somebody types; ``text`` its title as plain text."""

    kind: str
    key: str
    url_name: str
    params: tuple[str, ...]
    text: str
    title: tuple[Part, ...]
    also: tuple[Part, ...]
    codes: tuple[str, ...]


class _Row(NamedTuple):
    entry: int
    kind: str
    key: str
    titles: str
    facets: str
    weight: int
    rank: float


def search(
    query: str, *, language: str = "zh", facets: Mapping[str, Sequence[str]] | None = None, page: int = 1
) -> Results:
    """Return what the encyclopedia has on ``query``: the very thing named first, then titles, then texts.

    A blank query finds everything, so that the facets can be walked through. Counts of a facet's values do not heed what is
    chosen in that facet itself: they say what choosing one more would show.

    Shape:  ``facets`` maps a facet to values of which one must hold; between facets all must. ``page`` counts from 1, and
            what lies outside is brought to the nearest.
    Raises: QueryTooLongError, NothingToSearchError, UnknownFacetError.
    """
    chosen = {name: frozenset(values) for name, values in (facets or {}).items() if values}
    for name in chosen.keys() - set(FACETS):
        raise UnknownFacetError(f"{name} is no facet", facet=name, facets=list(FACETS))
    asked = question(query)
    rows = _all_rows() if asked is None else _rows(asked)
    sets = {line: _values(line) for line in {row.facets for row in rows}}
    kept = [row for row in rows if not _missed(sets[row.facets], chosen)] if chosen else rows
    same = _which(asked.same) if asked else frozenset()
    ordered = _ordered(kept, asked, same)
    n_pages = max(1, -(-len(ordered) // PAGE_SIZE))
    page = min(max(page, 1), n_pages)
    shown = ordered[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    pieces = asked.pieces if asked else ()
    return Results(
        query=query,
        hits=tuple(_hit(entry, pieces, language) for entry in _entries(shown)),
        total=len(ordered),
        page=page,
        n_pages=n_pages,
        facets=_facet_values(rows, sets, chosen),
        suggestions=_suggestions(asked, language) if asked and len(rows) < FEW and not same else (),
    )


def suggest(prefix: str, *, language: str = "zh", limit: int = MAX_SUGGESTED) -> tuple[Suggestion, ...]:
    """Return at most ten pages whose names go on as ``prefix`` begins; nothing for what cannot be looked for.

    Shape:  characters, letters, pinyin, initials or a code, as for ``search``.
    """
    try:
        asked = question(prefix)
    except Error:
        return ()
    if asked is None:
        return ()
    rows = _ordered(_rows(asked, names_only=True), asked, _which(asked.same))
    # The pairs of a phrase may stand apart in names, and the phrase itself in the text only: look once more.
    named = (e for e in _entries(rows[: 4 * MAX_SUGGESTED]) if all(p in _folded_names(e) for p in asked.contains))
    return tuple(_suggestion(e, asked.pieces, language) for e in islice(named, max(0, min(limit, MAX_SUGGESTED))))


def _rows(asked: Question, *, names_only: bool = False) -> list[_Row]:
    spoken = dialect()
    conditions = "".join(f" AND {spoken.contains}" for _ in asked.contains)
    return _select(
        f"SELECT search_entry.id, kind, key, titles, facets, weight, {spoken.rank} {spoken.matching}{conditions}",
        expression(asked.wanted, names_only=names_only),
        *asked.contains,
    )


def _all_rows() -> list[_Row]:
    return _select("SELECT id, kind, key, titles, facets, weight, 0.0 FROM search_entry")


def _select(statement: str, *params: str) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [_Row(*row) for row in cursor.fetchall()]


def _which(node: Node | None) -> frozenset[int]:
    if node is None:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT search_entry.id {dialect().matching}", [expression(node, names_only=True)])
        return frozenset(row[0] for row in cursor.fetchall())


def _ordered(rows: Sequence[_Row], asked: Question | None, same: frozenset[int]) -> list[_Row]:
    if asked is None:
        return sorted(rows, key=lambda row: (-row.weight, row.kind, row.key))
    sounds = _which(asked.sounds)

    begun, whole = f"\n{asked.folded}", f"\n{asked.folded}\n"
    stems = _stems(asked.folded) if any(words(asked.folded)) else None

    def tier(row: _Row) -> int:
        titles = f"\n{row.titles}\n"
        if row.entry in same:
            return _EXACT if whole in titles else _NAMED
        if row.entry in sounds:
            return _SOUNDS
        if begun in titles:
            return _BEGINS
        stemmed = [] if stems is None else [_stems(title) for title in row.titles.split("\n")]
        if stems in stemmed:
            return _NAMED
        if all(piece in titles for piece in asked.pieces) or any(stems <= title for title in stemmed if stems):
            return _IN_TITLE
        return _ELSEWHERE

    def place(row: _Row) -> tuple[int, int, int, float, str, str]:
        n = tier(row)
        rank = 0.0 if asked.by_code else round(row.rank, 6)
        # Among names the shorter one is nearer to what was typed; among texts the database knows best.
        near = (-row.weight, len(row.titles)) if n < _ELSEWHERE and not asked.by_code else (0, 0)
        return n, *near, rank, row.kind, row.key

    return sorted(rows, key=place)


def _stems(folded: str) -> frozenset[str]:
    return frozenset(map(stem, folded.split()))


@lru_cache(maxsize=16_384)
def _values(line: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for word in line.split():
        name, _, value = word.partition(":")
        found[name].add(value)
    return {name: frozenset(values) for name, values in found.items()}


def _missed(values: Mapping[str, frozenset[str]], chosen: Mapping[str, frozenset[str]]) -> list[str]:
    return [name for name, wanted in chosen.items() if not wanted & values.get(name, frozenset())]


def _facet_values(
    rows: Iterable[_Row], sets: Mapping[str, Mapping[str, frozenset[str]]], chosen: Mapping[str, frozenset[str]]
) -> dict[str, tuple[FacetValue, ...]]:
    n_by_line: dict[str, int] = defaultdict(int)
    for row in rows:
        n_by_line[row.facets] += 1
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for line, n in n_by_line.items():
        missed = _missed(sets[line], chosen) if chosen else []
        for name, values in sets[line].items():
            if not missed or missed == [name]:
                for value in values:
                    counts[name, value] += n
    for name, wanted in chosen.items():  # what is chosen is shown, so that it can be taken back
        for value in wanted:
            counts[name, value] += 0
    names = {(n, v): t for n, v, t in FacetName.objects.values_list("facet", "value", "name")}
    found: dict[str, list[FacetValue]] = {name: [] for name in FACETS}
    for (name, value), n in counts.items():
        called = names.get((name, value), {"zh": value, "en": value})
        found[name].append(FacetValue(value, called, n, value in chosen.get(name, ())))
    return {name: tuple(sorted(values, key=lambda one: (-one.n, one.value))) for name, values in found.items()}


def _entries(rows: Sequence[_Row]) -> list[Entry]:
    by_id = Entry.objects.defer("folded").in_bulk([row.entry for row in rows])
    # An entry may have gone between two questions, while the index was made anew.
    return [by_id[row.entry] for row in rows if row.entry in by_id]


def _hit(entry: Entry, pieces: Sequence[str], language: str) -> Hit:
    return Hit(
        kind=entry.kind,
        key=entry.key,
        url_name=entry.url_name,
        params=tuple(entry.params),
        title=mark(in_language(entry.title, language), pieces),
        summary=excerpt(in_language(entry.summary, language), pieces, length=_EXCERPT),
        also=_also(entry, pieces, language),
        codes=tuple(entry.codes),
        facets={name: tuple(sorted(values)) for name, values in _values(entry.facets).items()},
    )


def _suggestion(entry: Entry, pieces: Sequence[str], language: str) -> Suggestion:
    text = in_language(entry.title, language)
    return Suggestion(
        entry.kind, entry.key, entry.url_name, tuple(entry.params), text, mark(text, pieces), _also(entry, pieces, language), tuple(entry.codes)
    )  # fmt: skip


def _also(entry: Entry, pieces: Sequence[str], language: str) -> tuple[Part, ...]:
    """Return the name in which the entry was found, where that is not the title shown."""
    shown = in_language(entry.title, language)
    if not pieces or _n_marked(mark(shown, pieces)):
        return ()
    others = [entry.title[tag] for tag in LANGUAGES if entry.title.get(tag)] + list(entry.names)
    best = max((mark(one, pieces) for one in others), key=_n_marked, default=())
    return best if _n_marked(best) else ()


def _n_marked(parts: Sequence[Part]) -> int:
    return sum(len(part.text) for part in parts if part.marked)


def _folded_names(entry: Entry) -> str:
    return "\n".join(fold(name) for name in (*entry.title.values(), *entry.names))


def _suggestions(asked: Question, language: str) -> tuple[str, ...]:
    """Return what may have been meant: only what finds something."""
    newest = Building.objects.order_by("-id").first()
    if newest is None:
        return ()
    meant = corrected(asked, known_names(newest.token), language=language)
    # Few are tried: those after the first dozen are far from what was typed.
    tried = (query for query in meant[:12] if (again := question(query)) is not None and _which(again.wanted))
    return tuple(islice(tried, MAX_CORRECTED))


@lru_cache(maxsize=1)
def known_names(token: UUID) -> Names:  # noqa: ARG001 - a newer index has another token
    """Return the names of all entries, as they were when first asked for under this token."""
    rows = Entry.objects.order_by("-weight", "kind", "key").values_list("title", "names")
    return Names.of((*title.values(), *names) for title, names in rows)
