"""Results in: a file, its preview with every problem of every row, and its import."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guildhall.assessment import services as assessment
from guildhall.core import results
from guildhall.core.errors import Error
from guildhall.core.language import in_language
from guildhall.core.results import RowProblem, table
from guildhall.core.results.columns import COLUMNS
from guildhall.core.results.problems import shown as shown_text
from guildhall.issuers.models import Issuer
from guildhall.issuers.selectors import accreditations_of
from guildhall.schemes.wording import findings, sentence
from guildhall.web import clock, uploads
from guildhall.web.access import actor, issuer_desk
from guildhall.web.desk_pages import PER_PAGE, as_file, corrections_name, issuer_page, may_issue, said
from guildhall.web.forms_desk import ResultsForm
from guildhall.web.pages import crumb
from guildhall.web.templatetags.guildhall import language
from guildhall.web.views.batches import begin

_KEPT: Final = 600


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row of a results file with everything that is said about it."""

    line: int
    verdict: str
    name: str
    number: str
    problems: tuple[RowProblem, ...]
    notices: tuple[RowProblem, ...]


@issuer_desk
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, issuer: Issuer) -> HttpResponseBase:
    """Take a results file and lead to its preview."""
    may_issue(request, issuer)
    form = ResultsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        data = file.read()
        try:
            found = assessment.preview(data, file.name, issuer=issuer, actor=actor(request), now=clock.now())
        except Error as reason:
            form.add_error("file", said(reason))
        else:
            key = uploads.keep(_owner(issuer), file.name, data)
            cache.set(_preview_key(key), found, _KEPT)
            return redirect("desk-preview", issuer.organisation.slug, key)
    return issuer_page(
        request,
        issuer,
        "upload",
        crumb(_("Import results")),
        form=form,
        columns=[column for column in COLUMNS.values() if column.in_template],
    )


@issuer_desk
@require_safe
def template(request: HttpRequest, issuer: Issuer, kind: str) -> HttpResponseBase:
    """Give the empty results file."""
    return as_file(results.template(language(), kind=kind), f"results.{kind}")


@issuer_desk
@require_safe
def preview(request: HttpRequest, issuer: Issuer, key: str) -> HttpResponseBase:
    """Show what importing the file would do, with every problem of every row."""
    may_issue(request, issuer)
    try:
        kept = uploads.fetch(_owner(issuer), key)
        found = _preview(request, issuer, kept)
    except Error as reason:
        messages.error(request, said(reason))
        return redirect("desk-upload", issuer.organisation.slug)
    rows = _preview_rows(found)
    kinds = {
        "problems": [row for row in rows if row.problems or row.notices],
        "bad": [row for row in rows if row.verdict == "bad"],
        "notice": [row for row in rows if row.notices and row.verdict != "bad"],
        "good": [row for row in rows if row.verdict == "good"],
        "already": [row for row in rows if row.verdict == "already"],
        "all": rows,
    }
    words_of_kinds = {
        "problems": _("With notes"),
        "bad": _("To be corrected"),
        "notice": _("Please note"),
        "good": _("Ready"),
        "already": _("Issued before"),
        "all": _("All rows"),
    }
    asked = request.GET.get("show", "problems" if kinds["problems"] else "all")
    show = asked if asked in kinds else "all"
    return issuer_page(
        request,
        issuer,
        "preview",
        crumb(_("Import results"), "desk-upload", issuer.organisation.slug),
        crumb(_("Check the rows")),
        upload=kept,
        preview=found,
        whole_file=[one for one in (*found.problems, *found.notices) if not one.line],
        n_notices=len(kinds["notice"]),
        wording=_wording(issuer),
        filters=[
            {"code": code, "word": word, "n": len(kinds[code]), "here": code == show}
            for code, word in words_of_kinds.items()
        ],
        show=show,
        page=_named(Paginator(kinds[show], PER_PAGE).get_page(request.GET.get("page")), kept.data),
    )


