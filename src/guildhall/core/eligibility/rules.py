"""Rules files: who may sit which level, by occupation and edition of the standard."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from guildhall.core.codes.level import LEVELS
from guildhall.core.eligibility.conditions import (
    Age,
    Award,
    CompletedApprenticeship,
    Condition,
    Held,
    ProfessionalTitle,
    SchoolDiploma,
    TrainingHours,
    Windows,
    Work,
)
from guildhall.core.eligibility.days import FOREVER, NEVER
from guildhall.core.errors import MalformedError, NotFoundError
from guildhall.core.reading import Reading, read_json
from guildhall.core.record import DIPLOMAS, FIRST_YEAR, LAST_YEAR, OCCUPATION, TITLES, Record

FORMAT: Final = "guildhall-eligibility-rules/1"
ANY_OCCUPATION: Final = "*"
MAX_STANDARDS, MAX_CLAUSES, MAX_CONDITIONS, MAX_RELATED, MAX_MONTHS = 5000, 50, 20, 1000, 1200


class InvalidEligibilityRulesError(MalformedError):
    """A rules file that does not keep its format; ``problems`` lists the places."""

    code = "invalid_eligibility_rules"


class NoEligibilityRulesError(NotFoundError):
    """The rules say nothing about this occupation."""

    code = "no_eligibility_rules"


class NoRulesInForceError(NotFoundError):
    """No edition of the occupation's standard was in force on that day."""

    code = "no_rules_in_force"


class LevelNotInRulesError(NotFoundError):
    """The edition in force has no rule for this level."""

    code = "level_not_in_rules"


@dataclass(frozen=True, slots=True)
class Clause:
    """One way to be eligible: all conditions at once. ``unconfirmed`` says why it is not to be relied on, or is empty."""

    id: str
    text: Mapping[str, str]
    conditions: tuple[Condition, ...]
    unconfirmed: Mapping[str, str]

    def first(self, held: Held, day: int) -> int:
        """Return the first day, not before ``day``, on which all conditions are met; ``NEVER`` if there is none.

        A condition may move the day onto one on which another is no longer met (a certificate that runs out), so the round
        is gone until nothing moves; each move passes the end of a time, of which there are finitely many.
        """
        while True:
            start = day
            for condition in self.conditions:
                day = condition.first(held, day)
                if day == NEVER:
                    return NEVER
            if day == start:
                return day


@dataclass(frozen=True, slots=True)
class Standard:
    """One edition of an occupation's standard and its rules, level → clauses.

    ``starts_on`` and ``ends_on`` (None: until replaced) are what the file says; ``in_force`` the first and last day as
    ordinals, with the next edition taken into account; ``counted`` the occupation, and it with the related ones.
    """

    occupation: str
    edition: str
    starts_on: date
    ends_on: date | None
    related_occupations: frozenset[str]
    related_majors: frozenset[str]
    levels: Mapping[str, tuple[Clause, ...]]
    source: str = ""
    in_force: tuple[int, int] = (0, FOREVER)
    counted: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    def seen(self, record: Record, occupation: str, stretches: dict[frozenset[str], Windows]) -> Held:
        """Return the record as this standard sees it for somebody of the occupation."""
        own, with_related = self.counted
        if occupation != self.occupation:  # a standard for any occupation
            own = frozenset((occupation,))
            with_related = own | self.related_occupations
        return Held(record, own, with_related, self.related_majors, stretches)


@dataclass(frozen=True, slots=True)
class Rules:
    """All editions by occupation, earliest first; ``*`` stands for occupations without an own standard."""

    standards: Mapping[str, tuple[Standard, ...]]

    def editions(self, occupation: str) -> tuple[Standard, ...]:
        """Return the editions for an occupation, earliest first.

        Raises: NoEligibilityRulesError.
        """
        found = self.standards.get(occupation) or self.standards.get(ANY_OCCUPATION)
        if not found:
            raise NoEligibilityRulesError(f"the rules say nothing about {occupation}", occupation=occupation)
        return found


