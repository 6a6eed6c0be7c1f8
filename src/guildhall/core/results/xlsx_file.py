"""XLSX workbooks, read row by row in flat memory.

A library would be shorter, but the ones at hand hold whole sheets, drop the errors of formulas, and can be made to
reserve a sheet of a million rows by two cells. Only what a table of results needs is read: values, dates, merged
and hidden rows. Formulas are not computed; the value that was last saved counts.

Source: ECMA-376 (Office Open XML), part 1, 18.2 to 18.8.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from guildhall.core.results.cells import ErrorCell, date_cell, number_cell
from guildhall.core.results.limits import MIB, Limits
from guildhall.core.results.refusals import (
    EncryptedWorkbookError,
    LargeFileError,
    MalformedWorkbookError,
    OldWorkbookError,
    UnsupportedFileError,
)

_CHUNK = 1 << 16
_MOST_PARTS = 2_000
_MOST_ROWS = 1_048_576
_MOST_SHEETS = 1_000
_MOST_STRINGS = 3_000_000
_MOST_MERGED = 100_000
_MOST_PIECES = 40
_LARGEST_SIDE_PART = 16 * MIB
_MOST_RELATED = 10_000
_LONGEST_FORMAT = 255
"""Characters of a number format; Excel takes no longer one."""
_LONGEST_CELL = 32_767
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BROKEN_ARCHIVE = (zipfile.BadZipFile, KeyError, ValueError, OSError, OverflowError, NotImplementedError, struct.error)
_STRICT_OR_NOT = ("/officeDocument", "/worksheet", "/sharedStrings", "/styles")

# Number formats that are dates without saying so in a pattern; 27 to 36 and 50 to 58 are the Chinese ones.
_DATE_FORMATS = {*range(14, 18), 22, *range(27, 37), *range(50, 59)}
_QUIET = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, whether people see it, and the part of the archive that holds it."""

    name: str
    is_visible: bool
    part: str


@dataclass(slots=True)
class Aside:
    """What a sheet says beside its cells, complete when the last row has been read.

    Shape:  ``merged`` as (first row, first column, last row, last column), rows from 1, columns from 0.
    """

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)


def is_archive(encoded: bytes) -> bool:
    """Say whether the bytes begin like a ZIP archive or an old workbook, not like text."""
    return encoded.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE))


