"""An award that fed something and was then annulled, revoked or corrected in its identity: somebody looks at what it fed.

The sweep follows the log as that of the deposits does, and never beyond it, so that no event passes an outcome that is yet to be
banked. It opens tasks and nothing else; what is undone, a person undoes, by a counter-entry.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.core.errors import ConflictError, Error
from guildhall.core.lifecycle import Deed
from guildhall.credentials.models import EventLeaf, StatusEvent
from guildhall.credit import applications, banking, ledger
from guildhall.credit.models import Claim, Outcome, Position, ReviewTask

EVENTS: Final = "events"
_CHUNK: Final = 500
_ENDING: Final = (Deed.ANNUL.value, Deed.REVOKE.value)
STANDS, REVERSED, MOVED, ANNULLED = "stands", "reversed", "moved", "annulled"
RESOLUTIONS: Final = {
    "outcome": (STANDS, REVERSED, MOVED),
    "application": (STANDS, ANNULLED),
}
"""What can come of a task: about an outcome, about an application."""


class ResolvedError(ConflictError):
    """The task has been resolved."""

    code = "review_resolved"


class UnknownResolutionError(Error):
    """Nothing of that name can come of this task."""

    code = "unknown_resolution"


def open_reviews(now: datetime) -> int:
    """Open a task for everything that an event of the log bears on and that none is open for; return how many events were seen.

    Can be killed anywhere and run again, by several at once.
    """
    n_seen = 0
    while True:
        limit = banking.position(banking.AWARDS)
        if banking.position(EVENTS) >= limit:
            return n_seen
        with transaction.atomic():
            start = banking.locked_position(EVENTS)
            leaves = list(
                EventLeaf.objects.select_related("event")
                .filter(leaf_id__gte=start, leaf_id__lt=limit)
                .order_by("leaf_id")[:_CHUNK]
            )
            for event in {leaf.event_id: leaf.event for leaf in leaves}.values():
                if _matters(event):
                    _open(event, now)
            come_to = leaves[-1].leaf_id + 1 if len(leaves) == _CHUNK else max(start, limit)
            Position.objects.filter(pk=EVENTS).update(leaf=come_to)
        n_seen += len(leaves)


def _matters(event: StatusEvent) -> bool:
    return event.deed in _ENDING or "identity" in event.changes


def _open(event: StatusEvent, now: datetime) -> None:
    tasks: list[ReviewTask] = []
    for outcome in Outcome.objects.filter(award_id=event.award_id):
        common: dict[str, Any] = {"event": event, "outcome": outcome, "opened_at": now}
        tasks.append(ReviewTask(**common))
        fed = Claim.objects.select_related("application").filter(outcome=outcome)
        tasks.extend(
            ReviewTask(**common, application=application, organisation_id=application.organisation_id)
            for application in {c.application_id: c.application for c in fed if c.open or c.redeemed}.values()
        )
    ReviewTask.objects.bulk_create(tasks, ignore_conflicts=True)


@transaction.atomic
def resolve(task: ReviewTask, resolution: str, *, note: str = "", actor: Actor, now: datetime) -> ReviewTask:
    """Say what comes of a task, and do it.

    About an outcome (the authority): ``stands``; ``reversed``, what is available of it is taken back; ``moved``, the same, and the
    award is banked anew for the person whom it names now. About an application (its college): ``stands``; ``annulled``, its decision is.

    Raises: ForbiddenError; ResolvedError; UnknownResolutionError; OutcomeNotAvailableError; NotDecidedError;
            WordsTooLongError.
    """
    locked = (
        ReviewTask.objects.select_for_update(of=("self",))
        .select_related("outcome", "application", "event")
        .get(pk=task.pk)
    )
    about = "outcome" if locked.application is None else "application"
    if locked.application is None:
        require(actor, RoleKind.AUTHORITY_OFFICER)
    else:
        require(actor, RoleKind.COLLEGE_OFFICER, locked.application.organisation_id)
    if locked.resolved_at is not None:
        raise ResolvedError("the task has been resolved", resolution=locked.resolution)
    if resolution not in RESOLUTIONS[about]:
        raise UnknownResolutionError(f"a task about an {about} cannot end so", resolution=resolution)
    words = applications.words(note)
    if resolution in {REVERSED, MOVED}:
        ledger.reverse(locked.outcome_id, actor=actor.name, now=now)
    if resolution == MOVED:
        banking.bank_again(locked.outcome, actor=actor, now=now)
    if resolution == ANNULLED and locked.application is not None:
        applications.annul_within(locked.application, words or "award", actor=actor, now=now)
    locked.resolution, locked.note, locked.resolved_at, locked.actor = resolution, words, now, actor.name
    locked.save(update_fields=["resolution", "note", "resolved_at", "actor"])
    record(
        "resolve-review",
        f"outcome/{locked.outcome_id}",
        actor=actor,
        now=now,
        organisation=locked.organisation_id,
        resolution=resolution,
    )
    return locked
