"""Programmes of colleges: what each covers of the standard, as a matrix; and what a new edition of the standard touches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guildhall.accounts import selectors as accounts
from guildhall.core import coverage
from guildhall.core.codes.level import LEVELS
from guildhall.core.coverage import Coverage, percent
from guildhall.core.coverage.carrying import Touch
from guildhall.core.errors import Error, NotFoundError
from guildhall.core.standard import Document
from guildhall.curriculum import selectors as curriculum
from guildhall.curriculum.models import PlanEdition
from guildhall.encyclopedia import facts
from guildhall.encyclopedia.rights import rights
from guildhall.problems import title_of
from guildhall.schemes import selectors as schemes
from guildhall.web import clock, encyclopedia, matrix
from guildhall.web.forms import DayField, PlainForm
from guildhall.web.pages import crumb, page
from guildhall.web.tables import csv_text
from guildhall.web.templatetags.guildhall import language
from guildhall.web.words import text


class AssessedForm(PlainForm):
    """The day of assessment: what is taught after it does not count."""

    by = DayField(label="", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"].label = _("Assessed on")


@dataclass(frozen=True, slots=True)
class LevelShare:
    """How much of a level is covered, in percent to a tenth; ``here`` is the level that the page shows."""

    code: str
    name: str
    covered: str
    here: bool = False


@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """List the programmes of all colleges with what each covers."""
    on = clock.today()
    listed = sorted(curriculum.in_force(on), key=lambda plan: (plan.organisation.slug, plan.code))
    return page(
        request,
        "programmes/list",
        crumb(_("Programmes")),
        on=on,
        colleges=[
            (college, [(plan, _shares(plan)) for plan in plans])
            for college, plans in groupby(listed, key=lambda plan: plan.organisation)
        ],
    )


@require_safe
def programme(request: HttpRequest, college: str, code: str, edition: str, form: str = "") -> HttpResponseBase:
    """Show what a programme covers of a level of its standard: the matrix, the gaps, the table of every item."""
    plan = _plan(college, code, edition)
    standard = facts.in_force(facts.published_editions(plan.occupation), clock.today())
    document = facts.document_of(standard)
    way = (crumb(_("Programmes"), "programmes"), crumb(text(plan.name)))
    if document is None or standard is None:
        return page(request, "programmes/programme", *way, plan=plan)
    level = _level(request, document)
    asked = AssessedForm(request.GET if request.GET.get("by") else None)
    by = asked.cleaned_data["by"] if asked.is_bound and asked.is_valid() else None
    try:
        found = matrix.matrix(document, curriculum.programme_of(plan), level, by)
    except Error as error:
        return page(request, "programmes/programme", *way, plan=plan, refusal=title_of(error.code, language()))
    if form == "csv":
        return HttpResponse(csv_text(_rows(found.coverage)), content_type="text/csv; charset=utf-8")
    return page(
        request,
        "programmes/programme",
        *way,
        plan=plan,
        programme=curriculum.programme_of(plan),
        standard=standard,
        matrix=found,
        level=LEVELS[level],
        levels=_shares(plan, document, here=level),
        form=asked,
        assessed_on=by,
        not_assessed=_less(found.coverage.overall.taught, found.coverage.overall.covered),
        uncovered=_less(Fraction(1), found.coverage.overall.taught),
        tracks=[one for one in schemes.schemes() if one.code in _awarding(plan, level)],
    )


@require_safe
def touched(request: HttpRequest, classification: str, code: str, edition: str, since: str) -> HttpResponse:
    """List the programmes that an edition of a standard touches, each with its coverage before and after."""
    try:
        named = facts.occupation(classification, code, on=clock.today(), now=clock.now()).occupation
        new, old = (facts.edition(named, one) for one in (edition, since))
    except NotFoundError:
        raise Http404 from None
    texts = facts.document_of(old), facts.document_of(new)
    if texts[0] is None or texts[1] is None:
        raise Http404
    found = curriculum.touched_by(named, texts[0], texts[1])
    address = (classification, code, edition)
    return page(
        request,
        "programmes/touched",
        *encyclopedia.way_to(named),
        crumb(_("Standard, edition %(edition)s") % {"edition": edition}, "standard", *address),
        crumb(_("Programmes touched")),
        occupation=named,
        standard=new,
        since=old,
        n_plans=curriculum.plans(named).count(),
        plans=[
            {
                "plan": one.plan,
                "refusal": title_of(one.refusal, language()) if one.refusal else "",
                "levels": [_touch(touch) for touch in one.levels],
            }
            for one in found
        ],
    )


def _plan(college: str, code: str, edition: str) -> PlanEdition:
    try:
        organisation = accounts.organisation(college)
    except NotFoundError:
        raise Http404 from None
    found = curriculum.plans(organisation=organisation).filter(code=code, edition=edition).first()
    if found is None:
        raise Http404
    return found


def _level(request: HttpRequest, document: Document) -> str:
    asked = request.GET.get("level", "")
    if asked in document.levels:
        return asked
    return "4" if "4" in document.levels else document.levels[0]


def _shares(plan: PlanEdition, document: Document | None = None, *, here: str = "") -> list[LevelShare]:
    text_in_force = document or facts.document_of(
        facts.in_force(facts.published_editions(plan.occupation), clock.today())
    )
    if text_in_force is None:
        return []
    standard, found = coverage.of_edition(text_in_force), []
    for level in text_in_force.levels:
        try:
            share = coverage.align(standard, curriculum.programme_of(plan), level=level).overall.covered
        except Error:
            return []
        name = LEVELS[level].name
        found.append(LevelShare(level, text(name), percent(share), level == here))
    return found


def _awarding(plan: PlanEdition, level: str) -> frozenset[str]:
    """Return the tracks that somebody may award today for the occupation and the level."""
    found = rights(clock.today())
    return frozenset(one.code for one in schemes.schemes() if found.today(one.code, plan.occupation.code, level))


def _less(more: Fraction, less: Fraction) -> str:
    """Return the difference of two shares as they are written, so that the parts on the page sum to the whole."""
    return str(Decimal(percent(more)) - Decimal(percent(less)))


def _touch(touch: Touch) -> dict[str, Any]:
    return {
        "level": text(LEVELS[touch.level].name),
        "before": "" if touch.before is None else percent(touch.before.overall.covered),
        "after": "" if touch.after is None else percent(touch.after.overall.covered),
        "ended": touch.ended.items(),
    }


def _rows(found: Coverage) -> Iterator[Sequence[object]]:
    yield ("number", "name_zh", "name_en", "column", "taught", "assessed", "covered", "late")
    for one in found.cells:
        name = one.cell.name
        yield (
            one.cell.number, name.get("zh"), name.get("en"), one.cell.column,
            one.taught, one.assessed, one.covered, one.late,
        )  # fmt: skip
