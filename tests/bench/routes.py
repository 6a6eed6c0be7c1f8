"""People against a post, and the way through a large market: ``python -m tests.bench.routes``.

People: 10,000 records against one post with six requirements, ranked; floor: for each of them a certificate of the level is looked
for among its awards and its days of work are added up, the results sorted. Ratio: floor over ours (1 = the floor).
Way:    from a beginner to level 1 of an occupation, 300 certificates (60 occupations, each related to two others) with four sittings
        each, 1,000 trainings; the shortest and the cheapest, each proved. Everything is counted: reading the offers is not.
Targets: 10,000 people in 1 s; each way in 1 s, proved.
"""

from __future__ import annotations

import json
import statistics
import sys
from datetime import date, timedelta
from random import Random
from typing import Any

from guildhall.core.eligibility import read_rules
from guildhall.core.record import Diploma, HeldAward, Job, Record
from guildhall.core.routes import CHEAPEST, SHORTEST, ground, rank_people, read_offers, read_post, route, to_certificate
from tests.bench._clock import seconds

N_PEOPLE, ROUNDS = 10_000, 5
ON = date(2026, 1, 1)
OWN = "6-31-01-03"


def people(n: int) -> list[tuple[str, Record]]:
    chance = Random(7)

    def day(low: int, high: int) -> date:
        return ON + timedelta(chance.randrange(low, high))

    found = []
    for number in range(n):
        jobs = []
        for _ in range(chance.randint(1, 4)):
            start = day(-4500, -100)
            ends_on = None if chance.random() < 0.4 else start + timedelta(chance.randrange(60, 1500))
            jobs.append(Job(OWN if chance.random() < 0.7 else "6-25-04-01", start, ends_on))
        awards = tuple(
            HeldAward(OWN, chance.choice("543"), day(-3000, -10), None, chance.choice(["pcc", "vqc"]))
            for _ in range(chance.randint(0, 3))
        )
        schools = (Diploma("college", "机电一体化技术", day(-4000, -10)),) if chance.random() < 0.3 else ()
        found.append((f"p{number:05}", Record(date(1990, 1, 1), tuple(jobs), awards, diplomas=schools)))
    return found


def text(own: str) -> dict[str, Any]:
    return {"id": own, "text": {"zh": own, "en": own}}


def post() -> bytes:
    related = [{"occupation": "6-25-04-01", "penalty": 20}]
    leaves = [
        text("certificate")
        | {"kind": "certificate", "occupation": OWN, "level": "4", "schemes": ["pcc"], "related": related},
        text("licence") | {"kind": "licence", "codes": ["low-voltage"]},
        text("work") | {"kind": "work", "occupation": OWN, "months": 36, "related": related},
        text("recent") | {"kind": "recent", "occupation": OWN, "months": 24},
        {
            **text("schooled"),
            "any": [
                text("college") | {"kind": "academic", "diploma": "college"},
                text("senior") | {"kind": "certificate", "occupation": OWN, "level": "3"},
            ],
        },
    ]
    root = {"format": "guildhall-post/1", "id": "p", "edition": "1", "employer": "e", "name": {"zh": "岗"}}
    return json.dumps(root | {"occupation": OWN, "requires": {"id": "all", "all": leaves}}).encode()


