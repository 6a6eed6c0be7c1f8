"""The ledger: double-entry postings, and nothing else, move credits from one bucket to another.

``deposited → held → redeemed | released | expired | reversed``. The callers (``services``) know who may do what; here stands only what
can be done at all. Every function works in the caller's transaction and locks the balances that it touches, in one order,
until commit: of two that want the same outcome, one waits and then finds it gone.

What this module does *not* do: it keeps no sums of its own. Balances follow from the lines by trigger (``invariants``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from guildhall.core.amounts import amount_text
from guildhall.core.credential import CHINA
from guildhall.core.errors import ConflictError
from guildhall.credentials import naming
from guildhall.credit.models import Bucket, Deed

WHOLE: Final = 100
"""An outcome without credits of its own is banked as one whole, 1.00."""


_LOCKED: Final = """
SELECT b.outcome_id, CAST(o.expires_on AS TEXT),
    CAST((SELECT min(c.kept_until) FROM credit_claim c WHERE c.outcome_id = b.outcome_id) AS TEXT),
    b.available, b.held, b.redeemed, b.lapsed
FROM credit_balance b JOIN credit_outcome o ON o.id = b.outcome_id
WHERE b.outcome_id IN ({places}) ORDER BY b.outcome_id{lock}
"""


class OutcomeNotAvailableError(ConflictError):
    """The outcome is held by an open application, spent, run out or taken back."""

    code = "outcome_not_available"


class OutcomeExpiredError(ConflictError):
    """The last day on which the outcome could be applied for is past."""

    code = "outcome_expired"


class MoreThanHeldError(ConflictError):
    """A decision would spend more of an outcome than the application holds."""

    code = "more_than_held"


@dataclass(frozen=True, slots=True)
class Move:
    """So much of an outcome from one bucket into another. ``amount`` in hundredths, above zero."""

    outcome: UUID
    out_of: Bucket
    into: Bucket
    amount: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the credits of an outcome stand, as locked. Amounts in hundredths; ``expires_on`` the last day."""

    outcome: UUID
    expires_on: date | None
    available: int
    held: int
    redeemed: int
    lapsed: int

    def expired_on(self, day: date) -> bool:
        """Tell whether the outcome can no longer be applied for on a day in China."""
        return self.expires_on is not None and self.expires_on < day


def today(now: datetime) -> date:
    """Return the day in China."""
    return now.astimezone(CHINA).date()


def locked(outcomes: Iterable[UUID]) -> dict[UUID, Standing]:
    """Lock the balances of outcomes until commit, lowest id first, and return them.

    Raises: OutcomeNotAvailableError if one of them is no outcome of the ledger.
    """
    assert connection.in_atomic_block, "what is locked stays so until commit"
    wanted = sorted(set(outcomes))
    found = {standing.outcome: standing for standing in map(_standing, _select_locked(wanted))}
    for outcome in wanted:
        if outcome not in found:
            raise OutcomeNotAvailableError("there is no such outcome", outcome=str(outcome))
    return found


def _select_locked(outcomes: Sequence[UUID]) -> list[tuple[Any, ...]]:
    lock = " FOR NO KEY UPDATE OF b" if connection.vendor == "postgresql" else ""
    places = ", ".join(["%s"] * len(outcomes))
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED.format(places=places, lock=lock), [_key(outcome) for outcome in outcomes])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _standing(row: tuple[Any, ...]) -> Standing:
    outcome, expires_on, kept_until, *amounts = row
    days = [date.fromisoformat(text) for text in (expires_on, kept_until) if text is not None]
    return Standing(outcome if isinstance(outcome, UUID) else UUID(hex=outcome), min(days) if days else None, *amounts)


def post(deed: Deed, moves: Sequence[Move], *, application: UUID | None = None, actor: str, now: datetime) -> UUID:
    """Write one entry: the lines that make up the moves, and then its own row, which closes it.

    Shape:  at least one move; ``actor`` the name under which the deed is kept.
    Raises: django.db.IntegrityError if the moves break an invariant: the callers have looked before, so that is our mistake.
    """
    lines = _lines(moves)
    entry = UUID(hex=naming.ordered_ids(1, now)[0])
    _insert_lines(entry, lines)
    at = now if connection.vendor == "postgresql" else str(now.astimezone(UTC).replace(tzinfo=None))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO credit_entry (id, deed, application_id, n_lines, at, actor) VALUES (%s, %s, %s, %s, %s, %s)",
            [_key(entry), deed.value, None if application is None else _key(application), len(lines), at, actor],
        )
    return entry


def _lines(moves: Sequence[Move]) -> list[tuple[UUID, str, int]]:
    sums: dict[tuple[UUID, str], int] = defaultdict(int)
    for move in moves:
        assert move.amount > 0, "a move has a direction: it never goes backwards by a sign"
        sums[move.outcome, move.out_of.value] -= move.amount
        sums[move.outcome, move.into.value] += move.amount
    return [(outcome, bucket, amount) for (outcome, bucket), amount in sums.items() if amount]


# Lines and entry are written by hand: two statements a deed, where the ORM would build objects and texts anew.


def _insert_lines(entry: UUID, lines: Sequence[tuple[UUID, str, int]]) -> None:
    places = ", ".join(["(%s, %s, %s, %s)"] * len(lines))
    values: list[Any] = []
    key = _key(entry)
    for outcome, bucket, amount in lines:
        values += (key, _key(outcome), bucket, amount)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO credit_posting (entry_id, outcome_id, bucket, amount) VALUES {places}",  # noqa: S608 - places only
            values,
        )


