"""The real files, whole, where they lie beside the checkout: what they cost to read, and what ships held against them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from guildhall.standards.classifications import cn, esco, onet
from tests.shared import needs_shared, shared

SHIPPED = Path(cn.__file__).parents[1] / "data"


def folder(reader: ModuleType, *parts: str) -> dict[str, bytes]:
    path = shared("data", *parts)
    return {name: (path / name).read_bytes() for name in reader.wanted(sorted(item.name for item in path.iterdir()))}


@needs_shared
def test_reading_o_net_whole_takes_less_than_500_mib() -> None:
    program = (
        "import re, sys, pathlib\n"
        "from guildhall.standards.classifications import onet\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "names = ['Occupation Data.xlsx', 'Skills.xlsx']\n"
        "entries = onet.read({name: (folder / name).read_bytes() for name in names})\n"
        # Not ru_maxrss: that begins with what the process had from which this one was forked.
        "peak = re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())[1]\n"
        "print(len(entries.ratings), peak)\n"
    )
    where = str(shared("data", "onet_29_3"))
    done = subprocess.run([sys.executable, "-c", program, where], capture_output=True, text=True, check=True)
    n_ratings, kibibytes = map(int, done.stdout.split())
    assert n_ratings == 61_530
    assert kibibytes < 500 * 1024


@needs_shared
@pytest.mark.parametrize("edition", ["esco-1.1.1", "onet-29.3"])
def test_every_code_of_the_sample_crosswalks_exists_and_bears_the_name_that_is_given(edition: str) -> None:
    reader, parts = (esco, ("esco_1_1_1",)) if edition.startswith("esco") else (onet, ("onet_29_3",))
    files = folder(reader, *parts)
    if edition.startswith("onet"):
        files = {"Occupation Data.xlsx": files["Occupation Data.xlsx"]}
    known = {o.code: o.name["en"] for o in reader.read(files).occupations}
    national = {o.code for o in cn.read(folder(cn, "cn")).occupations}
    facts = json.loads((SHIPPED / "crosswalks" / f"cn-2022--{edition}.json").read_text())
    assert facts["crosswalk"]["source"] == "Guildhall sample crosswalk"
    assert [line for line in facts["lines"] if known.get(line["to"]) != line["label"]["en"]] == []
    assert {line["from"] for line in facts["lines"]} <= national


@needs_shared
def test_the_groups_and_marks_that_ship_are_those_of_the_dictionary() -> None:
    entries = cn.read(folder(cn, "cn"))
    groups = {group.code: group for group in entries.groups}
    marks = {o.code: list(o.marks or ()) for o in entries.occupations}
    shipped = json.loads((SHIPPED / "cn-2022.json").read_text())
    assert [g["code"] for g in shipped["groups"] if g["name"]["zh"] != groups[g["code"]].name["zh"]] == []
    assert [o["code"] for o in shipped["occupations"] if o.get("marks", []) != marks[o["code"]]] == []
