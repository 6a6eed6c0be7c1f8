# ruff: noqa: DTZ001 - the moments of a spreadsheet have no zone
from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from datetime import date, datetime

import pytest
from python_calamine import CalamineWorkbook

from guildhall.core.errors import Error
from guildhall.core.results import Limits, xlsx_file
from guildhall.core.results.cells import DateCell, ErrorCell, NumberCell, date_of_serial, number_cell
from tests.shared import needs_shared, shared
from tests.unit.results.sheets import (
    ANNA,
    BEI,
    CHEN,
    book_bytes,
    codes,
    ending_in_zeros,
    good,
    notices,
    parse,
    raw_xlsx,
    sheet_of,
    xlsx_bytes,
)

ROWS = [good(), good(姓名="阿依古丽·买买提", 证件号码=BEI)]
HEADER = tuple(good())


def refused(encoded, **options):
    with pytest.raises(Error) as error:
        parse(encoded, **options)
    return error.value


def cells_of(encoded):
    book = xlsx_file.Workbook(encoded, Limits())
    return dict(book.rows(book.sheets[0], xlsx_file.Aside()))


def with_row(*changes):
    """A sheet of the heading and one good row, some cells given as (place, attributes, inner XML)."""
    row = list(good().values())
    for place, attributes, inner in changes:
        row[place] = (attributes, inner)
    return raw_xlsx(sheet_of(HEADER, row))


def test_a_workbook_is_read_like_the_same_rows_in_csv():
    parsed = parse(xlsx_bytes(ROWS))
    assert [(row.line, row.name) for row in parsed.rows] == [(2, "王小明"), (3, "阿依古丽·买买提")]
    assert (parsed.kind, parsed.encoding) == ("xlsx", "")
    assert not parsed.problems


def test_memory_while_writing_does_not_change_what_is_read():
    assert parse(xlsx_bytes(ROWS, constant_memory=True)).rows == parse(xlsx_bytes(ROWS)).rows


def test_every_kind_of_cell_has_its_type():
    def build(book):
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        chinese = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
        builtin = book.add_format({"num_format": 14})
        red = book.add_format({"num_format": "[Red]0.00;[Blue]-0.00"})
        sheet.write_row(0, 0, ["text", 6.5, 3, True, False])
        sheet.write_datetime(1, 0, datetime(2026, 11, 6), day)
        sheet.write_datetime(1, 1, datetime(2026, 11, 6), chinese)
        sheet.write_datetime(1, 2, datetime(2026, 11, 6), builtin)
        sheet.write_datetime(1, 3, datetime(2026, 11, 6, 10, 5), day)
        sheet.write_number(1, 4, 46332, red)
        sheet.write_formula(2, 0, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 1, "=A1", None, "by formula")
        sheet.write_number(2, 2, 110101199001011234)

    rows = cells_of(book_bytes(build))
    assert rows[1] == ["text", "6.5", "3", "TRUE", "FALSE"]
    assert [type(cell) for cell in rows[1]] == [str, NumberCell, NumberCell, str, str]
    assert rows[2] == ["2026-11-06", "2026-11-06", "2026-11-06", "2026-11-06 10:05:00", "46332"]
    assert [type(cell) for cell in rows[2]] == [DateCell] * 4 + [NumberCell]
    assert rows[3] == ["#DIV/0!", "by formula", "1.10101E+17"]
    assert [type(cell) for cell in rows[3]] == [ErrorCell, str, NumberCell]


@pytest.mark.parametrize("from_1904", [False, True])
def test_dates_agree_with_calamine_in_both_calendars(from_1904):
    days = [datetime(1950, 1, 1), datetime(1999, 12, 31), datetime(2000, 2, 29), datetime(2026, 11, 6, 13, 45, 30)]

    def build(book):
        sheet = book.add_worksheet()
        style = book.add_format({"num_format": "yyyy/m/d h:mm:ss"})
        for line, day in enumerate(days):
            sheet.write_datetime(line, 0, day, style)

    encoded = book_bytes(build, date_1904=from_1904)
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(encoded)).get_sheet_by_index(0).to_python()
    ours = cells_of(encoded)
    for line, day in enumerate(days):
        assert datetime.fromisoformat(ours[line + 1][0]) == day
        read = theirs[line][0]
        assert (datetime(read.year, read.month, read.day) if type(read) is date else read) == day


