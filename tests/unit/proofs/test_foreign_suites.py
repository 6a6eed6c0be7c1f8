"""Suites that are only checked here, never created: foreign certificates.

The signatures and hashes are those of w3c/vc-di-ecdsa, TestVectors, commit 00781de5; its two documents equal those of
vc-di-eddsa.
"""

from __future__ import annotations

from typing import Any

import pytest

from guildhall.core import proofs
from guildhall.core.did import resolver
from guildhall.core.proofs import SUITES, intermediates
from tests.shared import needs_shared
from tests.unit.proofs.made import CENTRE, NOW, a_credential, codes_of, published_json

KEYS = {
    "P-256": "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP",
    "P-384": "z82LkuBieyGShVBhvtE2zoiD6Kma4tJGFtkAhxR5pfkp5QPw4LutoYWhvQCnGjdVn14kujQ",
}

# suite, curve, document, hashes of document and proof options, proof value
PUBLISHED = [
    (
        "ecdsa-rdfc-2019",
        "P-256",
        "unsigned.json",
        (
            "517744132ae165a5349155bef0bb0cf2258fff99dfe1dbd914b938d775a36017",
            "3a8a522f689025727fb9d1f0fa99a618da023e8494ac74f51015d009d35abc2e",
        ),
        "zaHXrr7AQdydBk3ahpCDpWbxfLokDqmCToYm2dyWvpcFVyWooC2he63w1f7UNQoAMKdhaRtcnaE2KTo5o5vTCcfw",
    ),
    (
        "ecdsa-rdfc-2019",
        "P-384",
        "unsigned.json",
        (
            "8bf6e01df72c5b62f91b685231915ac4b8c58ea95f002c6b8f6bfafa1b251df476b56b8e01518e317dab099d3ecbff96",
            "e32805a26492eac777aa7a138f6d8da3c74e0c7be7b296dcaccf97420c3b92eaad7be6449ca565e165031567f5c7cbc1",
        ),
        "z967Mvv5bxtmLNqTzPZ8KmJjFmFXaAKeQNzq7GWnQkMcLtaGSSmuozE5WtJ8PipMe178B1tE28K1vsJur9bGVJhz6jgSJsRHFSQeqgH8hhjcg8gZDFJC1b9FsR5ggNmDBqHv",
    ),
    (
        "ecdsa-rdfc-2019",
        "P-256",
        "employmentAuth.json",
        (
            "03f59e5b04ab575b1172cb684f22eede72f0e9033e0b5c67d0e2506768d6ce11",
            "3a8a522f689025727fb9d1f0fa99a618da023e8494ac74f51015d009d35abc2e",
        ),
        "z4y9rJ7JxwfZZUBAHgDHJh7FzMbsycPhEtcSHqrfyn7fx3S5MWdajNu1r6SsJmirzfcWHe7vp9XKHmRqW6qe7u3d3",
    ),
    (
        "ecdsa-rdfc-2019",
        "P-384",
        "employmentAuth.json",
        (
            "1033878f36ffb458c6495fec9c8814dad5215aad131041e6667db28fef6ea718d0de0eb4546bf527746ad2bc908a4320",
            "e32805a26492eac777aa7a138f6d8da3c74e0c7be7b296dcaccf97420c3b92eaad7be6449ca565e165031567f5c7cbc1",
        ),
        "zz3ca1oME3iYPHM8SgApWFUFVQjiaL9moPqCZ1NAENj3biEQ34qc1ex5VJNLD4jh4N4MY2cmDyDCYGv7EyD87yCGYwag8wRwiJE1xiHKLhTEhDQFNfuNMsgLiZnqpkCDJPye",
    ),
    (
        "ecdsa-jcs-2019",
        "P-256",
        "unsigned.json",
        (
            "59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19",
            "fe5799489119c7fe3c528715e72bd39d2ec6b4ab345978df32e9a9312648ec25",
        ),
        "z5ptCet75SaEgzG4v4zJhbJtfNi74Wv7Fq15hhKouJQQjEPQvPZKaYxcMXAMLPQS2FXrkCWokNJkFVkwxNzZfD5oT",
    ),
    (
        "ecdsa-jcs-2019",
        "P-384",
        "unsigned.json",
        (
            "3e0be671cc1881035d463158c80921973dab3534d4f8dfacf4ff2725a4115eb718e49d66de0e90e7365cd6062abf2259",
            "83e5057817abb0c6872eafeaba1a9e53893c58eeb7414fb6d8aa3fa8c7917f7ad4792890b257c598baa17f4fbe6d183c",
        ),
        "zq3EuTeLiGurmB2JR5oL8oWEsT7u2tba4HT1oZbiMYWc5qzsoW2kLYcBcF4HM5vCpJyTkceULKrVXuJQkXeN5seL4uXrFNFRMm53GWy1Yrto8rTWxZi9DkNeWP7yUPs7ELAm",
    ),
]


