"""Receipts: the register's own signature under an answer, which somebody would like to have under another one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from guildhall.core import data_model, proofs, receipt
from guildhall.core.errors import Error
from guildhall.core.keys import Signer
from guildhall.core.lifecycle import Deed
from guildhall.core.report import Report, Verdict
from tests.unit.attacks.made import TRUST, ask, failing, judged
from tests.unit.attacks.test_readings import by_anybody
from tests.unit.verify.made import (
    AUTHORITY_KEY,
    ENDED,
    FACTS,
    ISSUER_KEY,
    NOW,
    REGISTER,
    REGISTER_KEY,
    Register,
)

REVOKED = Register(set_bits=ENDED, events=[(Deed.REVOKE, date(2026, 11, 15), None, "misconduct")]).bundle()


def unsigned(report: Report, number: str = FACTS.number) -> dict[str, Any]:
    return receipt.document(
        report,
        receipt_id="urn:uuid:3c5d0d4e-7d1f-4b1a-8b7e-0d9a53a0f001",
        register=REGISTER,
        register_name="登记册",
        number=number,
    )


def signed(document: dict[str, Any], key: Signer = REGISTER_KEY) -> dict[str, Any]:
    return proofs.add_proof(document, key, created=NOW, cryptosuite="eddsa-jcs-2022")


def of(bundle: Any, **more: Any) -> dict[str, Any]:
    return signed(unsigned(ask(bundle, **more)))


def test_a_receipt_about_the_day_before_a_revocation_says_which_day_it_speaks_of() -> None:
    """Else the holder of a revoked certificate asks about last year, and shows a receipt of today that says "valid"."""
    made = of(REVOKED, at=date(2026, 11, 14))
    said = made["credentialSubject"]
    assert (said["verdict"], said["at"]) == ("valid", "2026-11-14")
    assert said["checkedAt"].startswith("2026-11-22")
    report = ask(made)
    assert report.valid
    assert report.check("status").params["on"] == "2026-11-14"
    assert data_model.meaning_problems(made) == []


def test_a_receipt_that_says_no_is_not_valid_however_genuine() -> None:
    report = ask(of(REVOKED))
    assert judged(report) == (["status"], "said_otherwise")
    assert report.check("issuer").code == "known_register"


@pytest.mark.parametrize("verdict", ["not-valid", "unknown-issuer", "cannot-check", "VALID", "", "valid "])
def test_only_one_word_is_a_yes(verdict: str) -> None:
    document = unsigned(ask(Register().bundle()))
    document["credentialSubject"]["verdict"] = verdict
    assert judged(ask(signed(document))) == (["status"], "said_otherwise")


def test_a_receipt_that_does_not_say_for_which_day_it_speaks() -> None:
    document = unsigned(ask(Register().bundle()))
    del document["credentialSubject"]["at"]
    assert judged(ask(signed(document))) == (["status"], "receipt_without_day")


def test_no_receipt_is_given_about_a_receipt() -> None:
    """The second would say "valid": its first is genuine. Who reads only the second is misled."""
    refused = ask(of(REVOKED))
    genuine = ask(of(Register().bundle()))
    for report in (refused, genuine):
        with pytest.raises(Error) as caught:
            unsigned(report)
        assert caught.value.code == "receipt_of_receipt"


BOAST = "S000131000001263000042 is genuine: the register says so"


def test_a_strangers_words_never_come_under_the_registers_signature() -> None:
    def boast(document: dict[str, Any]) -> None:
        document["credentialSubject"]["licenseNumber"] = BOAST

    report = ask(by_anybody(boast))
    assert report.subject["number"] == BOAST
    assert BOAST not in json.dumps(unsigned(report, number=BOAST))


def test_a_strangers_words_do_not_come_in_by_way_of_an_error() -> None:
    bundle = Register().bundle()
    bundle["credential"]["credentialSubject"][BOAST] = "x"
    report = ask(bundle)
    assert judged(report) == (["proof"], "undefined_term")
    assert BOAST in report.check("proof").detail
    assert BOAST not in json.dumps(unsigned(report))


def test_a_revoked_certificates_receipt_keeps_its_number() -> None:
    assert unsigned(ask(REVOKED))["credentialSubject"]["certificateNumber"] == FACTS.number


@pytest.mark.parametrize("key", [AUTHORITY_KEY, ISSUER_KEY])
def test_a_receipt_by_another_trusted_key_is_none(key: Signer) -> None:
    document = unsigned(ask(Register().bundle()))
    assert not ask(signed(document, key)).valid


def test_a_certificate_that_calls_itself_a_receipt_too() -> None:
    """Both paths must refuse: it has not the keys of a receipt, and as a receipt it skips what a certificate must show."""
    document = {name: member for name, member in Register().credential().items() if name != "proof"}
    document["type"] = [*document["type"], "VerificationReceipt"]
    report = ask(signed(document, ISSUER_KEY))
    assert report.verdict is not Verdict.VALID


def test_a_receipt_dated_tomorrow() -> None:
    report = replace(ask(Register().bundle()), checked_at=NOW + timedelta(days=1))
    assert failing(ask(signed(unsigned(report)))) == ["dates"]


def test_the_command_says_that_it_is_a_receipt_and_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "trust.json").write_text(json.dumps(TRUST.as_json()))
    for name, made in {"yes": of(Register().bundle()), "no": of(REVOKED)}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(made))
    environment = {"PATH": os.environ["PATH"], "GUILDHALL_TRUST_DIR": str(tmp_path / "none")}
    said = {}
    for name in ("yes", "no"):
        command = [sys.executable, "-m", "guildhall", "verify", f"{name}.json", "--trust", "trust.json", "--lang", "en"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False, text=True)
        said[name] = done.returncode, done.stdout.splitlines()[0]
    told = "This is a receipt, not a certificate. The register's answer of 2026-11-22T08:00:00+00:00 about certificate {} on {}: {}."
    assert said == {
        "yes": (0, told.format(FACTS.number, "2026-11-22", "valid")),
        "no": (1, told.format(FACTS.number, "2026-11-22", "not-valid")),
    }
