"""What else can be written into a proof, or beside it, under a signature that fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from guildhall.core import did, foreign, multibase, proofs
from guildhall.core.errors import Error
from guildhall.core.keys import MalformedKeyError, PublicKey, SeedSigner
from tests.unit.attacks.made import ask, judged
from tests.unit.attacks.test_other_words import a_credential, key_of, the_list
from tests.unit.verify.made import ISSUER_KEY, NOW, Register, seed

Change = Callable[[dict[str, Any]], None]


def _set(**members: object) -> Change:
    return lambda proof: proof.update(members)


def _named(name: str, value: object) -> Change:
    return lambda proof: proof.update({name: value})


# Unsigned words or another form in the proof: the answer, under rdfc and under jcs.
CHANGES: dict[str, tuple[Change, str, str]] = {
    "context_of_its_own": (_named("@context", "https://evil.example/x"), "context_mismatch", "context_mismatch"),
    "context_that_says_something": (
        _named("@context", {"checkedBy": "https://evil.example/the-ministry"}), "context_mismatch", "context_mismatch",
    ),
    "context_that_is_only_a_part": (
        _named("@context", []), "context_mismatch", "signature_invalid",
    ),
    "method_as_an_object": (_set(verificationMethod={"id": "did:x:y#z"}), "proof_malformed", "proof_malformed"),
    "method_twice": (_set(verificationMethod=["did:x:y#z"]), "proof_malformed", "proof_malformed"),
    "suite_in_a_list": (_set(cryptosuite=["eddsa-rdfc-2022"]), "proof_malformed", "proof_malformed"),
    "suite_under_its_address": (
        _named("https://w3id.org/security#cryptosuite", "eddsa-rdfc-2022"), "signature_invalid", "signature_invalid",
    ),
    "type_in_a_list": (_set(type=["DataIntegrityProof"]), "proof_malformed", "proof_malformed"),
    "challenge_of_nothing": (_set(challenge=None), "proof_malformed", "proof_malformed"),
    "created_with_a_fraction": (_set(created="2026-11-22T08:00:00.000Z"), "signature_invalid", "signature_invalid"),
    "created_at_the_same_moment_elsewhere": (
        _set(created="2026-11-22T22:00:00+14:00"), "signature_invalid", "signature_invalid",
    ),
    "created_on_no_day": (_set(created="2026-02-29T00:00:00Z"), "created_malformed", "created_malformed"),
    "created_at_the_end_of_time": (_set(created="9999-12-31T23:59:59-14:00"), "created_malformed", "created_malformed"),
    "expires_never": (_set(expires="9999-12-31T23:59:59Z"), "signature_invalid", "signature_invalid"),
    "itself_as_the_one_before": (
        _set(id="urn:x:1", previousProof="urn:x:1"), "previous_proof_cycle", "previous_proof_cycle",
    ),
    "one_before_that_is_not_there": (_set(previousProof="urn:x:2"), "previous_proof_missing", "previous_proof_missing"),
    "index": (_named("@index", "checked by the ministry"), "dropped_value", "signature_invalid"),
    "note": (_set(note="checked by the ministry"), "undefined_term", "signature_invalid"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_proof_holds_nothing_that_is_not_signed(name: str, suite: str) -> None:
    change, *codes = CHANGES[name]
    document = a_credential(over=False, revoked=False, suite=suite)
    assert foreign.check_credential(document, key_of, now=NOW, lists=the_list).ok
    change(document["proof"])
    (found,) = proofs.check_proofs(document, key_of, now=NOW)
    assert found.code == codes[suite == "eddsa-jcs-2022"]


def test_a_proof_may_repeat_the_context_of_its_document() -> None:
    document = a_credential(over=False, revoked=False)
    document["proof"]["@context"] = list(document["@context"])
    assert proofs.all_ok(proofs.check_proofs(document, key_of, now=NOW))


SETS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "proof_set_with_a_stranger": (
        lambda signed: proofs.add_proof(signed, SeedSigner("did:web:evil.example#key-1", seed("evil")), created=NOW),
        "verification_method_unknown",
    ),
    "proof_set_with_one_for_another_purpose": (
        lambda signed: proofs.add_proof(signed, ISSUER_KEY, created=NOW, purpose="authentication"),
        "proof_purpose_wrong",
    ),
    "proof_set_of_nothing": (lambda signed: signed | {"proof": []}, "proof_missing"),
    "proof_set_of_nine": (lambda signed: signed | {"proof": signed["proof"] * 9}, "too_many_proofs"),
    "proof_set_with_a_text": (lambda signed: signed | {"proof": [*signed["proof"], "genuine"]}, "proof_malformed"),
    "proof_set_in_a_set": (lambda signed: signed | {"proof": [signed["proof"]]}, "proof_malformed"),
    "proof_of_nothing": (lambda signed: signed | {"proof": None}, "proof_missing"),
    "proof_of_another_document": (
        lambda signed: signed | {"proof": Register(n_before=1).status_list("suspension")["proof"]}, "signature_invalid",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_every_proof_of_a_certificate_counts(name: str) -> None:
    change, code = SETS[name]
    bundle = Register().bundle()
    bundle["credential"] = change(bundle["credential"])
    names, found = judged(ask(bundle))
    assert names == ["proof"]
    assert found == code


# ── keys in disguise ───────────────────────────────────────────────────────────────────────────────────────────────

_RAW = ISSUER_KEY.public_key.raw
KEYS = {
    "key_with_something_behind_it": multibase.encode(b"\xed\x01" + _RAW + b"\0"),
    "key_cut_short": multibase.encode(b"\xed\x01" + _RAW[:-1]),
    "key_with_a_longer_header": multibase.encode(b"\xed\x81\x00" + _RAW),
    "key_without_a_header": multibase.encode(_RAW),
    "key_with_a_leading_one": "z1" + ISSUER_KEY.public_key.multibase[1:],
    "key_in_base64url": multibase.encode(b"\xed\x01" + _RAW, "u"),
    "key_of_small_order": multibase.encode(b"\xed\x01" + b"\x01" + bytes(31)),
    "key_of_zeros": multibase.encode(b"\xed\x01" + bytes(32)),
    "key_not_reduced": multibase.encode(b"\xed\x01" + (2**255 - 19 + 9).to_bytes(32, "little")),
    "key_that_is_a_secret": multibase.encode(b"\x80\x26" + _RAW),
    "point_at_infinity": multibase.encode(b"\x80\x24" + bytes(33)),
    "point_not_on_its_curve": multibase.encode(b"\x80\x24" + b"\x02" + b"\xff" * 32),
    "point_in_long_form": multibase.encode(b"\x80\x24" + b"\x04" + bytes(64)),
    "key_in_other_letters": "z0" + ISSUER_KEY.public_key.multibase[2:],
}


@pytest.mark.parametrize("name", KEYS)
def test_a_key_has_one_name(name: str) -> None:
    with pytest.raises(Error):
        PublicKey.from_multibase(KEYS[name])
    assert key_of(f"did:key:{KEYS[name]}#{KEYS[name]}") is None
    bundle = Register().bundle()
    bundle["key"]["publicKeyMultibase"] = KEYS[name]
    assert judged(ask(bundle))[0] == ["issuer"]


def test_a_did_key_names_its_own_key_only() -> None:
    mine, other = ISSUER_KEY.public_key.multibase, SeedSigner("", seed("other")).public_key.multibase
    assert key_of(f"did:key:{mine}#{mine}") == ISSUER_KEY.public_key
    for name in (f"did:key:{mine}#{other}", f"did:key:{mine}#", f"did:key:{mine}?x#{mine}", f"DID:KEY:{mine}#{mine}"):
        assert key_of(name) is None, name


@pytest.mark.parametrize(
    ("curve", "kind", "size"), [(ec.SECP256R1(), "P-256", 32), (ec.SECP384R1(), "P-384", 48)], ids=["P-256", "P-384"]
)
def test_elliptic_signatures_have_the_form_and_the_range_that_the_standard_asks_for(
    curve: ec.EllipticCurve, kind: str, size: int
) -> None:
    """The other half of s is a second valid signature (FIPS 186-5 allows it); only the log's hash tells the two apart."""
    private = ec.derive_private_key(7, curve)
    order = {
        "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        "P-384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    }[kind]
    public = PublicKey.from_raw(kind, private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint))
    der = private.sign(b"m", ec.ECDSA(hashes.SHA256() if kind == "P-256" else hashes.SHA384()))
    r, s = decode_dss_signature(der)

    def holds(r: int, s: int) -> bool:
        return public.verify(b"m", r.to_bytes(size, "big") + s.to_bytes(size, "big"))

    assert holds(r, s)
    assert holds(r, order - s)
    assert not any(holds(*pair) for pair in ((0, s), (r, 0), (0, 0), (order, s), (r, order), (s, r)))
    assert not public.verify(b"m", der)
    assert not public.verify(b"m", b"\0" + r.to_bytes(size, "big") + s.to_bytes(size, "big"))
    assert not public.verify(b"n", r.to_bytes(size, "big") + s.to_bytes(size, "big"))


