"""The one verification path, attacked part by part. Each attack names the one check that must fail."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import credential, proofs, receipt, statuslist
from guildhall.core.accreditation import Suspension
from guildhall.core.keys import SeedSigner
from guildhall.core.lifecycle import Deed
from guildhall.core.report import CHECK_NAMES, Outcome, Report, Verdict
from guildhall.core.trust import Trust
from guildhall.core.verify import verify
from tests.unit.verify.made import (
    ENDED,
    FACTS,
    FILING,
    ISSUER,
    ISSUER_KEY,
    LISTS,
    LOG_KEY,
    NOW,
    ORIGIN,
    REGISTER,
    REGISTER_KEY,
    STRANGER_KEY,
    SUSPENDED,
    Register,
    seed,
    trusted,
    with_facts,
)

TRUST = trusted()


def ask(value: Any, *, trust: Trust = TRUST, at: date | None = None, now: datetime = NOW, **more: Any) -> Report:
    data = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return verify(data, trust=trust, now=now, at=at, **more)


def failing(report: Report) -> list[str]:
    return [check.name for check in report.checks if check.outcome is Outcome.FAILED]


@pytest.fixture(scope="module", params=["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def good(request: pytest.FixtureRequest) -> dict[str, Any]:
    return Register(cryptosuite=request.param).bundle()


def test_a_good_bundle_is_valid_and_every_check_has_passed(good: dict[str, Any]) -> None:
    report = ask(good)
    assert [(c.name, c.outcome) for c in report.checks] == [(name, Outcome.PASSED) for name in CHECK_NAMES]
    assert report.verdict is Verdict.VALID
    assert report.subject["holder"] == FACTS.holder_name
    assert report.subject["number"] == FACTS.number


def test_a_report_says_as_of_when_the_status_holds(good: dict[str, Any]) -> None:
    assert datetime.fromisoformat(ask(good).as_of) == NOW


def test_reformatting_a_bundle_changes_nothing(good: dict[str, Any]) -> None:
    assert ask(json.dumps(good, indent=3, sort_keys=True).encode()).valid


# ── one changed byte, one failed check ─────────────────────────────────────────────────────────────────────────────

SECTIONS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "credential": (lambda b: b["credential"], "proof"),
    "key": (lambda b: b["key"], "issuer"),
    "accreditation": (lambda b: b["accreditation"], "accreditation"),
    "path": (lambda b: b["inclusion"]["path"], "log"),
    "leaf": (lambda b: [b["inclusion"]["leaf"]], "log"),
    "index": (lambda b: {"index": b["inclusion"]["index"], "size": b["inclusion"]["size"]}, "log"),
    "checkpoint": (lambda b: [b["checkpoint"]], "log"),
    "status-lists": (lambda b: b["statusLists"], "status"),
}


def changes_of(section: object) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Yield, for each leaf value of a JSON tree (by its place), the place itself."""
    if isinstance(section, dict):
        for name, value in section.items():
            yield from _below(section, name, value)
    elif isinstance(section, list):
        for i, value in enumerate(section):
            yield from _below(section, i, value)


def _below(holder: Any, place: Any, value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict | list):
        yield from changes_of(value)
    else:
        yield holder, place


