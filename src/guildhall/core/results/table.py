"""The bytes of a results file as one table: its heading, its rows, and what the reader noticed beside them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from guildhall.core.results import csv_file, fields, xlsx_file
from guildhall.core.results.columns import IGNORED, REASONS, UNKNOWN, Header, header_of
from guildhall.core.results.limits import Limits
from guildhall.core.results.problems import RowProblem, problem
from guildhall.core.results.refusals import UnsupportedFileError

Rows = Iterator[tuple[int, list[str]]]

EXPLANATION_SHEETS = {"zh": "填写说明", "en": "Explanation"}

_SIGNATURES = (
    (b"%PDF", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
)


@dataclass(slots=True)
class Table:
    """A table that is being read.

    Shape:  ``kind`` ``csv`` or ``xlsx``; ``header`` None if none was found; ``rows`` those below it that hold
            something, each once; ``aside`` is complete when they have all been taken.
    """

    kind: str
    encoding: str
    separator: str
    header: Header | None
    rows: Rows
    from_1904: bool | None = None
    notices: list[RowProblem] = field(default_factory=list)
    aside: xlsx_file.Aside = field(default_factory=xlsx_file.Aside)
    is_empty: bool = False


def opened(encoded: bytes, limits: Limits) -> Table:
    """Return the table in the bytes, whatever the file calls itself.

    Raises: RefusedFileError, LargeFileError; both also while rows are taken.
    """
    limits.require("bytes", len(encoded), limits.n_bytes)
    if xlsx_file.is_archive(encoded):
        return _workbook(xlsx_file.Workbook(encoded, limits), limits)
    _refuse_other_files(encoded)
    form = csv_file.form_of(encoded)
    header, rows, is_empty = _under_heading(csv_file.rows(encoded, form), limits)
    return Table("csv", form.encoding, form.separator, header, rows, is_empty=is_empty)


def _refuse_other_files(encoded: bytes) -> None:
    start = encoded[:1024].lstrip()
    for signature, kind in _SIGNATURES:
        if encoded.startswith(signature):
            raise UnsupportedFileError(f"The file is {kind}.", found=kind)
    if start[:1] == b"<":
        # Many systems write an HTML table and call it .xls.
        raise UnsupportedFileError("The file is HTML or XML.", found="HTML/XML")
    if b"\0" in encoded and encoded[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise UnsupportedFileError("The file is not text.", found="binary")


def _workbook(book: xlsx_file.Workbook, limits: Limits) -> Table:
    chosen: Table | None = None
    others: list[str] = []
    is_empty = True
    for sheet in book.sheets:
        if not sheet.is_visible:
            continue
        aside = xlsx_file.Aside()
        if chosen is not None and sheet.name in EXPLANATION_SHEETS.values():
            continue
        header, rows, sheet_is_empty = _under_heading(book.rows(sheet, aside), limits)
        is_empty = is_empty and sheet_is_empty
        if header is None:
            continue
        if chosen is None:
            chosen = Table("xlsx", "", "", header, rows, book.from_1904, aside=aside)
            chosen_name = sheet.name
        else:
            others.append(sheet.name)
    if chosen is None:
        return Table("xlsx", "", "", None, iter(()), book.from_1904, is_empty=is_empty)
    chosen.notices += [problem(0, "", "other_sheets", other, name=chosen_name) for other in others]
    return chosen


def _under_heading(rows: Rows, limits: Limits) -> tuple[Header | None, Rows, bool]:
    """Return the heading, the rows under it and whether there was nothing at all."""
    is_empty = True
    for line, cells in itertools.takewhile(lambda row: row[0] <= csv_file.HEADING_LINES, rows):
        if all(map(fields.is_blank, cells)):
            continue
        is_empty = False
        header = header_of(line, cells)
        if header.is_recognised:
            return header, _filled(rows, limits), False
    return None, iter(()), is_empty


def _filled(rows: Rows, limits: Limits) -> Rows:
    n_rows = 0
    for line, cells in rows:
        if not any(cells) or all(map(fields.is_blank, cells)):
            continue
        n_rows += 1
        limits.require("rows", n_rows, limits.n_rows)
        limits.require("columns", len(cells), limits.n_columns)
        yield line, cells


def known_columns(header: Header) -> list[tuple[int, str, str]]:
    """Return place, key and name of each column that is read, in the order of the file."""
    return [
        (place, key, name)
        for place, (key, name) in enumerate(zip(header.keys, header.names, strict=True))
        if key not in (UNKNOWN, IGNORED, REASONS)
    ]
