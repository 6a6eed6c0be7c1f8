from __future__ import annotations

import hashlib
import json
import random
from datetime import date
from decimal import Decimal

import pytest

from guildhall.core import results
from guildhall.core.codes import resident_id
from guildhall.core.results.columns import COLUMNS, key_of
from guildhall.demo.people import people
from tests.unit.results.sheets import (
    ANNA,
    BEI,
    CHEN,
    TODAY,
    card,
    codes,
    csv_bytes,
    ending_in_zeros,
    good,
    notices,
    parse,
    xlsx_bytes,
)

NO_SUCH_DAY = "11010519491331001" + resident_id.check_character("11010519491331001")
BOTH = pytest.mark.parametrize("written", [csv_bytes, xlsx_bytes], ids=["csv", "xlsx"])


# --- good rows ------------------------------------------------------------------------------------------------------


@BOTH
def test_a_full_row_is_read_into_its_fields(written):
    row = {
        "序号": "1",
        **good(
            工种="内线电工", 证书编号="Ｙ000123004567263000001", 评价机构="评价所", 颁证机构="中心", 级别="三级/高级工"
        ),
        "综合评审": "77",
        "成绩：外语": "80",
        "考点": "一号考点",
        "考试日期": "2026年10月18日",
        "认证体系": "vqc",
        "地区": "230100",
    }
    parsed = parse(written([row]))
    assert not parsed.problems
    assert not parsed.notices
    assert parsed.rows == [
        results.ResultRow(
            line=2,
            name="王小明",
            id_kind="resident_id",
            id_number=ANNA,
            employer="某某公司",
            occupation="6-31-01-03 电工",
            work_type="内线电工",
            level="3",
            certificate_number="Y000123004567263000001",
            issued_on=date(2026, 11, 6),
            evaluator="评价所",
            issuer="中心",
            marks=(("theory", Decimal(86)), ("skill", Decimal("91.5")), ("review", Decimal(77)), ("外语", Decimal(80))),
            site="一号考点",
            examined_on=date(2026, 10, 18),
            scheme="vqc",
            region="230100",
        )
    ]


def test_english_headings_in_any_order_are_understood():
    row = {
        "Issue date": "2026-11-06",
        "Theory mark": "60",
        "LEVEL": "senior worker",
        "Occupation code": "6-31-01-03",
        "ID No.": ANNA,
        "Full Name": "WANG Xiaoming",
        "Mark: Welding": "70",
    }
    parsed = parse(csv_bytes([row]))
    assert not parsed.problems
    (read,) = parsed.rows
    assert (read.name, read.level, read.occupation) == ("WANG Xiaoming", "3", "6-31-01-03")
    assert read.marks == (("theory", Decimal(60)), ("Welding", Decimal(70)))


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("姓名", "name"),
        (" 姓 名 ", "name"),
        ("*姓名", "name"),
        ("姓名（必填）", "name"),
        ("身份证号", "id_number"),
        ("证件号码\n（文本格式）", "id_number"),
        ("ID number", "id_number"),
        ("职业技能等级", "level"),
        ("等级", "level"),
        ("证书编号", "certificate_number"),
        ("理论知识成绩", "mark:theory"),
        ("成绩:理论", "mark:theory"),
        ("成绩：实操", "mark:skill"),
        ("成绩:外语口试", "mark:外语口试"),
        ("备注", "ignored"),
        ("No.", "ignored"),
        ("退回原因", "reasons"),
        ("Reasons", "reasons"),
        ("成绩", ""),
        ("电话", ""),
    ],
)
def test_headings_are_known_by_the_names_that_offices_use(heading, key):
    assert key_of(heading) == key


def test_no_two_columns_share_a_name():
    names = [name for column in COLUMNS.values() for name in (*column.name.values(), *column.also)]
    assert len({key_of(name) for name in names}) == len(COLUMNS)
    for column in COLUMNS.values():
        for name in (*column.name.values(), *column.also):
            assert key_of(name) == column.key, name


def test_the_key_of_a_row_is_made_of_what_it_grants_to_whom():
    (row,) = parse(csv_bytes([good(工种="内线电工")])).rows
    facts = ["resident_id", ANNA, "6-31-01-03 电工", "内线电工", "3", "", "2026-11-06"]
    assert row.key == hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def test_the_key_is_the_same_however_the_row_is_written():
    one = parse(csv_bytes([good()])).rows[0]
    other = parse(
        xlsx_bytes(
            [
                good(
                    证件类型="201",
                    证件号码=" ".join(ANNA),
                    级别="三级",
                    发证日期="2026年11月6日",
                    职业="6-31-01-03（电工）",
                    理论="90",
                    姓名="王 小 明",
                )
            ]
        )
    ).rows[0]
    assert one.key == other.key


