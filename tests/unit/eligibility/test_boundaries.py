"""The day before, the day, and the day after; overlaps, gaps, 29 February; what precedes what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from guildhall.core.eligibility import read_rules
from tests.unit.eligibility.made import (
    FOREIGN,
    MAJOR,
    RELATED,
    asked,
    award,
    clause,
    job,
    record,
    rules,
    rules_file,
    standard,
)

DAY = timedelta(days=1)
FOUR_YEARS = {"kind": "work", "years": 4}
AFTER_5 = {"kind": "work", "years": 4, "after": {"kind": "award", "level": "5"}}
DIPLOMA = {"kind": "diploma", "diplomas": ["college"]}
SCHOOL = {"kind": "college", "major": MAJOR, "graduates_on": "2025-07-01"}


@pytest.mark.parametrize(
    ("condition", "held", "met_on"),
    [
        pytest.param(FOUR_YEARS, {"jobs": [job("2020-03-01")]}, "2024-03-01", id="work"),
        pytest.param(FOUR_YEARS, {"jobs": [job("2020-03-01", occupation=RELATED)]}, "2024-03-01", id="related work"),
        pytest.param({"kind": "work", "months": 18}, {"jobs": [job("2020-08-31")]}, "2022-02-28", id="months"),
        pytest.param(
            AFTER_5,
            {"jobs": [job("2015-01-01")], "awards": [award("5", "2020-11-22")]},
            "2024-11-22",
            id="work after award",
        ),
        pytest.param(
            AFTER_5,
            {"jobs": [job("2021-02-01")], "awards": [award("5", "2020-11-22")]},
            "2025-02-01",
            id="work begun after the award",
        ),
        pytest.param(
            {"kind": "award", "level": "5", "years": 2}, {"awards": [award("5", "2020-11-22")]}, "2022-11-22", id="held"
        ),
        pytest.param({"kind": "award", "level": "5"}, {"awards": [award("5", "2020-11-22")]}, "2020-11-22", id="award"),
        pytest.param(
            {"kind": "apprenticeship"},
            {"apprenticeships": [{"occupation": RELATED, "completed_on": "2021-06-30"}]},
            "2021-06-30",
            id="apprenticeship",
        ),
        pytest.param(
            {"kind": "training", "hours": 120, "level": "4"},
            {
                "trainings": [
                    {"occupation": "6-31-01-03", "level": "4", "hours": 60, "completed_on": "2022-05-05"},
                    {"occupation": "6-31-01-03", "level": "4", "hours": 60, "completed_on": "2021-05-05"},
                ]
            },
            "2022-05-05",
            id="training",
        ),
        pytest.param(DIPLOMA, {"diplomas": [SCHOOL]}, "2025-07-01", id="diploma"),
        pytest.param(DIPLOMA | {"final_year": True}, {"diplomas": [SCHOOL]}, "2024-07-01", id="final year"),
        pytest.param(
            DIPLOMA | {"final_year": True},
            {"diplomas": [SCHOOL | {"final_year_from": "2024-09-01"}]},
            "2024-09-01",
            id="final year as the school says it",
        ),
        pytest.param(
            {"kind": "work", "years": 1, "after": DIPLOMA},
            {"diplomas": [SCHOOL], "jobs": [job("2024-01-01")]},
            "2026-07-01",
            id="work after diploma",
        ),
        pytest.param(
            {"kind": "title", "ranks": ["junior"], "years": 1},
            {"titles": [{"rank": "junior", "occupation": RELATED, "granted_on": "2021-12-31"}]},
            "2022-12-31",
            id="title",
        ),
        pytest.param(
            {
                "kind": "work",
                "years": 1,
                "after": {"kind": "title", "ranks": ["junior"]},
            },
            {
                "titles": [{"rank": "junior", "occupation": RELATED, "granted_on": "2021-12-31"}],
                "jobs": [job("2020-01-01")],
            },
            "2022-12-31",
            id="work after title",
        ),
        pytest.param({"kind": "age", "years": 16}, {"born_on": "2010-08-17"}, "2026-08-17", id="age"),
    ],
)
def test_a_condition_is_met_on_its_day_and_after_and_not_the_day_before(condition, held, met_on):
    by, who, day = rules(condition), record(**held), date.fromisoformat(met_on)
    before = asked(who, by, str(day - DAY))
    assert not before.eligible
    assert before.first_on == day
    assert before.shortfalls[0].first_on == day
    if condition["kind"] != "training":
        assert before.shortfalls[0].missing[0].time == (0, 1)
    assert asked(who, by, met_on).eligible
    assert asked(who, by, str(day + DAY)).eligible


@pytest.mark.parametrize(
    ("years", "met_on"), [(1, "2021-02-28"), (2, "2022-02-28"), (3, "2023-02-28"), (4, "2024-02-29"), (5, "2025-02-28")]
)
def test_years_from_a_29_february_end_on_the_last_day_of_february(years, met_on):
    by, who = rules({"kind": "work", "years": years}), record(jobs=[job("2020-02-29")])
    assert asked(who, by, met_on).eligible
    assert not asked(who, by, str(date.fromisoformat(met_on) - DAY)).eligible


@pytest.mark.parametrize(("starts_on", "met_on"), [("2019-02-28", "2020-02-28"), ("2019-03-01", "2020-03-01")])
def test_a_year_over_a_29_february_ends_on_the_same_day_of_the_month(starts_on, met_on):
    by, who = rules({"kind": "work", "years": 1}), record(jobs=[job(starts_on)])
    assert asked(who, by, met_on).eligible
    assert not asked(who, by, str(date.fromisoformat(met_on) - DAY)).eligible


def test_somebody_born_on_29_february_comes_of_age_on_28_february():
    by, who = rules({"kind": "age", "years": 18}), record(born_on="2004-02-29")
    assert asked(who, by, "2022-02-27").first_on == date(2022, 2, 28)
    assert asked(who, by, "2022-02-28").eligible


@pytest.mark.parametrize(
    "jobs",
    [
        pytest.param([job("2020-01-01", "2022-12-31"), job("2021-01-01", "2023-12-31")], id="overlapping"),
        pytest.param([job("2020-01-01", "2021-12-31"), job("2022-01-01", "2023-12-31")], id="adjacent"),
        pytest.param([job("2020-01-01", "2023-12-31"), job("2021-05-01", "2022-05-01")], id="nested"),
        pytest.param([job("2020-01-01", "2023-12-31"), job("2020-01-01", "2023-12-31")], id="twice the same"),
        pytest.param(
            [
                job("2022-06-01", "2023-12-31", RELATED),
                job("2020-01-01", "2022-06-15"),
                job("2021-01-01", "2021-01-01"),
            ],
            id="out of order",
        ),
    ],
)
def test_each_day_of_jobs_at_the_same_time_counts_once(jobs):
    who = record(jobs=jobs)
    assert asked(who, rules(FOUR_YEARS), "2024-01-01").eligible
    assert asked(who, rules(FOUR_YEARS), "2023-12-31").first_on == date(2024, 1, 1)
    assert not asked(who, rules({"kind": "work", "months": 49}), "2030-01-01").eligible


def test_the_last_day_of_a_job_counts_as_worked():
    by = rules(FOUR_YEARS)
    assert asked(record(jobs=[job("2020-01-01", "2023-12-31")]), by, "2024-01-01").eligible
    short = asked(record(jobs=[job("2020-01-01", "2023-12-30")]), by, "2030-01-01")
    assert not short.eligible
    assert short.first_on is None
    assert short.shortfalls[0].missing[0].time == (0, 1)


def test_days_before_and_after_a_gap_are_laid_end_to_end():
    """2020 has 366 days: the year from 2020-03-01 has 365, of which 100 are worked before the gap."""
    who = record(jobs=[job("2020-03-01", "2020-06-08"), job("2021-01-01")])
    by = rules({"kind": "work", "years": 1})
    met_on = date(2021, 1, 1) + timedelta(days=265)
    assert asked(who, by, "2021-01-01").first_on == met_on
    assert asked(who, by, str(met_on)).eligible
    assert not asked(who, by, str(met_on - DAY)).eligible


def test_what_is_missing_is_told_in_months_and_days():
    lack = asked(record(jobs=[job("2020-03-01")]), rules(FOUR_YEARS), "2023-01-15").shortfalls[0].missing[0]
    assert (lack.code, lack.time, lack.first_on) == ("work_short", (13, 15), date(2024, 3, 1))


def test_a_job_that_has_ended_is_not_waited_for():
    answer = asked(record(jobs=[job("2020-01-01", "2021-12-31")]), rules(FOUR_YEARS), "2023-01-01")
    assert answer.first_on is None
    assert answer.shortfalls[0].missing[0].time == (24, 0)


def test_a_job_still_to_come_counts_from_its_first_day():
    answer = asked(record(jobs=[job("2026-01-01")]), rules({"kind": "work", "years": 1}), "2025-06-01")
    assert answer.first_on == date(2027, 1, 1)


def test_years_before_the_award_do_not_count_after_it():
    who = record(jobs=[job("2000-01-01", "2020-11-21")], awards=[award("5", "2020-11-22")])
    answer = asked(who, rules(AFTER_5), "2025-01-01")
    assert not answer.eligible
    assert answer.first_on is None
    assert [(lack.code, lack.time) for lack in answer.shortfalls[0].missing] == [("work_short", (48, 0))]


def test_without_the_award_both_the_certificate_and_the_years_are_missing():
    answer = asked(record(jobs=[job("2000-01-01")]), rules(AFTER_5), "2025-01-01")
    assert [(lack.code, lack.time) for lack in answer.shortfalls[0].missing] == [
        ("award_missing", (0, 0)),
        ("work_short", (48, 0)),
    ]
    assert answer.first_on is None


def test_a_higher_award_stands_for_a_lower_one_and_not_the_other_way():
    by = rules({"kind": "award", "level": "4"})
    assert asked(record(awards=[award("3", "2020-01-01")]), by, "2020-01-01").eligible
    assert not asked(record(awards=[award("5", "2020-01-01")]), by, "2030-01-01").eligible


def test_the_earliest_of_several_awards_opens_the_years():
    who = record(jobs=[job("2010-01-01")], awards=[award("5", "2022-01-01"), award("4", "2020-01-01")])
    assert asked(who, rules(AFTER_5), "2023-12-31").first_on == date(2024, 1, 1)


def test_an_award_that_has_run_out_opens_nothing():
    who = record(jobs=[job("2010-01-01")], awards=[award("5", "2020-01-01", valid_until="2023-12-31")])
    answer = asked(who, rules(AFTER_5), "2023-06-01")
    assert answer.first_on is None
    later = asked(who, rules(AFTER_5), "2024-06-01")
    assert [lack.code for lack in later.shortfalls[0].missing] == ["award_ended", "work_short"]
    by = rules({"kind": "award", "level": "5"})
    assert asked(who, by, "2023-12-31").eligible
    assert not asked(who, by, "2024-01-01").eligible


def test_a_later_award_takes_over_from_one_that_runs_out_before_the_other_condition_is_met():
    who = record(
        born_on="2008-06-01",
        awards=[award("5", "2023-01-01", valid_until="2023-12-31"), award("5", "2025-01-01")],
    )
    by = rules({"kind": "award", "level": "5"}, {"kind": "age", "years": 16})
    assert asked(who, by, "2023-06-01").first_on == date(2025, 1, 1)


def test_a_certificate_that_runs_out_while_another_is_waited_for_is_waited_for_again():
    who = record(
        awards=[
            award("5", "2020-01-08", valid_until="2020-01-10"),
            award("5", "2020-01-20"),
            award("3", "2020-01-07", RELATED, valid_until="2020-01-07"),
            award("3", "2020-01-12", RELATED),
        ]
    )
    by = rules({"kind": "award", "level": "5", "related": False}, {"kind": "award", "level": "3"})
    assert asked(who, by, "2020-01-06").first_on == date(2020, 1, 20)


def test_another_occupation_counts_for_nothing_and_a_related_one_only_where_the_rule_says_so():
    assert asked(record(jobs=[job("2000-01-01", occupation=FOREIGN)]), rules(FOUR_YEARS), "2025-01-01").first_on is None
    own = rules(FOUR_YEARS | {"related": False})
    assert not asked(record(jobs=[job("2000-01-01", occupation=RELATED)]), own, "2025-01-01").eligible
    assert asked(record(jobs=[job("2000-01-01")]), own, "2025-01-01").eligible


@pytest.mark.parametrize(
    ("diploma", "condition", "code"),
    [
        ({}, {}, "diploma_missing"),
        ({"kind": "college", "major": "护理"}, {}, "major_not_related"),
        ({"kind": "college", "major": MAJOR}, {"evaluated": True}, "diploma_not_evaluated"),
        ({"kind": "bachelor", "major": MAJOR}, {}, "diploma_missing"),
    ],
)
def test_what_a_diploma_lacks_is_named(diploma, condition, code):
    held = [diploma | {"graduates_on": "2020-01-01"}] if diploma else []
    answer = asked(record(diplomas=held), rules(DIPLOMA | condition), "2025-01-01")
    assert [lack.code for lack in answer.shortfalls[0].missing] == [code]
    assert answer.first_on is None


def test_where_the_rules_list_no_majors_it_is_said_and_not_guessed():
    by = read_rules(rules_file(standard(clause(DIPLOMA), related_majors=[])))
    answer = asked(record(diplomas=[SCHOOL]), by, "2026-01-01")
    assert [lack.code for lack in answer.shortfalls[0].missing] == ["majors_not_listed"]


def test_hours_of_training_for_another_level_do_not_count_and_the_missing_ones_are_told():
    held = [
        {"occupation": "6-31-01-03", "level": "4", "hours": 119, "completed_on": "2020-01-01"},
        {"occupation": "6-31-01-03", "level": "5", "hours": 500, "completed_on": "2020-01-01"},
        {"occupation": RELATED, "level": "4", "hours": 500, "completed_on": "2020-01-01"},
    ]
    answer = asked(record(trainings=held), rules({"kind": "training", "hours": 120, "level": "4"}), "2025-01-01")
    assert [(lack.code, lack.hours) for lack in answer.shortfalls[0].missing] == [("training_short", 1)]


def test_the_first_clause_that_is_met_is_named():
    by = read_rules(
        rules_file(
            standard(
                clause(FOUR_YEARS, name="a"), clause(AFTER_5, name="b"), clause({"kind": "age", "years": 1}, name="c")
            )
        )
    )
    who = record(born_on="1990-01-01", jobs=[job("2020-01-01")], awards=[award("5", "2020-01-01")])
    answer = asked(who, by, "2024-01-01")
    assert answer.clause is not None
    assert answer.clause.id == "a"
    assert answer.shortfalls == ()
    assert asked(who, by, "2023-01-01").clause.id == "c"


def editions():
    return read_rules(
        rules_file(
            standard(clause({"kind": "work", "years": 6}, name="old")),
            standard(clause({"kind": "work", "years": 5}, name="new"), edition="2023", starts_on="2023-07-01"),
        )
    )


def test_the_edition_in_force_on_the_day_of_application_decides():
    who = record(jobs=[job("2018-01-01")])
    before, after = asked(who, editions(), "2023-06-30"), asked(who, editions(), "2023-07-01")
    assert (before.standard.edition, before.eligible) == ("2018", False)
    assert (after.standard.edition, after.eligible) == ("2023", True)
    assert before.first_on == date(2023, 7, 1)
    assert before.first_standard.edition == "2023"
    assert before.first_clause.id == "new"


def test_a_clause_that_would_be_met_only_after_its_edition_has_no_first_day():
    answer = asked(record(jobs=[job("2020-01-01")]), editions(), "2023-06-30")
    assert answer.shortfalls[0].first_on is None
    assert answer.first_on == date(2025, 1, 1)


def test_the_last_day_of_an_old_edition_still_counts():
    answer = asked(record(jobs=[job("2017-06-30")]), editions(), "2023-06-29")
    assert answer.first_on == date(2023, 6, 30)
    assert answer.first_clause.id == "old"
