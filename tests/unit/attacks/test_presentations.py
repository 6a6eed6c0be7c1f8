"""Presentations and tokens: somebody else's credentials shown as one's own, again, or in an envelope that says otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from guildhall.core import did, foreign, jose, multibase, presentation, proofs
from guildhall.core.keys import SeedSigner
from tests.unit.attacks.test_other_words import ISSUER, KEY, a_credential, key_of, the_list
from tests.unit.verify.made import NOW, seed

Document = dict[str, Any]
_PUBLIC = SeedSigner("", seed("holder")).public_key
HOLDER = did.did_key(_PUBLIC)
HOLDERS_KEY = SeedSigner(did.did_key_url(_PUBLIC), seed("holder"))
GOOD = a_credential(over=False, revoked=False)
DOMAIN, CHALLENGE = "https://employer.example", "7f3a"


def shown(
    *credentials: Document, holder: str | None = HOLDER, key: SeedSigner = HOLDERS_KEY, **options: Any
) -> Document:
    unsigned = presentation.presentation(list(credentials) or [GOOD], holder=holder)
    return proofs.add_proof(unsigned, key, created=NOW, **{"purpose": "authentication", **options})


def asked(document: Any, **options: Any) -> foreign.Answer:
    return foreign.check_presentation(document, key_of, now=NOW, lists=the_list, **options)


def bound(document: Any) -> foreign.Answer:
    return asked(document, domain=DOMAIN, challenge=CHALLENGE)


def test_an_honest_presentation_is_accepted() -> None:
    assert asked(shown()).ok
    assert bound(shown(domain=DOMAIN, challenge=CHALLENGE)).ok


def in_an_envelope(credential: Document, key: SeedSigner = KEY, **more: Any) -> Document:
    return jose.enveloped(jose.sign({n: m for n, m in credential.items() if n != "proof"} | more, key))


def token_of(header: Document, payload: Document | None = None, signature: bytes = b"\1" * 64) -> Document:
    body = payload if payload is not None else {n: m for n, m in GOOD.items() if n != "proof"}
    parts = [multibase.base64url(json.dumps(part).encode()) for part in (header, body)]
    return jose.enveloped(".".join([*parts, multibase.base64url(signature)]))


PRESENTED: dict[str, tuple[Callable[[], Document], str]] = {
    "shown_by_somebody_else": (lambda: shown(key=KEY), "holder_not_signer"),
    "shown_for_nobody_by_a_claim": (
        lambda: shown({n: m for n, m in GOOD.items() if n != "proof"}, holder=None), "credential_not_secured",
    ),
    "claim_of_an_issuer_shown_by_another": (
        lambda: shown({n: m for n, m in GOOD.items() if n != "proof"}), "credential_not_secured",
    ),
    "signed_as_a_statement": (lambda: shown(purpose="assertionMethod"), "proof_purpose_wrong"),
    "one_good_one_revoked": (
        lambda: shown(GOOD, a_credential(over=False, revoked=True, id="urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b12")),
        "revoked",
    ),
    "one_good_one_over": (
        lambda: shown(GOOD, a_credential(over=True, revoked=False, id="urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b12")),
        "expired",
    ),
    "revoked_in_an_envelope": (lambda: shown(in_an_envelope(a_credential(over=False, revoked=True))), "revoked"),
    "over_in_an_envelope": (lambda: shown(in_an_envelope(a_credential(over=True, revoked=False))), "expired"),
    "envelope_by_somebody_else": (lambda: shown(in_an_envelope(GOOD, HOLDERS_KEY)), "credential_not_ok"),
    "envelope_without_a_signature": (lambda: shown(token_of({"alg": "none"}, signature=b"")), "credential_not_ok"),
    "envelope_by_a_shared_secret": (lambda: shown(token_of({"alg": "HS256", "kid": KEY.key_id})), "credential_not_ok"),
    "envelope_with_a_key_of_its_own": (
        lambda: shown(token_of({"alg": "EdDSA", "kid": KEY.key_id, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}})),
        "credential_not_ok",
    ),
    "envelope_with_a_chain_of_certificates": (
        lambda: shown(token_of({"alg": "ES256", "kid": KEY.key_id, "x5c": ["MIIB"]})), "credential_not_ok",
    ),
    "envelope_that_must_be_understood": (
        lambda: shown(token_of({"alg": "EdDSA", "kid": KEY.key_id, "crit": ["b64"], "b64": False})), "credential_not_ok",
    ),
    "envelope_in_an_envelope": (
        lambda: shown(token_of({"alg": "EdDSA", "kid": KEY.key_id}, in_an_envelope(GOOD))), "credential_not_ok",
    ),
    "credential_that_is_a_presentation": (lambda: shown(shown()), "wrong_kind"),
    "ten_thousand_credentials": (
        lambda: {**shown(), "verifiableCredential": [{"id": "x"}] * 10_000}, "too_many",
    ),
    "credential_put_in_afterwards": (
        lambda: {**shown(), "verifiableCredential": [GOOD, GOOD]}, "signature_invalid",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PRESENTED)
def test_a_presentation_is_no_better_than_what_is_in_it(name: str) -> None:
    made, code = PRESENTED[name]
    if name == "credential_put_in_afterwards":
        document = made()
        document["verifiableCredential"][1] = a_credential(
            over=False, revoked=False, id="urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b12"
        )
        assert asked(document).code == code
    else:
        assert asked(made()).code == code


BOUND: dict[str, tuple[dict[str, Any], str]] = {
    "made_for_nobody": ({}, "domain_mismatch"),
    "made_for_another": ({"domain": "https://other.example", "challenge": CHALLENGE}, "domain_mismatch"),
    "made_for_two": ({"domain": [DOMAIN, "https://other.example"], "challenge": CHALLENGE}, "domain_mismatch"),
    "made_for_a_name_that_begins_alike": (
        {"domain": DOMAIN + ".evil.example", "challenge": CHALLENGE},
        "domain_mismatch",
    ),
    "made_before": ({"domain": DOMAIN, "challenge": "7f39"}, "challenge_mismatch"),
    "made_without_a_challenge": ({"domain": DOMAIN}, "challenge_mismatch"),
}


@pytest.mark.parametrize("name", BOUND)
@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_presentation_answers_the_one_who_asks(name: str, suite: str) -> None:
    options, code = BOUND[name]
    assert bound(shown(cryptosuite=suite, **options)).code == code


def test_whoever_does_not_say_what_he_asked_is_warned_of_a_replay() -> None:
    found = asked(shown(domain=DOMAIN, challenge=CHALLENGE))
    assert found.ok
    assert len([warning for warning in found.warnings if "asked for" in warning]) == 2
    assert bound(shown(domain=DOMAIN, challenge=CHALLENGE)).warnings == ()
    unsigned = presentation.presentation([GOOD], holder=HOLDER)
    enveloped = jose.enveloped(jose.sign(unsigned, HOLDERS_KEY, audience=DOMAIN, nonce=CHALLENGE), "presentation")
    assert len(asked(enveloped).warnings) == 2


def test_a_proof_inside_an_envelope_is_looked_at_too() -> None:
    """An envelope that the issuer signed, around a proof in the ministry's name that nobody has made."""
    ministry = SeedSigner(did.did_key_url(SeedSigner("", seed("ministry")).public_key), seed("ministry"))
    countersigned = proofs.add_proof(GOOD, ministry, created=NOW)
    good = jose.enveloped(jose.sign(countersigned, KEY))
    assert foreign.check_credential(good, key_of, now=NOW, lists=the_list).ok
    forged = json.loads(json.dumps(countersigned))
    forged["proof"][1]["proofValue"] = forged["proof"][0]["proofValue"]
    found = foreign.check_credential(jose.enveloped(jose.sign(forged, KEY)), key_of, now=NOW, lists=the_list)
    assert (found.ok, found.code) == (False, "signature_invalid")


def test_claims_of_a_token_do_not_stretch_what_the_credential_says() -> None:
    over = a_credential(over=True, revoked=False)
    document = {n: m for n, m in over.items() if n != "proof"}
    for claims in ({"exp": 4_102_444_800}, {"nbf": 0}, {"iat": 0, "exp": 4_102_444_800}):
        token = jose.enveloped(jose.sign(document | claims, KEY))
        assert foreign.check_credential(token, key_of, now=NOW, lists=the_list).code == "expired"
    for claims, code in (({"iss": HOLDER}, "issuer_mismatch"), ({"vc": {}}, "claim_forbidden")):
        parts = [
            multibase.base64url(json.dumps(p).encode())
            for p in ({"alg": "EdDSA", "kid": KEY.key_id}, document | claims)
        ]
        signed = ".".join(parts)
        token = jose.enveloped(f"{signed}.{multibase.base64url(KEY.sign(signed.encode()))}")
        assert foreign.check_credential(token, key_of, now=NOW, lists=the_list).code == code
    assert ISSUER != HOLDER
