"""RDF Dataset Canonicalization (RDFC-1.0): one byte string for one set of quads, whatever the labels.

A quad is four N-Quads terms ``(subject, predicate, object, graph)`` in canonical form, the graph ``""``
for the default graph; a blank node is a term that begins with ``_:``. Terms are made by ``iri``,
``literal`` and ``parse_nquads``.

Hostile datasets ("poison graphs") can make the algorithm try factorially many orders. Work is
therefore *counted*, not timed: the same dataset is refused on every machine or on none.

What this module does *not* do: it knows no JSON-LD, and it does not judge IRIs beyond the grammar.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import Any, Final, Literal, TypeAlias

from guildhall.core.errors import Error

Quad: TypeAlias = tuple[str, str, str, str]
HashName: TypeAlias = Literal["sha256", "sha384"]

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
MAX_WORK: Final = 20_000
MAX_WORK_DEPTH: Final = 128

_HASHES: Final[Mapping[str, Callable[..., Any]]] = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}
_POSITIONS: Final = (("s", 0), ("o", 2), ("g", 3))


class WorkLimitError(Error):
    """The dataset needs more work than anybody's honest data does: it is refused."""

    code = "work_limit"


class MalformedQuadsError(Error):
    """The text is not N-Quads."""

    code = "malformed_nquads"


@dataclass(frozen=True, slots=True)
class Canonical:
    """A canonicalized dataset: its N-Quads text and which label each blank node was given."""

    n_quads: str
    labels: Mapping[str, str]


# --- terms -----------------------------------------------------------------------------------------

_ESCAPES: Final = {
    **{code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F, 0xFFFE, 0xFFFF)},
    0x08: "\\b",
    0x09: "\\t",
    0x0A: "\\n",
    0x0C: "\\f",
    0x0D: "\\r",
    0x22: '\\"',
    0x5C: "\\\\",
}
_NEEDS_ESCAPE: Final = re.compile(r'[\x00-\x1f"\\\x7f\ufffe\uffff]')


def escape(text: str) -> str:
    """Return text as it stands between the quotation marks of a canonical literal.

    Source: RDFC-1.0, appendix A (ECHAR for seven characters; UCHAR for other controls, DEL and what is
            no XML 1.1 character; everything else itself).
    """
    return text.translate(_ESCAPES) if _NEEDS_ESCAPE.search(text) else text


def iri(text: str) -> str:
    """Return an IRI as an N-Quads term (the caller has checked that it is one)."""
    return f"<{text}>"


def literal(lexical: str, datatype: str = "", language: str = "") -> str:
    """Return a literal as a canonical N-Quads term.

    Shape:  ``datatype`` an absolute IRI, empty for a plain string; ``language`` a tag or empty.
    Source: RDFC-1.0, appendix A.
    """
    if language:
        return f'"{escape(lexical)}"@{language}'
    if datatype and datatype != XSD + "string":
        return f'"{escape(lexical)}"^^<{datatype}>'
    return f'"{escape(lexical)}"'


# --- the algorithm ---------------------------------------------------------------------------------


def canonical_quads(quads: Iterable[Quad], *, hash_name: HashName = "sha256", max_work: int = MAX_WORK) -> Canonical:
    """Return the canonical form of a dataset.

    Shape:  quads of canonical terms; duplicates count once (a dataset is a set).
    Units:  ``max_work`` counts calls of Hash N-Degree Quads, and the orders and nodes tried inside them.
    Raises: WorkLimitError when the dataset needs more than that.
    Source: RDFC-1.0, section 4.4.3.
    """
    dataset = dict.fromkeys(quads)  # a set that keeps its order: the work counted must not vary from run to run
    quads_of: dict[str, list[Quad]] = {}
    for quad in dataset:
        for node in dict.fromkeys(term for term in (quad[0], quad[2], quad[3]) if term.startswith("_:")):
            quads_of.setdefault(node, []).append(quad)
    labels = _Labelling(quads_of, _HASHES[hash_name], max_work).labels() if quads_of else {}
    if labels:
        named = labels.get
        lines = [
            f"{named(s, s)} {p} {named(o, o)} {named(g, g)} .\n" if g else f"{named(s, s)} {p} {named(o, o)} .\n"
            for s, p, o, g in dataset
        ]
    else:
        lines = [line(quad) for quad in dataset]
    lines.sort()
    return Canonical("".join(lines), labels)


def line(quad: Quad) -> str:
    """Return a quad as one line of canonical N-Quads, newline included."""
    s, p, o, g = quad
    return f"{s} {p} {o} {g} .\n" if g else f"{s} {p} {o} .\n"


