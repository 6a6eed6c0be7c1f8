"""The page of one document of an award, behind its code: sheet, verdict, checks, history, downloads."""

from __future__ import annotations

import orjson
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from guildhall.core.errors import Error
from guildhall.core.report import Verdict
from guildhall.credentials import checking, faces, selectors, services
from guildhall.credentials.models import Instance
from guildhall.credentials.rendering import qr
from guildhall.credentials.rendering.face import LANGUAGES
from guildhall.credentials.rendering.pdf import certificate_pdf
from guildhall.web import answers, certificates, clock, histories
from guildhall.web.forms import CheckForm, DayForm
from guildhall.web.limits import limited
from guildhall.web.pages import crumb, page
from guildhall.web.templatetags.guildhall import language
from guildhall.web.views.check import signed


@never_cache
@vary_on_headers("Accept")
@require_safe
def certificate(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show a certificate to whoever has its code; as the bundle, where JSON is preferred."""
    instance = _instance(token)
    wanted = request.get_preferred_type(["text/html", "application/json", "application/ld+json"])
    if wanted in {"application/json", "application/ld+json"}:
        return _bundle(instance)
    form = DayForm(request.GET or None)
    at = form.cleaned_data["at"] if form.is_bound and form.is_valid() else None
    try:
        report = checking.check_instance(instance, now=clock.now(), at=at)
    except Error:
        return page(
            request,
            "answer",
            crumb(_("Certificate")),
            answer=answers.cannot_check(_("The log is being repaired. Please try again later.")),
            form=CheckForm(),
            status=503,
        )
    face = faces.face(instance)
    known = certificates.said(report)
    answer = answers.of_report(report, issuer_name=known.issuer_name if known else "")
    code = qr.svg(face.check_url, quiet=0)
    response = page(
        request,
        "certificate",
        crumb(_("Check"), "check"),
        crumb(certificates.short_title(faces.facts(instance))),
        token=token,
        report=report,
        answer=answer,
        stamp=answer.word if at is None and report.verdict is not Verdict.VALID else "",
        face=face,
        qr=mark_safe(code),  # noqa: S308 - drawn by our own code
        qr_titled=mark_safe(qr.svg(face.check_url, title=_("Code of this page"), quiet=0)),  # noqa: S308
        facts=certificates.facts(known, name_given=False, serial=instance.serial) if known else [],
        events=histories.steps(instance.award, examined_on=faces.facts(instance).examined_on),
        scheme=instance.award.scheme,
        at_form=form if form.is_bound else DayForm(),
        public_url=face.check_url,
        bundle_url=reverse("certificate-bundle", args=[token]),
        pdf_url=reverse("certificate-pdf", args=[token]),
    )
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_safe
def bundle(request: HttpRequest, token: str) -> HttpResponse:
    """Give the evidence bundle."""
    instance = _instance(token)
    response = _bundle(instance)
    response["Content-Disposition"] = f'attachment; filename="{_file_name(instance)}.bundle.json"'
    return response


@never_cache
@require_safe
@limited("paper", methods=("GET",))
def pdf(request: HttpRequest, token: str) -> HttpResponseBase:
    """Give the certificate as PDF with its bundle inside, in the page's language or the one asked for."""
    instance = _instance(token)
    asked = request.GET.get("language", language())
    tongue = next((known for known in LANGUAGES if known == asked), None)
    if tongue is None:
        raise Http404
    body = certificate_pdf(faces.face(instance), language=tongue, bundle=_bundle_bytes(instance))
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{_file_name(instance)}.pdf"'
    response["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt
@never_cache
@require_POST
@limited("check")
def receipt(request: HttpRequest, token: str) -> HttpResponseBase:
    """Give the signed receipt of this moment's check."""
    instance = _instance(token)
    try:
        report = checking.check_instance(instance, now=clock.now())
    except Error:
        return redirect("certificate", token=token)  # that page says what is the matter
    return signed(report, instance.award.number)


def _instance(token: str) -> Instance:
    found = selectors.by_token(token)
    if found is None:
        raise Http404
    return found


def _bundle_bytes(instance: Instance) -> bytes:
    return orjson.dumps(services.bundle(instance), option=orjson.OPT_INDENT_2)


def _bundle(instance: Instance) -> HttpResponse:
    response = HttpResponse(_bundle_bytes(instance), content_type="application/json")
    response["X-Robots-Tag"] = "noindex"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _file_name(instance: Instance) -> str:
    number = instance.award.number
    return "".join(character for character in number if character.isascii() and character.isalnum()) or "certificate"
