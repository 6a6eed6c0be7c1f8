"""Compiles the shape of a document into a function that writes its canonical N-Quads directly.

Two documents have one *shape* when they differ only in texts, identifiers and numbers: same members,
same array lengths, same contexts and types, same booleans. JSON-LD treats both alike, so the quads of
the second are those of the first with other values in the same places. A shape is compiled so:

1. every such value ("leaf") of a sample is replaced by a mark of its own, and the full processor makes
   quads of it: where a mark comes out is where the leaf's value goes;
2. lines whose order no value can change are put in order now, the others are sorted in each document;
3. blank nodes are hashed in each document (RDFC-1.0, Hash First Degree Quads), and their labels follow;
4. all this is written out as the source of one Python function, and compiled.

The function returns None for every document it must not answer: another shape, an identifier that is
not plainly absolute, two subjects or two lines that coincide, two blank nodes with one hash. The caller
then takes the full path. What it answers is exact; ``shapes`` checks it against the full path once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

import orjson

from guildhall.core.canonical import contexts, jcs, jsonld, rdfc
from guildhall.core.errors import Error

Path: TypeAlias = tuple[str | int, ...]
MAX_LEAVES: Final = 200
MAX_LINES: Final = 300

FIXED_KEYS: Final = frozenset({"@type", "type", "@language", "@direction", "@index"})
"""Members whose value decides the meaning of others: part of the shape, never a leaf."""
ID_KEYS: Final = frozenset({"@id", "id"})
SCHEMES: Final = ("http", "https", "urn", "did", "data")

_MARK: Final = "urn:x-leaf:"
_JSON_MARK: Final = re.compile(rb"\\u0000([0-9]+)\\u0000")
_IRI_CHARACTER = rb"[!$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]"
_PLAIN_IRI = rb"(?:https?://|urn:|did:|data:)" + _IRI_CHARACTER + rb"*(?:#" + _IRI_CHARACTER + rb"*)?"
_PLAIN: Final = re.compile(_PLAIN_IRI)
_TO_ESCAPE: Final = bytes(range(0x20)) + b'"\\\x7f'
_FREQUENT: Final = ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n"), (b"\r", b"\\r"), (b"\t", b"\\t"))


class NotCompilableError(Exception):
    """This document's shape stays with the full path (never leaves this package)."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that may differ between documents of one shape; ``paths`` are all its places."""

    paths: tuple[Path, ...]
    value: str | float


@dataclass(frozen=True, slots=True)
class _Hole:
    leaf: int


@dataclass(frozen=True, slots=True)
class _Node:
    label: str


@dataclass(frozen=True, slots=True)
class _Variable:
    label: str


_Token: TypeAlias = str | _Hole | _Node | _Variable
_Line: TypeAlias = tuple[_Token, ...]


@dataclass(frozen=True, slots=True)
class _Analysis:
    """Where each leaf of a document comes out."""

    quads: tuple[tuple[_Line, _Line, _Line, _Line], ...]
    as_iri: frozenset[int]
    as_double: frozenset[int]


# --- leaves ----------------------------------------------------------------------------------------


def leaves_of(document: Mapping[str, Any]) -> list[Leaf]:
    """Return the leaves of a document; equal identifiers of nodes count as one leaf.

    Raises: NotCompilableError for an inline context, or too many leaves.
    """
    found: list[Leaf] = []
    by_id: dict[str, int] = {}
    for path, key, value in _scalars(document, (), ""):
        if key in FIXED_KEYS or value is None or type(value) is bool:
            continue
        if key in ID_KEYS and type(value) is str:
            if value in by_id:
                # Nodes of one identifier are one node: that they coincide is part of the shape.
                known = found[by_id[value]]
                found[by_id[value]] = Leaf((*known.paths, path), value)
                continue
            by_id[value] = len(found)
        found.append(Leaf((path,), value))
    if len(found) > MAX_LEAVES:
        raise NotCompilableError("too many leaves")
    return found


def _scalars(value: Any, path: Path, key: str) -> Iterable[tuple[Path, str, Any]]:
    if type(value) is dict:
        for name, member in value.items():
            if name == "@context":
                if not _only_names(member):
                    raise NotCompilableError("inline context")
            else:
                yield from _scalars(member, (*path, name), name)
    elif type(value) is list:
        for index, member in enumerate(value):
            yield from _scalars(member, (*path, index), key)
    else:
        yield path, key, value


