"""A programme of study: a dated plan of courses, and which competencies each course serves."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

from guildhall.core.codes.level import LEVELS
from guildhall.core.errors import MalformedError
from guildhall.core.reading import Reading, read_json
from guildhall.core.record import OCCUPATION
from guildhall.core.standard.weights import COLUMNS, NUMBER

FORMAT: Final = "guildhall-programme/1"
KINDS: Final = ("introduced", "taught", "practised", "assessed")
MAX_COURSES, MAX_TERMS, MAX_ALIGNMENTS = 1000, 40, 2000
_CODE: Final = r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}"
_WORD: Final = r"[a-z][a-z0-9-]{0,31}"


class InvalidProgrammeError(MalformedError):
    """A programme that does not keep its format, or whose prerequisites go in a circle; ``problems`` lists the places."""

    code = "invalid_programme"


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the plan, first and last day included."""

    number: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Alignment:
    """A course serves a competency at a level, in one column or (``column`` empty) in both.

    Units:  ``weight`` in percent of the competency.
    """

    competency: str
    level: str
    kind: str
    weight: int
    column: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """A unit of the plan.

    ``category`` (general, major …) and ``classes`` (foundation, core, politics …) are the college's own words, by which rules
    of conversion name courses. ``open``: no taught course but room for so many credits, which several outcomes may fill.
    """

    code: str
    name: Mapping[str, str]
    credits: Decimal
    hours: int
    term: int
    prerequisites: tuple[str, ...]
    alignments: tuple[Alignment, ...]
    category: str = ""
    classes: tuple[str, ...] = ()
    open: bool = False


Given = dict[tuple[str, str], dict[int, tuple[int, int]]]
"""Level and column → term → what is taught (or practised) and what is assessed: sums of alignments in percent."""


@dataclass(frozen=True, slots=True)
class Programme:
    """One edition of a programme's plan. ``given`` sums the alignments' weights by competency.

    ``institution`` names whose it is; ``credits`` what graduation asks, None: all courses together.
    """

    code: str
    name: Mapping[str, str]
    edition: str
    starts_on: date
    occupation: str
    terms: tuple[Term, ...]
    courses: tuple[Course, ...]
    given: Mapping[str, Given]
    institution: str = ""
    credits: Decimal | None = None


