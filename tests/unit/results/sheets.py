"""Results files for tests, made by other hands than the ones that read them (csv, XlsxWriter, raw XML)."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

from guildhall.core import results
from guildhall.core.codes import resident_id
from guildhall.core.codes.resident_id import ResidentId

TODAY = date(2026, 11, 22)


def card(order=1, *, region="119999", born_on=date(1990, 3, 7)):
    return resident_id.format(ResidentId(region, born_on, f"{order:03}"))


def ending_in_zeros():
    """A right number that ends in 000: what Excel makes of a spoiled one may pass its check as well."""
    numbers = (card(order, born_on=date(1990, 1, day)) for day in range(1, 31) for order in range(100, 1000, 100))
    return next(number for number in numbers if number.endswith("000"))


ANNA, BEI, CHEN = card(1), card(2), card(3)

GOOD = {
    "姓名": "王小明",
    "证件类型": "居民身份证",
    "证件号码": ANNA,
    "工作单位": "某某公司",
    "职业": "6-31-01-03 电工",
    "工种": "",
    "级别": "3",
    "证书编号": "",
    "发证日期": "2026-11-06",
    "评价机构": "",
    "颁证机构": "",
    "理论": "86",
    "技能": "91.5",
}


def good(**changes):
    return {**GOOD, **changes}


def csv_bytes(rows, *, encoding="utf-8-sig", separator=",", header=None):
    heading = list(header or rows[0])
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(heading)
    for row in rows:
        writer.writerow([row.get(name, "") for name in heading] if isinstance(row, dict) else row)
    return text.getvalue().encode(encoding)


def xlsx_bytes(rows, *, header=None, **options):
    heading = list(header or rows[0])
    with io.BytesIO() as out:
        with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
            sheet = book.add_worksheet()
            for place, name in enumerate(heading):
                sheet.write_string(0, place, name)
            for line, row in enumerate(rows, start=1):
                for place, name in enumerate(heading):
                    if value := row.get(name):
                        sheet.write_string(line, place, value)
        return out.getvalue()


def book_bytes(build, **options):
    """A workbook that ``build(book)`` fills."""
    with io.BytesIO() as out:
        with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
            build(book)
        return out.getvalue()


def raw_xlsx(sheet_xml, *, workbook_extra="", strings=None, styles=None, parts=None):
    """A workbook whose sheet is exactly this XML: for what no writer would write."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    related = [f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>']
    files = {
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="w" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{space}" xmlns:r="{office}">{workbook_extra}<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": sheet_xml,
    }
    if strings is not None:
        related.append(f'<Relationship Id="r2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>')
        files["xl/sharedStrings.xml"] = strings
    if styles is not None:
        related.append(f'<Relationship Id="r3" Type="{office}/styles" Target="styles.xml"/>')
        files["xl/styles.xml"] = styles
    files["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{package}">{"".join(related)}</Relationships>'
    files.update(parts or {})
    with io.BytesIO() as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return out.getvalue()


def sheet_of(*rows, after=""):
    """The XML of a sheet of inline strings; a value given as (attributes, inner XML) is put as it is."""
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = []
        for place, value in enumerate(row):
            reference = quoteattr(f"{chr(65 + place)}{number}")
            if isinstance(value, tuple):
                cells.append(f"<c r={reference} {value[0]}>{value[1]}</c>")
            elif value:
                cells.append(f'<c r={reference} t="inlineStr"><is><t>{escape(value)}</t></is></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f"<worksheet><sheetData>{''.join(lines)}</sheetData>{after}</worksheet>"


def parse(encoded, **options):
    return results.parse(encoded, file_name="results", today=TODAY, **options)


def codes(parsed):
    return [(found.line, found.code) for found in parsed.problems]


def notices(parsed):
    return [(found.line, found.code) for found in parsed.notices]
