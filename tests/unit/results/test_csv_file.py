from __future__ import annotations

import pytest

from guildhall.core.errors import Error
from guildhall.core.results import Limits
from tests.unit.results.sheets import ANNA, BEI, CHEN, codes, csv_bytes, good, parse

ROWS = [good(), good(姓名="阿依古丽·买买提", 证件号码=BEI)]


def refused(encoded, **options):
    with pytest.raises(Error) as error:
        parse(encoded, **options)
    return error.value


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("gbk", "gb18030"), ("utf-16", "utf-16")],
)
def test_each_encoding_and_separator_is_recognised(encoding, named, separator):
    parsed = parse(csv_bytes(ROWS, encoding=encoding, separator=separator))
    assert [row.name for row in parsed.rows] == ["王小明", "阿依古丽·买买提"]
    assert (parsed.kind, parsed.encoding) == ("csv", named)
    assert not parsed.problems


def test_the_big_end_first_form_of_utf_16_is_read_too():
    text = csv_bytes(ROWS).decode("utf-8-sig")
    assert len(parse(b"\xfe\xff" + text.encode("utf-16-be")).rows) == 2


def test_utf_32_is_refused():
    assert refused(csv_bytes(ROWS, encoding="utf-32")).code == "undecodable_text"


def test_big5_never_becomes_an_award():
    # Big5 bytes are often GB 18030 too, but then the heading reads as nonsense.
    encoded = "姓名,證件號碼,職業,級別,發證日期\r\n陳大文,1,2,3,2026-11-06\r\n".encode("big5")
    parsed = parse(encoded)
    assert [found.code for found in parsed.problems] == ["header_not_found"]


def test_text_that_is_utf8_and_gb18030_alike_is_refused():
    # "·" in UTF-8 is "路" in GB 18030; nothing else in the file tells which.
    encoded = f"name,ID number,occupation,level,issue date\r\nAnna·Li,{ANNA},6-31-01-03,3,2026-11-06\r\n".encode()
    assert refused(encoded).code == "ambiguous_encoding"
    assert parse(b"\xef\xbb\xbf" + encoded).rows[0].name == "Anna·Li"


def test_a_utf8_file_with_a_damaged_byte_is_refused_with_its_line():
    encoded = bytearray(csv_bytes(ROWS * 30, encoding="utf-8"))
    place = encoded.index("阿依".encode())
    encoded[place] = 0x41
    error = refused(bytes(encoded))
    assert error.code == "damaged_utf8"
    assert error.params["line"] == 3


def test_a_utf8_file_cut_in_the_middle_of_a_character_is_refused():
    encoded = csv_bytes([*ROWS, good(证件号码=CHEN, 工作单位="东")], encoding="utf-8")
    cut = encoded[: encoded.rindex("东".encode()) + 2]
    assert refused(cut).code == "damaged_utf8"


def test_a_mark_that_lies_about_the_encoding_is_refused():
    assert refused(b"\xef\xbb\xbf" + csv_bytes(ROWS, encoding="gb18030")).code == "undecodable_text"


def test_bytes_that_fit_nothing_are_refused_with_their_line():
    error = refused(csv_bytes(ROWS, encoding="gb18030") + b"\xff\xff\xff")
    assert error.code == "undecodable_text"
    assert error.params["line"] == 4


def test_lines_are_counted_as_a_spreadsheet_counts_them():
    broken = good(证件号码="123")
    rows = [good(工作单位="某某\n公司\r\n二部"), broken, {}, good(证件号码=CHEN), broken]
    parsed = parse(csv_bytes(rows, header=list(good())))
    assert [row.line for row in parsed.rows] == [2, 5]
    assert codes(parsed) == [(3, "id_length"), (6, "id_length")]
    assert parsed.n_rows == 4


def test_line_breaks_inside_a_cell_become_spaces():
    assert parse(csv_bytes([good(工作单位="某某\n公司")])).rows[0].employer == "某某 公司"


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_every_kind_of_line_end_is_read(ending):
    assert len(parse(csv_bytes(ROWS).replace(b"\r\n", ending)).rows) == 2


