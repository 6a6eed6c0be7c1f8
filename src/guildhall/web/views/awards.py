"""Awards: the list, one award with its history and what was true on a day, and the deeds done to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import Select
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from guildhall.accounts.services import Actor
from guildhall.core.errors import Error
from guildhall.core.lifecycle import Deed, State
from guildhall.credentials import faces, naming, selectors, services
from guildhall.credentials.models import Award, Instance, StatusEvent
from guildhall.issuers.models import Issuer
from guildhall.schemes import selectors as schemes
from guildhall.web import clock, histories, words
from guildhall.web.access import actor, issuer_desk
from guildhall.web.desk_pages import PER_PAGE, issuer_page, may_issue, said
from guildhall.web.forms import DayForm
from guildhall.web.forms_desk import DeedForm
from guildhall.web.pages import crumb
from guildhall.web.templatetags.guildhall import day

DEED_WORDS: Final[Mapping[Deed, Promise]] = {
    Deed.SUSPEND: lazy("Suspend"),
    Deed.REINSTATE: lazy("Reinstate"),
    Deed.CORRECT: lazy("Correct"),
    Deed.REISSUE: lazy("Reissue"),
    Deed.EXPIRE: lazy("Expire"),
    Deed.REVOKE: lazy("Revoke"),
    Deed.ANNUL: lazy("Annul"),
}
DEED_MEANINGS: Final[Mapping[Deed, Promise]] = {
    Deed.SUSPEND: lazy("Out of force for a time, for instance during an inquiry."),
    Deed.REINSTATE: lazy("In force again after a suspension."),
    Deed.CORRECT: lazy("A new document with right facts under the same number; the old one becomes void and is kept."),
    Deed.REISSUE: lazy("A new document of the same facts in place of one that was lost; the lost one becomes void."),
    Deed.EXPIRE: lazy("Out of force from a day on, because its time is over."),
    Deed.REVOKE: lazy("Taken away for good from a day on; before that day it was in force."),
    Deed.ANNUL: lazy("Undone from its start, as if it had never been awarded."),
}


@issuer_desk
@require_safe
def awards(request: HttpRequest, issuer: Issuer) -> HttpResponseBase:
    """List the issuer's awards; search by number or name, filter by what happened to them."""
    asked = request.GET.get("q", "").strip()[:100]
    happened = request.GET.get("happened", "")
    found: QuerySet[Award] | list[Award]
    if asked:
        found = selectors.search(issuer, asked, actor=actor(request), limit=500)
    else:
        found = _awards(issuer)
        if happened in histories.DONE_WORDS:
            found = found.filter(pk__in=StatusEvent.objects.filter(deed=happened).values("award"))
    shown = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return issuer_page(
        request,
        issuer,
        "awards",
        crumb(_("Certificates")),
        q=asked,
        happened=happened,
        filters=[{"code": code, "word": word, "here": code == happened} for code, word in histories.DONE_WORDS.items()],
        page=shown,
        rows=histories.with_state(list(shown.object_list), clock.today()),
        limited=asked and len(found) >= 500,
    )


def _awards(issuer: Issuer) -> QuerySet[Award]:
    return (
        Award.objects.filter(issuer=issuer)
        .select_related("scheme", "issuer__organisation", "occupation", "batch")
        .order_by("-created_at", "number")
    )


@issuer_desk
@require_safe
def award(request: HttpRequest, issuer: Issuer, award_id: UUID) -> HttpResponseBase:
    """Show an award: what it says, its documents, its history, what was true on a day, what can be done."""
    found = _award(issuer, award_id)
    form = DayForm(request.GET if "at" in request.GET else None)
    asked = form.cleaned_data["at"] if form.is_bound and form.is_valid() else None
    documents = list(found.instances.select_related("document", "form").order_by("-serial"))
    standing = selectors.state_on(found, clock.today())
    return issuer_page(
        request,
        issuer,
        "award",
        crumb(_("Certificates"), "desk-awards", issuer.organisation.slug),
        crumb(found.number),
        award=found,
        state=histories.tag(standing),
        facts=_facts(found),
        documents=[_document(one, current=place == 0) for place, one in enumerate(documents)],
        events=histories.steps(found, examined_on=found.result.examined_on, for_desk=True),
        deeds=_deeds(found, standing.state),
        at_form=form,
        asked=asked,
        then=histories.tag(selectors.state_on(found, asked)) if asked else None,
    )


