from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from guildhall.core import results
from guildhall.core.errors import Error
from guildhall.core.results import corrections, gb18030, problem, template
from guildhall.core.results.fields import unguarded
from guildhall.core.results.writing import guarded
from tests.unit.results.sheets import (
    ANNA,
    BEI,
    CHEN,
    book_bytes,
    card,
    codes,
    csv_bytes,
    good,
    notices,
    parse,
    xlsx_bytes,
)

BAD = [good(), good(证件号码=BEI, 级别="高级", 发证日期="11/6/26"), good(证件号码=CHEN), good(证件号码="1.10101E+17")]
BOTH = pytest.mark.parametrize("written", [csv_bytes, xlsx_bytes], ids=["csv", "xlsx"])


def table_of(encoded, kind):
    if kind == "xlsx":
        return CalamineWorkbook.from_filelike(io.BytesIO(encoded)).get_sheet_by_index(0).to_python()
    return list(csv.reader(io.StringIO(encoded.decode("utf-8-sig"), newline="")))


def returned(encoded, **options):
    return corrections(encoded, parse(encoded).problems, **options)


@BOTH
def test_the_bad_rows_come_back_as_they_stood_with_the_reasons_last(written):
    encoded = written(BAD)
    rows = table_of(returned(encoded), parse(encoded).kind)
    assert rows[0] == [*good(), "退回原因"]
    assert [row[:-1] for row in rows[1:]] == [list(BAD[1].values()), list(BAD[3].values())]
    assert "级别: 等级无法识别" in rows[1][-1]
    assert "发证日期: " in rows[1][-1]
    assert "文本" in rows[2][-1]


def test_reasons_can_be_given_in_english():
    rows = table_of(returned(csv_bytes(BAD), language="en"), "csv")
    assert rows[0][-1] == "Reasons"
    assert "The level is unknown" in rows[1][-1]


@BOTH
def test_the_file_of_corrections_reads_again_as_it_is(written):
    encoded = written(BAD)
    again = parse(returned(encoded))
    assert [code for _, code in codes(again)] == ["level_unknown", "date_ambiguous", "id_as_number"]
    assert not again.notices
    assert again.n_rows == 2


@BOTH
def test_corrected_rows_go_through_with_the_reasons_still_in_the_file(written):
    sent = written(BAD)
    back = returned(sent)
    kind = parse(sent).kind
    heading, first, second = table_of(back, kind)
    first[6], first[8] = "3", "2026-11-06"
    second[2] = card(9)
    mended = written([dict(zip(heading, row, strict=True)) for row in (first, second)])
    parsed = parse(mended)
    assert not parsed.problems
    assert [row.id_number for row in parsed.rows] == [BEI, card(9)]


@BOTH
def test_reasons_of_an_earlier_round_are_replaced(written):
    once = returned(written(BAD))
    twice = corrections(once, parse(once).problems)
    kind = parse(once).kind
    assert table_of(twice, kind) == table_of(once, kind)


def test_problems_of_the_register_are_given_back_too_and_notices_are_not():
    encoded = csv_bytes(BAD)
    told = [problem(2, "证书编号", "number_taken", "A-1"), problem(4, "", "already_issued", number="A-2")]
    rows = table_of(corrections(encoded, told), "csv")
    assert len(rows) == 2
    assert rows[1][:-1] == list(BAD[0].values())
    assert "已被使用" in rows[1][-1]


@pytest.mark.parametrize(("encoding", "separator"), [("gb18030", ";"), ("utf-16", "\t"), ("utf-8", ",")])
def test_text_comes_back_in_the_encoding_and_with_the_separator_it_had(encoding, separator):
    encoded = csv_bytes(BAD, encoding=encoding, separator=separator)
    back = returned(encoded)
    text = (
        gb18030.decode(back) if encoding == "gb18030" else back.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    )
    assert text.startswith(separator.join(good()))
    assert parse(back).n_rows == 2


def test_numbers_and_dates_come_back_as_they_showed():
    def build(book):
        sheet = book.add_worksheet()
        for place, name in enumerate(good()):
            sheet.write(0, place, name)
            sheet.write(1, place, good(级别="?")[name])
        sheet.write_number(1, 11, 86.5)
        sheet.write_number(1, 8, 46332, book.add_format({"num_format": "yyyy-mm-dd"}))

    encoded = book_bytes(build)
    (_, row) = table_of(returned(encoded), "xlsx")
    assert row[11] == "86.5"
    assert row[8] == "2026-11-06"


