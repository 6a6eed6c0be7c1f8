from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import did
from guildhall.core.errors import Error
from guildhall.core.keys import PublicKey, SeedSigner
from tests.refusals import code_of

KEY = SeedSigner("did:example:a#1", bytes(range(32))).public_key
OTHER = SeedSigner("did:example:a#1", bytes(32)).public_key
HOME = "did:web:register.example:issuers:north"


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# The did:key Method, section 5 (test vectors).
@pytest.mark.parametrize(
    "text",
    [
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        "did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG",
        "did:key:z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf",
        "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
        "did:key:z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9",
    ],
)
def test_published_did_keys_are_read_and_written_back(text: str) -> None:
    key = did.key_of_did_key(text)
    assert did.did_key(key) == text
    assert did.key_of_did_key(did.did_key_url(key)) == key


@pytest.mark.parametrize(
    "text",
    [
        "", "did:key:", "did:key:z6Mk", "did:web:example.org", "did:key:" + KEY.multibase + "#" + OTHER.multibase,
        "did:key:" + KEY.multibase + "#", "did:key:" + KEY.multibase + "x", "DID:key:" + KEY.multibase,
    ],
)  # fmt: skip
def test_what_is_no_did_key_is_refused(text: str) -> None:
    with pytest.raises(Error):
        did.key_of_did_key(text)


# did:web Method Specification, section 2.5.2 and its examples.
@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
        ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
        ("did:web:example.com%3a3000", "https://example.com:3000/.well-known/did.json"),
    ],
)
def test_a_did_web_says_where_its_document_lies(text: str, url: str) -> None:
    assert did.url_of_did_web(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "did:web:", "did:web:example.org:", "did:web:example.org::a", "did:web:example.org/a", "did:web:-a.org",
        "did:web:a%2Fb", "did:web:user%40example.org", "did:web:example.org:..", "did:web:example.org:%2E%2E",
        "did:web:example.org:a%2Fb", "did:web:example.org:a%5Cb", "did:web:example.org:%00", "did:web:example.org:%ff",
        "did:web:example.org%3A", "did:web:example.org%3A0", "did:web:example.org%3A99999", "did:web:example.org%3A80a",
        "did:web:example.org#key", "did:web:[::1]", "did:key:" + KEY.multibase, "did:web:example.org:a?b",
        "did:web:" + "a" * 300, "did:web:xn--bcher-kva.example%3A%38%30%3A1",
    ],
)  # fmt: skip
def test_a_did_web_that_climbs_hides_or_is_malformed_is_refused(text: str) -> None:
    with pytest.raises(did.MalformedDidError):
        did.url_of_did_web(text)


@given(
    st.from_regex(r"[a-z]{1,10}(\.[a-z]{1,10})?(:[1-9][0-9]{0,3})?", fullmatch=True),
    st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=10), max_size=3),
)
def test_a_did_web_that_was_written_is_valid_or_was_refused(host: str, path: list[str]) -> None:
    try:
        text = did.did_web(host, *path)
    except did.MalformedDidError:
        assert any(c in segment for segment in path for c in "/\\?#") or {".", ".."} & set(path)
    else:
        assert did.url_of_did_web(text).startswith("https://" + host + "/")


def test_a_document_lists_its_keys_for_assertion_and_authentication() -> None:
    document = did.document(HOME, [did.Method(HOME + "#key-1", KEY), OTHER])
    assert document["id"] == HOME
    assert document["verificationMethod"][0] == {
        "id": HOME + "#key-1",
        "type": "Multikey",
        "controller": HOME,
        "publicKeyMultibase": KEY.multibase,
    }
    assert document["assertionMethod"] == [HOME + "#key-1", HOME + "#" + OTHER.multibase]
    assert document["authentication"] == document["assertionMethod"]
    resolve = did.resolver([document])
    assert resolve(HOME + "#key-1") == KEY
    assert resolve(HOME + "#" + OTHER.multibase) == OTHER
    assert resolve(HOME + "#key-2") is None
    assert resolve(HOME) is None


def test_a_document_cannot_hold_the_key_of_somebody_else() -> None:
    with pytest.raises(did.MalformedDidError):
        did.document(HOME, [did.Method("did:web:elsewhere.example#key-1", KEY)])


def test_a_method_that_another_controller_is_named_for_is_left_out() -> None:
    document = did.document(HOME, [did.Method(HOME + "#key-1", KEY)])
    document["verificationMethod"][0]["controller"] = "did:web:elsewhere.example"
    assert did.resolver([document])(HOME + "#key-1") is None


def test_a_document_cannot_speak_for_the_methods_of_another_did() -> None:
    """``bundle_swapped_key``: a document of the attacker's lists a method under the issuer's name."""
    document = did.document(HOME, [KEY])
    foreign = "did:web:elsewhere.example#key-1"
    document["verificationMethod"].append(
        {"id": foreign, "type": "Multikey", "controller": HOME, "publicKeyMultibase": OTHER.multibase}
    )
    document["assertionMethod"].append(foreign)
    assert did.resolver([document])(foreign) is None


def test_a_key_is_answered_only_for_the_purpose_it_is_listed_under() -> None:
    document = did.document(HOME, [did.Method(HOME + "#login", KEY, purposes=("authentication",))])
    assert did.resolver([document])(HOME + "#login") is None
    assert did.resolver([document], purpose="authentication")(HOME + "#login") == KEY