def other_than(value: Any, position: int) -> Any:
    """Return the value with one byte changed (for a number or a truth value: the nearest other one)."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    i = position % len(value)
    return value[:i] + ("A" if value[i] != "A" else "B") + value[i + 1 :]


@pytest.mark.parametrize("name", SECTIONS)
def test_changing_any_one_value_of_a_part_makes_exactly_its_check_fail(good: dict[str, Any], name: str) -> None:
    pick, expected = SECTIONS[name]
    n_changes = 0
    n_places = len(list(changes_of(pick(json.loads(json.dumps(good))))))
    assert n_places > 0
    for i in range(n_places):
        for position in (0, 7, -1):
            changed = json.loads(json.dumps(good))
            section = pick(changed)
            holder, place = list(changes_of(section))[i]
            before = holder[place]
            holder[place] = other_than(before, position)
            if name in ("leaf", "checkpoint"):
                changed["inclusion" if name == "leaf" else "checkpoint"] = (
                    {**changed["inclusion"], "leaf": section[0]} if name == "leaf" else section[0]
                )
            elif name == "index":
                changed["inclusion"] |= section
            n_changes += 1
            report = ask(changed)
            assert failing(report) == [expected], (
                name,
                place,
                before,
                holder[place],
                [c.as_json() for c in report.checks],
            )
            assert not report.valid
    assert n_changes == 3 * n_places


@pytest.mark.parametrize("name", ["checkpoint", "credential"])
def test_changing_any_byte_at_all_is_never_valid(name: str) -> None:
    """Every single byte of the raw text, not only values: structure, names and white space of the checkpoint too."""
    bundle = Register(cryptosuite="eddsa-jcs-2022").bundle()
    raw = json.dumps(bundle[name], ensure_ascii=False).encode()
    whole = json.dumps({**bundle, name: "@@@"}, ensure_ascii=False).encode()
    for i in range(len(raw)):
        for bit in (1, 0x20):
            damaged = raw[:i] + bytes([raw[i] ^ bit]) + raw[i + 1 :]
            data = whole.replace(b'"@@@"', damaged, 1)
            try:
                if json.loads(data) == bundle:
                    continue
            except ValueError:
                pass
            assert not ask(data).valid, (i, raw[max(0, i - 20) : i + 20])


# ── attacks, named for what they try ───────────────────────────────────────────────────────────────────────────────


def bundle_swapped_key() -> Any:
    made = Register(issuer_key=STRANGER_KEY)
    return made.bundle()


def bundle_key_of_another_bundle() -> Any:
    other = SeedSigner("did:web:register.example:issuers:other#key-1", seed("other"))
    bundle = Register().bundle()
    bundle["key"]["publicKeyMultibase"] = other.public_key.multibase
    return bundle


def statement_by_a_stranger() -> Any:
    return Register(authority_key=SeedSigner("did:web:register.example:authority#key-1", seed("stranger"))).bundle()


def statement_of_another_issuer() -> Any:
    filing = replace(FILING, issuer="did:web:register.example:issuers:other")
    bundle = Register(filing=filing).bundle()
    bundle["key"]["controller"] = filing.issuer
    return bundle


def accreditation_backdated() -> Any:
    return Register(filing=replace(FILING, starts_on=date(2026, 11, 7))).bundle()


def accreditation_expired() -> Any:
    return Register(filing=replace(FILING, ends_on=date(2026, 11, 5))).bundle()


def accreditation_suspended() -> Any:
    suspension = Suspension(date(2026, 11, 1), date(2026, 11, 30))
    return Register(filing=replace(FILING, suspensions=(suspension,))).bundle()


def accreditation_for_another_occupation() -> Any:
    return Register(filing=replace(FILING, occupations=frozenset({"4-10-01-05"}))).bundle()


def accreditation_for_another_level() -> Any:
    return Register(filing=replace(FILING, levels=frozenset({"5"}))).bundle()


def accreditation_for_another_region() -> Any:
    return Register(filing=replace(FILING, regions=frozenset({"320000"}))).bundle()


def accreditation_for_another_site() -> Any:
    return Register(filing=replace(FILING, sites=frozenset({"SH02"}))).bundle()


def accreditation_of_another_scheme() -> Any:
    return Register(filing=replace(FILING, scheme="vqc")).bundle()


def accreditation_of_another_filing() -> Any:
    return Register(filing=replace(FILING, filing="110002")).bundle()


def proof_set_one_good_one_bad() -> Any:
    bundle = Register(cryptosuite="eddsa-jcs-2022").bundle()
    (good,) = bundle["credential"]["proof"]
    bad = {**good, "proofValue": "z" + "2" * 86}
    bundle["credential"]["proof"] = [good, bad]
    return bundle


def proof_removed() -> Any:
    bundle = Register().bundle()
    del bundle["credential"]["proof"]
    return bundle


def proof_for_authentication() -> Any:
    made = Register()
    signed = proofs.add_proof(
        {k: v for k, v in made.credential().items() if k != "proof"}, ISSUER_KEY, created=NOW, purpose="authentication"
    )
    return {**made.bundle(), "credential": signed}


def proof_dated_in_the_future() -> Any:
    made = Register()
    unsigned = {k: v for k, v in made.credential().items() if k != "proof"}
    signed = proofs.add_proof(unsigned, ISSUER_KEY, created=NOW + timedelta(days=1))
    return {**made.bundle(), "credential": signed}


def undefined_term_smuggled_in() -> Any:
    bundle = Register().bundle()
    bundle["credential"]["credentialSubject"]["salary"] = "unsigned"
    return bundle


def status_list_of_somebody_else() -> Any:
    stranger = SeedSigner("did:web:register.example:issuers:other#key-1", seed("other"))
    return Register(list_key=stranger, list_issuer="did:web:register.example:issuers:other").bundle()


def status_list_signed_by_somebody_else() -> Any:
    return Register(list_key=SeedSigner(ISSUER_KEY.key_id, seed("other"))).bundle()


def status_lists_exchanged() -> Any:
    bundle = Register().bundle()
    first, second = bundle["statusLists"]
    first["id"], second["id"] = second["id"], first["id"]
    return bundle


def status_revoked() -> Any:
    return Register(set_bits=ENDED).bundle()


def status_suspended() -> Any:
    return Register(set_bits=SUSPENDED).bundle()


def status_revoked_and_the_list_that_says_so_left_out() -> Any:
    return Register(set_bits=ENDED, enclosed=("suspension",)).bundle()


def status_revoked_and_the_list_that_says_so_exchanged_for_a_clean_one() -> Any:
    return with_list(Register(set_bits=ENDED).bundle(), Register().bundle(), "revocation")


def status_revoked_and_the_list_that_says_so_exchanged_for_one_of_another_issuer() -> Any:
    other = SeedSigner("did:web:register.example:issuers:other#key-1", seed("other"))
    strangers = Register(list_key=other, list_issuer="did:web:register.example:issuers:other").bundle()
    return with_list(Register(set_bits=ENDED).bundle(), strangers, "revocation")


def status_revoked_and_only_the_explaining_list_says_so() -> Any:
    """No honest issuer publishes this: whoever is revoked is barred too."""
    return Register(set_bits=frozenset({"revocation"})).bundle()


def status_revoked_and_only_the_explaining_list_says_so_though_the_log_explains() -> Any:
    revoked = [(Deed.REVOKE, date(2026, 11, 30), None, "misconduct")]
    return Register(set_bits=frozenset({"revocation"}), events=revoked).bundle()


def status_suspended_again_and_the_second_time_left_out() -> Any:
    """The bit stands, and the events enclosed tell of a suspension that has ended."""
    return Register(
        set_bits=SUSPENDED,
        events=[
            (Deed.SUSPEND, date(2026, 11, 10), None, "review"),
            (Deed.REINSTATE, date(2026, 11, 14), None, "cleared"),
        ],
    ).bundle()


def status_revoked_and_only_an_ended_suspension_told() -> Any:
    ended = (Deed.SUSPEND, date(2026, 11, 10), date(2026, 11, 12), "review")
    return Register(set_bits=ENDED, events=[ended], enclosed=("suspension",)).bundle()


def status_revoked_and_only_a_suspension_told() -> Any:
    suspended = (Deed.SUSPEND, date(2026, 11, 23), None, "review")
    return Register(set_bits=ENDED, events=[suspended]).bundle()


def status_revoked_of_a_certificate_that_names_both_places() -> Any:
    return Register(set_bits=ENDED, names_both=True).bundle()


def status_revoked_as_older_lists_said_it() -> Any:
    return Register(set_bits=frozenset({"revocation"}), names_both=True).bundle()


def status_suspended_of_a_certificate_that_names_both_places() -> Any:
    return Register(set_bits=SUSPENDED, names_both=True).bundle()


def status_list_for_suspension_of_another_index() -> Any:
    """The list that bars is there and signed, but it is another one: the next of the same issuer."""
    bundle = Register().bundle()
    other = statuslist.list_credential(
        LISTS["suspension"].replace("-1.json", "-2.json"), ISSUER, statuslist.Bitstring(), purpose="suspension",
        valid_from=NOW,
    )  # fmt: skip
    bundle["statusLists"][0] = proofs.add_proof(other, ISSUER_KEY, created=NOW)
    return bundle


def status_list_enclosed_twice() -> Any:
    bundle = Register(set_bits=SUSPENDED).bundle()
    bundle["statusLists"].append(Register().bundle()["statusLists"][0])
    return bundle


def status_list_that_nobody_asked_for() -> Any:
    bundle = Register().bundle()
    other = statuslist.list_credential(f"{ORIGIN}/status/x.json", ISSUER, statuslist.Bitstring(), valid_from=NOW)
    bundle["statusLists"].append(proofs.add_proof(other, ISSUER_KEY, created=NOW))
    return bundle


def with_list(bundle: Any, other: Any, purpose: str) -> Any:
    """Return a bundle with another bundle's list of a purpose in place of its own."""
    at = next(i for i, one in enumerate(bundle["statusLists"]) if one["id"] == LISTS[purpose])
    bundle["statusLists"][at] = next(one for one in other["statusLists"] if one["id"] == LISTS[purpose])
    return bundle


