"""Tables of standards: out and back, and every mistake with its line."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import load_workbook

from guildhall.core.exchange import tables
from guildhall.core.exchange.tables import InvalidTableError
from guildhall.core.results.refusals import LargeFileError
from guildhall.core.standard import parse, read_draft
from tests.refusals import code_of
from tests.unit.standard.made import EXAMPLE, encoded, some_edition

ABOUT = {"occupation": "6-31-01-03", "edition": "x", "name": {"zh": "电工"}, "in_force_on": date(2027, 1, 1)}
HEAD = "等级,类别,编号,中文,英文,理论权重,技能权重"


def read(*lines: str, head: str = HEAD):
    return tables.read("\n".join((head, *lines)).encode(), file_name="x.csv")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("seed", range(8))
def test_tree_and_weights_go_out_and_come_back(kind, seed):
    content = some_edition(seed)
    rows = tables.read(tables.write(parse(encoded(content)), kind), file_name=f"x.{kind}")
    again = tables.content_of(rows, **ABOUT)
    document, lacks = read_draft(again)
    assert {code for code, _ in lacks} <= {"text_missing", "level_without_part", "document_no_missing"}
    for level in content["overview"]["levels"]:
        assert [(i.kind, i.number, i.name) for i in document.items(level)] == [
            (i.kind, i.number, i.name) for i in parse(encoded(content)).items(level)
        ]
    assert document.basic == parse(encoded(content)).basic
    kept = {
        level: {column: {n: w for n, w in table.items() if float(w)} for column, table in columns.items()}
        for level, columns in content["weights"].items()
    }
    found = {
        level: {column: {n: w for n, w in table.items() if float(w)} for column, table in columns.items()}
        for level, columns in again["weights"].items()
    }
    assert {k: {c: {n: float(w) for n, w in t.items()} for c, t in v.items()} for k, v in found.items()} == {
        k: {c: {n: float(w) for n, w in t.items()} for c, t in v.items()} for k, v in kept.items()
    }


def test_other_programs_read_what_is_written():
    document = parse(encoded(EXAMPLE))
    by_csv = list(csv.reader(io.StringIO(tables.write(document, "csv").decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(tables.write(document, "xlsx"))).get_sheet_by_index(0).to_python()
    assert by_csv[0] == HEAD.split(",")
    assert [[str(cell) for cell in row] for row in sheet] == by_csv
    assert ["5", "function", "1", "电气安装与线路敷设", "Installation and wiring", "35", "60"] in by_csv


def test_the_template_is_a_table_that_reads():
    for kind in ("csv", "xlsx"):
        document, lacks = read_draft(
            tables.content_of(tables.read(tables.template(kind), file_name=f"t.{kind}"), **ABOUT)
        )
        assert document.levels == ("5",)
        assert "weights_do_not_sum" not in {code for code, _ in lacks}


def test_columns_may_stand_in_any_order_and_in_english():
    rows = read("function,1,5,Fun,功能,60,", head="kind,number,level,text en,text zh,weight theory,note")
    assert (rows[0].kind, rows[0].level, rows[0].name, rows[0].weights) == (
        "function",
        "5",
        {"zh": "功能", "en": "Fun"},
        {"theory": "60"},
    )
    assert read("五级/初级工;职业功能;1;功能;;;", head=HEAD.replace(",", ";"))[0].level == "5"
    gb = f"{HEAD}\n5,职业功能,1,电气安装与线路敷设维修,,,".encode("gb18030")
    assert tables.read(gb, file_name="x.csv")[0].name["zh"] == "电气安装与线路敷设维修"


def test_a_cell_that_looks_like_a_formula_is_text_on_the_way_out_and_back():
    content = some_edition(2)
    content["requirements"]["5"][0]["name"] = {"zh": "=1+1"}
    out = tables.write(parse(encoded(content)), "csv").decode("utf-8-sig")
    assert ",'=1+1," in out
    assert any(row.name.get("zh") == "=1+1" for row in tables.read(out.encode(), file_name="x.csv"))


@pytest.mark.parametrize(
    ("lines", "code", "place"),
    [
        (["5,功能,1,x,,,"], "wrong_member", "line 2, kind"),
        (["9,职业功能,1,x,,,"], "unknown_level", "line 2, level"),
        ([",职业功能,1,x,,,"], "unknown_level", "line 2, level"),
        (["5,职业功能,一,x,,,"], "wrong_member", "line 2, number"),
        (["5,职业功能,1,,x,,"], "text_missing", "line 2, text zh"),
        (["5,职业功能,1,x,,101,"], "wrong_member", "line 2, weight theory"),
        (["5,职业功能,1,x,,,1e3"], "wrong_member", "line 2, weight skill"),
        (["5,职业功能,1,x,,,", "5,职业功能,1,y,,,"], "duplicate_number", "line 3"),
        (["5,技能要求,1.1.1,x,,,"], "numbering_gap", "line 2"),
        ([",基本要求,0.1,x,,5,"], "unknown_level", "line 2, level"),
        ([], "items_missing", "x.csv"),
    ],
)
def test_each_mistake_of_a_table_has_its_code_and_line(lines, code, place):
    with pytest.raises(InvalidTableError) as refused:
        read(*lines)
    found = zip(refused.value.params["codes"], refused.value.params["problems"], strict=True)
    assert any(own == code and problem.startswith(place) for own, problem in found), refused.value.params


def test_the_mistakes_of_all_rows_are_told_at_once():
    with pytest.raises(InvalidTableError) as refused:
        read("5,功能,1,x,,,", "5,职业功能,1,,,,", "9,职业功能,2,x,,,")
    assert {problem.split(",")[0] for problem in refused.value.params["problems"]} == {"line 2", "line 3", "line 4"}


def test_a_table_without_its_columns_and_a_large_one_are_refused():
    with pytest.raises(InvalidTableError) as refused:
        read("5,1", head="level,number")
    assert "column 类别 or kind is missing" in str(refused.value.params["problems"])
    with pytest.raises(LargeFileError):
        read(*["5,职业功能,1,x,,,"] * 20_002)
    with pytest.raises(LargeFileError):
        tables.read(b"x" * (17 * 1024 * 1024), file_name="x.csv")


@settings(max_examples=80, deadline=None)
@given(
    data=st.binary(max_size=60)
    | st.lists(
        st.lists(st.sampled_from(["5", "职业功能", "1", "1.1", "x", "", '"', "0.1"]), max_size=7), max_size=4
    ).map(lambda rows: "\n".join([HEAD, *(",".join(row) for row in rows)]).encode())
    | st.binary(max_size=40).map(lambda tail: b"PK\x03\x04" + tail)
)
def test_any_bytes_are_rows_or_a_coded_error(data):
    code_of(lambda: read_draft(tables.content_of(tables.read(data, file_name="x"), **ABOUT)))
