"""`guildhall route`: the dated way from a record to a certificate or a post, the shortest or the cheapest, proved.

Exit status: 0 a way, proved; 1 a way, not proved within the work allowed; 2 no way, or none could be looked for. Nothing is kept.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from guildhall.cli.asking import AsJson, Asked, Lang, asking
from guildhall.cli.match import TRACKS
from guildhall.core.codes import occupation_code
from guildhall.core.codes.level import level_of
from guildhall.core.conversion import pair, read_rule_set
from guildhall.core.coverage import read_programme, read_standard
from guildhall.core.eligibility import read_rules
from guildhall.core.errors import Error
from guildhall.core.language import in_language
from guildhall.core.record import HeldAward, read_record
from guildhall.core.routes import (
    CHEAPEST,
    SHORTEST,
    Goal,
    Route,
    converting,
    ground,
    opened,
    opened_json,
    read_offers,
    read_post,
    route_json,
    step_sentence,
    to_certificate,
    to_post,
)
from guildhall.core.routes import route as find_route
from guildhall.core.routes.route_answer import money
from guildhall.core.routes.searching import WORK

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_WORDS = {
    "shortest": {"zh": "最短", "en": "Shortest"},
    "cheapest": {"zh": "最省", "en": "Cheapest"},
    "arrives": {"zh": "到达", "en": "arrives"},
    "proved": {"zh": "已证明最优", "en": "proved best"},
    "unproved": {"zh": "未能证明最优，差距至多", "en": "not proved best, gap at most"},
    "opens": {"zh": "到达后打开", "en": "It opens"},
    "posts": {"zh": "岗位", "en": "posts"},
    "certificates": {"zh": "可申报", "en": "certificates"},
    "courses": {"zh": "可转换学分", "en": "credits converted"},
}


@app.command()
def route(
    *,
    record: Annotated[str, typer.Option("--record", help="The record; - for standard input.")],
    to: Annotated[
        str, typer.Option("--to", help="A post (file), or a certificate: OCCUPATION/LEVEL or OCCUPATION/LEVEL/SCHEME.")
    ],
    offers: Annotated[str, typer.Option("--offers", help="What is on offer.")],
    rules: Annotated[list[str], typer.Option("--rules", help="Eligibility rules; may be given several times.")],
    cheapest: Annotated[bool, typer.Option("--cheapest", help="The cheapest way, not the shortest.")] = False,
    standard: Annotated[list[str] | None, typer.Option("--standard", help="A standard, for competencies.")] = None,
    programme: Annotated[list[str] | None, typer.Option("--programme", help="A programme, for conversion.")] = None,
    conversion: Annotated[list[str] | None, typer.Option("--conversion", help="A rule-set, for conversion.")] = None,
    post: Annotated[list[str] | None, typer.Option("--post", help="A post: does arriving open it?")] = None,
    alike: Annotated[
        list[str] | None, typer.Option("--alike", help="A scheme recognised like the others given so.")
    ] = None,
    on: Annotated[str, typer.Option("--on", help="The day (YYYY-MM-DD); today in China if left out.")] = "",
    work: Annotated[int, typer.Option("--work", help="How many states the search may look at.", min=1)] = WORK,
    as_json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Find the way to a certificate or a post. Exit 0 proved, 1 not proved, 2 no way or no answer."""
    asked = asking(lang, as_json=as_json)
    day = asked.day(on)
    try:
        goal = _goal(to, asked)
        held = read_record(asked.read(record))
        on_offer = read_offers(asked.read(offers))
        known = read_rules(*map(asked.read, rules))
        standards = tuple(read_standard(asked.read(file)) for file in standard or ())
        programmes = [read_programme(asked.read(file)) for file in programme or ()]
        rule_sets = [read_rule_set(asked.read(file)) for file in conversion or ()]
        rests_on = ground(standards, alike or TRACKS)
        found = find_route(
            held,
            goal,
            on_offer,
            known,
            on=day,
            ground=rests_on,
            by=CHEAPEST if cheapest else SHORTEST,
            convert=converting(programmes, rule_sets, standards) if programmes and rule_sets else None,
            work=work,
        )
        opens = None
        award = next(
            (step.chance.fact for step in reversed(found.steps) if step.chance and step.kind == "sitting"), None
        )
        if isinstance(award, HeldAward):
            targets = pair(programmes, rule_sets, found.arrives_on) if programmes and rule_sets else ()
            opens = opened(
                held,
                dataclasses.replace(award, awarded_on=min(award.awarded_on, found.arrives_on)),
                on=found.arrives_on,
                ground=rests_on,
                posts=[read_post(asked.read(file)) for file in post or ()],
                rules=known,
                targets=targets,
                standards=standards,
            )
    except Error as error:
        asked.cannot(error.as_json())
    if as_json:
        answer = route_json(found, on_offer.currency)
        if opens is not None:
            answer["opens"] = opened_json(opens)
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(found, on_offer.currency, asked.language)))
        if opens is not None:
            print("\n".join(_opened_lines(opened_json(opens), asked.language)))
    raise typer.Exit(0 if found.proved else 1)


def _goal(to: str, asked: Asked) -> Goal:
    parts = to.split("/")
    if len(parts) in (2, 3) and not Path(to).is_file():
        code = level_of(parts[1])
        if not code:
            asked.refuse("bad_level", f"{parts[1]} is no level")
        occupation = occupation_code.format(occupation_code.parse(parts[0]))
        return to_certificate(occupation, code, parts[2] if len(parts) == 3 else "")
    return to_post(read_post(asked.read(to)))


def _lines(found: Route, currency: str, language: str) -> list[str]:
    def word(key: str) -> str:
        return in_language(_WORDS[key], language)

    proof = word("proved") if found.proved else f"{word('unproved')} {_gap(found, currency)}"
    head = f"{word(found.by)}: {found.goal.id} · {word('arrives')} {found.arrives_on} · {money(found.price)} {currency} · {proof}"
    return [head, *(f"  {number}. {_step(step, currency, language)}" for number, step in enumerate(found.steps, 1))]


def _gap(found: Route, currency: str) -> str:
    return f"{money(found.gap)} {currency}" if found.by == CHEAPEST else f"{found.gap} d"


def _step(step: Any, currency: str, language: str) -> str:
    price = f" · {money(step.price)} {currency}" if step.price else ""
    offer = f" [{step.offer}]" if step.offer else ""
    return f"{step_sentence(step, language)}{offer}{price}"


def _opened_lines(found: dict[str, Any], language: str) -> list[str]:
    def word(key: str) -> str:
        return in_language(_WORDS[key], language)

    lines = []
    if found["posts"]:
        lines.append(f"  {word('posts')}: " + ", ".join(in_language(one["name"], language) for one in found["posts"]))
    if found["certificates"]:
        listed = (f"{one['occupation']}/{one['level']} ({one['after']})" for one in found["certificates"])
        lines.append(f"  {word('certificates')}: " + ", ".join(listed))
    lines += [
        f"  {word('courses')}: {one['programme']} {one['credits_before']} → {one['credits_after']}"
        for one in found["courses"]
    ]
    return [f"{word('opens')}:", *lines] if lines else []