def _only_names(context: object) -> bool:
    return type(context) is str or (type(context) is list and all(type(one) is str for one in context))


def with_values(value: Any, replaced: Mapping[Path, object], path: Path = ()) -> Any:
    """Return a copy of a JSON value in which the values at some paths are others."""
    if type(value) is dict:
        return {name: with_values(member, replaced, (*path, name)) for name, member in value.items()}
    if type(value) is list:
        return [with_values(member, replaced, (*path, index)) for index, member in enumerate(value)]
    return replaced.get(path, value)


@cache
def names_are_safe() -> bool:
    """Say whether no bundled context gives a plain absolute IRI any other meaning.

    A scheme that is also a term would make ``https:...`` a compact IRI; a term with a colon could be a
    whole IRI; an alias of a keyword other than those above would make some leaf decide about others.
    """
    return all(_is_safe(contexts.context(url)["@context"]) for url in contexts.CONTEXTS)


def _is_safe(context: Any) -> bool:
    if isinstance(context, list):
        return all(_is_safe(one) for one in context)
    if not isinstance(context, dict):
        return True
    for term, definition in context.items():
        mapped = definition.get("@id") if isinstance(definition, dict) else definition
        if term[:1] != "@" and (term in SCHEMES or ":" in term):
            return False
        if term[:1] != "@" and type(mapped) is str and mapped[:1] == "@":
            allowed = {"@id": ID_KEYS, "@type": FIXED_KEYS}.get(mapped, frozenset())
            if term not in allowed:
                return False
        if isinstance(definition, dict) and not _is_safe(definition.get("@context")):
            return False
    return True


# --- analysis --------------------------------------------------------------------------------------


def _analyse(document: Mapping[str, Any], leaves: Sequence[Leaf]) -> _Analysis:
    marks = _Marks(leaves)
    if _MARK in repr(with_values(document, dict.fromkeys(marks.in_place, ""))):
        raise NotCompilableError("the document looks like our marks")
    quads = tuple(
        (marks.tokens(s), marks.tokens(p), marks.tokens(o), marks.tokens(g))
        for s, p, o, g in jsonld.to_quads(with_values(document, marks.in_place))
    )
    if len(marks.seen) != len(leaves):
        raise NotCompilableError("a leaf comes out nowhere, or bent")
    if len(quads) > MAX_LINES or any(isinstance(token, _Hole) for quad in quads for token in quad[1]):
        raise NotCompilableError("too many lines, or a leaf that is a property")
    return _Analysis(quads, frozenset(marks.as_iri), frozenset(marks.as_double))


class _Marks:
    """A mark for each leaf, and where it was found again."""

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self.in_place: dict[Path, object] = {}
        self.seen: set[int] = set()
        self.as_iri: set[int] = set()
        self.as_double: set[int] = set()
        self._texts: dict[str, int] = {}
        self._doubles: dict[str, int] = {}
        for number, leaf in enumerate(leaves):
            mark = self._mark(number, type(leaf.value))
            self.in_place.update(dict.fromkeys(leaf.paths, mark))

    def _mark(self, number: int, kind: type) -> str | float:
        if kind is str:
            text = f"{_MARK}{number}:"
            self._texts[text] = number
            return text
        value = 7_305_118_000 + number + (0.5 if kind is float else 0)
        self._doubles[jsonld.exact_double(value)] = number
        if kind is int:
            self._texts[str(value)] = number
        return value

    def tokens(self, term: str) -> _Line:
        """Return a term of a marked document with holes where marks stand."""
        if not term or term.startswith("_:"):
            return (_Node(term),) if term else ()
        end = term.rindex('"') if term.startswith('"') else len(term) - 1
        before, lexical, after = term[0], term[1:end], term[end:]
        leaf = self._texts.get(lexical)
        if leaf is None and before == '"':
            leaf = self._doubles.get(lexical)
            if leaf is not None:
                self.as_double.add(leaf)
        if leaf is None:
            if _MARK in term:
                raise NotCompilableError("a leaf comes out inside something else")
            return (term,)
        self.seen.add(leaf)
        if before == "<":
            self.as_iri.add(leaf)
        return (before, _Hole(leaf), after)


# --- order -----------------------------------------------------------------------------------------


