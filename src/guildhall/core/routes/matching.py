"""Does a record fit a post: met, equivalent or missing, line by line, and how far what is missing lies.

A person's name, sex, age and origin are nowhere asked: a record has no name, and no kind of wish reads the day of birth.
There are no weights: posts and people are ordered by counts, one after the other, as :meth:`Match.key` lists them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from guildhall.core.codes.level import rung
from guildhall.core.coverage import CoveredCell
from guildhall.core.eligibility import (
    Answer,
    LevelNotInRulesError,
    NoEligibilityRulesError,
    NoRulesInForceError,
    Rules,
    judge,
)
from guildhall.core.eligibility.conditions import Held
from guildhall.core.eligibility.days import NEVER, date_of, plus_months, remaining, span
from guildhall.core.record import Record
from guildhall.core.routes.post import Post
from guildhall.core.routes.requirement import (
    Covers,
    HasWorked,
    HoldsCertificate,
    Node,
    levels_from,
)
from guildhall.core.routes.seen import Ground, Seen, share_of
from guildhall.core.routes.spans import Evidence

MET, EQUIVALENT, MISSING = "met", "equivalent", "missing"


@dataclass(frozen=True, slots=True)
class Distance:
    """How far off something is that is missing.

    Shape:  ``first`` is the first day on which waiting alone brings it, ``NEVER`` if it does not. Of a certificate:
            ``next_level`` is the level to sit next, ``n_rungs`` how many rungs are still to climb, ``answer`` what the rules of
            eligibility say about it (None: no rules were given, or they say nothing). Of work: the time between ``start`` and
            ``goal``. Of competencies: ``share`` covered, ``gaps`` what is not (None: no standard to judge by).
    Units:  days as ordinals.
    """

    on: int
    first: int = NEVER
    next_level: str = ""
    n_rungs: int = 0
    answer: Answer | None = None
    start: int = 1
    goal: int = 1
    share: Fraction | None = None
    gaps: tuple[CoveredCell, ...] = ()

    @property
    def first_on(self) -> date | None:
        """The first day on which waiting brings it; None where waiting does not help."""
        return date_of(self.first)

    @property
    def eligible(self) -> bool | None:
        """Whether the next certificate may be sat today; None where that cannot be judged."""
        return None if self.answer is None else self.answer.eligible

    @property
    def eligible_on(self) -> date | None:
        """The first day on which the next certificate may be sat by waiting."""
        return None if self.answer is None else self.answer.first_on

    @property
    def time(self) -> tuple[int, int]:
        """Whole months and days: of work that lacks, else until it comes by waiting, else until the next may be sat."""
        if self.goal > self.start:
            return span(self.start, self.goal)
        until = self.first if self.first != NEVER else self.eligible_on.toordinal() if self.eligible_on else self.on
        return span(self.on, until)


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement held against the record.

    Shape:  ``by``, ``via``, ``penalty`` as in :class:`spans.Evidence`; ``distance`` where a leaf is missing; ``parts`` of a
            requirement with alternatives.
    """

    node: Node
    verdict: str
    by: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    penalty: int = 0
    distance: Distance | None = None
    parts: tuple[Line, ...] = ()
    first: int = NEVER

    @property
    def fulfilled(self) -> bool:
        """Whether it is met or something equivalent is there."""
        return self.verdict != MISSING

    @property
    def legal(self) -> bool:
        """Whether the law asks for it: every way to fulfil it needs a licence."""
        return _legal(self.node)

    @property
    def first_on(self) -> date | None:
        """The first day on which it is fulfilled by waiting; None where waiting does not help."""
        return date_of(self.first)


def _legal(node: Node) -> bool:
    if node.wish is not None:
        return node.wish.legal
    return any(map(_legal, node.parts)) if node.join == "all" else all(map(_legal, node.parts))


