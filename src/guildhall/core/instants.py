"""Instants as the formats write them: XML Schema ``dateTimeStamp``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from guildhall.core.errors import MalformedError

# XML Schema 1.1 part 2, section 3.4.28: a dateTime whose zone is required. Years beyond 9999 and before 1 are legal there,
# but no certificate has one and Python's datetime cannot hold it: refused.
_DATE_TIME_STAMP = re.compile(
    r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T"
    r"(?:([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d{1,18})?|(24):(00):(00)(\.0{1,18})?)"
    r"(?P<zone>Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?\Z",
    re.ASCII,
)


class MalformedInstantError(MalformedError):
    """Text that is no ``dateTimeStamp``."""

    code = "malformed_instant"


def from_text(text: object, *, zone_required: bool = True) -> datetime:
    """Return the instant, in UTC, that a ``dateTimeStamp`` writes.

    Shape:  ``2026-11-22T08:00:00Z`` or with an offset; fractions are cut to microseconds; ``24:00:00`` is the next
            day's midnight. A time without a zone is refused or, unless one is required, read as UTC.
    Raises: MalformedInstantError.
    Source: XML Schema 1.1 part 2, section 3.4.28; VC Data Model 2.0, section 4.9; Data Integrity 1.0, section 2.1.
    """
    if not isinstance(text, str):
        raise MalformedInstantError("a dateTimeStamp is a text")
    return _from_text(text, zone_required)


@lru_cache(maxsize=4096)  # thousands of documents share their moments; what is refused is not kept
def _from_text(text: str, zone_required: bool) -> datetime:  # noqa: FBT001 - part of the key
    match = _DATE_TIME_STAMP.match(text)
    if match is None or (zone_required and match["zone"] is None):
        raise MalformedInstantError("the text is not a dateTimeStamp (date, time and zone)")
    year, month, day, hour, minute, second, fraction, midnight, *_, zone = match.groups()
    try:
        instant = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
            int(fraction[1:7].ljust(6, "0")) if fraction else 0, tzinfo=_zone(zone),
        )  # fmt: skip
        return (instant + timedelta(days=1) if midnight else instant).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedInstantError("the dateTimeStamp names a day that does not exist or is out of range") from None


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def to_text(instant: datetime) -> str:
    """Return an aware instant as a ``dateTimeStamp`` in UTC, to the second: ``2026-11-22T08:00:00Z``.

    Raises: ValueError when the instant has no zone (our mistake, never the caller's).
    """
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone")
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
