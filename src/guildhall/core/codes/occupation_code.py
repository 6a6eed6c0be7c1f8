"""Codes of the national occupational classification: ``d-dd-dd-dd``. There is no check digit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from guildhall.core.codes.answer import Answer, MalformedCodeError, finding
from guildhall.core.codes.text import LONGEST, folded, with_hyphens

KIND = "occupation-code"

_PATTERN = re.compile(r"([0-9])-([0-9]{2})-([0-9]{2})-([0-9]{2})")
_SHAPE = "d-dd-dd-dd"


@dataclass(frozen=True, slots=True)
class OccupationCode:
    """The four steps of the classification: major (大类), middle (中类), minor (小类), occupation (职业).

    Source: 中华人民共和国职业分类大典 (2022); GB/T 6565.
    """

    major: str
    middle: str
    minor: str
    occupation: str


def check(text: str) -> Answer[OccupationCode]:
    """Say whether the text has the form of an occupation code. Whether an edition has it is the register's answer."""
    code = with_hyphens(folded(text))[:LONGEST]
    match = _PATTERN.fullmatch(code)
    if match is None:
        problem = finding("wrong_shape", expected=_SHAPE) if code else finding("empty")
        return Answer(KIND, text, code, None, (problem,))
    parts = OccupationCode(*match.groups())
    warnings = () if parts.major in "12345678" else (finding("unknown_major", major=parts.major),)
    return Answer(KIND, text, code, parts, (), warnings)


def parse(text: str) -> OccupationCode:
    """Return the parts of a code.

    Raises: MalformedCodeError if the text is not of the form ``d-dd-dd-dd``.
    """
    return check(text).require()


def format(parts: OccupationCode) -> str:  # noqa: A001 - parse and format are one pair in every module here
    """Return the code of the parts.

    Raises: MalformedCodeError if a part is not of one and two, two, two digits.
    """
    code = f"{parts.major}-{parts.middle}-{parts.minor}-{parts.occupation}"
    if _PATTERN.fullmatch(code) is None:
        raise MalformedCodeError(f"These parts make no code of the form {_SHAPE}.", kind=KIND)
    return code
