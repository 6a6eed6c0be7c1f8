from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import data_model, did, jose
from guildhall.core.presentation import (
    SecuredAnswer,
    check_credential,
    check_presentation,
    presentation,
)
from guildhall.core.proofs import add_proof
from tests.unit.proofs.made import CENTRE, LI_NA, MALLORY, MINISTRY, NOW, VC_V2, a_credential

DOMAIN, CHALLENGE = "employer.example", "c-1"
HOLDER = did.did_key(LI_NA.public_key)
SUITES = ["eddsa-rdfc-2022", "eddsa-jcs-2022"]


def a_certificate(suite: str = "eddsa-rdfc-2022", signer: Any = CENTRE) -> dict[str, Any]:
    return add_proof(a_credential(), signer, created=NOW, cryptosuite=suite)


def shown(document: dict[str, Any], suite: str = "eddsa-rdfc-2022", signer: Any = LI_NA) -> dict[str, Any]:
    return add_proof(
        document, signer, created=NOW, cryptosuite=suite, purpose="authentication", domain=DOMAIN, challenge=CHALLENGE
    )


def answer_to(document: object, **expected: Any) -> SecuredAnswer:
    wanted = {"now": NOW, "domain": DOMAIN, "challenge": CHALLENGE, **expected}
    return check_presentation(document, did.resolver(), **wanted)


@pytest.mark.parametrize("suite", SUITES)
def test_a_holder_shows_an_embedded_and_an_enveloped_certificate(suite: str) -> None:
    token = jose.sign(a_credential(), CENTRE, issued_at=NOW)
    made = presentation([a_certificate(suite), jose.enveloped(token)], holder=HOLDER, presentation_id="urn:uuid:1")
    assert data_model.problems(made) == []
    answer = answer_to(shown(made, suite))
    assert (answer.code, [one.code for one in answer.credentials]) == ("ok", ["ok", "ok"])
    assert answer.ok
    assert answer.proofs[0].controller == HOLDER
    assert answer.credentials[1].document["credentialSubject"] == a_credential()["credentialSubject"]


def test_an_enveloped_presentation_is_opened_to_its_certificates() -> None:
    made = presentation([a_certificate()], holder=HOLDER)
    token = jose.sign(made, LI_NA, audience=DOMAIN, nonce=CHALLENGE)
    answer = answer_to(jose.enveloped(token, "presentation"))
    assert (answer.ok, len(answer.credentials)) == (True, 1)
    assert answer_to(jose.enveloped(token, "presentation"), challenge="c-2").code == "challenge_mismatch"


def test_a_presentation_needs_neither_holder_nor_certificates() -> None:
    assert answer_to(shown(presentation([]))).ok
    bare = {"@context": [VC_V2], "type": ["VerifiablePresentation"]}
    assert answer_to(shown(bare)).ok


def test_a_self_asserted_claim_is_secured_by_the_holder() -> None:
    own = {"@context": [VC_V2], "type": ["VerifiableCredential"], "issuer": HOLDER, "credentialSubject": {"name": "李"}}
    answer = answer_to(shown(presentation([own], holder=HOLDER)))
    assert (answer.ok, answer.credentials[0].ok) == (True, True)
    assert answer_to(shown(presentation([own]))).code == "credential_not_secured"
    assert answer_to(shown(presentation([{**own, "issuer": "did:example:x"}], holder=HOLDER))).code == (
        "credential_not_secured"
    )
    # Somebody else signs a presentation that names the holder: the claim is not the holder's.
    assert answer_to(shown(presentation([own], holder=HOLDER), signer=MALLORY)).code == "holder_not_signer"


def test_presentation_signed_by_somebody_else() -> None:
    assert answer_to(shown(presentation([a_certificate()], holder=HOLDER), signer=MALLORY)).code == "holder_not_signer"
    token = jose.sign(presentation([], holder=HOLDER), MALLORY, audience=DOMAIN, nonce=CHALLENGE)
    assert answer_to(jose.enveloped(token, "presentation")).code == "holder_not_signer"


def test_presentation_replayed() -> None:
    made = shown(presentation([a_certificate()], holder=HOLDER))
    assert answer_to(made, domain="other.example").code == "domain_mismatch"
    assert answer_to(made, challenge="c-2").code == "challenge_mismatch"
    assert answer_to(made, domain=None, challenge=None).ok


