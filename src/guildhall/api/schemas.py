"""The shapes that the OpenAPI description names."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Field, Schema


class Problem(Schema):
    """An RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    params: dict[str, Any] = {}


class CheckLine(Schema):
    """One named check."""

    name: str
    outcome: str = Field(description="passed | failed | not-run")
    code: str
    detail: str
    params: dict[str, Any] = {}


class ReportBody(Schema):
    """A verification report."""

    type: str
    kind: str
    valid: bool
    verdict: str = Field(description="valid | not-valid | unknown-issuer | cannot-check | no-match | not-covered")
    checked_at: str
    at: str
    status_as_of: str | None = None
    document: str | None = None
    checks: list[CheckLine]
    subject: dict[str, Any] | None = None


class LookUp(Schema):
    """A look-up by number and name, as people type them."""

    number: str = Field(max_length=200)
    name: str = Field(max_length=200)
    at: date | None = None


class LookUpAnswer(Schema):
    """``match`` with the report, ``no-match`` or ``not-covered`` without."""

    outcome: str
    report: ReportBody | None = None


class AccreditationAnswer(Schema):
    """One of the eight answers, and the filing that it rests on."""

    standing: str
    authorised: bool
    filing: str
    detail: str


class RowProblemBody(Schema):
    """One problem of a results file."""

    line: int
    column: str
    code: str
    severity: str
    value: str
    detail: str
    detail_zh: str
    fix: dict[str, str]


class PreviewBody(Schema):
    """What committing this file would do; ``digest`` is to be given back with the commit."""

    digest: str
    n_rows: int
    n_good: int
    n_bad: int
    n_already: int
    problems: list[RowProblemBody]


class BatchBody(Schema):
    """One imported file and how far it has come."""

    id: str
    file_name: str
    n_rows: int
    n_good: int
    n_bad: int
    n_already: int
    n_prepared: int
    n_signed: int
    n_issued: int
    issued_at: str | None


class DeedBody(Schema):
    """What is to happen to an award."""

    reason: str
    note: str = ""
    from_on: date | None = None
    until_on: date | None = None


class CorrectionBody(Schema):
    """What was wrong, as it should be."""

    reason: str
    note: str = ""
    holder_name: str | None = None
    id_kind: str | None = None
    id_number: str | None = None
    work_type: str | None = None
    examined_on: date | None = None
    marks: dict[str, str] | None = None


class EventBody(Schema):
    """One thing that happened to an award."""

    deed: str
    from_on: date
    until_on: date | None
    reason: str
    at: str


class AwardBody(Schema):
    """An award as its issuer sees it: facts, state on a day, history."""

    scheme: str
    number: str
    holder: str
    occupation: str
    level: str
    issued_on: date
    valid_until: date | None
    on: date
    state: str
    history: list[EventBody]
    address: str | None = Field(description="the page and, with .json, the bundle of the current document")
