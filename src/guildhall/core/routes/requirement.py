"""What a post asks for: a tree of wishes. Each kind of wish is a class that says on which days a record fulfils it, and by what.

Everything else follows from :meth:`Wish.evidence`: whether it is fulfilled on a day, and the first day on which it is by
waiting. So "matches" and "the first day" can never disagree.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, Final

from guildhall.core.codes.level import LEVELS, rung
from guildhall.core.coverage import Coverage
from guildhall.core.eligibility.conditions import Held, Work
from guildhall.core.eligibility.days import FOREVER, plus_months
from guildhall.core.outcome import LADDERS, at_least
from guildhall.core.routes.seen import Pairs, Seen, share_of
from guildhall.core.routes.spans import Evidence, Span, common, first_in, united

VIA: Final = ("scheme", "level", "related")
"""How something counts that is not the very thing asked for: the parallel scheme, a higher level, a related occupation."""


class Wish(ABC):
    """What all kinds have in common. ``legal``: the law asks for it, so that it is never met in part."""

    __slots__ = ()
    kind: ClassVar[str]
    legal: ClassVar[bool] = False

    @abstractmethod
    def evidence(self, seen: Seen) -> list[Evidence]:
        """Return the stretches of days in which the record fulfils the wish, in any order."""

    def as_json(self) -> dict[str, Any]:
        """Return the wish as a post writes it."""
        members: tuple[str, ...] = tuple(self.__dataclass_fields__)  # type: ignore[attr-defined]
        return {"kind": self.kind, **{name: _plain(getattr(self, name)) for name in members}}


@dataclass(frozen=True, slots=True)
class HoldsCertificate(Wish):
    """A certificate of an occupation, at least of a level, of one of these schemes (none: of any).

    A scheme recognised like one of them, a higher level, or a related occupation (with its penalty in percent) is equivalent.
    """

    kind: ClassVar[str] = "certificate"
    occupation: str
    level: str
    schemes: tuple[str, ...] = ()
    related: Mapping[str, int] = field(default_factory=dict)

    def evidence(self, seen: Seen) -> list[Evidence]:
        """See the base class."""
        wanted, found = rung(self.level), []
        for one in seen.certificates:
            penalty = 0 if one.occupation == self.occupation else self.related.get(one.occupation)
            if penalty is None or rung(one.level) < wanted:
                continue
            via = []
            if self.schemes and one.scheme not in self.schemes:
                alike = seen.ground.alike
                if one.scheme not in alike or alike.isdisjoint(self.schemes):
                    continue
                via.append("scheme")
            if rung(one.level) > wanted:
                via.append("level")
            if one.occupation != self.occupation:
                via.append("related")
            found.append(Evidence(one.start, one.end, (one.at,), tuple(via), penalty))
        return found


@dataclass(frozen=True, slots=True)
class HoldsLicence(Wish):
    """An entry licence that the law asks for: one of these codes, in force."""

    kind: ClassVar[str] = "licence"
    legal: ClassVar[bool] = True
    codes: tuple[str, ...]

    def evidence(self, seen: Seen) -> list[Evidence]:
        """See the base class."""
        return [Evidence(start, end, (at,)) for at, start, end in seen.licences(frozenset(self.codes))]


@dataclass(frozen=True, slots=True)
class Covers(Wish):
    """Competencies of a level of an occupation's standard (``numbers`` none: all), covered for at least so many percent."""

    kind: ClassVar[str] = "competencies"
    occupation: str
    level: str
    numbers: tuple[str, ...] = ()
    percent: int = 100

    def evidence(self, seen: Seen) -> list[Evidence]:
        """See the base class."""
        standard = seen.ground.standards.get(self.occupation)
        if standard is None or self.level not in standard.levels:
            return []
        held = seen.competencies(standard)
        if not held:
            return []
        turns = sorted({start for _, _, start, _ in held} | {end + 1 for _, _, _, end in held if end < FOREVER})
        found = []
        for day, following in zip(turns, [*turns[1:], FOREVER + 1], strict=True):
            now = [(at, pairs) for at, pairs, start, end in held if start <= day <= end]
            if now and self.share(seen, frozenset().union(*(pairs for _, pairs in now))) * 100 >= self.percent:
                found.append(Evidence(day, following - 1, tuple(at for at, pairs in now if pairs)))
        return found

    def on(self, seen: Seen, day: int) -> Coverage | None:
        """Return what the record covers on a day; None where there is no standard to judge by."""
        standard = seen.ground.standards.get(self.occupation)
        if standard is None or self.level not in standard.levels:
            return None
        held = [pairs for _, pairs, start, end in seen.competencies(standard) if start <= day <= end]
        return seen.ground.coverage(standard, self.level, frozenset().union(*held))

    def share(self, seen: Seen, pairs: Pairs) -> Fraction:
        """Return the share that competencies cover. There must be a standard."""
        coverage = seen.ground.coverage(seen.ground.standards[self.occupation], self.level, pairs)
        return share_of(coverage, frozenset(self.numbers))


