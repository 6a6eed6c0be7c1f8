"""`guildhall match`: does a record fit a post, line by line; several posts are ranked, and so are several records.

Exit status: 0 the best fits, 1 something that is required is missing, 2 could not judge. Nothing is kept.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from guildhall.cli.asking import AsJson, Lang, asking
from guildhall.core.coverage import read_standard
from guildhall.core.eligibility import read_rules
from guildhall.core.errors import Error
from guildhall.core.language import in_language
from guildhall.core.record import read_record
from guildhall.core.routes import Line, Match, ground, match_json, rank, rank_people, read_post, sentence

app = typer.Typer(add_completion=False, rich_markup_mode=None)

TRACKS = ("pcc", "vqc")
"""The schemes that ship: parallel tracks, recognised alike."""

_MARKS = {"met": "[=]", "equivalent": "[~]", "missing": "[x]"}
_WORDS = {
    "fits": {"zh": "符合岗位要求", "en": "Fits"},
    "short": {"zh": "尚缺 {n} 项", "en": "Missing {n}"},
    "legal": {"zh": "法定", "en": "by law"},
    "first_on": {"zh": "仅靠等待最早符合日", "en": "by waiting alone"},
    "never": {"zh": "仅靠等待不能符合", "en": "not by waiting alone"},
    "preferred": {"zh": "优先条件", "en": "welcome"},
    "of": {
        "zh": "必备 {required} 项：符合 {met}，同等 {equivalent}",
        "en": "{required} required: {met} met, {equivalent} equivalent",
    },
}


@app.command()
def match(
    *,
    post: Annotated[list[str], typer.Option("--post", help="A post; several are ranked for the record.")],
    record: Annotated[
        list[str], typer.Option("--record", help="A record, - for standard input; several are ranked for the post.")
    ],
    rules: Annotated[list[str] | None, typer.Option("--rules", help="Eligibility rules, for what is missing.")] = None,
    standard: Annotated[list[str] | None, typer.Option("--standard", help="A standard, for competencies.")] = None,
    alike: Annotated[
        list[str] | None,
        typer.Option("--alike", help="A scheme recognised like the others given so; pcc and vqc where left out."),
    ] = None,
    on: Annotated[str, typer.Option("--on", help="The day (YYYY-MM-DD); today in China if left out.")] = "",
    as_json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Hold a record against posts, line by line. Exit 0 fits, 1 something is missing, 2 could not judge."""
    asked = asking(lang, as_json=as_json)
    day = asked.day(on)
    if len(post) > 1 and len(record) > 1:
        asked.refuse("one_of_many", "either several posts or several records are ranked")
    try:
        posts = [read_post(asked.read(file)) for file in post]
        records = [(file, read_record(asked.read(file))) for file in record]
        known = read_rules(*map(asked.read, rules)) if rules else None
        rests_on = ground((read_standard(asked.read(file)) for file in standard or ()), alike or TRACKS)
        if len(records) > 1:
            ranked = rank_people(posts[0], records, on=day, ground=rests_on, rules=known)
        else:
            found = rank(posts, records[0][1], on=day, ground=rests_on, rules=known)
            ranked = tuple((records[0][0], one) for one in found)
    except Error as error:
        asked.cannot(error.as_json())
    if as_json:
        matches = [
            {"rank": place, **({"record": name} if len(records) > 1 else {}), **match_json(one)}
            for place, (name, one) in enumerate(ranked, 1)
        ]
        print(json.dumps({"on": day.isoformat(), "matches": matches}, ensure_ascii=False, indent=2))
    else:
        print("\n".join(text for name, one in ranked for text in _lines(name, one, asked.language)))
    raise typer.Exit(0 if ranked[0][1].fits else 1)


def _lines(name: str, found: Match, language: str) -> list[str]:
    def word(key: str, **params: object) -> str:
        return in_language(_WORDS[key], language).format(**params)

    verdict = word("fits") if found.fits else word("short", n=found.n("missing"))
    counts = word("of", required=len(found.lines), met=found.n("met"), equivalent=found.n("equivalent"))
    lines = [f"{verdict}: {in_language(found.post.name, language)} ({found.post.id}) · {name}", f"  {counts}"]
    lines += [text for line in found.lines for text in _line(line, language)]
    if found.preferred:
        lines.append(f"  {word('preferred')}:")
        lines += [text for line in found.preferred for text in _line(line, language)]
    if not found.fits:
        lines.append(f"  {word('first_on')}: {found.first_on.isoformat() if found.first_on else word('never')}")
    return lines


def _line(line: Line, language: str, depth: int = 1) -> list[str]:
    legal = f" ({in_language(_WORDS['legal'], language)})" if line.legal else ""
    space = "  " * depth
    by = f" [{', '.join(line.by)}]" if line.by else ""
    lines = [f"{space}{_MARKS[line.verdict]} {in_language(line.node.text, language)}{legal}"]
    lines.append(f"{space}    {sentence(line, language)}{by}")
    return lines + [text for part in line.parts for text in _line(part, language, depth + 2)]
