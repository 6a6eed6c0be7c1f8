"""Files of strangers: all problems with their places, coded errors and nothing else; schemas and examples that agree."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.eligibility import (
    InvalidEligibilityRulesError,
    LevelNotInRulesError,
    NoEligibilityRulesError,
    NoRulesInForceError,
    judge,
    read_rules,
)
from guildhall.core.eligibility.sentences import MISSING, missing_sentence, time_in_words
from guildhall.core.record import InvalidRecordError, Record, read_record
from tests.refusals import code_of
from tests.unit.eligibility.made import OWN, asked, award, clause, job, record, record_file, rules, rules_file, standard

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted((ROOT / "src/guildhall/standards/data/eligibility").glob("*.json"))
EXAMPLE_RECORD = (ROOT / "docs/examples/record.json").read_bytes()
EXAMPLE_RULES = (ROOT / "docs/examples/eligibility-rules.json").read_bytes()
WORK = {"kind": "work", "years": 1}


def schema(name: str) -> jsonschema.Draft202012Validator:
    read = json.loads((ROOT / f"docs/schemas/{name}.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(read)
    return jsonschema.Draft202012Validator(read)


RECORD_SCHEMA, RULES_SCHEMA = schema("record"), schema("eligibility-rules")


def test_all_problems_of_a_record_come_at_once_each_with_its_place():
    data = record_file(
        born_on="2001-02-29",
        jobs=[job("2020-01-01", "2019-12-31"), {"occupation": "electrician", "starts_on": "2020-01-01"}],
        awards=[award("9", "2020-01-01")],
        diplomas=[{"kind": "college", "major": "", "graduates_on": "2020-07-01", "evaluated": 1}],
        wages=3,
    )
    with pytest.raises(InvalidRecordError) as refused:
        read_record(data)
    places = [problem.split(": ")[0] for problem in refused.value.params["problems"]]
    assert places == [
        "$",
        "$.born_on",
        "jobs[0].ends_on",
        "jobs[1].occupation",
        "awards[0].level",
        "diplomas[0].evaluated",
        "diplomas[0].major",
    ]
    assert refused.value.params["n_problems"] == 7


@pytest.mark.parametrize(
    "members",
    [
        {"format": "guildhall-record/2"},
        {"jobs": {}},
        {"jobs": [job("1899-12-31")]},
        {"jobs": [job("2200-01-01")]},
        {"jobs": [{"occupation": OWN}]},
        {"jobs": [job("2020-1-1")]},
        {"jobs": [job("2020-01-01T00:00:00Z")]},
        {"jobs": [job("2020-01-01")] * 501},
        {"awards": [award("4", "2020-01-01", valid_until="2019-12-31")]},
        {"trainings": [{"occupation": OWN, "level": "4", "hours": 0, "completed_on": "2020-01-01"}]},
        {"trainings": [{"occupation": OWN, "level": "4", "hours": 1.5, "completed_on": "2020-01-01"}]},
        {"titles": [{"rank": "king", "occupation": OWN, "granted_on": "2020-01-01"}]},
        {
            "diplomas": [
                {"kind": "college", "major": "x", "graduates_on": "2020-01-01", "final_year_from": "2020-01-02"}
            ]
        },
    ],
)
def test_a_record_that_does_not_keep_its_format_is_refused(members):
    with pytest.raises(InvalidRecordError):
        read_record(record_file(**members))


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ({"kind": "luck"}, "all[0].kind"),
        ({"kind": "work"}, "all[0].months"),
        ({"kind": "work", "years": 1, "months": 6}, "all[0]"),
        ({"kind": "work", "years": 0}, "all[0].years"),
        ({"kind": "work", "years": 101}, "all[0].years"),
        ({"kind": "work", "years": 1, "after": WORK}, "all[0].after.kind"),
        ({"kind": "work", "years": 1, "hours": 3}, "all[0]"),
        (
            {"kind": "work", "years": 1, "after": {"kind": "diploma", "diplomas": ["college"], "final_year": True}},
            "all[0].after.final_year",
        ),
        ({"kind": "award", "level": "6"}, "all[0].level"),
        ({"kind": "award", "level": "5", "related": "yes"}, "all[0].related"),
        ({"kind": "diploma", "diplomas": ["kindergarten"]}, "all[0].diplomas"),
        ({"kind": "diploma", "diplomas": []}, "all[0].diplomas"),
        ({"kind": "title", "ranks": ["junior", "junior"]}, "all[0].ranks"),
        ({"kind": "age"}, "all[0].years"),
        ([], "all[0]"),
    ],
)
def test_a_condition_that_is_none_is_refused_at_its_place(condition, place):
    with pytest.raises(InvalidEligibilityRulesError) as refused:
        read_rules(rules_file(standard(clause(condition))))
    assert f"$.standards[0].levels.4[0].{place}" in [p.split(": ")[0] for p in refused.value.params["problems"]]
    assert not RULES_SCHEMA.is_valid(json.loads(rules_file(standard(clause(condition))))) or "after" in place


@pytest.mark.parametrize(
    "file",
    [
        rules_file(),
        rules_file(standard(clause(WORK)), format="other/1"),
        rules_file(standard(clause(WORK), clause(WORK))),
        rules_file(standard(clause(WORK)), standard(clause(WORK), edition="2")),
        rules_file(standard(clause(WORK), ends_on="1999-12-31")),
        rules_file(standard(clause(WORK), level="6")),
        rules_file(standard(clause(WORK), levels={})),
        rules_file(standard()),
        rules_file(standard(clause())),
        rules_file(standard(clause(WORK), template="none")),
        rules_file({"occupation": OWN, "edition": "1", "starts_on": "2020-01-01", "template": "none"}),
        rules_file(standard(clause(WORK)), templates=[{"id": "t", "levels": {"4": [clause(WORK)]}}] * 2),
        rules_file(standard(clause(WORK), related_occupations=["x"])),
        rules_file(standard(clause(WORK), related_majors=["a", "a"])),
        rules_file(standard(clause(WORK), occupation="all")),
    ],
)
def test_rules_that_do_not_keep_their_format_are_refused(file):
    with pytest.raises(InvalidEligibilityRulesError):
        read_rules(file)


def test_a_second_file_is_named_in_its_problems_and_may_use_templates_of_the_first():
    first = rules_file(standard(clause(WORK)), templates=[{"id": "t", "levels": {"5": [clause(WORK)]}}])
    second = rules_file(standard(occupation="4-10-01-05", template="t") | {"edition": "2"})
    using = json.loads(second)
    del using["standards"][0]["levels"]
    read = read_rules(first, json.dumps(using).encode())
    assert set(read.standards) == {OWN, "4-10-01-05"}
    with pytest.raises(InvalidEligibilityRulesError) as refused:
        read_rules(first, rules_file(standard(clause({"kind": "luck"}), occupation="4-10-01-05")))
    assert refused.value.params["problems"][0].startswith("file 2: $.standards[0]")


def test_rules_that_say_nothing_of_the_question_have_a_code_of_their_own():
    by = read_rules(rules_file(standard(clause(WORK), ends_on="2020-12-31")))
    with pytest.raises(NoEligibilityRulesError):
        asked(Record(), by, "2020-01-01", occupation="4-10-01-05")
    with pytest.raises(LevelNotInRulesError):
        asked(Record(), by, "2020-01-01", level="3")
    for day in ("1999-12-31", "2021-01-01"):
        with pytest.raises(NoRulesInForceError):
            asked(Record(), by, day)


def test_rules_for_any_occupation_step_back_where_there_are_own_ones():
    by = read_rules(
        rules_file(
            standard(clause({"kind": "age", "years": 99}), occupation="*"),
            standard(clause(WORK), starts_on="2010-01-01"),
        )
    )
    assert asked(record(jobs=[job("2012-01-01")]), by, "2013-01-01").eligible
    cook = record(jobs=[job("2012-01-01", occupation="4-10-01-05")], born_on="1900-01-01")
    assert asked(cook, by, "2013-01-01", occupation="4-10-01-05").eligible
    with pytest.raises(NoRulesInForceError):
        asked(Record(), by, "2009-12-31")


# --- Examples, schemas, templates ------------------------------------------------------------------------------------


def test_the_examples_and_the_templates_keep_format_and_schema():
    RECORD_SCHEMA.validate(json.loads(EXAMPLE_RECORD))
    read_record(EXAMPLE_RECORD)
    assert len(TEMPLATES) == 2
    for data in (EXAMPLE_RULES, *(file.read_bytes() for file in TEMPLATES)):
        RULES_SCHEMA.validate(json.loads(data))
        read_rules(data)


# Per template and level: a record, and the first day on which it is eligible. Figures: the templates' own tables.
CASES = [
    ("2020-06-01", "5", {"jobs": [job("2019-06-02")]}, "2020-06-02", "5a"),
    ("2020-06-01", "5", {"apprenticeships": [{"occupation": OWN, "completed_on": "2020-06-03"}]}, "2020-06-03", "5b"),
    ("2020-06-01", "4", {"jobs": [job("2014-07-01")]}, "2020-07-01", "4b"),
    ("2020-06-01", "4", {"jobs": [job("2016-01-01")], "awards": [award("5", "2016-07-01")]}, "2020-07-01", "4a"),
    ("2020-06-01", "3", {"jobs": [job("2015-07-01")], "awards": [award("4", "2015-07-01")]}, "2020-07-01", "3a"),
    ("2020-06-01", "2", {"jobs": [job("2016-07-01")], "awards": [award("3", "2016-07-01")]}, "2020-07-01", "2a"),
    ("2020-06-01", "1", {"jobs": [job("2016-07-01")], "awards": [award("2", "2016-07-01")]}, "2020-07-01", "1a"),
    ("2023-06-01", "5", {"born_on": "2007-06-02"}, "2023-06-02", "5a"),
    ("2023-06-01", "4", {"jobs": [job("2018-07-01")]}, "2023-07-01", "4a"),
    ("2023-06-01", "4", {"jobs": [job("2020-07-01")], "awards": [award("5", "2020-07-01")]}, "2023-07-01", "4b"),
    ("2023-06-01", "3", {"jobs": [job("2013-07-01")]}, "2023-07-01", "3a"),
    ("2023-06-01", "3", {"jobs": [job("2019-07-01")], "awards": [award("4", "2019-07-01")]}, "2023-07-01", "3b"),
    ("2023-06-01", "2", {"jobs": [job("2018-07-01")], "awards": [award("3", "2018-07-01")]}, "2023-07-01", "2a"),
    ("2023-06-01", "1", {"jobs": [job("2018-07-01")], "awards": [award("2", "2018-07-01")]}, "2023-07-01", "1a"),
]


@pytest.mark.parametrize(("on", "level", "held", "first_on", "by_clause"), CASES)
def test_the_templates_say_what_their_source_says(on, level, held, first_on, by_clause):
    both = read_rules(*(file.read_bytes() for file in TEMPLATES))
    answer = asked(record(**held), both, on, level=level)
    assert answer.standard.edition == f"template-{'2018' if on < '2023' else '2023'}"
    assert not answer.eligible
    assert (str(answer.first_on), answer.first_clause.id) == (first_on, by_clause)
    assert asked(record(**held), both, first_on, level=level).eligible


def test_what_is_not_confirmed_says_so():
    both = read_rules(*(file.read_bytes() for file in TEMPLATES))
    newer = both.standards["*"][1]
    assert all(clause.unconfirmed for level in "21" for clause in newer.levels[level])
    assert not any(clause.unconfirmed for level in "54" for clause in newer.levels[level])
    answer = asked(Record(), both, "2024-01-01", level="1").as_json()
    assert all(clause["unconfirmed"]["zh"] for clause in answer["clauses"])


def test_the_answer_as_json_gives_every_clause_with_a_sentence_in_both_languages():
    answer = judge(
        read_record(EXAMPLE_RECORD), read_rules(EXAMPLE_RULES), occupation=OWN, level="4", on=date(2025, 1, 1)
    )
    said = json.loads(json.dumps(answer.as_json()))
    assert (said["eligible"], said["first_on"], said["first_clause"]["id"]) == (False, "2026-03-01", "4a")
    assert [one["first_on"] for one in said["clauses"]] == ["2026-03-01", "2026-11-20", None]
    lack = said["clauses"][0]["missing"][0]
    assert lack["message"]["en"] == "1 year, 1 month, 27 days of work in the occupation or a related one are missing."
    assert lack["message"]["zh"] == "本职业或相关职业的工作年限还差 1 年 1 个月 27 天"
    assert lack["condition"] == {"kind": "work", "months": 60, "related": True, "after": None}


def test_every_sentence_can_be_said_in_both_languages():
    assert {language for sentence in MISSING.values() for language in sentence} == {"zh", "en"}
    kinds = [
        {"kind": "age", "years": 16},
        {"kind": "award", "level": "5", "years": 1},
        {"kind": "apprenticeship"},
        {"kind": "training", "hours": 10, "level": "4"},
        {"kind": "diploma", "diplomas": ["college", "bachelor"]},
        {"kind": "title", "ranks": ["junior"]},
        WORK,
        WORK | {"after": {"kind": "title", "ranks": ["junior"]}},
    ]
    for kind in kinds:
        for lack in asked(Record(), rules(kind), "2020-01-01").shortfalls[0].missing:
            for language in ("zh", "en"):
                sentence = missing_sentence(lack, language)
                assert sentence
                assert "{" not in sentence
    assert time_in_words(0, 0, "en") == "0 days"
    assert time_in_words(13, 1, "en") == "1 year, 1 month, 1 day"


# --- Anything at all -------------------------------------------------------------------------------------------------

_LEAVES = st.none() | st.booleans() | st.integers(-3, 2**53) | st.floats(allow_nan=False) | st.text(max_size=8) | st.sampled_from(
    ["2020-02-29", "2021-02-29", "9999-12-31", "0001-01-01", OWN, "4", "college", "work", "award", "junior", "*"]
)  # fmt: skip
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def _places(value: object, path: tuple = ()) -> list[tuple]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in below for place in _places(inner, (*path, key)))]


def _changed(value: object, path: tuple, new: object) -> object:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _changed(value[path[0]], path[1:], new)
    return copy


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=64) | _VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_value_or_a_coded_error(data):
    code_of(lambda: read_record(data))
    code_of(lambda: read_rules(data))


@settings(max_examples=250, deadline=None)
@given(picked=st.data(), new=_VALUES, on=st.dates())
def test_a_record_with_one_place_changed_is_judged_or_refused(picked, new, on):
    root = json.loads(EXAMPLE_RECORD)
    changed = _changed(root, picked.draw(st.sampled_from(_places(root))), new)
    by = read_rules(EXAMPLE_RULES)
    code = code_of(
        lambda: judge(read_record(json.dumps(changed).encode()), by, occupation=OWN, level="4", on=on).as_json()
    )
    assert code in ("", "invalid_record", "no_rules_in_force", "number_out_of_range", "malformed_json", "nul_character")
    if code in ("", "no_rules_in_force"):
        assert RECORD_SCHEMA.is_valid(changed)


@settings(max_examples=250, deadline=None)
@given(picked=st.data(), new=_VALUES, on=st.dates())
def test_rules_with_one_place_changed_are_used_or_refused(picked, new, on):
    root = json.loads(EXAMPLE_RULES)
    changed = _changed(root, picked.draw(st.sampled_from(_places(root))), new)
    held = read_record(EXAMPLE_RECORD)
    code = code_of(
        lambda: judge(held, read_rules(json.dumps(changed).encode()), occupation=OWN, level="3", on=on).as_json()
    )
    if code in ("", "no_rules_in_force", "level_not_in_rules"):
        assert RULES_SCHEMA.is_valid(changed)
