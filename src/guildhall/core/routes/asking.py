"""What chances and goals ask for, leaf by leaf, and which chances bring it: the graph on which ways are searched.

A leaf is one condition of the rules of eligibility, one wish of a requirement, or so much conversion. It is never judged here: the
days on which it holds are those that the condition or the wish itself names for a record, so this graph and the judgement of a
finished way cannot disagree about a leaf.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from guildhall.core.eligibility import NoEligibilityRulesError, Rules, Standard
from guildhall.core.eligibility.conditions import Award, Condition, SchoolDiploma, TrainingHours, Windows, Work
from guildhall.core.eligibility.days import FOREVER
from guildhall.core.record import DIPLOMAS, Diploma, HeldAward, Record, Training
from guildhall.core.routes.chances import Chance, Convert, with_facts
from guildhall.core.routes.offers import Study
from guildhall.core.routes.requirement import Covers, HoldsCertificate, HoldsDiploma, HoldsLicence, IsRecent, Node, Wish
from guildhall.core.routes.seen import Ground, Seen
from guildhall.core.routes.spans import Span, first_in, united

NOTHING: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Leaf:
    """One thing asked for: exactly one of ``condition`` (as ``standard`` sees it for ``occupation``), ``node``, ``study``.

    ``sums``: several chances may be needed together.
    """

    condition: Condition | None = None
    standard: Standard | None = None
    occupation: str = ""
    node: Node | None = None
    study: Chance | None = None

    @property
    def sums(self) -> bool:
        """Whether several chances together may do what none does alone."""
        if self.node is not None:
            return isinstance(self.node.wish, Covers)
        return self.study is not None or isinstance(_dated(self.condition), TrainingHours)


@dataclass(frozen=True, slots=True)
class Ask:
    """A tree of leaves (by number), each within days: ``all`` or ``any`` of the parts, or (``leaf`` not negative) one leaf."""

    join: str
    parts: tuple[Ask, ...] = ()
    leaf: int = -1
    lo: int = 0
    hi: int = 0
    after: int = -1

    def leaves(self) -> Iterator[int]:
        """Yield the numbers of the leaves."""
        if self.leaf >= 0:
            yield self.leaf
        for part in self.parts:
            yield from part.leaves()


FREE: Final = Ask("all")
"""Asks for nothing."""

NEVER_MET: Final = Ask("any")
"""Asks for what nothing brings."""


class Asking:
    """A record, the chances, and what stands between them."""

    def __init__(
        self,
        record: Record,
        chances: Sequence[Chance],
        *,
        on: date,
        ground: Ground,
        rules: Rules,
        convert: Convert | None = None,
    ) -> None:
        self.record = record
        self.chances = chances
        self.on = on
        self.ground = ground
        self.rules = rules
        self.convert = convert
        self.leaves: list[Leaf] = []
        self._numbers: dict[tuple[int, ...], int] = {}
        self._asks: dict[int, Ask] = {}
        self._of_level: dict[tuple[str, str], list[tuple[Standard, int, int, Ask]]] = {}
        self._touching: dict[int, tuple[int, ...]] = {}
        self._alone: dict[tuple[int, int], list[Span]] = {}
        self._spans: dict[tuple[int, frozenset[int]], list[Span]] = {}
        self._stretches: dict[frozenset[str], Windows] = {}
        self._bare = Record(record.born_on, record.jobs)
        self._by: Mapping[tuple[str, str], list[int]] = _index(chances)

    # ── what is asked ────────────────────────────────────────────────────────────────────────────────────────────────

    def of_node(self, node: Node, lo: int, hi: int) -> Ask:
        """Return a requirement as what is asked within days."""
        if node.wish is not None:
            return Ask("", leaf=self._leaf((id(node),), Leaf(node=node)), lo=lo, hi=hi)
        return Ask(node.join, tuple(self.of_node(part, lo, hi) for part in node.parts))

    def of_chance(self, number: int) -> Ask:
        """Return what must be fulfilled to take a chance."""
        if number not in self._asks:
            self._asks[number] = self._asked(self.chances[number])
        return self._asks[number]

    def _asked(self, chance: Chance) -> Ask:
        if chance.kind == "sitting" and isinstance(chance.fact, HeldAward):
            return self._eligible(chance, chance.fact)
        parts = [] if chance.needs is None else [self.of_node(chance.needs, chance.opens, chance.until)]
        if chance.converted:
            leaf = self._leaf((id(chance),), Leaf(study=chance))
            parts.append(Ask("", leaf=leaf, lo=chance.until, hi=chance.until))
        return Ask("all", tuple(parts))

    def _eligible(self, chance: Chance, fact: HeldAward) -> Ask:
        try:
            editions = self.rules.editions(fact.occupation)
        except NoEligibilityRulesError:
            return NEVER_MET
        clauses = []
        for standard in editions:
            lo, hi = max(chance.opens, standard.in_force[0]), min(chance.until, standard.in_force[1])
            for clause in standard.levels.get(fact.level, ()) if lo <= hi else ():
                leaves = [
                    self._leaf(
                        (id(condition), id(standard), hash(fact.occupation)),
                        Leaf(condition=condition, standard=standard, occupation=fact.occupation),
                    )
                    for condition in clause.conditions
                ]
                clauses.append(Ask("all", tuple(Ask("", leaf=leaf, lo=lo, hi=hi) for leaf in leaves)))
        return Ask("any", tuple(clauses))

    def _leaf(self, key: tuple[int, ...], leaf: Leaf) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self.leaves)
            self.leaves.append(leaf)
        return self._numbers[key]

    # ── what brings it ───────────────────────────────────────────────────────────────────────────────────────────────

    def touching(self, leaf: int) -> tuple[int, ...]:
        """Return the chances that add to a leaf, in their order."""
        if leaf not in self._touching:
            about = {number for key in self._about(self.leaves[leaf]) for number in self._by.get(key, ())}
            own = self.leaves[leaf]
            if not own.sums:
                base = self.spans(leaf, NOTHING)
                about = {one for one in about if _adds(base, self.alone(leaf, one))}
            elif own.study is not None:
                about = {one for one in about if self.chances[one].done <= own.study.until}
            self._touching[leaf] = tuple(sorted(about))
        return self._touching[leaf]

    def alone(self, leaf: int, number: int) -> list[Span]:
        """Return the days on which a leaf holds by one chance, beside jobs, without the rest of the record."""
        key = (leaf, number)
        if key not in self._alone:
            self._alone[key] = self._days(self.leaves[leaf], with_facts(self._bare, [self.chances[number].fact]))
        return self._alone[key]

    def spans(self, leaf: int, chosen: frozenset[int]) -> list[Span]:
        """Return the days on which a leaf holds by the record and some chances."""
        mine = chosen.intersection(self.touching(leaf)) if chosen else NOTHING
        key = (leaf, mine)
        if key not in self._spans:
            own = self.leaves[leaf]
            if own.sums or not mine:
                facts = (self.chances[one].fact for one in sorted(mine))
                self._spans[key] = self._days(own, with_facts(self.record, facts) if mine else self.record)
            else:
                every = (self.alone(leaf, one) for one in mine)
                self._spans[key] = united([*self.spans(leaf, NOTHING), *(span for one in every for span in one)])
        return self._spans[key]

    def holds(self, ask: Ask, chosen: frozenset[int]) -> bool:
        """Tell whether each leaf of a tree (one of ``any``) holds some day within its days; not whether all do on one day."""
        if ask.leaf >= 0:
            return first_in(self.spans(ask.leaf, chosen), ask.lo) <= ask.hi
        held = (self.holds(part, chosen) for part in ask.parts)
        return all(held) if ask.join == "all" else any(held)

    def in_time(self, ask: Ask, number: int) -> bool:
        """Tell whether one chance alone fulfils a leaf within its days (for a sum: is there in time to count)."""
        if self.leaves[ask.leaf].sums:
            return self.chances[number].done <= ask.hi
        return first_in(self.alone(ask.leaf, number), ask.lo) <= ask.hi

    def lacking(self, leaf: int, hi: int, chosen: frozenset[int]) -> int:
        """Return how many hours of training a leaf lacks on a day; 0 for other leaves."""
        own = self.leaves[leaf]
        condition = _dated(own.condition)
        if not isinstance(condition, TrainingHours) or own.standard is None:
            return 0
        mine = chosen.intersection(self.touching(leaf))
        record = with_facts(self.record, (self.chances[one].fact for one in mine))
        held = own.standard.seen(record, own.occupation, {})
        missing = condition.missing(held, hi, FOREVER + 1)
        return max(0, missing[0].hours)

    def _days(self, leaf: Leaf, record: Record) -> list[Span]:
        if leaf.node is not None:
            return leaf.node.spans(Seen(record, self.ground))
        if leaf.condition is not None and leaf.standard is not None:
            return united(leaf.condition.windows(leaf.standard.seen(record, leaf.occupation, self._stretches)))
        assert leaf.study is not None
        return [(1, FOREVER)] if self.converts(leaf.study, record) else []

    def converts(self, chance: Chance, record: Record) -> bool:
        """Tell whether so much is converted on the last day of application as a study of so few terms needs."""
        if not chance.converted:
            return True
        if self.convert is None or not isinstance(chance.offer, Study):
            return False
        return self.convert(chance.offer, record, date.fromordinal(chance.until)) >= chance.converted

    def _about(self, leaf: Leaf) -> Iterator[tuple[str, str]]:
        if leaf.study is not None:
            yield from (key for key in self._by if key[0] in ("award", "training"))
        elif leaf.node is not None and leaf.node.wish is not None:
            yield from _about_wish(leaf.node.wish)
        elif leaf.standard is not None:
            condition = _dated(leaf.condition)
            held = leaf.standard.seen(self._bare, leaf.occupation, self._stretches)
            counted = held.with_related if getattr(condition, "related", False) else held.own
            if isinstance(condition, Award):
                yield from (("award", one) for one in counted)
            elif isinstance(condition, TrainingHours):
                yield from (("training", f"{one}/{condition.level}") for one in counted)
            elif isinstance(condition, SchoolDiploma):
                yield from (("diploma", kind) for kind in condition.diplomas)


def _dated(condition: Condition | None) -> Condition | None:
    """Return the condition that facts other than jobs can fulfil: that after which work counts, or itself."""
    return condition.after if isinstance(condition, Work) else condition


def _about_wish(wish: Wish) -> Iterable[tuple[str, str]]:
    if isinstance(wish, HoldsCertificate | IsRecent):
        return [("award", one) for one in (wish.occupation, *wish.related)]
    if isinstance(wish, Covers):
        return [("award", wish.occupation)]
    if isinstance(wish, HoldsLicence):
        return [("licence", code) for code in wish.codes]
    return [("diploma", kind) for kind in DIPLOMAS] if isinstance(wish, HoldsDiploma) else []


def _index(chances: Sequence[Chance]) -> Mapping[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, one in enumerate(chances):
        fact = one.fact
        if isinstance(fact, HeldAward):
            found["award", fact.occupation].append(number)
        elif isinstance(fact, Training):
            found["training", f"{fact.occupation}/{fact.level}"].append(number)
        elif isinstance(fact, Diploma):
            found["diploma", fact.kind].append(number)
        else:
            found["licence", fact.code].append(number)
    return dict(found)


def _adds(base: Sequence[Span], more: Sequence[Span]) -> bool:
    return united([*base, *more]) != list(base)
