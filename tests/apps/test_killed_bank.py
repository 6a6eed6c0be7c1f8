"""Kill whoever banks, applies, decides or annuls, at any commit, and run again: no credit lost, none doubled."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from guildhall.accounts.models import Organisation
from guildhall.accounts.services import COMMAND, verify_audit_chain
from guildhall.core.verify import verify
from guildhall.credentials.models import Transcript, TranscriptDocument
from guildhall.credentials.services import bundle
from guildhall.credit import reconciling, services, work
from guildhall.credit.models import Application, Decision, Outcome
from tests.apps import bank, river
from tests.apps.test_killed import Nursery, environment
from tests.world import NOW, World

pytestmark = pytest.mark.django_db(transaction=True)


class Vault(Nursery):
    """The same nursery, whose workers bank."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.apps.killed_bank"],
            env=environment(), cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip


@pytest.fixture
def vault(shared_office: World) -> Iterator[Vault]:
    made = Vault()
    yield made
    made.close()


def killed_until_done(vault: Vault, task: str, point: str) -> int:
    """Run a task, killed one commit later each time, until a run gets through; return how many were killed."""
    for n_killed in range(40):
        if vault.run(task, point=point, n=n_killed + 1) == 0:
            return n_killed
    raise AssertionError("it never gets through")


def sound(office: World) -> None:
    assert reconciling.reconcile(NOW).breaks == ()
    assert verify_audit_chain() == []
    assert river.audited(django_settings.LOG_DIR).findings == ()
    assert bank.balances() == bank.sums()


@pytest.mark.parametrize("point", ["after-commit", "before-commit"])
def test_a_whole_story_killed_at_every_commit(shared_office: World, vault: Vault, point: str) -> None:
    river.bring_in(shared_office, river.rows(1))
    north = bank.converting_college()
    work.run_once(NOW)
    bank.course(north, COMMAND)
    assert killed_until_done(vault, "apply", point) >= 1
    assert Application.objects.count() == 1
    assert sorted(held["held"] for held in bank.balances().values()) == [100, 450]
    sound(shared_office)
    assert killed_until_done(vault, "decide", point) >= 3
    application = Application.objects.get()
    assert (application.state, Decision.objects.count()) == ("accepted", 1)
    assert {held["redeemed"]: held.get("available", 0) for held in bank.balances().values()} == {100: 0, 250: 200}
    transcript = Transcript.objects.select_related("document", "accreditation").get()
    assert TranscriptDocument.objects.count() == 1
    report = verify(json.dumps(bundle(transcript)).encode(), trust=river.trust(shared_office), now=NOW)
    assert report.valid, river.failed(report)
    sound(shared_office)
    assert killed_until_done(vault, "annul", point) >= 2
    assert sorted(held["available"] for held in bank.balances().values()) == [100, 450]
    report = verify(json.dumps(bundle(transcript)).encode(), trust=river.trust(shared_office), now=NOW)
    assert river.failed(report) == [("status", "annulled")]
    sound(shared_office)


def test_a_sweep_killed_anywhere_banks_every_award_once(shared_office: World, vault: Vault) -> None:
    river.bring_in(shared_office, river.rows(10))
    for point, n in [
        ("after-commit", 1),
        ("before-commit", 2),
        ("insert-Outcome", 1),
        ("insert-Posting", 1),
        ("before-commit", 2),
    ]:
        assert vault.run("bank", point=point, n=n) == -signal.SIGKILL
        sound(shared_office)
    assert vault.run("bank") == 0
    assert Outcome.objects.count() == 10
    assert len(set(Outcome.objects.values_list("award", flat=True))) == 10
    sound(shared_office)


def test_four_sweeps_at_once_bank_every_award_once(shared_office: World, vault: Vault) -> None:
    river.bring_in(shared_office, river.rows(10))
    vault.begin("bank", n_workers=4)
    assert vault.ended() == [0, 0, 0, 0]
    assert Outcome.objects.count() == 10
    sound(shared_office)


def test_two_that_apply_at_once_one_wins_and_the_other_is_told(shared_office: World) -> None:
    river.bring_in(shared_office, river.rows(1))
    work.run_once(NOW)
    colleges = [bank.converting_college(slug) for slug in ("north-college", "south-college")]
    certificate = Outcome.objects.get()

    def applying(college: Organisation) -> Callable[[], object]:
        plan = bank.plan(
            bank.conversion("by-certificate", certificate.pk, "EL201", worth="4"), institution=college.slug
        )
        return lambda: services.apply(certificate.account, college, bank.PROGRAMME, plan, actor=COMMAND, now=NOW)

    given = river.together([applying(college) for college in colleges for _ in range(3)])
    assert sum(isinstance(one, Application) for one in given) == 1
    assert [one.code for one in given if not isinstance(one, Application)] == ["outcome_not_available"] * 5
    assert Application.objects.count() == 1
    sound(shared_office)
