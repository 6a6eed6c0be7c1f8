"""What may be taken up on the way to a post: trainings, sittings, licences, studies, from ``offers.json`` in the register's home."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from guildhall.core.routes import Offers, read_offers

FILE = "offers.json"


def offers() -> Offers | None:
    """Return what is on offer; None where the operator has laid no file.

    Raises: InvalidOffersError; the errors of ``strict_json.parse``.
    """
    path = Path(settings.HOME) / FILE
    try:
        laid_at = path.stat().st_mtime_ns
    except OSError:
        return None
    return _read(path, laid_at)


@lru_cache(maxsize=4)
def _read(path: Path, _laid_at: int) -> Offers:
    return read_offers(path.read_bytes())
