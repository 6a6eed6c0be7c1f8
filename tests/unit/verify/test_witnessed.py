"""A verifier that demands witnesses: each thing that is wrong with them makes the check of the log fail, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from guildhall.core import checkpoint
from guildhall.core.checkpoint import COSIGNATURE, Signature, VerifierKey, parse_note
from guildhall.core.keys import SeedSigner
from guildhall.core.quorum import Quorum
from guildhall.core.verify import verify
from tests.unit.verify.made import LOG, NOW, Register, trusted

NAMES = ("witness.example/ann", "witness.example/bob", "witness.example/cai")
SIGNERS = [SeedSigner(name, bytes([0x60 + place]) * 32) for place, name in enumerate(NAMES)]
TEXTS = tuple(
    VerifierKey(name, signer.public_key, COSIGNATURE).text for name, signer in zip(NAMES, SIGNERS, strict=True)
)
TWO_OF_THREE = replace(trusted(), witnesses=TEXTS, quorums={LOG: (Quorum(2, TEXTS),)})
MADE = Register().bundle()


def cosigned(*who: int, signers: list[SeedSigner] = SIGNERS) -> dict[str, Any]:
    note = MADE["checkpoint"].encode()
    for place in who:
        note = checkpoint.cosign(note, NAMES[place], signers[place], now=NOW)
    return {**MADE, "checkpoint": note.decode()}


def log_check(bundle: dict[str, Any], trust: Any = TWO_OF_THREE) -> tuple[str, str, object]:
    report = verify(json.dumps(bundle).encode(), trust=trust, now=NOW)
    failed = {check.name for check in report.checks if check.outcome != "passed"}
    assert failed <= {"log"}
    found = next(check for check in report.checks if check.name == "log")
    return found.outcome, found.code, found.params.get("witnesses")


@pytest.mark.parametrize("who", [(0, 1), (0, 2), (1, 2), (0, 1, 2)])
def test_enough_witnesses_are_named_in_the_answer(who: tuple[int, ...]) -> None:
    assert log_check(cosigned(*who)) == ("passed", "included", [NAMES[place] for place in who])


def none(bundle: dict[str, Any]) -> dict[str, Any]:
    return {**bundle, "checkpoint": MADE["checkpoint"]}


def only_one(_: dict[str, Any]) -> dict[str, Any]:
    return cosigned(1)


def one_twice(_: dict[str, Any]) -> dict[str, Any]:
    once = cosigned(0)["checkpoint"]
    return {**MADE, "checkpoint": once + once.splitlines(keepends=True)[-1]}


def strangers_under_their_names(_: dict[str, Any]) -> dict[str, Any]:
    return cosigned(0, 1, 2, signers=[SeedSigner("stranger", bytes([0x70 + n]) * 32) for n in range(3)])


def cosignature_of_another_head(bundle: dict[str, Any]) -> dict[str, Any]:
    other = Register(n_after=9).bundle()["checkpoint"].encode()
    stolen = parse_note(checkpoint.cosign(other, NAMES[2], SIGNERS[2], now=NOW)).signatures[-1]
    return {**bundle, "checkpoint": bundle["checkpoint"] + stolen.line}


def time_of_a_cosignature_changed(bundle: dict[str, Any]) -> dict[str, Any]:
    *lines, last = parse_note(bundle["checkpoint"].encode()).signatures
    later = Signature(last.name, last.key_id, last.value[:7] + bytes([last.value[7] ^ 1]) + last.value[8:])
    text = MADE["checkpoint"].partition("\n\n")[0]
    return {**bundle, "checkpoint": text + "\n\n" + "".join(line.line for line in (*lines, later))}


@pytest.mark.parametrize(("attack", "code"), [
    (none, "too_few_witnesses"),
    (only_one, "too_few_witnesses"),
    (one_twice, "too_few_witnesses"),
    (strangers_under_their_names, "too_few_witnesses"),
    (cosignature_of_another_head, "bad_cosignature"),
    (time_of_a_cosignature_changed, "bad_cosignature"),
])  # fmt: skip
def test_witnesses_that_are_missing_or_forged_fail_the_log_alone(attack: Callable[..., Any], code: str) -> None:
    assert log_check(attack(cosigned(0, 1)))[:2] == ("failed", code)


def test_who_demands_nothing_believes_a_checkpoint_without_witnesses_and_no_answer_is_remembered_for_another() -> None:
    # One note, asked about under three trust lists in turn: what is kept of one must not answer for another.
    plain = cosigned()
    for _ in range(2):
        assert log_check(plain, trusted())[:2] == ("passed", "included")
        assert log_check(plain)[:2] == ("failed", "too_few_witnesses")
        assert log_check(cosigned(0, 1), trusted()) == ("passed", "included", [])
        assert log_check(cosigned(0, 1))[2] == list(NAMES[:2])
        strict = replace(TWO_OF_THREE, quorums={LOG: (Quorum(3, TEXTS),)})
        assert log_check(cosigned(0, 1), strict)[:2] == ("failed", "too_few_witnesses")
