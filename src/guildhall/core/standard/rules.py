"""An edition's eligibility as a rules file, so that one engine judges whoever sits."""

from __future__ import annotations

from typing import Any

from guildhall.core.eligibility.rules import FORMAT
from guildhall.core.standard.document import Document


def eligibility_rules(document: Document) -> dict[str, Any] | None:
    """Return the edition's rules as a rules file (docs/formats/eligibility-rules.md), or None where it has none.

    A ``template`` is named, not copied: read the file together with the one that holds it.
    """
    if not document.overview.eligibility:
        return None
    standard: dict[str, Any] = {
        "occupation": document.occupation,
        "edition": document.edition,
        "starts_on": document.in_force_on.isoformat(),
        **document.overview.eligibility,
    }
    if document.ends_on is not None:
        standard["ends_on"] = document.ends_on.isoformat()
    if document.document_no:
        standard["source"] = document.document_no
    return {"format": FORMAT, "name": dict(document.name), "standards": [standard]}
