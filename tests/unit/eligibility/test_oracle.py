"""The engine against a slow reading of the same files that knows sets of days and nothing else."""

from __future__ import annotations

import json
from bisect import bisect_left
from datetime import date, timedelta
from random import Random

import pytest

from guildhall.core.eligibility import NoRulesInForceError, judge, read_rules
from guildhall.core.record import read_record
from tests.unit.eligibility.made import (
    FOREIGN,
    MAJOR,
    OWN,
    RELATED,
    award,
    clause,
    job,
    record_file,
    rules_file,
    standard,
)

N_RECORDS = 600
HORIZON = 700
WORLD = (date(2019, 1, 15), date(2024, 3, 15))
LADDER = "05432"  # lowest first


# --- The oracle: works on the parsed files, day by day ---------------------------------------------------------------


def later(start: date, months: int) -> date:
    year, month, day = start.year, start.month, start.day
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


class Oracle:
    def __init__(self, rules: dict, record: dict, level: str, until: date) -> None:
        self.standards = sorted(rules["standards"], key=lambda one: one["starts_on"])
        self.record, self.level, self.until = record, level, until
        self.worked: dict[tuple[str, ...], list[date]] = {}

    def edition(self, day: date) -> dict | None:
        own = [one for one in self.standards if date.fromisoformat(one["starts_on"]) <= day]
        if not own or (own[-1].get("ends_on") and date.fromisoformat(own[-1]["ends_on"]) < day):
            return None
        return own[-1]

    def counted(self, condition: dict, edition: dict) -> tuple[str, ...]:
        absent = condition["kind"] != "training"
        return (OWN, *(edition["related_occupations"] if condition.get("related", absent) else ()))

    def days_of_work(self, occupations: tuple[str, ...]) -> list[date]:
        if occupations not in self.worked:
            days = set()
            for one in self.record["jobs"]:
                if one["occupation"] in occupations:
                    day = date.fromisoformat(one["starts_on"])
                    end = date.fromisoformat(one["ends_on"]) if one["ends_on"] else self.until
                    while day <= end:
                        days.add(day)
                        day += timedelta(days=1)
            self.worked[occupations] = sorted(days)
        return self.worked[occupations]

    def starts(self, condition: dict, edition: dict, day: date) -> list[date]:
        """Since when the things hold that meet the condition on this day."""
        occupations, months = (
            self.counted(condition, edition),
            12 * condition.get("years", 0) + condition.get("months", 0),
        )
        since = []
        if condition["kind"] == "award":
            for one in self.record["awards"]:
                if LADDER.index(one["level"]) >= LADDER.index(condition["level"]) and one["occupation"] in occupations:
                    ended = one.get("valid_until") and date.fromisoformat(one["valid_until"]) < day
                    if not ended:
                        since.append(later(date.fromisoformat(one["awarded_on"]), months))
        elif condition["kind"] == "apprenticeship":
            since = [
                date.fromisoformat(one["completed_on"])
                for one in self.record["apprenticeships"]
                if one["occupation"] in occupations and one["completed_on"]
            ]
        elif condition["kind"] == "title":
            since = [
                later(date.fromisoformat(one["granted_on"]), months)
                for one in self.record["titles"]
                if one["occupation"] in occupations and one["rank"] in condition["ranks"]
            ]
        elif condition["kind"] == "diploma":
            for one in self.record["diplomas"]:
                if one["kind"] in condition["diplomas"] and (
                    not condition.get("related", True) or one["major"] in edition["related_majors"]
                ):
                    if condition.get("evaluated") and not one.get("evaluated"):
                        continue
                    graduated = date.fromisoformat(one["graduates_on"])
                    student = condition.get("final_year") and day >= later(
                        date(graduated.year - 1, graduated.month, graduated.day), 0
                    )
                    since.append(day if student and day < graduated else graduated)
        return [one for one in since if one <= day]

    def met(self, condition: dict, edition: dict, day: date) -> bool:
        if condition["kind"] == "age":
            born = self.record.get("born_on")
            return bool(born) and later(date.fromisoformat(born), 12 * condition["years"]) <= day
        if condition["kind"] == "training":
            return condition["hours"] <= sum(
                one["hours"]
                for one in self.record["trainings"]
                if one["occupation"] in self.counted(condition, edition)
                and one["level"] == condition["level"]
                and date.fromisoformat(one["completed_on"]) <= day
            )
        if condition["kind"] != "work":
            return bool(self.starts(condition, edition, day))
        days = self.days_of_work(self.counted(condition, edition))
        anchors = [date.min] if not condition.get("after") else self.starts(condition["after"], edition, day)
        for anchor in anchors:
            first = bisect_left(days, anchor)
            n_worked = bisect_left(days, day) - first
            if n_worked > 0:
                months = 12 * condition.get("years", 0) + condition.get("months", 0)
                if n_worked >= (later(days[first], months) - days[first]).days:
                    return True
        return False

    def clauses(self, day: date) -> list[str]:
        """Which clauses are met on this day."""
        edition = self.edition(day)
        return [
            one["id"]
            for one in (edition["levels"].get(self.level, []) if edition else [])
            if all(self.met(condition, edition, day) for condition in one["all"])
        ]