@pytest.mark.parametrize(
    "changed", [{"证件号码": BEI}, {"职业": "6-18-01-01"}, {"级别": "4"}, {"发证日期": "2026-11-05"}, {"工种": "x"}]
)
def test_the_key_differs_where_the_grant_differs(changed):
    assert parse(csv_bytes([good()])).rows[0].key != parse(csv_bytes([good(**changed)])).rows[0].key


def test_occupation_code_and_name_may_stand_in_two_columns():
    row = {**good(职业="电工"), "职业编码": "6-31-01-03"}
    (read,) = parse(csv_bytes([row])).rows
    assert read.occupation == "6-31-01-03 电工"
    assert (read.occupation_code, read.occupation_name) == ("6-31-01-03", "电工")


def test_a_column_of_occupation_codes_alone_is_enough():
    row = {name: value for name, value in good().items() if name != "职业"} | {"职业代码": "6-31-01-03"}
    assert parse(csv_bytes([row])).rows[0].occupation == "6-31-01-03"
    assert codes(parse(csv_bytes([{**row, "职业代码": ""}]))) == [(2, "occupation_missing")]


def test_a_missing_mark_is_not_a_mark_of_zero():
    assert parse(csv_bytes([good(理论="")])).rows[0].marks == (("skill", Decimal("91.5")),)


# --- the heading ----------------------------------------------------------------------------------------------------


@BOTH
def test_missing_and_double_columns_are_all_told_and_no_row_is_read(written):
    row = {"姓名": "王", "Name": "王", "证件类型": "", "证件号码": ANNA, "身份证号": BEI, "电话": "1"}
    parsed = parse(written([row, row]))
    assert [(found.code, found.column) for found in parsed.problems] == [
        ("missing_column", ""),
        ("missing_column", ""),
        ("missing_column", ""),
        ("duplicate_column", "Name"),
        ("duplicate_column", "身份证号"),
    ]
    assert [found.params["name"]["zh"] for found in parsed.problems[:3]] == ["职业", "级别", "发证日期"]
    assert [(found.code, found.column) for found in parsed.notices] == [("unknown_column", "电话")]
    assert list(parsed.rows) == []
    assert parsed.n_rows == 2


def test_an_unknown_column_is_only_a_notice():
    parsed = parse(csv_bytes([{**good(), "电话": "12345"}]))
    assert notices(parsed) == [(1, "unknown_column")]
    assert len(parsed.rows) == 1


# --- bad rows -------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("changed", "code", "column"),
    [
        ({"姓名": ""}, "name_missing", "姓名"),
        ({"姓名": "王?"}, "text_lost_character", "姓名"),
        ({"证件号码": ""}, "id_missing", "证件号码"),
        ({"证件号码": "1101051949123100"}, "id_length", "证件号码"),
        ({"证件号码": "11010519491231O02X"}, "id_characters", "证件号码"),
        ({"证件号码": NO_SUCH_DAY}, "id_birth_date", "证件号码"),
        ({"证件号码": "110105194912310021"}, "id_check_digit", "证件号码"),
        ({"证件号码": "1.10105E+17"}, "id_as_number", "证件号码"),
        ({"证件类型": "", "证件号码": "E12345678"}, "id_kind_missing", "证件类型"),
        ({"证件类型": "护照", "证件号码": "E1234<5"}, "id_characters", "证件号码"),
        ({"职业": ""}, "occupation_missing", "职业"),
        ({"职业": "#REF!"}, "formula_error", "职业"),
        ({"级别": ""}, "level_missing", "级别"),
        ({"级别": "高级"}, "level_unknown", "级别"),
        ({"证书编号": "1.5E+15"}, "number_as_number", "证书编号"),
        ({"发证日期": ""}, "date_missing", "发证日期"),
        ({"发证日期": "2026-11-23"}, "date_in_future", "发证日期"),
        ({"发证日期": "1985-01-01"}, "issued_before_birth", "发证日期"),
        ({"理论": "缺考"}, "mark_not_a_number", "理论"),
        ({"技能": "120"}, "mark_out_of_range", "技能"),
        ({"工作单位": "甲\x07乙"}, "text_control_character", "工作单位"),
    ],
)
def test_each_problem_names_line_column_and_code(written, changed, code, column):
    rows = [good(证件号码=BEI), good(**changed)]
    parsed = parse(written(rows))
    assert codes(parsed) == [(3, code)]
    assert parsed.problems[0].column == column
    assert [row.line for row in parsed.rows] == [2]
    assert parsed.bad_lines == {3}


