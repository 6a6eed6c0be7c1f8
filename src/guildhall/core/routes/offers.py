"""What is on offer: trainings, sittings, courses that give a licence, and studies, each with days and prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final, TypeVar

from guildhall.core.amounts import HUNDRED, amount
from guildhall.core.errors import MalformedError
from guildhall.core.outcome import ID
from guildhall.core.reading import Reading, read_json
from guildhall.core.record import DIPLOMAS, FIRST_YEAR, LAST_YEAR, OCCUPATION
from guildhall.core.routes.post import SCHEME, Tree, read_level, refuse
from guildhall.core.routes.requirement import Node

FORMAT: Final = "guildhall-offers/1"
MAX_OFFERS, MAX_RUNS, MAX_TERMS = 5000, 500, 40
MAX_BYTES: Final = 1 << 24
_LINE: Final = r"\S(.{0,126}\S)?"


class InvalidOffersError(MalformedError):
    """A file of offers that does not keep its format; ``problems`` lists the places."""

    code = "invalid_offers"


@dataclass(frozen=True, slots=True)
class Run:
    """One time that something is held: applied for by a day, from its first to its last day."""

    apply_by: date
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class TrainingOffer:
    """Hours of training towards a level: in ``runs``, or (``days`` not 0) begun any day and done after so many days.

    Units:  ``price`` in hundredths.
    """

    id: str
    name: Mapping[str, str]
    provider: str
    occupation: str
    level: str
    hours: int
    price: int
    runs: tuple[Run, ...] = ()
    days: int = 0


@dataclass(frozen=True, slots=True)
class Sitting:
    """An assessment for a certificate: applied for from ``opens_on`` (None: from now) to ``apply_by``, awarded later.

    Units:  ``fee`` in hundredths.
    """

    id: str
    name: Mapping[str, str]
    scheme: str
    occupation: str
    level: str
    opens_on: date | None
    apply_by: date
    held_on: date
    awarded_on: date
    fee: int


@dataclass(frozen=True, slots=True)
class LicenceOffer:
    """A course with an examination that gives a licence of a code. Units: ``price`` in hundredths."""

    id: str
    name: Mapping[str, str]
    provider: str
    code: str
    price: int
    runs: tuple[Run, ...]
    needs: Node | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """A programme of study that ends in a diploma. It may be entered in any of its terms.

    Whoever has ``credits`` to earn, and earns at most ``credits_per_term`` in a term, studies so many terms; what an institution
    converts is not to be earned again.

    Units:  credits and ``price`` (of a term) in hundredths.
    """

    id: str
    name: Mapping[str, str]
    institution: str
    programme: str
    diploma: str
    major: str
    credits: int
    credits_per_term: int
    price: int
    terms: tuple[Run, ...]
    needs: Node | None = None

    def n_terms(self, converted: int) -> int:
        """Return how many terms are to be studied where so much is converted: at least one."""
        return max(1, -(-(self.credits - converted) // self.credits_per_term))


@dataclass(frozen=True, slots=True)
class Offers:
    """All that one file offers."""

    name: Mapping[str, str]
    currency: str
    trainings: tuple[TrainingOffer, ...] = ()
    sittings: tuple[Sitting, ...] = ()
    licences: tuple[LicenceOffer, ...] = ()
    studies: tuple[Study, ...] = ()


_T = TypeVar("_T")


def read_offers(data: bytes) -> Offers:
    """Return the offers that a file holds.

    Shape:  JSON as in docs/formats/offers.md; days from 1900 to 2199.
    Raises: InvalidOffersError with all problems and their places; the errors of ``read_json``.
    """
    reading = Reading()
    known = frozenset({"format", "name", "note", "currency", "trainings", "sittings", "licences", "studies"})
    root = reading.members(read_json(data, max_bytes=MAX_BYTES), "$", known=known)
    if root.get("format") != FORMAT:
        reading.note("$.format", f"{FORMAT} is needed")
    reading.names(root.get("note"), "$.note", optional=True)
    offers = Offers(
        name=reading.names(root.get("name"), "$.name"),
        currency=reading.text(root, "currency", "$", r"[A-Z]{3}"),
        trainings=_listed(reading, root, "trainings", "$", item=_training),
        sittings=_listed(reading, root, "sittings", "$", item=_sitting),
        licences=_listed(reading, root, "licences", "$", item=_licence),
        studies=_listed(reading, root, "studies", "$", item=_study),
    )
    seen: set[str] = set()
    everything: tuple[TrainingOffer | Sitting | LicenceOffer | Study, ...]
    everything = (*offers.trainings, *offers.sittings, *offers.licences, *offers.studies)
    for one in everything:
        if one.id and one.id in seen:
            reading.note("$", f"the id {one.id} stands twice")
        seen.add(one.id)
    refuse(reading, InvalidOffersError, "file of offers")
    return offers


def _listed(
    reading: Reading,
    members: Mapping[str, Any],
    name: str,
    path: str,
    *,
    most: int = MAX_OFFERS,
    item: Callable[[Reading, object, str], _T],
) -> tuple[_T, ...]:
    listed = reading.items(members, name, path, optional=True)
    inner = name if path == "$" else f"{path}.{name}"
    if len(listed) > most:
        reading.note(inner, f"at most {most} are read")
        return ()
    return tuple(item(reading, one, f"{inner}[{index}]") for index, one in enumerate(listed))


def _day(reading: Reading, members: Mapping[str, Any], name: str, path: str) -> date:
    day = reading.day(members, name, path)
    if day != date.min and not FIRST_YEAR <= day.year <= LAST_YEAR:
        reading.note(f"{path}.{name}", f"a day from {FIRST_YEAR} to {LAST_YEAR} is needed")
    return day


def _price(reading: Reading, members: Mapping[str, Any], name: str, path: str) -> int:
    """Return an amount of money in hundredths, up to 9,999,999.99."""
    value = members.get(name)
    if isinstance(value, str):
        whole, point, part = value.partition(".")
        thousands, rest = (
            divmod(int(whole), 1000) if whole.isdecimal() and whole.isascii() and len(whole) <= 7 else (0, -1)
        )
        cents = amount(f"0{point}{part}")
        if rest >= 0 and cents is not None and whole == str(int(whole)):
            return (thousands * 1000 + rest) * HUNDRED + cents
    reading.note(f"{path}.{name}", 'an amount in quotes is needed, like "1200.00", below 10000000')
    return 0


def _run(reading: Reading, value: object, path: str) -> Run:
    members = reading.members(value, path, known=frozenset({"apply_by", "starts_on", "ends_on"}))
    starts_on, ends_on = _day(reading, members, "starts_on", path), _day(reading, members, "ends_on", path)
    apply_by = starts_on if members.get("apply_by") is None else _day(reading, members, "apply_by", path)
    if not apply_by <= starts_on <= ends_on:
        reading.note(path, "apply_by, starts_on, ends_on follow one another")
    return Run(apply_by, starts_on, ends_on)


def _names(reading: Reading, members: Mapping[str, Any], path: str) -> dict[str, str]:
    return reading.names(members.get("name"), f"{path}.name", optional=True)


def _provider(reading: Reading, members: Mapping[str, Any], path: str) -> str:
    return reading.text(members, "provider", path, f"{_LINE}|", optional=True)


def _needs(reading: Reading, members: Mapping[str, Any], path: str) -> Node | None:
    return None if members.get("needs") is None else Tree(reading).node(members["needs"], f"{path}.needs")


def _training(reading: Reading, value: object, path: str) -> TrainingOffer:
    known = frozenset({"id", "name", "provider", "occupation", "level", "hours", "price", "runs", "days"})
    members = reading.members(value, path, known=known)
    if ("runs" in members) == ("days" in members):
        reading.note(path, "either runs or days is needed")
    return TrainingOffer(
        id=reading.text(members, "id", path, ID),
        name=_names(reading, members, path),
        provider=_provider(reading, members, path),
        occupation=reading.text(members, "occupation", path, OCCUPATION),
        level=read_level(reading, members, path),
        hours=reading.count(members, "hours", path, low=1, high=100_000),
        price=_price(reading, members, "price", path),
        runs=_listed(reading, members, "runs", path, most=MAX_RUNS, item=_run),
        days=reading.count(members, "days", path, low=1, high=3660) if "days" in members else 0,
    )


def _sitting(reading: Reading, value: object, path: str) -> Sitting:
    known = frozenset(
        {"id", "name", "scheme", "occupation", "level", "opens_on", "apply_by", "held_on", "awarded_on", "fee"}
    )
    members = reading.members(value, path, known=known)
    sitting = Sitting(
        id=reading.text(members, "id", path, ID),
        name=_names(reading, members, path),
        scheme=reading.text(members, "scheme", path, SCHEME),
        occupation=reading.text(members, "occupation", path, OCCUPATION),
        level=read_level(reading, members, path),
        opens_on=None if members.get("opens_on") is None else _day(reading, members, "opens_on", path),
        apply_by=_day(reading, members, "apply_by", path),
        held_on=_day(reading, members, "held_on", path),
        awarded_on=_day(reading, members, "awarded_on", path),
        fee=_price(reading, members, "fee", path),
    )
    in_order = (sitting.opens_on or date.min) <= sitting.apply_by <= sitting.held_on <= sitting.awarded_on
    if not in_order or sitting.apply_by == sitting.awarded_on:
        reading.note(
            path, "opens_on, apply_by, held_on, awarded_on follow one another, the last a day after apply_by or later"
        )
    return sitting


def _licence(reading: Reading, value: object, path: str) -> LicenceOffer:
    known = frozenset({"id", "name", "provider", "code", "price", "runs", "needs"})
    members = reading.members(value, path, known=known)
    return LicenceOffer(
        id=reading.text(members, "id", path, ID),
        name=_names(reading, members, path),
        provider=_provider(reading, members, path),
        code=reading.text(members, "code", path, ID),
        price=_price(reading, members, "price", path),
        runs=_listed(reading, {"runs": None, **members}, "runs", path, most=MAX_RUNS, item=_run),
        needs=_needs(reading, members, path),
    )


def _credits(reading: Reading, members: Mapping[str, Any], name: str, path: str) -> int:
    value = members.get(name)
    found = amount(value) if isinstance(value, str) else None
    if not found:
        reading.note(f"{path}.{name}", 'a decimal number in quotes is needed, like "20", above 0')
    return found or HUNDRED


def _study(reading: Reading, value: object, path: str) -> Study:
    known = frozenset(
        {
            "id", "name", "institution", "programme", "diploma", "major", "credits", "credits_per_term", "price_per_term",
            "terms", "needs",
        }
    )  # fmt: skip
    members = reading.members(value, path, known=known)
    diploma = members.get("diploma")
    if not isinstance(diploma, str) or diploma not in DIPLOMAS:
        reading.note(f"{path}.diploma", f"one of {', '.join(DIPLOMAS)} is needed")
        diploma = "college"
    terms = _listed(reading, {"terms": None, **members}, "terms", path, most=MAX_TERMS, item=_run)
    for before, after in pairwise(terms):
        if after.starts_on <= before.ends_on:
            reading.note(f"{path}.terms", "a term begins when the one before it is over")
    return Study(
        id=reading.text(members, "id", path, ID),
        name=_names(reading, members, path),
        institution=reading.text(members, "institution", path, _LINE),
        programme=reading.text(members, "programme", path, ID),
        diploma=diploma,
        major=reading.text(members, "major", path, r"\S(.{0,62}\S)?"),
        credits=_credits(reading, members, "credits", path),
        credits_per_term=_credits(reading, members, "credits_per_term", path),
        price=_price(reading, members, "price_per_term", path),
        terms=terms,
        needs=_needs(reading, members, path),
    )
