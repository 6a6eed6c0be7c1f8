"""A conversion transcript goes through the same path as a certificate, and is never taken for one."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildhall.core import transcript
from guildhall.core.accreditation import Filing
from guildhall.core.credential import AwardFacts
from guildhall.core.lifecycle import Deed
from guildhall.core.transcript import ConvertedCourse, TranscriptFacts
from guildhall.core.verify import verify
from tests.unit.verify import made
from tests.unit.verify.made import NOW, Register, trusted

RIGHT = Filing(
    filing="CONV-1",
    issuer=made.ISSUER,
    scheme=transcript.SCHEME,
    occupations=frozenset(),
    levels=frozenset(),
    regions=frozenset({"000000"}),
    starts_on=date(2025, 9, 1),
    ends_on=date(2028, 8, 31),
)
COURSES = (
    ConvertedCourse("EL201", "电工技术", 400, "90", ("offer-1", "cap-half"), (("vocational-certificate", "S0001"),)),
    ConvertedCourse(
        "EL202", "安全用电", 250, "", ("offer-1",), (("vocational-certificate", "S0001"), ("course", "EL1"))
    ),
)
FACTS = TranscriptFacts(
    document_id="urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b12",
    origin=made.ORIGIN,
    number="CT-5F0C0C0E",
    holder_name="阿卜杜热合曼·买买提伊明",
    identity_hash="sha256$" + "0" * 64,
    salt="d2hhdC1hLXNhbHQ",
    issuer=made.ISSUER,
    issuer_name={"zh": "北方学院", "en": "North College"},
    issuer_credit_code="12100000400000000X",
    filing="CONV-1",
    programme="460301",
    programme_name={"zh": "机电一体化", "en": "Mechatronics"},
    programme_edition="2026",
    programme_digest="a" * 64,
    rule_set="north-2026",
    rule_edition="2026",
    rule_digest="b" * 64,
    plan_digest="c" * 64,
    decided_on=date(2026, 11, 6),
    courses=COURSES,
    status=made.FACTS.status,
)

AWARD = replace(made.FACTS, scheme=transcript.SCHEME, filing="CONV-1")


@dataclass
class College(Register):
    """Makes bundles of transcripts in place of certificates."""

    said: TranscriptFacts = FACTS
    filing: Filing = RIGHT
    facts: AwardFacts = AWARD
    tampered: Callable[[dict[str, Any]], None] | None = None

    def credential(self) -> dict[str, Any]:
        unsigned = transcript.document(self.said)
        if self.tampered is not None:
            self.tampered(unsigned)
        return self.signed(unsigned)


def ask(bundle: object, **more: Any) -> Any:
    return verify(json.dumps(bundle).encode(), trust=trusted(), now=NOW, **more)


def failing(report: Any) -> list[tuple[str, str]]:
    return [(check.name, check.code) for check in report.checks if check.outcome == "failed"]


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_good_transcript_is_valid_and_says_what_was_converted(suite: str) -> None:
    report = ask(College(cryptosuite=suite).bundle())
    assert report.valid, [check.as_json() for check in report.checks]
    assert report.subject["kind"] == "transcript"
    assert report.subject["courses"] == [
        {
            "course": "EL201", "name": "电工技术", "credits": "4", "grade": "90", "rules": ["offer-1", "cap-half"],
            "outcomes": [{"kind": "vocational-certificate", "number": "S0001"}],
        },
        {
            "course": "EL202", "name": "安全用电", "credits": "2.5", "grade": "", "rules": ["offer-1"],
            "outcomes": [{"kind": "vocational-certificate", "number": "S0001"}, {"kind": "course", "number": "EL1"}],
        },
    ]  # fmt: skip
    assert (report.subject["rule_digest"], report.subject["plan_digest"]) == ("b" * 64, "c" * 64)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a text in a JSON tree."""
    if isinstance(value, dict):
        return [place for name, inner in value.items() for place in places(inner, (*path, name))]
    if isinstance(value, list):
        return [place for n, inner in enumerate(value) for place in places(inner, (*path, n))]
    return [path] if isinstance(value, str) else []


def test_changing_any_one_text_of_a_transcript_breaks_its_proof() -> None:
    good = College(cryptosuite="eddsa-jcs-2022").bundle()
    all_places = places(good["credential"])
    assert len(all_places) > 60
    for place in all_places:
        changed = json.loads(json.dumps(good))
        holder = changed["credential"]
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = holder[place[-1]][:-1] + ("B" if holder[place[-1]][-1:] != "B" else "C")
        report = ask(changed)
        assert [name for name, _ in failing(report)] == ["proof"], place
        assert not report.subject


