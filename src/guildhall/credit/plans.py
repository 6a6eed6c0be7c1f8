"""A plan of conversion as an application keeps it, read back: what each conversion draws of which outcome, and for which courses.

What this module does *not* do: it makes no plans (``core.conversion``) and moves nothing (``ledger``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from guildhall.core.amounts import HUNDRED, amount
from guildhall.core.conversion.answer import FORMAT
from guildhall.core.errors import ConflictError, MalformedError
from guildhall.core.reading import Reading
from guildhall.credit.ledger import Spent
from guildhall.credit.models import Claim, Outcome, RuleSet, Unit


class InvalidPlanError(MalformedError):
    """A plan that does not keep its format, or names what the account, the programme or the rule-set has not."""

    code = "invalid_plan"


class PlanOutdatedError(ConflictError):
    """The plan was made for another edition of the rules, or for outcomes that stand otherwise by now: plan again."""

    code = "plan_outdated"


@dataclass(frozen=True, slots=True)
class Draw:
    """What a conversion takes of an outcome. Units: hundredths; ``worth`` None: it counts as a whole."""

    outcome: UUID
    worth: int | None
    drawn: int
    kept: bool
    kept_until: date | None


@dataclass(frozen=True, slots=True)
class Conversion:
    """One decision of a plan. ``said`` is the whole of it, as the plan has it."""

    offer: str
    credits: int
    draws: tuple[Draw, ...]
    courses: tuple[str, ...]
    said: Mapping[str, Any]


def conversions(plan: Mapping[str, Any]) -> tuple[Conversion, ...]:
    """Return the conversions of a plan.

    Shape:  docs/formats/plan.md.
    Raises: InvalidPlanError.
    """
    reading = Reading()
    if plan.get("format") != FORMAT:
        reading.note("$.format", f"{FORMAT} is needed")
    found = tuple(
        _conversion(reading, said, f"decisions[{place}]")
        for place, said in enumerate(reading.items(plan, "decisions", "$"))
    )
    if not found:
        reading.note("$.decisions", "nothing would be converted")
    _refuse(reading)
    return found


def _conversion(reading: Reading, value: object, path: str) -> Conversion:
    said = reading.members(value, path)
    courses = [
        reading.text(reading.members(one, f"{path}.courses[{place}]"), "course", f"{path}.courses[{place}]")
        for place, one in enumerate(reading.items(said, "courses", path))
    ]
    draws = [
        _draw(reading, one, f"{path}.outcomes[{place}]")
        for place, one in enumerate(reading.items(said, "outcomes", path))
    ]
    if not draws or not courses:
        reading.note(path, "a conversion has outcomes and courses")
    return Conversion(
        reading.text(said, "offer", path), _amount(reading, said, "credits", path), tuple(draws), tuple(courses), said
    )


def _draw(reading: Reading, value: object, path: str) -> Draw:
    members = reading.members(value, path)
    text = reading.text(members, "outcome", path)
    try:
        outcome = UUID(text)
    except ValueError:
        reading.note(f"{path}.outcome", "an outcome of the account is needed")
        outcome = UUID(int=0)
    return Draw(
        outcome,
        None if members.get("worth") is None else _amount(reading, members, "worth", path),
        _amount(reading, members, "drawn", path),
        members.get("left_is") == "kept",
        reading.optional_day(members, "kept_until", path),
    )


def _amount(reading: Reading, members: Mapping[str, Any], name: str, path: str) -> int:
    value = members.get(name)
    found = amount(value) if isinstance(value, str) else None
    if found is None:
        reading.note(f"{path}.{name}", 'a decimal number in quotes is needed, like "4.5"')
    return found or 0


def check(
    made: Sequence[Conversion], outcomes: Mapping[UUID, Outcome], courses: Iterable[str], rules: frozenset[str]
) -> None:
    """Pass if the conversions use outcomes of the account, courses of the programme and offers of the rule-set, each course once.

    Raises: InvalidPlanError.
    """
    reading = Reading()
    known, met = set(courses), set[str]()
    for place, one in enumerate(made):
        path = f"decisions[{place}]"
        if one.offer not in rules:
            reading.note(f"{path}.offer", f"{one.offer} is no offer of the rule-set")
        for draw in one.draws:
            if draw.outcome not in outcomes:
                reading.note(f"{path}.outcomes", f"{draw.outcome} is no outcome of the account")
        for course in one.courses:
            if course not in known:
                reading.note(f"{path}.courses", f"{course} is no course of the programme")
            if course in met:
                reading.note(f"{path}.courses", f"{course} is met twice")
            met.add(course)
    _refuse(reading)


def spent(claims: Iterable[Claim], accepted: Sequence[Conversion]) -> dict[UUID, tuple[Spent, date | None]]:
    """Return what becomes of each claim when these conversions are granted, and until when a kept leftover counts.

    An outcome is spent by credits only where the plan reckons with the credits that are banked; an outcome without credits of
    its own, or one to which the rule-set gives another worth, is spent whole: what were left of it could not be told.

    Raises: PlanOutdatedError if more would be drawn than is held.
    """
    draws: dict[UUID, list[Draw]] = {}
    for one in accepted:
        for draw in one.draws:
            draws.setdefault(draw.outcome, []).append(draw)
    return {claim.outcome_id: _of_claim(claim, draws.get(claim.outcome_id, ())) for claim in claims}


def _of_claim(claim: Claim, draws: Sequence[Draw]) -> tuple[Spent, date | None]:
    if not draws:
        return Spent(claim.amount), None
    if claim.outcome.unit == Unit.WHOLE or any(draw.worth != claim.amount for draw in draws):
        return Spent(claim.amount, redeemed=claim.amount), None
    drawn = sum(draw.drawn for draw in draws)
    if drawn > claim.amount:
        raise PlanOutdatedError("more would be drawn than is held", outcome=str(claim.outcome_id))
    if all(draw.kept for draw in draws):
        days = [draw.kept_until for draw in draws if draw.kept_until is not None]
        return Spent(claim.amount, redeemed=drawn), min(days) if days else None
    return Spent(claim.amount, redeemed=drawn, lapsed=claim.amount - drawn), None


def check_rules(plan: Mapping[str, Any], rule_set: RuleSet) -> None:
    """Pass if the plan was made by this edition of the rules.

    Raises: PlanOutdatedError.
    """
    said = plan.get("rule_set")
    wanted = {"id": rule_set.code, "edition": rule_set.edition, "institution": rule_set.organisation.slug}
    if said != wanted:
        raise PlanOutdatedError(f"edition {rule_set.edition} is in force: plan again", edition=rule_set.edition)


def credits_of(made: Iterable[Conversion]) -> int:
    """Return how many credits the conversions give, in hundredths."""
    return sum(one.credits for one in made)


def _refuse(reading: Reading) -> None:
    if reading.problems:
        raise InvalidPlanError(
            f"the plan has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )


assert HUNDRED == 100, "amounts of plans and of the ledger are both hundredths"
