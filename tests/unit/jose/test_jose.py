"""Enveloped credentials: with an independent library in both directions, and against attacks by name."""

from __future__ import annotations

import base64
import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey

from guildhall.core import did, jose
from guildhall.core.keys import PublicKey, SeedSigner
from tests.unit.proofs.made import CENTRE, MALLORY, NOW, VC_V2

# The peer warns of the older name of Ed25519's algorithm, which is the one in use.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

ISSUER = did.did_key(CENTRE.public_key)
CREDENTIAL: dict[str, Any] = {
    "@context": [VC_V2],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential"],
    "issuer": ISSUER,
    "credentialSubject": {"id": "did:example:li-na", "name": "李娜"},
}
PRESENTATION: dict[str, Any] = {"@context": [VC_V2], "type": ["VerifiablePresentation"], "holder": ISSUER}
ALLOWED = ["EdDSA", "Ed25519", "ES256", "ES384"]


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def made(
    payload: object = None, *, raw: bytes | None = None, header: dict[str, Any] | None = None, signer: Any = CENTRE
) -> str:
    """A token by hand: whatever header and payload, honestly signed."""
    head = {"alg": "EdDSA", "kid": CENTRE.key_id, "typ": "vc+jwt"} if header is None else header
    body = raw if raw is not None else json.dumps(CREDENTIAL if payload is None else payload).encode()
    text = f"{b64(json.dumps(head).encode())}.{b64(body)}"
    return f"{text}.{b64(signer.sign(text.encode()))}"


def code_of(token: str, **expected: Any) -> str:
    answer = jose.check(token, did.resolver(), **{"now": NOW, **expected})
    assert answer.ok == (answer.code == "ok")
    assert answer.ok or answer.document == {}, "what nobody signed is not handed out"
    return answer.code


class EllipticSigner:
    """A P-256 or P-384 signer, as a token or a key service would be."""

    def __init__(self, curve: ec.EllipticCurve, digest: hashes.HashAlgorithm, kind: str) -> None:
        self._private = ec.derive_private_key(0xC0FFEE, curve)
        self._digest = digest
        self._half = (curve.key_size + 7) // 8
        raw = self._private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
        )
        self.public_key = PublicKey.from_raw(kind, raw)
        self.key_id = did.did_key_url(self.public_key)
        self.pem = self._private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._private.sign(message, ec.ECDSA(self._digest)))
        return r.to_bytes(self._half, "big") + s.to_bytes(self._half, "big")


P256 = EllipticSigner(ec.SECP256R1(), hashes.SHA256(), "P-256")
P384 = EllipticSigner(ec.SECP384R1(), hashes.SHA384(), "P-384")


# --- exactness -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["EdDSA", "Ed25519"])
def test_what_we_sign_joserfc_verifies(algorithm: str) -> None:
    token = jose.sign(CREDENTIAL, CENTRE, issued_at=NOW, algorithm=algorithm)
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": b64(CENTRE.public_key.raw)})
    theirs = jws.deserialize_compact(token, key, algorithms=ALLOWED)
    assert json.loads(theirs.payload) == {**CREDENTIAL, "iat": int(NOW.timestamp())}
    assert theirs.protected == {"alg": algorithm, "cty": "vc", "kid": CENTRE.key_id, "typ": "vc+jwt"}
    assert code_of(token) == "ok"


@pytest.mark.parametrize(("signer", "algorithm"), [(P256, "ES256"), (P384, "ES384")])
def test_elliptic_tokens_are_made_and_joserfc_verifies_them(signer: EllipticSigner, algorithm: str) -> None:
    document = {**CREDENTIAL, "issuer": did.did_key(signer.public_key)}
    token = jose.sign(document, signer)
    theirs = jws.deserialize_compact(token, ECKey.import_key(signer.pem), algorithms=ALLOWED)
    assert theirs.protected["alg"] == algorithm
    assert code_of(token) == "ok"
    with pytest.raises(jose.EnvelopeError):
        jose.sign(document, signer, algorithm="EdDSA")