def read_programme(data: bytes) -> Programme:
    """Return the programme that a file holds.

    Shape:  JSON as in docs/formats/programme.md.
    Raises: InvalidProgrammeError with all problems and their places; the errors of ``read_json``.
    """
    reading = Reading()
    known = frozenset(
        {"format", "code", "name", "edition", "starts_on", "occupation", "terms", "courses", "institution", "credits"}
    )
    root = reading.members(read_json(data, max_bytes=1 << 24), "$", known=known)
    if root.get("format") != FORMAT:
        reading.note("$.format", f"{FORMAT} is needed")
    courses = _listed(reading, root, "courses", "$", most=MAX_COURSES, item=_course)
    terms = _listed(reading, root, "terms", "$", most=MAX_TERMS, item=_term)
    programme = Programme(
        code=reading.text(root, "code", "$", _CODE),
        name=reading.names(root.get("name"), "$.name"),
        edition=reading.text(root, "edition", "$", r"\S(.{0,62}\S)?"),
        starts_on=reading.day(root, "starts_on", "$"),
        occupation=reading.text(root, "occupation", "$", OCCUPATION),
        terms=terms,
        courses=courses,
        given=_given(courses),
        institution=reading.text(root, "institution", "$", r"\S(.{0,126}\S)?|", optional=True),
        credits=None
        if root.get("credits") is None
        else Decimal(reading.text(root, "credits", "$", r"[0-9]{1,4}(\.[0-9]{1,2})?") or "0"),
    )
    _check_terms(reading, programme)
    _check_prerequisites(reading, courses)
    if reading.problems:
        raise InvalidProgrammeError(
            f"the programme has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )
    return programme


def part_of(programme: Programme, courses: Sequence[Course]) -> Programme:
    """Return the programme as if it had only some of its courses: what these teach, by themselves."""
    return dataclasses.replace(programme, courses=tuple(courses), given=_given(courses))


_T = TypeVar("_T")


def _listed(
    reading: Reading,
    members: Mapping[str, Any],
    name: str,
    path: str,
    *,
    most: int,
    item: Callable[[Reading, object, str], _T],
) -> tuple[_T, ...]:
    listed = reading.items(members, name, path)
    inner = name if path == "$" else f"{path}.{name}"
    if len(listed) > most:
        reading.note(inner, f"at most {most} are read")
        return ()
    return tuple(item(reading, value, f"{inner}[{index}]") for index, value in enumerate(listed))


def _term(reading: Reading, value: object, path: str) -> Term:
    members = reading.members(value, path, known=frozenset({"number", "starts_on", "ends_on"}))
    term = Term(
        reading.count(members, "number", path, low=1, high=MAX_TERMS),
        reading.day(members, "starts_on", path),
        reading.day(members, "ends_on", path),
    )
    if term.ends_on < term.starts_on:
        reading.note(f"{path}.ends_on", "lies before starts_on")
    return term


def _course(reading: Reading, value: object, path: str) -> Course:
    known = frozenset(
        {"code", "name", "credits", "hours", "term", "prerequisites", "alignments", "category", "classes", "open"}
    )
    members = reading.members(value, path, known=known)
    return Course(
        code=reading.text(members, "code", path, _CODE),
        name=reading.names(members.get("name"), f"{path}.name"),
        credits=Decimal(reading.text(members, "credits", path, r"[0-9]{1,3}(\.[0-9]{1,2})?") or "0"),
        hours=reading.count(members, "hours", path, low=0, high=10_000),
        term=reading.count(members, "term", path, low=1, high=MAX_TERMS),
        prerequisites=reading.texts(members, "prerequisites", path, optional=True),
        alignments=_listed(
            reading, {"alignments": [], **members}, "alignments", path, most=MAX_ALIGNMENTS, item=_alignment
        ),
        category=reading.text(members, "category", path, f"{_WORD}|", optional=True),
        classes=_classes(reading, members, path),
        open=_flag(reading, members, "open", path),
    )


def _classes(reading: Reading, members: Mapping[str, Any], path: str) -> tuple[str, ...]:
    classes = reading.texts(members, "classes", path, optional=True)
    if not all(re.fullmatch(_WORD, one) for one in classes):
        reading.note(f"{path}.classes", f"words like {_WORD} are needed")
        return ()
    return classes


def _flag(reading: Reading, members: Mapping[str, Any], name: str, path: str) -> bool:
    value = members.get(name, False)
    if not isinstance(value, bool):
        reading.note(f"{path}.{name}", "true or false is needed")
    return value is True


def _alignment(reading: Reading, value: object, path: str) -> Alignment:
    known = frozenset({"competency", "level", "kind", "weight", "column"})
    members = reading.members(value, path, known=known)
    return Alignment(
        competency=reading.text(members, "competency", path, NUMBER),
        level=_one_of(reading, members, "level", path, tuple(LEVELS)),
        kind=_one_of(reading, members, "kind", path, KINDS),
        weight=reading.count(members, "weight", path, low=1, high=100) if "weight" in members else 100,
        column=_one_of(reading, members, "column", path, COLUMNS) if members.get("column") is not None else "",
    )


def _one_of(reading: Reading, members: Mapping[str, Any], name: str, path: str, known: Sequence[str]) -> str:
    value = members.get(name)
    if isinstance(value, str) and value in known:
        return value
    reading.note(f"{path}.{name}", f"one of {', '.join(known)} is needed")
    return ""


def _given(courses: Sequence[Course]) -> dict[str, Given]:
    given: dict[str, Given] = {}
    for course in courses:
        for one in course.alignments:
            terms = given.setdefault(one.competency, {}).setdefault((one.level, one.column), {})
            taught, assessed = terms.get(course.term, (0, 0))
            if one.kind == "assessed":
                assessed += one.weight
            elif one.kind != "introduced":
                taught += one.weight
            terms[course.term] = taught, assessed
    return given


def _check_terms(reading: Reading, programme: Programme) -> None:
    numbers = [term.number for term in programme.terms]
    if numbers != list(range(1, len(numbers) + 1)):
        reading.note("terms", "the terms are numbered 1, 2, 3 …, each once")
    for before, after in zip(programme.terms, programme.terms[1:], strict=False):
        if after.starts_on <= before.ends_on:
            reading.note("terms", f"term {after.number} starts before term {before.number} ends")
    for index, course in enumerate(programme.courses):
        if course.term not in numbers:
            reading.note(f"courses[{index}].term", f"there is no term {course.term}")


def _check_prerequisites(reading: Reading, courses: Sequence[Course]) -> None:
    needs: dict[str, tuple[str, ...]] = {}
    for index, course in enumerate(courses):
        if course.code in needs:
            reading.note(f"courses[{index}].code", f"{course.code} stands twice")
        needs[course.code] = course.prerequisites
    for index, course in enumerate(courses):
        for code in course.prerequisites:
            if code not in needs:
                reading.note(f"courses[{index}].prerequisites", f"there is no course {code}")
    circle = _in_circle(needs)
    if circle:
        reading.note("courses", f"the prerequisites of {', '.join(circle)} go in a circle")


def _in_circle(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the courses that can never be taken: take away again and again those whose prerequisites are all taken."""
    waits = {code: {one for one in wanted if one in needs} for code, wanted in needs.items()}
    opens: dict[str, list[str]] = {code: [] for code in needs}
    for code, wanted in waits.items():
        for one in wanted:
            opens[one].append(code)
    ready = [code for code, wanted in waits.items() if not wanted]
    while ready:
        taken = ready.pop()
        del waits[taken]
        for code in opens[taken]:
            waits[code].discard(taken)
            if not waits[code]:
                ready.append(code)
    return sorted(waits)
