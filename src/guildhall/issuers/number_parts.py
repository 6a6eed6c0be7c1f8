"""The parts of a certificate number that are an issuer's own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from guildhall.core.codes.answer import MalformedCodeError
from guildhall.core.codes.certificate_number import LAYOUTS
from guildhall.core.codes.certificate_number import format as formatted
from guildhall.core.errors import MalformedError

# What the award adds, once in every length and kind that a layout asks for.
_LEVELS, _SERIALS = ("5", "T"), ("00001", "000001")


class InvalidNumberPartsError(MalformedError):
    """The issuer's own parts make no certificate number of that layout."""

    code = "invalid_number_parts"


def check_parts(layout: str, own: Mapping[str, str]) -> None:
    """Pass if the parts make numbers of that layout once year, level and serial are added.

    Shape:  ``own`` by name as in ``core.codes.certificate_number``. Layout D has no parts that are known.
    Raises: InvalidNumberPartsError.
    """
    make: Any = LAYOUTS[layout].parts if layout in LAYOUTS else None
    for level in _LEVELS:
        for serial in _SERIALS:
            with suppress(TypeError, MalformedCodeError):
                formatted(make(**own, year="26", level=level, serial=serial))
                return
    raise InvalidNumberPartsError(f"these parts make no number of layout {layout}", layout=layout, parts=sorted(own))