def test_the_day_that_never_was_is_no_date():
    assert date_of_serial(60, from_1904=False) is None
    assert date_of_serial(59, from_1904=False) == datetime(1900, 2, 28)
    assert date_of_serial(61, from_1904=False) == datetime(1900, 3, 1)
    assert date_of_serial(0, from_1904=True) == datetime(1904, 1, 1)
    assert date_of_serial(-1, from_1904=False) is None
    assert date_of_serial(3_000_000, from_1904=False) is None


@needs_shared
def test_a_published_workbook_is_read_as_calamine_reads_it():
    data = shared("data", "onet_29_3", "Job Zones.xlsx").read_bytes()
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    ours = cells_of(data)
    assert len(theirs) > 100
    for line, row in enumerate(theirs, start=1):
        read = [number_cell(str(cell)) if isinstance(cell, float) else str(cell) for cell in row]
        mine = ours.get(line, [])
        assert [*mine, *[""] * (len(read) - len(mine))] == read


def test_an_id_that_excel_holds_as_a_number_is_refused_even_if_it_would_pass():
    # 18 digits ending in 000 with a right check digit: the loss of the last digits would go unseen.
    lucky = ending_in_zeros()
    parsed = parse(with_row((2, "", f"<v>{lucky}</v>")))
    assert codes(parsed) == [(2, "id_as_number")]
    assert "E+17" in parsed.problems[0].value


def test_an_id_of_fifteen_digits_is_safe_as_a_number():
    parsed = parse(with_row((2, "", "<v>110105491231002</v>")))
    assert [row.id_number for row in parsed.rows] == ["11010519491231002X"]
    assert (2, "id_upgraded") in notices(parsed)


def test_a_text_cell_that_ends_in_zeros_is_accepted_with_a_notice():
    lucky = ending_in_zeros()
    parsed = parse(xlsx_bytes([good(证件号码=lucky)]))
    assert len(parsed.rows) == 1
    assert notices(parsed) == [(2, "id_ends_in_zeros")]


def test_a_certificate_number_that_excel_holds_as_a_number_is_refused():
    assert codes(parse(with_row((7, "", "<v>1510003012300045</v>")))) == [(2, "number_as_number")]


def test_a_certificate_number_short_enough_for_a_number_is_kept():
    assert parse(with_row((7, "", "<v>1234567890123</v>"))).rows[0].certificate_number == "1234567890123"


def test_real_dates_and_serial_numbers_follow_the_calendar_of_the_workbook():
    serial_1900, serial_1904 = "46332", "44870"  # 2026-11-06 in each calendar
    assert parse(with_row((8, "", f"<v>{serial_1900}</v>"))).rows[0].issued_on == date(2026, 11, 6)
    row = list(good().values())
    row[8] = ("", f"<v>{serial_1904}</v>")
    parsed = parse(raw_xlsx(sheet_of(HEADER, row), workbook_extra='<workbookPr date1904="1"/>'))
    assert parsed.rows[0].issued_on == date(2026, 11, 6)
    assert notices(parsed) == [(2, "date_from_serial")]


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#SPILL!", "#SOMETHING_NEW!"])
def test_the_error_of_a_formula_is_refused_in_any_column_that_is_read(error):
    assert codes(parse(with_row((11, 't="e"', f"<v>{error}</v>")))) == [(2, "formula_error")]
    assert codes(parse(with_row((5, 't="e"', f"<v>{error}</v>")))) == [(2, "formula_error")]


def test_a_mark_is_what_the_sheet_shows_and_not_the_noise_behind_it():
    parsed = parse(with_row((11, "", "<v>80.099999999999994</v>")))
    assert str(dict(parsed.rows[0].marks)["theory"]) == "80.1"


def test_a_computed_mark_that_only_looks_like_a_pass_is_refused():
    assert codes(parse(with_row((11, "", "<v>59.999999999</v>")))) == [(2, "mark_too_precise")]


def test_merged_rows_are_refused_since_they_hide_values():
    def build(book):
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for line, number in enumerate((ANNA, BEI, CHEN), start=1):
            sheet.write_row(line, 0, list(good(证件号码=number).values()))
        sheet.merge_range(2, 8, 3, 8, "2026-11-06")

    parsed = parse(book_bytes(build, strings_to_numbers=False))
    assert {(3, "merged_cells"), (4, "merged_cells")} <= set(codes(parsed))
    assert [row.line for row in parsed.rows] == [2]
    assert "I3:I4" in parsed.problems[0].detail["en"] + parsed.problems[1].detail["en"]


