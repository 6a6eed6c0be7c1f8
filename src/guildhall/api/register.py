"""The register's own API: look up, verify, issue from a file, change an award, read issuers, schemes and the log.

Every operation is one service call. Those of an issuer need a token
(``Authorization: Bearer``; made with ``guildhall token``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict
from ninja import File, Form, NinjaAPI, Router
from ninja.errors import HttpError, ValidationError
from ninja.files import UploadedFile
from ninja.parser import Parser

from guildhall import __version__
from guildhall.accounts.services import Actor
from guildhall.api import answering
from guildhall.api.credits import router as credits_router
from guildhall.api.schemas import (
    AccreditationAnswer,
    AwardBody,
    BatchBody,
    CorrectionBody,
    DeedBody,
    LookUp,
    LookUpAnswer,
    PreviewBody,
    Problem,
    ReportBody,
)
from guildhall.assessment import services as assessment
from guildhall.assessment.models import Batch
from guildhall.core.bundle import Inclusion
from guildhall.core.credential import CHINA
from guildhall.core.errors import Error, NotFoundError
from guildhall.core.lifecycle import Deed
from guildhall.core.reading import NulCharacterError, holds_nul, read_json
from guildhall.core.results.problems import RowProblem
from guildhall.credentials import checking, deeds, selectors, services
from guildhall.credentials.models import Award, Instance
from guildhall.credentials.naming import token_text
from guildhall.issuers import selectors as issuers
from guildhall.issuers.models import Accreditation, Issuer
from guildhall.schemes import selectors as schemes
from guildhall.tlog import services as tlog

_PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429), Problem)


class UnknownBatchError(NotFoundError):
    """No batch has this id, or it is somebody else's."""

    code = "unknown_batch"


class UnknownTokenError(NotFoundError):
    """No document has this address."""

    code = "unknown_token"


class UnknownDeedError(NotFoundError):
    """Nothing of that name can be done to an award."""

    code = "unknown_deed"


class InvalidBodyError(Error):
    """Members of the call are missing or of another kind."""

    code = "invalid_body"


class _Strict(Parser):
    """Reads the bodies of this API as every other JSON is read here: strictly, bounded, without U+0000."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the value of the body.

        Raises: what ``core.reading.read_json`` raises.
        """
        return read_json(request.body, max_bytes=answering.MAX_BODY)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """Return the members of a query or a form.

        Raises: NulCharacterError.
        """
        members = super().parse_querydict(data, list_fields, request)
        if holds_nul(members):
            raise NulCharacterError("a text holds the character U+0000")
        return members


api = NinjaAPI(
    parser=_Strict(),
    title="Guildhall",
    version=__version__,
    description=(__doc__ or "").strip(),
    urls_namespace="api",
    docs_url="/docs",
    openapi_url="/openapi.json",
)
public = Router(tags=["public"])
desk = Router(tags=["issuers"])


@api.exception_handler(Error)
def _coded(request: HttpRequest, error: Error) -> HttpResponse:
    return answering.problem(error)


@api.exception_handler(HttpError)
def _unread(request: HttpRequest, error: HttpError) -> HttpResponse:
    cause = error.__cause__
    return answering.problem(cause if isinstance(cause, Error) else InvalidBodyError("the body cannot be read"))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    places = [".".join(str(step) for step in found["loc"]) for found in error.errors[:10]]
    return answering.problem(InvalidBodyError(f"check: {', '.join(places)}", places=places))


# ── for everybody ──────────────────────────────────────────────────────────────────────────────────────────────────


@public.post("/check", response={200: LookUpAnswer, **_PROBLEMS}, summary="Look up by number and name")
def check(request: HttpRequest, wanted: LookUp) -> HttpResponse:
    """Answer ``match`` with a report, ``no-match``, or ``not-covered``. A wrong name and an unknown number are answered alike."""
    answering.count_attempt(request)
    found = checking.look_up(wanted.number, wanted.name, now=answering.now(), at=wanted.at)
    return answering.answer({"outcome": found.outcome, "report": found.report.as_json() if found.report else None})


