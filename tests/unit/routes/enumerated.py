"""A second answer to the same question, by trying every set of offers. It shares no line with the search.

Worlds are written as the files are: plain JSON members. Only the three kinds of condition that the worlds use are known here
(work, an award held for months, hours of training), and time is counted with the calendar alone.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Any

RUNGS = "05432" + "1"
LAST = date(2199, 12, 31)


def months_later(day: date, n: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def day(text: str) -> date:
    return date.fromisoformat(text)


def worked_until(record: dict[str, Any], occupations: set[str], since: date, months: int) -> date | None:
    """Return the first day with so many months of work, counting from a day; jobs do not overlap in these worlds."""
    stretches = sorted(
        (day(one["starts_on"]), day(one["ends_on"]) + timedelta(1) if one["ends_on"] else LAST)
        for one in record["jobs"]
        if one["occupation"] in occupations
    )
    needed = None
    for begun, end in stretches:
        start = max(begun, since)
        if start >= end:
            continue
        if needed is None:
            needed = (months_later(start, months) - start).days
        if (end - start).days >= needed:
            return start + timedelta(needed)
        needed -= (end - start).days
    return None


def awarded(record: dict[str, Any], occupations: set[str], level: str) -> list[date]:
    return sorted(
        day(one["awarded_on"])
        for one in record["awards"]
        if one["occupation"] in occupations and RUNGS.index(one["level"]) >= RUNGS.index(level)
    )


def met_from(record: dict[str, Any], condition: dict[str, Any], own: str, related: set[str]) -> date | None:
    """Return the first day on which a condition holds; it holds ever after."""
    occupations = {own} | (related if condition.get("related", condition["kind"] != "training") else set())
    if condition["kind"] == "work":
        if "after" not in condition:
            return worked_until(record, occupations, date.min, condition["months"])
        after = condition["after"]
        opened = awarded(record, {own} | (related if after.get("related", True) else set()), after["level"])
        found = [worked_until(record, occupations, one, condition["months"]) for one in opened]
        return min((one for one in found if one), default=None)
    if condition["kind"] == "award":
        opened = awarded(record, occupations, condition["level"])
        return months_later(opened[0], condition.get("months", 0)) if opened else None
    hours = 0
    for one in sorted(record["trainings"], key=lambda one: one["completed_on"]):
        if one["occupation"] in occupations and one["level"] == condition["level"]:
            hours += one["hours"]
            if hours >= condition["hours"]:
                return day(one["completed_on"])
    return None


def may_sit(record: dict[str, Any], rules: dict[str, Any], sitting: dict[str, Any], on: date) -> bool:
    for standard in rules["standards"]:
        if standard["occupation"] != sitting["occupation"]:
            continue
        ends = day(standard["ends_on"]) if standard.get("ends_on") else LAST
        last = min(day(sitting["apply_by"]), ends)
        first = max(on, day(sitting.get("opens_on") or "1900-01-01"), day(standard["starts_on"]))
        for clause in standard["levels"].get(sitting["level"], ()):
            days = [
                met_from(record, one, sitting["occupation"], set(standard["related_occupations"]))
                for one in clause["all"]
            ]
            if first <= last and all(one is not None and one <= last for one in days):
                return True
    return False


def things(offers: dict[str, Any], on: date) -> list[tuple[int, str, str, dict[str, Any], dict[str, Any]]]:
    """Return what can be taken: price, kind, id, offer, fact."""
    found = []
    for one in offers["sittings"]:
        if day(one["apply_by"]) >= on:
            fact = {key: one[key] for key in ("occupation", "level", "awarded_on", "scheme")}
            found.append((cents(one["fee"]), "awards", one["id"], one, fact))
    for one in offers["trainings"]:
        base = {key: one[key] for key in ("occupation", "level", "hours")}
        for run in one.get("runs", ()):
            if day(run.get("apply_by") or run["starts_on"]) >= on:
                fact = base | {"completed_on": run["ends_on"]}
                found.append((cents(one["price"]), "trainings", f"{one['id']}@{run['starts_on']}", one, fact))
        if "days" in one:
            fact = base | {"completed_on": (on + timedelta(one["days"] - 1)).isoformat()}
            found.append((cents(one["price"]), "trainings", one["id"], one, fact))
    return found


def cents(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def goal_from(record: dict[str, Any], goal: tuple[str, str, str]) -> date | None:
    days = [
        day(one["awarded_on"])
        for one in record["awards"]
        if one["occupation"] == goal[0]
        and RUNGS.index(one["level"]) >= RUNGS.index(goal[1])
        and goal[2] in ("", one.get("scheme", ""))
    ]
    return min(days, default=None)


def ways(
    record: dict[str, Any],
    rules: dict[str, Any],
    offers: dict[str, Any],
    goals: Sequence[tuple[str, str, str]],
    on: date,
) -> list[tuple[date, int, int]]:
    """Return, for every set of offers that leads to all goals: arrival, price, steps."""
    known, found = things(offers, on), []
    for n in range(len(known) + 1):
        for chosen in combinations(known, n):
            held = {key: list(record[key]) for key in ("jobs", "awards", "trainings")}
            for _, kind, _, _, fact in chosen:
                held[kind].append(fact)
            if all(may_sit(held, rules, offer, on) for _, kind, _, offer, _ in chosen if kind == "awards"):
                days = [arrives for goal in goals if (arrives := goal_from(held, goal)) is not None]
                if len(days) == len(goals):
                    found.append((max(*days, on), sum(price for price, *_ in chosen), n))
    return found
