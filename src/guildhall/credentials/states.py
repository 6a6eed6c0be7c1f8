"""What an award was on a given day, from what is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from guildhall.core import lifecycle
from guildhall.credentials.models import Award, StatusEvent


def standing(
    award: Award, events: Iterable[StatusEvent], day: date, *, known_at: datetime | None = None
) -> lifecycle.Standing:
    """Return what an award was on a day, from its events; with ``known_at``, from those recorded until then."""
    return lifecycle.state_on(
        [lifecycle.Event(lifecycle.Deed(e.deed), e.from_on, e.at, e.until_on, e.reason) for e in events],
        issued_on=award.issued_on,
        valid_until=award.valid_until,
        day=day,
        known_at=known_at,
    )


def state_on(award: Award, day: date, *, known_at: datetime | None = None) -> lifecycle.Standing:
    """Return what an award was on a day, and the event that made it so."""
    return standing(award, history(award), day, known_at=known_at)


def history(award: Award) -> list[StatusEvent]:
    """Return everything that happened to an award and its documents, oldest first."""
    return list(StatusEvent.objects.filter(award=award).order_by("at", "id"))
