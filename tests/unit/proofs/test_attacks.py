"""Attacks on signed documents, each named for what it tries, each with the one answer that must come."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guildhall.core import did, multibase
from guildhall.core.did import did_key_url
from guildhall.core.keys import PublicKey, SeedSigner
from guildhall.core.proofs import MAX_CHAINED, MAX_PROOFS, add_proof, all_ok, check_proofs
from tests.unit.proofs.made import (
    CENTRE,
    EXAMPLES_V2,
    MALLORY,
    MINISTRY,
    NOW,
    VC_V2,
    a_credential,
    answers_to,
    codes_of,
)

Document = dict[str, Any]
SUITES = ["eddsa-rdfc-2022", "eddsa-jcs-2022"]


def signed(suite: str = "eddsa-jcs-2022", **options: Any) -> Document:
    return add_proof(a_credential(), CENTRE, **{"created": NOW, "cryptosuite": suite, **options})


# --- what is signed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", SUITES)
def test_an_honest_document_verifies(suite: str) -> None:
    assert codes_of(signed(suite)) == ["ok"]


def _rename(document: Document) -> None:
    document["credentialSubject"]["alumniOf"] = "The School of Forgers"


def _drop(document: Document) -> None:
    del document["name"]


def _add(document: Document) -> None:
    document["description"] = "with distinction"


def _retype(document: Document) -> None:
    document["type"] = ["VerifiableCredential"]


def _swap_subject(document: Document) -> None:
    document["credentialSubject"]["id"] = "did:example:mallory"


def _swap_issuer(document: Document) -> None:
    document["issuer"] = did.did_key(MALLORY.public_key)


def _extend_validity(document: Document) -> None:
    document["validUntil"] = "2099-01-01T00:00:00Z"


def _backdate_proof(document: Document) -> None:
    document["proof"]["created"] = "2020-01-01T00:00:00Z"


def _unexpire(document: Document) -> None:
    document["proof"]["expires"] = "2099-01-01T00:00:00Z"


def _name_proof(document: Document) -> None:
    document["proof"]["id"] = "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"


def _add_domain(document: Document) -> None:
    document["proof"]["domain"] = "elsewhere.example"


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "change",
    [_rename, _drop, _add, _retype, _swap_subject, _swap_issuer, _extend_validity, _backdate_proof, _unexpire,
     _name_proof, _add_domain],
)  # fmt: skip
def test_signed_words_changed(suite: str, change: Callable[[Document], None]) -> None:
    document = signed(suite)
    change(document)
    assert codes_of(document) == ["signature_invalid"]


def strict_credential() -> Document:
    """A credential without the examples' context, whose ``@vocab`` defines every word there is."""
    return {
        **a_credential(),
        "@context": [VC_V2],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"name": "Li"},
    }


def test_unsigned_words_added_under_an_undefined_term() -> None:
    document = add_proof(strict_credential(), CENTRE, created=NOW)
    assert codes_of(document) == ["ok"]
    document["grade"] = "excellent"
    assert codes_of(document) == ["undefined_term"]


def test_unsigned_words_added_to_the_proof_under_an_undefined_term() -> None:
    document = add_proof(strict_credential(), CENTRE, created=NOW)
    document["proof"]["note"] = "checked by the ministry"
    assert codes_of(document) == ["undefined_term"]


def test_a_document_with_an_undefined_term_cannot_be_signed() -> None:
    document = {**strict_credential(), "grade": "excellent"}
    with pytest.raises(Exception, match="grade") as caught:
        add_proof(document, CENTRE, created=NOW)
    assert caught.value.code == "undefined_term"  # type: ignore[attr-defined]


@pytest.mark.parametrize("suite", SUITES)
def test_an_undefined_context_slipped_in(suite: str) -> None:
    document = signed(suite)
    document["@context"] = [*document["@context"], "https://mallory.example/context"]
    assert codes_of(document) == (["unknown_context"] if "rdfc" in suite else ["context_not_signed"])


def test_a_context_appended_behind_a_jcs_proof_gives_signed_words_a_new_meaning() -> None:
    document = signed("eddsa-jcs-2022")
    document["@context"] = [*document["@context"], {"alumniOf": "https://mallory.example/expelledFrom"}]
    assert codes_of(document) == ["context_not_signed"]


