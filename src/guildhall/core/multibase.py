"""Bytes as text: base58btc and base64url without padding, each under its multibase letter.

Decoding is strict: one text for one byte string, so that a changed character can never mean the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import re

from guildhall.core.errors import MalformedError

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE = 58
_CHUNK = 10  # 58**10 < 2**64: the inner loop stays in machine words
_CHUNK_BASE = _BASE**_CHUNK
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_PAIR_VALUE = {pair: value for value, pair in enumerate(_PAIRS)}
_PAIR_BASE = _BASE * _BASE
_ONE_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")

BASE58BTC = "z"
BASE64URL = "u"


class MalformedMultibaseError(MalformedError):
    """Text that is not the multibase encoding it should be."""

    code = "malformed_multibase"


def base58btc(raw: bytes) -> str:
    """Return ``raw`` in base58btc, without the multibase letter.

    Shape:  any length; leading zero bytes become leading ``1``.
    Source: draft-msporny-base58-03.
    """
    number = int.from_bytes(raw, "big")
    parts: list[str] = []
    while number:
        number, chunk = divmod(number, _CHUNK_BASE)
        for _ in range(_CHUNK // 2):
            chunk, pair = divmod(chunk, _PAIR_BASE)
            parts.append(_PAIRS[pair])
    parts.reverse()
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + "".join(parts).lstrip("1")


def from_base58btc(text: str, *, max_length: int = 512) -> bytes:
    """Return the bytes that ``text`` encodes in base58btc (no multibase letter).

    Shape:  at most ``max_length`` characters: the work grows with the square of the length.
    Raises: MalformedMultibaseError.
    Source: draft-msporny-base58-03.
    """
    if len(text) > max_length:
        raise MalformedMultibaseError("the base58 text is longer than allowed", max_length=max_length)
    number = 0
    even = len(text) & ~1
    try:
        for i in range(0, even, 2):
            number = number * _PAIR_BASE + _PAIR_VALUE[text[i : i + 2]]
        if even != len(text):
            number = number * _BASE + _ONE_VALUE[text[-1]]
    except KeyError:
        raise MalformedMultibaseError("the text holds a character outside the base58btc alphabet") from None
    n_zeros = len(text) - len(text.lstrip("1"))
    return bytes(n_zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def base64url(raw: bytes) -> str:
    """Return ``raw`` in base64url without padding.

    Source: RFC 4648, section 5.
    """
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Return the bytes that ``text`` encodes in base64url without padding.

    Shape:  alphabet ``A-Z a-z 0-9 - _``; no ``=``; the unused low bits of the last character are zero.
    Raises: MalformedMultibaseError.
    Source: RFC 4648, sections 3.5 and 5.
    """
    if not _BASE64URL.match(text):
        raise MalformedMultibaseError("the text holds padding or a character outside the base64url alphabet")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise MalformedMultibaseError("the text is not base64url: its length is impossible") from None
    # Only the last group can hide bits; comparing it alone keeps long lists cheap.
    tail = len(text) % 4
    if tail and not text.endswith(base64url(raw[-(tail - 1) :])):
        raise MalformedMultibaseError("the text is not base64url: bits beyond the last byte are set")
    return raw


def encode(raw: bytes, base: str = BASE58BTC) -> str:
    """Return ``raw`` as multibase text: ``z`` base58btc or ``u`` base64url without padding.

    Source: Controlled Identifiers 1.0, section 2.4.
    """
    return base + (base58btc(raw) if base == BASE58BTC else base64url(raw))


def decode(text: str, *, bases: str = BASE58BTC + BASE64URL, max_length: int = 512) -> bytes:
    """Return the bytes of a multibase text whose first letter is one of ``bases``.

    Shape:  at most ``max_length`` characters behind the letter.
    Raises: MalformedMultibaseError.
    Source: Controlled Identifiers 1.0, section 2.4.
    """
    base = text[:1]
    if not base or base not in bases:
        raise MalformedMultibaseError("the multibase letter is not one that is allowed here", allowed=bases)
    if len(text) > max_length + 1:
        raise MalformedMultibaseError("the multibase text is longer than allowed", max_length=max_length)
    return from_base58btc(text[1:], max_length=max_length) if base == BASE58BTC else from_base64url(text[1:])