def test_what_joserfc_signs_we_verify() -> None:
    private = OKPKey.generate_key("Ed25519", private=True)
    key = PublicKey.from_raw("Ed25519", unb64(str(private.as_dict(private=False)["x"])))
    issuer = did.did_key(key)
    document = {**CREDENTIAL, "issuer": issuer}
    for header in ({"alg": "EdDSA", "kid": did.did_key_url(key)}, {"alg": "Ed25519", "typ": "vc+jwt", "cty": "vc"}):
        token = jws.serialize_compact(dict(header), json.dumps(document), private, algorithms=ALLOWED)
        answer = jose.check(token, did.resolver(), now=NOW)
        assert (answer.code, answer.controller) == ("ok", issuer)
        assert answer.document == document


def test_the_example_of_rfc_8037_is_reproduced() -> None:
    """RFC 8037, appendix A.4: the signature over its signing input, under its key."""
    seed = unb64("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
    signing_input = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    assert b64(SeedSigner("did:example:a#1", seed).sign(signing_input)) == (
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )


def test_the_envelope_holds_the_token() -> None:
    token = jose.sign(CREDENTIAL, CENTRE)
    envelope = jose.enveloped(token)
    assert envelope["id"] == f"data:application/vc+jwt,{token}"
    assert jose.check_enveloped(envelope, did.resolver(), now=NOW).ok
    older = {**envelope, "id": f"data:application/jwt,{token}"}
    assert jose.check_enveloped(older, did.resolver(), now=NOW).ok
    presentation = jose.enveloped(jose.sign(PRESENTATION, CENTRE), "presentation")
    assert presentation["type"] == "EnvelopedVerifiablePresentation"
    assert jose.check_enveloped(presentation, did.resolver(), expected="presentation", now=NOW).ok


def test_a_presentation_is_bound_to_audience_and_nonce() -> None:
    token = jose.sign(PRESENTATION, CENTRE, audience="employer.example", nonce="n-1")
    expected = {"expected": "presentation", "audience": "employer.example", "nonce": "n-1"}
    assert code_of(token, **expected) == "ok"
    assert code_of(token, **{**expected, "audience": "other.example"}) == "domain_mismatch"
    assert code_of(token, **{**expected, "nonce": "n-2"}) == "challenge_mismatch"
    assert code_of(jose.sign(PRESENTATION, CENTRE), **expected) == "domain_mismatch"


def test_signing_twice_gives_the_same_token() -> None:
    assert jose.sign(CREDENTIAL, CENTRE, issued_at=NOW) == jose.sign(CREDENTIAL, CENTRE, issued_at=NOW)


@pytest.mark.parametrize("document", [{}, {"type": "Other"}, jose.enveloped("a.b.c"), {**CREDENTIAL, "iat": 5}])
def test_what_cannot_be_enveloped_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(jose.EnvelopeError):
        jose.sign(document, CENTRE, issued_at=NOW)


@pytest.mark.parametrize("name", ["vc", "vp"])
def test_a_document_with_an_old_claim_is_not_enveloped(name: str) -> None:
    with pytest.raises(jose.EnvelopeError):
        jose.sign({**CREDENTIAL, name: {}}, CENTRE)


# --- attacks -------------------------------------------------------------------------------------------------------


def test_algorithm_none() -> None:
    header, payload, _ = made().split(".")
    none = b64(b'{"alg":"none","kid":"' + CENTRE.key_id.encode() + b'"}')
    for token in (f"{none}.{payload}.", f"{none}.{payload}.AA", f"{header}.{payload}."):
        assert code_of(token) in {"unsupported_algorithm", "signature_invalid"}
    for name in ("none", "None", "NONE", "HS256", "RS256", "PS256", "ES256K", "ES512", "Ed448", "", "eddsa"):
        assert code_of(made(header={"alg": name, "kid": CENTRE.key_id})) == "unsupported_algorithm"


def test_public_key_taken_for_a_shared_secret() -> None:
    key = OctKey.import_key(CENTRE.public_key.raw)
    token = jws.serialize_compact(
        {"alg": "HS256", "kid": CENTRE.key_id}, json.dumps(CREDENTIAL), key, algorithms=["HS256"]
    )
    assert code_of(token) == "unsupported_algorithm"


def test_algorithm_of_another_key_kind() -> None:
    assert code_of(made(header={"alg": "ES256", "kid": CENTRE.key_id})) == "key_kind_wrong"
    assert code_of(made(header={"alg": "EdDSA", "kid": P256.key_id})) == "key_kind_wrong"


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"], "exp": 5},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"crit": []},
        {"crit": "x"},
        {"kid": 5},
        {"kid": {"id": 5}},
        {"alg": 5},
        {"alg": None},
    ],
)
def test_header_that_must_be_understood_or_is_malformed(extra: dict[str, Any]) -> None:
    header = {"alg": "EdDSA", "kid": CENTRE.key_id, **extra}
    assert code_of(made(header=header)) == "header_malformed"