@issuer_desk
@require_http_methods(["GET", "HEAD", "POST"])
def deed(request: HttpRequest, issuer: Issuer, award_id: UUID, name: str) -> HttpResponseBase:
    """Do something to an award: a form, then a page to confirm, then the deed."""
    found = _award(issuer, award_id)
    who = may_issue(request, issuer)
    try:
        wanted = Deed(name)
    except ValueError:
        raise Http404 from None
    refusal = _refusals(selectors.state_on(found, clock.today()).state)[wanted]
    form = DeedForm(request.POST or None, deed=wanted, marks=_mark_names(found), initial=_initial(found))
    confirming = False
    if request.method == "POST" and form.is_valid():
        confirming = "confirmed" not in request.POST
        if not confirming:
            try:
                _DO[wanted](found, form, who)
            except Error as reason:
                form.add_error(None, said(reason))
            else:
                done = histories.DONE_WORDS[wanted]
                messages.success(request, _("%(number)s: %(deed)s.") % {"number": found.number, "deed": done})
                return redirect("desk-award", issuer.organisation.slug, found.pk)
    slug = issuer.organisation.slug
    return issuer_page(
        request,
        issuer,
        "deed",
        crumb(_("Certificates"), "desk-awards", slug),
        crumb(found.number, "desk-award", slug, found.pk),
        crumb(DEED_WORDS[wanted]),
        award=found,
        state=histories.tag(selectors.state_on(found, clock.today())),
        facts=_facts(found),
        deed=wanted.value,
        deed_word=DEED_WORDS[wanted],
        meaning=DEED_MEANINGS[wanted],
        grave=wanted in {Deed.SUSPEND, Deed.REVOKE, Deed.ANNUL},
        refusal=refusal,
        form=form,
        confirming=confirming,
        summary=_summary(form) if confirming else [],
    )


def _do_suspend(found: Award, form: DeedForm, who: Actor) -> None:
    given = form.cleaned_data
    services.suspend(
        found,
        from_on=given["from_on"],
        until_on=given["until_on"],
        reason=given["reason"],
        note=given["note"],
        actor=who,
        now=clock.now(),
    )


def _do_from(service: Callable[..., object]) -> Callable[[Award, DeedForm, Actor], None]:
    def do(found: Award, form: DeedForm, who: Actor) -> None:
        given = form.cleaned_data
        service(
            found,
            from_on=given["from_on"],
            reason=given["reason"],
            note=given["note"],
            actor=who,
            now=clock.now(),
        )

    return do


def _do_plainly(service: Callable[..., object]) -> Callable[[Award, DeedForm, Actor], None]:
    def do(found: Award, form: DeedForm, who: Actor) -> None:
        given = form.cleaned_data
        service(found, reason=given["reason"], note=given["note"], actor=who, now=clock.now())

    return do


def _do_correct(found: Award, form: DeedForm, who: Actor) -> None:
    given = form.cleaned_data
    services.correct(found, form.correction(), reason=given["reason"], note=given["note"], actor=who, now=clock.now())


_DO: Final[Mapping[Deed, Callable[[Award, DeedForm, Actor], None]]] = {
    Deed.SUSPEND: _do_suspend,
    Deed.REINSTATE: _do_from(services.reinstate),
    Deed.REVOKE: _do_from(services.revoke),
    Deed.EXPIRE: _do_from(services.expire),
    Deed.ANNUL: _do_plainly(services.annul),
    Deed.REISSUE: _do_plainly(services.reissue),
    Deed.CORRECT: _do_correct,
}


