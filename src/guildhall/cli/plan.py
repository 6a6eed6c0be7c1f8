"""`guildhall plan`: the best conversion of a record into a programme, proved, and why the rest is left out.

Exit status: 0 a plan, proved; 1 a plan, not proved within the work allowed; 2 could not plan. Nothing is stored.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any

import typer

from guildhall.cli.asking import asking
from guildhall.core.amounts import amount_text
from guildhall.core.conversion import (
    LeftOut,
    Plan,
    Standing,
    Target,
    best_plan,
    compare,
    joined,
    opportunity_cost,
    pair,
    plan_json,
    read_rule_set,
)
from guildhall.core.conversion.sentences import reason_sentence
from guildhall.core.conversion.solving import WORK
from guildhall.core.coverage import Standard, read_programme, read_standard
from guildhall.core.errors import Error
from guildhall.core.language import in_language
from guildhall.core.record import Record, read_record

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_WORDS = {
    "proved": {"zh": "已证明最优", "en": "proved best"},
    "unproved": {"zh": "未能证明最优", "en": "not proved best"},
    "at_most": {"zh": "上界", "en": "at most"},
    "gap": {"zh": "差距", "en": "gap"},
    "of": {"zh": "学分可转换，毕业要求", "en": "credits convert, of"},
    "asked": {"zh": "学分", "en": "that graduation asks"},
    "spent": {"zh": "使用成果数", "en": "outcomes spent"},
    "caps": {"zh": "上限", "en": "caps"},
    "left_outcomes": {"zh": "未使用的成果", "en": "outcomes not spent"},
    "left_courses": {"zh": "未认定的课程", "en": "courses not met"},
    "kept": {"zh": "余额保留", "en": "kept"},
    "lost": {"zh": "余额作废", "en": "lost"},
    "what_if": {"zh": "假如", "en": "what if"},
    "elsewhere": {"zh": "在别处失去", "en": "lost elsewhere"},
    "programmes": {"zh": "各专业比较", "en": "programmes compared"},
    "remaining": {"zh": "尚需学分", "en": "still to earn"},
}


@app.command()
def plan(
    *,
    record: Annotated[str, typer.Option("--record", help="The record; - for standard input.")],
    programme: Annotated[list[str], typer.Option("--programme", help="A programme; with several they are compared.")],
    rules: Annotated[list[str], typer.Option("--rules", help="A rule-set; one for each institution.")],
    standard: Annotated[list[str] | None, typer.Option("--standard", help="A standard, for coverage.")] = None,
    what_if: Annotated[str, typer.Option("--what-if", help="A record of what is added.")] = "",
    without: Annotated[list[str] | None, typer.Option("--without", help="A rule to set aside, by its id.")] = None,
    on: Annotated[str, typer.Option("--on", help="Day of application (YYYY-MM-DD); today in China if left out.")] = "",
    work: Annotated[float, typer.Option("--work", help="How much work the proof may take.", min=0.01)] = WORK,
    json_wanted: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en; the environment's language where left out.")] = "",
) -> None:
    """Find the best conversion. Exit 0 proved, 1 not proved within the work, 2 could not plan."""
    door = asking(lang, as_json=json_wanted, answer="proved")
    language = door.language
    day = door.day(on)
    read = door.read
    try:
        held = read_record(read(record))
        targets = pair(
            [read_programme(read(file)) for file in programme], [read_rule_set(read(file)) for file in rules], day
        )
        standards = tuple(read_standard(read(file)) for file in standard or ())
        more = read_record(read(what_if)) if what_if else None
        answer = _answer(held, targets, day, standards, more=more, without=without or [], work=work)
    except Error as error:
        door.cannot(error.as_json())
    if json_wanted:
        print(json.dumps(answer.as_json(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(answer.lines(language)))
    raise typer.Exit(0 if answer.proved else 1)


class _Answer:
    """A plan for the best target, and what was asked beside it."""

    def __init__(self, best: Plan) -> None:
        self.best = best
        self.standings: tuple[Standing, ...] = ()
        self.losses: list[tuple[str, int]] = []
        self.supposed: Plan | None = None

    @property
    def proved(self) -> bool:
        return self.best.proved and (self.supposed is None or self.supposed.proved)

    def as_json(self) -> dict[str, Any]:
        answer = plan_json(self.best)
        if self.standings:
            answer["compared"] = [_standing_json(one) for one in self.standings]
            answer["lost_elsewhere"] = [{"programme": name, "credits": amount_text(lost)} for name, lost in self.losses]
        if self.supposed is not None:
            answer["what_if"] = {
                **plan_json(self.supposed),
                "gain": amount_text(self.supposed.worth.credits - self.best.worth.credits),
            }
        return answer

    def lines(self, language: str) -> list[str]:
        lines = _plan_lines(self.best, language)
        if self.standings:
            lines.append(f"{_word('programmes', language)}:")
            lines += (_standing_line(one, language) for one in self.standings)
            lines.append(f"{_word('elsewhere', language)}:")
            lines += (f"  {name}: {amount_text(lost)}" for name, lost in self.losses)
        if self.supposed is not None:
            gain = self.supposed.worth.credits - self.best.worth.credits
            lines.append(f"{_word('what_if', language)}: {'+' if gain >= 0 else ''}{amount_text(gain)}")
            lines += (f"  {line}" for line in _plan_lines(self.supposed, language))
        return lines


def _answer(
    held: Record,
    targets: tuple[Target, ...],
    on: date,
    standards: tuple[Standard, ...],
    *,
    more: Record | None,
    without: list[str],
    work: float,
) -> _Answer:
    target = targets[0]
    standings: tuple[Standing, ...] = ()
    if len(targets) > 1:
        standings = compare(held, targets, on=on, standards=standards, work=work)
        target = standings[0].target
    best = best_plan(held, target.programme, target.rule_set, on=on, standards=standards, work=work)
    answer = _Answer(best)
    if standings:
        answer.standings = standings
        others = [one.target for one in standings[1:]]
        losses = opportunity_cost(held, best, others, on=on, standards=standards, work=work)
        answer.losses = [(one.programme, one.lost) for one in losses]
    if more is not None or without:
        answer.supposed = best_plan(
            held if more is None else joined(held, more),
            target.programme,
            target.rule_set,
            on=on,
            standards=standards,
            aside=without,
            work=work,
        )
    return answer


def _standing_json(one: Standing) -> dict[str, Any]:
    return {
        "programme": {"code": one.target.programme.code, "edition": one.target.programme.edition},
        "institution": one.target.rule_set.institution,
        "rule_set": one.target.rule_set.id,
        "credits": amount_text(one.converted),
        "remaining": amount_text(one.remaining),
        "n_outcomes_spent": one.n_spent,
        "proved": one.proved,
        "bound": amount_text(one.bound),
    }


def _word(key: str, language: str) -> str:
    return in_language(_WORDS[key], language)


def _standing_line(one: Standing, language: str) -> str:
    own = one.target
    verdict = (
        "" if one.proved else f" ({_word('unproved', language)}, {_word('at_most', language)} {amount_text(one.bound)})"
    )
    left = f"{_word('remaining', language)} {amount_text(one.remaining)}"
    return f"  {own.programme.code} {own.rule_set.institution}: {amount_text(one.converted)}, {left}{verdict}"


def _plan_lines(made: Plan, language: str) -> list[str]:
    def word(key: str) -> str:
        return _word(key, language)

    total = f"{amount_text(made.worth.credits)} {word('of')} {amount_text(made.asked)} {word('asked')}"
    verdict = word("proved")
    if not made.proved:
        most, gap = amount_text(made.bound), amount_text(made.bound - made.worth.credits)
        verdict = f"{word('unproved')}: {word('at_most')} {most}, {word('gap')} {gap}"
    lines = [f"{made.programme} {made.institution}: {total} ({verdict}; {word('spent')}: {made.worth.n_spent})"]
    for one in made.decisions:
        drawn = ", ".join(
            f"{spent.outcome}"
            + (f" ({amount_text(spent.left)} {word('kept' if spent.kept else 'lost')})" if spent.left else "")
            for spent in one.outcomes
        )
        met = ", ".join(f"{course.course} {amount_text(course.credits)} [{course.grade}]" for course in one.courses)
        lines.append(f"  [=] {drawn} → {met}   ({', '.join(one.rules)})")
    if made.caps:
        lines.append(f"  {word('caps')}:")
    for use in made.caps:
        used, limit = (str, str) if use.counts_outcomes else (amount_text, amount_text)
        lines.append(f"    {use.rule}: {used(use.used)} / {limit(use.limit)}")
    for key, left in (("left_outcomes", made.left_outcomes), ("left_courses", made.left_courses)):
        if left:
            lines.append(f"  {word(key)}:")
        lines += (_left_line(one, language) for one in left)
    return lines


def _left_line(one: LeftOut, language: str) -> str:
    said = "; ".join(reason_sentence(reason, language) for reason in one.reasons)
    rules = ", ".join(str(reason.rule) for reason in one.reasons if reason.rule.rule)
    return f"    [x] {one.id}: {said}" + (f"   ({rules})" if rules else "")