def read_rules(*files: bytes) -> Rules:
    """Return the rules of one file or of several together; templates of any of them may be named in all.

    Shape:  JSON as in docs/formats/eligibility-rules.md.
    Raises: InvalidEligibilityRulesError with all problems and their places; the errors of ``read_json``.
    """
    reading = Reading()
    parsed = [read_json(data) for data in files]
    named = [("$" if len(files) == 1 else f"file {index + 1}: $", one) for index, one in enumerate(parsed)]
    known = frozenset({"format", "name", "source", "templates", "standards"})
    roots = [(path, reading.members(one, path, known=known)) for path, one in named]
    templates: dict[str, Mapping[str, tuple[Clause, ...]]] = {}
    for path, root in roots:
        if root.get("format") != FORMAT:
            reading.note(f"{path}.format", f"{FORMAT} is needed")
        reading.names(root.get("name"), f"{path}.name")
        reading.text(root, "source", path, optional=True)
        _templates(reading, root, path, templates)
    standards = [one for path, root in roots for one in _standards(reading, root, path, templates)]
    in_order = _in_force(reading, standards)
    if not standards and not reading.problems:
        reading.note("$.standards", "at least one standard is needed")
    if reading.problems:
        raise InvalidEligibilityRulesError(
            f"the rules have {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )
    return Rules(in_order)


def _templates(
    reading: Reading, root: Mapping[str, Any], path: str, templates: dict[str, Mapping[str, tuple[Clause, ...]]]
) -> None:
    for index, value in enumerate(reading.items(root, "templates", path, optional=True)):
        place = f"{path}.templates[{index}]"
        members = reading.members(value, place, known=frozenset({"id", "levels"}))
        name = reading.text(members, "id", place, r"[a-z0-9][a-z0-9.-]{0,31}")
        if name in templates:
            reading.note(f"{place}.id", "stands twice")
        templates[name] = read_levels(reading, members.get("levels"), f"{place}.levels")


def _standards(
    reading: Reading, root: Mapping[str, Any], path: str, templates: Mapping[str, Mapping[str, tuple[Clause, ...]]]
) -> list[Standard]:
    listed = reading.items(root, "standards", path, optional=True)
    if len(listed) > MAX_STANDARDS:
        reading.note(f"{path}.standards", f"at most {MAX_STANDARDS} standards are read")
        return []
    return [_standard(reading, one, f"{path}.standards[{index}]", templates) for index, one in enumerate(listed)]


def _standard(
    reading: Reading, value: object, path: str, templates: Mapping[str, Mapping[str, tuple[Clause, ...]]]
) -> Standard:
    known = frozenset({
        "occupation", "edition", "starts_on", "ends_on", "source", "related_occupations", "related_majors", "template", "levels",
    })  # fmt: skip
    members = reading.members(value, path, known=known)
    template = members.get("template")
    levels: Mapping[str, tuple[Clause, ...]] = {}
    if ("levels" in members) == (template is not None):
        reading.note(path, "either template or levels is needed")
    elif template is None:
        levels = read_levels(reading, members["levels"], f"{path}.levels")
    elif isinstance(template, str) and template in templates:
        levels = templates[template]
    else:
        reading.note(f"{path}.template", "no template has this id")
    standard = Standard(
        occupation=reading.text(members, "occupation", path, rf"{OCCUPATION}|\*"),
        edition=reading.text(members, "edition", path, r"\S(.{0,62}\S)?"),
        starts_on=_bounded(reading, path, "starts_on", reading.day(members, "starts_on", path)),
        ends_on=reading.optional_day(members, "ends_on", path),
        related_occupations=read_related(reading, members, "related_occupations", path, OCCUPATION),
        related_majors=read_related(reading, members, "related_majors", path, r"\S(.{0,62}\S)?"),
        levels=levels,
        source=reading.text(members, "source", path, optional=True),
    )
    if standard.ends_on is not None and standard.ends_on < standard.starts_on:
        reading.note(f"{path}.ends_on", "lies before starts_on")
    return standard


def _bounded(reading: Reading, path: str, name: str, day: date) -> date:
    if day != date.min and not FIRST_YEAR <= day.year <= LAST_YEAR:
        reading.note(f"{path}.{name}", f"a day from {FIRST_YEAR} to {LAST_YEAR} is needed")
    return day


def read_related(reading: Reading, members: Mapping[str, Any], name: str, path: str, shape: str) -> frozenset[str]:
    """Return a list of related occupations or majors, which may be left out."""
    listed = reading.items(members, name, path, optional=True)
    if len(listed) > MAX_RELATED:
        reading.note(f"{path}.{name}", f"at most {MAX_RELATED} are read")
        return frozenset()
    found = [reading.text({name: one}, name, path, shape) for one in listed]
    if len(set(found)) != len(found):
        reading.note(f"{path}.{name}", "something stands twice")
    return frozenset(found)


def _in_force(reading: Reading, standards: Sequence[Standard]) -> dict[str, tuple[Standard, ...]]:
    """Sort the editions of each occupation; an edition ends the day before the next one starts, if not earlier."""
    by_occupation: dict[str, list[Standard]] = {}
    for one in standards:
        by_occupation.setdefault(one.occupation, []).append(one)
    answer: dict[str, tuple[Standard, ...]] = {}
    for occupation, editions in by_occupation.items():
        editions.sort(key=lambda one: one.starts_on)
        if len({one.starts_on for one in editions}) != len(editions):
            reading.note("$.standards", f"two editions for {occupation} start on the same day")
        answer[occupation] = tuple(
            dataclasses.replace(
                one,
                in_force=(one.starts_on.toordinal(), _last_day(one, following)),
                counted=(frozenset((occupation,)), one.related_occupations | {occupation}),
            )
            for one, following in zip(editions, [*editions[1:], None], strict=True)
        )
    return answer


def _last_day(one: Standard, following: Standard | None) -> int:
    last = FOREVER if one.ends_on is None else one.ends_on.toordinal()
    return last if following is None else min(last, following.starts_on.toordinal() - 1)


def read_levels(reading: Reading, value: object, path: str) -> Mapping[str, tuple[Clause, ...]]:
    """Return the clauses of each level, as rules files and whole editions of a standard have them."""
    members = reading.members(value, path, known=frozenset(LEVELS))
    if not members:
        reading.note(path, "at least one level is needed")
    return {level: _clauses(reading, members, level, path) for level in members if level in LEVELS}


def _clauses(reading: Reading, members: Mapping[str, Any], level: str, path: str) -> tuple[Clause, ...]:
    listed = reading.items(members, level, path)
    if not 1 <= len(listed) <= MAX_CLAUSES:
        reading.note(f"{path}.{level}", f"1 to {MAX_CLAUSES} clauses are needed")
        return ()
    clauses = tuple(_clause(reading, one, f"{path}.{level}[{index}]") for index, one in enumerate(listed))
    if len({clause.id for clause in clauses}) != len(clauses):
        reading.note(f"{path}.{level}", "a clause id stands twice")
    return clauses


def _clause(reading: Reading, value: object, path: str) -> Clause:
    members = reading.members(value, path, known=frozenset({"id", "text", "all", "unconfirmed"}))
    listed = reading.items(members, "all", path)
    if not 1 <= len(listed) <= MAX_CONDITIONS:
        reading.note(f"{path}.all", f"1 to {MAX_CONDITIONS} conditions are needed")
        listed = []
    return Clause(
        id=reading.text(members, "id", path, r"[A-Za-z0-9][A-Za-z0-9.-]{0,31}"),
        text=reading.names(members.get("text"), f"{path}.text"),
        conditions=tuple(_condition(reading, one, f"{path}.all[{index}]") for index, one in enumerate(listed)),
        unconfirmed=reading.names(members.get("unconfirmed"), f"{path}.unconfirmed", optional=True),
    )


_Reader = Callable[[Reading, Mapping[str, Any], str], Condition]


def _condition(reading: Reading, value: object, path: str, *, dated: bool = False) -> Condition:
    members = reading.members(value, path)
    kind = members.get("kind")
    kinds = {name: one for name, one in _KINDS.items() if name != Work.kind} if dated else _KINDS
    if not isinstance(kind, str) or kind not in kinds:
        reading.note(f"{path}.kind", f"one of {', '.join(kinds)} is needed")
        return Age(0)
    known, reader = kinds[kind]
    reading.members(members, path, known=known | {"kind"})
    return reader(reading, members, path)


def _flag(reading: Reading, members: Mapping[str, Any], name: str, path: str, *, absent: bool) -> bool:
    value = members.get(name, absent)
    if isinstance(value, bool):
        return value
    reading.note(f"{path}.{name}", "true or false is needed")
    return absent


def _months(reading: Reading, members: Mapping[str, Any], path: str, *, optional: bool) -> int:
    """Return a length of time written as ``years`` or as ``months``, not both."""
    if "years" in members and "months" in members:
        reading.note(path, "either years or months is needed")
        return 1
    if "years" in members:
        return 12 * reading.count(members, "years", path, low=1, high=MAX_MONTHS // 12)
    if optional and "months" not in members:
        return 0
    return reading.count(members, "months", path, low=1, high=MAX_MONTHS)


def _level(reading: Reading, members: Mapping[str, Any], path: str) -> str:
    value = members.get("level")
    if isinstance(value, str) and value in LEVELS:
        return value
    reading.note(f"{path}.level", f"one of {', '.join(LEVELS)} is needed")
    return "0"


def _chosen(
    reading: Reading, members: Mapping[str, Any], name: str, path: str, table: Mapping[str, object]
) -> tuple[str, ...]:
    chosen = reading.texts(members, name, path)
    for one in chosen:
        if one not in table:
            reading.note(f"{path}.{name}", f"one of {', '.join(table)} is needed")
    return chosen


def _age(reading: Reading, members: Mapping[str, Any], path: str) -> Condition:
    return Age(reading.count(members, "years", path, low=1, high=MAX_MONTHS // 12))


def _award(reading: Reading, members: Mapping[str, Any], path: str) -> Condition:
    return Award(
        level=_level(reading, members, path),
        related=_flag(reading, members, "related", path, absent=True),
        months=_months(reading, members, path, optional=True),
    )


def _apprenticeship(reading: Reading, members: Mapping[str, Any], path: str) -> Condition:
    return CompletedApprenticeship(_flag(reading, members, "related", path, absent=True))


def _training(reading: Reading, members: Mapping[str, Any], path: str) -> Condition:
    return TrainingHours(
        hours=reading.count(members, "hours", path, low=1, high=100_000),
        level=_level(reading, members, path),
        related=_flag(reading, members, "related", path, absent=False),
    )


def _diploma(reading: Reading, members: Mapping[str, Any], path: str) -> Condition:
    return SchoolDiploma(
        diplomas=_chosen(reading, members, "diplomas", path, DIPLOMAS),
        related=_flag(reading, members, "related", path, absent=True),
        final_year=_flag(reading, members, "final_year", path, absent=False),
        evaluated=_flag(reading, members, "evaluated", path, absent=False),
    )


def _title(reading: Reading, members: Mapping[str, Any], path: str) -> Condition:
    return ProfessionalTitle(
        ranks=_chosen(reading, members, "ranks", path, TITLES),
        related=_flag(reading, members, "related", path, absent=True),
        months=_months(reading, members, path, optional=True),
    )


def _work(reading: Reading, members: Mapping[str, Any], path: str) -> Condition:
    after: Condition | None = None
    if members.get("after") is not None:
        after = _condition(reading, members["after"], f"{path}.after", dated=True)
        if isinstance(after, SchoolDiploma) and after.final_year:
            reading.note(f"{path}.after.final_year", "work after a diploma counts from the graduation")
    return Work(
        months=_months(reading, members, path, optional=False),
        related=_flag(reading, members, "related", path, absent=True),
        after=after,
    )


_KINDS: Final[Mapping[str, tuple[frozenset[str], _Reader]]] = {
    Age.kind: (frozenset({"years"}), _age),
    Award.kind: (frozenset({"level", "related", "years", "months"}), _award),
    CompletedApprenticeship.kind: (frozenset({"related"}), _apprenticeship),
    TrainingHours.kind: (frozenset({"hours", "level", "related"}), _training),
    SchoolDiploma.kind: (frozenset({"diplomas", "related", "final_year", "evaluated"}), _diploma),
    ProfessionalTitle.kind: (frozenset({"ranks", "related", "years", "months"}), _title),
    Work.kind: (frozenset({"years", "months", "related", "after"}), _work),
}