_Issued: TypeAlias = dict[str, str]  # blank node -> label, in order of issue


class _Labelling:
    """One run of the algorithm: its maps and its account of work."""

    def __init__(self, quads_of: Mapping[str, list[Quad]], new_hash: Callable[..., Any], max_work: int) -> None:
        self._quads_of = quads_of
        self._new_hash = new_hash
        self._max_work = max_work
        self._work = 0
        self._canonical: _Issued = {}
        self._first_degree: dict[str, str] = {}

    def labels(self) -> _Issued:
        """Issue a canonical label to every blank node (steps 3 to 5)."""
        by_hash: dict[str, list[str]] = {}
        for node in self._quads_of:
            by_hash.setdefault(self._hash_first_degree(node), []).append(node)
        for _, nodes in sorted(by_hash.items()):
            if len(nodes) == 1:
                _issue(self._canonical, "_:c14n", nodes[0])
        for _, nodes in sorted(by_hash.items()):
            if len(nodes) > 1:
                self._label_alike(nodes)
        return self._canonical

    def _label_alike(self, nodes: list[str]) -> None:
        """Label nodes whose first-degree hashes collide (step 5)."""
        paths: list[tuple[str, _Issued]] = []
        for node in nodes:
            if node not in self._canonical:
                issued: _Issued = {}
                _issue(issued, "_:b", node)
                paths.append(self._hash_n_degree(node, issued, 0))
        for _, issued in sorted(paths, key=lambda path: path[0]):
            for node in issued:
                _issue(self._canonical, "_:c14n", node)

    def _hash_first_degree(self, node: str) -> str:
        """Hash First Degree Quads (section 4.6.3)."""
        known = self._first_degree.get(node)
        if known is not None:
            return known
        lines = sorted(line(_anonymous(quad, node)) for quad in self._quads_of[node])
        digest: str = self._new_hash("".join(lines).encode()).hexdigest()
        self._first_degree[node] = digest
        return digest

    def _hash_related(self, related: str, quad: Quad, issued: _Issued, position: str) -> str:
        """Hash Related Blank Node (section 4.7.3)."""
        name = self._canonical.get(related) or issued.get(related) or self._hash_first_degree(related)
        predicate = "" if position == "g" else quad[1]
        digest: str = self._new_hash(f"{position}{predicate}{name}".encode()).hexdigest()
        return digest

    def _hash_n_degree(self, node: str, issued: _Issued, depth: int) -> tuple[str, _Issued]:
        """Hash N-Degree Quads (section 4.8.3): a hash, and the labels issued on the path to it."""
        if depth > MAX_WORK_DEPTH:
            self._refuse()
        self._spend(1)
        to_hash: list[str] = []
        for related_hash, related in sorted(self._related(node, issued).items()):
            path, issued = self._shortest_path(related, issued, depth)
            to_hash.append(related_hash)
            to_hash.append(path)
        return self._new_hash("".join(to_hash).encode()).hexdigest(), issued

    def _related(self, node: str, issued: _Issued) -> dict[str, list[str]]:
        """Group the blank nodes beside this one by the hash that describes the relation (step 3)."""
        groups: dict[str, list[str]] = {}
        for quad in self._quads_of[node]:
            for position, place in _POSITIONS:
                other = quad[place]
                if other != node and other.startswith("_:"):
                    self._spend(1)
                    groups.setdefault(self._hash_related(other, quad, issued, position), []).append(other)
        return groups

    def _shortest_path(self, related: list[str], issued: _Issued, depth: int) -> tuple[str, _Issued]:
        """Try every order of the related nodes and keep the least path (step 5.4)."""
        chosen = ""
        chosen_issued = issued
        for order in permutations(related):
            self._spend(len(order))
            found = self._path(order, dict(issued), chosen, depth)
            if found is not None and (not chosen or found[0] < chosen):
                chosen, chosen_issued = found
        return chosen, chosen_issued

    def _path(self, order: tuple[str, ...], issued: _Issued, chosen: str, depth: int) -> tuple[str, _Issued] | None:
        """Follow one order; None as soon as the path cannot become the least (steps 5.4.1 to 5.4.5)."""
        path = ""
        unvisited: list[str] = []
        for other in order:
            label = self._canonical.get(other)
            if label is None:
                if other not in issued:
                    unvisited.append(other)
                label = _issue(issued, "_:b", other)
            path += label
            if chosen and len(path) >= len(chosen) and path > chosen:
                return None
        for other in unvisited:
            digest, after = self._hash_n_degree(other, issued, depth + 1)
            path += f"{_issue(issued, '_:b', other)}<{digest}>"
            issued = after
            if chosen and len(path) >= len(chosen) and path > chosen:
                return None
        return path, issued

    def _spend(self, n: int) -> None:
        self._work += n
        if self._work > self._max_work:
            self._refuse()

    def _refuse(self) -> None:
        raise WorkLimitError(
            "The blank nodes of the dataset can be told apart only by more work than is allowed.",
            limit=self._max_work,
        )