def test_header_with_a_key_of_its_own_is_not_believed() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(MALLORY.public_key.raw)}
    header = {"alg": "EdDSA", "jwk": jwk, "kid": CENTRE.key_id}
    assert code_of(made(header=header, signer=MALLORY)) == "signature_invalid"
    header = {"alg": "EdDSA", "jwk": jwk}
    assert code_of(made(header=header, signer=MALLORY)) == "signature_invalid"


def test_duplicate_members_in_header_or_payload() -> None:
    head = b'{"alg":"EdDSA","kid":"did:example:a#1","kid":"' + CENTRE.key_id.encode() + b'"}'
    text = f"{b64(head)}.{b64(json.dumps(CREDENTIAL).encode())}"
    assert code_of(f"{text}.{b64(CENTRE.sign(text.encode()))}") == "header_malformed"
    twice = json.dumps(CREDENTIAL)[:-1] + ', "issuer": "did:example:mallory"}'
    assert code_of(made(raw=twice.encode())) == "payload_malformed"


@pytest.mark.parametrize("kind", ["at+jwt", "vp+jwt", "secevent+jwt", "vc+sd-jwt", "", 5, None])
def test_token_made_for_something_else(kind: object) -> None:
    assert code_of(made(header={"alg": "EdDSA", "kid": CENTRE.key_id, "typ": kind})) in {
        "type_mismatch",
        "header_malformed",
    }


@pytest.mark.parametrize("kind", ["vc+jwt", "VC+JWT", "application/vc+jwt", "JWT", "vc-ld+jwt"])
def test_the_names_of_the_type_that_are_in_use_are_taken(kind: str) -> None:
    assert code_of(made(header={"alg": "EdDSA", "kid": CENTRE.key_id, "typ": kind})) == "ok"


def test_content_type_that_contradicts() -> None:
    assert code_of(made(header={"alg": "EdDSA", "kid": CENTRE.key_id, "cty": "vp"})) == "type_mismatch"
    assert code_of(made(header={"alg": "EdDSA", "kid": CENTRE.key_id, "cty": "vc"})) == "ok"


def test_presentation_taken_for_a_credential() -> None:
    assert code_of(made(PRESENTATION)) == "payload_malformed"
    token = jose.sign(PRESENTATION, CENTRE)
    assert code_of(token) == "type_mismatch"
    assert code_of(token, expected="presentation") == "ok"
    assert code_of(made(jose.enveloped("a.b.c"))) == "payload_malformed"


@pytest.mark.parametrize("name", ["vc", "vp"])
def test_old_claims_hide_another_credential(name: str) -> None:
    assert code_of(made({**CREDENTIAL, name: CREDENTIAL})) == "claim_forbidden"


def test_issuer_claim_contradicts() -> None:
    assert code_of(made({**CREDENTIAL, "iss": ISSUER})) == "ok"
    assert code_of(made({**CREDENTIAL, "iss": "did:example:mallory"})) == "issuer_mismatch"
    assert code_of(made({**CREDENTIAL, "iss": 5})) == "issuer_mismatch"
    header = {"alg": "EdDSA", "kid": CENTRE.key_id, "iss": "did:example:mallory"}
    assert code_of(made(header=header)) == "issuer_mismatch"


def test_signed_by_somebody_else_says_so() -> None:
    token = jose.sign(CREDENTIAL, MALLORY)
    answer = jose.check(token, did.resolver(), now=NOW)
    assert answer.ok
    assert answer.controller == did.did_key(MALLORY.public_key) != ISSUER


def test_key_named_relative_to_the_issuer() -> None:
    short = CENTRE.key_id.partition("#")[2]
    for kid in (short, "#" + short):
        assert code_of(made(header={"alg": "EdDSA", "kid": kid})) == "ok"
    assert code_of(made(header={"alg": "EdDSA"})) == "ok"  # a did:key names its own
    web = {**CREDENTIAL, "issuer": "did:web:register.example"}
    assert code_of(made(web, header={"alg": "EdDSA"})) == "key_id_missing"
    assert code_of(made(web, header={"alg": "EdDSA", "kid": "key-1"})) == "verification_method_unknown"
    assert code_of(made({**CREDENTIAL, "issuer": 5}, header={"alg": "EdDSA", "kid": "key-1"})) == "key_id_missing"


