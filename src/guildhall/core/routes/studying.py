"""What institutions convert into a study, by their programmes and rules: the conversion plan shortens what remains."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from guildhall.core.conversion import RuleSet, Target, most
from guildhall.core.coverage import Programme, Standard
from guildhall.core.record import Record
from guildhall.core.routes.chances import Convert
from guildhall.core.routes.offers import Study


def converting(
    programmes: Sequence[Programme], rule_sets: Sequence[RuleSet], standards: Sequence[Standard] = ()
) -> Convert:
    """Return what converts into a study: its programme at its institution, by the rules that hold on the day.

    Where the programme or rules in force are not given, nothing converts. Each question is answered once.

    Raises: (when asked) what ``core.conversion.most`` raises.
    """
    known: dict[tuple[str, date, str], int] = {}
    by_place = {(one.institution, one.code): one for one in programmes}

    def convert(study: Study, record: Record, on: date) -> int:
        programme = by_place.get((study.institution, study.programme))
        rules = [one for one in rule_sets if one.institution == study.institution and one.in_force(on)]
        if programme is None or not rules:
            return 0
        there = _until(record, on)
        key = (study.id, on, repr(there))  # a record holds maps, which have no hash
        if key not in known:
            target = Target(programme, max(rules, key=lambda one: one.starts_on))
            known[key] = most(there, target, on=on, standards=standards).converted
        return known[key]

    return convert


def _until(record: Record, on: date) -> Record:
    """Return what of a record counts on a day: what is yet to come converts nothing."""
    return Record(
        awards=tuple(one for one in record.awards if one.awarded_on <= on),
        trainings=tuple(one for one in record.trainings if one.completed_on <= on),
        diplomas=tuple(one for one in record.diplomas if one.graduates_on <= on),
        outcomes=tuple(one for one in record.outcomes if one.awarded_on <= on),
    )