def right(**changes: Any) -> Filing:
    return replace(RIGHT, **changes)


ATTACKS: dict[str, tuple[Callable[[], Any], tuple[str, str]]] = {
    "a college whose right has ended": (
        lambda: College(filing=right(ends_on=date(2026, 11, 5))), ("accreditation", "expired")),
    "a college whose right has not begun": (
        lambda: College(filing=right(starts_on=date(2026, 11, 7))), ("accreditation", "not_yet")),
    "the right to award certificates in place of that to convert": (
        lambda: College(filing=replace(made.FILING, filing="CONV-1")), ("accreditation", "unknown_issuer")),
    "a right to award certificates that calls itself one to convert": (
        lambda: College(filing=replace(made.FILING, filing="CONV-1", scheme=transcript.SCHEME)),
        ("accreditation", "unknown_issuer")),
    "another filing than the one enclosed": (
        lambda: College(said=replace(FACTS, filing="CONV-2"), facts=replace(College().facts, filing="CONV-2")),
        ("accreditation", "filing_differs")),
    "a certificate under the right to convert": (
        lambda: Register(filing=replace(RIGHT, filing="110001")), ("accreditation", "unknown_issuer")),
    "a certificate that calls its scheme conversion": (
        lambda: Register(filing=right(filing="110001"), facts=replace(made.FACTS, scheme=transcript.SCHEME)),
        ("accreditation", "wrong_occupation")),
    "a leaf of a certificate's scheme": (
        lambda: College(facts=replace(made.FACTS, filing="CONV-1")), ("log", "not_included")),
    "an annulled decision": (
        lambda: College(events=[(Deed.ANNUL, FACTS.decided_on, None, "decision-annulled")],
                        set_bits=made.ENDED), ("status", "annulled")),
    "an annulled decision whose event is left out": (
        lambda: College(set_bits=made.ENDED), ("status", "revoked")),
    "a result without its credits": (
        lambda: College(tampered=lambda d: d["credentialSubject"]["result"][0]["alignment"].pop(0)),
        ("shape", "not_a_transcript")),
    "a scheme that is none of a transcript": (
        lambda: College(tampered=lambda d: d["credentialSubject"]["achievement"]["otherIdentifier"][0].update(identifier="pcc")),
        ("shape", "not_a_transcript")),
    "no places of status": (
        lambda: College(tampered=lambda d: d.pop("credentialStatus")), ("status", "status_places")),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_makes_exactly_the_named_check_fail(attack: str) -> None:
    college, expected = ATTACKS[attack]
    report = ask(college().bundle())
    assert failing(report) == [expected]
    assert not report.valid


def test_a_day_before_the_decision_is_not_in_its_time() -> None:
    assert failing(ask(College().bundle(), at=date(2026, 11, 5))) == [("dates", "not_yet_valid")]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_ends_in_facts_or_a_coded_refusal(value: Any) -> None:
    said = json.loads(json.dumps(transcript.document(FACTS)))
    said["credentialSubject"]["result"] = value
    for document in (said, {"credentialSubject": value}):
        with contextlib.suppress(transcript.NotATranscriptError):
            transcript.converted(document)
        assert transcript.is_transcript(said)


ROOT = Path(__file__).resolve().parents[3]
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/schemas/transcript.schema.json").read_bytes()))


def test_the_example_is_what_the_college_of_these_tests_signs() -> None:
    """``docs/examples/transcript.json``; UPDATE_EXAMPLES=1 writes it anew, and changes nothing unless the format has changed."""
    published = ROOT / "docs/examples/transcript.json"
    signed = College().bundle()["credential"]
    if os.environ.get("UPDATE_EXAMPLES") == "1":
        published.write_text(json.dumps(signed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert json.loads(published.read_bytes()) == signed
    SCHEMA.validate(signed)


@pytest.mark.parametrize(
    "path",
    [
        ("credentialSubject", "licenseNumber"),
        ("credentialSubject", "achievement", "achievementType"),
        ("credentialSubject", "achievement", "otherIdentifier", 0),
        ("credentialSubject", "achievement", "otherIdentifier", 8),
        ("credentialSubject", "result", 0, "alignment", 0),
        ("credentialSubject", "result", 0, "value"),
        ("issuer", "id"),
        ("proof", 0, "proofValue"),
        ("proof", 0),
        ("proof",),
    ],
)
def test_the_schema_misses_what_is_taken_away(path: tuple[str | int, ...]) -> None:
    signed = College().bundle()["credential"]
    at: Any = signed
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    assert not SCHEMA.is_valid(signed)
