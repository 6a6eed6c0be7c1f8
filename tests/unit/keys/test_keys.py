from __future__ import annotations

import hashlib
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import multibase
from guildhall.core.keys import MalformedKeyError, PublicKey, SeedSigner, Signer
from tests.refusals import code_of
from tests.shared import needs_shared, shared

SEED = bytes(range(32))

# RFC 8032, section 7.1, tests 1 to 3: secret, public, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]

# The eight points of small order and their other encodings: a signature under one of them says nothing.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_signing_gives_the_signatures_of_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    signer = SeedSigner("did:example:a#1", bytes.fromhex(secret))
    assert signer.public_key.raw.hex() == public
    assert signer.sign(bytes.fromhex(message)).hex() == signature
    assert signer.public_key.verify(bytes.fromhex(message), bytes.fromhex(signature))


@needs_shared
def test_every_wycheproof_ed25519_vector_is_judged_as_published() -> None:
    vectors = json.loads(shared("vectors", "wycheproof", "testvectors_v1", "ed25519_test.json").read_text())
    n_seen = 0
    for group in vectors["testGroups"]:
        key = PublicKey.from_raw("Ed25519", bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            verified = key.verify(bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert verified == (case["result"] == "valid"), (case["tcId"], case["comment"])
            n_seen += 1
    assert n_seen == vectors["numberOfTests"] == 151


@pytest.mark.parametrize("raw", SMALL_ORDER)
def test_a_key_of_small_order_is_refused(raw: str) -> None:
    with pytest.raises(MalformedKeyError):
        PublicKey.from_raw("Ed25519", bytes.fromhex(raw))
    # Even where somebody builds the object past the check, nothing verifies under it.
    assert not PublicKey("Ed25519", bytes.fromhex(raw)).verify(b"anything", bytes.fromhex(raw) + bytes(32))


def test_a_malleable_signature_is_refused() -> None:
    signer = SeedSigner("did:example:a#1", SEED)
    signature = signer.sign(b"message")
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(signature[32:], "little") + order
    assert not signer.public_key.verify(b"message", signature[:32] + s.to_bytes(32, "little"))


@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    key = SeedSigner("did:example:a#1", SEED).public_key
    assert not key.verify(b"message", bytes(length))


def test_the_border_between_signature_and_message_cannot_be_moved() -> None:
    """libsodium takes signature and message in one piece: the length of the first must be ours to know."""
    signer = SeedSigner("did:example:a#1", SEED)
    signature = signer.sign(b"message")
    assert signer.public_key.verify(b"message", signature)
    assert not signer.public_key.verify(b"essage", signature + b"m")
    assert not signer.public_key.verify(signature[-1:] + b"message", signature[:-1])


def test_flipping_any_bit_of_a_signature_or_message_is_noticed() -> None:
    signer = SeedSigner("did:example:a#1", SEED)
    message = b"a short message"
    signature = signer.sign(message)
    for i in range(len(signature) * 8):
        changed = bytearray(signature)
        changed[i >> 3] ^= 1 << (i & 7)
        assert not signer.public_key.verify(message, bytes(changed))
    for i in range(len(message) * 8):
        changed = bytearray(message)
        changed[i >> 3] ^= 1 << (i & 7)
        assert not signer.public_key.verify(bytes(changed), signature)


@settings(max_examples=50)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=64))
def test_libsodium_and_openssl_agree(seed: bytes, message: bytes) -> None:
    ours, theirs = SeedSigner("did:example:a#1", seed), Ed25519PrivateKey.from_private_bytes(seed)
    raw = theirs.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    assert ours.public_key.raw == raw
    assert ours.sign(message) == theirs.sign(message)


@pytest.mark.parametrize(
    ("kind", "curve", "digest"),
    [("P-256", ec.SECP256R1(), hashes.SHA256()), ("P-384", ec.SECP384R1(), hashes.SHA384())],
)
def test_elliptic_signatures_by_openssl_verify(
    kind: str, curve: ec.EllipticCurve, digest: hashes.HashAlgorithm
) -> None:
    private = ec.derive_private_key(0x1234567890ABCDEF, curve)
    raw = private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    key = PublicKey.from_raw(kind, raw)
    half = (curve.key_size + 7) // 8
    r, s = decode_dss_signature(private.sign(b"message", ec.ECDSA(digest)))
    signature = r.to_bytes(half, "big") + s.to_bytes(half, "big")
    assert key.verify(b"message", signature)
    assert not key.verify(b"massage", signature)
    assert not key.verify(b"message", signature[:-1])
    assert not key.verify(b"message", bytes(2 * half))
    assert not key.verify(b"message", b"\xff" * (2 * half))
    assert PublicKey.from_multibase(key.multibase) == key


# Controlled Identifiers 1.0 and the vector files: published multikeys.
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", "Ed25519"),
        ("zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP", "P-256"),
        ("z82LkuBieyGShVBhvtE2zoiD6Kma4tJGFtkAhxR5pfkp5QPw4LutoYWhvQCnGjdVn14kujQ", "P-384"),
    ],
)
def test_published_multikeys_are_read_and_written_back(text: str, kind: str) -> None:
    key = PublicKey.from_multibase(text)
    assert key.kind == kind
    assert key.multibase == text


def test_the_fingerprint_is_the_hash_of_the_multikey_in_groups_of_four() -> None:
    key = SeedSigner("did:example:a#1", SEED).public_key
    digest = hashlib.sha256(b"\xed\x01" + key.raw).hexdigest().upper()
    assert key.fingerprint == f"{digest[:4]} {digest[4:8]} {digest[8:12]} {digest[12:16]}"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xed\x01",
        b"\xed\x01" + bytes(31),
        b"\xed\x01" + bytes(33),
        b"\xec\x01" + bytes(32),  # an X25519 key agrees, it does not sign
        b"\x80\x24" + b"\x04" + bytes(32),
        b"\x80\x24" + b"\x02" + b"\xff" * 32,
        b"\x81\x24" + b"\x02" + b"\xff" * 48,
        b"\x80\x26" + bytes(32),  # a private key
    ],
)
def test_what_is_no_multikey_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedKeyError):
        PublicKey.from_multibase(multibase.encode(raw))


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60).map(multibase.encode)))
def test_any_text_ends_in_a_key_or_a_coded_error(text: str) -> None:
    code = code_of(lambda: PublicKey.from_multibase(text))
    assert code in {"", "malformed_key", "malformed_multibase"}
    assert code or PublicKey.from_multibase(text).multibase == text


def test_a_signer_never_shows_its_seed() -> None:
    signer = SeedSigner("did:example:a#1", b"\x5e" * 32)
    assert isinstance(signer, Signer)
    shown = repr(signer) + str(signer)
    assert "5e5e" not in shown
    assert "^^^" not in shown
    with pytest.raises(MalformedKeyError):
        SeedSigner("did:example:a#1", b"short")
