"""Many rows at once: long ``INSERT`` statements on SQLite, binary ``COPY`` on PostgreSQL.

The ORM's ``bulk_create`` builds an object and a fresh SQL text for every few hundred rows, which costs more than signing
them. Here a table is filled column by column; what is alike in all rows is converted once (``Same``).

On SQLite a thousand rows are one statement and one step of it. ``executemany`` takes a step a row and gives up the
interpreter's lock for each: where another thread signs meanwhile, every row then waits for a signature. Reading many rows
(``read``) has them packed into one for the same reason.

What this module does *not* do: it does not look at what a model means. No defaults, no validation, no signals; the
database's own constraints hold as always.
"""

from __future__ import annotations

import gc
import itertools
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson
from django.db import connection, models
from psycopg.types.json import Jsonb


@dataclass(frozen=True, slots=True)
class Same:
    """One value for every row."""

    value: object


Column = Sequence[Any] | Same
_Convert = Callable[[Any], Any]
_STATEMENT_ROWS = (1000, 100)
_MOST_PLACES = 32_766
"""SQLite takes so many values in one statement, unless it was built with another limit."""


def insert(model: type[models.Model], columns: Mapping[str, Column]) -> int:
    """Insert rows into the table of ``model``, in the caller's transaction, and return how many.

    Shape:  ``columns`` maps attribute names (``batch_id``) to equally long sequences, at least one of them no ``Same``; the
            values of a sequence are of one type, or None where a column may be null. UUIDs as 32 hex digits or ``UUID``,
            dates as ISO text or ``date``, times as aware ``datetime``, JSON as its text, bytes as ``bytes``. Columns that
            are left out take the database's default or null.
    Raises: django.db.IntegrityError as any insert does; ValueError for columns of unequal length (our mistake).
    """
    lengths = {len(column) for column in columns.values() if not isinstance(column, Same)}
    if len(lengths) != 1:
        raise ValueError(f"columns of unequal length: {sorted(lengths)}")
    n_rows = lengths.pop()
    if n_rows == 0:
        return 0
    meta = model._meta  # noqa: SLF001 - Django documents it for this
    by_name = {name: field for field in meta.concrete_fields for name in (field.attname, field.name)}
    fields = [by_name[name] for name in columns]
    names = [str(field.column) for field in fields]
    values = [_values(column, _target(field)) for column, field in zip(columns.values(), fields, strict=True)]
    if connection.vendor == "postgresql":
        # Constants have no end of their own: the columns decide how long the rows go on.
        _copy(meta.db_table, names, fields, zip(*values, strict=False))
    else:
        same = [isinstance(column, Same) for column in columns.values()]
        _insert(meta.db_table, names, values, same, n_rows)
    return n_rows


@contextmanager
def loading() -> Iterator[None]:
    """Do a large load in this block as fast as it can be done safely.

    The cyclic garbage collector rests: rows form no cycles, and it would walk all that are held again and again. SQLite
    moves its write-ahead log into the database every 256 MiB instead of every 4: pages that many commits touch are then
    written once; and it holds 80 MiB of pages instead of 64. Each commit waits for the disk as always. What the log holds
    in the end is moved by a thread beside: otherwise the next to commit, however little, would wait for all of it.
    """
    was_on = gc.isenabled()
    gc.disable()
    _tune(n_pages=65_536, n_kib=81_920)
    try:
        yield
    finally:
        _tune(n_pages=1_000, n_kib=65_536)
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            threading.Thread(target=_move_log, args=(str(connection.settings_dict["NAME"]),), name="move-log").start()
        if was_on:
            gc.enable()


def _tune(*, n_pages: int, n_kib: int) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA wal_autocheckpoint = {n_pages}")
            cursor.execute(f"PRAGMA cache_size = -{n_kib}")


def _move_log(file: str) -> None:
    """Move what SQLite's write-ahead log holds into the database, as far as nobody still reads the older pages."""
    # Whoever is at it already does the same; one that fails is made up for by the next commit.
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{quote(file)}?mode=rw", uri=True)) as beside:
        beside.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def select(statement: str, *params: str | int | bytes | UUID) -> list[tuple[Any, ...]]:
    """Return rows as the database driver gives them: no model, no conversion.

    Shape:  ``statement`` portable SQL with ``%s``; UUIDs among ``params`` are written as the table has them. A UUID comes
            back as 32 hex digits on SQLite and as ``UUID`` on PostgreSQL (``hex_of``); ask for dates and JSON as text (CAST).
    """
    adapted = params
    if connection.vendor != "postgresql":
        adapted = tuple([p.hex if isinstance(p, UUID) else p for p in params])
    with connection.cursor() as cursor:
        cursor.execute(statement, adapted)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def read(columns: Sequence[str], source: str, *params: str | int | bytes | UUID) -> list[Sequence[Any]]:
    """Return many rows, in order, for little: on SQLite the database packs them into one.

    Shape:  ``columns`` SQL expressions that give texts, numbers or null (``hexed`` for bytes; CAST for dates and JSON);
            ``source`` all from FROM on, with ``%s``; UUIDs as ``select`` gives them.
    """
    if connection.vendor == "postgresql":
        return list(select(f"SELECT {', '.join(columns)} {source}", *params))
    named = ", ".join(f"{column} AS c{at}" for at, column in enumerate(columns))
    packed = ", ".join(f"c{at}" for at in range(len(columns)))
    # Rows come to the aggregate in the order of the inner query.
    ((text,),) = select(f"SELECT json_group_array(json_array({packed})) FROM (SELECT {named} {source})", *params)  # noqa: S608
    rows: list[Sequence[Any]] = orjson.loads(text)
    return rows


