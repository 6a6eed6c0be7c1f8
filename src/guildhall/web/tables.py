"""Tables for programs: CSV as RFC 4180 has it, in UTF-8 with the mark that spreadsheets look for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV; a cell that a spreadsheet would take for a formula is put in quotes of its own.

    Source: RFC 4180; OWASP, CSV injection.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return "\ufeff" + out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, date | datetime):
        return value.isoformat()
    text = str(value)
    is_number = isinstance(value, int | float)
    return f"'{text}" if text.startswith(_DANGEROUS) and not is_number else text
