from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.results import fields
from guildhall.core.results.cells import DateCell, NumberCell, number_cell
from guildhall.core.results.fields import Calendar
from guildhall.core.results.sentences import CODES

TODAY = date(2026, 11, 22)
TEXT_FILE = Calendar(TODAY, None)
WORKBOOK = Calendar(TODAY, from_1904=False)


def said(answer):
    return [code for code, _ in answer[1]]


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "王小明",
        "欧阳修",
        "阿依古丽·买买提",
        "扎西·多吉·次仁",
        "㛃",
        "王䶮",
        "王𬴂",
        "王\U00030edd",
        "王\U000323af",
        "王\U0002ebf0",
        "\U000323af\U0002ebf0",
        "〇明",
        "Anna Li",
        "Jean-Luc Picard",
        "O'Neill",
        "J. Smith",
        "José Ñandú",
        "Lê Thị Hoa",
        "山田太郎",
        "ดารุณี",
    ],
)
def test_a_name_that_is_written_right_stays_as_it_is(name):
    assert fields.name(name) == (name, [])


@pytest.mark.parametrize("dot", [*"•‧∙⋅・･.．", " · ", " • ", ". "])
def test_every_dot_that_input_methods_give_becomes_the_middle_dot(dot):
    name, notices = fields.name(f"阿依古丽{dot}买买提")
    assert name == "阿依古丽·买买提"
    assert {code for code, _ in notices} <= {"name_middle_dot", "name_spaces_removed"}
    assert notices


@pytest.mark.parametrize(
    "written",
    [" 王小明", "王小明　", "王 小 明", "王\u00a0小明", "王小明\n", "\ufeff王小明", "王\u200b小明", "王\u202e小明"],
)
def test_needless_spaces_and_invisible_characters_go_with_a_notice(written):
    assert fields.name(written) == ("王小明", [("name_spaces_removed", {})])


def test_spaces_inside_a_latin_name_stay_single():
    assert fields.name("Anna   Maria  Li")[0] == "Anna Maria Li"


def test_decomposed_letters_are_composed_and_compatibility_characters_told():
    assert fields.name("Jose\u0301") == ("José", [("name_normalised", {"name": "José"})])
    assert fields.name("\u2f45明")[0] == "方明"  # Kangxi radical ⽅
    assert fields.name("Ａｎｎａ")[0] == "Anna"


def test_rare_forms_are_not_folded_into_common_ones():
    # NFKC would make these 㐂 → 㐂 (kept), but ﬁ, ㈱ and superscripts something else; NFC leaves unified ideographs.
    for name in ("王\ufa11", "王\ufa0e", "王㐂"):
        assert fields.name(name) == (name, [])


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("王?明", "text_lost_character"),
        ("王？", "text_lost_character"),
        ("王\ufffd", "text_lost_character"),
        ("王□", "text_lost_character"),
        ("张*三", "text_lost_character"),
        ("王\ue000", "text_private_character"),
        ("王\U000f0000", "text_private_character"),
        ("王\x07明", "text_control_character"),
        ("王\x00", "text_control_character"),
        ("王1", "name_wrong_character"),
        ("王○明", "name_wrong_character"),
        ("张三(小)", "name_wrong_character"),
        ("⿰氵恩", "name_wrong_character"),
        ("王⺠", "name_radical"),
        ("·王", "name_wrong_character"),
        ("王·", "name_wrong_character"),
        ("阿依··买买提", "name_wrong_character"),
        ("=cmd|' /C calc'!A0", "name_wrong_character"),
        ("王" * 101, "text_too_long"),
        ("--", "name_wrong_character"),
        ("王\U0002ffff", "name_wrong_character"),
        ("110105194912310021", "name_wrong_character"),
        ("\u200b\u200b", "name_missing"),
    ],
)
def test_what_cannot_be_in_a_name_is_refused(written, code):
    assert said(fields.name(written)) == [code]


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=400)
def test_a_name_that_was_accepted_is_accepted_again_unchanged(written):
    name, found = fields.name(written)
    if not any(CODES[code].severity == "error" for code, _ in found):
        assert fields.name(name) == (name, [])


