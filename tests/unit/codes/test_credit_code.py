from __future__ import annotations

import random

import pytest
import stdnum.cn.uscc
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.codes import credit_code
from guildhall.core.codes.answer import MalformedCodeError
from guildhall.core.codes.credit_code import ALPHABET, CreditCode

# Codes that their owners publish, and the one of python-stdnum's documentation.
PUBLISHED = ["91110000600037341L", "91350100M000100Y43", "9144030071526726XG"]

CODES = st.builds(
    CreditCode,
    st.sampled_from(ALPHABET),
    st.sampled_from(ALPHABET),
    st.from_regex(r"[0-9]{6}", fullmatch=True),
    st.text(ALPHABET, min_size=9, max_size=9),
)


def codes(answer):
    return [found.code for found in answer.problems]


def generated(rng):
    return CreditCode(
        rng.choice("159ANY"), rng.choice(ALPHABET), f"{rng.randrange(10**6):06}", "".join(rng.choices(ALPHABET, k=9))
    )


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_are_valid(code):
    assert credit_code.check(code).valid


@pytest.mark.parametrize("code", PUBLISHED[:1])
def test_a_published_code_gives_no_warning(code):
    assert credit_code.check(code).warnings == ()


def test_the_alphabet_has_31_characters_and_none_that_looks_like_a_digit():
    assert len(set(ALPHABET)) == 31
    assert not set("IOSVZ") & set(ALPHABET)


@given(CODES)
@settings(deadline=None, max_examples=200)
def test_parse_after_format_is_the_identity(parts):
    text = credit_code.format(parts)
    assert credit_code.parse(text) == parts
    assert credit_code.format(credit_code.parse(text)) == text


def test_every_single_character_error_is_caught():
    rng = random.Random(32100)
    for _ in range(20):
        code = credit_code.format(generated(rng))
        for place in range(18):
            for other in ALPHABET + "IOSVZ-":
                if other != code[place]:
                    assert not credit_code.check(code[:place] + other + code[place + 1 :]).valid


def test_it_agrees_with_python_stdnum_where_the_code_begins_with_a_digit():
    rng = random.Random(5)
    for _ in range(400):
        parts = generated(rng)
        parts = CreditCode(rng.choice("159"), rng.choice("123"), parts.region, parts.organisation)
        code = credit_code.format(parts)
        spoiled = code[:17] + rng.choice(ALPHABET)
        assert stdnum.cn.uscc.is_valid(code)
        assert credit_code.check(spoiled).valid == stdnum.cn.uscc.is_valid(spoiled)


@pytest.mark.parametrize("first", ["A", "N", "Y"])
def test_letters_in_front_are_legal(first):
    code = credit_code.format(CreditCode(first, "1", "440100", "MB2D01234"))
    answer = credit_code.check(code)
    assert answer.valid
    assert "unknown_registrar" not in [w.code for w in answer.warnings]


def test_an_unknown_registrar_and_an_unknown_region_are_warnings():
    answer = credit_code.check(credit_code.format(CreditCode("G", "1", "990100", "600037341")))
    assert answer.valid
    assert [w.code for w in answer.warnings] == ["unknown_registrar", "unknown_region"]


def test_an_organisation_code_with_a_wrong_digit_of_its_own_is_a_warning():
    answer = credit_code.check(credit_code.format(CreditCode("9", "1", "110000", "600037342")))
    assert answer.valid
    assert [w.code for w in answer.warnings] == ["organisation_check_digit"]


@pytest.mark.parametrize(
    "written", ["91110000600037341l", " 9111 0000 6000 3734 1L ", "９１１１００００６０００３７３４１Ｌ"]
)
def test_ways_of_writing_the_same_code_come_to_one_form(written):
    assert credit_code.check(written).normalised == "91110000600037341L"
    assert credit_code.check(written).valid


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("9111000060003734", "wrong_length"),
        ("91110000600037341I", "wrong_characters"),
        ("9111000060003734Oß", "wrong_characters"),
        ("91110000600037342L", "wrong_check_digit"),
    ],
)
def test_text_of_another_shape_is_refused(text, problem):
    assert codes(credit_code.check(text)) == [problem]


def test_a_region_with_letters_is_refused_also_where_the_check_digit_fits():
    body = "91A10000600037341"
    assert codes(credit_code.check(body + credit_code.check_character(body))) == ["region_not_digits"]


@pytest.mark.parametrize(
    "parts",
    [
        CreditCode("9", "1", "11000", "0600037341"),
        CreditCode("I", "1", "110000", "600037341"),
        CreditCode("9", "1", "A10000", "600037341"),
    ],
)
def test_parts_of_wrong_width_or_letters_make_no_code(parts):
    with pytest.raises(MalformedCodeError):
        credit_code.format(parts)


@given(st.text(max_size=40) | st.text(ALPHABET, min_size=18, max_size=18))
@settings(deadline=None, max_examples=300)
def test_any_text_ends_in_parts_or_a_coded_error(text):
    try:
        parts = credit_code.parse(text)
    except MalformedCodeError:
        return
    assert credit_code.parse(credit_code.format(parts)) == parts