def market(n_occupations: int = 60, n_trainings: int = 1000) -> tuple[Any, Any, list[str]]:
    """Return offers and rules over 300 certificates: levels 5 to 1 of 60 occupations, each related to its two neighbours."""
    chance = Random(3)
    codes = [f"6-{10 + n // 10:02}-{1 + n % 10:02}-01" for n in range(n_occupations)]

    def clause(own: str, *conditions: dict[str, Any]) -> dict[str, Any]:
        return {"id": own, "text": {"zh": own}, "all": list(conditions)}

    levels: dict[str, list[dict[str, Any]]] = {
        "5": [clause("5a", {"kind": "training", "hours": 80, "level": "5"}), clause("5b", {"kind": "work", "years": 1})]
    }
    for lower, level in ("54", "43", "32", "21"):
        levels[level] = [
            clause(
                f"{level}a",
                {"kind": "award", "level": lower, "months": 12},
                {"kind": "training", "hours": 120, "level": level},
            ),
            clause(f"{level}b", {"kind": "work", "years": 4, "after": {"kind": "award", "level": lower}}),
        ]
    standards = [
        {
            "occupation": code,
            "edition": "1",
            "starts_on": "2020-01-01",
            "related_occupations": [codes[n - 1], codes[(n + 1) % len(codes)]],
            "levels": levels,
        }
        for n, code in enumerate(codes)
    ]
    rules = {"format": "guildhall-eligibility-rules/1", "name": {"zh": "规则"}, "standards": standards}
    sittings = []
    for n, code in enumerate(codes):
        for m, level in enumerate("54321"):
            for k in range(4):
                day = ON + timedelta(90 + 560 * m + 130 * k + chance.randrange(60))
                sittings.append(
                    {
                        "id": f"s{n}-{level}-{k}",
                        "scheme": "pcc",
                        "occupation": code,
                        "level": level,
                        "apply_by": day.isoformat(),
                        "held_on": (day + timedelta(20)).isoformat(),
                        "awarded_on": (day + timedelta(40)).isoformat(),
                        "fee": str(chance.randrange(200, 900)),
                    }
                )
    trainings = []
    for n in range(n_trainings):
        level, day = "54321"[n % 5], ON + timedelta(chance.randrange(0, 2400))
        trainings.append(
            {
                "id": f"t{n}",
                "occupation": codes[(n // 5) % len(codes)],
                "level": level,
                "hours": chance.choice([40, 60, 80, 120, 160]),
                "price": str(chance.randrange(300, 3000)),
                "runs": [{"starts_on": day.isoformat(), "ends_on": (day + timedelta(60)).isoformat()}],
            }
        )
    offers = {"format": "guildhall-offers/1", "name": {"zh": "市场"}, "currency": "CNY"}
    offers |= {"sittings": sittings, "trainings": trainings}
    return read_offers(json.dumps(offers).encode()), read_rules(json.dumps(rules).encode()), codes


def run(rounds: int = ROUNDS) -> dict[str, dict[str, Any]]:
    """Return seconds and ratios by name."""
    held, asked = people(N_PEOPLE), read_post(post())

    def floor() -> None:
        found = []
        for reference, one in held:
            fits = any(award.occupation == OWN and award.level in "4321" for award in one.awards)
            total, reach = 0, 0
            for job in sorted(one.jobs, key=lambda job: job.starts_on):
                end = (job.ends_on or ON).toordinal()
                total += max(0, end - max(reach, job.starts_on.toordinal()))
                reach = max(reach, end)
            found.append((not fits, total < 1095, reference))
        found.sort()

    def ours() -> None:
        rank_people(asked, held, on=ON, ground=ground(alike=("pcc", "vqc")))

    pairs = [(seconds(floor), seconds(ours)) for _ in range(rounds)]
    table: dict[str, dict[str, Any]] = {
        "10,000 people / floor": {
            "seconds": statistics.median(one for _, one in pairs),
            "ratio": statistics.median(low / one for low, one in pairs),
            "proved": "",
        }
    }
    offers, rules, codes = market()
    beginner = Record(date(2000, 1, 1))
    for by in (SHORTEST, CHEAPEST):
        proofs = []

        def way(by: str = by, proofs: list[Any] = proofs) -> None:
            found = route(beginner, to_certificate(codes[7], "1"), offers, rules, on=ON, ground=ground(), by=by)
            proofs.append((found.proved, found.n_states))

        spent = statistics.median(seconds(way) for _ in range(rounds))
        table[f"{by} way, 300 certificates, 1,000 courses"] = {
            "seconds": spent,
            "ratio": 1 / spent,
            "proved": f"{proofs[0]}",
        }
    return table


def main() -> None:
    """Print the table, or JSON with ``--json``."""
    table = run()
    if "--json" in sys.argv:
        print(json.dumps(table, indent=2))
        return
    print(f"{'job':<52}{'seconds':>9}{'ratio':>9}  proved, states")
    for name, row in table.items():
        print(f"{name:<52}{row['seconds']:>9.3f}{row['ratio']:>9.2f}  {row['proved']}")


if __name__ == "__main__":
    main()
