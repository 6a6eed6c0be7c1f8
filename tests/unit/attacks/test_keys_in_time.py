"""Keys and their times: what was taken out of use signs nothing more, whoever holds it now.

An issuer's key that was stolen is ended by the authority's next statement. A thief can still sign with it: a certificate,
but the log has not received that before; or a list of its own that clears what was revoked, which no log holds at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from guildhall.core import data_model, proofs, receipt, statement, statuslist
from guildhall.core.keys import SeedSigner
from guildhall.core.lifecycle import Deed
from guildhall.core.report import Verdict
from guildhall.core.verify import document_hash
from tests.unit.attacks.made import ask, failing, judged
from tests.unit.verify.made import (
    AUTHORITY,
    AUTHORITY_KEY,
    ENDED,
    FACTS,
    FILING,
    ISSUER,
    ISSUER_KEY,
    LISTS,
    NOW,
    REGISTER,
    Register,
    seed,
)

NEW_KEY = SeedSigner(f"{ISSUER}#key-2", seed("issuer's second"))
BOTH = tuple((key.key_id, key.public_key.multibase) for key in (ISSUER_KEY, NEW_KEY))


@dataclass
class Rotated(Register):
    """A register whose issuer has a second key; the first is out of use from ``ended_at``."""

    ended_at: datetime | None = None
    listed_at: datetime = NOW
    attested: tuple[tuple[str, str], ...] = field(default=BOTH)

    def statement(self) -> dict[str, Any]:
        unsigned = statement.document(
            self.filing,
            statement_id="urn:uuid:0f2f2d53-5b0d-4b37-9d67-000000110001",
            authority=AUTHORITY,
            authority_name="主管部门",
            issuer_name="国家培训中心",
            credit_code=self.facts.issuer_credit_code,
            keys=self.attested,
            ends={} if self.ended_at is None else {ISSUER_KEY.key_id: self.ended_at},
            stated_at=NOW,
        )
        return proofs.add_proof(unsigned, self.authority_key, created=NOW, cryptosuite="eddsa-jcs-2022")

    def status_list(self, purpose: str) -> dict[str, Any]:
        bits = statuslist.Bitstring()
        bits.set_all([self.facts.status.index] if purpose in self.set_bits else [])
        unsigned = statuslist.list_credential(LISTS[purpose], ISSUER, bits, purpose=purpose, valid_from=self.listed_at)
        return proofs.add_proof(unsigned, self.list_key, created=self.listed_at)


YESTERDAY = NOW - timedelta(days=1)


def key_ended_and_used_afterwards() -> Any:
    """The log received it a day after the authority had ended the key."""
    return Rotated(ended_at=YESTERDAY, list_key=NEW_KEY).bundle()


def key_ended_at_the_very_moment() -> Any:
    return Rotated(ended_at=NOW, list_key=NEW_KEY).bundle()


def list_signed_with_an_ended_key() -> Any:
    """The thief's own list: nothing in it is revoked."""
    return Rotated(issuer_key=NEW_KEY, ended_at=YESTERDAY).bundle()


def list_that_explains_signed_with_an_ended_key() -> Any:
    bundle = Rotated(issuer_key=NEW_KEY, list_key=NEW_KEY, ended_at=YESTERDAY, set_bits=ENDED).bundle()
    stolen = Rotated(issuer_key=NEW_KEY, ended_at=YESTERDAY).bundle()
    bundle["statusLists"][1] = stolen["statusLists"][1]
    return bundle


def key_of_another_statement() -> Any:
    """The new key, under a statement that is older than it."""
    made = Rotated(issuer_key=NEW_KEY, attested=BOTH[:1])
    return made.bundle()


def key_attested_under_another_name() -> Any:
    """The same key bytes, named as another of the issuer's keys."""
    bundle = Rotated(ended_at=None).bundle()
    bundle["key"] = statement.key_member(NEW_KEY.key_id, ISSUER, ISSUER_KEY.public_key.multibase)
    return bundle


