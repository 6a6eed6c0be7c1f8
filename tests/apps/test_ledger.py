"""The ledger: what the database itself refuses, and what never happens whatever is done in whatever order."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from guildhall.core.errors import Error
from guildhall.credit import ledger
from guildhall.credit.ledger import Move, Spent
from guildhall.credit.models import Balance, Bucket, Deed, Entry, Outcome, Posting
from tests.apps import bank, river
from tests.world import NOW, World

BY: dict[str, Any] = {"actor": "somebody", "now": NOW}


@pytest.fixture
def outcome(world: World, db: None) -> UUID:
    north = bank.college()
    return bank.course(north, world.command).pk


def refused(deed: Callable[[], Any], match: str = "ledger:|append-only|CHECK|violates") -> None:
    """The database refuses, at the statement or at the latest at commit."""

    @transaction.atomic
    def done() -> None:
        deed()
        connection.check_constraints()

    with pytest.raises(IntegrityError, match=match):
        done()


def sql(statement: str, *parameters: object) -> Callable[[], Any]:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)

    return run


def lines(entry: UUID, *parts: tuple[UUID, str, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO credit_posting (entry_id, outcome_id, bucket, amount) VALUES {', '.join(['(%s, %s, %s, %s)'] * len(parts))}",
            [
                value
                for outcome, bucket, amount in parts
                for value in (ledger._key(entry), ledger._key(outcome), bucket, amount)
            ],
        )


def close(entry: UUID, n_lines: int) -> None:
    Entry.objects.create(id=entry, deed=Deed.HOLD, n_lines=n_lines, at=NOW, actor="somebody")


@pytest.mark.django_db
class TestWhatTheDatabaseRefuses:
    def test_lines_that_do_not_sum_to_zero(self, outcome: UUID) -> None:
        entry = uuid4()
        refused(
            lambda: (lines(entry, (outcome, "available", -100), (outcome, "held", 99)), close(entry, 2)), "sum to zero"
        )

    def test_lines_that_sum_to_zero_only_over_two_outcomes(self, world: World, outcome: UUID) -> None:
        other = bank.course(bank.college("south-college"), world.command, 2).pk
        entry = uuid4()
        refused(
            lambda: (lines(entry, (outcome, "available", -100), (other, "available", 100)), close(entry, 2)),
            "sum to zero",
        )

    def test_lines_without_an_entry(self, outcome: UUID) -> None:
        refused(lambda: lines(uuid4(), (outcome, "available", -100), (outcome, "held", 100)), "FOREIGN KEY|foreign key")

    def test_an_entry_without_its_lines(self, outcome: UUID) -> None:
        refused(lambda: close(uuid4(), 0), "the lines that it says")
        refused(lambda: close(uuid4(), 2), "the lines that it says")

    def test_a_line_that_comes_after_its_entry(self, outcome: UUID) -> None:
        entry = Entry.objects.get().pk
        refused(lambda: lines(entry, (outcome, "lapsed", -100), (outcome, "held", 100)), "the entry is closed")

    def test_more_than_is_available(self, outcome: UUID) -> None:
        entry = uuid4()
        refused(
            lambda: (lines(entry, (outcome, "available", -451), (outcome, "held", 451)), close(entry, 2)),
            "available_never",
        )

    @pytest.mark.parametrize("bucket", ["available", "held", "redeemed", "lapsed", "expired", "reversed"])
    def test_any_bucket_below_zero(self, outcome: UUID, bucket: str) -> None:
        entry = uuid4()
        refused(lambda: (lines(entry, (outcome, bucket, -1000), (outcome, "source", 1000)), close(entry, 2)))

    def test_a_source_that_takes(self, outcome: UUID) -> None:
        ledger.hold([outcome], application=None, **BY)
        entry = uuid4()
        refused(lambda: (lines(entry, (outcome, "held", -450), (outcome, "source", 450)), close(entry, 2), lines(
            uuid4(), (outcome, "source", 1), (outcome, "available", -1))))  # fmt: skip

    def test_a_changed_or_removed_line_or_entry(self, outcome: UUID) -> None:
        for table, column in (("credit_posting", "amount"), ("credit_entry", "n_lines"), ("credit_outcome", "amount")):
            refused(sql(f"UPDATE {table} SET {column} = {column} + 1"), "append-only")
            refused(sql(f"DELETE FROM {table}"), "append-only")

    def test_a_balance_written_by_anybody_but_the_ledger(self, outcome: UUID) -> None:
        refused(lambda: Balance.objects.update(available=451), "lines alone")
        refused(lambda: Balance.objects.update(available=0, redeemed=450), "lines alone")
        refused(sql("DELETE FROM credit_balance"), "append-only")

    def test_a_balance_that_begins_with_something(self, outcome: UUID) -> None:
        known = Outcome.objects.get()
        known.pk, known.reference = uuid4(), "another"
        known.save(force_insert=True)
        refused(lambda: Balance.objects.create(outcome_id=known.pk, available=100), "begins with nothing")

    def test_a_line_of_an_outcome_without_a_balance(self, outcome: UUID) -> None:
        known = Outcome.objects.get()
        known.pk, known.reference = uuid4(), "another"
        known.save(force_insert=True)
        entry = uuid4()
        refused(
            lambda: (lines(entry, (known.pk, "source", -1), (known.pk, "available", 1)), close(entry, 2)), "no balance"
        )

    def test_a_line_of_nothing(self, outcome: UUID) -> None:
        refused(lambda: lines(uuid4(), (outcome, "available", 0)))


@pytest.mark.django_db
class TestDeeds:
    def test_a_deposit_is_available(self, outcome: UUID) -> None:
        assert bank.balances() == bank.sums() == {outcome: {"source": -450, "available": 450}}

    def test_what_is_held_cannot_be_held_again(self, outcome: UUID) -> None:
        assert ledger.hold([outcome], application=None, **BY) == {outcome: 450}
        with pytest.raises(ledger.OutcomeNotAvailableError):
            ledger.hold([outcome], application=None, **BY)
        assert bank.balances() == bank.sums() == {outcome: {"source": -450, "held": 450}}

    def test_a_settlement_redeems_lets_lapse_and_releases(self, outcome: UUID) -> None:
        ledger.hold([outcome], application=None, **BY)
        ledger.settle({outcome: Spent(450, redeemed=300, lapsed=50)}, application=None, **BY)
        assert (
            bank.balances()
            == bank.sums()
            == {outcome: {"source": -450, "redeemed": 300, "lapsed": 50, "available": 100}}
        )
        assert sorted(Entry.objects.values_list("deed", flat=True)) == ["decide", "deposit", "hold"]

    def test_no_more_is_spent_than_is_held(self, outcome: UUID) -> None:
        ledger.hold([outcome], application=None, **BY)
        with pytest.raises(ledger.MoreThanHeldError):
            ledger.settle({outcome: Spent(450, redeemed=451)}, application=None, **BY)
        with pytest.raises(ledger.MoreThanHeldError):
            ledger.settle({outcome: Spent(500, redeemed=451)}, application=None, **BY)
        assert bank.balances() == {outcome: {"source": -450, "held": 450}}

    def test_what_is_redeemed_comes_back_only_by_a_counter_entry(self, outcome: UUID) -> None:
        ledger.hold([outcome], application=None, **BY)
        spent = {outcome: Spent(450, redeemed=400, lapsed=50)}
        ledger.settle(spent, application=None, **BY)
        with pytest.raises(ledger.OutcomeNotAvailableError):
            ledger.reverse(outcome, **BY)
        ledger.give_back(spent, application=None, **BY)
        assert bank.balances() == bank.sums() == {outcome: {"source": -450, "available": 450}}
        assert Posting.objects.count() == 2 + 2 + 3 + 3

    def test_an_unknown_outcome_is_a_coded_refusal(self, db: None) -> None:
        with pytest.raises(ledger.OutcomeNotAvailableError):
            ledger.hold([uuid4()], application=None, **BY)

    def test_a_reversal_takes_what_is_left(self, outcome: UUID) -> None:
        assert ledger.reverse(outcome, **BY) == 450
        assert bank.balances() == bank.sums() == {outcome: {"source": -450, "reversed": 450}}


@pytest.mark.django_db
class TestTheLastDay:
    @pytest.fixture
    def short(self, world: World) -> UUID:
        return bank.course(bank.college(), world.command, valid_until="2026-06-30").pk

    # 30 June in Shanghai ends at 16:00 UTC.
    LAST = NOW.replace(month=6, day=30, hour=15, minute=59, second=59)
    FIRST_AFTER = LAST + timedelta(seconds=1)

    def test_on_the_last_second_of_the_last_day_it_counts(self, short: UUID) -> None:
        assert ledger.expire([short], actor="worker", now=self.LAST) == 0
        assert ledger.hold([short], application=None, actor="x", now=self.LAST) == {short: 450}

    def test_one_second_later_it_does_not_even_before_the_worker_has_come(self, short: UUID) -> None:
        with pytest.raises(ledger.OutcomeExpiredError):
            ledger.hold([short], application=None, actor="x", now=self.FIRST_AFTER)
        assert ledger.expire([short], actor="worker", now=self.FIRST_AFTER) == 1
        assert bank.balances() == bank.sums() == {short: {"source": -450, "expired": 450}}
        assert ledger.expire([short], actor="worker", now=self.FIRST_AFTER) == 0

    def test_what_is_held_does_not_expire_until_it_is_released(self, short: UUID) -> None:
        ledger.hold([short], application=None, actor="x", now=self.LAST)
        assert ledger.expire([short], actor="worker", now=self.FIRST_AFTER) == 0
        ledger.settle({short: Spent(450, redeemed=200)}, application=None, actor="x", now=self.FIRST_AFTER)
        assert bank.balances() == bank.sums() == {short: {"source": -450, "redeemed": 200, "expired": 250}}

    def test_what_a_late_annulment_gives_back_has_expired(self, short: UUID) -> None:
        ledger.hold([short], application=None, actor="x", now=self.LAST)
        spent = {short: Spent(450, redeemed=450)}
        ledger.settle(spent, application=None, actor="x", now=self.LAST)
        ledger.give_back(spent, application=None, actor="x", now=self.FIRST_AFTER)
        assert bank.balances() == bank.sums() == {short: {"source": -450, "expired": 450}}


class Simulation:
    """Deeds at random on a few outcomes, and what should come of them, reckoned in plain dictionaries."""

    def __init__(self, outcomes: list[UUID], seed: int) -> None:
        self.chance = random.Random(seed)
        self.outcomes = outcomes
        self.model = {outcome: {"source": -450, "available": 450} for outcome in outcomes}
        self.spent: dict[UUID, list[Spent]] = {outcome: [] for outcome in outcomes}

    def step(self) -> None:
        some = self.chance.sample(self.outcomes, self.chance.randint(1, 2))
        deed = self.chance.choice(
            [self.hold, self.hold, self.settle, self.settle, self.give_back, self.reverse, self.expire]
        )
        before = {outcome: dict(held) for outcome, held in self.model.items()}
        try:
            with transaction.atomic():
                deed(some)
        except Error:
            self.model = before

    def move(self, outcome: UUID, out_of: str, into: str, amount: int) -> None:
        for bucket, signed in ((out_of, -amount), (into, amount)):
            self.model[outcome][bucket] = self.model[outcome].get(bucket, 0) + signed

    def hold(self, some: list[UUID]) -> None:
        for outcome, amount in ledger.hold(some, application=None, **BY).items():
            self.move(outcome, "available", "held", amount)

    def settle(self, some: list[UUID]) -> None:
        spent = {}
        for outcome in some:
            held = self.model[outcome].get("held", 0) or 450
            redeemed = self.chance.randint(0, held)
            spent[outcome] = Spent(held, redeemed, self.chance.randint(0, held - redeemed))
        ledger.settle(spent, application=None, **BY)
        for outcome, what in spent.items():
            self.spent[outcome].append(what)
            for bucket, amount in (("redeemed", what.redeemed), ("lapsed", what.lapsed), ("available", what.released)):
                self.move(outcome, "held", bucket, amount)

    def give_back(self, some: list[UUID]) -> None:
        ready = {outcome: self.spent[outcome].pop() for outcome in some if self.spent[outcome]}
        ledger.give_back(ready, application=None, **BY) if ready else None
        for outcome, what in ready.items():
            self.move(outcome, "redeemed", "available", what.redeemed)
            self.move(outcome, "lapsed", "available", what.lapsed)

    def reverse(self, some: list[UUID]) -> None:
        if self.chance.random() < 0.1:
            self.move(some[0], "available", "reversed", ledger.reverse(some[0], **BY))

    def expire(self, some: list[UUID]) -> None:
        assert ledger.expire(some, **BY) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_in_whatever_order_the_lines_the_balances_and_a_plain_sum_agree(
    world: World, seed: int
) -> None:
    north = bank.college()
    simulation = Simulation([bank.course(north, world.command, n).pk for n in range(5)], seed)
    for _ in range(150):
        simulation.step()
    expected = {outcome: {name: n for name, n in held.items() if n} for outcome, held in simulation.model.items()}
    assert bank.balances() == bank.sums() == expected
    assert Entry.objects.count() > 30


@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_at_once_lose_nothing_and_double_nothing(world: World) -> None:
    north = bank.college()
    outcomes = [bank.course(north, world.command, n).pk for n in range(6)]
    won: list[UUID] = []

    def writer(seed: int) -> Callable[[], None]:
        def run() -> None:
            chance = random.Random(seed)
            for _ in range(6):
                some = chance.sample(outcomes, 2)
                try:
                    with transaction.atomic():
                        held = ledger.hold(some, application=None, **BY)
                    spent = {
                        one: Spent(amount, redeemed=chance.randint(0, amount // 3)) for one, amount in held.items()
                    }
                    with transaction.atomic():
                        ledger.settle(spent, application=None, **BY)
                except ledger.OutcomeNotAvailableError:
                    continue
                won.extend(some)

        return run

    assert [given for given in river.together([writer(seed) for seed in range(16)]) if given is not None] == []
    assert won
    held = bank.balances()
    assert held == bank.sums()
    assert all(sum(amounts.values()) == 0 and amounts["source"] == -450 for amounts in held.values())
    assert all(amount > 0 for amounts in held.values() for bucket, amount in amounts.items() if bucket != "source")
    assert Bucket.HELD.value not in {bucket for amounts in held.values() for bucket in amounts}


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_one_outcome_exactly_one_gets_it(world: World) -> None:
    outcome = bank.course(bank.college(), world.command).pk

    def take() -> object:
        with transaction.atomic():
            return ledger.hold([outcome], application=None, **BY)

    given = river.together([take] * 8)
    assert sum(isinstance(one, dict) for one in given) == 1
    assert sum(isinstance(one, ledger.OutcomeNotAvailableError) for one in given) == 7
    assert bank.balances() == bank.sums() == {outcome: {"source": -450, "held": 450}}


def test_a_move_has_no_sign() -> None:
    with pytest.raises(AssertionError):
        ledger._lines([Move(uuid4(), Bucket.HELD, Bucket.AVAILABLE, -1)])


def test_the_day_is_that_of_china() -> None:
    assert ledger.today(NOW.replace(month=6, day=30, hour=15, minute=59)) == date(2026, 6, 30)
    assert ledger.today(NOW.replace(month=6, day=30, hour=16)) == date(2026, 7, 1)
