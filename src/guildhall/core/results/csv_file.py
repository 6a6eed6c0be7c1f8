"""Delimited text: which encoding, which separator, and its rows with the line a spreadsheet would count.

An encoding is settled by proof, not by liking: a mark at the beginning, or UTF-8 that fits throughout, or GB 18030
that does. Where two would fit and read differently, the file is refused: a wrong guess would put a wrong name on a
certificate.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from guildhall.core.results import gb18030
from guildhall.core.results.columns import header_of
from guildhall.core.results.refusals import (
    AmbiguousEncodingError,
    DamagedUtf8Error,
    LargeFileError,
    MalformedTableError,
    UndecodableTextError,
)

SEPARATORS = (",", ";", "\t")
HEADING_LINES = 10
"""A heading is looked for in this many lines, since offices put a title above it."""

_CHUNK = 1 << 20
_LONGEST_CELL = 32_767
_MOST_CELLS = 16_384
"""Cells of a row; a spreadsheet has no more columns."""
_BEYOND_TWO_BYTES = re.compile("[\u0800-\U0010ffff]")
_SEPARATOR_LINE = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextForm:
    """How the text of a file is written.

    Shape:  ``encoding`` one of ``utf-8``, ``utf-8-sig``, ``gb18030``, ``utf-16``; ``separator`` one of
            ``SEPARATORS``; ``skip`` characters of a ``sep=`` line that a spreadsheet does not show.
    """

    encoding: str
    separator: str
    skip: int = 0


def form_of(encoded: bytes) -> TextForm:
    """Return encoding and separator of the bytes.

    Raises: UndecodableTextError, DamagedUtf8Error, AmbiguousEncodingError.
    """
    encoding = encoding_of(encoded)
    with _opened(encoded, encoding) as text:
        start = text.read(64 * 1024)
    if directive := _SEPARATOR_LINE.match(start):
        return TextForm(encoding, directive.group(1), directive.end())
    return TextForm(encoding, max(SEPARATORS, key=lambda separator: _n_known(start, separator)))


def rows(encoded: bytes, form: TextForm) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line that a spreadsheet shows for it; a cell of several lines counts as one row.

    Raises: MalformedTableError if a quote is never closed or text follows a closing quote.
    """
    with _opened(encoded, form.encoding) as text:
        text.read(form.skip)
        lines: Iterable[str] = gb18030.mended_lines(text) if form.encoding == "gb18030" else text
        yield from enumerate(_read(lines, form.separator), start=1)


def encoding_of(encoded: bytes) -> str:
    """Return the name of the one encoding that fits.

    Raises: UndecodableTextError, DamagedUtf8Error, AmbiguousEncodingError.
    """
    if encoded.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UndecodableTextError("UTF-32 is not read.", line=1)
    if encoded.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _settled(encoded, "utf-16")
    if encoded.startswith(codecs.BOM_UTF8):
        return _settled(encoded, "utf-8-sig")
    if encoded.isascii():
        return "utf-8"
    utf8 = _survey(encoded, "utf-8")
    if utf8.bad_at is None:
        if utf8.goes_far:
            return "utf-8"
        # Two-byte characters of UTF-8 are always two-byte characters of GB 18030, too.
        raise AmbiguousEncodingError("The text is UTF-8 and GB 18030 alike and would read differently.")
    if _is_nearly_utf8(encoded):
        raise DamagedUtf8Error("The text is UTF-8 but for a few bytes.", line=_line(encoded, utf8.bad_at))
    gb = _survey(encoded, "gb18030")
    if gb.bad_at is not None:
        raise UndecodableTextError("Neither UTF-8 nor GB 18030.", line=_line(encoded, gb.bad_at))
    return "gb18030"


@dataclass(frozen=True, slots=True)
class _Survey:
    """``bad_at`` the place of the first byte that does not fit; ``goes_far`` beyond the two-byte part of UTF-8.

    Text of three-byte characters (all Chinese is) is not UTF-8 by chance; a few two-byte ones may be: C2 B7 is the
    middle dot in UTF-8 and 路 in GB 18030.
    """

    bad_at: int | None
    goes_far: bool


def _survey(encoded: bytes, encoding: str) -> _Survey:
    decoder = codecs.getincrementaldecoder(encoding)()
    goes_far = False
    for start in range(0, len(encoded) or 1, _CHUNK):
        chunk = encoded[start : start + _CHUNK]
        kept = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=start + _CHUNK >= len(encoded))
        except UnicodeDecodeError as wrong:
            return _Survey(max(start - kept + wrong.start, 0), goes_far)
        goes_far = goes_far or _BEYOND_TWO_BYTES.search(text) is not None
    return _Survey(None, goes_far)


def _settled(encoded: bytes, encoding: str) -> str:
    bad_at = _survey(encoded, encoding).bad_at
    if bad_at is not None:
        line = _line(encoded, bad_at)
        raise UndecodableTextError("The text is not in the encoding that its first bytes announce.", line=line)
    return encoding


def _is_nearly_utf8(encoded: bytes) -> bool:
    # GB 18030 read as UTF-8 is nearly all errors; a cut or mangled UTF-8 file is nearly all characters. Such a file
    # would often pass as GB 18030 and turn every name into another one.
    good = bad = 0
    for start in range(0, len(encoded), _CHUNK):
        text = encoded[start : start + _CHUNK].decode("utf-8", errors="replace")
        lost = text.count("\ufffd")
        bad += lost
        good += len(_BEYOND_TWO_BYTES.findall(text)) - lost
    return good > bad


def _line(encoded: bytes, place: int) -> int:
    return encoded.count(b"\n", 0, place) + 1


def _opened(encoded: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(encoded), encoding=encoding, newline="")


def _n_known(start: str, separator: str) -> int:
    heads = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
    try:
        return max((header_of(0, cells).n_known for cells in itertools.islice(heads, HEADING_LINES)), default=0)
    except csv.Error:
        return 0


def _read(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    table = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for cells in table:
            if len(cells) > _MOST_CELLS:
                raise LargeFileError("A row is too wide.", what="columns", limit=_MOST_CELLS)
            if cells and max(map(len, cells)) > _LONGEST_CELL:
                raise LargeFileError("A cell is too long.", what="characters in a cell", limit=_LONGEST_CELL)
            yield cells
    except csv.Error as wrong:
        raise MalformedTableError(f"The quotes do not match: {wrong}.", line=table.line_num) from wrong
