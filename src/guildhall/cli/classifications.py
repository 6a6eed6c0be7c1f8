"""`guildhall import classification FILE|FOLDER --as KIND` and `guildhall import crosswalk FILE`.

Exit status: 0 loaded, 1 refused (nothing was written), 2 the file could not be read.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guildhall.cli.loading import load_django
from guildhall.core.errors import Error

if TYPE_CHECKING:
    from guildhall.standards.classifications.facts import Edition, Progress
    from guildhall.standards.classifications.loading import Imported

LOADED, REFUSED, COULD_NOT = 0, 1, 2
_OWN = "guildhall"
_SHOWN = 20

Where = Annotated[
    Path,
    typer.Argument(
        metavar="FILE|FOLDER", help="The file, the folder of the files, or - for standard input.", allow_dash=True
    ),
]
File = Annotated[Path, typer.Argument(help="The file (JSON or CSV), or - for standard input.", allow_dash=True)]
Kind = Annotated[
    str, typer.Option("--as", metavar="KIND", help="What it is: guildhall (JSON), cn, onet, esco or isco.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def classification(
    where: Where,
    kind: Kind = _OWN,
    edition: Annotated[
        str,
        typer.Option("--edition", metavar="CODE", help="The edition's code, such as onet-30.0, if not the known one."),
    ] = "",
    in_force_on: Annotated[str, typer.Option("--in-force-on", metavar="DAY", help="The day that edition is of.")] = "",
    as_json: AsJson = False,
) -> None:
    """Load a classification of occupations: its groups, occupations, and what it says about them."""
    load_django()
    with _refusals(as_json=as_json):
        answer = _load_own(where) if kind == _OWN else _as_json(_import(where, kind, edition, in_force_on))
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
        return
    print(_sentence(answer))
    notices = answer.get("notices", ())
    for notice in notices[:_SHOWN]:
        print(f"  {notice['file']}:{notice['line']} {notice['column']}: {notice['detail']['en']} [{notice['code']}]")
    if len(notices) > _SHOWN:
        print(f"  and {len(notices) - _SHOWN} more: see --json")


def crosswalk(file: File, as_json: AsJson = False) -> None:
    """Load a crosswalk between two classifications."""
    load_django()
    with _refusals(as_json=as_json):
        from django.utils import timezone

        from guildhall.accounts.services import COMMAND
        from guildhall.standards.classifications import crosswalks

        loaded = crosswalks.import_crosswalk(_bytes(file), actor=COMMAND, now=timezone.now(), file=file.name)
    answer: dict[str, Any] = {
        "crosswalk": loaded.crosswalk.code,
        "n_lines": loaded.n_lines,
        "unchanged": loaded.unchanged,
        "waiting_for": list(loaded.waiting),
    }
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
        return
    print(_sentence(answer))
    for edition in loaded.waiting:
        print(f"  {edition} is not here yet: its codes will be resolved as soon as it is imported")


def _load_own(where: Path) -> dict[str, Any]:
    from django.utils import timezone

    from guildhall.accounts.services import COMMAND
    from guildhall.standards.services import load_classification

    loaded = load_classification(_bytes(where), actor=COMMAND, now=timezone.now())
    return {
        "classification": loaded.classification.code,
        "n_occupations": loaded.n_occupations,
        "n_new": loaded.n_new,
        "n_changed": loaded.n_changed,
    }


def _import(where: Path, kind: str, edition: str, in_force_on: str) -> Imported:
    from django.utils import timezone

    from guildhall.accounts.services import COMMAND
    from guildhall.standards.classifications import loading

    reader = loading.reader_of(kind)
    if where.is_dir():
        try:
            names = sorted(path.name for path in where.iterdir() if path.is_file())
        except OSError as error:
            raise _could_not(where, error) from None
        files = {name: _bytes(where / name) for name in reader.wanted(names)}
    else:
        files = {where.name: _bytes(where)}
    with _bar() as on_progress:
        return loading.import_classification(
            kind,
            files,
            actor=COMMAND,
            now=timezone.now(),
            edition=_edition(reader.EDITION, edition, in_force_on),
            on_progress=on_progress,
        )


def _edition(known: Edition, code: str, in_force_on: str) -> Edition | None:
    from dataclasses import replace

    if not code and not in_force_on:
        return None
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,31}", code) or not in_force_on:
        raise typer.BadParameter(
            "an edition has a code like onet-30.0 and a day", param_hint="--edition, --in-force-on"
        )
    try:
        day = date.fromisoformat(in_force_on)
    except ValueError:
        raise typer.BadParameter("a day is written 2026-11-22", param_hint="--in-force-on") from None
    return replace(known, code=code, in_force_on=day)


def _as_json(imported: Imported) -> dict[str, Any]:
    return {
        "classification": imported.classification.code,
        "n_groups": imported.n_groups,
        "n_occupations": imported.n_occupations,
        "n_work_types": imported.n_work_types,
        "n_descriptors": imported.n_descriptors,
        "n_ratings": imported.n_ratings,
        "n_new": imported.n_new,
        "n_changed": imported.n_changed,
        "unchanged": imported.unchanged,
        "n_notices": imported.n_notices,
        "notices": [notice.as_json() for notice in imported.notices],
        "not_read": list(imported.not_read),
    }


def _sentence(answer: dict[str, Any]) -> str:
    counts = {
        name: value for name, value in answer.items() if isinstance(value, int | str) and not isinstance(value, bool)
    }
    said = ", ".join(f"{name.removeprefix('n_').replace('_', ' ')} {value}" for name, value in counts.items())
    return f"{'nothing changed' if answer.get('unchanged') else 'loaded'}: {said}"


@contextmanager
def _refusals(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except Error as error:
        if as_json:
            print(json.dumps(error.as_json(), ensure_ascii=False))
        else:
            print(f"refused ({error.code}): {error.detail}", file=sys.stderr)
            problems = error.params.get("problems", ())
            for problem in problems if isinstance(problems, list | tuple) else ():
                print(f"  {problem}", file=sys.stderr)
        raise typer.Exit(REFUSED) from None


@contextmanager
def _bar() -> Iterator[Progress]:
    """Show how far an import is, on standard error, as long as it runs."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    with bar:
        tasks: dict[str, Any] = {}

        def on_progress(what: str, n_done: int, n_all: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=None)
            bar.update(tasks[what], completed=n_done, total=n_all or None)

        yield on_progress


def _bytes(path: Path) -> bytes:
    """Return the bytes of a file, no more of a giant one than its reader needs in order to refuse it."""
    from guildhall.standards.classifications.tables import LIMITS

    most = LIMITS.n_bytes + 1
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read(most)
        with path.open("rb") as stream:
            return stream.read(most)
    except OSError as error:
        raise _could_not(path, error) from None


def _could_not(path: Path, error: OSError) -> typer.Exit:
    print(f"{path}: {error.strerror}", file=sys.stderr)
    return typer.Exit(COULD_NOT)


COMMANDS: dict[str, Callable[..., None]] = {"classification": classification, "crosswalk": crosswalk}
