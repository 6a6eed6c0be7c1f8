"""Whether a reader of JSON finds in a document what its signature is over.

A signature of an rdfc suite covers statements, not the text that writes them down. The same statements can be written in
many ways: under the absolute address of a term, under another name that a context of the document's own gives to it, within
``@nest`` or ``@included``, at another node of the same id. Every such text verifies. Who then reads the members of the
JSON would find no ``credentialStatus`` and no ``validUntil`` in a certificate that is revoked and has run out.

So what a verifier reads by its name is read a second time, from the statements themselves, and both must say the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from guildhall.core import data_model, statuslist
from guildhall.core.canonical import rdfc, shapes
from guildhall.core.canonical.rdfc import Quad, iri
from guildhall.core.errors import Error

_CREDENTIALS = "https://www.w3.org/2018/credentials#"
_STATUS = "https://www.w3.org/ns/credentials/status#"
_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_ENTRY_MEMBERS = ("statusPurpose", "statusListIndex", "statusListCredential", "statusSize")

Entry = tuple[frozenset[str], ...]


class MeaningDiffersError(Error):
    """The document's members do not say what its signed statements say."""

    code = "meaning_differs"


def check(document: Mapping[str, Any], kind: data_model.Kind) -> None:
    """Do nothing if issuer or holder, period, status and number of credentials stand in the JSON as they are signed.

    Shape:  a credential or presentation that obeys the data model, with or without its proof.
    Raises: MeaningDiffersError with the ``member``; what ``shapes.canonical`` raises.
    Source: Data Integrity 1.0, section 2.4.1 (context validation); VC Data Model 2.0, section 7.1.
    """
    # The statements as they are signed; compiled shapes give them in a twentieth of the time that JSON-LD takes.
    signed = shapes.canonical({name: member for name, member in document.items() if name != "proof"})
    said = _Said(rdfc.parse_nquads(signed))
    node = _node_of(document, kind, said)
    if kind == "presentation":
        _same("holder", said.of(node, _CREDENTIALS + "holder"), _texts([data_model.holder_of(document)]))
        n_credentials = len(said.nodes(node, _CREDENTIALS + "verifiableCredential"))
        _same("verifiableCredential", n_credentials, len(_listed(document.get("verifiableCredential"))))
        return
    _same("issuer", said.of(node, _CREDENTIALS + "issuer"), _texts([data_model.issuer_of(document)]))
    for name in data_model.period_of(document):
        _same(name, said.of(node, _CREDENTIALS + name), _texts([document.get(name)]))
    _check_status(document, node, said)


def has_own_context(document: Mapping[str, Any]) -> bool:
    """Tell whether a document brings contexts that nobody has published, or changes contexts on the way down.

    What such words mean only a JSON-LD processor can tell: who reads the JSON should be warned.

    Source: Data Integrity 1.0, section 2.4.1 (context validation).
    """
    used = document.get("@context")
    return any(not isinstance(one, str) for one in _listed(used)) or any(
        _holds_context(member) for name, member in document.items() if name not in {"@context", "proof"}
    )


def _holds_context(value: object) -> bool:
    if isinstance(value, Mapping):
        return "@context" in value or any(_holds_context(member) for member in value.values())
    return isinstance(value, list) and any(_holds_context(item) for item in value)


class _Said:
    """The statements of a document's default graph."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._objects: dict[tuple[str, str], set[str]] = defaultdict(set)
        for subject, predicate, value, graph in quads:
            if not graph:
                self._objects[subject, predicate].add(value)

    def nodes(self, subject: str, predicate: str) -> set[str]:
        return self._objects.get((subject, iri(predicate)), set())

    def of(self, subject: str, predicate: str) -> frozenset[str]:
        """Return the values without their quotes, brackets and datatypes."""
        return frozenset(_bare(term) for term in self.nodes(subject, predicate))

    def of_type(self, kind: str) -> list[str]:
        return [s for (s, predicate), values in self._objects.items() if predicate == _TYPE and iri(kind) in values]


def _bare(term: str) -> str:
    # What is compared holds no character that N-Quads escapes; were there one, the two readings would differ: refused.
    return term[1 : term.rindex('"')] if term[0] == '"' else term.strip("<>")


def _node_of(document: Mapping[str, Any], kind: data_model.Kind, said: _Said) -> str:
    if "id" in document:
        return iri(document["id"])
    found = said.of_type(
        _CREDENTIALS + ("VerifiablePresentation" if kind == "presentation" else "VerifiableCredential")
    )
    if len(found) != 1:
        raise MeaningDiffersError("the document has no id, and not one node of its type", member="id")
    return found[0]


def _check_status(document: Mapping[str, Any], node: str, said: _Said) -> None:
    listed = [entry for entry in _listed(document.get("credentialStatus")) if isinstance(entry, Mapping)]
    read = statuslist.entries_of(document)
    kinds = iri(_STATUS + statuslist.ENTRY_TYPE)
    nodes = said.nodes(node, _CREDENTIALS + "credentialStatus")
    asked = {n for n in nodes if kinds in said.nodes(n, _TYPE[1:-1])}
    signed = {tuple(said.of(n, _STATUS + name) for name in _ENTRY_MEMBERS) for n in asked}
    _same("credentialStatus", signed, {_entry(entry) for entry in read})
    others = [entry for entry in listed if not any(entry is one for one in read)]
    named = {entry["id"] for entry in others if "id" in entry}
    _same("credentialStatus", len(nodes - asked), len(named) + sum("id" not in entry for entry in others))


def _entry(entry: Mapping[str, Any]) -> Entry:
    return tuple(_texts([entry.get(name)]) for name in _ENTRY_MEMBERS)


def _texts(values: Iterable[object]) -> frozenset[str]:
    return frozenset(str(value) for value in values if value not in (None, ""))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _same(member: str, signed: object, written: object) -> None:
    if signed != written:
        raise MeaningDiffersError(f"the document's {member} is not what its signed statements say", member=member)
