"""A standard as a table (CSV, XLSX), for those who have only that: one row to an item, weights beside what they are of.

The table holds the tree and the weights. Overview, parts and eligibility are for the desk.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import xlsxwriter

from guildhall.core.codes.level import level_of
from guildhall.core.errors import MalformedError
from guildhall.core.reading import Reading
from guildhall.core.results import csv_file, xlsx_file
from guildhall.core.results.limits import MIB, Limits
from guildhall.core.results.refusals import UnsupportedFileError
from guildhall.core.results.writing import UnknownKindError, guarded
from guildhall.core.standard import COLUMNS, Document, Item
from guildhall.core.standard.editing import blank
from guildhall.core.standard.weights import NUMBER, in_order

LIMITS: Final = Limits(n_bytes=16 * MIB, n_unpacked=64 * MIB, n_rows=20_001, n_columns=64, n_problems=100)
FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "level": ("等级", "level"),
    "kind": ("类别", "kind"),
    "number": ("编号", "number"),
    "zh": ("中文", "text zh"),
    "en": ("英文", "text en"),
    "theory": ("理论权重", "weight theory"),
    "skill": ("技能权重", "weight skill"),
}
KINDS: Final[Mapping[str, str]] = {
    "basic": "基本要求",
    "function": "职业功能",
    "content": "工作内容",
    "skill": "技能要求",
    "knowledge": "相关知识要求",
}
_ABOVE: Final = {"content": "function", "skill": "content", "knowledge": "content"}
_MEMBERS: Final = {"basic": "items", "content": "contents", "skill": "skills", "knowledge": "knowledge"}
_KINDS: Final = {word: kind for kind, zh in KINDS.items() for word in (kind, zh)} | {"相关知识": "knowledge"}
_WEIGHT: Final = re.compile(r"(100|[1-9]?[0-9])(\.[0-9]{1,2})?(\.0+)?")
_EXAMPLE: Final = (
    ("", "basic", "0.1", "职业道德", "Professional ethics", "", ""),
    ("5", "basic", "0.1", "", "", "5", ""),
    ("5", "function", "1", "示例功能", "An example of a function", "95", "100"),
    ("5", "content", "1.1", "示例工作内容", "An example of a work content", "", ""),
    ("5", "skill", "1.1.1", "能……", "Can …", "", ""),
    ("5", "knowledge", "1.1.1", "……的知识", "Knowledge of …", "", ""),
)


class InvalidTableError(MalformedError):
    """A table that is none of a standard's; ``problems`` lists the rows with their lines, ``codes`` why."""

    code = "invalid_table"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. A basic requirement at a level has no text: it only bears that level's weights."""

    line: int
    level: str
    kind: str
    number: str
    name: Mapping[str, str]
    weights: Mapping[str, str]


# --- In --------------------------------------------------------------------------------------------------------------


def read(data: bytes, *, file_name: str) -> list[Row]:
    """Return the rows of a table, whatever the order of its columns.

    Raises: InvalidTableError with the problems of all rows; RefusedFileError or LargeFileError for a file that is no table.
    """
    LIMITS.require("bytes", len(data), LIMITS.n_bytes)
    lines = _xlsx(data) if xlsx_file.is_archive(data) else _csv(data)
    reading = Reading()
    heading: dict[str, int] | None = None
    rows: list[Row] = []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        LIMITS.require("columns", len(cells), LIMITS.n_columns)
        if heading is None:
            heading = _heading(cells, reading, line)
            continue
        LIMITS.require("rows", len(rows) + 1, LIMITS.n_rows)
        rows.append(_row(reading, line, {name: cells[at].strip() for name, at in heading.items() if at < len(cells)}))
    if not rows:
        reading.note(f"{file_name[:80]}", "there are no rows below a heading", "items_missing")
    _check_tree(reading, rows)
    if reading.problems:
        raise InvalidTableError(
            f"the table has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            codes=reading.codes,
            n_problems=reading.n_problems,
        )
    return rows


