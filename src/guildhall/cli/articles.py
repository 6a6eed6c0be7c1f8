"""`guildhall import articles FOLDER`: articles of the encyclopedia, all of a folder or none."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from guildhall.cli.loading import load_django
from guildhall.core.errors import Error

LOADED, REFUSED, COULD_NOT = 0, 1, 2

Folder = Annotated[Path, typer.Argument(help="The folder of SLUG.zh.md and SLUG.en.md.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def articles(folder: Folder, as_json: AsJson = False) -> None:
    """Publish what is new in a folder of articles; all of them or none."""
    try:
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix == ".md"}
    except OSError as error:
        print(f"{folder}: {error.strerror}", file=sys.stderr)
        raise typer.Exit(COULD_NOT) from None
    load_django()
    from django.utils import timezone

    from guildhall.accounts.services import COMMAND
    from guildhall.encyclopedia.articles.services import import_articles

    try:
        loaded = import_articles(files, actor=COMMAND, now=timezone.now())
    except Error as error:
        _tell(error, as_json=as_json)
        raise typer.Exit(REFUSED) from None
    answer = {"n_files": loaded.n_files, "n_new": loaded.n_new, "articles": list(loaded.articles)}
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        print(f"loaded: articles {len(loaded.articles)}, files {loaded.n_files}, new {loaded.n_new}")


def _tell(error: Error, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(error.as_json(), ensure_ascii=False))
        return
    print(f"refused ({error.code}): {error.detail}", file=sys.stderr)
    problems = error.params.get("problems", ())
    for problem in problems if isinstance(problems, list | tuple) else ():
        print(f"  {problem}", file=sys.stderr)


COMMANDS: dict[str, Callable[..., None]] = {"articles": articles}
