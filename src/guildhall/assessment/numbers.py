"""Certificate numbers: checking those that a file gives, taking serials for the others.

A number is a key inside its scheme. Whoever takes serials holds the counter's row until commit, and numbers that were
given in files are passed over, so that no number is ever given twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from itertools import islice

from guildhall.accounts import bulk
from guildhall.assessment.models import NumberCounter
from guildhall.core.codes import certificate_number
from guildhall.core.codes.answer import MalformedCodeError
from guildhall.core.codes.certificate_number import LAYOUTS, Opaque, ShanghaiNumber, Structured
from guildhall.core.results.fields import Said

_OWN = {"year", "level", "serial"}
_SERIAL_DIGITS = {"A": 6, "B": 6, "C": 5, "E": 5}
_LONGEST = 40
_TOGETHER = 1000


@dataclass(frozen=True, slots=True)
class Prefix:
    """All of a number but its serial."""

    text: str
    n_digits: int

    @property
    def highest(self) -> int:
        """The last serial that fits."""
        return int("9" * self.n_digits)

    def number(self, serial: int) -> str:
        """Return the number with this serial."""
        return f"{self.text}{serial:0{self.n_digits}}"


def prefix(layout: str, parts: Mapping[str, Mapping[str, str]], level: str, issued_on: date) -> Prefix | None:
    """Return the beginning of the numbers that the register gives, None where it cannot give any.

    Shape:  ``parts`` the issuer's, by layout (``issuers.models.Issuer.number_parts``).
    """
    n_digits = _SERIAL_DIGITS.get(layout)
    own = parts.get(layout)
    if n_digits is None or own is None:
        return None
    names = {field.name for field in fields(LAYOUTS[layout].parts)}
    if set(own) != names - _OWN:
        return None
    rest = {"year": f"{issued_on.year % 100:02}", "level": level, "serial": "1".zfill(n_digits)}
    try:
        return Prefix(certificate_number.format(LAYOUTS[layout].parts(**own, **rest))[:-n_digits], n_digits)
    except MalformedCodeError:
        return None


def faults(number: str, layout: str, parts: Mapping[str, Mapping[str, str]], level: str, issued_on: date) -> list[Said]:
    """Return what is wrong with a number that a file gives: its layout, its issuer, its level, its year."""
    read = certificate_number.parse(number, layout)
    if isinstance(read, Opaque) or len(number) > _LONGEST:
        return [("number_layout_wrong", {"layout": layout})]
    assert not isinstance(read, certificate_number.Ambiguous), "a named layout is not ambiguous"
    if isinstance(read, ShanghaiNumber):
        return []
    return list(_faults(read, parts.get(layout), level, issued_on))


def _faults(read: Structured, own: Mapping[str, str] | None, level: str, issued_on: date) -> Iterable[Said]:
    assert not isinstance(read, ShanghaiNumber)
    if own is not None and any(getattr(read, name, None) != value for name, value in own.items()):
        yield "number_issuer_differs", {}
    # Only digits are known to stand for levels; the letter of layout B is not published.
    if read.level.isdigit() and read.level != level:
        yield "number_level_differs", {"level": read.level}
    if read.year != f"{issued_on.year % 100:02}":
        yield "number_year_differs", {"year": read.year}


@lru_cache(maxsize=65_536)
def key(number: str) -> str:
    """Return the form in which a number is stored and found."""
    return certificate_number.lookup_key(number)


def taken(scheme: str, numbers: Iterable[str]) -> set[str]:
    """Return those of the numbers that stand in the register already."""
    found: set[str] = set()
    rest = iter(numbers)
    while group := list(islice(rest, _TOGETHER)):
        places = ", ".join(["%s"] * len(group))
        rows = bulk.select(
            f"SELECT number FROM assessment_result WHERE scheme_id = %s AND number IN ({places})",  # noqa: S608
            scheme,
            *group,
        )
        found.update(row[0] for row in rows)
    return found


def free(scheme: str, start: Prefix, n_numbers: int, *, passed_over: Sequence[str], last: int) -> tuple[list[str], int]:
    """Return the next free numbers after serial ``last``, and the last serial then; fewer where they run out.

    Shape:  ``passed_over`` numbers that the same file gives.
    """
    given = set(passed_over)
    numbers: list[str] = []
    while len(numbers) < n_numbers and last < start.highest:
        serials = range(last + 1, min(last + n_numbers - len(numbers), start.highest) + 1)
        candidates = [start.number(serial) for serial in serials]
        used = given | taken(scheme, candidates)
        numbers += [number for number in candidates if number not in used]
        last = serials[-1]
    return numbers, last


def last_serial(scheme: str, start: Prefix, *, lock: bool) -> int:
    """Return the last serial given under a prefix (0: none); with ``lock`` nobody else takes one until commit."""
    counters = NumberCounter.objects.filter(scheme_id=scheme, prefix=start.text)
    if not lock:
        return counters.values_list("last", flat=True).first() or 0
    counter = counters.select_for_update(no_key=True).first()
    if counter is None:
        # Two may begin the same counter at once: the constraint lets one, and both then wait for its row.
        NumberCounter.objects.get_or_create(scheme_id=scheme, prefix=start.text)
        counter = counters.select_for_update(no_key=True).get()
    return counter.last


def move_on(scheme: str, start: Prefix, last: int) -> None:
    """Note the last serial given; the caller holds the counter's lock."""
    NumberCounter.objects.filter(scheme_id=scheme, prefix=start.text).update(last=last)
