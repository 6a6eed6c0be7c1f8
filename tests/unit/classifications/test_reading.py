"""The files of the four classifications: what they say, and everything that is wrong with them in one go."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from guildhall.standards.classifications import cn, esco, isco, onet, own, problems, tables
from guildhall.standards.classifications.facts import digest
from guildhall.standards.classifications.refusals import InvalidClassificationError
from guildhall.standards.reading import read_classification
from tests.unit.classifications.made import (
    CN_ROWS,
    CN_TABLE,
    ESCO,
    ISCO,
    ONET,
    csv_bytes,
    esco_files,
    json_lines,
    onet_files,
    refused,
    xlsx_bytes,
)

LINES = "occupations_2022.jsonl"
TABLE = "occupations_2022.csv"


def changed(row: int, **members: Any) -> dict[str, bytes]:
    rows = [dict(item) for item in CN_ROWS]
    rows[row] |= members
    return {LINES: json_lines(rows)}


# The national dictionary


def test_an_occupation_of_the_dictionary_lies_in_three_groups_read_off_its_code() -> None:
    entries = cn.read({LINES: json_lines(CN_ROWS)})
    assert [(g.code, g.parent, g.rank) for g in entries.groups] == [
        ("6", "", 0),
        ("6-31", "6", 1),
        ("6-31-01", "6-31", 2),
        ("6-31-07", "6-31", 2),
    ]
    electrician, robots = entries.occupations
    assert (electrician.group, electrician.name, electrician.marks) == ("6-31-01", {"zh": "电工"}, ())
    assert electrician.work_types == ({"zh": "物业电工"}, {"zh": "电力电气设备安装工"})
    assert (robots.name, robots.marks) == ({"zh": "工业机器人系统运维员"}, ("digital", "green"))
    assert [notice.code for notice in entries.notices] == ["mark_in_name"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_dictionary_is_read_in_every_encoding_of_the_house(encoding: str) -> None:
    names = [o.name["zh"] for o in cn.read({LINES: json_lines(CN_ROWS, encoding)}).occupations]
    assert names == ["电工", "工业机器人系统运维员"]
    for separator in ",;\t":
        entries = cn.read({TABLE: csv_bytes(CN_TABLE, encoding, separator)})
        assert [o.name["zh"] for o in entries.occupations] == ["电工", "不便分类的其他从业人员"]


def test_a_table_that_knows_no_marks_leaves_them_open() -> None:
    assert [o.marks for o in cn.read({TABLE: csv_bytes(CN_TABLE)}).occupations] == [None, None]


def test_the_major_classes_bear_their_official_names_whatever_a_file_says() -> None:
    entries = cn.read(changed(0, major_category_name="有关人员"))
    assert entries.groups[0].name["zh"] == "生产制造及有关人员"
    assert ("group_named_otherwise", 1) in {(n.code, n.line) for n in entries.notices}


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"occupation_code": "6-31-01-3"}, "occupation_code", "malformed_code"),
        ({"occupation_code": "9-31-01-03"}, "occupation_code", "malformed_code"),
        ({"occupation_code": ""}, "occupation_code", "empty_cell"),
        ({"occupation_code": 6}, "occupation_code", "malformed_member"),
        ({"occupation_name": " "}, "occupation_name", "empty_cell"),
        ({"occupation_name": "电" * 121}, "occupation_name", "long_text"),
        ({"definition": "电" * 2_001}, "definition", "long_text"),
        ({"markers": ["X"]}, "markers", "unknown_value"),
        ({"included_work_types": "电工"}, "included_work_types", "malformed_member"),
        ({"minor_category_name": ""}, "minor", "empty_cell"),
        ({"occupation_name": "电\0工"}, "", "control_character"),
    ],
)
def test_a_wrong_line_of_the_dictionary_is_told_with_its_place(change: dict[str, Any], column: str, code: str) -> None:
    assert (LINES, 2, column, code) in refused(cn.read, changed(1, **change))


def test_a_code_that_stands_twice_is_told_with_the_line_it_stood_on() -> None:
    with pytest.raises(InvalidClassificationError) as error:
        cn.read(changed(1, occupation_code="6-31-01-03"))
    (place,) = error.value.params["places"]
    assert (place["line"], place["code"], place["value"], place["params"]) == (
        2,
        "duplicate_code",
        "6-31-01-03",
        {"first": 1},
    )


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"a": 1, "a": 2}', b"\xef\xbb\xbf{}x"])
def test_a_line_that_is_no_object_does_not_hide_the_others(line: bytes) -> None:
    found = refused(cn.read, {LINES: json_lines(CN_ROWS) + line + b"\n" + b'{"occupation_code": "x"}\n'})
    assert {(LINES, 3, "", "malformed_line"), (LINES, 4, "occupation_code", "malformed_code")} <= found


def test_every_problem_of_a_file_is_told_at_once_and_counted_when_there_are_more_than_are_kept() -> None:
    rows = [{**CN_ROWS[0], "occupation_code": f"x{i}"} for i in range(problems.MOST_KEPT + 5)]
    with pytest.raises(InvalidClassificationError) as error:
        cn.read({LINES: json_lines(rows)})
    assert error.value.params["n_problems"] == problems.MOST_KEPT + 5
    assert len(error.value.params["places"]) == problems.MOST_KEPT  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        ("电工".encode("utf-32"), "undecodable_text"),
        (b"code,name,middle,minor\n6-31-01-03,\xff\xff\xff,x,y\n", "undecodable_text"),
        ("code,name,middle,minor\n6-31-01-03,电工维修人员,x,y\n".encode()[:-12] + b"\xe7\n", "damaged_utf8"),
        (b"%PDF\0", "unsupported_file"),
        (b"", "no_rows"),
        (b"PK\x03\x04 no archive", "malformed_workbook"),
        (b'code,name,middle,minor\n"6-31', "malformed_table"),
    ],
)
def test_a_file_of_another_kind_or_encoding_is_refused_by_its_name(encoded: bytes, code: str) -> None:
    assert (TABLE, code) in {(file, said) for file, _, _, said in refused(cn.read, {TABLE: encoded})}


def test_a_table_without_a_needed_column_or_with_one_twice_is_refused() -> None:
    heading, *rows = CN_TABLE
    without = [[cell for cell, name in zip(row, heading, strict=True) if name != "minor"] for row in CN_TABLE]
    assert refused(cn.read, {TABLE: csv_bytes(without)}) == {(TABLE, 1, "minor", "missing_column")}
    twice = [[*row, row[0]] for row in CN_TABLE]
    assert refused(cn.read, {TABLE: csv_bytes(twice)}) == {(TABLE, 1, "code", "repeated_column")}
    assert refused(cn.read, {TABLE: csv_bytes([heading])}) == {(TABLE, 0, "", "no_rows")}
    assert rows


def test_no_file_at_all_is_told() -> None:
    assert refused(cn.read, {}) == {("occupations_2022.jsonl", 0, "", "missing_file")}


def test_a_file_of_a_million_rows_is_refused_at_the_limit() -> None:
    row = b"6-31-01-03,x,y,z\n"
    found = refused_first(b"code,name,middle,minor\n" + row * 1_000_000)
    assert found["code"] == "file_too_large"
    assert found["file"] == TABLE
    assert str(tables.LIMITS.n_rows) in found["params"]["reason"]


def refused_first(encoded: bytes) -> dict[str, Any]:
    from guildhall.standards.classifications.problems import Notes

    notes = Notes()
    columns = tables.Columns(("code", "name", "middle", "minor"))
    assert sum(1 for _ in tables.rows(encoded, TABLE, columns, notes)) == tables.LIMITS.n_rows
    (problem,) = notes.errors
    return problem.as_json()  # type: ignore[return-value]


def test_of_a_folder_the_lines_that_say_more_are_read() -> None:
    assert cn.wanted(["majors.csv", TABLE, LINES]) == [LINES]
    assert cn.wanted(["majors.csv", TABLE]) == [TABLE]
    assert cn.wanted(["majors.csv"]) == []


# O*NET


def test_a_release_of_o_net_is_read_with_all_that_it_says_of_an_occupation() -> None:
    entries = onet.read(onet_files())
    assert [g.code for g in entries.groups] == ["11-0000", "47-0000"]
    assert [(o.code, o.group, o.parent) for o in entries.occupations] == [
        ("47-2111.00", "47-0000", ""),
        ("11-1011.00", "11-0000", ""),
        ("11-1011.03", "11-0000", "11-1011.00"),
    ]
    assert entries.occupations[1].other_names == {"en": ["Chief Executive Officer (CEO)", "CEO"]}
    rated = Counter(zip((kind for kind, _ in entries.ratings.descriptors), entries.ratings.scales, strict=True))
    assert rated == {
        ("job-zone", "JZ"): 1,
        ("skill", "IM"): 1,
        ("skill", "LV"): 1,
        ("task", "TYPE"): 1,
        ("technology", "USED"): 1,
        ("technology", "HOT"): 1,
        ("education", "RL"): 1,
    }
    assert Decimal("3.50") in entries.ratings.values
    described = {(d.kind, d.code): d for d in entries.descriptors}
    assert described["skill", "2.B.3.l"].parent == ("element", "2.B.3")
    assert described["element", "2.B.3"].parent == ("element", "2.B")
    assert described["education", "2.D.1.2"].name == {"en": "High School Diploma"}
    (crosswalk,) = entries.crosswalks
    (line,) = crosswalk.lines
    assert (line.from_code, line.to_code, line.relation, line.position) == (
        "11-1011.00",
        "11-1011.03",
        "relatedMatch",
        1,
    )


def test_the_read_me_names_the_edition() -> None:
    said = b"O*NET 30.1 Database\nDecember 2025 Release\n"
    edition = onet.read({**onet_files(), "Read Me.txt": said}).edition
    assert (edition.code, edition.in_force_on.isoformat()) == ("onet-30.1", "2025-12-01")
    assert "30.1" in edition.name["en"]
    assert (
        onet.read({**onet_files(), "Read Me.txt": b"O*NET 30.1 Database\nSmarch 2025 Release"}).edition == onet.EDITION
    )


@pytest.mark.parametrize(
    ("table", "place", "cell", "column", "code"),
    [
        ("Occupation Data", (3, 0), "11-1011", "O*NET-SOC Code", "malformed_code"),
        ("Occupation Data", (3, 0), "12-1011.00", "O*NET-SOC Code", "malformed_code"),
        ("Occupation Data", (3, 0), "47-2111.00", "O*NET-SOC Code", "duplicate_code"),
        ("Occupation Data", (3, 1), "", "Title", "empty_cell"),
        ("Alternate Titles", (1, 0), "47-9999.00", "O*NET-SOC Code", "unknown_code"),
        ("Alternate Titles", (1, 2), "", "Alternate Title", "empty_cell"),
        ("Skills", (2, 0), "47-9999.00", "O*NET-SOC Code", "unknown_code"),
        ("Skills", (2, 2), "9.9", "Element ID", "unknown_code"),
        ("Skills", (2, 4), "XX", "Scale ID", "unknown_value"),
        ("Skills", (2, 4), "IM", "", "duplicate_row"),
        ("Skills", (2, 6), 7.01, "Data Value", "out_of_range"),
        ("Skills", (2, 6), "much", "Data Value", "malformed_number"),
        ("Skills", (2, 6), "NaN", "Data Value", "malformed_number"),
        ("Skills", (2, 6), "1e999999999", "Data Value", "malformed_number"),
        ("Skills", (2, 6), "", "Data Value", "empty_cell"),
        ("Skills", (2, 3), "a\x01b", "Element Name", "control_character"),
        ("Job Zones", (1, 2), 4, "Job Zone", "unknown_value"),
        ("Task Statements", (1, 4), "Main", "Task Type", "unknown_value"),
        ("Task Statements", (1, 2), "", "Task ID", "empty_cell"),
        ("Technology Skills", (1, 5), "Q", "Hot Technology", "unknown_value"),
        ("Technology Skills", (1, 3), "4" * 17, "Commodity Code", "malformed_code"),
        ("Related Occupations", (1, 2), "47-9999.00", "Related O*NET-SOC Code", "unknown_code"),
        ("Related Occupations", (1, 2), "11-1011.00", "Related O*NET-SOC Code", "duplicate_row"),
        ("Related Occupations", (1, 5), 1000, "Index", "out_of_range"),
    ],
)
def test_a_wrong_row_of_o_net_is_told_with_its_place(
    table: str, place: tuple[int, int], cell: object, column: str, code: str
) -> None:
    rows = [list(row) for row in ONET[table]]
    rows[place[0]][place[1]] = cell
    found = refused(onet.read, onet_files({table: rows}))
    assert (f"{table}.xlsx", place[0] + 1, column, code) in found


def test_an_unknown_code_of_o_net_names_the_edition() -> None:
    rows = [*ONET["Skills"], ["47-9999.00", "", "2.B.3.l", "Repairing", "IM", "", 1, 1]]
    with pytest.raises(InvalidClassificationError, match=r"onet-29.3 has no code 47-9999.00"):
        onet.read(onet_files({"Skills": rows}))


def test_a_release_without_occupations_is_refused_and_without_another_table_says_so() -> None:
    files = onet_files()
    del files["Skills.xlsx"]
    entries = onet.read(files)
    assert ("Skills.xlsx", "absent_file") in {(n.file, n.code) for n in entries.notices}
    del files["Occupation Data.xlsx"]
    assert refused(onet.read, files) == {("Occupation Data.xlsx", 0, "", "missing_file")}


# ESCO and ISCO-08


def test_isco_has_three_ranks_of_groups_and_its_unit_groups_below_them() -> None:
    entries = isco.read({isco.FILE: csv_bytes(ISCO)})
    assert [(g.code, g.parent, g.rank) for g in entries.groups] == [("7", "", 0), ("74", "7", 1), ("741", "74", 2)]
    (unit,) = entries.occupations
    assert (unit.code, unit.group, unit.other_names) == ("7411", "741", {"en": ["electrician", "fitter"]})


def test_esco_lies_below_isco_and_leads_to_it() -> None:
    entries = esco.read(esco_files())
    assert [(g.code, g.rank) for g in entries.groups] == [("7", 0), ("74", 1), ("741", 2), ("7411", 3)]
    assert [(o.code, o.group, o.parent) for o in entries.occupations] == [
        ("7411.1", "7411", ""),
        ("7411.1.1", "7411", "7411.1"),
    ]
    assert entries.occupations[0].other_names == {"en": ["sparky"]}
    assert entries.occupations[1].definition == {"en": "Café’s."}
    assert [(d.kind, d.code) for d in entries.descriptors] == [("field", "0713"), ("skill-group", "S6")]
    (crosswalk,) = entries.crosswalks
    assert (crosswalk.from_edition, crosswalk.to_edition) == ("esco-1.1.1", "isco-08")
    assert {(line.from_code, line.to_code, line.relation) for line in crosswalk.lines} == {
        ("7411.1", "7411", "broadMatch"),
        ("7411.1.1", "7411", "broadMatch"),
    }


@pytest.mark.parametrize(
    ("file", "place", "cell", "column", "code"),
    [
        ("ISCOGroups.csv", (4, 3), "74111", "CODE", "malformed_code"),
        ("ISCOGroups.csv", (4, 3), "741", "CODE", "duplicate_code"),
        ("ISCOGroups.csv", (4, 4), "", "PREFERREDLABEL", "empty_cell"),
        ("ISCOGroups.csv", (4, 0), "javascript:alert(1)", "ORIGINURI", "malformed_code"),
        ("ISCOGroups.csv", (2, 3), "84", "CODE", "unknown_code"),
        ("occupations.csv", (2, 3), "7411", "CODE", "malformed_code"),
        ("occupations.csv", (2, 3), "7411.1", "CODE", "duplicate_code"),
        ("occupations.csv", (2, 2), "7412", "ISCOGROUPCODE", "misplaced_code"),
        ("occupations.csv", (2, 1), "key_5", "ID", "duplicate_row"),
        ("occupations_hierarchy.csv", (5, 1), "key_99", "PARENTID", "unknown_code"),
        ("occupations_hierarchy.csv", (5, 2), "key_5", "CHILDID", "two_parents"),
        ("occupations_hierarchy.csv", (5, 0), "iscogroup", "PARENTOBJECTTYPE", "unknown_value"),
        ("occupations_hierarchy.csv", (3, 1), "key_1", "PARENTID", "misplaced_code"),
        ("skillGroups.csv", (2, 2), "s 6", "CODE", "malformed_code"),
        ("skillGroups.csv", (2, 3), "", "PREFERREDLABEL", "empty_cell"),
    ],
)
def test_a_wrong_row_of_esco_is_told_with_its_place(
    file: str, place: tuple[int, int], cell: str, column: str, code: str
) -> None:
    rows = [list(row) for row in ESCO[file]]
    rows[place[0]][place[1]] = cell
    assert (file, place[0] + 1, column, code) in refused(esco.read, esco_files({file: rows}))


def test_a_cycle_among_occupations_is_told() -> None:
    rows = [list(row) for row in ESCO["occupations_hierarchy.csv"]]
    rows[4] = ["escooccupation", "key_6", "key_5", "escooccupation"]
    found = refused(esco.read, esco_files({"occupations_hierarchy.csv": rows}))
    assert "cycle" in {code for _, _, _, code in found}


def test_the_same_files_have_the_same_digest_in_any_order_and_others_another() -> None:
    files = {"a": b"1", "b": b"2"}
    assert digest(files) == digest(dict(reversed(files.items())))
    assert len({digest(files), digest({"a": b"1", "b": b"3"}), digest({"ab": b"12"}), digest({"a": b"1"})}) == 4


def test_every_kind_of_problem_has_sentences_in_both_languages_without_holes() -> None:
    facts: dict[str, str | int] = dict.fromkeys(
        (
            "edition",
            "first",
            "shape",
            "parent",
            "expected",
            "found",
            "low",
            "high",
            "known",
            "limit",
            "reason",
            "group",
            "name",
        ),
        "x",
    )
    for code, meaning in problems.CODES.items():
        said = problems.Problem("f", 1, "c", code, "v", facts).detail
        assert "{" not in said["zh"] + said["en"]
        assert meaning.severity in ("error", "notice")


def test_workbooks_and_text_are_told_apart_by_their_bytes() -> None:
    entries = cn.read({TABLE: xlsx_bytes(CN_TABLE)})
    assert [o.code for o in entries.occupations] == ["6-31-01-03", "8-00-00-00"]


def test_an_encoding_that_the_format_lays_down_is_no_question_and_another_is_not_guessed() -> None:
    # Two-byte characters of UTF-8 are always two-byte characters of GB 18030, too.
    rows = [[cell.replace("Wire.", "Café.") for cell in row] for row in ISCO]
    (unit,) = isco.read({isco.FILE: csv_bytes(rows)}).occupations
    assert unit.definition == {"en": "Café."}
    table = [["code", "name", "middle", "minor"], ["6-31-01-03", "é", "é", "é"]]
    assert {code for _, _, _, code in refused(cn.read, {TABLE: csv_bytes(table)})} == {"ambiguous_encoding"}


def test_every_occupation_that_ships_lies_in_a_small_a_middle_and_a_major_class() -> None:
    data = (Path(cn.__file__).parents[1] / "data" / "cn-2022.json").read_bytes()
    entries = own.entries(read_classification(data), data)
    groups = {group.code: group for group in entries.groups}
    assert [code for code, group in groups.items() if group.rank == 0] == list("12345678")
    assert len(entries.occupations) >= 83
    for occupation in entries.occupations:
        path = [occupation.group]
        while groups[path[-1]].parent:
            path.append(groups[path[-1]].parent)
        assert path == [occupation.code[:7], occupation.code[:4], occupation.code[:1]]
