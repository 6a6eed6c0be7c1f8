"""The schemas of leaves and trust lists say of each document what the readers say, as far as a schema can."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest

from guildhall.core import leaves, trust
from guildhall.core.quorum import Quorum
from tests.unit.log.logs import LOG_KEY, attempt
from tests.unit.log.test_leaves import WRITTEN, changed

DOCS = Path(__file__).parents[3] / "docs"


def schema(name: str) -> jsonschema.Draft202012Validator:
    read = json.loads((DOCS / f"schemas/{name}.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(read)
    return jsonschema.Draft202012Validator(read)


LEAF, LIST = schema("log-leaf"), schema("trust-list")
EXAMPLE = json.loads((DOCS / "examples/trust-list.json").read_bytes())


def test_every_leaf_keeps_the_schema():
    for written in WRITTEN.values():
        LEAF.validate(json.loads(written))


@pytest.mark.parametrize("members", [
    {"v": 1}, {"v": 2}, {"v": 3}, {"kind": "badge"}, {"name": "王小明"}, {"document": "ab"}, {"at": "today"}, {"from": ...},
    {"from": "2026-01-01"}, {"until": "2029-01-01"}, {"until": ...}, {"scheme": ...}, {"scheme": "vqc"}, {"scheme": "V"},
    {"deed": "withdraw"}, {"deed": "suspend"}, {"deed": "revoke"}, {"deed": "correct"}, {"replaced_by": "cd" * 32},
    {"replaced_by": ...}, {"issuer": "x"}, {"filing": ""}, {"reason": ...},
])  # fmt: skip
@pytest.mark.parametrize("leaf", WRITTEN, ids=lambda leaf: f"{leaf.kind}-{json.loads(WRITTEN[leaf])['v']}")
def test_the_schema_refuses_what_the_reader_refuses(leaf, members: Mapping[str, object]):
    document = changed(leaf, **members)
    assert LEAF.is_valid(json.loads(document)) == (attempt(leaves.parse, document)[1] is None)


def test_the_example_of_a_trust_list_keeps_the_schema_and_demands_two_of_three():
    LIST.validate(EXAMPLE)
    read = trust.parse(json.dumps(EXAMPLE).encode())
    (origin,) = read.logs
    assert read.quorums == {origin: (Quorum(2, tuple(one["vkey"] for one in EXAMPLE["witnesses"])),)}
    LIST.validate(read.as_json())


@pytest.mark.parametrize("members", [
    {"type": "Trust"}, {"version": 2}, {"quorum": 0}, {"quorum": "2"}, {"witnesses": [{}]}, {"witnesses": [{"vkey": 1}]},
    {"logs": [{"origin": "a"}]}, {"authorities": [{"id": "x"}]},
    {"logs": [{"origin": "a/log", "vkey": LOG_KEY.text, "quorums": [{"n": 1}]}]},
])  # fmt: skip
def test_a_trust_list_that_is_none_is_refused_by_both(members: Mapping[str, object]):
    document = EXAMPLE | members
    assert not LIST.is_valid(document)
    assert attempt(trust.parse, json.dumps(document).encode())[1]
