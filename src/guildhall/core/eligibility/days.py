"""Days as whole numbers, months on them, and stretches of work laid together.

A day is its proleptic Gregorian ordinal (``date.toordinal``): the rules know dates in China and no time of day, so no
zone can move them.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

FOREVER: Final = date.max.toordinal()
"""The last day of what has no end."""

NEVER: Final = FOREVER + 1
"""The first day of what does not come by waiting."""

_SHORTEST_MONTH = 28


# The same few thousand days come again and again where a hundred thousand records are judged.
@lru_cache(maxsize=1 << 16)
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


def date_of(day: int) -> date | None:
    """Return the date of an ordinal; None for ``NEVER``."""
    return None if day == NEVER else date.fromordinal(day)


def span(start: int, goal: int) -> tuple[int, int]:
    """Return how far ``goal`` lies behind ``start``, as whole months and the days that remain.

    Shape:  ``start <= goal``; the months are as many as :func:`plus_months` can add without passing the goal.
    """
    first, last = date.fromordinal(start), date.fromordinal(goal)
    months = (last.year - first.year) * 12 + last.month - first.month
    reached_by = plus_months(start, months)
    if reached_by > goal:
        months -= 1
        reached_by = plus_months(start, months)
    return months, goal - reached_by


def merged(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches without overlap, earliest first, so that each day counts once.

    Shape:  stretches ``(first day, day after the last)``; adjacent ones become one.
    """
    if len(stretches) < 2:
        return stretches
    laid: list[tuple[int, int]] = []
    begin, reach = NEVER, 0
    for start, end in sorted(stretches):
        if start <= reach and laid:
            if end > reach:
                reach = end
                laid[-1] = (begin, end)
        else:
            begin, reach = start, end
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
        begin = start if start > since else since  # noqa: FURB136 - max() takes four times as long
        if needed < 0:
            needed = plus_months(begin, months) - begin
        if worked + end - begin >= needed:
            return begin + needed - worked
        worked += end - begin
    return NEVER


def remaining(stretches: Sequence[tuple[int, int]], since: int, months: int, day: int) -> tuple[int, int]:
    """Return how far somebody has come by ``day`` and how far it is, as two days between which what is missing lies.

    The first is the day after as much work as was done, laid end to end; the second is the goal. Where no work counts yet,
    they are ``day`` and the day so many months later.

    Shape:  equal days where nothing is missing. Work counts up to the evening before ``day``.
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
        return day, plus_months(day, months)
    goal = plus_months(first, months)
    return min(first + worked, goal), goal
