"""The ways and rules as one integer programme: variables, rows (sum ≤ limit), and four objectives in their order.

It knows no solver. Variables of ways that are barred are there as well, so that one can ask what would be if a rule were set
aside: ``open_with`` says which variables are free then, and a row is left out if its rule is set aside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from guildhall.core.conversion.judging import is_meant, is_there, last_day
from guildhall.core.conversion.plan import RuleAt, Worth
from guildhall.core.conversion.rule_set import COURSE_ONCE, OUTCOME_ONCE, Cap
from guildhall.core.conversion.ways import Facts, Way
from guildhall.core.outcome import Outcome

_ORDER_BITS, _PART_ORDER_BITS = 20, 6


@dataclass(slots=True)
class Row:
    """Sum of coefficient × variable ≤ limit. ``rule`` None: it ties variables together and is never set aside."""

    rule: RuleAt | None
    terms: list[tuple[int, int]]
    limit: int
    cap: bool = False
    counts_outcomes: bool = False


@dataclass(slots=True)
class Model:
    """Variables by index: upper bound, what each adds to the objectives, which rules bar it.

    Shape:  ``way_vars[w]`` is the variable of way w; ``choice_vars[w]`` those of its courses, in their order, empty for all or
            nothing. ``holds[v]`` is the variable without which v is 0, -1: none. ``columns[v]``: the rows in which v stands, with its
            coefficient.
    """

    facts: Facts
    upper: list[int] = field(default_factory=list)
    credits: list[int] = field(default_factory=list)
    spent: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    bars: list[frozenset[RuleAt]] = field(default_factory=list)
    holds: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    way_vars: list[int] = field(default_factory=list)
    choice_vars: list[tuple[int, ...]] = field(default_factory=list)
    use_vars: dict[int, int] = field(default_factory=dict)
    way_of: dict[int, int] = field(default_factory=dict)
    flags: list[int] = field(default_factory=list)
    entails: dict[int, list[int]] = field(default_factory=dict)
    entailed_by: dict[int, list[int]] = field(default_factory=dict)
    columns: list[list[tuple[int, int]]] = field(default_factory=list)

    def add(self, *, upper: int = 1, bars: frozenset[RuleAt] = frozenset(), holds: int = -1) -> int:
        """Add a variable from 0 to ``upper`` and return its index."""
        for objective in (self.credits, self.spent, self.late, self.order):
            objective.append(0)
        self.upper.append(upper)
        self.bars.append(bars)
        self.holds.append(holds)
        return len(self.upper) - 1

    def add_flag(self, *, holds: int = -1) -> int:
        """Add a variable that is 1 where one of others is not 0, and return its index."""
        flag = self.add(holds=holds)
        self.flags.append(flag)
        return flag

    def tie(self, variable: int, to: int) -> None:
        """Keep a variable at 0 where another is 0."""
        self.rows.append(Row(None, [(variable, 1), (to, -self.upper[variable])], 0))
        self.entails.setdefault(variable, []).append(to)
        self.entailed_by.setdefault(to, []).append(variable)

    def open_with(self, aside: frozenset[RuleAt]) -> list[bool]:
        """Return for each variable whether it is free when rules are set aside."""
        free = [not bars or bars <= aside for bars in self.bars] if aside else [not bars for bars in self.bars]
        for index, above in enumerate(self.holds):
            if above >= 0 and not free[above]:
                free[index] = False
        return free

    def worth(self, values: Sequence[int]) -> Worth:
        """Return how good an assignment is."""
        used = [(index, value) for index, value in enumerate(values) if value]
        return Worth(
            *(
                sum(of[index] * value for index, value in used)
                for of in (self.credits, self.spent, self.late, self.order)
            )
        )


def build(facts: Facts) -> Model:
    """Return the integer programme of all ways."""
    model = Model(facts)
    ranks = _ranks(facts)
    for way in facts.ways:
        _add_way(model, way)
    users: dict[int, list[int]] = {}
    for index, way in enumerate(facts.ways):
        for outcome in way.outcomes:
            users.setdefault(outcome, []).append(index)
    for outcome in sorted(users):
        _outcome_once(model, outcome, users[outcome], ranks[outcome])
    grants = _grants(model)
    for course in sorted(grants):
        _course_once(model, course, grants[course])
    _needs(model, grants)
    _groups(model, users, grants)
    for cap in facts.rule_set.caps:
        _cap(model, cap)
    for rule in facts.rule_set.residency:
        kept = rule.credits if rule.credits is not None else -(-facts.asked * (rule.percent or 0) // 10_000)
        terms = [(v, model.credits[v]) for v in range(len(model.upper)) if model.credits[v]]
        model.rows.append(Row(RuleAt(rule.id), terms, max(0, facts.asked - kept), cap=True))
    model.columns = [[] for _ in model.upper]
    for place, row in enumerate(model.rows):
        for variable, coefficient in row.terms:
            model.columns[variable].append((place, coefficient))
    return model


def _ranks(facts: Facts) -> list[int]:
    """Return each outcome's place when all are laid by their last day, the earliest 0; those without end come last."""
    ends = [last_day(one, facts.rule_set.conditions) or date.max for one in facts.outcomes]
    places = {end: place for place, end in enumerate(sorted(set(ends)))}
    return [places[end] for end in ends]


