"""The best conversion at a college: picture, table, reasons, every other programme beside it, a what-if, and the way to apply."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from guildhall.core import coverage
from guildhall.core.amounts import amount_text
from guildhall.core.codes.level import LEVELS
from guildhall.core.conversion import Plan, Standing, plan_json
from guildhall.core.conversion.rule_set import BUILT_IN
from guildhall.core.errors import Error
from guildhall.core.outcome import Outcome
from guildhall.core.record import Record
from guildhall.credit import services
from guildhall.credit.models import Account
from guildhall.credit.rule_sets import digest_of, rule_set_in_force
from guildhall.curriculum import selectors as curriculum
from guildhall.curriculum.models import PlanEdition
from guildhall.encyclopedia import facts
from guildhall.problems import title_of
from guildhall.schemes import selectors as schemes
from guildhall.standards import selectors as standards
from guildhall.standards.models import Occupation
from guildhall.web import clock, conversions
from guildhall.web.access import actor, learner
from guildhall.web.conversions import SUPPOSED
from guildhall.web.desk_pages import learner_page, said
from guildhall.web.forms import PlainForm
from guildhall.web.pages import crumb
from guildhall.web.templatetags.guildhall import language
from guildhall.web.words import text


class WhatIfForm(PlainForm):
    """One certificate more, or one rule less."""

    occupation = forms.ChoiceField(label=lazy("One certificate more"), required=False)
    level = forms.ChoiceField(label=lazy("Level"), required=False)
    aside = forms.ChoiceField(label=lazy("Without this rule"), required=False)

    def __init__(self, data: QueryDict | None, *, occupations: Sequence[Occupation], rules: Iterable[str]) -> None:
        super().__init__(data)
        choices = {
            "occupation": [(one.code, text(one.name)) for one in occupations],
            "level": [(code, text(level.name)) for code, level in LEVELS.items() if code in {"5", "4", "3", "2", "1"}],
            "aside": [(rule, rule) for rule in rules],
        }
        for name, listed in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField), "declared above"
            field.choices = [("", "—"), *listed]

    def clean(self) -> dict[str, Any]:
        """Refuse half a certificate."""
        cleaned = super().clean() or {}
        if bool(cleaned.get("occupation")) != bool(cleaned.get("level")) and not self.errors:
            self.add_error("level", _("A certificate has an occupation and a level."))
        return cleaned


@dataclass(frozen=True, slots=True)
class Other:
    """What a programme on offer would make of the record; ``lost`` what it could no longer convert after this plan."""

    plan: PlanEdition
    credits: str
    remaining: str
    proved: bool
    here: bool
    href: str
    lost: str


@learner
@require_safe
def plan(request: HttpRequest, account: Account) -> HttpResponseBase:
    """Show the best plan for a programme; where none is named, for the one that converts the most."""
    offered = curriculum.in_force(clock.today())
    if not offered:
        return learner_page(request, account, "plan", crumb(_("Convert credits")), nothing=True)
    known = standards_for(account, offered)
    try:
        standing = _standings(account, offered, known, request)
        here = _asked(request, offered, standing)
        made = services.best(
            account, here.organisation, here.content, standards=known, actor=actor(request), now=clock.now()
        )
    except Error as reason:
        return learner_page(request, account, "plan", crumb(_("Convert credits")), refusal=said(reason))
    return _page(request, account, here, made, offered=offered, standing=standing, known=known)


def _page(
    request: HttpRequest,
    account: Account,
    here: PlanEdition,
    made: Plan,
    *,
    offered: Sequence[PlanEdition],
    standing: Sequence[Standing],
    known: Sequence[coverage.Standard],
) -> HttpResponse:
    rules = rule_set_in_force(here.organisation, clock.today())
    answer = plan_json(made)
    shown = conversions.shown(answer, programme=here.content, rules=rules.content)
    others = [one for one in standing if _key(one) != (here.organisation.slug, here.code)]
    losses = services.losses(account, made, others, standards=known, now=clock.now()) if made.decisions else ()
    form = WhatIfForm(
        request.GET if {"occupation", "level", "aside"} & request.GET.keys() else None,
        occupations=sorted({one.occupation for one in offered}, key=lambda one: one.code),
        rules=_rules_named(answer),
    )
    return learner_page(
        request,
        account,
        "plan",
        crumb(_("Convert credits")),
        status=422 if form.is_bound and not form.is_valid() else 200,
        here=here,
        rules=rules,
        shown=shown,
        digest=digest_of(answer),
        n_used=made.worth.n_spent,
        n_all=made.worth.n_spent + len(made.left_outcomes),
        n_courses=sum(len(one.courses) for one in made.decisions),
        others=_others(here, offered, standing, {one.programme: one.lost for one in losses}),
        form=form,
        supposed=_supposed(request, account, here, made, known=known, form=form),
    )


def standards_for(account: Account, offered: Iterable[PlanEdition]) -> tuple[coverage.Standard, ...]:
    """Return the standards in force today by which coverage is reckoned: of what is held and of what is taught."""
    codes = {one.get("occupation") for one in services.spendable_json(account, clock.now())["outcomes"]}
    named = {one.occupation.code: one.occupation for one in offered}
    for code in sorted(code for code in codes if code and code not in named):
        try:
            named[code] = standards.occupation_by_code(code)
        except Error:
            continue
    found = []
    for occupation in named.values():
        document = facts.document_of(facts.in_force(facts.published_editions(occupation), clock.today()))
        if document is not None:
            found.append(coverage.of_edition(document))
    return tuple(found)


def _standings(
    account: Account, offered: Iterable[PlanEdition], known: Iterable[coverage.Standard], request: HttpRequest
) -> tuple[Standing, ...]:
    return services.standings(
        account,
        [(one.organisation, one.content) for one in offered],
        standards=known,
        actor=actor(request),
        now=clock.now(),
    )


def _key(standing: Standing) -> tuple[str, str]:
    return standing.target.rule_set.institution, standing.target.programme.code


def _asked(request: HttpRequest, offered: Iterable[PlanEdition], standing: Sequence[Standing]) -> PlanEdition:
    college, code = request.GET.get("college", ""), request.GET.get("programme", "")
    if not college and not code and standing:
        college, code = _key(max(standing, key=lambda one: one.converted))
    return offered_one(offered, college, code)


def offered_one(offered: Iterable[PlanEdition], college: str, code: str) -> PlanEdition:
    """Return the programme on offer that is named; a page of 404 for another."""
    found = next((one for one in offered if (one.organisation.slug, one.code) == (college, code)), None)
    if found is None:
        raise Http404
    return found


def _others(
    here: PlanEdition, offered: Iterable[PlanEdition], standing: Iterable[Standing], lost: dict[str, int]
) -> list[Other]:
    plans = {(one.organisation.slug, one.code): one for one in offered}
    return [
        Other(
            (plan := plans[_key(one)]),
            amount_text(one.converted),
            amount_text(one.remaining),
            one.proved,
            plan == here,
            address(plan),
            amount_text(lost[plan.code]) if lost.get(plan.code) else "",
        )
        for one in standing
    ]


def address(plan: PlanEdition) -> str:
    """Return where the plan for a programme is shown."""
    query = QueryDict(mutable=True)
    query.update({"college": plan.organisation.slug, "programme": plan.code})
    return f"{reverse('learner-plan')}?{query.urlencode()}"


def _rules_named(answer: dict[str, Any]) -> list[str]:
    """Return the rules that stand in somebody's way, or could: those that can be set aside."""
    named = [reason["rule"] for one in (*answer["outcomes_left"], *answer["courses_left"]) for reason in one["reasons"]]
    named += [one["rule"] for one in answer["caps"]]
    return sorted({one for one in named if one and one not in BUILT_IN})