def test_a_context_appended_and_signed_by_a_later_signer_is_as_the_suite_allows() -> None:
    document = add_proof({**a_credential(), "@context": [VC_V2]}, CENTRE, created=NOW, cryptosuite="eddsa-jcs-2022")
    document["@context"] = [VC_V2, EXAMPLES_V2]
    document = add_proof(document, MINISTRY, created=NOW, cryptosuite="eddsa-jcs-2022")
    assert codes_of(document) == ["ok", "ok"]
    document["@context"] = [EXAMPLES_V2, VC_V2]
    assert codes_of(document) == ["context_mismatch", "context_mismatch"]


def test_a_context_taken_away_behind_a_jcs_proof() -> None:
    document = signed("eddsa-jcs-2022")
    document["@context"] = document["@context"][:1]
    assert codes_of(document) == ["context_mismatch"]


def test_true_is_not_one_in_a_context() -> None:
    """Python holds ``True == 1``: a context that changes from one to the other has changed."""
    document = {**a_credential(), "@context": [VC_V2, {"@protected": True, "alumniOf": "https://a.example/b"}]}
    document = add_proof(document, CENTRE, created=NOW, cryptosuite="eddsa-jcs-2022")
    assert codes_of(document) == ["ok"]
    document["@context"] = [VC_V2, {"@protected": 1, "alumniOf": "https://a.example/b"}]
    assert codes_of(document) == ["context_mismatch"]


# --- who signed ----------------------------------------------------------------------------------------------------


def test_signed_by_somebody_else_says_so() -> None:
    """``proof_by_stranger``: the proof verifies, and the answer names whose key it is."""
    document = add_proof(a_credential(), MALLORY, created=NOW)
    answer = answers_to(document)[0]
    assert answer.ok
    assert answer.controller == did.did_key(MALLORY.public_key) != document["issuer"]


@pytest.mark.parametrize("suite", SUITES)
def test_verification_method_swapped(suite: str) -> None:
    document = signed(suite)
    document["proof"]["verificationMethod"] = MALLORY.key_id
    assert codes_of(document) == ["signature_invalid"]


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("did:web:register.example#key-1", "verification_method_unknown"),
        ("did:key:" + CENTRE.public_key.multibase, "verification_method_unknown"),
        ("did:key:zzz#zzz", "verification_method_unknown"),
        ("key-1", "proof_malformed"),
        ("", "proof_malformed"),
        ({"id": CENTRE.key_id, "publicKeyMultibase": MALLORY.public_key.multibase}, "proof_malformed"),
        (None, "proof_malformed"),
    ],
)
def test_verification_method_that_nothing_vouches_for(method: object, code: str) -> None:
    document = signed()
    document["proof"]["verificationMethod"] = method
    assert codes_of(document) == [code]


def test_key_of_another_kind() -> None:
    document = signed()
    p256 = PublicKey.from_multibase("zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP")
    assert [a.code for a in check_proofs(document, lambda _url: p256, now=NOW)] == ["key_kind_wrong"]


def test_key_of_small_order_verifies_nothing() -> None:
    """With the neutral point as key and as R, and s = 0, the bare equation holds for every message."""
    neutral = (1).to_bytes(32, "little")
    document = signed()
    document["proof"]["verificationMethod"] = "did:web:mallory.example#1"
    document["proof"]["proofValue"] = multibase.encode(neutral + bytes(32))
    key = PublicKey("Ed25519", neutral)
    assert [a.code for a in check_proofs(document, lambda _url: key, now=NOW)] == ["signature_invalid"]
    url = did_key_url(key)
    document["proof"]["verificationMethod"] = url
    assert codes_of(document) == ["verification_method_unknown"]


# --- what for, when, where -----------------------------------------------------------------------------------------


def test_proof_purpose_wrong() -> None:
    document = signed(purpose="authentication")
    assert codes_of(document) == ["proof_purpose_wrong"]
    assert codes_of(document, purpose="authentication") == ["ok"]
    assert codes_of(document, purpose=None) == ["ok"]
    document["proof"]["proofPurpose"] = "assertionMethod"
    assert codes_of(document) == ["signature_invalid"]


def test_proof_expired() -> None:
    document = signed(expires=NOW + timedelta(days=1))
    assert codes_of(document) == ["ok"]
    assert codes_of(document, now=NOW + timedelta(days=1)) == ["proof_expired"]
    assert codes_of(document, now=None) == ["ok"]


