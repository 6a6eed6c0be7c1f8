"""Leaves: one form for one fact, and nothing beside the facts."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import leaves
from guildhall.core.leaves import AccreditationDeed, AccreditationLeaf, AwardLeaf, MalformedLeafError, StatusLeaf
from guildhall.core.lifecycle import Deed
from tests.unit.log.logs import attempt

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ISSUER = "did:web:register.example%3A8000:issuers:sc-01"
DOC, OTHER = "ab" * 32, "cd" * 32

AWARD = AwardLeaf(AT, ISSUER, "pcc", "川备2026-0001", DOC)
SUSPENSION = StatusLeaf(AT, Deed.SUSPEND, DOC, date(2026, 11, 22), "holder-asked", until_on=date(2026, 12, 31))
REISSUE = StatusLeaf(AT, Deed.REISSUE, DOC, date(2026, 11, 22), "lost", replaced_by=OTHER)
FILING = AccreditationLeaf(AT, AccreditationDeed.WITHDRAW, "2026-0001", ISSUER, DOC)
DATED = AccreditationLeaf(
    AT, AccreditationDeed.ACCREDIT, "2026-0001", ISSUER, DOC, "pcc", date(2026, 1, 1), date(2028, 12, 31)
)

# Written by hand from the agreed format, not by the code under test.
WRITTEN = {
    AWARD: (
        '{"at":"2026-11-22T08:00:00Z","document":"' + DOC + '","filing":"川备2026-0001","issuer":"' + ISSUER + '",'
        '"kind":"award","scheme":"pcc","v":1}'
    ),
    SUSPENSION: (
        '{"at":"2026-11-22T08:00:00Z","deed":"suspend","document":"' + DOC + '","from":"2026-11-22","kind":"status",'
        '"reason":"holder-asked","until":"2026-12-31","v":1}'
    ),
    REISSUE: (
        '{"at":"2026-11-22T08:00:00Z","deed":"reissue","document":"' + DOC + '","from":"2026-11-22","kind":"status",'
        '"reason":"lost","replaced_by":"' + OTHER + '","v":1}'
    ),
    FILING: (
        '{"at":"2026-11-22T08:00:00Z","deed":"withdraw","document":"'
        + DOC
        + '","filing":"2026-0001","issuer":"'
        + ISSUER
        + '",'
        '"kind":"accreditation","v":1}'
    ),
    DATED: (
        '{"at":"2026-11-22T08:00:00Z","deed":"accredit","document":"'
        + DOC
        + '","filing":"2026-0001","from":"2026-01-01",'
        '"issuer":"' + ISSUER + '","kind":"accreditation","scheme":"pcc","until":"2028-12-31","v":2}'
    ),
}


@pytest.mark.parametrize("leaf", WRITTEN, ids=lambda leaf: leaf.kind)
def test_a_leaf_is_written_and_read_in_its_one_form(leaf):
    assert leaf.to_bytes() == WRITTEN[leaf].encode()
    assert leaves.parse(WRITTEN[leaf].encode()) == leaf


@pytest.mark.parametrize("leaf", WRITTEN, ids=lambda leaf: leaf.kind)
def test_the_one_form_is_that_of_rfc_8785(leaf):
    assert rfc8785.dumps(json.loads(leaf.to_bytes())) == leaf.to_bytes()


def changed(leaf, **members: object) -> bytes:
    """The leaf with other members, again in the canonical form; None takes a member out."""
    facts = {**json.loads(WRITTEN[leaf]), **members}
    return rfc8785.dumps({name: value for name, value in facts.items() if value is not ...})


@pytest.mark.parametrize(
    "leaf",
    [
        b"", b"null", b"1", b'"award"', b"[]", b"{}", b"\xff", b"{", b'{"kind":1}', b'{"kind":"award"}', b'{"kind":["award"]}',
        b"[" * 2000, b'{"kind":"award","v":NaN}',
    ],
)  # fmt: skip
def test_what_is_no_leaf_at_all_is_refused(leaf: bytes):
    with pytest.raises(MalformedLeafError):
        leaves.parse(leaf)


@pytest.mark.parametrize(
    "members",
    [
        {"v": 2}, {"v": True}, {"v": "1"}, {"v": None}, {"v": ...}, {"kind": "badge"}, {"kind": "status"}, {"at": ...}, {"at": 5}, {"issuer": None},
        {"at": "2026-11-22T08:00:00+00:00"}, {"at": "2026-11-22T08:00:00.0Z"}, {"at": "2026-11-22 08:00:00Z"}, {"at": "2026-W47-7T08:00:00Z"},
        {"at": "2026-02-30T08:00:00Z"}, {"at": "2026-11-22T24:00:00Z"}, {"at": "2026-11-22T08:00:60Z"}, {"at": "２026-11-22T08:00:00Z"},
        {"at": "0000-11-22T08:00:00Z"}, {"document": DOC.upper()}, {"document": DOC[:-1]}, {"document": DOC + "0"}, {"document": "zz" * 32},
        {"document": "ab " * 21 + "a"}, {"document": "é" * 64}, {"document": [DOC]}, {"issuer": "https://example.org"}, {"issuer": "did:web:"},
        {"issuer": "did:web:a b"}, {"issuer": "did:web:" + "a" * 600}, {"scheme": ""}, {"scheme": "PCC"}, {"scheme": "a" * 65}, {"scheme": "职业"},
        {"filing": ""}, {"filing": " x"}, {"filing": "x "}, {"filing": "a\nb"}, {"filing": "a\u202eb"}, {"filing": "a\u200bb"}, {"filing": "x" * 129},
        {"filing": "\x7f"}, {"name": "王小明"}, {"document2": DOC}, {"": ""},
    ],
)  # fmt: skip
def test_an_award_with_anything_else_in_it_is_refused(members):
    with pytest.raises(MalformedLeafError):
        leaves.parse(changed(AWARD, **members))


@pytest.mark.parametrize(
    ("leaf", "members"),
    [
        (SUSPENSION, {"deed": "forgive"}), (SUSPENSION, {"deed": "withdraw"}), (SUSPENSION, {"deed": "revoke"}), (SUSPENSION, {"until": "2026-11-21"}),
        (SUSPENSION, {"until": "20261231"}), (SUSPENSION, {"until": ""}), (SUSPENSION, {"until": None}), (SUSPENSION, {"from": "2026-13-01"}),
        (SUSPENSION, {"from": "2026-W47-7"}), (SUSPENSION, {"reason": "he asked"}), (SUSPENSION, {"reason": ...}), (SUSPENSION, {"replaced_by": OTHER}),
        (REISSUE, {"replaced_by": ...}), (REISSUE, {"replaced_by": DOC}), (REISSUE, {"replaced_by": "x"}), (REISSUE, {"until": "2026-12-31"}),
        (REISSUE, {"deed": "revoke"}), (REISSUE, {"issuer": ISSUER}), (FILING, {"deed": "revoke"}), (FILING, {"scheme": "pcc"}), (FILING, {"filing": ...}),
        (FILING, {"issuer": "x"}), (FILING, {"v": 2}), (FILING, {"from": "2026-01-01"}), (FILING, {"v": 2, "from": "2026-01-01"}),
        (FILING, {"scheme": "pcc", "from": "2026-01-01"}), (FILING, {"until": "2026-01-01"}), (FILING, {"v": 3}),
        (DATED, {"v": 1}), (DATED, {"v": 3}), (DATED, {"v": True}), (DATED, {"scheme": ...}), (DATED, {"from": ...}), (DATED, {"from": "2026-02-30"}),
        (DATED, {"from": None}), (DATED, {"until": "20281231"}), (DATED, {"until": None}), (DATED, {"scheme": "PCC"}), (DATED, {"deed": "withdraw"}),
        (DATED, {"deed": "reinstate"}), (DATED, {"deed": "suspend", "until": "2025-12-31"}), (DATED, {"name": "王小明"}),
        (SUSPENSION, {"v": 2}), (REISSUE, {"v": 2}),
    ],
)  # fmt: skip
def test_a_deed_that_does_not_make_sense_is_refused(leaf, members):
    with pytest.raises(MalformedLeafError):
        leaves.parse(changed(leaf, **members))


@pytest.mark.parametrize(
    "twist",
    [
        lambda text: text.replace(",", ", ", 1),
        lambda text: text + "\n",
        lambda text: "\ufeff" + text,
        lambda text: text.replace("award", "\\u0061ward"),
        lambda text: text.replace("pcc", "p\\u0063c"),
        lambda text: text.replace('"v":1', '"v":1.0'),
        lambda text: text.replace('"v":1', '"v":1e0'),
        lambda text: text.replace('{"at"', '{"kind":"award","at"'),
        lambda text: text.replace('"v":1', '"v":2,"v":1'),
        lambda text: '{"v":1,' + text[1:].replace(',"v":1', ""),
        lambda text: text.replace("川", "\\u5ddd"),
    ],
)
def test_the_same_facts_in_another_spelling_are_refused(twist):
    twisted = twist(WRITTEN[AWARD])
    assert twisted != WRITTEN[AWARD]
    with pytest.raises(MalformedLeafError):
        leaves.parse(twisted.encode())


def test_a_leaf_of_64_kib_is_refused_unread():
    with pytest.raises(MalformedLeafError) as caught:
        leaves.parse(b" " * 65_536)
    assert caught.value.params["n_bytes"] == 65_536


@pytest.mark.parametrize(
    "make",
    [
        lambda: AwardLeaf(AT.replace(tzinfo=None), ISSUER, "pcc", "f", DOC),
        lambda: AwardLeaf(AT.astimezone(timezone(timedelta(hours=8))), ISSUER, "pcc", "f", DOC),
        lambda: AwardLeaf(AT.replace(microsecond=1), ISSUER, "pcc", "f", DOC),
        lambda: AwardLeaf(AT, ISSUER, "pcc", "f\ud800", DOC),
        lambda: StatusLeaf(AT, "suspend", DOC, date(2026, 1, 1), "lost"),
        lambda: StatusLeaf(AT, Deed.REVOKE, DOC, AT, "lost"),
        lambda: AccreditationLeaf(AT, Deed.SUSPEND, "f", ISSUER, DOC),
        lambda: AccreditationLeaf(AT, AccreditationDeed.ACCREDIT, "f", ISSUER, DOC, "pcc"),
        lambda: AccreditationLeaf(AT, AccreditationDeed.ACCREDIT, "f", ISSUER, DOC, None, date(2026, 1, 1)),
        lambda: AccreditationLeaf(AT, AccreditationDeed.ACCREDIT, "f", ISSUER, DOC, None, None, date(2026, 1, 1)),
        lambda: AccreditationLeaf(AT, AccreditationDeed.ACCREDIT, "f", ISSUER, DOC, "pcc", AT),
    ],
)
def test_a_leaf_that_could_not_be_read_back_cannot_be_made(make):
    with pytest.raises(MalformedLeafError):
        make()


moments = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
filings = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=60)


@settings(max_examples=150)
@given(st.one_of(
    st.builds(AwardLeaf, moments, st.just(ISSUER), st.sampled_from(["pcc", "vqc"]), filings, digests),
    st.builds(StatusLeaf, moments, st.sampled_from([Deed.REVOKE, Deed.ANNUL, Deed.SUSPEND]), digests, st.dates(), st.just("lost")),
    st.builds(AccreditationLeaf, moments, st.sampled_from(AccreditationDeed), filings, st.just(ISSUER), digests),
    st.builds(AccreditationLeaf, moments, st.sampled_from(AccreditationDeed), filings, st.just(ISSUER), digests, st.just("pcc"), st.dates()),
    st.builds(AccreditationLeaf, moments, st.just(AccreditationDeed.ACCREDIT), filings, st.just(ISSUER), digests, st.just("pcc"), st.dates(), st.dates()),
))  # fmt: skip
def test_any_leaf_that_can_be_made_comes_back_and_is_canonical(leaf):
    written = leaf.to_bytes()
    assert leaves.parse(written) == leaf
    assert rfc8785.dumps(json.loads(written)) == written


values = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
near = st.dictionaries(
    st.sampled_from(["v", "kind", "at", "issuer", "scheme", "filing", "document", "deed", "from", "until", "x"]),
    values,
    max_size=3,
)


@settings(max_examples=300)
@given(st.one_of(
    st.binary(max_size=60),
    st.builds(changed, st.sampled_from(list(WRITTEN))),
    st.builds(lambda leaf, members: changed(leaf, **members), st.sampled_from(list(WRITTEN)), near),
    st.builds(lambda leaf, at, byte: WRITTEN[leaf].encode()[:at] + bytes([byte]) + WRITTEN[leaf].encode()[at + 1 :],
              st.sampled_from(list(WRITTEN)), st.integers(0, 250), st.integers(0, 255)),
))  # fmt: skip
def test_any_bytes_are_the_one_form_of_their_leaf_or_a_coded_error(data):
    leaf, code = attempt(leaves.parse, data)
    assert code in {None, "malformed_leaf"}
    assert code or leaf.to_bytes() == data
