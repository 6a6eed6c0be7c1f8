"""`guildhall witness init | cosign | serve`: vouch for a log's checkpoints, each of which must extend the one before."""

from __future__ import annotations

import contextlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from guildhall import keystore
from guildhall.cli import durable, log_files
from guildhall.cli import trust as trust_lists
from guildhall.cli.witness_memory import Memory
from guildhall.cli.witness_server import Server
from guildhall.core.audit_report import NoCheckpointError
from guildhall.core.checkpoint import (
    COSIGNATURE,
    BadCheckpointSignatureError,
    Checkpoint,
    UnknownLogError,
    VerifierKey,
    cosign,
    open_checkpoint,
    parse_note,
)
from guildhall.core.errors import Error, MalformedError
from guildhall.core.tiles import CHECKPOINT
from guildhall.core.witness import OtherLogError, RolledBackError, SplitViewError, check_extends

PASSPHRASE = "GUILDHALL_WITNESS_PASSPHRASE"  # noqa: S105 - the name of a variable, not a secret
REFUSED, COULD_NOT = 1, 2
_REFUSALS = (BadCheckpointSignatureError, UnknownLogError, OtherLogError, RolledBackError, SplitViewError)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Vouch for a log's checkpoints, each of which must extend the last.",
)

KeyFile = Annotated[Path, typer.Option("--key", metavar="FILE", help="The witness's sealed key file.")]


class NoSuchWitnessError(MalformedError):
    """The key file does not tell which witness is meant."""

    code = "no_such_witness"


@app.command()
def init(
    name: Annotated[str, typer.Argument(help="The witness's name, such as witness.example.org/w1.")],
    key: KeyFile,
) -> None:
    """Make a witness's key, sealed under a passphrase, and print its verifier key for trust lists.

    The passphrase is asked for, or taken from the variable GUILDHALL_WITNESS_PASSPHRASE.
    """
    try:
        # A name that cannot stand in a signature line is refused before a key is made for it.
        VerifierKey.check_name(name)
        opened = keystore.open(key, _passphrase(confirm=not key.exists()), create=True)
        typer.echo(VerifierKey(name, opened.create(name), COSIGNATURE).text)
    except (Error, OSError) as error:
        _stop(error)


@app.command("cosign")
def cosign_(
    *,
    source: Annotated[Path, typer.Argument(metavar="DIR|FILE", help="A log directory, or a checkpoint file in one.")],
    state: Annotated[Path, typer.Option("--state", metavar="FILE", help="What this witness vouched for last.")],
    key: KeyFile,
    trust: Annotated[
        Path | None, typer.Option("--trust", metavar="FILE", help="Use this trust list only, for the log's key.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Which witness, if the key file holds several.")] = None,
    tiles: Annotated[
        Path | None, typer.Option("--tiles", metavar="DIR", help="The log directory, if the checkpoint lies elsewhere.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to put the cosigned checkpoint, not stdout.")
    ] = None,
) -> None:
    """Check that a checkpoint extends the last one vouched for, and add this witness's cosignature.

    Exit code 0: cosigned; 1: refused; 2: could not check. Nothing is given out before the new state is on the disk.
    """
    try:
        note_file = source / CHECKPOINT if source.is_dir() else source
        read = log_files.reader(tiles or note_file.parent)
        note = log_files.reader(note_file.parent)(note_file.name)
        if note is None:
            raise NoCheckpointError("there is no checkpoint at that place")
        log_keys = [VerifierKey.parse(vkey) for vkey in trust_lists.load(trust).logs.values()]
        offered = open_checkpoint(note, log_keys).checkpoint
        opened = keystore.open(key, _passphrase())
        witness = name or _only(opened)
        # One witness, one memory: two runs at once could vouch for two histories.
        with durable.locked(state):
            remembered = Checkpoint.parse(parse_note(state.read_bytes()).text) if state.exists() else None
            check_extends(remembered, offered, read)
            cosigned = cosign(note, witness, opened.signer(witness), now=datetime.now(UTC))
            durable.replace(state, note)
    except (Error, OSError) as error:
        _stop(error)
    else:
        if remembered is None:
            typer.echo(f"first sight of {offered.origin}: nothing to compare with", err=True)
        typer.echo(f"cosigned {offered.origin} at {offered.size:,} leaves as {witness}", err=True)
        if out is None:
            typer.echo(cosigned.decode(), nl=False)
        else:
            durable.replace(out, cosigned)


@app.command()
def serve(
    *,
    memory: Annotated[Path, typer.Option("--memory", metavar="DIR", help="What this witness remembers of each log.")],
    key: KeyFile,
    trust: Annotated[
        Path | None, typer.Option("--trust", metavar="FILE", help="Use this trust list only, for the logs' keys.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Which witness, if the key file holds several.")] = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port; 0 takes a free one.", min=0, max=65535)] = 8500,
    begin: Annotated[bool, typer.Option("--begin", help="The first time only: begin with an empty memory.")] = False,
) -> None:
    """Cosign over HTTP what the logs of the trust list send (C2SP tlog-witness), until interrupted.

    Put a web server with TLS in front of it.
    """
    try:
        log_keys = [VerifierKey.parse(vkey) for vkey in trust_lists.load(trust).logs.values()]
        if not log_keys:
            raise UnknownLogError("no log is trusted: name one with --trust FILE")
        opened = keystore.open(key, _passphrase())
        witness = name or _only(opened)
        signer = opened.signer(witness)
        vkey = VerifierKey(witness, signer.public_key, COSIGNATURE)
        server = Server(host, port, Memory.open(memory, vkey, signer, log_keys, begin=begin))
    except (Error, OSError) as error:
        _stop(error)
    bound = server.socket.getsockname()
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    typer.echo(f"{vkey.text} listens on {shown}:{bound[1]} for {', '.join(one.name for one in log_keys)}")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt), server:
        server.serve_forever()


def _only(opened: keystore.Keystore) -> str:
    names = list(opened.keys())
    if len(names) != 1:
        raise NoSuchWitnessError("the key file holds several keys or none; say --name", names=names)
    return names[0]


def _passphrase(*, confirm: bool = False) -> str:
    given = os.environ.get(PASSPHRASE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise keystore.PassphraseError(f"the passphrase can neither be asked for here nor is it in {PASSPHRASE}")
    asked: str = typer.prompt("Passphrase of the key file", hide_input=True, confirmation_prompt=confirm, err=True)
    return asked


def _stop(error: Error | OSError) -> NoReturn:
    if isinstance(error, _REFUSALS):
        typer.echo(f"refused: {error.detail} ({error.code})", err=True)
        raise typer.Exit(REFUSED)
    if isinstance(error, Error):
        detail = f"{error.detail} ({error.code})"
    else:
        detail = f"{error.filename}: {error.strerror} (file_unreadable)" if error.filename else str(error)
    typer.echo(f"could not check: {detail}", err=True)
    raise typer.Exit(COULD_NOT)
