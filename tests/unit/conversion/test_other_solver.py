"""The planner against HiGHS (scipy), on cases too large to enumerate, by a model written from the files alone."""

from __future__ import annotations

import json
from collections import defaultdict
from random import Random
from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from guildhall.core.conversion import best_plan, read_rule_set
from guildhall.core.coverage import read_programme
from guildhall.core.record import read_record
from tests.unit.conversion.enumerated import cents
from tests.unit.conversion.made import ON, large


def richer(seed: int) -> tuple[Any, Any, Any]:
    """Return a case of 20 outcomes, 25 courses and 80 offers with caps by kind and count, a group, residency, an exclusion."""
    chance = Random(seed)
    record, programme, rules = (json.loads(part) for part in large(seed, 20, 25, 80))
    for one in record["outcomes"]:
        one["kind"] = chance.choice(["course", "online-course", "training-certificate"])
    for course in programme["courses"]:
        course["classes"] = [chance.choice(["plain", "plain", "politics"])]
    rules["caps"] = [
        {"id": "half", "percent": str(chance.choice([30, 50, 70]))},
        {"id": "category", "each": "category", "percent": str(chance.choice([40, 60])), "percent_of": "into"},
        {"id": "online", "of": {"kinds": ["online-course"]}, "credits": str(chance.choice([4, 7, 12]))},
        {"id": "papers", "of": {"kinds": ["training-certificate"]}, "count": chance.choice([1, 2, 4])},
    ]
    rules["groups"] = [{"id": "alike", "outcomes": [{"codes": [f"O{n}" for n in chance.sample(range(20), 4)]}]}]
    rules["residency"] = [{"id": "home", "percent": str(chance.choice([20, 60]))}]
    rules["exclusions"] = [{"id": "never", "into": {"classes": ["politics"]}}]
    return record, programme, rules


def leaves(tree: Any, word: str) -> list[str]:
    if "all" in tree:
        return [name for part in tree["all"] for name in leaves(part, word)]
    return [tree["course"]] if word == "course" else list(tree["outcome"]["codes"])


def by_highs(record: Any, programme: Any, rules: Any) -> tuple[int, int]:
    """Return the most credits (hundredths) and the fewest outcomes that do it."""
    kind = {one["id"]: one["kind"] for one in record["outcomes"]}
    size = {one["code"]: cents(one["credits"]) for one in programme["courses"]}
    category = {one["code"]: one["category"] for one in programme["courses"]}
    banned = {one["code"] for one in programme["courses"] if "politics" in one["classes"]}
    offers = [
        (takes, gives)
        for one in rules["offers"]
        for takes, gives in [(leaves(one["takes"], "outcome"), leaves(one["gives"], "course"))]
        if not banned & set(gives)
    ]
    caps = {one["id"]: one for one in rules["caps"]}
    alike = set(rules["groups"][0]["outcomes"][0]["codes"])
    asked = sum(size.values())
    rows: dict[Any, dict[int, float]] = defaultdict(dict)
    limits: dict[Any, float] = {}

    def put(key: Any, variable: int, weight: float, limit: float) -> None:
        rows[key][variable] = rows[key].get(variable, 0) + weight
        limits[key] = limit

    for variable, (takes, gives) in enumerate(offers):
        for name in takes:
            put(("outcome", name), variable, 1, 1)
        for code in gives:
            put(("course", code), variable, 1, 1)
            whole = sum(size[other] for other in size if category[other] == category[code])
            share = int(caps["category"]["percent"])
            put(("category", category[code]), variable, size[code], whole * share // 100)
        total = sum(size[code] for code in gives)
        put("half", variable, total, asked * int(caps["half"]["percent"]) // 100)
        put("home", variable, total, asked * (100 - int(rules["residency"][0]["percent"])) // 100)
        if any(kind[name] == "online-course" for name in takes):
            put("online", variable, total, cents(caps["online"]["credits"]))
        papers = sum(kind[name] == "training-certificate" for name in takes)
        if papers:
            put("papers", variable, papers, caps["papers"]["count"])
        if alike & set(takes):
            put("alike", variable, len(alike & set(takes)), 1)
    matrix = np.zeros((len(rows), len(offers)))
    for row, weights in enumerate(rows.values()):
        for variable, weight in weights.items():
            matrix[row, variable] = weight
    credits_of = np.array([sum(size[code] for code in gives) for _, gives in offers])
    spends = np.array([len(takes) for takes, _ in offers])
    found = milp(
        c=-(credits_of * 100.0 - spends),
        constraints=LinearConstraint(matrix, ub=np.array(list(limits.values()), dtype=float)),
        integrality=np.ones(len(offers)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0},
    )
    assert found.success
    chosen = np.round(found.x)
    return int(credits_of @ chosen), int(spends @ chosen)


@pytest.mark.parametrize("seed", range(30))
def test_another_solver_finds_nothing_better(seed):
    record, programme, rules = richer(seed)
    files = [json.dumps(part).encode() for part in (record, programme, rules)]
    plan = best_plan(read_record(files[0]), read_programme(files[1]), read_rule_set(files[2]), on=ON)
    assert plan.proved
    assert (plan.worth.credits, plan.worth.n_spent) == by_highs(record, programme, rules)
