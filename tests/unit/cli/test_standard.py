from __future__ import annotations

import hashlib
import json

import pytest
import rfc8785
from typer.testing import CliRunner

from guildhall.cli import app
from guildhall.core.standard.editing import move
from tests.unit.standard.made import EXAMPLE, encoded, example


def run(*arguments: str):
    return CliRunner().invoke(app, ["standard", *arguments])


@pytest.fixture
def files(tmp_path):
    old, new, bad = (tmp_path / f"{name}.json" for name in ("old", "new", "bad"))
    old.write_bytes(encoded(EXAMPLE))
    new.write_bytes(encoded(move(example(), level="5", kind="function", number="1", by=1)))
    wrong = example()
    wrong["weights"]["5"]["skill"]["1"] = "61"
    bad.write_bytes(encoded(wrong))
    return {"old": str(old), "new": str(new), "bad": str(bad)}


def test_an_edition_in_order_is_named_with_its_digest(files):
    answer = run("check", files["old"], "--json")
    assert answer.exit_code == 0
    said = json.loads(answer.stdout)
    assert (said["in_order"], said["levels"], said["n_items"], said["sample"]) == (True, ["5", "4"], 33, True)
    assert said["digest"] == hashlib.sha256(rfc8785.dumps(EXAMPLE)).hexdigest()
    assert "格式正确: 6-31-01-03 sample-1" in run("check", files["old"], "--lang", "zh").stdout


def test_problems_are_told_in_words_with_code_and_place(files):
    answer = run("check", files["bad"], "--lang", "zh")
    assert answer.exit_code == 1
    assert "权重合计不是100 (weights_do_not_sum): weights.5.skill: the weights sum to 101, not to 100" in answer.stdout
    said = json.loads(run("check", files["bad"], "--json").stdout)
    assert said["error"]["params"]["codes"] == ["weights_do_not_sum"]


def test_differences_are_told_in_both_languages_and_by_the_exit_status(files):
    assert run("diff", files["old"], files["old"]).exit_code == 0
    answer = run("diff", files["old"], files["new"], "--lang", "zh")
    assert answer.exit_code == 1
    assert "移动 五级/初级工 职业功能 1 → 2：电气安装与线路敷设" in answer.stdout
    assert "moved level 5, junior worker function 1 → 2: Installation and wiring" in (
        run("diff", files["old"], files["new"], "--lang", "en").stdout
    )
    changes = json.loads(run("diff", files["old"], files["new"], "--json").stdout)["changes"]
    assert ("moved", "function", "5", "1", "2") in [
        tuple(change.get(name) for name in ("deed", "subject", "level", "was", "number")) for change in changes
    ]


def test_what_cannot_be_told_is_status_2(files, tmp_path):
    assert run("check", str(tmp_path / "none.json")).exit_code == 2
    assert run("diff", files["old"], files["bad"]).exit_code == 2
    no_json = tmp_path / "no.json"
    no_json.write_text("{")
    assert json.loads(run("check", str(no_json), "--json").stdout)["error"]["code"] == "malformed_json"
    assert run("check", files["old"], "--lang", "fr").exit_code == 2
