"""What an award was on any day, as recorded and as known at a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.lifecycle import Deed, Event, Standing, State, state_on

ISSUED = date(2026, 1, 10)
UNTIL = date(2026, 12, 31)


def at(day: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)


def day(n: int) -> date:
    return date(2026, 1, 1) + timedelta(days=n)


def state(events: list[Event], on: date, *, known_at: datetime | None = None, until: date | None = UNTIL) -> State:
    return state_on(events, issued_on=ISSUED, valid_until=until, day=on, known_at=known_at).state


def test_an_award_is_not_yet_then_valid_then_expired() -> None:
    assert state([], ISSUED - timedelta(days=1)) is State.NOT_YET
    assert state([], ISSUED) is State.VALID
    assert state([], UNTIL) is State.VALID
    assert state([], UNTIL + timedelta(days=1)) is State.EXPIRED


def test_an_award_for_life_does_not_expire() -> None:
    assert state([], date(2099, 1, 1), until=None) is State.VALID


def test_a_revocation_counts_from_its_day_and_leaves_earlier_days_alone() -> None:
    revoked = Event(Deed.REVOKE, day(100), at(100))
    assert state([revoked], day(99)) is State.VALID
    assert state([revoked], day(100)) is State.REVOKED
    assert state([revoked], UNTIL + timedelta(days=1)) is State.REVOKED


def test_an_annulment_counts_from_the_start() -> None:
    annulled = Event(Deed.ANNUL, day(100), at(100))
    for on in (ISSUED - timedelta(days=5), ISSUED, day(50), day(300)):
        assert state([annulled], on) is State.ANNULLED


def test_what_was_known_then_differs_from_what_was_true_then() -> None:
    annulled = Event(Deed.ANNUL, day(100), at(100))
    assert state([annulled], day(50)) is State.ANNULLED
    assert state([annulled], day(50), known_at=at(99)) is State.VALID
    assert state([annulled], day(50), known_at=at(100)) is State.ANNULLED


def test_a_suspension_ends_by_itself_on_its_last_day() -> None:
    suspended = Event(Deed.SUSPEND, day(40), at(40), until_on=day(60))
    assert state([suspended], day(39)) is State.VALID
    assert state([suspended], day(40)) is State.SUSPENDED
    assert state([suspended], day(60)) is State.SUSPENDED
    assert state([suspended], day(61)) is State.VALID


def test_a_reinstatement_ends_a_suspension_early_and_not_backwards() -> None:
    events = [Event(Deed.SUSPEND, day(40), at(40)), Event(Deed.REINSTATE, day(50), at(50))]
    assert state(events, day(49)) is State.SUSPENDED
    assert state(events, day(50)) is State.VALID


def test_a_suspension_after_a_reinstatement_holds_again() -> None:
    events = [
        Event(Deed.SUSPEND, day(40), at(40)),
        Event(Deed.REINSTATE, day(50), at(50)),
        Event(Deed.SUSPEND, day(45), at(55), until_on=day(70)),
    ]
    assert state(events, day(60)) is State.SUSPENDED
    assert state(events, day(71)) is State.VALID


def test_the_answer_names_the_event_that_made_it() -> None:
    suspended = Event(Deed.SUSPEND, day(40), at(40), reason="fee")
    answer = state_on([suspended], issued_on=ISSUED, valid_until=None, day=day(41))
    assert answer == Standing(State.SUSPENDED, suspended)
    assert state_on([suspended], issued_on=ISSUED, valid_until=None, day=day(39)) == Standing(State.VALID)


@pytest.mark.parametrize("deed", [Deed.CORRECT, Deed.REISSUE])
def test_a_correction_or_a_reissue_leaves_the_award_valid(deed: Deed) -> None:
    assert state([Event(deed, day(30), at(30))], day(31)) is State.VALID


def test_revoked_weighs_more_than_suspended_and_annulled_more_than_revoked() -> None:
    suspended, revoked = Event(Deed.SUSPEND, day(40), at(40)), Event(Deed.REVOKE, day(45), at(45))
    assert state([suspended, revoked], day(50)) is State.REVOKED
    assert state([suspended, revoked], day(42)) is State.SUSPENDED
    assert state([suspended, revoked, Event(Deed.ANNUL, day(60), at(60))], day(42)) is State.ANNULLED


def test_an_early_expiry_by_deed_counts_from_its_day() -> None:
    expired = Event(Deed.EXPIRE, day(80), at(80))
    assert state([expired], day(79), until=None) is State.VALID
    assert state([expired], day(80), until=None) is State.EXPIRED


# --- Brute force: a ledger of days, coloured by each event in turn ---------------------------------------------------

HORIZON = 30
events = st.builds(
    Event,
    deed=st.sampled_from(list(Deed)),
    from_on=st.integers(0, HORIZON).map(day),
    at=st.integers(0, HORIZON).map(at),
    until_on=st.none() | st.integers(0, HORIZON).map(day),
)


def ledger(recorded: list[Event], issued: int, until: int | None) -> list[State]:
    """Colour every day of the horizon, event by event, in the order of recording."""
    suspended = [False] * (HORIZON + 1)
    gone: list[State | None] = [None] * (HORIZON + 1)
    annulled = False
    for event in recorded:
        first = (event.from_on - day(0)).days
        last = HORIZON if event.until_on is None else (event.until_on - day(0)).days
        if event.deed is Deed.ANNUL:
            annulled = True
        elif event.deed is Deed.SUSPEND:
            for n in range(first, last + 1):
                suspended[n] = True
        elif event.deed is Deed.REINSTATE:
            for n in range(first, HORIZON + 1):
                suspended[n] = False
        elif event.deed in (Deed.REVOKE, Deed.EXPIRE):
            colour = State.REVOKED if event.deed is Deed.REVOKE else State.EXPIRED
            for n in range(first, HORIZON + 1):
                gone[n] = State.REVOKED if State.REVOKED in (gone[n], colour) else colour
    coloured = []
    for n in range(HORIZON + 1):
        if annulled:
            coloured.append(State.ANNULLED)
        elif n < issued:
            coloured.append(State.NOT_YET)
        elif gone[n] is not None:
            coloured.append(gone[n])
        elif until is not None and n > until:
            coloured.append(State.EXPIRED)
        else:
            coloured.append(State.SUSPENDED if suspended[n] else State.VALID)
    return coloured


@settings(max_examples=200)
@given(
    st.lists(events, max_size=7, unique_by=lambda e: e.at),
    st.integers(0, HORIZON),
    st.none() | st.integers(0, HORIZON),
    st.none() | st.integers(-1, HORIZON),
    st.randoms(use_true_random=False),
)
def test_every_day_is_coloured_as_in_the_ledger(
    recorded: list[Event], issued: int, until: int | None, known: int | None, shuffle: object
) -> None:
    in_order = sorted((e for e in recorded if known is None or e.at <= at(known)), key=lambda e: e.at)
    shuffle.shuffle(recorded)  # type: ignore[attr-defined]
    found = [
        state_on(
            recorded,
            issued_on=day(issued),
            valid_until=None if until is None else day(until),
            day=day(n),
            known_at=None if known is None else at(known),
        ).state
        for n in range(HORIZON + 1)
    ]
    assert found == ledger(in_order, issued, until)