@dataclass(frozen=True, slots=True)
class Match:
    """A record held against a post on a day.

    Shape:  ``lines`` what is required, ``preferred`` what is welcome, each in the order of the post; ``first``: the day, not
            before ``on``, on which waiting alone brings all that is required, as an ordinal (``NEVER``: not by waiting).
    """

    post: Post
    on: date
    lines: tuple[Line, ...]
    preferred: tuple[Line, ...]
    first: int

    def n(self, verdict: str) -> int:
        """Return how many requirements have a verdict."""
        return sum(line.verdict == verdict for line in self.lines)

    @property
    def fits(self) -> bool:
        """Whether nothing that is required is missing."""
        return not self.n(MISSING)

    @property
    def n_legal_missing(self) -> int:
        """How many requirements of the law are missing: there is no "partly" about them."""
        return sum(line.legal and not line.fulfilled for line in self.lines)

    @property
    def n_preferred(self) -> int:
        """How much of what is welcome is there."""
        return sum(line.fulfilled for line in self.preferred)

    @property
    def penalty(self) -> int:
        """The penalties of related occupations, summed. Units: percent."""
        return sum(line.penalty for line in self.lines)

    @property
    def share(self) -> Fraction:
        """How much of what is required is there, each requirement counting once."""
        return Fraction(sum(line.fulfilled for line in self.lines), len(self.lines))

    @property
    def first_on(self) -> date | None:
        """The first day on which waiting alone brings all that is required."""
        return date_of(self.first)

    @property
    def key(self) -> tuple[Fraction, int, int, int]:
        """What ranks are made of, smallest first: the share of what is required that is missing, then how much of it the law
        asks for, then the penalties, then how much of what is welcome is not there.
        """
        return 1 - self.share, *self.counts[1:]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """The same for matches with one post: how many requirements are missing, not which share."""
        return self.n(MISSING), self.n_legal_missing, self.penalty, len(self.preferred) - self.n_preferred


def match(post: Post, record: Record, *, on: date, ground: Ground, rules: Rules | None = None) -> Match:
    """Hold a record against a post.

    A fact of the record that is dated after ``on`` is a plan: it does not count on ``on``, and counts for the first day.

    Shape:  ``ground`` holds the standards by which competencies are judged, and the schemes recognised alike; ``rules`` those of
            eligibility, which tell how far a missing certificate is.
    """
    return _match(post, Seen(record, ground), on, rules)


def rank(
    posts: Iterable[Post], record: Record, *, on: date, ground: Ground, rules: Rules | None = None
) -> tuple[Match, ...]:
    """Return the matches of a record with posts, best first (:meth:`Match.key`, then employer and id of the post)."""
    seen = Seen(record, ground)
    found = [_match(post, seen, on, rules) for post in posts]
    return tuple(sorted(found, key=lambda one: (one.key, one.post.employer, one.post.id, one.post.edition)))


def rank_people(
    post: Post, people: Iterable[tuple[str, Record]], *, on: date, ground: Ground, rules: Rules | None = None
) -> tuple[tuple[str, Match], ...]:
    """Return the matches of people with a post, best first, then by their reference.

    Whether they want to be listed is the caller's to see to: give only people who do.
    """
    found = [(reference, _match(post, Seen(record, ground), on, rules)) for reference, record in people]
    return tuple(sorted(found, key=lambda one: (one[1].counts, one[0])))


def _match(post: Post, seen: Seen, on: date, rules: Rules | None) -> Match:
    day = on.toordinal()
    lines = tuple(line_of(node, seen, day, rules) for node in post.lines)
    preferred = tuple(line_of(node, seen, day, rules) for node in post.prefers)
    first = max(line.first for line in lines)  # where one line never comes, all together never do
    if day < first < NEVER:
        first = post.requires.first(seen, day)
    return Match(post, on, lines, preferred, first)


def line_of(node: Node, seen: Seen, day: int, rules: Rules | None) -> Line:
    """Hold a record against one requirement."""
    if node.wish is None:
        return _joined(node, tuple(line_of(part, seen, day, rules) for part in node.parts), seen, day)
    stretches = node.wish.evidence(seen)
    best: Evidence | None = None
    for one in stretches:
        if one.start <= day <= one.end and (best is None or _worth(one) < _worth(best)):
            best = one
    if best is not None:
        return Line(node, EQUIVALENT if best.via else MET, best.by, best.via, best.penalty, first=day)
    first = min((one.start for one in stretches if day < one.start <= one.end), default=NEVER)
    return Line(node, MISSING, distance=_distance(node, seen, day, first, rules), first=first)


