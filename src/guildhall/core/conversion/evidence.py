"""How much of what courses teach is held by outcomes, by a standard's weights: the evidence that contents are equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from guildhall.core.codes.level import LEVELS, rung
from guildhall.core.conversion.plan import Reason, RuleAt, Shown
from guildhall.core.conversion.rule_set import Offer
from guildhall.core.coverage import Programme, Standard, align, certificate, hold, part_of, percent
from guildhall.core.coverage.programme import Course
from guildhall.core.outcome import Outcome

_FULL = 100
_MAX_MISSING = 20
_CERTIFICATES = frozenset({"vocational-certificate", "x-certificate", "other-certificate"})

Held = frozenset[tuple[str, str]]
Key = tuple[str, Held, tuple[str, ...]]


@dataclass
class Evidences:
    """Reckons coverage for one programme, each question once."""

    programme: Programme
    standards: Mapping[str, Standard]
    known: dict[Key, tuple[Fraction, tuple[str, ...]]] = field(default_factory=dict)

    def show(self, offer: Offer, outcomes: Sequence[Outcome], courses: Sequence[Course]) -> Shown | Reason | None:
        """Return what shows that contents are equal, the reason why it does not, or None where the offer asks nothing.

        Raises: UnknownCompetencyError where the programme or an outcome names a competency that the standard has not.
        """
        asked = offer.evidence
        if asked.decision:
            return Shown(decision=asked.decision)
        if asked.at_least is None:
            return None
        rule = RuleAt(offer.id, "coverage")
        occupation = self.programme.occupation
        standard = self.standards.get(occupation)
        level = "" if standard is None else asked.level or _level(standard, courses, outcomes)
        if standard is None or level not in standard.levels:
            return Reason("no_standard", rule, {"occupation": f"{occupation} {level}".strip()})
        covered, missing = self._covered(standard, level, _held(standard, outcomes), courses)
        if covered * 100 * 100 >= asked.at_least:
            return Shown(covered=covered)
        wanted = percent(Fraction(asked.at_least, 100 * 100))
        shown = list(missing[:_MAX_MISSING])
        return Reason("coverage", rule, {"covered": percent(covered), "wanted": wanted, "missing": shown})

    def _covered(
        self, standard: Standard, level: str, held: Held, courses: Sequence[Course]
    ) -> tuple[Fraction, tuple[str, ...]]:
        key = (level, held, tuple(course.code for course in courses))
        if key not in self.known:
            self.known[key] = _share(standard, level, held, part_of(self.programme, courses))
        return self.known[key]


def _share(standard: Standard, level: str, held: Held, programme: Programme) -> tuple[Fraction, tuple[str, ...]]:
    """Return weight × share taught of which it is held, as a share of weight × share taught, and what is missing.

    Shape:  the mean of the columns in which the courses teach anything; 0 where they teach nothing of the level.
    """
    taught = align(standard, programme, level=level)
    own = hold(standard, held, level=level)
    sums: dict[str, list[int]] = {}
    missing: dict[str, None] = {}
    for there, here in zip(taught.cells, own.cells, strict=True):
        share = min(there.taught, _FULL)
        if share:
            column = sums.setdefault(there.cell.column, [0, 0])
            column[0] += there.cell.weight * min(share, here.covered)
            column[1] += there.cell.weight * share
            if here.covered < share:
                missing[there.cell.number] = None
    shares = [Fraction(part, whole) for part, whole in sums.values() if whole]
    return (sum(shares, Fraction(0)) / len(shares) if shares else Fraction(0)), tuple(missing)


def _level(standard: Standard, courses: Sequence[Course], outcomes: Sequence[Outcome]) -> str:
    """Return the highest level with weights that is not above what the courses teach (or, if nothing, the outcomes hold)."""
    taught = {given.level for course in courses for given in course.alignments if given.kind != "introduced"}
    held = {one.level for one in outcomes} | {level for one in outcomes for level in one.competencies.values()}
    top = max((rung(level) for level in taught or held if level in LEVELS), default=-1)
    return max((level for level in standard.levels if level in LEVELS and rung(level) <= top), key=rung, default="")


def _held(standard: Standard, outcomes: Sequence[Outcome]) -> Held:
    """Return what the outcomes hold together: pairs of a competency's number and the level at which it is held."""
    held: set[tuple[str, str]] = set()
    for outcome in outcomes:
        if outcome.occupation == standard.occupation:
            if outcome.competencies:
                held |= set(outcome.competencies.items())
            elif outcome.kind in _CERTIFICATES and outcome.level in LEVELS:
                held |= certificate(standard, outcome.level)
    return frozenset(held)
