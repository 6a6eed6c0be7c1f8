"""The kinds of condition, each in a class: when it is met, and what is missing where it is not.

Every condition answers one question, :meth:`first`: the first day, from a given day on, on which it is met. It is met *on*
that given day where the answer is the day itself. Nothing else decides, so "eligible" and "the first eligible day" can
never disagree.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, NamedTuple

from guildhall.core.codes.level import LEVELS
from guildhall.core.eligibility.days import FOREVER, NEVER, date_of, merged, plus_months, reached, remaining, span
from guildhall.core.record import Record

Windows = list[tuple[int, int]]
"""Times in which something holds: first and last day as ordinals, both included."""

_AT_LEAST = {
    code: frozenset(other for other, higher in LEVELS.items() if higher.rung >= level.rung)
    for code, level in LEVELS.items()
}


class Held:
    """A record as one standard sees it: which occupations and majors count.

    ``stretches`` remembers work by the occupations that count, and may be shared by the views of several standards.
    """

    __slots__ = ("majors", "own", "record", "stretches", "with_related")

    def __init__(
        self,
        record: Record,
        own: frozenset[str],
        with_related: frozenset[str],
        majors: frozenset[str],
        stretches: dict[frozenset[str], Windows],
    ) -> None:
        self.record = record
        self.own = own
        self.with_related = with_related
        self.majors = majors
        self.stretches = stretches

    def work(self, counted: frozenset[str]) -> Windows:
        """Return the stretches worked in these occupations (first day, day after the last), each day once."""
        laid = self.stretches.get(counted)
        if laid is None:
            laid = self.stretches[counted] = merged(
                [
                    (job.starts_on.toordinal(), NEVER if job.ends_on is None else job.ends_on.toordinal() + 1)
                    for job in self.record.jobs
                    if job.occupation in counted
                ]
            )
        return laid


# A named tuple: a hundred thousand answers are made of these, and a frozen dataclass takes four times as long to make.
# For the same reason it keeps days as they are counted, and says them as dates, months and days when asked.
class Missing(NamedTuple):
    """One thing that is missing.

    Shape:  ``code`` one of ``sentences.MISSING``; ``first`` the first day on which the condition is met, ``NEVER`` if
            waiting does not help; the time that is missing lies between the days ``start`` and ``goal``.
    Units:  days as ordinals; ``hours`` of training.
    """

    code: str
    condition: Condition
    first: int = NEVER
    start: int = 1
    goal: int = 1
    hours: int = 0

    @property
    def first_on(self) -> date | None:
        """The first day on which the condition is met; None where waiting does not help."""
        return date_of(self.first)

    @property
    def time(self) -> tuple[int, int]:
        """The time that is missing: whole months, and the days that remain."""
        return span(self.start, self.goal)


class Condition(ABC):
    """What all kinds have in common."""

    __slots__ = ()
    kind: ClassVar[str]

    @abstractmethod
    def windows(self, held: Held) -> Windows:
        """Return the times in which the record meets the condition, in any order."""

    @abstractmethod
    def missing(self, held: Held, day: int, first: int) -> tuple[Missing, ...]:
        """Return what is missing on a day on which the condition is not met; ``first`` is what :meth:`first` answered."""

    def first(self, held: Held, day: int) -> int:
        """Return the first day, not before ``day``, on which the condition is met; ``NEVER`` if there is none."""
        best = NEVER
        for start, end in self.windows(held):
            if day <= end and start <= end and start < best:
                if start <= day:
                    return day
                best = start
        return best

    def as_json(self) -> dict[str, Any]:
        """Return the condition as the rules write it."""
        members: tuple[str, ...] = tuple(self.__slots__)
        return {"kind": self.kind, **{member: getattr(self, member) for member in members}}

    def _not_yet(self, day: int, first: int) -> Missing:
        return Missing(f"{self.kind}_not_yet", self, first, day, first)


@dataclass(frozen=True, slots=True)
class Age(Condition):
    """So many years of age, from the birthday on."""

    kind: ClassVar[str] = "age"
    years: int

    def windows(self, held: Held) -> Windows:
        """See the base class."""
        born_on = held.record.born_on
        return [] if born_on is None else [(plus_months(born_on.toordinal(), 12 * self.years), FOREVER)]

    def missing(self, held: Held, day: int, first: int) -> tuple[Missing, ...]:  # noqa: ARG002 - as the base class
        """See the base class."""
        return (Missing("birth_date_missing", self) if first == NEVER else self._not_yet(day, first),)


@dataclass(frozen=True, slots=True)
class Award(Condition):
    """A certificate of this level or a higher one, held for so many months."""

    kind: ClassVar[str] = "award"
    level: str
    related: bool = True
    months: int = 0

    def windows(self, held: Held) -> Windows:
        """See the base class."""
        counted = held.with_related if self.related else held.own
        levels, found = _AT_LEAST[self.level], []
        for award in held.record.awards:
            if award.level in levels and award.occupation in counted:
                start = award.awarded_on.toordinal()
                end = FOREVER if award.valid_until is None else award.valid_until.toordinal()
                found.append((plus_months(start, self.months) if self.months else start, end))
        return found

    def missing(self, held: Held, day: int, first: int) -> tuple[Missing, ...]:
        """See the base class."""
        if first != NEVER:
            return (self._not_yet(day, first),)
        return (Missing("award_ended" if self.windows(held) else "award_missing", self),)


@dataclass(frozen=True, slots=True)
class CompletedApprenticeship(Condition):
    """An apprenticeship completed."""

    kind: ClassVar[str] = "apprenticeship"
    related: bool = True

    def windows(self, held: Held) -> Windows:
        """See the base class."""
        counted = held.with_related if self.related else held.own
        return [
            (one.completed_on.toordinal(), FOREVER)
            for one in held.record.apprenticeships
            if one.completed_on is not None and one.occupation in counted
        ]

    def missing(self, held: Held, day: int, first: int) -> tuple[Missing, ...]:  # noqa: ARG002 - as the base class
        """See the base class."""
        return (Missing("apprenticeship_missing", self) if first == NEVER else self._not_yet(day, first),)


@dataclass(frozen=True, slots=True)
class TrainingHours(Condition):
    """So many hours of training towards this level, all trainings together."""

    kind: ClassVar[str] = "training"
    hours: int
    level: str
    related: bool = False

    def _proved(self, held: Held) -> list[tuple[int, int]]:
        counted = held.with_related if self.related else held.own
        return sorted(
            (one.completed_on.toordinal(), one.hours)
            for one in held.record.trainings
            if one.level == self.level and one.occupation in counted
        )

    def windows(self, held: Held) -> Windows:
        """See the base class."""
        total = 0
        for day, hours in self._proved(held):
            total += hours
            if total >= self.hours:
                return [(day, FOREVER)]
        return []

    def missing(self, held: Held, day: int, first: int) -> tuple[Missing, ...]:
        """See the base class."""
        lacks = self.hours - sum(hours for on, hours in self._proved(held) if on <= day)
        return (Missing("training_short", self, first, hours=lacks),)


@dataclass(frozen=True, slots=True)
class SchoolDiploma(Condition):
    """A diploma of one of these kinds; ``related``: in a major that the standard lists."""

    kind: ClassVar[str] = "diploma"
    diplomas: tuple[str, ...]
    related: bool = True
    final_year: bool = False
    evaluated: bool = False

    def windows(self, held: Held) -> Windows:
        """See the base class."""
        found: Windows = []
        for one in held.record.diplomas:
            if (
                one.kind in self.diplomas
                and (not self.related or one.major in held.majors)
                and (one.evaluated or not self.evaluated)
            ):
                start = one.graduates_on.toordinal()
                if self.final_year:
                    begins = one.final_year_from
                    start = plus_months(start, -12) if begins is None else begins.toordinal()
                found.append((start, FOREVER))
        return found

    def missing(self, held: Held, day: int, first: int) -> tuple[Missing, ...]:
        """See the base class."""
        return (Missing(self._lack(held), self) if first == NEVER else self._not_yet(day, first),)

    def _lack(self, held: Held) -> str:
        """Name the first thing that no diploma of the record has: the kind, the major, the evaluation."""
        if not held.record.diplomas:
            return "diploma_missing"
        of_kind = [one for one in held.record.diplomas if one.kind in self.diplomas]
        if not of_kind:
            return "diploma_missing"
        if self.related and not held.majors:
            return "majors_not_listed"
        if self.related and not any(one.major in held.majors for one in of_kind):
            return "major_not_related"
        return "diploma_not_evaluated"


@dataclass(frozen=True, slots=True)
class ProfessionalTitle(Condition):
    """A professional title of one of these ranks, held for so many months."""

    kind: ClassVar[str] = "title"
    ranks: tuple[str, ...]
    related: bool = True
    months: int = 0

    def windows(self, held: Held) -> Windows:
        """See the base class."""
        if not held.record.titles:
            return []
        counted = held.with_related if self.related else held.own
        return [
            (plus_months(one.granted_on.toordinal(), self.months), FOREVER)
            for one in held.record.titles
            if one.rank in self.ranks and one.occupation in counted
        ]

    def missing(self, held: Held, day: int, first: int) -> tuple[Missing, ...]:  # noqa: ARG002 - as the base class
        """See the base class."""
        return (Missing("title_missing", self) if first == NEVER else self._not_yet(day, first),)


@dataclass(frozen=True, slots=True)
class Work(Condition):
    """So many months of work; with ``after`` only days from when that condition was met count, and it must still hold."""

    kind: ClassVar[str] = "work"
    months: int
    related: bool = True
    after: Condition | None = None

    def windows(self, held: Held) -> Windows:
        """See the base class."""
        stretches = held.work(held.with_related if self.related else held.own)
        if self.after is None:
            return [(reached(stretches, 0, self.months), FOREVER)]
        return [(reached(stretches, start, self.months), end) for start, end in self.after.windows(held)]

    def first(self, held: Held, day: int) -> int:
        """See the base class; without ``after`` there is one time, which never ends."""
        if self.after is not None:
            return Condition.first(self, held, day)
        found = reached(held.work(held.with_related if self.related else held.own), 0, self.months)
        return found if found > day else day  # noqa: FURB136 - max() takes four times as long

    def missing(self, held: Held, day: int, first: int) -> tuple[Missing, ...]:
        """See the base class."""
        stretches = held.work(held.with_related if self.related else held.own)
        if self.after is None:
            return (Missing("work_short", self, first, *remaining(stretches, 0, self.months, day)),)
        opened = self.after.windows(held)
        begun = [start for start, end in opened if start <= day <= end]
        if not begun:
            lacks = Missing("work_short", self, first, day, plus_months(day, self.months))
            return (*self.after.missing(held, day, self.after.first(held, day) if opened else NEVER), lacks)
        nearest = min(
            (remaining(stretches, start, self.months, day) for start in begun), key=lambda two: two[1] - two[0]
        )
        return (Missing("work_short", self, first, *nearest),)

    def as_json(self) -> dict[str, Any]:
        """See the base class."""
        after = None if self.after is None else self.after.as_json()
        return {"kind": self.kind, "months": self.months, "related": self.related, "after": after}
