"""What the verifier remembers of statements, lists and checkpoints is never used for other bytes, keys or times."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import checkpoint, proofs, statuslist, verify
from guildhall.core.keys import SeedSigner
from guildhall.core.remembered import Remembered, name_of
from guildhall.core.report import Outcome, Report
from guildhall.core.trust import Body, Trust
from tests.unit.verify.made import (
    AUTHORITY,
    AUTHORITY_KEY,
    ENDED,
    FACTS,
    ISSUER_KEY,
    LOG,
    LOG_KEY,
    NOW,
    Register,
    seed,
    trusted,
)
from tests.unit.verify.test_verify import ATTACKS

TRUST = trusted()
STORES = (verify._statements, verify._lists, verify._proven, verify._heads)


def forget() -> None:
    for store in STORES:
        store.forget()


@pytest.fixture(autouse=True)
def _cold() -> Iterator[None]:
    forget()
    yield
    forget()


def ask(bundle: Any, *, trust: Trust = TRUST, now: datetime = NOW, **more: Any) -> Report:
    return verify.verify(json.dumps(bundle, ensure_ascii=False).encode(), trust=trust, now=now, **more)


def failing(report: Report) -> list[tuple[str, str]]:
    return [(check.name, check.code) for check in report.checks if check.outcome is Outcome.FAILED]


def warmed(bundle: Any) -> Any:
    """Return a good bundle after two checks; by then all that can be remembered is."""
    assert ask(bundle).valid
    assert ask(bundle).valid
    assert [len(store) for store in STORES] == [1, 2, 3, 1]
    return bundle


def signed_anew(document: dict[str, Any], key: SeedSigner, **times: datetime) -> dict[str, Any]:
    unsigned = {name: member for name, member in document.items() if name != "proof"}
    return proofs.add_proof(unsigned, key, cryptosuite="eddsa-jcs-2022", **({"created": NOW} | times))


# ── same answers, warm and cold ────────────────────────────────────────────────────────────────────────────────────


def test_the_second_answer_is_the_first() -> None:
    bundle = Register().bundle()
    assert ask(bundle) == ask(bundle) == ask(bundle)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_an_attack_fares_no_better_after_good_bundles(attack: Any) -> None:
    attacked = attack()
    cold = ask(attacked)
    forget()
    warmed(Register().bundle())
    assert ask(attacked) == ask(attacked) == cold


def test_what_has_failed_is_not_remembered() -> None:
    bundle = Register(authority_key=SeedSigner(AUTHORITY_KEY.key_id, seed("stranger"))).bundle()
    bundle["checkpoint"] = Register(log_key=SeedSigner(LOG_KEY.key_id, seed("stranger"))).bundle()["checkpoint"]
    assert not ask(bundle).valid
    assert [len(store) for store in STORES] == [0, 0, 0, 0]


# ── other bytes ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("member", ["proofValue", "created", "verificationMethod", "proofPurpose"])
def test_a_list_with_another_proof_is_checked_anew(part: int, member: str) -> None:
    bundle = warmed(Register().bundle())
    proof = bundle["statusLists"][part]["proof"]
    proof[member] = proof[member][:-1] + ("A" if proof[member][-1] != "A" else "B")
    assert [name for name, _ in failing(ask(bundle))] == ["status"]


def test_a_bit_cleared_after_the_list_was_seen_is_found_out() -> None:
    revoked = Register(set_bits=ENDED).bundle()
    assert failing(ask(revoked)) == [("status", "revoked")]
    clear = Register().bundle()
    for one, other in zip(revoked["statusLists"], clear["statusLists"], strict=True):
        one["credentialSubject"] = other["credentialSubject"]
    assert failing(ask(revoked)) == [("status", "status_list_unproven")]


def test_the_bits_that_are_read_are_those_of_this_list() -> None:
    bundle = warmed(Register().bundle())
    fresh = Register(set_bits=ENDED).bundle()["statusLists"]
    assert failing(ask(bundle, lists={one["id"]: one for one in fresh})) == [("status", "revoked")]
    assert ask(bundle).valid


def test_a_wider_accreditation_than_the_one_that_was_signed_is_found_out() -> None:
    bundle = warmed(Register().bundle())
    scope = bundle["accreditation"]["credentialSubject"]["accreditation"]
    scope["regions"] = [*scope["regions"], "320000"]
    assert [name for name, _ in failing(ask(bundle))] == ["accreditation"]


def test_a_number_is_not_taken_for_another_of_the_same_value() -> None:
    bundle = Register().bundle()
    bundle["accreditation"] = signed_anew(bundle["accreditation"] | {"extra": 1}, AUTHORITY_KEY)
    documents = [bundle["accreditation"] | {"extra": other} for other in (1, 1.0, True, "1")]
    assert len({name_of(one) for one in documents}) == 4


# ── other keys ─────────────────────────────────────────────────────────────────────────────────────────────────────


def trust_with_authority_key(key: SeedSigner) -> Trust:
    body = Body(AUTHORITY, {"zh": "主管部门"}, {AUTHORITY_KEY.key_id: key.public_key})
    return replace(TRUST, authorities={AUTHORITY: body})


def test_another_key_under_the_same_name_vouches_for_nothing_that_was_seen_before() -> None:
    bundle = warmed(Register().bundle())
    other = trust_with_authority_key(SeedSigner(AUTHORITY_KEY.key_id, seed("another")))
    assert failing(ask(bundle, trust=other)) == [("accreditation", "signature_invalid")]
    assert ask(bundle).valid


def test_an_authority_that_is_trusted_no_longer_vouches_for_nothing() -> None:
    bundle = warmed(Register().bundle())
    assert failing(ask(bundle, trust=replace(TRUST, authorities={}))) == []
    assert not ask(bundle, trust=replace(TRUST, authorities={})).valid
    body = next(iter(TRUST.authorities.values()))
    others = replace(TRUST, authorities={"did:web:other.example": replace(body, id="did:web:other.example")})
    assert failing(ask(bundle, trust=others)) == [("accreditation", "unknown_authority")]


def test_another_key_of_the_log_vouches_for_no_checkpoint_that_was_seen_before() -> None:
    bundle = warmed(Register().bundle())
    other = checkpoint.VerifierKey(LOG, SeedSigner(LOG, seed("another log")).public_key).text
    assert [name for name, _ in failing(ask(bundle, trust=replace(TRUST, logs={LOG: other})))] == ["log"]
    assert ask(bundle, trust=replace(TRUST, logs={})).check("log").outcome is Outcome.NOT_RUN
    assert ask(bundle).valid


def test_lists_of_a_key_that_the_statement_names_no_longer_are_found_out() -> None:
    bundle = warmed(Register().bundle())
    successor = SeedSigner(ISSUER_KEY.key_id, seed("successor"))
    moved = Register(
        issuer_key=successor, attested=((successor.key_id, successor.public_key.multibase),), list_key=successor
    ).bundle()
    assert ask(moved).valid
    # The old lists, to the byte, but the key of that name is another one now.
    moved["statusLists"] = bundle["statusLists"]
    assert failing(ask(moved)) == [("status", "status_list_unproven")]


# ── other times ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_statement_that_has_run_out_meanwhile_is_refused() -> None:
    bundle = Register().bundle()
    bundle["accreditation"] = signed_anew(bundle["accreditation"], AUTHORITY_KEY, expires=NOW + timedelta(days=1))
    warmed(bundle)
    assert failing(ask(bundle, now=NOW + timedelta(days=1))) == [("accreditation", "proof_expired")]
    assert ask(bundle, now=NOW + timedelta(days=1) - timedelta(seconds=1)).valid


def test_a_statement_from_the_future_is_refused_by_a_clock_that_was_set_back() -> None:
    bundle = Register().bundle()
    bundle["accreditation"] = signed_anew(bundle["accreditation"], AUTHORITY_KEY, created=NOW + timedelta(minutes=4))
    warmed(bundle)
    report = ask(bundle, now=NOW - timedelta(minutes=2))
    assert failing(report) == [("accreditation", "created_in_future")]
    forget()
    assert ask(bundle, now=NOW - timedelta(minutes=2)) == report


def test_a_list_that_has_run_out_meanwhile_is_refused() -> None:
    bundle = Register().bundle()
    bundle["statusLists"] = [
        signed_anew(one | {"validUntil": "2026-11-23T00:00:00Z"}, ISSUER_KEY) for one in bundle["statusLists"]
    ]
    warmed(bundle)
    assert failing(ask(bundle, now=NOW + timedelta(days=2))) == [("status", "status_list_out_of_date")]


def test_a_list_whose_proof_has_run_out_meanwhile_is_refused() -> None:
    bundle = Register().bundle()
    bundle["statusLists"] = [
        signed_anew(one, ISSUER_KEY, expires=NOW + timedelta(days=1)) for one in bundle["statusLists"]
    ]
    warmed(bundle)
    assert failing(ask(bundle, now=NOW + timedelta(days=1))) == [("status", "status_list_unproven")]


def test_the_accreditation_of_another_day_is_judged_anew() -> None:
    warmed(Register().bundle())
    early = Register(facts=replace(FACTS, issued_on=NOW.date().replace(year=2024))).bundle()
    assert failing(ask(early)) == [("accreditation", "not_yet")]


INSTANTS = st.integers(-600, 600).map(lambda seconds: NOW + timedelta(seconds=seconds))


@given(created=INSTANTS, expires=st.none() | INSTANTS, now=INSTANTS)
@settings(max_examples=60, deadline=None)
def test_a_good_proof_is_in_time_exactly_when_it_is_accepted(
    created: datetime, expires: datetime | None, now: datetime
) -> None:
    signed = proofs.add_proof(
        {"@context": ["https://www.w3.org/ns/credentials/v2"], "id": "urn:x:1"},
        ISSUER_KEY, created=created, expires=expires, cryptosuite="eddsa-jcs-2022",
    )  # fmt: skip
    keys = {ISSUER_KEY.key_id: ISSUER_KEY.public_key}
    assert proofs.all_ok(proofs.check_proofs(signed, keys.get, now=None))
    assert proofs.in_time(signed, now) == proofs.all_ok(proofs.check_proofs(signed, keys.get, now=now))


@pytest.mark.parametrize("proof", [None, "x", ["x"], {"created": "yesterday"}, [{"expires": 5}], [[]]])
def test_what_is_no_proof_is_never_in_time(proof: Any) -> None:
    assert not proofs.in_time({"proof": proof}, NOW)


@pytest.mark.parametrize(
    ("proof", "methods"),
    [(None, []), ({}, [""]), ({"verificationMethod": 5}, [""]), ([{"verificationMethod": "a"}, {}, "x"], ["a", ""])],
)
def test_the_methods_of_a_document_are_those_of_its_proofs(proof: Any, methods: list[str]) -> None:
    assert proofs.methods_of({"proof": proof}) == methods


# ── the store ──────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 30), st.booleans()), max_size=60))
@settings(max_examples=200, deadline=None)
def test_a_store_never_holds_more_than_its_limit_and_forgets_the_longest_unused(
    steps: list[tuple[int, int, bool]],
) -> None:
    store: Remembered[int, int] = Remembered(100)
    expected: dict[int, int] = {}  # in the order of their last use
    for key, weight, asked in steps:
        if asked:
            assert store.get(key) == expected.get(key)
            if key in expected:
                expected[key] = expected.pop(key)
        elif weight <= 25:
            store.keep(key, weight, weight)
            expected.pop(key, None)
            expected[key] = weight
            while sum(expected.values()) > 100:
                del expected[next(iter(expected))]
        else:
            store.keep(key, weight, weight)
        assert len(store) == len(expected)
    assert {key: store.get(key) for key in range(10) if store.get(key) is not None} == expected


def test_lists_that_are_too_large_to_keep_are_read_each_time() -> None:
    bundle = Register().bundle()
    one = bundle["statusLists"][0]
    bits = statuslist.Bitstring(9 * 1024 * 1024 * 8)
    one["credentialSubject"]["encodedList"] = bits.encoded
    bundle["statusLists"][0] = signed_anew(one, ISSUER_KEY)
    assert ask(bundle).valid
    assert ask(bundle).valid
    assert len(verify._lists) == 1


def json_values() -> st.SearchStrategy[Any]:
    scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.text(max_size=3)
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    )


def exactly(value: Any) -> Any:
    """Return a value that compares as JSON text does: 1, 1.0 and true are three things, and order counts."""
    if isinstance(value, dict):
        return "object", [(name, exactly(member)) for name, member in value.items()]
    if isinstance(value, list):
        return "list", [exactly(member) for member in value]
    return type(value).__name__, repr(value)


@given(json_values(), json_values())
@settings(max_examples=200, deadline=None)
def test_two_documents_have_one_name_only_if_they_are_the_same(one: Any, other: Any) -> None:
    for left, right in ((one, other), (one, deepcopy(one))):
        assert (name_of({"v": left}) == name_of({"v": right})) == (exactly(left) == exactly(right))


@pytest.mark.parametrize("value", [object(), 2**64, datetime, {1: 2}, "\ud800"])
def test_what_is_no_json_has_no_name(value: Any) -> None:
    assert name_of({"v": value}) is None
