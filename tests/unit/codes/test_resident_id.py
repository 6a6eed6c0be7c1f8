from __future__ import annotations

import random
from datetime import date

import pytest
import stdnum.cn.ric
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.codes import resident_id
from guildhall.core.codes.answer import MalformedCodeError
from guildhall.core.codes.resident_id import ResidentId

# Printed as the example in GB 11643-1999 (a number of region 110105) and in python-stdnum's documentation.
STANDARD_EXAMPLE = "11010519491231002X"
STDNUM_EXAMPLE = "360426199101010071"

TODAY = date(2026, 6, 1)
DIGITS = st.text("0123456789", min_size=1)
PEOPLE = st.builds(
    ResidentId,
    st.from_regex(r"[0-9]{6}", fullmatch=True),
    st.dates(date(1000, 1, 1), date(2200, 12, 31)),
    st.from_regex(r"[0-9]{3}", fullmatch=True),
)


def codes(answer):
    return [found.code for found in answer.problems]


def warnings(answer):
    return [found.code for found in answer.warnings]


@pytest.mark.parametrize("number", [STANDARD_EXAMPLE, STDNUM_EXAMPLE])
def test_published_examples_are_valid_without_a_warning(number):
    answer = resident_id.check(number)
    assert answer.valid
    assert not answer.warnings
    assert answer.normalised == number


def test_the_parts_are_region_birth_date_and_order():
    assert resident_id.parse(STANDARD_EXAMPLE) == ResidentId("110105", date(1949, 12, 31), "002")


def test_the_weights_are_those_of_the_standard():
    """GB 11643 prints 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2; a single 1 in place i gives a sum of its weight."""
    printed = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    for place, weight in enumerate(printed):
        body = "".join("1" if i == place else "0" for i in range(17))
        assert resident_id.check_character(body) == "10X98765432"[weight % 11]


@given(PEOPLE)
@settings(deadline=None, max_examples=200)
def test_parse_after_format_is_the_identity(person):
    text = resident_id.format(person)
    assert resident_id.parse(text) == person
    assert resident_id.format(resident_id.parse(text)) == text


def test_every_single_character_error_is_caught():
    rng = random.Random(11643)
    for _ in range(25):
        person = ResidentId(
            f"{rng.randrange(10**6):06}", date(1950 + rng.randrange(70), 1, 1), f"{rng.randrange(1000):03}"
        )
        number = resident_id.format(person)
        for place in range(18):
            for other in "0123456789X":
                if other != number[place]:
                    assert not resident_id.check(number[:place] + other + number[place + 1 :]).valid


def test_every_swap_of_unequal_neighbours_is_caught():
    rng = random.Random(7064)
    for _ in range(100):
        number = resident_id.format(
            ResidentId("440103", date(1970 + rng.randrange(30), 10, 21), f"{rng.randrange(1000):03}")
        )
        for place in range(17):
            left, right = number[place], number[place + 1]
            if left != right:
                assert not resident_id.check(number[:place] + right + left + number[place + 2 :]).valid


def test_it_agrees_with_python_stdnum_where_that_knows_the_region():
    rng = random.Random(3)
    agreed = 0
    for _ in range(400):
        person = ResidentId(
            "360426",
            date(1985 + rng.randrange(30), 1 + rng.randrange(12), 1 + rng.randrange(28)),
            f"{rng.randrange(1000):03}",
        )
        number = resident_id.format(person)
        spoiled = number[:17] + rng.choice("0123456789X")
        assert stdnum.cn.ric.is_valid(number)
        assert resident_id.check(spoiled).valid == stdnum.cn.ric.is_valid(spoiled)
        agreed += 1
    assert agreed == 400


NEARLY = st.builds(
    lambda head, rest: head + rest,
    st.sampled_from(["110105", "440300", "660000", "710000", "810000", "830000"]),
    st.from_regex(r"(18|19|20)[0-9]{2}[01][0-9][0-3][0-9][0-9]{3}[0-9Xx\u00b2]", fullmatch=True),
)


@given(
    PEOPLE.map(resident_id.format)
    | NEARLY
    | NEARLY.map(lambda n: n[:17] + resident_id.check_character(n[:17].zfill(17)))
)
@settings(deadline=None, max_examples=300)
def test_the_short_way_says_nothing_that_the_long_way_does_not_say(number):
    said = resident_id.check(number, today=TODAY)
    is_plain = said.valid and not said.warnings and said.text == said.normalised
    is_permit = said.parts is not None and said.parts.is_residence_permit
    assert resident_id.plain(number, today=TODAY) == (said.parts if is_plain and not is_permit else None)