# --- Random worlds ---------------------------------------------------------------------------------------------------


def some_day(chance: Random) -> str:
    n = (WORLD[1] - WORLD[0]).days
    day = WORLD[0] + timedelta(days=chance.randrange(n))
    if chance.random() < 0.15:
        day = chance.choice(
            [date(2020, 2, 29), date(2024, 2, 29), date(2021, 2, 28), date(2020, 12, 31), date(2022, 3, 31)]
        )
    return day.isoformat()


def some_occupation(chance: Random) -> str:
    return chance.choice([OWN, OWN, OWN, RELATED, FOREIGN])


def some_length(chance: Random) -> dict:
    return chance.choice([{"years": 1}, {"years": 2}, {"months": chance.randint(1, 30)}])


def some_dated(chance: Random) -> dict:
    related = {"related": False} if chance.random() < 0.3 else {}
    held = some_length(chance) if chance.random() < 0.3 else {}
    return chance.choice(
        [
            {"kind": "award", "level": chance.choice("543"), **related, **held},
            {"kind": "award", "level": "5", **held},
            {"kind": "apprenticeship", **related},
            {"kind": "diploma", "diplomas": ["college", "technical-school"], **related},
            {"kind": "title", "ranks": ["junior", "intermediate"], **related, **held},
        ]
    )


def some_condition(chance: Random) -> dict:
    related = {"related": False} if chance.random() < 0.3 else {}
    pick = chance.random()
    if pick < 0.3:
        return {"kind": "work", **some_length(chance), **related}
    if pick < 0.6:
        return {"kind": "work", **some_length(chance), **related, "after": some_dated(chance)}
    if pick < 0.7:
        return {"kind": "training", "hours": chance.choice([40, 80]), "level": "4", "related": chance.random() < 0.5}
    if pick < 0.8:
        return {"kind": "age", "years": chance.choice([16, 18])}
    if pick < 0.9:
        return {
            "kind": "diploma", "diplomas": ["college"], "final_year": True, "evaluated": chance.random() < 0.3, **related,
        }  # fmt: skip
    return some_dated(chance)


def some_rules(chance: Random) -> bytes:
    def edition(name: str, starts_on: str, **members: object) -> dict:
        clauses = [
            clause(*(some_condition(chance) for _ in range(chance.choice([1, 1, 1, 2, 3]))), name=f"{name}{n}")
            for n in range(chance.randint(1, 3))
        ]
        return standard(*clauses, edition=name, starts_on=starts_on, **members)

    editions = [edition("old", "2018-01-01")]
    if chance.random() < 0.4:
        editions[0] |= {"ends_on": some_day(chance)} if chance.random() < 0.3 else {}
        editions.insert(0, edition("new", some_day(chance), related_occupations=[]))
    return rules_file(*editions)


