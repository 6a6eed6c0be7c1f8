"""`guildhall eligible`: may this person sit this level on that day, by which clause, and if not, what is missing.

Exit status: 0 eligible, 1 not eligible, 2 could not judge. The record is read, judged and forgotten.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from guildhall.cli.asking import asking
from guildhall.core.codes import occupation_code
from guildhall.core.codes.level import level_of
from guildhall.core.eligibility import Answer, judge, missing_sentence, read_rules
from guildhall.core.errors import Error
from guildhall.core.language import in_language
from guildhall.core.record import read_record

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_WORDS = {
    "eligible": {"zh": "符合申报条件", "en": "Eligible"},
    "not_eligible": {"zh": "尚不符合申报条件", "en": "Not eligible"},
    "edition": {"zh": "标准版本", "en": "edition"},
    "clause": {"zh": "条款", "en": "clause"},
    "unconfirmed": {"zh": "未经确认", "en": "unconfirmed"},
    "first_on": {"zh": "最早符合日", "en": "first day"},
    "by": {"zh": "依据", "en": "by"},
    "never": {"zh": "仅靠等待不能符合", "en": "not by waiting"},
}


@app.command()
def eligible(
    *,
    record: Annotated[str, typer.Option("--record", help="The record; - for standard input.")],
    rules: Annotated[list[str], typer.Option("--rules", help="A rules file; may be given several times.")],
    occupation: Annotated[str, typer.Option("--occupation", help="Code of the occupation, d-dd-dd-dd.")],
    level: Annotated[str, typer.Option("--level", help="Level applied for: 4, 四级, 中级工 ...")],
    on: Annotated[str, typer.Option("--on", help="Day of application (YYYY-MM-DD); today in China if left out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en; the environment's language where left out.")] = "",
) -> None:
    """Say who may sit which level. Exit 0 eligible, 1 not eligible, 2 could not judge."""
    door = asking(lang, as_json=as_json, answer="eligible")
    language = door.language
    day = door.day(on)
    code = level_of(level)
    if not code:
        door.refuse("bad_level", f"{level} is no level")
    try:
        answer = judge(
            read_record(door.read(record)),
            read_rules(*(door.read(file) for file in rules)),
            occupation=occupation_code.format(occupation_code.parse(occupation)),
            level=code,
            on=day,
        )
    except Error as error:
        door.cannot(error.as_json())
    if as_json:
        print(json.dumps(answer.as_json(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(answer, language)))
    raise typer.Exit(0 if answer.eligible else 1)


def _lines(answer: Answer, language: str) -> list[str]:
    def word(key: str) -> str:
        return in_language(_WORDS[key], language)

    verdict = word("eligible" if answer.eligible else "not_eligible")
    asked = f"{answer.occupation}, {answer.level}, {answer.on.isoformat()}"
    lines = [f"{verdict}: {asked} ({word('edition')} {answer.standard.edition})"]
    if answer.clause is not None:
        lines.append(f"  [=] {word('clause')} {answer.clause.id}: {in_language(answer.clause.text, language)}")
        if answer.clause.unconfirmed:
            lines.append(f"      {word('unconfirmed')}: {in_language(answer.clause.unconfirmed, language)}")
        return lines
    for short in answer.shortfalls:
        first = word("never") if short.first_on is None else short.first_on.isoformat()
        lines.append(f"  [x] {word('clause')} {short.clause.id}: {in_language(short.clause.text, language)}")
        lines += [f"      - {missing_sentence(lack, language)}" for lack in short.missing]
        lines.append(f"      {word('first_on')}: {first}")
        if short.clause.unconfirmed:
            lines.append(f"      {word('unconfirmed')}: {in_language(short.clause.unconfirmed, language)}")
    if answer.first_on is None or answer.first_standard is None or answer.first_clause is None:
        return [*lines, f"{word('first_on')}: {word('never')}"]
    by = f"{word('edition')} {answer.first_standard.edition}, {word('clause')} {answer.first_clause.id}"
    return [*lines, f"{word('first_on')}: {answer.first_on.isoformat()} ({word('by')} {by})"]
