"""The unified social credit code of organisations (统一社会信用代码), eighteen characters with a check digit.

Letters may stand in front: A, N and Y are registrars like 1, 5 and 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from guildhall.core.codes.answer import Answer, Finding, MalformedCodeError, finding
from guildhall.core.codes.regions import PROVINCES
from guildhall.core.codes.text import LONGEST, folded, is_ascii_digits

KIND = "credit-code"

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters: digits and capitals without I, O, S, V, Z."""

REGISTRARS: Mapping[str, Mapping[str, str]] = {
    "1": {"zh": "机构编制", "en": "institutional establishment"},
    "2": {"zh": "外交", "en": "foreign affairs"},
    "3": {"zh": "司法行政", "en": "justice"},
    "4": {"zh": "文化", "en": "culture"},
    "5": {"zh": "民政", "en": "civil affairs"},
    "6": {"zh": "旅游", "en": "tourism"},
    "7": {"zh": "宗教", "en": "religious affairs"},
    "8": {"zh": "工会", "en": "trade unions"},
    "9": {"zh": "市场监管（工商）", "en": "market regulation"},
    "A": {"zh": "中央军委改革和编制办公室", "en": "military"},
    "N": {"zh": "农业", "en": "agriculture (rural collectives)"},
    "Y": {"zh": "其他", "en": "other"},
}
"""First character: who keeps the register. Source: GB 32100-2015, table 1 with amendment 1."""

_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_NATIONAL_REGION = "10"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class CreditCode:
    """What the code says.

    Shape:  ``registrar`` and ``entity_type`` one character, ``region`` six digits, ``organisation`` nine characters.
    Source: GB 32100-2015, section 4.
    """

    registrar: str
    entity_type: str
    region: str
    organisation: str


def check_character(first_seventeen: str) -> str:
    """Return the eighteenth character.

    Shape:  seventeen characters of ``ALPHABET`` in, one out.
    Source: GB 32100-2015, section 5 (weights 3^i mod 31).
    """
    total = sum(ALPHABET.index(c) * weight for c, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def check(text: str) -> Answer[CreditCode]:
    """Say whether the text is a credit code, and all that is wrong with it.

    Source: GB 32100-2015.
    """
    code = folded(text)
    problems = _shape_problems(code)
    if problems:
        return Answer(KIND, text, code[:LONGEST], None, problems)
    found = []
    if not is_ascii_digits(code[2:8]):
        found.append(finding("region_not_digits"))
    if check_character(code[:17]) != code[17]:
        found.append(finding("wrong_check_digit"))
    parts = None if found else CreditCode(code[0], code[1], code[2:8], code[8:17])
    return Answer(KIND, text, code, parts, tuple(found), _warnings(code))


def parse(text: str) -> CreditCode:
    """Return the parts of a valid code.

    Raises: MalformedCodeError with the codes of all problems.
    """
    return check(text).require()


def format(parts: CreditCode) -> str:  # noqa: A001 - parse and format are one pair in every module here
    """Return the eighteen characters of the parts.

    Raises: MalformedCodeError if a part is too long, too short or of wrong characters.
    """
    body = parts.registrar + parts.entity_type + parts.region + parts.organisation
    widths = tuple(map(len, (parts.registrar, parts.entity_type, parts.region, parts.organisation)))
    if widths != (1, 1, 6, 9) or not set(body) <= set(ALPHABET) or not is_ascii_digits(parts.region):
        raise MalformedCodeError("These parts make no credit code.", kind=KIND)
    return body + check_character(body)


def organisation_check_character(first_eight: str) -> str:
    """Return the ninth character of an organisation code.

    Shape:  eight of ``0-9A-Z`` in, one of ``0-9X`` out.
    Source: GB 11714-1997, section 4.
    """
    total = sum(int(c, 36) * weight for c, weight in zip(first_eight, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def _shape_problems(code: str) -> tuple[Finding, ...]:
    if not code:
        return (finding("empty"),)
    if len(code) != 18:
        return (finding("wrong_length", n=len(code), expected=18),)
    wrong = "".join(c for c in code if c not in ALPHABET)
    return (finding("wrong_characters", characters=wrong),) if wrong else ()


def _warnings(code: str) -> tuple[Finding, ...]:
    warnings = []
    if code[0] not in REGISTRARS:
        warnings.append(finding("unknown_registrar", registrar=code[0]))
    if code[2:4] not in PROVINCES and code[2:4] != _NATIONAL_REGION:
        warnings.append(finding("unknown_region", region=code[2:4]))
    if organisation_check_character(code[8:16]) != code[16]:
        warnings.append(finding("organisation_check_digit"))
    return tuple(warnings)
