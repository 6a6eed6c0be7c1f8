"""Processes of the bank of credits that are killed: run by test_killed_bank, never imported by it. Orders as in ``killed``."""

from __future__ import annotations

import contextlib

# isort: off
# First ``killed``: it sets Django up.
from tests.apps import killed
from guildhall.accounts.services import COMMAND
from guildhall.credentials import work
from guildhall.credit import applications, banking, services
from guildhall.credit import work as bank_work
from guildhall.credit.models import Account, Application, Outcome, Verdict
from guildhall.accounts.models import Organisation
from tests.apps import bank
from tests.world import NOW
# isort: on

banking.CHUNK = 3


def do(task: str, _file: str) -> None:
    """Do what a door or the worker would; what has been done before is not done again."""
    if task == "apply" and not Application.objects.exists():
        certificate = Outcome.objects.get(kind="vocational-certificate")
        course = Outcome.objects.get(kind="course")
        plan = bank.plan(
            bank.conversion("by-certificate", certificate.pk, "EL201", worth="4"),
            bank.conversion("by-course", course.pk, "EL202", "2.5", worth="4.5", left="2", left_is="kept"),
        )
        services.apply(
            Account.objects.get(),
            Organisation.objects.get(slug="north-college"),
            bank.PROGRAMME,
            plan,
            actor=COMMAND,
            now=NOW,
        )
    elif task == "decide":
        with contextlib.suppress(applications.AlreadyDecidedError):
            services.decide(Application.objects.get(), Verdict.WHOLE, actor=COMMAND, now=NOW)
    elif task == "annul":
        with contextlib.suppress(applications.NotDecidedError):
            services.annul_decision(Application.objects.get(), "wrong", actor=COMMAND, now=NOW)
    work.run_once(NOW)
    bank_work.run_once(NOW)


if __name__ == "__main__":
    killed.do = do
    killed.main()
