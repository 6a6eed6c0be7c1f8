"""Linked data for registries: valid by the registry's schemas, complete, and the tree both ways."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import cache

import jsonschema
import pytest

from guildhall.core.exchange.ctdl import CertificateFacts, certificate, framework, transfer_value
from guildhall.core.standard import competencies, parse
from tests.shared import needs_shared, shared
from tests.unit.standard.made import EXAMPLE, encoded, some_edition

BASE = "https://register.example"
OWNER = "https://register.example/#register"
FACTS = CertificateFacts(
    f"{BASE}/c/pcc-6-31-01-03-4",
    {"zh": "电工四级", "en": "Electrician, level 4"},
    {"zh": "证明能力", "en": "Proves an ability"},
    OWNER,
    is_awarded=True,
    awarders=(f"{BASE}/issuers/a",),
    code="6-31-01-03/4",
    hours=300,
    since=date(2025, 1, 1),
)


@cache
def schema(name: str):
    return json.loads(shared(f"data/ctdl/schemas/{name}.json").read_bytes())


def validate(node, name: str) -> None:
    jsonschema.Draft4Validator(schema(name)).validate(json.loads(json.dumps(node)))


def validate_ctdl(node, kind: str) -> None:
    """The newer schema (transfer values) has texts as language maps and leaves other terms to the older one (credentials)."""
    older, newer = (schema(name)["definitions"] for name in ("credential", "transfer_value_profile"))
    terms = older | newer
    own = dict(terms[kind], properties={name: terms.get(name, {}) for name in terms[kind]["properties"]})
    held = {"$ref": f"#/definitions/{kind}", "definitions": {**terms, kind: own}}
    jsonschema.Draft4Validator(held).validate(json.loads(json.dumps(node)))


@needs_shared
@pytest.mark.parametrize("content", [EXAMPLE, some_edition(3)], ids=["example", "random"])
def test_a_framework_and_its_competencies_are_valid_by_the_registrys_schemas(content):
    top, *inner = framework(parse(encoded(content)), base=BASE)["@graph"]
    validate(top, "competency_framework")
    for node in inner:
        validate(node, "competency")


def test_every_item_is_there_once_and_the_tree_holds_both_ways():
    document = parse(encoded(EXAMPLE))
    top, *inner = framework(document, base=BASE)["@graph"]
    by_id = {node["@id"]: node for node in inner}
    assert len(by_id) == len(inner) == 33 + 2
    assert {node["ceterms:ctid"] for node in inner} >= {f"ce-{one.id}" for one in competencies(document)}
    for node in inner:
        for child in node.get("ceasn:hasChild", ()):
            assert by_id[child]["ceasn:isChildOf"] == [node["@id"]]
    assert {one for one in by_id if "ceasn:isChildOf" not in by_id[one]} == set(top["ceasn:hasTopChild"])
    skill = next(node for node in inner if node["ceasn:competencyCategory"][0]["en"] == "Skill")
    assert skill["ceasn:competencyText"]["en"] == "Can recognise symbols of common low-voltage gear"


@needs_shared
def test_a_certificate_is_valid_and_names_what_its_holder_can_do():
    document = parse(encoded(EXAMPLE))
    node = certificate(FACTS, document=document, level="4", base=BASE)
    validate_ctdl({key: value for key, value in node.items() if key != "@context"}, "ceterms:Certificate")
    targets = node["ceterms:requires"][0]["ceterms:targetCompetency"]
    assert [one["ceterms:codedNotation"] for one in targets] == ["1.1", "2.1", "3.1"]
    known = {one["@id"] for one in framework(document, base=BASE)["@graph"]}
    assert {one["ceterms:targetNode"] for one in targets} <= known
    assert targets[0]["ceterms:framework"] in known


def test_a_certificate_that_nobody_may_award_says_so():
    status = certificate(CertificateFacts("a:b", {"zh": "x"}, {"zh": "y"}, OWNER, is_awarded=False))
    assert status["ceterms:credentialStatusType"]["ceterms:targetNode"] == "credentialStat:Ceased"
    assert "ceterms:requires" not in status


@needs_shared
def test_a_transfer_value_is_valid():
    node = transfer_value(
        address=f"{BASE}/rules/1",
        name={"zh": "学分转换", "en": "Conversion"},
        description={"zh": "证书换课程", "en": "A certificate for a course"},
        owner=f"{BASE}/colleges/a",
        credits_given=Decimal("2.5"),
        from_certificate=FACTS.address,
        for_course=f"{BASE}/courses/1",
        assessed={"en": "by the certificate's assessment"},
        learned={"en": "by the training"},
        starts_on=date(2026, 9, 1),
        ends_on=date(2028, 8, 31),
    )
    validate_ctdl(node, "ceterms:TransferValueProfile")
    assert node["ceterms:transferValue"][0]["schema:value"] == 2.5