def _flat(*lines: Iterable[_Token]) -> _Line:
    """Join tokens, merging neighbouring texts."""
    flat: list[_Token] = []
    for line in lines:
        for token in line:
            if flat and isinstance(token, str) and isinstance(flat[-1], str):
                flat[-1] += token
            else:
                flat.append(token)
    return tuple(flat)


def _certainly_before(left: _Line, right: _Line) -> bool:
    """Say whether ``left`` sorts before ``right`` whatever the leaves and labels are."""
    for one, other in zip(left, right, strict=False):
        if one == other:
            continue
        if isinstance(one, str) and isinstance(other, str):
            for a, b in zip(one, other, strict=False):
                if a != b:
                    return a < b
        return False
    return False


def _clusters(lines: Sequence[_Line]) -> list[list[int]]:
    """Group lines so that the groups are in a certain order; only inside a group must values decide."""
    order = sorted(range(len(lines)), key=lambda index: _shown(lines[index]))
    groups: list[list[int]] = []
    for index in order:
        new = [index]
        while groups and not all(
            _certainly_before(lines[earlier], lines[later]) for earlier in groups[-1] for later in new
        ):
            new = groups.pop() + new
        groups.append(new)
    return groups


def _shown(line: _Line) -> str:
    return "".join(
        token if isinstance(token, str) else f"{_MARK}{token.leaf}:" if isinstance(token, _Hole) else token.label
        for token in line
    )


# --- source ----------------------------------------------------------------------------------------


