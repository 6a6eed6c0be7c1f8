"""The smallest set of rules without which a better plan takes a certain thing: asked of the solver, with proof."""

from __future__ import annotations

from collections.abc import Sequence

from guildhall.core.conversion.model import Model
from guildhall.core.conversion.plan import RuleAt
from guildhall.core.conversion.solving import run, solver_library, sums


def smallest_set(
    model: Model,
    wanted: Sequence[int],
    allowed: frozenset[RuleAt],
    values: Sequence[int],
    aside: frozenset[RuleAt],
    *,
    work: float,
) -> frozenset[RuleAt] | None:
    """Return the fewest of the ``allowed`` rules without which a plan that takes one of ``wanted`` is better than ``values``.

    Shape:  ``wanted`` are variables; ``aside`` rules are set aside anyway. Of sets of equal size, the first in order of names.
            None where it is not proved within ``work``, or where all rules together are not enough.
    """
    cp_model = solver_library()
    rules = sorted(allowed)
    programme = cp_model.CpModel()
    without = {rule: programme.new_bool_var("") for rule in rules}
    free = [index for index, bars in enumerate(model.bars) if bars - aside <= allowed]
    known = set(free)
    variables = {
        index: programme.new_bool_var("")
        if model.upper[index] == 1
        else programme.new_int_var(0, model.upper[index], "")
        for index in free
        if model.holds[index] < 0 or model.holds[index] in known
    }
    for index, variable in variables.items():
        for rule in sorted(model.bars[index] - aside):
            programme.add(variable <= model.upper[index] * without[rule])
    for row in model.rows:
        if row.rule in aside:
            continue
        terms = [(index, coefficient) for index, coefficient in row.terms if index in variables]
        most = sum(coefficient * model.upper[index] for index, coefficient in terms if coefficient > 0)
        if most > row.limit:
            total = cp_model.LinearExpr.weighted_sum([variables[i] for i, _ in terms], [c for _, c in terms])
            more = (most - row.limit) * without[row.rule] if row.rule in without else 0
            programme.add(total <= row.limit + more)
    programme.add(sum(variables[index] for index in dict.fromkeys(wanted) if index in variables) >= 1)
    _demand_better(cp_model, programme, model, variables, values)
    weights = [len(rules) * len(rules) + place for place in range(len(rules))]
    programme.minimize(cp_model.LinearExpr.weighted_sum([without[rule] for rule in rules], weights))
    solver = run(cp_model, programme, work)
    if solver.response_proto.status != cp_model.OPTIMAL:
        return None
    return frozenset(rule for rule in rules if solver.boolean_value(without[rule]))


def _demand_better(cp_model, programme, model: Model, variables, values: Sequence[int]) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - the solver's own types
    """Demand more credits or fewer outcomes than ``values``, or as good in these and better in the rest."""
    first, second = sums(model, list(variables))
    reached = sum(weight * values[index] for index, weight in first.items())
    rest = sum(weight * values[index] for index, weight in second.items())
    ours = cp_model.LinearExpr.weighted_sum([variables[i] for i in first], list(first.values()))
    late = cp_model.LinearExpr.weighted_sum([variables[i] for i in second], list(second.values()))
    even = programme.new_bool_var("")
    most = sum(weight * model.upper[index] for index, weight in second.items())
    programme.add(ours + even >= reached + 1)
    programme.add(late <= rest - 1 + (most + 1) * (1 - even))