def _supposed(
    request: HttpRequest,
    account: Account,
    here: PlanEdition,
    made: Plan,
    *,
    known: Sequence[coverage.Standard],
    form: WhatIfForm,
) -> dict[str, Any] | None:
    """Return what would be otherwise, None where nothing is asked."""
    if not form.is_bound or not form.is_valid() or not any(form.cleaned_data.values()):
        return None
    more, name = _one_more(form) if form.cleaned_data["occupation"] else (None, "")
    aside = [form.cleaned_data["aside"]] if form.cleaned_data["aside"] else []
    try:
        other = services.best(
            account,
            here.organisation,
            here.content,
            standards=known,
            aside=aside,
            more=more,
            actor=actor(request),
            now=clock.now(),
        )
    except Error as reason:
        return {"refusal": title_of(reason.code, language())}
    gain = other.worth.credits - made.worth.credits
    rules = rule_set_in_force(here.organisation, clock.today())
    return {
        "gain": amount_text(gain),
        "more": gain > 0,
        "shown": conversions.shown(
            plan_json(other), programme=here.content, rules=rules.content, supposed=name, with_picture=False
        ),
    }


def _one_more(form: WhatIfForm) -> tuple[Record, str]:
    """Return a record of one certificate more, and what it is called. Which track awards it makes no difference here."""
    code, level = form.cleaned_data["occupation"], form.cleaned_data["level"]
    certificate = Outcome(
        id=SUPPOSED,
        kind="vocational-certificate",
        awarded_on=clock.today(),
        scheme=schemes.schemes()[0].code,
        occupation=code,
        level=level,
        basis="exam",
        accredited=True,
    )
    return Record(
        outcomes=(certificate,)
    ), f"{text(standards.occupation_by_code(code).name)} · {text(LEVELS[level].name)}"


@learner
@require_POST
def apply(request: HttpRequest, account: Account) -> HttpResponseBase:
    """Apply for the plan that was shown, if it is still the same."""
    offered = curriculum.in_force(clock.today())
    here = offered_one(offered, request.POST.get("college", ""), request.POST.get("programme", ""))
    try:
        made = services.submit(
            account,
            here.organisation,
            here.content,
            plan_digest=request.POST.get("digest", ""),
            standards=standards_for(account, offered),
            actor=actor(request),
            now=clock.now(),
        )
    except Error as reason:
        messages.error(request, said(reason))
        return redirect(address(here))
    return redirect("learner-application", made.pk)
