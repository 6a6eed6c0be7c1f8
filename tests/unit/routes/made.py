"""Small worlds by chance, and the reading of them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from random import Random
from typing import Any

from guildhall.core.eligibility import Rules, read_rules
from guildhall.core.record import Record, read_record
from guildhall.core.routes.offers import Offers, read_offers

ON = date(2026, 1, 1)
OCCUPATIONS = ("6-31-01-03", "6-31-01-07")


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def record_of(members: dict[str, Any]) -> Record:
    return read_record(encoded({"format": "guildhall-record/1", **members}))


def rules_of(members: dict[str, Any]) -> Rules:
    return read_rules(encoded({"format": "guildhall-eligibility-rules/1", "name": {"zh": "规则"}, **members}))


def offers_of(members: dict[str, Any]) -> Offers:
    return read_offers(encoded({"format": "guildhall-offers/1", "name": {"zh": "开设"}, "currency": "CNY", **members}))


def clause(own: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    return {"id": own, "text": {"zh": own, "en": own}, "all": list(conditions)}


def sitting(own: str, occupation: str, level: str, apply_by: date, fee: str = "100", **more: Any) -> dict[str, Any]:
    days = {"apply_by": apply_by, "held_on": apply_by + timedelta(20), "awarded_on": apply_by + timedelta(40)}
    return {
        "id": own,
        "scheme": "pcc",
        "occupation": occupation,
        "level": level,
        "fee": fee,
        **{name: one.isoformat() for name, one in days.items()},
        **more,
    }


class Chance:
    """Draws worlds: two related occupations, levels 5 to 3, up to seven things to take."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def day(self, low: int, high: int) -> str:
        return (ON + timedelta(self.random.randint(low, high))).isoformat()

    def condition(self, level: str) -> dict[str, Any]:
        lower = {"5": "5", "4": "5", "3": self.random.choice("54")}[level]
        kind = self.random.choice(["work", "award", "training", "training", "after"])
        related = {} if self.random.random() < 0.5 else {"related": self.random.random() < 0.5}
        if level == "5" and kind in ("award", "after"):
            kind = "training"
        if kind == "award":
            return {"kind": "award", "level": lower, **related} | (
                {"months": self.random.randint(1, 18)} if self.random.random() < 0.7 else {}
            )
        if kind == "training":
            return {"kind": "training", "level": level, "hours": self.random.choice([40, 80, 120]), **related}
        months = self.random.randint(6, 40)
        after = {} if kind == "work" else {"after": {"kind": "award", "level": lower}}
        return {"kind": "work", "months": months, **related, **after}

    def rules(self) -> dict[str, Any]:
        standards = []
        for own, other in (OCCUPATIONS, OCCUPATIONS[::-1]):
            levels = {
                level: [
                    clause(f"{level}{n}", *(self.condition(level) for _ in range(self.random.randint(1, 2))))
                    for n in range(self.random.randint(1, 2))
                ]
                for level in "543"
            }
            related = [other] if self.random.random() < 0.6 else []
            standard = {"occupation": own, "edition": "1", "starts_on": "2020-01-01", "levels": levels}
            standards.append(standard | {"related_occupations": related})
            if self.random.random() < 0.3:
                turn = ON + timedelta(self.random.randint(100, 700))
                standards[-1]["ends_on"] = (turn - timedelta(1)).isoformat()
                levels = {level: [clause(f"new{level}", self.condition(level))] for level in "543"}
                later = {"occupation": own, "edition": "2", "starts_on": turn.isoformat(), "levels": levels}
                standards.append(later | {"related_occupations": related})
        return {"standards": standards}

    def record(self) -> dict[str, Any]:
        jobs = []
        if self.random.random() < 0.7:
            jobs.append(
                {"occupation": self.random.choice(OCCUPATIONS), "starts_on": self.day(-900, -200), "ends_on": None}
            )
        if self.random.random() < 0.3:
            start = self.random.randint(-2000, -1200)
            jobs.append(
                {
                    "occupation": self.random.choice(OCCUPATIONS),
                    "starts_on": self.day(start, start),
                    "ends_on": self.day(-1150, -950),
                }
            )
        awards = []
        if self.random.random() < 0.4:
            awards.append(
                {
                    "occupation": self.random.choice(OCCUPATIONS),
                    "level": "5",
                    "awarded_on": self.day(-500, -1),
                    "scheme": "vqc",
                }
            )
        trainings = []
        if self.random.random() < 0.3:
            trainings.append(
                {
                    "occupation": OCCUPATIONS[0],
                    "level": self.random.choice("543"),
                    "hours": 40,
                    "completed_on": self.day(-90, -1),
                }
            )
        return {"jobs": jobs, "awards": awards, "trainings": trainings}

    def offers(self) -> dict[str, Any]:
        sittings = []
        drawn = [("5", 0, 300), ("4", 200, 800), ("3", 600, 1500)]
        drawn += [(self.random.choice("5443"), -20, 1400) for _ in range(self.random.randint(0, 3))]
        for n, (level, low, high) in enumerate(drawn):
            sittings.append(
                sitting(
                    f"s{n}",
                    OCCUPATIONS[0] if self.random.random() < 0.8 else OCCUPATIONS[1],
                    level,
                    ON + timedelta(self.random.randint(low, high)),
                    str(self.random.choice([100, 100, 200, 350])),
                    scheme=self.random.choice(["pcc", "vqc"]),
                )
            )
        trainings = []
        for n in range(self.random.randint(1, 4)):
            one = {
                "id": f"t{n}",
                "occupation": OCCUPATIONS[0] if self.random.random() < 0.8 else OCCUPATIONS[1],
                "level": self.random.choice("543"),
                "hours": self.random.choice([40, 40, 80, 120]),
                "price": str(self.random.choice([50, 300, 900])),
            }
            start = self.random.randint(-10, 600)
            trainings.append(
                one | {"days": self.random.randint(1, 60)}
                if self.random.random() < 0.5
                else one | {"runs": [{"starts_on": self.day(start, start), "ends_on": self.day(start + 5, start + 90)}]}
            )
        return {"sittings": sittings, "trainings": trainings}

    def goal(self) -> tuple[str, str, str]:
        return OCCUPATIONS[0], self.random.choice("4433"), self.random.choice(["", "", "pcc"])
