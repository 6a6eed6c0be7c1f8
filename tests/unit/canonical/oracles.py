"""RDFC-1.0 of JSON-LD documents by other people's processors."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph

from guildhall.core.canonical import contexts


def all_contexts() -> dict[str, Any]:
    """Return every bundled context by its address."""
    return {url: contexts.context(url) for url in contexts.CONTEXTS}


def by_pyoxigraph(document: dict[str, Any]) -> str:
    """Return the canonical N-Quads that pyoxigraph makes of a document (contexts put in place of addresses).

    Raises: SyntaxError, ValueError.
    """
    text = json.dumps(_inlined(document), ensure_ascii=False)
    quads = pyoxigraph.parse(text.encode(), format=pyoxigraph.RdfFormat.JSON_LD)
    dataset = pyoxigraph.Dataset(map(_with_direction_as_datatype, quads))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    written = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS)
    assert written is not None
    # Only "\n" ends a line: str.splitlines would also cut at characters inside literals.
    return "".join(sorted(f"{line}\n" for line in written.decode().split("\n") if line))


def _with_direction_as_datatype(quad: pyoxigraph.Quad) -> pyoxigraph.Quad:
    """Put a text's direction where RDF 1.1 has it: pyoxigraph reads JSON-LD into the directed texts of RDF 1.2."""
    text = quad.object
    if not isinstance(text, pyoxigraph.Literal) or text.direction is None:
        return quad
    way = "ltr" if text.direction == pyoxigraph.BaseDirection.LTR else "rtl"
    datatype = pyoxigraph.NamedNode(f"https://www.w3.org/ns/i18n#{(text.language or '').lower()}_{way}")
    return pyoxigraph.Quad(
        quad.subject, quad.predicate, pyoxigraph.Literal(text.value, datatype=datatype), quad.graph_name
    )


def _inlined(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: [_context(one) for one in (member if isinstance(member, list) else [member])]
            if name == "@context"
            else _inlined(member)
            for name, member in value.items()
        }
    return [_inlined(one) for one in value] if isinstance(value, list) else value


def _context(one: Any) -> Any:
    return contexts.context(one)["@context"] if isinstance(one, str) else one
