"""The plan: from a record, a programme and a rule-set to the best conversion, proved, with the reasons for what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from guildhall.core.conversion.explaining import Explaining
from guildhall.core.conversion.holding import outcomes_of
from guildhall.core.conversion.judging import is_meant, is_there, months_on
from guildhall.core.conversion.linting import check_consistent
from guildhall.core.conversion.model import Model, Row, build, parts_of
from guildhall.core.conversion.plan import (
    CapStep,
    CapUse,
    Decision,
    Drawn,
    Granted,
    LeftOut,
    Plan,
    Reason,
    RuleAt,
    Shown,
)
from guildhall.core.conversion.rule_set import BUILT_IN, AllOf, AnyOf, Met, Offer, RuleSet, Taken, Tree
from guildhall.core.conversion.solving import WORK, Solved, solve
from guildhall.core.conversion.ways import Facts, Way, gather
from guildhall.core.coverage import Programme, Standard
from guildhall.core.errors import NotFoundError
from guildhall.core.outcome import Outcome
from guildhall.core.record import Record


class RuleSetNotInForceError(NotFoundError):
    """The rule-set does not hold on that day."""

    code = "rule_set_not_in_force"


class UnknownRuleError(NotFoundError):
    """A rule is to be set aside that the rule-set does not have."""

    code = "unknown_rule"


def model_of(
    record: Record,
    programme: Programme,
    rule_set: RuleSet,
    *,
    on: date,
    standards: Iterable[Standard] = (),
    without: frozenset[str] = frozenset(),
) -> Model:
    """Return all that a plan is chosen from; see ``best_plan``."""
    if not rule_set.in_force(on):
        raise RuleSetNotInForceError(
            f"{rule_set.id} {rule_set.edition} does not hold on {on.isoformat()}",
            rule_set=rule_set.id,
            edition=rule_set.edition,
            on=on.isoformat(),
        )
    check_consistent(rule_set)
    by_occupation = {standard.occupation: standard for standard in standards}
    outcomes = [one for one in outcomes_of(record) if one.id not in without]
    facts = gather(outcomes, programme, rule_set, on=on, standards=by_occupation)
    return build(facts)


def best_plan(
    record: Record,
    programme: Programme,
    rule_set: RuleSet,
    *,
    on: date,
    standards: Iterable[Standard] = (),
    aside: Iterable[str] = (),
    without: frozenset[str] = frozenset(),
    work: float = WORK,
) -> Plan:
    """Return the best conversion of a record into a programme on a day.

    Shape:  ``standards`` are needed where an offer asks for coverage. ``aside``: rules set aside for a what-if, by id, or by
            id and part as a plan's reasons name them (``half``, ``course-once:E101``). ``without``: ids of
            outcomes that are spent elsewhere.
    Units:  ``work``: see ``solving.WORK``.
    Raises: RuleSetNotInForceError, UnknownRuleError, ContradictingRulesError, TooManyWaysError, UnknownCompetencyError,
            NoSolverError, TooLargeToWeighError.
    """
    model = model_of(record, programme, rule_set, on=on, standards=standards, without=without)
    set_aside = _aside(model, aside)
    solved = solve(model, aside=set_aside, work=work)
    return _told(model, solved, set_aside, work=work)


def _aside(model: Model, names: Iterable[str]) -> frozenset[RuleAt]:
    """Return the rules named, each part of them.

    Raises: UnknownRuleError.
    """
    rule_set = model.facts.rule_set
    there = {rule for row in model.rows if (rule := row.rule) is not None}
    there |= {rule for bars in model.bars for rule in bars}
    found: set[RuleAt] = set()
    for name in names:
        own, _, at = name.partition(":")
        if own not in rule_set.ids and own not in BUILT_IN:
            raise UnknownRuleError(f"{rule_set.id} has no rule {own}", rule=own)
        found |= {rule for rule in there if rule.rule == own and at in ("", rule.at)} or {RuleAt(own, at)}
    return frozenset(found)


def _told(model: Model, solved: Solved, aside: frozenset[RuleAt], *, work: float) -> Plan:
    facts = model.facts
    rule_set, programme = facts.rule_set, facts.programme
    decisions = _decisions(model, solved.values, aside)
    spent = {one.outcome for decision in decisions for one in decision.outcomes}
    met = {one.course for decision in decisions for one in decision.courses}
    why, nobody = Explaining(model, solved.values, aside, proved=solved.proved, work=work), _Leaves(facts)
    left_outcomes = tuple(
        nobody.outcome(index) or why.outcome(index) for index, one in enumerate(facts.outcomes) if one.id not in spent
    )
    left_courses = tuple(
        nobody.course(index) or why.course(index)
        for index, course in enumerate(facts.courses)
        if course.code not in met and course.code not in facts.passed
    )
    return Plan(
        rule_set=rule_set.id,
        rule_edition=rule_set.edition,
        institution=rule_set.institution,
        programme=programme.code,
        programme_edition=programme.edition,
        on=facts.on,
        asked=facts.asked,
        worth=model.worth(solved.values),
        proved=solved.proved,
        bound=solved.bound,
        decisions=decisions,
        left_outcomes=left_outcomes,
        left_courses=left_courses,
        passed=tuple(sorted(facts.passed)),
        caps=_cap_uses(model, solved.values, aside),
        set_aside=tuple(sorted(aside)),
    )


def _decisions(model: Model, values: Sequence[int], aside: frozenset[RuleAt]) -> tuple[Decision, ...]:
    """Return the conversions taken, in the order of the rule-set, with caps filling up from one to the next."""
    columns = model.columns
    filled: dict[int, int] = {}
    counted: set[int] = set()
    found = []
    for index in range(len(model.facts.ways)):
        own = [one for one in (model.way_vars[index], *model.choice_vars[index]) if values[one]]
        if not any(model.credits[one] for one in own):
            continue
        entailed = {flag for one in own for flag in model.entails.get(one, ()) if flag in model.flags} - counted
        counted |= entailed
        moved: dict[int, int] = {}
        for one in (*own, *sorted(entailed)):
            for place, coefficient in columns[one]:
                if model.rows[place].cap and model.rows[place].rule not in aside:
                    moved[place] = moved.get(place, 0) + coefficient * values[one]
        steps = tuple(_cap_step(model.rows[place], filled.get(place, 0), more) for place, more in sorted(moved.items()))
        for place, more in moved.items():
            filled[place] = filled.get(place, 0) + more
        found.append(_decision(model, index, values, steps))
    return tuple(found)


def _cap_step(row: Row, before: int, more: int) -> CapStep:
    assert row.rule is not None
    return CapStep(row.rule, row.limit, before, before + more, counts_outcomes=row.counts_outcomes)


def _decision(model: Model, index: int, values: Sequence[int], steps: tuple[CapStep, ...]) -> Decision:
    facts = model.facts
    way = facts.ways[index]
    taken = [facts.outcomes[one] for one in way.outcomes]
    granted = tuple(
        Granted(facts.courses[course].code, amount * values[variable], _grade(way.offer, taken), way.offer.entry.counts)
        for variable, course, amount in parts_of(model, index)
        if amount * values[variable]
    )
    converted = sum(one.credits for one in granted)
    met = {one.course for one in granted}
    return Decision(
        offer=way.offer.id,
        outcomes=_drawn(way, taken, converted, facts.on),
        courses=granted,
        credits=converted,
        rules=_rules_passed(facts, way, met, steps),
        caps=steps,
        shown=_shown(facts, way, met),
    )


def _shown(facts: Facts, way: Way, met: set[str]) -> Shown | None:
    """Return the evidence of a decision: of several courses that each were shown, the least covered."""
    if not way.offer.split:
        return way.shown[0]
    pairs = zip(way.courses, way.shown, strict=True)
    own = [shown for course, shown in pairs if shown is not None and facts.courses[course].code in met]
    return min(own, key=lambda one: one.covered or 0, default=None)


def _grade(offer: Offer, taken: Sequence[Outcome]) -> str:
    """Return the grade to enter; ``own`` of several outcomes are named together."""
    return "/".join(one.grade for one in taken if one.grade) if offer.entry.grade == "own" else offer.entry.grade


def _drawn(way: Way, taken: Sequence[Outcome], converted: int, on: date) -> tuple[Drawn, ...]:
    """Share what is converted among the outcomes, the first ones first; what they are worth more is left."""
    rest = -(-converted * 100 // way.offer.ratio)
    found = []
    for outcome, worth in zip(taken, way.worths, strict=True):
        drawn = 0 if worth is None else min(worth, rest)
        rest -= drawn
        left = 0 if worth is None else worth - drawn
        until = None
        if way.offer.keeps and way.offer.keep_months is not None:
            until = months_on(on, way.offer.keep_months)
        found.append(Drawn(outcome.id, worth, drawn, left, kept=way.offer.keeps and left > 0, kept_until=until))
    return tuple(found)


def _rules_passed(facts: Facts, way: Way, met: set[str], steps: Sequence[CapStep]) -> tuple[str, ...]:
    """Return the ids of all rules that spoke of a conversion and let it pass: its offer first, then as the file has them."""
    rule_set = facts.rule_set
    taken = [facts.outcomes[one] for one in way.outcomes]
    full = {step.rule.rule for step in steps}
    found = [way.offer.id]
    found += (rule.id for rule in rule_set.conditions if any(is_meant(one, rule.of) for one in taken))
    found += (
        rule.id
        for rule in rule_set.ceilings
        if any(is_meant(one, rule.of) and one.level in rule.levels for one in taken)
    )
    found += (one for one in rule_set.ids if one in full)
    alike = {rule.rule for rule, members in facts.parts.items() if set(members) & set(way.outcomes)}
    found += (rule.id for rule in rule_set.groups if rule.id in alike or rule.courses & met)
    return tuple(found)


def _cap_uses(model: Model, values: Sequence[int], aside: frozenset[RuleAt]) -> tuple[CapUse, ...]:
    return tuple(
        CapUse(
            row.rule,
            row.limit,
            sum(coefficient * values[index] for index, coefficient in row.terms),
            counts_outcomes=row.counts_outcomes,
        )
        for row in model.rows
        if row.cap and row.rule is not None and row.rule not in aside
    )


class _Leaves:
    """What the offers speak of, for what no way touches."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.offers = [
            (offer, list(_leaves(offer.takes)), list(_leaves(offer.gives))) for offer in facts.rule_set.offers
        ]
        self.touched_outcomes = {one for way in facts.ways for one in way.outcomes}
        self.touched_courses = {one for way in facts.ways for one in way.courses}

    def outcome(self, index: int) -> LeftOut | None:
        """Say why no offer takes an outcome, where none does."""
        if index in self.touched_outcomes:
            return None
        outcome = self.facts.outcomes[index]
        named = [
            (offer, gives)
            for offer, takes, gives in self.offers
            if any(isinstance(leaf, Taken) and is_meant(outcome, leaf.which) for leaf in takes)
        ]
        here = [
            offer.id
            for offer, gives in named
            if any(
                is_there(course, leaf.where) for leaf in gives if isinstance(leaf, Met) for course in self.facts.courses
            )
        ]
        code = "no_offer" if not named else "partner_missing" if here else "nothing_to_meet"
        return _nobody("outcome", outcome.id, code, here or [offer.id for offer, _ in named])

    def course(self, index: int) -> LeftOut | None:
        """Say why no offer gives a course, where none does."""
        if index in self.touched_courses:
            return None
        course = self.facts.courses[index]
        named = [
            offer.id
            for offer, _, gives in self.offers
            if any(isinstance(leaf, Met) and is_there(course, leaf.where) for leaf in gives)
        ]
        return _nobody("course", course.code, "nothing_to_take" if named else "no_offer", named)


def _nobody(kind: str, name: str, code: str, offers: Sequence[str]) -> LeftOut:
    params = {"offers": list(offers)} if offers else {}
    return LeftOut(kind, name, (Reason(code, RuleAt(""), params),))


def _leaves(tree: Tree) -> Iterator[Taken | Met]:
    if isinstance(tree, (AllOf, AnyOf)):
        for part in tree.parts:
            yield from _leaves(part)
    else:
        yield tree
