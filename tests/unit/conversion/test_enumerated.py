"""The planner against every plan there is: 1,000 small random cases, and each reason tried by setting its rules aside."""

from __future__ import annotations

import json

import pytest

from guildhall.core.conversion import LeftOut, Plan, best_plan, read_rule_set
from guildhall.core.conversion.linting import ContradictingRulesError
from guildhall.core.coverage import read_programme, read_standard
from guildhall.core.record import read_record
from tests.unit.conversion.chance import STANDARD, case
from tests.unit.conversion.enumerated import Case, Conversion
from tests.unit.conversion.made import ON

N_CASES, N_EXPLAINED, BLOCK = 1000, 300, 100


def planned(seed: int) -> Plan | None:
    record, programme, rules = (json.dumps(part).encode() for part in case(seed))
    try:
        return best_plan(
            read_record(record), read_programme(programme), read_rule_set(rules), on=ON,
            standards=[read_standard(json.dumps(STANDARD).encode())],
        )  # fmt: skip
    except ContradictingRulesError:
        return None


def conversions(plan: Plan) -> set[tuple[str, frozenset[str], frozenset[tuple[str, int]]]]:
    return {
        (
            one.offer,
            frozenset(drawn.outcome for drawn in one.outcomes),
            frozenset((met.course, met.credits) for met in one.courses),
        )
        for one in plan.decisions
    }


def listed(found: list[Conversion]) -> set[tuple[str, frozenset[str], frozenset[tuple[str, int]]]]:
    return {(one.offer, frozenset(one.outcomes), frozenset(grant for grant in one.grants if grant[1])) for one in found}


@pytest.mark.parametrize("first", range(0, N_CASES, BLOCK))
def test_no_plan_is_better_than_the_planners(first):
    some = 0
    for seed in range(first, first + BLOCK):
        plan = planned(seed)
        if plan is None:
            continue
        assert plan.proved
        best, ways = Case(*case(seed), ON, STANDARD).best()
        assert plan.worth.key() == best, seed
        assert conversions(plan) in [listed(one) for one in ways], seed
        some += bool(plan.decisions)
    assert some > BLOCK / 4  # by far most cases have several rules in the way


def takes(found: list[Conversion], left: LeftOut) -> bool:
    if left.kind == "outcome":
        return any(left.id in one.outcomes for one in found)
    return any(left.id == code and amount for one in found for code, amount in one.grants)


@pytest.mark.parametrize("first", range(0, N_EXPLAINED, BLOCK))
def test_without_the_rules_of_a_reason_a_better_plan_takes_the_thing_and_without_fewer_of_them_none_does(first):
    n_one = n_more = 0
    for seed in range(first, first + BLOCK):
        plan = planned(seed)
        if plan is None:
            continue
        truth = Case(*case(seed), ON, STANDARD)

        def better_with(left: LeftOut, rules: set[str], truth: Case = truth, plan: Plan = plan) -> bool:
            aside = frozenset(rules)
            return any(takes(one, left) and truth.key(one) < plan.worth.key() for one in truth.plans(aside))

        for left in (*plan.left_outcomes, *plan.left_courses):
            rules = {str(reason.rule) for reason in left.reasons}
            if rules == {""}:
                assert not better_with(left, {str(bar) for one in truth.conversions for bar in one.bars}), (seed, left)
                continue
            assert left.minimal, (seed, left)
            assert better_with(left, rules), (seed, left)
            n_one += len(rules) == 1
            n_more += len(rules) > 1
            for rule in rules:
                assert not better_with(left, rules - {rule}), (seed, left, rule)
    assert n_one > BLOCK / 2
    assert n_more > BLOCK / 20