def _worth(one: Evidence) -> tuple[int, int, tuple[str, ...]]:
    return one.penalty, len(one.via), one.by


def _joined(node: Node, parts: tuple[Line, ...], seen: Seen, day: int) -> Line:
    if node.join == "any":
        there = [part for part in parts if part.fulfilled]
        if not there:
            return Line(node, MISSING, parts=parts, first=node.first(seen, day))
        best = min(there, key=lambda part: (part.penalty, part.verdict == EQUIVALENT))
        return Line(node, best.verdict, best.by, best.via, best.penalty, parts=parts, first=day)
    if not all(part.fulfilled for part in parts):
        return Line(node, MISSING, parts=parts, first=node.first(seen, day))
    via = tuple(dict.fromkeys(word for part in parts for word in part.via))
    by = tuple(dict.fromkeys(place for part in parts for place in part.by))
    penalty = sum(part.penalty for part in parts)
    return Line(node, EQUIVALENT if via else MET, by, via, penalty, parts=parts, first=day)


def _distance(node: Node, seen: Seen, day: int, first: int, rules: Rules | None) -> Distance:
    wish = node.wish
    if isinstance(wish, HoldsCertificate):
        return _to_certificate(wish, seen, day, first, rules)
    if isinstance(wish, HasWorked):
        held = wish.held(seen)
        lacks = [
            _work_lacking(wish, held, day, related=related)
            for related in (False, True)
            if related <= bool(wish.related)
        ]
        start, goal = min(lacks, key=lambda two: two[1] - two[0])
        return Distance(day, first, start=start, goal=goal)
    if isinstance(wish, Covers):
        coverage = wish.on(seen, day)
        if coverage is None:
            return Distance(day, first)
        numbers = frozenset(wish.numbers)
        gaps = tuple(one for one in coverage.gaps if not numbers or not numbers.isdisjoint(one.cell.chain))
        return Distance(day, first, share=share_of(coverage, numbers), gaps=gaps)
    return Distance(day, first)


def _work_lacking(wish: HasWorked, held: Held, day: int, *, related: bool) -> tuple[int, int]:
    stretches = held.work(held.with_related if related else held.own)
    found = remaining(stretches, 0, wish.months, day)
    return found if found[1] > found[0] else (day, plus_months(day, wish.months))


def _to_certificate(wish: HoldsCertificate, seen: Seen, day: int, first: int, rules: Rules | None) -> Distance:
    """Say which certificate is next: the lowest level that would do, or the highest below it for which one is eligible."""
    held = [
        rung(one.level)
        for one in seen.certificates
        if one.occupation == wish.occupation and one.start <= day <= one.end
    ]
    n_rungs = rung(wish.level) - max((one for one in held if one < rung(wish.level)), default=0)
    if rules is None:
        return Distance(day, first, wish.level, n_rungs)
    answer = next_certificate(seen.record, rules, wish.occupation, wish.level, day)
    return Distance(day, first, wish.level if answer is None else answer.level, n_rungs, answer)


def next_certificate(record: Record, rules: Rules, occupation: str, level: str, day: int) -> Answer | None:
    """Return what the rules say of the certificate to sit next on the way to a level; None where they say nothing.

    The level itself if it may be sat today or by waiting; else the highest below it that may be sat today and is not held; else
    the highest below it that may be sat by waiting; else the level itself.
    """
    aimed = _judged(record, rules, occupation, level, day)
    if aimed is None or aimed.first_on is not None:
        return aimed
    below = [code for code in reversed(_LADDER) if rung(code) < rung(level)]
    had = max((rung(one.level) for one in record.awards if one.occupation == occupation), default=-1)
    found = [
        one for code in below if rung(code) > had and (one := _judged(record, rules, occupation, code, day)) is not None
    ]
    return next((one for one in found if one.eligible), next((one for one in found if one.first_on is not None), aimed))


_LADDER: Sequence[str] = levels_from("0")


def _judged(record: Record, rules: Rules, occupation: str, level: str, day: int) -> Answer | None:
    try:
        return judge(record, rules, occupation=occupation, level=level, on=date.fromordinal(day))
    except (NoEligibilityRulesError, NoRulesInForceError, LevelNotInRulesError):
        return None
