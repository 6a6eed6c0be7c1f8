"""What is covered, by hand, and by a slow reading of the same files in fractions."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from random import Random

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.coverage import (
    ForeignStandardError,
    InvalidProgrammeError,
    InvalidStandardError,
    LevelNotInStandardError,
    UnknownCompetencyError,
    align,
    as_json,
    courses_on,
    hold,
    percent,
    read_programme,
    read_standard,
)
from tests.refusals import code_of
from tests.unit.coverage.made import OWN, TERMS, aligned, both, course, programme_file, standard_file

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = {name: (ROOT / f"docs/examples/{name}.json").read_bytes() for name in ("standard", "programme")}
NUMBERS = ["1", "1.1", "1.2", "2", "3", "3.1", "3.2", "3.3"]
WEIGHTS = {"4": {"theory": {"1.1": "10", "1.2": "20.5", "2": "19.5", "3": "50"}, "skill": {"1": "100"}}}
STANDARD = read_standard(standard_file(NUMBERS, WEIGHTS))


def covered(*courses, level="4", assessed_on=None, by=STANDARD):
    day = date.fromisoformat(assessed_on) if assessed_on else None
    return align(by, read_programme(programme_file(*courses)), level=level, assessed_on=day)


def test_everything_taught_and_assessed_is_the_whole():
    answer = covered(course("A", *both("1"), *both("2"), *both("3")))
    assert answer.overall.covered == 1
    assert answer.gaps == answer.overlaps == answer.late == ()
    assert percent(answer.overall.covered) == "100.0"
    assert answer.at_least(100)


def test_nothing_aligned_is_nothing_covered():
    answer = covered()
    assert answer.overall.covered == 0
    assert len(answer.gaps) == len(answer.cells) == 8


def test_a_weight_stands_for_what_is_below_it_in_equal_parts():
    answer = covered(course("A", *both("3.1")))
    assert answer.columns["theory"].covered == Fraction(50, 300)
    assert percent(answer.columns["theory"].covered) == "16.7"
    assert answer.overall.covered == Fraction(50, 600)


def test_what_is_introduced_counts_for_nothing_and_what_is_practised_is_taught():
    assert covered(course("A", aligned("2", "introduced"), aligned("2", "assessed"))).columns["theory"].taught == 0
    assert covered(course("A", aligned("2", "practised"))).columns["theory"].taught == Fraction(195, 1000)


def test_taught_without_assessment_and_assessed_without_teaching_are_told_apart():
    answer = covered(
        course(
            "A",
            aligned("1.1"),
            aligned("2", "assessed"),
            aligned("3.1", weight=60),
            aligned("3.1", "assessed", weight=50),
        )
    )
    assert {one.cell.number for one in answer.taught_not_assessed} == {"1.1", "3.1"}
    assert {one.cell.number for one in answer.assessed_not_taught} == {"2"}
    assert answer.columns["theory"].covered == Fraction(50, 300) * Fraction(1, 2)


def test_shares_of_several_courses_add_up_to_the_whole_and_no_further():
    answer = covered(course("A", *both("2", weight=60)), course("B", *both("2", weight=60)))
    cell = next(one for one in answer.cells if one.cell.number == "2")
    assert (cell.taught, cell.assessed, cell.covered) == (120, 120, 100)
    assert answer.overlaps == (cell,)
    assert answer.columns["theory"].covered == Fraction(195, 1000)


def test_the_courses_of_an_overlap_are_named():
    programme = read_programme(
        programme_file(course("A", aligned("1")), course("B", aligned("1.1")), course("C", aligned("1.1", "assessed")))
    )
    answer = align(STANDARD, programme, level="4")
    assert [
        [one.code for one in courses_on(programme, cell, table=STANDARD.table("4"))] for cell in answer.overlaps
    ] == [["A", "B"]] * 2


def test_an_alignment_with_one_column_leaves_the_other_alone():
    answer = covered(course("A", *both("1", column="skill")))
    assert answer.columns["skill"].covered == 1
    assert answer.columns["theory"].covered == 0


@pytest.mark.parametrize(("level", "share"), [("5", 0), ("4", 1), ("3", 1), ("T", 1)])
def test_a_higher_level_serves_the_lower_one_and_not_the_other_way(level, share):
    assert covered(course("A", *both("1", level=level))).columns["skill"].covered == share
    assert hold(STANDARD, {"1": level}, level="4").columns["skill"].covered == share


@pytest.mark.parametrize(("assessed_on", "share"), [("2025-07-03", 0), ("2025-07-04", 1), ("2025-07-05", 1)])
def test_a_term_counts_if_it_ends_on_the_day_of_assessment_or_before(assessed_on, share):
    answer = covered(course("A", *both("1"), term=2), assessed_on=assessed_on)
    assert answer.columns["skill"].covered == share
    assert [(one.cell.number, one.late) for one in answer.late if one.cell.column == "skill"] == (
        [] if share else [("1.1", 100), ("1.2", 100)]
    )


def test_what_is_repeated_after_the_assessment_is_not_late():
    assert covered(course("A", *both("1")), course("B", *both("1"), term=3), assessed_on="2025-02-01").late == ()


def test_what_a_person_holds_counts_as_taught_and_assessed():
    answer = hold(STANDARD, {"1.1": "4", "3": "3"}, level="4")
    assert answer.columns["theory"].covered == Fraction(60, 100)
    assert answer.columns["skill"].covered == Fraction(1, 2)
    with pytest.raises(UnknownCompetencyError):
        hold(STANDARD, {"9": "4"}, level="4")


def test_the_test_of_eighty_percent_is_made_before_rounding():
    by = read_standard(standard_file(["1", "2"], {"4": {"theory": {"1": "79.99", "2": "20.01"}}}))
    answer = covered(course("A", *both("1")), by=by)
    assert percent(answer.overall.covered) == "80.0"
    assert not answer.at_least(80)
    by = read_standard(standard_file(["1", "2"], {"4": {"theory": {"1": "80", "2": "20"}}}))
    assert covered(course("A", *both("1")), by=by).at_least(80)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Fraction(1, 3), "33.3"),
        (Fraction(2, 3), "66.7"),
        (Fraction(8125, 10000), "81.3"),
        (Fraction(8124999999999999999999999999999999999, 10**37), "81.2"),
        (Fraction(0), "0.0"),
        (Fraction(1), "100.0"),
    ],
)
def test_a_share_is_told_to_a_tenth_half_up(share, text):
    assert percent(share) == text


# --- The oracle ------------------------------------------------------------------------------------------------------

LADDER = "05432"


def leaves_below(numbers, number):
    inside = [one for one in numbers if one == number or one.startswith(number + ".")]
    return [one for one in inside if not any(other.startswith(one + ".") for other in numbers)]


def slow(standard, programme, level, assessed_on):
    """Per column: taught, assessed and covered as fractions, leaf by leaf, course by course."""
    numbers = [one["number"] for one in standard["competencies"]]
    ends = {term["number"]: term["ends_on"] for term in programme["terms"]}
    answer, cells = {}, {}
    for column, weights in standard["levels"][level].items():
        totals = [Fraction(0)] * 3
        for number, weight in weights.items():
            leaves = leaves_below(numbers, number)
            for leaf in leaves:
                got = {"taught": Fraction(0), "assessed": Fraction(0)}
                late = Fraction(0)
                for one in programme["courses"]:
                    for a in one["alignments"]:
                        right = leaf == a["competency"] or leaf.startswith(a["competency"] + ".")
                        right = (
                            right
                            and LADDER.index(a["level"]) >= LADDER.index(level)
                            and a.get("column", column) == column
                        )
                        if not right or a["kind"] == "introduced":
                            continue
                        kind = "assessed" if a["kind"] == "assessed" else "taught"
                        if assessed_on is not None and ends[one["term"]] > assessed_on:
                            late += Fraction(a["weight"], 100) if kind == "taught" else 0
                        else:
                            got[kind] += Fraction(a["weight"], 100)
                share = Fraction(weight) / 100 / len(leaves)
                taught, assessed = min(got["taught"], Fraction(1)), min(got["assessed"], Fraction(1))
                for place, part in enumerate((taught, assessed, min(taught, assessed))):
                    totals[place] += share * part
                if share:
                    cells[leaf, column] = (got["taught"] * 100, got["assessed"] * 100, late * 100)
        answer[column] = tuple(totals)
    return answer, cells


def some_weights(chance, numbers):
    tops = [one for one in numbers if "." not in one]
    places = []
    for top in tops:
        children = [one for one in numbers if one.rpartition(".")[0] == top]
        places += children if children and chance.random() < 0.5 else [top]
    cuts = sorted(chance.randrange(10001) for _ in range(len(places) - 1))
    parts = [after - before for before, after in zip([0, *cuts], [*cuts, 10000], strict=True)]
    return {place: f"{part // 100}.{part % 100:02}" for place, part in zip(places, parts, strict=True)}


def some_standard(chance):
    numbers = []
    for top in range(1, chance.randint(2, 6)):
        numbers.append(str(top))
        for middle in range(1, chance.randint(1, 4)):
            numbers.append(f"{top}.{middle}")
            numbers += [f"{top}.{middle}.{low}" for low in range(1, chance.randint(1, 4))]
    levels = {
        level: {column: some_weights(chance, numbers) for column in chance.choice([("theory",), ("theory", "skill")])}
        for level in "54"
    }
    return numbers, standard_file(numbers, levels)


def some_programme(chance, numbers):
    def some_alignment():
        column = {"column": chance.choice(["theory", "skill"])} if chance.random() < 0.3 else {}
        kind = chance.choice(["introduced", "taught", "taught", "practised", "assessed", "assessed"])
        return aligned(
            chance.choice(numbers), kind, chance.choice("543"), weight=chance.choice([30, 50, 100, 100]), **column
        )

    return programme_file(
        *(
            course(f"C{n}", *(some_alignment() for _ in range(chance.randint(0, 12))), term=chance.randint(1, 3))
            for n in range(chance.randint(0, 8))
        )
    )


@pytest.mark.parametrize("part", range(4))
def test_the_engine_agrees_with_a_slow_reading_in_fractions(part):
    n_between = 0
    for number in range(part, 600, 4):
        chance = Random(number)
        numbers, standard_bytes = some_standard(chance)
        programme_bytes = some_programme(chance, numbers)
        level = chance.choice("54")
        day = chance.choice([None, "2025-01-16", "2025-01-17", "2025-08-01", "2030-01-01"])
        answer = align(
            read_standard(standard_bytes),
            read_programme(programme_bytes),
            level=level,
            assessed_on=date.fromisoformat(day) if day else None,
        )
        columns, cells = slow(json.loads(standard_bytes), json.loads(programme_bytes), level, day)
        assert {c: (s.taught, s.assessed, s.covered) for c, s in answer.columns.items()} == columns, number
        assert answer.overall.covered == sum(three[2] for three in columns.values()) / len(columns), number
        assert {(c.cell.number, c.cell.column): (c.taught, c.assessed, c.late) for c in answer.cells} == cells, number
        assert {(c.cell.number, c.cell.column) for c in answer.gaps} == {
            k for k, v in cells.items() if min(v[:2]) < 100
        }
        assert {(c.cell.number, c.cell.column) for c in answer.overlaps} == {k for k, v in cells.items() if v[0] > 100}
        n_between += 0 < answer.overall.covered < 1
    assert n_between > 40


# --- Files of strangers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "levels"),
    [
        ([], {"4": {"theory": {}}}),
        (["1"], {}),
        (["1"], {"4": {}}),
        (["1"], {"6": {"theory": {"1": "100"}}}),
        (["1"], {"4": {"theory": {"1": "99.99"}}}),
        (["1", "2"], {"4": {"theory": {"1": "60", "2": "40.01"}}}),
        (["1", "1.1"], {"4": {"theory": {"1": "50", "1.1": "50"}}}),
        (["1"], {"4": {"theory": {"2": "100"}}}),
        (["1"], {"4": {"theory": {"1": 100}}}),
        (["1"], {"4": {"theory": {"1": "-100"}}}),
        (["1"], {"4": {"practice": {"1": "100"}}}),
        (["1", "1"], {"4": {"theory": {"1": "100"}}}),
        (["1.1", "1"], {"4": {"theory": {"1": "100"}}}),
        (["01"], {"4": {"theory": {"01": "100"}}}),
    ],
)
def test_a_standard_that_does_not_keep_its_format_is_refused(numbers, levels):
    with pytest.raises(InvalidStandardError):
        read_standard(standard_file(numbers, levels))


def test_a_column_that_does_not_sum_to_100_is_named_with_its_sum():
    with pytest.raises(InvalidStandardError) as refused:
        read_standard(
            standard_file(["1"], {"5": {"theory": {"1": "100"}}, "4": {"theory": {"1": "100"}, "skill": {"1": "99.5"}}})
        )
    assert refused.value.params["problems"] == ["levels.4.skill: the weights sum to 99.5, not to 100"]


@pytest.mark.parametrize(
    ("courses", "members"),
    [
        ([course("A", prerequisites=["A"])], {}),
        ([course("A", prerequisites=["B"]), course("B", prerequisites=["C"]), course("C", prerequisites=["A"])], {}),
        ([course("A", prerequisites=["Z"])], {}),
        ([course("A"), course("A")], {}),
        ([course("A", term=4)], {}),
        ([course("A", credits=2.5)], {}),
        ([course("A", credits="-1")], {}),
        ([course("A", credits="1e9")], {}),
        ([course("A", hours=-1)], {}),
        ([course("A", aligned("1", "shown"))], {}),
        ([course("A", aligned("1", weight=0))], {}),
        ([course("A", aligned("1", weight=101))], {}),
        ([course("A", aligned("1", column="both"))], {}),
        ([], {"terms": [TERMS[1]]}),
        ([], {"terms": [TERMS[0], TERMS[1] | {"starts_on": "2025-01-17"}]}),
        ([], {"terms": [TERMS[0] | {"ends_on": "2024-01-01"}]}),
    ],
)
def test_a_programme_that_does_not_keep_its_format_is_refused(courses, members):
    with pytest.raises(InvalidProgrammeError):
        read_programme(programme_file(*courses, **members))


def test_the_courses_of_a_circle_are_named_and_those_outside_it_are_not():
    with pytest.raises(InvalidProgrammeError) as refused:
        read_programme(programme_file(course("A", prerequisites=["B"]), course("B", prerequisites=["A"]), course("C")))
    assert refused.value.params["problems"] == ["courses: the prerequisites of A, B go in a circle"]


def test_what_does_not_fit_together_has_a_code_of_its_own():
    with pytest.raises(LevelNotInStandardError):
        covered(level="3")
    with pytest.raises(UnknownCompetencyError) as refused:
        covered(course("A", aligned("1.9"), aligned("7")))
    assert refused.value.params["competencies"] == ["1.9", "7"]
    with pytest.raises(ForeignStandardError):
        align(STANDARD, read_programme(programme_file(occupation="4-10-01-05")), level="4")


@pytest.mark.parametrize("name", ["standard", "programme"])
def test_the_examples_keep_their_schemas(name):
    schema = json.loads((ROOT / f"docs/schemas/{name}.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(EXAMPLES[name]))


def test_the_example_is_covered_as_reckoned_by_hand():
    """Theory: 20 × 0.8 + 25 + 27.5 / 2 + 22.5 = 77.25; skill: 30 + 40 / 2 + 30 = 80."""
    standard, programme = read_standard(EXAMPLES["standard"]), read_programme(EXAMPLES["programme"])
    answer = align(standard, programme, level="4")
    assert answer.columns["theory"].covered == Fraction(7725, 10000)
    assert answer.columns["skill"].covered == Fraction(80, 100)
    said = json.loads(json.dumps(as_json(answer, standard, programme)))
    assert said["overall"] == {"taught": "97.5", "assessed": "81.1", "covered": "78.6"}
    assert said["overlaps"][0]["courses"] == ["E102"]
    assert said["cells"][0]["weight"] == "5.0"


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2**40)
    | st.text(max_size=4)
    | st.sampled_from(["1", "1.1", "100", "4", OWN]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["1", "4", "theory", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def _places(value, path=()):
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in below for place in _places(inner, (*path, key)))]


def _changed(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _changed(value[path[0]], path[1:], new)
    return copy


@settings(max_examples=300, deadline=None)
@given(picked=st.data(), new=_VALUES)
def test_files_with_one_place_changed_are_used_or_refused(picked, new):
    name = picked.draw(st.sampled_from(["standard", "programme"]))
    root = json.loads(EXAMPLES[name])
    files = EXAMPLES | {name: json.dumps(_changed(root, picked.draw(st.sampled_from(_places(root))), new)).encode()}

    def use():
        standard, programme = read_standard(files["standard"]), read_programme(files["programme"])
        answer = align(standard, programme, level="4")
        assert 0 <= answer.overall.covered <= 1
        as_json(answer, standard, programme)

    code_of(use)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=48) | _VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_value_or_a_coded_error(data):
    assert code_of(lambda: read_standard(data))
    assert code_of(lambda: read_programme(data))
