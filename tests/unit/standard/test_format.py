"""A whole edition: read in full, or refused with every problem and its place."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction

import jsonschema
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.coverage import align, certificate, hold, read_programme, read_standard
from guildhall.core.eligibility import read_rules
from guildhall.core.standard import (
    InvalidStandardError,
    competencies,
    digest,
    document_id,
    eligibility_rules,
    parse,
    problem_in_words,
    read_draft,
)
from guildhall.core.standard.editing import blank
from guildhall.core.standard.sentences import PROBLEMS
from tests.refusals import code_of
from tests.unit.coverage.made import both, course, programme_file
from tests.unit.standard.made import EXAMPLE, ROOT, encoded, example, some_edition

SCHEMA = json.loads((ROOT / "docs/schemas/standard-edition.schema.json").read_bytes())


def refused(content) -> InvalidStandardError:
    with pytest.raises(InvalidStandardError) as caught:
        parse(encoded(content))
    return caught.value


def test_the_example_keeps_its_schema_and_is_read():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(EXAMPLE)
    document = parse(encoded(EXAMPLE))
    assert document.levels == ("5", "4")
    assert document.sample
    assert [item.number for item in document.items("5") if item.kind == "skill"] == ["1.1.1", "1.1.2", "1.2.1", "2.1.1"]
    assert (
        sum(cell.weight for cell in document.table("4").cells if cell.column == "theory")
        == (document.table("4").whole["theory"])
    )


@pytest.mark.parametrize("seed", range(20))
def test_random_editions_keep_schema_and_format(seed):
    content = some_edition(seed)
    jsonschema.Draft202012Validator(SCHEMA).validate(content)
    parse(encoded(content))


def test_the_digest_is_that_of_the_canonical_form():
    assert digest(EXAMPLE) == hashlib.sha256(rfc8785.dumps(EXAMPLE)).hexdigest()
    assert digest(EXAMPLE) != digest(EXAMPLE | {"edition": "2"})


def test_items_have_names_that_are_the_same_everywhere_and_differ_by_level():
    first, again = (competencies(parse(encoded(example()))) for _ in range(2))
    assert first == again
    assert len({one.id for one in first}) == len(first) == 33
    assert [one.parent for one in first].count(None) == 2 + 2 + 3
    other = competencies(parse(encoded(example() | {"edition": "sample-2"})))
    assert {one.id for one in first}.isdisjoint(one.id for one in other)


def test_what_another_system_named_keeps_its_name():
    content = example() | {"id": "7f9c24e8-3b12-4fef-91e0-00aa11bb22cc"}
    content["basic"][0]["id"] = "11111111-2222-4333-8444-555555555555"
    document = parse(encoded(content))
    assert str(document_id(document)) == content["id"]
    assert str(competencies(document)[0].id) == content["basic"][0]["id"]


def set_at(content, path, value):
    inner = content
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value


F5 = ("requirements", "5")


@pytest.mark.parametrize(
    ("path", "value", "code", "place"),
    [
        (("weights", "5", "theory", "1"), "36", "weights_do_not_sum", "weights.5.theory"),
        (("weights", "4", "skill"), {"1": "100", "9": "0"}, "weight_without_item", "weights.4.skill"),
        (("weights", "4", "skill"), {"1": "50", "1.1": "50"}, "weight_twice_on_a_branch", "weights.4.skill.1.1"),
        (("weights", "4"), {}, "weights_missing", "weights.4"),
        (("weights",), {"5": EXAMPLE["weights"]["5"]}, "weights_missing", "weights"),
        (("overview", "levels"), ["4", "5"], "levels_out_of_order", "overview.levels"),
        (("overview", "levels"), ["5", "4", "3"], "level_without_requirements", "requirements"),
        (("overview", "levels"), ["5", "4", "9"], "unknown_level", "overview.levels"),
        (("requirements", "3"), [], "unknown_level", "requirements"),
        ((*F5, 1, "number"), "1", "duplicate_number", "requirements.5[1].number"),
        ((*F5, 1, "number"), "3", "numbering_gap", "requirements.5[1].number"),
        ((*F5, 0, "contents", 0, "skills", 0, "number"), "1.2.1", "numbering_gap", "requirements.5[0].contents[0]"),
        ((*F5, 0, "contents"), [], "items_missing", "requirements.5[0]"),
        ((*F5, 0, "name"), {"en": "no Chinese"}, "text_missing", "requirements.5[0].name"),
        ((*F5, 0, "continues"), "1", "continues_nothing", "requirements.5"),
        (("requirements", "4", 0, "continues"), "7", "continues_nothing", "requirements.4"),
        (("overview", "assessment", "parts", 0, "levels"), ["4"], "", ""),
        (("overview", "assessment", "parts", 1, "levels"), ["4"], "part_twice", "overview.assessment.parts[2]"),
        (("overview", "assessment", "parts"), [], "level_without_part", "overview.assessment.parts"),
        (("overview", "assessment", "parts", 0, "pass_mark"), 101, "marks_out_of_order", "overview.assessment.parts[0]"),
        (("ends_on",), "2024-12-31", "dates_out_of_order", "$.ends_on"),
        (("sample",), False, "document_no_missing", "$.document_no"),
        (("document_no",), "人社厅发〔2018〕145号", "sample_with_number", "$.document_no"),
        (("name", "fr"), "électricien", "wrong_member", "$.name"),
        (("overview", "definition", "zh"), "a\u0000b", "wrong_member", "overview.definition"),
        (("overview", "eligibility", "template"), "cn-2018", "wrong_member", "overview.eligibility"),
        (("overview", "eligibility", "levels", "5", 0, "all"), [], "wrong_member", "overview.eligibility.levels.5[0].all"),
        (("edition",), "an edition with a long name", "wrong_member", "$.edition"),
        (("requirements", "5"), [{"number": "1"}] * 20_001, "too_many", "requirements.5"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_code_and_place(path, value, code, place):
    content = example()
    set_at(content, path, value)
    if not code:
        parse(encoded(content))
        return
    error = refused(content)
    found = zip(error.params["codes"], error.params["problems"], strict=True)
    assert any(own == code and problem.startswith(place) for own, problem in found), error.params


def test_basic_requirements_deeper_than_four_steps_are_refused():
    content = example()
    content["basic"][1]["items"][0]["items"][0]["items"] = [{"number": "0.2.1.1.1", "name": {"zh": "太深"}}]
    assert "too_deep" in refused(content).params["codes"]


def test_all_mistakes_are_told_at_once():
    content = example()
    content["weights"]["5"]["theory"]["1"] = "36"
    content["requirements"]["4"][0]["number"] = "2"
    del content["overview"]["definition"]
    codes = refused(content).params["codes"]
    assert {"weights_do_not_sum", "numbering_gap", "text_missing"} <= set(codes)


def test_a_draft_may_be_unfinished_but_not_wrong():
    content = example()
    content["weights"]["5"]["theory"]["1"] = "36"
    document, lacks = read_draft(content)
    assert document.edition == "sample-1"
    assert [code for code, _ in lacks] == ["weights_do_not_sum"]
    content["requirements"]["5"][0]["number"] = "9"
    with pytest.raises(InvalidStandardError) as caught:
        read_draft(content)
    codes = caught.value.params["codes"]
    assert "numbering_gap" in codes
    assert "weights_do_not_sum" not in codes


def test_a_blank_draft_is_merely_unfinished():
    content = blank(
        "6-31-01-03",
        {"zh": "电工"},
        edition="1",
        levels=["4", "5"],
        body={"zh": "机构"},
        in_force_on=parse(encoded(EXAMPLE)).in_force_on,
    )
    document, lacks = read_draft(content)
    assert document.levels == ("5", "4")
    assert {"weights_missing", "level_without_requirements", "level_without_part", "text_missing"} <= {
        c for c, _ in lacks
    }


def test_every_code_has_words_in_both_languages():
    source = "".join(path.read_text() for path in (ROOT / "src/guildhall/core/standard").glob("*.py"))
    documented = (ROOT / "docs/formats/standard.md").read_text()
    for code in PROBLEMS:
        assert problem_in_words(code, "zh") != problem_in_words(code, "en")
        assert f'"{code}"' in source
    for code in ("weights_do_not_sum", "numbering_gap", "too_many", "wrong_member"):
        assert f"`{code}`" in documented


def test_the_rules_of_an_edition_are_a_rules_file():
    document = parse(encoded(EXAMPLE))
    rules = read_rules(encoded(eligibility_rules(document)))
    (edition,) = rules.editions("6-31-01-03")
    assert (edition.edition, edition.starts_on) == ("sample-1", document.in_force_on)
    assert set(edition.levels) == {"5", "4"}
    content = example()
    content["overview"]["eligibility"] = {"template": "cn-2023"}
    template = (ROOT / "src/guildhall/standards/data/eligibility/cn-2023.json").read_bytes()
    assert read_rules(encoded(eligibility_rules(parse(encoded(content)))), template).editions("6-31-01-03")
    del content["overview"]["eligibility"]
    assert eligibility_rules(parse(encoded(content))) is None


# --- Levels: what a higher one serves --------------------------------------------------------------------------------


def test_a_number_at_one_level_is_another_item_than_at_the_next():
    standard = read_standard(encoded(EXAMPLE))
    programme = read_programme(programme_file(course("A", *both("2.1", level="5"))))
    at_five, at_four = (align(standard, programme, level=level) for level in ("5", "4"))
    assert at_five.columns["skill"].covered == Fraction(40, 100)
    assert at_four.columns["skill"].covered == 0


def test_a_higher_level_serves_what_it_continues_and_what_bears_the_same_name():
    standard = read_standard(encoded(EXAMPLE))
    programme = read_programme(programme_file(course("A", *both("1.1", level="4"), *both("2", level="4"))))
    covered = align(standard, programme, level="5")
    served = {one.cell.number for one in covered.cells if one.covered and one.cell.column == "skill"}
    assert served == {"1.2.1", "2.1.1"}


def test_a_certificate_of_a_higher_level_holds_the_lower_ones():
    standard = read_standard(encoded(EXAMPLE))
    assert hold(standard, certificate(standard, "4"), level="5").overall.covered == 1
    assert hold(standard, certificate(standard, "4"), level="4").overall.covered == 1
    assert hold(standard, certificate(standard, "5"), level="4").overall.covered == 0
    assert hold(standard, certificate(standard, "1"), level="4").overall.covered == 1


def test_theory_is_covered_by_knowledge_and_skill_by_skills():
    standard = read_standard(encoded(EXAMPLE))
    programme = read_programme(programme_file(course("A", *both("1.1.2", level="5"))))
    covered = align(standard, programme, level="5")
    assert {(one.cell.number, one.cell.column) for one in covered.cells if one.covered} == {("1.1.2", "skill")}


# --- Files of strangers ----------------------------------------------------------------------------------------------

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2**40)
    | st.text(max_size=4)
    | st.sampled_from(["1", "5", "100", "0.1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["zh", "5", "number"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def _places(value, path=()):
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in below for place in _places(inner, (*path, key)))]


_ALL_PLACES = _places(EXAMPLE)


@settings(max_examples=200, deadline=None)
@given(path=st.sampled_from(_ALL_PLACES), new=_VALUES)
def test_an_edition_with_one_place_changed_is_used_or_refused(path, new):
    content = example()
    if path:
        set_at(content, path, new)
    else:
        content = new
    code_of(lambda: competencies(parse(encoded(content))))
    code_of(lambda: read_draft(content))


@settings(max_examples=80, deadline=None)
@given(data=st.binary(max_size=48) | _VALUES.map(encoded))
def test_any_bytes_are_a_value_or_a_coded_error(data):
    assert code_of(lambda: parse(data))
