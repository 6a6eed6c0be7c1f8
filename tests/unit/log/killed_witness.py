"""A witness that is killed at a given point: run by test_witness_server as a program, never imported by it.

``python -m tests.unit.log.killed_witness`` is ``python -m guildhall``, but the process kills itself (SIGKILL: no handler, no flush)
when it stores what it has cosigned: before the file gets its name, or after, when nothing has been answered yet.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from guildhall.cli import durable, main

_replace = durable.replace


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def replace(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    if path.name == "checkpoint" and os.environ["DIE"] == "before":
        Path.replace = _die  # type: ignore[method-assign,assignment]
    _replace(path, content, mode=mode)
    if path.name == "checkpoint":
        _die()


durable.replace = replace
main()
