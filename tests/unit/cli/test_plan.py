"""`guildhall plan` and `guildhall rules`, from outside."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from guildhall.cli import app
from tests.unit.conversion.made import course, offer, outcome, programme_file, record_file, rules_file

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs/examples"
GIVEN = [
    "plan", "--record", str(EXAMPLES / "record.json"), "--programme", str(EXAMPLES / "programme.json"),
    "--rules", str(EXAMPLES / "rule-set.json"), "--standard", str(EXAMPLES / "standard.json"), "--on", "2025-11-22",
]  # fmt: skip
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/schemas/plan.schema.json").read_bytes()))


def said(*arguments: str, status: int = 0):
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == status, result.output
    return result


def test_the_page_shows_what_the_command_says():
    page = (ROOT / "docs/commands/plan.md").read_text()
    shown = page[page.index("    660302") :]
    assert said(*GIVEN, "--lang", "en").stdout.splitlines() == [line[4:] for line in shown.splitlines()]


def test_json_keeps_its_schema_with_a_what_if_and_a_comparison(tmp_path):
    more = tmp_path / "more.json"
    more.write_bytes(record_file(outcome("extra", "5", kind="online-course", code="ELEC-1", grade="90")))
    other = json.loads((EXAMPLES / "programme.json").read_bytes())
    other["code"] = "OTHER"
    second = tmp_path / "other.json"
    second.write_text(json.dumps(other))
    answer = json.loads(
        said(*GIVEN, "--programme", str(second), "--what-if", str(more), "--without", "half", "--json").stdout
    )
    SCHEMA.validate(answer)
    assert [one["programme"]["code"] for one in answer["compared"]] == ["660302", "OTHER"]
    # 8.5 before; the electrician's certificate, which is not spent, still gives 5
    assert answer["lost_elsewhere"] == [{"programme": "OTHER", "credits": "3.5"}]
    assert answer["what_if"]["set_aside"] == ["half"]
    assert answer["what_if"]["gain"] == "5"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_plan_is_told_in_both_languages(language):
    assert "half" in said(*GIVEN, "--lang", language).stdout


def test_a_plan_that_is_not_proved_says_so_and_ends_with_1(tmp_path):
    from tests.unit.conversion.made import large

    names = []
    for name, data in zip(("record", "programme", "rules"), large(0), strict=True):
        (tmp_path / name).write_bytes(data)
        names += [f"--{name}", str(tmp_path / name)]
    told = said("plan", *names, "--on", "2025-11-22", "--work", "0.01", "--lang", "en", status=1).stdout
    assert "not proved best: at most" in told


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (["--on", "2025-13-01"], "bad_date"),
        (["--on", "2030-01-01"], "rule_set_not_in_force"),
        (["--without", "nonsense"], "unknown_rule"),
        (["--record", "/nowhere/at/all"], "file_unreadable"),
        (["--record", str(EXAMPLES / "rule-set.json")], "invalid_record"),
        (["--what-if", str(EXAMPLES / "standard.json")], "invalid_record"),
        (["--lang", "fr"], "bad_language"),
    ],
)
def test_what_cannot_be_planned_is_told_with_a_code_and_ends_with_2(change, code):
    assert json.loads(said(*GIVEN, *change, "--json", status=2).stdout)["error"]["code"] == code
    assert said(*GIVEN, *change, status=2).stderr.startswith(code)


def test_without_the_solver_the_command_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    assert "guildhall-register[plan]" in said(*GIVEN, status=2).stderr


def test_rules_without_faults_pass_and_faults_are_told_with_their_place(tmp_path):
    assert "nothing found" in said("rules", "lint", str(EXAMPLES / "rule-set.json"), "--lang", "en").stdout
    bad = tmp_path / "bad.json"
    bad.write_bytes(
        rules_file(
            offer("r1", "a", "X", worth="1"), offer("r2", "a", "X", worth="2"),
            caps=[{"id": "half", "percent": "50"}, {"id": "more", "percent": "60"}],
        )
    )  # fmt: skip
    answer = json.loads(said("rules", "lint", str(bad), "--json", status=1).stdout)
    assert [(one["code"], one["place"], one["severity"]) for one in answer["findings"]] == [
        ("offers_contradict", "offers[1]", "error"),
        ("cap_never_binds", "caps[1]", "warning"),
    ]
    plan = tmp_path / "plan.json"
    plan.write_bytes(programme_file(course("Y", "1")))
    told = said("rules", "lint", str(bad), "--programme", str(plan), "--lang", "zh", status=1).stdout
    assert "no_course_here" in told
    bad.write_bytes(record_file())
    assert said("rules", "lint", str(bad), status=2).stderr.startswith("invalid_rule_set")


def test_rule_sets_that_are_shipped_are_listed_and_printed():
    assert "college-b" in said("rules", "published").stdout
    assert json.loads(said("rules", "published", "college-b").stdout)["id"] == "college-b"
    assert said("rules", "published", "nonsense", status=2).stderr.startswith("not_found")
