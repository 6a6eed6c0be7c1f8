"""What the commands print as JSON keeps its schema; the examples of answers are what they print for the other examples."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from guildhall.cli import app

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs/examples"
RECORD = ("--record", str(EXAMPLES / "record.json"))
RULES = ("--rules", str(EXAMPLES / "eligibility-rules.json"))
STANDARD = ("--standard", str(EXAMPLES / "standard.json"))
TO_SIT = ("--occupation", "6-31-01-03", *RECORD, *RULES)
COVERED = (*STANDARD, "--programme", str(EXAMPLES / "programme.json"), "--level", "4")
POST = ("--post", str(EXAMPLES / "post.json"), *RULES, *STANDARD)
OFFERED = ("--offers", str(EXAMPLES / "offers.json"), *RECORD, *RULES)
ON = ("--on", "2026-11-22")

ASKED: dict[str, list[tuple[str, ...]]] = {
    "eligibility-answer": [
        ("eligible", *TO_SIT, "--level", "3", *ON),
        ("eligible", *TO_SIT, "--level", "4", *ON),
        ("eligible", *TO_SIT, "--level", "4", "--on", "2020-01-01"),
    ],
    "coverage-answer": [("coverage", *COVERED), ("coverage", *COVERED, "--assessed-on", "2025-01-17")],
    "match-answer": [("match", *POST, *RECORD, *ON), ("match", *POST, *RECORD, *RECORD, *ON)],
    "route-answer": [
        ("route", "--to", "6-31-01-03/3", *OFFERED, *ON),
        ("route", "--to", "6-31-01-03/3", "--cheapest", *OFFERED, *ON),
    ],
}
"""Schema → questions; the answer to the first is the example in the documentation."""


def answer(question: tuple[str, ...]) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*question, "--json"])
    assert result.exit_code in (0, 1), result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def schema(name: str) -> jsonschema.Draft202012Validator:
    read = json.loads((ROOT / f"docs/schemas/{name}.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(read)
    return jsonschema.Draft202012Validator(read)


@pytest.mark.parametrize(("name", "question"), [(name, one) for name, asked in ASKED.items() for one in asked])
def test_an_answer_keeps_its_schema(name: str, question: tuple[str, ...]) -> None:
    schema(name).validate(answer(question))


@pytest.mark.parametrize("name", ASKED)
def test_the_schema_misses_what_is_taken_away_and_refuses_what_is_put_in(name: str) -> None:
    known, whole = schema(name), answer(ASKED[name][0])
    for member in whole:
        if member != "opens":
            assert not known.is_valid({key: value for key, value in whole.items() if key != member}), member
    assert not known.is_valid(whole | {"something": 1})


@pytest.mark.parametrize("name", ASKED)
def test_the_example_is_what_the_command_prints(name: str) -> None:
    """UPDATE_EXAMPLES=1 writes it anew; it changes only on purpose."""
    published = EXAMPLES / f"{name}.json"
    printed = answer(ASKED[name][0])
    if os.environ.get("UPDATE_EXAMPLES") == "1":
        published.write_text(json.dumps(printed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert json.loads(published.read_bytes()) == printed
