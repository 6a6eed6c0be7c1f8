"""The citizen identity number (公民身份号码), eighteen characters with a check digit.

Residence permits of Hong Kong, Macau and Taiwan residents (81, 82, 83) are numbers of the same rule.
Says nothing about whether a number was ever given to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from guildhall.core.codes.answer import Answer, Finding, MalformedCodeError, finding
from guildhall.core.codes.regions import PROVINCES, RESIDENCE_PERMITS
from guildhall.core.codes.text import LONGEST, folded, is_ascii_digits

KIND = "resident-id"

_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_CHECK = "10X98765432"
_CENTENARIANS = ("996", "997", "998", "999")
_EARLIEST_YEAR = 1900
_HOME = frozenset(PROVINCES) - frozenset(RESIDENCE_PERMITS)


@dataclass(frozen=True, slots=True)
class ResidentId:
    """What the number says.

    Shape:  ``region`` six digits (where it was first given); ``order`` three digits, odd for men.
    Source: GB 11643-1999, section 4.
    """

    region: str
    born_on: date
    order: str

    @property
    def is_residence_permit(self) -> bool:
        """The number is one of a residence permit (81, 82, 83)."""
        return self.region[:2] in RESIDENCE_PERMITS


def check_character(first_seventeen: str) -> str:
    """Return the eighteenth character.

    Shape:  seventeen ASCII digits in, one of ``0123456789X`` out.
    Source: GB 11643-1999, appendix A (ISO/IEC 7064, MOD 11-2).
    """
    total = sum(int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return _CHECK[total % 11]


def upgraded(fifteen: str) -> str:
    """Return the eighteen-character form of an old number of fifteen digits.

    The order numbers 996 to 999 were kept for people a hundred years old, so their century is 18.

    Shape:  fifteen ASCII digits in.
    Source: GB 11643-1989 and 国发〔1999〕15号.
    """
    century = "18" if fifteen[12:] in _CENTENARIANS else "19"
    body = fifteen[:6] + century + fifteen[6:]
    return body + check_character(body)


def check(text: str, *, today: date | None = None) -> Answer[ResidentId]:
    """Say whether the text is a resident ID, and all that is wrong with it.

    Full-width digits, spaces and a small x are accepted; fifteen digits are upgraded; an unknown region is a warning.

    Shape:  ``today`` makes a later date of birth a problem; without it the date only has to be real.
    Source: GB 11643-1999; residence permits 国办发〔2018〕81号.
    """
    number = folded(text)
    warnings: list[Finding] = []
    if len(number) == 15 and is_ascii_digits(number):
        number = upgraded(number)
        warnings.append(finding("upgraded_from_15"))
    problems = _shape_problems(number)
    if problems:
        return Answer(KIND, text, number[:LONGEST], None, problems, tuple(warnings))
    born_on = _date(number[6:14])
    found = [*_date_problems(born_on, today), *_check_problems(number)]
    warnings += _warnings(number, born_on)
    parts = None if born_on is None else ResidentId(number[:6], born_on, number[14:17])
    return Answer(KIND, text, number, parts, tuple(found), tuple(warnings))


def plain(number: str, *, today: date) -> ResidentId | None:
    """Return the parts of a number about which there is nothing to say; None wherever it has to be looked at closely.

    It never says more than ``check`` does, only sooner: files bring these numbers by the hundred thousand, with few regions
    and few birthdays among them, so what a region and a birthday add to the check digit is kept.

    Shape:  eighteen ASCII characters of a province, no residence permit; anything else is None.
    """
    if len(number) != 18 or not is_ascii_digits(number[:17]) or number[:2] not in _HOME:
        return None
    born_on, of_date = _birthday(number[6:14])
    if born_on is None or born_on > today or born_on.year < _EARLIEST_YEAR:
        return None
    if _CHECK[(_of_region(number[:6]) + of_date + _OF_ORDER[int(number[14:17])]) % 11] != number[17]:
        return None
    return ResidentId(number[:6], born_on, number[14:17])


def parse(text: str) -> ResidentId:
    """Return the parts of a valid number.

    Raises: MalformedCodeError with the codes of all problems.
    """
    return check(text).require()


def format(parts: ResidentId) -> str:  # noqa: A001 - parse and format are one pair in every module here
    """Return the eighteen characters of the parts.

    Raises: MalformedCodeError if region or order are not digits of the right number.
    """
    # Not %Y: strftime does not pad years before 1000 on every system.
    body = f"{parts.region}{parts.born_on.isoformat().replace('-', '')}{parts.order}"
    if len(parts.region) != 6 or len(parts.order) != 3 or not is_ascii_digits(body):
        raise MalformedCodeError("A region has six digits and an order number three.", kind=KIND)
    return body + check_character(body)


def _shape_problems(number: str) -> tuple[Finding, ...]:
    if not number:
        return (finding("empty"),)
    if len(number) != 18:
        return (finding("wrong_length", n=len(number), expected=18),)
    wrong = [c for c in number[:17] if c not in "0123456789"] + [c for c in number[17] if c not in _CHECK]
    return (finding("wrong_characters", characters="".join(wrong)),) if wrong else ()


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _date_problems(born_on: date | None, today: date | None) -> list[Finding]:
    if born_on is None:
        return [finding("impossible_birth_date")]
    return [finding("born_in_future")] if today is not None and born_on > today else []


def _check_problems(number: str) -> list[Finding]:
    # The right character is not told: a number "repaired" at the check digit is a wrong number that passes.
    return [] if check_character(number[:17]) == number[17] else [finding("wrong_check_digit")]


def _warnings(number: str, born_on: date | None) -> list[Finding]:
    warnings = []
    if number[:2] not in PROVINCES and number[:2] not in RESIDENCE_PERMITS:
        warnings.append(finding("unknown_region", region=number[:2]))
    if born_on is not None and born_on.year < _EARLIEST_YEAR:
        warnings.append(finding("birth_year_unlikely", year=born_on.year))
    return warnings


def _weighed(digits: str, place: int) -> int:
    """Return what digits that begin at a place add to the sum of the check."""
    return sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS[place:], strict=False))


@lru_cache(maxsize=8192)
def _of_region(digits: str) -> int:
    return _weighed(digits, 0)


@lru_cache(maxsize=65_536)
def _birthday(digits: str) -> tuple[date | None, int]:
    return _date(digits), _weighed(digits, 6)


_OF_ORDER = tuple(_weighed(f"{order:03}", 14) for order in range(1000))
