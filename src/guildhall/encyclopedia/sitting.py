"""Who may sit a level, in the words of the rules in force, and how long the way from the level below is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from guildhall.core.canonical import jcs
from guildhall.core.codes.level import LEVELS
from guildhall.core.eligibility import Answer, judge
from guildhall.core.eligibility.conditions import Award, Condition, Work
from guildhall.core.eligibility.rules import Clause, Rules, Standard, read_rules
from guildhall.core.record import Record
from guildhall.core.standard import Document, eligibility_rules

ANY_OCCUPATION: Final = "*"
TEMPLATES: Final = ("cn-2018", "cn-2023")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to be let in. ``unconfirmed`` says why it is not to be relied on, or is empty."""

    id: str
    text: Mapping[str, str]
    unconfirmed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who may sit one level: any one of the ways is enough.

    Shape:  ``own`` whether the rules are the standard's own, not the general template's.
    Units:  ``months`` of work after the certificate of the level below, the shortest such way; None where there is none.
    """

    edition: str
    starts_on: date
    own: bool
    ways: tuple[Way, ...]
    months: int | None


def sitting(occupation: str, level: str, on: date, *, document: Document | None = None) -> Sitting | None:
    """Return who may sit a level on a day; None where the rules say nothing about it.

    Shape:  ``document`` the standard in force, whose own rules go before the general ones.
    """
    for edition, own in _candidates(occupation, on, document):
        clauses = edition.levels.get(level)
        if clauses:
            return Sitting(
                edition=edition.edition,
                starts_on=edition.starts_on,
                own=own,
                ways=tuple(Way(clause.id, clause.text, clause.unconfirmed) for clause in clauses),
                months=_shortest_wait(clauses, level),
            )
    return None


def judged(record: Record, occupation: str, level: str, on: date, *, document: Document | None = None) -> Answer:
    """Return whether a person may sit a level on a day, by the same rules that :func:`sitting` tells.

    Raises: NoEligibilityRulesError, NoRulesInForceError, LevelNotInRulesError.
    """
    own = eligibility_rules(document) if document is not None else None
    if own is not None:
        rules = _own(jcs.canonical(own))
        edition = _in_force(rules, occupation, on)
        if edition is not None and level in edition.levels:
            return judge(record, rules, occupation=occupation, level=level, on=on)
    return judge(record, _general(), occupation=occupation, level=level, on=on)


def template_in_force(on: date) -> Standard | None:
    """Return the general rules in force on a day."""
    return _in_force(_general(), ANY_OCCUPATION, on)


def general_rules() -> Rules:
    """Return the general rules, of every day on which any were in force."""
    return _general()


def _candidates(occupation: str, on: date, document: Document | None) -> list[tuple[Standard, bool]]:
    found: list[tuple[Standard, bool]] = []
    own = eligibility_rules(document) if document is not None else None
    if own is not None:
        edition = _in_force(_own(jcs.canonical(own)), occupation, on)
        if edition is not None:
            found.append((edition, True))
    general = template_in_force(on)
    return [*found, (general, False)] if general is not None else found


def _in_force(rules: Rules, occupation: str, on: date) -> Standard | None:
    day = on.toordinal()
    editions = rules.standards.get(occupation, ())
    return next((one for one in reversed(editions) if one.in_force[0] <= day <= one.in_force[1]), None)


def _shipped() -> list[bytes]:
    folder = resources.files("guildhall.standards").joinpath("data", "eligibility")
    return [folder.joinpath(f"{name}.json").read_bytes() for name in TEMPLATES]


@lru_cache(maxsize=1)
def _general() -> Rules:
    return read_rules(*_shipped())


@lru_cache(maxsize=256)
def _own(rules: bytes) -> Rules:
    return read_rules(rules, *_shipped())


def _shortest_wait(clauses: tuple[Clause, ...], level: str) -> int | None:
    """Return the fewest months of work asked for after the certificate of the level just below."""
    waits = [months for clause in clauses if (months := _wait(clause.conditions, level)) is not None]
    return min(waits, default=None)


def _wait(conditions: tuple[Condition, ...], level: str) -> int | None:
    if len(conditions) != 1 or not isinstance(conditions[0], Work):
        return None
    work = conditions[0]
    below: Any = LEVELS[level].rung - 1 if level in LEVELS else None
    if isinstance(work.after, Award) and work.after.level in LEVELS and LEVELS[work.after.level].rung == below:
        return work.months
    return None
