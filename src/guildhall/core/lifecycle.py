"""What an award was on a given day.

States: valid, suspended, revoked (from a date), annulled (from the start), expired, and not yet issued. Events keep
what was recorded when; the question "what was true then" is answered from the facts, not from what was known then,
unless ``known_at`` asks for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Deed(StrEnum):
    """What can be done to an award or to one of its instances."""

    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"
    ANNUL = "annul"
    EXPIRE = "expire"
    CORRECT = "correct"
    REISSUE = "reissue"


class State(StrEnum):
    """What an award can be on a day."""

    NOT_YET = "not-yet"
    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    ANNULLED = "annulled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded deed. ``until_on`` (a suspension's last day) None: until further notice."""

    deed: Deed
    from_on: date
    at: datetime
    until_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The state on the day and the event that made it (None for valid, not-yet, and plain expiry)."""

    state: State
    event: Event | None = None


def state_on(
    events: Sequence[Event], *, issued_on: date, valid_until: date | None, day: date, known_at: datetime | None = None
) -> Standing:
    """Return what the award was on ``day``.

    Shape:  events in any order; ``valid_until`` is the last day of validity, included; ``known_at`` leaves out what was
            recorded later.
    Source: an annulment undoes the award from its start; a revocation counts from its date; a suspension from its first
            to its last day unless reinstated before.
    """
    known = sorted((e for e in events if known_at is None or e.at <= known_at), key=lambda e: e.at)
    annulled = next((e for e in known if e.deed is Deed.ANNUL), None)
    if annulled is not None:
        return Standing(State.ANNULLED, annulled)
    if day < issued_on:
        return Standing(State.NOT_YET)
    revoked = [e for e in known if e.deed is Deed.REVOKE and e.from_on <= day]
    if revoked:
        return Standing(State.REVOKED, min(revoked, key=lambda e: e.from_on))
    expired = [e for e in known if e.deed is Deed.EXPIRE and e.from_on <= day]
    if expired:
        return Standing(State.EXPIRED, min(expired, key=lambda e: e.from_on))
    if valid_until is not None and day > valid_until:
        return Standing(State.EXPIRED)
    suspension = _suspension_on(known, day)
    return Standing(State.SUSPENDED, suspension) if suspension else Standing(State.VALID)


def _suspension_on(known: Sequence[Event], day: date) -> Event | None:
    """Return the suspension that holds on ``day``. A reinstatement ends all suspensions recorded before it."""
    held: Event | None = None
    for event in known:
        if event.deed is Deed.SUSPEND and event.from_on <= day and (event.until_on is None or day <= event.until_on):
            held = event
        elif event.deed is Deed.REINSTATE and event.from_on <= day:
            held = None
    return held
