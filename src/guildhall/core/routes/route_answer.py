"""A way as JSON, with a sentence for each step in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from guildhall.core.codes.level import LEVELS
from guildhall.core.language import LANGUAGES, in_language
from guildhall.core.record import DIPLOMAS, Diploma, HeldAward, Training
from guildhall.core.routes.offers import LicenceOffer, Study
from guildhall.core.routes.routing import CHEAPEST, Route, Step

_SENTENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "wait": {"zh": "等到 {done_on}（{rules}）", "en": "Wait until {done_on} ({rules})."},
    "training": {
        "zh": "培训 {occupation} {level}，{hours} 学时，{starts_on} 至 {done_on}",
        "en": "Training for {occupation}, {level}: {hours} hours, {starts_on} to {done_on}.",
    },
    "sitting": {
        "zh": "{apply_on} 起申报，至迟 {apply_by}；{starts_on} 考核 {occupation} {level}（{scheme}），{done_on} 取得证书；依据条款 {clause}",
        "en": "Apply from {apply_on}, by {apply_by} at the latest; sit {occupation}, {level} ({scheme}) on {starts_on}; awarded on {done_on}. By clause {clause}.",
    },
    "licence": {
        "zh": "取得准入许可 {code}，{starts_on} 至 {done_on}",
        "en": "Course for the licence {code}, {starts_on} to {done_on}.",
    },
    "study": {
        "zh": "{institution} 学习 {programme}，{n_terms} 学期，{starts_on} 至 {done_on}，取得{diploma}{converted}",
        "en": "Study {programme} at {institution}: {n_terms} terms, {starts_on} to {done_on}, for a {diploma}{converted}.",
    },
}
"""Kind of step → sentence."""

_CONVERTED: Final = {"zh": "；须转换 {credits} 学分", "en": "; needs {credits} credits converted"}


def money(value: int) -> str:
    """Return hundredths as an amount of money: ``1200.00``."""
    return f"{value // 100}.{value % 100:02}"


def route_json(route: Route, currency: str) -> dict[str, Any]:
    """Return a way as docs/formats/route.md describes it."""
    cheapest = route.by == CHEAPEST
    return {
        "to": route.goal.id,
        "by": route.by,
        "on": route.on.isoformat(),
        "arrives_on": route.arrives_on.isoformat(),
        "n_days": (route.arrives_on - route.on).days,
        "price": money(route.price),
        "currency": currency,
        "proved": route.proved,
        "bound": money(route.bound) if cheapest else type(route.on).fromordinal(route.bound).isoformat(),
        "gap": money(route.gap) if cheapest else route.gap,
        "n_states": route.n_states,
        "steps": [step_json(step) for step in route.steps],
    }


def step_json(step: Step) -> dict[str, Any]:
    """Return one step of a way."""
    answer, chance = step.answer, step.chance
    clause = None if answer is None else answer.first_clause
    standard = None if answer is None else answer.first_standard
    return {
        "kind": step.kind,
        "offer": step.offer,
        "apply_on": None if step.apply_on is None else step.apply_on.isoformat(),
        "apply_by": None if step.apply_by is None else step.apply_by.isoformat(),
        "starts_on": step.starts_on.isoformat(),
        "done_on": step.done_on.isoformat(),
        "price": money(step.price),
        "rules": list(step.rules),
        "clause": None
        if clause is None or standard is None
        else {"id": clause.id, "text": dict(clause.text), "edition": standard.edition},
        "name": {} if chance is None else dict(chance.offer.name),
        "message": {language: step_sentence(step, language) for language in LANGUAGES},
    }


def step_sentence(step: Step, language: str) -> str:
    """Return one sentence about a step.

    Shape:  ``language`` is ``zh`` or ``en``.
    """
    words: dict[str, object] = {
        "starts_on": step.starts_on,
        "done_on": step.done_on,
        "apply_on": step.apply_on,
        "apply_by": step.apply_by,
        "rules": ", ".join(step.rules),
        "clause": "" if step.answer is None or step.answer.first_clause is None else step.answer.first_clause.id,
        **_of_fact(step, language),
    }
    return in_language(_SENTENCES[step.kind], language).format(**words)


def _of_fact(step: Step, language: str) -> dict[str, object]:
    if step.chance is None:
        return {}
    fact, offer = step.chance.fact, step.chance.offer
    words: dict[str, object] = {"hours": getattr(fact, "hours", 0)}
    if isinstance(fact, Training | HeldAward):
        words |= {"occupation": fact.occupation, "level": in_language(LEVELS[fact.level].name, language)}
        words["scheme"] = getattr(fact, "scheme", "")
    if isinstance(offer, LicenceOffer):
        words["code"] = in_language(offer.name, language) or offer.code
    if isinstance(offer, Study) and isinstance(fact, Diploma):
        needed = step.chance.converted
        words |= {
            "institution": offer.institution,
            "programme": offer.programme,
            "n_terms": step.chance.n_terms,
            "diploma": in_language(DIPLOMAS[fact.kind], language),
            "converted": _CONVERTED[language].format(credits=money(needed)) if needed else "",
        }
    return words