@public.post("/verify", response={200: ReportBody, **_PROBLEMS}, summary="Verify a bundle, a credential or a receipt")
def verify(request: HttpRequest, at: date | None = None) -> HttpResponse:
    """The body is the document itself, at most 1 MiB. Bad documents are reports (200, ``valid`` false), not errors."""
    report = checking.check(request.body, now=answering.now(), at=at)
    return answering.answer(report.as_json())


@public.post(
    "/verify/receipt", summary="Verify, and answer with a signed receipt", response={200: dict[str, Any], **_PROBLEMS}
)
def verify_with_receipt(request: HttpRequest, at: date | None = None) -> HttpResponse:
    """As ``verify``, but the answer is the register's signed receipt, which verifies offline."""
    answering.count_attempt(request)
    now = answering.now()
    report = checking.check(request.body, now=now, at=at)
    return answering.answer(checking.receipt(report, number=str(report.subject.get("number", "")), now=now))


@public.get("/certificates/{token}", summary="The bundle behind a QR code", response={200: dict[str, Any], **_PROBLEMS})
def certificate(request: HttpRequest, token: str) -> HttpResponse:
    """Return the evidence bundle of the document with this address."""
    return answering.answer(services.bundle(_by_token(token)))


@public.get(
    "/certificates/{token}/report", response={200: ReportBody, **_PROBLEMS}, summary="What is true of it on a day"
)
def certificate_report(request: HttpRequest, token: str, at: date | None = None) -> HttpResponse:
    """Return the report of the document with this address, on ``at`` or today."""
    return answering.answer(checking.check_instance(_by_token(token), now=answering.now(), at=at).as_json())


def _by_token(token: str) -> Instance:
    found = selectors.by_token(token)
    if found is None:
        raise UnknownTokenError("no document has this address")
    return found


@public.get("/trust", summary="What to hold in order to verify offline", response={200: dict[str, Any]})
def trust(request: HttpRequest) -> HttpResponse:
    """Return this register's trust list. Compare its fingerprints with a source that you know before you rely on it."""
    return answering.answer(checking.own_trust().as_json())


@public.get("/schemes", summary="The certification tracks", response={200: list[dict[str, Any]]})
def list_schemes(request: HttpRequest) -> HttpResponse:
    """Return all schemes: names, ladder, what a certificate proves and what not."""
    return answering.answer(
        [
            {
                "code": scheme.code,
                "name": scheme.name,
                "certificate_name": scheme.certificate_name,
                "legal_basis": scheme.legal_basis,
                "number_layout": scheme.number_layout,
                "ladder": scheme.ladder,
                "parts": scheme.parts,
                "proves": scheme.proves,
                "proves_not": scheme.proves_not,
                "covered_from": scheme.covered_from.isoformat(),
            }
            for scheme in schemes.schemes()
        ]
    )


@public.get("/shares", summary="Shares of the schemes, counted", response={200: dict[str, Any], **_PROBLEMS})
def shares(request: HttpRequest, on: date | None = None) -> HttpResponse:
    """Return how the awards issued until a day are shared among the schemes, computed from the register."""
    day = on or answering.now().astimezone(CHINA).date()
    rows = [
        {"scheme": row.scheme.code, "name": row.scheme.name, "n_awards": row.n_awards, "share": round(row.share, 4)}
        for row in selectors.shares_by_scheme(day)
    ]
    return answering.answer({"on": day.isoformat(), "shares": rows})


@public.get("/issuers", summary="Who may award", response={200: list[dict[str, Any]]})
def list_issuers(request: HttpRequest) -> HttpResponse:
    """Return all issuers with their filings."""
    return answering.answer([_issuer(issuer) for issuer in issuers.issuers()])


@public.get("/issuers/{slug}", summary="One issuer and its filings", response={200: dict[str, Any], **_PROBLEMS})
def one_issuer(request: HttpRequest, slug: str) -> HttpResponse:
    """Return an issuer with its filings."""
    return answering.answer(_issuer(issuers.issuer_by_slug(slug)))


