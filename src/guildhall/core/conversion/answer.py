"""A plan as JSON. It says everything that the plan says, amounts as decimals in quotes, reasons in two languages."""

from __future__ import annotations

from typing import Any, Final

from guildhall.core.amounts import amount_text
from guildhall.core.conversion.plan import Decision, LeftOut, Plan, flows
from guildhall.core.conversion.sentences import reason_sentence
from guildhall.core.coverage import percent

FORMAT: Final = "guildhall-plan/1"


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as docs/formats/plan.md describes it."""

    def left(one: LeftOut) -> dict[str, Any]:
        return {
            one.kind: one.id,
            "offer": one.offer or None,
            "minimal": one.minimal,
            "reasons": [
                {
                    "code": reason.code,
                    "rule": reason.rule.rule or None,
                    "at": reason.rule.at or None,
                    "params": dict(reason.params),
                    "text": {language: reason_sentence(reason, language) for language in ("zh", "en")},
                }
                for reason in one.reasons
            ],
        }

    return {
        "format": FORMAT,
        "rule_set": {"id": plan.rule_set, "edition": plan.rule_edition, "institution": plan.institution},
        "programme": {"code": plan.programme, "edition": plan.programme_edition, "credits": amount_text(plan.asked)},
        "on": plan.on.isoformat(),
        "set_aside": [str(rule) for rule in plan.set_aside],
        "proved": plan.proved,
        "credits": amount_text(plan.worth.credits),
        "bound": amount_text(plan.bound),
        "gap": amount_text(plan.bound - plan.worth.credits),
        "remaining": amount_text(plan.remaining),
        "n_outcomes_spent": plan.worth.n_spent,
        "decisions": [_decision_json(one) for one in plan.decisions],
        "caps": [
            {
                "rule": use.rule.rule,
                "at": use.rule.at or None,
                "unit": "outcomes" if use.counts_outcomes else "credits",
                "limit": _said(use.limit, use.counts_outcomes),
                "used": _said(use.used, use.counts_outcomes),
            }
            for use in plan.caps
        ],
        "passed": list(plan.passed),
        "outcomes_left": [left(one) for one in plan.left_outcomes],
        "courses_left": [left(one) for one in plan.left_courses],
        "flows": [
            {"outcome": one.outcome, "offer": one.offer, "course": one.course, "credits": amount_text(one.credits)}
            for one in flows(plan)
        ],
    }


def _said(value: int, counts_outcomes: bool) -> str:  # noqa: FBT001 - a plain switch between two units
    return str(value) if counts_outcomes else amount_text(value)


def _decision_json(one: Decision) -> dict[str, Any]:
    shown: dict[str, str] | None = None
    if one.shown is not None:
        shown = {"decision": one.shown.decision} if one.shown.decision else {}
        if one.shown.covered is not None:
            shown["covered"] = percent(one.shown.covered)
    return {
        "offer": one.offer,
        "credits": amount_text(one.credits),
        "outcomes": [
            {
                "outcome": drawn.outcome,
                "worth": None if drawn.worth is None else amount_text(drawn.worth),
                "drawn": amount_text(drawn.drawn),
                "left": amount_text(drawn.left),
                "left_is": "kept" if drawn.kept else "lost",
                "kept_until": None if drawn.kept_until is None else drawn.kept_until.isoformat(),
            }
            for drawn in one.outcomes
        ],
        "courses": [
            {"course": met.course, "credits": amount_text(met.credits), "grade": met.grade, "counts": met.counts}
            for met in one.courses
        ],
        "evidence": shown,
        "rules": list(one.rules),
        "caps": [
            {
                "rule": step.rule.rule,
                "at": step.rule.at or None,
                "unit": "outcomes" if step.counts_outcomes else "credits",
                "limit": _said(step.limit, step.counts_outcomes),
                "before": _said(step.before, step.counts_outcomes),
                "after": _said(step.after, step.counts_outcomes),
            }
            for step in one.caps
        ],
    }
