"""What converts into a study is what the plan of conversion says, on the day and by the rules of that institution."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

from guildhall.core.conversion import Target, most, read_rule_set
from guildhall.core.coverage import read_programme, read_standard
from guildhall.core.record import Record, read_record
from guildhall.core.routes import converting
from guildhall.core.routes.offers import Run, Study

EXAMPLES = Path(__file__).resolve().parents[3] / "docs/examples"
PROGRAMME = read_programme((EXAMPLES / "programme.json").read_bytes())
RULES = read_rule_set((EXAMPLES / "rule-set.json").read_bytes())
STANDARD = read_standard((EXAMPLES / "standard.json").read_bytes())
RECORD = read_record((EXAMPLES / "record.json").read_bytes())
ON = max(RULES.starts_on, date(2026, 3, 1))
STUDY = Study(
    "s", {}, RULES.institution, PROGRAMME.code, "college", "电气", 4000, 1000, 100000, (Run(ON, ON, ON),)
)  # fmt: skip
CONVERT = converting([dataclasses.replace(PROGRAMME, institution=RULES.institution)], [RULES], [STANDARD])


def test_it_converts_what_the_plan_converts():
    best = most(RECORD, Target(PROGRAMME, RULES), on=ON, standards=[STANDARD]).converted
    assert best > 0
    assert CONVERT(STUDY, RECORD, ON) == CONVERT(STUDY, RECORD, ON) == best
    assert CONVERT(STUDY, Record(), ON) == 0


def test_what_is_yet_to_come_converts_nothing():
    later = dataclasses.replace(
        RECORD,
        awards=(),
        trainings=(),
        diplomas=(),
        outcomes=tuple(dataclasses.replace(one, awarded_on=date(2190, 1, 1)) for one in RECORD.outcomes),
    )
    assert CONVERT(STUDY, later, ON) == 0


def test_no_programme_or_no_rules_in_force_convert_nothing():
    assert CONVERT(dataclasses.replace(STUDY, programme="other"), RECORD, ON) == 0
    assert CONVERT(dataclasses.replace(STUDY, institution="elsewhere"), RECORD, ON) == 0
    assert CONVERT(STUDY, RECORD, date(1990, 1, 1)) == 0
