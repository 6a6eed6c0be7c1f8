"""What happened to an award, in words and in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from guildhall.core.lifecycle import Deed, Standing, State
from guildhall.credentials import selectors
from guildhall.credentials.models import Award, StatusEvent
from guildhall.web.templatetags.guildhall import day
from guildhall.web.words import text

DONE_WORDS: Final[Mapping[str, Promise]] = {
    Deed.SUSPEND: lazy("Suspended"),
    Deed.REINSTATE: lazy("Reinstated"),
    Deed.REVOKE: lazy("Revoked"),
    Deed.ANNUL: lazy("Annulled"),
    Deed.EXPIRE: lazy("Expired"),
    Deed.CORRECT: lazy("Corrected"),
    Deed.REISSUE: lazy("Reissued"),
}
STATE_WORDS: Final[Mapping[str, Promise]] = {
    State.VALID: lazy("In force"),
    State.NOT_YET: lazy("Not yet in force"),
    State.SUSPENDED: lazy("Suspended"),
    State.REVOKED: lazy("Revoked"),
    State.ANNULLED: lazy("Annulled"),
    State.EXPIRED: lazy("Expired"),
}
STATE_TONES: Final[Mapping[str, str]] = {
    State.VALID: "is-full",
    State.NOT_YET: "is-open",
    State.SUSPENDED: "is-red",
    State.REVOKED: "is-red",
    State.ANNULLED: "is-red",
}
_GRAVE: Final = (Deed.SUSPEND.value, Deed.REVOKE.value, Deed.ANNUL.value)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. ``note`` and ``actor`` are for desks only."""

    on: date
    word: str
    detail: str
    grave: bool = False
    actor: str = ""
    note: str = ""
    leaf: int | None = None


@dataclass(frozen=True, slots=True)
class StateTag:
    """A state in a word, with the tone of its tag."""

    word: str
    tone: str


def tag(standing: Standing) -> StateTag:
    """Return how a state is shown."""
    return StateTag(str(STATE_WORDS[standing.state]), STATE_TONES.get(standing.state, ""))


def steps(award: Award, *, examined_on: date | None, for_desk: bool = False) -> list[Step]:
    """Return the award's steps, oldest first. The public does not see notes, nor who acted."""
    begun = [Step(examined_on, _("Assessment passed"), "")] if examined_on else []
    begun.append(Step(award.issued_on, _("Awarded"), text(award.issuer.organisation.name)))
    return [*begun, *(_step(event, for_desk=for_desk) for event in selectors.history(award))]


def _step(event: StatusEvent, *, for_desk: bool) -> Step:
    parts: list[str] = []
    if event.deed == Deed.SUSPEND.value:
        until = day(event.until_on) if event.until_on else _("further notice")
        parts.append(_("until %(day)s") % {"day": until})
    parts.append(text(selectors.words(event.reason)))
    return Step(
        on=event.from_on,
        word=str(DONE_WORDS[event.deed]),
        detail=_("; ").join(part for part in parts if part),
        grave=event.deed in _GRAVE,
        actor=event.actor if for_desk else "",
        note=event.note if for_desk else "",
    )


def with_state(awards: Sequence[Award], on: date) -> list[tuple[Award, StateTag]]:
    """Return awards, each with its state on a day; their events are read at once."""
    events: dict[object, list[StatusEvent]] = {}
    for event in StatusEvent.objects.filter(award__in=[award.pk for award in awards]).order_by("at", "id"):
        events.setdefault(event.award_id, []).append(event)
    return [(award, tag(selectors.standing(award, events.get(award.pk, []), on))) for award in awards]
