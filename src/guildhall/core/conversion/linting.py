"""Rules that contradict one another, can never apply or never bind, found by exact reasoning over what the rules say.

Whatever is found holds for every record: that an offer is unreachable means that no record whatever opens it. What the rules
leave to records is not found, so silence is no praise. With a programme more can be said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final, TypeVar

from guildhall.core.amounts import amount_text, hundredths
from guildhall.core.conversion.judging import is_there
from guildhall.core.conversion.rule_set import (
    AllOf,
    AnyOf,
    Cap,
    Ceiling,
    Condition,
    Demands,
    Met,
    Offer,
    RuleSet,
    Taken,
    Tree,
    Where,
    Which,
)
from guildhall.core.coverage import Programme
from guildhall.core.coverage.programme import Course
from guildhall.core.errors import ConflictError
from guildhall.core.outcome import at_least

_T = TypeVar("_T")
_WHOLE: Final = 10_000

FINDINGS: Final[Mapping[str, tuple[str, str, str]]] = {
    "groups_in_circle": ("error", "这些分组互相吸收：{rules}", "these groups absorb one another in a circle: {rules}"),
    "needs_in_circle": (
        "error",
        "这些转换项的课程互为前提：{rules}",
        "the courses of these offers need one another in a circle: {rules}",
    ),
    "conditions_contradict": (
        "error",
        "没有成果能同时满足 {rules}",
        "no outcome can meet {rules} at once",
    ),
    "ceilings_contradict": (
        "error",
        "{level} 等级的成果按 {rules} 不能转换为任何课程",
        "by {rules} outcomes of level {level} go into no course at all",
    ),
    "offers_contradict": (
        "error",
        "{rules} 以同样的成果换同样的课程，条件却不同",
        "{rules} take and give the same on different terms",
    ),
    "same_offer_twice": ("warning", "{rules} 完全相同", "{rules} are the same"),
    "unreachable_level": (
        "error",
        "所列等级都低于 {wanted}",
        "none of the levels that it lists is {wanted} or higher",
    ),
    "unreachable_condition": (
        "error",
        "它接受的成果都不能满足 {rules}",
        "nothing that it takes can meet {rules}",
    ),
    "unreachable_excluded": (
        "error",
        "它的课程都被 {rules} 排除",
        "all its courses are excluded by {rules}",
    ),
    "unreachable_ceiling": (
        "error",
        "它接受的等级按 {rules} 不能转换为它的课程",
        "by {rules} the levels that it takes go into none of its courses",
    ),
    "unreachable_worth": (
        "error",
        "成果折合 {worth} 学分，少于任何一门课程",
        "the outcomes are worth {worth} credits, less than any of its courses",
    ),
    "no_course_here": ("warning", "本专业没有它的课程", "the programme has none of its courses"),
    "needs_no_course_here": (
        "warning",
        "本专业没有它要求的课程 {courses}",
        "the programme does not have the course {courses} that it needs",
    ),
    "cap_never_binds": ("warning", "{rules} 已更严，它永不起作用", "it never binds: {rules} is as strict or stricter"),
    "cap_above_all": (
        "warning",
        "涉及的课程共 {all} 学分，达不到上限",
        "it never binds: all that could count has {all} credits",
    ),
    "cap_of_nothing": ("warning", "上限为 0：一切都被禁止", "a cap of nothing: it forbids all that it speaks of"),
    "published_late": ("warning", "公布日期晚于生效日期", "it is published after it takes effect"),
}
"""Code → severity, sentence in Chinese, in English; the names in braces are the parameters."""


class ContradictingRulesError(ConflictError):
    """Rules go in a circle: what absorbs what, or which course needs which."""

    code = "contradicting_rules"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a rule. ``rule`` is its id, empty for the whole rule-set."""

    code: str
    rule: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        return FINDINGS[self.code][0]

    def sentence(self, language: str) -> str:
        """Return the finding as one sentence in ``zh`` or ``en``."""
        said = {
            name: ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            for name, value in self.params.items()
        }
        return FINDINGS[self.code][1 if language == "zh" else 2].format_map(said)


