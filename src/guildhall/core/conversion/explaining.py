"""Why something is left out of a plan: the smallest set of rules without which a better plan would take it.

"Better" is the order of plans itself (``Worth``), so without those rules the answer is another one. That a set of rules is
enough is shown by such a better plan, mostly the plan itself with one more way in it, or with one way in place of others;
a single rule is always minimal, since with no rule set aside nothing is better. Only where all ways are blocked by two or
more rules is the solver asked whether fewer of them would do (``supposing``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import gt
from typing import NamedTuple

from guildhall.core.amounts import amount_text
from guildhall.core.conversion.model import Model, Row
from guildhall.core.conversion.plan import LeftOut, Reason, RuleAt
from guildhall.core.conversion.rule_set import COURSE_ONCE, OUTCOME_ONCE, Group
from guildhall.core.conversion.supposing import is_better_possible
from guildhall.core.conversion.ways import Way

MAX_TRIES = 40
_MAX_PUSHED_OUT = 6
_NO_LIMIT = 1 << 62
_SHARE_OF_WORK, _LEAST_WORK = 0.05, 0.001


class _Step(NamedTuple):
    """A way, or one course of a split one, that might be added: variables set, credits gained, bars."""

    way: int
    courses: tuple[int, ...]
    sets: tuple[tuple[int, int], ...]
    bars: frozenset[RuleAt]


class _Try(NamedTuple):
    """A step on the plan as it stands, and the rules that block it."""

    step: _Step
    blocks: frozenset[RuleAt]


class Explaining:
    """Answers for one plan. ``aside`` are rules that are set aside anyway; of a plan not ``proved`` nothing is minimal."""

    def __init__(
        self, model: Model, values: Sequence[int], aside: frozenset[RuleAt], *, proved: bool, work: float
    ) -> None:
        self.proved = proved
        self.model, self.facts, self.aside = model, model.facts, aside
        self.work, self.work_left = work * _SHARE_OF_WORK, work
        self.plan = _State(model, values, aside)
        self.key = model.worth(values).key()
        self.free = model.open_with(aside)
        self.steps: list[_Step] = []
        self.by_outcome: dict[int, list[int]] = {}
        self.by_course: dict[int, list[int]] = {}
        self.tries: dict[int, _Try] = {}
        self.without: dict[RuleAt, _State] = {}
        self.free_steps: dict[RuleAt, list[_Step]] = {}
        for way in range(len(self.facts.ways)):
            for step in _steps(model, way, aside):
                place = len(self.steps)
                self.steps.append(step)
                for outcome in self.facts.ways[way].outcomes:
                    self.by_outcome.setdefault(outcome, []).append(place)
                for course in step.courses:
                    self.by_course.setdefault(course, []).append(place)

    def outcome(self, index: int) -> LeftOut:
        """Return why an outcome is not spent."""
        return self._left("outcome", self.facts.outcomes[index].id, self.by_outcome.get(index, ()))

    def course(self, index: int) -> LeftOut:
        """Return why a course is not met."""
        return self._left("course", self.facts.courses[index].code, self.by_course.get(index, ()))

    def _left(self, kind: str, name: str, places: Sequence[int]) -> LeftOut:
        tries = sorted((self._try(place) for place in places), key=lambda one: len(one.blocks))
        if not tries:
            return LeftOut(kind, name, (Reason("nothing_left_for_it", RuleAt("")),))
        first = tries[0]
        if not self.proved:
            if not first.blocks:
                return LeftOut(kind, name, (Reason("not_proved", RuleAt("")),), minimal=False)
            return self._answer(kind, name, first, first.blocks, minimal=False)
        if len(first.blocks) == 1:
            return self._answer(kind, name, first, first.blocks)
        for one in tries[:MAX_TRIES]:
            for rule in sorted(one.blocks):
                if self._helps(one.step, rule):
                    return self._answer(kind, name, one, frozenset((rule,)))
        rules, minimal = self._fewer(first.blocks, [one.step.sets[-1][0] for one in tries])
        return self._answer(kind, name, first, rules, minimal=minimal)

    def _fewer(self, blocks: frozenset[RuleAt], wanted: Sequence[int]) -> tuple[frozenset[RuleAt], bool]:
        """Return what is left of rules when all that can be is taken away, and whether that is proved.

        What is possible without some rules is possible without more of them, so one look at each rule is enough.
        """
        needed, minimal = blocks, True
        for rule in sorted(blocks):
            fewer = needed - {rule}
            may = min(self.work, self.work_left)
            found, spent = is_better_possible(self.model, wanted, self.plan.values, self.aside | fewer, work=may)
            self.work_left = max(_LEAST_WORK, self.work_left - spent)
            if found:
                needed = fewer
            minimal = minimal and found is not None
        return needed, minimal

    def _try(self, place: int) -> _Try:
        if place not in self.tries:
            step = self.steps[place]
            rows = self.plan.over(step.sets)
            blocks = step.bars | {row.rule for row, _ in rows if row.rule is not None}
            self.tries[place] = _Try(step, blocks)
        return self.tries[place]

    def _helps(self, step: _Step, rule: RuleAt) -> bool:
        """Tell whether without one rule, ways pushed out by this one leave a better plan; a no is no proof."""
        if step.bars - {rule}:
            return False
        state = self._without(rule).copy()
        if not state.push_in(step, _MAX_PUSHED_OUT):
            return False
        if self.model.worth(state.values).key() < self.key:
            return True
        state.fill(self._free_steps(rule))
        return self.model.worth(state.values).key() < self.key

    def _without(self, rule: RuleAt) -> _State:
        """Return the plan when a rule is set aside and whatever fits is added, most credits first."""
        if rule not in self.without:
            state = _State(self.model, self.plan.values, self.aside | {rule})
            state.fill(self._free_steps(rule))
            self.without[rule] = state
        return self.without[rule]

    def _free_steps(self, rule: RuleAt) -> list[_Step]:
        if rule not in self.free_steps:
            gains = self.model.credits
            free = [step for step in self.steps if not step.bars or step.bars == {rule}]
            free.sort(key=lambda step: -sum(gains[index] * value for index, value in step.sets))
            self.free_steps[rule] = free
        return self.free_steps[rule]

    def _answer(self, kind: str, name: str, one: _Try, rules: frozenset[RuleAt], *, minimal: bool = True) -> LeftOut:
        way = self.facts.ways[one.step.way]
        said = {reason.rule: reason for reason in _bars(way, one.step)}
        over = {row.rule: (row, excess) for row, excess in self.plan.over(one.step.sets)}
        reasons = []
        for rule in sorted(rules):
            if rule in said:
                reasons.append(said[rule])
            elif rule in over:
                reasons.append(self._row_reason(*over[rule]))
            else:
                reasons.append(Reason("in_the_way", rule))
        return LeftOut(kind, name, tuple(reasons), way.offer.id, minimal)

    def _row_reason(self, row: Row, excess: int) -> Reason:
        rule = row.rule
        assert rule is not None
        if rule.rule == OUTCOME_ONCE:
            if row.limit == 1:
                return Reason("outcome_once", rule, {"offer": self._offer_in(row)})
            return Reason("outcome_spent_up", rule, {"offer": self._offer_in(row)})
        if rule.rule == COURSE_ONCE:
            if row.limit == 1:
                return Reason("course_once", rule, {"offer": self._offer_in(row)})
            return Reason("course_full", rule, {"over": amount_text(excess)})
        if row.cap:
            code = "cap_count" if row.counts_outcomes else "cap"
            if any(one.id == rule.rule for one in self.facts.rule_set.residency):
                code = "residency"
            write = str if row.counts_outcomes else amount_text
            return Reason(code, rule, {"limit": write(row.limit), "over": write(excess)})
        if rule.at == "needs":
            offer = next(one for one in self.facts.rule_set.offers if one.id == rule.rule)
            return Reason("needs", rule, {"courses": list(offer.needs)})
        if rule.at == "credits":
            return Reason(
                "too_few_credits", rule, {"worth": amount_text(row.limit), "wanted": amount_text(row.limit + excess)}
            )
        return Reason("group", rule, {"other": self._others(rule)})

    def _others(self, rule: RuleAt) -> list[str]:
        """Return what counts in a group in place of the rest."""
        spent = self.plan.spent()
        members = self.facts.parts.get(rule)
        if members is not None:
            return [self.facts.outcomes[one].id for one in members if one in spent]
        group: Group = next(one for one in self.facts.rule_set.groups if one.id == rule.rule)
        met = {self.facts.courses[course].code for course in self.plan.met()}
        return sorted(met & group.courses)

    def _offer_in(self, row: Row) -> str:
        """Return the offer that holds a row's place in the plan."""
        taken = {index for index, _ in row.terms if self.plan.values[index]}
        for way, variable in enumerate(self.model.way_vars):
            if variable in taken or taken.intersection(self.model.choice_vars[way]):
                return self.facts.ways[way].offer.id
        return ""


