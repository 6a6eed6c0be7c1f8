"""What the linter finds in rules, and what it must not find."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guildhall.core.conversion import read_rule_set
from guildhall.core.conversion.linting import FINDINGS, lint, place_of
from guildhall.core.coverage import read_programme
from tests.unit.conversion.chance import case
from tests.unit.conversion.made import course, offer, programme_file, rules_file

X4 = {"id": "r", "takes": {"outcome": {"kinds": ["x-certificate"], "levels": ["elementary"]}}, "gives": {"course": "X"}}
COURSES = [
    course("X", "4", classes=["core"], category="major"),
    course("Y", "6", classes=["foundation"], category="major"),
]
A, B = {"codes": ["a"]}, {"codes": ["b"]}

FOUND: dict[str, tuple[dict[str, Any], str]] = {
    "groups_in_circle": (
        {"groups": [{"id": "g", "outcomes": [A, B], "keep": "first"}, {"id": "h", "outcomes": [B, A], "keep": "first"}]}, "g"
    ),
    "needs_in_circle": ({"offers": [offer("r", "a", "X", needs=["Y"]), offer("s", "b", "Y", needs=["X"])]}, "r"),
    "conditions_contradict": ({"conditions": [{"id": "c", "basis": ["exam"]}, {"id": "d", "of": A, "basis": ["course"]}]}, "d"),
    "ceilings_contradict": (
        {
            "ceilings": [
                {"id": "c", "levels": ["advanced"], "classes": ["core"]}, {"id": "d", "levels": ["advanced"], "classes": ["foundation"]}
            ]
        },
        "d",
    ),
    "offers_contradict": ({"offers": [offer("r", "a", "X"), offer("s", "a", "X", worth="9")]}, "s"),
    "same_offer_twice": ({"offers": [offer("r", "a", "X"), offer("s", "a", "X")]}, "s"),
    "unreachable_level": (
        {"offers": [{**X4, "takes": {"outcome": {"levels": ["5", "4"], "level_at_least": "3"}}}]}, "r"
    ),
    "unreachable_condition": (
        {
            "offers": [{**X4, "takes": {"outcome": {"kinds": ["x-certificate"], "basis": ["experience"]}}}],
            "conditions": [{"id": "c", "basis": ["exam"]}],
        },
        "r",
    ),
    "unreachable_excluded": ({"offers": [offer("r", "a", "X")], "exclusions": [{"id": "e", "into": {"courses": ["X", "Z"]}}]}, "r"),
    "unreachable_ceiling": (
        {"offers": [X4], "ceilings": [{"id": "c", "levels": ["elementary"], "classes": ["foundation"]}]}, "r"
    ),
    "unreachable_worth": ({"offers": [offer("r", "a", "X", worth="3")]}, "r"),
    "no_course_here": ({"offers": [offer("r", "a", "Z")]}, "r"),
    "needs_no_course_here": ({"offers": [offer("r", "a", "X", needs=["Z"])]}, "r"),
    "cap_never_binds": ({"caps": [{"id": "c", "percent": "50"}, {"id": "d", "of": A, "percent": "60"}]}, "d"),
    "cap_above_all": ({"offers": [offer("r", "a", "X")], "caps": [{"id": "c", "credits": "4"}]}, "c"),
    "cap_of_nothing": ({"caps": [{"id": "c", "credits": "0"}]}, "c"),
    "published_late": ({"published_on": "2025-01-02"}, ""),
}  # fmt: skip


@pytest.mark.parametrize("code", FINDINGS)
def test_a_fault_is_found_at_its_rule(code):
    rules, rule = FOUND[code]
    found = lint(read_rule_set(rules_file(**rules)), read_programme(programme_file(*COURSES)))
    assert (code, rule) in [(one.code, one.rule) for one in found]
    (own,) = [one for one in found if one.code == code]
    assert all("{" not in own.sentence(language) for language in ("zh", "en"))


SOUND: dict[str, dict[str, Any]] = {
    "groups_in_circle": {"groups": [{"id": "g", "outcomes": [A, B], "keep": "first"}, {"id": "h", "outcomes": [A, B], "keep": "first"}]},
    "needs_in_circle": {"offers": [offer("r", "a", "X", needs=["Y"]), offer("s", "b", "Y", needs=["X"]), offer("t", "a", "Y")]},
    "conditions_contradict": {"conditions": [{"id": "c", "of": B, "basis": ["exam"]}, {"id": "d", "of": A, "basis": ["course"]}]},
    "offers_contradict": {"offers": [offer("r", "a", "X"), offer("s", "a", "X", split=True, worth="9")]},
    "unreachable_level": {"offers": [{**X4, "takes": {"outcome": {"levels": ["5", "3"], "level_at_least": "3"}}}]},
    "unreachable_condition": {
        "offers": [{**X4, "takes": {"any": [{"outcome": {**A, "basis": ["experience"]}}, {"outcome": B}]}}],
        "conditions": [{"id": "c", "basis": ["exam"]}],
    },
    "unreachable_excluded": {
        "offers": [{**X4, "gives": {"any": [{"course": "X"}, {"course": "Y"}]}}], "exclusions": [{"id": "e", "into": {"courses": ["X"]}}]
    },
    "unreachable_worth": {"offers": [offer("r", ["a", "b"], "X", worth="2")]},
    "unreachable_ceiling": {"offers": [X4], "ceilings": [{"id": "c", "levels": ["advanced"], "classes": ["foundation"]}]},
    "cap_never_binds": {
        "caps": [{"id": "c", "of": A, "percent": "50"}, {"id": "d", "percent": "60"}, {"id": "e", "each": "year", "credits": "1"}]
    },
    "cap_above_all": {"offers": [offer("r", "a", "X")], "caps": [{"id": "c", "credits": "3.99"}]},
}  # fmt: skip


@pytest.mark.parametrize("code", SOUND)
def test_what_only_looks_like_a_fault_is_not_found(code):
    found = lint(read_rule_set(rules_file(**SOUND[code])), read_programme(programme_file(*COURSES)))
    assert code not in {one.code for one in found}


def test_a_place_is_that_in_the_file():
    rule_set = read_rule_set(rules_file(offer("r", "a", "X"), caps=[{"id": "c", "count": 1}, {"id": "d", "count": 2}]))
    assert [place_of(rule_set, rule) for rule in ("r", "d", "")] == ["offers[0]", "caps[1]", "$"]


def test_the_example_has_no_faults():
    root = Path(__file__).resolve().parents[3] / "docs/examples"
    found = lint(
        read_rule_set((root / "rule-set.json").read_bytes()), read_programme((root / "programme.json").read_bytes())
    )
    assert found == ()


def test_what_is_called_unreachable_is_in_no_plan_and_what_never_binds_changes_none():
    from guildhall.core.conversion import best_plan
    from guildhall.core.conversion.linting import ContradictingRulesError
    from guildhall.core.record import read_record
    from tests.unit.conversion.made import ON

    n = 0
    for seed in range(400):
        record, programme, rules = case(seed)
        rule_set, plan = read_rule_set(json.dumps(rules).encode()), read_programme(json.dumps(programme).encode())
        found = [
            one
            for one in lint(rule_set, plan)
            if one.code.startswith(("unreachable", "cap_never", "cap_above", "no_course"))
        ]
        if not found:
            continue
        own = read_record(json.dumps(record).encode())
        try:
            best = best_plan(own, plan, rule_set, on=ON)
        except ContradictingRulesError:
            continue
        offers = {decision.offer for decision in best.decisions}
        for one in found:
            n += 1
            if one.code.startswith("cap"):
                assert best_plan(own, plan, rule_set, on=ON, aside=[one.rule]).worth == best.worth, (seed, one)
            else:
                assert one.rule not in offers, (seed, one)
    assert n > 50
