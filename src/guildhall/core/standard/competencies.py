"""The competencies of an edition as a flat list with names of their own, the same on every machine."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from guildhall.core.standard.document import Document, Item

_NAMESPACE: Final = uuid.UUID("b0f6a9c6-3f4e-5f0a-9a58-6f0c0f8a2f31")


class Competency(NamedTuple):
    """One item of an edition. ``level`` is empty for basic requirements, which hold at every level."""

    id: uuid.UUID
    parent: uuid.UUID | None
    level: str
    item: Item


def document_id(document: Document) -> uuid.UUID:
    """Return the name of an edition: what another system gave it, else a UUID by occupation and edition."""
    given = document.content.get("id")
    return uuid.UUID(given) if given else edition_id(document.occupation, document.edition)


def edition_id(occupation: str, edition: str) -> uuid.UUID:
    """Return the name that an edition has by itself."""
    return uuid.uuid5(_NAMESPACE, f"{occupation}|{edition}")


def competencies(document: Document) -> list[Competency]:
    """Return every item of an edition in reading order, those above before those below.

    Shape:  an item's ``id`` is what another system gave it, else a name-based UUID (RFC 9562, version 5) of the occupation,
            edition, level, kind and number.
    """
    found = list(_below(document, "", document.basic, None))
    for level in document.levels:
        found += _below(document, level, document.requirements.get(level, ()), None)
    return found


def _below(document: Document, level: str, items: Sequence[Item], parent: uuid.UUID | None) -> Iterator[Competency]:
    for item in items:
        own = item_id(document, level, item)
        yield Competency(own, parent, level, item)
        yield from _below(document, level, item.items, own)


def item_id(document: Document, level: str, item: Item) -> uuid.UUID:
    """Return the name of an item of an edition."""
    if item.id:
        return uuid.UUID(item.id)
    return uuid.uuid5(document_id(document), f"{level}|{item.kind}|{item.number}")
