"""What the log records: awards, changes of their status, changes of accreditation. Bytes both ways.

A leaf is a small JSON object in the canonical form of RFC 8785, so that one fact has exactly one form and one hash.
The log knows no learner: a leaf never holds a name, a number or a digit of an identity document, only the hash of the
signed document. What is not in the tables below is refused, so that nothing can be smuggled in beside the facts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar, NoReturn

import orjson

from guildhall.core.errors import MalformedError
from guildhall.core.lifecycle import Deed

MAX_LEAF_BYTES = 65_535
"""An entry's length is a 16-bit number in the tiles (C2SP tlog-tiles, "Log entries")."""

VERSION = 1
ACCREDITATION_VERSION = 2
"""Of accreditation leaves that say scheme and days; those of version 1, which do not, stay readable."""

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z").fullmatch
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_DID = re.compile(r"did:[a-z0-9]{1,32}:[A-Za-z0-9._:%-]{1,512}").fullmatch
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,63}").fullmatch
# Control, invisible and direction-changing characters would let two filings look alike.
_FILING = re.compile(
    "[^\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\uffff]{1,128}"
).fullmatch


class MalformedLeafError(MalformedError):
    """Bytes or facts that are no leaf of this log."""

    code = "malformed_leaf"


class AccreditationDeed(StrEnum):
    """What the authority can do to an issuer's right to award."""

    ACCREDIT = "accredit"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class AwardLeaf:
    """One signed document of an award.

    Shape:  ``at`` aware UTC, whole seconds; ``issuer`` a DID; ``scheme`` a code; ``document`` 64 lower-case hex digits,
            the SHA-256 of the signed credential in canonical form (RFC 8785).
    Raises: MalformedLeafError.
    """

    kind: ClassVar[str] = "award"
    at: datetime
    issuer: str
    scheme: str
    filing: str
    document: str

    def __post_init__(self) -> None:
        _check_moment(self.at)
        _check_did(self.issuer)
        _check_code(self.scheme, "scheme")
        _check_filing(self.filing)
        _check_document(self.document, "document")

    def to_bytes(self) -> bytes:
        """Return the leaf as it stands in the log.

        Source: RFC 8785.
        """
        return _canonical(
            {
                "at": _moment_text(self.at),
                "document": self.document,
                "filing": self.filing,
                "issuer": self.issuer,
                "kind": self.kind,
                "scheme": self.scheme,
                "v": VERSION,
            }
        )


@dataclass(frozen=True, slots=True)
class StatusLeaf:
    """A deed done to an award's document.

    Shape:  ``until_on``, the last day, only for a suspension and not before ``from_on``; ``replaced_by``, the document
            that takes the place of this one, exactly for a correction and a reissue.
    Raises: MalformedLeafError.
    """

    kind: ClassVar[str] = "status"
    at: datetime
    deed: Deed
    document: str
    from_on: date
    reason: str
    until_on: date | None = None
    replaced_by: str | None = None

    def __post_init__(self) -> None:
        _check_moment(self.at)
        if type(self.deed) is not Deed:
            _refuse("a status leaf names no known deed", "deed")
        _check_document(self.document, "document")
        _check_day(self.from_on, "from")
        _check_code(self.reason, "reason")
        if self.until_on is not None:
            _check_day(self.until_on, "until")
            if self.deed is not Deed.SUSPEND:
                _refuse("only a suspension has a last day", "until")
            if self.until_on < self.from_on:
                _refuse("the last day lies before the first", "until")
        if (self.replaced_by is not None) is not (self.deed in _REPLACING):
            _refuse("a correction and a reissue name the document that follows, and no other deed does", "replaced_by")
        if self.replaced_by is not None:
            _check_document(self.replaced_by, "replaced_by")
            if self.replaced_by == self.document:
                _refuse("a document cannot replace itself", "replaced_by")

    def to_bytes(self) -> bytes:
        """Return the leaf as it stands in the log.

        Source: RFC 8785.
        """
        facts: dict[str, str | int] = {
            "at": _moment_text(self.at),
            "deed": self.deed.value,
            "document": self.document,
            "from": self.from_on.isoformat(),
            "kind": self.kind,
            "reason": self.reason,
            "v": VERSION,
        }
        if self.until_on is not None:
            facts["until"] = self.until_on.isoformat()
        if self.replaced_by is not None:
            facts["replaced_by"] = self.replaced_by
        return _canonical(facts)