def named_as(*entries: Any) -> Any:
    """Return the bundle of a certificate whose issuer signed these status entries."""
    unsigned = credential.document(FACTS) | {"credentialStatus": list(entries) if len(entries) != 1 else entries[0]}
    signed = credential.signed(unsigned, ISSUER_KEY, created=NOW)
    made = Register()
    made.credential = lambda: signed  # type: ignore[method-assign]
    return made.bundle()


def status_place_for_suspension_left_out() -> Any:
    return named_as(statuslist.status_entry(LISTS["revocation"], 9413))


def status_place_for_suspension_named_twice() -> Any:
    entry = statuslist.status_entry(LISTS["suspension"], 9413, purpose="suspension")
    return named_as(entry, entry | {"statusListIndex": "7"})


def status_place_of_a_message_besides() -> Any:
    """Verifiers take messages for information: they stand for nothing here."""
    entry = statuslist.status_entry(LISTS["suspension"], 9413, purpose="suspension")
    return named_as(entry, statuslist.status_entry(f"{ORIGIN}/status/m.json", 9413, purpose="message"))


def status_place_without_an_index() -> Any:
    entry = statuslist.status_entry(LISTS["suspension"], 9413, purpose="suspension")
    return named_as({name: member for name, member in entry.items() if name != "statusListIndex"})


