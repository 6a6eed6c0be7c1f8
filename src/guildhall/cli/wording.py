"""`guildhall wording`: restricted words in a certificate template, an article or any other text.

Exit status: 0 none found, 1 some found, 2 could not look. Runs without Django.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from guildhall.cli.asking import asking
from guildhall.core.errors import Error
from guildhall.core.wording import Hit, lint, read_wording_rules
from guildhall.schemes.reading import read_scheme
from guildhall.schemes.wording import allowed_by, sentence, wording_rules

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_NONE = {"zh": "未发现限制使用的字样", "en": "No restricted wording"}


@app.command()
def wording(
    file: Annotated[str, typer.Argument(help="The text (UTF-8); - for standard input.")],
    *,
    scheme: Annotated[str, typer.Option("--scheme", help="A scheme file: what its legal basis allows passes.")] = "",
    allow: Annotated[list[str] | None, typer.Option("--allow", help="A word or a name that may stand there.")] = None,
    rules: Annotated[str, typer.Option("--rules", help="Rules to use instead of those that ship.")] = "",
    region: Annotated[str, typer.Option("--region", help="Where the text is used: six digits; else every rule.")] = "",
    on: Annotated[str, typer.Option("--on", help="Ask the rules of this day (YYYY-MM-DD); else today in China.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en; the environment's language where left out.")] = "",
) -> None:
    """Find restricted words in a text. Exit 0 none found, 1 some found, 2 could not look."""
    door = asking(lang, as_json=as_json, answer="hits")
    language = door.language
    if region and not (len(region) == 6 and region.isascii() and region.isdigit()):
        door.refuse("bad_region", "a region has six digits")
    day = door.day(on)
    try:
        text = door.read(file).decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        door.refuse("not_utf8", f"{file} is not UTF-8 at byte {reason.start}")
    try:
        known = read_wording_rules(door.read(rules)) if rules else wording_rules()
        allowed = list(allow or ())
        if scheme:
            allowed += allowed_by(read_scheme(door.read(scheme)).allowed_wording, day)
        hits = lint(text, known, on=day, allowed=allowed, region=region)
    except Error as error:
        door.cannot(error.as_json())
    if as_json:
        answer = {"rules": known.code, "on": day.isoformat(), "n_hits": len(hits), "hits": [h.as_json() for h in hits]}
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_line(file, hit, language) for hit in hits) or _NONE[language])
    raise typer.Exit(1 if hits else 0)


def _line(file: str, hit: Hit, language: str) -> str:
    return f"{file}:{hit.line}:{hit.column}: {sentence(hit, language)}\n    {hit.excerpt}"
