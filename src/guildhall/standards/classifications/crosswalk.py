"""Crosswalk files, ``guildhall-crosswalk/1``: JSON or CSV to lines and to all problems with their places.

Source: SKOS Reference (W3C, 2009), section 10: the five mapping relations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guildhall.core.canonical import strict_json
from guildhall.core.errors import Error, MalformedError
from guildhall.standards.classifications import tables
from guildhall.standards.classifications.facts import CrosswalkFacts, Line, Place
from guildhall.standards.classifications.problems import Notes

FORMAT = "guildhall-crosswalk/1"
RELATIONS = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
MAX_BYTES = 16 * 1024 * 1024

_EDITION = re.compile(r"[a-z0-9][a-z0-9.-]{0,31}")
_CROSSWALK = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,23}")
_LONGEST_SOURCE = 255
_LONGEST_NOTE = 1_000
_MOST_LINES = 200_000
_HEAD = ("code", "name", "from", "to", "source")
_COLUMNS = tables.Columns(
    ("from_classification", "from_code", "relation", "to_classification", "to_code", "source"),
    ("label_zh", "label_en", "note_zh", "note_en", "position", "licence"),
)


class InvalidCrosswalkError(MalformedError):
    """A crosswalk that does not keep its format, or names codes that its editions do not have.

    ``problems`` lists the first places as sentences, ``places`` the same as members, ``n_problems`` counts all.
    """

    code = "invalid_crosswalk"


@dataclass(frozen=True, slots=True)
class Found:
    """A line with the place of each of its codes: file, line and column."""

    line: Line
    at: Place
    columns: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Crosswalks:
    """What a file says: the crosswalk, and where each of its lines stood."""

    facts: CrosswalkFacts
    found: tuple[Found, ...]


def read_crosswalk(data: bytes, file: str = "") -> Crosswalks:
    """Return the crosswalk in a file.

    Shape:  JSON or CSV as in docs/formats/crosswalk.md; which of them the first character tells.
    Raises: InvalidCrosswalkError with every problem and its place.
    """
    notes = Notes()
    is_json = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
    head, found = (_json if is_json else _table)(data, file, notes)
    _check(found, head, notes)
    notes.settle("the crosswalk", InvalidCrosswalkError)
    lines = tuple(item.line for item in found)
    facts = CrosswalkFacts(
        head["code"], head["name"], head["from"], head["to"], head["source"], head.get("licence", ""), lines
    )
    return Crosswalks(facts, tuple(found))


def _check(found: Sequence[Found], head: Mapping[str, Any], notes: Notes) -> None:
    seen: dict[tuple[str, str], Place] = {}
    for item in found:
        line, at = item.line, item.at
        for column, code in zip(item.columns, (line.from_code, line.to_code), strict=True):
            if not _CODE.fullmatch(code):
                notes.note(
                    at.file, at.line, column, "malformed_code" if code else "empty_cell", code, shape="A-Z 0-9 . -"
                )
        key = line.from_code, line.to_code
        if key in seen:
            notes.note(at.file, at.line, item.columns[1], "duplicate_row", " ".join(key), first=seen[key].line)
        elif head.get("from") == head.get("to") and line.from_code == line.to_code:
            notes.note(at.file, at.line, item.columns[1], "cycle", line.to_code)
        seen.setdefault(key, at)
    if not found and not notes.n_errors:
        notes.note("", 0, "", "no_rows")


def _relation(relation: str, at: Place, column: str, notes: Notes) -> str:
    if relation not in RELATIONS:
        notes.note(
            at.file,
            at.line,
            column,
            "unknown_value" if relation else "empty_cell",
            relation,
            known=", ".join(RELATIONS),
        )
    return relation


def _json(data: bytes, file: str, notes: Notes) -> tuple[dict[str, Any], list[Found]]:
    try:
        document = strict_json.parse(data.removeprefix(b"\xef\xbb\xbf"), max_bytes=MAX_BYTES)
    except Error as error:
        notes.refusal(file, error)
        return {}, []
    members = document if isinstance(document, dict) else {}
    if members.get("format") != FORMAT:
        notes.note(file, 0, "format", "unknown_value", str(members.get("format", "")), known=FORMAT)
        return {}, []
    for place in tables.controls(document):
        notes.note(file, 0, place, "control_character")
    lines = members.get("lines")
    if not isinstance(lines, list) or len(lines) > _MOST_LINES:
        notes.note(file, 0, "lines", "malformed_member", reason=f"a list of up to {_MOST_LINES} lines is needed")
        lines = []
    head = _json_head(members.get("crosswalk"), file, notes)
    return head, [found for i, item in enumerate(lines) if (found := _json_line(item, i, file, notes)) is not None]


def _json_head(value: object, file: str, notes: Notes) -> dict[str, Any]:
    head: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
    for name in _HEAD:
        if name not in head:
            notes.note(file, 0, f"crosswalk.{name}", "empty_cell")
    for name, shape in (("code", _CROSSWALK), ("from", _EDITION), ("to", _EDITION)):
        text = head.get(name, "x")
        if not isinstance(text, str) or not shape.fullmatch(text):
            notes.note(file, 0, f"crosswalk.{name}", "malformed_code", str(text), shape=shape.pattern)
    for name in ("source", "licence"):
        text = head.get(name, "x")
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_SOURCE:
            notes.note(
                file, 0, f"crosswalk.{name}", "malformed_member", reason=f"text of 1 to {_LONGEST_SOURCE} characters"
            )
    if not _is_language_map(head.get("name", {"zh": "x"})):
        notes.note(file, 0, "crosswalk.name", "malformed_member", reason="a language map is needed")
    return head


def _json_line(item: object, i: int, file: str, notes: Notes) -> Found | None:
    path = f"lines[{i}]"
    at = Place(file, 0)
    if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in ("from", "to", "relation")):
        notes.note(file, 0, path, "malformed_member", reason="from, to and relation are needed, as text")
        return None
    texts: dict[str, dict[str, str]] = {}
    for name in ("label", "note"):
        texts[name] = dict(item[name]) if _is_language_map(item.get(name)) else {}
        if name in item and not texts[name]:
            notes.note(file, 0, f"{path}.{name}", "malformed_member", reason="a language map is needed")
    position = item.get("position", 0)
    if type(position) is not int or not 0 <= position <= 999:
        notes.note(file, 0, f"{path}.position", "out_of_range", str(position), low=0, high=999)
        position = 0
    relation = _relation(item["relation"], at, f"{path}.relation", notes)
    line = Line(item["from"], item["to"], relation, position, **texts)
    return Found(line, at, (f"{path}.from", f"{path}.to"))


def _is_language_map(value: object) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(re.fullmatch(r"[a-z]{2}", key) for key in value)
        and all(isinstance(text, str) and 0 < len(text) <= _LONGEST_NOTE for text in value.values())
    )


def _table(data: bytes, file: str, notes: Notes) -> tuple[dict[str, Any], list[Found]]:
    head: dict[str, Any] = {}
    found: list[Found] = []
    for at, cells in _rows(data, file, notes):
        said = {
            "from": cells["from_classification"],
            "to": cells["to_classification"],
            "source": cells["source"],
            "licence": cells["licence"],
        }
        if not head:
            head = _table_head(said, at, notes)
        for name, column in (("from", "from_classification"), ("to", "to_classification"), ("source", "source")):
            if said[name] != head[name]:
                notes.note(at.file, at.line, column, "two_heads", said[name], expected=head[name])
        texts = {
            name: {language: text for language in ("zh", "en") if (text := cells[f"{name}_{language}"])}
            for name in ("label", "note")
        }
        for name, text in ((name, text) for name, by_language in texts.items() for text in by_language.values()):
            if len(text) > _LONGEST_NOTE:
                notes.note(at.file, at.line, name, "long_text", text, limit=_LONGEST_NOTE)
        position = cells["position"] or "0"
        if not re.fullmatch(r"[0-9]{1,3}", position):
            notes.note(at.file, at.line, "position", "out_of_range", position, low=0, high=999)
            position = "0"
        relation = _relation(cells["relation"], at, "relation", notes)
        line = Line(cells["from_code"], cells["to_code"], relation, int(position), **texts)
        found.append(Found(line, at, ("from_code", "to_code")))
    return head, found


def _rows(data: bytes, file: str, notes: Notes) -> Iterator[tuple[Place, dict[str, str]]]:
    for line, cells in tables.rows(data, file, _COLUMNS, notes):
        yield Place(file, line), dict(zip(_COLUMNS.all, cells, strict=True))


def _table_head(said: Mapping[str, str], at: Place, notes: Notes) -> dict[str, Any]:
    for name, column in (("from", "from_classification"), ("to", "to_classification")):
        if not _EDITION.fullmatch(said[name]):
            notes.note(at.file, at.line, column, "malformed_code", said[name], shape=_EDITION.pattern)
    if not 0 < len(said["source"]) <= _LONGEST_SOURCE:
        notes.note(at.file, at.line, "source", "malformed_member", reason=f"text of 1 to {_LONGEST_SOURCE} characters")
    code = f"{said['from']}--{said['to']}"
    return {**said, "code": code, "name": {"en": code}}