@dataclass(frozen=True, slots=True)
class AccreditationLeaf:
    """A deed of the authority on an issuer's filing.

    Shape:  ``document`` is the SHA-256 of the signed accreditation statement in canonical form, 64 hex digits. ``scheme`` and
            ``from_on`` stand together and are None in leaves of version 1 alone. ``from_on`` is the first day on which the
            deed counts: of the filing, of the suspension, with the right again, without it for good. ``until_on``, the last
            day, only of a filing (before ``from_on``: it never counted) and of a suspension; None: no end is set.
    Raises: MalformedLeafError.
    """

    kind: ClassVar[str] = "accreditation"
    at: datetime
    deed: AccreditationDeed
    filing: str
    issuer: str
    document: str
    scheme: str | None = None
    from_on: date | None = None
    until_on: date | None = None

    def __post_init__(self) -> None:
        _check_moment(self.at)
        if type(self.deed) is not AccreditationDeed:
            _refuse("an accreditation leaf names no known deed", "deed")
        _check_filing(self.filing)
        _check_did(self.issuer)
        _check_document(self.document, "document")
        if (self.scheme is None) is not (self.from_on is None):
            _refuse("scheme and first day stand together", "from")
        if self.scheme is not None:
            _check_code(self.scheme, "scheme")
            _check_day(self.from_on, "from")
        if self.until_on is not None:
            self._check_last_day(self.until_on)

    def _check_last_day(self, until_on: date) -> None:
        _check_day(until_on, "until")
        if self.from_on is None or self.deed not in _ENDING:
            _refuse("only a filing and a suspension have a last day", "until")
        if self.deed is AccreditationDeed.SUSPEND and until_on < self.from_on:
            _refuse("the last day lies before the first", "until")

    def to_bytes(self) -> bytes:
        """Return the leaf as it stands in the log.

        Source: RFC 8785.
        """
        facts: dict[str, str | int] = {
            "at": _moment_text(self.at),
            "deed": self.deed.value,
            "document": self.document,
            "filing": self.filing,
            "issuer": self.issuer,
            "kind": self.kind,
            "v": VERSION,
        }
        if self.scheme is not None and self.from_on is not None:
            facts |= {"v": ACCREDITATION_VERSION, "scheme": self.scheme, "from": self.from_on.isoformat()}
        if self.until_on is not None:
            facts["until"] = self.until_on.isoformat()
        return _canonical(facts)


Leaf = AwardLeaf | StatusLeaf | AccreditationLeaf

_REPLACING = frozenset({Deed.CORRECT, Deed.REISSUE})
_ENDING = frozenset({AccreditationDeed.ACCREDIT, AccreditationDeed.SUSPEND})
_MEMBERS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "award": (frozenset({"v", "kind", "at", "issuer", "scheme", "filing", "document"}), frozenset()),
    "status": (
        frozenset({"v", "kind", "at", "deed", "document", "from", "reason"}),
        frozenset({"until", "replaced_by"}),
    ),
    "accreditation": (
        frozenset({"v", "kind", "at", "deed", "filing", "issuer", "document"}),
        frozenset({"scheme", "from", "until"}),
    ),
}
_DAYS = frozenset({"scheme", "from"})


def parse(leaf: bytes) -> Leaf:
    """Return the leaf that the bytes are; nothing but the one canonical form of known members is accepted.

    Shape:  UTF-8 JSON, below 64 KiB.
    Raises: MalformedLeafError.
    Source: RFC 8785.
    """
    facts = _facts(leaf)
    kind = facts["kind"]
    if kind == "award":
        return AwardLeaf(_moment(facts["at"]), facts["issuer"], facts["scheme"], facts["filing"], facts["document"])
    if kind == "status":
        until_on = facts.get("until")
        return StatusLeaf(
            _moment(facts["at"]),
            _deed(facts["deed"]),
            facts["document"],
            _day(facts["from"]),
            facts["reason"],
            None if until_on is None else _day(until_on),
            facts.get("replaced_by"),
        )
    from_on, until_on = facts.get("from"), facts.get("until")
    return AccreditationLeaf(
        _moment(facts["at"]),
        _accreditation_deed(facts["deed"]),
        facts["filing"],
        facts["issuer"],
        facts["document"],
        facts.get("scheme"),
        None if from_on is None else _day(from_on),
        None if until_on is None else _day(until_on),
    )


