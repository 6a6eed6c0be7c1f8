"""The keys of awards: a certificate's number decides its row, before there is one."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://guildhall.example/ns/award")
"""Award keys are version 5 UUIDs of ``<scheme>:<number>`` in this namespace."""

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def award_ids(scheme: str, numbers: Iterable[str]) -> list[str]:
    """Return the keys of awards, as 32 hex digits, in the order of ``numbers``.

    Source: RFC 9562, section 5.5 (UUID version 5).
    """
    seed = NAMESPACE.bytes + scheme.encode() + b":"
    variant, sha1 = _VARIANT, hashlib.sha1
    ids = []
    for number in numbers:
        digest = sha1(seed + number.encode(), usedforsecurity=False).hexdigest()
        ids.append(f"{digest[:12]}5{digest[13:16]}{variant[digest[16]]}{digest[17:32]}")
    return ids


def award_ids_of(schemes: Sequence[str], numbers: Sequence[str]) -> list[str]:
    """Return the keys of awards of several schemes, as ``award_ids`` does."""
    if len(set(schemes)) == 1:
        return award_ids(schemes[0], numbers)
    return [award_ids(scheme, [number])[0] for scheme, number in zip(schemes, numbers, strict=True)]


def award_id(scheme: str, number: str) -> uuid.UUID:
    """Return the key of one award."""
    return uuid.UUID(hex=award_ids(scheme, [number])[0])
