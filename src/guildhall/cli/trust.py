"""What this installation trusts: `guildhall trust show | add | remove`, and the loading of trust lists for all commands.

Lists lie in ``<prefix>/share/guildhall/trust.d/*.json`` of the Python installation, or where ``GUILDHALL_TRUST_DIR`` says.
A command's ``--trust FILE`` is used *instead of* these lists.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from guildhall.core import trust as trusts
from guildhall.core.errors import Error
from guildhall.core.trust import Trust

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="What this installation trusts."
)
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}\Z")


class UnreadableFileError(Error):
    """A file that cannot be read."""

    code = "file_unreadable"


def folder() -> Path:
    """Return the folder of this installation's trust lists."""
    chosen = os.environ.get("GUILDHALL_TRUST_DIR")
    return Path(chosen) if chosen else Path(sys.prefix) / "share" / "guildhall" / "trust.d"


def load(file: Path | None) -> Trust:
    """Return the trust list in ``file`` or, without one, all lists of this installation joined.

    Raises: UnreadableFileError, MalformedTrustError and their kin.
    """
    if file is not None:
        return trusts.parse(_bytes(file))
    here = folder()
    files = sorted(here.glob("*.json")) if here.is_dir() else []
    return trusts.joined(trusts.parse(_bytes(one)) for one in files)


def add_list(name: str, data: bytes) -> Path:
    """Put a trust list among those of this installation, durably; one of the same name is replaced.

    Raises: MalformedTrustError and its kin; nothing is written then.
    """
    if not _NAME.match(name):
        raise trusts.MalformedTrustError("a list's name has lower-case letters, digits, dots and hyphens", name=name)
    trusts.parse(data)
    here = folder()
    here.mkdir(parents=True, exist_ok=True)
    target = here / f"{name}.json"
    draft = target.with_suffix(".draft")
    draft.write_bytes(data)
    draft.replace(target)
    return target


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as reason:
        raise UnreadableFileError(f"{file} cannot be read: {reason.strerror}", file=str(file)) from None


@app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Show the authorities, registers and logs that this installation trusts, with their key fingerprints."""
    try:
        held = load(None)
    except Error as reason:
        _refuse(reason)
    if as_json:
        print(json.dumps(held.as_json(), ensure_ascii=False, indent=2))
        return
    if held.empty:
        print(f"Nothing is trusted yet. Add a list with: guildhall trust add FILE   (lists lie in {folder()})")
        return
    for kind, bodies in (("authority", held.authorities), ("register", held.registers)):
        for body in bodies.values():
            print(f"{kind:10} {body.id}  {' / '.join(body.name.values())}")
            for key_id, key in body.keys.items():
                print(f"{'':10} {key_id}  {key.fingerprint}")
    for origin, vkey in held.logs.items():
        print(f"{'log':10} {origin}  {vkey}")
        for quorum in held.quorums.get(origin, ()):
            print(f"{'':10} cosigned by {quorum.n} of {', '.join(text.partition('+')[0] for text in quorum.of)}")
    for vkey in held.witnesses:
        print(f"{'witness':10} {vkey}")


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="A trust list (JSON).")],
    name: Annotated[str, typer.Option(help="The name to keep it under; the file's own where left out.")] = "",
) -> None:
    """Trust what a list names. Compare the fingerprints with a source you know before you do."""
    try:
        target = add_list(name or file.stem.lower(), _bytes(file))
    except Error as reason:
        _refuse(reason)
    print(f"added {target}")


@app.command()
def remove(name: Annotated[str, typer.Argument(help="The name of the list.")]) -> None:
    """Trust a list no longer."""
    target = folder() / f"{name}.json"
    if not _NAME.match(name) or not target.exists():
        print(f"no list of that name in {folder()}", file=sys.stderr)
        raise typer.Exit(1)
    target.unlink()
    print(f"removed {target}")


def _refuse(reason: Error) -> NoReturn:
    print(f"{reason.code}: {reason.detail}", file=sys.stderr)
    raise typer.Exit(2)