@issuer_desk
@require_safe
def preview_corrections(request: HttpRequest, issuer: Issuer, key: str) -> HttpResponseBase:
    """Give the rows to be corrected, in the shape of the file, with the reasons."""
    may_issue(request, issuer)
    try:
        kept = uploads.fetch(_owner(issuer), key)
        found = _preview(request, issuer, kept)
        body = results.corrections(kept.data, found.problems, language=language())
    except Error:
        raise Http404 from None
    return as_file(body, corrections_name(kept.file_name))


@issuer_desk
@require_POST
def import_file(request: HttpRequest, issuer: Issuer, key: str) -> HttpResponseBase:
    """Bring the good rows in, exactly as the preview said, and begin to issue them."""
    who = actor(request)
    try:
        kept = uploads.fetch(_owner(issuer), key)
        batch = assessment.import_results(
            kept.data,
            kept.file_name,
            issuer=issuer,
            preview_digest=request.POST.get("digest", ""),
            actor=who,
            now=clock.now(),
        )
    except assessment.PreviewOutdatedError as reason:
        cache.delete(_preview_key(key))
        messages.error(request, said(reason))
        return redirect("desk-preview", issuer.organisation.slug, key)
    except uploads.UploadGoneError as reason:
        messages.error(request, said(reason))
        return redirect("desk-upload", issuer.organisation.slug)
    uploads.drop(key)
    cache.delete(_preview_key(key))
    if batch.issued_at is None:
        begin(batch, who)
    return redirect("desk-batch", issuer.organisation.slug, batch.pk)


def _wording(issuer: Issuer) -> list[str]:
    """Return what is to be known of the wording of the certificates that the issuer may award, before any is signed."""
    schemes = {filing.scheme_id: filing.scheme for filing in accreditations_of(issuer)}
    found = {
        f"{in_language(scheme.certificate_name, language())}: {sentence(finding.hit, language())}"
        for scheme in schemes.values()
        for finding in findings(scheme, on=clock.today())
        if finding.member == "certificate_name" and finding.language == "zh"
    }
    return sorted(found)


def _preview(request: HttpRequest, issuer: Issuer, kept: uploads.Upload) -> assessment.Preview:
    """Return the preview, made anew where this process no longer has it."""
    found = cache.get(_preview_key(kept.key))
    if isinstance(found, assessment.Preview):
        return found
    made = assessment.preview(kept.data, kept.file_name, issuer=issuer, actor=actor(request), now=clock.now())
    cache.set(_preview_key(kept.key), made, _KEPT)
    return made


def _preview_rows(found: assessment.Preview) -> list[PreviewRow]:
    problems, notices = _by_line(found.problems), _by_line(found.notices)
    return [
        PreviewRow(
            row.line,
            row.verdict,
            row.holder_name,
            row.number,
            tuple(problems.get(row.line, ())),
            tuple(notices.get(row.line, ())),
        )
        for row in found.rows
    ]


def _named(shown: Page[PreviewRow], data: bytes) -> Page[PreviewRow]:
    """Give the rows that could not be read the name that stands in the file, so that people find them."""
    wanted = {row.line for row in shown.object_list if not row.name}
    names = _names_in(data, wanted) if wanted else {}
    shown.object_list = [replace(row, name=row.name or names.get(row.line, "")) for row in shown.object_list]
    return shown


def _names_in(data: bytes, wanted: set[int]) -> dict[int, str]:
    """Return the names as the file writes them, by line."""
    names: dict[int, str] = {}
    try:
        source = table.opened(data, results.Limits())
        place = source.header.keys.index("name") if source.header and "name" in source.header.keys else None
        for line, cells in source.rows:
            if line in wanted and place is not None and place < len(cells):
                names[line] = shown_text(cells[place])
                if len(names) == len(wanted):
                    break
    except Error:
        pass  # the preview itself has said what is wrong with the file
    return names


def _by_line(found: tuple[RowProblem, ...]) -> dict[int, list[RowProblem]]:
    lines: dict[int, list[RowProblem]] = {}
    for one in found:
        lines.setdefault(one.line, []).append(one)
    return lines


def _owner(issuer: Issuer) -> str:
    return str(issuer.pk)


def _preview_key(key: str) -> str:
    return f"web:preview:{key}"
