"""Whether there is a better plan that takes a certain thing when rules are set aside: asked of the solver, with proof."""

from __future__ import annotations

from collections.abc import Sequence

from guildhall.core.conversion.model import Model
from guildhall.core.conversion.plan import RuleAt
from guildhall.core.conversion.solving import programme_of, run, solver_library, sums


def is_better_possible(
    model: Model, wanted: Sequence[int], values: Sequence[int], aside: frozenset[RuleAt], *, work: float
) -> tuple[bool | None, float]:
    """Tell whether without some rules a plan that takes one of ``wanted`` is better than ``values``, and the work it took.

    Shape:  ``wanted`` are variables. None where it is proved neither way within ``work``.
    """
    cp_model = solver_library()
    free = [index for index, is_free in enumerate(model.open_with(aside)) if is_free]
    known = set(free)
    takers = [index for index in dict.fromkeys(wanted) if index in known]
    if not takers:
        return False, 0.0
    programme, variables = programme_of(cp_model, model, free, aside)
    by_index = dict(zip(free, variables, strict=True))
    programme.add(sum(by_index[index] for index in takers) >= 1)
    first, second = sums(model, free)
    reached = sum(weight * values[index] for index, weight in first.items())
    rest = sum(weight * values[index] for index, weight in second.items())
    most = sum(weight * model.upper[index] for index, weight in second.items())
    even = programme.new_bool_var("")  # no more credits, no fewer outcomes: then better in the rest
    ours = cp_model.LinearExpr.weighted_sum([by_index[index] for index in first], list(first.values()))
    late = cp_model.LinearExpr.weighted_sum([by_index[index] for index in second], list(second.values()))
    programme.add(ours + even >= reached + 1)
    programme.add(late <= rest - 1 + (most + 1) * (1 - even))
    solver = run(cp_model, programme, work)
    status, spent = solver.response_proto.status, solver.deterministic_time
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return True, spent
    return (False if status == cp_model.INFEASIBLE else None), spent
