"""Say in one line what all runs of pytest together came to: ``python -m tests.counted FILE...`` reads their JUnit reports."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET


def counted(reports: Iterable[bytes]) -> str:
    """Return ``N passed, N failed, N skipped``; what ended in an error counts as failed.

    Raises: xml.etree.ElementTree.ParseError for a report that is not whole.
    """
    n_tests = n_failed = n_skipped = 0
    for report in reports:
        for suite in ET.fromstring(report).iter("testsuite"):
            n_tests += int(suite.get("tests", "0"))
            n_failed += int(suite.get("failures", "0")) + int(suite.get("errors", "0"))
            n_skipped += int(suite.get("skipped", "0"))
    return f"{n_tests - n_failed - n_skipped} passed, {n_failed} failed, {n_skipped} skipped"


if __name__ == "__main__":
    print(counted(Path(name).read_bytes() for name in sys.argv[1:]))
