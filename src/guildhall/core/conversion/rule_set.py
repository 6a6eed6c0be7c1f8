"""An institution's dated rules of conversion, as values. ``reading_rules`` reads them from a file; ``ways`` applies them.

Every rule has an id, by which a plan names it. Amounts are hundredths; percentages are hundredths of a percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

FORMAT: Final = "guildhall-rule-set/1"

OUTCOME_ONCE: Final = "outcome-once"
COURSE_ONCE: Final = "course-once"
ALREADY_PASSED: Final = "already-passed"
IN_FORCE: Final = "valid-on-the-day"
BUILT_IN: Final[Mapping[str, Mapping[str, str]]] = {
    OUTCOME_ONCE: {"zh": "每项成果只能使用一次", "en": "an outcome is spent once"},
    COURSE_ONCE: {"zh": "每门课程只能认定一次", "en": "a course is met once"},
    ALREADY_PASSED: {"zh": "已经通过的课程不再认定", "en": "a course already passed is not converted"},
    IN_FORCE: {"zh": "成果在申请当日须已取得且有效", "en": "an outcome must be there, and valid, on the day"},
}
"""Rules that hold everywhere, without standing in a rule-set."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which outcomes are meant: all members that are not empty must fit; an empty one is no question."""

    kinds: frozenset[str] = frozenset()
    schemes: frozenset[str] = frozenset()
    occupations: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    institutions: frozenset[str] = frozenset()
    issuers: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Where:
    """Which courses are meant: all members that are not empty must fit."""

    courses: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Demands:
    """What an outcome must show besides being the one that is meant; an empty member asks nothing.

    Units:  ``min_grade`` in hundredths of a point; ``max_age_months`` whole months since the award.
    """

    level_at_least: str = ""
    accredited: bool = False
    bases: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    min_grade: int | None = None
    max_age_months: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A leaf: one outcome that is meant, with demands on it."""

    which: Which
    demands: Demands = Demands()


@dataclass(frozen=True, slots=True)
class Met:
    """A leaf: any one course that is meant."""

    where: Where


@dataclass(frozen=True, slots=True)
class AllOf:
    """All parts."""

    parts: tuple[Taken | Met | AllOf | AnyOf, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part."""

    parts: tuple[Taken | Met | AllOf | AnyOf, ...]


Tree = Taken | Met | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that contents are equal: coverage of so much, or a committee's decision; with both, either is enough.

    Units:  ``at_least`` in hundredths of a percent, None: coverage is not asked.
    """

    at_least: int | None = None
    level: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Which grade is entered: a number, ``pass``, ``own`` (the outcome's) or ``none``; and whether the average counts it."""

    grade: str = "pass"
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What outcomes may be converted into which courses.

    ``split``: any of the courses, as far as the outcomes' credits reach; else all or nothing. ``keeps``: what is left of the
    outcome stays for another offer, for ``keep_months``; else it is lost. ``worth``: what one outcome is worth here, in place
    of its own credits. ``hours_per_credit``: credits are reckoned from hours where the outcome says none.
    ``needs``: courses that must be passed or converted as well.

    Units:  ``ratio`` in hundredths: course credits for one credit of outcome; ``worth`` and ``tolerance`` in hundredths.
    """

    id: str
    takes: Tree
    gives: Tree
    name: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    split: bool = False
    ratio: int = 100
    worth: int | None = None
    hours_per_credit: int | None = None
    tolerance: int = 0
    keeps: bool = False
    keep_months: int | None = None
    evidence: Evidence = Evidence()
    needs: tuple[str, ...] = ()
    entry: Entry = Entry()


@dataclass(frozen=True, slots=True)
class Condition:
    """Demands on every outcome that is meant, whichever offer takes it: accreditation, basis, grade, shelf life."""

    id: str
    of: Which
    demands: Demands
    source: str = ""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Outcomes of these levels go into courses of these classes only."""

    id: str
    of: Which
    levels: frozenset[str]
    classes: frozenset[str]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so much: of outcomes that are meant, into courses that are meant, together or for ``each`` value by itself.

    Shape:  exactly one of ``credits``, ``percent``, ``count``; ``each`` is empty or one of EACH; ``percent_of`` is
            ``programme`` (what graduation asks) or ``into`` (the courses that are meant).
    Units:  ``credits`` hundredths; ``percent`` hundredths of a percent; ``count`` outcomes spent.
    """

    id: str
    of: Which = Which()
    into: Where = Where()
    each: str = ""
    credits: int | None = None
    percent: int | None = None
    percent_of: str = "programme"
    count: int | None = None
    source: str = ""


EACH: Final = ("outcome", "kind", "scheme", "institution", "term", "year", "category")


@dataclass(frozen=True, slots=True)
class Residency:
    """At least so much of what graduation asks is earned at the institution itself, so no more than the rest is converted."""

    id: str
    credits: int | None = None
    percent: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Outcomes (or courses) alike in content, of which one counts.

    Shape:  ``outcomes`` which ones, ``by`` what makes two of them alike (occupation, scheme, level, code, institution); or
            ``courses`` of the programme. ``keep``: ``one``: any one; ``highest``: one of the highest level, which absorbs the
            lower ones; ``first``: one that stands first in ``outcomes``, which absorbs those after it.
    """

    id: str
    outcomes: tuple[Which, ...] = ()
    by: tuple[str, ...] = ()
    keep: str = "one"
    courses: frozenset[str] = frozenset()
    source: str = ""


GROUP_BY: Final = ("occupation", "scheme", "level", "code", "institution")
KEEP: Final = ("one", "highest", "first")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Courses that are never converted."""

    id: str
    into: Where
    source: str = ""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One edition of an institution's rules. ``grades``: word → points in hundredths."""

    id: str
    edition: str
    institution: str
    name: Mapping[str, str]
    starts_on: date
    ends_on: date | None = None
    published_on: date | None = None
    source: str = ""
    unconfirmed: Mapping[str, str] = field(default_factory=dict)
    grades: Mapping[str, int] = field(default_factory=dict)
    offers: tuple[Offer, ...] = ()
    conditions: tuple[Condition, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    caps: tuple[Cap, ...] = ()
    residency: tuple[Residency, ...] = ()
    groups: tuple[Group, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()

    def in_force(self, day: date) -> bool:
        """Tell whether the rules hold on a day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all rules, in the order of the file's sections."""
        listed = (
            self.offers, self.conditions, self.ceilings, self.caps, self.residency, self.groups, self.exclusions,
        )  # fmt: skip
        return tuple(rule.id for rules in listed for rule in rules)
