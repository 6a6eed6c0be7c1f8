"""The dated way from a learner's record to a post or a certificate: each step with its days, its price and its rule."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guildhall.core.canonical import jcs
from guildhall.core.codes.level import LEVELS
from guildhall.core.conversion import read_rule_set
from guildhall.core.errors import Error
from guildhall.core.routes import (
    CHEAPEST,
    SHORTEST,
    Goal,
    NoWayError,
    Step,
    converting,
    route,
    step_sentence,
    to_certificate,
    to_post,
)
from guildhall.core.routes.route_answer import money
from guildhall.credit.models import Account
from guildhall.credit.selectors import published_rule_sets
from guildhall.curriculum import selectors as curriculum
from guildhall.employers import selectors as employers
from guildhall.encyclopedia import sitting
from guildhall.standards import selectors as standards
from guildhall.web import clock, offered
from guildhall.web.access import learner
from guildhall.web.desk_pages import learner_page, said
from guildhall.web.limits import limited
from guildhall.web.pages import crumb
from guildhall.web.templatetags.guildhall import language
from guildhall.web.views.learner_plan import standards_for
from guildhall.web.words import text

WORK = 200_000
"""States that a page may look at: an answer in about a second, or an honest "not proved"."""

MOST_BLOCKS = 12
_CERTIFICATE = re.compile(r"([0-9]-[0-9]{2}-[0-9]{2}-[0-9]{2})/([1-5TC])")


@learner
@require_safe
@limited("check", methods=("GET",))
def way(request: HttpRequest, account: Account) -> HttpResponseBase:
    """Show the way to what ``to`` names: the shortest, or the cheapest."""
    goal, title, under = _goal(request.GET.get("to", ""))
    by = CHEAPEST if request.GET.get("by") == CHEAPEST else SHORTEST
    context: dict[str, Any] = {"title": title, "under": under, "to": request.GET.get("to", ""), "by": by}
    try:
        context |= _found(account, goal, by)
    except NoWayError as reason:
        context |= {"no_way": True, "blocks": _blocks(reason.params.get("blocks"))}
    except Error as reason:
        context["refusal"] = said(reason)
    return learner_page(request, account, "way", crumb(_("Posts"), "learner-posts"), crumb(title), **context)


def _goal(to: str) -> tuple[Goal, str, str]:
    """Return the goal that an address names, with its title and what stands under it; a page of 404 for another."""
    certificate = _CERTIFICATE.fullmatch(to)
    if certificate is not None:
        try:
            occupation = standards.occupation_by_code(certificate[1])
        except Error:
            raise Http404 from None
        return to_certificate(certificate[1], certificate[2]), text(occupation.name), text(LEVELS[certificate[2]].name)
    try:
        row = employers.post(UUID(to))
    except (ValueError, Error):
        raise Http404 from None
    return to_post(employers.post_of(row)), text(row.name), text(row.organisation.name)


def _found(account: Account, goal: Goal, by: str) -> dict[str, Any]:
    on_offer = offered.offers()
    if on_offer is None:
        return {"refusal": _("Nothing is on offer in this register yet.")}
    on = clock.today()
    plans = curriculum.in_force(on)
    known = standards_for(account, plans)
    rule_sets = [read_rule_set(jcs.canonical(one.content)) for one in published_rule_sets(on)]
    ruled = {one.institution for one in rule_sets}
    programmes = [curriculum.programme_of(one) for one in plans if one.organisation.slug in ruled]
    found = route(
        employers.record_of(account, clock.now()),
        goal,
        on_offer,
        sitting.general_rules(),
        on=on,
        ground=employers.ground_of(known),
        by=by,
        convert=converting(programmes, rule_sets, known) if programmes else None,
        work=WORK,
    )
    return {
        "route": found,
        "n_days": (found.arrives_on - found.on).days,
        "price": money(found.price),
        "currency": on_offer.currency,
        "steps": [_step(one) for one in found.steps],
    }


def _blocks(blocks: object) -> list[dict[str, str]]:
    """Return what is in the way in words, each thing once."""
    words = {
        "nothing_offered": _("nothing on offer adds to it"),
        "too_late": _("what is on offer comes too late"),
        "too_little": _("all that is on offer together does not suffice"),
        "no_rules": _("the rules say nothing about sitting it"),
        "circle": _("it asks for itself"),
    }
    kinds = {
        "certificate": _("a certificate"),
        "award": _("a certificate"),
        "licence": _("a licence"),
        "work": _("years of work"),
        "academic": _("a diploma"),
        "diploma": _("a diploma"),
        "training": _("hours of training"),
        "apprenticeship": _("an apprenticeship"),
        "title": _("a professional title"),
        "competencies": _("competencies"),
        "recent": _("something of late"),
    }
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for block in blocks if isinstance(blocks, list) else []:
        of, code, kind = str(block.get("of")), str(block.get("code")), str(block.get("asks", {}).get("kind", ""))
        found.setdefault(
            (of, code, kind), {"of": of, "asks": str(kinds.get(kind, kind)), "word": str(words.get(code, code))}
        )
    return list(found.values())[:MOST_BLOCKS]


def _step(step: Step) -> dict[str, Any]:
    clause = step.answer.first_clause if step.answer is not None else None
    return {
        "step": step,
        "name": text(step.chance.offer.name) if step.chance is not None else _("Wait"),
        "sentence": step_sentence(step, language()),
        "price": money(step.price) if step.price else "",
        "clause": text(clause.text) if clause is not None else "",
    }