class _Source:
    """Writes the part of a function that turns leaf values (``v0``, ``v1`` ...) into N-Quads."""

    def __init__(self, analysis: _Analysis) -> None:
        self.lines: list[str] = []
        self._quads = analysis.quads
        self._n_variables = 0
        nodes = {token.label for quad in self._quads for line in quad for token in line if isinstance(token, _Node)}
        self._node_numbers = {label: number for number, label in enumerate(sorted(nodes))}

    def write(self) -> list[str]:
        static_labels = self._write_labels()
        self._write_blocks(static_labels)
        return self.lines

    # labels

    def _write_labels(self) -> Mapping[str, str]:
        """Hash the blank nodes; return their labels if no leaf has a say in them."""
        inputs = {label: self._first_degree(label) for label in self._node_numbers}
        if len(inputs) < 2:
            return dict.fromkeys(inputs, "_:c14n0")
        fixed = {label: fixed for label, groups in inputs.items() if (fixed := _fixed(groups)) is not None}
        if len(fixed) == len(inputs):
            hashes = {label: hashlib.sha256(fixed[label]).digest() for label in inputs}
            if len(set(hashes.values())) != len(hashes):
                raise NotCompilableError("two blank nodes have one hash")
            ranked = sorted(hashes, key=hashes.__getitem__)
            return {label: f"_:c14n{rank}" for rank, label in enumerate(ranked)}
        for label, groups in inputs.items():
            number = self._node_numbers[label]
            if label in fixed:
                self.lines.append(f"h{number} = {hashlib.sha256(fixed[label]).digest()!r}")
            else:
                self.lines.append(f"h{number} = sha256({self._joined(groups, {}, check=False)}).digest()")
        every = ", ".join(f"h{number}" for number in range(len(inputs)))
        self.lines.append(f"ranks = dict(zip(sorted(({every})), LABELS))")
        self.lines.append(f"if len(ranks) != {len(inputs)}: return None")
        self.lines.extend(f"l{number} = ranks[h{number}]" for number in range(len(inputs)))
        return {}

    def _first_degree(self, label: str) -> list[list[_Line]]:
        node = _Node(label)
        lines = []
        for s, p, o, g in self._quads:
            if (node,) in (s, o, g):
                lines.append(_line_of(*(_anonymous(term, node) for term in (s, p, o, g))))
        return [[lines[index] for index in group] for group in _clusters(lines)]

    # blocks

    def _write_blocks(self, static_labels: Mapping[str, str]) -> None:
        by_subject: dict[_Line, list[_Line]] = {}
        for quad in self._quads:
            s, p, o, g = (_labelled(term, static_labels) for term in quad)
            by_subject.setdefault(s, []).append(_line_of(s, p, o, g))
        self._write_distinct(by_subject)
        subjects = list(by_subject)
        order = _clusters([_flat(subject, (" ",)) for subject in subjects])
        blocks = []
        for group in order:
            for index in group:
                lines = by_subject[subjects[index]]
                groups = [[lines[member] for member in cluster] for cluster in _clusters(lines)]
                blocks.append(groups)
        if all(len(group) == 1 for group in order):
            self.lines.append(f"return {self._joined([group for block in blocks for group in block], static_labels)}")
            return
        written = ", ".join(self._joined(block, static_labels) for block in blocks)
        self.lines.append(f"blocks = [{written}]")
        self.lines.append("blocks.sort()")
        self.lines.append('return b"".join(blocks)')

    def _write_distinct(self, subjects: Iterable[_Line]) -> None:
        """Refuse documents in which two subjects coincide: their lines would mix."""
        names: list[str] = []
        varies = False
        for subject in subjects:
            if len(subject) > 1 and isinstance(subject[1], _Hole):
                varies = True
                names.append(f"v{subject[1].leaf}")
            elif isinstance(subject[0], str) and subject[0].startswith("<"):
                names.append(repr(subject[0][1:-1].encode()))
        if varies and len(names) > 1:
            self.lines.append(f"if len({{{', '.join(names)}}}) != {len(names)}: return None")

    # expressions

    def _joined(self, groups: Sequence[Sequence[_Line]], labels: Mapping[str, str], *, check: bool = True) -> str:
        """Write the expression for groups of lines, one after the other."""
        parts: list[str] = []
        run: list[_Line] = []

        def end_run() -> None:
            if run:
                parts.extend(self._piece(token) for token in _flat(*run))
                run.clear()

        for group in groups:
            if len(group) == 1 or not (check or set(group).difference(group[:1])):
                run.extend(group)
                continue
            by_label = self._sorted_by_label(group)
            if by_label:
                run.extend(by_label)
                continue
            end_run()
            parts.extend(self._sorted([self._joined([[line]], labels) for line in group], check=check))
        end_run()
        if not parts:
            return 'b""'
        if len(parts) == 1 and not parts[0].startswith("*"):
            return parts[0]
        return f'b"".join(({", ".join(parts)},))'

    def _sorted_by_label(self, group: Sequence[_Line]) -> list[_Line]:
        """Put lines in order that differ in one label alone; return none if they differ in anything else.

        No two labels are the same, and behind each stands a blank, which is less than anything in a label: so the labels
        are put in order instead of the lines.
        """
        first = group[0]
        places = {place for line in group[1:] for place, (a, b) in enumerate(zip(first, line, strict=False)) if a != b}
        if len(places) != 1 or any(len(line) != len(first) for line in group):
            return []
        place = places.pop()
        labels = [self._piece(token) for token in (line[place] for line in group) if isinstance(token, _Node)]
        if len(labels) != len(group):
            return []
        names = [f"c{self._n_variables + number}" for number in range(len(group))]
        self._n_variables += len(group)
        self.lines.append(f"{', '.join(names)} = sorted(({', '.join(labels)}))")
        return [(*first[:place], _Variable(name), *first[place + 1 :]) for name in names]

    def _sorted(self, lines: Sequence[str], *, check: bool) -> list[str]:
        """Write what puts lines in order; return the pieces. Two that are the same are refused, if that is to be checked."""
        names = [f"c{self._n_variables + number}" for number in range(len(lines))]
        self._n_variables += len(lines)
        if len(lines) == 2:
            one, other = names
            self.lines.extend(f"{name} = {line}" for name, line in zip(names, lines, strict=True))
            self.lines.append(f"if {one} > {other}: {one}, {other} = {other}, {one}")
            if check:
                self.lines.append(f"elif {one} == {other}: return None")
            return names
        self.lines.append(f"{names[0]} = sorted(({', '.join(lines)}))")
        if check:
            self.lines.append(f"if len(set({names[0]})) != {len(lines)}: return None")
        return [f"*{names[0]}"]

    def _piece(self, token: _Token) -> str:
        if isinstance(token, str):
            return repr(token.encode())
        if isinstance(token, _Variable):
            return token.label
        return f"v{token.leaf}" if isinstance(token, _Hole) else f"l{self._node_numbers[token.label]}"


def _fixed(groups: Sequence[Sequence[_Line]]) -> bytes | None:
    """Return the bytes of groups of lines if no leaf has a say in them."""
    if any(len(group) > 1 for group in groups):
        return None
    flat = _flat(*(line for group in groups for line in group))
    return flat[0].encode() if len(flat) == 1 and isinstance(flat[0], str) else None


