"""Bitstring Status List 1.0: both ways, against an independent reading of the format, and against attacks by name."""

from __future__ import annotations

import base64
import gzip
import io
import random
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import data_model, statuslist
from guildhall.core.errors import Error
from guildhall.core.statuslist import Bitstring, Status, read_entry, read_list, read_status, status_entry
from tests.refusals import code_of

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
URL = "https://register.example/status/1"
CENTRE = "did:web:register.example:issuers:north"
REGISTER = "did:web:register.example:authority"


def encoded_by_hand(raw: bytes) -> str:
    """What the specification says, by the standard library's other door."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=1234567890) as file:
        file.write(raw)
    return "u" + base64.urlsafe_b64encode(out.getvalue()).rstrip(b"=").decode()


def a_list(bits: Bitstring | None = None, **change: Any) -> dict[str, Any]:
    credential = statuslist.list_credential(URL, CENTRE, bits or Bitstring(), valid_from=NOW)
    return {**credential, **change}


def with_subject(**change: Any) -> dict[str, Any]:
    credential = a_list()
    credential["credentialSubject"] = {**credential["credentialSubject"], **change}
    return credential


def with_encoded(text: object) -> dict[str, Any]:
    return with_subject(encodedList=text)


def an_entry(**change: Any) -> dict[str, Any]:
    return {**status_entry(URL, 94567), **change}


def status_of(
    entry: dict[str, Any], credential: dict[str, Any], *, issuers: tuple[str, ...] = (CENTRE,), now: datetime = NOW
) -> Status:
    return read_status(read_entry(entry), read_list(credential), issuers=issuers, now=now)


# --- exactness -----------------------------------------------------------------------------------------------------


def test_the_published_example_is_a_list_of_131072_zeros() -> None:
    # Bitstring Status List 1.0, example 3.
    text = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
    assert statuslist.decode(text) == bytes(16384)


def test_index_zero_is_the_left_most_bit() -> None:
    bits = Bitstring()
    bits[0] = 1
    bits[9] = 1
    assert bytes(bits)[:2] == b"\x80\x40"
    bits[0] = 0
    bits[131071] = 1
    assert bytes(bits)[:2] == b"\x00\x40"
    assert bytes(bits)[-1] == 1


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 131071), max_size=50))
def test_a_list_that_an_independent_reader_reads_says_the_same(indexes: set[int]) -> None:
    bits = Bitstring()
    bits.set_all(indexes)
    text = bits.encoded
    assert "=" not in text
    raw = gzip.decompress(base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4)))
    digits = f"{int.from_bytes(raw, 'big'):0131072b}"
    assert {i for i, digit in enumerate(digits) if digit == "1"} == indexes
    assert statuslist.decode(text) == raw
    assert statuslist.decode(encoded_by_hand(raw)) == raw


def test_the_same_bits_give_the_same_text() -> None:
    bits = Bitstring()
    bits.set_all([5, 77, 131071])
    assert bits.encoded == statuslist.encode(bytes(bits)) == bits.encoded


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_entries_of_several_bits_lie_side_by_side(size: int) -> None:
    bits = Bitstring(131072, size=size)
    chance = random.Random(size)  # fixed: the same list in every run
    values = {chance.randrange(131072): chance.randrange(1 << size) for _ in range(200)}
    for index, value in values.items():
        bits[index] = value
    whole = int.from_bytes(bytes(bits), "big")
    n_bits = len(bytes(bits)) * 8
    for index, value in values.items():
        assert bits[index] == value
        assert whole >> (n_bits - (index + 1) * size) & ((1 << size) - 1) == value
        assert statuslist.value_at(bytes(bits), index, size) == value


def test_revoked_and_not_revoked_are_told_apart() -> None:
    bits = Bitstring()
    bits[94567] = 1
    assert status_of(an_entry(), a_list(bits)) == Status("revocation", 1)
    assert not status_of(an_entry(), a_list(bits)).stands
    assert status_of(an_entry(statusListIndex="94566"), a_list(bits)).stands
    assert status_of(an_entry(statusListIndex="94568"), a_list(bits)).stands


def test_a_refresh_or_message_does_not_take_a_credential_away() -> None:
    assert Status("refresh", 1).stands
    assert Status("message", 3).stands
    assert not Status("suspension", 1).stands
    assert not Status("withdrawal-of-honour", 1).stands


def test_a_list_of_messages_is_read() -> None:
    messages = [
        {"status": "0x0", "message": "pending_review"},
        {"status": "0x1", "message": "accepted"},
        {"status": "0x2", "message": "rejected"},
        {"status": "0x3", "message": "undefined"},
    ]
    entry = an_entry(statusPurpose="message", statusSize=2, statusMessage=messages, statusListIndex="7")
    bits = Bitstring(131072, size=2)
    bits[7] = 2
    credential = statuslist.list_credential(URL, CENTRE, bits, purpose=["message", "refresh"], valid_from=NOW)
    assert status_of(entry, credential) == Status("message", 2, "rejected")


def test_the_list_is_a_conforming_credential_and_so_is_its_entry() -> None:
    credential = statuslist.list_credential(
        URL, CENTRE, Bitstring(), purpose=["revocation", "suspension"], valid_from=NOW, ttl_ms=300_000,
        valid_until=NOW + timedelta(days=1),
    )  # fmt: skip
    assert data_model.problems(credential) == []
    assert data_model.meaning_problems(credential) == []
    read = read_list(credential)
    assert (read.url, read.issuer, read.purposes, read.ttl_ms) == (URL, CENTRE, ("revocation", "suspension"), 300_000)
    holder = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": CENTRE,
        "credentialSubject": {"id": "did:example:li-na"},
        "credentialStatus": [status_entry(URL, 5), status_entry(URL, 6, purpose="suspension")],
    }
    assert data_model.problems(holder) == []
    assert data_model.meaning_problems(holder) == []
    assert [entry["statusListIndex"] for entry in statuslist.entries_of(holder)] == ["5", "6"]


def test_entries_of_other_types_are_left_out() -> None:
    other = {"id": "https://a.example/1", "type": "StatusList2021Entry"}
    assert statuslist.entries_of({"credentialStatus": other}) == []
    assert statuslist.entries_of({"credentialStatus": [other, status_entry(URL, 1), 5]}) == [status_entry(URL, 1)]
    assert statuslist.entries_of({}) == []


# --- attacks -------------------------------------------------------------------------------------------------------


def test_list_too_short() -> None:
    assert code_of(lambda: Bitstring(131071)) == "status_list_too_short"
    short = with_encoded(encoded_by_hand(bytes(16383)))
    assert code_of(lambda: status_of(an_entry(), short)) == "status_list_too_short"
    assert code_of(lambda: status_of(an_entry(), with_encoded(encoded_by_hand(bytes(16384))))) == ""


def test_list_too_short_for_its_width() -> None:
    entry = an_entry(
        statusSize=2,
        statusMessage=[{"status": hex(i), "message": str(i)} for i in range(4)],
        statusListIndex="5",
    )
    assert code_of(lambda: status_of(entry, a_list())) == "status_list_too_short"


def test_list_with_padding() -> None:
    raw = encoded_by_hand(bytes(16384))
    padded = raw + "=" * (-len(raw[1:]) % 4 or 4)
    assert code_of(lambda: read_list(with_encoded(padded))) == "status_list_malformed"


def test_list_in_another_encoding() -> None:
    packed = gzip.compress(bytes(16384))
    for text in (
        base64.urlsafe_b64encode(packed).rstrip(b"=").decode(),  # no multibase letter
        "m" + base64.b64encode(packed).rstrip(b"=").decode(),
        "z" + "2" * 40,
        "u" + base64.b64encode(b"\xfb\xff" + packed).decode().rstrip("="),  # + and /
        "u" + base64.urlsafe_b64encode(zlib.compress(bytes(16384))).rstrip(b"=").decode(),  # zlib, not gzip
        "u",
        "",
    ):
        assert code_of(lambda text=text: read_list(with_encoded(text))) == "status_list_malformed"


def test_list_that_is_a_bomb() -> None:
    """A kilobyte that would unfold to a gigabyte is refused after as much as we allow, and no more is held."""
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(bytes(1024 * 1024)) for _ in range(200)]
    bomb = b"".join(parts) + packer.flush()
    text = "u" + base64.urlsafe_b64encode(bomb).rstrip(b"=").decode()
    assert len(text) < 300_000
    assert code_of(lambda: read_list(with_encoded(text))) == "status_list_too_large"
    assert code_of(lambda: statuslist.decode(encoded_by_hand(bytes(20_000)), max_bytes=16_384)) == (
        "status_list_too_large"
    )
    assert code_of(lambda: Bitstring(2**40)) == "status_list_too_large"


def test_list_longer_than_any_honest_one() -> None:
    assert code_of(lambda: statuslist.decode("u" + "A" * 100_000, max_bytes=16_384)) == "status_list_too_large"


def test_list_cut_short_or_with_something_behind_it() -> None:
    packed = gzip.compress(bytes(16384))
    for raw in (packed[:-1], packed[:-8], packed + b"x", packed + packed, packed[:20]):
        text = "u" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        assert code_of(lambda text=text: statuslist.decode(text)) == "status_list_malformed"


def test_every_changed_byte_of_the_packed_list_is_noticed_or_changes_nothing() -> None:
    bits = Bitstring()
    bits.set_all([1, 5000, 131071])
    packed = gzip.compress(bytes(bits), mtime=0)
    for i in range(10, len(packed)):  # the first ten are the header: time and system say nothing about the bits
        changed = packed[:i] + bytes([packed[i] ^ 1]) + packed[i + 1 :]
        text = "u" + base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        try:
            assert statuslist.decode(text) == bytes(bits)
        except Error:
            continue


def test_index_out_of_range() -> None:
    assert code_of(lambda: status_of(an_entry(statusListIndex="131072"), a_list())) == "status_index_out_of_range"
    assert code_of(lambda: status_of(an_entry(statusListIndex="9" * 90), a_list())) == "status_index_out_of_range"
    bits = Bitstring()
    for index in (-1, 131072):
        assert code_of(lambda index=index: bits[index]) == "status_index_out_of_range"


def test_purpose_swapped() -> None:
    """``list_of_suspensions_for_revocations``: asked about revocation, shown a list that is clean of suspensions."""
    suspensions = statuslist.list_credential(URL, CENTRE, Bitstring(), purpose="suspension", valid_from=NOW)
    assert code_of(lambda: status_of(an_entry(), suspensions)) == "status_purpose_mismatch"


def test_status_list_signed_by_somebody_else() -> None:
    mallory = a_list(issuer="did:web:mallory.example")
    assert code_of(lambda: status_of(an_entry(), mallory)) == "status_list_issuer"
    kept_by_register = a_list(issuer={"id": REGISTER})
    assert code_of(lambda: status_of(an_entry(), kept_by_register)) == "status_list_issuer"
    assert status_of(an_entry(), kept_by_register, issuers=(CENTRE, REGISTER)).stands


def test_another_list_of_the_same_issuer() -> None:
    other = a_list(id="https://register.example/status/2")
    assert code_of(lambda: status_of(an_entry(), other)) == "status_list_other"
    nameless = a_list()
    del nameless["id"]
    assert status_of(an_entry(), nameless).stands


def test_old_list_replayed() -> None:
    old = a_list(validUntil="2026-11-22T09:00:00Z")
    assert status_of(an_entry(), old).stands
    late = NOW + timedelta(hours=2)
    assert code_of(lambda: status_of(an_entry(), old, now=late)) == "status_list_out_of_date"
    assert code_of(lambda: status_of(an_entry(), a_list(), now=NOW - timedelta(seconds=1))) == "status_list_out_of_date"


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"type": "BitstringStatusList"}, "type"),
        ({"id": URL}, "id"),
        ({"statusPurpose": None}, "statusPurpose"),
        ({"statusPurpose": ["revocation"]}, "statusPurpose"),
        ({"statusPurpose": ""}, "statusPurpose"),
        ({"statusListIndex": 5}, "statusListIndex"),
        ({"statusListIndex": "-1"}, "statusListIndex"),
        ({"statusListIndex": "05"}, "statusListIndex"),
        ({"statusListIndex": "5.0"}, "statusListIndex"),
        ({"statusListIndex": "0x5"}, "statusListIndex"),
        ({"statusListIndex": "５"}, "statusListIndex"),
        ({"statusListIndex": "5\n"}, "statusListIndex"),
        ({"statusListIndex": ""}, "statusListIndex"),
        ({"statusListIndex": "9" * 5000}, "statusListIndex"),
        ({"statusListCredential": "status/1"}, "statusListCredential"),
        ({"statusListCredential": None}, "statusListCredential"),
        ({"statusSize": 0}, "statusSize"),
        ({"statusSize": "1"}, "statusSize"),
        ({"statusSize": True}, "statusSize"),
        ({"statusSize": 1.0}, "statusSize"),
        ({"statusSize": 10**9}, "statusSize"),
        ({"statusSize": 2}, "statusMessage"),
        ({"statusSize": 2, "statusMessage": [{"status": "0x0", "message": "a"}] * 3}, "statusMessage"),
        ({"statusSize": 1, "statusMessage": [{"status": "0x0", "message": "a"}] * 2}, "statusMessage"),
        ({"statusMessage": [{"status": "0x0"}, {"status": "0x1", "message": "b"}]}, "statusMessage"),
        ({"statusMessage": [{"status": "0", "message": "a"}, {"status": "0x1", "message": "b"}]}, "statusMessage"),
        ({"statusMessage": "set"}, "statusMessage"),
        ({"statusReference": "here"}, "statusReference"),
        ({"statusReference": ["https://a.example/", 5]}, "statusReference"),
    ],
)
def test_entry_malformed(change: dict[str, Any], member: str) -> None:
    entry = an_entry(**change)
    if member == "type":
        assert statuslist.entries_of({"credentialStatus": entry}) == []
        return
    with pytest.raises(statuslist.StatusEntryError) as caught:
        read_entry(entry)
    assert caught.value.code == "status_entry_malformed"
    assert caught.value.params["member"] == member


@pytest.mark.parametrize(
    "credential",
    [
        a_list(type=["VerifiableCredential"]),
        a_list(type=None),
        a_list(issuer=None),
        a_list(issuer={"name": "Centre"}),
        a_list(id="status/1"),
        a_list(id=5),
        a_list(validFrom="yesterday"),
        a_list(validUntil=5),
        a_list(credentialSubject=None),
        a_list(credentialSubject=[]),
        a_list(credentialSubject=[{}, {}]),
        with_subject(type="BitstringStatusListEntry"),
        with_subject(type=None),
        with_subject(statusPurpose=None),
        with_subject(statusPurpose=[]),
        with_subject(statusPurpose=["revocation", 5]),
        with_subject(encodedList=None),
        with_subject(encodedList=["u"]),
        with_subject(ttl=-1),
        with_subject(ttl="5"),
        with_subject(ttl=True),
        {},
    ],
)
def test_list_malformed(credential: dict[str, Any]) -> None:
    assert code_of(lambda: read_list(credential)) == "status_list_malformed"


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["BitstringStatusListCredential", "BitstringStatusList", URL, "revocation", "5", "uH4sI"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150)
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(["type", "id", "issuer", "credentialSubject", "validFrom"], _JSON))
)
def test_any_json_ends_in_a_list_or_a_coded_error(change: dict[str, Any]) -> None:
    code = code_of(lambda: read_list(a_list(**change)))
    assert code in {"", "status_list_malformed", "status_list_too_large"}


@settings(max_examples=150)
@given(
    st.dictionaries(
        st.sampled_from(
            ["id", "statusPurpose", "statusListIndex", "statusListCredential", "statusSize", "statusMessage"]
        ),
        _JSON,
    )
)
def test_any_json_ends_in_an_entry_or_a_coded_error(change: dict[str, Any]) -> None:
    assert code_of(lambda: read_entry(an_entry(**change))) in {"", "status_entry_malformed"}


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60).map(lambda raw: statuslist.multibase.encode(raw, "u"))))
def test_any_text_ends_in_bits_or_a_coded_error(text: str) -> None:
    assert code_of(lambda: statuslist.decode(text)) in {"", "status_list_malformed"}
