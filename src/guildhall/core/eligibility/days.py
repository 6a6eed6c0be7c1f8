"""Days as whole numbers, months on them, and stretches of work laid together.

A day is its proleptic Gregorian ordinal (``date.toordinal``): the rules know dates in China and no time of day, so no
zone can move them.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

FOREVER: Final = date.max.toordinal()
"""The last day of what has no end."""

NEVER: Final = FOREVER + 1
"""The first day of what does not come by waiting."""

_SHORTEST_MONTH = 28


def plus_months(day: int, months: int) -> int:
    """Return the corresponding day so many months later; where that month has none, its last day.

    So one year from 29 February ends on 28 February, and four years on 29 February.

    Units:  days as ordinals.
    Source: 民法典, art. 202 (the corresponding day of the last month; failing that, the last day of that month).
    """
    start = date.fromordinal(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if start.day > _SHORTEST_MONTH:
        return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])).toordinal()
    return date(year, month + 1, start.day).toordinal()


def span(start: int, goal: int) -> tuple[int, int]:
    """Return how far ``goal`` lies behind ``start``, as whole months and the days that remain.

    Shape:  ``start <= goal``; the months are as many as :func:`plus_months` can add without passing the goal.
    """
    first, last = date.fromordinal(start), date.fromordinal(goal)
    months = (last.year - first.year) * 12 + last.month - first.month
    if plus_months(start, months) > goal:
        months -= 1
    return months, goal - plus_months(start, months)


def merged(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches without overlap, earliest first, so that each day counts once.

    Shape:  stretches ``(first day, day after the last)``; adjacent ones become one.
    """
    laid: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if laid and start <= laid[-1][1]:
            if end > laid[-1][1]:
                laid[-1] = (laid[-1][0], end)
        else:
            laid.append((start, end))
    return laid


def reached(stretches: Sequence[tuple[int, int]], since: int, months: int) -> int:
    """Return the first day on which so many months have been worked, counting from the day ``since``.

    The days worked are laid end to end from the first of them, as if there had been no gap; the goal is the day so many
    months after that first day. Somebody who never paused is therefore there on the anniversary, and part months add up
    day by day.

    Shape:  stretches as :func:`merged` gives them; the answer is ``NEVER`` where the stretches do not suffice.
    """
    needed, worked = -1, 0
    for start, end in stretches:
        if end <= since:
            continue
        begin = max(start, since)
        if needed < 0:
            needed = plus_months(begin, months) - begin
        if worked + end - begin >= needed:
            return begin + needed - worked
        worked += end - begin
    return NEVER


def lacking(stretches: Sequence[tuple[int, int]], since: int, months: int, day: int) -> tuple[int, int]:
    """Return what is missing on ``day`` of so many months of work counted from ``since``, as months and days.

    Shape:  (0, 0) where nothing is missing. Work counts up to the evening before ``day``.
    """
    first, worked = -1, 0
    for start, end in stretches:
        begin, stop = max(start, since), min(end, day)
        if begin >= stop:
            continue
        if first < 0:
            first = begin
        worked += stop - begin
    if first < 0:
        return months, 0
    goal = plus_months(first, months)
    return span(first + worked, goal) if first + worked < goal else (0, 0)
