"""A learner's own pages: one record, the credit account, applications, transcripts. Nobody else's are reached from here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guildhall.core.amounts import amount_text
from guildhall.core.codes.level import LEVELS
from guildhall.core.credential import CHINA
from guildhall.core.errors import Error
from guildhall.core.record import FORMAT
from guildhall.core.verify import verify
from guildhall.credentials import checking
from guildhall.credentials import services as credentials
from guildhall.credentials.models import Transcript
from guildhall.credentials.services import NotIssuedError
from guildhall.credit import selectors, services
from guildhall.credit.models import Account, Application, ApplicationState, Decision
from guildhall.credit.selectors import OPEN, Held
from guildhall.employers import selectors as employers
from guildhall.web import answers, clock, conversions, learning
from guildhall.web.access import actor, learner
from guildhall.web.desk_pages import learner_page, said
from guildhall.web.forms import PlainForm, one_line
from guildhall.web.forms_record import record_rows
from guildhall.web.limits import limited
from guildhall.web.pages import crumb, page
from guildhall.web.words import text


class CodeForm(PlainForm):
    """What opens an account to who is signed in: a code that was handed out, and the name."""

    code = forms.CharField(
        label=lazy("Code"),
        help_text=lazy("From the college or centre that has banked something for you."),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(label=lazy("Your name"), help_text=lazy("Exactly as it was written there."), max_length=100)


class GroundsForm(PlainForm):
    """Why a refusal is appealed against."""

    grounds = forms.CharField(
        label=lazy("Why the decision should be another"), max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )


# ── the record ───────────────────────────────────────────────────────────────────────────────────────────────────────


@learner
@require_safe
def record(request: HttpRequest, account: Account) -> HttpResponseBase:
    """Show one record: three kinds side by side, what is due, and what happened when."""
    held = selectors.outcomes_of(account, clock.now())
    applications = selectors.applications_of(account)
    shown = learning.items(held)
    return learner_page(
        request,
        account,
        "record",
        groups=learning.in_groups(shown),
        n_outcomes=len(shown),
        n_certificates=sum(one.held.outcome.kind in learning.CERTIFICATES for one in shown),
        due=_due(held, applications),
        applications=[_brief(one) for one in applications],
        transcripts=selectors.transcripts_of(account),
        next_level=_next_level(held),
        happened=_happened(shown, applications),
    )


def _due(held: list[Held], applications: list[Application]) -> list[dict[str, Any]]:
    """Return what has a last day within a year, the nearest first."""
    today = clock.today()
    found = [
        {"word": learning.name_of(one.outcome), "on": one.expires_on, "days": (one.expires_on - today).days}
        for one in held
        if one.usable and one.expires_on is not None and (one.expires_on - today).days <= 365
    ]
    found += [
        {
            "word": _("The college decides"),
            "on": one.deadline_on,
            "days": (one.deadline_on - today).days,
            "application": one,
        }
        for one in applications
        if one.state in OPEN
    ]
    return sorted(found, key=lambda one: one["on"])


def _next_level(held: list[Held]) -> dict[str, str] | None:
    """Return the occupation and the level above the highest certificate that is held; None without one."""
    rungs = {level.rung: code for code, level in LEVELS.items()}
    found = [
        (LEVELS[level].rung, one.outcome.facts["occupation"])
        for one in held
        if one.outcome.kind in learning.CERTIFICATES and (level := one.outcome.facts.get("level", "")) in LEVELS
    ]
    if not found:
        return None
    rung, occupation = max(found)
    following = rungs.get(rung + 1)
    return {"occupation": occupation, "level": following} if following else None


def _happened(shown: list[learning.Item], applications: list[Application]) -> list[dict[str, Any]]:
    """Return what happened, the oldest first."""
    found: list[dict[str, Any]] = [{"on": one.on, "word": one.name, "detail": one.by} for one in shown]
    for one in applications:
        found += [
            {
                "on": _day(event.at),
                "word": str(learning.STEP_WORDS.get(event.deed, event.deed)),
                "detail": text(one.organisation.name),
                "application": one,
            }
            for event in one.events.all()
        ]
    return sorted(found, key=lambda one: one["on"])


def _day(at: datetime) -> date:
    return at.astimezone(CHINA).date()


def _brief(application: Application) -> dict[str, Any]:
    return {
        "application": application,
        "programme": text(application.programme["name"]),
        "college": text(application.organisation.name),
        "credits": application.plan.get("credits", ""),
        "state": learning.APPLICATION_WORDS[application.state],
        "tone": learning.APPLICATION_TONES[application.state],
    }


@learner
@require_safe
def record_file(request: HttpRequest, account: Account) -> HttpResponse:
    """Give what can be converted today as a record file: ``guildhall plan`` plans the same from it."""
    return _as_record(services.spendable_json(account, clock.now()), "record.json")


@learner
@require_safe
def done_file(request: HttpRequest, account: Account) -> HttpResponse:
    """Give what has been done, spent or not: ``guildhall eligible``, ``match`` and ``route`` answer the same from it."""
    rows = record_rows(employers.record_of(account, clock.now()))
    return _as_record({"format": FORMAT, **rows}, "done.json")


def _as_record(document: Mapping[str, Any], name: str) -> HttpResponse:
    response = HttpResponse(json.dumps(document, ensure_ascii=False, indent=1), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("sign-in")
def bind(request: HttpRequest) -> HttpResponseBase:
    """Open the account that a code is for."""
    who = actor(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.bind(form.cleaned_data["code"], one_line(form.cleaned_data["name"]), actor=who, now=clock.now())
        except Error as reason:
            form.add_error(None, said(reason))
        else:
            return redirect("learner")
    status = 422 if form.is_bound else 200
    return page(request, "learner/bind", crumb(_("My record")), status=status, form=form)


# ── the account ──────────────────────────────────────────────────────────────────────────────────────────────────────


@learner
@require_safe
def credits(request: HttpRequest, account: Account) -> HttpResponseBase:  # noqa: A001 - it is what they are
    """Show where the credits of each outcome stand, and all that the ledger has done."""
    held = selectors.outcomes_of(account, clock.now())
    buckets = [
        bucket
        for bucket in learning.BUCKET_WORDS
        if bucket in learning.ALWAYS_SHOWN or any(getattr(one, bucket) for one in held)
    ]
    rows = [
        {
            "item": item,
            "amounts": [
                learning.amount_of(one.outcome, getattr(one, bucket)) if getattr(one, bucket) else ""
                for bucket in buckets
            ],
        }
        for one, item in zip(held, learning.items(held), strict=True)
    ]
    return learner_page(
        request,
        account,
        "credits",
        crumb(_("Credits")),
        buckets=[learning.BUCKET_WORDS[bucket] for bucket in buckets],
        rows=rows,
        entries=learning.entries(selectors.history_of(account)),
        applications=[_brief(one) for one in selectors.applications_of(account)],
    )


# ── applications ─────────────────────────────────────────────────────────────────────────────────────────────────────


@learner
@require_safe
def application(request: HttpRequest, account: Account, application_id: UUID) -> HttpResponseBase:
    """Show an application: what was asked, what was decided and why, what can still be done."""
    return _application_page(request, account, own(account, application_id, request), GroundsForm())


def own(account: Account, application_id: UUID, request: HttpRequest) -> Application:
    """Return the account's application; another's is none."""
    try:
        found = selectors.application_by_id(application_id, actor=actor(request))
    except Error:
        raise Http404 from None
    if found.account_id != account.pk:
        raise Http404
    return found


def _application_page(
    request: HttpRequest, account: Account, found: Application, form: GroundsForm, *, status: int = 200
) -> HttpResponse:
    decisions = list(found.decisions.all())
    return learner_page(
        request,
        account,
        "application",
        crumb(_("Credits"), "learner-credits"),
        crumb(_("Application")),
        status=status,
        application=found,
        brief=_brief(found),
        shown=conversions.shown(
            found.plan, programme=found.programme, rules=found.rule_set.content, with_picture=False
        ),
        decisions=[decided(one, found) for one in decisions],
        steps=[
            {"at": one.at, "word": learning.STEP_WORDS.get(one.deed, one.deed), "note": one.note}
            for one in found.events.all()
        ],
        may_withdraw=found.state == ApplicationState.SUBMITTED,
        may_appeal=found.state in {ApplicationState.REFUSED, ApplicationState.PARTLY}
        and not any(one.deed == "appeal" for one in found.events.all()),
        form=form,
    )


def decided(decision: Any, application: Application) -> dict[str, Any]:
    """Return a decision in words: what was granted, what was refused by which rules and why."""
    offers = {one["id"]: text(one["name"]) for one in application.rule_set.content["offers"] if one.get("name")}
    return {
        "decision": decision,
        "word": {"whole": _("Accepted whole"), "part": _("Accepted in part"), "refused": _("Refused")}[
            decision.verdict
        ],
        "annulled": getattr(decision, "annulment", None),
        "granted": {one["offer"] for one in decision.conversions},
        "refusals": [
            {**one, "name": offers.get(one["conversion"], one["conversion"]), "reason": text(one["reason"])}
            for one in decision.refusals
        ],
    }


@learner
@require_POST
def withdraw(request: HttpRequest, account: Account, application_id: UUID) -> HttpResponseBase:
    """Take an open application back."""
    found = own(account, application_id, request)
    _try(request, lambda: services.withdraw(found, actor=actor(request), now=clock.now()))
    return redirect("learner-application", found.pk)


@learner
@require_POST
def appeal(request: HttpRequest, account: Account, application_id: UUID) -> HttpResponseBase:
    """Ask that somebody else look at a refusal."""
    found = own(account, application_id, request)
    form = GroundsForm(request.POST)
    if not form.is_valid():
        return _application_page(request, account, found, form, status=422)
    grounds = form.cleaned_data["grounds"]
    _try(request, lambda: services.appeal(found, grounds, actor=actor(request), now=clock.now()))
    return redirect("learner-application", found.pk)


def _try(request: HttpRequest, deed: Callable[[], object]) -> None:
    try:
        deed()
    except Error as reason:
        messages.error(request, said(reason))


# ── transcripts ──────────────────────────────────────────────────────────────────────────────────────────────────────


@learner
@require_safe
def transcript(request: HttpRequest, account: Account, transcript_id: UUID) -> HttpResponseBase:
    """Show a transcript of conversion: checked as any verifier would, with what it says."""
    found = _transcript(account, transcript_id)
    facts = orjson.loads(found.facts)
    try:
        body = _bundle(found)
    except NotIssuedError:
        body = b""
    programme = Decision.objects.select_related("application").get(transcript=found).application.programme
    names = {one["code"]: text(one["name"]) for one in programme["courses"]}
    report = verify(body, trust=checking.own_trust(), now=clock.now()) if body else None
    return learner_page(
        request,
        account,
        "transcript",
        crumb(_("Credits"), "learner-credits"),
        crumb(_("Transcript of credit conversion")),
        transcript=found,
        facts=facts,
        college=found.issuer.organisation,
        courses=[
            {
                **one,
                "name": names.get(one["code"], one["name"]),
                "credits": amount_text(one["credits"]),
                "from": [number for _kind, number in one["outcomes"]],
            }
            for one in facts["courses"]
        ],
        total=amount_text(sum(one["credits"] for one in facts["courses"])),
        report=report,
        answer=answers.of_report(report, issuer_name=text(found.issuer.organisation.name)) if report else None,
    )


@learner
@require_safe
def transcript_bundle(request: HttpRequest, account: Account, transcript_id: UUID) -> HttpResponse:
    """Give the evidence bundle of a transcript: it verifies anywhere, without a network."""
    found = _transcript(account, transcript_id)
    try:
        body = _bundle(found)
    except NotIssuedError:
        raise Http404 from None
    response = HttpResponse(body, content_type="application/json")
    number = orjson.loads(found.facts)["number"]
    response["Content-Disposition"] = f'attachment; filename="{number}.bundle.json"'
    return response


def _transcript(account: Account, transcript_id: UUID) -> Transcript:
    found = next((one for one in selectors.transcripts_of(account) if one.pk == transcript_id), None)
    if found is None:
        raise Http404
    return found


def _bundle(found: Transcript) -> bytes:
    return orjson.dumps(credentials.bundle(found), option=orjson.OPT_INDENT_2)