def test_all_problems_of_a_row_are_told_at_once():
    parsed = parse(csv_bytes([good(姓名="", 证件号码="1", 职业="", 级别="?", 发证日期="x", 理论="y", 技能="200")]))
    assert [code for _, code in codes(parsed)] == [
        "name_missing",
        "id_length",
        "occupation_missing",
        "level_unknown",
        "date_unreadable",
        "mark_not_a_number",
        "mark_out_of_range",
    ]


def test_problems_come_by_line_and_then_as_the_columns_stand():
    parsed = parse(csv_bytes([good(级别="?", 姓名=""), good(证件号码="1", 姓名="")]))
    assert codes(parsed) == [(2, "name_missing"), (2, "level_unknown"), (3, "name_missing"), (3, "id_length")]


def test_issue_before_the_exam_is_refused_and_on_the_day_is_not():
    rows = [{**good(), "考试日期": "2026-11-07"}, {**good(证件号码=BEI), "考试日期": "2026-11-06"}]
    parsed = parse(csv_bytes(rows))
    assert codes(parsed) == [(2, "issued_before_exam")]
    assert parsed.problems[0].params == {"examined_on": "2026-11-07"}
    assert [row.line for row in parsed.rows] == [3]


def test_three_zeros_at_the_end_of_an_id_are_refused_in_text_unless_they_are_meant():
    number = ending_in_zeros()
    assert codes(parse(csv_bytes([good(证件号码=number)]))) == [(2, "id_digits_lost")]
    assert codes(parse(csv_bytes([good(证件号码=number[:14] + "1000")]))) == [(2, "id_digits_lost")]
    parsed = parse(csv_bytes([good(证件号码="'" + number)]))
    assert [row.id_number for row in parsed.rows] == [number]
    assert notices(parsed) == [(2, "id_ends_in_zeros")]


@pytest.mark.parametrize("written", [f"'{ANNA}", f'="{ANNA}"', f"\t{ANNA}", f"‘{ANNA}", f"`{ANNA}"])
def test_tricks_against_excel_round_an_id_are_understood(written):
    assert parse(csv_bytes([good(证件号码=written)])).rows[0].id_number == ANNA


def test_other_documents_and_residence_permits_are_read():
    permit = card(5, region="810000")
    rows = [
        good(证件类型="护照", 证件号码="e12345678"),
        good(证件类型="居住证", 证件号码=permit),
        good(证件类型="学员证", 证件号码="A-1"),
    ]
    parsed = parse(csv_bytes(rows))
    assert [(row.id_kind, row.id_number) for row in parsed.rows] == [
        ("passport", "E12345678"),
        ("residence_permit", permit),
        ("学员证", "A-1"),
    ]
    assert notices(parsed) == [(4, "id_kind_unknown")]


def test_no_level_can_be_said_in_words():
    assert parse(csv_bytes([good(级别="无")])).rows[0].level == ""


# --- repeats --------------------------------------------------------------------------------------------------------


@BOTH
def test_a_row_that_is_there_twice_word_for_word_counts_once(written):
    parsed = parse(written([good(证书编号="A-1"), good(证件号码=BEI), good(证书编号="A-1")]))
    assert codes(parsed) == [(4, "duplicate_row")]
    assert parsed.problems[0].params == {"other_line": 2}
    assert [row.line for row in parsed.rows] == [2, 3]


def test_two_different_rows_for_one_grant_are_both_refused():
    parsed = parse(csv_bytes([good(理论="86"), good(理论="96")]))
    assert codes(parsed) == [(2, "duplicate_row"), (3, "duplicate_row")]
    assert [found.params["other_line"] for found in parsed.problems] == [3, 2]
    assert list(parsed.rows) == []


