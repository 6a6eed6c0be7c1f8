"""The names of documents: a key by the time of its making, a token for the address in the QR code."""

from __future__ import annotations

import base64
import binascii
import os
from datetime import datetime

TOKEN_BYTES = 16


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


def ordered_tokens(n_tokens: int, now: datetime) -> list[bytes]:
    """Return fresh tokens, 16 bytes each: four tell the time of their making, twelve nobody can guess.

    Tokens made together stand together in the index, which a load of a hundred thousand then need not touch everywhere.
    96 bits of chance are more than anybody can try, and the day of its making stands on the certificate.
    """
    moment = (int(now.timestamp()) & 0xFFFFFFFF).to_bytes(4, "big")
    width = TOKEN_BYTES - len(moment)
    chance = os.urandom(width * n_tokens)
    return [moment + chance[at : at + width] for at in range(0, width * n_tokens, width)]


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