def test_a_title_above_the_heading_is_passed_over_and_lines_keep_their_number():
    titled = "2026年第一批成绩\r\n\r\n".encode() + csv_bytes([good(证件号码="1")], encoding="utf-8")
    parsed = parse(titled)
    assert parsed.header_line == 3
    assert codes(parsed) == [(4, "id_length")]


def test_the_separator_line_of_excel_is_not_counted():
    parsed = parse(b"sep=;\r\n" + csv_bytes([good(证件号码="1")], encoding="utf-8", separator=";"))
    assert codes(parsed) == [(2, "id_length")]


def test_an_open_quote_does_not_swallow_the_rest_of_the_file():
    encoded = csv_bytes(ROWS).replace("某某公司".encode(), b'"' + "某某公司".encode(), 1)
    error = refused(encoded)
    assert error.code == "malformed_table"


def test_text_after_a_closing_quote_is_refused():
    encoded = csv_bytes(ROWS).replace("某某公司".encode(), '"某某"公司'.encode(), 1)
    assert refused(encoded).code == "malformed_table"


def test_a_comma_without_quotes_shifts_no_columns_unseen():
    encoded = csv_bytes(ROWS).replace("某某公司".encode(), "某某,公司".encode(), 1)
    parsed = parse(encoded)
    assert (2, "too_many_cells") in codes(parsed)
    assert [row.line for row in parsed.rows] == [3]


def test_empty_cells_beyond_the_heading_do_no_harm():
    lines = csv_bytes(ROWS).decode("utf-8-sig").split("\r\n")
    parsed = parse("\r\n".join(line + ",,," if n else line for n, line in enumerate(lines)).encode("utf-8-sig"))
    assert len(parsed.rows) == 2
    assert not parsed.problems


def test_a_row_that_ends_early_misses_its_last_cells_only():
    encoded = csv_bytes(ROWS).decode("utf-8-sig").replace(",86,91.5", "").encode("utf-8-sig")
    assert [row.marks for row in parse(encoded).rows] == [(), ()]


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\r\n\r\n  \r\n", "empty_file"),
        (b",,,\r\n,,,\r\n", "empty_file"),
        ("甲,乙,丙\r\n1,2,3\r\n".encode(), "header_not_found"),
        (csv_bytes([], header=list(good())), "header_only"),
        (csv_bytes([{}, {}], header=list(good())), "header_only"),
    ],
)
def test_a_file_without_rows_is_told_so(encoded, code):
    parsed = parse(encoded)
    assert [found.code for found in parsed.problems] == [code]
    assert parsed.problems[0].line == 0
    assert parsed.rows == () or list(parsed.rows) == []


@pytest.mark.parametrize(
    "encoded",
    [
        b"%PDF-1.7\n",
        b"<html><table>",
        b"  <?xml version='1.0'?>",
        b"{\\rtf1",
        b"a,b\0c\r\n",
        b"\x89PNG\r\n\x1a\n",
        b"Rar!\x1a\x07",
    ],
)
def test_other_files_are_refused_for_what_they_are(encoded):
    assert refused(encoded).code == "unsupported_file"


def test_limits_refuse_the_file_as_a_whole():
    encoded = csv_bytes(ROWS)
    assert refused(encoded, limits=Limits(n_bytes=len(encoded) - 1)).code == "file_too_large"
    assert refused(encoded, limits=Limits(n_rows=1)).code == "file_too_large"
    assert refused(encoded, limits=Limits(n_columns=5)).code == "file_too_large"
    assert len(parse(encoded, limits=Limits(n_rows=2, n_bytes=len(encoded), n_columns=13)).rows) == 2
    bad = csv_bytes([good(证件号码="1")] * 5)
    assert refused(bad, limits=Limits(n_problems=4)).code == "file_too_large"


def test_a_monstrous_cell_is_refused():
    assert refused(csv_bytes([good(工作单位="长" * 40_000)])).code == "file_too_large"
    assert refused(csv_bytes([good(工作单位="长" * 200_000)])).code in {"file_too_large", "malformed_table"}


def test_a_refusal_can_be_told_in_both_languages():
    told = refused(b"%PDF-1.7").problem
    assert (told.line, told.code) == (0, "unsupported_file")
    assert set(told.detail) == {"zh", "en"}
    assert told.fix["zh"]
