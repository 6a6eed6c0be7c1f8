"""Bitstring Status List 1.0, both ways: entries in credentials, the list as bits, the list as a credential.

A list is read only after its own proof has been checked (``proofs.check_proofs``) and somebody has said that its signer
may speak for the credential's issuer: ``read_status`` asks for that issuer by name and refuses any other list.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guildhall.core import multibase
from guildhall.core.canonical.strict_json import MAX_INTEGER
from guildhall.core.errors import Error, MalformedError, TooLargeError
from guildhall.core.identifiers import is_url
from guildhall.core.instants import MalformedInstantError, from_text, to_text

ENTRY_TYPE = "BitstringStatusListEntry"
LIST_TYPE = "BitstringStatusList"
CREDENTIAL_TYPE = "BitstringStatusListCredential"
VC_V2 = "https://www.w3.org/ns/credentials/v2"

REVOCATION = "revocation"
SUSPENSION = "suspension"
REFRESH = "refresh"
MESSAGE = "message"

MIN_ENTRIES = 131_072  # Bitstring Status List 1.0, section 3.2: herd privacy
MAX_BYTES = 16 * 1024 * 1024  # 134 million bits, decompressed
MAX_STATUS_SIZE = 8  # bits of one entry; the specification sets no bound
_BARRING_URL = re.compile(r"(?P<before>.+)-suspension-(?P<after>[1-9][0-9]*\.json)\Z")
_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,99})\Z")  # of any size, says the specification; of any sane size, say we


class StatusEntryError(MalformedError):
    """The credential's status entry is not of the form that the specification asks for (MALFORMED_VALUE_ERROR)."""

    code = "status_entry_malformed"


class StatusListError(MalformedError):
    """The status list credential is not of the form that the specification asks for (MALFORMED_VALUE_ERROR)."""

    code = "status_list_malformed"


class StatusListTooShortError(Error):
    """The list has fewer entries than privacy asks for (STATUS_LIST_LENGTH_ERROR)."""

    code = "status_list_too_short"


class StatusListTooLargeError(TooLargeError):
    """The list expands to more than we are ready to hold: a compression bomb, or a list not meant for us."""

    code = "status_list_too_large"


class StatusIndexError(Error):
    """The credential's index lies outside the list (RANGE_ERROR)."""

    code = "status_index_out_of_range"


class StatusPurposeError(Error):
    """The list serves another purpose than the entry asks about (STATUS_VERIFICATION_ERROR)."""

    code = "status_purpose_mismatch"


class StatusListIdentityError(Error):
    """The list is not the one that the entry names (STATUS_VERIFICATION_ERROR)."""

    code = "status_list_other"


class StatusListIssuerError(Error):
    """The list is by somebody who may not speak for the credential's issuer (STATUS_VERIFICATION_ERROR)."""

    code = "status_list_issuer"


class StatusListPeriodError(Error):
    """The list is not yet, or no longer, valid (STATUS_VERIFICATION_ERROR)."""

    code = "status_list_out_of_date"


# --- bits ----------------------------------------------------------------------------------------------------------


class Bitstring:
    """A list of equally wide entries, all zero at first.

    Shape:  ``n_entries`` of ``size`` bits; entry 0 begins at the left-most (highest) bit of the first byte.
    Raises: StatusListTooShortError, StatusListTooLargeError.
    Source: Bitstring Status List 1.0, sections 2.2 and 3.3.
    """

    __slots__ = ("_bytes", "size")

    def __init__(self, n_entries: int = MIN_ENTRIES, *, size: int = 1) -> None:
        n_bytes = (n_entries * size + 7) // 8
        if n_entries < MIN_ENTRIES:
            raise StatusListTooShortError("a status list has at least 131072 entries", n_entries=n_entries)
        if n_bytes > MAX_BYTES:
            raise StatusListTooLargeError("the status list is larger than allowed", n_bytes=n_bytes, limit=MAX_BYTES)
        self._bytes = bytearray(n_bytes)
        self.size = size

    def __len__(self) -> int:
        return len(self._bytes) * 8 // self.size

    def __bytes__(self) -> bytes:
        return bytes(self._bytes)

    def __getitem__(self, index: int) -> int:
        return value_at(self._bytes, index, self.size)

    def __setitem__(self, index: int, value: int) -> None:
        first = _first_bit(self._bytes, index, self.size)
        if not 0 <= value < 1 << self.size:
            raise ValueError("the value does not fit the width of an entry")
        for i in range(self.size):
            bit = first + i
            mask = 0x80 >> (bit & 7)
            if value >> (self.size - 1 - i) & 1:
                self._bytes[bit >> 3] |= mask
            else:
                self._bytes[bit >> 3] &= ~mask

    def set_all(self, indexes: Collection[int]) -> None:
        """Set the entries at these indexes to 1 (lists of one bit)."""
        for index in indexes:
            self[index] = 1

    @property
    def encoded(self) -> str:
        """The ``encodedList``: GZIP, then base64url without padding under ``u``. The same bits give the same text."""
        return encode(bytes(self._bytes))


