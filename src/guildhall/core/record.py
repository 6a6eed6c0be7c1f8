"""A learner's record: jobs, awards, apprenticeships, trainings, diplomas, titles and outcomes, as one JSON file says them.

The record names nobody. It is what somebody *says*; whether a certificate in it is genuine is the verifier's question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from guildhall.core.codes.level import LEVELS
from guildhall.core.errors import MalformedError
from guildhall.core.outcome import OCCUPATION_SHAPE, Outcome, read_outcome
from guildhall.core.reading import Reading, read_json

FORMAT: Final = "guildhall-record/1"
MAX_ITEMS: Final = 500
FIRST_YEAR, LAST_YEAR = 1900, 2199
OCCUPATION: Final = OCCUPATION_SHAPE

DIPLOMAS: Final[Mapping[str, Mapping[str, str]]] = {
    "technical-school": {"zh": "技工学校毕业证书", "en": "diploma of a technical school"},
    "secondary-vocational": {"zh": "中等职业学校毕业证书", "en": "diploma of a secondary vocational school"},
    "advanced-class": {"zh": "高级技工学校或技师学院高级工班毕业证书", "en": "diploma of an advanced-worker class"},
    "pre-technician": {"zh": "技师学院预备技师班毕业证书", "en": "diploma of a pre-technician class"},
    "higher-vocational": {"zh": "高等职业学校毕业证书", "en": "diploma of a higher vocational school"},
    "college": {"zh": "大专毕业证书", "en": "college diploma"},
    "bachelor": {"zh": "本科毕业证书", "en": "bachelor's diploma"},
    "master": {"zh": "硕士研究生毕业证书", "en": "master's diploma"},
    "doctor": {"zh": "博士研究生毕业证书", "en": "doctor's diploma"},
}
"""Kinds of diploma."""

TITLES: Final[Mapping[str, Mapping[str, str]]] = {
    "junior": {"zh": "初级职称", "en": "junior professional title"},
    "intermediate": {"zh": "中级职称", "en": "intermediate professional title"},
    "associate-senior": {"zh": "副高级职称", "en": "associate senior professional title"},
    "senior": {"zh": "正高级职称", "en": "senior professional title"},
}
"""Ranks of professional titles, lowest first."""


class InvalidRecordError(MalformedError):
    """A record that does not keep its format; ``problems`` lists the places."""

    code = "invalid_record"


@dataclass(frozen=True, slots=True)
class Job:
    """Work in an occupation from its first to its last day, both included; ``ends_on`` None: it goes on."""

    occupation: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class HeldAward:
    """A certificate of a level, held from its day of award to ``valid_until``, both included (None: for life)."""

    occupation: str
    level: str
    awarded_on: date
    valid_until: date | None = None
    scheme: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Apprenticeship:
    """An apprenticeship and the day on which it was, or is to be, completed; None: left open."""

    occupation: str
    completed_on: date | None


@dataclass(frozen=True, slots=True)
class Training:
    """Hours of training towards a level, proved on the day of completion."""

    occupation: str
    level: str
    hours: int
    completed_on: date


@dataclass(frozen=True, slots=True)
class Diploma:
    """A school diploma, or a place at school: a day of graduation yet to come is that of a student.

    ``final_year_from`` is the first day of the final year as the school says it; None: one year before graduation.
    ``evaluated``: the school's programme is evaluated as training towards the level (经评估论证).
    """

    kind: str
    major: str
    graduates_on: date
    final_year_from: date | None = None
    evaluated: bool = False


@dataclass(frozen=True, slots=True)
class Title:
    """A professional title and the occupation to which its field belongs."""

    rank: str
    occupation: str
    granted_on: date


@dataclass(frozen=True, slots=True)
class Record:
    """What one person has done so far, and plans: a fact dated later than the day asked about is a plan."""

    born_on: date | None = None
    jobs: tuple[Job, ...] = ()
    awards: tuple[HeldAward, ...] = ()
    apprenticeships: tuple[Apprenticeship, ...] = ()
    trainings: tuple[Training, ...] = ()
    diplomas: tuple[Diploma, ...] = ()
    titles: tuple[Title, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


_T = TypeVar("_T")
_MEMBERS = frozenset(
    {"format", "born_on", "jobs", "awards", "apprenticeships", "trainings", "diplomas", "titles", "outcomes"}
)


def read_record(data: bytes) -> Record:
    """Return the record that a file holds.

    Shape:  JSON as in docs/formats/record.md; dates from 1900 to 2199; at most 500 items in each list.
    Raises: InvalidRecordError with all problems and their places; the errors of ``read_json``.
    """
    reading = Reading()
    root = reading.members(read_json(data), "$", known=_MEMBERS)
    if root.get("format") != FORMAT:
        reading.note("$.format", f"{FORMAT} is needed")
    record = Record(
        born_on=_day(reading, root, "born_on", "$"),
        jobs=_listed(reading, root, "jobs", _job),
        awards=_listed(reading, root, "awards", _award),
        apprenticeships=_listed(reading, root, "apprenticeships", _apprenticeship),
        trainings=_listed(reading, root, "trainings", _training),
        diplomas=_listed(reading, root, "diplomas", _diploma),
        titles=_listed(reading, root, "titles", _title),
        outcomes=_listed(reading, root, "outcomes", _outcome),
    )
    _check_different(reading, record.outcomes)
    if reading.problems:
        raise InvalidRecordError(
            f"the record has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )
    return record


def _outcome(reading: Reading, value: object, path: str) -> Outcome:
    outcome = read_outcome(reading, value, path)
    for name, day in (("awarded_on", outcome.awarded_on), ("valid_until", outcome.valid_until)):
        if day not in (None, date.min) and not FIRST_YEAR <= day.year <= LAST_YEAR:
            reading.note(f"{path}.{name}", f"a day from {FIRST_YEAR} to {LAST_YEAR} is needed")
    return outcome


def _check_different(reading: Reading, outcomes: tuple[Outcome, ...]) -> None:
    seen: set[str] = set()
    for index, outcome in enumerate(outcomes):
        if outcome.id and outcome.id in seen:
            reading.note(f"outcomes[{index}].id", f"{outcome.id} stands twice")
        seen.add(outcome.id)


def _listed(
    reading: Reading, root: Mapping[str, Any], name: str, item: Callable[[Reading, object, str], _T]
) -> tuple[_T, ...]:
    listed = reading.items(root, name, "$", optional=True)
    if len(listed) > MAX_ITEMS:
        reading.note(f"$.{name}", f"at most {MAX_ITEMS} items are read")
        return ()
    return tuple(item(reading, one, f"{name}[{index}]") for index, one in enumerate(listed))


def _day(reading: Reading, members: Mapping[str, Any], name: str, path: str) -> date | None:
    day = reading.optional_day(members, name, path)
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        reading.note(f"{path}.{name}", f"a day from {FIRST_YEAR} to {LAST_YEAR} is needed")
        return None
    return day


def _needed_day(reading: Reading, members: Mapping[str, Any], name: str, path: str) -> date:
    if members.get(name) is None:
        reading.note(f"{path}.{name}", "a date like 2026-01-31 is needed")
    return _day(reading, members, name, path) or date.min


def _one_of(reading: Reading, members: Mapping[str, Any], name: str, path: str, known: Mapping[str, object]) -> str:
    value = members.get(name)
    if isinstance(value, str) and value in known:
        return value
    reading.note(f"{path}.{name}", f"one of {', '.join(known)} is needed")
    return ""


def _in_order(reading: Reading, path: str, name: str, first: date, last: date | None) -> None:
    if last is not None and last < first:
        reading.note(f"{path}.{name}", "lies before the first day")


def _job(reading: Reading, value: object, path: str) -> Job:
    members = reading.members(value, path, known=frozenset({"occupation", "starts_on", "ends_on"}))
    job = Job(
        occupation=reading.text(members, "occupation", path, OCCUPATION),
        starts_on=_needed_day(reading, members, "starts_on", path),
        ends_on=_day(reading, members, "ends_on", path),
    )
    _in_order(reading, path, "ends_on", job.starts_on, job.ends_on)
    return job


def _award(reading: Reading, value: object, path: str) -> HeldAward:
    known = frozenset({"occupation", "level", "awarded_on", "valid_until", "scheme", "number"})
    members = reading.members(value, path, known=known)
    award = HeldAward(
        occupation=reading.text(members, "occupation", path, OCCUPATION),
        level=_one_of(reading, members, "level", path, LEVELS),
        awarded_on=_needed_day(reading, members, "awarded_on", path),
        valid_until=_day(reading, members, "valid_until", path),
        scheme=reading.text(members, "scheme", path, r"[a-z][a-z0-9-]{0,15}|", optional=True),
        number=reading.text(members, "number", path, r"[^\s]{0,64}", optional=True),
    )
    _in_order(reading, path, "valid_until", award.awarded_on, award.valid_until)
    return award


def _apprenticeship(reading: Reading, value: object, path: str) -> Apprenticeship:
    members = reading.members(value, path, known=frozenset({"occupation", "completed_on"}))
    return Apprenticeship(
        occupation=reading.text(members, "occupation", path, OCCUPATION),
        completed_on=_day(reading, members, "completed_on", path),
    )


def _training(reading: Reading, value: object, path: str) -> Training:
    members = reading.members(value, path, known=frozenset({"occupation", "level", "hours", "completed_on"}))
    return Training(
        occupation=reading.text(members, "occupation", path, OCCUPATION),
        level=_one_of(reading, members, "level", path, LEVELS),
        hours=reading.count(members, "hours", path, low=1, high=100_000),
        completed_on=_needed_day(reading, members, "completed_on", path),
    )


def _diploma(reading: Reading, value: object, path: str) -> Diploma:
    known = frozenset({"kind", "major", "graduates_on", "final_year_from", "evaluated"})
    members = reading.members(value, path, known=known)
    evaluated = members.get("evaluated", False)
    if not isinstance(evaluated, bool):
        reading.note(f"{path}.evaluated", "true or false is needed")
    diploma = Diploma(
        kind=_one_of(reading, members, "kind", path, DIPLOMAS),
        major=reading.text(members, "major", path, r"\S(.{0,62}\S)?"),
        graduates_on=_needed_day(reading, members, "graduates_on", path),
        final_year_from=_day(reading, members, "final_year_from", path),
        evaluated=evaluated is True,
    )
    if diploma.final_year_from is not None:
        _in_order(reading, path, "graduates_on", diploma.final_year_from, diploma.graduates_on)
    return diploma


def _title(reading: Reading, value: object, path: str) -> Title:
    members = reading.members(value, path, known=frozenset({"rank", "occupation", "granted_on"}))
    return Title(
        rank=_one_of(reading, members, "rank", path, TITLES),
        occupation=reading.text(members, "occupation", path, OCCUPATION),
        granted_on=_needed_day(reading, members, "granted_on", path),
    )