def some_record(chance: Random) -> bytes:
    jobs = []
    for _ in range(chance.randint(1, 4)):
        first, last = sorted([some_day(chance), some_day(chance)])
        jobs.append(job(first, None if chance.random() < 0.6 else last, some_occupation(chance)))
    awards = []
    for _ in range(chance.randint(0, 3)):
        first, last = sorted([some_day(chance), some_day(chance)])
        awards.append(
            award(chance.choice("05432"), first, some_occupation(chance))
            | ({"valid_until": last} if chance.random() < 0.3 else {})
        )
    return record_file(
        born_on=chance.choice([None, "2004-02-29", "2005-07-01", "2007-01-31"]),
        jobs=jobs,
        awards=awards,
        apprenticeships=[
            {"occupation": some_occupation(chance), "completed_on": chance.choice([None, some_day(chance)])}
            for _ in range(chance.randint(0, 1))
        ],
        trainings=[
            {"occupation": some_occupation(chance), "level": chance.choice("45"), "hours": chance.choice([20, 40, 60]), "completed_on": some_day(chance)}
            for _ in range(chance.randint(0, 3))
        ],
        diplomas=[
            {"kind": chance.choice(["college", "technical-school"]), "major": chance.choice([MAJOR, "护理"]), "graduates_on": some_day(chance).replace("02-29", "02-28"), "evaluated": chance.random() < 0.5}
            for _ in range(chance.randint(0, 2))
        ],
        titles=[
            {"rank": chance.choice(["junior", "senior"]), "occupation": some_occupation(chance), "granted_on": some_day(chance)}
            for _ in range(chance.randint(0, 1))
        ],
    )  # fmt: skip


@pytest.mark.parametrize("part", range(6))
def test_the_engine_agrees_with_counting_day_by_day(part):
    n_eligible = n_waiting = n_never = n_refused = 0
    for number in range(part, N_RECORDS, 6):
        chance = Random(number)
        rules_bytes, record_bytes = some_rules(chance), some_record(chance)
        on = date.fromisoformat(some_day(chance))
        end = on + timedelta(days=HORIZON)
        oracle = Oracle(json.loads(rules_bytes), json.loads(record_bytes), "4", end)
        edition = oracle.edition(on)
        held, by = read_record(record_bytes), read_rules(rules_bytes)
        if edition is None:
            with pytest.raises(NoRulesInForceError):
                judge(held, by, occupation=OWN, level="4", on=on)
            n_refused += 1
            continue
        answer = judge(held, by, occupation=OWN, level="4", on=on)
        assert answer.standard.edition == edition["edition"], number
        met = oracle.clauses(on)
        assert answer.eligible == bool(met), number
        if met:
            assert answer.clause.id == met[0], number
            assert answer.first_on == on, number
            n_eligible += 1
            continue
        first, first_of = None, {}
        for n in range(HORIZON):
            day = on + timedelta(days=n)
            now_met = oracle.clauses(day)
            if now_met and first is None:
                first = (day, now_met[0])
            for name in now_met:
                first_of.setdefault(name, day)
        inside = end - timedelta(days=1)
        told = answer.first_on if answer.first_on is not None and answer.first_on <= inside else None
        assert (told, answer.first_clause.id if told else None) == (first or (None, None)), number
        for short in answer.shortfalls:
            day = short.first_on if short.first_on is not None and short.first_on <= inside else None
            assert day == first_of.get(short.clause.id), (number, short.clause.id)
            assert short.missing, number
            assert all(lack.first_on is None or lack.first_on > on for lack in short.missing), number
        n_waiting, n_never = n_waiting + (first is not None), n_never + (first is None)
    assert min(n_eligible, n_waiting, n_never) > 10
    assert n_refused < 20


def test_the_oracle_knows_the_last_day_of_a_month():
    assert later(date(2020, 2, 29), 12) == date(2021, 2, 28)
    assert later(date(2021, 1, 31), 1) == date(2021, 2, 28)
