from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.codes import certificate_number
from guildhall.core.codes.answer import MalformedCodeError
from guildhall.core.codes.certificate_number import (
    LAYOUTS,
    Ambiguous,
    EvaluatorNumber,
    MasterNumber,
    Opaque,
    ProvincialNumber,
    QualificationNumber,
    ShanghaiNumber,
)


def digits(rng, n):
    return f"{rng.randrange(10**n):0{n}}"


def a_number_of(letter, rng):
    """One number built from the description of the layout alone (domain sheet, section 1.4)."""
    match letter:
        case "A":
            return (
                rng.choice("YS")
                + digits(rng, 4)
                + digits(rng, 2)
                + digits(rng, 6)
                + digits(rng, 2)
                + rng.choice("12345")
                + digits(rng, 6)
            )
        case "B":
            return rng.choice("YS") + digits(rng, 14) + rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + digits(rng, 6)
        case "C":
            return digits(rng, 6) + rng.choice("01234") + digits(rng, 3) + rng.choice("12345") + digits(rng, 5)
        case "D":
            return digits(rng, 13)
        case _:
            return (
                rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
                + rng.choice("GSCX")
                + rng.choice("NW")
                + digits(rng, 11)
                + rng.choice("12345")
                + digits(rng, 5)
            )


@pytest.mark.parametrize("letter", list("ABCDE"))
def test_format_after_parse_is_the_identity_on_many_generated_numbers(letter):
    rng = random.Random(letter)
    for _ in range(5000):
        number = a_number_of(letter, rng)
        parts = certificate_number.parse(number, letter)
        assert parts.layout == letter
        assert certificate_number.format(parts) == number
        assert certificate_number.parse(certificate_number.format(parts), letter) == parts


@pytest.mark.parametrize("letter", list("ABCDE"))
def test_a_generated_number_fits_its_layout_and_no_other_unless_padded(letter):
    rng = random.Random(letter + "alone")
    for _ in range(2000):
        number = a_number_of(letter, rng)
        expected = ("C", "D") if letter == "C" and number.startswith("000") else (letter,)
        assert certificate_number.layouts(number) == expected


def test_layout_a_is_read_as_the_domain_sheet_prints_it():
    assert certificate_number.parse("Y000123004567195000001") == EvaluatorNumber(
        "Y", "0001", "23", "004567", "19", "5", "000001"
    )


def test_layout_b_has_a_letter_where_a_has_the_level():
    assert certificate_number.parse("S00002300456719T000001") == MasterNumber(
        "S", "0000", "23", "004567", "19", "T", "000001"
    )


def test_layout_c_is_read_part_by_part():
    assert certificate_number.parse("1510003012300045") == QualificationNumber(
        "15", "10", "00", "3", "012", "3", "00045"
    )


def test_layout_d_is_padded_for_look_up_and_printed_without():
    answer = certificate_number.check("1234567890123")
    assert answer.parts == ShanghaiNumber("1234567890123")
    assert answer.normalised == "0001234567890123"
    assert certificate_number.format(answer.parts) == "1234567890123"


def test_the_padded_form_finds_the_same_certificate():
    assert certificate_number.lookup_key("1234567890123") == certificate_number.lookup_key("0001234567890123")


def test_a_padded_number_that_no_other_layout_fits_is_layout_d():
    assert certificate_number.parse("0009999999999999") == ShanghaiNumber("9999999999999")


def test_a_number_that_fits_two_layouts_says_so_and_is_not_decided():
    number = "0001001001100001"
    answer = certificate_number.check(number)
    assert answer.valid
    assert answer.parts == Ambiguous(number, ("C", "D"))
    assert [found.code for found in answer.warnings] == ["ambiguous_layout"]
    assert answer.normalised == number
    assert certificate_number.as_json(answer)["layouts"] == ["C", "D"]


def test_a_named_layout_decides_an_ambiguous_number():
    number = "0001001001100001"
    assert certificate_number.parse(number, "C").layout == "C"
    assert certificate_number.parse(number, "D") == ShanghaiNumber("1001001100001")


def test_layout_e_is_read_part_by_part():
    assert certificate_number.parse("AGN37010100123300045") == ProvincialNumber(
        "A", "G", "N", "370101", "001", "23", "3", "00045"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Y00012300456719500000",  # one short
        "Y0001230045671950000011",  # one long
        "Z000123004567195000001",  # neither Y nor S
        "Y000123004567196000001",  # level 6
        "1510005012300045",  # body type 5
        "1510003012600045",  # level 6
        "123456789012",  # twelve digits
        "12345678901234",  # fourteen
        "AZN37010100123300045",
        "粤-2020-0001",
        "CERT/2024/17",
    ],
)
def test_an_unknown_layout_comes_back_as_opaque_and_unchanged(text):
    answer = certificate_number.check(text)
    assert not answer.valid
    assert [found.code for found in answer.problems] == ["unknown_layout"]
    assert answer.parts == Opaque(text)
    assert certificate_number.as_json(answer)["layout"] == "opaque"
    assert certificate_number.format(certificate_number.parse(text)) == text


def test_a_number_of_another_layout_than_the_one_named_is_not_read():
    answer = certificate_number.check("1234567890123", "A")
    assert [found.code for found in answer.problems] == ["wrong_layout"]
    assert isinstance(answer.parts, Opaque)


def test_a_layout_that_does_not_exist_is_our_mistake():
    with pytest.raises(KeyError):
        certificate_number.check("1234567890123", "Q")


def test_nothing_written_is_empty():
    assert [found.code for found in certificate_number.check("  ").problems] == ["empty"]


@pytest.mark.parametrize(
    "written", ["y000123004567195000001", "Ｙ０００１２３００４５６７１９５００００01", " Y0001 23 004567 19 5 000001 "]
)
def test_ways_of_writing_the_same_number_come_to_one_key(written):
    assert certificate_number.lookup_key(written) == "Y000123004567195000001"
    assert certificate_number.check(written).valid


def test_an_unknown_province_is_a_warning_in_layout_a_only():
    assert [w.code for w in certificate_number.check("Y000199004567195000001").warnings] == ["unknown_region"]
    assert certificate_number.check("1572003012300045").warnings == ()  # layout C: 72 is the tobacco industry


@pytest.mark.parametrize(
    "parts",
    [
        EvaluatorNumber("Y", "001", "23", "004567", "19", "5", "0000011"),  # right length, wrong widths
        EvaluatorNumber("Y", "0001", "23", "004567", "19", "6", "000001"),
        ShanghaiNumber("123"),
        QualificationNumber("15", "10", "00", "9", "012", "3", "00045"),
    ],
)
def test_parts_that_do_not_fit_their_layout_make_no_number(parts):
    with pytest.raises(MalformedCodeError):
        certificate_number.format(parts)


def test_every_layout_has_a_name_in_both_languages():
    assert set(LAYOUTS) == set("ABCDE")
    for layout in LAYOUTS.values():
        assert set(layout.name) == {"zh", "en"}


@given(st.text(max_size=40))
@settings(deadline=None, max_examples=300)
def test_any_text_is_answered(text):
    answer = certificate_number.check(text)
    assert certificate_number.as_json(answer)["layout"]
    if answer.parts is not None:
        again = certificate_number.parse(certificate_number.format(answer.parts))
        assert certificate_number.parse(certificate_number.format(again)) == again