def test_proof_made_in_the_future() -> None:
    document = signed(created=NOW + timedelta(hours=1))
    assert codes_of(document) == ["created_in_future"]
    assert codes_of(document, now=NOW + timedelta(hours=1)) == ["ok"]
    assert codes_of(signed(created=NOW + timedelta(minutes=4))) == ["ok"]  # a clock that runs ahead a little


def test_presentation_replayed_elsewhere_or_later() -> None:
    document = signed(purpose="authentication", domain="employer.example", challenge="c-1")
    expected = {"purpose": "authentication", "domain": "employer.example", "challenge": "c-1"}
    assert codes_of(document, **expected) == ["ok"]
    assert codes_of(document, **{**expected, "domain": "other.example"}) == ["domain_mismatch"]
    assert codes_of(document, **{**expected, "domain": ["employer.example", "other.example"]}) == ["domain_mismatch"]
    assert codes_of(document, **{**expected, "challenge": "c-2"}) == ["challenge_mismatch"]
    bare = signed(purpose="authentication")
    assert codes_of(bare, **expected) == ["domain_mismatch"]
    assert codes_of(bare, purpose="authentication", challenge="c-1") == ["challenge_mismatch"]
    assert codes_of(bare, purpose="authentication", challenge="") == ["challenge_mismatch"]


def test_domains_are_a_set() -> None:
    document = signed(domain=["a.example", "b.example"])
    assert codes_of(document, domain=["b.example", "a.example"]) == ["ok"]
    assert codes_of(document, domain="a.example") == ["domain_mismatch"]


# --- form ----------------------------------------------------------------------------------------------------------


def test_no_proof_at_all() -> None:
    assert codes_of(a_credential()) == ["proof_missing"]
    assert codes_of({**a_credential(), "proof": []}) == ["proof_missing"]
    assert codes_of({**a_credential(), "proof": None}) == ["proof_missing"]
    assert not all_ok([])


@pytest.mark.parametrize("proof", [5, "proof", [5], [[]], [None], True])
def test_something_under_proof_that_is_no_proof(proof: object) -> None:
    assert codes_of({**a_credential(), "proof": proof}) == ["proof_malformed"]


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("type", None, "proof_malformed"),
        ("type", ["DataIntegrityProof"], "proof_malformed"),
        ("type", "Ed25519Signature2018", "unsupported_cryptosuite"),
        ("type", "eddsa-jcs-2022", "unsupported_cryptosuite"),
        ("type", "Ed25519Signature2020", "proof_value_malformed"),
        ("cryptosuite", "bbs-2023", "unsupported_cryptosuite"),
        ("cryptosuite", "Ed25519Signature2020", "unsupported_cryptosuite"),
        ("cryptosuite", "ecdsa-jcs-2019", "key_kind_wrong"),
        ("cryptosuite", "eddsa-rdfc-2022", "signature_invalid"),
        ("cryptosuite", None, "proof_malformed"),
        ("cryptosuite", 2022, "proof_malformed"),
        ("proofPurpose", None, "proof_malformed"),
        ("proofPurpose", ["assertionMethod"], "proof_malformed"),
        ("created", "yesterday", "created_malformed"),
        ("created", "2026-11-22 08:00:00Z", "created_malformed"),
        ("created", "2026-11-22T08:00:00", "signature_invalid"),  # read as UTC, but it is not what was signed
        ("created", 5, "proof_malformed"),
        ("expires", "never", "expires_malformed"),
        ("domain", 5, "proof_malformed"),
        ("domain", [5], "proof_malformed"),
        ("challenge", ["c"], "proof_malformed"),
        ("nonce", 5, "proof_malformed"),
        ("id", "not a url", "proof_malformed"),
        ("id", 5, "proof_malformed"),
        ("previousProof", 5, "proof_malformed"),
        ("previousProof", ["a"] * 1000, "proof_malformed"),
        ("proofValue", None, "proof_malformed"),
        ("proofValue", "", "proof_malformed"),
        ("proofValue", "z", "proof_value_malformed"),
        ("proofValue", "z" + "1" * 64, "signature_invalid"),
        ("proofValue", "z" + "1" * 63, "proof_value_malformed"),
        ("proofValue", "z" + "1" * 65, "proof_value_malformed"),
        ("proofValue", "z0OIl", "proof_value_malformed"),
        ("proofValue", "z" + "2" * 4000, "proof_value_malformed"),
        ("proofValue", "z" + "2" * 5000, "proof_malformed"),
    ],
)
def test_proof_member_malformed(member: str, value: object, code: str) -> None:
    document = signed()
    if member == "type" and value == "Ed25519Signature2020":
        document["proof"]["proofValue"] = "zshort"
    document["proof"][member] = value
    if value is None and member == "cryptosuite":
        pass  # null is no string
    assert codes_of(document) == [code]


