from __future__ import annotations

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.codes import occupation_code
from guildhall.core.codes.answer import MalformedCodeError
from guildhall.core.codes.occupation_code import OccupationCode
from tests.shared import needs_shared, shared

TWO = st.from_regex(r"[0-9]{2}", fullmatch=True)


@given(st.builds(OccupationCode, st.sampled_from("0123456789"), TWO, TWO, TWO))
@settings(deadline=None, max_examples=100)
def test_parse_after_format_is_the_identity(parts):
    assert occupation_code.parse(occupation_code.format(parts)) == parts


def test_the_electrician_is_read():
    assert occupation_code.parse("6-31-01-03") == OccupationCode("6", "31", "01", "03")


@needs_shared
def test_every_code_of_the_2022_edition_is_valid_without_a_warning():
    with shared("data", "cn", "occupations_2022.csv").open(encoding="utf-8") as rows:
        listed = [row["code"] for row in csv.DictReader(rows)]
    assert len(listed) > 1600
    for code in listed:
        answer = occupation_code.check(code)
        assert answer.valid, code
        assert not answer.warnings, code
        assert answer.normalised == code


@pytest.mark.parametrize(
    "written", ["６－３１－０１－０３", " 6-31-01-03 ", "6–31–01–03", "6—31—01—03", "6−31−01−03", "6 - 31 - 01 - 03"]
)
def test_ways_of_writing_the_same_code_come_to_one_form(written):
    assert occupation_code.check(written).normalised == "6-31-01-03"
    assert occupation_code.check(written).valid


@pytest.mark.parametrize(
    "text",
    [
        "6310103",
        "6-31-01",
        "6-31-01-3",
        "6-31-01-03-01",
        "66-31-01-03",
        "X-31-01-03",
        "6.31.01.03",
        "²-31-01-03",
        "6-31-01-03電工",
    ],
)
def test_text_of_another_shape_is_refused(text):
    answer = occupation_code.check(text)
    assert [found.code for found in answer.problems] == ["wrong_shape"]
    assert answer.parts is None


def test_nothing_written_is_refused_as_empty():
    assert [found.code for found in occupation_code.check(" ").problems] == ["empty"]


@pytest.mark.parametrize("major", ["0", "9"])
def test_a_major_class_that_no_edition_has_is_a_warning(major):
    answer = occupation_code.check(f"{major}-01-01-01")
    assert answer.valid
    assert [found.code for found in answer.warnings] == ["unknown_major"]


@pytest.mark.parametrize(
    "parts",
    [
        OccupationCode("6", "3", "01", "03"),
        OccupationCode("", "31", "01", "03"),
        OccupationCode("6", "31", "01", "0３"),
    ],
)
def test_parts_of_the_wrong_width_make_no_code(parts):
    with pytest.raises(MalformedCodeError):
        occupation_code.format(parts)


@given(st.text(max_size=30))
@settings(deadline=None, max_examples=200)
def test_any_text_ends_in_parts_or_a_coded_error(text):
    try:
        occupation_code.parse(text)
    except MalformedCodeError:
        return
