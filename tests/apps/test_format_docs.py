"""The examples in the documents of the formats are files that load."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from stdnum.cn import uscc

from guildhall.issuers.loading import load_filings, load_issuers
from guildhall.schemes.reading import read_scheme
from guildhall.standards.reading import read_classification
from tests.world import NOW, World, scheme_file

DOCS = Path(__file__).resolve().parents[2] / "docs"


def examples(name: str) -> list[Any]:
    return [
        json.loads(found)
        for found in re.findall(r"```json\n(.*?)```", (DOCS / "formats" / name).read_text(), re.DOTALL)
    ]


def test_the_examples_of_issuers_and_filings_load(world: World) -> None:
    issuers, filings = examples("filings.md")
    del issuers["authority"]
    assert uscc.is_valid(issuers["issuers"][0]["credit_code"])
    assert load_issuers(json.dumps(issuers).encode(), actor=world.command, now=NOW).n_new == 1
    assert load_filings(json.dumps(filings).encode(), actor=world.command, now=NOW).n_new == 2


def test_the_example_of_a_classification_reads() -> None:
    (classification,) = examples("classification.md")
    assert read_classification(json.dumps(classification).encode()).occupations[0].standards[0].edition == "2024"


def test_the_examples_of_rungs_and_parts_are_those_that_ship() -> None:
    shipped = json.loads(scheme_file("pcc"))
    rung, part = examples("scheme.md")
    assert part in shipped["parts"]
    known = next(r for r in shipped["ladder"] if r["code"] == rung["code"])
    assert {**known, "awarded": True, "also": rung["also"]} == rung
    assert set(rung["also"]) <= set(known["also"])


def test_every_member_of_a_scheme_is_described() -> None:
    text = (DOCS / "formats" / "scheme.md").read_text()
    for member in json.loads(scheme_file("pcc")):
        assert f"`{member}`" in text, member
    assert read_scheme(scheme_file("pcc")).code == "pcc"


@pytest.mark.parametrize("command", ["scheme", "classification", "issuers", "filings"])
def test_every_import_command_is_described(command: str) -> None:
    assert f"guildhall import {command} FILE [--json]" in (DOCS / "commands" / "import.md").read_text()