def test_token_out_of_time() -> None:
    second = timedelta(seconds=1)
    token = jose.sign(CREDENTIAL, CENTRE, issued_at=NOW, expires_at=NOW + timedelta(days=1))
    assert code_of(token) == "ok"
    assert code_of(token, now=NOW + timedelta(days=1)) == "token_expired"
    assert code_of(token, now=NOW + timedelta(days=1) - second) == "ok"
    assert code_of(token, now=NOW - timedelta(hours=1)) == "created_in_future"
    assert code_of(token, now=None) == "ok"
    later = int((NOW + timedelta(hours=1)).timestamp())
    assert code_of(made({**CREDENTIAL, "nbf": later})) == "token_not_yet_valid"
    assert code_of(made({**CREDENTIAL, "nbf": later}), now=NOW + timedelta(hours=1)) == "ok"


@pytest.mark.parametrize("value", ["5", None, True, [5], -1, 1e300, 253402300800])
@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
def test_time_claim_malformed(name: str, value: object) -> None:
    assert code_of(made({**CREDENTIAL, name: value})) == "claim_malformed"


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "a.b", "a.b.c.d", "é.é.é", "eyJ9.eyJ9.eyJ9", "=.=.=", "e30.e30.", " " + "a.b.c", "a.b.c\n"],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert code_of(token) in {"token_malformed", "header_malformed"}


def test_token_without_end() -> None:
    assert code_of("a" * 2_000_000) == "token_too_large"
    assert code_of(made(header={"alg": "EdDSA", "kid": CENTRE.key_id, "x": "y" * 10_000})) == "header_malformed"
    deep = b'{"a":' * 500 + b"1" + b"}" * 500
    assert code_of(made(raw=deep)) == "payload_malformed"
    assert code_of(made(raw=b"[]")) == "payload_malformed"
    assert code_of(made(raw=b"\xff")) == "payload_malformed"
    assert code_of(made(raw=b'{"a":NaN}')) == "payload_malformed"


def test_every_character_of_a_token_counts() -> None:
    token = jose.sign(CREDENTIAL, CENTRE)
    for i, character in enumerate(token):
        for other in ("A" if character != "A" else "B", "=", "~"):
            assert code_of(token[:i] + other + token[i + 1 :]) != "ok"
    for changed in (token + "A", token + "=", token[:-1], "A" + token):
        assert code_of(changed) != "ok"


def test_envelope_of_another_kind_is_refused() -> None:
    token = jose.sign(CREDENTIAL, CENTRE)
    for change in (
        {"id": f"data:application/vc+sd-jwt,{token}"},
        {"id": token},
        {"type": "VerifiableCredential"},
        {"@context": []},
    ):
        answer = jose.check_enveloped({**jose.enveloped(token), **change}, did.resolver(), now=NOW)
        assert answer.code == "envelope_malformed"
    answer = jose.check_enveloped(jose.enveloped(token), did.resolver(), expected="presentation", now=NOW)
    assert answer.code == "envelope_malformed"


@settings(max_examples=200)
@given(
    st.one_of(
        st.text(max_size=40),
        st.tuples(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=70)).map(
            lambda parts: ".".join(map(b64, parts))
        ),
        st.tuples(
            st.dictionaries(st.sampled_from(["alg", "kid", "typ", "cty", "crit", "b64", "iss"]), st.one_of(
                st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=5), st.lists(st.text(max_size=3)),
                st.sampled_from(ALLOWED),
            )),
            st.dictionaries(st.sampled_from([*CREDENTIAL, "iat", "aud", "vc"]), st.one_of(
                st.none(), st.integers(-5, 5), st.text(max_size=5), st.just(["VerifiableCredential"]))),
        ).map(lambda parts: made(parts[1], header=parts[0])),
    )
)  # fmt: skip
def test_any_text_ends_in_an_answer(token: str) -> None:
    for expected in ("credential", "presentation"):
        answer = jose.check(token, did.resolver(), expected=expected, now=NOW)  # type: ignore[arg-type]
        assert answer.code in jose.ANSWERS


def test_the_document_is_not_changed_by_signing() -> None:
    before = copy.deepcopy(CREDENTIAL)
    jose.sign(CREDENTIAL, CENTRE, issued_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert before == CREDENTIAL
