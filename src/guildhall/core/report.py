"""The answer of a verification: named checks, each passed, failed or not run, and one verdict.

``not-run`` never counts as passed. A bad credential is an answer, not an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

CHECK_NAMES = ("shape", "proof", "issuer", "accreditation", "dates", "status", "log")


class Outcome(StrEnum):
    """What became of one check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not-run"


class Verdict(StrEnum):
    """One word for the whole report. ``no-match`` and ``not-covered`` are answers of a look-up only."""

    VALID = "valid"
    NOT_VALID = "not-valid"
    UNKNOWN_ISSUER = "unknown-issuer"
    CANNOT_CHECK = "cannot-check"
    NO_MATCH = "no-match"
    NOT_COVERED = "not-covered"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a report. ``code`` is stable; ``detail`` one English sentence; ``params`` facts for other languages."""

    name: str
    outcome: Outcome
    code: str
    detail: str
    params: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the line as JSON-ready members."""
        line: dict[str, object] = {
            "name": self.name,
            "outcome": self.outcome.value,
            "code": self.code,
            "detail": self.detail,
        }
        if self.params:
            line["params"] = dict(self.params)
        return line


@dataclass(frozen=True, slots=True)
class Report:
    """The answer of ``verify``.

    Shape:  ``kind`` bundle | credential | receipt; ``checks`` in the order of ``CHECK_NAMES``; ``document_hash`` hex
            SHA-256 of the canonical (RFC 8785) document, empty where there is none; ``subject`` what the document
            says, empty unless its proof holds; ``as_of`` the moment of the status evidence.
    """

    kind: str
    checks: tuple[Check, ...]
    checked_at: datetime
    at: date
    document_hash: str = ""
    subject: Mapping[str, object] = field(default_factory=dict)
    as_of: str = ""

    @property
    def verdict(self) -> Verdict:
        """Tell the verdict: any failure decides, then anything not run, then valid."""
        failed = [c for c in self.checks if c.outcome is Outcome.FAILED]
        if any(c.code == "unknown_authority" for c in failed):
            return Verdict.UNKNOWN_ISSUER
        if failed:
            return Verdict.NOT_VALID
        if any(c.outcome is Outcome.NOT_RUN for c in self.checks):
            return Verdict.CANNOT_CHECK
        return Verdict.VALID

    @property
    def valid(self) -> bool:
        """Tell whether every check has passed."""
        return self.verdict is Verdict.VALID

    def check(self, name: str) -> Check:
        """Return the line of that name."""
        return next(c for c in self.checks if c.name == name)

    def as_json(self) -> dict[str, object]:
        """Return the report as JSON-ready members."""
        return {
            "type": "GuildhallReport",
            "kind": self.kind,
            "valid": self.valid,
            "verdict": self.verdict.value,
            "checked_at": self.checked_at.isoformat(timespec="seconds"),
            "at": self.at.isoformat(),
            "status_as_of": self.as_of or None,
            "document": self.document_hash or None,
            "checks": [c.as_json() for c in self.checks],
            "subject": dict(self.subject) or None,
        }
