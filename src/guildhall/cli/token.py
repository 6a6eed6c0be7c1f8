"""`guildhall token NAME --user USER`: a token with which a machine acts for a person over the API."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from guildhall.cli.loading import load_django
from guildhall.core.errors import Error

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="What it is for, such as the system that will use it.")],
    user: Annotated[str, typer.Option(help="The person for whom the machine acts.")],
    days: Annotated[int, typer.Option(help="How long it lasts.", min=1, max=366)] = 90,
) -> None:
    """Make a token and print it once. Exit 0 made, 1 refused."""
    load_django()
    from guildhall.accounts.models import User
    from guildhall.accounts.services import COMMAND
    from guildhall.accounts.tokens import create_token

    person = User.objects.filter(username=user).first()
    if person is None:
        print(f"there is no user {user}", file=sys.stderr)
        raise typer.Exit(1)
    try:
        print(create_token(person, name, lasts=timedelta(days=days), actor=COMMAND, now=datetime.now(UTC)))
    except Error as error:
        print(f"{error.code}: {error.detail}", file=sys.stderr)
        raise typer.Exit(1) from None