def checkpoint_of_a_stranger() -> Any:
    return Register(log_key=SeedSigner(LOG_KEY.key_id, seed("stranger"))).bundle()


def checkpoint_of_another_log() -> Any:
    bundle = Register().bundle()
    bundle["checkpoint"] = bundle["checkpoint"].replace("register.example/log", "register.example/log2")
    return bundle


def checkpoint_rolled_back() -> Any:
    bundle = Register().bundle()
    bundle["checkpoint"] = Register(n_after=0).bundle()["checkpoint"]
    return bundle


def inclusion_of_another_award() -> Any:
    bundle = Register().bundle()
    bundle["inclusion"] = with_facts(holder_name="王五").bundle()["inclusion"]
    return bundle


def inclusion_path_cut_short() -> Any:
    bundle = Register().bundle()
    bundle["inclusion"]["path"].pop()
    return bundle


def inclusion_path_too_long() -> Any:
    bundle = Register().bundle()
    bundle["inclusion"]["path"].append(base64.b64encode(b"\0" * 32).decode())
    return bundle


def event_made_up() -> Any:
    revoked = Register(events=[(Deed.REINSTATE, date(2026, 11, 7), None, "appeal")]).bundle()
    return {**Register().bundle(), "events": revoked["events"]}


def not_yet_begun() -> Any:
    return with_facts(issued_on=date(2026, 12, 1), valid_until=None).bundle()


def run_out() -> Any:
    return with_facts(issued_on=date(2025, 11, 1), valid_until=date(2026, 11, 21)).bundle()


def unknown_member_carried_along() -> Any:
    return {**Register().bundle(), "note": "genuine, trust me"}


def version_unknown() -> Any:
    return {**Register().bundle(), "version": 2}


def bundle_without_checkpoint() -> Any:
    bundle = Register().bundle()
    del bundle["checkpoint"]
    return bundle