class Workbook:
    """An opened workbook.

    Raises: OldWorkbookError, EncryptedWorkbookError, UnsupportedFileError, MalformedWorkbookError, LargeFileError,
            here and while rows are read.
    """

    def __init__(self, encoded: bytes, limits: Limits) -> None:
        self._limits = limits
        self._archive = _archive(encoded, limits)
        self.from_1904 = False
        self.sheets: list[Sheet] = []
        self._strings: list[str] = []
        self._date_styles: list[bool] = []
        main = self._main_part()
        related = self._related(main)
        self._read_book(main, related)
        # A book has one part of each; a hundred thousand relations to one part would have it read as often.
        by_kind = dict(reversed(related.values()))
        if "/sharedStrings" in by_kind:
            self._read_strings(by_kind["/sharedStrings"])
        if "/styles" in by_kind:
            self._read_styles(by_kind["/styles"])

    def rows(self, sheet: Sheet, aside: Aside) -> Iterator[tuple[int, list[str]]]:
        """Yield each row that the sheet stores, with its number; ``aside`` fills up meanwhile."""
        cells = _SheetReader(self._strings, self._date_styles, self._limits, aside, from_1904=self.from_1904)
        for _ in self._parse(sheet.part, cells.begin, cells.end, cells.text):
            yield from cells.taken()

    def _main_part(self) -> str:
        for kind, target in self._related("").values():
            if kind == "/officeDocument":
                if target.endswith(".bin"):
                    raise UnsupportedFileError("A binary workbook (*.xlsb) is not read.", found="xlsb")
                return target
        raise UnsupportedFileError("The archive holds no workbook.", found=self._guess())

    def _guess(self) -> str:
        names = self._archive.namelist()
        return "ods" if "mimetype" in names else "zip"

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        folder, _, name = part.rpartition("/")
        rels = f"{folder}/_rels/{name}.rels".lstrip("/")
        found: dict[str, tuple[str, str]] = {}

        def begin(tag: str, attributes: dict[str, str]) -> None:
            if _local(tag) == "Relationship" and attributes.get("TargetMode") != "External":
                kind = next((end for end in _STRICT_OR_NOT if attributes.get("Type", "").endswith(end)), "")
                found[attributes.get("Id", "")] = (kind, _resolved(folder, attributes.get("Target", "")))
                self._limits.require("related parts", len(found), _MOST_RELATED)

        if rels in self._archive.NameToInfo:
            self._read(rels, begin)
        return found

    def _read_book(self, main: str, related: dict[str, tuple[str, str]]) -> None:
        def begin(tag: str, attributes: dict[str, str]) -> None:
            name = _local(tag)
            if name == "workbookPr":
                self.from_1904 = attributes.get("date1904") in ("1", "true", "on")
            elif name == "sheet":
                reference = next((value for key, value in attributes.items() if _local(key) == "id"), "")
                kind, target = related.get(reference, ("", ""))
                if kind == "/worksheet":
                    is_visible = attributes.get("state", "visible") == "visible"
                    self.sheets.append(Sheet(attributes.get("name", ""), is_visible, target))

        self._read(main, begin)
        self._limits.require("sheets", len(self.sheets), _MOST_SHEETS)
        if len({sheet.part for sheet in self.sheets}) != len(self.sheets):
            # Each sheet would be read anew: what may be unpacked would no longer bound the work.
            raise MalformedWorkbookError("Two sheets of the workbook are the same part.", reason="sheets")

    def _read_strings(self, part: str) -> None:
        strings = _StringReader(self._strings)
        for _ in self._parse(part, strings.begin, strings.end, strings.text):
            pass

    def _read_styles(self, part: str) -> None:
        patterns: dict[str, bool] = {}
        depth_of_formats = 0

        def begin(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth_of_formats
            name = _local(tag)
            if name == "cellXfs":
                depth_of_formats += 1
            elif name == "numFmt":
                patterns[attributes.get("numFmtId", "")] = _says_date(attributes.get("formatCode", ""))
            elif name == "xf" and depth_of_formats:
                self._date_styles.append(_is_date_format(attributes.get("numFmtId", "0"), patterns))

        def end(tag: str) -> None:
            nonlocal depth_of_formats
            depth_of_formats -= _local(tag) == "cellXfs"

        self._read(part, begin, end)

    def _read(
        self, part: str, begin: Callable[[str, dict[str, str]], None], end: Callable[[str], None] | None = None
    ) -> None:
        """Read a part that is small in any honest workbook."""
        if part in self._archive.NameToInfo:
            size = self._archive.NameToInfo[part].file_size
            self._limits.require("bytes in a part that describes the sheets", size, _LARGEST_SIDE_PART)
        for _ in self._parse(part, begin, end, None):
            pass

    def _parse(
        self,
        part: str,
        begin: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None,
        text: Callable[[str], None] | None,
    ) -> Iterator[None]:
        # The encoding is fixed: expat would otherwise ask Python for whatever codec a file names.
        parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.StartElementHandler = begin
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            with self._opened(part) as stream:
                while chunk := stream.read(_CHUNK):
                    parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it by place
                    yield
                parser.Parse(b"", True)  # noqa: FBT003
                yield
        except (zipfile.BadZipFile, zlib.error, EOFError, expat.ExpatError) as wrong:
            raise MalformedWorkbookError("A part of the workbook cannot be read.", reason=part[:80]) from wrong

    def _opened(self, part: str) -> IO[bytes]:
        try:
            return self._archive.open(part)
        except _BROKEN_ARCHIVE as wrong:
            raise MalformedWorkbookError("A part of the workbook is missing.", reason=part[:80]) from wrong


class _SheetReader:
    """Turns the events of a sheet's XML into rows."""

    def __init__(
        self, strings: list[str], date_styles: list[bool], limits: Limits, aside: Aside, *, from_1904: bool
    ) -> None:
        self._strings = strings
        self._date_styles = date_styles
        self._limits = limits
        self._aside = aside
        self._from_1904 = from_1904
        self._ready: list[tuple[int, list[str]]] = []
        self._line = 0
        self._row: list[str] = []
        self._column = -1
        self._kind = "n"
        self._style = ""
        self._text: list[str] = []
        self._listening = False
        self._phonetic = 0

    def taken(self) -> list[tuple[int, list[str]]]:
        ready, self._ready = self._ready, []
        return ready

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag) if ":" in tag else tag
        if name in ("v", "t"):
            self._listening = not self._phonetic
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            self._begin_row(attributes)
        elif name == "rPh":
            self._phonetic += 1
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def end(self, tag: str) -> None:
        name = _local(tag) if ":" in tag else tag
        if name in ("v", "t"):
            self._listening = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._ready.append((self._line, self._row))
            self._row = []
        elif name == "rPh":
            self._phonetic -= 1

    def text(self, characters: str) -> None:
        if self._listening:
            _collect(self._text, characters)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "")
        line = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else self._line + 1
        if line <= self._line or line > _MOST_ROWS:
            raise MalformedWorkbookError("The rows of the sheet are out of order.", reason=f"row {line}")
        self._line = line
        self._row = []
        self._column = -1
        if attributes.get("hidden") in ("1", "true"):
            self._aside.hidden.append(line)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        self._column = self._column + 1 if reference is None else _column_of(reference)
        self._kind = attributes.get("t", "n")
        self._style = attributes.get("s", "0")
        self._text = []

    def _end_cell(self) -> None:
        if not self._text:
            return
        cell = self._cell("".join(self._text))
        if not cell:
            return
        missing = self._column - len(self._row)
        if self._column >= self._limits.n_columns:
            raise LargeFileError("The sheet is too wide.", what="columns", limit=self._limits.n_columns)
        if missing < 0:
            raise MalformedWorkbookError("The cells of a row are out of order.", reason=f"row {self._line}")
        self._row.extend([""] * missing)
        self._row.append(cell)

    def _cell(self, raw: str) -> str:
        match self._kind:
            case "s":
                return self._shared(raw)
            case "n":
                return date_cell(raw, from_1904=self._from_1904) if self._is_date() else number_cell(raw)
            case "e":
                return ErrorCell(raw)
            case "b":
                return "TRUE" if raw.strip() == "1" else "FALSE"
            case _:
                return _string(raw)

    def _shared(self, raw: str) -> str:
        try:
            return self._strings[int(raw)] if not raw.startswith("-") else ""
        except (ValueError, IndexError) as wrong:
            raise MalformedWorkbookError(
                "A cell points to a text that is not there.", reason="sharedStrings"
            ) from wrong

    def _is_date(self) -> bool:
        try:
            return self._date_styles[int(self._style)]
        except (ValueError, IndexError):
            return False

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        corners = [_REFERENCE.fullmatch(corner) for corner in (first, last or first)]
        if len(self._aside.merged) >= _MOST_MERGED:
            raise LargeFileError("Too many merged cells.", what="merged ranges", limit=_MOST_MERGED)
        if corners[0] and corners[1]:
            (left, top), (right, bottom) = corners[0].groups(), corners[1].groups()
            self._aside.merged.append((int(top), _column_of(left), int(bottom), _column_of(right)))


