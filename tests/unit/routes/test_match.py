"""Records held against posts, by hand: met, equivalent, missing; the day it changes; what no post may ask for."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from guildhall.core.coverage import read_standard
from guildhall.core.errors import Error
from guildhall.core.routes import ground, match, match_json, rank, rank_people, read_offers, read_post
from tests.unit.eligibility.made import rules
from tests.unit.routes.made import record_of

ROOT = Path(__file__).resolve().parents[3]
OWN, RELATED = "6-31-01-03", "6-25-04-01"
ALIKE = ground(alike=("pcc", "vqc"))


def leaf(kind: str, own: str = "a", **members: Any) -> dict[str, Any]:
    return {"id": own, "text": {"zh": own, "en": own}, "kind": kind, **members}


def certificate(own: str = "a", **members: Any) -> dict[str, Any]:
    return leaf("certificate", own, **({"occupation": OWN, "level": "4"} | members))


def post_file(*requires: dict[str, Any], **members: Any) -> bytes:
    root = {
        "format": "guildhall-post/1", "id": "p", "edition": "1", "employer": "e", "name": {"zh": "岗"}, "occupation": OWN,
        "requires": {"id": "all", "all": list(requires)},
    }  # fmt: skip
    return json.dumps(root | members, ensure_ascii=False).encode()


def held(*awards: tuple[str, str, str, str], **more: Any):
    listed = [
        {"occupation": occupation, "level": level, "awarded_on": day, "scheme": scheme}
        for occupation, level, day, scheme in awards
    ]
    return record_of({"awards": listed, **more})


def line(record: Any, asked: dict[str, Any], on: str = "2026-01-01", rests_on: Any = ALIKE, by: Any = None):
    found = match(read_post(post_file(asked)), record, on=date.fromisoformat(on), ground=rests_on, rules=by)
    return found.lines[0]


@pytest.mark.parametrize(
    ("award", "verdict", "via"),
    [
        ((OWN, "4", "2025-01-01", "pcc"), "met", ()),
        ((OWN, "3", "2025-01-01", "pcc"), "equivalent", ("level",)),
        ((OWN, "4", "2025-01-01", "vqc"), "equivalent", ("scheme",)),
        ((OWN, "2", "2025-01-01", "vqc"), "equivalent", ("scheme", "level")),
        ((RELATED, "4", "2025-01-01", "pcc"), "equivalent", ("related",)),
        ((OWN, "5", "2025-01-01", "pcc"), "missing", ()),
        ((OWN, "4", "2025-01-01", "guild"), "missing", ()),
        (("4-10-01-05", "1", "2025-01-01", "pcc"), "missing", ()),
        ((OWN, "4", "2026-01-01", "pcc"), "met", ()),
        ((OWN, "4", "2026-01-02", "pcc"), "missing", ()),
    ],
)
def test_a_certificate_is_met_equivalent_or_missing(award, verdict, via):
    asked = certificate(schemes=["pcc"], related=[{"occupation": RELATED, "penalty": 25}])
    found = line(held(award), asked)
    assert (found.verdict, found.via) == (verdict, via)
    assert found.penalty == (25 if via == ("related",) else 0)


def test_what_needs_no_excuse_counts_before_what_does():
    asked = certificate(schemes=["pcc"])
    found = line(held((OWN, "3", "2024-01-01", "vqc"), (OWN, "4", "2025-01-01", "pcc")), asked)
    assert (found.verdict, found.by) == ("met", ("awards[1]",))


def test_a_certificate_counts_to_its_last_day():
    record = record_of(
        {"awards": [{"occupation": OWN, "level": "4", "awarded_on": "2020-01-01", "valid_until": "2025-12-31"}]}
    )
    assert line(record, certificate(), "2025-12-31").verdict == "met"
    assert line(record, certificate(), "2026-01-01").verdict == "missing"


@pytest.mark.parametrize("status", ["revoked", "suspended", "annulled"])
def test_what_was_taken_back_counts_nowhere(status):
    outcome = {
        "id": "x", "kind": "vocational-certificate", "awarded_on": "2025-01-01", "occupation": OWN, "level": "4",
        "scheme": "pcc", "number": "17",
    }  # fmt: skip
    award = {"occupation": OWN, "level": "4", "awarded_on": "2025-01-01", "scheme": "pcc", "number": "17"}
    assert line(record_of({"outcomes": [outcome]}), certificate()).by == ("outcomes[0]",)
    taken = record_of({"outcomes": [outcome | {"status": status}], "awards": [award]})
    assert line(taken, certificate()).verdict == "missing"


def test_a_missing_certificate_names_the_next_one_and_its_day():
    by = rules({"kind": "work", "years": 5})
    record = record_of({"jobs": [{"occupation": OWN, "starts_on": "2022-03-01", "ends_on": None}]})
    found = line(record, certificate(), by=by)
    assert found.distance.next_level == "4"
    assert (found.distance.eligible, found.distance.eligible_on) == (False, date(2027, 3, 1))
    assert found.distance.time == (14, 0)
    assert line(record, certificate(), "2027-03-01", by=by).distance.eligible is True
    assert line(record, certificate(), "2027-02-28", by=by).distance.eligible is False
    assert line(record, certificate()).distance.eligible is None


def test_the_law_is_never_met_in_part():
    asked = leaf("licence", codes=["low-voltage"])
    outcome = {"id": "x", "kind": "other-certificate", "awarded_on": "2025-01-01", "code": "low-voltage"}
    assert line(record_of({"outcomes": [outcome]}), asked).verdict == "met"
    for wrong in ({"valid_until": "2025-12-31"}, {"code": "high-voltage"}, {"status": "suspended"}, {"kind": "course"}):
        found = line(record_of({"outcomes": [outcome | wrong]}), asked)
        assert (found.verdict, found.legal, found.distance.share) == ("missing", True, None)


@pytest.mark.parametrize(("on", "verdict"), [("2025-02-28", "missing"), ("2025-03-01", "met")])
def test_work_is_counted_to_the_day(on, verdict):
    record = record_of({"jobs": [{"occupation": OWN, "starts_on": "2022-03-01", "ends_on": None}]})
    assert line(record, leaf("work", occupation=OWN, months=36), on).verdict == verdict


def test_related_work_counts_with_its_penalty():
    record = record_of({"jobs": [{"occupation": RELATED, "starts_on": "2020-01-01", "ends_on": None}]})
    related = [{"occupation": RELATED, "penalty": 10}]
    found = line(record, leaf("work", occupation=OWN, months=12, related=related))
    assert (found.verdict, found.via, found.penalty) == ("equivalent", ("related",), 10)
    assert line(record, leaf("work", occupation=OWN, months=12)).verdict == "missing"


@pytest.mark.parametrize(("on", "verdict"), [("2025-12-31", "met"), ("2026-01-01", "met"), ("2026-01-02", "missing")])
def test_recent_is_within_so_many_months(on, verdict):
    record = held((OWN, "5", "2024-01-01", "pcc"))
    assert line(record, leaf("recent", occupation=OWN, months=24), on).verdict == verdict
    worked = record_of({"jobs": [{"occupation": OWN, "starts_on": "2020-01-01", "ends_on": "2024-01-01"}]})
    assert line(worked, leaf("recent", occupation=OWN, months=24), on).verdict == verdict
    assert line(worked, leaf("recent", occupation=OWN, months=24, of=["award"]), on).verdict == "missing"


@pytest.mark.parametrize(
    ("kind", "major", "verdict"),
    [
        ("college", "机电", "met"),
        ("bachelor", "机电", "equivalent"),
        ("technical-school", "机电", "missing"),
        ("college", "护理", "missing"),
    ],
)
def test_a_diploma_of_the_kind_or_higher_in_a_major(kind, major, verdict):
    record = record_of({"diplomas": [{"kind": kind, "major": major, "graduates_on": "2020-07-01"}]})
    assert line(record, leaf("academic", diploma="college", majors=["机电"])).verdict == verdict


def test_competencies_are_covered_to_a_share():
    standard = read_standard((ROOT / "docs/examples/standard.json").read_bytes())
    rests_on = ground([standard])
    asked = leaf("competencies", occupation=OWN, level="4", numbers=["2.2", "3.1"], percent=100)
    outcome = {"id": "x", "kind": "training-certificate", "awarded_on": "2025-01-01", "occupation": OWN}
    whole = record_of({"outcomes": [outcome | {"competencies": {"2.2": "4", "3.1": "4"}}]})
    half = record_of({"outcomes": [outcome | {"competencies": {"2.2": "4"}}]})
    assert line(whole, asked, rests_on=rests_on).verdict == "met"
    found = line(half, asked, rests_on=rests_on)
    assert found.verdict == "missing"
    assert 0 < found.distance.share < 1
    assert {one.cell.number for one in found.distance.gaps} == {"3.1"}
    assert line(half, asked | {"percent": 1}, rests_on=rests_on).verdict == "met"
    assert line(held((OWN, "4", "2025-01-01", "pcc")), asked, rests_on=rests_on).verdict == "met"
    assert line(whole, asked, "2024-12-31", rests_on=rests_on).verdict == "missing"
    assert line(whole, asked).distance.share is None


def test_alternatives_count_once_and_the_best_one_counts():
    asked = {"id": "one", "text": {"zh": "其一"}, "any": [leaf("licence", "x", codes=["c"]), certificate("y")]}
    found = match(read_post(post_file(asked)), held((OWN, "3", "2025-01-01", "")), on=date(2026, 1, 1), ground=ALIKE)
    assert [(one.verdict, one.legal) for one in found.lines] == [("equivalent", False)]
    assert [part.verdict for part in found.lines[0].parts] == ["missing", "equivalent"]


def test_the_score_is_counts_that_can_be_checked_by_hand():
    requires = (certificate("a"), leaf("licence", "b", codes=["c"]), leaf("work", "c", occupation=OWN, months=6))
    prefers = [leaf("academic", "d", diploma="college")]
    post = read_post(post_file(*requires, prefers=prefers))
    found = match(post, held((OWN, "3", "2025-01-01", "")), on=date(2026, 1, 1), ground=ALIKE)
    assert match_json(found)["score"] == {
        "n_required": 3, "n_met": 0, "n_equivalent": 1, "n_missing": 2, "n_legal_missing": 1, "share": "1/3", "penalty": 0,
        "n_preferred": 1, "n_preferred_met": 0,
    }  # fmt: skip
    assert not found.fits


def test_the_first_day_by_waiting_is_that_of_the_last_requirement():
    record = record_of({"jobs": [{"occupation": OWN, "starts_on": "2025-01-01", "ends_on": None}]})
    work = leaf("work", "w", occupation=OWN, months=24)
    found = match(read_post(post_file(work)), record, on=date(2026, 1, 1), ground=ALIKE)
    assert found.first_on == date(2027, 1, 1)
    both = match(read_post(post_file(work, certificate("c"))), record, on=date(2026, 1, 1), ground=ALIKE)
    assert both.first_on is None


def test_posts_and_people_are_ranked_by_counts_and_never_by_the_order_given():
    record = held((OWN, "4", "2025-01-01", "vqc"))
    posts = [
        read_post(post_file(certificate(), id="fits")),
        read_post(post_file(certificate(), leaf("work", "w", occupation=OWN, months=6), id="half")),
        read_post(post_file(leaf("licence", codes=["c"]), id="none")),
        read_post(post_file(certificate(), leaf("licence", "l", codes=["c"]), id="lawless")),
    ]
    for order in (posts, posts[::-1]):
        ranked = rank(order, record, on=date(2026, 1, 1), ground=ALIKE)
        assert [one.post.id for one in ranked] == ["fits", "half", "lawless", "none"]
    people = [("b", record), ("a", record), ("c", record_of({}))]
    found = rank_people(posts[0], people, on=date(2026, 1, 1), ground=ALIKE)
    assert [reference for reference, _ in found] == ["a", "b", "c"]


@given(born=st.dates(date(1900, 1, 1), date(2020, 1, 1)))
@settings(max_examples=20)
def test_the_day_of_birth_changes_nothing(born):
    post = read_post((ROOT / "docs/examples/post.json").read_bytes())
    members = {"awards": [{"occupation": OWN, "level": "3", "awarded_on": "2025-01-01"}]}
    answers = [
        match_json(match(post, record_of(members | extra), on=date(2026, 1, 1), ground=ALIKE))
        for extra in ({}, {"born_on": born.isoformat()})
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("asked", "ground_named"),
    [
        (leaf("age", max=35), "age"),
        (leaf("sex", is_="f"), "sex"),
        (leaf("name", like="李"), "name"),
        (certificate(max_age=35), "age"),
        (certificate(text={"zh": "电工，男性优先"}), "sex"),
        (certificate(text={"zh": "限女性"}), "sex"),
        (certificate(text={"zh": "35周岁以下"}), "age"),
        (certificate(text={"zh": "三十五岁以内"}), "age"),
        (certificate(text={"zh": "年龄适中"}), "age"),
        (certificate(text={"zh": "本地户籍"}), "origin"),
        (certificate(text={"zh": "汉族；民族：汉"}), "origin"),
        (certificate(text={"zh": "已婚已育"}), "family"),
        (certificate(text={"zh": "无宗教信仰"}), "religion"),
        (certificate(text={"zh": "x", "en": "Under 35 years of age"}), "age"),
        (certificate(text={"zh": "x", "en": "Men only"}), "sex"),
        ({"id": "o", "kind": "birthplace", "text": {"zh": "x"}}, "origin"),
    ],
)
def test_no_post_asks_who_somebody_is(asked, ground_named):
    with pytest.raises(Error) as caught:
        read_post(post_file(asked))
    assert caught.value.code == "forbidden_requirement"
    assert ground_named in caught.value.params["grounds"]
    assert caught.value.params["laws"]
    assert caught.value.params["places"]


@pytest.mark.parametrize(
    "text",
    [
        "性别不限，年龄不限",
        "能照护80岁以上老人",
        "女装制版",
        "老年人能力评估",
        "男装与女装样衣制作",
        "Care of the aged",
        "Message handling",
    ],
)
def test_ordinary_words_pass(text):
    if "年龄" in text:
        assert read_post(post_file(certificate(text={"zh": "性别不限，年龄不限"})))
    assert read_post(post_file(certificate(text={"zh": text})))


@pytest.mark.parametrize(
    "wrong",
    [
        {"requires": None}, {"requires": {"id": "a", "all": []}}, {"requires": {"id": "a"}},
        {"requires": {"id": "a", "all": [certificate("a")]}},
        {"requires": leaf("charm")}, {"requires": certificate(level="9")}, {"requires": certificate(extra=1)},
        {"requires": certificate(related=[{"occupation": RELATED, "penalty": 101}])}, {"id": ""}, {"format": "x"},
        {"occupation": "cook"}, {"opens_on": "2026-02-01", "closes_on": "2026-01-31"}, {"places": 0},
        {"requires": leaf("recent", occupation=OWN, months=0)}, {"requires": leaf("academic", diploma="phd")},
    ],
)  # fmt: skip
def test_a_post_that_does_not_keep_its_format_is_refused(wrong):
    with pytest.raises(Error) as caught:
        read_post(post_file(certificate(), **wrong))
    assert caught.value.code == "invalid_post"


def test_a_tree_without_end_is_refused():
    node: dict[str, Any] = certificate()
    for depth in range(12):
        node = {"id": f"n{depth}", "all": [node]}
    with pytest.raises(Error) as caught:
        read_post(post_file(node))
    assert caught.value.code == "invalid_post"


@pytest.mark.parametrize("name", ["post", "offers"])
def test_the_example_and_what_ships_keep_the_schema(name):
    schema = Draft202012Validator(json.loads((ROOT / f"docs/schemas/{name}.schema.json").read_bytes()))
    study = ROOT / "src/guildhall/demo/study"
    files = [ROOT / f"docs/examples/{name}.json"]
    files += sorted((study / "posts").glob("*.json")) if name == "post" else [study / "offers.json"]
    for file in files:
        schema.validate(json.loads(file.read_bytes()))
        {"post": read_post, "offers": read_offers}[name](file.read_bytes())
    assert len(files) == (7 if name == "post" else 2)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["all", "any", "kind", "id", "text", "runs", "level"]) | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(
    name=st.sampled_from(["post", "offers"]),
    member=st.sampled_from(["requires", "prefers", "name", "trainings", "sittings", "licences", "studies", "places"]),
    value=_JSON,
)
@settings(max_examples=200, deadline=None)
def test_any_document_ends_in_a_value_or_a_coded_error(name, member, value):
    root = json.loads((ROOT / f"docs/examples/{name}.json").read_bytes()) | {member: value}
    with suppress(Error):
        {"post": read_post, "offers": read_offers}[name](json.dumps(root).encode())


@given(data=st.binary(max_size=200), read=st.sampled_from([read_post, read_offers]))
@settings(max_examples=100)
def test_any_bytes_end_in_a_value_or_a_coded_error(data, read):
    with pytest.raises(Error):
        read(data)
