"""One worker a batch at a time, as long as it lives.

Two workers on one batch would do no harm (each chunk goes by what the rows say), but half their work would be for nothing.
A lease ends with its holder: the server's advisory lock and the file's lock are gone the moment a process is killed, so a
batch never waits for a clock.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection


@contextmanager
def lease(batch_id: UUID) -> Iterator[bool]:
    """Tell, for as long as the block runs, whether the batch is ours alone."""
    if connection.vendor == "postgresql":
        with _advisory_lock(batch_id) as held:
            yield held
    else:
        with _file_lock(batch_id) as held:
            yield held


@contextmanager
def _advisory_lock(batch_id: UUID) -> Iterator[bool]:
    key = int.from_bytes(batch_id.bytes[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        row = cursor.fetchone()
    held = bool(row and row[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def _file_lock(batch_id: UUID) -> Iterator[bool]:
    folder = Path(settings.HOME) / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{batch_id}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)
