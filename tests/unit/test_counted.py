"""The line that closes the whole suite adds up what each run said."""

from __future__ import annotations

from xml.etree.ElementTree import ParseError

import pytest

from tests.counted import counted


def report(tests: int, failures: int = 0, errors: int = 0, skipped: int = 0) -> bytes:
    return (
        f'<?xml version="1.0"?><testsuites><testsuite name="pytest" tests="{tests}" failures="{failures}" '
        f'errors="{errors}" skipped="{skipped}"/></testsuites>'
    ).encode()


def test_runs_are_added_up() -> None:
    assert counted([report(10), report(5, skipped=2)]) == "13 passed, 0 failed, 2 skipped"


def test_an_error_counts_as_a_failure() -> None:
    assert counted([report(10, failures=1, errors=2)]) == "7 passed, 3 failed, 0 skipped"


def test_a_report_that_breaks_off_is_not_counted_as_nothing() -> None:
    with pytest.raises(ParseError):
        counted([report(10)[:-12]])
