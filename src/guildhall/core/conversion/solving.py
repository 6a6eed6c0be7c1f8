"""The best assignment of an integer programme by OR-Tools CP-SAT, with proof. One worker and a fixed seed: always the same.

The objectives are taken in two stages: most credits, then fewest outcomes; among those, earliest-expiring, then the fixed
order. Each stage is one whole number that weighs the first objective above all that the second can sum to.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, Any, Final

from guildhall.core.conversion.model import Model
from guildhall.core.conversion.plan import RuleAt
from guildhall.core.conversion.rule_set import COURSE_ONCE
from guildhall.core.errors import Error

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, IntVar

WORK: Final = 20.0
"""How long a stage may work: CP-SAT's deterministic time, which no clock moves; on today's machines about as many seconds."""

LARGEST: Final = 1 << 61


class NoSolverError(Error):
    """Plans need OR-Tools, which is not installed: ``pip install guildhall-register[plan]``."""

    code = "no_solver"


class TooLargeToWeighError(Error):
    """The sums of the objectives do not fit 64 bits."""

    code = "too_large_to_weigh"


@dataclass(frozen=True, slots=True)
class Solved:
    """Values by variable; ``proved`` that nothing is better; ``bound`` the most credits that there could be (hundredths)."""

    values: tuple[int, ...]
    proved: bool
    bound: int


def solver_library() -> Any:
    """Return CP-SAT's module.

    Raises: NoSolverError where it is not installed.
    """
    try:
        from ortools.sat.python import cp_model  # noqa: PLC0415 - a large library, which not every command needs
    except ImportError as reason:
        raise NoSolverError("plans need OR-Tools: pip install 'guildhall-register[plan]'") from reason
    return cp_model


def solve(
    model: Model,
    *,
    aside: frozenset[RuleAt] = frozenset(),
    ties: bool = True,
    work: float = WORK,
) -> Solved:
    """Return the best assignment when some rules are set aside; without ``ties`` one of those with most credits.

    Units:  ``work`` in CP-SAT's deterministic time, for each of two stages.
    Raises: NoSolverError; TooLargeToWeighError.
    """
    free = [index for index, is_free in enumerate(model.open_with(aside)) if is_free]
    gains = [index for index in free if model.credits[index]]
    if not gains:
        return Solved((0,) * len(model.upper), proved=True, bound=0)
    step = gcd(*(model.credits[index] for index in gains))
    first, second = sums(model, free)
    cp_model = solver_library()
    programme, variables = programme_of(cp_model, model, free, aside)
    by_index = dict(zip(free, variables, strict=True))

    def total(weights: Mapping[int, int]) -> Any:
        return cp_model.LinearExpr.weighted_sum([by_index[index] for index in weights], list(weights.values()))

    programme.maximize(total(first))
    solver = run(cp_model, programme, work)
    values, proved = _values(cp_model, solver, free)
    credits_reached = sum(model.credits[index] * value for index, value in values.items())
    if not proved:
        bound = _at_most(model, free, aside)
        if solver.response_proto.status == cp_model.FEASIBLE:  # else the solver knows no bound
            n_outcomes = sum(model.spent[index] * model.upper[index] for index in free)
            best = math.floor(solver.best_objective_bound + 0.5)
            bound = max(credits_reached, min(bound, (best + n_outcomes) // (n_outcomes + 1) * step))
        return Solved(_whole(model, values), proved=False, bound=bound)
    if not ties:
        return Solved(_whole(model, values), proved=True, bound=credits_reached)
    programme.add(total({index: model.credits[index] // step for index in gains}) >= credits_reached // step)
    spending = {index: model.spent[index] for index in free if model.spent[index]}
    programme.add(total(spending) <= sum(weight * values[index] for index, weight in spending.items()))
    for index, value in values.items():
        programme.add_hint(by_index[index], value)
    programme.minimize(total(second))
    better, proved = _values(cp_model, run(cp_model, programme, work), free)
    return Solved(_whole(model, better if any(better.values()) else values), proved=proved, bound=credits_reached)


def _at_most(model: Model, free: Sequence[int], aside: frozenset[RuleAt]) -> int:
    """Return a bound on the credits without solving: all together, or the tightest row under which all of them stand."""
    most = {index: model.credits[index] * model.upper[index] for index in free if model.credits[index]}
    bounds = [sum(most.values())]
    if not any(rule.rule == COURSE_ONCE for rule in aside):
        bounds.append(sum(model.facts.sizes))
    limited = (row for row in model.rows if row.cap and not row.counts_outcomes and row.rule not in aside)
    bounds += (row.limit for row in limited if most.keys() <= {index for index, _ in row.terms})
    return min(bounds)


def sums(model: Model, free: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Return the weights of the two stages by variable: to be made large, and to be made small.

    Raises: TooLargeToWeighError where a sum would not fit.
    """
    gains = [model.credits[index] for index in free if model.credits[index]]
    step = gcd(*gains)
    n_outcomes = sum(model.spent[index] * model.upper[index] for index in free)
    orders = sum(model.order[index] * model.upper[index] for index in free)
    first = {i: model.credits[i] // (step or 1) * (n_outcomes + 1) - model.spent[i] for i in free}
    second = {i: model.late[i] * (orders + 1) + model.order[i] for i in free}
    for weights in (first, second):
        if sum(abs(weight) * model.upper[index] for index, weight in weights.items()) >= LARGEST:
            raise TooLargeToWeighError("the sums of this plan's objectives do not fit 64 bits")
    return (
        {index: weight for index, weight in first.items() if weight},
        {index: weight for index, weight in second.items() if weight},
    )


def programme_of(
    cp_model: Any, model: Model, free: Sequence[int], aside: frozenset[RuleAt]
) -> tuple[CpModel, list[IntVar]]:
    """Return the rows that hold, for the solver, and its variables in the order of ``free``.

    Raises: TooLargeToWeighError.
    """
    programme = cp_model.CpModel()
    by_index = {
        index: programme.new_bool_var("")
        if model.upper[index] == 1
        else programme.new_int_var(0, model.upper[index], "")
        for index in free
    }
    for row in model.rows:
        if row.rule in aside:
            continue
        terms = [(by_index[index], coefficient) for index, coefficient in row.terms if index in by_index]
        most = sum(c * model.upper[i] for i, c in row.terms if c > 0 and i in by_index)
        if most <= row.limit:
            continue
        if most >= LARGEST:
            raise TooLargeToWeighError(f"the amounts under {row.rule} do not fit 64 bits", rule=str(row.rule))
        if row.limit == 1 and all(c == 1 for _, c in terms) and most == len(terms):
            programme.add_at_most_one([variable for variable, _ in terms])
        else:
            programme.add(
                cp_model.LinearExpr.weighted_sum([variable for variable, _ in terms], [c for _, c in terms])
                <= row.limit
            )
    return programme, list(by_index.values())


def run(cp_model: Any, programme: CpModel, work: float) -> CpSolver:
    """Solve with one worker, a fixed seed and so much deterministic time."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = work
    solver.solve(programme)
    return solver  # type: ignore[no-any-return]


def _values(cp_model: Any, solver: CpSolver, free: Sequence[int]) -> tuple[dict[int, int], bool]:
    """Return the values found, all 0 where none were, and whether they are proved best."""
    found = solver.response_proto.solution
    values = found if len(found) == len(free) else (0 for _ in free)
    return dict(zip(free, values, strict=True)), solver.response_proto.status == cp_model.OPTIMAL


def _whole(model: Model, values: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(values.get(index, 0) for index in range(len(model.upper)))
