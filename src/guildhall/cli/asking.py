"""What the commands that answer a question have in common: the language, the day, reading files, saying that they cannot."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from guildhall.core.credential import CHINA

COULD_NOT: Final = 2

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Lang = Annotated[str, typer.Option("--lang", help="zh or en; the environment's language where left out.")]


@dataclass(frozen=True, slots=True)
class Asked:
    """How a question was asked, and so how it is answered.

    Shape:  ``answer`` is the member of the JSON answer that is null where there is none, empty: no such member.
    """

    language: str
    as_json: bool
    answer: str

    def read(self, file: str) -> bytes:
        """Return a file's bytes, ``-`` for standard input; what cannot be read ends the command."""
        try:
            return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        except OSError as reason:
            self.refuse("file_unreadable", f"{file}: {reason.strerror}")

    def day(self, text: str) -> date:
        """Return the day that an option writes, today in China where it is left out; the clock is asked here alone."""
        try:
            return date.fromisoformat(text) if text else datetime.now(CHINA).date()
        except ValueError:
            self.refuse("bad_date", "the day is written YYYY-MM-DD")

    def refuse(self, code: str, detail: str) -> NoReturn:
        """Say why there is no answer, and end the command with exit status 2."""
        self.cannot({"code": code, "detail": detail})

    def cannot(self, error: dict[str, Any]) -> NoReturn:
        """Print a coded error with the places that it names, and end the command with exit status 2."""
        if self.as_json:
            nothing = {self.answer: None} if self.answer else {}
            print(json.dumps({**nothing, "error": error}, ensure_ascii=False, indent=2))
        else:
            print(f"{error['code']}: {error['detail']}", file=sys.stderr)
            params = error.get("params", {})
            for problem in (*params.get("problems", ()), *params.get("places", ()), *params.get("laws", ())):
                print(f"  {problem}", file=sys.stderr)
        raise typer.Exit(COULD_NOT)


def asking(lang: str, *, as_json: bool, answer: str = "") -> Asked:
    """Return how a question is asked; a language that there is not ends the command."""
    language = lang or ("zh" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh") else "en")
    if language not in ("zh", "en"):
        Asked("en", as_json, answer).refuse("bad_language", "the language is zh or en")
    return Asked(language, as_json, answer)