def test_proof_value_in_another_alphabet_of_the_same_bytes() -> None:
    """Strictly base58btc: one signature has one spelling."""
    document = signed()
    raw = multibase.decode(document["proof"]["proofValue"])
    document["proof"]["proofValue"] = multibase.encode(raw, "u")
    assert codes_of(document) == ["proof_value_malformed"]
    document["proof"]["proofValue"] = "z1" + multibase.base58btc(raw)
    assert codes_of(document) == ["proof_value_malformed"]


@pytest.mark.parametrize("suite", SUITES)
def test_every_character_of_the_proof_value_counts(suite: str) -> None:
    document = signed(suite)
    value = document["proof"]["proofValue"]
    for i in range(len(value)):
        changed = copy.deepcopy(document)
        changed["proof"]["proofValue"] = value[:i] + ("2" if value[i] != "2" else "3") + value[i + 1 :]
        assert codes_of(changed)[0] in {"signature_invalid", "proof_value_malformed"}


# --- sets ----------------------------------------------------------------------------------------------------------


def proof_set() -> Document:
    return add_proof(signed(), MINISTRY, created=NOW, cryptosuite="eddsa-jcs-2022")


def test_proof_set_of_two_verifies_and_names_both() -> None:
    answers = answers_to(proof_set())
    assert all_ok(answers)
    assert [answer.controller for answer in answers] == [
        did.did_key(CENTRE.public_key),
        did.did_key(MINISTRY.public_key),
    ]


def test_proof_set_one_good_one_bad() -> None:
    document = proof_set()
    document["proof"][1]["proofValue"] = document["proof"][0]["proofValue"]
    answers = answers_to(document)
    assert [answer.code for answer in answers] == ["ok", "signature_invalid"]
    assert not all_ok(answers)


def test_proof_set_with_a_stranger_nobody_vouches_for() -> None:
    document = proof_set()
    document["proof"][1]["verificationMethod"] = "did:web:ministry.example#1"
    assert codes_of(document) == ["ok", "verification_method_unknown"]


def test_proof_set_of_mixed_suites() -> None:
    document = add_proof(signed("eddsa-rdfc-2022"), MINISTRY, created=NOW, cryptosuite="eddsa-jcs-2022")
    assert codes_of(document) == ["ok", "ok"]


def test_proof_set_without_end() -> None:
    document = signed()
    document["proof"] = [document["proof"]] * (MAX_PROOFS + 1)
    assert codes_of(document) == ["too_many_proofs"]
    document["proof"] = document["proof"][:MAX_PROOFS]
    assert codes_of(document) == ["ok"] * MAX_PROOFS
    with pytest.raises(Exception, match="as many proofs"):
        add_proof(document, CENTRE, created=NOW)


def test_chain_without_end() -> None:
    """Each link has the whole document canonicalised anew: a small document would cost as much as many."""
    document = add_proof(a_credential(), CENTRE, created=NOW, cryptosuite="eddsa-jcs-2022", proof_id="urn:uuid:0")
    for i in range(1, MAX_CHAINED + 2):
        assert codes_of(document) == ["ok"] * i
        document = add_proof(
            document, MINISTRY, created=NOW, cryptosuite="eddsa-jcs-2022", proof_id=f"urn:uuid:{i}",
            previous_proof=f"urn:uuid:{i - 1}",
        )  # fmt: skip
    assert codes_of(document) == ["too_many_proofs"] * (MAX_CHAINED + 2)


def test_a_refused_document_is_refused_for_every_proof() -> None:
    document = add_proof(add_proof(strict_credential(), CENTRE, created=NOW), MINISTRY, created=NOW)
    document["grade"] = "excellent"
    assert codes_of(document) == ["undefined_term", "undefined_term"]


