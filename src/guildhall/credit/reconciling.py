"""Looking for any break in the bank of credits, from the rows alone: whatever the triggers hold is reckoned here a second time.

Nothing is mended: a break is a mistake of ours or a change past the database, and somebody has to look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from guildhall.credit import banking, ledger, reviews
from guildhall.credit.models import Bucket

CHECKS: Final = {
    "unbalanced_entry": "the lines of an outcome in an entry do not sum to zero",
    "wrong_line_count": "an entry has not the lines that it says",
    "impossible_move": "a deed moves between buckets that it cannot",
    "balance_differs": "a balance is not the sum of its lines",
    "below_zero": "a bucket is below zero",
    "missing_balance": "an outcome has no balance",
    "deposited_otherwise": "what was deposited is not the outcome's amount, once",
    "held_unclaimed": "what is held is not what open claims say",
    "redeemed_unclaimed": "what is redeemed or lapsed is not what claims say",
    "claim_left_open": "an application that is not open has an open claim, or an open one has none",
    "decision_missing": "an application's state and its decisions do not fit",
    "award_not_banked": "an award that the sweep has passed is not banked",
    "award_of_other_account": "an award is banked for somebody else than it names, and no task says so",
}
"""Every break that is looked for."""

_BUCKETS: Final = [bucket.value for bucket in Bucket]
_SUMS: Final = ", ".join(
    f"coalesce(sum(CASE WHEN p.bucket = '{name}' THEN p.amount END), 0) AS s_{name}" for name in _BUCKETS
)
_DIFFER: Final = " OR ".join(f"b.{name} <> s.s_{name}" for name in _BUCKETS)
_BELOW: Final = " OR ".join(f"{name} < 0" for name in _BUCKETS if name != "source")
_MOVES: Final = {
    "deposit": ("source", "available"),
    "hold": ("available", "held"),
    "release": ("held", "available"),
    "decide": ("held", "redeemed", "lapsed", "available"),
    "expire": ("available", "expired"),
    "reverse": ("available", "reversed"),
    "annul": ("redeemed", "lapsed", "available"),
}
_ALLOWED: Final = " OR ".join(
    f"(e.deed = '{deed}' AND p.bucket IN ({', '.join(repr(bucket) for bucket in buckets)}))"
    for deed, buckets in _MOVES.items()
)

# Every name below is our own: nothing of what is asked comes from outside.
_QUERIES: Final = {
    "unbalanced_entry": """
        SELECT entry_id, outcome_id FROM credit_posting GROUP BY entry_id, outcome_id HAVING sum(amount) <> 0""",
    "wrong_line_count": """
        SELECT e.id, NULL FROM credit_entry e
        WHERE e.n_lines <> (SELECT count(*) FROM credit_posting p WHERE p.entry_id = e.id) OR e.n_lines = 0""",
    "impossible_move": f"""
        SELECT p.entry_id, p.outcome_id FROM credit_posting p JOIN credit_entry e ON e.id = p.entry_id
        WHERE NOT ({_ALLOWED})""",  # noqa: S608
    "balance_differs": f"""
        SELECT b.outcome_id, NULL FROM credit_balance b LEFT JOIN
            (SELECT p.outcome_id, {_SUMS} FROM credit_posting p GROUP BY p.outcome_id) s ON s.outcome_id = b.outcome_id
        WHERE s.outcome_id IS NULL OR {_DIFFER}""",  # noqa: S608
    "below_zero": f"SELECT outcome_id, NULL FROM credit_balance WHERE {_BELOW} OR source > 0",  # noqa: S608
    "missing_balance": """
        SELECT o.id, NULL FROM credit_outcome o
        WHERE NOT EXISTS (SELECT 1 FROM credit_balance b WHERE b.outcome_id = o.id)""",
    "deposited_otherwise": """
        SELECT o.id, NULL FROM credit_outcome o LEFT JOIN credit_posting p ON p.outcome_id = o.id AND p.bucket = 'source'
        GROUP BY o.id, o.amount HAVING count(p.id) <> 1 OR sum(p.amount) <> -o.amount""",
    "held_unclaimed": """
        SELECT b.outcome_id, NULL FROM credit_balance b WHERE b.held <>
            (SELECT coalesce(sum(c.amount), 0) FROM credit_claim c WHERE c.outcome_id = b.outcome_id AND c.open)""",
    "redeemed_unclaimed": """
        SELECT b.outcome_id, NULL FROM credit_balance b
        WHERE b.redeemed <> (SELECT coalesce(sum(c.redeemed), 0) FROM credit_claim c WHERE c.outcome_id = b.outcome_id)
            OR b.lapsed <> (SELECT coalesce(sum(c.lapsed), 0) FROM credit_claim c WHERE c.outcome_id = b.outcome_id)""",
    "claim_left_open": """
        SELECT a.id, NULL FROM credit_application a WHERE (a.state = 'submitted') <>
            EXISTS (SELECT 1 FROM credit_claim c WHERE c.application_id = a.id AND c.open)""",
    "decision_missing": """
        SELECT a.id, NULL FROM credit_application a
        WHERE (CASE WHEN a.state IN ('accepted', 'partly', 'refused', 'appealed') THEN 1 ELSE 0 END) <>
            (SELECT count(*) FROM credit_decision d WHERE d.application_id = a.id
                AND NOT EXISTS (SELECT 1 FROM credit_annulment n WHERE n.decision_id = d.id))""",
    "award_not_banked": """
        SELECT i.award_id, NULL FROM credentials_document d JOIN credentials_instance i ON i.id = d.instance_id
        WHERE i.serial = 1 AND d.leaf_index < %(swept)s
            AND NOT EXISTS (SELECT 1 FROM credit_outcome o WHERE o.award_id = i.award_id)""",
    "award_of_other_account": """
        SELECT o.id, o.award_id FROM credit_outcome o JOIN credentials_award w ON w.id = o.award_id
            JOIN credit_account a ON a.id = o.account_id JOIN credit_balance b ON b.outcome_id = o.id
        WHERE a.id_hash <> w.id_hash AND b.reversed < o.amount
            AND NOT EXISTS (SELECT 1 FROM credit_reviewtask t WHERE t.outcome_id = o.id)
            AND NOT EXISTS (SELECT 1 FROM credentials_statusevent v LEFT JOIN credentials_eventleaf l ON l.event_id = v.id
                WHERE v.award_id = w.id AND (l.leaf_index IS NULL OR l.leaf_index >= %(reviewed)s))""",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Break:
    """One place that does not fit. ``code`` is one of ``CHECKS``; ``keys`` the rows in question."""

    code: str
    keys: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return the break as JSON-ready members."""
        return {"code": self.code, "detail": CHECKS[self.code], "keys": list(self.keys)}


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was found. Units: ``deposited`` and what became of it in hundredths, over outcomes in credits and in wholes alike."""

    breaks: tuple[Break, ...]
    n_outcomes: int
    n_entries: int
    n_lines: int
    sums: dict[str, int]
    n_overdue: int

    def as_json(self) -> dict[str, object]:
        """Return the reconciliation as JSON-ready members."""
        return {
            "sound": not self.breaks,
            "n_outcomes": self.n_outcomes,
            "n_entries": self.n_entries,
            "n_lines": self.n_lines,
            "sums": dict(self.sums),
            "n_overdue": self.n_overdue,
            "breaks": [one.as_json() for one in self.breaks],
        }


def reconcile(now: datetime, *, limit: int = 1000) -> Reconciliation:
    """Look for every kind of break; at most ``limit`` places of each are told.

    ``n_overdue`` counts outcomes whose last day is past and which the worker has not yet let run out: they can be applied for
    no more, so that is no break.
    """
    # One view of all tables, whatever is posted meanwhile.
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if connection.vendor == "postgresql" and outermost:
            _run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        params = {"swept": banking.position(banking.AWARDS), "reviewed": banking.position(reviews.EVENTS)}
        breaks = tuple(one for code in CHECKS for one in _breaks(code, params, limit))
        (sums,) = _rows(f"SELECT {', '.join(f'coalesce(sum({name}), 0)' for name in _BUCKETS)} FROM credit_balance")  # noqa: S608
        n_outcomes, n_entries, n_lines = (
            int(_rows(f"SELECT count(*) FROM credit_{table}")[0][0])  # noqa: S608
            for table in ("outcome", "entry", "posting")
        )
        overdue = _rows(
            "SELECT count(*) FROM credit_balance b JOIN credit_outcome o ON o.id = b.outcome_id "
            "WHERE b.available > 0 AND o.expires_on < %(today)s",
            {"today": ledger.today(now).isoformat()},
        )[0][0]
    return Reconciliation(
        breaks, n_outcomes, n_entries, n_lines, dict(zip(_BUCKETS, map(int, sums), strict=True)), overdue
    )


def _breaks(code: str, params: dict[str, Any], limit: int) -> Iterator[Break]:
    for row in _rows(f"{_QUERIES[code]} LIMIT {limit}", params):
        yield Break(code, tuple(str(key) for key in row if key is not None))


def _rows(statement: str, params: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params or {})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
