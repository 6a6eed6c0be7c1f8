"""Where the shared reference data and test vectors lie, if they are present beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

_CANDIDATE = Path(__file__).resolve().parents[2] / "shared"
SHARED: Path | None = _CANDIDATE if _CANDIDATE.is_dir() else None

needs_shared = pytest.mark.skipif(SHARED is None, reason="the shared vectors and data do not lie beside this checkout")


def shared(*parts: str) -> Path:
    """Return a path below the shared folder (call only in tests marked ``needs_shared``)."""
    assert SHARED is not None
    return SHARED.joinpath(*parts)
