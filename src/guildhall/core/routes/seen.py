"""A record as posts see it: certificates, licences and diplomas side by side, wherever the record says them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from guildhall.core.codes.level import LEVELS
from guildhall.core.coverage import Coverage, Standard, certificate, hold
from guildhall.core.eligibility.conditions import Windows
from guildhall.core.eligibility.days import FOREVER
from guildhall.core.outcome import LADDERS
from guildhall.core.record import HeldAward, Record

_CERTIFICATES = frozenset({"vocational-certificate", "other-certificate", "x-certificate"})

Pairs = frozenset[tuple[str, str]]
"""Competencies held: number and level."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a match rests on beside the record. Shared by all records of one call: it remembers coverage.

    ``alike`` are the codes of schemes that are recognised alike (parallel tracks).
    """

    standards: Mapping[str, Standard] = field(default_factory=dict)
    alike: frozenset[str] = frozenset()
    covered: dict[tuple[str, str, Pairs], Coverage] = field(default_factory=dict, compare=False)
    whole: dict[tuple[str, str], Pairs] = field(default_factory=dict, compare=False)

    def coverage(self, standard: Standard, level: str, pairs: Pairs) -> Coverage:
        """Return what held competencies cover of a level.

        Raises: LevelNotInStandardError.
        """
        key = (standard.occupation, level, pairs)
        if key not in self.covered:
            self.covered[key] = hold(standard, pairs, level=level)
        return self.covered[key]

    def of_certificate(self, standard: Standard, level: str) -> Pairs:
        """Return what a certificate of a level holds."""
        key = (standard.occupation, level)
        if key not in self.whole:
            self.whole[key] = certificate(standard, level)
        return self.whole[key]


def ground(standards: Iterable[Standard] = (), alike: Iterable[str] = ()) -> Ground:
    """Return the ground of matches: standards by occupation, and the schemes that are recognised alike."""
    return Ground({one.occupation: one for one in standards}, frozenset(alike))


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of a level and where the record says it. Units: days as ordinals."""

    at: str
    occupation: str
    level: str
    scheme: str
    number: str
    start: int
    end: int


class Seen:
    """One record, seen from posts. What stands in ``outcomes`` with another status than ``valid`` counts nowhere."""

    __slots__ = ("certificates", "diplomas", "ground", "record", "stretches")

    def __init__(self, record: Record, ground: Ground) -> None:
        placed = awards_of(record)
        if len(placed) != len(record.awards) or any(
            one is not own for (_, one), own in zip(placed, record.awards, strict=True)
        ):
            record = dataclasses.replace(record, awards=tuple(one for _, one in placed))
        self.record = record
        self.ground = ground
        self.stretches: dict[frozenset[str], Windows] = {}
        self.certificates = [_held(place, one) for place, one in placed]
        self.diplomas = [
            (f"diplomas[{index}]", one.kind, one.major, one.graduates_on.toordinal())
            for index, one in enumerate(record.diplomas)
        ]
        self.diplomas += [
            (f"outcomes[{index}]", one.level, one.name.get("zh", ""), one.awarded_on.toordinal())
            for index, one in enumerate(record.outcomes)
            if one.kind == "diploma" and one.status == "valid" and LADDERS.get(one.level, ("", 0))[0] == "academic"
        ]

    def licences(self, codes: frozenset[str]) -> list[tuple[str, int, int]]:
        """Return the valid certificates of these codes: place, first and last day."""
        return [
            (f"outcomes[{index}]", one.awarded_on.toordinal(), _end(one.valid_until))
            for index, one in enumerate(self.record.outcomes)
            if one.code in codes and one.kind in _CERTIFICATES and one.status == "valid"
        ]

    def competencies(self, standard: Standard) -> list[tuple[str, Pairs, int, int]]:
        """Return what each certificate and outcome holds of a standard: place, competencies, first and last day."""
        own = standard.occupation
        told = {
            (one.scheme, one.number, one.awarded_on.toordinal(), one.level)
            for one in self.record.outcomes
            if one.occupation == own and one.competencies
        }
        found = [
            (one.at, self.ground.of_certificate(standard, one.level), one.start, one.end)
            for one in self.certificates
            if one.occupation == own and (one.scheme, one.number, one.start, one.level) not in told
        ]
        for index, one in enumerate(self.record.outcomes):
            if one.occupation == own and one.competencies and one.status == "valid":
                pairs = frozenset(pair for pair in one.competencies.items() if standard.has(pair[1], pair[0]))
                found.append((f"outcomes[{index}]", pairs, one.awarded_on.toordinal(), _end(one.valid_until)))
        return found


def awards_of(record: Record) -> list[tuple[str, HeldAward]]:
    """Return every certificate of a level with its place: those listed, then those that only the outcomes have.

    A certificate that an outcome of the same scheme and number calls suspended, revoked, annulled or expired is left out.
    """
    void = {(one.scheme, one.number) for one in record.outcomes if one.number and one.status != "valid"}
    found = [
        (f"awards[{index}]", one) for index, one in enumerate(record.awards) if (one.scheme, one.number) not in void
    ]
    listed = {(one.scheme, one.number) for one in record.awards if one.number}
    alike = {(one.occupation, one.level, one.awarded_on) for one in record.awards}
    for index, one in enumerate(record.outcomes):
        if (
            one.kind == "vocational-certificate"
            and one.status == "valid"
            and one.level in LEVELS
            and not (one.number and (one.scheme, one.number) in listed)
            and (one.occupation, one.level, one.awarded_on) not in alike
        ):
            held = HeldAward(one.occupation, one.level, one.awarded_on, one.valid_until, one.scheme, one.number)
            found.append((f"outcomes[{index}]", held))
    return found


def share_of(coverage: Coverage, numbers: frozenset[str]) -> Fraction:
    """Return how much of the cells under these numbers (none: of all) is covered: the mean of the columns, each by weight."""
    if not numbers:
        return coverage.overall.covered
    sums: dict[str, list[int]] = {}
    for one in coverage.cells:
        if not numbers.isdisjoint(one.cell.chain):
            column = sums.setdefault(one.cell.column, [0, 0])
            column[0] += one.cell.weight * one.covered
            column[1] += one.cell.weight * 100
    shares = [Fraction(covered, whole) for covered, whole in sums.values() if whole]
    return sum(shares, Fraction(0)) / len(shares) if shares else Fraction(0)


def _held(place: str, one: HeldAward) -> Certificate:
    start, end = one.awarded_on.toordinal(), _end(one.valid_until)
    return Certificate(place, one.occupation, one.level, one.scheme, one.number, start, end)


def _end(day: date | None) -> int:
    return FOREVER if day is None else day.toordinal()
