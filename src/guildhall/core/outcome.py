"""Learning outcomes: courses passed, diplomas, certificates, trainings … of one person, all of one shape, side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from guildhall.core.amounts import read_amount
from guildhall.core.codes.level import LEVELS
from guildhall.core.reading import Reading

ID: Final = r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}"
OCCUPATION_SHAPE: Final = r"[0-9]-[0-9]{2}-[0-9]{2}-[0-9]{2}"
_SCHEME: Final = r"[a-z][a-z0-9-]{0,15}"
_NUMBER: Final = re.compile(r"(0|[1-9][0-9]{0,2})(\.[1-9][0-9]{0,2}){0,3}", re.ASCII)
_LINE: Final = r"\S(.{0,126}\S)?"
_MAX_COMPETENCIES: Final = 1000

KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "diploma": {"zh": "学历证书", "en": "diploma"},
    "course": {"zh": "学历教育课程", "en": "course of a degree programme"},
    "self-study-exam": {"zh": "自学考试课程", "en": "self-study examination"},
    "online-course": {"zh": "在线课程", "en": "online course"},
    "vocational-certificate": {"zh": "职业资格或职业技能等级证书", "en": "vocational qualification certificate"},
    "x-certificate": {"zh": "X 证书", "en": "X certificate (1+X)"},
    "other-certificate": {"zh": "其他证书", "en": "other certificate"},
    "training-certificate": {"zh": "培训证书", "en": "training certificate"},
    "performance": {"zh": "业绩成果", "en": "achievement in work, competition or research"},
}
"""Kinds of outcome. Source: Guangdong's eight kinds (domain reference, section 2.1), X certificates beside them."""

BASES: Final[Mapping[str, Mapping[str, str]]] = {
    "exam": {"zh": "考试", "en": "examination"},
    "course": {"zh": "仅修课", "en": "course only"},
    "degree": {"zh": "学历直接取得", "en": "by degree"},
    "experience": {"zh": "仅凭资历", "en": "experience only"},
}
"""What an outcome was awarded for."""

STATUSES: Final = ("valid", "suspended", "revoked", "annulled", "expired")

LADDERS: Final[Mapping[str, tuple[str, int]]] = MappingProxyType(
    {
        **{code: ("skill", level.rung) for code, level in LEVELS.items()},
        **{code: ("x", step) for step, code in enumerate(("elementary", "intermediate", "advanced"))},
        **{
            code: ("academic", step)
            for step, codes in enumerate(
                (
                    ("secondary-vocational", "technical-school"),
                    ("advanced-class", "pre-technician", "higher-vocational", "college"),
                    ("bachelor",),
                    ("master",),
                    ("doctor",),
                )
            )
            for code in codes
        },
    }
)
"""Level code → ladder and height on it. Levels of different ladders do not compare."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing learnt and shown.

    Shape:  ``id`` is unique in the record; empty text means not said; ``accredited`` tells whether the issuer was
            accredited on the day of award, None: nobody said. ``competencies``: number in the occupation's standard → level
            at which it is held; empty for a certificate means all of its level.
    Units:  ``credits`` in hundredths, None: none said; ``hours`` whole hours of learning.
    """

    id: str
    kind: str
    awarded_on: date
    name: Mapping[str, str] = field(default_factory=dict)
    scheme: str = ""
    occupation: str = ""
    level: str = ""
    number: str = ""
    issuer: str = ""
    institution: str = ""
    code: str = ""
    basis: str = ""
    accredited: bool | None = None
    status: str = "valid"
    valid_until: date | None = None
    credits: int | None = None
    hours: int | None = None
    grade: str = ""
    term: str = ""
    competencies: Mapping[str, str] = field(default_factory=dict)


def at_least(level: str, wanted: str) -> bool:
    """Tell whether a level is as high as the one wanted; levels of different ladders are not."""
    own, asked = LADDERS.get(level), LADDERS.get(wanted)
    return own is not None and asked is not None and own[0] == asked[0] and own[1] >= asked[1]


_MEMBERS = frozenset(Outcome.__dataclass_fields__)


def read_outcome(reading: Reading, value: object, path: str) -> Outcome:
    """Return the outcome that an object of a record holds; what does not fit is noted.

    Shape:  as in docs/formats/record.md.
    """
    members = reading.members(value, path, known=_MEMBERS)
    accredited = members.get("accredited")
    if not (accredited is None or isinstance(accredited, bool)):
        reading.note(f"{path}.accredited", "true, false or null is needed")
    outcome = Outcome(
        id=reading.text(members, "id", path, ID),
        kind=_one_of(reading, members, "kind", path, KINDS),
        awarded_on=reading.day(members, "awarded_on", path),
        name=reading.names(members.get("name"), f"{path}.name", optional=True),
        scheme=reading.text(members, "scheme", path, f"{_SCHEME}|", optional=True),
        occupation=reading.text(members, "occupation", path, f"{OCCUPATION_SHAPE}|", optional=True),
        level=_one_of(reading, members, "level", path, LADDERS, optional=True),
        number=reading.text(members, "number", path, r"\S{0,64}", optional=True),
        issuer=reading.text(members, "issuer", path, f"{_LINE}|", optional=True),
        institution=reading.text(members, "institution", path, f"{_LINE}|", optional=True),
        code=reading.text(members, "code", path, f"{ID}|", optional=True),
        basis=_one_of(reading, members, "basis", path, BASES, optional=True),
        accredited=accredited if isinstance(accredited, bool) else None,
        status=_one_of(reading, members, "status", path, dict.fromkeys(STATUSES), optional=True) or "valid",
        valid_until=reading.optional_day(members, "valid_until", path),
        credits=read_amount(reading, members, "credits", path),
        hours=None if members.get("hours") is None else reading.count(members, "hours", path, low=0, high=100_000),
        grade=reading.text(members, "grade", path, r"\S(.{0,14}\S)?|", optional=True),
        term=reading.text(members, "term", path, f"{ID}|", optional=True),
        competencies=_competencies(reading, members, path),
    )
    if outcome.valid_until is not None and outcome.valid_until < outcome.awarded_on:
        reading.note(f"{path}.valid_until", "lies before the first day")
    return outcome


def _one_of(
    reading: Reading,
    members: Mapping[str, Any],
    name: str,
    path: str,
    known: Mapping[str, object],
    *,
    optional: bool = False,
) -> str:
    value = members.get(name)
    if optional and value in (None, ""):
        return ""
    if isinstance(value, str) and value in known:
        return value
    reading.note(f"{path}.{name}", f"one of {', '.join(known)} is needed")
    return ""


def _competencies(reading: Reading, members: Mapping[str, Any], path: str) -> dict[str, str]:
    value = members.get("competencies")
    if value is None:
        return {}
    here = f"{path}.competencies"
    held = reading.members(value, here)
    if len(held) > _MAX_COMPETENCIES:
        reading.note(here, f"at most {_MAX_COMPETENCIES} are read")
        return {}
    return {number: _one_of(reading, held, number, here, LEVELS) for number in held if _numbered(reading, number, here)}


def _numbered(reading: Reading, number: str, path: str) -> bool:
    if _NUMBER.fullmatch(number):
        return True
    reading.note(path, "numbers of competencies are needed, like 1.2")
    return False