def order_number(facts: Facts, way: Way, courses: Iterable[int]) -> int:
    """Return the number of a conversion in the fixed order: 20 bits of SHA-256 of its names, at least 1."""
    names = [
        way.offer.id,
        *(facts.outcomes[one].id for one in way.outcomes),
        "",
        *(facts.courses[one].code for one in courses),
    ]
    return (int.from_bytes(sha256("\0".join(names).encode()).digest()[:4], "big") >> (32 - _ORDER_BITS)) | 1


def _add_way(model: Model, way: Way) -> None:
    facts = model.facts
    own = frozenset(reason.rule for reason in way.bars)
    if not way.offer.split:
        own |= {reason.rule for bars in way.course_bars for reason in bars}
        variable = model.add(bars=own)
        model.credits[variable] = sum(way.amounts)
        model.order[variable] = order_number(facts, way, way.courses)
        model.way_of[variable] = len(model.way_vars)
        model.way_vars.append(variable)
        model.choice_vars.append(())
        return
    variable = model.add(bars=own)
    choices = []
    for course, amount, bars in zip(way.courses, way.amounts, way.course_bars, strict=True):
        in_parts = facts.courses[course].open
        choice = model.add(
            upper=amount if in_parts else 1, bars=frozenset(reason.rule for reason in bars), holds=variable
        )
        number = order_number(facts, way, (course,))
        model.credits[choice] = 1 if in_parts else amount
        model.order[choice] = number >> (_ORDER_BITS - _PART_ORDER_BITS) if in_parts else number
        model.tie(choice, variable)
        model.way_of[choice] = len(model.way_vars)
        choices.append(choice)
    model.way_of[variable] = len(model.way_vars)
    model.way_vars.append(variable)
    model.choice_vars.append(tuple(choices))
    if way.reach is not None:
        limit = way.reach + way.offer.tolerance
        terms = [(choice, model.credits[choice]) for choice in choices]
        model.rows.append(Row(RuleAt(way.offer.id, "credits"), terms, limit))


def parts_of(model: Model, way: int) -> list[tuple[int, int, int]]:
    """Return a way's grants: variable, course, credits for each step of the variable."""
    one = model.facts.ways[way]
    choices = model.choice_vars[way]
    if choices:
        return [(choice, course, model.credits[choice]) for choice, course in zip(choices, one.courses, strict=True)]
    return [(model.way_vars[way], course, amount) for course, amount in zip(one.courses, one.amounts, strict=True)]


