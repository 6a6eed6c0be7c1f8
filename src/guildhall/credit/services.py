"""What can be done with credits: every door comes in here."""

from __future__ import annotations

from guildhall.credit.applications import (
    Refusal,
    allow_appeal,
    annul_decision,
    appeal,
    apply,
    decide,
    dismiss_appeal,
    withdraw,
)
from guildhall.credit.banking import deposit, deposit_issued, set_value
from guildhall.credit.binding import bind, bind_by_certificate, issue_binding_code, unbind
from guildhall.credit.planning import best, losses, propose, spendable_json, standings, submit
from guildhall.credit.reviews import open_reviews, resolve
from guildhall.credit.rule_sets import enter_rule_set, publish_rule_set, rule_set_in_force

__all__ = [
    "Refusal",
    "allow_appeal",
    "annul_decision",
    "appeal",
    "apply",
    "best",
    "bind",
    "bind_by_certificate",
    "decide",
    "deposit",
    "deposit_issued",
    "dismiss_appeal",
    "enter_rule_set",
    "issue_binding_code",
    "losses",
    "open_reviews",
    "propose",
    "publish_rule_set",
    "resolve",
    "rule_set_in_force",
    "set_value",
    "spendable_json",
    "standings",
    "submit",
    "unbind",
    "withdraw",
]
