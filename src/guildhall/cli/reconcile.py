"""`guildhall reconcile`: look for any break in the bank of credits.

Exit status: 0 everything fits, 1 something does not.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from guildhall.cli import answers

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def reconcile(
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Reckon every balance, claim and decision anew from the lines of the ledger, and say what does not fit."""
    with answers.register(as_json=as_json):
        from guildhall.core.amounts import amount_text
        from guildhall.credit.reconciling import CHECKS
        from guildhall.credit.reconciling import reconcile as look

        found = look(answers.now())
    if as_json:
        print(json.dumps(found.as_json()))
    else:
        print(f"outcomes: {found.n_outcomes}, entries: {found.n_entries}, lines: {found.n_lines}")
        print(", ".join(f"{name}: {amount_text(amount)}" for name, amount in found.sums.items()))
        if found.n_overdue:
            print(f"run out and waiting for the worker: {found.n_overdue}")
        for one in found.breaks:
            print(f"{one.code}: {CHECKS[one.code]}: {' '.join(one.keys)}")
        print(f"breaks: {len(found.breaks)}" if found.breaks else "everything fits")
    raise typer.Exit(answers.REFUSED if found.breaks else answers.DONE)
