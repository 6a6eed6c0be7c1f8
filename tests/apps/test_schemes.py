"""Certification tracks are rows."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.accounts.models import AuditEntry
from guildhall.core.errors import Error, ForbiddenError
from guildhall.schemes import selectors, services
from guildhall.schemes.models import Scheme
from guildhall.schemes.reading import read_scheme
from tests.world import NOW, World, scheme_file


def changed(**members: Any) -> bytes:
    return json.dumps(json.loads(scheme_file("pcc")) | members).encode()


def test_the_two_schemes_that_ship_differ_in_numbers_and_share_the_ladder(world: World) -> None:
    assert (world.pcc.number_layout, world.vqc.number_layout) == ("A", "C")
    assert [level.code for level in selectors.levels(world.pcc)] == [
        "apprentice",
        "5",
        "4",
        "3",
        "2",
        "1",
        "expert",
        "chief",
    ]
    assert selectors.levels(world.pcc) == selectors.levels(world.vqc)
    assert [level.code for level in selectors.levels(world.pcc) if level.awarded] == list("54321")


def test_levels_two_and_one_need_a_review_besides(world: World) -> None:
    for code, expected in [("5", ["theory", "skill"]), ("2", ["theory", "skill", "review"])]:
        parts = selectors.parts(world.pcc, code)
        assert [part.code for part in parts] == expected
        assert {(part.pass_mark, part.full_mark) for part in parts} == {(Decimal(60), Decimal(100))}


@pytest.mark.parametrize("code", ["pcc", "vqc"])
def test_a_demo_scheme_says_what_it_is_not(world: World, code: str) -> None:
    scheme = Scheme.objects.get(code=code)
    assert "演示" in scheme.legal_basis["zh"]
    assert "Demonstration" in scheme.legal_basis["en"]
    for text in (scheme.proves, scheme.proves_not, scheme.name, scheme.certificate_name):
        assert set(text) == {"zh", "en"}


def test_the_same_file_again_changes_nothing(world: World) -> None:
    before = AuditEntry.objects.count()
    assert services.load_scheme(scheme_file("pcc"), actor=world.wang, now=NOW) == world.pcc
    assert AuditEntry.objects.count() == before


def test_a_third_scheme_is_a_file(world: World) -> None:
    third = changed(code="x-cert", name={"zh": "X证书"}, number_layout="E", validity_months=36, order=3)
    scheme = services.load_scheme(third, actor=world.wang, now=NOW)
    assert selectors.scheme_by_code("x-cert") == scheme
    assert [s.code for s in selectors.schemes()] == ["pcc", "vqc", "x-cert"]
    scheme.refresh_from_db()
    assert scheme.validity_months == 36


def test_wording_may_change_and_leaves_a_row_that_says_what(world: World) -> None:
    services.load_scheme(changed(proves={"zh": "另一说法"}), actor=world.wang, now=NOW)
    entry = AuditEntry.objects.latest("id")
    assert (entry.deed, entry.subject, entry.params) == ("change-scheme", "pcc", {"changed": ["proves"]})


def test_what_numbers_and_levels_rest_on_does_not_change(world: World) -> None:
    document = json.loads(scheme_file("pcc"))
    shorter = document["ladder"][:-1]
    moved = [rung | {"rung": rung["rung"] + 1} for rung in document["ladder"]]
    for change in ({"number_layout": "C"}, {"ladder": shorter}, {"ladder": moved}):
        with pytest.raises(Error) as refused:
            services.load_scheme(changed(**change), actor=world.wang, now=NOW)
        assert refused.value.code == "scheme_changed"
    longer = [*document["ladder"], {"code": "master", "rung": 9, "name": {"zh": "大师"}, "awarded": False}]
    assert len(services.load_scheme(changed(ladder=longer), actor=world.wang, now=NOW).ladder) == 9


def test_only_the_authority_loads_a_scheme(world: World) -> None:
    for actor in (world.li, world.zhou, world.nobody):
        with pytest.raises(ForbiddenError):
            services.load_scheme(scheme_file("pcc"), actor=actor, now=NOW)


RUNG = {"code": "5", "rung": 1, "name": {"zh": "五级"}}
PART = {"code": "theory", "name": {"zh": "理论"}, "pass_mark": "60", "levels": ["5", "4", "3", "2", "1"]}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"code": "PCC"}, "$.code"),
        ({"code": "a-code-that-is-too-long"}, "$.code"),
        ({"number_layout": "F"}, "$.number_layout"),
        ({"surprise": 1}, "$"),
        ({"name": {}}, "name"),
        ({"validity_months": 0}, "$.validity_months"),
        ({"validity_months": "12"}, "$.validity_months"),
        ({"starts_on": "2026-02-30"}, "$.starts_on"),
        ({"starts_on": "2026-W01-1"}, "$.starts_on"),
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"ladder": []}, "ladder"),
        ({"ladder": [RUNG, RUNG]}, "ladder"),
        ({"ladder": [RUNG | {"awarded": "yes"}]}, "ladder[0].awarded"),
        ({"ladder": [RUNG | {"rung": True}]}, "ladder[0].rung"),
        ({"parts": [PART | {"pass_mark": "120"}]}, "parts[0].pass_mark"),
        ({"parts": [PART | {"pass_mark": 60}]}, "parts[0].pass_mark"),
        ({"parts": [PART | {"levels": ["5", "chief"]}]}, "parts[0].levels"),
        ({"parts": [PART | {"levels": ["5"]}]}, "parts"),
        ({"parts": [PART, PART]}, "parts"),
        ({"parts": [PART | {"pass_mark": "６０"}]}, "parts[0].pass_mark"),
    ],
)
def test_what_does_not_keep_the_format_is_named_with_its_place(change: dict[str, Any], where: str) -> None:
    with pytest.raises(Error) as refused:
        read_scheme(changed(**change))
    assert refused.value.code == "invalid_scheme"
    assert where in [problem.split(": ")[0] for problem in refused.value.params["problems"]]  # type: ignore[attr-defined]


SHAPES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.sampled_from(["code", "rung", "name", "zh", "levels"]), v),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.sampled_from(sorted(json.loads(scheme_file("pcc")))), SHAPES)
def test_any_member_of_any_shape_ends_in_facts_or_a_coded_error(name: str, value: object) -> None:
    with suppress(Error):
        read_scheme(changed(**{name: value}))


@given(st.binary(max_size=100))
def test_any_bytes_end_in_a_coded_error(data: bytes) -> None:
    with pytest.raises(Error):
        read_scheme(data)


@pytest.mark.parametrize(
    "text",
    [
        "3",
        "3级",
        "三级",
        "高级工",
        "三级/高级工",
        "三级／高级工",
        " 三级 ",
        "Level 3",
        "level3",
        "３",
        "高级技能",
        "三级（高级工）",
    ],
)
def test_a_level_is_found_by_what_people_write(world: World, text: str) -> None:
    assert selectors.find_level(world.pcc, text).code == "3"


@pytest.mark.parametrize("text", ["", "6", "0", "三", "三级/技师", "高级", "33", "级", "/", "-3"])
def test_what_is_no_level_is_refused(world: World, text: str) -> None:
    with pytest.raises(Error) as refused:
        selectors.find_level(world.pcc, text)
    assert refused.value.code == "unknown_level"


@pytest.mark.parametrize(
    ("text", "code"), [("技师", "2"), ("高级技师", "1"), ("一级/高级技师", "1"), ("二级/技师", "2")]
)
def test_the_higher_of_two_similar_names_is_not_taken_for_the_lower(world: World, text: str, code: str) -> None:
    assert selectors.find_level(world.vqc, text).code == code


def test_schemes_are_in_force_between_their_dates(world: World) -> None:
    services.load_scheme(changed(ends_on="2026-12-31"), actor=world.wang, now=NOW)
    assert [s.code for s in selectors.schemes(date(2026, 12, 31))] == ["pcc", "vqc"]
    assert [s.code for s in selectors.schemes(date(2027, 1, 1))] == ["vqc"]
    assert selectors.schemes(date(2024, 12, 31)) == []


def test_an_unknown_scheme_is_a_coded_error(world: World) -> None:
    with pytest.raises(Error) as refused:
        selectors.scheme_by_code("xyz")
    assert refused.value.code == "unknown_scheme"
    assert selectors.level(world.pcc, "5").rung == 1
    with pytest.raises(Error) as refused:
        selectors.level(world.pcc, "6")
    assert refused.value.code == "unknown_level"
