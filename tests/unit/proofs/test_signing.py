from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guildhall.core import did, multibase, proofs
from guildhall.core.canonical import jcs, shapes, strict_json
from guildhall.core.errors import Error
from guildhall.core.keys import PublicKey
from guildhall.core.proofs import ANSWERS, BatchSigner, ProofError, add_proof, all_ok, check_proofs, intermediates
from tests.refusals import code_of
from tests.unit.proofs.made import CENTRE, MINISTRY, NOW, VC_V2, a_credential, answers_to, codes_of

SUITES = ["eddsa-rdfc-2022", "eddsa-jcs-2022"]


@pytest.mark.parametrize("suite", SUITES)
def test_signing_twice_gives_the_same_credential(suite: str) -> None:
    first = add_proof(a_credential(), CENTRE, created=NOW, cryptosuite=suite)
    assert add_proof(a_credential(), CENTRE, created=NOW, cryptosuite=suite) == first


@pytest.mark.parametrize("suite", SUITES)
def test_signing_leaves_the_document_as_it_was(suite: str) -> None:
    document = a_credential()
    signed = add_proof(document, CENTRE, created=NOW, cryptosuite=suite)
    again = add_proof(signed, MINISTRY, created=NOW, cryptosuite=suite)
    assert document == a_credential()
    assert isinstance(signed["proof"], dict)
    assert again["proof"][0] == signed["proof"]
    assert [entry["verificationMethod"] for entry in again["proof"]] == [CENTRE.key_id, MINISTRY.key_id]


@pytest.mark.parametrize("suite", SUITES)
def test_the_order_of_members_does_not_matter(suite: str) -> None:
    signed = add_proof(a_credential(), CENTRE, created=NOW, cryptosuite=suite)
    turned = {name: signed[name] for name in reversed(list(signed))}
    turned["proof"] = {name: signed["proof"][name] for name in reversed(list(signed["proof"]))}
    assert codes_of(turned) == ["ok"]


@pytest.mark.parametrize("suite", SUITES)
def test_a_signed_document_survives_json(suite: str) -> None:
    signed = add_proof(a_credential(), CENTRE, created=NOW, cryptosuite=suite)
    assert codes_of(json.loads(json.dumps(signed))) == ["ok"]
    assert codes_of(json.loads(json.dumps(signed, ensure_ascii=False, indent=2))) == ["ok"]


def test_a_proof_without_a_time_is_allowed() -> None:
    signed = add_proof(a_credential(), CENTRE, created=None)
    assert "created" not in signed["proof"]
    assert answers_to(signed)[0].created is None
    assert codes_of(signed) == ["ok"]


