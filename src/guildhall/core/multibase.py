"""Bytes as text: base58btc and base64url without padding, each under its multibase letter.

Decoding is strict: one text for one byte string, so that a changed character can never mean the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import re

from guildhall.core.errors import MalformedError

_ALPHABET = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE = 58
_NO_DIGIT = 255
_VALUES = bytes(_ALPHABET.index(letter) if letter in _ALPHABET else _NO_DIGIT for letter in range(256))
_LETTERS = _ALPHABET.ljust(256, b"?")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")

BASE58BTC = "z"
BASE64URL = "u"


class MalformedMultibaseError(MalformedError):
    """Text that is not the multibase encoding it should be."""

    code = "malformed_multibase"


# Signatures are written and read in base58 by the hundred thousand, and digit by digit that costs a good part of a
# signature. So a whole number serves as a row of lanes of equal width, and one multiplication works in all lanes at once.


def _lanes(width: int, n_lanes: int, value: int) -> int:
    """Return ``value`` in each of ``n_lanes`` lanes of ``width`` bits."""
    return sum(value << (width * lane) for lane in range(n_lanes))


_READ_AT_ONCE = 128  # digits
_READ_BASE = _BASE**_READ_AT_ONCE


def _read_steps() -> list[tuple[int, int, int]]:
    """Return, from one digit of 8 bits a lane to one lane with all: mask of each second lane, their width, their base."""
    return [(_lanes(16 << n, 64 >> n, (1 << (8 << n)) - 1), 8 << n, _BASE ** (1 << n)) for n in range(7)]


_READ_STEPS = _read_steps()

_WRITTEN_AT_ONCE = 96  # digits: more than the 88 of an Ed25519 signature, in six lanes of 16
_WRITTEN_BASE = _BASE**_WRITTEN_AT_ONCE
_48, _32, _16 = _BASE**48, _BASE**32, _BASE**16


def _write_steps() -> list[tuple[int, int, int, int]]:
    """Return, from lanes of 16 digits to lanes of one: factor, shift and mask of the upper half's digits, and what moves it.

    Division by a constant is multiplication by its reciprocal, ``factor / 2**shift``: exact for every value of a lane if
    the factor's rounding, times the largest value, stays below ``2**shift``. A lane has 16 bits for each of its digits, so
    that the product has room, and the quotient is not reached by what the shift brings down from the next lane.
    """
    steps = []
    for n_digits in (16, 8, 4, 2):
        width, half = 16 * n_digits, _BASE ** (n_digits // 2)
        shift = next(n for n in range(width) if (-(1 << n) % half) * (half * half - 1) < 1 << n)
        factor = -(-(1 << shift) // half)
        assert (half * half - 1) * factor < 1 << width
        assert width - shift >= half.bit_length()
        mask = _lanes(width, _WRITTEN_AT_ONCE // n_digits, (1 << half.bit_length()) - 1)
        steps.append((factor, shift, mask, (1 << (width // 2)) - half))
    return steps


_WRITE_STEPS = _write_steps()


def base58btc(raw: bytes) -> str:
    """Return ``raw`` in base58btc, without the multibase letter.

    Shape:  any length; leading zero bytes become leading ``1``.
    Source: draft-msporny-base58-03.
    """
    number = int.from_bytes(raw, "big")
    parts: list[bytes] = []
    while number:
        number, group = divmod(number, _WRITTEN_BASE)
        parts.append(_written(group))
    parts.reverse()
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + b"".join(parts).lstrip(b"1").decode()


def _written(group: int) -> bytes:
    """Return the 96 digits of a number below 58**96."""
    high, low = divmod(group, _48)
    lane5, high = divmod(high, _32)
    lane4, lane3 = divmod(high, _16)
    lane2, low = divmod(low, _32)
    lane1, lane0 = divmod(low, _16)
    lanes = lane0 | lane1 << 256 | lane2 << 512 | lane3 << 768 | lane4 << 1024 | lane5 << 1280
    for factor, shift, mask, moved in _WRITE_STEPS:
        lanes += (lanes * factor >> shift & mask) * moved
    return lanes.to_bytes(2 * _WRITTEN_AT_ONCE, "big")[1::2].translate(_LETTERS)


def from_base58btc(text: str, *, max_length: int = 512) -> bytes:
    """Return the bytes that ``text`` encodes in base58btc (no multibase letter).

    Shape:  at most ``max_length`` characters: the work grows with the square of the length.
    Raises: MalformedMultibaseError.
    Source: draft-msporny-base58-03.
    """
    if len(text) > max_length:
        raise MalformedMultibaseError("the base58 text is longer than allowed", max_length=max_length)
    digits = text.encode("ascii", "replace").translate(_VALUES)
    if _NO_DIGIT in digits:
        raise MalformedMultibaseError("the text holds a character outside the base58btc alphabet")
    number = 0
    for end in range(len(digits) % _READ_AT_ONCE, len(digits) + 1, _READ_AT_ONCE):
        lanes = int.from_bytes(digits[max(0, end - _READ_AT_ONCE) : end], "big")
        for mask, width, base in _READ_STEPS:
            lanes = (lanes & mask) + (lanes >> width & mask) * base
        number = number * _READ_BASE + lanes
    n_zeros = len(digits) - len(digits.lstrip(b"\0"))
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