def test_a_key_is_answered_until_it_expires_or_is_revoked() -> None:
    end = datetime(2026, 1, 1, tzinfo=UTC)
    before, after = datetime(2025, 12, 31, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    for method in (did.Method(HOME + "#k", KEY, expires_at=end), did.Method(HOME + "#k", KEY, revoked_at=end)):
        document = json.loads(json.dumps(did.document(HOME, [method])))
        assert did.read_document(document)[0] == did.Method(
            HOME + "#k", KEY, HOME, did.PURPOSES, method.expires_at, method.revoked_at
        )
        assert did.resolver([document], at=before)(HOME + "#k") == KEY
        assert did.resolver([document], at=after)(HOME + "#k") is None
        assert did.resolver([document])(HOME + "#k") == KEY


def test_did_keys_can_be_switched_off() -> None:
    url = did.did_key_url(KEY)
    assert did.resolver()(url) == KEY
    assert did.resolver(did_keys=False)(url) is None
    assert did.resolver()("did:key:" + KEY.multibase) is None
    assert did.resolver()("did:key:zzz#zzz") is None


@pytest.mark.parametrize(("kind", "curve"), [("P-256", ec.SECP256R1()), ("P-384", ec.SECP384R1())])
def test_json_web_keys_of_the_curves_are_read(kind: str, curve: ec.EllipticCurve) -> None:
    public = ec.derive_private_key(77, curve).public_key()
    numbers, length = public.public_numbers(), (curve.key_size + 7) // 8
    x, y = (_base64url(n.to_bytes(length, "big")) for n in (numbers.x, numbers.y))
    key = did.key_of_jwk({"kty": "EC", "crv": kind, "x": x, "y": y})
    raw = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    assert key == PublicKey(kind, raw)  # type: ignore[arg-type]
    wrong_y = _base64url(numbers.y.to_bytes(length, "big")[:-1] + bytes([numbers.y & 0xFF ^ 2]))
    for jwk in (
        {"kty": "EC", "crv": kind, "x": x, "y": wrong_y},
        {"kty": "EC", "crv": kind, "x": x},
        {"kty": "EC", "crv": kind, "x": x, "y": y, "d": x},
        {"kty": "EC", "crv": kind, "x": x[:-2], "y": y},
        {"kty": "EC", "crv": "secp256k1", "x": x, "y": y},
        {"kty": "OKP", "crv": kind, "x": x},
    ):
        with pytest.raises(Error):
            did.key_of_jwk(jwk)


def test_a_json_web_key_of_ed25519_is_read() -> None:
    # RFC 8037, appendix A.2.
    key = did.key_of_jwk({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    assert key.raw.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


@pytest.mark.parametrize(
    "change",
    [
        {"id": None}, {"id": 5}, {"id": "did:web:elsewhere.example"}, {"verificationMethod": {}},
        {"verificationMethod": [5]}, {"verificationMethod": [{"type": "Multikey"}]}, {"assertionMethod": "x"},
        {"assertionMethod": [7]}, {"verificationMethod": [{}] * 300},
        {"verificationMethod": [{"id": HOME + "#a", "type": "Multikey", "controller": HOME}]},
        {"verificationMethod": [
            {"id": HOME + "#a", "type": "Multikey", "controller": HOME, "publicKeyMultibase": "z6Mk"}]},
        {"verificationMethod": [
            {"id": "#a", "type": "Multikey", "controller": HOME, "publicKeyMultibase": KEY.multibase},
            {"id": HOME + "#a", "type": "Multikey", "controller": HOME, "publicKeyMultibase": OTHER.multibase}]},
        {"verificationMethod": [
            {"id": HOME + "#a", "type": "Multikey", "controller": HOME, "publicKeyMultibase": KEY.multibase,
             "expires": "tomorrow"}]},
    ],
)  # fmt: skip
def test_a_document_that_is_malformed_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(did.MalformedDidDocumentError):
        did.read_document({**did.document(HOME, [KEY]), **change}, did=HOME)


def test_relative_and_embedded_methods_are_read() -> None:
    document = {
        "id": HOME,
        "verificationMethod": [
            {"id": "#a", "type": "Multikey", "controller": HOME, "publicKeyMultibase": KEY.multibase},
            {"id": "#old", "type": "RsaVerificationKey2018", "controller": HOME},
        ],
        "assertionMethod": [
            "#a",
            {"id": "#b", "type": "Multikey", "controller": HOME, "publicKeyMultibase": OTHER.multibase},
        ],
    }
    resolve = did.resolver([document])
    assert resolve(HOME + "#a") == KEY
    assert resolve(HOME + "#b") == OTHER
    assert resolve(HOME + "#old") is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([HOME, "#a", KEY.multibase]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "controller", "verificationMethod", "assertionMethod", "publicKeyJwk"]),
            inner,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(_JSON)
def test_any_json_ends_in_methods_or_a_coded_error(value: object) -> None:
    assert code_of(lambda: did.read_document(value)) in {"", "malformed_did_document"}


@given(st.text(max_size=60))
def test_any_text_ends_in_a_did_or_a_coded_error(text: str) -> None:
    for read in (did.parse, did.split_url, did.url_of_did_web, did.key_of_did_key):
        assert code_of(partial(read, text)) in {"", "malformed_did", "malformed_key", "malformed_multibase"}
