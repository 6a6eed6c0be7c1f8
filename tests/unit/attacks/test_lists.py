"""Status lists: whoever holds a revoked certificate would like to show another list, or none that can be read."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from guildhall.core import multibase, proofs, statuslist
from guildhall.core.keys import SeedSigner
from tests.unit.attacks.made import Forge, ask, judged
from tests.unit.verify.made import ISSUER, ISSUER_KEY, LISTS, NOW, SUSPENDED, Register, seed

Change = Callable[[dict[str, Any]], None]
INDEX = Register().facts.status.index
ZEROS = bytes(statuslist.MIN_ENTRIES // 8)


@dataclass
class Listing(Register):
    """A register that signs what an attack has made of its lists."""

    change: Change = lambda _: None

    def status_list(self, purpose: str) -> dict[str, Any]:
        unsigned = {name: member for name, member in super().status_list(purpose).items() if name != "proof"}
        if purpose == "suspension":
            self.change(unsigned)
        return proofs.add_proof(unsigned, self.list_key, created=NOW)


def _subject(**members: Any) -> Change:
    return lambda document: document["credentialSubject"].update(members)


def _members(**members: Any) -> Change:
    return lambda document: document.update(members)


def _encoded(packed: bytes, base: str = "u") -> Change:
    text = multibase.encode(packed, base) if base == "z" else base + multibase.base64url(packed)
    return _subject(encodedList=text)


def _two_subjects(document: dict[str, Any]) -> None:
    clean = dict(document["credentialSubject"])
    document["credentialSubject"] = [clean, clean | {"id": "urn:x:other"}]


def _for_the_other_purpose(document: dict[str, Any]) -> None:
    document["credentialSubject"]["statusPurpose"] = "revocation"


def _without_an_id_and_of_another_issuer(document: dict[str, Any]) -> None:
    del document["id"]
    document["issuer"] = "did:web:register.example:issuers:other"


LISTINGS: dict[str, tuple[Change, str]] = {
    "list_too_short": (_encoded(gzip.compress(ZEROS[:-1], mtime=0)), "status_list_too_short"),
    "list_of_nothing": (_encoded(gzip.compress(b"", mtime=0)), "status_list_too_short"),
    "list_that_is_a_bomb": (_encoded(gzip.compress(bytes(17 << 20), mtime=0)), "status_list_too_large"),
    "list_of_two_members": (_encoded(gzip.compress(ZEROS) + gzip.compress(ZEROS)), "status_list_malformed"),
    "list_with_something_behind_it": (_encoded(gzip.compress(ZEROS) + b"\0"), "status_list_malformed"),
    "list_cut_short": (_encoded(gzip.compress(ZEROS)[:-4]), "status_list_malformed"),
    "list_whose_checksum_is_wrong": (_encoded(gzip.compress(ZEROS)[:-8] + bytes(8)), "status_list_malformed"),
    "list_that_is_not_packed": (_encoded(ZEROS), "status_list_malformed"),
    "list_in_another_base": (_encoded(gzip.compress(ZEROS, mtime=0), "z"), "status_list_malformed"),
    "list_with_padding": (
        _subject(encodedList="u" + multibase.base64url(gzip.compress(ZEROS, mtime=0)) + "=="), "status_list_malformed",
    ),
    "list_of_another_purpose": (_for_the_other_purpose, "status_purpose_mismatch"),
    "list_that_is_a_credential_like_any_other": (_members(type=["VerifiableCredential"]), "status_list_malformed"),
    "list_that_does_not_say_as_of_when": (lambda document: document.pop("validFrom"), "status_list_out_of_date"),
    "list_of_two_subjects": (_two_subjects, "status_list_malformed"),
    "list_that_has_run_out": (
        _members(validFrom="2026-11-01T00:00:00Z", validUntil="2026-11-22T07:59:59Z"), "status_list_out_of_date",
    ),
    "list_from_tomorrow": (_members(validFrom="2026-11-23T08:00:00Z"), "status_list_out_of_date"),
    "list_that_lives_backwards": (_subject(ttl=-1), "status_list_malformed"),
    "list_of_another_issuer": (_members(issuer="did:web:register.example:issuers:other"), "status_list_issuer"),
    "list_of_another_issuer_without_a_name": (_without_an_id_and_of_another_issuer, "status_list_other"),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTINGS)
def test_a_list_that_is_not_the_one_asked_for_fails_the_status_alone(name: str) -> None:
    change, code = LISTINGS[name]
    try:
        bundle = Listing(change=change).bundle()
    except statuslist.StatusListError:
        pytest.fail("the attack could not be made")
    assert judged(ask(bundle)) == (["status"], code)


def _entry(**members: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        document["credentialStatus"] |= members

    return change


def _indexed(text: str) -> Change:
    return _entry(statusListIndex=text, id=f"{LISTS['suspension']}#x")


ENTRIES: dict[str, tuple[Change, tuple[list[str], str]]] = {
    "index_beyond_the_list": (_indexed("131072"), (["status"], "status_index_out_of_range")),
    "index_without_end": (_indexed("9" * 100), (["status"], "status_index_out_of_range")),
    "index_longer_than_any": (_indexed("9" * 101), (["shape"], "status_entry_malformed")),
    "index_with_a_leading_zero": (_indexed(f"0{INDEX}"), (["shape"], "status_entry_malformed")),
    "index_below_nothing": (_indexed("-1"), (["shape"], "status_entry_malformed")),
    "index_with_a_sign": (_indexed(f"+{INDEX}"), (["shape"], "status_entry_malformed")),
    "index_in_other_digits": (_indexed("９４１３"), (["shape"], "status_entry_malformed")),
    "index_with_a_newline": (_indexed(f"{INDEX}\n"), (["shape"], "status_entry_malformed")),
    "index_with_a_fraction": (_indexed(f"{INDEX}.0"), (["shape"], "status_entry_malformed")),
    "entry_of_two_bits": (
        _entry(statusSize=2, statusMessage=[{"status": f"0x{n}", "message": "x"} for n in range(4)]),
        (["status"], "status_list_too_short"),
    ),
    "entry_that_is_for_information": (_entry(statusPurpose="message"), (["status"], "status_places")),
    "entry_of_a_purpose_that_nobody_knows": (_entry(statusPurpose="Suspension"), (["status"], "status_places")),
    "entry_of_another_type": (
        lambda document: document.update(
            credentialStatus={"id": "urn:x:1", "type": "1EdTechRevocationList"}
        ),
        (["status"], "status_places"),
    ),
    "no_entry_at_all": (lambda document: document.pop("credentialStatus"), (["status"], "status_places")),
}  # fmt: skip


@pytest.mark.parametrize("name", ENTRIES)
def test_a_certificate_that_points_elsewhere_than_to_its_bit(name: str) -> None:
    change, expected = ENTRIES[name]
    suite = "eddsa-jcs-2022"
    assert judged(ask(Forge(change=change, cryptosuite=suite, set_bits=SUSPENDED).bundle())) == expected


def test_a_number_as_index_is_no_index() -> None:
    change = _entry(statusListIndex=INDEX)
    assert judged(ask(Forge(change=change, cryptosuite="eddsa-jcs-2022").bundle())) == (
        ["shape"],
        "status_entry_malformed",
    )


def test_a_list_that_carries_a_status_of_its_own_is_read_for_its_bits_alone() -> None:
    """A list of lists would never end; who signed it and when is what counts."""
    own = statuslist.status_entry("https://elsewhere.example/status/1.json", 1)
    assert ask(Listing(change=_members(credentialStatus=own)).bundle()).valid
    report = ask(Listing(change=_members(credentialStatus=own), set_bits=SUSPENDED).bundle())
    assert judged(report) == (["status"], "suspended")


def test_a_list_in_other_words_is_still_out_of_date() -> None:
    """The list's end under its full address: the signature fits, and the list looks endless."""
    before = NOW - timedelta(days=30)
    stale = statuslist.list_credential(
        LISTS["suspension"], ISSUER, statuslist.Bitstring(), purpose="suspension", valid_from=before,
        valid_until=before + timedelta(days=1),
    )  # fmt: skip
    signed = proofs.add_proof(stale, ISSUER_KEY, created=before)
    bundle = Register(set_bits=SUSPENDED).bundle()
    bundle["statusLists"][0] = signed
    assert judged(ask(bundle)) == (["status"], "status_list_out_of_date")
    signed["https://www.w3.org/2018/credentials#validUntil"] = {
        "@value": signed.pop("validUntil"),
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
    }
    assert proofs.all_ok(proofs.check_proofs(signed, {ISSUER_KEY.key_id: ISSUER_KEY.public_key}.get, now=NOW))
    assert judged(ask(bundle)) == (["status"], "meaning_differs")


