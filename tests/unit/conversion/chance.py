"""Small random cases in which every kind of rule turns up, as JSON; amounts are hundredths, so that open courses stay small."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.unit.conversion.made import COLLEGE, course, outcome

OWN = "6-31-01-03"
KINDS = ["course", "online-course", "vocational-certificate", "x-certificate", "training-certificate"]
LEVELS = ["5", "4", "3", "elementary", "intermediate"]
CATEGORIES, CLASSES = ["general", "major"], ["foundation", "core", "politics"]
STANDARD: dict[str, Any] = {
    "format": "guildhall-standard/1",
    "occupation": OWN,
    "edition": "2025",
    "name": {"zh": "标准"},
    "competencies": [{"number": number, "name": {"zh": number}} for number in "123"],
    "levels": {"4": {"theory": {"1": "50", "2": "30", "3": "20"}}},
}


def small(n: int) -> str:
    return f"0.0{n}"


def some(chance: Random, values: list[str]) -> list[str]:
    return chance.sample(values, chance.randint(1, 2))


def one_outcome(chance: Random, n: int) -> dict[str, Any]:
    made = outcome(f"o{n}", small(chance.randint(1, 6)) if chance.random() < 0.8 else None)
    made |= {
        "kind": chance.choice(KINDS),
        "level": chance.choice([*LEVELS, ""]),
        "occupation": chance.choice([OWN, OWN, "4-10-01-05"]),
        "basis": chance.choice(["exam", "course", "experience"]),
        "accredited": chance.choice([True, True, False]),
        "awarded_on": f"20{chance.choice(['18', '21', '24', '25'])}-0{chance.randint(1, 9)}-15",
        "institution": chance.choice(["a", "b", ""]),
        "scheme": chance.choice(["vqc", "vslc", ""]),
        "grade": chance.choice(["90", "75.5", "good", "55", "unknown"]),
        "term": chance.choice(["t1", "t2", ""]),
    }
    if chance.random() < 0.4:
        made["valid_until"] = chance.choice(["2025-11-21", "2025-11-22", "2026-05-01", "2027-01-01"])
        made["awarded_on"] = "2024-05-15"
    if chance.random() < 0.1:
        made["status"] = chance.choice(["suspended", "revoked"])
    if chance.random() < 0.3:
        made["hours"] = chance.randint(0, 3)
    if chance.random() < 0.3:
        made["competencies"] = dict.fromkeys(chance.sample("123", 2), "4")
    if chance.random() < 0.1:
        made |= {"kind": "course", "institution": COLLEGE, "code": f"c{chance.randrange(4)}"}
    return made


def one_course(chance: Random, n: int) -> dict[str, Any]:
    made = course(f"c{n}", small(chance.randint(1, 4)), category=chance.choice([*CATEGORIES, ""]))
    made["classes"] = chance.sample(CLASSES, chance.randint(0, 2))
    made["alignments"] = [
        {"competency": number, "level": "4", "kind": kind}
        for number in chance.sample("123", chance.randint(0, 2))
        for kind in ("taught", "assessed")
    ]
    if chance.random() < 0.2:
        made["open"] = True
    return made


def which(chance: Random, n_outcomes: int) -> dict[str, Any]:
    return chance.choice(
        [
            {"codes": [f"o{i}" for i in chance.sample(range(n_outcomes), min(2, n_outcomes))]},
            {"codes": [f"o{chance.randrange(n_outcomes)}"]},
            {"codes": [f"o{i}" for i in range(n_outcomes)]},
            {"kinds": some(chance, KINDS)},
            {"occupations": [OWN], "kinds": some(chance, KINDS)},
            {"schemes": ["vqc"]},
            {"levels": some(chance, LEVELS)},
            {"institutions": ["a"]},
        ]
    )


def demands(chance: Random) -> dict[str, Any]:
    return chance.choice(
        [
            {"level_at_least": chance.choice(LEVELS)},
            {"accredited": True},
            {"basis": some(chance, ["exam", "course", "experience"])},
            {"status": ["valid", "suspended"]},
            {"min_grade": chance.choice(["60", "75.5", "80"])},
            {"max_age_months": chance.choice([12, 48, 84])},
        ]
    )


def where(chance: Random, n_courses: int) -> dict[str, Any]:
    return chance.choice(
        [
            {"courses": [f"c{i}" for i in chance.sample(range(n_courses), min(2, n_courses))]},
            {"categories": some(chance, CATEGORIES)},
            {"classes": some(chance, CLASSES)},
        ]
    )


def tree(chance: Random, leaf: Any, depth: int = 0) -> dict[str, Any]:
    if depth < 2 and chance.random() < 0.3:
        word = chance.choice(["all", "any"])
        return {word: [tree(chance, leaf, depth + 1) for _ in range(2)]}
    return leaf()  # type: ignore[no-any-return]


def one_offer(chance: Random, n: int, n_outcomes: int, n_courses: int) -> dict[str, Any]:
    def taken() -> dict[str, Any]:
        return {"outcome": {**which(chance, n_outcomes), **(demands(chance) if chance.random() < 0.12 else {})}}

    def met() -> dict[str, Any]:
        if chance.random() < 0.8:
            return {"course": f"c{chance.randrange(n_courses + 1)}"}  # sometimes one that is not there
        return {"into": where(chance, n_courses)}

    keeps = chance.random() < 0.25
    made: dict[str, Any] = {
        "id": f"r{n}",
        "takes": taken() if keeps else tree(chance, taken),
        "gives": tree(chance, met),
    }
    if keeps:
        made["leftover"] = "keep"
    likely = (
        ("split", True, 0.3),
        ("worth", small(chance.randint(0, 6)), 0.25),
        ("hours_per_credit", chance.choice([30, 100]), 0.2),
        ("tolerance", small(chance.randint(0, 2)), 0.2),
        ("ratio", chance.choice(["0.5", "0.75", "1", "2"]), 0.3),
        ("needs", [f"c{chance.randrange(n_courses)}"], 0.05),
    )
    made |= {
        name: value for name, value, share in likely if chance.random() < share and (name, keeps) != ("tolerance", True)
    }
    if chance.random() < 0.25:
        made["evidence"] = chance.choice(
            [{"coverage_at_least": chance.choice(["62.5", "80", "100"]), "level": "4"}, {"decision": "2025-1"}]
        )
    return made


def one_cap(chance: Random, n: int, n_outcomes: int, n_courses: int) -> dict[str, Any]:
    made: dict[str, Any] = {"id": f"cap{n}"}
    if chance.random() < 0.4:
        made["of"] = which(chance, n_outcomes)
    if chance.random() < 0.3:
        made["into"] = where(chance, n_courses)
    if chance.random() < 0.6:
        made["each"] = chance.choice(["outcome", "kind", "scheme", "institution", "term", "year", "category"])
    limit = chance.choice(["credits", "percent", "count"])
    made[limit] = {
        "credits": small(chance.randint(0, 6)), "percent": chance.choice(["20", "33.33", "50"]), "count": chance.randint(0, 2)
    }[limit]  # fmt: skip
    if limit == "percent" and chance.random() < 0.5:
        made["percent_of"] = "into"
    return made


def one_group(chance: Random, n: int, n_outcomes: int, n_courses: int) -> dict[str, Any]:
    if chance.random() < 0.3:
        return {"id": f"group{n}", "courses": [f"c{i}" for i in chance.sample(range(n_courses), min(2, n_courses))]}
    made = {
        "id": f"group{n}",
        "outcomes": [which(chance, n_outcomes) for _ in range(2)],
        "keep": chance.choice(["one", "highest", "first"]),
    }
    if chance.random() < 0.5:
        made["by"] = [chance.choice(["occupation", "scheme", "institution"])]
    return made


def case(seed: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return a record, a programme and a rule-set."""
    chance = Random(seed)
    n_outcomes, n_courses, n_offers = chance.randint(2, 5), chance.randint(2, 4), chance.randint(2, 5)
    record = {"format": "guildhall-record/1", "outcomes": [one_outcome(chance, n) for n in range(n_outcomes)]}
    programme: dict[str, Any] = {
        "format": "guildhall-programme/1", "code": "P", "name": {"zh": "专业"}, "edition": "2025", "starts_on": "2025-09-01",
        "occupation": OWN, "institution": COLLEGE,
        "terms": [{"number": 1, "starts_on": "2025-09-01", "ends_on": "2026-01-16"}],
        "courses": [one_course(chance, n) for n in range(n_courses)],
    }  # fmt: skip
    if chance.random() < 0.3:
        programme["credits"] = small(chance.randint(5, 9))
    rules: dict[str, Any] = {
        "format": "guildhall-rule-set/1", "id": "rules", "edition": "2025", "institution": COLLEGE, "name": {"zh": "规则"},
        "starts_on": "2025-01-01", "grades": {"good": "80"},
        "offers": [one_offer(chance, n, n_outcomes, n_courses) for n in range(n_offers)],
        "conditions": [
            {"id": f"cond{n}", "of": which(chance, n_outcomes), **demands(chance)} for n in range(chance.choice([0, 0, 0, 1]))
        ],
        "ceilings": [
            {"id": "ceil", "levels": some(chance, LEVELS), "classes": some(chance, CLASSES)}
            for _ in range(chance.choice([0, 0, 0, 1]))
        ],
        "caps": [one_cap(chance, n, n_outcomes, n_courses) for n in range(chance.choice([0, 1, 1, 2]))],
        "groups": [one_group(chance, n, n_outcomes, n_courses) for n in range(chance.choice([0, 0, 1]))],
        "residency": [
            {"id": "own", **chance.choice([{"credits": small(3)}, {"percent": "40"}])} for _ in range(chance.choice([0, 0, 0, 1]))
        ],
        "exclusions": [{"id": "never", "into": where(chance, n_courses)} for _ in range(chance.choice([0, 0, 0, 1]))],
    }  # fmt: skip
    return record, programme, rules
