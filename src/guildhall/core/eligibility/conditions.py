"""The kinds of condition, each in a class: when it is met, and what is missing where it is not.

Every condition answers one question, :meth:`first`: the first day, from a given day on, on which it is met. It is met *on*
that given day where the answer is the day itself. Nothing else decides, so "eligible" and "the first eligible day" can
never disagree.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, NamedTuple

from guildhall.core.codes.level import rung
from guildhall.core.eligibility.days import FOREVER, NEVER, lacking, merged, plus_months, reached, span
from guildhall.core.record import Record

Windows = list[tuple[int, int]]
"""Times in which something holds: first and last day as ordinals, both included."""


class Held:
    """A record as one standard sees it: which occupations and majors count."""

    __slots__ = ("_own", "_with_related", "majors", "occupation", "occupations", "record")

    def __init__(self, record: Record, occupation: str, occupations: frozenset[str], majors: frozenset[str]) -> None:
        self.record = record
        self.occupation = occupation
        self.occupations = occupations
        self.majors = majors
        self._own: Windows | None = None
        self._with_related: Windows | None = None

    def counts(self, occupation: str, *, related: bool) -> bool:
        """Tell whether work or a certificate in this occupation counts."""
        return occupation == self.occupation or (related and occupation in self.occupations)

    def work(self, *, related: bool) -> Windows:
        """Return the stretches worked (first day, day after the last), each day once."""
        laid = self._with_related if related else self._own
        if laid is None:
            laid = merged(
                (job.starts_on.toordinal(), NEVER if job.ends_on is None else job.ends_on.toordinal() + 1)
                for job in self.record.jobs
                if job.occupation == self.occupation or (related and job.occupation in self.occupations)
            )
            if related:
                self._with_related = laid
            else:
                self._own = laid
        return laid


# A named tuple: a hundred thousand answers are made of these, and a frozen dataclass takes four times as long to make.
class Missing(NamedTuple):
    """One thing that is missing.

    Shape:  ``code`` one of ``sentences.MISSING``; ``first_on`` None where waiting does not help.
    Units:  ``months`` and ``days`` together are the time that is missing; ``hours`` of training.
    """

    code: str
    condition: Condition
    first_on: date | None = None
    months: int = 0
    days: int = 0
    hours: int = 0


class Condition(ABC):
    """What all kinds have in common."""

    __slots__ = ()
    kind: ClassVar[str]

    @abstractmethod
    def windows(self, held: Held) -> Windows:
        """Return the times in which the record meets the condition, in any order."""

    @abstractmethod
    def missing(self, held: Held, day: int) -> Sequence[Missing]:
        """Return what is missing on a day on which the condition is not met."""

    def first(self, held: Held, day: int) -> int:
        """Return the first day, not before ``day``, on which the condition is met; ``NEVER`` if there is none."""
        best = NEVER
        for start, end in self.windows(held):
            found = max(start, day)
            if found <= end and found < best:
                best = found
        return best

    def as_json(self) -> dict[str, Any]:
        """Return the condition as the rules write it."""
        members: tuple[str, ...] = tuple(self.__slots__)
        return {"kind": self.kind, **{member: getattr(self, member) for member in members}}

    def _not_yet(self, held: Held, day: int, code: str) -> Missing:
        found = self.first(held, day)
        if found == NEVER:
            return Missing(code, self)
        return Missing(f"{self.kind}_not_yet", self, date.fromordinal(found), *span(day, found))


@dataclass(frozen=True, slots=True)
class Age(Condition):
    """So many years of age, from the birthday on."""

    kind: ClassVar[str] = "age"
    years: int

    def windows(self, held: Held) -> Windows:
        """See the base class."""
        born_on = held.record.born_on
        return [] if born_on is None else [(plus_months(born_on.toordinal(), 12 * self.years), FOREVER)]

    def missing(self, held: Held, day: int) -> Sequence[Missing]:
        """See the base class."""
        return (self._not_yet(held, day, "birth_date_missing"),)


@dataclass(frozen=True, slots=True)
class Award(Condition):
    """A certificate of this level or a higher one, held for so many months."""

    kind: ClassVar[str] = "award"
    level: str
    related: bool = True
    months: int = 0

    def windows(self, held: Held) -> Windows:
        """See the base class."""
        least, found = rung(self.level), []
        for award in held.record.awards:
            if rung(award.level) >= least and held.counts(award.occupation, related=self.related):
                start = award.awarded_on.toordinal()
                end = FOREVER if award.valid_until is None else award.valid_until.toordinal()
                found.append((plus_months(start, self.months) if self.months else start, end))
        return found

    def missing(self, held: Held, day: int) -> Sequence[Missing]:
        """See the base class."""
        return (self._not_yet(held, day, "award_ended" if self.windows(held) else "award_missing"),)


@dataclass(frozen=True, slots=True)
class CompletedApprenticeship(Condition):
    """An apprenticeship completed."""

    kind: ClassVar[str] = "apprenticeship"
    related: bool = True

    def windows(self, held: Held) -> Windows:
        """See the base class."""
        return [
            (one.completed_on.toordinal(), FOREVER)
            for one in held.record.apprenticeships
            if one.completed_on is not None and held.counts(one.occupation, related=self.related)
        ]

    def missing(self, held: Held, day: int) -> Sequence[Missing]:
        """See the base class."""
        return (self._not_yet(held, day, "apprenticeship_missing"),)


@dataclass(frozen=True, slots=True)
class TrainingHours(Condition):
    """So many hours of training towards this level, all trainings together."""

    kind: ClassVar[str] = "training"
    hours: int
    level: str
    related: bool = False

    def _proved(self, held: Held) -> list[tuple[int, int]]:
        return sorted(
            (one.completed_on.toordinal(), one.hours)
            for one in held.record.trainings
            if one.level == self.level and held.counts(one.occupation, related=self.related)
        )

    def windows(self, held: Held) -> Windows:
        """See the base class."""
        total = 0
        for day, hours in self._proved(held):
            total += hours
            if total >= self.hours:
                return [(day, FOREVER)]
        return []

    def missing(self, held: Held, day: int) -> Sequence[Missing]:
        """See the base class."""
        found = self.first(held, day)
        lacks = self.hours - sum(hours for on, hours in self._proved(held) if on <= day)
        return (Missing("training_short", self, None if found == NEVER else date.fromordinal(found), hours=lacks),)


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
        found = []
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

    def missing(self, held: Held, day: int) -> Sequence[Missing]:
        """See the base class."""
        return (self._not_yet(held, day, self._lack(held)),)

    def _lack(self, held: Held) -> str:
        """Name the first thing that no diploma of the record has: the kind, the major, the evaluation."""
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
        return [
            (plus_months(one.granted_on.toordinal(), self.months), FOREVER)
            for one in held.record.titles
            if one.rank in self.ranks and held.counts(one.occupation, related=self.related)
        ]

    def missing(self, held: Held, day: int) -> Sequence[Missing]:
        """See the base class."""
        return (self._not_yet(held, day, "title_missing"),)


@dataclass(frozen=True, slots=True)
class Work(Condition):
    """So many months of work; with ``after`` only days from when that condition was met count, and it must still hold."""

    kind: ClassVar[str] = "work"
    months: int
    related: bool = True
    after: Condition | None = None

    def windows(self, held: Held) -> Windows:
        """See the base class."""
        stretches = held.work(related=self.related)
        if self.after is None:
            return [(reached(stretches, 0, self.months), FOREVER)]
        return [
            (max(start, reached(stretches, start, self.months)), end)
            for start, end in self.after.windows(held)
            if start <= end
        ]

    def missing(self, held: Held, day: int) -> Sequence[Missing]:
        """See the base class."""
        found = self.first(held, day)
        first_on = None if found == NEVER else date.fromordinal(found)
        stretches = held.work(related=self.related)
        if self.after is None:
            return (Missing("work_short", self, first_on, *lacking(stretches, 0, self.months, day)),)
        begun = [start for start, end in self.after.windows(held) if start <= day <= end]
        if not begun:
            return (*self.after.missing(held, day), Missing("work_short", self, first_on, self.months))
        months, days = min(lacking(stretches, start, self.months, day) for start in begun)
        return (Missing("work_short", self, first_on, months, days),)

    def as_json(self) -> dict[str, Any]:
        """See the base class."""
        after = None if self.after is None else self.after.as_json()
        return {"kind": self.kind, "months": self.months, "related": self.related, "after": after}