ATTACKS: dict[Callable[[], Any], tuple[str, str]] = {
    bundle_swapped_key: ("issuer", "key_not_attested"),
    bundle_key_of_another_bundle: ("issuer", "key_not_attested"),
    statement_by_a_stranger: ("accreditation", ""),
    statement_of_another_issuer: ("issuer", "issuer_differs"),
    accreditation_backdated: ("accreditation", "not_yet"),
    accreditation_expired: ("accreditation", "expired"),
    accreditation_suspended: ("accreditation", "suspended"),
    accreditation_for_another_occupation: ("accreditation", "wrong_occupation"),
    accreditation_for_another_level: ("accreditation", "wrong_level"),
    accreditation_for_another_region: ("accreditation", "wrong_region"),
    accreditation_for_another_site: ("accreditation", "wrong_region"),
    accreditation_of_another_scheme: ("accreditation", "unknown_issuer"),
    accreditation_of_another_filing: ("accreditation", "filing_differs"),
    proof_set_one_good_one_bad: ("proof", ""),
    proof_removed: ("proof", "proof_missing"),
    proof_for_authentication: ("proof", ""),
    proof_dated_in_the_future: ("proof", ""),
    undefined_term_smuggled_in: ("proof", "undefined_term"),
    status_list_of_somebody_else: ("status", ""),
    status_list_signed_by_somebody_else: ("status", ""),
    status_lists_exchanged: ("status", ""),
    status_revoked: ("status", "revoked"),
    status_suspended: ("status", "suspended"),
    status_revoked_and_the_list_that_says_so_left_out: ("status", "suspended"),
    status_revoked_and_the_list_that_says_so_exchanged_for_a_clean_one: ("status", "suspended"),
    status_revoked_and_the_list_that_says_so_exchanged_for_one_of_another_issuer: ("status", "status_list_issuer"),
    status_revoked_and_only_the_explaining_list_says_so: ("status", "revoked"),
    status_revoked_and_only_the_explaining_list_says_so_though_the_log_explains: ("status", "revoked"),
    status_suspended_again_and_the_second_time_left_out: ("status", "suspended"),
    status_revoked_and_only_an_ended_suspension_told: ("status", "suspended"),
    status_revoked_and_only_a_suspension_told: ("status", "revoked"),
    status_revoked_of_a_certificate_that_names_both_places: ("status", "revoked"),
    status_revoked_as_older_lists_said_it: ("status", "revoked"),
    status_suspended_of_a_certificate_that_names_both_places: ("status", "suspended"),
    status_list_for_suspension_of_another_index: ("status", "status_list_other"),
    status_list_enclosed_twice: ("status", "status_list_other"),
    status_list_that_nobody_asked_for: ("status", "status_list_other"),
    status_place_for_suspension_left_out: ("status", "status_places"),
    status_place_for_suspension_named_twice: ("status", "status_places"),
    status_place_of_a_message_besides: ("status", "status_places"),
    status_place_without_an_index: ("shape", "status_entry_malformed"),
    checkpoint_of_a_stranger: ("log", ""),
    checkpoint_of_another_log: ("log", ""),
    checkpoint_rolled_back: ("log", ""),
    inclusion_of_another_award: ("log", ""),
    inclusion_path_cut_short: ("log", ""),
    inclusion_path_too_long: ("log", ""),
    event_made_up: ("log", ""),
    not_yet_begun: ("dates", "not_yet_valid"),
    run_out: ("dates", "expired"),
    unknown_member_carried_along: ("shape", "not_a_bundle"),
    version_unknown: ("shape", "not_a_bundle"),
    bundle_without_checkpoint: ("shape", "not_a_bundle"),
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_an_attack_makes_exactly_the_named_check_fail(attack: Callable[[], Any]) -> None:
    name, code = ATTACKS[attack]
    report = ask(attack())
    assert failing(report) == [name], [c.as_json() for c in report.checks]
    assert not code or report.check(name).code == code, report.check(name).as_json()
    assert report.verdict is Verdict.NOT_VALID


def test_a_body_that_is_not_on_the_trust_list_is_an_unknown_issuer_and_never_valid(good: dict[str, Any]) -> None:
    body = next(iter(TRUST.authorities.values()))
    others = replace(TRUST, authorities={"did:web:other.example": replace(body, id="did:web:other.example")})
    report = ask(good, trust=others)
    assert report.verdict is Verdict.UNKNOWN_ISSUER
    assert failing(report) == ["accreditation"]


def test_without_any_trust_nothing_is_valid_and_nothing_has_failed(good: dict[str, Any]) -> None:
    report = ask(good, trust=Trust())
    assert report.verdict is Verdict.CANNOT_CHECK
    assert failing(report) == []
    assert report.check("proof").outcome is Outcome.PASSED


def test_without_a_trusted_log_the_log_check_is_not_run(good: dict[str, Any]) -> None:
    report = ask(good, trust=replace(TRUST, logs={}))
    assert report.check("log").outcome is Outcome.NOT_RUN
    assert report.verdict is Verdict.CANNOT_CHECK


def test_nothing_of_the_subject_is_shown_unless_the_proof_holds() -> None:
    bundle = Register().bundle()
    bundle["credential"]["credentialSubject"]["identifier"][0]["identityHash"] = "李四"
    assert ask(bundle).subject == {}


# ── days ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("day", "check", "code"),
    [
        (date(2026, 11, 5), "dates", "not_yet_valid"),
        (date(2026, 11, 6), "dates", "in_time"),
        (date(2031, 11, 5), "dates", "in_time"),
        (date(2031, 11, 6), "dates", "expired"),
    ],
)
def test_the_first_and_the_last_day_count(good: dict[str, Any], day: date, check: str, code: str) -> None:
    assert ask(good, at=day).check(check).code == code


