"""Schemes, their levels and the parts that each level is assessed in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from guildhall.core.errors import NotFoundError
from guildhall.schemes.models import Scheme

_SPACE = re.compile(r"\s+")
_LEVEL_DIGIT = re.compile(r"([1-5])级?|level([1-5])")


class UnknownSchemeError(NotFoundError):
    """No scheme of this register has this code."""

    code = "unknown_scheme"


class UnknownLevelError(NotFoundError):
    """The scheme's ladder has no such level."""

    code = "unknown_level"


@dataclass(frozen=True, slots=True)
class Level:
    """A rung of a scheme's ladder. Sort by ``rung``: code numbers fall as skill rises."""

    code: str
    rung: int
    name: dict[str, str]
    also: tuple[str, ...]
    awarded: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an assessment. ``pass_mark`` and ``full_mark`` are points."""

    code: str
    name: dict[str, str]
    pass_mark: Decimal
    full_mark: Decimal
    levels: frozenset[str]


def scheme_by_code(code: str) -> Scheme:
    """Return the scheme with this code.

    Raises: UnknownSchemeError.
    """
    found = Scheme.objects.filter(code=code).first()
    if found is None:
        raise UnknownSchemeError(f"{code} is no scheme of this register", scheme=code)
    return found


def schemes(on: date | None = None) -> list[Scheme]:
    """Return all tracks of certification in their order (only those in force on the day ``on``, if one is given).

    A right that awards no certificate, such as to convert credits, has a row but no number layout, and is none.
    """
    tracks = Scheme.objects.exclude(number_layout="")
    if on is None:
        return list(tracks)
    return list(tracks.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on))


def levels(scheme: Scheme) -> tuple[Level, ...]:
    """Return the ladder, lowest rung first."""
    return tuple(
        Level(r["code"], r["rung"], r["name"], tuple(r.get("also", ())), r.get("awarded", True)) for r in scheme.ladder
    )


def level(scheme: Scheme, code: str) -> Level:
    """Return the level with this code.

    Raises: UnknownLevelError.
    """
    for rung in levels(scheme):
        if rung.code == code:
            return rung
    raise _unknown(scheme, code)


def find_level(scheme: Scheme, text: str) -> Level:
    """Return the level that people mean by ``3``, ``3级``, ``三级``, ``高级工``, ``三级/高级工`` or ``Level 3``.

    Raises: UnknownLevelError, also when two parts of the text mean two levels.
    """
    return find_level_in(levels(scheme), scheme, text)


def find_level_in(ladder: Sequence[Level], scheme: Scheme, text: str) -> Level:
    """Do the same with a ladder read before, for many texts."""
    wanted = _SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    exact = _meant(ladder, wanted)
    if exact is not None:
        return exact
    pieces = [piece for piece in re.split(r"[/()、,]", wanted) if piece]
    meant = {rung.code: rung for piece in pieces if (rung := _meant(ladder, piece)) is not None}
    if len(meant) != 1 or any(_meant(ladder, piece) is None for piece in pieces):
        raise _unknown(scheme, text)
    return next(iter(meant.values()))


def parts(scheme: Scheme, level_code: str | None = None) -> tuple[Part, ...]:
    """Return the parts of assessment (only those of one level, if ``level_code`` is given), in their order."""
    return tuple(
        Part(p["code"], p["name"], Decimal(p["pass_mark"]), Decimal(p.get("full_mark", "100")), frozenset(p["levels"]))
        for p in scheme.parts
        if level_code is None or level_code in p["levels"]
    )


def _meant(ladder: Sequence[Level], wanted: str) -> Level | None:
    match = _LEVEL_DIGIT.fullmatch(wanted)
    digit = (match[1] or match[2]) if match else ""
    for rung in ladder:
        names = {_SPACE.sub("", unicodedata.normalize("NFKC", n)).casefold() for n in (*rung.name.values(), *rung.also)}
        if wanted == rung.code.casefold() or wanted in names or (digit and digit == rung.code):
            return rung
    return None


def _unknown(scheme: Scheme, text: str) -> UnknownLevelError:
    return UnknownLevelError(f"{text} is no level of {scheme.code}", text=text, scheme=scheme.code)
