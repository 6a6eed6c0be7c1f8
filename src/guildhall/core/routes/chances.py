"""Offers as chances: each a dated thing to take, with what it gives, what it asks for, and what it costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from guildhall.core.eligibility.days import plus_months
from guildhall.core.outcome import Outcome
from guildhall.core.record import LAST_YEAR, Diploma, HeldAward, Record, Training
from guildhall.core.routes.offers import LicenceOffer, Offers, Sitting, Study, TrainingOffer
from guildhall.core.routes.requirement import Node

Fact = Training | HeldAward | Outcome | Diploma
Convert = Callable[[Study, Record, date], int]
"""What an institution converts on a day into a programme of study. Units: hundredths of a credit."""

_LAST: Final = date(LAST_YEAR, 12, 31)


@dataclass(frozen=True, slots=True)
class Chance:
    """One dated thing to take.

    Shape:  applied for from ``opens`` to ``until``; ``fact`` is what it adds to the record, on ``done`` (a study may count from
            its final year on). ``needs`` must be fulfilled on the day of application; a study of fewer terms than its credits
            ask for needs so much ``converted``.
    Units:  days as ordinals; ``price``, ``converted`` in hundredths.
    """

    id: str
    kind: str
    offer: TrainingOffer | Sitting | LicenceOffer | Study
    opens: int
    until: int
    begins: int
    done: int
    price: int
    fact: Fact
    needs: Node | None = None
    converted: int = 0
    n_terms: int = 0


def chances_of(offers: Offers, on: date) -> tuple[Chance, ...]:
    """Return all that can still be taken from a day on, in the order of the day it is done, then by id."""
    found = [
        *(one for offer in offers.trainings for one in _trainings(offer, on)),
        *(_sitting(offer, on) for offer in offers.sittings if offer.apply_by >= on),
        *(one for offer in offers.licences for one in _licences(offer, on)),
        *(one for offer in offers.studies for one in _studies(offer, on)),
    ]
    return tuple(sorted(found, key=lambda one: (one.done, one.id)))


def _trainings(offer: TrainingOffer, on: date) -> Iterator[Chance]:
    def chance(own: str, until: date, starts_on: date, ends_on: date) -> Chance:
        fact = Training(offer.occupation, offer.level, offer.hours, ends_on)
        days = (on, until, starts_on, ends_on)
        return Chance(own, "training", offer, *_ordinals(*days), offer.price, fact)

    if offer.days and on <= _LAST - timedelta(offer.days):
        yield chance(offer.id, on, on, on + timedelta(offer.days - 1))
    for run in offer.runs:
        if run.apply_by >= on:
            yield chance(f"{offer.id}@{run.starts_on.isoformat()}", run.apply_by, run.starts_on, run.ends_on)


def _sitting(offer: Sitting, on: date) -> Chance:
    opens = max(on, offer.opens_on or on)
    fact = HeldAward(offer.occupation, offer.level, offer.awarded_on, None, offer.scheme, "")
    days = (opens, offer.apply_by, offer.held_on, offer.awarded_on)
    return Chance(offer.id, "sitting", offer, *_ordinals(*days), offer.fee, fact)


def _licences(offer: LicenceOffer, on: date) -> Iterator[Chance]:
    for run in offer.runs:
        if run.apply_by >= on:
            own = f"{offer.id}@{run.starts_on.isoformat()}"
            fact = Outcome(id=own, kind="other-certificate", awarded_on=run.ends_on, code=offer.code, name=offer.name)
            days = (on, run.apply_by, run.starts_on, run.ends_on)
            yield Chance(own, "licence", offer, *_ordinals(*days), offer.price, fact, offer.needs)


def _studies(offer: Study, on: date) -> Iterator[Chance]:
    full = offer.n_terms(0)
    for index, term in enumerate(offer.terms):
        if term.apply_by < on:
            continue
        for n_terms in range(1, min(full, len(offer.terms) - index) + 1):
            last = offer.terms[index + n_terms - 1].ends_on
            begun = max(term.starts_on.toordinal(), plus_months(last.toordinal(), -12))
            fact = Diploma(offer.diploma, offer.major, last, date.fromordinal(begun))
            needed = 0 if n_terms == full else max(0, offer.credits - n_terms * offer.credits_per_term)
            days = (on, term.apply_by, term.starts_on, last)
            yield Chance(
                f"{offer.id}@{term.starts_on.isoformat()}+{n_terms}",
                "study",
                offer,
                *_ordinals(*days),
                offer.price * n_terms,
                fact,
                offer.needs,
                needed,
                n_terms,
            )


def _ordinals(opens: date, until: date, begins: date, done: date) -> tuple[int, int, int, int]:
    return opens.toordinal(), until.toordinal(), begins.toordinal(), done.toordinal()


def with_facts(record: Record, facts: Iterable[Fact]) -> Record:
    """Return a record with what chances add to it; facts dated later than a day are plans on that day."""
    awards: list[HeldAward] = []
    trainings: list[Training] = []
    outcomes: list[Outcome] = []
    diplomas: list[Diploma] = []
    for fact in facts:
        if isinstance(fact, HeldAward):
            awards.append(fact)
        elif isinstance(fact, Training):
            trainings.append(fact)
        elif isinstance(fact, Outcome):
            outcomes.append(fact)
        else:
            diplomas.append(fact)
    return dataclasses.replace(
        record,
        awards=(*record.awards, *awards),
        trainings=(*record.trainings, *trainings),
        outcomes=(*record.outcomes, *outcomes),
        diplomas=(*record.diplomas, *diplomas),
    )