# --- dates ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-06",
        "2026-11-6",
        "2026/11/6",
        "2026/11/06",
        "2026.11.6",
        "2026年11月6日",
        "2026年11月06号",
        "2026 年 11 月 6 日",
        "20261106",
        "２０２６－１１－０６",
        "２０２６年１１月６日",
        "2026–11–06",
        "2026-11-06 00:00:00",
        "2026/11/6 8:30",
        "2026-11-06T08:00:00",
        "6 Nov 2026",
        "6-Nov-2026",
        "Nov 6, 2026",
        "November 6 2026",
        " 2026-11-06 ",
    ],
)
def test_shapes_of_one_meaning_are_read(written):
    assert fields.day(written, TEXT_FILE) == (date(2026, 11, 6), [])


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("06/11/2026", "date_ambiguous"),
        ("11/6/26", "date_ambiguous"),
        ("26-11-06", "date_ambiguous"),
        ("6.11.2026", "date_ambiguous"),
        ("2026-11", "date_incomplete"),
        ("2026年11月", "date_incomplete"),
        ("2026", "date_incomplete"),
        ("2026年", "date_incomplete"),
        ("2026-02-30", "date_impossible"),
        ("2025-02-29", "date_impossible"),
        ("2026年13月1日", "date_impossible"),
        ("20261301", "date_impossible"),
        ("2026-11-23", "date_in_future"),
        ("2062-11-06", "date_in_future"),
        ("1900-01-03", "date_too_early"),
        ("46332", "date_serial"),
        ("46332.5", "date_serial"),
        ("2026-11-06T23:00:00Z", "date_unreadable"),
        ("2026-11-06T23:00:00+08:00", "date_unreadable"),
        ("二〇二六年十一月六日", "date_unreadable"),
        ("6 Ju 2026", "date_unreadable"),
        ("6 Foo 2026", "date_unreadable"),
        ("yesterday", "date_unreadable"),
        ("-46332", "date_unreadable"),
        ("²026-11-06", "date_unreadable"),
    ],
)
def test_what_has_no_or_more_than_one_meaning_is_refused(written, code):
    answer = fields.day(written, TEXT_FILE)
    assert answer[0] is None
    assert said(answer) == [code]


def test_today_is_no_future():
    assert fields.day("2026-11-22", TEXT_FILE) == (TODAY, [])


def test_a_serial_number_is_read_only_where_the_calendar_is_known():
    assert fields.day(NumberCell("46332"), WORKBOOK) == (
        date(2026, 11, 6),
        [("date_from_serial", {"date": "2026-11-06"})],
    )
    assert fields.day(NumberCell("44870"), Calendar(TODAY, from_1904=True))[0] == date(2026, 11, 6)
    assert said(fields.day("46332", WORKBOOK)) == ["date_serial"]  # text in a workbook


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("3", "date_unreadable"),
        ("2026", "date_incomplete"),
        ("1.10101E+17", "date_unreadable"),
        ("-1", "date_unreadable"),
        ("99999", "date_in_future"),
    ],
)
def test_numbers_that_are_no_dates_are_refused(number, code):
    assert said(fields.day(NumberCell(number), WORKBOOK)) == [code]


def test_a_number_without_a_calendar_is_no_date():
    assert said(fields.day(NumberCell("46332"), TEXT_FILE)) == ["date_serial"]


def test_a_number_of_eight_digits_is_a_date_written_together():
    assert fields.day(NumberCell("20261106"), WORKBOOK) == (date(2026, 11, 6), [])


# --- marks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "mark"),
    [
        ("60", "60"),
        ("0", "0"),
        ("100", "100"),
        ("100.00", "100"),
        ("59.9", "59.9"),
        ("91.50", "91.5"),
        ("88.25", "88.25"),
        ("８６", "86"),
        ("86分", "86"),
        (" 86 ", "86"),
        ("'86", "'86"),
    ],
)
def test_marks_are_exact_decimals(written, mark):
    if mark.startswith("'"):
        assert said(fields.mark(written)) == ["mark_not_a_number"]
    else:
        assert fields.mark(written) == (Decimal(mark), [])
        assert str(fields.mark(written)[0]) == mark


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("101", "mark_out_of_range"),
        ("-1", "mark_out_of_range"),
        ("'-5", "mark_out_of_range"),
        ("100.01", "mark_out_of_range"),
        ("999999", "mark_out_of_range"),
        ("59.995", "mark_too_precise"),
        ("59.99999999999999999999", "mark_too_precise"),
        ("合格", "mark_not_a_number"),
        ("缺考", "mark_not_a_number"),
        ("8O", "mark_not_a_number"),
        ("80,5", "mark_not_a_number"),
        ("1e2", "mark_not_a_number"),
        ("NaN", "mark_not_a_number"),
        ("Infinity", "mark_not_a_number"),
        ("٨٦", "mark_not_a_number"),
        ("--5", "mark_not_a_number"),
    ],
)
def test_what_is_no_mark_is_refused(written, code):
    answer = fields.mark(written)
    assert answer[0] is None
    assert said(answer) == [code]