def _issuer(issuer: Issuer) -> dict[str, object]:
    organisation = issuer.organisation
    return {
        "slug": organisation.slug,
        "did": issuer.did,
        "name": organisation.name,
        "credit_code": organisation.credit_code,
        "region": organisation.region,
        "filings": [_filing(filing) for filing in issuers.accreditations_of(issuer)],
    }


def _filing(accreditation: Accreditation) -> dict[str, object]:
    filing = issuers.filing(accreditation)
    return {
        "filing": filing.filing,
        "scheme": filing.scheme,
        "occupations": sorted(filing.occupations),
        "levels": sorted(filing.levels),
        "regions": sorted(filing.regions),
        "sites": sorted(filing.sites),
        "starts_on": filing.starts_on.isoformat(),
        "ends_on": filing.ends_on.isoformat() if filing.ends_on else None,
        "suspensions": [
            {"from_on": s.from_on.isoformat(), "until_on": s.until_on.isoformat() if s.until_on else None}
            for s in filing.suspensions
        ],
    }


@public.get(
    "/issuers/{slug}/accreditation",
    summary="May it award this, here, on that day?",
    response={200: AccreditationAnswer, **_PROBLEMS},
)
def accreditation(
    request: HttpRequest,
    slug: str,
    scheme: str,
    occupation: str,
    level: str,
    region: str,
    on: date | None = None,
    site: str = "",
) -> HttpResponse:
    """Return one of the eight answers, with the filing that it rests on. An unknown issuer is an answer, not an error."""
    day = on or answering.now().astimezone(CHINA).date()
    found = issuers.accreditation(slug, site, scheme, occupation, level, region, day)
    return answering.answer(
        {
            "standing": found.standing.value,
            "authorised": found.authorised,
            "filing": found.filing,
            "detail": found.detail,
        }
    )


@public.get("/log", summary="The log's head", response={200: dict[str, Any], **_PROBLEMS})
def log_head(request: HttpRequest) -> HttpResponse:
    """Return the newest checkpoint and where the static log begins."""
    health = selectors.health()
    latest = tlog.latest_checkpoint()
    return answering.answer(
        {
            "origin": health.origin,
            "size": health.published_size,
            "root": health.root,
            "checkpoint": tlog.cosigned_note(latest) if latest else None,
            "tiles": f"{settings.ORIGIN}/log/",
        }
    )


@public.get("/log/inclusion/{index}", summary="An inclusion proof", response={200: dict[str, Any], **_PROBLEMS})
def log_inclusion(request: HttpRequest, index: int) -> HttpResponse:
    """Return the leaf at an index with its path to the newest checkpoint (bytes in base64)."""
    included = tlog.inclusion(index)
    one = Inclusion(included.leaf, included.index, included.size, included.path)
    return answering.answer(one.as_json() | {"checkpoint": included.note})


# ── for issuers ────────────────────────────────────────────────────────────────────────────────────────────────────


@desk.post("/batches/preview", response={200: PreviewBody, **_PROBLEMS}, summary="What would committing this file do?")
def preview(request: HttpRequest, issuer: Form[str], file: File[UploadedFile]) -> HttpResponse:
    """Return all problems of a results file at once, and a digest to commit with. Nothing is written."""
    found = assessment.preview(
        file.read(),
        _name(file),
        issuer=issuers.issuer_by_slug(issuer),
        actor=answering.actor(request),
        now=answering.now(),
    )
    return answering.answer(
        {
            "digest": found.digest,
            "n_rows": found.n_rows,
            "n_good": found.n_good,
            "n_bad": found.n_bad,
            "n_already": found.n_already,
            "problems": [_row_problem(one) for one in found.problems],
        }
    )