def _line_of(s: _Line, p: _Line, o: _Line, g: _Line) -> _Line:
    return _flat(s, (" ",), p, (" ",), o, ((" ", *g) if g else ()), (" .\n",))


def _anonymous(term: _Line, node: _Node) -> _Line:
    if term and isinstance(term[0], _Node):
        return ("_:a",) if term[0] == node else ("_:z",)
    return term


def _labelled(term: _Line, labels: Mapping[str, str]) -> _Line:
    if term and isinstance(term[0], _Node) and term[0].label in labels:
        return (labels[term[0].label],)
    return term


# --- functions -------------------------------------------------------------------------------------


def reader(document: Mapping[str, Any], fixed: frozenset[Path] = frozenset()) -> Callable[[object], bytes | None]:
    """Compile the shape of a document: a function from documents to their N-Quads, or None.

    Shape:  the texts at the places ``fixed`` belong to the shape; where one is another, the answer is None.
    Raises: NotCompilableError, and every error of ``jsonld.to_quads`` (of the marked document).
    """
    leaves = [leaf for leaf in leaves_of(document) if type(leaf.value) is not str or not fixed.issuperset(leaf.paths)]
    for _ in range(4):
        analysis = _analyse(document, leaves)
        kept = [
            leaf
            for number, leaf in enumerate(leaves)
            if number not in analysis.as_iri or _PLAIN.fullmatch(str(leaf.value).encode("utf-8", "replace"))
        ]
        joined = _coinciding(kept, analysis) if len(kept) == len(leaves) else kept
        if joined == leaves:
            break
        leaves = joined
    else:
        raise NotCompilableError("the shape does not settle")
    reading = _Reading(leaves)
    body = (*reading.write(document), *_write_bytes(leaves, analysis), *_Source(analysis).write())
    return _function("shape", body, analysis, reading.shared)


def json_reader(document: Mapping[str, Any], fixed: frozenset[Path]) -> Callable[[object], bytes | None]:
    """Compile a function that writes documents by RFC 8785, or None where one differs from this one in more than texts.

    Shape:  the texts at the places ``fixed`` are those of this document; where one is another, the answer is None.
    Raises: NotCompilableError; NotJsonError.
    """
    leaves = leaves_of(document)
    if any(type(leaf.value) is not str for leaf in leaves):
        raise NotCompilableError("a number, and Python holds some for equal that are written in two ways")
    leaves = [leaf for leaf in leaves if not fixed.issuperset(leaf.paths)]
    build = builder(document, leaves)
    if not leaves or b"\\u0000" in jcs.canonical(build(("",) * len(leaves))):
        raise NotCompilableError("nothing may differ, or the document looks like our marks")
    parts = _JSON_MARK.split(jcs.canonical(build(tuple(f"\0{number}\0" for number in range(len(leaves))))))
    pieces = (f"v{int(part)}" if place % 2 else repr(part) for place, part in enumerate(parts))
    reading = _Reading(leaves)
    body = (
        *reading.write(document),
        f"texts = ({_listed('t', range(len(leaves)))})",
        "if set(map(type, texts)) != STRINGS: return None",
        "try: data = dumps(texts)",
        "except TypeError: return None",
        # Without a backslash no text has a quotation mark within: then these three characters stand between texts only.
        "if 92 in data: return None",
        f"{_listed('v', range(len(leaves)))} = data[2:-2].split(b'\",\"')",
        f'return b"".join(({", ".join(pieces)}))',
    )
    return _function("json", body, None, reading.shared)


def filler(document: Mapping[str, Any], leaves: Sequence[Leaf]) -> Callable[[tuple[Any, ...]], bytes | None]:
    """Compile a document in which only some leaves vary: a function from their values to N-Quads, or None.

    Raises: NotCompilableError, and every error of ``jsonld.to_quads`` (of the marked document).
    """
    leaves_of(document)  # refuses what cannot be compiled
    analysis = _analyse(document, leaves)
    unpacked = f"{''.join(f't{number}, ' for number in range(len(leaves)))} = d" if leaves else "pass"
    return _function("template", (unpacked, *_write_bytes(leaves, analysis), *_Source(analysis).write()), analysis)