def test_midnight_in_china_begins_the_day() -> None:
    just_before = datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC)
    report = ask(Register().bundle(), now=just_before + timedelta(hours=17))
    assert report.at == date(2026, 11, 22)
    assert ask(Register().bundle(), now=just_before).at == date(2026, 11, 21)


def test_a_revocation_counts_from_its_day_and_the_days_before_stay_valid() -> None:
    bundle = Register(set_bits=ENDED, events=[(Deed.REVOKE, date(2026, 11, 15), None, "misconduct")]).bundle()
    assert ask(bundle, at=date(2026, 11, 14)).valid
    report = ask(bundle, at=date(2026, 11, 15))
    assert (failing(report), report.check("status").code) == (["status"], "revoked")


def test_an_annulment_leaves_no_day_valid() -> None:
    bundle = Register(set_bits=ENDED, events=[(Deed.ANNUL, date(2026, 11, 15), None, "not-earned")]).bundle()
    assert [ask(bundle, at=day).check("status").code for day in (date(2026, 11, 7), date(2026, 11, 20))] == [
        "annulled"
    ] * 2


def test_a_suspension_counts_from_its_first_to_its_last_day() -> None:
    bundle = Register(events=[(Deed.SUSPEND, date(2026, 11, 10), date(2026, 11, 12), "review")]).bundle()
    days = [date(2026, 11, d) for d in (9, 10, 12, 13)]
    assert [ask(bundle, at=day).valid for day in days] == [True, False, False, True]


def test_a_reinstatement_ends_a_suspension() -> None:
    bundle = Register(
        events=[
            (Deed.SUSPEND, date(2026, 11, 10), None, "review"),
            (Deed.REINSTATE, date(2026, 11, 14), None, "cleared"),
        ]
    ).bundle()
    assert [ask(bundle, at=date(2026, 11, d)).valid for d in (9, 10, 13, 14)] == [True, False, False, True]


def test_a_replaced_document_says_so_from_the_day_of_its_replacement() -> None:
    bundle = Register(set_bits=ENDED, events=[(Deed.REISSUE, date(2026, 11, 15), None, "lost")]).bundle()
    assert ask(bundle, at=date(2026, 11, 14)).valid
    assert ask(bundle, at=date(2026, 11, 15)).check("status").code == "replaced"


def test_a_fresher_list_overrules_the_one_enclosed(good: dict[str, Any]) -> None:
    fresh = Register(set_bits=ENDED).bundle()["statusLists"]
    report = ask(good, lists={one["id"]: one for one in fresh})
    assert report.check("status").code == "revoked"


def test_of_fresher_lists_the_one_that_bars_is_enough(good: dict[str, Any]) -> None:
    fresh = {one["id"]: one for one in Register(set_bits=ENDED).bundle()["statusLists"]}
    codes = {
        url: ask(good, lists={url: fresh[url]}).check("status").code
        for url in (LISTS["suspension"], LISTS["revocation"])
    }
    assert codes == {LISTS["suspension"]: "suspended", LISTS["revocation"]: "revoked"}


EVENTS: dict[str, list[tuple[Deed, date, date | None, str]]] = {
    "nothing": [],
    "suspended": [(Deed.SUSPEND, date(2026, 11, 10), None, "review")],
    "suspended for a time that is over": [(Deed.SUSPEND, date(2026, 11, 10), date(2026, 11, 12), "review")],
    "suspended from tomorrow": [(Deed.SUSPEND, date(2026, 11, 23), None, "review")],
    "reinstated": [
        (Deed.SUSPEND, date(2026, 11, 10), None, "review"),
        (Deed.REINSTATE, date(2026, 11, 14), None, "cleared"),
    ],
    "revoked": [(Deed.REVOKE, date(2026, 11, 15), None, "misconduct")],
    "to be revoked": [(Deed.REVOKE, date(2026, 11, 30), None, "misconduct")],
    "annulled": [(Deed.ANNUL, date(2026, 11, 15), None, "not-earned")],
    "replaced": [(Deed.CORRECT, date(2026, 11, 15), None, "wrong-name")],
}
DAYS = tuple(date(2026, 11, day) for day in (9, 11, 13, 15, 22, 25))


