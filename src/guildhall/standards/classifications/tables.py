"""Published tables, CSV or XLSX: the columns that are asked for, row by row, in flat memory.

The readers of results files do the work; here only the heading is another one.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guildhall.core.errors import Error
from guildhall.core.reading import place_below
from guildhall.core.results import csv_file, gb18030, xlsx_file
from guildhall.core.results.limits import Limits
from guildhall.core.results.refusals import AmbiguousEncodingError, UnsupportedFileError
from guildhall.standards.classifications.problems import Notes

LIMITS = Limits(n_columns=64)
"""A file beyond this is refused as a whole: O*NET's largest has 61,530 rows of 15 columns in 3.3 MiB."""

_HEADING = 64 * 1024
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Columns:
    """What a table must have, and what it may have; a column that may be absent gives empty cells."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Both, in the order in which the cells come."""
        return self.needed + self.optional


def rows(
    encoded: bytes, file: str, columns: Columns, notes: Notes, *, is_utf8: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Yield each row below the heading that holds something: its line and the cells of ``columns.all``, trimmed.

    What is wrong with the file is noted, and no further row comes.

    Shape:  ``is_utf8`` if the format lays that down: text that would fit GB 18030 as well is then no question.
    """
    try:
        yield from _rows(encoded, file, columns, notes, is_utf8=is_utf8)
    except Error as error:
        notes.refusal(file, error)


def has_control(text: str) -> bool:
    """Say whether a text holds a control character other than tab and line ends: no file of ours needs one."""
    return _CONTROL.search(text) is not None


def controls(document: object, path: str = "") -> Iterator[str]:
    """Yield the path of each text, or name of a member, in parsed JSON that holds a control character."""
    waiting = [(path, document)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            if has_control(value):
                yield place
        elif isinstance(value, dict):
            if any(map(has_control, value)):
                yield place
            waiting += [(place_below(place, name).lstrip("."), member) for name, member in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{place}[{i}]", item) for i, item in enumerate(value)]


def text_of(encoded: bytes, file: str, notes: Notes, *, is_utf8: bool = False) -> str:
    """Return the text of a file, whichever encoding of the house it is in; empty after noting that it is none."""
    try:
        LIMITS.require("bytes", len(encoded), LIMITS.n_bytes)
        encoding = _encoding(encoded, is_utf8=is_utf8)
    except Error as error:
        notes.refusal(file, error)
        return ""
    return gb18030.decode(encoded) if encoding == "gb18030" else encoded.decode(encoding)


def _rows(
    encoded: bytes, file: str, columns: Columns, notes: Notes, *, is_utf8: bool
) -> Iterator[tuple[int, list[str]]]:
    found = _filled(_table(encoded, columns, is_utf8=is_utf8))
    line, heading = next(found, (0, []))
    places = _places(file, line, [cell.strip() for cell in heading], columns, notes)
    if places is None:
        return
    n_rows = 0
    for line, cells in found:
        n_rows += 1
        LIMITS.require("rows", n_rows, LIMITS.n_rows)
        LIMITS.require("columns", len(cells), LIMITS.n_columns)
        n_cells = len(cells)
        taken = [cells[place].strip() if 0 <= place < n_cells else "" for place in places]
        if _CONTROL.search("".join(taken)):
            for column, cell in zip(columns.all, taken, strict=True):
                if has_control(cell):
                    notes.note(file, line, column, "control_character")
            continue
        yield line, taken
    if not n_rows:
        notes.note(file, 0, "", "no_rows")


def _table(encoded: bytes, columns: Columns, *, is_utf8: bool) -> Iterator[tuple[int, list[str]]]:
    LIMITS.require("bytes", len(encoded), LIMITS.n_bytes)
    if xlsx_file.is_archive(encoded):
        book = xlsx_file.Workbook(encoded, LIMITS)
        sheets = [sheet for sheet in book.sheets if sheet.is_visible]
        if not sheets:
            raise UnsupportedFileError("The workbook has no sheet that is shown.", found="xlsx")
        return book.rows(sheets[0], xlsx_file.Aside())
    if b"\0" in encoded and encoded[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise UnsupportedFileError("The file is not text.", found="binary")
    encoding = _encoding(encoded, is_utf8=is_utf8)
    return csv_file.rows(encoded, csv_file.TextForm(encoding, _separator(encoded, encoding, columns)))


def _encoding(encoded: bytes, *, is_utf8: bool) -> str:
    try:
        return csv_file.encoding_of(encoded)
    except AmbiguousEncodingError:
        if is_utf8:
            return "utf-8"
        raise


def _separator(encoded: bytes, encoding: str, columns: Columns) -> str:
    start = encoded[:_HEADING].decode(encoding, errors="ignore").lstrip("\r\n")
    first = next(iter(io.StringIO(start, newline="")), "")
    return max(csv_file.SEPARATORS, key=lambda separator: _n_known(first, separator, columns))


def _n_known(line: str, separator: str, columns: Columns) -> int:
    try:
        heads = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return 0
    return len({head.strip() for head in heads} & set(columns.all))


def _filled(table: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    return itertools.filterfalse(lambda row: not any(row[1]), table)


def _places(file: str, line: int, heading: Sequence[str], columns: Columns, notes: Notes) -> list[int] | None:
    """Return where each column stands, -1 for one that may be absent; None if one that is needed is missing."""
    if not heading:
        notes.note(file, 0, "", "no_rows")
        return None
    missing = [name for name in columns.needed if name not in heading]
    repeated = [name for name in columns.all if heading.count(name) > 1]
    for name in missing:
        notes.note(file, line, name, "missing_column")
    for name in repeated:
        notes.note(file, line, name, "repeated_column")
    if missing or repeated:
        return None
    return [heading.index(name) if name in heading else -1 for name in columns.all]