def builder(document: Mapping[str, Any], leaves: Sequence[Leaf]) -> Callable[[tuple[Any, ...]], dict[str, Any]]:
    """Compile a function from leaf values to a fresh document that holds them."""
    leaf_at = {path: number for number, leaf in enumerate(leaves) for path in leaf.paths}

    def written(value: Any, path: Path) -> str:
        if path in leaf_at:
            return f"d[{leaf_at[path]}]"
        if type(value) is dict:
            members = ", ".join(f"{name!r}: {written(member, (*path, name))}" for name, member in value.items())
            return f"{{{members}}}"
        if type(value) is list:
            return f"[{', '.join(written(member, (*path, index)) for index, member in enumerate(value))}]"
        return repr(value)

    return _function("document", (f"return {written(document, ())}",), None)


def _coinciding(leaves: list[Leaf], analysis: _Analysis) -> list[Leaf]:
    """Make one leaf of those whose values make two lines of the sample the same."""

    def shown(line: _Line) -> str:
        return "".join(
            token if isinstance(token, str)
            else str(leaves[token.leaf].value) if isinstance(token, _Hole)
            else token.label
            for token in line
        )  # fmt: skip

    first: dict[str, _Line] = {}
    same: dict[int, int] = {}
    for quad in analysis.quads:
        line = _line_of(*quad)
        other = first.setdefault(shown(line), line)
        if other is not line and len(other) == len(line):
            for mine, theirs in zip(line, other, strict=True):
                if isinstance(mine, _Hole) and isinstance(theirs, _Hole) and mine != theirs:
                    same[max(mine.leaf, theirs.leaf)] = min(mine.leaf, theirs.leaf)
    for number in sorted(same, reverse=True):
        known = leaves[same[number]]
        leaves[same[number]] = Leaf((*known.paths, *leaves[number].paths), known.value)
        del leaves[number]
    return leaves


class _Reading:
    """Writes the part that compares a document with the shape and takes out its leaves.

    What tells shapes apart soonest is compared first: the sizes of objects and lists, then fixed values.
    """

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self.shared: dict[str, object] = {}
        self._leaf_at = {path: number for number, leaf in enumerate(leaves) for path in leaf.paths}
        self._sizes: list[str] = []
        self._fixed: list[str] = []
        self._equal: list[str] = []
        self._leaves: dict[int, str] = {}

    def write(self, document: Mapping[str, Any]) -> list[str]:
        waiting: list[tuple[Any, str, Path]] = [(document, "d", ())]
        for number, (value, name, path) in enumerate(waiting):
            inner = name if name == "d" else f"d{number}"
            if inner != name:
                self._sizes.append(f"{inner} = {name}")
            self._sizes.append(
                f"if type({inner}) is not {type(value).__name__} or len({inner}) != {len(value)}: return None"
            )
            members = value.items() if type(value) is dict else enumerate(value)
            for key, member in members:
                place, expression = (*path, key), f"{inner}[{key!r}]"
                if type(member) in (dict, list) and not self._is_fixed(member, place):
                    waiting.append((member, expression, place))
                else:
                    self._value(member, expression, place)
        read = (f"t{number} = {expression}" for number, expression in self._leaves.items())
        lines = (*self._sizes, *self._fixed, *read, *self._equal)
        return ["try:", *(f"    {line}" for line in lines), "except KeyError: return None"]

    def _is_fixed(self, member: Any, path: Path) -> bool:
        """Say whether a part of the document consists of texts that belong to the shape (types, contexts, what is familiar)."""
        if type(member) is dict:
            return all(self._is_fixed(value, (*path, name)) for name, value in member.items())
        if type(member) is list:
            return all(self._is_fixed(value, (*path, index)) for index, value in enumerate(member))
        return type(member) is str and path not in self._leaf_at

    def _value(self, member: Any, expression: str, path: Path) -> None:
        number = self._leaf_at.get(path)
        if type(member) in (dict, list):
            name = f"K{len(self.shared)}"
            self.shared[name] = deepcopy(member)
            self._fixed.append(f"if {expression} != {name}: return None")
        elif number is None:
            # Equality does for names only: among numbers and booleans it would take 1 for true.
            comparison = "is not" if member is None or type(member) is bool else "!="
            self._fixed.append(f"if {expression} {comparison} {member!r}: return None")
        elif self._leaves.setdefault(number, expression) != expression:
            self._equal.append(f"if {expression} != t{number}: return None")