def test_presentation_without_a_proof_or_for_another_purpose() -> None:
    made = presentation([a_certificate()], holder=HOLDER)
    assert answer_to(made).code == "proof_missing"
    asserted = add_proof(made, LI_NA, created=NOW, domain=DOMAIN, challenge=CHALLENGE)
    assert answer_to(asserted).code == "proof_purpose_wrong"


def test_certificate_swapped_inside_a_signed_presentation() -> None:
    made = shown(presentation([a_certificate()], holder=HOLDER))
    made["verifiableCredential"] = [a_certificate(signer=MINISTRY)]
    assert answer_to(made).code == "signature_invalid"


def test_a_bad_certificate_in_a_good_presentation_fails_it() -> None:
    forged = a_certificate("eddsa-jcs-2022")
    forged["credentialSubject"]["alumniOf"] = "The School of Forgers"
    for bad, code in (
        (forged, "signature_invalid"),
        (a_certificate(signer=MALLORY), "issuer_not_signer"),
        (jose.enveloped(jose.sign(a_credential(), MALLORY)), "issuer_not_signer"),
    ):
        answer = answer_to(shown(presentation([a_certificate(), bad], holder=HOLDER)))
        assert answer.code == "credential_not_ok"
        assert [one.code for one in answer.credentials] == ["ok", code]


def test_a_countersigned_certificate_needs_the_issuer_among_its_signers() -> None:
    both = add_proof(a_certificate(), MINISTRY, created=NOW)
    assert check_credential(both, did.resolver(), now=NOW).ok
    others = add_proof(a_certificate(signer=MALLORY), MINISTRY, created=NOW)
    assert check_credential(others, did.resolver(), now=NOW).code == "issuer_not_signer"


def test_a_certificate_without_a_proof_is_not_secured() -> None:
    assert check_credential(a_credential(), did.resolver(), now=NOW).code == "proof_missing"


def test_an_enveloped_certificate_must_conform_inside_too() -> None:
    token = jose.sign({**a_credential(), "credentialSubject": {}}, CENTRE)
    assert check_credential(jose.enveloped(token), did.resolver(), now=NOW).code == "subject_without_claims"


@pytest.mark.parametrize("change", [{"grade": "excellent"}, {"type": ["VerifiableCredential", "NobodyKnows"]}])
def test_words_that_no_context_defines_are_refused_under_every_securing(change: dict[str, Any]) -> None:
    """A jcs proof and a token cover such words, but nobody can say what they mean."""
    document = {**a_credential(), "@context": [VC_V2], "type": ["VerifiableCredential"],
                "credentialSubject": {"name": "李娜"}, **change}  # fmt: skip
    code = "undefined_term" if "grade" in change else "undefined_type"
    signed = add_proof(document, CENTRE, created=NOW, cryptosuite="eddsa-jcs-2022")
    assert check_credential(signed, did.resolver(), now=NOW).code == code
    token = jose.enveloped(jose.sign(document, CENTRE, issued_at=NOW))
    assert check_credential(token, did.resolver(), now=NOW).code == code
    shown_ = shown({**presentation([], holder=HOLDER), **{n: m for n, m in change.items() if n == "grade"}},
                   "eddsa-jcs-2022")  # fmt: skip
    assert answer_to(shown_).code == ("undefined_term" if "grade" in change else "ok")


def test_a_presentation_is_not_taken_for_a_certificate_nor_the_other_way() -> None:
    assert check_credential(shown(presentation([])), did.resolver(), now=NOW).code == "wrong_kind"
    assert answer_to(a_certificate()).code == "wrong_kind"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.sampled_from([VC_V2, HOLDER]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        _JSON,
        st.fixed_dictionaries(
            {"@context": st.just([VC_V2]), "type": st.just(["VerifiablePresentation"])},
            optional={"verifiableCredential": _JSON, "holder": _JSON, "proof": _JSON},
        ),
    )
)
def test_any_json_ends_in_an_answer(value: object) -> None:
    assert not answer_to(value).ok
    assert not check_credential(value, did.resolver(), now=NOW).ok