@pytest.mark.parametrize("told", EVENTS)
@pytest.mark.parametrize("barred", [False, True])
def test_the_list_that_explains_can_only_add_a_refusal(told: str, barred: bool) -> None:
    bits = SUSPENDED if barred else frozenset()
    without = Register(set_bits=bits, events=EVENTS[told], enclosed=("suspension",)).bundle()
    for marked in (bits, bits | {"revocation"}):
        with_it = Register(set_bits=marked, events=EVENTS[told]).bundle()
        for day in DAYS:
            assert ask(without, at=day).valid or not ask(with_it, at=day).valid, (told, marked, day)


@pytest.mark.parametrize("told", EVENTS)
def test_on_the_day_of_its_list_nothing_that_is_barred_is_valid_whatever_is_told(told: str) -> None:
    for marked in (SUSPENDED, ENDED):
        for both in (False, True):
            bundle = Register(set_bits=marked, events=EVENTS[told], names_both=both).bundle()
            assert failing(ask(bundle, at=NOW.date())) == ["status"], (told, marked, both)


def test_without_the_list_that_explains_a_certificate_in_force_is_valid() -> None:
    assert ask(Register(enclosed=("suspension",)).bundle()).valid


@pytest.mark.parametrize("enclosed", [(), ("revocation",)])
def test_without_the_list_that_bars_nothing_is_known_of_the_status(enclosed: tuple[str, ...]) -> None:
    report = ask(Register(enclosed=enclosed).bundle())
    assert (report.check("status").outcome, report.check("status").code) == (Outcome.NOT_RUN, "no_status_list")
    assert report.verdict is Verdict.CANNOT_CHECK


def test_a_certificate_that_names_both_places_is_still_read() -> None:
    assert ask(Register(names_both=True).bundle()).valid
    one_list = ask(Register(names_both=True, enclosed=("suspension",)).bundle())
    assert one_list.check("status").outcome is Outcome.NOT_RUN


def test_a_suspension_that_the_log_tells_of_holds_on_its_days_only() -> None:
    bundle = Register(set_bits=SUSPENDED, events=[(Deed.SUSPEND, date(2026, 11, 20), None, "review")]).bundle()
    assert [ask(bundle, at=date(2026, 11, d)).check("status").code for d in (19, 20, 22)] == [
        "in_force", "suspended", "suspended",
    ]  # fmt: skip


def test_the_status_holds_as_of_the_list_that_bars() -> None:
    older = NOW - timedelta(hours=9)
    bundle = Register().bundle()
    explaining = statuslist.list_credential(
        LISTS["revocation"], ISSUER, statuslist.Bitstring(), purpose="revocation", valid_from=older
    )
    bundle["statusLists"][1] = proofs.add_proof(explaining, ISSUER_KEY, created=older)
    assert datetime.fromisoformat(ask(bundle).as_of) == NOW


def test_a_list_that_does_not_say_from_when_it_holds_ends_in_a_report() -> None:
    bundle = Register(set_bits=SUSPENDED).bundle()
    undated = {n: m for n, m in bundle["statusLists"][0].items() if n not in ("proof", "validFrom")}
    bundle["statusLists"][0] = proofs.add_proof(undated, ISSUER_KEY, created=NOW)
    assert ask(bundle).check("status").code == "status_list_out_of_date"


# ── receipts, credentials, rubbish ─────────────────────────────────────────────────────────────────────────────────


def made_receipt() -> dict[str, Any]:
    report = ask(Register().bundle())
    unsigned = receipt.document(
        report,
        receipt_id="urn:uuid:3c5d0d4e-7d1f-4b1a-8b7e-0d9a53a0f001",
        register=REGISTER,
        register_name="登记册",
        number=FACTS.number,
    )
    return proofs.add_proof(unsigned, REGISTER_KEY, created=NOW, cryptosuite="eddsa-jcs-2022")


def test_a_receipt_verifies_offline() -> None:
    report = ask(made_receipt())
    assert report.kind == "receipt"
    assert report.valid, [c.as_json() for c in report.checks]
    assert report.subject["verdict"] == "valid"


def test_a_receipt_fails_on_any_changed_byte() -> None:
    raw = json.dumps(made_receipt(), ensure_ascii=False).encode()
    good = json.loads(raw)
    n_tried = 0
    for i in range(len(raw)):
        damaged = raw[:i] + bytes([raw[i] ^ 1]) + raw[i + 1 :]
        try:
            if json.loads(damaged) == good:
                continue
        except ValueError:
            pass
        n_tried += 1
        assert not ask(damaged).valid, raw[max(0, i - 20) : i + 20]
    assert n_tried > 1000


def test_a_receipt_of_an_unknown_register_is_not_valid() -> None:
    body = next(iter(TRUST.registers.values()))
    others = replace(TRUST, registers={"did:web:other.example": replace(body, id="did:web:other.example")})
    assert not ask(made_receipt(), trust=others).valid