def _write_bytes(leaves: Sequence[Leaf], analysis: _Analysis) -> list[str]:
    """Write the part that turns raw leaf values (``t0``, ``t1`` ...) into checked bytes (``v0`` ...)."""
    source: list[str] = []
    texts: list[int] = []
    for number, leaf in enumerate(leaves):
        if type(leaf.value) is str:
            texts.append(number)
        elif number in analysis.as_double:
            whole = "" if type(leaf.value) is int else f" or t{number}.is_integer()"
            source.append(f"if type(t{number}) is not {type(leaf.value).__name__}{whole}: return None")
            source.append(f"try: t{number} = double(t{number})")
            source.append("except Error: return None")
        else:
            source.append(f"if type(t{number}) is not int or not -MAX <= t{number} <= MAX: return None")
            source.append(f"t{number} = str(t{number})")
    if 0 < len(texts) < len(leaves):
        source.append(f"if set(map(type, ({_listed('t', texts)}))) != STRINGS: return None")
    order = sorted(range(len(leaves)), key=lambda number: (number not in analysis.as_iri, number))
    if not order:
        return source
    return [
        *source,
        f"texts = ({_listed('t', order)})",
        *(["if set(map(type, texts)) != STRINGS: return None"] if len(texts) == len(leaves) else []),
        "text = '\\0'.join(texts)",
        "if '\\ufffe' in text or '\\uffff' in text: return None",
        "try: data = text.encode()",
        "except UnicodeEncodeError: return None",
        # Each leaf but the last brings one zero of ours: more deletions than that, and something must be escaped.
        f"n = len(data) - len(data.translate(None, TO_ESCAPE)) - {len(order) - 1}",
        "if n:",
        f"    data = escaped(data, n, texts, {len(analysis.as_iri)})",
        "    if data is None: return None",
        *(["if plain(data) is None: return None"] if analysis.as_iri else []),
        f"{_listed('v', order)} = data.split(b'\\0')",
    ]


def _listed(letter: str, numbers: Iterable[int]) -> str:
    return "".join(f"{letter}{number}, " for number in numbers)


def _escaped(data: bytes, n_escapes: int, texts: Sequence[str], n_iris: int) -> bytes | None:
    """Return the leaves, joined by zeros, with what a literal must escape escaped; None if that cannot be.

    An identifier with such a character comes out spoilt as well, and then fails the check of identifiers.
    """
    escaped = data
    for character, escape in _FREQUENT:
        escaped = escaped.replace(character, escape)
    if len(escaped) - len(data) == n_escapes:  # each of these makes it one longer
        return escaped
    escaped = "\0".join((*texts[:n_iris], *map(rdfc.escape, texts[n_iris:]))).encode()
    return escaped if escaped.count(b"\0") == len(texts) - 1 else None


def _function(
    name: str, body: Iterable[str], analysis: _Analysis | None, shared: Mapping[str, object] | None = None
) -> Callable[[Any], Any]:
    n_iris = len(analysis.as_iri) if analysis else 0
    space: dict[str, Any] = {
        "__builtins__": {},
        "STRINGS": {str},
        "LABELS": _LABELS,
        "TO_ESCAPE": _TO_ESCAPE,
        "MAX": jsonld.MAX_INTEGER,
        "plain": re.compile(b"(?:" + _PLAIN_IRI + rb"(?:\0|\Z)){%d}" % n_iris).match,
        "sha256": hashlib.sha256,
        "escaped": _escaped,
        "double": jsonld.exact_double,
        "dumps": orjson.dumps,
        "Error": Error,
        **(shared or {}),
        **{each.__name__: each for each in _BUILTINS},
    }
    text = "\n".join((f"def {name}(d):", *(f"    {line}" for line in body)))
    # The source holds values of the document only as literals made by repr().
    exec(compile(text, f"<{name}>", "exec"), space)  # noqa: S102
    made: Callable[[Any], Any] = space[name]
    return made


_LABELS: Final = tuple(f"_:c14n{number}".encode() for number in range(MAX_LINES))
_BUILTINS: Final = (
    KeyError, TypeError, UnicodeEncodeError, dict, float, int, len, list, map, set, sorted, str, type, zip,
)  # fmt: skip
