"""Checking a certificate: by number and name, by file, by the code on it. Nothing of what is asked is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from guildhall.core.codes import certificate_number
from guildhall.core.errors import Error
from guildhall.core.report import Report
from guildhall.credentials import checking, naming, selectors
from guildhall.credentials.models import Instance
from guildhall.problems import title_of
from guildhall.schemes.models import Scheme
from guildhall.web import answers, certificates, clock, histories
from guildhall.web.forms import CheckForm, FileForm
from guildhall.web.limits import limited
from guildhall.web.pages import crumb, page
from guildhall.web.reading import ForeignCodeError, Found, read
from guildhall.web.templatetags.guildhall import language


# No token: these two change nothing, and a token would make two answers differ that must be the same to the byte.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("check")
def check(request: HttpRequest) -> HttpResponseBase:
    """Show the check, or answer one."""
    if request.method != "POST":
        return _forms(request, CheckForm(), FileForm())
    if "number" in request.POST:
        return _by_number(request)
    return _by_file(request)


@csrf_exempt
@never_cache
@require_POST
@limited("check")
def receipt(request: HttpRequest) -> HttpResponseBase:
    """Answer the same question once more, as a signed receipt to keep."""
    now = clock.now()
    if "number" in request.POST:
        form = CheckForm(request.POST)
        instance = selectors.find(form.cleaned_data["number"], form.cleaned_data["name"]) if form.is_valid() else None
        if instance is None:
            # No page offers this: nobody is told more than the check itself tells.
            return redirect("check")
        try:
            report = checking.check_instance(instance, now=now, at=form.cleaned_data["at"])
        except Error:
            return _in_repair(request)
        return signed(report, instance.award.number)
    file_form = FileForm(request.POST)
    if not file_form.is_valid():
        return redirect("check")
    try:
        report = checking.check(file_form.cleaned_data["text"].encode(), now=now, at=file_form.cleaned_data["at"])
    except Error:
        return _in_repair(request)
    if report.kind == "receipt":
        # No page offers this either: a receipt about a receipt says nothing that the first one does not.
        return redirect("check")
    return signed(report, str(report.subject.get("number", "")))


def signed(report: Report, number: str) -> HttpResponse:
    """Return the signed receipt of a report as a file."""
    response = JsonResponse(
        checking.receipt(report, number=number, now=report.checked_at),
        json_dumps_params={"ensure_ascii": False, "indent": 2},
    )
    name = "".join(character for character in number if character.isalnum() and character.isascii()) or "check"
    response["Content-Disposition"] = f'attachment; filename="{name}.receipt.json"'
    return response


def _forms(request: HttpRequest, form: CheckForm, file_form: FileForm, *, status: int = 200) -> HttpResponse:
    return page(request, "check", crumb(_("Check")), form=form, file_form=file_form, status=status)


def _by_number(request: HttpRequest) -> HttpResponse:
    form = CheckForm(request.POST)
    if not form.is_valid():
        return _forms(request, form, FileForm(), status=422)
    number, name, at = (form.cleaned_data[key] for key in ("number", "name", "at"))
    instance = selectors.find(number, name)
    if instance is None:
        return _not_found(request, number)
    again = {"number": number, "name": name} | _asked(at)
    return _of_instance(request, instance, at, again=again, name_given=True)


def _not_found(request: HttpRequest, number: str) -> HttpResponse:
    """Answer for a pair that is not in the register. Nothing in the page depends on which half was wrong."""
    answer = answers.no_match() if _covered(number) else answers.not_covered()
    return _answer(request, answer)


def _covered(number: str) -> bool:
    """Tell whether a number has a layout that a scheme of this register uses. Its shape decides, never what is held."""
    used = set(Scheme.objects.values_list("number_layout", flat=True))
    return bool(used.intersection(certificate_number.layouts(number)))


def _by_file(request: HttpRequest) -> HttpResponse:
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _forms(request, CheckForm(), form, status=422)
    at = form.cleaned_data["at"]
    try:
        found = _read(form.cleaned_data)
    except ForeignCodeError as reason:
        form.add_error("file", _("The code leads to %(host)s, not to this register.") % {"host": reason.host})
        return _forms(request, CheckForm(), form, status=422)
    except Error as reason:
        form.add_error("file", words_of(reason))
        return _forms(request, CheckForm(), form, status=422)
    if found.instance is not None:
        return _of_instance(request, found.instance, at, again={}, name_given=False, by_code=True)
    try:
        report = checking.check(found.data, now=clock.now(), at=at)
    except Error:
        return _in_repair(request)
    again = {"file-text": found.data.decode("utf-8", "replace")} | _asked(at, "file-")
    known = certificates.said(report)
    return _answer(
        request,
        answers.of_report(report, issuer_name=known.issuer_name if known else ""),
        report=report,
        vouched=certificates.vouched(report),
        again=again,
        facts=certificates.facts(known, name_given=False) if known else [],
        scheme=known.scheme if known else None,
        brought=report.kind == "bundle",
    )


def _read(cleaned: Mapping[str, Any]) -> Found:
    file = cleaned["file"]
    if isinstance(file, UploadedFile):
        return read(file.read())
    return read(str(cleaned["text"]).encode())


def words_of(reason: Error) -> str:
    """Return what is wrong with a file, in words."""
    return _("The file cannot be used: %(reason)s.") % {"reason": title_of(reason.code, language())}


def _of_instance(
    request: HttpRequest,
    instance: Instance,
    at: date | None,
    *,
    again: Mapping[str, str],
    name_given: bool,
    by_code: bool = False,
) -> HttpResponse:
    try:
        report = checking.check_instance(instance, now=clock.now(), at=at)
    except Error:
        return _in_repair(request)
    token = naming.token_text(bytes(instance.token))
    known = certificates.said(report)
    examined_on = instance.award.result.examined_on
    return _answer(
        request,
        answers.of_report(report, issuer_name=known.issuer_name if known else ""),
        report=report,
        vouched=certificates.vouched(report),
        again=again,
        facts=certificates.facts(known, name_given=name_given, serial=instance.serial) if known else [],
        events=histories.steps(instance.award, examined_on=examined_on),
        scheme=instance.award.scheme,
        certificate_url=reverse("certificate", args=[token]),
        receipt_url=reverse("certificate-receipt", args=[token]) if by_code else "",
        brought=by_code,
    )


def _in_repair(request: HttpRequest) -> HttpResponse:
    return _answer(request, answers.cannot_check(_("The log is being repaired. Please try again later.")), status=503)


def _asked(at: date | None, prefix: str = "") -> dict[str, str]:
    return {f"{prefix}at": at.isoformat()} if at else {}


def _answer(request: HttpRequest, answer: answers.Answer, *, status: int = 200, **context: object) -> HttpResponse:
    response = page(
        request,
        "answer",
        crumb(_("Check"), "check"),
        crumb(_("Report")),
        status=status,
        answer=answer,
        form=CheckForm(),
        **context,
    )
    response["X-Robots-Tag"] = "noindex"
    return response