def value_at(raw: bytes | bytearray, index: int, size: int = 1) -> int:
    """Return the entry at ``index`` of a list with entries of ``size`` bits.

    Raises: StatusIndexError.
    Source: Bitstring Status List 1.0, section 3.2, step 11.
    """
    first = _first_bit(raw, index, size)
    value = 0
    for bit in range(first, first + size):
        value = value << 1 | (raw[bit >> 3] >> (7 - (bit & 7)) & 1)
    return value


def _first_bit(raw: bytes | bytearray, index: int, size: int) -> int:
    n_entries = len(raw) * 8 // size
    if not 0 <= index < n_entries:
        told = index if abs(index) <= MAX_INTEGER else str(index)  # an entry may write a number that JSON cannot
        raise StatusIndexError("the index lies outside the status list", index=told, n_entries=n_entries)
    return index * size


def encode(raw: bytes) -> str:
    """Return bits as an ``encodedList``.

    Shape:  the same bytes give the same text (the GZIP header carries no time).
    Source: Bitstring Status List 1.0, section 3.3; RFC 1952.
    """
    packer = zlib.compressobj(level=9, wbits=31)
    return multibase.encode(packer.compress(raw) + packer.flush(), multibase.BASE64URL)


def decode(text: object, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the bits of an ``encodedList``.

    Shape:  multibase ``u``, base64url without padding, one GZIP member and nothing behind it. At most ``max_bytes``
            come out: a small text that would expand without end is refused after so many.
    Raises: StatusListError, StatusListTooLargeError.
    Source: Bitstring Status List 1.0, section 3.4.
    """
    if not isinstance(text, str):
        raise StatusListError("the encodedList is not a string")
    # GZIP adds less than one in a thousand to what it cannot compress; beyond that the text cannot be honest.
    longest = (max_bytes + max_bytes // 1000 + 64) * 4 // 3
    if len(text) > longest:
        raise StatusListTooLargeError("the encodedList is longer than allowed", limit=longest)
    try:
        packed = multibase.decode(text, bases=multibase.BASE64URL, max_length=longest)
        unpacker = zlib.decompressobj(wbits=31)
        raw = unpacker.decompress(packed, max_bytes + 1)
    except (multibase.MalformedMultibaseError, zlib.error):
        raise StatusListError("the encodedList is not multibase base64url (u, no padding) of GZIP") from None
    if len(raw) > max_bytes:
        raise StatusListTooLargeError("the encodedList expands to more than allowed", limit=max_bytes)
    if not unpacker.eof or unpacker.unused_data:
        raise StatusListError("the encodedList is cut short, or something follows its GZIP data")
    return raw


# --- entries -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One status entry of a credential, read."""

    purpose: str
    index: int
    list_url: str
    size: int = 1
    messages: Mapping[int, str] | None = None


def status_entry(list_url: str, index: int, *, purpose: str = REVOCATION) -> dict[str, Any]:
    """Return a ``credentialStatus`` entry of one bit.

    Shape:  its ``id`` is the list's URL with the index as fragment, which is never the list's own URL.
    Raises: StatusEntryError.
    Source: Bitstring Status List 1.0, section 2.1.
    """
    entry = {
        "id": f"{list_url}#{index}",
        "type": ENTRY_TYPE,
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }
    read_entry(entry)
    return entry


def explaining_url(list_url: str) -> str | None:
    """Return where an issuer of a register says which entries of a list of suspensions are set for good, if it does.

    Shape:  ``…-suspension-<n>.json`` → ``…-revocation-<n>.json``, the same index in both; None for any other address.
    Source: docs/formats/status-list.md.
    """
    found = _BARRING_URL.match(list_url)
    return f"{found['before']}-{REVOCATION}-{found['after']}" if found else None


def entries_of(credential: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the Bitstring Status List entries of a credential; entries of other types are left out.

    Source: VC Data Model 2.0, section 4.10.
    """
    status = credential.get("credentialStatus", [])
    listed = status if isinstance(status, list) else [status]
    return [entry for entry in listed if isinstance(entry, Mapping) and ENTRY_TYPE in _texts(entry.get("type"))]


def _texts(value: object) -> Sequence[str]:
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def entry_problems(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield member and sentence for everything that is wrong with a status entry's form.

    Source: Bitstring Status List 1.0, section 2.1, row by row.
    """
    if "id" in entry and entry["id"] == entry.get("statusListCredential"):
        yield "id", "the id of a status entry is not the URL of the status list"
    if not isinstance(entry.get("statusPurpose"), str) or not entry["statusPurpose"]:
        yield "statusPurpose", "the statusPurpose is not a string"
    index = entry.get("statusListIndex")
    if not isinstance(index, str) or not _INDEX.match(index):
        yield "statusListIndex", "the statusListIndex is not a whole number written as a string in base 10"
    if not is_url(entry.get("statusListCredential")):
        yield "statusListCredential", "the statusListCredential is not a URL"
    size = entry.get("statusSize", 1)
    if type(size) is not int or not 0 < size <= MAX_STATUS_SIZE:
        yield "statusSize", f"the statusSize is not a whole number from 1 to {MAX_STATUS_SIZE}"
        return
    if "statusMessage" in entry:
        yield from _message_problems(entry["statusMessage"], size)
    elif size > 1:
        yield "statusMessage", "a status of more than one bit needs a statusMessage for each value"
    reference = entry.get("statusReference")
    if "statusReference" in entry and not all(
        is_url(url) for url in (reference if isinstance(reference, list) else [reference])
    ):
        yield "statusReference", "a statusReference is a URL or a list of URLs"


def _message_problems(messages: object, size: int) -> Iterator[tuple[str, str]]:
    if not isinstance(messages, list) or len(messages) != 1 << size:
        yield "statusMessage", "the statusMessage is not a list with one message for each value"
        return
    if any(
        not isinstance(m, Mapping) or not isinstance(m.get("message"), str) or _hex(m.get("status")) is None
        for m in messages
    ):
        yield "statusMessage", "a statusMessage has a status in hexadecimal with 0x and a message"
    elif len({_hex(m["status"]) for m in messages}) != len(messages):
        yield "statusMessage", "two statusMessages stand for one value"


def _hex(text: object) -> int | None:
    if not isinstance(text, str) or not re.fullmatch(r"0x[0-9A-Fa-f]{1,2}", text):
        return None
    return int(text, 16)


def read_entry(entry: Mapping[str, Any]) -> Entry:
    """Return a status entry, read and checked.

    Raises: StatusEntryError with the first thing that is wrong.
    Source: Bitstring Status List 1.0, section 2.1.
    """
    for member, sentence in entry_problems(entry):
        raise StatusEntryError(sentence, member=member)
    listed = entry.get("statusMessage")
    messages = {int(m["status"], 16): m["message"] for m in listed} if isinstance(listed, list) else None
    return Entry(
        purpose=entry["statusPurpose"],
        index=int(entry["statusListIndex"]),
        list_url=entry["statusListCredential"],
        size=entry.get("statusSize", 1),
        messages=messages,
    )


# --- lists ---------------------------------------------------------------------------------------------------------


def list_credential(
    list_url: str,
    issuer: str,
    bits: Bitstring,
    *,
    purpose: str | Sequence[str] = REVOCATION,
    valid_from: datetime,
    valid_until: datetime | None = None,
    ttl_ms: int | None = None,
) -> dict[str, Any]:
    """Return the status list as a credential that is yet to be signed.

    Units:  ``ttl_ms`` milliseconds after which a reader should look again.
    Source: Bitstring Status List 1.0, sections 2.2 and 3.1.
    """
    subject: dict[str, Any] = {
        "id": f"{list_url}#list",
        "type": LIST_TYPE,
        "statusPurpose": purpose if isinstance(purpose, str) else list(purpose),
        "encodedList": bits.encoded,
    }
    if ttl_ms is not None:
        subject["ttl"] = ttl_ms
    credential: dict[str, Any] = {
        "@context": [VC_V2],
        "id": list_url,
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "issuer": issuer,
        "validFrom": to_text(valid_from),
    }
    if valid_until is not None:
        credential["validUntil"] = to_text(valid_until)
    return {**credential, "credentialSubject": subject}


@dataclass(frozen=True, slots=True)
class StatusList:
    """A status list credential, read. Its proof is *not* part of this: check it first."""

    url: str
    issuer: str
    purposes: tuple[str, ...]
    raw: bytes
    valid_from: datetime | None
    valid_until: datetime | None
    ttl_ms: int | None


@dataclass(frozen=True, slots=True)
class Status:
    """What a list says about one credential.

    Shape:  ``value`` 0 is "nothing to report"; ``message`` is empty where the entry has none.
    """

    purpose: str
    value: int
    message: str = ""

    @property
    def stands(self) -> bool:
        """Whether the credential stands: refreshes and messages do not take it away.

        Source: Bitstring Status List 1.0, section 2.1, table of purposes.
        """
        return self.value == 0 or self.purpose in {REFRESH, MESSAGE}


def read_list(credential: Mapping[str, Any], *, max_bytes: int = MAX_BYTES) -> StatusList:
    """Return a status list credential, read and checked for its form.

    Raises: StatusListError, StatusListTooLargeError.
    Source: Bitstring Status List 1.0, section 2.2.
    """
    if CREDENTIAL_TYPE not in _texts(credential.get("type")):
        raise StatusListError(f"the types do not include {CREDENTIAL_TYPE}")
    subject = credential.get("credentialSubject")
    if isinstance(subject, list) and len(subject) == 1:
        subject = subject[0]
    if not isinstance(subject, Mapping) or list(_texts(subject.get("type"))) != [LIST_TYPE]:
        raise StatusListError(f"the subject is not one {LIST_TYPE}")
    purposes = subject.get("statusPurpose")
    if not _texts(purposes) or (isinstance(purposes, list) and len(_texts(purposes)) != len(purposes)):
        raise StatusListError("the statusPurpose is not one or more strings")
    ttl = subject.get("ttl")
    if ttl is not None and (type(ttl) is not int or ttl < 0):
        raise StatusListError("the ttl is not a whole number of milliseconds")
    issuer = credential.get("issuer")
    issuer = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    url = credential.get("id", "")
    if not is_url(issuer) or (url != "" and not is_url(url)):
        raise StatusListError("the issuer or the id is not a URL")
    try:
        first, last = (from_text(credential[n]) if n in credential else None for n in ("validFrom", "validUntil"))
    except MalformedInstantError:
        raise StatusListError("validFrom or validUntil is not a dateTimeStamp") from None
    raw = decode(subject.get("encodedList"), max_bytes=max_bytes)
    return StatusList(str(url), str(issuer), tuple(_texts(purposes)), raw, first, last, ttl)


def read_status(entry: Entry, status_list: StatusList, *, issuers: Collection[str], now: datetime | None) -> Status:
    """Return what a list says about the credential that carries ``entry``.

    Shape:  ``issuers`` are those who may speak for the credential: its own issuer, and whom the caller trusts to keep
            status for it. ``now`` ``None``: the list's own period is not judged.
    Raises: StatusListIdentityError, StatusListIssuerError, StatusPurposeError, StatusListPeriodError,
            StatusListTooShortError, StatusIndexError.
    Source: Bitstring Status List 1.0, section 3.2.
    """
    # The id MAY be absent; a list under another name is another list, however well it is signed.
    if status_list.url and status_list.url != entry.list_url:
        raise StatusListIdentityError("the status list is not the one that the credential names", id=status_list.url)
    if status_list.issuer not in issuers:
        raise StatusListIssuerError("the status list is by somebody else", issuer=status_list.issuer)
    if entry.purpose not in status_list.purposes:
        raise StatusPurposeError("the status list serves another purpose", purpose=entry.purpose)
    if now is not None and (
        (status_list.valid_from is not None and now < status_list.valid_from)
        or (status_list.valid_until is not None and now > status_list.valid_until)
    ):
        raise StatusListPeriodError("the status list is not yet, or no longer, valid")
    n_entries = len(status_list.raw) * 8 // entry.size
    if n_entries < MIN_ENTRIES:
        raise StatusListTooShortError("a status list has at least 131072 entries", n_entries=n_entries)
    value = value_at(status_list.raw, entry.index, entry.size)
    return Status(entry.purpose, value, (entry.messages or {}).get(value, ""))
