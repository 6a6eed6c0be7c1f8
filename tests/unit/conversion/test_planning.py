"""What a plan says, and the questions around it."""

from __future__ import annotations

import json
import random
import sys
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from guildhall.core.conversion import (
    Plan,
    RuleSetNotInForceError,
    Target,
    UnknownRuleError,
    best_plan,
    compare,
    flows,
    joined,
    opportunity_cost,
    outcomes_of,
    pair,
    plan_json,
    read_rule_set,
)
from guildhall.core.conversion.linting import ContradictingRulesError
from guildhall.core.conversion.sentences import REASONS, reason_sentence
from guildhall.core.conversion.solving import NoSolverError
from guildhall.core.conversion.ways import TooManyWaysError
from guildhall.core.coverage import read_programme, read_standard
from guildhall.core.record import read_record
from tests.unit.conversion.made import ON, course, large, offer, outcome, programme_file, record_file, rules_file

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = {
    name: (ROOT / f"docs/examples/{name}.json").read_bytes() for name in ("record", "programme", "rule-set", "standard")
}
SCHEMA = json.loads((ROOT / "docs/schemas/plan.schema.json").read_bytes())


def made(record: bytes, programme: bytes, rules: bytes, **more) -> Plan:
    return best_plan(read_record(record), read_programme(programme), read_rule_set(rules), on=ON, **more)


def example(**more) -> Plan:
    standards = [read_standard(EXAMPLE["standard"])]
    return made(EXAMPLE["record"], EXAMPLE["programme"], EXAMPLE["rule-set"], standards=standards, **more)


def test_the_example_in_the_documentation_is_what_the_example_files_give():
    said = json.loads((ROOT / "docs/examples/plan.json").read_bytes())
    assert plan_json(example()) == said
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(said)


def test_the_same_input_gives_the_same_plan_byte_for_byte_in_any_order_of_its_lists():
    files = [json.loads(part) for part in large(7, 20, 25, 80)]
    first = None
    for seed in range(4):
        record, programme, rules = (json.loads(json.dumps(part)) for part in files)
        if seed:
            random.Random(seed).shuffle(record["outcomes"])
        plan = made(*(json.dumps(part).encode() for part in (record, programme, rules)))
        own = (plan.worth.key(), json.dumps(plan_json(plan)["decisions"]))
        if seed:
            assert own[0] == first[0]
        else:
            again = made(*(json.dumps(part).encode() for part in (record, programme, rules)))
            assert plan_json(again) == plan_json(plan)
            first = own


def test_the_bands_of_the_picture_sum_to_what_each_course_is_granted():
    plan = example()
    for decision in plan.decisions:
        for met in decision.courses:
            assert sum(band.credits for band in flows(plan) if band.course == met.course) == met.credits
    assert {band.outcome for band in flows(plan)} == {"circuits-online", "installation", "wiring-training"}


def test_bands_without_known_worth_are_shared_in_equal_parts_to_the_last_hundredth():
    plan = made(
        record_file(outcome("a"), outcome("b"), outcome("c")),
        programme_file(course("X", "1")),
        rules_file(offer("r", ["a", "b", "c"], "X")),
    )
    assert sorted(band.credits for band in flows(plan)) == [33, 33, 34]


def test_a_cap_fills_up_from_decision_to_decision():
    plan = example()
    steps = [step for decision in plan.decisions for step in decision.caps if step.rule.rule == "half"]
    assert [(step.before, step.after) for step in steps] == [(0, 400), (400, 850)]
    assert [use.used for use in plan.caps if use.rule.rule == "half"] == [850]


def test_a_rule_set_aside_gives_another_plan_and_the_plan_says_so():
    assert example().worth.credits == 850
    supposed = example(aside=["half"])
    assert supposed.worth.credits == 1350
    assert [str(rule) for rule in supposed.set_aside] == ["half"]


def test_a_rule_that_is_not_there_cannot_be_set_aside():
    with pytest.raises(UnknownRuleError):
        example(aside=["nonsense"])


