"""What runs beside the doors: finishing whatever was begun."""

from __future__ import annotations

from datetime import datetime

from guildhall.accounts.services import COMMAND
from guildhall.credentials import deeds, issuing
from guildhall.credentials.attesting import attest
from guildhall.credentials.issuing import OnProgress
from guildhall.credentials.lease import lease
from guildhall.credentials.pressing import Room
from guildhall.credentials.transcripts import finish_transcripts
from guildhall.tlog.models import Log


def run_once(now: datetime, *, room: Room | None = None, on_progress: OnProgress | None = None) -> int:
    """Do all that is waiting and return how much it was: statements, what was cut short, batches, a publication.

    Several workers share the batches: one that another holds is left to it.

    Shape:  ``room`` as for ``issue``.
    Raises: SigningWorkerLostError; what the keystore and the log raise.
    """
    n_done = attest(now) + deeds.finish(now) + finish_transcripts(now)
    for batch in issuing.unfinished():
        with lease(batch.pk) as held:
            if held:
                issuing.issue(batch, actor=COMMAND, now=now, room=room, on_progress=on_progress)
                n_done += 1
    log = Log.objects.first()
    if log is not None and log.size > log.published_size:
        n_done += 1
    issuing.publish(now)
    return n_done
