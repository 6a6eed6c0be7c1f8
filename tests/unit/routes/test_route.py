"""Ways by hand: waits, trainings, studies, licences; what blocks; proofs; and what more offers and facts may never do."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from guildhall.cli import app
from guildhall.core.errors import Error
from guildhall.core.record import HeldAward
from guildhall.core.routes import (
    CHEAPEST,
    SHORTEST,
    NoWayError,
    RouteTooLargeError,
    ground,
    opened,
    read_post,
    route,
    route_json,
    to_certificate,
    to_post,
)
from tests.unit.routes.made import ON, Chance, clause, offers_of, record_of, rules_of, sitting

OWN, OTHER = "6-31-01-03", "6-31-01-07"
ROOT = Path(__file__).resolve().parents[3]


def standard(levels: dict[str, list[dict[str, Any]]], occupation: str = OWN, **more: Any) -> dict[str, Any]:
    return {"occupation": occupation, "edition": "1", "starts_on": "2020-01-01", "levels": levels, **more}


LADDER = {
    "standards": [
        standard(
            {
                "5": [clause("5a", {"kind": "training", "hours": 80, "level": "5"})],
                "4": [
                    clause("4a", {"kind": "award", "level": "5", "months": 12}),
                    clause("4b", {"kind": "work", "years": 6}),
                ],
            }
        )
    ]
}
EVENING = {"id": "evening", "occupation": OWN, "level": "5", "hours": 80, "price": "100", "days": 60}
QUICK = {"id": "quick", "occupation": OWN, "level": "5", "hours": 80, "price": "900", "days": 10}
ONE_JOB = {"jobs": [{"occupation": OWN, "starts_on": "2025-01-01", "ends_on": None}]}


def asked(record: Any, goal: Any, offers: Any, rules: Any = LADDER, **more: Any):
    return route(
        record_of(record), goal, offers_of(offers), rules_of(rules), on=ON, ground=ground(alike=("pcc", "vqc")), **more
    )


def kinds(found: Any) -> list[tuple[str, str]]:
    return [(step.kind, step.offer) for step in found.steps]


def test_the_ladder_is_climbed_through_training_and_a_wait():
    sittings = [
        sitting("five", OWN, "5", date(2026, 3, 15), "50"),
        sitting("four-early", OWN, "4", date(2027, 4, 1), "60"),
        sitting("four", OWN, "4", date(2027, 4, 24), "60"),
    ]
    found = asked({}, to_certificate(OWN, "4"), {"sittings": sittings, "trainings": [EVENING, QUICK]})
    # awarded level 5 on 2026-04-24: level 4 may be applied for on 2027-04-24, the very last day of the second sitting
    assert kinds(found) == [("training", "evening"), ("sitting", "five"), ("wait", ""), ("sitting", "four")]
    assert (found.arrives_on, found.price, found.proved) == (date(2027, 6, 3), 21000, True)
    last = found.steps[-1]
    assert (last.apply_on, last.apply_by, last.answer.first_clause.id) == (date(2027, 4, 24), date(2027, 4, 24), "4a")
    assert found.steps[2].starts_on == date(2026, 4, 24)
    assert found.steps[2].done_on == date(2027, 4, 24)


def test_one_day_later_the_sitting_is_missed():
    sittings = [sitting("five", OWN, "5", date(2026, 3, 15)), sitting("four", OWN, "4", date(2027, 4, 23))]
    with pytest.raises(NoWayError) as caught:
        asked({}, to_certificate(OWN, "4"), {"sittings": sittings, "trainings": [EVENING]})
    assert {"too_late", "nothing_offered"} <= {one["code"] for one in caught.value.params["blocks"]}


def test_the_shortest_pays_for_speed_and_the_cheapest_waits():
    sittings = [
        sitting("soon", OWN, "5", date(2026, 1, 20)),
        sitting("later", OWN, "5", date(2026, 6, 1)),
    ]
    offers = {"sittings": sittings, "trainings": [EVENING, QUICK]}
    quick = asked({}, to_certificate(OWN, "5"), offers)
    cheap = asked({}, to_certificate(OWN, "5"), offers, by=CHEAPEST)
    assert kinds(quick) == [("training", "quick"), ("sitting", "soon")]
    assert kinds(cheap) == [("training", "evening"), ("sitting", "later")]
    assert (quick.price, cheap.price) == (100000, 20000)


def test_hours_are_put_together_from_several_courses_at_the_best_price():
    half = {"id": "half", "occupation": OWN, "level": "5", "hours": 40, "price": "30", "days": 20}
    offers = {
        "sittings": [sitting("five", OWN, "5", date(2026, 6, 1))],
        "trainings": [EVENING, half, half | {"id": "half-2", "price": "40"}, half | {"id": "half-3", "price": "35"}],
    }
    found = asked({}, to_certificate(OWN, "5"), offers, by=CHEAPEST)
    assert sorted(kinds(found)) == [("sitting", "five"), ("training", "half"), ("training", "half-3")]


def test_what_serves_two_conditions_is_paid_once():
    twice = clause(
        "twice",
        {"kind": "award", "level": "5", "months": 6},
        {"kind": "work", "months": 3, "after": {"kind": "award", "level": "5"}},
    )
    dearer = clause("dearer", {"kind": "training", "hours": 80, "level": "4"})
    rules = {"standards": [standard({"5": [clause("5", {"kind": "work", "months": 1})], "4": [twice, dearer]})]}
    offers = {
        "sittings": [
            sitting("five", OWN, "5", date(2026, 2, 1), "100"),
            sitting("four", OWN, "4", date(2027, 1, 1), "100"),
        ],
        "trainings": [EVENING | {"level": "4", "price": "150"}],
    }
    found = asked(ONE_JOB, to_certificate(OWN, "4"), offers, rules, by=CHEAPEST)
    assert [offer for _, offer in kinds(found) if offer] == ["five", "four"]
    assert found.price == 20000


def test_who_waits_long_enough_needs_no_lower_certificate():
    offers = {"sittings": [sitting("four", OWN, "4", date(2031, 1, 1))]}
    found = asked(ONE_JOB, to_certificate(OWN, "4"), offers)
    assert kinds(found) == [("wait", ""), ("sitting", "four")]
    assert found.steps[0].rules == ("4b",)
    assert found.steps[0].done_on == date(2031, 1, 1)
    with pytest.raises(NoWayError):
        asked(ONE_JOB, to_certificate(OWN, "4"), {"sittings": [sitting("four", OWN, "4", date(2030, 12, 31))]})


def test_who_is_there_needs_no_step_and_a_higher_level_will_do():
    held = {"awards": [{"occupation": OWN, "level": "3", "awarded_on": "2025-01-01", "scheme": "vqc"}]}
    found = asked(held, to_certificate(OWN, "4"), {})
    assert (found.steps, found.price, found.arrives_on, found.proved) == ((), 0, ON, True)
    with pytest.raises(NoWayError):
        asked(held, to_certificate(OWN, "4", "pcc"), {})


def test_the_edition_in_force_on_the_day_of_application_decides():
    strict = standard({"4": [clause("new", {"kind": "work", "years": 50})]}, starts_on="2027-01-01", edition="2")
    mild = standard({"4": [clause("old", {"kind": "work", "months": 18})]}, ends_on="2026-12-31")
    offers = {"sittings": [sitting("a", OWN, "4", date(2027, 2, 1)), sitting("b", OWN, "4", date(2027, 3, 1), "1")]}
    found = asked(ONE_JOB, to_certificate(OWN, "4"), offers, {"standards": [mild, strict]})
    assert found.steps[-1].apply_on == date(2026, 7, 1)
    assert found.steps[-1].answer.first_clause.id == "old"
    late = {"sittings": [one | {"opens_on": "2027-01-01"} for one in offers["sittings"]]}
    with pytest.raises(NoWayError):
        asked(ONE_JOB, to_certificate(OWN, "4"), late, {"standards": [mild, strict]})
    turned = {
        "standards": [
            strict | {"starts_on": "2020-01-01", "ends_on": "2026-12-31"},
            mild | {"starts_on": "2027-01-01", "ends_on": None},
        ]
    }
    assert asked(ONE_JOB, to_certificate(OWN, "4"), offers, turned).steps[-1].apply_on == date(2027, 1, 1)


def leaf(kind: str, own: str, **members: Any) -> dict[str, Any]:
    return {"id": own, "text": {"zh": own}, "kind": kind, **members}


def a_post(*requires: dict[str, Any]) -> Any:
    root = {
        "format": "guildhall-post/1", "id": "p", "edition": "1", "employer": "e", "name": {"zh": "岗"}, "occupation": OWN,
        "requires": {"id": "all", "all": list(requires)},
    }  # fmt: skip
    return to_post(read_post(json.dumps(root).encode()))


LICENCE = {
    "id": "course",
    "code": "low-voltage",
    "price": "500",
    "runs": [
        {"starts_on": "2026-02-01", "ends_on": "2026-03-31"},
        {"starts_on": "2026-01-10", "ends_on": "2026-02-28"},
    ],
}


def test_a_post_asks_for_a_licence_a_certificate_and_work_at_once():
    goal = a_post(
        leaf("licence", "l", codes=["low-voltage"]),
        leaf("certificate", "c", occupation=OWN, level="5"),
        leaf("work", "w", occupation=OWN, months=24),
    )
    offers = {"sittings": [sitting("five", OWN, "5", date(2026, 6, 1))], "trainings": [EVENING], "licences": [LICENCE]}
    found = asked(ONE_JOB, goal, offers)
    assert found.arrives_on == date(2027, 1, 1)
    assert kinds(found)[-1] == ("wait", "")
    assert found.steps[-1].rules == ("w",)
    assert ("licence", "course@2026-01-10") in kinds(found)
    assert next(step for step in found.steps if step.kind == "licence").rules == ("course", "l")


def test_a_licence_that_runs_out_before_the_certificate_comes_is_renewed():
    held = ONE_JOB | {
        "outcomes": [
            {
                "id": "old", "kind": "other-certificate", "awarded_on": "2024-01-01", "valid_until": "2026-03-01",
                "code": "low-voltage",
            }
        ]
    }  # fmt: skip
    goal = a_post(leaf("licence", "l", codes=["low-voltage"]), leaf("certificate", "c", occupation=OWN, level="5"))
    offers = {"sittings": [sitting("five", OWN, "5", date(2026, 6, 1))], "trainings": [EVENING], "licences": [LICENCE]}
    found = asked(held, goal, offers)
    assert "licence" in [step.kind for step in found.steps]
    assert found.arrives_on == date(2026, 7, 11)
    in_force = asked(held, a_post(leaf("licence", "l", codes=["low-voltage"])), offers)
    assert in_force.steps == ()


STUDY = {
    "id": "study",
    "institution": "college",
    "programme": "ELEC",
    "diploma": "college",
    "major": "电气",
    "credits": "40",
    "credits_per_term": "10",
    "price_per_term": "1000",
    "terms": [
        {"starts_on": f"{year}-{start}", "ends_on": f"{year}-{end}"}
        for year in (2026, 2027, 2028)
        for start, end in (("02-20", "07-10"), ("09-01", "12-31"))
    ],
}


@pytest.mark.parametrize(
    ("converted", "n_terms", "ends"),
    [
        (0, 4, "2027-12-31"),
        (999, 4, "2027-12-31"),
        (1000, 3, "2027-07-10"),
        (3000, 1, "2026-07-10"),
        (9000, 1, "2026-07-10"),
    ],
)
def test_what_is_converted_shortens_a_study_by_whole_terms(converted, n_terms, ends):
    goal = a_post(leaf("academic", "d", diploma="college"))
    found = asked({}, goal, {"studies": [STUDY]}, convert=lambda *_: converted)
    assert (found.price, found.arrives_on) == (n_terms * 100000, date.fromisoformat(ends))
    assert found.steps[0].rules[:2] == ("study", "ELEC")


def test_a_certificate_on_the_way_can_shorten_the_study_and_is_taken_only_where_it_pays():
    goal = a_post(leaf("academic", "d", diploma="college"))

    def convert(_study: Any, record: Any, on: date) -> int:
        return 2000 if any(one.level == "5" and one.awarded_on <= on for one in record.awards) else 0

    offers = {
        "studies": [STUDY],
        "trainings": [EVENING],
        "sittings": [sitting("five", OWN, "5", date(2026, 3, 15), "50")],
    }
    cheap = asked({}, goal, offers, by=CHEAPEST, convert=convert)
    assert {kind for kind, _ in kinds(cheap)} == {"study", "training", "sitting"}
    assert (cheap.price, cheap.arrives_on) == (100000 * 2 + 15000, date(2027, 7, 10))
    dear = offers | {"trainings": [EVENING | {"price": "2500"}]}
    assert asked({}, goal, dear, by=CHEAPEST, convert=convert).price == 400000
    assert asked({}, goal, offers, by=CHEAPEST).price == 400000


def test_a_study_needs_what_it_needs():
    goal = a_post(leaf("academic", "d", diploma="college"))
    needs = leaf("academic", "school", diploma="secondary-vocational")
    with pytest.raises(NoWayError) as caught:
        asked({}, goal, {"studies": [STUDY | {"needs": needs}]})
    assert ("too_late", "school") in {(one["code"], one["of"]) for one in caught.value.params["blocks"]}
    school = {"diplomas": [{"kind": "technical-school", "major": "x", "graduates_on": "2020-07-01"}]}
    assert asked(school, goal, {"studies": [STUDY | {"needs": needs}]}).price == 400000


def test_rules_that_ask_for_one_another_end_in_a_named_block():
    circle = {
        "standards": [
            standard(
                {"4": [clause("a", {"kind": "award", "level": "4", "related": True})]}, OWN, related_occupations=[OTHER]
            ),
            standard(
                {"4": [clause("b", {"kind": "award", "level": "4", "related": True})]}, OTHER, related_occupations=[OWN]
            ),
        ]
    }
    offers = {
        "sittings": [
            sitting(f"{n}-{code}", code, "4", date(2026, 2, 1) + timedelta(50 * n))
            for n in range(3)
            for code in (OWN, OTHER)
        ]
    }
    with pytest.raises(NoWayError) as caught:
        asked({}, to_certificate(OWN, "4"), offers, circle)
    assert caught.value.params["blocks"]


@pytest.mark.parametrize(
    ("offers", "rules", "code"),
    [
        ({}, LADDER, "nothing_offered"),
        ({"sittings": [sitting("x", OWN, "4", date(2027, 1, 1))]}, {"standards": [standard(LADDER["standards"][0]["levels"], OTHER)]}, "no_rules"),
        ({"sittings": [sitting("x", OWN, "3", date(2027, 1, 1))]}, LADDER, "no_rules"),
        ({"sittings": [sitting("x", OWN, "5", date(2027, 1, 1))], "trainings": [EVENING | {"hours": 79}]}, LADDER, "too_little"),
        ({"sittings": [sitting("x", OWN, "5", date(2026, 2, 1))], "trainings": [EVENING]}, LADDER, "too_late"),
        ({"sittings": [sitting("x", OWN, "5", date(2025, 12, 31))], "trainings": [EVENING]}, LADDER, "nothing_offered"),
    ],
)  # fmt: skip
def test_where_there_is_no_way_it_is_said_what_blocks(offers, rules, code):
    goal = to_certificate(OWN, "4" if code in ("no_rules", "nothing_offered") and "trainings" not in offers else "5")
    for by in (SHORTEST, CHEAPEST):
        with pytest.raises(NoWayError) as caught:
            asked({}, goal, offers, rules, by=by)
        assert code in {one["code"] for one in caught.value.params["blocks"]}


def many_halves() -> dict[str, Any]:
    halves = [
        {"id": f"h{n}", "occupation": OWN, "level": "5", "hours": 7 + n % 5, "price": str(50 + 13 * n % 37), "days": 20}
        for n in range(24)
    ]
    return {"sittings": [sitting("five", OWN, "5", date(2026, 6, 1))], "trainings": halves}


def test_work_that_does_not_suffice_and_no_way_in_sight_is_a_coded_answer(monkeypatch):
    monkeypatch.setattr("guildhall.core.routes.searching._DIVE", 0)
    with pytest.raises(RouteTooLargeError) as caught:
        asked({}, to_certificate(OWN, "5"), many_halves(), by=CHEAPEST, work=1)
    assert caught.value.params["price_at_least"] > 0


@pytest.mark.parametrize("work", [1, 3, 10])
def test_an_unproved_way_tells_how_far_it_may_be_from_the_best(work):
    goal = to_certificate(OWN, "5")
    found = asked({}, goal, many_halves(), by=CHEAPEST, work=work)
    best = asked({}, goal, many_halves(), by=CHEAPEST, work=10**6)
    assert best.proved
    assert not found.proved
    assert found.bound <= best.price <= found.price
    assert found.gap == found.price - found.bound


def least(record: Any, goal: Any, offers: Any, rules: Any, by: str) -> tuple[Any, ...] | None:
    try:
        found = asked(record, to_certificate(*goal), offers, rules, by=by)
    except NoWayError:
        return None
    return (found.arrives_on, found.price) if by == SHORTEST else (found.price, found.arrives_on)


@given(seed=st.integers(0, 10**6), by=st.sampled_from([SHORTEST, CHEAPEST]))
@settings(max_examples=60, deadline=None)
def test_one_offer_or_one_fact_more_never_makes_the_way_longer(seed, by):
    chance, other = Chance(seed), Chance(seed + 1)
    record, rules, offers, goal = chance.record(), chance.rules(), chance.offers(), chance.goal()
    before = least(record, goal, offers, rules, by)
    extra = [one | {"id": f"extra-{one['id']}"} for one in other.offers()["sittings"][:1]]
    more_offers = least(record, goal, offers | {"sittings": [*offers["sittings"], *extra]}, rules, by)
    facts = {name: [*record[name], *other.record()[name]] for name in record}
    more_facts = least(facts, goal, offers, rules, by)
    for after in (more_offers, more_facts):
        assert before is None or (after is not None and after <= before)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_file_changes_nothing(seed):
    chance = Chance(seed)
    record, rules, offers, goal = chance.record(), chance.rules(), chance.offers(), chance.goal()
    turned = {name: listed[::-1] for name, listed in offers.items()}
    answers = []
    for one in (offers, turned):
        try:
            answers.append(route_json(asked(record, to_certificate(*goal), one, rules), "CNY"))
        except Error as error:
            answers.append({"code": error.code})
    assert answers[0] == answers[1]


def test_one_more_certificate_opens_posts_and_certificates():
    post = a_post(leaf("certificate", "c", occupation=OWN, level="5"))
    assert post
    root = {
        "format": "guildhall-post/1", "edition": "1", "employer": "e", "name": {"zh": "岗"}, "occupation": OWN,
    }  # fmt: skip
    fits = read_post(
        json.dumps(root | {"id": "fits", "requires": leaf("certificate", "c", occupation=OWN, level="5")}).encode()
    )
    both = [leaf("certificate", "c", occupation=OWN, level="5"), leaf("licence", "l", codes=["x"])]
    nearer = read_post(json.dumps(root | {"id": "nearer", "requires": {"id": "all", "all": both}}).encode())
    award = HeldAward(OWN, "5", date(2026, 1, 1), None, "pcc", "")
    found = opened(
        record_of({}), award, on=date(2026, 1, 1), ground=ground(), posts=[fits, nearer], rules=rules_of(LADDER)
    )
    assert [one.post.id for one in found.posts] == ["fits"]
    assert [(old.n("missing"), new.n("missing")) for old, new in found.nearer] == [(2, 1)]
    assert [(one.level, one.before, one.after) for one in found.certificates] == [("4", None, date(2027, 1, 1))]


# ── the commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


EXAMPLES = ROOT / "docs/examples"
ASKED = [
    "--record",
    str(EXAMPLES / "record.json"),
    "--rules",
    str(EXAMPLES / "eligibility-rules.json"),
    "--on",
    "2026-03-01",
]
ROUTE = ["route", *ASKED, "--offers", str(EXAMPLES / "offers.json")]
STANDARD = ["--standard", str(EXAMPLES / "standard.json")]


@pytest.mark.parametrize("more", [[], ["--cheapest"]])
def test_the_command_prints_a_way_to_a_post(more):
    answer = CliRunner().invoke(app, [*ROUTE, "--to", str(EXAMPLES / "post.json"), *STANDARD, "--json", *more])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert found["proved"] is True
    assert found["to"] == "repair-electrician"
    assert {"licence", "sitting"} <= {step["kind"] for step in found["steps"]}
    assert found["opens"]["certificate"]["level"] == "3"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--to", "6-31-01-03/1"], "no_way"),
        (["--to", "6-31-01-03/9"], "bad_level"),
        (["--to", "cook/4"], "malformed_code"),
        (["--to", "no-such-file.json"], "file_unreadable"),
        (["--to", str(EXAMPLES / "record.json")], "invalid_post"),
        (["--to", "6-31-01-03/4", "--offers", str(EXAMPLES / "record.json")], "invalid_offers"),
        (["--to", "6-31-01-03/4", "--on", "tomorrow"], "bad_date"),
    ],
)
def test_the_command_says_why_there_is_no_way(more, code):
    answer = CliRunner().invoke(app, [*ROUTE, *more, "--json"])
    assert answer.exit_code == 2
    assert json.loads(answer.stdout)["error"]["code"] == code


def test_match_ranks_posts_and_exits_by_the_best():
    posts = sorted((ROOT / "src/guildhall/demo/study/posts").glob("*.json"))
    listed = [part for file in posts for part in ("--post", str(file))]
    answer = CliRunner().invoke(app, ["match", *ASKED, *listed, "--json"])
    assert answer.exit_code == 1
    found = json.loads(answer.stdout)["matches"]
    assert [one["rank"] for one in found] == [1, 2, 3, 4, 5, 6]
    english = CliRunner().invoke(
        app, ["match", *ASKED, *STANDARD, "--post", str(EXAMPLES / "post.json"), "--lang", "en"]
    )
    assert "(by law)" in english.stdout
    several = ["match", *ASKED, "--record", str(EXAMPLES / "record.json"), *listed[:4], "--json"]
    assert json.loads(CliRunner().invoke(app, several).stdout)["error"]["code"] == "one_of_many"
