"""What an issuer signs is read back by code that has not chosen it: no value of it may end in anything but a report.

Whoever makes a key for himself can sign what he likes and send it to a public verifier, so these are everybody's attacks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import proofs
from guildhall.core.keys import SeedSigner
from guildhall.core.report import Verdict
from tests.unit.attacks.made import Forge, ask, judged
from tests.unit.verify.made import NOW, Register, seed

Change = Callable[[dict[str, Any]], None]
EVIL = SeedSigner("did:web:evil.example#key-1", seed("evil"))


def _mark(value: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        document["credentialSubject"]["result"][0]["value"] = value

    return change


def _until(value: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        document["validUntil"] = value

    return change


def _other(kind: str, value: str) -> Change:
    def change(document: dict[str, Any]) -> None:
        entry = {"type": "IdentifierEntry", "identifier": value, "identifierType": f"ext:{kind}"}
        document["credentialSubject"]["achievement"]["otherIdentifier"].append(entry)

    return change


def _holder(place: int) -> Change:
    def change(document: dict[str, Any]) -> None:
        other = {"type": "IdentityObject", "hashed": False, "identityHash": "王五", "identityType": "name"}
        document["credentialSubject"]["identifier"].insert(place, other)

    return change


def _achievement(name: str, value: str) -> Change:
    return lambda document: document["credentialSubject"]["achievement"].update({name: value})


def _again(name: str) -> Change:
    """Say a result, or what it is, a second time and otherwise."""

    def change(document: dict[str, Any]) -> None:
        subject = document["credentialSubject"]
        listed = subject["result"] if name == "result" else subject["achievement"]["resultDescription"]
        listed.append(listed[0] | ({"value": "100"} if name == "result" else {"name": "Genius"}))

    return change


UNREADABLE: dict[str, Change] = {
    "level_said_twice": _other("level", "1"),
    "filing_said_twice": _other("filing", "110002"),
    "holder_named_twice_first": _holder(0),
    "holder_named_twice_last": _holder(2),
    "occupation_said_in_two_ways": _achievement("humanCode", "2-02-07-11"),
    "edition_said_in_two_ways": _achievement("version", "2026"),
    "awarded_on_another_day": lambda document: document.update(awardedDate="2020-01-01T00:00:00+08:00"),
    "mark_given_twice": _again("result"),
    "part_described_twice": _again("description"),
    "mark_that_is_no_number": _mark("abc"),
    "mark_that_is_not_a_number": _mark("NaN"),
    "mark_without_end": _mark("Infinity"),
    "mark_with_an_exponent_beyond_measure": _mark("1e9999999999999999999"),
    "mark_with_a_large_exponent": _mark("1e999999"),
    "mark_of_five_thousand_digits": _mark("9" * 5000),
    "mark_in_other_digits": _mark("８２"),
    "mark_with_underscores": _mark("8_2"),
    "mark_below_nothing": _mark("-82"),
    "end_of_time_that_is_later_in_china": _until("9999-12-31T23:59:59Z"),
    "end_of_time_west_of_us": _until("9999-12-31T09:59:59-07:00"),
}


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_no_award_however_well_it_is_signed(name: str, suite: str) -> None:
    report = ask(Forge(change=UNREADABLE[name], cryptosuite=suite).bundle())
    assert judged(report) == (["shape"], "not_an_award")


def by_anybody(change: Change) -> dict[str, Any]:
    """Return a bundle that anybody can make: his own key, his own content, a statement that is none."""
    bundle = Register().bundle()
    unsigned = {name: member for name, member in bundle["credential"].items() if name != "proof"}
    change(unsigned)
    bundle["credential"] = proofs.add_proof(unsigned, EVIL, created=NOW, cryptosuite="eddsa-jcs-2022")
    bundle["key"] = {
        "id": EVIL.key_id,
        "type": "Multikey",
        "controller": "did:web:evil.example",
        "publicKeyMultibase": EVIL.public_key.multibase,
    }
    return {**bundle, "accreditation": {}}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_stranger_cannot_make_the_verifier_stumble(name: str) -> None:
    report = ask(by_anybody(UNREADABLE[name]))
    assert report.verdict is Verdict.NOT_VALID
    assert report.check("shape").code == "not_an_award"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=6)
    | st.sampled_from(["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+08:00", "1e99999", "ext:scheme", "name", "-0"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def _places(value: Any) -> list[tuple[Any, Any]]:
    found = []
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        found.append((value, name))
        if isinstance(inner, dict | list):
            found += _places(inner)
    return found


@settings(max_examples=300, deadline=None)
@given(st.data(), JSON)
def test_any_signed_content_ends_in_a_report(data: st.DataObject, value: Any) -> None:
    def change(document: dict[str, Any]) -> None:
        holder, place = data.draw(st.sampled_from(_places(document)))
        holder[place] = value

    assert not ask(by_anybody(change)).valid
