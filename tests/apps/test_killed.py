"""Kill the process at any stage and run again: nothing lost, nothing twice. It is really killed."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import repeat
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection

from guildhall.accounts.models import AuditEntry
from guildhall.accounts.services import verify_audit_chain
from guildhall.assessment.models import Batch, Result
from guildhall.credentials.models import Award, Document, EventLeaf, Instance, StatusEvent
from guildhall.tlog.models import Leaf
from tests import conftest
from tests.apps import river
from tests.world import NOW, World

pytestmark = pytest.mark.django_db(transaction=True)
N_ROWS = 20


def environment() -> dict[str, str]:
    """Return the environment of a process that works on this test's database and folders."""
    name = str(connection.settings_dict["NAME"])
    if conftest.DATABASE == "postgres":
        address = urlsplit(os.environ["GUILDHALL_TEST_POSTGRES"])
        name = urlunsplit(address._replace(path=f"/{name}"))
    return os.environ | {
        "GUILDHALL_DATABASE": name,
        "GUILDHALL_HOME": str(django_settings.HOME),
        "DJANGO_SETTINGS_MODULE": "guildhall.site.settings",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")])),
    }


class Nursery:
    """Where workers come from: one process that has everything loaded and forks."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.apps.killed"],
            env=environment(), cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def begin(self, task: str, file: object = "", **more: object) -> list[int]:
        """Begin a task; return the workers' process ids."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"task": task, "file": str(file), **more}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def ended(self) -> list[int]:
        """Wait for the workers; return how they ended."""
        outcomes = self._answer()
        assert set(outcomes) <= {0, -signal.SIGKILL}, "a worker failed: see its words above"
        return outcomes

    def run(self, task: str, file: object = "", **more: object) -> int:
        """Run one worker to its end and return that."""
        self.begin(task, file, **more)
        return self.ended()[0]

    def _answer(self) -> list[int]:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait(60) == 0


@pytest.fixture
def nursery(shared_office: World) -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
def results(tmp_path: Path) -> Path:
    file = tmp_path / "results.csv"
    file.write_bytes(river.csv_file(river.rows(N_ROWS)))
    return file


def whole(office: World, n_awards: int) -> None:
    """Everything is there once, and everything fits."""
    assert (Result.objects.count(), Award.objects.count(), Document.objects.count()) == (n_awards,) * 3
    batch = Batch.objects.get()
    assert (batch.n_good, batch.n_prepared, batch.n_signed) == (n_awards,) * 3
    assert batch.issued_at is not None
    assert len(set(Award.objects.values_list("number", flat=True))) == n_awards
    assert sorted(int(number[-6:]) for number in Award.objects.values_list("number", flat=True)) == list(
        range(1, n_awards + 1)
    )
    deeds = AuditEntry.objects.filter(subject=str(batch.pk)).order_by("id").values_list("deed", flat=True)
    assert list(deeds) == ["import", "prepare", "sign", "publish"]
    assert verify_audit_chain() == []
    report = river.audited(django_settings.LOG_DIR)
    assert report.findings == ()
    assert report.size == Leaf.objects.count()
    assert report.n_by_kind["award"] == n_awards
    for instance in Instance.objects.order_by("award__number")[::6]:
        assert river.failed(river.verified(office, instance)) == []


def killed_until_done(nursery: Nursery, file: Path, points: Iterable[tuple[str, int]]) -> int:
    """Run, killed at one point after the other, until a run gets through; return how many were killed."""
    n_killed = 0
    for point, n in points:
        if nursery.run("issue", file, point=point, n=n) == 0:
            return n_killed
        n_killed += 1
    assert nursery.run("issue", file) == 0
    return n_killed


# Of the first kinds each run comes one commit further; of the others each run dies a little later than the one before.
DEATHS = {
    "after each commit": (lambda: repeat(("after-commit", 1), 60), 12),
    "before each commit": (lambda: repeat(("before-commit", 2), 60), 10),
    "before each wait for the disk": (lambda: (("fsync", n) for n in range(1, 20)), 4),
    "before each file gets its name": (lambda: (("rename", n) for n in range(1, 20)), 3),
    "after each group of files": (lambda: (("file", n) for n in range(1, 9)), 2),
    "within each load of rows": (
        lambda: (
            # The second chunk is prepared before the first is taken in, and the third together with that.
            (f"insert-{what}", n)
            for what, n in [
                *((what, 1) for what in ("Result", "Award", "Instance")),
                ("Award", 2),
                *((what, 1) for what in ("Instance", "Leaf", "Award", "Document")),
                ("Leaf", 2),
                ("Document", 1),
            ]
        ),
        10,
    ),
}  # fmt: skip


@pytest.mark.parametrize("death", DEATHS)
def test_killed_and_run_again(shared_office: World, nursery: Nursery, results: Path, death: str) -> None:
    points, n_at_least = DEATHS[death]
    assert killed_until_done(nursery, results, points()) >= n_at_least
    whole(shared_office, N_ROWS)


@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again_at_random_moments(
    shared_office: World, nursery: Nursery, results: Path, seed: int
) -> None:
    chance = random.Random(seed)
    n_killed = 0
    for _ in range(12):
        (pid,) = nursery.begin("issue", results)
        time.sleep(chance.random() * 0.15)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        n_killed += nursery.ended() == [-signal.SIGKILL]
    assert n_killed, "every run was faster than its killer"
    assert nursery.run("issue", results) == 0
    whole(shared_office, N_ROWS)


@pytest.mark.parametrize(("point", "n"), [("after-commit", 1), ("append", 1), ("append", 2), ("file", 2)])
def test_a_reissue_cut_short_is_finished_by_the_worker(
    shared_office: World, nursery: Nursery, point: str, n: int
) -> None:
    river.bring_in(shared_office, river.rows(2))
    award = Award.objects.order_by("number").first()
    assert award is not None
    assert nursery.run("reissue", award.number, point=point, n=n) == -signal.SIGKILL, "the point was never reached"
    assert nursery.run("work") == 0
    # Killed before its first commit the reissue never was; otherwise it is whole.
    n_events = StatusEvent.objects.count()
    assert Instance.objects.count() == Document.objects.count() == 2 + n_events
    assert EventLeaf.objects.count() == n_events <= 1
    assert river.audited(django_settings.LOG_DIR).findings == ()
    newest = Instance.objects.filter(award=award).order_by("-serial").first()
    assert newest is not None
    assert river.failed(river.verified(shared_office, newest, now=NOW)) == []


def test_four_workers_at_once_do_the_work_once(shared_office: World, nursery: Nursery, results: Path) -> None:
    nursery.begin("issue", results, n_workers=4)
    assert nursery.ended() == [0, 0, 0, 0]
    assert nursery.run("issue", results) == 0
    whole(shared_office, N_ROWS)


def test_four_workers_of_which_some_die_do_the_work_once(shared_office: World, nursery: Nursery, results: Path) -> None:
    for n in (3, 5, 7):
        nursery.begin("issue", results, n_workers=4, point="after-commit", n=n)
        nursery.ended()
    assert nursery.run("issue", results) == 0
    whole(shared_office, N_ROWS)