ATTACKS: dict[Callable[[], Any], tuple[str, str]] = {
    key_ended_and_used_afterwards: ("issuer", "key_ended"),
    key_ended_at_the_very_moment: ("issuer", "key_ended"),
    list_signed_with_an_ended_key: ("status", "status_list_unproven"),
    list_that_explains_signed_with_an_ended_key: ("status", "status_list_unproven"),
    key_of_another_statement: ("issuer", "key_not_attested"),
    key_attested_under_another_name: ("issuer", "key_not_attested"),
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_an_attack_makes_exactly_the_named_check_fail(attack: Callable[[], Any]) -> None:
    name, code = ATTACKS[attack]
    assert judged(ask(attack())) == ([name], code)


@pytest.mark.parametrize("made", [
    Rotated(),
    Rotated(issuer_key=NEW_KEY, list_key=NEW_KEY, ended_at=YESTERDAY),
    Rotated(ended_at=NOW + timedelta(seconds=1)),
    Rotated(ended_at=NOW + timedelta(days=1)),
    Rotated(issuer_key=NEW_KEY, ended_at=YESTERDAY, listed_at=YESTERDAY - timedelta(seconds=1)),
])  # fmt: skip
def test_what_was_signed_in_time_stays_signed(made: Register) -> None:
    report = ask(made.bundle())
    assert report.valid, [check.as_json() for check in report.checks]


def test_the_second_in_which_a_key_ends_is_still_its_own() -> None:
    """Leaves carry whole seconds, cut: an end within a second must not undo what was signed before it in that second."""
    said = statement.read(Rotated(ended_at=NOW + timedelta(microseconds=1)).statement())
    assert said.signs_at(ISSUER_KEY.key_id, NOW)
    assert not said.signs_at(ISSUER_KEY.key_id, NOW + timedelta(seconds=1))


def test_an_end_that_cannot_be_read_is_no_statement() -> None:
    unsigned = {name: member for name, member in Rotated(ended_at=NOW).statement().items() if name != "proof"}
    unsigned["credentialSubject"]["keys"][0]["expires"] = "soon"
    bundle = Rotated().bundle()
    bundle["accreditation"] = proofs.add_proof(unsigned, AUTHORITY_KEY, created=NOW, cryptosuite="eddsa-jcs-2022")
    assert judged(ask(bundle)) == (["accreditation"], "not_a_statement")


def _scope(**members: object) -> Callable[[dict[str, Any]], None]:
    return lambda statement: statement["credentialSubject"]["accreditation"].update(members)


LAX: dict[str, Callable[[dict[str, Any]], None]] = {
    "levels_in_one_text": _scope(levels="543"),
    "occupations_as_names_of_members": _scope(occupations={"6-31-01-03": True}),
    "no_sites_in_a_text": _scope(sites=""),
    "no_sites_in_a_list": _scope(sites=[]),
    "no_suspensions_in_a_text": _scope(suspensions=""),
    "no_suspensions_in_an_object": _scope(suspensions={}),
    "start_written_as_a_week": _scope(startsOn="2025-W01-1"),
    "start_without_hyphens": _scope(startsOn="20250101"),
    "type_that_holds_the_word": lambda statement: statement.update(type="NoAccreditationCredentialAtAll"),
    "key_stated_twice": lambda statement: statement["credentialSubject"]["keys"].append(
        statement["credentialSubject"]["keys"][0]
    ),
}


@pytest.mark.parametrize("name", LAX)
def test_a_statement_is_read_to_the_letter(name: str) -> None:
    """The authority has signed it; what it says in another form than ours, another reader would read in another way."""
    unsigned = {name: member for name, member in Rotated().statement().items() if name != "proof"}
    LAX[name](unsigned)
    bundle = Rotated().bundle()
    bundle["accreditation"] = proofs.add_proof(unsigned, AUTHORITY_KEY, created=NOW, cryptosuite="eddsa-jcs-2022")
    assert judged(ask(bundle)) == (["accreditation"], "not_a_statement")


# ── two honest bundles, taken apart and put together anew ──────────────────────────────────────────────────────────

OTHER = Register(
    facts=replace(FACTS, document_id="urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b12", holder_name="王五", number="S000131000001263000043"),
    n_before=9,
)  # fmt: skip
SWAPPED = {
    "credential": (["log"], "not_included"),
    "inclusion": (["log"], "not_included"),
    "checkpoint": (["log"], "not_included"),
}


@pytest.mark.parametrize("member", SWAPPED)
def test_a_part_of_another_honest_bundle_does_not_fit(member: str) -> None:
    bundle = Register().bundle()
    bundle[member] = OTHER.bundle()[member]
    assert judged(ask(bundle)) == SWAPPED[member]


def test_lists_of_another_honest_bundle_of_the_issuer_do_fit() -> None:
    """They are the same lists; which certificates they serve is not written in the bundle but in the certificates."""
    bundle = Register().bundle()
    for member in ("statusLists", "key", "accreditation"):
        bundle[member] = OTHER.bundle()[member]
    assert ask(bundle).valid


def test_all_of_a_revoked_bundle_but_its_status_from_before_is_told_by_its_date_alone() -> None:
    """Offline nobody can know of what came later: the report says as of when it speaks."""
    later = NOW + timedelta(days=30)
    report = ask(Register().bundle(), now=later)
    assert report.valid
    assert datetime.fromisoformat(report.as_of) == NOW


def test_events_of_another_document_do_not_explain() -> None:
    explained = replace(OTHER, set_bits=ENDED, events=[(Deed.REVOKE, date(2026, 11, 15), None, "misconduct")]).bundle()
    bundle = Register(set_bits=ENDED).bundle() | {"events": explained["events"]}
    assert failing(ask(bundle, at=date(2026, 11, 10))) == ["status", "log"]


def test_a_statement_of_another_issuer_with_the_same_key_is_not_ours() -> None:
    """One key for two issuers: whose right counts is the credential's issuer's."""
    other = "did:web:register.example:issuers:other"
    made = Register(
        filing=replace(FILING, issuer=other),
        attested=((ISSUER_KEY.key_id, ISSUER_KEY.public_key.multibase),),
    ).bundle()
    made["key"]["controller"] = other
    assert judged(ask(made)) == (["issuer"], "issuer_differs")


# ── what a register signs can be read by every processor ───────────────────────────────────────────────────────────


def test_every_kind_of_document_that_a_register_signs_has_a_meaning() -> None:
    """A term that no context defines is refused everywhere else; our own statements must not rest on such."""
    made = Rotated(ended_at=NOW)
    report = ask(made.bundle())
    unsigned = receipt.document(
        report,
        receipt_id="urn:uuid:3c5d0d4e-7d1f-4b1a-8b7e-0d9a53a0f001",
        register=REGISTER,
        register_name="登记册",
        number=FACTS.number,
        checkpoint="a\n",
    )
    for document in (made.statement(), made.credential(), made.status_list("suspension"), unsigned):
        assert data_model.problems(document) == []
        assert data_model.meaning_problems(document) == []


# ── clocks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("moment", "valid"), [
    (datetime(2031, 11, 5, 15, 59, 59, tzinfo=UTC), True),  # the last second of 5 November in China
    (datetime(2031, 11, 5, 16, 0, 0, tzinfo=UTC), False),
])  # fmt: skip
def test_a_day_ends_in_china_when_it_is_still_afternoon_in_london(moment: datetime, valid: bool) -> None:
    report = ask(Register().bundle(), now=moment)
    assert (report.verdict is Verdict.VALID) is valid
    assert failing(report) == ([] if valid else ["dates"])


def test_a_leap_day_is_a_day() -> None:
    facts = replace(FACTS, issued_on=date(2024, 2, 29), examined_on=None, valid_until=date(2028, 2, 29))
    filing = replace(FILING, starts_on=date(2024, 2, 29), ends_on=date(2024, 2, 29))
    bundle = Register(facts=facts, filing=filing).bundle()
    assert ask(bundle, at=date(2028, 2, 29)).valid
    assert failing(ask(bundle, at=date(2028, 3, 1))) == ["dates"]
    assert failing(ask(bundle, at=date(2024, 2, 28))) == ["dates"]


def test_a_document_is_named_by_every_byte_of_it() -> None:
    signed = Register().credential()
    assert document_hash(signed) != document_hash(signed | {"name": signed["name"] + "\u200b"})
