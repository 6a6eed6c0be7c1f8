"""`guildhall publish`: put into public what is signed, and ask the witnesses that the operator has named.

Exit status: 0 published, 1 refused. What a witness does changes nothing in that.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from guildhall.cli import answers

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def publish(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Write the files of the published log anew from the register first.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Write the log's tiles, a signed checkpoint over all leaves, and the status lists that are new or changed.

    Witnesses named by GUILDHALL_WITNESSES are asked to cosign the checkpoint.
    """
    with answers.register(as_json=as_json):
        from django.conf import settings

        from guildhall.credentials import services
        from guildhall.tlog import cosigning
        from guildhall.tlog import services as tlog

        if rebuild:
            tlog.rebuild(Path(settings.LOG_DIR))
        services.publish(answers.now())
        latest = tlog.latest_checkpoint()
        asked = cosigning.cosign(answers.now())
    size, root = (latest.size, latest.root) if latest is not None else (0, "")
    if as_json:
        print(json.dumps({"size": size, "root": root, "witnesses": [one.as_json() for one in asked]}))
    else:
        print(f"published: {size} leaves, root {root}" if size else "nothing to publish")
        answers.print_asked(asked)
