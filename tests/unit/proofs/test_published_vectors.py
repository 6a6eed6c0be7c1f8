"""The published vectors of vc-di-eddsa and Open Badges, at every intermediate."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from guildhall.core import did, multibase
from guildhall.core.instants import from_text
from guildhall.core.keys import PublicKey
from guildhall.core.proofs import SUITES, add_proof, check_proofs, intermediates
from tests.shared import needs_shared, shared
from tests.unit.proofs.made import NOW, codes_of, published, published_json, published_signer

pytestmark = needs_shared

# (folder, ending of its file names, suite, unsigned document)
CASES = [
    ("eddsa-rdfc-2022", "DataInt", "eddsa-rdfc-2022", "unsigned.json"),
    ("eddsa-rdfc-2022/employ", "DataInt", "eddsa-rdfc-2022", "employmentAuth.json"),
    ("eddsa-jcs-2022", "JCS", "eddsa-jcs-2022", "unsigned.json"),
    ("Ed25519Signature2020", "EdSig", "Ed25519Signature2020", "unsigned.json"),
]


def _without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: member for name, member in document.items() if name not in names}


@pytest.mark.parametrize(("folder", "ending", "suite", "unsigned"), CASES)
def test_every_intermediate_is_the_published_one(folder: str, ending: str, suite: str, unsigned: str) -> None:
    signed = published_json(folder, f"signed{ending}.json")
    document = _without(signed, "proof")
    if suite != "Ed25519Signature2020":
        assert document == published_json(unsigned)
    options = published_json(folder, f"proofConfig{ending}.json")
    steps = intermediates(document, options, suite=SUITES[suite])
    assert steps.canonical_document.decode() == published(folder, f"canonDoc{ending}.txt").read_text()
    assert steps.canonical_options.decode() == published(folder, f"proofCanon{ending}.txt").read_text()
    assert steps.document_hash.hex() == published(folder, f"docHash{ending}.txt").read_text().strip()
    assert steps.options_hash.hex() == published(folder, f"proofHash{ending}.txt").read_text().strip()
    assert steps.combined.hex() == published(folder, f"combinedHash{ending}.txt").read_text().strip()
    signature = published_signer(published_json("keyPair.json")).sign(steps.combined)
    assert signature.hex() == published(folder, f"sigHex{ending}.txt").read_text().strip()
    assert multibase.encode(signature) == published(folder, f"sigBTC58{ending}.txt").read_text().strip()
    assert multibase.encode(signature) == signed["proof"]["proofValue"]


@pytest.mark.parametrize(("folder", "ending", "suite", "unsigned"), CASES[:3])
def test_signing_gives_the_published_document(folder: str, ending: str, suite: str, unsigned: str) -> None:
    signed = published_json(folder, f"signed{ending}.json")
    again = add_proof(
        published_json(unsigned),
        published_signer(published_json("keyPair.json")),
        created=from_text(signed["proof"]["created"]),
        cryptosuite=suite,
    )
    assert again == signed


@pytest.mark.parametrize(("folder", "ending", "suite", "unsigned"), CASES)
def test_the_published_document_verifies_and_a_changed_one_does_not(
    folder: str, ending: str, suite: str, unsigned: str
) -> None:
    signed = published_json(folder, f"signed{ending}.json")
    assert codes_of(signed) == ["ok"]
    signed["validFrom"] = "2023-01-01T00:00:01Z"
    assert codes_of(signed) == ["signature_invalid"]


@pytest.mark.parametrize("number", [1, 2])
def test_the_published_proof_set_is_made_and_verifies(number: int) -> None:
    expected = published_json("proof-set-chain", f"signedProofSet{number}.json")
    pairs = published_json("proof-set-chain", "multiKeyPairs.json")
    document = published_json("proof-set-chain", "unsigned.json")
    proofs = expected["proof"] if isinstance(expected["proof"], list) else [expected["proof"]]
    for i, proof in enumerate(proofs, start=1):
        document = add_proof(
            document,
            published_signer(pairs[f"keyPair{i}"]),
            created=from_text(proof["created"]),
            proof_id=proof.get("id"),
        )
    assert document == expected
    assert codes_of(document) == ["ok"] * number


@pytest.mark.parametrize("number", [1, 2])
def test_the_published_proof_chain_is_made_and_verifies(number: int) -> None:
    expected = published_json("proof-set-chain", f"signedProofChain{number}.json")
    pairs = published_json("proof-set-chain", "multiKeyPairs.json")
    document = published_json("proof-set-chain", "unsigned.json")
    for i, proof in enumerate(expected["proof"], start=1):
        document = add_proof(
            document,
            published_signer(pairs[f"keyPair{i}"]),
            created=from_text(proof["created"]),
            proof_id=proof.get("id"),
            previous_proof=proof.get("previousProof"),
        )
    assert document == expected
    assert codes_of(document) == ["ok"] * len(expected["proof"])


def test_the_step_between_document_and_chained_proof_is_the_published_one() -> None:
    for number in (1, 2):
        bound = published_json("proof-set-chain", f"proofChainTempDoc{number}.json")
        config = published_json("proof-set-chain", f"proofChainConfig{number}.json")
        signed = published_json("proof-set-chain", f"proofChainConfigSigned{number}.json")
        steps = intermediates(bound, {**config, "@context": bound["@context"]}, suite=SUITES["eddsa-rdfc-2022"])
        pair = published_json("proof-set-chain", "multiKeyPairs.json")[f"keyPair{number + 2}"]
        assert multibase.encode(published_signer(pair).sign(steps.combined)) == signed["proofValue"]


def _open_badges(folder: str, name: str) -> str:
    return shared("data", "openbadges", "test-vectors", folder, name).read_text(encoding="utf-8")


def test_the_open_badges_vector_holds_at_every_intermediate() -> None:
    signed = json.loads(_open_badges("obv3p0", "07-signed-credential.json"))
    document = _without(signed, "proof")
    options = json.loads(_open_badges("obv3p0", "06-proof.json"))
    assert options == (signed["proof"][0] if isinstance(signed["proof"], list) else signed["proof"])
    steps = intermediates(
        document,
        {**_without(options, "proofValue"), "@context": document["@context"]},
        suite=SUITES["eddsa-rdfc-2022"],
    )
    assert steps.canonical_document.decode() == _open_badges("obv3p0", "document-canon.txt")
    assert steps.canonical_options.decode() == _open_badges("obv3p0", "proof-canon.txt")
    method = options["verificationMethod"]
    resolve = {method: PublicKey.from_multibase(method.partition("#")[2])}.get
    answers = check_proofs(signed, resolve, now=NOW)
    assert [answer.code for answer in answers] == ["ok"]
    assert answers[0].controller == document["issuer"]["id"]
    signed["credentialSubject"]["achievement"]["name"] += "!"
    assert [answer.code for answer in check_proofs(signed, resolve, now=NOW)] == ["signature_invalid"]


def test_a_context_that_is_not_bundled_is_refused_by_name() -> None:
    signed = json.loads(_open_badges("clrv2p0", "07-signed-credential.json"))
    method = signed["proof"][0]["verificationMethod"]
    resolve = {method: PublicKey.from_multibase(method.partition("#")[2])}.get
    answer = check_proofs(signed, resolve, now=NOW)[0]
    assert answer.code == "unknown_context"
    assert "clr" in answer.detail


def test_a_key_that_nothing_vouches_for_is_no_key() -> None:
    signed = json.loads(shared("data", "openbadges", "test-vectors", "obv3p0", "07-signed-credential.json").read_text())
    assert [a.code for a in check_proofs(signed, did.resolver(), now=NOW)] == ["verification_method_unknown"]


def _chains() -> list[Path]:
    checkout = os.environ.get("GUILDHALL_TEST_DI_SUITE")
    return sorted(Path(checkout, "inputs").rglob("*.json")) if checkout else []


@pytest.mark.skipif(
    not _chains(), reason="GUILDHALL_TEST_DI_SUITE names no checkout of data-integrity-test-suite-assertion"
)
@pytest.mark.parametrize("path", _chains(), ids=lambda path: path.stem)
def test_the_chains_of_the_public_suite_are_judged_as_their_names_say(path: Path) -> None:
    codes = codes_of(json.loads(path.read_text(encoding="utf-8")), now=None)
    assert (set(codes) == {"ok"}) == ("Ok" in path.stem), codes
