"""A college's desk: the queue with its days, one application with its decision, what is to be looked at again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guildhall.accounts.models import Organisation, RoleKind
from guildhall.accounts.services import Actor
from guildhall.core.errors import Error
from guildhall.credit import selectors, services
from guildhall.credit.models import Application, ApplicationState, ReviewTask, Verdict
from guildhall.credit.reviews import RESOLUTIONS
from guildhall.credit.rule_sets import rule_ids
from guildhall.credit.services import Refusal
from guildhall.web import clock, conversions, learning
from guildhall.web.access import actor, college_desk
from guildhall.web.desk_pages import PER_PAGE, college_page, said
from guildhall.web.forms import PlainForm
from guildhall.web.pages import crumb
from guildhall.web.views.learner import decided as in_words
from guildhall.web.words import text

_LONGEST = 500
_DECIDED = (ApplicationState.ACCEPTED, ApplicationState.PARTLY, ApplicationState.REFUSED)


class ConversionForm(PlainForm):
    """What becomes of one conversion of a plan: granted, or refused by a rule and for a reason."""

    answer = forms.ChoiceField(
        label=lazy("Answer"), choices=[("grant", lazy("Grant")), ("refuse", lazy("Refuse"))], initial="grant"
    )
    rules = forms.MultipleChoiceField(label=lazy("Rules that refuse it"), required=False)
    reason = forms.CharField(label=lazy("Reason, for the learner"), required=False, max_length=_LONGEST)

    def __init__(self, *args: Any, rules: list[str], row: conversions.Row, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        field = self.fields["rules"]
        assert isinstance(field, forms.MultipleChoiceField), "declared above"
        # Those first that spoke of this conversion.
        field.choices = [(rule, rule) for rule in dict.fromkeys((*row.rules, *rules))]

    def clean(self) -> dict[str, Any]:
        """Refuse a refusal without a rule or a reason."""
        cleaned = super().clean() or {}
        if cleaned.get("answer") == "refuse" and not self.errors:
            if not cleaned.get("rules"):
                self.add_error("rules", _("A refusal names its rule."))
            if not (cleaned.get("reason") or "").strip():
                self.add_error("reason", _("A refusal gives its reason."))
        return cleaned


class NoteForm(PlainForm):
    """A word that goes with a decision."""

    note = forms.CharField(label=lazy("Note, for the learner"), required=False, max_length=_LONGEST)


class WhyForm(PlainForm):
    """Why a decision no longer holds."""

    reason = forms.CharField(label=lazy("Why the decision no longer holds"), max_length=_LONGEST)


@college_desk
@require_safe
def queue(request: HttpRequest, college: Organisation) -> HttpResponseBase:
    """Show what waits, the most urgent first."""
    who = actor(request)
    waiting = selectors.queue_of(college, clock.now(), actor=who)
    return college_page(
        request,
        college,
        "queue",
        waiting=[{"one": one, "application": one.application, **_brief(one.application)} for one in waiting],
        n_overdue=sum(one.days_left < 0 for one in waiting),
        n_tasks=len(selectors.open_tasks(organisation=college, actor=who)),
    )


@college_desk
@require_safe
def decided(request: HttpRequest, college: Organisation) -> HttpResponseBase:
    """Show what has been decided, the newest first."""
    found = Paginator(selectors.decided_by(college, actor=actor(request)), PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"application": one, **_brief(one)} for one in found]
    return college_page(request, college, "decided", crumb(_("Decided")), rows=rows, page=found)


def _brief(application: Application) -> dict[str, Any]:
    return {
        "programme": text(application.programme["name"]),
        "credits": application.plan.get("credits", ""),
        "state": learning.APPLICATION_WORDS[application.state],
        "tone": learning.APPLICATION_TONES[application.state],
    }


@college_desk
@require_http_methods(["GET", "HEAD", "POST"])
def application(request: HttpRequest, college: Organisation, application_id: UUID) -> HttpResponseBase:
    """Show an application with its plan, and decide it."""
    found = _application(request, college, application_id)
    if request.method != "POST":
        return _page(request, college, found)
    who = _officer(request, college)
    forms_ = _forms(found, request.POST)
    note = NoteForm(request.POST)
    if not all([note.is_valid(), *(form.is_valid() for form in forms_)]):
        return _page(request, college, found, forms_=forms_, note=note, status=422)
    refusals = [_refusal(form) for form in forms_ if form.cleaned_data["answer"] == "refuse"]
    verdict = Verdict.WHOLE if not refusals else Verdict.REFUSED if len(refusals) == len(forms_) else Verdict.PART
    deed = services.allow_appeal if found.state == ApplicationState.APPEALED else services.decide
    try:
        deed(found, verdict, refusals=refusals, note=note.cleaned_data["note"], actor=who, now=clock.now())
    except Error as reason:
        note.add_error(None, said(reason))
        return _page(
            request, college, _application(request, college, application_id), forms_=forms_, note=note, status=409
        )
    return redirect("desk-application", college.slug, found.pk)


def _refusal(form: ConversionForm) -> Refusal:
    reason = form.cleaned_data["reason"].strip()
    return Refusal(form.row.place, tuple(form.cleaned_data["rules"]), {"zh": reason, "en": reason})


def _application(request: HttpRequest, college: Organisation, application_id: UUID) -> Application:
    try:
        found = selectors.application_by_id(application_id, actor=actor(request))
    except Error:
        raise Http404 from None
    if found.organisation_id != college.pk:
        raise Http404
    return found


def _officer(request: HttpRequest, college: Organisation) -> Actor:
    who = actor(request)
    if not who.holds(RoleKind.COLLEGE_OFFICER, college):
        raise PermissionDenied
    return who


def _shown(found: Application) -> conversions.Shown:
    return conversions.shown(found.plan, programme=found.programme, rules=found.rule_set.content)


def _forms(found: Application, data: QueryDict | None) -> list[ConversionForm]:
    rules = sorted(rule_ids(found.rule_set))
    return [ConversionForm(data, prefix=f"c{row.place}", rules=rules, row=row) for row in _shown(found).rows]


def _page(
    request: HttpRequest,
    college: Organisation,
    found: Application,
    *,
    forms_: list[ConversionForm] | None = None,
    note: NoteForm | None = None,
    status: int = 200,
) -> HttpResponse:
    is_open = found.state in selectors.OPEN
    return college_page(
        request,
        college,
        "application",
        crumb(_("Application")),
        status=status,
        application=found,
        **_brief(found),
        shown=_shown(found),
        conversions=(forms_ if forms_ is not None else _forms(found, None)) if is_open else [],
        form=note or NoteForm(),
        decisions=[in_words(one, found) for one in found.decisions.all()],
        steps=[
            {"at": one.at, "word": learning.STEP_WORDS.get(one.deed, one.deed), "note": one.note}
            for one in found.events.all()
        ],
        is_appeal=found.state == ApplicationState.APPEALED,
        may_annul=found.state in _DECIDED,
        why=WhyForm(),
    )


@college_desk
@require_POST
def annul(request: HttpRequest, college: Organisation, application_id: UUID) -> HttpResponseBase:
    """Declare that a decision no longer holds."""
    found, who, form = _application(request, college, application_id), _officer(request, college), WhyForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        _try(request, lambda: services.annul_decision(found, reason, actor=who, now=clock.now()))
    else:
        messages.error(request, _("An annulment gives its reason."))
    return redirect("desk-application", college.slug, found.pk)


@college_desk
@require_POST
def dismiss(request: HttpRequest, college: Organisation, application_id: UUID) -> HttpResponseBase:
    """Let a decision stand that was appealed against."""
    found, who = _application(request, college, application_id), _officer(request, college)
    note = request.POST.get("note", "")
    _try(request, lambda: services.dismiss_appeal(found, note, actor=who, now=clock.now()))
    return redirect("desk-application", college.slug, found.pk)


@college_desk
@require_http_methods(["GET", "HEAD", "POST"])
def tasks(request: HttpRequest, college: Organisation) -> HttpResponseBase:
    """Show decisions that an annulled or corrected certificate fed, and say what comes of each."""
    who = actor(request)
    open_ = selectors.open_tasks(organisation=college, actor=who)
    if request.method == "POST":
        _officer(request, college)
        task = next((one for one in open_ if str(one.pk) == request.POST.get("task")), None)
        if task is None:
            raise Http404
        resolution, note = request.POST.get("resolution", ""), request.POST.get("note", "")
        _try(request, lambda: services.resolve(task, resolution, note=note, actor=who, now=clock.now()))
        return redirect("desk-college-tasks", college.slug)
    return college_page(request, college, "tasks", crumb(_("To look at again")), tasks=[_task(one) for one in open_])


def _task(task: ReviewTask) -> dict[str, Any]:
    words = {"stands": _("The decision stands"), "annulled": _("Annul the decision")}
    return {
        "task": task,
        "name": learning.name_of(task.outcome),
        "resolutions": [(code, words[code]) for code in RESOLUTIONS["application"]],
    }


def _try(request: HttpRequest, deed: Callable[[], object]) -> None:
    try:
        deed()
    except Error as reason:
        messages.error(request, said(reason))