def _issue(issued: _Issued, prefix: str, node: str) -> str:
    """Issue Identifier (section 4.5.2)."""
    label = issued.get(node)
    if label is None:
        label = issued[node] = f"{prefix}{len(issued)}"
    return label


def _anonymous(quad: Quad, node: str) -> Quad:
    s, p, o, g = (("_:a" if term == node else "_:z") if term.startswith("_:") else term for term in quad)
    return s, p, o, g


# --- N-Quads ---------------------------------------------------------------------------------------

_HEX = "[0-9A-Fa-f]"
_UCHAR = rf"\\u{_HEX}{{4}}|\\U{_HEX}{{8}}"
_IRI = rf'<(?:[^\x00-\x20<>"{{}}|^`\\]|{_UCHAR})*>'
_BASE_CHARS = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NODE_FIRST = f"[{_BASE_CHARS}_:0-9]"
_NODE_CHARS = f"{_BASE_CHARS}_:0-9\\-\u00b7\u0300-\u036f\u203f-\u2040"
_NODE = f"_:{_NODE_FIRST}(?:[{_NODE_CHARS}.]*[{_NODE_CHARS}])?"
_STRING = rf'"(?:[^"\\\n\r]|\\[tbnrf"\'\\]|{_UCHAR})*"'
_TAG = "[A-Za-z]+(?:-[A-Za-z0-9]+)*"
_WS = r"[ \t]*"
_STATEMENT: Final = (
    rf"{_WS}(?P<s>{_IRI}|{_NODE}){_WS}(?P<p>{_IRI}){_WS}"
    rf"(?:(?P<o>{_IRI}|{_NODE})|(?P<text>{_STRING})(?:\^\^(?P<type>{_IRI})|@(?P<tag>{_TAG}))?){_WS}"
    rf"(?P<g>{_IRI}|{_NODE})?{_WS}\.{_WS}(?:\#.*)?"
)
_BLANK_LINE: Final = re.compile(rf"{_WS}(?:\#.*)?")
_ESCAPED: Final = re.compile(rf"{_UCHAR}|\\[tbnrf\"'\\]")
_SIMPLE: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ABSOLUTE: Final = re.compile(r'[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>"{}|^`\\]*')


@cache
def _statement() -> re.Pattern[str]:
    """Return the grammar of a statement, compiled on first use: that takes longer than all else in this module."""
    return re.compile(_STATEMENT)


def parse_nquads(data: bytes) -> list[Quad]:
    """Return the quads of an N-Quads document, their terms in canonical form.

    Shape:  UTF-8 text, one statement on a line; comments and empty lines are skipped.
    Raises: MalformedQuadsError with the number of the first line that is not N-Quads.
    Source: RDF 1.1 N-Quads, section 7 (grammar).
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedQuadsError("The text is not UTF-8.", line=0) from None
    quads: list[Quad] = []
    for number, row in enumerate(re.split(r"[\n\r]+", text), start=1):
        match = _statement().fullmatch(row)
        if match:
            try:
                quads.append(_quad(match))
            except ValueError:
                raise MalformedQuadsError(f"Statement {number} has an impossible character.", line=number) from None
        elif not _BLANK_LINE.fullmatch(row):
            raise MalformedQuadsError(f"Statement {number} is not N-Quads.", line=number)
    return quads


def _quad(match: re.Match[str]) -> Quad:
    text = match["text"]
    if text is None:
        obj = _resource(match["o"])
    else:
        datatype = _resource(match["type"])[1:-1] if match["type"] else ""
        obj = literal(_unescape(text[1:-1]), datatype, match["tag"] or "")
    return _resource(match["s"]), _resource(match["p"]), obj, _resource(match["g"]) if match["g"] else ""


def _resource(term: str) -> str:
    if term.startswith("_:"):
        return term
    text = _unescape(term[1:-1])
    if not _ABSOLUTE.fullmatch(text):
        raise ValueError(text)
    return f"<{text}>"


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _ESCAPED.sub(lambda m: _SIMPLE.get(m[0][1]) or chr(int(m[0][2:], 16)), text)  # noqa: FURB166 - no 0x here
    plain.encode("utf-8")  # a lone surrogate written as \uD800 is no character
    return plain
