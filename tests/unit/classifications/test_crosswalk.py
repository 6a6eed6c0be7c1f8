"""Crosswalk files, JSON and CSV, and the register's own form of a classification with its tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from guildhall.standards.classifications import own
from guildhall.standards.classifications.crosswalk import InvalidCrosswalkError, read_crosswalk
from guildhall.standards.classifications.problems import CODES
from guildhall.standards.classifications.refusals import InvalidClassificationError
from guildhall.standards.reading import read_classification
from tests.unit.classifications.made import CROSSWALK, csv_bytes, places

ROOT = Path(__file__).resolve().parents[3]
TABLE = [
    ["from_classification", "from_code", "relation", "to_classification", "to_code", "source", "note_zh", "position"],
    ["cn-2022", "6-31-01-03", "closeMatch", "esco-1.1.1", "7411.1", "A sample", "大体一致", "1"],
    ["cn-2022", "6-31-01-03", "narrowMatch", "esco-1.1.1", "7411.1.1", "A sample", "", ""],
]


def document(**members: Any) -> bytes:
    return json.dumps({**CROSSWALK, **members}, ensure_ascii=False).encode()


def head(**members: Any) -> bytes:
    return document(crosswalk={**CROSSWALK["crosswalk"], **members})  # type: ignore[dict-item]


def line(**members: Any) -> bytes:
    return document(lines=[{"from": "1-01-00-01", "to": "1111.1", "relation": "closeMatch", **members}])


def refused(data: bytes) -> set[tuple[int, str, str]]:
    with pytest.raises(InvalidCrosswalkError) as error:
        read_crosswalk(data, "x")
    return {(n, column, code) for _, n, column, code in places(error.value)}


def test_a_crosswalk_says_which_codes_of_two_editions_mean_what_to_one_another() -> None:
    facts = read_crosswalk(document()).facts
    assert (facts.code, facts.from_edition, facts.to_edition) == ("cn-2022--esco-1.1.1", "cn-2022", "esco-1.1.1")
    electrician, trainer = facts.lines
    assert (electrician.to_code, electrician.relation, electrician.label) == (
        "7411.1",
        "closeMatch",
        {"en": "electrician"},
    )
    assert (trainer.position, trainer.note) == (2, {"en": "Only in part."})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_says_the_same(encoding: str) -> None:
    facts = read_crosswalk(csv_bytes(TABLE, encoding)).facts
    assert (facts.code, facts.source) == ("cn-2022--esco-1.1.1", "A sample")
    assert [(item.relation, item.to_code, item.position, item.note) for item in facts.lines] == [
        ("closeMatch", "7411.1", 1, {"zh": "大体一致"}),
        ("narrowMatch", "7411.1.1", 0, {}),
    ]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"{", (1, "", "malformed_json")),
        (document(format="guildhall-crosswalk/2"), (0, "format", "unknown_value")),
        (document(lines={}), (0, "lines", "malformed_member")),
        (document(lines=[]), (0, "", "no_rows")),
        (document(lines=[1]), (0, "lines[0]", "malformed_member")),
        (document(crosswalk=[]), (0, "crosswalk.source", "empty_cell")),
        (head(code="A B"), (0, "crosswalk.code", "malformed_code")),
        (head(to=1), (0, "crosswalk.to", "malformed_code")),
        (head(source=""), (0, "crosswalk.source", "malformed_member")),
        (head(source="x" * 256), (0, "crosswalk.source", "malformed_member")),
        (head(name={}), (0, "crosswalk.name", "malformed_member")),
        (line(relation="sameAs"), (0, "lines[0].relation", "unknown_value")),
        (line(relation=""), (0, "lines[0].relation", "empty_cell")),
        (line(to=""), (0, "lines[0].to", "empty_cell")),
        (line(to="a b"), (0, "lines[0].to", "malformed_code")),
        (line(to=None), (0, "lines[0]", "malformed_member")),
        (line(position=True), (0, "lines[0].position", "out_of_range")),
        (line(position=1000), (0, "lines[0].position", "out_of_range")),
        (line(note="x"), (0, "lines[0].note", "malformed_member")),
        (line(label={"en": "a\0b"}), (0, "lines[0].label.en", "control_character")),
        (document(lines=CROSSWALK["lines"] * 2), (0, "lines[2].to", "duplicate_row")),  # type: ignore[operator]
    ],
)
def test_a_wrong_crosswalk_is_told_with_its_place(data: bytes, place: tuple[int, str, str]) -> None:
    assert place in refused(data)


def test_a_code_does_not_correspond_to_itself() -> None:
    data = json.loads(head(to="cn-2022"))
    data["lines"] = [{"from": "1-01-00-01", "to": "1-01-00-01", "relation": "relatedMatch"}]
    assert refused(json.dumps(data).encode()) == {(0, "lines[0].to", "cycle")}


@pytest.mark.parametrize(
    ("row", "column", "cell", "code"),
    [
        (2, 0, "cn-2015", "two_heads"),
        (2, 3, "isco-08", "two_heads"),
        (2, 5, "Another", "two_heads"),
        (1, 0, "CN 2022", "malformed_code"),
        (1, 5, "", "malformed_member"),
        (2, 2, "same", "unknown_value"),
        (2, 4, "7411.1", "duplicate_row"),
        (2, 7, "-1", "out_of_range"),
    ],
)
def test_a_wrong_row_of_a_table_is_told_with_its_place(row: int, column: int, cell: str, code: str) -> None:
    rows = [list(item) for item in TABLE]
    rows[row][column] = cell
    assert (row + 1, TABLE[0][column], code) in refused(csv_bytes(rows))


# The register's own form


def classification(groups: list[dict[str, Any]], **members: Any) -> bytes:
    occupation = {"code": "6-31-01-03", "name": {"zh": "电工"}, "group": "6-31-01", **members}
    head = {"code": "cn-2022", "name": {"zh": "大典"}, "in_force_on": "2022-09-28"}
    named = [{"name": {"zh": "类"}, **group} for group in groups]
    return json.dumps(
        {"classification": head, "groups": named, "occupations": [occupation]}, ensure_ascii=False
    ).encode()


GROUPS: list[dict[str, Any]] = [{"code": "6"}, {"code": "6-31", "parent": "6"}, {"code": "6-31-01", "parent": "6-31"}]


def entries(data: bytes) -> Any:
    return own.entries(read_classification(data), data)


def test_ranks_follow_from_the_parents_in_whatever_order_groups_stand() -> None:
    for groups in (GROUPS, GROUPS[::-1]):
        found = entries(classification(groups, marks=["green"], other_names={"zh": ["电气工"]}))
        assert {g.code: g.rank for g in found.groups} == {"6": 0, "6-31": 1, "6-31-01": 2}
        assert found.occupations[0].marks == ("green",)


@pytest.mark.parametrize(
    ("groups", "code"),
    [
        ([*GROUPS, GROUPS[0]], "duplicate_code"),
        ([{**GROUPS[0], "parent": "6-31-01"}, *GROUPS[1:]], "cycle"),
        ([{"code": "6-31-01", "parent": "6-31-01"}], "cycle"),
        ([GROUPS[2]], "unknown_code"),
        (GROUPS[:2], "unknown_code"),
        ([*GROUPS[:2], {**GROUPS[2], "rank": 3}], "rank_out_of_order"),
        ([{**GROUPS[0], "rank": 1}, *GROUPS[1:]], "rank_out_of_order"),
    ],
)
def test_a_tree_that_is_none_is_refused_with_its_place(groups: list[dict[str, Any]], code: str) -> None:
    data = classification(groups)
    with pytest.raises(InvalidClassificationError) as error:
        entries(data)
    assert code in {said for _, _, _, said in places(error.value)}


@pytest.mark.parametrize(
    "members",
    [
        {"marks": ["red"]},
        {"marks": "green"},
        {"url": "ftp://x"},
        {"other_names": {"zh": "x"}},
        {"other_names": []},
        {"group": ""},
        {"code": "a"},
        {"definition": {"zh": "电\0工"}},
    ],
)
def test_a_wrong_member_of_an_occupation_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(InvalidClassificationError, match="occupations"):
        entries(classification(GROUPS, **members))


def test_a_chain_of_ten_thousand_groups_is_no_burden() -> None:
    chain = [{"code": "g0"}, *({"code": f"g{i}", "parent": f"g{i - 1}"} for i in range(1, 10_000))]
    found = entries(classification(chain, group="g9999"))
    assert found.groups[-1].rank == 9_999


# The documents


@pytest.mark.parametrize(
    "file",
    [
        "docs/examples/crosswalk.json",
        "src/guildhall/standards/data/crosswalks/cn-2022--esco-1.1.1.json",
        "src/guildhall/standards/data/crosswalks/cn-2022--onet-29.3.json",
    ],
)
def test_the_example_and_what_ships_keep_schema_and_reader(file: str) -> None:
    data = (ROOT / file).read_bytes()
    schema = json.loads((ROOT / "docs/schemas/crosswalk.schema.json").read_bytes())
    jsonschema.validate(json.loads(data), schema)
    assert len(read_crosswalk(data).facts.lines) == len(json.loads(data)["lines"])


def test_every_code_of_a_problem_is_in_the_page() -> None:
    page = (ROOT / "docs/formats/classification.md").read_text()
    assert [code for code in CODES if f"`{code}`" not in page and code != "refused_file"] == []
