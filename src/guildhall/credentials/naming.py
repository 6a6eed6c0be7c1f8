"""The names of rows: an award by its number, an instance by the time of its making, a document by its token."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import uuid
from collections.abc import Iterable
from datetime import datetime

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://guildhall.example/ns/award")
"""Award keys are version 5 UUIDs of ``<scheme>:<number>`` in this namespace."""

TOKEN_BYTES = 16
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


def award_id(scheme: str, number: str) -> uuid.UUID:
    """Return the key of one award."""
    return uuid.UUID(hex=award_ids(scheme, [number])[0])


def ordered_ids(n_ids: int, now: datetime) -> list[str]:
    """Return fresh keys, as 32 hex digits, that sort by the time of their making and then as they stand here.

    Source: RFC 9562, section 5.7 (UUID version 7) with a counter in rand_a and the head of rand_b (section 6.2, method 1).
    """
    moment = f"{int(now.timestamp() * 1000) & (1 << 48) - 1:012x}"
    chance = os.urandom(6 * n_ids).hex()
    ids = []
    for count in range(n_ids):
        # 12 bits of the counter, two bits of the variant, 14 bits more of the counter.
        low = 0x8000 | count & 0x3FFF
        ids.append(f"{moment}7{count >> 14 & 0xFFF:03x}{low:04x}{chance[12 * count : 12 * count + 12]}")
    return ids


def token_text(token: bytes) -> str:
    """Return a token as it stands in addresses: 22 characters."""
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def token_of(text: str) -> bytes | None:
    """Return the token that an address names; None if it names none (one spelling only)."""
    try:
        token = base64.b64decode(text.encode("ascii") + b"==", altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return token if len(token) == TOKEN_BYTES and token_text(token) == text else None
