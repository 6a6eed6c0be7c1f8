from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guildhall.cli import app

EXAMPLES = Path(__file__).resolve().parents[3] / "docs/examples"
ASKED = [
    "eligible",
    "--record",
    str(EXAMPLES / "record.json"),
    "--rules",
    str(EXAMPLES / "eligibility-rules.json"),
    "--occupation",
    "6-31-01-03",
]


def run(*arguments: str, data: bytes = b""):
    return CliRunner().invoke(app, [*ASKED, *arguments], input=data)


@pytest.mark.parametrize(("on", "status"), [("2026-02-28", 1), ("2026-03-01", 0)])
def test_the_exit_status_is_the_answer(on, status):
    answer = run("--level", "4", "--on", on, "--json")
    assert answer.exit_code == status
    assert json.loads(answer.stdout)["eligible"] is (status == 0)


def test_what_is_missing_is_printed_in_both_languages():
    english = run("--level", "四级/中级工", "--on", "2025-01-01", "--lang", "en")
    assert english.exit_code == 1
    assert "1 year, 1 month, 27 days of work" in english.stdout
    assert "first day: 2026-03-01 (by edition 2024, clause 4a)" in english.stdout
    assert (
        "本职业或相关职业的工作年限还差 1 年 1 个月 27 天"
        in run("--level", "4", "--on", "2025-01-01", "--lang", "zh").stdout
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--level", "9"], "bad_level"),
        (["--level", "4", "--on", "1.1.2025"], "bad_date"),
        (["--level", "4", "--lang", "fr"], "bad_language"),
        (["--level", "4", "--record", "no-such-file.json"], "file_unreadable"),
        (["--level", "4", "--record", str(EXAMPLES / "eligibility-rules.json")], "invalid_record"),
        (["--level", "4", "--rules", str(EXAMPLES / "record.json")], "invalid_eligibility_rules"),
        (["--level", "1", "--on", "2026-01-01"], "level_not_in_rules"),
        (["--level", "4", "--on", "2001-01-01"], "no_rules_in_force"),
        (["--level", "4", "--occupation", "4-10-01-05"], "no_eligibility_rules"),
        (["--level", "4", "--occupation", "cook"], "malformed_code"),
    ],
)
def test_what_cannot_be_judged_ends_with_status_2_and_a_code(arguments, code):
    answer = run(*arguments, "--json")
    assert answer.exit_code == 2
    assert json.loads(answer.stdout)["error"]["code"] == code
    plain = run(*arguments)
    assert plain.exit_code == 2
    assert code in plain.stderr


def test_a_record_is_read_from_standard_input():
    answer = run("--level", "4", "--on", "2026-03-01", "--record", "-", data=(EXAMPLES / "record.json").read_bytes())
    assert answer.exit_code == 0


@pytest.mark.parametrize(("instant", "status"), [("2026-02-28T15:59:59", 1), ("2026-02-28T16:00:00", 0)])
def test_without_a_day_it_is_today_in_china(monkeypatch, instant, status):
    at = datetime.fromisoformat(instant).replace(tzinfo=UTC)

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return at.astimezone(tz)

    monkeypatch.setattr("guildhall.cli.asking.datetime", Clock)
    assert run("--level", "4").exit_code == status