def test_two_proofs_of_one_id() -> None:
    document = add_proof(a_credential(), CENTRE, created=NOW, proof_id="urn:uuid:1")
    with pytest.raises(Exception, match="of that id"):
        add_proof(document, MINISTRY, created=NOW, proof_id="urn:uuid:1")
    document["proof"] = [document["proof"], document["proof"]]
    assert codes_of(document) == ["proof_id_duplicate"] * 2


# --- chains --------------------------------------------------------------------------------------------------------


def chain(first: str = "eddsa-jcs-2022", second: str = "eddsa-jcs-2022") -> Document:
    document = add_proof(a_credential(), CENTRE, created=NOW, cryptosuite=first, proof_id="urn:uuid:1")
    return add_proof(document, MINISTRY, created=NOW, cryptosuite=second, previous_proof="urn:uuid:1")


@pytest.mark.parametrize("first", SUITES)
@pytest.mark.parametrize("second", SUITES)
def test_proof_chain_verifies_across_suites(first: str, second: str) -> None:
    assert codes_of(chain(first, second)) == ["ok", "ok"]


def test_previous_proof_missing() -> None:
    document = chain()
    document["proof"] = document["proof"][1]
    assert codes_of(document) == ["previous_proof_missing"]
    with pytest.raises(Exception, match="previous proof"):
        add_proof(a_credential(), CENTRE, created=NOW, previous_proof="urn:uuid:1")


def test_previous_proof_does_not_verify() -> None:
    document = chain()
    document["proof"][0]["created"] = "2026-11-22T07:00:00Z"
    assert codes_of(document) == ["signature_invalid", "signature_invalid"]


def test_previous_proof_replaced_by_another_valid_one() -> None:
    """``chain_rebased``: the countersigner confirmed one proof; the attacker puts a different valid one in its place."""
    document = chain()
    other = add_proof(a_credential(), MALLORY, created=NOW, cryptosuite="eddsa-jcs-2022", proof_id="urn:uuid:1")
    document["proof"][0] = other["proof"]
    assert codes_of(document) == ["ok", "signature_invalid"]


def test_what_builds_on_a_failed_proof_fails() -> None:
    """The second signature is good in itself (it covers the first as it stands); the first is by an unknown key."""
    stranger = SeedSigner("did:web:stranger.example#1", bytes(32))
    document = add_proof(a_credential(), stranger, created=NOW, cryptosuite="eddsa-jcs-2022", proof_id="urn:uuid:1")
    document = add_proof(
        document,
        MINISTRY,
        created=NOW,
        cryptosuite="eddsa-jcs-2022",
        proof_id="urn:uuid:2",
        previous_proof="urn:uuid:1",
    )
    document = add_proof(document, CENTRE, created=NOW, cryptosuite="eddsa-jcs-2022", previous_proof=["urn:uuid:2"])
    assert codes_of(document) == ["verification_method_unknown", "previous_proof_failed", "previous_proof_failed"]


def test_previous_proof_cycle() -> None:
    document = signed()
    one = {**document["proof"], "id": "urn:uuid:1", "previousProof": "urn:uuid:2"}
    two = {**document["proof"], "id": "urn:uuid:2", "previousProof": ["urn:uuid:1"]}
    itself = {**document["proof"], "id": "urn:uuid:3", "previousProof": "urn:uuid:3"}
    assert codes_of({**document, "proof": [one, two]}) == ["previous_proof_cycle"] * 2
    assert codes_of({**document, "proof": itself}) == ["previous_proof_cycle"]
    assert codes_of({**document, "proof": [document["proof"], itself]}) == ["ok", "previous_proof_cycle"]


def test_a_chained_proof_does_not_verify_without_its_link() -> None:
    document = chain()
    del document["proof"][1]["previousProof"]
    assert codes_of(document) == ["ok", "signature_invalid"]


def test_a_chain_may_build_on_several() -> None:
    document = add_proof(a_credential(), CENTRE, created=NOW, proof_id="urn:uuid:1")
    document = add_proof(document, MALLORY, created=NOW, proof_id="urn:uuid:2")
    document = add_proof(document, MINISTRY, created=NOW, previous_proof=["urn:uuid:1", "urn:uuid:2"])
    assert codes_of(document) == ["ok", "ok", "ok"]
    document["proof"] = [document["proof"][0], document["proof"][2]]
    assert codes_of(document) == ["ok", "previous_proof_missing"]
