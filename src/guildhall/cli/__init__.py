"""The command line: each command is a module that is imported when it is called, so that `verify` stays quick."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_command


class _Place(NamedTuple):
    module: str
    help: str


# Without Django first; those of the register load it on call.
COMMANDS: dict[str, _Place] = {
    "verify": _Place("verify", "Check a bundle, a credential or a receipt, with no network."),
    "inspect": _Place("inspect", "Show what a bundle, a credential or a receipt says, without judging it."),
    "audit": _Place("audit", "Replay a log directory from outside and say what does not fit."),
    "witness": _Place("witness", "Cosign checkpoints of a log that only grows."),
    "codes": _Place("codes", "Check identity, credit, occupation and certificate numbers."),
    "eligible": _Place("eligible", "Say who may sit which level, and what is missing."),
    "coverage": _Place("coverage", "Say what a programme covers of a level of a standard."),
    "match": _Place("match", "Hold a record against posts, line by line, and rank them."),
    "route": _Place("route", "Find the dated way to a certificate or a post, proved."),
    "standard": _Place("standard", "Check a whole edition of a standard, and compare two."),
    "wording": _Place("wording", "Find restricted words in a certificate template or an article."),
    "plan": _Place("plan", "Find the best conversion of a record into a programme, and why not more."),
    "rules": _Place("rules", "Check an institution's rules of conversion, and show those that are shipped."),
    "trust": _Place("trust", "Show, add and remove what this installation trusts."),
    "import": _Place("register", "Load schemes, classifications, issuers and filings (register)."),
    "issue": _Place("issue", "Read a results file and issue its certificates (register)."),
    "award": _Place("award", "Suspend, reinstate, revoke, annul, expire, correct or reissue an award (register)."),
    "publish": _Place("publish", "Publish the log and the status lists (register)."),
    "work": _Place("work", "Issue what waits, and keep the log published (register)."),
    "reconcile": _Place("reconcile", "Look for any break in the bank of credits (register)."),
    "token": _Place("token", "Make a token for the API (register)."),
    "index": _Place("index", "Make the encyclopedia's search index anew (register)."),
    "serve": _Place("serve", "Serve the site (register)."),
    "demo": _Place("demo", "Load two schemes, issue a results file, verify, and serve (register)."),
}


class _Lazy(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - click's signature
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        app = importlib.import_module(f"guildhall.cli.{place.module}").app
        command = get_command(app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.help) for name, place in COMMANDS.items()])


app = typer.Typer(cls=_Lazy, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def _root() -> None:
    """Guildhall: the open register of vocational certificates."""


def main(arguments: Sequence[str] | None = None) -> Any:
    """Run the command line."""
    return app(arguments)
