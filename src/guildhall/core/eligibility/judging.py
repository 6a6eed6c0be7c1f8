"""May this person sit this level on that day, by which clause; and if not, what is missing and until when."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from guildhall.core.eligibility.conditions import Held, Missing
from guildhall.core.eligibility.days import NEVER
from guildhall.core.eligibility.rules import (
    Clause,
    LevelNotInRulesError,
    NoRulesInForceError,
    Rules,
    Standard,
)
from guildhall.core.eligibility.sentences import missing_sentence
from guildhall.core.record import Record


# Named tuples for the same reason as ``Missing``.
class Shortfall(NamedTuple):
    """A clause that is not met: what is missing, and the first day on which it is met (None: not by waiting)."""

    clause: Clause
    missing: tuple[Missing, ...]
    first_on: date | None


class Answer(NamedTuple):
    """The answer for one record.

    Shape:  ``clause`` is the first clause that is met, None where none is; then ``shortfalls`` has one entry for each
            clause. ``first_on`` is the first day, not before ``on``, on which the person is eligible if every current job
            goes on, by ``first_clause`` of ``first_standard``: a later edition may be the one that decides by then.
    """

    occupation: str
    level: str
    on: date
    standard: Standard
    clause: Clause | None
    shortfalls: tuple[Shortfall, ...]
    first_on: date | None
    first_standard: Standard | None
    first_clause: Clause | None

    @property
    def eligible(self) -> bool:
        """Tell whether the person may sit."""
        return self.clause is not None

    def as_json(self) -> dict[str, Any]:
        """Return the answer as docs/formats/eligibility-rules.md describes it."""
        return {
            "eligible": self.eligible,
            "occupation": self.occupation,
            "level": self.level,
            "on": self.on.isoformat(),
            "standard": _standard_json(self.standard),
            "clause": None if self.clause is None else _clause_json(self.clause),
            "first_on": _day(self.first_on),
            "first_standard": None if self.first_standard is None else _standard_json(self.first_standard),
            "first_clause": None if self.first_clause is None else _clause_json(self.first_clause),
            "clauses": [
                {
                    **_clause_json(one.clause),
                    "first_on": _day(one.first_on),
                    "missing": [_missing_json(lack) for lack in one.missing],
                }
                for one in self.shortfalls
            ],
        }


def judge(record: Record, rules: Rules, *, occupation: str, level: str, on: date) -> Answer:
    """Judge a record by the edition in force on the day of application.

    A fact of the record that is dated after ``on`` is a plan: it does not count on ``on``, and counts for the first day.
    A clause that can be met only after its edition is replaced has no first day.

    Shape:  ``occupation`` as ``d-dd-dd-dd``; ``level`` a code of ``codes.level.LEVELS``.
    Raises: NoEligibilityRulesError, NoRulesInForceError, LevelNotInRulesError.
    """
    editions = rules.editions(occupation)
    day = on.toordinal()
    standard = _in_force(editions, occupation, on)
    clauses = standard.levels.get(level)
    if clauses is None:
        raise LevelNotInRulesError(
            f"edition {standard.edition} has no rule for level {level}", level=level, edition=standard.edition
        )
    held = _held(record, standard, occupation)
    firsts = []
    for clause in clauses:
        first = clause.first(held, day)
        if first == day:
            return Answer(occupation, level, on, standard, clause, (), on, standard, clause)
        firsts.append(first)
    last = standard.in_force[1]
    shortfalls = tuple(
        Shortfall(clause, _missing(clause, held, day), date.fromordinal(first) if first <= last else None)
        for clause, first in zip(clauses, firsts, strict=True)
    )
    found, by_standard, by_clause = _first(record, editions, occupation, level, day)
    first_on = None if found == NEVER else date.fromordinal(found)
    return Answer(occupation, level, on, standard, None, shortfalls, first_on, by_standard, by_clause)


def _held(record: Record, standard: Standard, occupation: str) -> Held:
    return Held(record, occupation, standard.related_occupations, standard.related_majors)


def _in_force(editions: tuple[Standard, ...], occupation: str, on: date) -> Standard:
    day = on.toordinal()
    for standard in editions:
        if standard.in_force[0] <= day <= standard.in_force[1]:
            return standard
    raise NoRulesInForceError(
        f"no edition for {occupation} is in force on {on.isoformat()}", occupation=occupation, on=on.isoformat()
    )


def _first(
    record: Record, editions: tuple[Standard, ...], occupation: str, level: str, day: int
) -> tuple[int, Standard | None, Clause | None]:
    """Return the first day on which any edition, while it is in force, has a clause that is met."""
    for standard in editions:
        start, last = standard.in_force
        if last < day:
            continue
        held = _held(record, standard, occupation)
        best: tuple[int, Clause | None] = (NEVER, None)
        for clause in standard.levels.get(level, ()):
            first = clause.first(held, max(day, start))
            if first < best[0]:
                best = (first, clause)
        if best[0] <= last:
            return best[0], standard, best[1]
    return NEVER, None, None


def _missing(clause: Clause, held: Held, day: int) -> tuple[Missing, ...]:
    return tuple(
        lack
        for condition in clause.conditions
        if condition.first(held, day) != day
        for lack in condition.missing(held, day)
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _standard_json(standard: Standard) -> dict[str, Any]:
    return {
        "occupation": standard.occupation,
        "edition": standard.edition,
        "starts_on": standard.starts_on.isoformat(),
        "ends_on": _day(standard.ends_on),
        "source": standard.source,
    }


def _clause_json(clause: Clause) -> dict[str, Any]:
    return {"id": clause.id, "text": dict(clause.text), "unconfirmed": dict(clause.unconfirmed) or None}


def _missing_json(lack: Missing) -> dict[str, Any]:
    return {
        "code": lack.code,
        "message": {language: missing_sentence(lack, language) for language in ("zh", "en")},
        "condition": lack.condition.as_json(),
        "first_on": _day(lack.first_on),
        "months": lack.months,
        "days": lack.days,
        "hours": lack.hours,
    }
