"""What a record holds for conversion: its outcomes, and the awards, diplomas and trainings that no outcome repeats."""

from __future__ import annotations

from guildhall.core.outcome import Outcome
from guildhall.core.record import Record


def outcomes_of(record: Record) -> tuple[Outcome, ...]:
    """Return all that a record holds for conversion, in the order of the record: outcomes first.

    An award, diploma or training counts as an outcome without credits (an offer may say what it is worth) unless an outcome
    names it: an award by scheme and number, else by kind, occupation, level and day; a diploma by level and day; a training
    by occupation and day. Its id is its place in the record, ``awards[0]``.
    """
    named = {(one.scheme, one.number) for one in record.outcomes if one.number}
    alike = {(one.kind, one.occupation, one.level, one.awarded_on) for one in record.outcomes}
    trained = {(one.occupation, one.awarded_on) for one in record.outcomes if one.kind == "training-certificate"}
    found = list(record.outcomes)
    for index, award in enumerate(record.awards):
        same = ("vocational-certificate", award.occupation, award.level, award.awarded_on) in alike
        if same or (award.number and (award.scheme, award.number) in named):
            continue
        found.append(
            Outcome(
                id=f"awards[{index}]",
                kind="vocational-certificate",
                awarded_on=award.awarded_on,
                scheme=award.scheme,
                occupation=award.occupation,
                level=award.level,
                number=award.number,
                valid_until=award.valid_until,
            )
        )
    for index, diploma in enumerate(record.diplomas):
        if not any(
            one.kind == "diploma" and (one.level, one.awarded_on) == (diploma.kind, diploma.graduates_on)
            for one in record.outcomes
        ):
            found.append(
                Outcome(
                    id=f"diplomas[{index}]",
                    kind="diploma",
                    awarded_on=diploma.graduates_on,
                    level=diploma.kind,
                    name={"zh": diploma.major},
                )
            )
    for index, training in enumerate(record.trainings):
        if (training.occupation, training.completed_on) not in trained:
            found.append(
                Outcome(
                    id=f"trainings[{index}]",
                    kind="training-certificate",
                    awarded_on=training.completed_on,
                    occupation=training.occupation,
                    level=training.level,
                    hours=training.hours,
                )
            )
    return tuple(found)
