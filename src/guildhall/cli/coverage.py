"""`guildhall coverage`: what a programme covers of a level of a standard, by its weight table.

Exit status: 0 covered at least so much as asked, 1 less, 2 could not tell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated

import typer

from guildhall.cli.asking import Asked, asking
from guildhall.core.codes.level import LEVELS, level_of
from guildhall.core.coverage import Coverage, CoveredCell, Standard, align, as_json, read_programme, read_standard
from guildhall.core.errors import Error
from guildhall.core.language import in_language

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_PERCENT = re.compile(r"(100|[0-9]{1,2})(\.[0-9]{1,6})?", re.ASCII)
_WORDS = {
    "enough": {"zh": "覆盖率达到要求", "en": "Covered as far as asked"},
    "less": {"zh": "覆盖率未达到要求", "en": "Covered less than asked"},
    "overall": {"zh": "总计", "en": "overall"},
    "theory": {"zh": "理论", "en": "theory"},
    "skill": {"zh": "技能", "en": "skill"},
    "covered": {"zh": "覆盖", "en": "covered"},
    "taught": {"zh": "讲授", "en": "taught"},
    "assessed": {"zh": "考核", "en": "assessed"},
    "gaps": {"zh": "缺口", "en": "gaps"},
    "overlaps": {"zh": "重复", "en": "overlaps"},
    "taught_not_assessed": {"zh": "教而未考", "en": "taught, not assessed"},
    "assessed_not_taught": {"zh": "考而未教", "en": "assessed, not taught"},
    "late": {"zh": "评价之后才教", "en": "taught after the assessment"},
}


@app.command()
def coverage(
    *,
    standard: Annotated[str, typer.Option("--standard", help="The standard.")],
    programme: Annotated[str, typer.Option("--programme", help="The programme; - for standard input.")],
    level: Annotated[str, typer.Option("--level", help="The level; may be left out if the standard has one.")] = "",
    assessed_on: Annotated[str, typer.Option("--assessed-on", help="Only terms that end by this day count.")] = "",
    at_least: Annotated[str, typer.Option("--at-least", help="Percent that must be covered.")] = "80",
    json_wanted: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en; the environment's language where left out.")] = "",
) -> None:
    """Say what a programme covers of a level. Exit 0 covered as far as asked, 1 less, 2 could not tell."""
    door = asking(lang, as_json=json_wanted, answer="enough")
    language = door.language
    if not _PERCENT.fullmatch(at_least) or Fraction(at_least) > 100:
        door.refuse("bad_share", "--at-least is a percentage from 0 to 100")
    day = door.day(assessed_on) if assessed_on else None
    try:
        asked = read_standard(door.read(standard))
        given = read_programme(door.read(programme))
        covered = align(asked, given, level=_level(level, asked, door), assessed_on=day)
    except Error as error:
        door.cannot(error.as_json())
    enough = covered.at_least(Fraction(at_least))
    if json_wanted:
        answer = {"enough": enough, "at_least": at_least, **as_json(covered, asked, given)}
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(covered, asked, enough=enough, language=language)))
    raise typer.Exit(0 if enough else 1)


def _level(text: str, standard: Standard, door: Asked) -> str:
    code = level_of(text) if text else next(iter(standard.levels)) if len(standard.levels) == 1 else None
    if not code:
        held = ", ".join(code for code in LEVELS if code in standard.levels)
        door.refuse("bad_level", f"give one of the levels {held} with --level")
    return code


def _lines(covered: Coverage, standard: Standard, *, enough: bool, language: str) -> list[str]:
    def word(key: str) -> str:
        return in_language(_WORDS[key], language)

    lines = [f"{word('enough' if enough else 'less')}: {standard.occupation} {standard.edition}, {covered.level}"]
    for name, shares in (("overall", covered.overall), *covered.columns.items()):
        said = ", ".join(f"{word(key)} {value} %" for key, value in shares.as_json().items())
        lines.append(f"  {word(name)}: {said}")
    show: dict[str, tuple[tuple[CoveredCell, ...], Callable[[CoveredCell], int]]] = {
        "gaps": (covered.gaps, lambda one: one.covered),
        "overlaps": (covered.overlaps, lambda one: one.taught),
        "taught_not_assessed": (covered.taught_not_assessed, lambda one: one.assessed),
        "assessed_not_taught": (covered.assessed_not_taught, lambda one: one.taught),
        "late": (covered.late, lambda one: one.late),
    }
    for key, (cells, share) in show.items():
        if cells:
            lines.append(f"  {word(key)}:")
        for one in cells:
            name = in_language(one.cell.name, language)
            lines.append(f"    {one.cell.number} {name} ({word(one.cell.column)}): {share(one)} %")
    return lines