def test_the_same_person_may_have_another_level_occupation_work_type_or_scheme():
    rows = [good(), good(级别="4"), good(职业="6-18-01-01"), good(工种="x"), {**good(), "认证体系": "vqc"}]
    parsed = parse(csv_bytes(rows, header=[*good(), "认证体系"]))
    assert not parsed.problems
    assert len(parsed.rows) == 5


def test_one_certificate_number_twice_is_refused_on_both_rows_and_in_any_writing():
    rows = [
        good(证书编号="1234567890123"),
        good(证件号码=BEI, 证书编号="0001234567890123"),
        good(证件号码=CHEN, 证书编号="B-2"),
    ]
    parsed = parse(csv_bytes(rows))
    assert codes(parsed) == [(2, "duplicate_number"), (3, "duplicate_number")]


def test_a_number_is_taken_also_by_a_row_that_is_wrong_otherwise():
    parsed = parse(csv_bytes([good(证书编号="A-1", 理论="?"), good(证件号码=BEI, 证书编号="A-1")]))
    assert (3, "duplicate_number") in codes(parsed)


def test_one_number_in_two_schemes_is_two_numbers():
    rows = [{**good(证书编号="A-1"), "认证体系": "pcc"}, {**good(证件号码=BEI, 证书编号="A-1"), "认证体系": "vqc"}]
    assert not parse(csv_bytes(rows)).problems


def test_one_id_with_two_names_is_refused_on_both_rows():
    parsed = parse(csv_bytes([good(), good(姓名="王小鸣", 级别="4"), good(证件号码=BEI)]))
    assert codes(parsed) == [(2, "name_differs_in_file"), (3, "name_differs_in_file")]
    assert [row.line for row in parsed.rows] == [4]


# --- privacy --------------------------------------------------------------------------------------------------------


@BOTH
def test_no_problem_or_notice_ever_shows_a_whole_id_number(written):
    wrong = ANNA[:-1] + ("1" if ANNA[-1] != "1" else "2")
    rows = [
        good(证件号码=wrong),
        good(姓名=ANNA),
        good(证件类型=BEI, 证件号码="A-1"),
        good(职业=f"{ANNA}\x07", 证件号码=CHEN) if written is csv_bytes else good(级别=ANNA),
        good(级别=BEI),
        good(发证日期=BEI),
        good(理论=ANNA),
        good(证书编号=ANNA),
        good(证件号码="110105491231002"),
        good(姓名="", 证件号码=BEI, 工作单位=ANNA * 20),
    ]
    parsed = parse(written(rows))
    assert len(parsed.problems) > 7
    told = json.dumps([found.as_json() for found in (*parsed.problems, *parsed.notices)], ensure_ascii=False)
    for number in (wrong, ANNA, BEI, CHEN, "110105491231002", ANNA[3:15]):
        assert number not in told


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("居民身份证", "1101051949123100"),
        ("护照", "E1234567890123456"),
        ("护照", "12-34-56-78"),
        ("居民身份证", "1101O51949123100"),
    ],
)
def test_numbers_that_do_not_look_like_an_id_are_masked_in_the_column_of_ids(kind, number):
    parsed = parse(csv_bytes([good(证件类型=kind, 证件号码=number)]))
    (told,) = (*parsed.problems, *parsed.notices)
    assert told.column == "证件号码"
    assert told.value[2:-2] == "*" * (len(number) - 4)


def test_the_value_is_cut_short():
    parsed = parse(csv_bytes([good(级别="长" * 500)]))
    assert len(parsed.problems[0].value) == 80


# --- many rows ------------------------------------------------------------------------------------------------------


def test_synthetic_people_are_all_read_without_a_word():
    rows = [good(姓名=person.name, 证件号码=person.id_number, 证件类型="") for person in people(2000, random.Random(8))]
    for written in (csv_bytes(rows), csv_bytes(rows, encoding="utf-16"), xlsx_bytes(rows)):
        parsed = parse(written)
        assert not parsed.problems
        assert not parsed.notices
        assert [row.name for row in parsed.rows] == [row["姓名"] for row in rows]
        assert parsed.n_rows == 2000


def test_reading_twice_gives_the_same():
    encoded = csv_bytes([good(), good(证件号码="1"), good(证件号码=BEI)])
    assert parse(encoded) == parse(encoded)


def test_the_name_of_the_file_decides_nothing():
    assert results.parse(xlsx_bytes([good()]), file_name="x.csv", today=TODAY).kind == "xlsx"