def _steps(model: Model, way: int, aside: frozenset[RuleAt]) -> Iterator[_Step]:
    one = model.facts.ways[way]
    variable = model.way_vars[way]
    choices = model.choice_vars[way]
    if not choices:
        if model.credits[variable]:
            met = tuple(course for course, amount in zip(one.courses, one.amounts, strict=True) if amount)
            yield _Step(way, met, ((variable, 1),), model.bars[variable] - aside)
        return
    for course, choice in zip(one.courses, choices, strict=True):
        if model.credits[choice]:
            bars = (model.bars[variable] | model.bars[choice]) - aside
            yield _Step(way, (course,), ((variable, 1), (choice, model.upper[choice])), bars)


def _bars(way: Way, step: _Step) -> Iterator[Reason]:
    yield from way.bars
    for course, bars in zip(way.courses, way.course_bars, strict=True):
        if course in step.courses:
            yield from bars


class _State:
    """An assignment, and how full each row is under it."""

    def __init__(self, model: Model, values: Sequence[int], aside: frozenset[RuleAt]) -> None:
        self.model, self.aside = model, aside
        self.values = list(values)
        self.columns = model.columns
        self.limits = [row.limit if row.rule not in aside else _NO_LIMIT for row in model.rows]
        self.filled = [0] * len(model.rows)
        for index, value in enumerate(self.values):
            if value:
                for row, coefficient in self.columns[index]:
                    self.filled[row] += coefficient * value

    def copy(self) -> _State:
        twin = _State.__new__(_State)
        twin.model, twin.aside, twin.columns, twin.limits = self.model, self.aside, self.columns, self.limits
        twin.values, twin.filled = list(self.values), list(self.filled)
        return twin

    def _moves(self, sets: Sequence[tuple[int, int]]) -> tuple[dict[int, int], dict[int, int]]:
        """Return what changes when variables are raised: the variables (with all that they entail), and the rows."""
        raised: dict[int, int] = {}
        rows: dict[int, int] = {}
        waiting = list(sets)
        while waiting:
            index, value = waiting.pop()
            step = value - self.values[index] - raised.get(index, 0)
            if step <= 0:
                continue
            raised[index] = raised.get(index, 0) + step
            for row, coefficient in self.columns[index]:
                rows[row] = rows.get(row, 0) + coefficient * step
            waiting += ((entailed, 1) for entailed in self.model.entails.get(index, ()))
        return raised, rows

    def over(self, sets: Sequence[tuple[int, int]]) -> list[tuple[Row, int]]:
        """Return the rows that would be overfull, and by how much."""
        filled, limits = self.filled, self.limits
        variable, value = sets[0]
        if len(sets) == 1 and variable not in self.model.entails and not self.values[variable]:
            moves = [(place, coefficient * value) for place, coefficient in self.columns[variable]]
        else:
            moves = list(self._moves(sets)[1].items())
        return [
            (self.model.rows[place], filled[place] + more - limits[place])
            for place, more in moves
            if filled[place] + more > limits[place]
        ]

    def fits(self, sets: Sequence[tuple[int, int]]) -> bool:
        """Tell whether variables can be raised without a row being overfull."""
        variable, value = sets[0]
        if len(sets) > 1 or variable in self.model.entails:
            return not self.over(sets)
        filled, limits = self.filled, self.limits
        for place, coefficient in self.columns[variable]:
            if filled[place] + coefficient * value > limits[place]:
                return False
        return not self.values[variable]

    def raise_to(self, sets: Sequence[tuple[int, int]]) -> None:
        raised, rows = self._moves(sets)
        for index, step in raised.items():
            self.values[index] += step
        for place, more in rows.items():
            self.filled[place] += more

    def drop(self, way: int) -> None:
        """Take a way out of the plan, its courses with it; what only it entailed goes as well."""
        for index in (*self.model.choice_vars[way], self.model.way_vars[way]):
            self._lower(index)
        for index in self.model.flags:
            if self.values[index] and not any(self.values[one] for one in self.model.entailed_by[index]):
                self._lower(index)

    def _lower(self, index: int) -> None:
        value = self.values[index]
        if value:
            self.values[index] = 0
            for row, coefficient in self.columns[index]:
                self.filled[row] -= coefficient * value

    def push_in(self, step: _Step, most: int) -> bool:
        """Add a step, taking out ways of the plan that stand in rows which it overfills; False if that is not enough.

        From a row of which one thing counts all others go; from a cap the one that just makes room, or the largest.
        """
        for _ in range(most):
            over = self.over(step.sets)
            if not over:
                break
            row, excess = max(over, key=lambda one: one[0].limit == 1)
            inside = [
                (index, coefficient * self.values[index])
                for index, coefficient in row.terms
                if coefficient > 0 and self.values[index] and self.model.way_of.get(index, step.way) != step.way
            ]
            if not inside:
                return False
            fitting = [one for one in inside if one[1] >= excess]
            index, _ = min(fitting, key=lambda one: one[1]) if fitting else max(inside, key=lambda one: one[1])
            self.drop(self.model.way_of[index])
        if self.over(step.sets) or self.any_over():
            return False
        self.raise_to(step.sets)
        return True

    def any_over(self) -> bool:
        """Tell whether any row is overfull: taking a way out may take away what another needs."""
        return any(map(gt, self.filled, self.limits))

    def fill(self, steps: Sequence[_Step]) -> None:
        """Add every step that fits, in their order."""
        for step in steps:
            if self.fits(step.sets):
                self.raise_to(step.sets)

    def spent(self) -> set[int]:
        ways = self.model.facts.ways
        return {
            outcome
            for way, index in enumerate(self.model.way_vars)
            if self.values[index]
            for outcome in ways[way].outcomes
        }

    def met(self) -> set[int]:
        found: set[int] = set()
        for way, one in enumerate(self.model.facts.ways):
            choices = self.model.choice_vars[way]
            if choices:
                found |= {course for course, index in zip(one.courses, choices, strict=True) if self.values[index]}
            elif self.values[self.model.way_vars[way]]:
                found |= set(one.courses)
        return found
