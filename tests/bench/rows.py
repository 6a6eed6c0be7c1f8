"""Register rows, durable, against a bare load of the same rows: ``python -m tests.bench.rows``.

Ours:  ``bulk.insert`` of results, awards, instances, leaves and documents, a transaction a chunk, as the river writes them.
Bare:  the same rows in the same transactions into a copy of the same empty tables (indexes, keys and triggers as they are):
       ``executemany`` of Python's own sqlite3, every row ready as the driver takes it; binary ``COPY`` through psycopg.

Both wait for the disk at every commit (SQLite: WAL, synchronous=FULL; PostgreSQL: fsync and synchronous_commit on). They take turns;
a ratio is the median of the per-round ratios. ``--rows N`` (20,000), ``--only sqlite|postgres``.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

N_ROWS, ROUNDS, CHUNK, TARGET = 20_000, 5, 4000, 0.7
TABLES = ("assessment_result", "credentials_award", "tlog_leaf", "credentials_instance", "credentials_document")
MODELS = ("assessment.Result", "credentials.Award", "tlog.Leaf", "credentials.Instance", "credentials.Document")

Rows = list[tuple[Any, ...]]


def option(name: str, otherwise: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else otherwise


def columns_of(model: Any) -> list[Any]:
    return list(model._meta.concrete_fields)


def listed(table: str) -> str:
    from django.apps import apps

    return ", ".join(f'"{field.column}"' for field in columns_of(apps.get_model(MODELS[TABLES.index(table)])))


def dumped(execute: Callable[[str], Sequence[tuple[Any, ...]]]) -> dict[str, Rows]:
    """Return all rows of the five tables as the driver gives and takes them."""
    rows = {}
    for table in TABLES:
        order = "index" if table == "tlog_leaf" else "leaf_index" if table == "credentials_document" else "id"
        rows[table] = [tuple(row) for row in execute(f'SELECT {listed(table)} FROM "{table}" ORDER BY "{order}"')]
    return rows


def chunks(rows: dict[str, Rows]) -> list[dict[str, Rows]]:
    """Cut the tables into what one transaction holds: parents in the same chunk or before their children."""
    ordered = {table: list(some) for table, some in rows.items()}
    place = {row[0]: at for at, row in enumerate(ordered["assessment_result"])}
    ordered["credentials_award"].sort(key=lambda row: place[row[3]])
    award = {row[0]: at for at, row in enumerate(ordered["credentials_award"])}
    ordered["credentials_instance"].sort(key=lambda row: award[row[1]])
    instance = {row[0]: at for at, row in enumerate(ordered["credentials_instance"])}
    ordered["credentials_document"].sort(key=lambda row: instance[row[0]])
    cut = []
    for start in range(0, max(map(len, rows.values())), CHUNK):
        # A document's leaf may stand anywhere in the log, so all leaves go with the first chunk.
        one = {table: some[start : start + CHUNK] for table, some in ordered.items()}
        one["tlog_leaf"] = ordered["tlog_leaf"] if start == 0 else []
        cut.append(one)
    return cut


def by_column(cut: list[dict[str, Rows]]) -> list[list[tuple[Any, dict[str, Any]]]]:
    """Return the chunks as the river hands them over: column by column, one value where all rows have the same."""
    from django.apps import apps

    from guildhall.accounts import bulk

    def column(values: tuple[Any, ...]) -> Any:
        return bulk.Same(values[0]) if values.count(values[0]) == len(values) > 1 else list(values)

    ready = []
    for one in cut:
        tables = []
        for table, name in zip(TABLES, MODELS, strict=True):
            model = apps.get_model(name)
            if one[table]:
                names = [field.attname for field in columns_of(model)]
                tables.append((model, dict(zip(names, map(column, zip(*one[table], strict=True)), strict=True))))
        ready.append(tables)
    return ready


def ours(ready: list[list[tuple[Any, dict[str, Any]]]]) -> None:
    from django.db import transaction

    from guildhall.accounts import bulk

    with bulk.loading():
        for tables in ready:
            with transaction.atomic():
                for model, columns in tables:
                    bulk.insert(model, columns)


def timed(job: Callable[[], None]) -> float:
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    job()
    spent = time.perf_counter() - start
    gc.enable()
    return spent


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────────────


def on_sqlite(n_rows: int) -> dict[str, float]:
    from django.db import connection

    from tests.bench import river

    register = river.Register()
    register.river(register.file(n_rows))
    home = river.HOME
    template = home / "template.sqlite3"
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        def execute(statement: str) -> list[tuple[Any, ...]]:
            rows: list[tuple[Any, ...]] = connection.connection.execute(statement).fetchall()
            return rows

        rows = dumped(execute)
        connection.close()
        _emptied(home / "register.sqlite3", template)
        cut = chunks(rows)
        ready = by_column(cut)
        n_written = sum(map(len, rows.values()))
        spent: dict[str, list[float]] = {"ours": [], "bare": []}
        for _ in range(ROUNDS):
            connection.close()
            _fresh(template, home / "register.sqlite3")
            _fresh(template, home / "bare.sqlite3")
            connection.ensure_connection()
            spent["ours"].append(timed(lambda: ours(ready)))
            spent["bare"].append(timed(lambda: _bare_sqlite(home / "bare.sqlite3", cut)))
            assert _counts(home / "register.sqlite3") == _counts(home / "bare.sqlite3")
        return _figures(spent, n_written)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _emptied(register: Path, template: Path) -> None:
    """Make a copy of the register without the five tables' rows; its triggers are laid again."""
    shutil.copy(register, template)
    made = sqlite3.connect(template, isolation_level=None)
    triggers = made.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        made.execute(f'DROP TRIGGER "{name}"')
    for table in reversed(TABLES):
        made.execute(f'DELETE FROM "{table}"')
    for _, sql in triggers:
        made.execute(sql)
    made.execute("VACUUM")
    made.execute("PRAGMA journal_mode=WAL")
    made.close()