def place_of(rule_set: RuleSet, rule: str) -> str:
    """Return where a rule stands in the file: ``caps[2]``; ``$`` for the whole."""
    for section in ("offers", "conditions", "ceilings", "caps", "residency", "groups", "exclusions"):
        for index, one in enumerate(getattr(rule_set, section)):
            if one.id == rule:
                return f"{section}[{index}]"
    return "$"


def check_consistent(rule_set: RuleSet) -> None:
    """Refuse a rule-set whose rules go in a circle.

    Raises: ContradictingRulesError with the rules' ids.
    """
    for circle in (absorbing_circle(rule_set), needs_circle(rule_set)):
        if circle:
            raise ContradictingRulesError(f"the rules {', '.join(circle)} go in a circle", rules=list(circle))


def lint(rule_set: RuleSet, programme: Programme | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with a rule-set, in itself and, where one is given, with a programme; errors first.

    Shape:  see ``FINDINGS``.
    """
    found: list[Finding] = []
    for code, circle in (("groups_in_circle", absorbing_circle(rule_set)), ("needs_in_circle", needs_circle(rule_set))):
        if circle:
            found.append(Finding(code, circle[0], {"rules": list(circle)}))
    if rule_set.published_on is not None and rule_set.published_on > rule_set.starts_on:
        found.append(Finding("published_late", ""))
    found += _conditions(rule_set.conditions)
    found += _offers_alike(rule_set.offers)
    for offer in rule_set.offers:
        found += _unreachable(offer, rule_set)
    found += _caps(rule_set)
    if programme is not None:
        found += _ceilings(rule_set.ceilings, programme.courses)
        for offer in rule_set.offers:
            found += _here(offer, rule_set, programme)
        found += _caps_here(rule_set, programme)
    return tuple(sorted(found, key=lambda one: one.severity))


def absorbing_circle(rule_set: RuleSet) -> tuple[str, ...]:
    """Return the groups by which outcomes absorb one another in a circle, empty: none.

    Of two entries of a list the earlier absorbs the later; entries are the same if they mean the same outcomes.
    """
    over: dict[object, set[object]] = {}
    by: dict[tuple[object, object], set[str]] = {}
    for group in rule_set.groups:
        if group.keep == "first":
            for place, high in enumerate(group.outcomes):
                for low in group.outcomes[place + 1 :]:
                    over.setdefault(high, set()).add(low)
                    by.setdefault((high, low), set()).add(group.id)
    inside = in_circles(over)
    return tuple(sorted({one for (high, low), ids in by.items() if high in inside and low in inside for one in ids}))


def needs_circle(rule_set: RuleSet) -> tuple[str, ...]:
    """Return the offers whose courses wait for one another in a circle, empty: none.

    A course waits for another if every offer that gives it by name needs the other.
    """
    given: dict[str, list[frozenset[str]]] = {}
    for offer in rule_set.offers:
        for course in _named_courses(offer.gives):
            given.setdefault(course, []).append(frozenset(offer.needs))
    waits = {course: set(frozenset.intersection(*needs)) for course, needs in given.items()}
    inside = in_circles(waits)
    return tuple(
        offer.id for offer in rule_set.offers if set(offer.needs) & inside and set(_named_courses(offer.gives)) & inside
    )


def in_circles(over: Mapping[_T, Iterable[_T]]) -> set[_T]:
    """Return what lies on a circle, or between two: take away again and again what leads nowhere or is led to by nothing."""
    left = {(high, low) for high, lows in over.items() for low in lows}
    while True:
        highs, lows = {high for high, _ in left}, {low for _, low in left}
        kept = {(high, low) for high, low in left if low in highs and high in lows}
        if kept == left:
            return highs
        left = kept


def leaves(tree: Tree) -> Iterator[Taken | Met]:
    """Yield the leaves of a tree."""
    if isinstance(tree, (AllOf, AnyOf)):
        for part in tree.parts:
            yield from leaves(part)
    else:
        yield tree


def _named_courses(tree: Tree) -> set[str]:
    return {course for leaf in leaves(tree) if isinstance(leaf, Met) for course in leaf.where.courses}


def _within(part: Any, whole: Any) -> bool:
    """Tell whether all that one ``Which`` or ``Where`` means is meant by the other."""
    names = type(part).__dataclass_fields__
    pairs = [(getattr(part, name), getattr(whole, name)) for name in names]
    return all(not wide or (narrow and narrow <= wide) for narrow, wide in pairs)


def _clash(one: Demands, other: Demands) -> bool:
    """Tell whether no outcome at all meets both."""
    return any(a and b and a.isdisjoint(b) for a, b in ((one.bases, other.bases), (one.statuses, other.statuses)))


def _conditions(conditions: Sequence[Condition]) -> Iterator[Finding]:
    for one, other in combinations(conditions, 2):
        alike = _within(one.of, other.of) or _within(other.of, one.of)
        if alike and _clash(one.demands, other.demands):
            yield Finding("conditions_contradict", other.id, {"rules": [one.id, other.id]})


def _offers_alike(offers: Sequence[Offer]) -> Iterator[Finding]:
    first: dict[tuple[Tree, Tree, bool], Offer] = {}
    for offer in offers:
        before = first.setdefault((offer.takes, offer.gives, offer.split), offer)
        if before is offer:
            continue
        same = _terms(before) == _terms(offer)
        yield Finding("same_offer_twice" if same else "offers_contradict", offer.id, {"rules": [before.id, offer.id]})


def _terms(offer: Offer) -> tuple[object, ...]:
    return (
        offer.ratio, offer.worth, offer.hours_per_credit, offer.tolerance, offer.keeps, offer.keep_months,
        offer.evidence, offer.needs, offer.entry,
    )  # fmt: skip


def _needed(tree: Tree) -> Iterator[Sequence[Taken | Met]]:
    """Yield, for each part of a tree that must hold, the leaves of which one must: if none can, neither can the tree."""
    if isinstance(tree, AllOf):
        for part in tree.parts:
            yield from _needed(part)
    elif isinstance(tree, AnyOf):
        yield (
            [leaf for part in tree.parts for leaf in leaves(part)]
            if all(not isinstance(part, AllOf) for part in tree.parts)
            else []
        )
    else:
        yield [tree]


def _unreachable(offer: Offer, rule_set: RuleSet) -> Iterator[Finding]:
    for choice in _needed(offer.takes):
        taken = [leaf for leaf in choice if isinstance(leaf, Taken)]
        levels = [leaf for leaf in taken if not _level_possible(leaf)]
        if taken and len(levels) == len(taken):
            yield Finding("unreachable_level", offer.id, {"wanted": taken[0].demands.level_at_least})
        for rule in rule_set.conditions:
            barred = [leaf for leaf in taken if _within(leaf.which, rule.of) and _never_meets(leaf, rule.demands)]
            if taken and len(barred) == len(taken):
                yield Finding("unreachable_condition", offer.id, {"rules": [rule.id]})
    for choice in _needed(offer.gives):
        met = [leaf for leaf in choice if isinstance(leaf, Met)]
        by = [next((rule.id for rule in rule_set.exclusions if _within(leaf.where, rule.into)), "") for leaf in met]
        if met and all(by):
            yield Finding("unreachable_excluded", offer.id, {"rules": sorted(set(by))})


def _level_possible(leaf: Taken) -> bool:
    wanted, levels = leaf.demands.level_at_least, leaf.which.levels
    return not wanted or not levels or any(at_least(level, wanted) for level in levels)


def _never_meets(leaf: Taken, demands: Demands) -> bool:
    levels = leaf.which.levels
    low = bool(demands.level_at_least and levels) and not any(at_least(one, demands.level_at_least) for one in levels)
    return low or _clash(leaf.demands, demands)


def _caps(rule_set: RuleSet) -> Iterator[Finding]:
    for cap in rule_set.caps:
        if 0 in (cap.credits, cap.percent, cap.count):
            yield Finding("cap_of_nothing", cap.id)
    for place, cap in enumerate(rule_set.caps):
        if cap.percent == _WHOLE and cap.percent_of == "into" and cap.each in ("", "category"):
            yield Finding("cap_never_binds", cap.id, {"rules": ["course-once"]})
            continue
        for other_place, other in enumerate(rule_set.caps):
            if place != other_place and _implies(other, cap) and not (_implies(cap, other) and place < other_place):
                yield Finding("cap_never_binds", cap.id, {"rules": [other.id]})
                break
        for rule in rule_set.residency:
            both = cap.percent is not None and rule.percent is not None and cap.percent_of == "programme"
            if both and (cap.percent or 0) >= _WHOLE - (rule.percent or 0):
                yield Finding("cap_never_binds", cap.id, {"rules": [rule.id]})


def _implies(strict: Cap, loose: Cap) -> bool:
    """Tell whether what keeps one cap keeps the other: it speaks of as much, or more, and allows as little, or less."""
    if not (_within(loose.of, strict.of) and _within(loose.into, strict.into)) or strict.each not in ("", loose.each):
        return False
    if strict.percent is not None and loose.percent is not None:
        same_whole = strict.percent_of == loose.percent_of and (
            strict.percent_of == "programme" or strict.into == loose.into
        )
        each_alike = strict.each == loose.each or strict.percent_of == "programme"
        return same_whole and each_alike and strict.percent <= loose.percent
    for name in ("credits", "count"):
        less, more = getattr(strict, name), getattr(loose, name)
        if less is not None and more is not None:
            return bool(less <= more)
    return False


def _ceilings(ceilings: Sequence[Ceiling], courses: Sequence[Course]) -> Iterator[Finding]:
    for level in sorted({level for ceiling in ceilings for level in ceiling.levels}):
        over = [ceiling for ceiling in ceilings if level in ceiling.levels and ceiling.of == Which()]
        if over and not any(all(not one.classes.isdisjoint(course.classes) for one in over) for course in courses):
            yield Finding("ceilings_contradict", over[-1].id, {"rules": [one.id for one in over], "level": level})


def _here(offer: Offer, rule_set: RuleSet, programme: Programme) -> Iterator[Finding]:
    wheres = [leaf.where for leaf in leaves(offer.gives) if isinstance(leaf, Met)]
    there = [course for course in programme.courses if any(is_there(course, where) for where in wheres)]
    if not there:
        yield Finding("no_course_here", offer.id)
        return
    codes = {course.code for course in programme.courses}
    absent = [code for code in offer.needs if code not in codes]
    if absent:
        yield Finding("needs_no_course_here", offer.id, {"courses": absent})
    least = 0 if any(course.open for course in there) else min(hundredths(course.credits) for course in there)
    if offer.worth is not None:
        reach = offer.worth * _most_taken(offer.takes) * offer.ratio // 100 + offer.tolerance
        if reach < least:
            yield Finding("unreachable_worth", offer.id, {"worth": amount_text(reach)})
    levels = [leaf.which.levels for leaf in leaves(offer.takes) if isinstance(leaf, Taken)]
    for ceiling in rule_set.ceilings:
        under = all(own and own <= ceiling.levels for own in levels) and ceiling.of == Which()
        if under and all(ceiling.classes.isdisjoint(course.classes) for course in there):
            yield Finding("unreachable_ceiling", offer.id, {"rules": [ceiling.id]})


def _most_taken(tree: Tree) -> int:
    """Return how many outcomes an offer takes at most."""
    if isinstance(tree, AllOf):
        return sum(_most_taken(part) for part in tree.parts)
    if isinstance(tree, AnyOf):
        return max(_most_taken(part) for part in tree.parts)
    return 1


def _caps_here(rule_set: RuleSet, programme: Programme) -> Iterator[Finding]:
    sizes = {course.code: hundredths(course.credits) for course in programme.courses}
    asked = sum(sizes.values()) if programme.credits is None else hundredths(programme.credits)
    for cap in rule_set.caps:
        there = [course for course in programme.courses if _counts(course, cap.into, rule_set)]
        every = sum(sizes[course.code] for course in there)
        limit = cap.credits
        if cap.percent is not None and cap.percent_of == "programme":
            limit = asked * cap.percent // _WHOLE
        if limit is not None and every <= limit:
            yield Finding("cap_above_all", cap.id, {"all": amount_text(every)})


def _counts(course: Course, into: Where, rule_set: RuleSet) -> bool:
    """Tell whether a course could count under a cap: it is meant, not excluded, and some offer gives it."""
    given = any(
        is_there(course, leaf.where)
        for offer in rule_set.offers
        for leaf in leaves(offer.gives)
        if isinstance(leaf, Met)
    )
    return given and is_there(course, into) and not any(is_there(course, rule.into) for rule in rule_set.exclusions)
