"""What runs beside the doors: banking what was issued, opening tasks, and letting run out what has run out."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from guildhall.accounts.services import COMMAND
from guildhall.credit import banking, ledger, reviews
from guildhall.credit.models import Balance

_CHUNK: Final = 500


def run_once(now: datetime) -> int:
    """Do all that is waiting and return how much it was: awards banked, events looked at, outcomes run out.

    Can be killed anywhere and run again, by several at once.
    """
    return banking.deposit_issued(now) + reviews.open_reviews(now) + expire_due(now)


def expire_due(now: datetime) -> int:
    """Let outcomes run out whose last day is past; return how many. Nothing waits for it: what is past counts no more anyway."""
    today = ledger.today(now)
    past = Q(outcome__expires_on__lt=today) | Q(outcome__claims__kept_until__lt=today)
    due = Balance.objects.filter(past, available__gt=0).order_by("pk").distinct()
    n_expired = 0
    while some := list(due.values_list("pk", flat=True)[:_CHUNK]):
        with transaction.atomic():
            n_gone = ledger.expire(some, actor=COMMAND.name, now=now)
        n_expired += n_gone
        if not n_gone:
            break
    return n_expired
