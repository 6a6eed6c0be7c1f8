"""Processes of the register that are killed: run by test_killed, never imported by it.

``python -m tests.apps.killed`` reads one order a line (JSON: ``task``, ``file``, ``point``, ``n``, ``n_workers``) and forks a worker
for it, which does the task as a worker of the register would. With a ``point`` it kills itself (SIGKILL: no handler, no
rollback, no flush) at the ``n``-th time it comes there. It answers with the workers' process ids and then with how they
ended. Forking from a process that has everything loaded makes a hundred deaths a matter of seconds.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import orjson

django.setup()

from django.db import transaction  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402

from guildhall.accounts import bulk  # noqa: E402
from guildhall.accounts.services import COMMAND  # noqa: E402
from guildhall.assessment import services as assessment  # noqa: E402
from guildhall.core.keys import SeedSigner  # noqa: E402
from guildhall.credentials import deeds, forms, issuing, signing, work  # noqa: E402
from guildhall.credentials.models import Award  # noqa: E402
from guildhall.issuers.selectors import issuer_by_slug  # noqa: E402
from guildhall.tlog import files, keys  # noqa: E402
from guildhall.tlog import services as tlog  # noqa: E402
from tests.world import NOW  # noqa: E402

issuing.CHUNK = 7


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def countdown(
    n: int, inner: Callable[..., Any], *, after: bool = False, when: Callable[..., bool] | None = None
) -> Any:
    left = n

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if when is None or when(*args, **kwargs):
            left -= 1
            if left == 0 and not after:
                die()
            given = inner(*args, **kwargs)
            if left == 0:
                die()
            return given
        return inner(*args, **kwargs)

    return counted


def _into(name: str) -> Callable[..., bool]:
    return lambda model, *_args, **_kwargs: model.__name__ == name


def lay_trap(point: str, n: int) -> None:
    """Arrange for the process to be killed at a point."""
    if point.startswith("before-commit"):
        BaseDatabaseWrapper.commit = countdown(n, BaseDatabaseWrapper.commit)  # type: ignore[method-assign]
    elif point.startswith("after-commit"):
        BaseDatabaseWrapper.commit = countdown(n, BaseDatabaseWrapper.commit, after=True)  # type: ignore[method-assign]
    elif point.startswith("insert-"):
        bulk.insert = countdown(n, bulk.insert, after=True, when=_into(point.removeprefix("insert-")))
    elif point == "append":
        tlog.append = countdown(n, tlog.append, after=True)
    elif point == "fsync":
        os.fsync = countdown(n, os.fsync)
    elif point == "rename":
        Path.replace = countdown(n, Path.replace)  # type: ignore[method-assign]
    elif point == "file":
        files.write = countdown(n, files.write, after=True)
    else:
        raise SystemExit(f"no such point: {point}")


def do(task: str, file: str) -> None:
    """Do what a door or the worker would."""
    if task == "issue":
        assessment.import_results(
            Path(file).read_bytes(), "killed.csv", issuer=issuer_by_slug("national-centre"), preview_digest=None,
            actor=COMMAND, now=NOW,
        )  # fmt: skip
    elif task == "reissue":
        deeds.reissue(Award.objects.get(number=file), reason="lost", actor=COMMAND, now=NOW)
    work.run_once(NOW)
    assert not transaction.get_connection().in_atomic_block


def worker(order: dict[str, Any]) -> int:
    """Fork a worker and return its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        if order.get("point"):
            lay_trap(order["point"], order.get("n", 1))
        do(order["task"], order.get("file", ""))
    except BaseException:  # noqa: BLE001 - a worker that fails says so and ends
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    keys.log_signer()
    warm = signing.Press(SAMPLE, SeedSigner("did:web:x.test:issuers:x#key-1", bytes(32)), created=NOW, logged_at=NOW)
    warm.sign("0" * 32, OWN)
    for line in sys.stdin:
        order = json.loads(line)
        pids = [worker(order) for _ in range(order.get("n_workers", 1))]
        print(json.dumps(pids), flush=True)
        print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]), flush=True)


NAME = {"zh": "某", "en": "x"}
SAMPLE = {
    **dict.fromkeys(("certificate_name", "occupation_name", "classification_name", "level_name", "issuer_name"), NAME),
    "origin": "http://x.test",
    "issuer": "did:web:x.test:issuers:x",
    "issuer_credit_code": "",
    "scheme": "pcc",
    "occupation": "6-31-01-03",
    "classification": "cn",
    "level": "4",
    "edition": "2024",
    "filing": "F",
    "region": "110000",
    "site": "",
    "site_name": {},
    "work_type": "",
    "parts": [{"code": code, "name": code, "pass_mark": "60"} for code in ("theory", "skill")],
    "lists": {purpose: f"http://x.test/status/{purpose}" for purpose in forms.PURPOSES},
}
OWN = orjson.dumps(
    forms.own(
        number="1", holder="某", identity_hash="sha256$0", salt="0", issued_on="2026-01-01", valid_until=None,
        examined_on="2026-01-01", marks=["60", "60"], index=1,
    )
)  # fmt: skip

if __name__ == "__main__":
    main()
