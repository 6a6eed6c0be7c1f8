"""The one entry for RDFC of a JSON-LD document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guildhall.core.canonical import jsonld, rdfc


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the canonical N-Quads of a JSON-LD document (RDFC-1.0, SHA-256), in UTF-8.

    Raises: every error of ``jsonld.to_quads`` and ``rdfc.canonical_quads``.
    Source: RDFC-1.0; vc-di-eddsa, section 3.2.3.
    """
    return rdfc.canonical_quads(jsonld.to_quads(document)).n_quads.encode("utf-8")
