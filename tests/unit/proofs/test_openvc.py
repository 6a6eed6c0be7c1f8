"""A further implementation that we did not write, in Python: openvc-core.

It shares no code with the JavaScript clients: canonical JSON, proofs, keys and status lists are its own (its RDF is
pyld's, which is exact for these documents).
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guildhall.core import did, statuslist
from guildhall.core.proofs import add_proof
from tests.unit.proofs.made import CENTRE, NOW, VC_V2, codes_of

openvc_keys = pytest.importorskip(
    "openvc.keys", reason="no cross-check with openvc-core: the package is not installed", exc_type=ImportError
)

SUITES = ["eddsa-rdfc-2022", "eddsa-jcs-2022"]
CREDENTIAL: dict[str, Any] = {
    "@context": [VC_V2],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential"],
    "name": "岗位能力证书",
    "issuer": did.did_key(CENTRE.public_key),
    "validFrom": "2026-11-22T00:00:00Z",
    "credentialSubject": {"id": "did:example:li-na", "name": "李娜"},
}


def _their_suite(name: str) -> Any:
    from openvc.proof.data_integrity import DataIntegrityProofSuite
    from openvc.proof.di_jcs import EddsaJcsProofSuite

    return DataIntegrityProofSuite() if name == "eddsa-rdfc-2022" else EddsaJcsProofSuite()


@pytest.mark.parametrize("suite", SUITES)
def test_openvc_verifies_what_we_sign_and_refuses_it_tampered(suite: str) -> None:
    from openvc.errors import OpenvcError

    signed = add_proof(CREDENTIAL, CENTRE, created=NOW, cryptosuite=suite)
    theirs = _their_suite(suite).verify(signed, now=NOW)
    assert theirs.issuer == CREDENTIAL["issuer"]
    for change in ({"name": "x"}, {"validFrom": "2026-11-21T00:00:00Z"}, {"id": "urn:uuid:1"}):
        with pytest.raises(OpenvcError):
            _their_suite(suite).verify({**copy.deepcopy(signed), **change}, now=NOW)


@pytest.mark.parametrize("suite", SUITES)
def test_we_verify_what_openvc_signs_and_refuse_it_tampered(suite: str) -> None:
    key = openvc_keys.Ed25519SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32), CENTRE.key_id)
    signed = _their_suite(suite).add_proof(
        CREDENTIAL, signing_key=key, verification_method=CENTRE.key_id, created=datetime(2026, 11, 22, 8, tzinfo=UTC)
    )
    if suite == "eddsa-jcs-2022":
        # It hashes the document's @context as part of the options without putting it into the proof (EdDSA Cryptosuites
        # 1.0, section 3.3.1, step 2, does both), so its own proofs verify nowhere else until somebody does.
        assert codes_of(signed) == ["signature_invalid"]
        signed["proof"]["@context"] = signed["@context"]
    assert codes_of(signed) == ["ok"]
    for change in ({"name": "x"}, {"validFrom": "2026-11-21T00:00:00Z"}, {"id": "urn:uuid:1"}):
        assert codes_of({**copy.deepcopy(signed), **change}) == ["signature_invalid"]


def test_status_lists_go_both_ways_with_openvc() -> None:
    from openvc.status import bitstring

    indexes = {0, 7, 8, 94567, 131071}
    theirs = bitstring.new_bitstring(131072)
    for index in indexes:
        bitstring.set_status_bit(theirs, index, 1)
    raw = statuslist.decode(bitstring.encode_bitstring(bytes(theirs)))
    assert {i for i in range(131072) if statuslist.value_at(raw, i)} == indexes
    bits = statuslist.Bitstring()
    bits.set_all(indexes)
    read = bitstring.decode_bitstring(bits.encoded)
    assert {i for i in range(131072) if bitstring.get_status_bit(read, i)} == indexes
