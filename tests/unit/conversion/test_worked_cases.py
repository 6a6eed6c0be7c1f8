"""Worked cases of the rule-sets that are shipped. Each expectation is reckoned by hand, and the reckoning stands beside it."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, NamedTuple

import pytest

from guildhall.core.amounts import amount_text
from guildhall.core.conversion import Plan, best_plan, read_rule_set
from guildhall.core.conversion.linting import lint
from guildhall.core.coverage import read_programme, read_standard
from guildhall.core.record import read_record
from tests.unit.conversion.chance import OWN, STANDARD
from tests.unit.conversion.made import ON, course, programme_file, record_file

PUBLISHED = resources.files("guildhall.core.conversion") / "published"
NAMES = sorted(one.name.removesuffix(".json") for one in PUBLISHED.iterdir() if one.name.endswith(".json"))

D = dict[str, Any]


def has(name: str, kind: str, worth: str | None = None, **more: Any) -> D:
    made: D = {"id": name, "kind": kind, "awarded_on": "2024-03-15", **more}
    return made if worth is None else {**made, "credits": worth}


def certificate(name: str, worth: str | None = None, level: str = "4", **more: Any) -> D:
    return has(name, "vocational-certificate", worth, level=level, occupation=OWN, basis="exam", **more)


def training(name: str, worth: str, holds: str = "123", **more: Any) -> D:
    return has(name, "training-certificate", worth, occupation=OWN, competencies=dict.fromkeys(holds, "4"), **more)


def x(name: str, worth: str, level: str, **more: Any) -> D:
    return has(name, "x-certificate", worth, level=level, **more)


def teaches(code: str, size: str, numbers: str = "123", category: str = "major", *classes: str, **more: Any) -> D:
    given = [{"competency": n, "level": "4", "kind": kind} for n in numbers for kind in ("taught", "assessed")]
    return course(code, size, category=category, classes=list(classes), alignments=given, **more)


def plain(code: str, size: str, category: str = "major", *classes: str, **more: Any) -> D:
    return teaches(code, size, "", category, *classes, **more)


def room(code: str, size: str, category: str) -> D:
    return plain(code, size, category, open=True)


class Worked(NamedTuple):
    """A case: what converts in all, by which conversions (where there is but one way), and why something is left."""

    rules: str
    outcomes: list[D]
    courses: list[D]
    total: str
    by: set[str] | None = None
    left: dict[str, set[str]] | None = None
    asked: str | None = None


# Guangdong. The standard's weights are 50, 30, 20 for competencies 1, 2, 3; half of 20 credits is 10, a quarter 5.
GUANGDONG = {
    "a certificate of level 4 holds all that the course teaches": Worked(
        "guangdong", [certificate("s", "4")], [teaches("A", "4")], "4", {"s>A"}, asked="20"
    ),
    "80 percent is enough: 50 + 30 of 100": Worked(
        "guangdong", [training("t", "4", "12")], [teaches("A", "4")], "4", {"t>A"}, asked="20"
    ),
    "50 of 50 + 30 is 62.5 percent: too little, 2 is missing": Worked(
        "guangdong", [training("t", "4", "1")], [teaches("A", "4", "12")], "0", set(), {"A": {"training:coverage"}}, "20"
    ),
    "50 + 20 of 100 is 70 percent: too little": Worked(
        "guangdong", [training("t", "4", "13")], [teaches("A", "4")], "0", set(), {"t": {"training:coverage"}}, "20"
    ),
    "3.5 credits are near enough to 4": Worked(
        "guangdong", [training("t", "3.5")], [teaches("A", "4")], "4", {"t>A"}, asked="20"
    ),
    "3.49 credits are not: 3.49 + 0.5 < 4": Worked(
        "guangdong", [training("t", "3.49")], [teaches("A", "4")], "0", set(), {"A": {"training:credits"}}, "20"
    ),
    "6 + 5 are more than half of 20, so the larger one": Worked(
        "guangdong", [training("t", "6"), training("u", "5")], [teaches("A", "6"), teaches("B", "5")], "6", None,
        {"B": {"half"}}, "20",
    ),
    "6 + 4 are just half of 20": Worked(
        "guangdong", [training("t", "6"), training("u", "4")], [teaches("A", "6"), teaches("B", "4")], "10",
        {"t>A", "u>B"}, asked="20",
    ),
    "3 + 3 online are more than a quarter of 20": Worked(
        "guangdong",
        [has(n, "online-course", "3", occupation=OWN, competencies={"1": "4"}) for n in "vw"],
        [teaches("A", "3", "1"), teaches("B", "2.9", "1")],
        "3", None, {"B": {"online-quarter"}}, "20",
    ),
    "online 4 of at most 5, and 6 by training: half of 20": Worked(
        "guangdong",
        [has("w", "online-course", "4", occupation=OWN, competencies={"1": "4"}), training("t", "6", "2")],
        [teaches("A", "4", "1"), teaches("B", "6", "2")],
        "10", {"w>A", "t>B"}, asked="20",
    ),
    "level 3 absorbs level 4 of the same occupation": Worked(
        "guangdong", [certificate("four", "4"), certificate("three", "4", "3")],
        [teaches("A", "4"), teaches("B", "3.9")], "4", {"three>A"}, {"four": {f"highest-only:{OWN}"}}, "20",
    ),
    "the same content as self-study and online counts once": Worked(
        "guangdong",
        [
            has("q", "self-study-exam", "3", code="MATH", occupation=OWN, competencies={"1": "4"}),
            has("w", "online-course", "2", code="MATH", occupation=OWN, competencies={"2": "4"}),
        ],
        [teaches("A", "3", "1"), teaches("B", "2", "2")],
        "3", {"q>A"}, {"w": {"same-content-once:MATH"}}, "20",
    ),
    "n to 1: training holds 50, the certificate 30 + 20 of 100, each 2 credits of 4": Worked(
        "guangdong", [training("t", "2", "1"), certificate("s", "2", competencies={"2": "4", "3": "4"})],
        [teaches("A", "4")], "4", {"s+t>A"}, asked="20",
    ),
    "1 to n: a certificate of 6 credits for two courses of 3": Worked(
        "guangdong", [certificate("s", "6")], [teaches("A", "3"), teaches("B", "3")], "6", {"s>A,B"}, asked="20"
    ),
}  # fmt: skip

# College A. 初 → foundation, 中 → core, 高 → both; at most 8 credits by one X certificate, and no more than it has.
COLLEGE_A = {
    "初 goes into foundation courses": Worked(
        "college-a", [x("x1", "8", "elementary")], [plain("F1", "4", "major", "foundation"), plain("F2", "4", "major", "foundation")],
        "8", {"x1>F1,F2"},
    ),
    "初 does not go into core, were it more": Worked(
        "college-a", [x("x1", "5", "elementary")], [plain("F1", "4", "major", "foundation"), plain("K1", "5", "major", "core")],
        "4", {"x1>F1"}, {"K1": {"elementary-foundation"}},
    ),
    "中 goes into core only": Worked(
        "college-a", [x("x1", "6", "intermediate")], [plain("F1", "6", "major", "foundation"), plain("K1", "5", "major", "core")],
        "5", {"x1>K1"}, {"F1": {"intermediate-core"}},
    ),
    "高 goes into both": Worked(
        "college-a", [x("x1", "8", "advanced")], [plain("F1", "4", "major", "foundation"), plain("K1", "4", "major", "core")],
        "8", {"x1>F1,K1"},
    ),
    "9 credits of one X: the cap of 8 binds": Worked(
        "college-a", [x("x1", "9", "advanced")],
        [plain("F1", "4", "major", "foundation"), plain("K1", "4", "major", "core"), plain("F2", "1", "major", "foundation")],
        "8", {"x1>F1,K1"}, {"F2": {"eight-an-x:x1"}},
    ),
    "an X of 3 credits is not enough for a course of 4": Worked(
        "college-a", [x("x1", "3", "advanced")], [plain("F1", "4", "major", "foundation")], "0", set(), {"F1": {"x-to-courses:credits"}}
    ),
    "a course is met by one X": Worked(
        "college-a", [x("x1", "4", "elementary"), x("x2", "4", "elementary")], [plain("F1", "4", "major", "foundation")],
        "4", None, {"x1|x2": {"course-once:F1"}},
    ),
    "an X that ended the day before does not count": Worked(
        "college-a", [x("x1", "4", "elementary", valid_until="2025-11-21")], [plain("F1", "4", "major", "foundation")],
        "0", set(), {"x1": {"valid-on-the-day:x1"}},
    ),
    "an X counts on its last day": Worked(
        "college-a", [x("x1", "4", "elementary", valid_until="2025-11-22")], [plain("F1", "4", "major", "foundation")], "4", {"x1>F1"}
    ),
    "a suspended X does not count": Worked(
        "college-a", [x("x1", "4", "elementary", status="suspended")], [plain("F1", "4", "major", "foundation")],
        "0", set(), {"x1": {"valid-on-the-day:x1"}},
    ),
    "of two that would do, the one that ends first is spent": Worked(
        "college-a", [x("x1", "4", "elementary"), x("x2", "4", "elementary", valid_until="2026-01-01")],
        [plain("F1", "4", "major", "foundation")], "4", {"x2>F1"},
    ),
    "one X of 8 rather than two of 4: fewer are spent": Worked(
        "college-a", [x("x1", "4", "elementary"), x("x2", "4", "elementary"), x("x3", "8", "elementary")],
        [plain("F1", "4", "major", "foundation"), plain("F2", "4", "major", "foundation")], "8", {"x3>F1,F2"},
    ),
}  # fmt: skip

# College B. Major courses have 4 + 4 + 32 = 40 credits, a fifth is 8; general ones 2 + 18 = 20, a fifth is 4.
MAJOR = [plain("M1", "4"), plain("M2", "4"), plain("M3", "32")]
GENERAL = [plain("G1", "2", "general"), plain("G2", "18", "general")]
COLLEGE_B = {
    "a certificate exempts courses up to its credits": Worked(
        "college-b", [certificate("s", "6")], [MAJOR[0], MAJOR[2], *GENERAL], "6", {"s>M1,G1"}
    ),
    "what is left is lost: 5 credits, a course of 4, none of 1": Worked(
        "college-b", [certificate("s", "5")], [MAJOR[0], MAJOR[2], *GENERAL], "4", {"s>M1"}, {"G1": {"exempt:credits"}}
    ),
    "a course of 4 is more than an outcome of 3": Worked(
        "college-b", [certificate("s", "3")], [MAJOR[0], MAJOR[2], *GENERAL], "2", {"s>G1"}, {"M1": {"exempt:credits"}}
    ),
    "a fifth of major and a fifth of general: 8 + 2": Worked(
        "college-b", [certificate("s", "42")], [*MAJOR, *GENERAL], "10", {"s>M1,M2,G1"}, {"M3": {"fifth-of-major"}}
    ),
    "a fifth of general is 4: not 2 + 3": Worked(
        "college-b", [certificate("s", "5")], [plain("G1", "2", "general"), plain("G3", "3", "general"), plain("G4", "15", "general")],
        "3", {"s>G3"}, {"G1": {"fifth-of-general"}},
    ),
    "politics are excluded": Worked(
        "college-b", [certificate("s", "3")], [*GENERAL, plain("P1", "3", "general", "politics")], "2", {"s>G1"},
        {"P1": {"politics-and-sports"}},
    ),
    "sports are excluded": Worked(
        "college-b", [certificate("s", "3")], [*GENERAL, plain("P1", "3", "general", "sports")], "2", {"s>G1"},
        {"P1": {"politics-and-sports"}},
    ),
    "an outcome is spent once: what would do for both exempts one": Worked(
        "college-b", [certificate("s", "4")], MAJOR, "4", None, {"M1|M2": {"exempt:credits"}}
    ),
    "two certificates exempt two courses": Worked(
        "college-b", [certificate("s", "4"), certificate("u", "4")], MAJOR, "8"
    ),
    "training is not among what the college takes": Worked(
        "college-b", [training("t", "4")], MAJOR, "0", set(), {"t": {""}}
    ),
    "a certificate that will be awarded tomorrow does not count": Worked(
        "college-b", [certificate("s", "4", awarded_on="2025-11-23")], MAJOR, "0", set(), {"s": {"valid-on-the-day:s"}}
    ),
}  # fmt: skip

# College C. A state certificate is worth 3 credits, one of industry 1.
COLLEGE_C = {
    "a state certificate is worth 3": Worked("college-c", [certificate("s")], [room("E", "10", "elective")], "3", {"s>E"}),
    "one of industry is worth 1": Worked("college-c", [has("i", "other-certificate")], [room("E", "10", "elective")], "1", {"i>E"}),
    "both are worth 4": Worked(
        "college-c", [certificate("s"), has("i", "other-certificate")], [room("E", "10", "elective")], "4", {"s>E", "i>E"}
    ),
    "only while it is valid": Worked(
        "college-c", [certificate("s", valid_until="2025-11-01"), has("i", "other-certificate")], [room("E", "10", "elective")],
        "1", {"i>E"}, {"s": {"valid-on-the-day:s"}},
    ),
    "room for 3 is full with the state certificate": Worked(
        "college-c", [certificate("s"), has("i", "other-certificate")], [room("E", "3", "elective")], "3", {"s>E"},
        {"i": {"course-once:E"}},
    ),
    "a course of 2 takes 2 of the 3": Worked("college-c", [certificate("s")], [plain("E", "2", "elective")], "2", {"s>E"}),
}  # fmt: skip

# Korea. Rooms are those of the degree, or larger where another limit is to be seen.
BACHELOR = [room("MAJ", "60", "major"), room("GEN", "30", "general"), room("ELE", "50", "elective")]


def taken(name: str, worth: str, year: int, term: str = "", school: str = "", **more: Any) -> D:
    return has(name, "course", worth, awarded_on=f"{year}-06-15", term=term, institution=school, **more) if year else {}


KOREA = {
    "three certificates for a bachelor, the fourth is left": Worked(
        "korea-acbs-bachelor", [certificate(n, "20") for n in "abcd"], BACHELOR, "60", None, {"a|b|c|d": {"certificates"}}
    ),
    "two certificates for an associate degree": Worked(
        "korea-acbs-associate", [certificate(n, "10") for n in "abc"], [room("MAJ", "45", "major")], "20", None,
        {"a|b|c": {"certificates"}},
    ),
    "a certificate by experience only is excluded": Worked(
        "korea-acbs-bachelor", [{**certificate("a", "20"), "basis": "experience"}], BACHELOR, "0", set(), {"a": {"by-exam"}}
    ),
    "a certificate by course only is excluded": Worked(
        "korea-acbs-bachelor", [{**certificate("a", "20"), "basis": "course"}], BACHELOR, "0", set(), {"a": {"by-exam"}}
    ),
    "a certificate by degree is excluded": Worked(
        "korea-acbs-bachelor", [{**certificate("a", "20"), "basis": "degree"}], BACHELOR, "0", set(), {"a": {"by-exam"}}
    ),
    "45 credits in a year are more than 42": Worked(
        "korea-acbs-bachelor", [taken(n, "15", 2024) for n in "abc"], BACHELOR, "30", None, {"a|b|c": {"year-42:2024"}}
    ),
    "30 credits in a term are more than 24": Worked(
        "korea-acbs-bachelor", [taken(n, "15", 2024, "t1") for n in "ab"], BACHELOR, "15", None, {"a|b": {"term-24:t1"}}
    ),
    "24 and 18 in the terms of a year are just 42": Worked(
        "korea-acbs-bachelor", [taken("a", "24", 2024, "t1"), taken("b", "18", 2024, "t2")], BACHELOR, "42"
    ),
    "105 credits from one institution, not 126": Worked(
        "korea-acbs-bachelor", [taken(f"c{n}", "21", 2020 + n // 2, school="u1") for n in range(6)],
        [room("MAJ", "63", "major"), room("GEN", "42", "general"), room("ELE", "63", "elective")], "105", None,
        {"c0|c1|c2|c3|c4|c5": {"one-institution:u1"}}, "140",
    ),
    "60 from one institution for an associate degree, not 75": Worked(
        "korea-acbs-associate", [taken(f"c{n}", "15", 2020 + n // 2, school="u1") for n in range(5)],
        [room("MAJ", "45", "major"), room("GEN", "15", "general"), room("ELE", "20", "elective")], "60", None,
        {"c0|c1|c2|c3|c4": {"one-institution:u1"}},
    ),
    "a course of the same name counts once": Worked(
        "korea-acbs-bachelor", [taken("a", "3", 2023, code="MATH"), taken("b", "3", 2024, code="MATH")], BACHELOR, "3", None,
        {"a|b": {"same-name-once:MATH"}},
    ),
    "an associate degree: 45 credits in a year are more than 42 as well": Worked(
        "korea-acbs-associate", [taken(n, "15", 2024) for n in "abc"], [room("MAJ", "45", "major")], "30", None,
        {"a|b|c": {"year-42:2024"}},
    ),
    "an associate degree: 30 credits in a term are more than 24 as well": Worked(
        "korea-acbs-associate", [taken(n, "15", 2024, "t1") for n in "ab"], [room("MAJ", "45", "major")], "15", None,
        {"a|b": {"term-24:t1"}},
    ),
    "an associate degree: a certificate by experience is excluded as well": Worked(
        "korea-acbs-associate", [{**certificate("a", "10"), "basis": "experience"}], [room("MAJ", "45", "major")], "0", set(),
        {"a": {"by-exam"}},
    ),
    "an associate degree: a course of the same name counts once as well": Worked(
        "korea-acbs-associate", [taken("a", "3", 2023, code="MATH"), taken("b", "3", 2024, code="MATH")],
        [room("MAJ", "45", "major")], "3", None, {"a|b": {"same-name-once:MATH"}},
    ),
    "general room takes no certificate": Worked(
        "korea-acbs-bachelor", [certificate("a", "20")], [room("GEN", "30", "general")], "0", set(), {"a": {""}}
    ),
}  # fmt: skip

INDIA = {
    "credit seven years old to the day is redeemed": Worked(
        "india-abc", [has("a", "course", "4", awarded_on="2018-11-22")], [plain("A", "4")], "4", {"a>A"}, asked="20"
    ),
    "a day more and it has lapsed": Worked(
        "india-abc", [has("a", "course", "4", awarded_on="2018-11-21")], [plain("A", "4")], "0", set(), {"a": {"seven-years"}}, "20"
    ),
    "half is earned at home: 20 of 40 are redeemed, not 30": Worked(
        "india-abc", [has(n, "course", "10", awarded_on=f"202{i}-06-15") for i, n in enumerate("abc")],
        [plain(n, "10") for n in "ABCD"], "20", None, {"a|b|c": {"half-at-home"}},
    ),
    "90 hours are 3 credits": Worked(
        "india-abc", [has("t", "training-certificate", hours=90)], [room("E", "10", "elective")], "3", {"t>E"}, asked="20"
    ),
    "89 hours are 2.96 credits, the rest of a hundredth is nothing": Worked(
        "india-abc", [has("t", "training-certificate", hours=89)], [room("E", "10", "elective")], "2.96", {"t>E"}, asked="20"
    ),
    "25 and 25 in one year are more than 40": Worked(
        "india-abc", [has(n, "course", "25", awarded_on="2024-06-15") for n in "ab"], [plain("A", "25"), plain("B", "24")], "25",
        None, {"B": {"forty-a-year:2024"}}, "200",
    ),
}  # fmt: skip

CASES = {**GUANGDONG, **COLLEGE_A, **COLLEGE_B, **COLLEGE_C, **KOREA, **INDIA}


def planned(case: Worked) -> Plan:
    more: D = {} if case.asked is None else {"credits": case.asked}
    return best_plan(
        read_record(record_file(*case.outcomes)),
        read_programme(programme_file(*case.courses, institution=case.rules, **more)),
        read_rule_set((PUBLISHED / f"{case.rules}.json").read_bytes()),
        on=ON,
        standards=[read_standard(json.dumps(STANDARD).encode())],
    )


@pytest.mark.parametrize("name", CASES)
def test_a_worked_case_comes_out_as_reckoned_by_hand(name):
    case = CASES[name]
    plan = planned(case)
    assert plan.proved
    assert amount_text(plan.worth.credits) == case.total
    own = {
        "+".join(sorted(one.outcome for one in decision.outcomes))
        + ">"
        + ",".join(one.course for one in decision.courses)
        for decision in plan.decisions
    }
    assert case.by is None or own == case.by
    left = {one.id: {str(reason.rule) for reason in one.reasons} for one in (*plan.left_outcomes, *plan.left_courses)}
    for ids, rules in (case.left or {}).items():
        found = [left[one] for one in ids.split("|") if one in left]
        assert found
        assert all(one == rules for one in found)
    for decision in plan.decisions:
        assert decision.rules[0] == decision.offer
        assert {step.rule.rule for step in decision.caps} <= set(decision.rules)


def test_there_are_forty_worked_cases_and_every_rule_set_has_some():
    assert len(CASES) >= 40
    assert {case.rules for case in CASES.values()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shipped_cites_its_sources_and_has_no_faults(name):
    data = (PUBLISHED / f"{name}.json").read_bytes()
    rule_set = read_rule_set(data)
    assert rule_set.source
    assert rule_set.unconfirmed
    assert rule_set.id == name
    assert all(rule["source"] for section in json.loads(data).values() if isinstance(section, list) for rule in section)
    assert lint(rule_set) == ()


def test_the_grade_that_the_rules_say_is_entered_and_the_rest_is_lost():
    plan = planned(COLLEGE_B["what is left is lost: 5 credits, a course of 4, none of 1"])
    (decision,) = plan.decisions
    assert (decision.courses[0].grade, decision.courses[0].counts) == ("90", True)
    assert (decision.outcomes[0].drawn, decision.outcomes[0].left, decision.outcomes[0].kept) == (400, 100, False)
    assert decision.rules == ("exempt", "fifth-of-major")


def test_the_reason_says_what_is_covered_of_how_much_and_what_is_missing():
    plan = planned(GUANGDONG["50 of 50 + 30 is 62.5 percent: too little, 2 is missing"])
    (reason,) = plan.left_courses[0].reasons
    assert reason.params == {"covered": "62.5", "wanted": "80.0", "missing": ["2"]}


def test_the_reason_says_by_how_much_a_cap_is_exceeded():
    plan = planned(GUANGDONG["6 + 5 are more than half of 20, so the larger one"])
    (reason,) = plan.left_courses[0].reasons
    assert reason.params == {"limit": "10", "over": "1"}
