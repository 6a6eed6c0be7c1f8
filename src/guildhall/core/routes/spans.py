"""Stretches of days in which something holds: laid together where one of several must hold, cut where all must."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from guildhall.core.eligibility.days import NEVER

Span = tuple[int, int]
"""First and last day as ordinals, both included."""


class Evidence(NamedTuple):
    """A stretch of days in which a wish is fulfilled, and by what.

    Shape:  ``by`` names places of the record (``awards[0]``, ``jobs``); ``via`` how it counts where it is not the very thing:
            words of ``requirement.VIA``.
    Units:  days as ordinals, both included; ``penalty`` in percent.
    """

    start: int
    end: int
    by: tuple[str, ...]
    via: tuple[str, ...] = ()
    penalty: int = 0


def united(spans: Iterable[Span]) -> list[Span]:
    """Return the days that lie in at least one stretch, earliest first; adjacent stretches become one."""
    laid: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] <= span[1]):
        if laid and start <= laid[-1][1] + 1:
            if end > laid[-1][1]:
                laid[-1] = (laid[-1][0], end)
        else:
            laid.append((start, end))
    return laid


def common(several: Sequence[Sequence[Span]]) -> list[Span]:
    """Return the days that lie in a stretch of each list.

    Shape:  each list as :func:`united` gives it; no lists at all hold no day.
    """
    if not several:
        return []
    left = list(several[0])
    for right in several[1:]:
        left = _cut(left, right)
    return left


def _cut(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start <= end:
            found.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found


def first_in(spans: Iterable[Span], day: int) -> int:
    """Return the first day, not before ``day``, that lies in a stretch; ``NEVER`` if there is none."""
    return min((max(start, day) for start, end in spans if day <= end and start <= end), default=NEVER)
