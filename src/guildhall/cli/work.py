"""`guildhall work`: issue what waits, and keep the log published.

Exit status: 0 (with --once: nothing is left), 1 refused, 130 interrupted.
"""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from guildhall.cli import answers

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_ASK_AGAIN_SECONDS = 60
"""A witness that has not cosigned is not asked again sooner."""


@app.command()
def work(
    once: Annotated[bool, typer.Option("--once", help="Do what waits and end.")] = False,
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", min=0.1, help="How often to look.")] = 2.0,
    workers: answers.Workers = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, a line a round.")] = False,
) -> None:
    """Finish whatever was begun: batches, corrections, statements, publication, banking. Several may run beside each other."""
    with answers.register(as_json=as_json):
        from django.db import close_old_connections

        from guildhall.credentials.services import pressroom
        from guildhall.credentials.work import run_once
        from guildhall.credit.work import run_once as bank
        from guildhall.encyclopedia.search.indexing import renew
        from guildhall.tlog import cosigning

        ask_at = 0.0
        with pressroom(answers.n_workers(workers)) as room:
            while True:
                n_done = run_once(answers.now(), room=room) + bank(answers.now())
                renew(answers.now())
                if time.monotonic() >= ask_at:
                    asked = cosigning.cosign(answers.now())
                    answers.print_asked(one for one in asked if not (one.cosigned and as_json))
                    if not all(one.cosigned for one in asked):
                        ask_at = time.monotonic() + _ASK_AGAIN_SECONDS
                if n_done or once:
                    print(json.dumps({"n_done": n_done}) if as_json else f"done: {n_done}", flush=True)
                if once:
                    return
                if not n_done:
                    time.sleep(every)
                close_old_connections()
