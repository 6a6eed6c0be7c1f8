"""Clients written in JavaScript by others, run beside the tests.

Node and npm must be there, and the packages of ``tests/node/package-lock.json`` must be installable;
where they are not, the tests that need them say so and are skipped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parent / "node"


@cache
def why_not() -> str:
    """Return why JavaScript clients cannot run here; empty if they can."""
    if not shutil.which("node"):
        return "Node.js is not installed"
    lock = FOLDER / "package-lock.json"
    installed = FOLDER / "node_modules" / ".package-lock.json"
    if installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return ""
    if not shutil.which("npm"):
        return "npm is not installed"
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return "" if done.returncode == 0 else f"npm could not install the packages of tests/node: {done.stderr[-300:]}"


class Script:
    """A script of ``tests/node`` that answers one JSON line for each JSON line it is given."""

    def __init__(self, name: str) -> None:
        self._running = subprocess.Popen(
            ["node", name], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request and return its answer."""
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        self._running.stdin.write(json.dumps(request) + "\n")
        self._running.stdin.flush()
        answer: dict[str, Any] = json.loads(self._running.stdout.readline())
        return answer

    def ask_all(self, requests: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send requests one after the other and return their answers."""
        return [self.ask(request) for request in requests]

    def end(self) -> None:
        """Close the script's input and wait for it to end."""
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        self._running.stdin.close()
        self._running.wait(timeout=30)
        self._running.stdout.close()


@contextmanager
def script(name: str) -> Iterator[Script]:
    """Run a script of ``tests/node`` for the length of a block; skip the test where that cannot be."""
    reason = why_not()
    if reason:
        pytest.skip(f"no cross-check with JavaScript clients: {reason}")
    running = Script(name)
    try:
        yield running
    finally:
        running.end()
