"""The one place where the two databases differ: FTS5 on SQLite, ``tsvector`` with GIN on PostgreSQL.

Both are given terms that we made ourselves (``terms``), so that neither cuts, stems or folds anything: FTS5's ``unicode61``
splits at the spaces only, and a ``tsvector`` is written out lexeme by lexeme. SQLite's ``trigram`` tokenizer and
PostgreSQL's ``pg_trgm`` are not used: the former never finds a word of two characters, the latter finds no Chinese at all
under ``LC_CTYPE=C``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.apps.registry import Apps
from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

from guildhall.encyclopedia.search.terms import All, Node, Term, Terms

_LAST_POSITION = 16_383
_POSITIONS_PER_TERM = 255


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one database is asked. Statements take ``%s``.

    ``matching``  FROM and WHERE of a search; takes an expression; binds ``search_index`` and ``search_entry``
    ``rank``      how well an entry fits, the least first
    ``contains``  condition that the folded text contains a phrase; takes the phrase
    ``insert``    takes what ``row`` makes of an entry and its terms
    ``delete``    takes an entry
    ``expression``  writes what is asked; told whether titles and names alone are looked in
    ``lock``      statements after which nobody else writes the index, and everybody reads it
    """

    matching: str
    rank: str
    contains: str
    insert: str
    delete: str
    lock: tuple[str, ...]
    create: tuple[str, ...]
    row: Callable[[int, Terms], tuple[int | str, ...]]
    expression: Callable[[Node, bool], str]


def dialect() -> Dialect:
    """Return the dialect of this register's database."""
    return _DIALECTS[connection.vendor]


def expression(node: Node, *, names_only: bool = False) -> str:
    """Return what is asked as the database writes it."""
    return dialect().expression(node, names_only)


def insert(rows: Iterable[tuple[int, Terms]]) -> None:
    """Add entries' terms to the index, in the caller's transaction."""
    spoken = dialect()
    with connection.cursor() as cursor:
        cursor.executemany(spoken.insert, [spoken.row(entry, terms) for entry, terms in rows])


def delete(entries: Sequence[int] | None = None) -> None:
    """Remove entries' terms (None: all), in the caller's transaction."""
    with connection.cursor() as cursor:
        if entries is None:
            cursor.execute("DELETE FROM search_index")
        else:
            cursor.executemany(dialect().delete, [(entry,) for entry in entries])


def lock() -> None:
    """Keep others from writing the index until the caller's transaction ends; they may read it."""
    with connection.cursor() as cursor:
        for statement in dialect().lock:
            cursor.execute(statement)


def lay_index() -> RunPython:
    """Return the migration operation that makes the index."""

    def lay(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001 - Django's signature
        for statement in _DIALECTS[editor.connection.vendor].create:
            editor.execute(statement, params=None)

    def lift(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001 - Django's signature
        editor.execute("DROP TABLE IF EXISTS search_index")

    return RunPython(lay, lift, elidable=False)


def _fts5(node: Node, names_only: bool) -> str:  # noqa: FBT001 - the seam's one signature
    text = _joined(node, _fts5_term, "AND", "OR")
    return f"{{title names}} : ({text})" if names_only else text


def _fts5_term(term: Term) -> str:
    # Terms are a-z, 0-9 and Han characters by construction: nothing of FTS5's own syntax can be among them.
    return f'"{term.text}"*' if term.begins else f'"{term.text}"'


def _tsquery(node: Node, names_only: bool) -> str:  # noqa: FBT001 - the seam's one signature
    def written(term: Term) -> str:
        marks = ("*" if term.begins else "") + ("AB" if names_only else "")
        return f"'{term.text}':{marks}" if marks else f"'{term.text}'"

    return _joined(node, written, "&", "|")


def _joined(node: Node, written: Callable[[Term], str], all_: str, any_: str) -> str:
    if isinstance(node, Term):
        return written(node)
    word = all_ if isinstance(node, All) else any_
    return "(" + f" {word} ".join(_joined(one, written, all_, any_) for one in node.of) + ")"


def _tsvector(entry: int, terms: Terms) -> tuple[int | str, ...]:
    """Write a ``tsvector`` out. The weights A, B, D are the three columns of FTS5; positions count on through all."""
    places: dict[str, list[str]] = {}
    position = 0
    for weight, text in (("A", terms.title), ("B", terms.names), ("", terms.text)):
        for term in text.split():
            position = min(position + 1, _LAST_POSITION)
            known = places.setdefault(term, [])
            if len(known) < _POSITIONS_PER_TERM:
                known.append(f"{position}{weight}")
    return entry, " ".join(f"'{term}':{','.join(known)}" for term, known in places.items())


_DIALECTS = {
    "sqlite": Dialect(
        matching=(
            "FROM search_index JOIN search_entry ON search_entry.id = search_index.rowid WHERE search_index MATCH %s"
        ),
        rank="bm25(search_index, 8.0, 4.0, 1.0)",
        contains="instr(search_entry.folded, %s) > 0",
        insert="INSERT OR REPLACE INTO search_index (rowid, title, names, text) VALUES (%s, %s, %s, %s)",
        delete="DELETE FROM search_index WHERE rowid = %s",
        lock=(),  # a transaction that writes is alone from its first statement (IMMEDIATE)
        create=(
            "CREATE VIRTUAL TABLE search_index USING fts5(title, names, text, tokenize = 'unicode61 remove_diacritics 0')",
        ),
        row=lambda entry, terms: (entry, terms.title, terms.names, terms.text),
        expression=_fts5,
    ),
    "postgresql": Dialect(
        matching=(
            "FROM (SELECT %s::tsquery AS asked) AS question, search_index "
            "JOIN search_entry ON search_entry.id = search_index.entry_id WHERE search_index.terms @@ question.asked"
        ),
        rank="-ts_rank(search_index.terms, question.asked, 1)",
        contains="strpos(search_entry.folded, %s) > 0",
        insert=(
            "INSERT INTO search_index (entry_id, terms) VALUES (%s, %s::tsvector) "
            "ON CONFLICT (entry_id) DO UPDATE SET terms = excluded.terms"
        ),
        delete="DELETE FROM search_index WHERE entry_id = %s",
        lock=("LOCK TABLE search_entry IN SHARE ROW EXCLUSIVE MODE",),
        create=(
            "CREATE TABLE search_index (entry_id bigint PRIMARY KEY, terms tsvector NOT NULL)",
            "CREATE INDEX search_index_terms ON search_index USING gin (terms)",
        ),
        row=_tsvector,
        expression=_tsquery,
    ),
}
