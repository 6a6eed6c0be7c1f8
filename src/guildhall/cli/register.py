"""`guildhall import scheme|classification|crosswalk|issuers|filings FILE`: data into the register, without code.

Exit status: 0 loaded, 1 refused (nothing was written), 2 the file could not be read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from guildhall.cli import articles, classifications
from guildhall.cli.loading import load_django
from guildhall.core.credential import CHINA
from guildhall.core.errors import Error

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="Load data into the register."
)

LOADED, REFUSED, COULD_NOT = 0, 1, 2

for _name, _command in (classifications.COMMANDS | articles.COMMANDS).items():
    app.command(_name)(_command)

File = Annotated[Path, typer.Argument(help="The file (JSON), or - for standard input.", allow_dash=True)]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.command()
def scheme(file: File, as_json: AsJson = False) -> None:
    """Load a certification track, or bring its wording up to date."""

    def load(data: bytes, **by: Any) -> dict[str, object]:
        from guildhall.schemes.services import load_scheme
        from guildhall.schemes.wording import findings

        loaded = load_scheme(data, **by)
        found = findings(loaded, on=by["now"].astimezone(CHINA).date())
        for finding in () if as_json else found:
            print(f"warning (restricted_wording): {finding}", file=sys.stderr)
        warned = {"restricted_wording": [finding.as_json() for finding in found]} if as_json and found else {}
        return {"scheme": loaded.code, **warned}

    _run(file, load, as_json=as_json)


@app.command()
def standard(file: File, as_json: AsJson = False) -> None:
    """Load a published edition of a standard, whole."""

    def load(data: bytes, **by: Any) -> dict[str, object]:
        from guildhall.standards.editions.services import import_edition

        edition, is_new = import_edition(data, **by)
        return {
            "occupation": edition.occupation.code,
            "edition": edition.edition,
            "digest": edition.digest,
            "n_items": edition.competencies.count(),
            "n_new": int(is_new),
        }

    _run(file, load, as_json=as_json)


@app.command()
def framework(file: Annotated[Path, typer.Argument(help="The CASE package (JSON).")], as_json: AsJson = False) -> None:
    """Load somebody's competency framework from a CASE 1.1 package, however large."""
    import mmap

    try:
        opened = file.open("rb")
        data = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        print(f"{file}: {getattr(error, 'strerror', None) or error}", file=sys.stderr)
        raise typer.Exit(COULD_NOT) from None
    load_django()
    from django.utils import timezone
    from rich.console import Console
    from rich.progress import Progress

    from guildhall.accounts.services import COMMAND
    from guildhall.standards.frameworks.services import import_framework

    console = Console(stderr=True)
    with opened, data, Progress(console=console, disable=as_json or not console.is_terminal) as bar:
        task = bar.add_task("framework", total=None)

        def progress(n_items: int, n_associations: int) -> None:
            bar.update(task, completed=n_items + n_associations, description=f"{n_items} + {n_associations}")

        try:
            loaded = import_framework(data, actor=COMMAND, now=timezone.now(), progress=progress)
        except Error as error:
            bar.stop()
            _refuse(error, as_json=as_json)
    answer = {
        "framework": str(loaded.framework.pk),
        "title": loaded.framework.title,
        "n_items": loaded.n_items,
        "n_associations": loaded.n_associations,
        "n_new": int(loaded.is_new),
    }
    print(json.dumps(answer, ensure_ascii=False) if as_json else _sentence(answer))


@app.command()
def programme(
    file: File,
    college: Annotated[str, typer.Option(help="The college's slug.")],
    publish: Annotated[bool, typer.Option(help="Publish it: from then on nothing of it changes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load an edition of a programme's plan, as a draft or published."""

    def load(data: bytes, **by: Any) -> dict[str, object]:
        from guildhall.accounts.selectors import organisation
        from guildhall.curriculum.services import enter_plan, publish_plan

        plan = enter_plan(data, organisation(college), **by)
        if publish:
            plan = publish_plan(plan, **by)
        return {
            "college": college,
            "code": plan.code,
            "edition": plan.edition,
            "state": plan.state,
            "digest": plan.digest,
        }

    _run(file, load, as_json=as_json)


@app.command()
def post(
    file: File,
    employer: Annotated[str, typer.Option(help="The employer's slug.")],
    publish: Annotated[bool, typer.Option(help="Publish it: from then on nothing of it changes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load an edition of an employer's post, as a draft or published."""

    def load(data: bytes, **by: Any) -> dict[str, object]:
        from guildhall.accounts.selectors import organisation
        from guildhall.employers.services import enter_post, publish_post

        entered = enter_post(data, organisation(employer), **by)
        if publish:
            entered = publish_post(entered, **by)
        return {
            "employer": employer,
            "post": entered.code,
            "edition": entered.edition,
            "state": entered.state,
            "digest": entered.digest,
        }

    _run(file, load, as_json=as_json)


@app.command()
def issuers(file: File, as_json: AsJson = False) -> None:
    """Load the authority and issuers with their places of assessment."""

    def load(data: bytes, **by: Any) -> dict[str, object]:
        from guildhall.issuers.loading import load_issuers

        loaded = load_issuers(data, **by)
        return {"n_issuers": loaded.n_rows, "n_new": loaded.n_new}

    _run(file, load, as_json=as_json)


@app.command()
def filings(file: File, as_json: AsJson = False) -> None:
    """Load filings: who may award what, where, between which days, and what happened to them."""

    def load(data: bytes, **by: Any) -> dict[str, object]:
        from guildhall.issuers.loading import load_filings

        loaded = load_filings(data, **by)
        return {"n_filings": loaded.n_rows, "n_new": loaded.n_new}

    _run(file, load, as_json=as_json)


def _run(file: Path, load: Callable[..., dict[str, object]], *, as_json: bool) -> None:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        raise typer.Exit(COULD_NOT) from None
    load_django()
    from django.utils import timezone

    from guildhall.accounts.services import COMMAND

    try:
        loaded = load(data, actor=COMMAND, now=timezone.now())
    except Error as error:
        _refuse(error, as_json=as_json)
    print(json.dumps(loaded, ensure_ascii=False) if as_json else _sentence(loaded))


def _refuse(error: Error, *, as_json: bool) -> NoReturn:
    if as_json:
        print(json.dumps(error.as_json(), ensure_ascii=False))
    else:
        print(f"refused ({error.code}): {error.detail}", file=sys.stderr)
        for problem in error.params.get("problems", ()) if error.code.startswith("invalid_") else ():  # type: ignore[attr-defined]
            print(f"  {problem}", file=sys.stderr)
    raise typer.Exit(REFUSED) from None


def _sentence(loaded: dict[str, object]) -> str:
    return "loaded: " + ", ".join(f"{name.removeprefix('n_')} {value}" for name, value in loaded.items())