def _outcome_once(model: Model, outcome: int, users: Sequence[int], rank: int) -> None:
    """An outcome is spent by one way, or in parts by ways that keep the rest; it then counts once."""
    facts = model.facts
    rule = RuleAt(OUTCOME_ONCE, facts.outcomes[outcome].id)
    keeping = [way for way in users if facts.ways[way].offer.keeps and facts.ways[way].worths[0]]
    if not keeping or len(users) == 1:
        for way in users:
            model.spent[model.way_vars[way]] += 1
            model.late[model.way_vars[way]] += rank
        if len(users) > 1:
            model.rows.append(Row(rule, [(model.way_vars[way], 1) for way in users], 1))
        return
    used = model.add_flag()
    model.use_vars[outcome] = used
    model.spent[used], model.late[used] = 1, rank
    for way in users:
        model.tie(model.way_vars[way], used)
    worths = {way: (facts.ways[way].worths[0] or 1) * facts.ways[way].offer.ratio for way in keeping}
    whole = math.lcm(*worths.values())
    terms: list[tuple[int, int]] = []
    for way in users:
        if way in worths:  # what a credit draws is a share of the outcome: amount / (worth × ratio), exactly
            step = 100 * (whole // worths[way])
            drawn = _summed((variable, amount * step) for variable, _, amount in parts_of(model, way))
            # all or nothing: never more than the whole, even where the rule on credits is set aside
            terms += (
                drawn if facts.ways[way].offer.split else [(variable, min(part, whole)) for variable, part in drawn]
            )
        else:
            terms.append((model.way_vars[way], whole))
    model.rows.append(Row(rule, _summed(terms), whole))


def use_terms(model: Model, outcomes: Iterable[int], ways: Mapping[int, Sequence[int]]) -> list[tuple[int, int]]:
    """Return the terms that count the outcomes spent."""
    terms: dict[int, int] = {}
    for outcome in outcomes:
        used = model.use_vars.get(outcome)
        for variable in [used] if used is not None else [model.way_vars[way] for way in ways.get(outcome, ())]:
            terms[variable] = terms.get(variable, 0) + 1
    return list(terms.items())


def _grants(model: Model) -> dict[int, list[tuple[int, int]]]:
    """Return for each course the variables that grant it, with the credits of each step."""
    grants: dict[int, list[tuple[int, int]]] = {}
    for way in range(len(model.facts.ways)):
        for variable, course, amount in parts_of(model, way):
            grants.setdefault(course, []).append((variable, amount))
    return grants


def _course_once(model: Model, course: int, grants: Sequence[tuple[int, int]]) -> None:
    rule = RuleAt(COURSE_ONCE, model.facts.courses[course].code)
    if model.facts.courses[course].open:
        model.rows.append(Row(rule, list(grants), model.facts.sizes[course]))
    elif len(grants) > 1:
        model.rows.append(Row(rule, [(variable, 1) for variable, _ in grants], 1))


def _needs(model: Model, grants: Mapping[int, Sequence[tuple[int, int]]]) -> None:
    facts = model.facts
    if not any(offer.needs for offer in facts.rule_set.offers):
        return
    by_code = {course.code: index for index, course in enumerate(facts.courses)}
    for index, way in enumerate(facts.ways):
        for code in way.offer.needs:
            if code in by_code and code not in facts.passed:
                terms = [(variable, -1) for variable, _ in grants.get(by_code[code], ())]
                own = model.way_vars[index]
                if own not in dict(terms):
                    model.rows.append(Row(RuleAt(way.offer.id, "needs"), [(own, 1), *terms], 0))


def _groups(model: Model, users: Mapping[int, Sequence[int]], grants: Mapping[int, Sequence[tuple[int, int]]]) -> None:
    facts = model.facts
    for rule, members in facts.parts.items():
        model.rows.append(Row(rule, use_terms(model, members, users), 1))
    for group in facts.rule_set.groups:
        if group.courses:
            terms: list[tuple[int, int]] = []
            for course in sorted(grants):
                if facts.courses[course].code in group.courses:
                    terms += ((_met_flag(model, variable), 1) for variable, _ in grants[course])
            if len(terms) > 1:
                model.rows.append(Row(RuleAt(group.id), _summed(terms), 1))


def _met_flag(model: Model, variable: int) -> int:
    """Return a variable that is 1 where another is not 0."""
    if model.upper[variable] == 1:
        return variable
    flag = model.add_flag(holds=model.holds[variable])
    model.tie(variable, flag)
    return flag


def _summed(terms: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    sums: dict[int, int] = {}
    for variable, coefficient in terms:
        sums[variable] = sums.get(variable, 0) + coefficient
    return list(sums.items())


_VALUE: Mapping[str, Callable[[Outcome], str]] = {
    "outcome": lambda one: one.id,
    "kind": lambda one: one.kind,
    "scheme": lambda one: one.scheme,
    "institution": lambda one: one.institution,
    "term": lambda one: one.term,
    "year": lambda one: str(one.awarded_on.year),
    "": lambda _: "*",
    "category": lambda _: "*",
}


def _cap(model: Model, cap: Cap) -> None:
    """Add a row for each value for which the cap holds. A value that an outcome does not have is under no cap."""
    facts = model.facts
    value_of = _VALUE[cap.each]
    meant = {index: value_of(one) for index, one in enumerate(facts.outcomes) if is_meant(one, cap.of)}
    into = [is_there(course, cap.into) for course in facts.courses]
    if cap.count is not None:
        spenders = _spenders(facts, cap, meant, into)
        for value in sorted(spenders):
            terms = _spent_terms(model, spenders[value])
            model.rows.append(Row(_rule(cap, value), terms, cap.count, cap=True, counts_outcomes=True))
        return
    converted = _credit_terms(model, cap, meant, into)
    for value in sorted(converted):
        limit = _limit(facts, cap, value, into)
        model.rows.append(Row(_rule(cap, value), _summed(converted[value]), limit, cap=True))


def _credit_terms(
    model: Model, cap: Cap, meant: Mapping[int, str], into: Sequence[bool]
) -> dict[str, list[tuple[int, int]]]:
    courses = model.facts.courses
    terms: dict[str, list[tuple[int, int]]] = {}
    for index, way in enumerate(model.facts.ways):
        values = {meant[outcome] for outcome in way.outcomes if meant.get(outcome)}
        for variable, course, amount in parts_of(model, index) if values else ():
            if into[course]:
                category = courses[course].category
                for value in values if cap.each != "category" else {category} - {""}:
                    terms.setdefault(value, []).append((variable, amount))
    return terms


def _spenders(
    facts: Facts, cap: Cap, meant: Mapping[int, str], into: Sequence[bool]
) -> dict[str, dict[int, list[int]]]:
    """Return by value the outcomes that count, each with the ways that spend it."""
    spenders: dict[str, dict[int, list[int]]] = {}
    for index, way in enumerate(facts.ways):
        categories = {facts.courses[course].category for course in way.courses if into[course]}
        for outcome in way.outcomes if categories else ():
            if meant.get(outcome):
                for value in categories - {""} if cap.each == "category" else (meant[outcome],):
                    spenders.setdefault(value, {}).setdefault(outcome, []).append(index)
    return spenders


def _rule(cap: Cap, value: str) -> RuleAt:
    return RuleAt(cap.id, value if cap.each else "")


def _spent_terms(model: Model, spenders: Mapping[int, Sequence[int]]) -> list[tuple[int, int]]:
    """Count the outcomes spent by these ways; one that is spent in parts counts once."""
    terms: list[tuple[int, int]] = []
    for outcome, ways in sorted(spenders.items()):
        if outcome in model.use_vars:
            flag = model.add_flag()
            for way in ways:
                model.tie(model.way_vars[way], flag)
            terms.append((flag, 1))
        else:
            terms += ((model.way_vars[way], 1) for way in ways)
    return _summed(terms)


def _limit(facts: Facts, cap: Cap, value: str, into: Sequence[bool]) -> int:
    if cap.credits is not None:
        return cap.credits
    base = facts.asked
    if cap.percent_of == "into":
        base = sum(
            size
            for size, there, course in zip(facts.sizes, into, facts.courses, strict=True)
            if there and (cap.each != "category" or course.category == value)
        )
    return base * (cap.percent or 0) // 10_000
