"""Cross-checks with clients that we did not write: what they sign we check, what we sign they check.

``@digitalbazaar/vc`` with its cryptosuites, ``@digitalcredentials/vc`` as a further one (see tests/node/package.json).
The document loader serves our bundled contexts and nothing else.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from guildhall.core import credential, did, statuslist
from guildhall.core.canonical import contexts
from guildhall.core.instants import to_text
from guildhall.core.presentation import check_credential, check_presentation, presentation
from guildhall.core.proofs import add_proof
from tests import javascript
from tests.unit.proofs.made import CENTRE, LI_NA, NOW, VC_V2, a_credential, codes_of
from tests.unit.verify.made import ENDED, FACTS, SUSPENDED, Register

Ask = Callable[..., dict[str, Any]]
OURS = [
    ("digitalbazaar", "eddsa-rdfc-2022"),
    ("digitalbazaar", "eddsa-jcs-2022"),
    ("digitalcredentials", "eddsa-rdfc-2022"),
]
SEED = bytes([7]) * 32
OPEN_BADGE: dict[str, Any] = {
    "@context": [VC_V2, contexts.OPEN_BADGES_V3, contexts.OPEN_BADGES_EXTENSIONS],
    "id": "urn:uuid:3f9f2b2e-6c0a-4a0c-9a53-1c6d7d9fbb10",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "name": '岗位能力证书 \u0008\\"<é>',
    "issuer": {"id": did.did_key(CENTRE.public_key), "type": ["Profile"], "name": "国家培训中心"},
    "validFrom": "2026-11-22T00:00:00Z",
    "credentialSubject": {
        "type": ["AchievementSubject"],
        "identifier": [
            {"type": "IdentityObject", "hashed": True, "identityHash": "sha256$c7ef", "identityType": "identifier",
             "salt": "pepper"},
        ],
        "achievement": {
            "id": "https://register.example/achievements/1",
            "type": ["Achievement"],
            "name": "焊工",
            "description": "三级",
            "criteria": {"narrative": "通过全部考核"},
            "alignment": [
                {"type": ["Alignment"], "targetName": "6-18-02-04", "targetUrl": "https://register.example/o/6-18-02-04"}
            ],
        },
        "result": [{"type": ["Result"], "value": "85"}, {"type": ["Result"], "value": "91"}],
    },
    "credentialStatus": statuslist.status_entry("https://register.example/status/1", 94567),
}  # fmt: skip
DOCUMENTS = [pytest.param(a_credential(), id="alumni"), pytest.param(OPEN_BADGE, id="open-badge")]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with javascript.script("credentials.mjs") as script:
        served = {url: contexts.context(url) for url in contexts.CONTEXTS}
        assert script.ask({"contexts": served}) == {"ready": True}

        def one(**request: Any) -> dict[str, Any]:
            answer = script.ask(request)
            assert "failed" not in answer, answer
            return answer

        yield one


def _tampered(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The document with one thing changed, several times."""
    for change in (
        {"validFrom": "2026-11-21T00:00:00Z"},
        {"name": "Certificate with distinction"},
        {"validUntil": "2099-01-01T00:00:00Z"},
        {"credentialSubject": {**document["credentialSubject"], "id": "did:example:mallory"}},
        {"proof": {**document["proof"], "created": "2026-11-20T08:00:00Z"}},
        {"proof": {**document["proof"], "proofValue": "z" + document["proof"]["proofValue"][:0:-1]}},
    ):
        yield {**copy.deepcopy(document), **change}


@pytest.mark.parametrize(("client", "suite"), OURS)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_they_verify_what_we_sign_and_refuse_it_tampered(
    ask: Ask, client: str, suite: str, document: dict[str, Any]
) -> None:
    signed = add_proof(document, CENTRE, created=NOW, cryptosuite=suite)
    expected = {"client": client, "suite": suite, "now": to_text(NOW)}
    assert ask(check=signed, **expected) == {"verified": True, "proofs": {"": True}, "error": None}
    for changed in _tampered(signed):
        assert ask(check=changed, **expected)["verified"] is False