def test_times_without_an_offset_are_read_as_utc() -> None:
    """Made by hand, as careless signers make them: Data Integrity 1.0, section 2.1, tells how to read them."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2026-11-22T07:30:00",
        "expires": "2026-11-22T09:00:00",
        "verificationMethod": CENTRE.key_id,
        "proofPurpose": "assertionMethod",
    }
    steps = intermediates(a_credential(), options, suite=proofs.SUITES["eddsa-jcs-2022"])
    value = multibase.encode(CENTRE.sign(steps.combined))
    signed = {**a_credential(), "proof": {**options, "proofValue": value}}
    assert codes_of(signed) == ["ok"]
    assert answers_to(signed)[0].created == NOW - timedelta(minutes=30)
    assert codes_of(signed, now=NOW + timedelta(hours=1)) == ["proof_expired"]
    assert codes_of(signed, now=NOW - timedelta(hours=1)) == ["created_in_future"]


def test_the_answer_says_whose_key_which_suite_and_when() -> None:
    signed = add_proof(a_credential(), CENTRE, created=NOW, proof_id="urn:uuid:1")
    answer = answers_to(signed)[0]
    assert (answer.verification_method, answer.cryptosuite, answer.created, answer.proof_id) == (
        CENTRE.key_id,
        "eddsa-rdfc-2022",
        NOW,
        "urn:uuid:1",
    )
    assert answer.controller == did.did_key(CENTRE.public_key)
    assert answer.detail == ANSWERS["ok"]


def test_a_plain_json_document_can_be_signed_by_jcs() -> None:
    """Data Integrity 1.0, section 2.1: a document need not be JSON-LD."""
    signed = add_proof({"myWebsite": "https://hello.world.example/"}, CENTRE, created=NOW, cryptosuite="eddsa-jcs-2022")
    assert "@context" not in signed["proof"]
    assert codes_of(signed) == ["ok"]
    assert codes_of({**signed, "@context": [VC_V2]}) == ["signature_invalid"]


def test_a_key_that_does_not_fit_the_suite_is_refused() -> None:
    class Elliptic:
        key_id = "did:web:a.example#1"
        public_key = PublicKey.from_multibase("zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP")

        def sign(self, message: bytes) -> bytes:
            return bytes(64)

    with pytest.raises(ProofError):
        add_proof(a_credential(), Elliptic(), created=NOW)


# --- batches -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", SUITES)
def test_a_batch_signs_like_one_by_one(suite: str) -> None:
    batch = BatchSigner(CENTRE, created=NOW, cryptosuite=suite)
    for i in range(20):
        document = a_credential()
        document["credentialSubject"]["id"] = f"did:example:{i}"
        document["name"] = f'证书 {i} \u0008\\"\n'
        if i % 7 == 6:
            document["@context"] = document["@context"][:1]
            document["type"] = ["VerifiableCredential"]
            document["credentialSubject"] = {"id": "did:example:x"}
        assert batch.sign(document) == add_proof(document, CENTRE, created=NOW, cryptosuite=suite)


@pytest.mark.parametrize("suite", SUITES)
def test_a_batch_fills_a_template_and_signs_like_one_by_one(suite: str) -> None:
    template = shapes.Template(
        a_credential(), {"name": ("name",), "holder": ("credentialSubject", "id"), "from": ("validFrom",)}
    )
    batch = BatchSigner(CENTRE, created=NOW, cryptosuite=suite)
    for i in range(10):
        values = {"name": f'证书 {i} \\"', "holder": f"did:example:{i}", "from": f"2026-11-2{i}T00:00:00Z"}
        signed = batch.sign_filled(template, values)
        assert signed["credentialSubject"]["id"] == f"did:example:{i}"
        assert signed == add_proof(template.document(values), CENTRE, created=NOW, cryptosuite=suite)
        assert codes_of(signed) == ["ok"]
    with pytest.raises(shapes.UnknownHoleError):
        batch.sign_filled(template, {"name": "only"})


@pytest.mark.parametrize("suite", SUITES)
def test_a_batch_notices_a_context_that_its_owner_changed(suite: str) -> None:
    batch = BatchSigner(CENTRE, created=NOW, cryptosuite=suite)
    document = a_credential()
    assert codes_of(batch.sign(document)) == ["ok"]
    document["@context"].insert(1, "https://w3id.org/security/data-integrity/v2")
    assert codes_of(batch.sign(document)) == ["ok"]


def test_a_batch_refuses_a_document_that_is_signed_already() -> None:
    batch = BatchSigner(CENTRE, created=NOW)
    with pytest.raises(ProofError):
        batch.sign(batch.sign(a_credential()))


# --- hostile input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("suite", "step"), [("eddsa-jcs-2022", 1), ("eddsa-rdfc-2022", 5)])
def test_flipping_any_bit_of_the_signed_bytes_is_noticed(suite: str, step: int) -> None:
    signed = add_proof(a_credential(), CENTRE, created=NOW, cryptosuite=suite)
    raw = jcs.canonical(signed)
    n_judged = 0
    for i in range(0, len(raw), step):
        changed = bytearray(raw)
        changed[i] ^= 1 << (i % 8)
        try:
            document = strict_json.parse(bytes(changed))
        except Error:
            continue
        assert isinstance(document, dict)
        n_judged += 1
        assert not all_ok(answers_to(document)), (i, bytes(changed[max(0, i - 20) : i + 20]))
    assert n_judged > 100


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(max_size=6)
    | st.sampled_from([VC_V2, CENTRE.key_id, "urn:uuid:1", "z" + "2" * 88, "DataIntegrityProof", *SUITES])
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_PROOF = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(_JSON, st.sampled_from(usual))
        for name, usual in {
            "type": ["DataIntegrityProof", "Ed25519Signature2020"],
            "cryptosuite": [*SUITES, "ecdsa-rdfc-2019"],
            "created": ["2026-11-22T08:00:00Z"],
            "verificationMethod": [CENTRE.key_id],
            "proofPurpose": ["assertionMethod"],
            "proofValue": ["z" + "2" * 88],
            "previousProof": ["urn:uuid:1", ["urn:uuid:1"]],
            "id": ["urn:uuid:1"],
            "@context": [[VC_V2], VC_V2],
            "domain": ["a"],
        }.items()
    },
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.one_of(_JSON, _PROOF, st.lists(_PROOF, max_size=4)), st.booleans())
def test_any_proof_ends_in_answers_of_which_none_is_ok(proof: Any, with_context: bool) -> None:
    document = a_credential() if with_context else {"a": 1}
    answers = check_proofs({**document, "proof": proof}, did.resolver(), now=NOW)
    assert answers
    assert not any(answer.ok for answer in answers)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.text(max_size=6), _JSON, max_size=3), st.sampled_from(SUITES))
def test_any_document_ends_in_a_proof_or_a_coded_error(members: dict[str, Any], suite: str) -> None:
    members.pop("proof", None)
    document = {**copy.deepcopy(members), "@context": [VC_V2]}
    if not code_of(lambda: add_proof(document, CENTRE, created=NOW, cryptosuite=suite)):
        assert codes_of(add_proof(document, CENTRE, created=NOW, cryptosuite=suite)) == ["ok"]
