"""Amounts of credit: decimals of two places, reckoned as whole hundredths, never as floats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from guildhall.core.reading import Reading

SHAPE: Final = r"(0|[1-9][0-9]{0,3})(\.[0-9]{1,2})?"
"""What an amount looks like in a file: not negative, below 10,000, at most two places."""

HUNDRED: Final = 100
_AMOUNT: Final = re.compile(SHAPE, re.ASCII)


def amount(text: str) -> int | None:
    """Return the hundredths that a text says, or None where it is no amount."""
    if not _AMOUNT.fullmatch(text):
        return None
    whole, _, part = text.partition(".")
    return int(whole) * HUNDRED + int(part.ljust(2, "0"))


def hundredths(value: Decimal) -> int:
    """Return a decimal of at most two places in hundredths."""
    return int(value * HUNDRED)


def amount_text(value: int) -> str:
    """Return hundredths as people write them, without idle zeros: ``4.5``."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole, part = divmod(value, HUNDRED)
    return f"{sign}{whole}.{part:02}".rstrip("0").rstrip(".")


def read_amount(reading: Reading, members: Mapping[str, Any], name: str, path: str) -> int | None:
    """Return an amount member in hundredths, None where it is absent or null; another thing is noted as a problem."""
    value = members.get(name)
    if value is None:
        return None
    found = amount(value) if isinstance(value, str) else None
    if found is None:
        reading.note(f"{path}.{name}", 'a decimal number in quotes is needed, like "4.5", from 0 to 9999.99')
    return found