def hexed(column: str) -> str:
    """Return the SQL for the bytes in a column as hexadecimal digits (of either case)."""
    return f"encode({column}, 'hex')" if connection.vendor == "postgresql" else f"hex({column})"


def hex_of(key: str | UUID) -> str:
    """Return a UUID as 32 hex digits, however the database gave it."""
    return key.hex if isinstance(key, UUID) else key


def _values(column: Column, field: Any) -> Iterable[Any]:
    """Return a column as the driver takes it; most columns are that already."""
    if isinstance(column, Same):
        convert = _convert(field, column.value)
        return itertools.repeat(column.value if convert is None else convert(column.value))
    convert = _convert(field, next((value for value in column if value is not None), None))
    if convert is None:
        return column
    if any(value is None for value in column):
        return [None if value is None else convert(value) for value in column]
    return map(convert, column)


def _convert(field: Any, value: object) -> _Convert | None:
    """Return what turns values like this one into what the driver takes; None if it takes them."""
    if value is None:
        return None
    if connection.vendor == "postgresql":
        if isinstance(field, models.UUIDField):
            return UUID if isinstance(value, str) else None
        if isinstance(field, models.DateField) and isinstance(value, str):
            return date.fromisoformat
        return _as_jsonb if isinstance(field, models.JSONField) else None
    if isinstance(value, UUID):
        return attrgetter("hex")
    if isinstance(value, datetime):
        return _time_text
    return date.isoformat if isinstance(value, date) else None


def _copy(table: str, names: Sequence[str], fields: Sequence[Any], rows: Iterable[tuple[Any, ...]]) -> None:
    listed = ", ".join(f'"{name}"' for name in names)
    types = [str(_target(field).db_type(connection)).split("(")[0] for field in fields]
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN (FORMAT BINARY)') as copy,
    ):
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _insert(
    table: str, names: Sequence[str], values: Sequence[Iterable[Any]], same: Sequence[bool], n_rows: int
) -> None:
    """Insert rows on SQLite: by the thousand, then by the hundred, the rest one by one."""
    constants = [next(iter(column)) for column, is_same in zip(values, same, strict=True) if is_same]
    varying = [column for column, is_same in zip(values, same, strict=True) if not is_same]
    flat = list(itertools.chain.from_iterable(zip(*varying, strict=True)))
    at, width = 0, len(varying)
    with connection.cursor(), connection.wrap_database_errors:
        driver = connection.connection
        for n_together in _STATEMENT_ROWS:
            if n_together * width + len(constants) > _MOST_PLACES:
                continue
            while (n_rows - at) >= n_together:
                statement = _statement(table, tuple(names), tuple(same), n_together)
                driver.execute(statement, constants + flat[at * width : (at + n_together) * width])
                at += n_together
        rest = (constants + flat[row * width : (row + 1) * width] for row in range(at, n_rows))
        driver.executemany(_statement(table, tuple(names), tuple(same), 1), rest)


@lru_cache(maxsize=64)
def _statement(table: str, names: tuple[str, ...], same: tuple[bool, ...], n_rows: int) -> str:
    """Return the statement for so many rows: first the values that all share, each once, then those of each row."""
    listed = ", ".join(f'"{name}"' for name in names)
    constants, place = itertools.count(1), itertools.count(sum(same) + 1)
    shared = [f"?{next(constants)}" if is_same else "" for is_same in same]
    rows = ("(" + ", ".join(one or f"?{next(place)}" for one in shared) + ")" for _ in range(n_rows))
    return f'INSERT INTO "{table}" ({listed}) VALUES {", ".join(rows)}'  # noqa: S608


def _target(field: Any) -> Any:
    while field.is_relation:
        field = field.target_field
    return field


def _time_text(value: datetime) -> str:
    # As Django's own SQLite backend writes it: naive text, in UTC.
    return str(value.astimezone(UTC).replace(tzinfo=None))


def _as_jsonb(text: str) -> Jsonb:
    return Jsonb(text, dumps=str)
