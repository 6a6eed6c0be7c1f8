from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guildhall.cli import app

EXAMPLES = Path(__file__).resolve().parents[3] / "docs/examples"
ASKED = ["coverage", "--standard", str(EXAMPLES / "standard.json"), "--programme", str(EXAMPLES / "programme.json")]


def run(*arguments: str):
    return CliRunner().invoke(app, [*ASKED, *arguments])


@pytest.mark.parametrize(("at_least", "status"), [("80", 1), ("78.7", 1), ("78.6", 0), ("78.625", 0), ("78.6251", 1)])
def test_the_exit_status_says_whether_enough_is_covered(at_least, status):
    answer = run("--level", "4", "--at-least", at_least, "--json")
    assert answer.exit_code == status
    said = json.loads(answer.stdout)
    assert said["enough"] is (status == 0)
    assert said["overall"]["covered"] == "78.6"


def test_eighty_is_asked_where_nothing_is_said():
    assert run("--level", "4").exit_code == 1


def test_what_is_missing_is_printed_in_both_languages():
    english = run("--level", "四级", "--assessed-on", "2025-12-01", "--lang", "en").stdout
    assert "overall: taught 71.3 %, assessed 54.9 %, covered 52.4 %" in english
    assert "taught after the assessment:\n    4.1 Can use programmable controllers (theory): 100 %" in english
    assert "考而未教:\n    1.1 职业道德 (理论): 0 %" in run("--level", "4", "--lang", "zh").stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], "bad_level"),
        (["--level", "nine"], "bad_level"),
        (["--level", "4", "--assessed-on", "soon"], "bad_date"),
        (["--level", "4", "--at-least", "120"], "bad_share"),
        (["--level", "4", "--at-least", "100.1"], "bad_share"),
        (["--level", "4", "--lang", "fr"], "bad_language"),
        (["--level", "3"], "level_not_in_standard"),
        (["--level", "4", "--standard", "no-such-file.json"], "file_unreadable"),
        (["--level", "4", "--standard", str(EXAMPLES / "programme.json")], "invalid_standard"),
        (["--level", "4", "--programme", str(EXAMPLES / "standard.json")], "invalid_programme"),
    ],
)
def test_what_cannot_be_told_ends_with_status_2_and_a_code(arguments, code):
    answer = run(*arguments, "--json")
    assert answer.exit_code == 2
    assert json.loads(answer.stdout)["error"]["code"] == code
    plain = run(*arguments)
    assert plain.exit_code == 2
    assert code in plain.stderr
