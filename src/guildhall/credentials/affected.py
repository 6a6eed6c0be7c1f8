"""Whom a new edition of a standard concerns: filings, awards, rules of eligibility, and whatever rooms above this one add."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources

from guildhall.core.eligibility import read_rules
from guildhall.credentials.models import Award
from guildhall.issuers.models import Accreditation
from guildhall.standards.models import Standard


@dataclass(frozen=True, slots=True)
class Affected:
    """One thing that rests on a standard.

    Shape:  ``kind`` is ``accreditation``, ``award``, ``eligibility`` or what a room above calls its own; ``name`` a language
            map; ``key`` what its page is found by; ``n`` how many there are.
    """

    kind: str
    key: str
    name: Mapping[str, str]
    n: int = 1


Further = Callable[[Standard, date], Sequence[Affected]]
"""A selector of a room above: curricula, conversions, posts."""


def affected_by(standard: Standard, *, on: date, further: Sequence[Further] = ()) -> list[Affected]:
    """Return what rests on a standard's occupation and levels on a day: filings not yet ended, awards under this edition and the
    one that it revises, rules of eligibility, and what ``further`` selectors find.
    """
    return [
        *_filings(standard, on),
        *_awards(standard),
        *_rules(standard),
        *(one for selector in further for one in selector(standard, on)),
    ]


def _filings(standard: Standard, on: date) -> list[Affected]:
    code, levels = standard.occupation.code, set(standard.levels)
    held = Accreditation.objects.filter(ends_on__gte=on).select_related("issuer__organisation").order_by("filing")
    return [
        Affected("accreditation", one.filing, one.issuer.organisation.name)
        for one in held
        if code in one.occupations and levels.intersection(one.levels)
    ]


def _awards(standard: Standard) -> list[Affected]:
    editions = [one for one in (standard, standard.revises) if one is not None]
    counted = [(one, Award.objects.filter(standard=one).count()) for one in editions]
    return [Affected("award", one.edition, one.name, n) for one, n in counted if n]


def _rules(standard: Standard) -> list[Affected]:
    folder = resources.files("guildhall.standards").joinpath("data", "eligibility")
    files = [file.read_bytes() for file in folder.iterdir() if file.name.endswith(".json")]
    editions = read_rules(*files).standards.get(standard.occupation.code, ())
    return [Affected("eligibility", one.edition, standard.occupation.name) for one in editions]