def _fresh(template: Path, file: Path) -> None:
    for left in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        left.unlink(missing_ok=True)
    shutil.copy(template, file)
    os.sync()


def _counts(file: Path) -> list[int]:
    with sqlite3.connect(file) as made:
        return [made.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in TABLES]


def _bare_sqlite(file: Path, cut: list[dict[str, Rows]]) -> None:
    made = sqlite3.connect(file, isolation_level=None)
    made.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON; "
        "PRAGMA cache_size=-81920; PRAGMA wal_autocheckpoint=65536;"
    )
    for one in cut:
        made.execute("BEGIN IMMEDIATE")
        for table in TABLES:
            if one[table]:
                places = ", ".join("?" * len(one[table][0]))
                made.executemany(f'INSERT INTO "{table}" ({listed(table)}) VALUES ({places})', one[table])
        made.execute("COMMIT")
    made.close()


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────


def on_postgres(n_rows: int) -> dict[str, float]:
    import psycopg

    from tests.cluster import Cluster

    cluster = Cluster(durable=True).start()
    try:
        os.environ["GUILDHALL_BENCH_DATABASE"] = cluster.url
        from django.db import connection

        from tests.bench import river

        register = river.Register()
        register.river(register.file(n_rows))
        rows = dumped(lambda statement: _fetched(connection, statement))
        connection.close()
        admin = psycopg.connect(cluster.url.replace("/guildhall?", "/postgres?"), autocommit=True)
        admin.execute("CREATE DATABASE template TEMPLATE guildhall")
        template = psycopg.connect(cluster.url.replace("/guildhall?", "/template?"), autocommit=True)
        for table in TABLES:
            template.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        template.execute("SET session_replication_role = replica")
        for table in TABLES:
            template.execute(f'DELETE FROM "{table}"')
        for table in TABLES:
            template.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
        template.execute("VACUUM FULL")
        template.close()
        cut = chunks(rows)
        types = _types()
        bare_cut = [{table: [_plain(row) for row in some] for table, some in one.items()} for one in cut]
        ready = by_column(bare_cut)
        spent: dict[str, list[float]] = {"ours": [], "bare": []}
        for _ in range(ROUNDS):
            connection.close()
            for name in ("guildhall", "bare"):
                admin.execute(f"DROP DATABASE IF EXISTS {name}")
                admin.execute(f"CREATE DATABASE {name} TEMPLATE template")
            admin.execute("CHECKPOINT")
            connection.ensure_connection()
            spent["ours"].append(timed(lambda: ours(ready)))
            with psycopg.connect(cluster.url.replace("/guildhall?", "/bare?")) as made:
                spent["bare"].append(timed(lambda made=made: _bare_copy(made, cut, types)))  # type: ignore[misc]
        connection.close()
        admin.close()
        return _figures(spent, sum(map(len, rows.values())))
    finally:
        cluster.stop()


