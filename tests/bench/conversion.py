"""Plans of 50 outcomes, 60 courses and 300 rules against bare CP-SAT, in one run: ``python -m tests.bench.conversion``.

Bare:   the same integer programme (rows and weights of our model, ready in memory) given to OR-Tools CP-SAT and solved to proof,
        both stages, one worker; no reading, no judging, no ways, no reasons.
First:  the bare first stage alone, credits and fewest outcomes, without expiry and fixed order.
Ours:   ``best_plan`` and ``plan_json`` from values as read: judging, ways, model, both stages, proof, a reason for everything
        left out. "From bytes" adds the reading of the three files.
Compare: 200 programmes of one institution in one ``compare`` against the sum of 200 single calls (``best_plan``), each with its own
        courses and rules of 30 courses and 100 offers.
All contenders run in turn on each instance; a ratio is the median over instances. Times are as ``_clock`` takes them.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from typing import Any

from guildhall.core.conversion import Target, best_plan, compare, plan_json, read_rule_set
from guildhall.core.conversion.model import Model
from guildhall.core.conversion.planning import model_of
from guildhall.core.conversion.solving import solve, solver_library, sums
from guildhall.core.coverage import read_programme
from guildhall.core.record import read_record
from tests.bench._clock import seconds
from tests.unit.conversion.made import ON, large

N_INSTANCES, N_PROGRAMMES = 15, 200
TARGET_PLAN, TARGET_COMPARE = 1.5, 0.5


def bare(model: Model, *, both: bool) -> int:
    """Solve a model by CP-SAT alone, written without anything of ours but the numbers; return the first objective."""
    cp_model = solver_library()
    free = [index for index, is_free in enumerate(model.open_with(frozenset())) if is_free]
    first, second = sums(model, free)
    programme = cp_model.CpModel()
    variables = {index: programme.new_int_var(0, model.upper[index], "") for index in free}
    for row in model.rows:
        terms = [(index, coefficient) for index, coefficient in row.terms if index in variables]
        if terms:
            total = cp_model.LinearExpr.weighted_sum([variables[i] for i, _ in terms], [c for _, c in terms])
            programme.add(total <= row.limit)

    def total_of(weights: dict[int, int]) -> Any:
        return cp_model.LinearExpr.weighted_sum([variables[index] for index in weights], list(weights.values()))

    def solved() -> Any:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        assert solver.solve(programme) == cp_model.OPTIMAL
        return solver

    programme.maximize(total_of(first))
    solver = solved()
    best = round(solver.objective_value)
    if both:
        gains = {index: model.credits[index] for index in free if model.credits[index]}
        spending = {index: model.spent[index] for index in free if model.spent[index]}
        programme.add(total_of(gains) >= sum(solver.value(variables[i]) * weight for i, weight in gains.items()))
        programme.add(total_of(spending) <= sum(solver.value(variables[i]) * weight for i, weight in spending.items()))
        for index in free:
            programme.add_hint(variables[index], solver.value(variables[index]))
        programme.minimize(total_of(second))
        solved()
    return best


def one(seed: int) -> dict[str, float]:
    """Return seconds by contender for one instance."""
    record_file, programme_file, rules_file = large(seed)
    record, programme, rules = read_record(record_file), read_programme(programme_file), read_rule_set(rules_file)
    model = model_of(record, programme, rules, on=ON)
    assert best_plan(record, programme, rules, on=ON).proved

    def from_bytes() -> None:
        read = read_record(record_file), read_programme(programme_file), read_rule_set(rules_file)
        plan_json(best_plan(*read, on=ON))

    jobs: dict[str, Callable[[], object]] = {
        "bare": lambda: bare(model, both=True),
        "first": lambda: bare(model, both=False),
        "solve": lambda: solve(model),
        "ours": lambda: plan_json(best_plan(record, programme, rules, on=ON)),
        "from bytes": from_bytes,
    }
    return {name: min(seconds(job), seconds(job)) for name, job in jobs.items()}


def programmes(n: int) -> float:
    """Return the time of one comparison over the sum of single calls."""
    record = read_record(large(0, 50, 30, 1)[0])
    targets = []
    for seed in range(n):
        _, programme, rules = large(seed, 50, 30, 100)
        targets.append(Target(read_programme(programme), read_rule_set(rules)))
    found: list[object] = []
    together = seconds(lambda: found.extend(compare(record, targets, on=ON)))
    single = seconds(lambda: [plan_json(best_plan(record, one.programme, one.rule_set, on=ON)) for one in targets])
    assert len(found) == n
    return together / single


def run(n_instances: int = N_INSTANCES, n_programmes: int = N_PROGRAMMES) -> dict[str, dict[str, float]]:
    """Return milliseconds and ratios by name."""
    solver_library()
    spent = [one(seed) for seed in range(n_instances)]

    def row(name: str, other: str, target: float | None = None) -> dict[str, float]:
        found = {
            "milliseconds": statistics.median(times[name] for times in spent) * 1e3,
            "ratio": statistics.median(times[name] / times[other] for times in spent),
        }
        return found if target is None else {**found, "target": target}

    return {
        "whole call with reasons / bare CP-SAT": row("ours", "bare", TARGET_PLAN),
        "from bytes to JSON / bare CP-SAT": row("from bytes", "bare"),
        "our solving alone / bare CP-SAT": row("solve", "bare"),
        "whole call with reasons / bare first stage": row("ours", "first"),
        f"{n_programmes} programmes compared / single calls": {
            "milliseconds": 0.0, "ratio": programmes(n_programmes), "target": TARGET_COMPARE
        },
    }  # fmt: skip


def main() -> None:
    """Print the table, or JSON with ``--json``."""
    table = run()
    if "--json" in sys.argv:
        print(json.dumps(table, indent=2))
        return
    print(f"{'job':<52}{'ms each':>9}{'ratio':>9}{'target':>9}")
    for name, row in table.items():
        target = f"{row['target']:9g}" if "target" in row else " " * 9
        print(f"{name:<52}{row['milliseconds']:>9.1f}{row['ratio']:>9.2f}{target}")


if __name__ == "__main__":
    main()