def test_an_old_list_does_not_hide_its_date_in_other_words() -> None:
    """An honest list from before the suspension, its date under its full address: nobody would see how old it is."""
    before = NOW - timedelta(days=300)
    old = statuslist.list_credential(
        LISTS["suspension"], ISSUER, statuslist.Bitstring(), purpose="suspension", valid_from=before
    )
    signed = proofs.add_proof(old, ISSUER_KEY, created=before)
    signed["https://www.w3.org/2018/credentials#validFrom"] = {
        "@value": signed.pop("validFrom"),
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
    }
    bundle = Register(set_bits=SUSPENDED).bundle()
    bundle["statusLists"][0] = signed
    assert proofs.all_ok(proofs.check_proofs(signed, {ISSUER_KEY.key_id: ISSUER_KEY.public_key}.get, now=NOW))
    assert judged(ask(bundle)) == (["status"], "status_list_out_of_date")


def test_an_index_without_end_can_be_told_in_json() -> None:
    """The report repeats the index; no writer of JSON may stumble over it."""
    import orjson

    change = _indexed("9" * 100)
    report = ask(Forge(change=change, cryptosuite="eddsa-jcs-2022").bundle())
    orjson.dumps(report.as_json())


def test_a_list_that_a_stranger_signed_in_the_issuers_name() -> None:
    stranger = SeedSigner(ISSUER_KEY.key_id, seed("stranger"))
    assert judged(ask(Listing(list_key=stranger).bundle())) == (["status"], "status_list_unproven")
