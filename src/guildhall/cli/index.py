"""`guildhall index`: make the encyclopedia's search index anew.

Exit status: 0 made, 1 refused.
"""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from guildhall.cli import answers

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def index(
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Gather all pages of the encyclopedia and make the index anew; the old one answers until then."""
    with answers.register(as_json=as_json):
        from guildhall.encyclopedia.search.indexing import rebuild

        start = time.monotonic()
        n_pages = rebuild(answers.now())
        seconds = time.monotonic() - start
    if as_json:
        print(json.dumps({"n_pages": n_pages, "seconds": round(seconds, 3)}))
    else:
        print(f"indexed: {n_pages} pages in {seconds:.1f} s")
