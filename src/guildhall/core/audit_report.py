"""What an audit says: findings, notices, counts, and how the log compares with what others have seen of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from guildhall.core.checkpoint import Cosignature
from guildhall.core.errors import MalformedError, NotFoundError
from guildhall.core.report import Outcome

MAX_FINDINGS = 1000
"""So many findings are kept; all are counted."""

FINDINGS: Mapping[str, str] = {
    "bad_checkpoint_signature": "the log's own signature is missing or wrong",
    "bad_cosignature": "a line in the name of a known witness is wrong",
    "too_few_witnesses": "fewer witnesses have cosigned the checkpoint than the trust list demands",
    "checkpoint_rolled_back": "the log was larger when last seen: leaves have been taken back",
    "split_view": "the log shows another history than when last seen, or than it shows elsewhere",
    "other_log": "a checkpoint to compare with is of a log of another name",
    "missing_file": "a file that the log's size demands is not there",
    "malformed_tile": "a file does not hold exactly what it should",
    "entries_differ": "entries are not those whose hashes the tiles above lead to",
    "tile_differs": "a tile holds other hashes than its leaves or lower tiles give",
    "partial_tile_differs": "an older partial file is not the beginning of the present one",
    "unexpected_file": "a file that no log has",
    "root_differs": "the leaves give another head than the checkpoint states",
    "replay_stopped": "leaves and their hashes are both missing; nothing after this place was read",
    "malformed_leaf": "an entry is no leaf of this log",
    "time_goes_back": "a leaf is older than the one before it",
    "leaf_from_the_future": "a leaf is later than now",
    "duplicate_award": "a document is logged as an award a second time",
    "unknown_document": "a deed is done to a document that no leaf before it awards",
    "unknown_replacement": "a correction or reissue names a document that the log does not award",
    "unknown_filing": "a filing is used that no leaf before it accredits for this issuer",
    "filing_of_another_scheme": "an award is logged in another scheme than its filing is for",
    "award_before_filing": "an award is logged before the first day of its filing",
    "accreditation_backdated": "a leaf says afterwards that a filing was in force on a day on which an award was logged without",
}
"""Every finding's code and what it means."""

NOTICES: Mapping[str, str] = {
    "unknown_log": "no trusted key is known for this log: its signature was not checked",
    "unknown_signer": "a signature line by a key that is not trusted here: it counts for nothing",
    "award_outside_filing": "an award was logged on a day without its filing: right only if its own day is an earlier one",
    "accreditation_taken_back": "a leaf says afterwards that a filing was not in force on a day on which an award was logged",
    "not_compared": "a longer checkpoint from elsewhere, without the tiles that would connect it with this log",
}
"""Every notice's code and what it means: nothing is wrong for certain, and somebody should know."""


class NoCheckpointError(NotFoundError):
    """There is no log: no checkpoint lies there."""

    code = "no_checkpoint"


class RememberedCheckpointError(MalformedError):
    """The remembered checkpoint cannot be used to compare with."""

    code = "malformed_remembered_checkpoint"


class ElsewhereCheckpointError(MalformedError):
    """A checkpoint from elsewhere cannot be used to compare with: it is none, or not signed by the log."""

    code = "malformed_elsewhere_checkpoint"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit, or is to be known. ``code`` of ``FINDINGS`` or ``NOTICES``; ``place`` a path or leaf."""

    code: str
    place: str
    detail: str

    def as_json(self) -> dict[str, str]:
        """Return the finding as JSON-ready members."""
        return {"code": self.code, "place": self.place, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Compared:
    """How the log compares with a checkpoint from elsewhere. ``failed``: another history; ``not-run``: cannot be told."""

    place: str
    size: int
    outcome: Outcome

    def as_json(self) -> dict[str, object]:
        """Return JSON-ready members."""
        return {"place": self.place, "size": self.size, "outcome": self.outcome.value}


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a replay gave.

    Shape:  ``size`` and ``stated_root`` are the checkpoint's; ``root`` is the head that the leaves give, None if the
            replay stopped. ``signature`` and ``memory`` are ``not-run`` where no key was known, nothing remembered.
            ``findings`` and ``notices`` hold the first 1000, the counts beside them count all. ``compared`` has a line for
            each checkpoint from elsewhere. ``n_without_days`` awards rest on filings of which the log does not say the
            days (leaves of version 1). ``n_beyond`` files lie beyond the checkpoint:
            a publication in progress or broken off, no finding.
    """

    origin: str
    size: int
    stated_root: bytes
    root: bytes | None
    signature: Outcome
    memory: Outcome
    witnesses: tuple[Cosignature, ...]
    findings: tuple[Finding, ...]
    n_by_code: Mapping[str, int]
    n_by_kind: Mapping[str, int]
    n_by_scheme: Mapping[str, int]
    n_by_issuer: Mapping[str, int]
    first_at: datetime | None
    last_at: datetime | None
    n_beyond: int
    notices: tuple[Finding, ...] = ()
    n_by_notice: Mapping[str, int] = field(default_factory=dict)
    compared: tuple[Compared, ...] = ()
    n_without_days: int = 0

    @property
    def n_findings(self) -> int:
        """How many findings there are in all."""
        return sum(self.n_by_code.values())

    @property
    def n_leaves(self) -> int:
        """How many leaves were read."""
        return sum(self.n_by_kind.values())

    @property
    def clean(self) -> bool:
        """Tell whether the log's signature was checked and nothing was found."""
        return self.signature is Outcome.PASSED and not self.n_by_code

    @property
    def n_notices(self) -> int:
        """How many notices there are in all."""
        return sum(self.n_by_notice.values())

    def as_json(self) -> dict[str, object]:
        """Return the report as JSON-ready members (hashes in hex, times as RFC 3339)."""
        return {
            "type": "GuildhallAudit",
            "clean": self.clean,
            "origin": self.origin,
            "size": self.size,
            "stated_root": self.stated_root.hex(),
            "root": self.root.hex() if self.root else None,
            "signature": self.signature.value,
            "memory": self.memory.value,
            "witnesses": [{"name": w.witness, "at": _text(w.cosigned_at)} for w in self.witnesses],
            "n_leaves": self.n_leaves,
            "by_kind": dict(self.n_by_kind),
            "by_scheme": dict(self.n_by_scheme),
            "by_issuer": dict(self.n_by_issuer),
            "first_at": _text(self.first_at),
            "last_at": _text(self.last_at),
            "files_beyond_checkpoint": self.n_beyond,
            "n_findings": self.n_findings,
            "by_code": dict(self.n_by_code),
            "findings": [finding.as_json() for finding in self.findings],
            "n_notices": self.n_notices,
            "by_notice": dict(self.n_by_notice),
            "notices": [notice.as_json() for notice in self.notices],
            "compared": [one.as_json() for one in self.compared],
            "awards_without_days": self.n_without_days,
        }


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