def _key(key: UUID) -> UUID | str:
    return key if connection.vendor == "postgresql" else key.hex


# ── deeds ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def deposit(amounts: Mapping[UUID, int], *, actor: str, now: datetime) -> UUID:
    """Bring outcomes into the ledger whose balances have been begun in this transaction.

    Units:  hundredths.
    """
    moves = [Move(outcome, Bucket.SOURCE, Bucket.AVAILABLE, amount) for outcome, amount in amounts.items()]
    return post(Deed.DEPOSIT, moves, actor=actor, now=now)


def hold(outcomes: Sequence[UUID], *, application: UUID | None, actor: str, now: datetime) -> dict[UUID, int]:
    """Hold all that is available of each outcome and return how much that is.

    Shape:  at least one outcome.
    Units:  hundredths.
    Raises: OutcomeExpiredError; OutcomeNotAvailableError.
    """
    standings = locked(outcomes)
    for standing in standings.values():
        if standing.available <= 0:
            raise OutcomeNotAvailableError(
                "nothing of the outcome is available", outcome=str(standing.outcome), held=amount_text(standing.held)
            )
        if standing.expired_on(today(now)):
            raise OutcomeExpiredError(
                "the outcome has run out", outcome=str(standing.outcome), expired_on=str(standing.expires_on)
            )
    amounts = {outcome: standing.available for outcome, standing in standings.items()}
    moves = [Move(outcome, Bucket.AVAILABLE, Bucket.HELD, amount) for outcome, amount in amounts.items()]
    post(Deed.HOLD, moves, application=application, actor=actor, now=now)
    return amounts


@dataclass(frozen=True, slots=True)
class Spent:
    """What becomes of a held outcome: so much is redeemed, so much lost as leftover, the rest released. Hundredths."""

    held: int
    redeemed: int = 0
    lapsed: int = 0

    @property
    def released(self) -> int:
        """What goes back to the learner."""
        return self.held - self.redeemed - self.lapsed


def settle(spent: Mapping[UUID, Spent], *, application: UUID | None, actor: str, now: datetime) -> None:
    """End the holding of outcomes; what is released after its last day expires at once.

    Raises: MoreThanHeldError.
    """
    standings = locked(spent)
    moves: list[Move] = []
    late: list[Move] = []
    for outcome, what in spent.items():
        standing = standings[outcome]
        if what.released < 0 or what.held > standing.held:
            raise MoreThanHeldError(
                "more of an outcome would be spent than the application holds",
                outcome=str(outcome),
                held=amount_text(min(what.held, standing.held)),
            )
        for bucket, amount in (
            (Bucket.REDEEMED, what.redeemed),
            (Bucket.LAPSED, what.lapsed),
            (Bucket.AVAILABLE, what.released),
        ):
            if amount:
                moves.append(Move(outcome, Bucket.HELD, bucket, amount))
        if what.released and standing.expired_on(today(now)):
            late.append(Move(outcome, Bucket.AVAILABLE, Bucket.EXPIRED, what.released))
    decided = any(what.redeemed or what.lapsed for what in spent.values())
    post(Deed.DECIDE if decided else Deed.RELEASE, moves, application=application, actor=actor, now=now)
    if late:
        post(Deed.EXPIRE, late, actor=actor, now=now)


def give_back(spent: Mapping[UUID, Spent], *, application: UUID | None, actor: str, now: datetime) -> None:
    """Undo what a decision redeemed and let lapse; what comes back after its last day expires at once."""
    standings = locked(spent)
    moves: list[Move] = []
    late: list[Move] = []
    for outcome, what in spent.items():
        for bucket, amount in ((Bucket.REDEEMED, what.redeemed), (Bucket.LAPSED, what.lapsed)):
            if amount:
                moves.append(Move(outcome, bucket, Bucket.AVAILABLE, amount))
        if what.redeemed + what.lapsed and standings[outcome].expired_on(today(now)):
            late.append(Move(outcome, Bucket.AVAILABLE, Bucket.EXPIRED, what.redeemed + what.lapsed))
    if moves:
        post(Deed.ANNUL, moves, application=application, actor=actor, now=now)
    if late:
        post(Deed.EXPIRE, late, actor=actor, now=now)


def expire(outcomes: Sequence[UUID], *, actor: str, now: datetime) -> int:
    """Let what is available of outcomes run out whose last day is past; return of how many."""
    moves = [
        Move(standing.outcome, Bucket.AVAILABLE, Bucket.EXPIRED, standing.available)
        for standing in locked(outcomes).values()
        if standing.available and standing.expired_on(today(now))
    ]
    if moves:
        post(Deed.EXPIRE, moves, actor=actor, now=now)
    return len(moves)


def reverse(outcome: UUID, *, actor: str, now: datetime) -> int:
    """Take back what is available of an outcome and return how much.

    Units:  hundredths.
    Raises: OutcomeNotAvailableError.
    """
    standing = locked([outcome])[outcome]
    if not standing.available:
        raise OutcomeNotAvailableError("nothing of the outcome is available", outcome=str(outcome))
    post(Deed.REVERSE, [Move(outcome, Bucket.AVAILABLE, Bucket.REVERSED, standing.available)], actor=actor, now=now)
    return standing.available
