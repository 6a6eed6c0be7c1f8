"""Records, programmes and rule-sets made up for tests, as files."""

from __future__ import annotations

import json
from datetime import date
from random import Random
from typing import Any

ON = date(2025, 11, 22)
COLLEGE = "demo-college"


def record_file(*outcomes: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"format": "guildhall-record/1", "outcomes": list(outcomes), **more}).encode()


def outcome(name: str, worth: str | None = None, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"id": name, "kind": "course", "awarded_on": "2024-06-30", "code": name, **more}
    if worth is not None:
        found["credits"] = worth
    return found


def course(code: str, size: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": {"zh": code}, "credits": size, "hours": 16, "term": 1, **more}


def programme_file(*courses: dict[str, Any], **more: Any) -> bytes:
    made: dict[str, Any] = {
        "format": "guildhall-programme/1",
        "code": "P1",
        "name": {"zh": "专业"},
        "edition": "2025",
        "starts_on": "2025-09-01",
        "occupation": "6-31-01-03",
        "institution": COLLEGE,
        "terms": [{"number": 1, "starts_on": "2025-09-01", "ends_on": "2026-01-16"}],
        "courses": list(courses),
        **more,
    }
    return json.dumps(made).encode()


def offer(name: str, takes: str | list[str], gives: str | list[str], **more: Any) -> dict[str, Any]:
    """Make an offer that takes outcomes by code, all of them, and gives courses, all of them."""

    def all_of(leaves: list[dict[str, Any]]) -> dict[str, Any]:
        return leaves[0] if len(leaves) == 1 else {"all": leaves}

    taken = [takes] if isinstance(takes, str) else takes
    given = [gives] if isinstance(gives, str) else gives
    return {
        "id": name,
        "takes": all_of([{"outcome": {"codes": [code]}} for code in taken]),
        "gives": all_of([{"course": code} for code in given]),
        **more,
    }


def rules_file(*offers: dict[str, Any], **more: Any) -> bytes:
    made: dict[str, Any] = {
        "format": "guildhall-rule-set/1",
        "id": "rules",
        "edition": "2025",
        "institution": COLLEGE,
        "name": {"zh": "规则"},
        "starts_on": "2025-01-01",
        "offers": list(offers),
        **more,
    }
    return json.dumps(made).encode()


def large(seed: int, n_outcomes: int = 50, n_courses: int = 60, n_offers: int = 300) -> tuple[bytes, bytes, bytes]:
    """Return a record, a programme and a rule-set of the size that the target of speed names.

    Offers take one or two outcomes for one to three courses, all or nothing; five categories are capped at 60 percent, all
    together at half.
    """
    chance = Random(seed)
    sizes = ["1", "1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5", "6"]
    courses = [course(f"C{n}", chance.choice(sizes), category=f"part-{chance.randrange(5)}") for n in range(n_courses)]
    outcomes = [
        outcome(f"O{n}", valid_until=f"{chance.randint(2026, 2035)}-{chance.randint(1, 12):02}-28")
        for n in range(n_outcomes)
    ]
    offers = [
        offer(
            f"r{n}",
            [f"O{i}" for i in chance.sample(range(n_outcomes), chance.choice([1, 1, 1, 2]))],
            [f"C{i}" for i in chance.sample(range(n_courses), chance.choice([1, 1, 2, 3]))],
            evidence={"decision": f"2025-{n}"},
        )
        for n in range(n_offers)
    ]
    caps = [
        {"id": "half", "percent": "50"},
        {"id": "category", "each": "category", "percent": "60", "percent_of": "into"},
    ]
    return record_file(*outcomes), programme_file(*courses), rules_file(*offers, caps=caps)
