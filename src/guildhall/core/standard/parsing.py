"""Reading a whole edition of a standard: every problem at once, each with its place and code."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from guildhall.core.canonical import strict_json
from guildhall.core.codes.level import LEVELS, rung
from guildhall.core.eligibility.rules import read_levels, read_related
from guildhall.core.reading import Reading, holds_nul
from guildhall.core.record import OCCUPATION
from guildhall.core.standard.continuing import serves
from guildhall.core.standard.document import FORMAT, Document, Item, Overview, Part, Staffing
from guildhall.core.standard.weights import COLUMNS, NUMBER, InvalidStandardError, LevelTable, below, read_level

MAX_BYTES: Final = 1 << 23
MAX_ITEMS: Final = 20_000
MAX_TEXT: Final = 8000
EDITION: Final = r"\S(.{0,14}\S)?"
_UUID: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufffe\uffff]")
_BELOW: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "basic": (("items", "basic"),),
    "function": (("contents", "content"),),
    "content": (("skills", "skill"), ("knowledge", "knowledge")),
    "skill": (),
    "knowledge": (),
}
PART_KINDS: Final = ("theory", "skill", "review")
# What somebody may leave for later while a draft is being written; all else is refused at once.
UNFINISHED: Final = frozenset({
    "weights_do_not_sum", "weights_missing", "level_without_requirements", "level_without_part", "part_missing",
    "text_missing", "items_missing", "document_no_missing",
})  # fmt: skip


def parse(data: bytes) -> Document:
    """Return the edition that a file holds.

    Shape:  JSON as in docs/formats/standard.md (``guildhall-standard/2``), at most 8 MiB.
    Raises: InvalidStandardError with all problems, their places (``problems``) and ``codes``; the errors of
            ``strict_json.parse``.
    """
    return read(strict_json.parse(data, max_bytes=MAX_BYTES))


def read(value: object) -> Document:
    """Return the edition that parsed JSON holds.

    Raises: InvalidStandardError.
    """
    document, reading = _read(value)
    _refuse(reading, reading.problems, reading.codes, reading.n_problems)
    return document


def read_draft(value: object) -> tuple[Document, list[tuple[str, str]]]:
    """Return an edition that is still being written, and what it lacks, as (code, ``path: sentence``).

    Raises: InvalidStandardError for everything that is wrong rather than unfinished.
    """
    document, reading = _read(value)
    noted = list(zip(reading.codes, reading.problems, strict=True))
    wrong = [(code, problem) for code, problem in noted if code not in UNFINISHED]
    if wrong or reading.n_problems > len(noted):
        wrong = wrong or noted
        _refuse(reading, [problem for _, problem in wrong], [code for code, _ in wrong], reading.n_problems)
    return document, noted


def _refuse(reading: Reading, problems: Sequence[str], codes: Sequence[str], n: int) -> None:
    if problems:
        raise InvalidStandardError(
            f"the standard has {n} problem(s), first {problems[0]}",
            problems=list(problems),
            codes=list(codes),
            n_problems=reading.n_problems,
        )


def _read(value: object) -> tuple[Document, Reading]:
    reading = Reading()
    known = frozenset({
        "format", "id", "occupation", "edition", "name", "sample", "document_no", "body", "source", "in_force_on", "ends_on",
        "overview", "basic", "requirements", "weights", "associations", "extensions",
    })  # fmt: skip
    root = reading.members(value, "$", known=known)
    if root.get("format") != FORMAT:
        reading.note("$.format", f"{FORMAT} is needed")
    overview = _overview(reading, root.get("overview"))
    items = _Items(reading)
    basic = items.basic(root)
    requirements = items.requirements(root.get("requirements"), overview.levels)
    document = Document(
        occupation=reading.text(root, "occupation", "$", OCCUPATION),
        edition=reading.text(root, "edition", "$", EDITION),
        name=texts(reading, root.get("name"), "$.name"),
        sample=_flag(reading, root, "sample", "$"),
        document_no=reading.text(root, "document_no", "$", r"(\S(.{0,62}\S)?)?", optional=True),
        body=texts(reading, root.get("body"), "$.body"),
        in_force_on=reading.day(root, "in_force_on", "$"),
        ends_on=reading.optional_day(root, "ends_on", "$"),
        overview=overview,
        basic=basic,
        requirements=requirements,
        tables=_tables(reading, root.get("weights"), overview.levels, basic, requirements),
        content=root,
    )
    _check_root(reading, root, document)
    if not reading.problems and holds_nul(root):
        # Texts are judged where they stand; extensions and associations are kept unread.
        reading.note("$", "has a control character")
    return document, reading


def _check_root(reading: Reading, root: Mapping[str, Any], document: Document) -> None:
    reading.text(root, "source", "$", rf"(?s).{{0,{MAX_TEXT}}}", optional=True)
    if root.get("id") is not None:
        reading.text(root, "id", "$", _UUID)
    _extensions(reading, root, "$")
    for index, one in enumerate(reading.items(root, "associations", "$", optional=True)):
        _association(reading, one, f"$.associations[{index}]")
    if document.ends_on is not None and document.ends_on < document.in_force_on:
        reading.note("$.ends_on", "lies before in_force_on", "dates_out_of_order")
    if document.sample and document.document_no:
        reading.note(
            "$.document_no", "a sample is no published standard and has no document number", "sample_with_number"
        )
    if not document.sample and not document.document_no:
        reading.note(
            "$.document_no", "the number of the document that issued the standard is needed", "document_no_missing"
        )


def _association(reading: Reading, value: object, path: str) -> None:
    """An association of another type than "is child of", as CASE has it: kept and handed on, not understood."""
    members = reading.members(value, path)
    reading.text(members, "identifier", path, _UUID)
    reading.text(members, "associationType", path, r"[A-Za-z][A-Za-z0-9:._|-]{0,62}")
    for name in ("originNodeURI", "destinationNodeURI"):
        node = reading.members(members.get(name), f"{path}.{name}")
        for inner in ("identifier", "uri", "title"):
            reading.text(node, inner, f"{path}.{name}", rf"(?s).{{1,{MAX_TEXT}}}")


def texts(reading: Reading, value: object, path: str, *, optional: bool = False) -> dict[str, str]:
    """Return a language map of zh (needed unless ``optional``) and en."""
    if value is None and optional:
        return {}
    members = reading.members(value, path, known=frozenset({"zh", "en"}))
    said = {
        tag: reading.text(members, tag, path, rf"(?s).{{1,{MAX_TEXT}}}") for tag in ("zh", "en") if members.get(tag)
    }
    if any(_CONTROL.search(text) for text in said.values()):
        reading.note(path, "has a control character")
    if "zh" not in said and not optional:
        reading.note(path, "Chinese text (zh) is needed", "text_missing")
    return said


def _flag(reading: Reading, members: Mapping[str, Any], name: str, path: str) -> bool:
    value = members.get(name, False)
    if isinstance(value, bool):
        return value
    reading.note(f"{path}.{name}", "true or false is needed")
    return False


def _extensions(reading: Reading, members: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    value = members.get("extensions")
    return {} if value is None else reading.members(value, f"{path}.extensions")


# --- Chapter 1 -------------------------------------------------------------------------------------------------------


def _overview(reading: Reading, value: object) -> Overview:
    path = "overview"
    known = frozenset({
        "definition", "levels", "work_environment", "ability_features", "schooling", "training", "eligibility", "assessment",
    })  # fmt: skip
    members = reading.members(value, path, known=known)
    levels = _levels(reading, members, path)
    training = reading.members(
        members.get("training"), f"{path}.training", known=frozenset({"hours", "teachers", "places"})
    )
    assessment = reading.members(
        members.get("assessment"), f"{path}.assessment", known=frozenset({"parts", "staffing", "places"})
    )
    overview = Overview(
        definition=texts(reading, members.get("definition"), f"{path}.definition"),
        levels=levels,
        work_environment=texts(reading, members.get("work_environment"), f"{path}.work_environment"),
        ability_features=texts(reading, members.get("ability_features"), f"{path}.ability_features"),
        schooling=texts(reading, members.get("schooling"), f"{path}.schooling"),
        hours=_hours(reading, training, f"{path}.training", levels),
        teachers=texts(reading, training.get("teachers"), f"{path}.training.teachers", optional=True),
        training_places=texts(reading, training.get("places"), f"{path}.training.places", optional=True),
        eligibility=_eligibility(reading, members.get("eligibility"), f"{path}.eligibility", levels),
        parts=_each(reading, assessment, "parts", f"{path}.assessment", partial(_part, levels=levels)),
        staffing=_each(reading, assessment, "staffing", f"{path}.assessment", _staffing),
        assessment_places=texts(reading, assessment.get("places"), f"{path}.assessment.places", optional=True),
    )
    _check_parts(reading, overview, f"{path}.assessment.parts")
    return overview


def _levels(reading: Reading, members: Mapping[str, Any], path: str) -> tuple[str, ...]:
    said = reading.texts(members, "levels", path)
    levels = tuple(one for one in said if one in LEVELS)
    if len(levels) != len(said):
        reading.note(f"{path}.levels", f"only {', '.join(LEVELS)} are levels", "unknown_level")
    if list(levels) != sorted(levels, key=rung):
        reading.note(f"{path}.levels", "the lowest level comes first", "levels_out_of_order")
    return levels


def _by_level(reading: Reading, value: object, path: str, levels: Sequence[str]) -> Mapping[str, Any]:
    members = reading.members(value, path)
    for level in members:
        if level not in levels:
            reading.note(path, f"level {level} is not one of overview.levels", "unknown_level")
    return {level: members[level] for level in levels if level in members}


def _hours(reading: Reading, training: Mapping[str, Any], path: str, levels: Sequence[str]) -> dict[str, int]:
    by_level = _by_level(reading, training.get("hours", {}), f"{path}.hours", levels)
    return {level: reading.count(by_level, level, f"{path}.hours", low=1, high=10_000) for level in by_level}


def _eligibility(reading: Reading, value: object, path: str, levels: Sequence[str]) -> Mapping[str, Any]:
    if value is None:
        return {}
    known = frozenset({"related_occupations", "related_majors", "template", "levels"})
    members = reading.members(value, path, known=known)
    read_related(reading, members, "related_occupations", path, OCCUPATION)
    read_related(reading, members, "related_majors", path, r"\S(.{0,62}\S)?")
    if ("levels" in members) == ("template" in members):
        reading.note(path, "either template or levels is needed")
    elif "template" in members:
        reading.text(members, "template", path, r"[a-z0-9][a-z0-9.-]{0,31}")
    else:
        read_levels(reading, _by_level(reading, members["levels"], f"{path}.levels", levels), f"{path}.levels")
    return members


_T = TypeVar("_T")


def _each(
    reading: Reading, members: Mapping[str, Any], name: str, path: str, item: Callable[[Reading, object, str], _T]
) -> tuple[_T, ...]:
    listed = reading.items(members, name, path, optional=True)
    if len(listed) > 100:
        reading.note(f"{path}.{name}", "at most 100 are read", "too_many")
        return ()
    return tuple(item(reading, one, f"{path}.{name}[{index}]") for index, one in enumerate(listed))


def _one_of(reading: Reading, members: Mapping[str, Any], name: str, path: str, known: Sequence[str]) -> str:
    value = members.get(name)
    if isinstance(value, str) and value in known:
        return value
    reading.note(f"{path}.{name}", f"one of {', '.join(known)} is needed")
    return known[0]


def _part(reading: Reading, value: object, path: str, *, levels: Sequence[str]) -> Part:
    known = frozenset({"kind", "levels", "minutes", "pass_mark", "full_mark", "method"})
    members = reading.members(value, path, known=known)
    own = reading.texts(members, "levels", path)
    if any(level not in levels for level in own):
        reading.note(f"{path}.levels", "a level is not one of overview.levels", "unknown_level")
    part = Part(
        kind=_one_of(reading, members, "kind", path, PART_KINDS),
        levels=own,
        minutes=reading.count(members, "minutes", path, low=1, high=10_000),
        pass_mark=reading.count(members, "pass_mark", path, low=1, high=1000),
        full_mark=reading.count({"full_mark": 100, **members}, "full_mark", path, low=1, high=1000),
        method=texts(reading, members.get("method"), f"{path}.method", optional=True),
    )
    if part.pass_mark > part.full_mark:
        reading.note(f"{path}.pass_mark", "is more than full_mark", "marks_out_of_order")
    return part


def _staffing(reading: Reading, value: object, path: str) -> Staffing:
    known = frozenset({"kind", "candidates_per_examiner", "at_least", "odd", "text"})
    members = reading.members(value, path, known=known)
    return Staffing(
        kind=_one_of(reading, members, "kind", path, PART_KINDS),
        candidates_per_examiner=reading.count(
            {"candidates_per_examiner": 0, **members}, "candidates_per_examiner", path, low=0, high=1000
        ),
        at_least=reading.count({"at_least": 1, **members}, "at_least", path, low=1, high=100),
        odd=_flag(reading, members, "odd", path),
        text=texts(reading, members.get("text"), f"{path}.text", optional=True),
    )


def _check_parts(reading: Reading, overview: Overview, path: str) -> None:
    seen: set[tuple[str, str]] = set()
    for index, part in enumerate(overview.parts):
        for level in part.levels:
            if (part.kind, level) in seen:
                reading.note(f"{path}[{index}]", f"level {level} has a part {part.kind} already", "part_twice")
            seen.add((part.kind, level))
    for level in overview.levels:
        if not any(own == level for _, own in seen):
            reading.note(path, f"level {level} has no part", "level_without_part")


# --- Chapters 2 and 3 ------------------------------------------------------------------------------------------------


@dataclass
class _Items:
    """Reads trees of items and counts them: a file has a bounded number of them, however they are nested."""

    reading: Reading
    n: int = 0

    def basic(self, root: Mapping[str, Any]) -> tuple[Item, ...]:
        """Return the basic requirements: 0.1 (职业道德), 0.2 (基础知识) and so on."""
        return self._tree(root.get("basic", []), "basic", "basic", above="0")

    def requirements(self, value: object, levels: Sequence[str]) -> dict[str, tuple[Item, ...]]:
        """Return the functions of each level."""
        by_level = _by_level(self.reading, value, "requirements", levels)
        found = {level: self._tree(by_level[level], f"requirements.{level}", "function") for level in by_level}
        for level in levels:
            if not found.get(level):
                self.reading.note("requirements", f"level {level} has no function", "level_without_requirements")
        for lower, level in zip((None, *levels), levels, strict=False):
            known = {item.number for function in found.get(lower or "", ()) for item in function.walk()}
            for function in found.get(level, ()):
                for item in function.walk():
                    if item.continues and item.continues not in known:
                        self.reading.note(
                            f"requirements.{level}",
                            f"{item.number} continues {item.continues}, which the level below does not have",
                            "continues_nothing",
                        )
        return found

    def _tree(self, value: object, path: str, kind: str, *, above: str = "") -> tuple[Item, ...]:
        if not isinstance(value, list):
            self.reading.note(path, "a list is needed")
            return ()
        self.n += len(value)
        if self.n > MAX_ITEMS:
            self.reading.note(path, f"a standard has at most {MAX_ITEMS} items", "too_many")
            return ()
        found: list[Item] = []
        numbers: set[str] = set()
        for index, one in enumerate(value):
            found.append(self._item(one, f"{path}[{index}]", kind))
            self._check_number(found, numbers, f"{path}[{index}].number", above)
            numbers.add(found[-1].number)
        return tuple(found)

    def _check_number(self, found: Sequence[Item], before: set[str], path: str, above: str) -> None:
        """Numbers run 1, 2, 3 … below what stands above them."""
        number = found[-1].number
        if not number:
            return
        expected = f"{above}.{len(found)}" if above else str(len(found))
        if number == expected:
            return
        if number in before:
            self.reading.note(path, f"{number} stands twice", "duplicate_number")
        else:
            self.reading.note(path, f"{expected} is expected here, not {number}", "numbering_gap")

    def _item(self, value: object, path: str, kind: str) -> Item:
        inner = _BELOW[kind]
        known = frozenset({"number", "name", "continues", "id", "extensions", *(name for name, _ in inner)})
        members = self.reading.members(value, path, known=known)
        number = self.reading.text(members, "number", path, NUMBER)
        items: list[Item] = []
        if kind != "basic" or number.count(".") < 3:
            for name, own in inner:
                items += self._tree(members.get(name, []), f"{path}.{name}", own, above=number)
        elif members.get("items"):
            self.reading.note(f"{path}.items", "numbers have at most four steps", "too_deep")
        if kind in {"function", "content"} and not items:
            self.reading.note(path, f"{number} has nothing below it", "items_missing")
        return Item(
            kind=kind,
            number=number,
            name=texts(self.reading, members.get("name"), f"{path}.name"),
            items=tuple(items),
            continues=self.reading.text(members, "continues", path, NUMBER, optional=True),
            id=self.reading.text(members, "id", path, _UUID, optional=True) if "id" in members else "",
            extensions=_extensions(self.reading, members, path),
        )


# --- Chapter 4 -------------------------------------------------------------------------------------------------------


def _tables(
    reading: Reading,
    value: object,
    levels: Sequence[str],
    basic: Sequence[Item],
    requirements: Mapping[str, Sequence[Item]],
) -> dict[str, LevelTable]:
    by_level = _by_level(reading, value, "weights", levels)
    tables: dict[str, LevelTable] = {}
    for level in levels:
        if level not in by_level:
            reading.note("weights", f"level {level} has no weight table", "weights_missing")
            continue
        names = {column: names_of(column, basic, requirements.get(level, ())) for column in COLUMNS}
        lowest = {column: below(list(names[column])) for column in COLUMNS}
        table = read_level(reading, by_level[level], level, f"weights.{level}", names=names, lowest=lowest)
        tables[level] = LevelTable(level, table.cells, table.whole, serves(level, levels, basic, requirements))
    return tables


def names_of(column: str, basic: Sequence[Item], functions: Sequence[Item]) -> dict[str, Mapping[str, str]]:
    """Return number → name of all that may have a weight in a column: knowledge in theory, skills in skill."""
    other = "skill" if column == "theory" else "knowledge"
    return {
        item.number: item.name
        for top in (*basic, *functions)
        for item in top.walk()
        if item.number and item.kind != other
    }