def test_one_part_of_a_rule_can_be_set_aside():
    record = record_file(outcome("a", "2"), outcome("b", "2"))
    programme = programme_file(course("X", "2"), course("Y", "2"))
    rules = rules_file(offer("r1", "a", "X"), offer("r2", "b", "X"), offer("r3", "a", "Y"))
    assert made(record, programme, rules).worth.credits == 400
    assert made(record, programme, rules, aside=["outcome-once:a"]).worth.credits == 400
    assert made(record, programme, rules, aside=["course-once:X"]).worth.credits == 400
    assert made(record, programme, rules, aside=["course-once", "outcome-once"]).worth.credits == 600


def test_one_more_certificate_is_joined_to_the_record():
    record = read_record(record_file(outcome("a", "2")))
    more = read_record(record_file(outcome("b", "2"), outcome("a", "3")))
    both = joined(record, more)
    assert [(one.id, one.credits) for one in both.outcomes] == [("b", 200), ("a", 300)]


def test_an_award_that_an_outcome_repeats_counts_once():
    record = json.loads(EXAMPLE["record"])
    assert [one.id for one in outcomes_of(read_record(EXAMPLE["record"]))][-2:] == ["awards[0]", "diplomas[0]"]
    number = record["awards"][0]["number"]
    record["outcomes"].append(
        {"id": "again", "kind": "vocational-certificate", "scheme": "vqc", "number": number, "awarded_on": "2023-11-20"}
    )
    assert "awards[0]" not in [one.id for one in outcomes_of(read_record(json.dumps(record).encode()))]


def targets(n: int) -> list[Target]:
    found = []
    for seed in range(n):
        _, programme, rules = (json.loads(part) for part in large(seed, 12, 10, 30))
        programme["code"] = f"P{seed}"
        found.append(Target(read_programme(json.dumps(programme).encode()), read_rule_set(json.dumps(rules).encode())))
    return found


def test_a_comparison_says_of_each_programme_what_its_own_plan_says_best_first():
    record = read_record(large(3, 12, 10, 30)[0])
    standings = compare(record, targets(6), on=ON)
    assert [one.remaining for one in standings] == sorted(one.remaining for one in standings)
    for one in standings:
        plan = best_plan(record, one.target.programme, one.target.rule_set, on=ON)
        assert (one.converted, one.n_spent, one.remaining, one.proved) == (
            plan.worth.credits, plan.worth.n_spent, plan.remaining, plan.proved
        )  # fmt: skip


def test_what_is_spent_here_is_lost_elsewhere():
    record = read_record(record_file(outcome("a", "2"), outcome("b", "3")))
    here = Target(read_programme(programme_file(course("X", "2"))), read_rule_set(rules_file(offer("r", "a", "X"))))
    other = Target(
        read_programme(programme_file(course("Y", "2"), course("Z", "3"), code="P2")),
        read_rule_set(rules_file(offer("r1", "a", "Y"), offer("r2", "b", "Z"))),
    )
    plan = best_plan(record, here.programme, here.rule_set, on=ON)
    (loss,) = opportunity_cost(record, plan, [other], on=ON)
    assert (loss.programme, loss.before, loss.after, loss.lost) == ("P2", 500, 300, 200)


def test_each_programme_goes_by_the_rules_of_its_institution_in_force_on_the_day():
    one, two = (read_programme(programme_file(course("X", "2"), institution=name)) for name in ("a", "b"))
    old = read_rule_set(rules_file(institution="a", edition="old", ends_on="2025-08-31"))
    new = read_rule_set(rules_file(institution="a", edition="new", starts_on="2025-09-01"))
    other = read_rule_set(rules_file(institution="b", edition="other"))
    assert [t.rule_set.edition for t in pair([one, two], [old, new, other], ON)] == ["new", "other"]
    assert [t.rule_set.edition for t in pair([one], [old, new, other], date(2025, 3, 1))] == ["old"]
    assert [t.rule_set.edition for t in pair([two], [new], ON)] == ["new"]
    with pytest.raises(RuleSetNotInForceError):
        pair([two], [old, new], ON)


