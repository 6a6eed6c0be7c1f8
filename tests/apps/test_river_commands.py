"""The commands of the river, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guildhall.cli import answers, app, award
from guildhall.credentials.models import Award, Instance
from guildhall.tlog.models import Log
from tests.apps import river
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch) -> None:
    monkeypatch.setattr(answers, "now", lambda: NOW)


def run(*arguments: str, code: int = 0) -> str:
    outcome = CliRunner().invoke(app, list(arguments))
    assert outcome.exit_code == code, outcome.output
    return outcome.stdout


@pytest.fixture
def results(tmp_path: Path) -> Path:
    file = tmp_path / "五月.csv"
    file.write_bytes(river.csv_file([*river.rows(4), river.row(9, 理论="12")]))
    return file


def test_a_file_is_issued_and_the_bad_rows_come_back(office: World, results: Path, tmp_path: Path) -> None:
    back = tmp_path / "back.csv"
    said = run("issue", str(results), "--issuer", "national-centre", "--corrections", str(back), code=1)
    assert "5 rows: 4 issued, 1 came back, 0 were there already" in said
    assert "退回原因" in back.read_text("utf-8-sig")
    assert Award.objects.count() == 4


def test_a_file_without_fault_ends_well_and_again(office: World, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(river.csv_file(river.rows(2)))
    for _ in range(2):
        told = json.loads(run("issue", str(file), "--issuer", "national-centre", "--json"))
        assert (told["n_good"], told["issued"]) == (2, True)
    assert Award.objects.count() == 2


def test_a_preview_says_every_reason_and_writes_nothing(office: World, results: Path) -> None:
    told = json.loads(run("issue", str(results), "--issuer", "national-centre", "--preview", "--json", code=1))
    assert [p["code"] for p in told["problems"]] == ["failed_part"]
    assert [row["verdict"] for row in told["rows"]] == ["good"] * 4 + ["bad"]
    assert "pass mark" in run("issue", str(results), "--issuer", "national-centre", "--preview", code=1)
    assert Award.objects.count() == 0


def test_refusals_have_their_code_and_exit_status(office: World, tmp_path: Path) -> None:
    file = tmp_path / "x.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n")
    told = json.loads(run("issue", str(file), "--issuer", "national-centre", "--json", code=1))
    assert told["error"]["code"] == "unsupported_file"
    assert (
        json.loads(run("issue", str(file), "--issuer", "nobody", "--json", code=1))["error"]["code"] == "unknown_issuer"
    )
    run("issue", str(tmp_path / "none.csv"), "--issuer", "national-centre", code=2)


@pytest.fixture
def number(office: World) -> str:
    river.bring_in(office, river.rows(1))
    return Award.objects.get().number


def deed(name: str, number: str, *more: str, code: int = 0) -> dict[str, object]:
    return json.loads(run("award", name, number, "--scheme", "pcc", "--json", *more, code=code))


def test_every_deed_is_a_command(office: World, number: str) -> None:
    assert (
        deed("suspend", number, "--reason", "complaint", "--from", "2026-06-01", "--until", "2026-06-30")["state"]
        == "suspended"
    )
    assert deed("reinstate", number, "--reason", "cleared")["state"] == "valid"
    corrected = deed(
        "correct",
        number,
        "--reason",
        "wrong-name",
        "--name",
        "王小明",
        "--mark",
        "theory=88",
        "--examined-on",
        "2026-05-02",
    )
    assert (corrected["holder"], corrected["instance"]) == ("王小明", 2)
    assert deed("reissue", number, "--reason", "lost", "--note", "遗失")["instance"] == 3
    assert deed("expire", number, "--from", "2026-07-01")["state"] == "valid"
    assert deed("revoke", number, "--reason", "misconduct")["state"] == "revoked"
    assert deed("annul", number, "--reason", "misconduct")["state"] == "annulled"
    assert Instance.objects.count() == 3
    shown = deed("show", number, "--on", "2026-06-02")
    assert shown["state"] == "annulled"
    assert [event["deed"] for event in shown["events"]] == [
        "suspend", "reinstate", "correct", "reissue", "expire", "revoke", "annul",
    ]  # fmt: skip
    assert deed("show", number, "--on", "2026-06-02", "--known-at", "2026-05-01T00:00:00Z")["state"] == "valid"
    assert number in run("award", "show", number, "--scheme", "pcc")


def test_a_deed_that_cannot_be_says_why(office: World, number: str) -> None:
    assert deed("reinstate", number, "--reason", "cleared", code=1)["error"]["code"] == "award_not_suspended"
    assert deed("annul", number, "--reason", "because", code=1)["error"]["code"] == "unknown_reason"
    assert deed("annul", "S1", "--reason", "other", code=1)["error"]["code"] == "unknown_award"


@pytest.mark.parametrize(
    "arguments",
    [
        ("suspend", "--reason", "other", "--from", "1.6.2026"),
        ("correct", "--reason", "other", "--mark", "theory"),
        ("show", "--known-at", "yesterday"),
        ("show", "--known-at", "2026-06-01T00:00:00"),
    ],
)
def test_a_malformed_option_is_a_usage_error(office: World, number: str, arguments) -> None:
    name, *more = arguments
    run("award", name, number, "--scheme", "pcc", *more, code=2)


def test_work_finishes_and_publish_publishes(office: World, settings) -> None:
    river.bring_in(office, river.rows(3), issue=False)
    assert json.loads(run("work", "--once", "--json"))["n_done"] > 0
    assert json.loads(run("work", "--once", "--json"))["n_done"] == 0
    told = json.loads(run("publish", "--json"))
    assert told["size"] == Log.objects.get().size
    checkpoint = settings.LOG_DIR / "checkpoint"
    kept = checkpoint.read_bytes()
    for file in settings.LOG_DIR.rglob("*"):
        if file.is_file():
            file.unlink()
    assert "published" in run("publish", "--rebuild")
    assert checkpoint.read_bytes() == kept
    assert river.audited(settings.LOG_DIR).findings == ()


def test_every_deed_of_the_core_has_a_command() -> None:
    from guildhall.core.lifecycle import Deed

    assert {command.callback.__name__ for command in award.app.registered_commands} == {d.value for d in Deed} | {
        "show"
    }
