"""`guildhall import`: a third scheme comes in without code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from guildhall.cli.register import app
from guildhall.core.accreditation import Standing
from guildhall.issuers import selectors
from guildhall.schemes.models import Scheme
from tests.apps.test_loading import FILING, ISSUER, filings_file, issuers_file
from tests.world import TODAY, World, classification_file, scheme_file

THIRD = json.loads(scheme_file("pcc")) | {
    "code": "guild",
    "name": {"zh": "行会师傅证书", "en": "Guild master certificates"},
    "number_layout": "E",
    "validity_months": 60,
    "order": 3,
}


def run(*arguments: str, data: bytes | None = None) -> Any:
    return CliRunner().invoke(app, arguments, input=data)


def saved(folder: Path, content: object) -> str:
    file = folder / "file.json"
    file.write_text(json.dumps(content, ensure_ascii=False))
    return str(file)


def test_a_third_scheme_an_issuer_and_a_filing_come_in_without_code(world: World, tmp_path: Path) -> None:
    for kind, content in [
        ("scheme", THIRD),
        ("issuers", {"issuers": [ISSUER]}),
        ("filings", {"filings": [FILING | {"filing": "G-1", "scheme": "guild", "levels": ["1"]}]}),
    ]:
        answer = run(kind, saved(tmp_path, content))
        assert answer.exit_code == 0, answer.output
    assert [s.code for s in Scheme.objects.all()] == ["pcc", "vqc", "guild"]
    answer = selectors.accreditation("hebei-centre", "", "guild", "6-31-01-03", "1", "130000", TODAY)
    assert (answer.standing, answer.filing) == (Standing.AUTHORISED, "G-1")


def test_the_command_says_what_it_has_loaded(world: World, tmp_path: Path) -> None:
    assert run("scheme", saved(tmp_path, THIRD)).output == "loaded: scheme guild\n"
    assert json.loads(run("issuers", "-", "--json", data=issuers_file()).output) == {"n_issuers": 1, "n_new": 1}
    assert json.loads(run("filings", "-", "--json", data=filings_file()).output) == {"n_filings": 1, "n_new": 1}
    answer = run("classification", "-", "--json", data=classification_file())
    assert json.loads(answer.output) == {"classification": "cn-2022", "n_occupations": 5, "n_new": 0, "n_changed": 0}


def test_what_is_refused_is_said_in_full_with_exit_status_1(world: World, tmp_path: Path) -> None:
    answer = run("scheme", saved(tmp_path, THIRD | {"number_layout": "Z", "starts_on": "soon"}))
    assert answer.exit_code == 1
    assert "invalid_scheme" in answer.stderr
    assert "$.number_layout" in answer.stderr
    assert "$.starts_on" in answer.stderr
    assert not Scheme.objects.filter(code="guild").exists()
    answer = run("filings", "-", "--json", data=filings_file())
    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["code"] == "unknown_issuer"


@pytest.mark.parametrize("kind", ["scheme", "classification", "issuers", "filings"])
@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"a": 1, "a": 2}', b"\xff\xfe", b"null"])
def test_bytes_that_are_no_such_file_are_refused(world: World, kind: str, data: bytes) -> None:
    answer = run(kind, "-", data=data)
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert answer.stderr.startswith("refused (")


def test_a_file_that_is_not_there_is_exit_status_2(world: World, tmp_path: Path) -> None:
    answer = run("scheme", str(tmp_path / "absent.json"))
    assert answer.exit_code == 2
    assert "absent.json" in answer.stderr


def test_in_a_process_of_its_own_the_command_makes_a_fresh_register(tmp_path: Path) -> None:
    """As an operator runs it: no Django loaded, no database there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GUILDHALL_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    result = subprocess.run(
        [sys.executable, "-m", "guildhall", "import", "scheme", saved(tmp_path, THIRD), "--json"],
        env=kept | {"GUILDHALL_HOME": str(tmp_path / "home")},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert (result.returncode, json.loads(result.stdout)) == (0, {"scheme": "guild"}), result.stderr.decode()
    assert (tmp_path / "home" / "register.sqlite3").exists()
