"""May this person sit this level on that day, by which clause; and if not, what is missing and until when."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from guildhall.core.eligibility.conditions import Held, Missing, Windows
from guildhall.core.eligibility.days import NEVER, date_of
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
    """A clause that is not met, what is missing, and the first day on which it is met as an ordinal, or ``NEVER``."""

    clause: Clause
    missing: tuple[Missing, ...]
    first: int

    @property
    def first_on(self) -> date | None:
        """The first day on which the clause is met; None where waiting does not help."""
        return date_of(self.first)


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
    stretches: dict[frozenset[str], Windows] = {}
    held = standard.seen(record, occupation, stretches)
    last = standard.in_force[1]
    shortfalls = []
    found, by_standard, by_clause = NEVER, None, None
    for clause in clauses:
        first, missing = _tried(clause, held, day)
        if first == day:
            return Answer(occupation, level, on, standard, clause, (), on, standard, clause)
        if first > last:
            first = NEVER
        elif first < found:
            found, by_standard, by_clause = first, standard, clause
        shortfalls.append(Shortfall(clause, missing, first))
    if by_clause is None and standard is not editions[-1]:
        found, by_standard, by_clause = _later(
            record, editions, occupation=occupation, level=level, day=day, stretches=stretches
        )
    return Answer(occupation, level, on, standard, None, tuple(shortfalls), date_of(found), by_standard, by_clause)


def _in_force(editions: tuple[Standard, ...], occupation: str, on: date) -> Standard:
    day = on.toordinal()
    for standard in editions:
        if standard.in_force[0] <= day <= standard.in_force[1]:
            return standard
    raise NoRulesInForceError(
        f"no edition for {occupation} is in force on {on.isoformat()}", occupation=occupation, on=on.isoformat()
    )


def _later(
    record: Record,
    editions: tuple[Standard, ...],
    *,
    occupation: str,
    level: str,
    day: int,
    stretches: dict[frozenset[str], Windows],
) -> tuple[int, Standard | None, Clause | None]:
    """Return the first day on which an edition that starts after ``day`` has a clause that is met while it is in force."""
    for standard in editions:
        start, last = standard.in_force
        if start <= day:
            continue
        held = standard.seen(record, occupation, stretches)
        best: tuple[int, Clause | None] = (NEVER, None)
        for clause in standard.levels.get(level, ()):
            first = clause.first(held, start)
            if first < best[0]:
                best = (first, clause)
        if best[0] <= last:
            return best[0], standard, best[1]
    return NEVER, None, None


def _tried(clause: Clause, held: Held, day: int) -> tuple[int, tuple[Missing, ...]]:
    """Return the first day on which the clause is met, and what is missing on ``day``."""
    conditions = clause.conditions
    if len(conditions) == 1:  # most clauses
        first = conditions[0].first(held, day)
        return first, () if first == day else conditions[0].missing(held, day, first)
    firsts = [condition.first(held, day) for condition in conditions]
    first = max(firsts)
    if first == day:
        return day, ()
    missing = tuple(
        lack
        for condition, own in zip(conditions, firsts, strict=True)
        if own != day
        for lack in condition.missing(held, day, own)
    )
    return first if first == NEVER else clause.first(held, first), missing


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
    months, days = lack.time
    return {
        "code": lack.code,
        "message": {language: missing_sentence(lack, language) for language in ("zh", "en")},
        "condition": lack.condition.as_json(),
        "first_on": _day(lack.first_on),
        "months": months,
        "days": days,
        "hours": lack.hours,
    }
