"""Many rows at once: whatever their number, what goes in comes out, in order, or nothing does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from guildhall.accounts import bulk
from guildhall.tlog.models import Checkpoint, Leaf
from tests.world import NOW

pytestmark = pytest.mark.django_db
COUNTS = [1, 99, 100, 101, 999, 1000, 1001, 2345]


@pytest.mark.parametrize("n_rows", COUNTS)
def test_rows_go_in_and_come_out(n_rows: int) -> None:
    bodies = [bytes([n % 256, n // 256]) for n in range(n_rows)]
    with bulk.loading():
        assert bulk.insert(Leaf, {"index": range(n_rows), "body": bodies}) == n_rows
    rows = Leaf.objects.order_by("index").values_list("index", "body")
    assert [(index, bytes(body)) for index, body in rows] == list(enumerate(bodies))


@pytest.mark.parametrize("n_rows", COUNTS)
def test_what_all_rows_share_stands_in_each_wherever_its_column_is(n_rows: int) -> None:
    columns = {
        "at": bulk.Same(NOW),
        "size": range(n_rows),
        "root": bulk.Same("r"),
        "note": [str(n) for n in range(n_rows)],
    }
    bulk.insert(Checkpoint, columns)
    rows = Checkpoint.objects.order_by("size").values_list("size", "root", "note", "at")
    assert list(rows) == [(n, "r", str(n), NOW) for n in range(n_rows)]


def test_a_row_that_cannot_be_leaves_none_of_the_others() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Leaf, {"index": [*range(1500), 7], "body": [b""] * 1501})
    assert not Leaf.objects.exists()


def test_columns_of_unequal_length_are_our_mistake() -> None:
    with pytest.raises(ValueError, match="unequal"):
        bulk.insert(Leaf, {"index": range(3), "body": [b""] * 2})


def test_rows_are_read_in_the_order_that_is_asked_for_with_bytes_as_digits_and_null_as_none() -> None:
    bulk.insert(Leaf, {"index": range(2000), "body": [bytes([n % 256]) for n in range(2000)]})
    columns = ('"index"', bulk.hexed("body"), 'NULLIF("index", 5)', "'\"q\"\\'")
    rows = bulk.read(columns, 'FROM tlog_leaf WHERE "index" >= %s ORDER BY "index" DESC', 3)
    assert [row[0] for row in rows] == list(range(1999, 2, -1))
    assert all(bytes.fromhex(row[1]) == bytes([row[0] % 256]) for row in rows)
    assert [row[0] for row in rows if row[2] is None] == [5]
    assert {row[3] for row in rows} == {'"q"\\'}


def test_nothing_is_read_where_nothing_is() -> None:
    assert bulk.read(('"index"',), "FROM tlog_leaf WHERE false") == []


def test_what_sqlite_has_in_its_log_is_moved_into_the_database_while_others_have_it_open(tmp_path: Path) -> None:
    file = tmp_path / "a register?.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("CREATE TABLE row (body BLOB)")
        writer.executemany("INSERT INTO row VALUES (zeroblob(?))", [(100_000,)] * 20)
        assert file.stat().st_size < 100_000
        bulk._move_log(str(file))
        assert file.stat().st_size > 2_000_000
        assert writer.execute("SELECT count(*) FROM row").fetchone() == (20,)


def test_a_database_that_is_no_file_has_nothing_to_move(tmp_path: Path) -> None:
    bulk._move_log("file:memorydb_default?mode=memory&cache=shared")
    bulk._move_log(str(tmp_path / "none.sqlite3"))
    assert not list(tmp_path.iterdir())
