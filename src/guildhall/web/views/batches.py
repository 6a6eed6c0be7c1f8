"""Batches: how far each imported file has come, its certificates as pages to print, the rows that came back."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from guildhall.accounts.services import Actor
from guildhall.assessment import services as assessment
from guildhall.assessment.models import Batch
from guildhall.credentials import faces, selectors, services
from guildhall.credentials.lease import lease
from guildhall.credentials.models import Instance
from guildhall.credentials.rendering.face import Language
from guildhall.credentials.rendering.pdf import certificates_pdf
from guildhall.credit.services import deposit_issued
from guildhall.issuers.models import Issuer
from guildhall.problems import title_of
from guildhall.web import background, clock
from guildhall.web.access import actor, desk_of_issuer, issuer_desk
from guildhall.web.desk_pages import PER_PAGE, as_file, corrections_name, issuer_page, may_issue
from guildhall.web.pages import crumb, page
from guildhall.web.templatetags.guildhall import language

PAGES_IN_FILE: Final = 200


@issuer_desk
@require_safe
def batches(request: HttpRequest, issuer: Issuer) -> HttpResponseBase:
    """List the imported files and how far each has come."""
    found = selectors.batches_of(issuer, actor=actor(request), limit=500)
    return issuer_page(
        request,
        issuer,
        "batches",
        crumb(_("Batches")),
        page=Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
    )


@issuer_desk
@require_safe
def batch(request: HttpRequest, issuer: Issuer, batch_id: UUID) -> HttpResponseBase:
    """Show one batch: its progress while it is issued, its results afterwards."""
    found = _batch(issuer, batch_id)
    awards = selectors.awards_of(found)
    return issuer_page(
        request,
        issuer,
        "batch",
        crumb(_("Batches"), "desk-batches", issuer.organisation.slug),
        crumb(found.file_name),
        page=Paginator(awards, PER_PAGE).get_page(request.GET.get("page")) if found.issued_at else None,
        pdf_parts=_pdf_parts(found.n_good) if found.issued_at else [],
        **_progress(found),
    )


@issuer_desk
@require_safe
def progress(request: HttpRequest, issuer: Issuer, batch_id: UUID) -> HttpResponseBase:
    """Show only how far the batch has come; asked for again and again while it is issued."""
    found = _batch(issuer, batch_id)
    context = _progress(found) | {"desk": desk_of_issuer(request, issuer), "issuer": issuer}
    response = page(request, "parts/progress", **context)
    if found.issued_at is not None:
        response["HX-Refresh"] = "true"
    return response


@issuer_desk
@require_POST
def issue(request: HttpRequest, issuer: Issuer, batch_id: UUID) -> HttpResponseBase:
    """Go on issuing a batch that stands still."""
    found = _batch(issuer, batch_id)
    who = may_issue(request, issuer)
    if found.issued_at is None:
        begin(found, who)
    return redirect("desk-batch", issuer.organisation.slug, found.pk)


@issuer_desk
@require_safe
def batch_corrections(request: HttpRequest, issuer: Issuer, batch_id: UUID) -> HttpResponseBase:
    """Give the rows of a batch's file that came back."""
    may_issue(request, issuer)
    found = _batch(issuer, batch_id)
    body = assessment.corrections(found)
    if not body:
        raise Http404
    return as_file(body, corrections_name(found.file_name))


@issuer_desk
@require_safe
def batch_pdf(request: HttpRequest, issuer: Issuer, batch_id: UUID, part: int) -> HttpResponseBase:
    """Give a part of a batch's certificates as one PDF, a page each, in the order of the file."""
    may_issue(request, issuer)
    found = _batch(issuer, batch_id)
    if part < 1 or found.issued_at is None:
        raise Http404
    first = (part - 1) * PAGES_IN_FILE
    awards = list(selectors.awards_of(found)[first : first + PAGES_IN_FILE].values_list("pk", flat=True))
    if not awards:
        raise Http404
    newest = _newest_documents(awards)
    body = certificates_pdf(faces.faces([newest[key] for key in awards]), language=_tongue(request))
    return as_file(body, f"certificates-{first + 1}-{first + len(awards)}.pdf", inline=True)


def _newest_documents(awards: list[UUID]) -> dict[UUID, Instance]:
    rows = selectors.issued(
        Instance.objects.filter(award__in=awards).select_related("document", "form", "award__scheme")
    )
    return {row.award_id: row for row in rows.order_by("serial")}


def _tongue(request: HttpRequest) -> Language:
    asked = request.GET.get("language", language())
    return "both" if asked == "both" else "en" if asked == "en" else "zh"


def _pdf_parts(n_awards: int) -> list[dict[str, int]]:
    return [
        {"part": part + 1, "first": part * PAGES_IN_FILE + 1, "last": min(n_awards, (part + 1) * PAGES_IN_FILE)}
        for part in range((n_awards + PAGES_IN_FILE - 1) // PAGES_IN_FILE)
    ]


def begin(found: Batch, who: Actor) -> None:
    """Issue the batch beside this request; another worker that has it already is left to it."""

    def work() -> None:
        with lease(found.pk) as held:
            if held:
                services.issue(found, actor=who, now=clock.now())
                deposit_issued(clock.now())

    background.start(_work_name(found), work)


def _progress(found: Batch) -> dict[str, Any]:
    came = services.progress(found)
    run = background.last_run(_work_name(found))
    # Preparing and signing take turns, chunk by chunk: signing is what one waits for.
    signing = came.n_signed or came.n_prepared == came.n_good
    step = 6 if found.issued_at else 5 if came.n_signed == came.n_good else 4 if signing else 3
    return {
        "batch": found,
        "progress": came,
        "step": step,
        "stages": [
            {"word": _("Prepared"), "done": came.n_prepared, "waiting": came.n_good - came.n_prepared},
            {"word": _("Signed and entered in the log"), "done": came.n_signed, "waiting": came.n_good - came.n_signed},
            {"word": _("Under a checkpoint"), "done": came.n_issued, "waiting": came.n_good - came.n_issued},
        ],
        "stopped": _stopped(run.stopped_by) if run else "",
        "live": found.issued_at is None,
        "working": background.running(_work_name(found)),
        "run": run,
        "seconds_left": _seconds_left(came, run),
    }


def _stopped(code: str) -> str:
    return (
        _("A mistake of this site; it has been recorded") if code == background.INTERNAL else title_of(code, language())
    )


def _seconds_left(came: services.Progress, run: background.Run | None) -> int | None:
    """Return a guess from the pace so far, None where there is none."""
    if run is None or run.ended_at is not None or not came.n_signed:
        return None
    spent = (clock.now() - run.began_at).total_seconds()
    return max(1, round(spent * (came.n_good - came.n_signed) / came.n_signed))


def _work_name(found: Batch) -> str:
    return f"issue:{found.pk}"


def _batch(issuer: Issuer, batch_id: UUID) -> Batch:
    found = Batch.objects.filter(issuer=issuer, pk=batch_id).select_related("issuer__organisation", "scheme").first()
    if found is None:
        raise Http404
    return found
