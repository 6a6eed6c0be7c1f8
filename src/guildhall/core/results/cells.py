"""What a reader hands over for a cell: its text, and whether the spreadsheet held something else than text.

The text is what the cell showed, or would show: the fields judge it, and it goes back unchanged into the file of
corrections. Cells of delimited text are always plain ``str``.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

EXACT_DIGITS = 15
"""A spreadsheet keeps this many digits of a number; the rest become zeros."""


class NumberCell(str):
    """A cell that held a number: as Excel shows it, in scientific notation from sixteen digits on."""

    __slots__ = ()


class DateCell(str):
    """A cell that held a number formatted as a date: ``YYYY-MM-DD``, with ``HH:MM:SS`` if there was a time."""

    __slots__ = ()


class ErrorCell(str):
    """A cell that held the error of a formula, such as ``#REF!``."""

    __slots__ = ()


def number_cell(raw: str) -> str:
    """Return the cell of a stored number, written as a person would.

    Shape:  ``raw`` as stored, perhaps ``80.099999999999994``; plain text comes back if it is no number.
    """
    try:
        number = float(raw)
    except ValueError:
        return raw
    if number != number or abs(number) >= 10**EXACT_DIGITS:  # noqa: PLR0124 - only NaN differs from itself
        return NumberCell(f"{number:.5E}")
    return NumberCell(int(number) if number.is_integer() else repr(number))


def date_of_serial(serial: float, *, from_1904: bool) -> datetime | None:
    """Return the date and time of a serial number, None if it is none.

    Excel's calendar of 1900 has a 29 February that never was, so day 60 is refused and the days before it shift.

    Source: ECMA-376 part 1, 18.17.4.1.
    """
    if not 0 <= serial < 2_958_466:
        return None
    if from_1904:
        start = datetime(1904, 1, 1)  # noqa: DTZ001 - a spreadsheet's date has no zone
    elif 60 <= serial < 61:
        return None
    else:
        start = datetime(1899, 12, 30 if serial > 60 else 31)  # noqa: DTZ001
    try:
        return start + timedelta(seconds=round(serial * 86_400))
    except OverflowError:
        return None


def date_cell(raw: str, *, from_1904: bool) -> str:
    """Return the cell of a stored number that is formatted as a date; a number cell if no date has that number."""
    try:
        moment = date_of_serial(float(raw), from_1904=from_1904)
    except ValueError:
        moment = None
    if moment is None:
        return number_cell(raw)
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return DateCell(date(moment.year, moment.month, moment.day).isoformat())
    return DateCell(moment.isoformat(sep=" "))
