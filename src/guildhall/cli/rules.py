"""`guildhall rules lint` checks rules of conversion; `guildhall rules published` lists and prints those that are shipped.

Exit status of lint: 0 nothing found, or warnings only, 1 errors, 2 could not check.
"""

from __future__ import annotations

import json
import sys
from importlib import resources
from typing import Annotated

import typer

from guildhall.cli.asking import asking
from guildhall.core.conversion import read_rule_set
from guildhall.core.conversion.linting import lint as findings_of
from guildhall.core.conversion.linting import place_of
from guildhall.core.coverage import read_programme
from guildhall.core.errors import Error
from guildhall.core.language import in_language

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Rules of conversion.")

_WORDS = {
    "error": {"zh": "错误", "en": "error"},
    "warning": {"zh": "警告", "en": "warning"},
    "fine": {"zh": "未发现问题", "en": "nothing found"},
}


@app.command()
def lint(
    file: Annotated[str, typer.Argument(help="The rule-set; - for standard input.")],
    *,
    programme: Annotated[str, typer.Option("--programme", help="A programme to which it is applied.")] = "",
    json_wanted: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en; the environment's language where left out.")] = "",
) -> None:
    """Find rules that contradict one another, never apply or never bind. Exit 1 if there are errors."""
    door = asking(lang, as_json=json_wanted, answer="findings")
    language = door.language
    try:
        rule_set = read_rule_set(door.read(file))
        plan = read_programme(door.read(programme)) if programme else None
    except Error as error:
        door.cannot(error.as_json())
    found = findings_of(rule_set, plan)
    if json_wanted:
        answer = {
            "rule_set": rule_set.id,
            "edition": rule_set.edition,
            "findings": [
                {
                    "severity": one.severity,
                    "code": one.code,
                    "rule": one.rule or None,
                    "place": place_of(rule_set, one.rule),
                    "params": dict(one.params),
                    "text": {name: one.sentence(name) for name in ("zh", "en")},
                }
                for one in found
            ],
        }
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for one in found:
            kind, place = in_language(_WORDS[one.severity], language), place_of(rule_set, one.rule)
            print(f"{kind} {place} {one.rule}: {one.sentence(language)} ({one.code})")
        if not found:
            print(f"{rule_set.id} {rule_set.edition}: {in_language(_WORDS['fine'], language)}")
    raise typer.Exit(1 if any(one.severity == "error" for one in found) else 0)


@app.command()
def published(
    name: Annotated[str, typer.Argument(help="The rule-set to print; all names where left out.")] = "",
) -> None:
    """List the rule-sets that are shipped, or print one of them. Exit 2 if there is none of that name."""
    folder = resources.files("guildhall.core.conversion") / "published"
    files = {one.name.removesuffix(".json"): one for one in folder.iterdir() if one.name.endswith(".json")}
    if not name:
        for own in sorted(files):
            rule_set = read_rule_set(files[own].read_bytes())
            print(f"{own}: {rule_set.name.get('en') or rule_set.name['zh']} ({rule_set.edition})")
        return
    if name not in files:
        asking("en", as_json=False).refuse("not_found", f"there is no rule-set {name}")
    sys.stdout.write(files[name].read_text("utf-8"))