def _facts(leaf: bytes) -> dict[str, str]:
    """Return the members of a leaf: those known for its kind, all of them text but the version."""
    if len(leaf) > MAX_LEAF_BYTES:
        raise MalformedLeafError("a leaf must be smaller than 64 KiB", n_bytes=len(leaf))
    try:
        facts = orjson.loads(leaf)
    except orjson.JSONDecodeError:
        raise MalformedLeafError("the leaf is not JSON in UTF-8") from None
    if type(facts) is not dict:
        raise MalformedLeafError("the leaf is not a JSON object")
    kind = facts.get("kind")
    members = _MEMBERS.get(kind) if type(kind) is str else None
    if members is None:
        raise MalformedLeafError("the leaf is of no known kind", member="kind")
    _check_members(facts, *members)
    # One fact, one form: this refuses other orders, spaces, escapes and members given twice.
    if orjson.dumps(facts, option=orjson.OPT_SORT_KEYS) != leaf:
        raise MalformedLeafError("the leaf is not in the canonical form")
    return facts


def _check_members(facts: dict[str, object], required: frozenset[str], optional: frozenset[str]) -> None:
    names = facts.keys()
    if names != required:
        for name in sorted(required - names):
            _refuse("a member is missing", name)
        for name in sorted(names - required - optional):
            _refuse("a member is not known for this kind", name[:64])
    version = facts["v"]
    if type(version) is not int or version != VERSION:
        if facts["kind"] != "accreditation" or type(version) is not int or version != ACCREDITATION_VERSION:
            _refuse("the leaf is of no known version", "v")
        for name in sorted(_DAYS - names):
            _refuse("a member is missing", name)
    elif facts["kind"] == "accreditation" and names != required:
        _refuse("a leaf of version 1 does not say days", "v")
    if list(map(type, facts.values())).count(str) != len(facts) - 1:
        _refuse("a member must be text", next(n for n, value in facts.items() if n != "v" and type(value) is not str))


def _canonical(facts: dict[str, str | int]) -> bytes:
    # Member names are ASCII and the one number is 1: here orjson's form is that of RFC 8785.
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)


def _refuse(detail: str, member: str) -> NoReturn:
    raise MalformedLeafError(detail, member=member)


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime:
    if _MOMENT(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    _refuse("a time must be a real one, written as 2026-11-22T08:00:00Z", "at")


@lru_cache(maxsize=4096)
def _moment_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()[:19] + "Z"


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    if _DAY(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    _refuse("a date must be a real one, written as 2026-11-22", "from")


@lru_cache(maxsize=64)
def _deed(text: str) -> Deed:
    try:
        return Deed(text)
    except ValueError:
        _refuse("a status leaf names no known deed", "deed")


@lru_cache(maxsize=64)
def _accreditation_deed(text: str) -> AccreditationDeed:
    try:
        return AccreditationDeed(text)
    except ValueError:
        _refuse("an accreditation leaf names no known deed", "deed")


def _check_moment(at: object) -> None:
    # Not remembered by value: times of other zones are equal to the same instant in UTC.
    if type(at) is not datetime or (at.tzinfo is not UTC and (at.tzinfo is None or at.utcoffset())):
        _refuse("a time must be aware and in UTC", "at")
    if at.microsecond:
        _refuse("a time has whole seconds", "at")


def _check_day(day: object, member: str) -> None:
    if type(day) is not date:
        _refuse("a date is needed", member)


def _check_document(document: object, member: str) -> None:
    if type(document) is str and len(document) == 64:
        try:
            # Twice as fast as a pattern, and this is asked for every leaf of an audit.
            if bytes.fromhex(document).hex() == document:
                return
        except ValueError:
            pass
    _refuse("a document is named by 64 lower-case hex digits", member)


@lru_cache(maxsize=4096)
def _check_did(issuer: object) -> None:
    if type(issuer) is not str or not _DID(issuer):
        _refuse("the issuer must be a DID", "issuer")


@lru_cache(maxsize=4096)
def _check_code(code: object, member: str) -> None:
    if type(code) is not str or not _CODE(code):
        _refuse("a code has lower-case letters, digits, - and _", member)


@lru_cache(maxsize=4096)
def _check_filing(filing: object) -> None:
    if type(filing) is not str or not _FILING(filing) or filing != filing.strip():
        _refuse("a filing number is 1 to 128 visible characters", "filing")
