"""Classifications come in, and occupations are found by what people write."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.accounts.models import AuditEntry
from guildhall.core.errors import Error, ForbiddenError
from guildhall.standards import selectors, services
from guildhall.standards.models import Classification, Occupation, Standard, WorkType
from guildhall.standards.reading import read_classification
from tests.world import NOW, World, classification_file


def changed(**members: Any) -> dict[str, Any]:
    """The classification file with the first occupation changed."""
    document: dict[str, Any] = json.loads(classification_file())
    document["occupations"][0] |= members
    return document


def load(document: object, world: World) -> services.Loaded:
    return services.load_classification(json.dumps(document).encode(), actor=world.wang, now=NOW)


def test_the_same_file_again_changes_nothing(world: World) -> None:
    before = AuditEntry.objects.count(), Occupation.objects.count(), Standard.objects.count(), WorkType.objects.count()
    loaded = services.load_classification(classification_file(), actor=world.wang, now=NOW)
    assert (loaded.n_new, loaded.n_changed, loaded.n_work_types, loaded.n_standards) == (0, 0, 0, 0)
    after = AuditEntry.objects.count(), Occupation.objects.count(), Standard.objects.count(), WorkType.objects.count()
    assert after == before == (before[0], 5, 5, 3)


def test_a_new_name_is_taken_over_and_a_missing_occupation_stays(world: World) -> None:
    document = changed(name={"zh": "电工", "en": "Electrical worker"})
    del document["occupations"][4]
    loaded = load(document, world)
    assert (loaded.n_new, loaded.n_changed) == (0, 1)
    assert selectors.occupation_by_code("6-31-01-03").name["en"] == "Electrical worker"
    assert selectors.occupation_by_code("4-04-05-05")


def test_new_work_types_and_editions_are_added(world: World) -> None:
    document = changed(work_types=[{"zh": "外线电工"}])
    document["occupations"][0]["standards"].append(
        {"edition": "2026", "name": {"zh": "电工"}, "levels": ["5"], "in_force_on": "2026-05-01"}
    )
    loaded = load(document, world)
    assert (loaded.n_work_types, loaded.n_standards) == (1, 1)


@pytest.mark.parametrize("change", [{"levels": ["5", "4"]}, {"in_force_on": "2023-01-01"}])
def test_a_published_edition_stays_as_it_is(world: World, change: dict[str, Any]) -> None:
    document = changed()
    document["occupations"][0]["standards"][0] |= change
    with pytest.raises(Error) as refused:
        load(document, world)
    assert refused.value.code == "edition_changed"
    assert refused.value.params == {"code": "6-31-01-03", "edition": "2024"}


def test_an_edition_may_be_given_its_end(world: World) -> None:
    document = changed()
    document["occupations"][0]["standards"][0]["ends_on"] = "2026-06-30"
    load(document, world)
    assert selectors.standard_in_force(world.electrician, date(2026, 6, 30)).edition == "2024"
    with pytest.raises(Error) as refused:
        selectors.standard_in_force(world.electrician, date(2026, 7, 1))
    assert refused.value.code == "no_standard_in_force"


def test_only_the_authority_loads_a_classification(world: World) -> None:
    for actor in (world.li, world.zhou, world.nobody):
        with pytest.raises(ForbiddenError):
            services.load_classification(classification_file(), actor=actor, now=NOW)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"code": "6-31-1-03"}, "occupations[0].code"),
        ({"code": "6-31-01-0３"}, "occupations[0].code"),
        ({"code": "9-31-01-03"}, "occupations[0].code"),
        ({"code": "4-10-01-05"}, "occupations"),
        ({"name": {"en": "Electrician"}}, "occupations[0].name"),
        ({"name": "电工"}, "occupations[0].name"),
        ({"work_types": "none"}, "occupations[0].work_types"),
        ({"work_types": [{}]}, "occupations[0].work_types[0]"),
        ({"standards": [{"edition": "2024"}]}, "occupations[0].standards[0].name"),
    ],
)
def test_what_does_not_keep_the_format_is_named_with_its_place(change: dict[str, Any], where: str) -> None:
    with pytest.raises(Error) as refused:
        read_classification(json.dumps(changed(**change)).encode())
    assert refused.value.code == "invalid_classification"
    places = [problem.split(": ")[0] for problem in refused.value.params["problems"]]  # type: ignore[attr-defined]
    assert where in places


def test_all_problems_are_told_at_once() -> None:
    document = changed(code="x", name={})
    document["classification"]["in_force_on"] = "28 September 2022"
    with pytest.raises(Error) as refused:
        read_classification(json.dumps(document).encode())
    assert refused.value.params["n_problems"] == 3


@settings(max_examples=60)
@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
        lambda v: (
            st.lists(v, max_size=3)
            | st.dictionaries(
                st.sampled_from(["classification", "occupations", "code", "name", "standards", "zh"]), v, max_size=4
            )
        ),
        max_leaves=12,
    ).map(lambda v: json.dumps(v).encode())
)
def test_any_bytes_end_in_facts_or_a_coded_error(data: bytes) -> None:
    with suppress(Error):
        read_classification(data)


# --- Finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "6-31-01-03",
        " 6-31-01-03 ",
        "６－３１－０１－０３",
        "6–31–01–03",
        "电工",
        " 电 工 ",
        "Electrician",
        "electrician",
        "6-31-01-03 电工",
        "6-31-01-03电工",
        "电工（6-31-01-03）",
        "6-31-01-03 Electrician",
    ],
)
def test_an_occupation_is_found_by_what_people_write(world: World, text: str) -> None:
    assert selectors.find_occupation(text) == world.electrician


@pytest.mark.parametrize("text", ["老年助浴员", "4-10-01-05 老年助浴员", "养老护理员", "Elderly-care worker"])
def test_a_work_type_names_the_occupation_above_it(world: World, text: str) -> None:
    assert selectors.find_occupation(text) == world.carer


@pytest.mark.parametrize("text", ["电", "电工师", "6-31-01-99", "", "   ", "6-31-01", "\x00", "6-31-01-99 电工"])
def test_what_is_no_occupation_is_refused_naming_the_edition(world: World, text: str) -> None:
    with pytest.raises(Error) as refused:
        selectors.find_occupation(text)
    assert refused.value.code == "unknown_occupation"
    assert refused.value.params["classification"] == "cn-2022"


@pytest.mark.parametrize("text", ["6-31-01-03 焊工", "焊工 6-31-01-03", "6-31-01-03 某工"])
def test_a_code_and_a_name_of_two_occupations_are_refused(world: World, text: str) -> None:
    with pytest.raises(Error) as refused:
        selectors.find_occupation(text)
    assert refused.value.code == "occupation_mismatch"


def test_a_work_type_below_two_occupations_is_ambiguous_but_its_code_decides(world: World) -> None:
    for occupation in (world.cook, world.welder):
        WorkType.objects.create(occupation=occupation, name={"zh": "烧火工"})
    with pytest.raises(Error) as refused:
        selectors.find_occupation("烧火工")
    assert refused.value.code == "ambiguous_occupation"
    assert refused.value.params["codes"] == ["4-03-02-01", "6-18-02-04"]
    assert selectors.find_occupation("6-18-02-04 烧火工") == world.welder


def test_an_occupation_weighs_more_than_a_work_type_of_the_same_name(world: World) -> None:
    WorkType.objects.create(occupation=world.cook, name={"zh": "焊工"})
    assert selectors.find_occupation("焊工") == world.welder


def test_without_a_classification_nothing_is_found(db: None) -> None:
    with pytest.raises(Error) as refused:
        selectors.find_occupation("电工")
    assert refused.value.code == "unknown_classification"


def test_the_newest_classification_in_force_counts(world: World) -> None:
    Classification.objects.create(code="cn-2030", name={"zh": "新版"}, in_force_on=date(2030, 1, 1))
    assert selectors.current_classification(date(2029, 12, 31)).code == "cn-2022"
    assert selectors.current_classification(date(2030, 1, 1)).code == "cn-2030"
    assert selectors.current_classification().code == "cn-2030"
    with pytest.raises(Error) as refused:
        selectors.current_classification(date(2000, 1, 1))
    assert refused.value.code == "unknown_classification"


def test_the_newest_edition_in_force_on_the_day_counts(world: World) -> None:
    document = changed()
    document["occupations"][0]["standards"].append(
        {"edition": "2026", "name": {"zh": "电工"}, "levels": ["5"], "in_force_on": "2026-05-01"}
    )
    load(document, world)
    for on, edition in [(date(2026, 4, 30), "2024"), (date(2026, 5, 1), "2026")]:
        assert selectors.standard_in_force(world.electrician, on).edition == edition
    with pytest.raises(Error) as refused:
        selectors.standard_in_force(world.electrician, date(2023, 12, 31))
    assert refused.value.code == "no_standard_in_force"
    assert [s.edition for s in selectors.standards_of(world.electrician)] == ["2026", "2024"]


def test_a_finder_reads_once_and_answers_without_the_database(world: World, django_assert_num_queries: Any) -> None:
    finder = selectors.OccupationFinder.load()
    with django_assert_num_queries(0):
        for _ in range(50):
            assert finder.find("6-18-02-04 焊工") == world.welder
            assert finder.find("老年助浴员").code == "4-10-01-05"
