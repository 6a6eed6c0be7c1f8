"""`guildhall serve`: the site, the API and, beside them, the worker that issues what waits."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from guildhall.cli.loading import load_django

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Server processes.", min=1, max=64)] = 1,
    work: Annotated[bool, typer.Option("--work/--no-work", help="Run the worker beside the server.")] = True,
) -> None:
    """Serve the site until interrupted. Put a web server with TLS in front of it for anything but a trial."""
    load_django()
    with _worker() if work else contextlib.nullcontext():
        run_server(host, port, workers)


def run_server(host: str, port: int, workers: int = 1) -> None:
    """Serve until interrupted."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "guildhall.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        log_access=False,
    ).serve()


@contextlib.contextmanager
def _worker() -> Iterator[None]:
    """Run `guildhall work` as a process of its own and end it with the server."""
    with subprocess.Popen([sys.executable, "-m", "guildhall", "work"]) as process:
        try:
            yield
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=20)
            if process.poll() is None:
                process.kill()
