"""What a proof said that held before is taken from memory: the answer is always the one that the full check gives."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from guildhall.core import proofs
from guildhall.core.canonical import contexts, familiar
from guildhall.core.proofs import ProofAnswer, add_proof, check_proofs
from guildhall.core.remembered import Remembered
from tests.unit.canonical import documents
from tests.unit.proofs.made import CENTRE, MALLORY, MINISTRY, NOW

Document = dict[str, Any]
SUITES = ["eddsa-rdfc-2022", "eddsa-jcs-2022"]
N_WARM = 64
KEYS = {one.key_id: one.public_key for one in (CENTRE, MINISTRY)}


@pytest.fixture(autouse=True)
def _cold(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(familiar, "FIRST", N_WARM // 2)
    for store in (proofs._held, proofs._familiar):
        store.forget()
    yield
    for store in (proofs._held, proofs._familiar):
        store.forget()


def signed(rng: random.Random, suite: str, **options: Any) -> Document:
    return add_proof(documents.certificate(rng), CENTRE, **{"created": NOW, "cryptosuite": suite, **options})


def asked(document: Document, **expected: Any) -> list[ProofAnswer]:
    return check_proofs(document, expected.pop("resolve", KEYS.get), **{"now": NOW, **expected})


def asked_cold(document: Document, **expected: Any) -> list[ProofAnswer]:
    """Ask with nothing remembered, and leave what is remembered as it was."""
    kept = proofs._held, proofs._familiar
    proofs._held, proofs._familiar = Remembered(1 << 20), Remembered(1)
    try:
        return asked(document, **expected)
    finally:
        proofs._held, proofs._familiar = kept


def warmed(suite: str, **options: Any) -> Document:
    rng = random.Random(7)
    for _ in range(N_WARM):
        assert asked(signed(rng, suite, **options))[0].ok
    assert len(proofs._held) == 1
    if "jcs" in suite:
        shared = proofs._familiar.get(hash((CENTRE.key_id, *documents.certificate(rng))))
        assert shared is not None
        assert shared._narrow is not None
    return signed(rng, suite, **options)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("listed", [False, True])
def test_the_second_certificate_of_a_batch_is_answered_from_memory(
    suite: str, listed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = warmed(suite)
    if listed:
        document["proof"] = [document["proof"]]
    expected = asked_cold(document)
    monkeypatch.setattr(proofs, "_Check", None)
    assert asked(document) == expected
    assert expected[0].ok


@pytest.mark.parametrize("suite", SUITES)
def test_memory_says_nothing_of_the_document(suite: str) -> None:
    document = warmed(suite)
    document["name"] = "another"
    assert [answer.code for answer in asked(document)] == ["signature_invalid"]


HOSTILE: tuple[Any, ...] = (
    None, True, 1, 1.0, "", "x", "a" * 5000, [], {}, ["x"], "assertionMethod", "authentication", "DataIntegrityProof",
    "2026-11-22T08:00:00Z", "2126-11-22T08:00:00Z", "1026-11-22T08:00:00Z", "zzz", "z" + "1" * 88, MALLORY.key_id, MINISTRY.key_id,
    [contexts.VC_V2], contexts.VC_V2, "eddsa-rdfc-2022", "eddsa-jcs-2022", "Ed25519Signature2020", "\ud800", "urn:x",
)  # fmt: skip
MEMBERS = (
    "type", "cryptosuite", "created", "expires", "verificationMethod", "proofPurpose", "proofValue", "@context", "id", "domain",
    "challenge", "nonce", "previousProof", "undefined",
)  # fmt: skip


def spoilt_proof(rng: random.Random, document: Document) -> Document:
    spoilt = copy.deepcopy(document)
    for _ in range(rng.randrange(1, 3)):
        name = rng.choice(MEMBERS)
        if rng.random() < 0.2:
            spoilt["proof"].pop(name, None)
        else:
            spoilt["proof"][name] = rng.choice(HOSTILE)
    return spoilt


def spoilt_context(rng: random.Random, document: Document) -> Document:
    spoilt = copy.deepcopy(document)
    context = rng.choice((
        None, [], contexts.VC_V2, [contexts.VC_V2], [*document["@context"], contexts.GUILDHALL_V1], document["@context"][::-1],
        [*document["@context"], {"name": "urn:x"}], [*document["@context"], True], {"@vocab": "urn:x:"}, "https://x.example/",
    ))  # fmt: skip
    for part in (spoilt, spoilt["proof"]):
        if rng.random() < 0.5:
            part["@context"] = context
        elif rng.random() < 0.1:
            part.pop("@context", None)
    return spoilt


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("seed", range(4))
def test_a_spoilt_document_gets_the_answer_of_the_full_check(suite: str, seed: int) -> None:
    rng = random.Random(seed)
    honest = warmed(suite)
    ways = (spoilt_proof, spoilt_proof, spoilt_context, documents.mutated, lambda _rng, one: copy.deepcopy(one))
    for _ in range(200):
        document = rng.choice(ways)(rng, honest)
        if rng.random() < 0.3 and isinstance(document.get("proof"), dict):
            document["proof"] = [document["proof"]]
        asking: dict[str, Any] = rng.choice((
            {}, {}, {}, {"purpose": None}, {"purpose": "authentication"}, {"now": NOW - timedelta(days=1)}, {"now": None},
            {"domain": "a.example"}, {"challenge": "1"}, {"resolve": lambda _: None}, {"resolve": lambda _: MALLORY.public_key},
        ))  # fmt: skip
        assert asked(document, **asking) == asked_cold(document, **asking)
        if asking.get("now", NOW) is not None:
            assert len(proofs._held) >= 1


@pytest.mark.parametrize("suite", SUITES)
def test_times_are_judged_anew_each_time(suite: str) -> None:
    document = warmed(suite, expires=NOW + timedelta(days=2))
    codes = [asked(document, now=NOW + timedelta(days=days))[0].code for days in (-1, 0, 1, 2)]
    assert codes == ["created_in_future", "ok", "ok", "proof_expired"]


@pytest.mark.parametrize("suite", SUITES)
def test_the_key_is_asked_for_each_time(suite: str) -> None:
    document = warmed(suite)
    assert asked(document, resolve=lambda _: None)[0].code == "verification_method_unknown"
    assert asked(document, resolve=lambda _: MALLORY.public_key)[0].code == "signature_invalid"


def test_a_proof_that_did_not_hold_is_not_remembered() -> None:
    document = signed(random.Random(1), "eddsa-jcs-2022")
    document["name"] = "another"
    assert not asked(document)[0].ok
    assert len(proofs._held) == 0


def test_what_is_remembered_does_not_change_with_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (signed(random.Random(seed), "eddsa-jcs-2022") for seed in (1, 2))
    assert asked(first)[0].ok
    first["@context"].append("https://mallory.example/context")
    monkeypatch.setattr(proofs, "_Check", None)
    assert asked(second)[0].ok


def test_proofs_of_sets_are_not_remembered() -> None:
    document = add_proof(
        signed(random.Random(1), "eddsa-jcs-2022"), MINISTRY, created=NOW, cryptosuite="eddsa-jcs-2022"
    )
    assert [answer.ok for answer in asked(document)] == [True, True]
    assert len(proofs._held) == 0