def _fetched(connection: Any, statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _types() -> dict[str, list[str]]:
    from django.apps import apps
    from django.db import connection

    from guildhall.accounts.bulk import _target

    return {
        table: [str(_target(field).db_type(connection)).split("(")[0] for field in columns_of(apps.get_model(name))]
        for table, name in zip(TABLES, MODELS, strict=True)
    }


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row as the river hands it over: UUIDs as hex, days as ISO text, JSON as its text."""
    from datetime import date, datetime
    from uuid import UUID

    def plain(value: Any) -> Any:
        if isinstance(value, UUID):
            return value.hex
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        return json.dumps(value) if isinstance(value, dict) else value

    return tuple(plain(value) for value in row)


def _bare_copy(made: Any, cut: list[dict[str, Rows]], types: dict[str, list[str]]) -> None:
    from psycopg.types.json import Jsonb

    for one in cut:
        with made.cursor() as cursor:
            for table in TABLES:
                if not one[table]:
                    continue
                with cursor.copy(f'COPY "{table}" ({listed(table)}) FROM STDIN (FORMAT BINARY)') as copy:
                    copy.set_types(types[table])
                    for row in one[table]:
                        copy.write_row([Jsonb(value) if isinstance(value, (dict, str)) and kind == "jsonb" else value
                                        for value, kind in zip(row, types[table], strict=True)]
                                       if "jsonb" in types[table] else row)  # fmt: skip
        made.commit()


def _figures(spent: dict[str, list[float]], n_written: int) -> dict[str, float]:
    ratio = statistics.median(bare / own for own, bare in zip(spent["ours"], spent["bare"], strict=True))
    return {
        "ratio": ratio,
        "rate": n_written / statistics.median(spent["ours"]),
        "bare_rate": n_written / statistics.median(spent["bare"]),
        "n_rows": n_written,
    }


def main() -> None:
    """Print the ratio on each database."""
    n_rows = int(option("--rows", str(N_ROWS)))
    only = option("--only", "")
    if only:
        print(json.dumps((on_sqlite if only == "sqlite" else on_postgres)(n_rows)))
        return
    print(
        f"{'durable rows (ours / a bare load of the same)':<48}{'per second':>12}{'bare':>12}{'ratio':>8}{'target':>8}"
    )
    for name in ("sqlite", "postgres"):
        folder = tempfile.mkdtemp(prefix="guildhall-bench-rows-")
        told = subprocess.run(
            [sys.executable, "-m", "tests.bench.rows", "--only", name, "--rows", str(n_rows)],
            env=os.environ | {"GUILDHALL_BENCH_HOME": folder}, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
        line = json.loads(told.stdout)
        print(
            f"{name:<48}{line['rate']:>12,.0f}{line['bare_rate']:>12,.0f}{line['ratio']:>8.2f}{TARGET:>8g}", flush=True
        )


if __name__ == "__main__":
    main()