def test_a_merged_title_above_the_heading_does_no_harm():
    def build(book):
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 8, "2026年成绩")
        sheet.write_row(1, 0, HEADER)
        sheet.write_row(2, 0, list(good().values()))

    parsed = parse(book_bytes(build))
    assert not parsed.problems
    assert parsed.header_line == 2


def test_hidden_rows_are_told():
    def build(book):
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, list(good().values()))
        sheet.write_row(2, 0, list(good(证件号码=BEI).values()))
        sheet.set_row(2, None, None, {"hidden": True})

    parsed = parse(book_bytes(build))
    assert notices(parsed) == [(0, "hidden_rows")]
    assert len(parsed.rows) == 2


def test_the_first_sheet_with_a_heading_is_read_and_the_others_are_named():
    def build(book):
        book.add_worksheet("封面").write(0, 0, "说明")
        for name, number in (("一班", ANNA), ("二班", BEI)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, list(good(证件号码=number).values()))

    parsed = parse(book_bytes(build))
    assert [row.id_number for row in parsed.rows] == [ANNA]
    assert [(found.code, found.value, found.params["name"]) for found in parsed.notices] == [
        ("other_sheets", "二班", "一班")
    ]


def test_a_hidden_sheet_is_not_read():
    def build(book):
        front = book.add_worksheet("front")
        front.activate()
        sheet = book.add_worksheet("hidden")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, list(good().values()))
        sheet.hide()

    assert [found.code for found in parse(book_bytes(build)).problems] == ["empty_file"]


def test_empty_formatted_rows_at_the_end_are_not_counted():
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(3, 500))
    sheet = sheet_of(HEADER, list(good().values())).replace("</sheetData>", rows + "</sheetData>")
    parsed = parse(raw_xlsx(sheet))
    assert parsed.n_rows == 1
    assert not parsed.problems


def test_rows_keep_their_number_across_gaps():
    sheet = (
        sheet_of(HEADER, list(good(证件号码="1").values())).replace('<row r="2">', '<row r="9">').replace('2"', '9"')
    )
    assert codes(parse(raw_xlsx(sheet))) == [(9, "id_length")]


def test_cells_and_rows_without_references_are_counted_in_order():
    # Nothing is left out, so each cell still stands in its column.
    heading = ("姓名", "证件号码", "职业", "级别", "发证日期")
    sheet = sheet_of(heading, [good()[name] for name in heading], [good(证件号码="1")[name] for name in heading])
    parsed = parse(raw_xlsx(re.sub(r' r="[A-Z]*\d+"', "", sheet)))
    assert [row.name for row in parsed.rows] == ["王小明"]
    assert codes(parsed) == [(3, "id_length")]


def test_prefixed_xml_rich_text_and_reading_aids_are_understood():
    strings = (
        '<x:sst xmlns:x="u">'
        "<x:si><x:r><x:t>王</x:t></x:r><x:r><x:rPr/><x:t>小明</x:t></x:r><x:rPh><x:t>wáng</x:t></x:rPh></x:si>"
        "<x:si><x:t>a_x000D_b</x:t></x:si></x:sst>"
    )
    sheet = '<x:worksheet xmlns:x="u"><x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="B1" t="s"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    assert cells_of(raw_xlsx(sheet, strings=strings))[1] == ["王小明", "a\rb"]


def test_reading_aids_in_a_cell_of_its_own_are_left_out():
    sheet = '<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>王</t><rPh><t>wáng</t></rPh></is></c></row></sheetData></worksheet>'
    assert cells_of(raw_xlsx(sheet))[1] == ["王"]


# --- what must not be opened ----------------------------------------------------------------------------------------


def test_an_old_workbook_and_an_encrypted_one_are_told_apart():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    assert refused(ole).code == "old_workbook"
    assert refused(ole + "EncryptedPackage".encode("utf-16-le")).code == "encrypted_workbook"


def test_an_archive_that_is_no_workbook_is_refused():
    with io.BytesIO() as out:
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        ods = out.getvalue()
    assert refused(ods).params["found"] == "ods"
    assert refused(b"PK\x05\x06" + b"\0" * 18).code == "unsupported_file"
    assert refused(b"PK\x03\x04 not an archive").code == "malformed_workbook"