@desk.post("/batches", response={201: BatchBody, **_PROBLEMS}, summary="Issue from a file")
def create_batch(
    request: HttpRequest, issuer: Form[str], file: File[UploadedFile], digest: Form[str] = ""
) -> HttpResponse:
    """Import a results file and leave its good rows to be issued; ``digest`` is that of the preview.

    409 ``preview_outdated`` when the register has moved on since: nothing is written then. The same file again gives the
    same batch.
    """
    actor, now = answering.actor(request), answering.now()
    batch = assessment.import_results(
        file.read(),
        _name(file),
        issuer=issuers.issuer_by_slug(issuer),
        preview_digest=digest or None,
        actor=actor,
        now=now,
    )
    return answering.answer(_batch(batch), status=201, headers={"Location": f"/api/batches/{batch.pk}"})


@desk.post("/batches/{batch_id}/issue", response={200: BatchBody, **_PROBLEMS}, summary="Issue now, and wait for it")
def issue_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Prepare, sign and publish what the batch still lacks. Without this call the worker does it."""
    actor = answering.actor(request)
    batch = _own_batch(batch_id, actor)
    return answering.answer(_batch(services.issue(batch, actor=actor, now=answering.now())))


@desk.get("/batches/{batch_id}", response={200: BatchBody, **_PROBLEMS}, summary="How far it has come")
def one_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Return a batch and its progress."""
    return answering.answer(_batch(_own_batch(batch_id, answering.actor(request))))