@pytest.mark.parametrize("start", list("=+-@\t＝＋－＠"))
@BOTH
def test_no_cell_is_left_that_a_spreadsheet_would_run(written, start):
    encoded = written([good(工作单位=start + "HYPERLINK(1)", 级别="?")])
    back = returned(encoded)
    if parse(encoded).kind == "csv":
        assert table_of(back, "csv")[1][3] == "'" + start + "HYPERLINK(1)"
        assert "\n" + start not in back.decode("utf-8-sig")
    else:
        import zipfile

        sheet = zipfile.ZipFile(io.BytesIO(back)).read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert table_of(back, "xlsx")[1][3].strip() == (start + "HYPERLINK(1)").strip()


@given(st.text(max_size=30))
@settings(deadline=None, max_examples=200)
def test_a_guarded_cell_reads_as_it_was_and_starts_no_formula(cell):
    kept = guarded(cell)
    assert kept.lstrip(" \u00a0\u3000")[:1] not in set("=+-@\t\r＝＋－＠")
    if kept != cell:
        assert unguarded(kept) == cell


def test_a_guarded_negative_mark_is_still_told_as_out_of_range():
    back = returned(csv_bytes([good(理论="-5")]))
    assert codes(parse(back)) == [(2, "mark_out_of_range")]


def test_a_cell_of_several_lines_comes_back_whole():
    encoded = csv_bytes([good(工作单位='甲\n"乙",丙', 级别="?")])
    assert table_of(returned(encoded), "csv")[1][3] == '甲\n"乙",丙'


def test_a_workbook_can_be_asked_for_where_text_was_sent():
    assert parse(returned(csv_bytes(BAD), kind="xlsx")).kind == "xlsx"
    assert parse(returned(xlsx_bytes(BAD), kind="csv")).kind == "csv"


def test_an_unknown_kind_is_refused():
    with pytest.raises(Error) as refused:
        template("zh", kind="ods")
    assert refused.value.code == "unknown_file_kind"


# --- template -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en", "zh-hans"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_template_reads_without_a_problem_and_its_example_is_no_award(language, kind):
    parsed = parse(template(language, kind=kind))
    assert [found.code for found in parsed.problems] == []
    assert [found.code for found in parsed.notices] == ["example_row"]
    assert list(parsed.rows) == []


def test_rows_typed_under_the_example_are_read():
    lines = template("zh", kind="csv").decode("utf-8-sig").splitlines()
    heading = lines[0].split(",")
    typed = ",".join(good().get(name, "") for name in heading)
    parsed = parse("\r\n".join([*lines, typed]).encode("utf-8-sig"))
    assert [row.id_number for row in parsed.rows] == [ANNA]
    assert notices(parsed) == [(2, "example_row")]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_has_the_eleven_columns_first_and_explains_each(language):
    book = CalamineWorkbook.from_filelike(io.BytesIO(template(language)))
    heading = book.get_sheet_by_index(0).to_python()[0]
    assert len(heading) == 18
    explained = book.get_sheet_by_index(1).to_python()
    assert [row[0] for row in explained[1:]] == heading
    assert all(row[2] for row in explained[1:])


def test_the_columns_of_the_template_are_text_so_that_excel_keeps_every_digit():
    import zipfile

    archive = zipfile.ZipFile(io.BytesIO(template("zh")))
    styles = archive.read("xl/styles.xml").decode()
    sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'numFmtId="49"' in styles
    assert sheet.count("<col ") >= 1


def test_the_example_of_the_template_would_be_a_good_row_but_for_its_mark():
    from guildhall.core.results.columns import COLUMNS

    for language in ("zh", "en"):
        row = {column.name[language]: column.example[language] for column in COLUMNS.values() if column.in_template}
        parsed = parse(csv_bytes([row]))
        assert not parsed.problems, [found.as_json() for found in parsed.problems]
        assert len(parsed.rows) == 1


def test_the_api_is_what_the_package_names():
    assert set(results.__all__) >= {
        "parse",
        "Parsed",
        "ResultRow",
        "RowProblem",
        "problem",
        "CODES",
        "template",
        "corrections",
        "Limits",
    }
