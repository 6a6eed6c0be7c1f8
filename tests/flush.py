"""Emptying append-only tables after a test that commits: what the triggers forbid everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.test import TransactionTestCase


@contextmanager
def triggers_lifted(alias: str) -> Iterator[None]:
    """Let the triggers of a test database rest."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            try:
                yield
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        try:
            yield
        finally:
            for _, statement in triggers:
                cursor.execute(statement)


@contextmanager
def flush_past_triggers() -> Iterator[None]:
    """Make Django's own clean-up of tests with real transactions work on append-only tables."""
    flush = TransactionTestCase._fixture_teardown

    def teardown(self: TransactionTestCase) -> Any:
        with triggers_lifted("default"):
            return flush(self)

    TransactionTestCase._fixture_teardown = teardown
    try:
        yield
    finally:
        TransactionTestCase._fixture_teardown = flush
