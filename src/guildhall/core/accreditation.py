"""May this issuer award this, here, on that day? The answer, and the filing that it rests on.

A filing counts between two dates, both included, and not while it is suspended. Later loss of authority does not void
earlier awards: the question is always asked for the day of the award.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Standing(StrEnum):
    """The eight answers. ``AUTHORISED`` alone allows an award."""

    AUTHORISED = "authorised"
    UNKNOWN_ISSUER = "unknown-issuer"
    NOT_YET = "not-yet"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    WRONG_OCCUPATION = "wrong-occupation"
    WRONG_LEVEL = "wrong-level"
    WRONG_REGION = "wrong-region"


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time without authority, both days included; ``until_on`` None: until further notice."""

    from_on: date
    until_on: date | None = None

    def covers(self, on: date) -> bool:
        """Tell whether the suspension holds on this day."""
        return self.from_on <= on and (self.until_on is None or on <= self.until_on)


@dataclass(frozen=True, slots=True)
class Filing:
    """What one issuer may award. ``sites`` empty: every site. ``ends_on`` None: no end is set."""

    filing: str
    issuer: str
    scheme: str
    occupations: frozenset[str]
    levels: frozenset[str]
    regions: frozenset[str]
    starts_on: date
    ends_on: date | None
    sites: frozenset[str] = frozenset()
    suspensions: tuple[Suspension, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One award to be judged. ``region`` six digits (GB/T 2260); ``site`` empty when the award names none."""

    issuer: str
    scheme: str
    occupation: str
    level: str
    region: str
    on: date
    site: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The standing and the filing number that it rests on (empty for an unknown issuer)."""

    standing: Standing
    filing: str = ""
    detail: str = field(default="", compare=False)

    @property
    def authorised(self) -> bool:
        """Tell whether the award is allowed."""
        return self.standing is Standing.AUTHORISED


def covers_region(regions: Iterable[str], region: str) -> bool:
    """Tell whether one of ``regions`` holds ``region``; trailing pairs of zeros cover all below.

    What is not six digits covers nothing and lies nowhere: an empty text must not stand for the whole country.

    Source: GB/T 2260 (two digits each for province, prefecture, county).
    """
    return _is_region(region) and any(_is_region(outer) and _within(outer, region) for outer in regions)


def _is_region(text: str) -> bool:
    return len(text) == 6 and text.isascii() and text.isdigit()


def _within(outer: str, region: str) -> bool:
    if outer == "000000":
        return True
    stem = outer
    while stem.endswith("00"):
        stem = stem[:-2]
    return region.startswith(stem)


def judge(filings: Sequence[Filing], question: Question) -> Answer:
    """Answer ``question`` from all filings of the register.

    The filing that fits best decides: the one that fails latest in the order issuer and scheme, occupation, level,
    region and site, dates, suspension; among equals the one with the latest start. So a refusal names the nearest filing.
    """
    own = [f for f in filings if f.issuer == question.issuer and f.scheme == question.scheme]
    if not own:
        return Answer(Standing.UNKNOWN_ISSUER, detail="no filing of this issuer in this scheme")
    best = max(own, key=lambda f: (_standing(f, question)[0], f.starts_on, f.filing))
    _, standing, detail = _standing(best, question)
    return Answer(standing, best.filing, detail)


def judge_right(filings: Sequence[Filing], *, issuer: str, scheme: str, on: date) -> Answer:
    """Answer whether an issuer has, on a day, a right that knows no occupation, level or region.

    Only a filing of exactly this scheme that names no occupation gives it: no right to award certificates does, and it gives
    none.
    """
    own = [f for f in filings if f.issuer == issuer and f.scheme == scheme and not f.occupations]
    if not own:
        return Answer(Standing.UNKNOWN_ISSUER, detail="no filing of this issuer in this scheme")
    best = max(own, key=lambda f: (_in_force(f, on)[0], f.starts_on, f.filing))
    _, standing, detail = _in_force(best, on)
    return Answer(standing, best.filing, detail)


def _standing(filing: Filing, question: Question) -> tuple[int, Standing, str]:
    if question.occupation not in filing.occupations:
        return 0, Standing.WRONG_OCCUPATION, f"{question.occupation} is not among the occupations filed"
    if question.level not in filing.levels:
        return 1, Standing.WRONG_LEVEL, f"level {question.level} is not among the levels filed"
    if not covers_region(filing.regions, question.region):
        return 2, Standing.WRONG_REGION, f"region {question.region} is not among the regions filed"
    if filing.sites and question.site not in filing.sites:
        return 2, Standing.WRONG_REGION, f"site {question.site or '(none)'} is not among the sites filed"
    return _in_force(filing, question.on)


def _in_force(filing: Filing, on: date) -> tuple[int, Standing, str]:
    if on < filing.starts_on:
        return 3, Standing.NOT_YET, f"in force only from {filing.starts_on.isoformat()}"
    if filing.ends_on is not None and on > filing.ends_on:
        return 3, Standing.EXPIRED, f"in force only until {filing.ends_on.isoformat()}"
    for suspension in filing.suspensions:
        if suspension.covers(on):
            until = suspension.until_on.isoformat() if suspension.until_on else "further notice"
            return 4, Standing.SUSPENDED, f"suspended from {suspension.from_on.isoformat()} until {until}"
    return 5, Standing.AUTHORISED, "in force"