def test_rules_apply_on_their_last_day_and_not_on_the_next():
    record, programme = record_file(outcome("a", "2")), programme_file(course("X", "2"))
    assert made(record, programme, rules_file(offer("r", "a", "X"), ends_on="2025-11-22")).worth.credits == 200
    with pytest.raises(RuleSetNotInForceError):
        made(record, programme, rules_file(offer("r", "a", "X"), ends_on="2025-11-21"))
    with pytest.raises(RuleSetNotInForceError):
        made(record, programme, rules_file(offer("r", "a", "X"), starts_on="2025-11-23"))


def test_rules_in_a_circle_are_refused():
    circle = rules_file(offer("r1", "a", "X", needs=["Y"]), offer("r2", "a", "Y", needs=["X"]))
    with pytest.raises(ContradictingRulesError) as refused:
        made(record_file(outcome("a", "2")), programme_file(course("X", "2"), course("Y", "2")), circle)
    assert refused.value.params["rules"] == ["r1", "r2"]


def test_more_ways_than_can_be_looked_at_are_refused():
    every = {"outcome": {"kinds": ["course"]}}
    rules = rules_file({"id": "r", "takes": {"all": [every, every, every]}, "gives": {"course": "X"}})
    with pytest.raises(TooManyWaysError):
        made(record_file(*(outcome(f"o{n}", "1") for n in range(40))), programme_file(course("X", "2")), rules)


def test_without_proof_the_plan_says_so_with_a_bound_and_is_the_same_again():
    files = large(0)
    plan = made(*files, work=0.001)
    assert not plan.proved
    assert plan.bound >= made(*files).worth.credits >= plan.worth.credits
    assert plan_json(plan)["gap"] != "0"
    jsonschema.Draft202012Validator(SCHEMA).validate(plan_json(plan))
    assert not any(left.minimal for left in (*plan.left_outcomes, *plan.left_courses) if left.offer)
    assert plan_json(made(*files, work=0.001)) == plan_json(plan)


def test_without_the_solver_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    with pytest.raises(NoSolverError) as refused:
        example()
    assert "guildhall-register[plan]" in refused.value.detail


def test_an_empty_record_an_empty_programme_and_no_rules_give_an_empty_plan():
    plan = made(record_file(), programme_file(), rules_file())
    assert (plan.worth.credits, plan.decisions, plan.left_outcomes, plan.left_courses, plan.proved) == (
        0,
        (),
        (),
        (),
        True,
    )


def test_what_is_left_of_an_outcome_is_kept_for_another_offer_until_a_day():
    record = record_file(outcome("a", "5"))
    programme = programme_file(course("X", "2"), course("Y", "2"))
    keep = {"leftover": "keep", "keep_months": 12}
    plan = made(record, programme, rules_file(offer("r1", "a", "X", **keep), offer("r2", "a", "Y", **keep)))
    assert (plan.worth.credits, plan.worth.n_spent) == (400, 1)
    (drawn,) = plan.decisions[0].outcomes
    assert (drawn.kept, drawn.kept_until) == (True, date(2026, 11, 22))
    assert made(record, programme, rules_file(offer("r1", "a", "X"), offer("r2", "a", "Y"))).worth.credits == 200


def test_a_course_already_passed_is_not_converted():
    record = record_file(outcome("a", "2"), outcome("X", "2", institution="demo-college"))
    plan = made(record, programme_file(course("X", "2"), course("Y", "1")), rules_file(offer("r", "a", "X")))
    assert plan.passed == ("X",)
    assert plan.worth.credits == 0
    assert {str(reason.rule) for one in plan.left_outcomes if one.id == "a" for reason in one.reasons} == {
        "already-passed:X"
    }


def test_every_reason_has_a_sentence_in_both_languages_with_all_its_parameters():
    plan = example()
    for left in (*plan.left_outcomes, *plan.left_courses):
        for reason in left.reasons:
            assert all("{" not in reason_sentence(reason, language) for language in ("zh", "en"))
    assert all(set(texts) == {"zh", "en"} for texts in REASONS.values())
