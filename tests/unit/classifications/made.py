"""Small classifications, written by other hands than the ones that read them (csv, XlsxWriter, json)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence

import pytest
import xlsxwriter

from guildhall.core.errors import Error
from guildhall.standards.classifications.facts import Entries, Files
from guildhall.standards.classifications.refusals import InvalidClassificationError

Place = tuple[str, int, str, str]

CN_ROWS: list[dict[str, object]] = [
    {
        "occupation_code": "6-31-01-03",
        "occupation_name": "电工",
        "definition": "安装、维修电气设备。",
        "major_category_name": "生产制造及有关人员",
        "middle_category_name": "生产辅助人员",
        "minor_category_name": "机械设备修理人员",
        "included_work_types": ["物业电工", "电力电气设备安装工"],
        "markers": [],
    },
    {
        "occupation_code": "6-31-07-01",
        "occupation_name": "工业机器人系统运维员L/S",
        "definition": "",
        "major_category_name": "生产制造及有关人员",
        "middle_category_name": "生产辅助人员",
        "minor_category_name": "工业机器人操作运维人员",
        "included_work_types": [],
        "markers": ["S"],
    },
]
CN_TABLE = [
    ["code", "name", "major", "middle", "minor", "catalog_version", "work_types"],
    [
        "6-31-01-03",
        "电工",
        "生产制造及有关人员",
        "生产辅助人员",
        "机械设备修理人员",
        "2022",
        "物业电工;电力电气设备安装工",
    ],
    ["8-00-00-00", "不便分类的其他从业人员", "不便分类的其他从业人员", "其他", "其他", "2022", ""],
]

ONET: dict[str, list[list[object]]] = {
    "Occupation Data": [
        ["O*NET-SOC Code", "Title", "Description"],
        ["47-2111.00", "Electricians", "Install electrical wiring."],
        ["11-1011.00", "Chief Executives", "Direct companies."],
        ["11-1011.03", "Chief Sustainability Officers", "Enact strategy."],
    ],
    "Alternate Titles": [
        ["O*NET-SOC Code", "Title", "Alternate Title", "Short Title", "Source(s)"],
        ["47-2111.00", "Electricians", "Industrial Electrician", "", "08"],
        ["11-1011.00", "Chief Executives", "Chief Executive Officer (CEO)", "CEO", "08"],
    ],
    "Scales Reference": [
        ["Scale ID", "Scale Name", "Minimum", "Maximum"],
        ["IM", "Importance", 1, 5],
        ["LV", "Level", 0, 7],
        ["RL", "Required Level Of Education", 0, 100],
    ],
    "Content Model Reference": [
        ["Element ID", "Element Name", "Description"],
        ["2.B", "Cross-Functional Skills", ""],
        ["2.B.3", "Technical Skills", ""],
        ["2.B.3.l", "Repairing", ""],
        ["2.D.1", "Required Level of Education", ""],
    ],
    "Job Zone Reference": [["Job Zone", "Name"], [3, "Job Zone Three"], [5, "Job Zone Five"]],
    "Job Zones": [["O*NET-SOC Code", "Title", "Job Zone"], ["47-2111.00", "Electricians", 3]],
    "Skills": [
        ["O*NET-SOC Code", "Title", "Element ID", "Element Name", "Scale ID", "Scale Name", "Data Value", "N"],
        ["47-2111.00", "Electricians", "2.B.3.l", "Repairing", "IM", "Importance", 3.5, 8],
        ["47-2111.00", "Electricians", "2.B.3.l", "Repairing", "LV", "Level", 4, 8],
    ],
    "Task Statements": [
        ["O*NET-SOC Code", "Title", "Task ID", "Task", "Task Type"],
        ["47-2111.00", "Electricians", 20706, "Connect wires to circuit breakers.", "Core"],
    ],
    "Technology Skills": [
        ["O*NET-SOC Code", "Title", "Example", "Commodity Code", "Commodity Title", "Hot Technology", "In Demand"],
        ["47-2111.00", "Electricians", "Autodesk AutoCAD", 43232604, "Computer aided design CAD software", "Y", "N"],
    ],
    "Education, Training, and Experience": [
        ["O*NET-SOC Code", "Title", "Element ID", "Element Name", "Scale ID", "Scale Name", "Category", "Data Value"],
        ["47-2111.00", "Electricians", "2.D.1", "Required Level of Education", "RL", "", 2, 45.12],
    ],
    "Education, Training, and Experience Categories": [
        ["Element ID", "Element Name", "Scale ID", "Scale Name", "Category", "Category Description"],
        ["2.D.1", "Required Level of Education", "RL", "", 2, "High School Diploma"],
    ],
    "Related Occupations": [
        ["O*NET-SOC Code", "Title", "Related O*NET-SOC Code", "Related Title", "Relatedness Tier", "Index"],
        ["11-1011.00", "Chief Executives", "11-1011.03", "Chief Sustainability Officers", "Primary-Short", 1],
    ],
}

ISCO = [
    ["ORIGINURI", "ID", "UUIDHISTORY", "CODE", "PREFERREDLABEL", "ALTLABELS", "DESCRIPTION"],
    ["http://data.europa.eu/esco/isco/C7", "key_1", "", "7", "Craft and related trades workers", "", "Craft."],
    ["http://data.europa.eu/esco/isco/C74", "key_2", "", "74", "Electrical and electronic trades workers", "", ""],
    ["http://data.europa.eu/esco/isco/C741", "key_3", "", "741", "Electrical equipment installers", "", ""],
    [
        "http://data.europa.eu/esco/isco/C7411",
        "key_4",
        "",
        "7411",
        "Building electricians",
        "electrician\nfitter",
        "Wire.",
    ],
]
ESCO: dict[str, list[list[str]]] = {
    "ISCOGroups.csv": ISCO,
    "occupations.csv": [
        ["ORIGINURI", "ID", "ISCOGROUPCODE", "CODE", "PREFERREDLABEL", "ALTLABELS", "DESCRIPTION", "DEFINITION"],
        [
            "http://data.europa.eu/esco/occupation/1",
            "key_5",
            "7411",
            "7411.1",
            "electrician",
            "sparky\nelectrician",
            "Fits.",
            "",
        ],
        [
            "http://data.europa.eu/esco/occupation/2",
            "key_6",
            "7411",
            "7411.1.1",
            "building electrician",
            "",
            "",
            "Café’s.",
        ],
    ],
    "occupations_hierarchy.csv": [
        ["PARENTOBJECTTYPE", "PARENTID", "CHILDID", "CHILDOBJECTTYPE"],
        ["iscogroup", "key_1", "key_2", "iscogroup"],
        ["iscogroup", "key_2", "key_3", "iscogroup"],
        ["iscogroup", "key_3", "key_4", "iscogroup"],
        ["iscogroup", "key_4", "key_5", "escooccupation"],
        ["escooccupation", "key_5", "key_6", "escooccupation"],
    ],
    "skillGroups.csv": [
        ["ORIGINURI", "ID", "CODE", "PREFERREDLABEL"],
        ["http://data.europa.eu/esco/isced-f/0713", "key_7", "", "electricity and energy"],
        ["http://data.europa.eu/esco/skill/x", "key_8", "S6", "handling and moving"],
    ],
}

CROSSWALK: dict[str, object] = {
    "format": "guildhall-crosswalk/1",
    "crosswalk": {
        "code": "cn-2022--esco-1.1.1",
        "name": {"zh": "对照", "en": "Crosswalk"},
        "from": "cn-2022",
        "to": "esco-1.1.1",
        "source": "A sample",
    },
    "lines": [
        {"from": "6-31-01-03", "to": "7411.1", "relation": "closeMatch", "label": {"en": "electrician"}},
        {
            "from": "4-04-05-05",
            "to": "2511.4",
            "relation": "relatedMatch",
            "position": 2,
            "note": {"en": "Only in part."},
        },
    ],
}


def json_lines(rows: Sequence[Mapping[str, object]], encoding: str = "utf-8") -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(encoding)


def csv_bytes(rows: Sequence[Sequence[object]], encoding: str = "utf-8", separator: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(rows: Sequence[Sequence[object]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, row)
    return stream.getvalue()


def onet_files(changed: Mapping[str, list[list[object]]] | None = None) -> dict[str, bytes]:
    """The small release as workbooks, with some tables put in the place of others."""
    return {f"{name}.xlsx": xlsx_bytes(rows) for name, rows in {**ONET, **(changed or {})}.items()}


def esco_files(changed: Mapping[str, list[list[str]]] | None = None) -> dict[str, bytes]:
    """The small ESCO, with some tables put in the place of others."""
    return {name: csv_bytes(rows) for name, rows in {**ESCO, **(changed or {})}.items()}


def refused(read: Callable[[Files], Entries], files: Files) -> set[Place]:
    """The places and codes of all problems for which the files are refused."""
    with pytest.raises(InvalidClassificationError) as error:
        read(files)
    return places(error.value)


def places(error: Error) -> set[Place]:
    listed = error.params["places"]
    assert isinstance(listed, list)
    assert len(listed) == error.params["n_problems"]
    return {(p["file"], p["line"], p["column"], p["code"]) for p in listed}
