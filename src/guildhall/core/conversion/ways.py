"""From rules and a record to ways: each a concrete conversion of some outcomes into some courses, and what bars it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from guildhall.core.amounts import amount_text, hundredths
from guildhall.core.conversion.evidence import Evidences
from guildhall.core.conversion.judging import (
    above_ceiling,
    barred,
    failed_conditions,
    is_meant,
    is_there,
    standing,
    unmet,
    worth,
)
from guildhall.core.conversion.plan import Reason, RuleAt, Shown
from guildhall.core.conversion.rule_set import AllOf, AnyOf, Group, Met, Offer, RuleSet, Taken, Tree, Which
from guildhall.core.coverage import Programme, Standard
from guildhall.core.coverage.programme import Course
from guildhall.core.errors import TooLargeError
from guildhall.core.outcome import LADDERS, Outcome

MAX_WAYS: Final = 20_000


class TooManyWaysError(TooLargeError):
    """The offers and the record meet in more ways than are looked at."""

    code = "too_many_ways"


@dataclass(frozen=True, slots=True)
class Way:
    """An offer taken with these outcomes for these courses.

    Shape:  ``amounts`` go with ``courses``; where ``split``, each course is a choice of its own (an open one by any amount up
            to what stands here), else all or nothing. ``bars`` speak of the way, ``course_bars`` of each course: any of them
            keeps it from being taken. ``worths`` go with ``outcomes``. ``shown``: the evidence, one for all courses, or for each where
            ``split``; None where none is asked or it does not suffice.
    Units:  hundredths; ``reach`` is what the outcomes are worth here in course credits, None: nobody says.
    """

    offer: Offer
    outcomes: tuple[int, ...]
    courses: tuple[int, ...]
    amounts: tuple[int, ...]
    worths: tuple[int | None, ...]
    reach: int | None
    shown: tuple[Shown | None, ...]
    bars: tuple[Reason, ...]
    course_bars: tuple[tuple[Reason, ...], ...]

    @property
    def free(self) -> bool:
        """Whether no rule by itself bars the way (for a split one: and not all of its courses)."""
        if self.bars:
            return False
        return any(not one for one in self.course_bars) if self.offer.split else not any(self.course_bars)


class _Taking(NamedTuple):
    outcome: int
    leaf: Taken


@dataclass(frozen=True)
class Facts:
    """What a plan is made from: outcomes, courses, the rules, the day, and all ways.

    Shape:  ``passed`` are codes of courses already passed at the institution.
    Units:  ``sizes`` (credits of the courses) and ``asked`` (what graduation asks) in hundredths.
    """

    rule_set: RuleSet
    programme: Programme
    on: date
    outcomes: tuple[Outcome, ...]
    courses: tuple[Course, ...]
    sizes: tuple[int, ...]
    asked: int
    passed: frozenset[str]
    ways: tuple[Way, ...]
    parts: Mapping[RuleAt, tuple[int, ...]]


def gather(
    outcomes: Sequence[Outcome],
    programme: Programme,
    rule_set: RuleSet,
    *,
    on: date,
    standards: Mapping[str, Standard],
) -> Facts:
    """Return all ways in which the outcomes may meet the courses.

    Shape:  ``standards`` by occupation.
    Raises: TooManyWaysError; UnknownCompetencyError (see ``evidence``).
    """
    passed = frozenset(
        one.code
        for one in outcomes
        if one.kind == "course" and one.institution == programme.institution != "" and one.awarded_on <= on
    ) & {course.code for course in programme.courses}
    finding = _Finding(tuple(outcomes), programme, rule_set, on=on, passed=passed, standards=standards)
    ways = finding.ways()
    parts, absorbed = _group_parts(rule_set.groups, finding.outcomes, ways)
    if absorbed:
        ways = [_absorb(way, absorbed) for way in ways]
    courses = programme.courses
    sizes = finding.sizes
    return Facts(
        rule_set=rule_set,
        programme=programme,
        on=on,
        outcomes=finding.outcomes,
        courses=courses,
        sizes=sizes,
        asked=sum(sizes) if programme.credits is None else hundredths(programme.credits),
        passed=passed,
        ways=tuple(ways),
        parts=parts,
    )


class _Finding:
    """Finds the ways of each offer. What an outcome or a course fails by itself is judged once."""

    def __init__(
        self,
        outcomes: tuple[Outcome, ...],
        programme: Programme,
        rule_set: RuleSet,
        *,
        on: date,
        passed: frozenset[str],
        standards: Mapping[str, Standard],
    ) -> None:
        self.outcomes, self.courses, self.rule_set, self.on = outcomes, programme.courses, rule_set, on
        self.passed, self.evidences = passed, Evidences(programme, standards)
        self.sizes = tuple(hundredths(course.credits) for course in self.courses)
        self.by_code = {course.code: index for index, course in enumerate(self.courses)}
        self.outcomes_by: dict[str, dict[str, list[int]]] = {"codes": {}, "occupations": {}, "kinds": {}}
        for index, one in enumerate(outcomes):
            for name, value in (("codes", one.code), ("occupations", one.occupation), ("kinds", one.kind)):
                self.outcomes_by[name].setdefault(value, []).append(index)
        self.general = [failed_conditions(one, rule_set.conditions, on, rule_set.grades) for one in outcomes]
        self.standings = {asked: [standing(one, on, asked_status=asked) for one in outcomes] for asked in (False, True)}
        self.course_bars = [tuple(barred(course, rule_set, passed)) for course in self.courses]

    def ways(self) -> list[Way]:
        found: list[Way] = []
        for offer in self.rule_set.offers:
            found += self._of(offer)
            if len(found) > MAX_WAYS:
                raise TooManyWaysError(
                    f"the offers and the record meet in more than {MAX_WAYS} ways, at {offer.id}",
                    limit=MAX_WAYS,
                    offer=offer.id,
                )
        return found

    def _of(self, offer: Offer) -> list[Way]:
        """Return the ways of an offer, in a fixed order; of two that differ only in their leaves, the one less barred."""
        met = self._meetings(offer)
        if not met:
            return []
        best: dict[tuple[int, ...], list[Reason]] = {}
        for takings in self._takings(offer.takes, offer):
            key = tuple(sorted(one.outcome for one in takings))
            bars = self._outcome_bars(offer, takings)
            if key not in best or len(bars) < len(best[key]):
                best[key] = bars
        return [
            self._way(offer, outcomes, courses, best[outcomes]) for outcomes in sorted(best) for courses in sorted(met)
        ]

    def _candidates(self, which: Which) -> Sequence[int]:
        for name, wanted in (("codes", which.codes), ("occupations", which.occupations), ("kinds", which.kinds)):
            if wanted:
                by = self.outcomes_by[name]
                return sorted(index for value in wanted for index in by.get(value, ()))
        return range(len(self.outcomes))

    def _takings(self, tree: Tree, offer: Offer) -> list[tuple[_Taking, ...]]:
        if isinstance(tree, Taken):
            return [
                (_Taking(index, tree),)
                for index in self._candidates(tree.which)
                if is_meant(self.outcomes[index], tree.which)
            ]
        if isinstance(tree, AnyOf):
            return [one for part in tree.parts for one in self._takings(part, offer)]
        assert isinstance(tree, AllOf)
        found: list[tuple[_Taking, ...]] = [()]
        for part in tree.parts:
            further = self._takings(part, offer)
            found = [
                (*before, *more)
                for before in found
                for more in further
                if not {one.outcome for one in before} & {one.outcome for one in more}
            ]
            _bound(len(found), offer)
        return found

    def _meetings(self, offer: Offer) -> list[tuple[int, ...]]:
        """Return the sets of courses that an offer gives; for a split one the set of all."""
        if offer.split:
            every = sorted({index for one in self._met(offer.gives, offer, together=False) for index in one})
            return [tuple(every)] if every else []
        return sorted({tuple(sorted(one)) for one in self._met(offer.gives, offer, together=True)})

    def _met(self, tree: Tree, offer: Offer, *, together: bool) -> list[frozenset[int]]:
        if isinstance(tree, Met):
            where = tree.where
            if where.courses:
                listed = sorted(self.by_code[code] for code in where.courses if code in self.by_code)
            else:
                listed = list(range(len(self.courses)))
            return [frozenset((index,)) for index in listed if is_there(self.courses[index], where)]
        if isinstance(tree, AnyOf) or (isinstance(tree, AllOf) and not together):
            return [one for part in tree.parts for one in self._met(part, offer, together=together)]
        assert isinstance(tree, AllOf)
        found: list[frozenset[int]] = [frozenset()]
        for part in tree.parts:
            further = self._met(part, offer, together=together)
            found = [before | more for before in found for more in further if not before & more]
            _bound(len(found), offer)
        return found

    def _outcome_bars(self, offer: Offer, takings: Sequence[_Taking]) -> list[Reason]:
        found: dict[RuleAt, Reason] = {}
        for index, leaf in takings:
            outcome = self.outcomes[index]
            stands = self.standings[bool(leaf.demands.statuses)][index]
            if stands is not None:
                found.setdefault(stands.rule, stands)
            for reason in self.general[index]:
                found.setdefault(reason.rule, reason)
            for demand, reason in unmet(outcome, leaf.demands, self.on, self.rule_set.grades):
                rule = RuleAt(offer.id, demand)
                found.setdefault(rule, Reason(reason.code, rule, reason.params))
        return list(found.values())

    def _way(self, offer: Offer, outcomes: tuple[int, ...], courses: tuple[int, ...], bars: Sequence[Reason]) -> Way:
        taken = [self.outcomes[index] for index in outcomes]
        worths = tuple(worth(one, offer) for one in taken)
        known = [one for one in worths if one is not None]
        reach = sum(known) * offer.ratio // 100 if len(known) == len(worths) else None
        bars = list(bars)
        shown: list[Shown | None] = []
        unshown: list[Reason | None] = []
        for together in [[index] for index in courses] if offer.split else [courses]:
            answer = self.evidences.show(offer, taken, [self.courses[index] for index in together])
            shown.append(None if isinstance(answer, Reason) else answer)
            unshown.append(answer if isinstance(answer, Reason) else None)
        if not offer.split and unshown[0] is not None:
            bars.append(unshown[0])
        amounts = self._amounts(offer, courses, reach)
        over = sum(amounts) - (reach or 0) - offer.tolerance
        if reach is not None and over > 0 and not offer.split:
            said = {"worth": amount_text(reach), "wanted": amount_text(sum(amounts))}
            bars.append(Reason("too_few_credits", RuleAt(offer.id, "credits"), said))
        absent = [code for code in offer.needs if code not in self.by_code and code not in self.passed]
        if absent:
            bars.append(Reason("needs", RuleAt(offer.id, "needs"), {"courses": absent}))
        if self.rule_set.ceilings:
            course_bars = tuple(self._bars_of(index, taken) for index in courses)
        else:
            course_bars = tuple([self.course_bars[index] for index in courses])
        if offer.split:
            course_bars = tuple(
                own if lack is None else (*own, lack) for own, lack in zip(course_bars, unshown, strict=True)
            )
        return Way(offer, outcomes, courses, amounts, worths, reach, tuple(shown), tuple(bars), course_bars)

    def _bars_of(self, course: int, taken: Sequence[Outcome]) -> tuple[Reason, ...]:
        above = {
            reason.rule: reason
            for outcome in taken
            for reason in above_ceiling(outcome, self.courses[course], self.rule_set)
        }
        return (*self.course_bars[course], *above.values())

    def _amounts(self, offer: Offer, courses: tuple[int, ...], reach: int | None) -> tuple[int, ...]:
        """Return the credits that each course takes; by an offer all or nothing, an open course takes what is left."""
        sizes = [self.sizes[index] for index in courses]
        if offer.split or reach is None:
            return tuple(sizes)
        rest = reach - sum(size for index, size in zip(courses, sizes, strict=True) if not self.courses[index].open)
        for place, index in enumerate(courses):
            if self.courses[index].open:
                sizes[place] = max(0, min(sizes[place], rest))
                rest -= sizes[place]
        return tuple(sizes)


def _bound(n: int, offer: Offer) -> None:
    if n > MAX_WAYS:
        raise TooManyWaysError(f"{offer.id} alone opens more than {MAX_WAYS} ways", limit=MAX_WAYS, offer=offer.id)


def _group_parts(
    groups: Sequence[Group], outcomes: Sequence[Outcome], ways: Sequence[Way]
) -> tuple[dict[RuleAt, tuple[int, ...]], dict[int, list[Reason]]]:
    """Return the outcomes alike, by rule, and those that are absorbed, with reasons.

    An outcome absorbs others only if an offer can take it: nothing is lost to a certificate that counts for nothing.
    """
    parts: dict[RuleAt, tuple[int, ...]] = {}
    absorbed: dict[int, list[Reason]] = {}
    if not any(group.outcomes for group in groups):
        return parts, absorbed
    counts = {index for way in ways if way.free for index in way.outcomes}
    for group in groups:
        for value, members in _alike(group, outcomes):
            rule = RuleAt(group.id, value)
            parts[rule] = tuple(index for index, _ in members)
            for one in members:
                index = one[0]
                above = [other[0] for other in members if other[0] in counts and _absorbs(group, outcomes, other, one)]
                if above:
                    said = {"by": outcomes[above[0]].id, "outcome": outcomes[index].id}
                    absorbed.setdefault(index, []).append(Reason("absorbed", rule, said))
    return parts, absorbed


def _alike(group: Group, outcomes: Sequence[Outcome]) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Yield each value by which outcomes are alike, with the outcomes and the place at which the group lists them."""
    found: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for index, outcome in enumerate(outcomes):
        place = next((place for place, which in enumerate(group.outcomes) if is_meant(outcome, which)), None)
        values = tuple(str(getattr(outcome, name)) for name in group.by)
        if place is not None and all(values):
            found.setdefault(values, []).append((index, place))
    for values, members in found.items():
        if len(members) > 1:
            yield "/".join(values), members


def _absorbs(group: Group, outcomes: Sequence[Outcome], over: tuple[int, int], under: tuple[int, int]) -> bool:
    if group.keep == "first":
        return over[1] < under[1]
    high, low = LADDERS.get(outcomes[over[0]].level), LADDERS.get(outcomes[under[0]].level)
    return group.keep == "highest" and high is not None and low is not None and high[0] == low[0] and high[1] > low[1]


def _absorb(way: Way, absorbed: Mapping[int, Sequence[Reason]]) -> Way:
    more = {reason.rule: reason for index in way.outcomes for reason in absorbed.get(index, ())}
    if not more:
        return way
    return Way(
        way.offer, way.outcomes, way.courses, way.amounts, way.worths, way.reach, way.shown,
        (*way.bars, *more.values()), way.course_bars,
    )  # fmt: skip
