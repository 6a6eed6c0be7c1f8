"""May I sit this level? A form that keeps nothing, and the answer with what is missing and the first day."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from guildhall.accounts.models import User
from guildhall.core.canonical import jcs
from guildhall.core.codes.level import LEVELS
from guildhall.core.eligibility import Answer, missing_sentence
from guildhall.core.eligibility.rules import Clause
from guildhall.core.errors import Error
from guildhall.core.language import in_language
from guildhall.core.record import read_record
from guildhall.credit.selectors import account_of
from guildhall.employers import selectors as employers
from guildhall.encyclopedia import sitting
from guildhall.problems import title_of
from guildhall.standards import selectors as standards
from guildhall.standards.editions.selectors import text_of
from guildhall.standards.models import Occupation
from guildhall.web import clock
from guildhall.web.forms_record import SECTIONS, AskedForm, Section, document, record_rows
from guildhall.web.limits import limited
from guildhall.web.pages import crumb, page
from guildhall.web.templatetags.guildhall import language
from guildhall.web.words import text

SUGGESTED = 400


@dataclass(frozen=True, slots=True)
class Way:
    """One clause as the page shows it: what it asks, what is missing, when it is met (None: waiting does not help)."""

    id: str
    text: str
    met: bool
    missing: tuple[str, ...]
    first_on: date | None
    unconfirmed: str


# No token: nothing is changed and nothing is kept.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("check")
def eligibility(request: HttpRequest) -> HttpResponseBase:
    """Show the form, one more row of it, or the answer."""
    if request.method != "POST":
        first = {"occupation": request.GET.get("occupation", "")[:80], "level": request.GET.get("level", "")[:4]}
        known = _known(request)
        return _page(
            request,
            AskedForm(initial={"on": clock.today(), **first}),
            [Section.told(name, known.get(name, ())) for name in SECTIONS],
            from_record=bool(known),
        )
    more = request.POST.get("more", "")
    asked = AskedForm(request.POST)
    sections = [Section(name, request.POST, more=name == more) for name in SECTIONS]
    if more in SECTIONS:
        return _page(request, AskedForm(initial=request.POST.dict()), sections)
    if not all([asked.is_valid(), *(section.is_valid() for section in sections)]):
        return _page(request, asked, sections, status=422)
    try:
        finder = standards.OccupationFinder.load()
        occupation = finder.find(asked.cleaned_data["occupation"])
        typed = document(asked, sections, occupation=occupation.code, code_of=lambda name: finder.find(name).code)
        answer = _judged(typed, occupation, asked.cleaned_data["level"], asked.cleaned_data["on"])
    except Error as error:
        place = next((name for name in ("occupation", "level") if name in error.code), None)
        asked.add_error(place, title_of(error.code, language()))
        return _page(request, asked, sections, status=422)
    return _page(request, asked, sections, answer=answer, occupation=occupation, record=typed)


def _known(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that the record of who is signed in fills, if it is asked for; nothing of it is kept by this page."""
    if request.GET.get("mine") != "1" or not isinstance(request.user, User):
        return {}
    account = account_of(request.user)
    return {} if account is None else record_rows(employers.record_of(account, clock.now()))


def _judged(typed: dict[str, Any], occupation: Occupation, level: str, on: date) -> Answer:
    try:
        in_force = text_of(standards.standard_in_force(occupation, on))
    except standards.NoStandardInForceError:
        in_force = None
    return sitting.judged(read_record(jcs.canonical(typed)), occupation.code, level, on, document=in_force)


def _page(
    request: HttpRequest,
    asked: AskedForm,
    sections: list[Section],
    *,
    status: int = 200,
    answer: Answer | None = None,
    occupation: Occupation | None = None,
    record: dict[str, Any] | None = None,
    from_record: bool = False,
) -> HttpResponse:
    shown = {} if answer is None or occupation is None else _answer(answer, occupation, record)
    return page(
        request,
        "eligibility",
        crumb(_("May I sit this level?")),
        status=status,
        form=asked,
        from_record=from_record,
        sections=sections,
        suggested=[f"{one.code} {text(one.name)}" for one in standards.occupations()[:SUGGESTED]],
        **shown,
    )


def _answer(answer: Answer, occupation: Occupation, record: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "answer": answer,
        "verdict": "valid" if answer.eligible else "not-covered",
        "asked_for": text(occupation.name),
        "level": in_language(LEVELS[answer.level].name, language()),
        "ways": _ways(answer),
        "record": json.dumps(record, ensure_ascii=False, indent=1),
    }


def _ways(answer: Answer) -> list[Way]:
    if answer.clause is not None:
        return [_way(answer.clause, met=True, missing=(), first_on=answer.on)]
    return [
        _way(
            one.clause,
            met=False,
            missing=tuple(missing_sentence(lack, language()) for lack in one.missing),
            first_on=one.first_on,
        )
        for one in answer.shortfalls
    ]


def _way(clause: Clause, *, met: bool, missing: tuple[str, ...], first_on: date | None) -> Way:
    unconfirmed = in_language(clause.unconfirmed, language()) if clause.unconfirmed else ""
    return Way(clause.id, in_language(clause.text, language()), met, missing, first_on, unconfirmed)