def _refusals(state: State) -> dict[Deed, str]:
    """Return for each deed why it is not possible today, empty where it is. The service decides; this explains."""
    ended = {
        State.ANNULLED: _("The award has been annulled: nothing more can happen to it."),
        State.REVOKED: _("The award has been revoked; it can only be annulled."),
    }.get(state, "")
    refusals = dict.fromkeys(Deed, ended)
    if state is State.REVOKED:
        refusals[Deed.ANNUL] = ""
    if not ended:
        if state is not State.SUSPENDED:
            refusals[Deed.REINSTATE] = _("The award is not suspended.")
        if state is State.SUSPENDED:
            refusals[Deed.SUSPEND] = _("The award is suspended already.")
        if state is State.EXPIRED:
            refusals[Deed.SUSPEND] = refusals[Deed.EXPIRE] = _("The award has expired.")
    return refusals


def _deeds(found: Award, state: State) -> list[dict[str, object]]:
    refusals = _refusals(state)
    issued = found.batch.issued_at is not None
    waiting = _("The award is not issued yet.")
    return [
        {
            "code": code.value,
            "word": word,
            "meaning": DEED_MEANINGS[code],
            "refusal": refusals[code] if issued else waiting,
            "grave": code in {Deed.SUSPEND, Deed.REVOKE, Deed.ANNUL},
        }
        for code, word in DEED_WORDS.items()
    ]


def _summary(form: DeedForm) -> list[words.Fact]:
    """Return what was typed, for a last look. An identity number is only said to change."""
    lines = []
    for bound in form.visible_fields():
        value = form.cleaned_data.get(bound.name)
        if bound.name in DeedForm.FIELDS[Deed.CORRECT] or bound.name.startswith("mark_"):
            if bound.name not in form.changed_data or not value:
                continue
            if bound.name == "id_number":
                value = _("will be changed")
        if bound.name == "until_on" and not value:
            value = _("further notice")
        if isinstance(value, date):
            value = day(value)
        if isinstance(bound.field.widget, Select):
            value = dict(getattr(bound.field, "choices", ())).get(value, value)
        if value not in (None, ""):
            lines.append(words.Fact(str(bound.label), str(value)))
    return lines


def _initial(found: Award) -> dict[str, object]:
    newest = found.instances.select_related("form").order_by("-serial").first()
    if newest is None:
        return {}
    held = faces.facts(newest)
    marks = {f"mark_{part.code}": part.mark for part in held.results}
    return {
        "holder_name": held.holder_name,
        "work_type": held.work_type,
        "examined_on": held.examined_on,
        **marks,
    }


def _mark_names(found: Award) -> dict[str, str]:
    newest = found.instances.select_related("form").order_by("-serial").first()
    held = [part.code for part in faces.facts(newest).results] if newest else []
    return {part.code: words.text(part.name) for part in schemes.parts(found.scheme) if part.code in held}


def _facts(found: Award) -> list[words.Fact]:
    newest = found.instances.select_related("form").order_by("-serial").first()
    if newest is None:
        return []
    held = faces.facts(newest)
    parts = {part.code: part.name for part in schemes.parts(found.scheme)}
    marks = _(", ").join(f"{words.text(parts.get(part.code, {})) or part.name} {part.mark}" for part in held.results)
    lines = [
        words.Fact(_("Holder"), held.holder_name),
        words.Fact(_("Certificate"), held.certificate_name),
        words.Fact(_("Occupation"), f"{words.text(held.occupation_name)} {held.occupation}", held.work_type),
        words.Fact(_("Level"), held.level_name),
        words.Fact(_("Results"), marks),
        words.Fact(_("Awarded on"), day(held.issued_on), _("Filing %(filing)s") % {"filing": held.filing}),
        words.Fact(_("Valid until"), day(held.valid_until) if held.valid_until else _("for life")),
    ]
    return [line for line in lines if line.value]


def _document(one: Instance, *, current: bool) -> dict[str, object]:
    document = getattr(one, "document", None)
    return {
        "serial": one.serial,
        "kind": one.kind,
        "prepared_at": one.prepared_at,
        "sha256": document.sha256 if document else "",
        "leaf": document.leaf_id if document else None,
        "token": naming.token_text(bytes(one.token)),
        "current": current,
    }


def _award(issuer: Issuer, award_id: UUID) -> Award:
    found = _awards(issuer).filter(pk=award_id).select_related("result", "accreditation").first()
    if found is None:
        raise Http404
    return found
