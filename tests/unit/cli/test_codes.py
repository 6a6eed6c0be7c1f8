from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from guildhall.cli import codes
from guildhall.core.codes import certificate_number, credit_code, occupation_code, resident_id
from guildhall.core.codes.answer import parts_as_json

CARD = "11010519491231002X"


def call(*arguments, **environment):
    return CliRunner(env={"LC_ALL": "", "LC_MESSAGES": "", "LANG": "en_GB.UTF-8", **environment}).invoke(
        codes.app, ["check", *arguments]
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("resident-id", CARD),
        ("credit-code", "91350100M000100Y43"),
        ("occupation-code", "6-31-01-03"),
        ("certificate-number", "Y000123004567195000001"),
    ],
)
def test_a_valid_code_ends_with_0_and_its_parts(kind, value):
    answer = call(kind, value, "--json")
    assert answer.exit_code == 0
    said = json.loads(answer.stdout)
    assert (said["kind"], said["valid"], said["normalised"]) == (kind, True, value)
    assert said["problems"] == []
    assert said["parts"]


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("resident-id", CARD[:-1] + "1", "wrong_check_digit"),
        ("credit-code", "91350100M000100Y44", "wrong_check_digit"),
        ("occupation-code", "6310103", "wrong_shape"),
        ("certificate-number", "粤-2020-0001", "unknown_layout"),
        ("resident-id", "110105299901010011", "born_in_future"),
    ],
)
def test_a_wrong_code_ends_with_1_and_says_why(kind, value, code):
    answer = call(kind, value, "--json")
    assert answer.exit_code == 1
    said = json.loads(answer.stdout)
    assert said["valid"] is False
    assert code in [problem["code"] for problem in said["problems"]]
    assert set(said["problems"][0]["message"]) == {"zh", "en"}


def test_an_unknown_layout_is_opaque():
    said = json.loads(call("certificate-number", "CERT/2024/17", "--json").stdout)
    assert said["layout"] == "opaque"
    assert said["layouts"] == []
    assert said["parts"] == {"number": "CERT/2024/17"}


def test_an_ambiguous_layout_names_both_and_a_named_one_decides():
    said = json.loads(call("certificate-number", "0001001001100001", "--json").stdout)
    assert (said["layout"], said["layouts"]) == ("ambiguous", ["C", "D"])
    assert json.loads(call("certificate-number", "0001001001100001", "--layout", "C", "--json").stdout)["layout"] == "C"
    assert call("certificate-number", "0001001001100001", "--layout", "A").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("resident-id",),
        ("passport", "E1"),
        ("resident-id", CARD, "--layout", "A"),
        ("certificate-number", "1", "--layout", "Q"),
        ("resident-id", CARD, "--lang", "fr"),
        ("resident-id", CARD, "extra"),
    ],
)
def test_a_wrong_call_ends_with_2(arguments):
    assert call(*arguments).exit_code == 2


def test_people_are_answered_in_their_language():
    assert "valid: " in call("resident-id", CARD).stdout
    assert "有效: " in call("resident-id", CARD, LANG="zh_CN.UTF-8").stdout
    assert "有效: " in call("resident-id", CARD, "--lang", "zh").stdout
    assert "Beijing" in call("resident-id", CARD).stdout
    assert "校验码不符" in call("resident-id", CARD[:-1] + "1", "--lang", "zh").stdout
    assert (
        "residence permit"
        in call(
            "resident-id",
            resident_id.format(resident_id.parse(CARD).__class__("810000", resident_id.parse(CARD).born_on, "001")),
        ).stdout
    )


def test_every_part_has_a_word_in_both_languages():
    examples = [
        resident_id.parse(CARD),
        credit_code.parse("91350100M000100Y43"),
        occupation_code.parse("6-31-01-03"),
        *(
            certificate_number.parse(n)
            for n in (
                "Y000123004567195000001",
                "Y00012300456719T000001",
                "1510003012300045",
                "1234567890123",
                "AGN37010100123300045",
                "x",
                "0001001001100001",
            )
        ),
    ]
    for parts in examples:
        for name in parts_as_json(parts):
            assert set(codes._WORDS[name]) == {"zh", "en"}


def test_the_command_needs_no_django():
    program = "import sys; from guildhall.cli import main\ntry: main(['codes', 'check', 'occupation-code', '6-31-01-03'])\nexcept SystemExit as end: assert end.code == 0\nassert not any(name.split('.')[0] in ('django', 'xlsxwriter') for name in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
