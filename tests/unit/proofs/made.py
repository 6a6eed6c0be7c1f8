"""Named people and their keys; one credential; what the tests of proofs share."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from guildhall.core import did, multibase
from guildhall.core.keys import SeedSigner
from guildhall.core.proofs import ProofAnswer, check_proofs
from tests.shared import shared

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
VC_V2 = "https://www.w3.org/ns/credentials/v2"
EXAMPLES_V2 = "https://www.w3.org/ns/credentials/examples/v2"


def signer_of(number: int) -> SeedSigner:
    """A signer with a fixed seed, named by its did:key."""
    seed = bytes([number]) * 32
    return SeedSigner(did.did_key_url(SeedSigner("", seed).public_key), seed)


CENTRE = signer_of(1)  # the issuer
MINISTRY = signer_of(2)  # countersigns
LI_NA = signer_of(3)  # a holder
MALLORY = signer_of(66)

CREDENTIAL: dict[str, Any] = {
    "@context": [VC_V2, EXAMPLES_V2],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "岗位能力证书",
    "issuer": did.did_key(CENTRE.public_key),
    "validFrom": "2026-11-22T00:00:00Z",
    "credentialSubject": {"id": "did:example:li-na", "alumniOf": "The School of Examples"},
}


def a_credential() -> dict[str, Any]:
    return copy.deepcopy(CREDENTIAL)


def answers_to(document: Mapping[str, Any], **expected: Any) -> list[ProofAnswer]:
    return check_proofs(document, did.resolver(), **{"now": NOW, **expected})


def codes_of(document: Mapping[str, Any], **expected: Any) -> list[str]:
    """The code of each proof, as a person would read them one after the other."""
    answers = answers_to(document, **expected)
    assert answers, "a document always gets an answer"
    assert all(answer.ok == (answer.code == "ok") for answer in answers)
    return [answer.code for answer in answers]


def published(*parts: str) -> Path:
    return shared("vectors", "vc-di-eddsa", "TestVectors", *parts)


def published_json(*parts: str) -> dict[str, Any]:
    value = json.loads(published(*parts).read_text())
    assert isinstance(value, dict)
    return value


def published_signer(pair: Mapping[str, str]) -> SeedSigner:
    """The signer of a published key pair (``publicKeyMultibase``, ``privateKeyMultibase``: header 0x8026, then seed)."""
    private = multibase.decode(pair["privateKeyMultibase"])
    assert private[:2] == b"\x80\x26"
    url = f"did:key:{pair['publicKeyMultibase']}#{pair['publicKeyMultibase']}"
    return SeedSigner(url, private[2:])