def test_a_second_signature_by_the_same_elliptic_key_is_another_document() -> None:
    """Malleable or not: the log holds the hash of the very text, proof included."""
    from guildhall.core.verify import document_hash

    document = Register().credential()
    changed = document | {"proof": [document["proof"][0] | {"proofValue": "z" + "2" * 87}]}
    assert document_hash(document) != document_hash(changed)


@pytest.mark.parametrize("name", [
    "did:web:register.example%3A443:issuers:a", "did:web:register.example:issuers:%2e%2e:authority",
    "did:web:register.example:issuers:a%2Fb", "did:web:register.example:%00", "did:web:register.example:issuers:",
    "did:web:register.example%2F..", "did:web:evil@register.example", "did:web:[::1]", "did:web:register.example:a?b",
])  # fmt: skip
def test_a_did_web_stays_in_its_place(name: str) -> None:
    """Either it is refused, or its address is on the host and below the path that it names."""
    try:
        address = did.url_of_did_web(name)
    except Error:
        return
    assert address == "https://register.example:443/issuers/a/did.json"


def test_a_signature_that_adds_the_group_order_is_no_second_one() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    signature = ISSUER_KEY.sign(b"m")
    twin = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert ISSUER_KEY.public_key.verify(b"m", signature)
    assert not ISSUER_KEY.public_key.verify(b"m", twin)
    with pytest.raises(MalformedKeyError):
        PublicKey.from_raw("Ed25519", b"\x01" + bytes(31))