@pytest.mark.parametrize(("client", "suite"), OURS)
def test_they_verify_a_certificate_as_the_register_signs_it(ask: Ask, client: str, suite: str) -> None:
    """With its proof in a list and its one place of status, as Open Badges has both."""
    facts = replace(FACTS, issuer=did.did_key(CENTRE.public_key))
    signed = credential.signed(credential.document(facts), CENTRE, created=NOW, cryptosuite=suite)
    assert isinstance(signed["proof"], list)
    expected = {"client": client, "suite": suite, "now": to_text(NOW)}
    assert ask(check=signed, **expected) == {"verified": True, "proofs": {"": True}, "error": None}
    alone = {**signed, "proof": signed["proof"][0]}
    assert ask(check=alone, **expected)["verified"] is True, "the list says nothing besides"
    for changed in _tampered(alone):
        assert ask(check={**changed, "proof": [changed["proof"]]}, **expected)["verified"] is False
    other = {**signed, "credentialStatus": {**signed["credentialStatus"], "statusListIndex": "1"}}
    assert ask(check=other, **expected)["verified"] is False


@pytest.mark.parametrize(
    ("marked", "barred"),
    [(frozenset(), False), (SUSPENDED, True), (ENDED, True)],
    ids=["in force", "suspended", "ended"],
)
def test_they_find_what_is_not_to_be_accepted_by_the_one_place_that_is_named(
    ask: Ask, marked: frozenset[str], barred: bool
) -> None:
    """The list of revocations is not even at hand to them."""
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)  # They judge a list by their own clock.
    issuer = did.did_key(CENTRE.public_key)
    certificate = Register(facts=replace(FACTS, issuer=issuer), issuer_key=CENTRE).credential()
    bits = statuslist.Bitstring()
    bits.set_all([FACTS.status.index] if "suspension" in marked else [])
    unsigned = statuslist.list_credential(
        FACTS.status.list_url, issuer, bits, purpose="suspension", valid_from=long_ago
    )
    named = {FACTS.status.list_url: add_proof(unsigned, CENTRE, created=long_ago)}
    told = ask(status=certificate, lists=named, client="digitalbazaar", suite="eddsa-rdfc-2022")
    assert told == {"verified": True, "statuses": {"suspension": barred}, "error": None}
    forged = {url: {**signed, "validFrom": "2020-01-01T00:00:01Z"} for url, signed in named.items()}
    assert ask(status=certificate, lists=forged, client="digitalbazaar", suite="eddsa-rdfc-2022")["verified"] is False


@pytest.mark.parametrize(("client", "suite"), OURS)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_we_verify_what_they_sign_and_refuse_it_tampered(
    ask: Ask, client: str, suite: str, document: dict[str, Any]
) -> None:
    signed = ask(sign=document, client=client, suite=suite, seed=SEED.hex(), created=to_text(NOW))["document"]
    assert codes_of(signed) == ["ok"]
    assert check_credential(signed, did.resolver(), now=NOW).ok
    for changed in _tampered(signed):
        assert codes_of(changed)[0] in {"signature_invalid", "proof_value_malformed"}


@pytest.mark.parametrize(("client", "suite"), OURS)
def test_both_sign_the_same_bytes(ask: Ask, client: str, suite: str) -> None:
    """Ed25519 leaves no choice: if every intermediate agrees, so does the signature."""
    theirs = ask(sign=a_credential(), client=client, suite=suite, seed=(bytes([1]) * 32).hex(), created=to_text(NOW))
    assert theirs["document"]["issuer"] == did.did_key(CENTRE.public_key)
    ours = add_proof(a_credential(), CENTRE, created=NOW, cryptosuite=suite)
    assert theirs["document"]["proof"] == ours["proof"]


@pytest.mark.parametrize("curve", ["P-256", "P-384"])
def test_we_verify_their_elliptic_signatures(ask: Ask, curve: str) -> None:
    signed = ask(sign=OPEN_BADGE, client="digitalbazaar", suite="ecdsa-rdfc-2019", seed=curve, created=to_text(NOW))[
        "document"
    ]
    assert signed["proof"]["cryptosuite"] == "ecdsa-rdfc-2019"
    assert codes_of(signed) == ["ok"]
    for changed in _tampered(signed):
        assert codes_of(changed)[0] in {"signature_invalid", "proof_value_malformed"}