def _csv(data: bytes) -> Iterator[tuple[int, list[str]]]:
    if data.startswith((b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff")):
        raise UnsupportedFileError("The file is no table.", found="binary")
    form = csv_file.form_of(data)
    start = data.split(b"\n", 1)[0].decode(form.encoding, "replace")
    separator = max(csv_file.SEPARATORS, key=start.count)
    return csv_file.rows(data, csv_file.TextForm(form.encoding, separator, form.skip))


def _xlsx(data: bytes) -> Iterator[tuple[int, list[str]]]:
    book = xlsx_file.Workbook(data, LIMITS)
    sheet = next((one for one in book.sheets if one.is_visible), None)
    return iter(()) if sheet is None else book.rows(sheet, xlsx_file.Aside())


def _heading(cells: Sequence[str], reading: Reading, line: int) -> dict[str, int]:
    words = {word: name for name, said in FIELDS.items() for word in (*said, name)}
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        name = words.get(" ".join(cell.split()).casefold())
        if name is not None and found.setdefault(name, at) != at:
            reading.note(f"line {line}", f"column {cell} stands twice", "duplicate_number")
    for name in ("kind", "number", "zh"):
        if name not in found:
            reading.note(f"line {line}", f"column {' or '.join(FIELDS[name])} is missing")
    return found


def _row(reading: Reading, line: int, cells: Mapping[str, str]) -> Row:
    place = f"line {line}"
    kind = _KINDS.get(cells.get("kind", "").casefold(), "")
    if not kind:
        reading.note(f"{place}, kind", f"one of {', '.join(KINDS)} is needed")
    level = cells.get("level", "")
    code = level_of(level) if level else ""
    if code is None or (kind not in {"", "basic"} and not code):
        reading.note(f"{place}, level", "a level is needed", "unknown_level")
    number = cells.get("number", "").removesuffix(".")
    if not re.fullmatch(NUMBER, number):
        reading.note(f"{place}, number", "a number like 1.2.3 is needed")
    name = {tag: _unguarded(cells[tag]) for tag in ("zh", "en") if cells.get(tag)}
    if "zh" not in name and not (kind == "basic" and code):
        reading.note(f"{place}, text zh", "Chinese text is needed", "text_missing")
    weights: dict[str, str] = {}
    for column in COLUMNS:
        weight = cells.get(column, "").removesuffix("%").strip()
        if weight in {"", "-", "—", "/"}:
            continue
        if _WEIGHT.fullmatch(weight):
            weights[column] = re.sub(r"\.0*$", "", weight)
        else:
            reading.note(f"{place}, weight {column}", "a percentage with at most two places is needed")
    if weights and not code:
        reading.note(f"{place}, level", "a weight is of a level", "unknown_level")
    return Row(line, code or "", kind, number, name, weights)


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and guarded(cell[1:]) == cell else cell


def _check_tree(reading: Reading, rows: Sequence[Row]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for row in rows:
        if not row.kind or not row.number:
            continue
        own = ("" if row.kind == "basic" and row.name else row.level, row.kind, row.number)
        if own in seen:
            reading.note(f"line {row.line}", f"{row.kind} {row.number} stands twice", "duplicate_number")
        seen.add(own)
        if (above := _parent(row)) and above not in seen:
            reading.note(f"line {row.line}", f"{above[1]} {above[2]} must stand before it", "numbering_gap")


def _parent(row: Row) -> tuple[str, str, str] | None:
    head = row.number.rpartition(".")[0]
    if row.kind == "basic":
        return ("", "basic", head) if head not in {"", "0"} and row.name else None
    return (row.level, _ABOVE[row.kind], head) if row.kind in _ABOVE else None


def content_of(
    rows: Iterable[Row], *, occupation: str, edition: str, name: Mapping[str, str], in_force_on: date
) -> dict[str, Any]:
    """Return rows as the content of a draft: the tree and the weights; numbers are those of the table.

    The content is not judged here: read it with ``core.standard``.
    """
    rows = list(rows)
    levels = in_order(list({row.level for row in rows if row.level}))
    content = blank(
        occupation, name, edition=edition, levels=levels, body={"zh": "（待填写）"}, in_force_on=in_force_on
    )
    if any(row.kind == "basic" for row in rows):
        content["basic"] = []
    items: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        for column, weight in row.weights.items():
            content["weights"].setdefault(row.level, {}).setdefault(column, {})[row.number] = weight
        if not row.name:
            continue
        item: dict[str, Any] = {"number": row.number, "name": dict(row.name)}
        items["" if row.kind == "basic" else row.level, row.kind, row.number] = item
        above = _parent(row)
        if above is not None:
            items[above].setdefault(_MEMBERS[row.kind], []).append(item)
        elif row.kind == "basic":
            content["basic"].append(item)
        else:
            content["requirements"].setdefault(row.level, []).append(item)
    return content


# --- Out -------------------------------------------------------------------------------------------------------------


def rows_of(document: Document) -> Iterator[tuple[str, ...]]:
    """Yield an edition as rows below the heading: what a table can hold of it."""
    weights = document.content["weights"]
    for section in document.basic:
        for item in section.walk():
            yield ("", "basic", item.number, item.name.get("zh", ""), item.name.get("en", ""), "", "")
    for level in document.levels:
        held = weights.get(level, {})
        for section in document.basic:
            for item in section.walk():
                said = tuple(held.get(column, {}).get(item.number, "") for column in COLUMNS)
                if any(said):
                    yield (level, "basic", item.number, "", "", *said)
        for item in document.items(level):
            yield _out(level, item, held)


def _out(level: str, item: Item, held: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    other = {"skill": "theory", "knowledge": "skill"}.get(item.kind)
    said = (held.get(column, {}).get(item.number, "") if column != other else "" for column in COLUMNS)
    return (level, item.kind, item.number, item.name.get("zh", ""), item.name.get("en", ""), *said)


def write(document: Document, kind: str) -> bytes:
    """Return an edition's table as a file.

    Shape:  ``kind`` is ``csv`` (UTF-8 with mark) or ``xlsx``.
    Raises: UnknownKindError.
    """
    return _written(rows_of(document), kind)


def template(kind: str) -> bytes:
    """Return a table with a heading and an example to write over.

    Raises: UnknownKindError.
    """
    return _written(_EXAMPLE, kind)


def _written(rows: Iterable[Sequence[str]], kind: str) -> bytes:
    heading = [zh for zh, _ in FIELDS.values()]
    if kind == "csv":
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerows([guarded(cell) for cell in row] for row in (heading, *rows))
        return text.getvalue().encode("utf-8-sig")
    if kind != "xlsx":
        raise UnknownKindError(f"{kind} is not written", kind=kind)
    with io.BytesIO() as written:
        with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
            sheet = book.add_worksheet("标准")
            as_text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "bottom": 1})
            for place, width in enumerate((8, 14, 10, 60, 60, 12, 12)):
                sheet.set_column(place, place, width, as_text)
            for line, row in enumerate((heading, *rows)):
                for place, cell in enumerate(row):
                    if cell:
                        sheet.write_string(line, place, cell, bold if line == 0 else as_text)
            sheet.freeze_panes(1, 0)
        return written.getvalue()