def test_a_receipt_signed_with_an_authoritys_key_is_not_a_registers() -> None:
    from tests.unit.verify.made import AUTHORITY_KEY

    unsigned = {k: v for k, v in made_receipt().items() if k != "proof"}
    signed = proofs.add_proof(unsigned, AUTHORITY_KEY, created=NOW, cryptosuite="eddsa-jcs-2022")
    assert not ask(signed).valid


def test_a_credential_without_its_bundle_cannot_be_checked_wholly() -> None:
    report = ask(Register().credential())
    assert report.verdict is Verdict.CANNOT_CHECK
    assert report.check("log").outcome is Outcome.NOT_RUN


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_report(data: bytes) -> None:
    report = ask(data)
    assert not report.valid


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["credential", "key", "accreditation", "statusLists", "inclusion", "events", "checkpoint"]), JSON
)
def test_any_json_in_place_of_a_part_ends_in_a_report(name: str, value: Any) -> None:
    assert not ask({**BUNDLE, name: value}).valid or value == BUNDLE[name] or (name == "events" and value == [])


@settings(max_examples=300, deadline=None)
@given(st.data(), JSON)
def test_any_json_in_place_of_any_value_ends_in_a_report(data: st.DataObject, value: Any) -> None:
    changed = json.loads(json.dumps(BUNDLE))
    places = list(changes_of(changed))
    holder, place = data.draw(st.sampled_from(places))
    before = holder[place]
    holder[place] = value
    report = ask(changed)
    assert not report.valid or value == before


BUNDLE = Register(cryptosuite="eddsa-jcs-2022").bundle()


# ── the command ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def empty_folder(tmp_path: Any) -> Any:
    (tmp_path / "trust.json").write_text(json.dumps(TRUST.as_json()))
    (tmp_path / "good.json").write_text(json.dumps(Register().bundle()))
    bad = Register().bundle()
    bad["credential"]["credentialSubject"]["licenseNumber"] = "S000131000001263000043"
    (tmp_path / "bad.json").write_text(json.dumps(bad))
    return tmp_path


def run(folder: Any, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {"PATH": os.environ["PATH"], "GUILDHALL_TRUST_DIR": str(folder / "none")}
    return subprocess.run(
        [sys.executable, "-m", "guildhall", *arguments],
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        check=False,
    )


def test_the_command_exits_0_1_2_for_valid_not_valid_and_could_not_check(empty_folder: Any) -> None:
    assert run(empty_folder, "verify", "good.json", "--trust", "trust.json").returncode == 0
    assert run(empty_folder, "verify", "bad.json", "--trust", "trust.json").returncode == 1
    assert run(empty_folder, "verify", "good.json").returncode == 2
    assert run(empty_folder, "verify", "missing.json", "--trust", "trust.json").returncode == 2
    assert run(empty_folder, "verify", "good.json", "--trust", "trust.json", "--at", "yesterday").returncode == 2


def test_the_command_reads_standard_input_and_answers_in_json(empty_folder: Any) -> None:
    done = run(
        empty_folder, "verify", "-", "--trust", "trust.json", "--json", stdin=(empty_folder / "good.json").read_bytes()
    )
    answer = json.loads(done.stdout)
    assert answer["valid"] is True
    assert [set(line) >= {"name", "outcome", "code", "detail"} for line in answer["checks"]] == [True] * len(
        CHECK_NAMES
    )


def test_the_command_shows_what_a_document_says_and_where_its_status_stands(empty_folder: Any) -> None:
    from tests.unit.verify.test_transcript import College

    (empty_folder / "transcript.json").write_text(json.dumps(College().bundle()))
    place = {"purpose": "suspension", "list": LISTS["suspension"], "index": "9413"}
    for file, number in (("good.json", FACTS.number), ("transcript.json", "CT-5F0C0C0E")):
        shown = json.loads(run(empty_folder, "inspect", file).stdout)
        assert (shown["says"]["number"], shown["status"]) == (number, [place])
        assert set(shown["status_lists"]) == set(LISTS.values())


def test_the_command_loads_no_django(empty_folder: Any) -> None:
    script = (
        "import sys, guildhall.cli.verify, guildhall.cli.inspect, guildhall.cli.audit, guildhall.cli.codes, guildhall.cli.trust;"
        "sys.exit(any(name.split('.')[0] in ('django', 'ninja', 'pydantic') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=empty_folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
