"""Editions that begin at the standards desk, empty or with a file, and editions to take away as files."""

from __future__ import annotations

import json
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from guildhall.core.canonical import strict_json
from guildhall.core.errors import Error
from guildhall.core.exchange import ctdl, tables
from guildhall.core.exchange.case import read_package
from guildhall.core.standard import problem_in_words
from guildhall.standards.editions import selectors, services
from guildhall.standards.frameworks import selectors as frameworks
from guildhall.standards.frameworks.services import content_from
from guildhall.standards.models import Standard
from guildhall.standards.selectors import occupation_by_code
from guildhall.web import clock, standards_forms
from guildhall.web.access import actor, standards_desk
from guildhall.web.desk_pages import as_file, said, standards_page
from guildhall.web.forms import PlainForm
from guildhall.web.pages import crumb
from guildhall.web.standards_forms import BringForm, NewEditionForm
from guildhall.web.templatetags.guildhall import language


def problems_of(reason: Error) -> list[str]:
    """Return each problem of a refusal in words, with its place."""
    listed, codes = reason.params.get("problems", ()), reason.params.get("codes", ())
    if not isinstance(listed, list) or not isinstance(codes, list):
        return []
    return [told(code, problem) for code, problem in zip(codes, listed, strict=False)]


def told(code: str, problem: str) -> str:
    """Return a problem in words; English says it exactly, Chinese by its kind and place."""
    if language() == "en":
        return f"{problem_in_words(code, 'en')}: {problem}"
    return f"{problem_in_words(code, 'zh')}（{problem.partition(': ')[0]}）"


def found_edition(standard_id: UUID) -> Standard:
    """Return an edition; a page of 404 where there is none."""
    try:
        return selectors.edition(standard_id)
    except services.UnknownEditionError:
        raise Http404 from None


@standards_desk
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Begin an edition: empty, or with a file."""
    bringing = "bring" in request.POST
    form = NewEditionForm(None if bringing else request.POST or None, initial={"levels": ["5", "4", "3", "2", "1"]})
    bring = BringForm(request.POST, request.FILES) if bringing else BringForm()
    problems: list[str] = []
    sent: PlainForm = bring if bringing else form
    if request.method == "POST" and sent.is_valid():
        try:
            standard, problems = _brought(request, bring) if bringing else (_begun(request, form), [])
        except Error as reason:
            sent.add_error(None, said(reason))
            problems = problems_of(reason)
        else:
            messages.success(request, _("The draft has been made."))
            for problem in problems[:20]:
                messages.warning(request, problem)
            return redirect("desk-standard", standard.pk)
    return standards_page(request, "new", crumb(_("New edition")), form=form, bring=bring, problems=problems)


def _begun(request: HttpRequest, form: NewEditionForm) -> Standard:
    facts = form.cleaned_data
    body = {tag: facts[f"body_{tag}"] for tag in ("zh", "en") if facts[f"body_{tag}"]}
    return services.draft(
        occupation_by_code(facts["occupation"].strip()),
        facts["edition"],
        levels=facts["levels"],
        body=body,
        in_force_on=facts["in_force_on"],
        actor=actor(request),
        now=clock.now(),
    )


def _brought(request: HttpRequest, form: BringForm) -> tuple[Standard, list[str]]:
    file, facts = form.cleaned_data["file"], form.cleaned_data
    data, name = file.read(), str(file.name)
    about = {
        "occupation": facts["occupation"].strip(),
        "edition": facts["edition"],
        "in_force_on": facts["in_force_on"] or clock.today(),
    }
    problems: list[tuple[str, str]] = []
    if name.lower().endswith((".csv", ".xlsx")):
        occupation = occupation_by_code(about["occupation"])
        content = tables.content_of(tables.read(data, file_name=name), name=occupation.name, **about)
    elif b'"CFDocument"' in data[:4096] or b'"CFItems"' in data[:4096]:
        content, problems = content_from(read_package(data), level=facts["level"], **about)
    else:
        value = strict_json.parse(data, max_bytes=standards_forms.MAX_FILE)
        content = value if isinstance(value, dict) else {}
    standard = services.draft_from(content, actor=actor(request), now=clock.now())
    return standard, [told(code, problem) for code, problem in problems]


@standards_desk
@require_safe
def download(request: HttpRequest, standard_id: UUID, kind: str) -> HttpResponseBase:
    """Hand out an edition as a file: whole (JSON), its table (CSV, XLSX), and once published for others (CASE, CTDL-ASN)."""
    standard = found_edition(standard_id)
    stem = f"standard-{standard.occupation.code}-{standard.edition}"
    document = selectors.text_of(standard)
    if document is None:
        raise Http404
    if kind == "json":
        return as_file(json.dumps(standard.content, ensure_ascii=False, indent=2).encode(), f"{stem}.json")
    if kind in {"csv", "xlsx"}:
        return as_file(tables.write(document, kind), f"{stem}.{kind}")
    held = frameworks.framework_of(standard) if kind in {"case", "ctdl"} else None
    if held is None:
        raise Http404
    if kind == "ctdl":
        linked = ctdl.framework(document, base=settings.ORIGIN)
        return as_file(json.dumps(linked, ensure_ascii=False).encode(), f"{stem}-ctdl.json")
    return as_file(json.dumps(frameworks.package(held).as_json(), ensure_ascii=False).encode(), f"{stem}-case.json")


@standards_desk
@require_safe
def template(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Hand out an empty table to fill in."""
    if kind not in {"csv", "xlsx"}:
        raise Http404
    return as_file(tables.template(kind), f"standard.{kind}")