@desk.get("/batches/{batch_id}/corrections", summary="The rows that came back", response={200: None, **_PROBLEMS})
def batch_corrections(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Return the bad rows in the shape of the file, with the reasons."""
    batch = _own_batch(batch_id, answering.actor(request))
    content = assessment.corrections(batch)
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="corrections-{batch.pk}{_ending(content)}"'
    return response


def _ending(content: bytes) -> str:
    return ".xlsx" if content[:2] == b"PK" else ".csv"


@desk.get(
    "/batches/{batch_id}/awards",
    summary="Numbers and addresses of a batch",
    response={200: list[dict[str, Any]], **_PROBLEMS},
)
def batch_awards(request: HttpRequest, batch_id: UUID, first: int = 0, most: int = 1000) -> HttpResponse:
    """Return the awards of a batch in the order of its file, a page at a time."""
    batch = _own_batch(batch_id, answering.actor(request))
    start = min(max(first, 0), batch.n_rows)  # no database counts as far as somebody can write
    awards = selectors.awards_of(batch)[start : start + min(max(most, 1), 10_000)]
    return answering.answer([{"number": award.number, "address": _address(award)} for award in awards])


def _own_batch(batch_id: UUID, actor: Actor) -> Batch:
    batch = Batch.objects.select_related("issuer__organisation").filter(pk=batch_id).first()
    if batch is None or not actor.reads(batch.issuer_id):
        raise UnknownBatchError("no batch of yours has this id")
    return batch


def _batch(batch: Batch) -> dict[str, object]:
    progress = selectors.progress(batch)
    return {
        "id": str(batch.pk),
        "file_name": batch.file_name,
        "n_rows": batch.n_rows,
        "n_good": batch.n_good,
        "n_bad": batch.n_bad,
        "n_already": batch.n_already,
        "n_prepared": progress.n_prepared,
        "n_signed": progress.n_signed,
        "n_issued": progress.n_issued,
        "issued_at": batch.issued_at.isoformat() if batch.issued_at else None,
    }


def _row_problem(found: RowProblem) -> dict[str, object]:
    return {
        "line": found.line,
        "column": found.column,
        "code": found.code,
        "severity": found.severity,
        "value": found.value,
        "detail": found.detail["en"],
        "detail_zh": found.detail["zh"],
        "fix": dict(found.fix),
    }


def _name(file: UploadedFile) -> str:
    return str(file.name or "results")


@desk.get("/awards/{scheme}/{number}", response={200: AwardBody, **_PROBLEMS}, summary="An award, on a day")
def one_award(request: HttpRequest, scheme: str, number: str, on: date | None = None) -> HttpResponse:
    """Return what the award was on a day (today where left out), and all that has happened to it."""
    award = _own_award(scheme, number, answering.actor(request))
    return answering.answer(_award(award, on))


@desk.post("/awards/{scheme}/{number}/correct", response={200: AwardBody, **_PROBLEMS}, summary="Correct an award")
def correct(request: HttpRequest, scheme: str, number: str, wanted: CorrectionBody) -> HttpResponse:
    """Make a new document with right facts under the same number."""
    actor, now = answering.actor(request), answering.now()
    award = _own_award(scheme, number, actor)
    members = wanted.model_dump(exclude={"reason", "note"}, exclude_unset=True)
    deeds.correct(award, deeds.Correction(**members), reason=wanted.reason, note=wanted.note, actor=actor, now=now)
    services.publish(now, issuer=award.issuer)
    return answering.answer(_award(_own_award(scheme, number, actor), None))


@desk.post(
    "/awards/{scheme}/{number}/{deed}", response={200: AwardBody, **_PROBLEMS}, summary="Change an award's state"
)
def do_deed(request: HttpRequest, scheme: str, number: str, deed: str, wanted: DeedBody) -> HttpResponse:
    """suspend, reinstate, revoke, annul, expire or reissue an award."""
    actor, now = answering.actor(request), answering.now()
    award = _own_award(scheme, number, actor)
    _deed(award, deed, wanted, actor, now)
    services.publish(now, issuer=award.issuer)
    return answering.answer(_award(_own_award(scheme, number, actor), None))


def _deed(award: Award, deed: str, wanted: DeedBody, actor: Actor, now: Any) -> None:
    common: dict[str, Any] = {"reason": wanted.reason, "note": wanted.note, "actor": actor, "now": now}
    if deed == Deed.SUSPEND:
        day = wanted.from_on or now.astimezone(CHINA).date()
        deeds.suspend(award, from_on=day, until_on=wanted.until_on, **common)
    elif deed == Deed.REINSTATE:
        deeds.reinstate(award, from_on=wanted.from_on, **common)
    elif deed == Deed.REVOKE:
        deeds.revoke(award, from_on=wanted.from_on, **common)
    elif deed == Deed.EXPIRE:
        deeds.expire(award, from_on=wanted.from_on, **common)
    elif deed == Deed.ANNUL:
        deeds.annul(award, **common)
    elif deed == Deed.REISSUE:
        deeds.reissue(award, **common)
    else:
        raise UnknownDeedError(f"nothing called {deed} can be done to an award", deed=deed)


def _own_award(scheme: str, number: str, actor: Actor) -> Award:
    award = selectors.award_by_number(scheme, number)
    if not actor.reads(award.issuer_id):
        raise selectors.UnknownAwardError("no award of yours has that number", scheme=scheme, number=number)
    return award


def _award(award: Award, on: date | None) -> dict[str, object]:
    day = on or answering.now().astimezone(CHINA).date()
    return {
        "scheme": award.scheme_id,
        "number": award.number,
        "holder": award.holder_name,
        "occupation": award.occupation.code,
        "level": award.level,
        "issued_on": award.issued_on.isoformat(),
        "valid_until": award.valid_until.isoformat() if award.valid_until else None,
        "on": day.isoformat(),
        "state": selectors.state_on(award, day).state.value,
        "history": [
            {
                "deed": event.deed,
                "from_on": event.from_on.isoformat(),
                "until_on": event.until_on.isoformat() if event.until_on else None,
                "reason": event.reason,
                "at": event.at.isoformat(),
            }
            for event in selectors.history(award)
        ],
        "address": _address(award),
    }


def _address(award: Award) -> str | None:
    instance = selectors.current_instance(award)
    return f"{settings.ORIGIN}/q/{token_text(bytes(instance.token))}" if instance else None


api.add_router("", public)
api.add_router("", desk)
api.add_router("", credits_router)


def openapi() -> Mapping[str, Any]:
    """Return the OpenAPI description, for the snapshot test and the docs."""
    return cast("Mapping[str, Any]", api.get_openapi_schema(path_prefix="/api/"))
