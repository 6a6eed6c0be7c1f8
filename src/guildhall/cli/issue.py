"""`guildhall issue FILE --issuer SLUG`: from a results file to issued certificates.

Exit status: 0 every row is issued (or was before), 1 refused or some rows came back, 2 the file could not be read,
130 interrupted (run it again to go on).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guildhall.cli import answers

if TYPE_CHECKING:
    from guildhall.assessment.services import Preview
    from guildhall.core.results import RowProblem
    from guildhall.issuers.models import Issuer

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_SHOWN = 20


@app.command()
def issue(  # noqa: PLR0917 - the options of a command
    file: Annotated[Path, typer.Argument(help="A results file (CSV or XLSX).")],
    issuer: Annotated[str, typer.Option("--issuer", metavar="SLUG", help="The issuer who sends it.")],
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would become of each row.")] = False,
    corrections: Annotated[
        Path | None, typer.Option("--corrections", metavar="FILE", help="Write the rows that came back there.")
    ] = None,
    workers: answers.Workers = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Read a results file, issue its good rows, and give the others back with their reasons."""
    try:
        data = file.read_bytes()
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        raise typer.Exit(answers.COULD_NOT) from None
    with answers.register(as_json=as_json):
        from guildhall.issuers.selectors import issuer_by_slug

        sender = issuer_by_slug(issuer)
        if preview:
            _preview(data, file.name, sender, as_json=as_json)
        else:
            _issue(data, file.name, sender, corrections, answers.n_workers(workers), as_json=as_json)


def _preview(data: bytes, file_name: str, issuer: Issuer, *, as_json: bool) -> None:
    from guildhall.accounts.services import COMMAND
    from guildhall.assessment import services

    seen = services.preview(data, file_name, issuer=issuer, actor=COMMAND, now=answers.now())
    if as_json:
        print(json.dumps(_as_json(seen), ensure_ascii=False))
    else:
        print(_counts(seen.n_rows, seen.n_good, seen.n_bad, seen.n_already, "would be issued"))
        _print_problems(seen.problems)
    raise typer.Exit(answers.REFUSED if seen.problems else answers.DONE)


def _as_json(seen: Preview) -> dict[str, object]:
    return {
        "n_rows": seen.n_rows,
        "n_good": seen.n_good,
        "n_bad": seen.n_bad,
        "n_already": seen.n_already,
        "digest": seen.digest,
        "rows": [{"line": row.line, "verdict": row.verdict, "number": row.number or None} for row in seen.rows],
        "problems": [problem.as_json() for problem in seen.problems],
        "notices": [notice.as_json() for notice in seen.notices],
    }


def _issue(
    data: bytes, file_name: str, issuer: Issuer, corrections: Path | None, n_workers: int, *, as_json: bool
) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from guildhall.accounts.services import COMMAND
    from guildhall.assessment import services as assessment
    from guildhall.credentials import services as credentials
    from guildhall.credit import services as bank

    now = answers.now()
    bar = Progress(
        TextColumn("issuing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    )
    with credentials.pressroom(n_workers) as room:
        batch = assessment.import_results(data, file_name, issuer=issuer, preview_digest=None, actor=COMMAND, now=now)
        with bar:
            task = bar.add_task("issuing", total=batch.n_good)
            batch = credentials.issue(
                batch, actor=COMMAND, now=now, room=room,
                on_progress=lambda done: bar.update(task, completed=done.n_signed),
            )  # fmt: skip
    bank.deposit_issued(answers.now())
    if corrections is not None and batch.n_bad:
        corrections.write_bytes(assessment.corrections(batch))
    counts = {"n_rows": batch.n_rows, "n_good": batch.n_good, "n_bad": batch.n_bad, "n_already": batch.n_already}
    if as_json:
        print(json.dumps({"batch": str(batch.pk), **counts, "issued": batch.issued_at is not None}))
    else:
        print(_counts(batch.n_rows, batch.n_good, batch.n_bad, batch.n_already, "issued"))
        if batch.n_bad:
            where = f"in {corrections}" if corrections is not None else "to be had with --corrections FILE"
            print(f"the rows that came back, with their reasons: {where}")
    raise typer.Exit(answers.REFUSED if batch.n_bad else answers.DONE)


def _counts(n_rows: int, n_good: int, n_bad: int, n_already: int, done: str) -> str:
    return f"{n_rows} rows: {n_good} {done}, {n_bad} came back, {n_already} were there already"


def _print_problems(problems: Sequence[RowProblem]) -> None:
    for problem in problems[:_SHOWN]:
        print(f"  line {problem.line}: {problem.sentence('en')} [{problem.code}]")
    if len(problems) > _SHOWN:
        print(f"  and {len(problems) - _SHOWN} more: see --json")