def _signed(suite: str, curve: str, name: str, value: str) -> dict[str, Any]:
    document = published_json(name)
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": f"did:key:{KEYS[curve]}#{KEYS[curve]}",
        "proofPurpose": "assertionMethod",
        "proofValue": value,
    }
    if "jcs" in suite:
        proof["@context"] = document["@context"]
    return {**document, "proof": proof}


@needs_shared
@pytest.mark.parametrize(("suite", "curve", "name", "hashes", "value"), PUBLISHED)
def test_the_published_elliptic_vectors_hold_at_every_intermediate(
    suite: str, curve: str, name: str, hashes: tuple[str, str], value: str
) -> None:
    signed = _signed(suite, curve, name, value)
    document = {name: member for name, member in signed.items() if name != "proof"}
    options = {name: member for name, member in signed["proof"].items() if name != "proofValue"}
    steps = intermediates(document, {**options, "@context": document["@context"]}, suite=SUITES[suite], kind=curve)
    assert (steps.document_hash.hex(), steps.options_hash.hex()) == hashes
    assert codes_of(signed) == ["ok"]
    signed["validFrom"] = "2023-01-01T00:00:01Z"
    assert codes_of(signed) == ["signature_invalid"]


@needs_shared
def test_an_elliptic_signature_under_the_other_curve_is_refused() -> None:
    suite, _, name, _, value = PUBLISHED[0]
    signed = _signed(suite, "P-384", name, value)
    assert codes_of(signed) == ["proof_value_malformed"]  # a P-384 signature has 96 bytes


@needs_shared
def test_an_elliptic_key_under_an_edwards_suite_is_refused() -> None:
    suite, curve, name, _, value = PUBLISHED[0]
    signed = _signed(suite, curve, name, value)
    signed["proof"]["cryptosuite"] = "eddsa-rdfc-2022"
    assert codes_of(signed) == ["key_kind_wrong"]


@pytest.mark.parametrize("suite", ["ecdsa-rdfc-2019", "ecdsa-jcs-2019", "Ed25519Signature2020", "bbs-2023", ""])
def test_foreign_suites_are_not_created_here(suite: str) -> None:
    with pytest.raises(proofs.ProofError) as caught:
        proofs.add_proof(a_credential(), CENTRE, created=NOW, cryptosuite=suite)
    assert caught.value.code == "proof_not_possible"


def test_an_ed25519signature2020_on_the_data_model_1_1_verifies() -> None:
    """Made here by hand, step by step as the suite says, on a document of the older data model."""
    document = {
        "@context": [
            "https://www.w3.org/2018/credentials/v1",
            "https://w3id.org/security/suites/ed25519-2020/v1",
        ],
        "type": ["VerifiableCredential"],
        "issuer": CENTRE.key_id.partition("#")[0],
        "issuanceDate": "2026-11-22T00:00:00Z",
        "credentialSubject": {"id": "did:example:li-na"},
    }
    proof = {
        "type": "Ed25519Signature2020",
        "created": "2026-11-22T00:00:00Z",
        "verificationMethod": CENTRE.key_id,
        "proofPurpose": "assertionMethod",
    }
    suite = SUITES["Ed25519Signature2020"]
    steps = intermediates(document, {**proof, "@context": document["@context"]}, suite=suite)
    assert b"Ed25519Signature2020" in steps.canonical_options
    value = proofs.multibase.encode(CENTRE.sign(steps.combined))
    signed = {**document, "proof": {**proof, "proofValue": value}}
    answers = proofs.check_proofs(signed, resolver(), now=NOW)
    assert [(answer.code, answer.cryptosuite) for answer in answers] == [("ok", "Ed25519Signature2020")]
    signed["issuanceDate"] = "2016-11-22T00:00:00Z"
    assert codes_of(signed) == ["signature_invalid"]