def test_a_cut_workbook_is_refused():
    encoded = xlsx_bytes(ROWS)
    for part in (30, len(encoded) // 2, len(encoded) - 10):
        assert refused(encoded[:part]).code == "malformed_workbook"


def test_an_archive_bomb_is_refused_before_it_is_unpacked():
    bomb = raw_xlsx(sheet_of(HEADER), parts={"xl/worksheets/sheet1.xml": b" " * (30 * 1024 * 1024)})
    assert len(bomb) < 100_000
    tracemalloc.start()
    assert refused(bomb, limits=Limits(n_unpacked=10 * 1024 * 1024)).code == "file_too_large"
    assert tracemalloc.get_traced_memory()[1] < 5 * 1024 * 1024
    tracemalloc.stop()


def test_a_part_that_lies_about_its_size_is_refused():
    encoded = bytearray(raw_xlsx(sheet_of(HEADER, list(good().values()))))
    directory = encoded.index(b"PK\x01\x02")
    while b"sheet1.xml" not in encoded[directory : directory + 90]:
        directory = encoded.index(b"PK\x01\x02", directory + 4)
    encoded[directory + 24 : directory + 28] = (100).to_bytes(4, "little")
    assert refused(bytes(encoded)).code == "malformed_workbook"


def test_two_cells_at_the_far_corners_reserve_no_memory():
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    encoded = raw_xlsx(sheet_of(HEADER).replace("</sheetData>", far))
    tracemalloc.start()
    assert refused(encoded).code == "file_too_large"
    assert tracemalloc.get_traced_memory()[1] < 5 * 1024 * 1024
    tracemalloc.stop()


def test_a_sheet_that_is_too_wide_is_refused():
    far = sheet_of(HEADER, list(good().values())).replace(
        "</row></sheetData>", '<c r="XFD2"><v>1</v></c></row></sheetData>'
    )
    assert refused(raw_xlsx(far)).code == "file_too_large"


def test_a_document_type_is_refused():
    entity = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + sheet_of(HEADER)
    error = refused(raw_xlsx(entity))
    assert (error.code, error.params["reason"]) == ("malformed_workbook", "DOCTYPE")


@pytest.mark.parametrize(
    "sheet",
    [
        "<worksheet><sheetData><row r='2'/><row r='1'/></sheetData></worksheet>",
        "<worksheet><sheetData><row r='1048577'/></sheetData></worksheet>",
        "<worksheet><sheetData><row r='1'><c r='1A'><v>1</v></c></row></sheetData></worksheet>",
        "<worksheet><sheetData><row r='1'><c r='B1'><v>1</v></c><c r='A1'><v>1</v></c></row></sheetData></worksheet>",
        "<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>7</v></c></row></sheetData></worksheet>",
        "<worksheet><sheetData>",
        "not xml",
        "<?xml version='1.0' encoding='no-such-codec'?><worksheet><row></worksheet>",
    ],
)
def test_a_sheet_out_of_order_is_refused(sheet):
    assert refused(raw_xlsx(sheet)).code == "malformed_workbook"


def test_a_cell_of_thirty_million_characters_is_refused_before_it_is_held():
    long = (
        "<worksheet><sheetData><row r='1'><c r='A1' t='str'><v>"
        + "a" * 30_000_000
        + "</v></c></row></sheetData></worksheet>"
    )
    tracemalloc.start()
    encoded = raw_xlsx(long)
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    assert refused(encoded).code == "file_too_large"
    assert tracemalloc.get_traced_memory()[1] - before < 8 * 1024 * 1024
    tracemalloc.stop()


def test_a_missing_part_is_refused():
    encoded = raw_xlsx(sheet_of(HEADER))
    with io.BytesIO() as out:
        with zipfile.ZipFile(io.BytesIO(encoded)) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                if "sheet1" not in name:
                    new.writestr(name, old.read(name))
        assert refused(out.getvalue()).code == "malformed_workbook"


def test_an_absolute_target_and_a_climbing_one_stay_inside_the_archive():
    assert xlsx_file._resolved("xl", "/xl/worksheets/sheet1.xml") == "xl/worksheets/sheet1.xml"
    assert xlsx_file._resolved("xl", "../../../etc/passwd") == "etc/passwd"
    assert xlsx_file._resolved("xl/worksheets", "../sharedStrings.xml") == "xl/sharedStrings.xml"
