"""Loading Django, for the commands of the register; called inside a command, never on import."""

from __future__ import annotations

import os
import sys

import typer


def load_django(*, migrate: bool = True) -> None:
    """Make the register's tables and services usable in this process.

    With ``migrate`` the database is brought up to date; a fresh one is made where there is none.
    """
    try:
        import django
        from django.apps import apps
    except ModuleNotFoundError:
        print("This command needs the register itself: pip install 'guildhall-register[site]'", file=sys.stderr)
        raise typer.Exit(2) from None

    if apps.ready:
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guildhall.site.settings")
    django.setup()
    if migrate:
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
