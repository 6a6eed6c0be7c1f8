"""Processes that sign beside the one that issues: what they make, and what is left when one of them or all of them die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from guildhall.assessment.models import Batch
from guildhall.cli import answers, app
from guildhall.credentials import issuing, pressing, services, signing
from guildhall.credentials.issuing import Progress
from guildhall.credentials.models import Document, Instance
from tests.apps import river
from tests.apps.test_killed import environment, whole
from tests.world import NOW, World

pytestmark = pytest.mark.django_db(transaction=True)
N_ROWS = 10


@pytest.fixture
def batch(shared_office: World, monkeypatch) -> Batch:
    """A batch of four chunks; processes that are started find this test's keystore."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(issuing, "CHUNK", 3)
    return river.bring_in(shared_office, river.rows(N_ROWS), issue=False)


def test_what_processes_sign_is_what_one_thread_signs(shared_office: World, batch: Batch) -> None:
    with services.pressroom(2) as room:
        services.issue(batch, actor=shared_office.li, now=NOW, room=room)
    signer = shared_office.signers[f"{shared_office.national.did}#key-1"]
    documents = Document.objects.select_related("instance__form")
    assert len(documents) == N_ROWS
    for document in documents:
        press = signing.Press(orjson.loads(document.instance.form.facts), signer, created=NOW, logged_at=NOW)
        facts = orjson.loads(document.instance.facts)
        assert document.body == press.sign_the_long_way(document.pk.hex, facts)
    for instance in Instance.objects.all()[:3]:
        assert river.failed(river.verified(shared_office, instance)) == []


def test_a_killed_process_ends_the_run_with_its_own_code_and_the_next_run_goes_on(
    shared_office: World, batch: Batch
) -> None:
    def kill(_: Progress) -> None:
        for child in multiprocessing.active_children():
            os.kill(child.pid or 0, signal.SIGKILL)

    with services.pressroom(1) as room, pytest.raises(pressing.SigningWorkerLostError) as refusal:
        services.issue(batch, actor=shared_office.command, now=NOW, room=room, on_progress=kill)
    assert refusal.value.code == "signing_worker_lost"
    batch.refresh_from_db()
    assert batch.n_prepared >= batch.n_signed == Document.objects.count() < N_ROWS
    services.issue(batch, actor=shared_office.command, now=NOW)
    whole(shared_office, N_ROWS)


def test_a_process_signs_nothing_with_a_key_that_is_not_the_published_one(
    shared_office: World, batch: Batch, monkeypatch
) -> None:
    from guildhall.credentials.keys import KeyMismatchError
    from guildhall.issuers import selectors

    real = selectors.key_at(shared_office.national.organisation, NOW)
    real.multibase = shared_office.signers["did:web:register.test:authority#key-1"].public_key.multibase
    monkeypatch.setattr(issuing.issuers, "key_at", lambda *_: real)
    with services.pressroom(1) as room, pytest.raises(KeyMismatchError):
        services.issue(batch, actor=shared_office.li, now=NOW, room=room)
    assert not Document.objects.exists()


@pytest.fixture
def begun(shared_office: World, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process that issues, and the ids of the two that sign for it."""
    file = tmp_path / "results.csv"
    file.write_bytes(river.csv_file(river.rows(N_ROWS)))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.apps.workers", str(file)],
        env=environment(), cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert pids
    yield process, pids
    process.kill()
    process.wait()
    process.stdout.close()


def gone(pids: list[int]) -> bool:
    """Tell whether none of the processes is left after some seconds at most."""
    for _ in range(100):
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_whoever_stops_the_one_stops_all_and_the_next_run_goes_on(
    shared_office: World, begun: tuple[subprocess.Popen[str], list[int]], blow: signal.Signals
) -> None:
    process, pids = begun
    # A terminal tells all of a session of an interruption; a kill hits one.
    if blow is signal.SIGINT:
        os.killpg(process.pid, blow)
    else:
        os.kill(process.pid, blow)
    assert process.wait(30) != 0
    assert gone(pids)
    services.issue(Batch.objects.get(), actor=shared_office.command, now=NOW)
    whole(shared_office, N_ROWS)


def test_an_interrupted_command_ends_with_the_usual_status(shared_office: World, tmp_path: Path, monkeypatch) -> None:
    from typer.testing import CliRunner

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(answers, "now", lambda: NOW)
    monkeypatch.setattr(services, "issue", interrupted)
    file = tmp_path / "x.csv"
    file.write_bytes(river.csv_file(river.rows(1)))
    outcome = CliRunner().invoke(app, ["issue", str(file), "--issuer", "national-centre", "--workers", "1"])
    assert outcome.exit_code == 130
