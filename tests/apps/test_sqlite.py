"""SQLite with several writers: each waits for its turn, and begins soon after the one before has ended."""

from __future__ import annotations

import sqlite3
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.utils import OperationalError

from guildhall.site.sqlite.base import DatabaseWrapper

pytestmark = pytest.mark.django_db

HELD = 0.35


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "some.sqlite3"
    with sqlite3.connect(file) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE said (what TEXT)")
    made.close()
    return file


@pytest.fixture
def writer(file: Path) -> Iterator[DatabaseWrapper]:
    writer = connected(file, timeout=20)
    yield writer
    writer.close()


def connected(file: Path, timeout: float) -> DatabaseWrapper:
    from django.db import connections

    given: dict[str, Any] = connections.configure_settings(
        {"default": {"ENGINE": "guildhall.site.sqlite", "NAME": str(file), "OPTIONS": {
            "transaction_mode": "IMMEDIATE", "timeout": timeout, "check_same_thread": False}}}
    )["default"]  # fmt: skip
    writer = DatabaseWrapper(given)
    writer.connect()
    return writer


def begin(writer: DatabaseWrapper) -> None:
    writer._start_transaction_under_autocommit()


class Other:
    """Somebody else who writes, for so long."""

    def __init__(self, file: Path, seconds: float) -> None:
        self._file, self._seconds = file, seconds
        self._holds = threading.Event()
        self.ended_at = 0.0
        self._thread = threading.Thread(target=self._write)
        self._thread.start()
        assert self._holds.wait(10)

    def _write(self) -> None:
        other = sqlite3.connect(self._file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO said VALUES ('other')")
        self._holds.set()
        time.sleep(self._seconds)
        self.ended_at = time.monotonic()
        other.execute("COMMIT")
        other.close()

    def gone(self) -> None:
        self._thread.join()


def test_a_writer_begins_soon_after_the_one_before_has_ended(file: Path, writer: DatabaseWrapper) -> None:
    waited = []
    for _ in range(7):
        other = Other(file, HELD)
        begin(writer)
        waited.append(time.monotonic() - other.ended_at)
        writer.connection.execute("COMMIT")
        other.gone()
    # SQLite's own waiting looks every 100 ms by then: half of that in the middle.
    assert statistics.median(waited) < 0.02


def test_what_another_has_committed_is_seen_by_who_waited(file: Path, writer: DatabaseWrapper) -> None:
    other = Other(file, 0.05)
    begin(writer)
    assert writer.connection.execute("SELECT what FROM said").fetchall() == [("other",)]
    writer.connection.execute("ROLLBACK")
    other.gone()


def test_a_writer_gives_up_after_its_time(file: Path) -> None:
    writer = connected(file, timeout=0.2)
    other = Other(file, 1.5)
    start = time.monotonic()
    with pytest.raises(OperationalError, match="locked"):
        begin(writer)
    assert 0.2 <= time.monotonic() - start < 1.2
    other.gone()
    begin(writer)
    writer.connection.execute("ROLLBACK")
    writer.close()


def test_another_error_is_not_waited_for(writer: DatabaseWrapper) -> None:
    begin(writer)
    with pytest.raises(OperationalError, match="within a transaction"):
        begin(writer)
    writer.connection.execute("ROLLBACK")


def test_single_statements_wait_by_themselves_again(writer: DatabaseWrapper) -> None:
    begin(writer)
    writer.connection.execute("ROLLBACK")
    assert writer.connection.execute("PRAGMA busy_timeout").fetchone() == (20_000,)