def test_we_verify_their_older_signatures(ask: Ask) -> None:
    document = {
        "@context": [contexts.VC_V1, contexts.ED25519_2020_V1],
        "type": ["VerifiableCredential"],
        "issuanceDate": "2026-11-22T00:00:00Z",
        "credentialSubject": {"id": "did:example:li-na"},
    }
    signed = ask(
        sign=document, client="digitalbazaar", suite="Ed25519Signature2020", seed=SEED.hex(), created=to_text(NOW)
    )["document"]
    assert signed["proof"]["type"] == "Ed25519Signature2020"
    assert codes_of(signed) == ["ok"]
    assert check_credential(signed, did.resolver(), now=NOW).ok
    assert codes_of({**signed, "issuanceDate": "2016-11-22T00:00:00Z"}) == ["signature_invalid"]


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_they_verify_every_proof_of_our_proof_sets(ask: Ask, suite: str) -> None:
    both = add_proof(
        add_proof(a_credential(), CENTRE, created=NOW, cryptosuite=suite), CENTRE, created=NOW, cryptosuite=suite,
        proof_id="urn:uuid:2",
    )  # fmt: skip
    theirs = ask(check=both, client="digitalbazaar", suite=suite, now=to_text(NOW))
    assert theirs["proofs"] == {"": True, "urn:uuid:2": True}


@pytest.mark.parametrize(("client", "suite"), OURS)
def test_presentations_go_both_ways_with_domain_and_challenge(ask: Ask, client: str, suite: str) -> None:
    certificate = add_proof(a_credential(), CENTRE, created=NOW, cryptosuite=suite)
    bound = {"domain": "employer.example", "challenge": "c-1"}
    holder = did.did_key(LI_NA.public_key)
    ours = add_proof(
        presentation([certificate], holder=holder), LI_NA, created=NOW, cryptosuite=suite, purpose="authentication",
        **bound,
    )  # fmt: skip
    expected = {"client": client, "suite": suite, "now": to_text(NOW)}
    assert ask(check=ours, **expected, **bound)["verified"] is True
    assert ask(check=ours, **expected, **{**bound, "challenge": "c-2"})["verified"] is False

    theirs = ask(
        present=presentation([certificate], holder=holder), client=client, suite=suite, seed=(bytes([3]) * 32).hex(),
        created=to_text(NOW), **bound,
    )["document"]  # fmt: skip
    answer = check_presentation(theirs, did.resolver(), now=NOW, **bound)
    assert (answer.code, answer.credentials[0].code) == ("ok", "ok")
    assert check_presentation(theirs, did.resolver(), now=NOW, domain="employer.example", challenge="c-2").code == (
        "challenge_mismatch"
    )


def test_a_set_of_one_good_and_one_bad_proof_is_refused_here_and_passes_there(ask: Ask) -> None:
    """The trap: this client calls a document verified when one proof of several is, and leaves the rest to the caller."""
    both = add_proof(add_proof(a_credential(), CENTRE, created=NOW), CENTRE, created=NOW, proof_id="urn:uuid:2")
    both["proof"][1]["proofValue"] = both["proof"][0]["proofValue"]
    assert codes_of(both) == ["ok", "signature_invalid"]
    assert not check_credential(both, did.resolver(), now=NOW).ok
    theirs = ask(check=both, client="digitalbazaar", suite="eddsa-rdfc-2022", now=to_text(NOW))
    assert (theirs["verified"], theirs["proofs"]) == (True, {"": True, "urn:uuid:2": False})


def test_status_lists_go_both_ways(ask: Ask) -> None:
    indexes = {0, 1, 7, 8, 94567, 131071}
    theirs = ask(revoke=sorted(indexes), length=131072)["encodedList"]
    raw = statuslist.decode(theirs)
    assert {i for i in range(131072) if statuslist.value_at(raw, i)} == indexes
    bits = statuslist.Bitstring()
    bits.set_all(indexes)
    asked = sorted(indexes | {2, 94566, 94568, 131070})
    answer = ask(read=bits.encoded, indexes=asked)
    assert answer["length"] == 131072
    assert [index for index, status in zip(asked, answer["statuses"], strict=True) if status] == sorted(indexes)
