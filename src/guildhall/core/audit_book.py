"""What the leaves of a log say, one after the other, and whether each makes sense after those before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from guildhall.core import leaves
from guildhall.core.audit_filings import Filings
from guildhall.core.leaves import AccreditationLeaf, AwardLeaf, Leaf, StatusLeaf


class Find(Protocol):
    """Takes down what does not fit, or is to be known: a code of ``guildhall.core.audit_report``, and where."""

    def __call__(self, code: str, place: str, detail: str = "") -> None:
        """Take it down; without a detail, the code's own meaning stands."""


class DigestSet:
    """A set of SHA-256 digests in little more than 32 bytes each, where Python's own takes four times that."""

    __slots__ = ("_shelves",)

    def __init__(self) -> None:
        self._shelves: dict[bytes, bytearray] = {}

    def __contains__(self, digest: bytes) -> bool:
        shelf = self._shelves.get(digest[:2])
        return shelf is not None and self._holds(shelf, digest[2:])

    def add(self, digest: bytes) -> bool:
        """Add the digest; tell whether it is new."""
        shelf = self._shelves.get(digest[:2])
        if shelf is None:
            self._shelves[digest[:2]] = bytearray(digest[2:])
            return True
        if self._holds(shelf, digest[2:]):
            return False
        shelf += digest[2:]
        return True

    @staticmethod
    def _holds(shelf: bytearray, rest: bytes) -> bool:
        at = shelf.find(rest)
        while at >= 0 and at % 30:
            # Found across the border of two digests: that is chance, not the digest.
            at = shelf.find(rest, at + 1)
        return at >= 0


class Book:
    """What the leaves of one log say, read in order.

    Shape:  ``find(code, place)`` is told what does not fit, ``notice`` what may be right; a leaf later than ``latest`` is from the future.
    Units:  32 bytes an award.
    """

    def __init__(self, find: Find, notice: Find, latest: datetime | None) -> None:
        self._find = find
        self._latest = latest
        self._awarded = DigestSet()
        self.filings = Filings(find, notice)
        self._awaited: dict[bytes, int] = {}
        self._whole = True
        self.n_by_kind: Counter[str] = Counter()
        self.n_by_scheme: Counter[str] = Counter()
        self.n_by_issuer: Counter[str] = Counter()
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None

    def enter(self, start: int, entries: Sequence[bytes]) -> None:
        """Read the leaves numbered from ``start``."""
        for index, entry in enumerate(entries, start):
            try:
                leaf = leaves.parse(entry)
            except leaves.MalformedLeafError as error:
                self._find("malformed_leaf", f"leaf {index}", error.detail)
                self.gap()
                continue
            self._time(index, leaf)
            self.n_by_kind[leaf.kind] += 1
            if isinstance(leaf, AwardLeaf):
                self._award(index, leaf)
            elif isinstance(leaf, StatusLeaf):
                self._status(index, leaf)
            else:
                self._accreditation(index, leaf)

    def gap(self) -> None:
        """Take note that leaves could not be read: from here on nothing can be called unknown."""
        self._whole = False

    def close(self) -> None:
        """Say what was announced and never came, and what was logged outside its filing."""
        for index in self._awaited.values():
            self._unknown("unknown_replacement", index)
        self.filings.close()

    def _unknown(self, code: str, index: int) -> None:
        if self._whole:
            self._find(code, f"leaf {index}")

    def _time(self, index: int, leaf: Leaf) -> None:
        at = leaf.at
        if self.last_at is None:
            self.first_at = at
        elif at < self.last_at:
            self._find("time_goes_back", f"leaf {index}")
        self.last_at = at
        if self._latest is not None and at > self._latest:
            self._find("leaf_from_the_future", f"leaf {index}")

    def _award(self, index: int, leaf: AwardLeaf) -> None:
        document = bytes.fromhex(leaf.document)
        if not self._awarded.add(document):
            self._find("duplicate_award", f"leaf {index}")
        replaces = bool(self._awaited) and self._awaited.pop(document, None) is not None
        if not self.filings.award(index, leaf, replaces=replaces):
            self._unknown("unknown_filing", index)
        self.n_by_scheme[leaf.scheme] += 1
        self.n_by_issuer[leaf.issuer] += 1

    def _status(self, index: int, leaf: StatusLeaf) -> None:
        if bytes.fromhex(leaf.document) not in self._awarded:
            self._unknown("unknown_document", index)
        if leaf.replaced_by is not None:
            # The document that follows may be logged in the same batch, after the deed that names it.
            document = bytes.fromhex(leaf.replaced_by)
            if document not in self._awarded:
                self._awaited.setdefault(document, index)
            self.filings.replaced(leaf.replaced_by)

    def _accreditation(self, index: int, leaf: AccreditationLeaf) -> None:
        if not self.filings.deed(index, leaf):
            self._unknown("unknown_filing", index)
