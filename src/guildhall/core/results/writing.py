"""Writing results files: the template for download, and the bad rows with their reasons.

Cells that a spreadsheet would run as a formula are kept from it: an apostrophe in front in delimited text, stored as
text in a workbook. Reading takes the apostrophe off again.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from guildhall.core.errors import Error
from guildhall.core.language import in_language
from guildhall.core.results import gb18030, table
from guildhall.core.results.columns import COLUMNS, REASONS, Column
from guildhall.core.results.limits import Limits
from guildhall.core.results.problems import RowProblem
from guildhall.core.results.rows import EXAMPLE_EMPLOYER

KINDS = ("xlsx", "csv")

_TEXT = 49
"""The built-in number format for text."""

_FORMULA_STARTS = "=+-@\t\r＝＋－＠"
_TITLES: Mapping[str, Mapping[str, str]] = {
    "sheet": {"zh": "成绩", "en": "Results"},
    "column": {"zh": "列", "en": "Column"},
    "required": {"zh": "必填", "en": "Required"},
    "about": {"zh": "说明", "en": "What to write"},
    "yes": {"zh": "是", "en": "yes"},
}


class UnknownKindError(Error):
    """A kind of file that is not written."""

    code = "unknown_file_kind"


def guarded(cell: str) -> str:
    """Return a cell of delimited text that no spreadsheet runs as a formula."""
    start = cell.lstrip(" \u00a0\u3000")[:1]
    return "'" + cell if start and start in _FORMULA_STARTS else cell


def template(language: str, *, kind: str = "xlsx") -> bytes:
    """Return an empty results file: headings, one example row that reading skips, and in XLSX an explanation.

    Shape:  ``language`` ``zh`` or ``en`` (also longer tags); ``kind`` ``xlsx`` or ``csv`` (UTF-8 with mark).
    Raises: UnknownKindError.
    """
    columns = [column for column in COLUMNS.values() if column.in_template]
    headings = [in_language(column.name, language) for column in columns]
    example = [_example(column, language) for column in columns]
    if kind == "csv":
        return _csv([headings, example], "utf-8-sig", ",")
    _require_kind(kind)
    with io.BytesIO() as written:
        with _book(written) as book:
            sheet = book.add_worksheet(in_language(_TITLES["sheet"], language))
            _fill(sheet, book, headings, [example])
            _explain(book, columns, language)
        return written.getvalue()


def corrections(
    encoded: bytes,
    problems: Iterable[RowProblem],
    *,
    kind: str | None = None,
    language: str = "zh",
    limits: Limits | None = None,
) -> bytes:
    """Return the rows of a results file that have an error, as they stood there, with the reasons in a last column.

    Same headings in the same order, same values (numbers and dates as they showed). Delimited text keeps its
    encoding and separator. The file reads again as it is: the column of reasons is ignored.

    Shape:  ``encoded`` the file as it was sent; ``problems`` from reading it and from the register, notices are
            passed over; ``kind`` as the file was if None.
    Raises: RefusedFileError, LargeFileError, UnknownKindError.
    """
    source = table.opened(encoded, limits or Limits())
    reasons = _reasons(problems, language)
    names = source.header.names if source.header else ()
    keys = source.header.keys if source.header else ()
    kept = [place for place, key in enumerate(keys) if key != REASONS]
    heading = [*(names[place] for place in kept), in_language(COLUMNS[REASONS].name, language)]
    bad = _bad_rows(source.rows, reasons, kept)
    wanted = kind or source.kind
    if wanted == "csv":
        return _csv([heading, *bad], source.encoding or "utf-8-sig", source.separator or ",")
    _require_kind(wanted)
    with io.BytesIO() as written:
        with _book(written) as book:
            _fill(book.add_worksheet(in_language(_TITLES["sheet"], language)), book, heading, bad)
        return written.getvalue()


def _require_kind(kind: str) -> None:
    if kind not in KINDS:
        raise UnknownKindError("A results file is written as xlsx or csv.", kind=kind)


def _reasons(problems: Iterable[RowProblem], language: str) -> dict[int, str]:
    said: dict[int, list[str]] = defaultdict(list)
    for found in problems:
        if found.is_error and found.line:
            said[found.line].append(found.sentence(language))
    return {line: " / ".join(dict.fromkeys(sentences)) for line, sentences in said.items()}


def _bad_rows(rows: table.Rows, reasons: Mapping[int, str], kept: Sequence[int]) -> Iterator[list[str]]:
    for line, cells in rows:
        if line in reasons:
            yield [*(str(cells[place]) if place < len(cells) else "" for place in kept), reasons[line]]


def _example(column: Column, language: str) -> str:
    if column.key == "employer":
        return in_language(EXAMPLE_EMPLOYER, language)
    return in_language(column.example, language)


def _csv(rows: Iterable[Sequence[str]], encoding: str, separator: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
    if encoding == "gb18030":
        return gb18030.encode(text.getvalue())
    # A spreadsheet takes UTF-8 for something else unless a mark is in front.
    return text.getvalue().encode("utf-8-sig" if encoding == "utf-8" else encoding)


def _book(written: io.BytesIO) -> xlsxwriter.Workbook:
    return xlsxwriter.Workbook(
        written,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False},
    )


def _fill(sheet: Worksheet, book: xlsxwriter.Workbook, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    # Every column is text, so that Excel leaves eighteen digits alone; a quote prefix keeps an edited cell text, too.
    as_text = book.add_format({"num_format": _TEXT})
    guarded_text = book.add_format({"num_format": _TEXT, "quote_prefix": True})
    bold = book.add_format({"bold": True, "num_format": _TEXT, "bottom": 1})
    for place, name in enumerate(heading):
        sheet.set_column(place, place, max(12, min(2 * len(name) + 4, 28)), as_text)
    _write(sheet, 0, heading, bold, bold)
    for line, row in enumerate(rows, start=1):
        _write(sheet, line, row, as_text, guarded_text)
    sheet.freeze_panes(1, 0)


def _write(sheet: Worksheet, line: int, row: Sequence[str], usual: Format, careful: Format) -> None:
    for place, cell in enumerate(row):
        if cell:
            sheet.write_string(line, place, cell, usual if guarded(cell) == cell else careful)


def _explain(book: xlsxwriter.Workbook, columns: Sequence[Column], language: str) -> None:
    sheet = book.add_worksheet(in_language(table.EXPLANATION_SHEETS, language))
    bold = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 1, 16, wrapped)
    sheet.set_column(2, 2, 70, wrapped)
    for place, title in enumerate(("column", "required", "about")):
        sheet.write_string(0, place, in_language(_TITLES[title], language), bold)
    for line, column in enumerate(columns, start=1):
        sheet.write_string(line, 0, in_language(column.name, language), wrapped)
        sheet.write_string(line, 1, in_language(_TITLES["yes"], language) if column.required else "", wrapped)
        sheet.write_string(line, 2, in_language(column.about, language), wrapped)