@dataclass(frozen=True, slots=True)
class HoldsDiploma(Wish):
    """An academic qualification of a kind or a higher one; in one of these majors (none: in any)."""

    kind: ClassVar[str] = "academic"
    diploma: str
    majors: tuple[str, ...] = ()

    def evidence(self, seen: Seen) -> list[Evidence]:
        """See the base class."""
        found = []
        for at, kind, major, start in seen.diplomas:
            if at_least(kind, self.diploma) and (not self.majors or major in self.majors):
                higher = LADDERS[kind][1] > LADDERS[self.diploma][1]
                found.append(Evidence(start, FOREVER, (at,), ("level",) if higher else ()))
        return found


@dataclass(frozen=True, slots=True)
class IsRecent(Wish):
    """A certificate awarded, or work done, in the occupation within so many months."""

    kind: ClassVar[str] = "recent"
    occupation: str
    months: int
    related: Mapping[str, int] = field(default_factory=dict)
    of: tuple[str, ...] = ("award", "work")

    def evidence(self, seen: Seen) -> list[Evidence]:
        """See the base class."""
        found: list[Evidence] = []
        if "award" in self.of:
            for one in seen.certificates:
                until = min(one.end, plus_months(one.start, self.months))
                found += self._by(one.occupation, one.start, until, one.at)
        if "work" in self.of:
            for index, job in enumerate(seen.record.jobs):
                until = FOREVER if job.ends_on is None else plus_months(job.ends_on.toordinal(), self.months)
                found += self._by(job.occupation, job.starts_on.toordinal(), until, f"jobs[{index}]")
        return found

    def _by(self, occupation: str, start: int, end: int, at: str) -> Iterator[Evidence]:
        if occupation == self.occupation:
            yield Evidence(start, end, (at,))
        elif occupation in self.related:
            yield Evidence(start, end, (at,), ("related",), self.related[occupation])


@dataclass(frozen=True, slots=True)
class HasWorked(Wish):
    """So many months of work in the occupation, counted as the rules of eligibility count them."""

    kind: ClassVar[str] = "work"
    occupation: str
    months: int
    related: Mapping[str, int] = field(default_factory=dict)

    def evidence(self, seen: Seen) -> list[Evidence]:
        """See the base class."""
        found = [Evidence(self.first(seen, related=False), FOREVER, ("jobs",))]
        if self.related:
            start = self.first(seen, related=True)
            found.append(Evidence(start, FOREVER, ("jobs",), ("related",), max(self.related.values())))
        return [one for one in found if one.start <= FOREVER]

    def first(self, seen: Seen, *, related: bool) -> int:
        """Return the first day with so much work."""
        return Work(self.months, related).first(self.held(seen), 1)

    def held(self, seen: Seen) -> Held:
        """Return the record as the rules of eligibility would see it for this occupation."""
        own = frozenset((self.occupation,))
        return Held(seen.record, own, own.union(self.related), frozenset(), seen.stretches)


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree: ``all`` or ``any`` of its parts, or (``wish``) a leaf.

    Shape:  ``join`` is ``all``, ``any`` or empty; a leaf has no parts.
    """

    id: str
    text: Mapping[str, str]
    join: str = ""
    parts: tuple[Node, ...] = ()
    wish: Wish | None = None

    def spans(self, seen: Seen) -> list[Span]:
        """Return the days on which the record fulfils the node."""
        if self.wish is not None:
            return united((one.start, one.end) for one in self.wish.evidence(seen))
        laid = [part.spans(seen) for part in self.parts]
        return common(laid) if self.join == "all" else united(span for one in laid for span in one)

    def first(self, seen: Seen, day: int) -> int:
        """Return the first day, not before ``day``, on which the node is fulfilled; ``NEVER`` if not by waiting."""
        return first_in(self.spans(seen), day)

    def leaves(self) -> Iterator[Node]:
        """Yield the leaves, as they stand."""
        if self.wish is not None:
            yield self
        for part in self.parts:
            yield from part.leaves()


def lines_of(node: Node) -> tuple[Node, ...]:
    """Return what counts as one requirement each: the parts of ``all``, through ``all`` in ``all``; ``any`` counts as one."""
    if node.join != "all":
        return (node,)
    return tuple(line for part in node.parts for line in lines_of(part))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return [{"occupation": occupation, "penalty": penalty} for occupation, penalty in value.items()]
    return list(value) if isinstance(value, tuple) else value


def levels_from(level: str) -> list[str]:
    """Return a level and all above it, lowest first."""
    return [code for code in LEVELS if rung(code) >= rung(level)]
