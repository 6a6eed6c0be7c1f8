"""What the commands of the register have in common: loading it, reading a day, saying no."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from guildhall.cli.loading import load_django
from guildhall.core.errors import Error

if TYPE_CHECKING:
    from guildhall.tlog.cosigning import Asked

DONE, REFUSED, COULD_NOT = 0, 1, 2

Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=0,
        max=64,
        help="Processes that sign (0: a thread; default: GUILDHALL_WORKERS or 0).",
    ),
]


def n_workers(option: int | None) -> int:
    """Return how many processes shall sign: as the option says, else as the register is set up."""
    from django.conf import settings

    return settings.WORKERS if option is None else option


def now() -> datetime:
    """Return the time; the one clock of these commands."""
    from django.utils import timezone

    return timezone.now()


@contextmanager
def register(*, as_json: bool) -> Iterator[None]:
    """Load the register for what happens inside; a coded refusal in there ends the command with exit status 1."""
    load_django()
    try:
        yield
    except Error as error:
        if as_json:
            print(json.dumps({"error": error.as_json()}, ensure_ascii=False))
        else:
            print(f"refused ({error.code}): {error.detail}", file=sys.stderr)
        raise typer.Exit(REFUSED) from None


def day(text: str, option: str) -> date | None:
    """Return the day that an option names, None where it is empty."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter("a day is written 2026-11-22", param_hint=option) from None


def print_asked(asked: Iterable[Asked]) -> None:
    """Say of each witness that was asked what came of it; what went wrong goes to the error stream."""
    for one in asked:
        if one.cosigned:
            print(f"witness {one.witness}: {one.detail}", flush=True)
        else:
            print(f"witness {one.witness} ({one.code}): {one.detail}", file=sys.stderr, flush=True)
