from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.codes import identity, resident_id
from guildhall.core.codes.resident_id import ResidentId

CARD = "11010519491231002X"
PERMIT = resident_id.format(ResidentId("830000", date(1988, 2, 29), "123"))


@pytest.mark.parametrize(
    "kind", ["201", "２０１", "居民身份证", "身份证", " 身份证 ", "resident_id", "Resident ID", ""]
)
def test_the_resident_id_is_known_by_its_upload_code_and_its_names(kind):
    answer = identity.check(kind, "１１０１０５１９４９１２３１００２ｘ")
    assert answer.valid
    assert answer.parts is not None
    assert (answer.parts.kind, answer.parts.number) == ("resident_id", CARD)
    assert answer.parts.resident is not None


@pytest.mark.parametrize("kind", ["201", "港澳台居民居住证", "居住证", ""])
def test_a_residence_permit_is_one_document_however_the_sheet_calls_it(kind):
    answer = identity.check(kind, PERMIT)
    assert answer.valid
    assert answer.parts is not None
    assert answer.parts.kind == "residence_permit"


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("护照", "e12345678", "passport"),
        ("passport", "E1234 5678", "passport"),
        ("港澳居民来往内地通行证", "H12345678", "hk_macau_permit"),
        ("回乡证", "m0123456701", "hk_macau_permit"),
        ("台胞证", "12345678", "taiwan_permit"),
        ("外国人永久居留身份证", "USA110000000001", "foreign_permanent_residence"),
    ],
)
def test_other_documents_are_accepted_without_a_warning_in_their_usual_form(kind, number, code):
    answer = identity.check(kind, number)
    assert answer.valid
    assert not answer.warnings
    assert answer.parts is not None
    assert answer.parts.kind == code


def test_the_card_for_foreigners_of_2023_has_the_check_digit_of_a_resident_id():
    number = resident_id.format(ResidentId("931840", date(1980, 1, 1), "001"))
    answer = identity.check("外国人永久居留身份证", number)
    assert answer.valid
    assert not answer.warnings
    assert answer.parts is not None
    assert answer.parts.kind == "foreign_permanent_residence"
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert not identity.check("外国人永久居留身份证", wrong).valid


def test_eighteen_characters_that_do_not_begin_with_9_are_no_card_for_foreigners():
    answer = identity.check("外国人永久居留身份证", CARD)
    assert [found.code for found in answer.warnings] == ["unusual_number"]


@pytest.mark.parametrize("kind", ["学员证", "299", "Führerschein"])
def test_an_unknown_kind_is_accepted_as_written_with_a_warning(kind):
    answer = identity.check(kind, "AB-12345")
    assert answer.valid
    assert answer.parts is not None
    assert answer.parts.kind == kind
    assert [found.code for found in answer.warnings] == ["unknown_id_kind"]


def test_an_unusual_passport_number_is_a_warning():
    assert [found.code for found in identity.check("护照", "12-34").warnings] == ["unusual_number"]


@pytest.mark.parametrize("kind", ["201", ""])
def test_a_wrong_resident_id_is_refused(kind):
    assert [found.code for found in identity.check(kind, CARD[:-1] + "1").problems] == ["wrong_check_digit"]


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [("护照", "", "empty"), ("护照", "E1234<script>", "wrong_characters"), ("护照", "E" * 41, "wrong_length")],
)
def test_numbers_that_no_document_has_are_refused(kind, number, code):
    assert [found.code for found in identity.check(kind, number).problems] == [code]


@given(st.text(max_size=20), st.text(max_size=60))
@settings(deadline=None, max_examples=200)
def test_any_two_texts_are_answered(kind, number):
    answer = identity.check(kind, number)
    assert answer.valid == (answer.parts is not None and not answer.problems)