class _StringReader:
    """Collects the shared strings; the reading aids (rPh) of East Asian text are left out."""

    def __init__(self, strings: list[str]) -> None:
        self._strings = strings
        self._text: list[str] = []
        self._listening = False
        self._phonetic = 0

    def begin(self, tag: str, _attributes: dict[str, str]) -> None:
        name = _local(tag)
        if name == "t":
            self._listening = not self._phonetic
        elif name == "si":
            self._text = []
        elif name == "rPh":
            self._phonetic += 1

    def end(self, tag: str) -> None:
        name = _local(tag)
        if name == "t":
            self._listening = False
        elif name == "si":
            if len(self._strings) >= _MOST_STRINGS:
                raise LargeFileError("Too many texts.", what="texts", limit=_MOST_STRINGS)
            self._strings.append(_string("".join(self._text)))
        elif name == "rPh":
            self._phonetic -= 1

    def text(self, characters: str) -> None:
        if self._listening:
            _collect(self._text, characters)


def _collect(pieces: list[str], characters: str) -> None:
    # A cell of hundreds of megabytes would otherwise be held before its length is known.
    if len(pieces) >= _MOST_PIECES:
        raise LargeFileError("A cell is too long.", what="characters in a cell", limit=_LONGEST_CELL)
    pieces.append(characters)


def _archive(encoded: bytes, limits: Limits) -> zipfile.ZipFile:
    if encoded.startswith(_OLE):
        if _ENCRYPTED in encoded:
            raise EncryptedWorkbookError("The workbook is protected by a password.")
        raise OldWorkbookError("A workbook of the old kind (*.xls) is not read.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(encoded))
    except _BROKEN_ARCHIVE as wrong:
        raise MalformedWorkbookError("The archive of the workbook is damaged.", reason="zip") from wrong
    parts = archive.infolist()
    limits.require("parts", len(parts), _MOST_PARTS)
    # zipfile never hands out more than the size that a part declares, so this bounds what reading can cost.
    limits.require("bytes when unpacked", sum(part.file_size for part in parts), limits.n_unpacked)
    for part in parts:
        if part.flag_bits & 1:
            raise EncryptedWorkbookError("The archive is encrypted.")
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise MalformedWorkbookError("The archive uses a compression that workbooks do not have.", reason="zip")
    return archive


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _resolved(folder: str, target: str) -> str:
    steps = [] if target.startswith("/") else folder.split("/")
    for step in target.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(filter(None, steps))


def _refuse_doctype(*_declared: object) -> None:
    raise MalformedWorkbookError("A workbook declares no document type.", reason="DOCTYPE")


def _column_of(reference: str) -> int:
    column = 0
    for letter in reference.rstrip("0123456789"):
        if not "A" <= letter <= "Z" or column > 20_000:
            raise MalformedWorkbookError("A cell has no place that can be read.", reason=reference[:20])
        column = column * 26 + ord(letter) - 64
    if column == 0:
        raise MalformedWorkbookError("A cell has no place that can be read.", reason=reference[:20])
    return column - 1


def _says_date(pattern: str) -> bool:
    # Cut, for whatever stands in quotes or brackets is looked for to the end from each of them.
    shown = _QUIET.sub("", pattern[:_LONGEST_FORMAT]).partition(";")[0].casefold()
    return ("y" in shown or "d" in shown) and "standard" not in shown


def _is_date_format(number: str, patterns: dict[str, bool]) -> bool:
    if number in patterns:
        return patterns[number]
    return number.isascii() and number.isdigit() and int(number) in _DATE_FORMATS


def _string(raw: str) -> str:
    if len(raw) > _LONGEST_CELL:
        raise LargeFileError("A cell is too long.", what="characters in a cell", limit=_LONGEST_CELL)
    if "_x" not in raw:
        return raw
    plain = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), raw)
    # Half of a surrogate pair is no character; both halves are one.
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
