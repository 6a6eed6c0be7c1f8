from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildhall.core.instants import MalformedInstantError, from_text, to_text
from tests.refusals import code_of


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2023-02-24T23:36:38Z", datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)),
        ("2023-02-24T23:36:38.5Z", datetime(2023, 2, 24, 23, 36, 38, 500_000, tzinfo=UTC)),
        ("2023-02-24T23:36:38.123456789Z", datetime(2023, 2, 24, 23, 36, 38, 123_456, tzinfo=UTC)),
        ("2023-02-25T07:36:38+08:00", datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)),
        ("2023-02-24T09:36:38-14:00", datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)),
        ("2023-02-24T24:00:00Z", datetime(2023, 2, 25, tzinfo=UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_a_date_time_stamp_is_read_as_an_instant_in_utc(text: str, instant: datetime) -> None:
    assert from_text(text) == instant
    assert from_text(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "", "2023-02-24", "2023-02-24T23:36:38", "2023-02-24 23:36:38Z", "2023-02-24t23:36:38z", "23-02-24T23:36:38Z",
        "2023-13-01T00:00:00Z", "2023-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2023-02-24T25:00:00Z",
        "2023-02-24T24:00:01Z", "2023-02-24T23:60:00Z", "2023-02-24T23:59:60Z", "2023-02-24T23:36:38+15:00",
        "2023-02-24T23:36:38+0800", "2023-02-24T23:36:38Z\n", " 2023-02-24T23:36:38Z", "２023-02-24T23:36:38Z",
        "-2023-02-24T23:36:38Z", "12023-02-24T23:36:38Z", "0000-01-01T00:00:00Z", "9999-12-31T24:00:00Z",
        "9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00", "Sat 25 Feb 2023 07:16:31 PM CST",
    ],
)  # fmt: skip
def test_what_is_no_date_time_stamp_is_refused(text: str) -> None:
    with pytest.raises(MalformedInstantError):
        from_text(text)


def test_a_time_without_a_zone_is_utc_where_none_is_required() -> None:
    assert from_text("2026-11-22T08:00:00", zone_required=False) == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert from_text("2026-11-22T08:00:00+08:00", zone_required=False) == datetime(2026, 11, 22, tzinfo=UTC)
    with pytest.raises(MalformedInstantError):
        from_text("2026-11-22", zone_required=False)


@pytest.mark.parametrize("value", [None, 0, 1.5, True, [], {}])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(MalformedInstantError):
        from_text(value)


@given(st.datetimes(timezones=st.timezones().map(lambda zone: zone)))
def test_writing_and_reading_keeps_the_second(instant: datetime) -> None:
    try:
        utc = instant.astimezone(UTC)
    except OverflowError:
        return
    assert from_text(to_text(instant)) == utc.replace(microsecond=0)


def test_an_offset_is_written_in_utc_and_a_naive_time_is_our_mistake() -> None:
    assert to_text(datetime(2026, 11, 22, 8, tzinfo=timezone(timedelta(hours=8)))) == "2026-11-22T00:00:00Z"
    with pytest.raises(ValueError, match="zone"):
        to_text(datetime(2026, 11, 22))  # noqa: DTZ001 - that is the mistake


@given(st.text(max_size=40))
def test_any_text_ends_in_an_instant_or_a_coded_error(text: str) -> None:
    assert code_of(lambda: from_text(text)) in {"", "malformed_instant"}