@pytest.mark.parametrize("prefix", ["81", "82", "83"])
def test_residence_permits_are_accepted_without_a_warning(prefix):
    number = resident_id.format(ResidentId(prefix + "0000", date(1990, 5, 6), "012"))
    answer = resident_id.check(number)
    assert answer.valid
    assert not answer.warnings
    assert answer.parts is not None
    assert answer.parts.is_residence_permit


@pytest.mark.parametrize("prefix", ["00", "16", "66", "84", "99"])
def test_an_unknown_region_is_a_warning_and_not_an_error(prefix):
    answer = resident_id.check(resident_id.format(ResidentId(prefix + "0101", date(1990, 5, 6), "012")))
    assert answer.valid
    assert warnings(answer) == ["unknown_region"]


@pytest.mark.parametrize("digits", ["19990229", "20230230", "19991301", "19990431", "00000101", "20000000"])
def test_a_date_that_never_was_is_refused(digits):
    body = "110105" + digits + "001"
    assert codes(resident_id.check(body + resident_id.check_character(body))) == ["impossible_birth_date"]


def test_a_leap_day_of_a_leap_year_is_a_date():
    body = "11010520000229001"
    assert resident_id.check(body + resident_id.check_character(body)).valid


def test_birth_after_today_is_refused_only_when_today_is_known():
    number = resident_id.format(ResidentId("110105", date(2026, 11, 23), "001"))
    assert resident_id.check(number).valid
    assert resident_id.check(number, today=date(2026, 11, 23)).valid
    assert codes(resident_id.check(number, today=date(2026, 11, 22))) == ["born_in_future"]


def test_all_problems_are_told_at_once():
    assert codes(resident_id.check("110105199902300000")) == ["impossible_birth_date", "wrong_check_digit"]


@pytest.mark.parametrize(
    "written",
    [
        "11010519491231002x",
        " 11010519491231002X\n",
        "１１０１０５１９４９１２３１００２Ｘ",
        "１１０１０５１９４９１２３１００２ｘ",
        "110105 19491231 002X",
        "110105\u00a019491231\u200b002X\ufeff",
    ],
)
def test_ways_of_writing_the_same_number_come_to_one_form(written):
    answer = resident_id.check(written)
    assert answer.valid
    assert answer.normalised == STANDARD_EXAMPLE


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("1101051949123100", "wrong_length"),
        ("1101051949123100234", "wrong_length"),
        ("1" * 100_000, "wrong_length"),
        ("11010519491231O02X", "wrong_characters"),
        ("X1010519491231002X", "wrong_characters"),
        ("11010519491231002Y", "wrong_characters"),
        ("1.10105E+17", "wrong_length"),
        ("²²010519491231002X", "wrong_characters"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢٣", "wrong_characters"),
    ],
)
def test_text_of_another_shape_is_refused(text, problem):
    answer = resident_id.check(text)
    assert codes(answer) == [problem]
    assert answer.parts is None


def test_an_old_number_of_fifteen_digits_is_upgraded_with_a_warning():
    # 110105491231002 is the old form of the standard's example: no century, no check digit.
    answer = resident_id.check("110105491231002")
    assert answer.valid
    assert answer.normalised == STANDARD_EXAMPLE
    assert warnings(answer) == ["upgraded_from_15"]


def test_the_orders_kept_for_people_of_a_hundred_years_mean_the_century_before():
    answer = resident_id.check("110105991231996")
    assert answer.parts is not None
    assert answer.parts.born_on == date(1899, 12, 31)
    assert "birth_year_unlikely" in warnings(answer)


def test_an_old_number_with_an_impossible_date_is_refused():
    assert "impossible_birth_date" in codes(resident_id.check("110105490231002"))


@pytest.mark.parametrize(
    "parts",
    [
        ResidentId("1101", date(1990, 1, 1), "001"),
        ResidentId("110105", date(1990, 1, 1), "1"),
        ResidentId("11010５", date(1990, 1, 1), "001"),
    ],
)
def test_parts_of_the_wrong_width_make_no_number(parts):
    with pytest.raises(MalformedCodeError):
        resident_id.format(parts)


def test_the_refusal_carries_a_stable_code_and_does_not_repeat_the_number():
    with pytest.raises(MalformedCodeError) as refused:
        resident_id.parse("110105194912310021")
    assert refused.value.code == "malformed_code"
    assert refused.value.params["problems"] == ["wrong_check_digit"]
    assert "110105194912310021" not in str(refused.value.as_json())


@given(st.text(max_size=40) | DIGITS)
@settings(deadline=None, max_examples=300)
def test_any_text_ends_in_parts_or_a_coded_error(text):
    try:
        parts = resident_id.parse(text)
    except MalformedCodeError:
        return
    assert resident_id.parse(resident_id.format(parts)) == parts
