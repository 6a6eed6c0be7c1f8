"""A process that issues with others signing for it: run by test_signing_workers, never imported by it.

``python -m tests.apps.workers FILE`` imports a file and issues it with two processes; after the first step it tells their ids on
one line and waits, to be interrupted or killed.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from pathlib import Path

import django


def main() -> None:
    django.setup()
    from guildhall.accounts.services import COMMAND
    from guildhall.assessment.services import import_results
    from guildhall.credentials import issuing
    from guildhall.credentials.services import pressroom
    from guildhall.issuers.selectors import issuer_by_slug
    from tests.world import NOW

    issuing.CHUNK = 3

    def tell(_: issuing.Progress) -> None:
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        time.sleep(60)

    file = Path(sys.argv[1])
    batch = import_results(
        file.read_bytes(),
        file.name,
        issuer=issuer_by_slug("national-centre"),
        preview_digest=None,
        actor=COMMAND,
        now=NOW,
    )
    with pressroom(2) as room:
        issuing.issue(batch, actor=COMMAND, now=NOW, room=room, on_progress=tell)


if __name__ == "__main__":
    main()
