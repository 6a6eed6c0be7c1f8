"""How a call ended: with a value, or with a coded refusal; anything else is a failed test."""

from __future__ import annotations

from collections.abc import Callable

from guildhall.core.errors import Error


def code_of(call: Callable[[], object]) -> str:
    """Return ``""`` where the call returned, the code where it refused; other exceptions pass through."""
    try:
        call()
    except Error as error:
        return error.code
    return ""
