"""Rule-sets and outcomes as files: every problem with its place, and bytes that end in a value or in a coded error."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.amounts import amount, amount_text
from guildhall.core.conversion import InvalidRuleSetError, read_rule_set
from guildhall.core.coverage import InvalidProgrammeError, read_programme
from guildhall.core.errors import Error
from guildhall.core.record import InvalidRecordError, read_record
from tests.unit.conversion.chance import case
from tests.unit.conversion.made import course, offer, outcome, programme_file, record_file, rules_file

ROOT = Path(__file__).resolve().parents[3]


def schema(name: str) -> jsonschema.Draft202012Validator:
    read = json.loads((ROOT / f"docs/schemas/{name}.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(read)
    return jsonschema.Draft202012Validator(read)


SCHEMAS = {name: schema(name) for name in ("rule-set", "record", "programme")}
READERS = {"rule-set": read_rule_set, "record": read_record, "programme": read_programme}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_example_keeps_its_schema_and_is_read(name):
    data = (ROOT / f"docs/examples/{name}.json").read_bytes()
    SCHEMAS[name].validate(json.loads(data))
    READERS[name](data)


@pytest.mark.parametrize(
    "name", sorted(path.name for path in (ROOT / "src/guildhall/core/conversion/published").glob("*.json"))
)
def test_what_is_shipped_keeps_the_schema(name):
    SCHEMAS["rule-set"].validate(json.loads((ROOT / "src/guildhall/core/conversion/published" / name).read_bytes()))


def test_what_is_read_keeps_the_schema_in_200_random_cases():
    for seed in range(200):
        for name, value in zip(("record", "programme", "rule-set"), case(seed), strict=True):
            SCHEMAS[name].validate(value)
            READERS[name](json.dumps(value).encode())


TAKEN = {"outcome": {"codes": ["a"]}}
BAD_RULES = {
    "an offer without an id": (rules_file({"takes": TAKEN, "gives": {"course": "X"}}), "offers[0].id"),
    "an offer that takes anything": (rules_file({"id": "r", "takes": {"outcome": {}}, "gives": {"course": "X"}}), "offers[0].takes.outcome"),
    "an empty list of codes": (
        rules_file({"id": "r", "takes": {"outcome": {"codes": []}}, "gives": {"course": "X"}}), "offers[0].takes.outcome.codes"
    ),
    "a kind that is none": (
        rules_file({"id": "r", "takes": {"outcome": {"kinds": ["degree"]}}, "gives": {"course": "X"}}), "offers[0].takes.outcome.kinds"
    ),
    "an empty all": (rules_file({"id": "r", "takes": {"all": []}, "gives": {"course": "X"}}), "offers[0].takes.all"),
    "all beside any": (
        rules_file({"id": "r", "takes": {"all": [TAKEN], "any": [TAKEN]}, "gives": {"course": "X"}}), "offers[0].takes"
    ),
    "negative credits": (rules_file(offer("r", "a", "X", worth="-1")), "offers[0].worth"),
    "huge credits": (rules_file(offer("r", "a", "X", worth="10000")), "offers[0].worth"),
    "credits as a number": (rules_file(offer("r", "a", "X", worth=4.5)), "offers[0].worth"),
    "three places": (rules_file(offer("r", "a", "X", worth="1.125")), "offers[0].worth"),
    "a ratio of nothing": (rules_file(offer("r", "a", "X", ratio="0")), "offers[0].ratio"),
    "a rest kept of two outcomes": (rules_file(offer("r", ["a", "b"], "X", leftover="keep")), "offers[0].leftover"),
    "a rest kept and too little taken": (rules_file(offer("r", "a", "X", leftover="keep", tolerance="1")), "offers[0].tolerance"),
    "months without a rest": (rules_file(offer("r", "a", "X", keep_months=12)), "offers[0].keep_months"),
    "evidence of nothing": (rules_file(offer("r", "a", "X", evidence={})), "offers[0].evidence"),
    "more than all covered": (rules_file(offer("r", "a", "X", evidence={"coverage_at_least": "101"})), "offers[0].evidence.coverage_at_least"),
    "a grade that is none": (rules_file(offer("r", "a", "X", enters={"grade": "A"})), "offers[0].enters.grade"),
    "an unknown member": (rules_file(offer("r", "a", "X", worht="1")), "offers[0]"),
    "an id twice": (rules_file(offer("r", "a", "X"), offer("r", "a", "Y")), "$"),
    "an id that is taken": (rules_file(offer("outcome-once", "a", "X")), "$"),
    "a cap without a limit": (rules_file(caps=[{"id": "c"}]), "caps[0]"),
    "a cap with two limits": (rules_file(caps=[{"id": "c", "credits": "1", "count": 1}]), "caps[0]"),
    "a cap for each of what is none": (rules_file(caps=[{"id": "c", "credits": "1", "each": "month"}]), "caps[0].each"),
    "a condition that asks nothing": (rules_file(conditions=[{"id": "c"}]), "conditions[0]"),
    "a ceiling of an unknown level": (rules_file(ceilings=[{"id": "c", "levels": ["9"], "classes": ["core"]}]), "ceilings[0].levels"),
    "a group of both": (rules_file(groups=[{"id": "g", "outcomes": [{"codes": ["a"]}], "courses": ["X"]}]), "groups[0]"),
    "a group by what is none": (rules_file(groups=[{"id": "g", "outcomes": [{"codes": ["a"]}], "by": ["name"]}]), "groups[0].by"),
    "an exclusion of nothing": (rules_file(exclusions=[{"id": "e"}]), "exclusions[0].into"),
    "residency without a limit": (rules_file(residency=[{"id": "r"}]), "residency[0]"),
    "an end before the start": (rules_file(ends_on="2024-12-31"), "$.ends_on"),
    "no institution": (rules_file(institution=""), "$.institution"),
    "another format": (rules_file(format="guildhall-rule-set/2"), "$.format"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_RULES)
def test_a_fault_in_a_rule_set_is_told_with_its_place(name):
    data, place = BAD_RULES[name]
    with pytest.raises(InvalidRuleSetError) as refused:
        read_rule_set(data)
    assert any(problem.startswith(f"{place}: ") for problem in refused.value.params["problems"]), refused.value.params


BAD_OUTCOMES = {
    "no day": ({"id": "a", "kind": "course"}, "awarded_on"),
    "a kind that is none": (outcome("a", kind="degree"), "kind"),
    "negative credits": (outcome("a", "-2"), "credits"),
    "huge credits": (outcome("a", "12345"), "credits"),
    "a level that is none": (outcome("a", level="9"), "level"),
    "an end before the award": (outcome("a", valid_until="2024-06-29"), "valid_until"),
    "a year before our time": (outcome("a", awarded_on="1024-06-29"), "awarded_on"),
    "accredited in words": (outcome("a", accredited="yes"), "accredited"),
    "a status that is none": (outcome("a", status="lost"), "status"),
    "a basis that is none": (outcome("a", basis="luck"), "basis"),
    "competencies at a level that is none": (outcome("a", competencies={"1.1": "x"}), "competencies.1.1"),
    "competencies without numbers": (outcome("a", competencies={"one": "4"}), "competencies"),
    "hours beyond a life": (outcome("a", hours=1_000_000), "hours"),
}


@pytest.mark.parametrize("name", BAD_OUTCOMES)
def test_a_fault_in_an_outcome_is_told_with_its_place(name):
    one, member = BAD_OUTCOMES[name]
    with pytest.raises(InvalidRecordError) as refused:
        read_record(record_file(one))
    assert any(problem.startswith(f"outcomes[0].{member}: ") for problem in refused.value.params["problems"])


def test_an_outcome_twice_is_refused():
    with pytest.raises(InvalidRecordError):
        read_record(record_file(outcome("a"), outcome("a")))


@pytest.mark.parametrize("more", [{"category": "Major"}, {"classes": ["a b"]}, {"open": "yes"}, {"credits": "-1"}])
def test_a_fault_in_a_course_is_refused(more):
    with pytest.raises(InvalidProgrammeError):
        read_programme(programme_file({**course("X", "1"), **more}))


def test_amounts_go_out_as_they_came_in():
    for text in ("0", "4", "4.5", "0.01", "9999.99", "10"):
        assert amount_text(amount(text)) == text
    assert amount("04") is None
    assert amount("4.50") == 450
    assert amount("٤") is None


_NAMES = st.sampled_from(
    [
        "id", "takes", "gives", "all", "any", "outcome", "course", "into", "kinds", "codes", "levels", "classes", "caps",
        "offers", "credits", "percent", "count", "each", "groups", "outcomes", "by", "keep", "evidence", "decision",
    ]
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**6) | st.text(max_size=4) | st.sampled_from(["r1", "4.5", "2025-01-01", "course", "4"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    section=st.sampled_from(
        ["offers", "conditions", "ceilings", "caps", "residency", "groups", "exclusions", "grades"]
    ),
    value=_JSON,
)
def test_whatever_stands_in_a_section_ends_in_rules_or_a_coded_error(section, value):
    for data in (rules_file(**{section: value}), rules_file(**{section: [value]})):
        try:
            read_rule_set(data)
        except Error:
            continue
        else:
            SCHEMAS["rule-set"].validate(json.loads(data))


@settings(max_examples=100, deadline=None)
@given(
    value=st.dictionaries(
        st.sampled_from(["id", "kind", "awarded_on", "credits", "level", "competencies", "grade"]), _JSON
    )
)
def test_whatever_stands_in_an_outcome_ends_in_a_record_or_a_coded_error(value):
    data = json.dumps({"format": "guildhall-record/1", "outcomes": [value]}).encode()
    try:
        read_record(data)
    except Error:
        return
    else:
        SCHEMAS["record"].validate(json.loads(data))
