"""What a register signs is valid by the schema of Open Badges 3.0, to the letter: every kind of certificate, and transcripts.

``GUILDHALL_TEST_OB_SCHEMA`` may name the schema file that 1EdTech publishes; the same documents are then held against it too.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from guildhall.core import credential, statuslist
from guildhall.core.credential import AwardFacts
from tests.unit.openbadges import model
from tests.unit.openbadges.model import faults
from tests.unit.verify.made import FACTS, Register
from tests.unit.verify.test_transcript import COURSES, College
from tests.unit.verify.test_transcript import FACTS as TRANSCRIPT

VALIDATORS = model.validators(os.environ.get("GUILDHALL_TEST_OB_SCHEMA", ""))

TRACKS: dict[str, dict[str, Any]] = {
    "pcc": {},
    "vqc": {
        "scheme": "vqc",
        "number": "Y002144010002263000017",
        "certificate_name": {"zh": "职业技能等级证书", "en": "Vocational qualification certificate"},
        "valid_until": None,
    },
}
OPTIONAL: dict[str, dict[str, Any]] = {
    "for life": {"valid_until": None},
    "day of assessment not told": {"examined_on": None},
    "no results told": {"results": ()},
    "with a work type": {"work_type": "电力电缆安装运维工"},
    "no site": {"site": "", "site_name": {}},
    "no edition": {"edition": ""},
    "no credit code": {"issuer_credit_code": ""},
    "corrected": {"serial": 2, "remark": "Corrected; takes the place of document 1"},
    "reissued": {"serial": 3, "remark": "Reissued; takes the place of document 2"},
    "one part": {"results": FACTS.results[:1]},
    "from the first to the last day that is written": {"issued_on": date(1, 1, 2), "valid_until": date(9999, 12, 30)},
    "a name with everything in it": {"holder_name": '"\\\n</script>\u2028\U0001f600 ·'},
}


def kinds() -> Iterator[tuple[str, AwardFacts]]:
    for track, changes in TRACKS.items():
        facts = replace(FACTS, **changes)
        yield track, facts
        for name, more in OPTIONAL.items():
            yield f"{track}, {name}", replace(facts, **more)
        for (one, first), (other, second) in itertools.combinations(OPTIONAL.items(), 2):
            yield f"{track}, {one}, {other}", replace(facts, **{**first, **second})


@pytest.mark.parametrize("name", VALIDATORS)
def test_a_certificate_of_every_kind_is_valid(name: str) -> None:
    told = {kind: faults(Register(facts=facts).credential(), VALIDATORS[name]) for kind, facts in kinds()}
    assert len(told) > 150
    assert {kind: lines for kind, lines in told.items() if lines} == {}


@pytest.mark.parametrize("name", VALIDATORS)
@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_it_is_under_both_suites(suite: str, name: str) -> None:
    assert faults(Register(cryptosuite=suite).credential(), VALIDATORS[name]) == []
    assert faults(College(cryptosuite=suite).credential(), VALIDATORS[name]) == []


@pytest.mark.parametrize("name", VALIDATORS)
@pytest.mark.parametrize(
    "said",
    [
        TRANSCRIPT,
        replace(TRANSCRIPT, courses=COURSES[:1]),
        replace(TRANSCRIPT, courses=(replace(COURSES[0], grade="", rules=(), outcomes=()),)),
        replace(TRANSCRIPT, issuer_credit_code=""),
    ],
    ids=["whole", "one course", "a course of nothing but credits", "no credit code"],
)
def test_a_transcript_is_valid(said: Any, name: str) -> None:
    assert faults(College(said=said).credential(), VALIDATORS[name]) == []


def _swapped(place: str, change: Callable[[Any], Any]) -> dict[str, Any]:
    document = Register().credential()
    return document | {place: change(document[place])}


def _two_places(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [statuslist.status_entry(entry["statusListCredential"], 1), entry]


WRONG: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "two places of status": (lambda: _swapped("credentialStatus", _two_places), "$.credentialStatus"),
    "one place of status, in a list": (lambda: _swapped("credentialStatus", lambda one: [one]), "$.credentialStatus"),
    "no type": (lambda: _swapped("credentialStatus", lambda one: {"id": one["id"]}), "$.credentialStatus"),
    "an unknown kind of result": (
        lambda: _swapped(
            "credentialSubject",
            lambda said: said
            | {"achievement": said["achievement"] | {"resultDescription": [{"id": "urn:a:b", "type": ["ResultDescription"],
                                                                           "name": "x", "resultType": "Points"}]}},
        ),
        "$.credentialSubject.achievement.resultDescription",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VALIDATORS)
@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_by_its_place(what: str, name: str) -> None:
    make, place = WRONG[what]
    told = faults(make(), VALIDATORS[name])
    assert told
    assert all(line.startswith(place) for line in told)


def test_a_proof_that_stands_by_itself_is_not_canonical() -> None:
    document = _swapped("proof", lambda proofs: proofs[0])
    assert [line.partition(":")[0] for line in faults(document, VALIDATORS["canonical"])] == ["$.proof"]
    assert faults(document, VALIDATORS["compacted"]) == []


# ── what the specification says besides, and no schema can ─────────────────────────────────────────────────────────


def test_every_result_points_to_a_description_that_is_there() -> None:
    for document in (Register().credential(), College().credential()):
        subject = document["credentialSubject"]
        described = {one["id"] for one in subject["achievement"]["resultDescription"]}
        assert described == {one["resultDescription"] for one in subject["result"]}


def test_someone_is_named_and_the_criteria_are_told() -> None:
    for document in (Register().credential(), College().credential()):
        subject = document["credentialSubject"]
        assert subject["identifier"]
        assert subject["achievement"]["criteria"]["narrative"]


def test_nothing_is_null_and_no_list_is_empty() -> None:
    def empty(value: Any) -> bool:
        if isinstance(value, dict):
            return any(empty(inner) for inner in value.values())
        if isinstance(value, list):
            return not value or any(empty(inner) for inner in value)
        return value is None

    assert not any(empty(credential.document(facts)) for _, facts in kinds())
    assert not empty(College().credential())
