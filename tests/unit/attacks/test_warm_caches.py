"""What is remembered of honest documents must not help a forged one: compiled shapes, familiar texts, proofs that held."""

from __future__ import annotations

import copy
import random
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from guildhall.core import credential, proofs
from guildhall.core.canonical import jsonld, rdfc
from guildhall.core.keys import SeedSigner
from tests.unit.verify.made import FACTS, ISSUER_KEY, NOW, seed

N_HONEST = 400
N_FORGED = 600
KEY = {ISSUER_KEY.key_id: ISSUER_KEY.public_key}.get


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, name))
        else:
            yield (*path, name)


def changed(value: Any, chance: random.Random) -> Any:
    if isinstance(value, bool):
        return chance.choice([not value, int(value), str(value).lower()])
    return chance.choice(
        [value + "x", value[:-1] + "é", value + "\\n", value + "\n", value + '"', value + "\u200b", "", None, [value, value + "x"],
         {"@value": value, "@language": "en"}, value[::-1] + "."]
    )  # fmt: skip


def statements(document: dict[str, Any]) -> str:
    unsigned = {name: member for name, member in document.items() if name != "proof"}
    return rdfc.canonical_quads(jsonld.to_quads(unsigned)).n_quads


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_after_many_honest_documents_a_changed_one_is_still_refused(suite: str) -> None:
    chance = random.Random(20261122)
    honest = []
    for i in range(N_HONEST):
        facts = replace(
            FACTS,
            document_id=f"urn:uuid:{uuid.UUID(int=chance.getrandbits(128))}",
            holder_name="王" + chr(0x4E00 + i),
            number=f"S0001310000012630{i:05}",
            salt=f"s{i}",
            status=replace(FACTS.status, index=i),
        )
        honest.append(credential.signed(credential.document(facts), ISSUER_KEY, created=NOW, cryptosuite=suite))
    assert all(proofs.all_ok(proofs.check_proofs(document, KEY, now=NOW)) for document in honest)
    n_refused = 0
    for _ in range(N_FORGED):
        document = chance.choice(honest)
        forged = copy.deepcopy(document)
        *way, last = chance.choice(list(places(forged)))
        holder = forged
        for step in way:
            holder = holder[step]
        holder[last] = changed(holder[last], chance)
        if proofs.all_ok(proofs.check_proofs(forged, KEY, now=NOW)):
            # Other words for the same statements, judged by the slow and exact way, and nothing else.
            assert suite == "eddsa-rdfc-2022"
            assert way[:1] != ["proof"]
            assert statements(forged) == statements(document)
        else:
            n_refused += 1
    assert n_refused > N_FORGED * 9 // 10


def test_a_proof_that_held_does_not_hold_for_another_key_time_or_purpose() -> None:
    document = credential.signed(credential.document(FACTS), ISSUER_KEY, created=NOW)
    for _ in range(3):
        assert proofs.all_ok(proofs.check_proofs(document, KEY, now=NOW))
    stranger = SeedSigner(ISSUER_KEY.key_id, seed("stranger")).public_key
    asked: list[tuple[dict[str, Any], str]] = [
        ({"resolve": lambda _: stranger, "now": NOW}, "signature_invalid"),
        ({"resolve": lambda _: None, "now": NOW}, "verification_method_unknown"),
        ({"resolve": KEY, "now": NOW - timedelta(days=1)}, "created_in_future"),
        ({"resolve": KEY, "now": NOW, "purpose": "authentication"}, "proof_purpose_wrong"),
        ({"resolve": KEY, "now": NOW, "domain": "x"}, "domain_mismatch"),
        ({"resolve": KEY, "now": NOW, "challenge": "x"}, "challenge_mismatch"),
    ]
    for options, code in asked:
        assert [answer.code for answer in proofs.check_proofs(document, **options)] == [code]