def test_a_date_is_no_mark():
    assert said(fields.mark(DateCell("1900-03-26"))) == ["mark_not_a_number"]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("80.099999999999994", "80.1"),
        ("86", "86"),
        ("86.0", "86"),
        ("1.0E2", "100"),
        ("0.1", "0.1"),
        ("110101199001011234", "1.10101E+17"),
        ("123456789012345", "123456789012345"),
        ("1000000000000000", "1.00000E+15"),
        ("x", "x"),
        ("nan", "NAN"),
        ("1e400", "INF"),
    ],
)
def test_a_stored_number_is_written_as_excel_shows_it(stored, shown):
    assert number_cell(stored) == shown


# --- occupation, numbers, documents ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "stands"),
    [
        ("6-31-01-03", "6-31-01-03"),
        ("6-31-01-03 电工", "6-31-01-03 电工"),
        ("6-31-01-03电工", "6-31-01-03 电工"),
        ("６－３１－０１－０３　电工", "6-31-01-03 电工"),
        ("6-31-01-03（电工）", "6-31-01-03 电工"),
        ("电工（6-31-01-03）", "6-31-01-03 电工"),
        ("电工 6-31-01-03", "6-31-01-03 电工"),
        ("电工", "电工"),
        (" 电 工 ", "电 工"),
        ("'6-31-01-03", "6-31-01-03"),
        ('="6-31-01-03"', "6-31-01-03"),
        ("16-31-01-03", "16-31-01-03"),
        ("6-31-01-031", "6-31-01-031"),
    ],
)
def test_an_occupation_is_code_name_or_both(written, stands):
    assert fields.occupation(written) == (stands, [])


@pytest.mark.parametrize(
    ("text", "parts"),
    [("6-31-01-03 电工", ("6-31-01-03", "电工")), ("6-31-01-03", ("6-31-01-03", "")), ("电工", ("", "电工"))],
)
def test_code_and_name_of_an_occupation_come_apart(text, parts):
    assert fields.occupation_parts(text) == parts


@pytest.mark.parametrize(
    ("written", "stands"),
    [
        ("ｙ０００１２３００４５６７１９５０００００１", "Y000123004567195000001"),
        ("'1510003012300045", "1510003012300045"),
        ("粤-2020 第１号", "粤-2020 第1号"),
        ("ab-12", "ab-12"),
    ],
)
def test_a_certificate_number_is_folded_only_where_its_layout_is_known(written, stands):
    assert fields.number(written) == (stands, [])


@pytest.mark.parametrize(
    "written", ["1.10101E+17", "1.1E+17", "１．１Ｅ＋１７", "1.10101e+17", " 1.10101E+17 ", "'1.10101E+17"]
)
def test_scientific_notation_is_refused_in_codes(written):
    assert said(fields.number(written)) == ["number_as_number"]
    assert said(fields.document("", written, today=TODAY, from_text=True)) == ["id_as_number"]
    assert said(fields.document("护照", written, today=TODAY, from_text=False)) == ["id_as_number"]


@pytest.mark.parametrize("error", ["#REF!", " #n/a ", "#DIV/0!", "####", "##########"])
def test_formula_errors_are_known_as_text_too(error):
    assert fields.is_formula_error(error)


@pytest.mark.parametrize("text", ["#1楼", "C#", "#", "##", "报名#N/A"])
def test_other_text_with_a_hash_is_text(text):
    assert not fields.is_formula_error(text)


@pytest.mark.parametrize("blank", ["", " ", "\u3000", "\u200b", "\t\n", "\ufeff "])
def test_cells_that_show_nothing_are_blank(blank):
    assert fields.is_blank(blank)


def test_long_text_and_odd_characters_are_refused_in_any_text():
    assert said(fields.text("长" * 201)) == ["text_too_long"]
    assert said(fields.text("甲\x01乙")) == ["text_control_character"]
    assert said(fields.text("甲\ue001乙")) == ["text_private_character"]
    assert said(fields.text("甲\ufffd乙")) == ["text_lost_character"]
    assert fields.text("甲\u202e乙 ") == ("甲乙", [])
