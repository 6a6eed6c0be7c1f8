"""Which posts a record fits, line by line; being listed or not; work that the learner tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from guildhall.core.errors import Error
from guildhall.core.routes import MISSING, Line, Match, sentence
from guildhall.credit.models import Account
from guildhall.curriculum import selectors as curriculum
from guildhall.employers import selectors, services
from guildhall.employers.models import Listing, Post, ToldWork
from guildhall.encyclopedia import sitting
from guildhall.standards import selectors as standards
from guildhall.web import clock
from guildhall.web.access import actor, learner
from guildhall.web.desk_pages import learner_page, said
from guildhall.web.forms_record import Section
from guildhall.web.pages import crumb
from guildhall.web.register import region_name
from guildhall.web.templatetags.guildhall import language
from guildhall.web.views.learner_plan import standards_for
from guildhall.web.words import text

SUGGESTED = 400


@dataclass(frozen=True, slots=True)
class Said:
    """One requirement held against the record, in words; ``depth`` 1 for an alternative of the one above."""

    id: str
    text: str
    word: str
    check: str
    sentence: str
    legal: bool
    depth: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """A post with how the record fits it."""

    post: Post
    place: int
    region: str
    fits: bool
    n_met: int
    n_lines: int
    n_legal_missing: int
    lines: tuple[Said, ...]
    preferred: tuple[Said, ...]


@learner
@require_safe
def posts(request: HttpRequest, account: Account) -> HttpResponseBase:
    """Rank the open posts, best first."""
    return _page(request, account, work_of(account))


def _page(request: HttpRequest, account: Account, jobs: Section, *, status: int = 200) -> HttpResponse:
    return learner_page(
        request,
        account,
        "posts",
        crumb(_("Posts")),
        status=status,
        posts=[_ranked(place, row, match) for place, (row, match) in enumerate(ranked(account), start=1)],
        listing=Listing.objects.filter(account=account, ends_at=None).first(),
        jobs=jobs,
        suggested=[f"{one.code} {text(one.name)}" for one in standards.occupations()[:SUGGESTED]],
    )


def ranked(account: Account) -> list[tuple[Post, Match]]:
    """Return the open posts with how the record of an account fits them, best first."""
    on = clock.today()
    return selectors.ranked_posts(
        selectors.record_of(account, clock.now()),
        on,
        standards=standards_for(account, curriculum.in_force(on)),
        rules=sitting.general_rules(),
    )


def _ranked(place: int, row: Post, match: Match) -> Ranked:
    return Ranked(
        row,
        place,
        text(region_name(row.region)) if row.region else "",
        match.fits,
        sum(line.fulfilled for line in match.lines),
        len(match.lines),
        match.n_legal_missing,
        tuple(one for line in match.lines for one in _said(line)),
        tuple(one for line in match.preferred for one in _said(line)),
    )


def _said(line: Line, depth: int = 0) -> list[Said]:
    words = {"met": _("met"), "equivalent": _("equivalent"), MISSING: _("missing")}
    missing = "failed" if line.legal else "not-run"
    own = Said(
        line.node.id,
        text(line.node.text) or line.node.id,
        words[line.verdict],
        "passed" if line.fulfilled else missing,
        "" if line.verdict == "met" or (line.parts and not line.fulfilled) else sentence(line, language()),
        line.legal,
        depth,
    )
    return [own, *(one for part in line.parts for one in _said(part, depth + 1))]


# ── work that the learner tells ──────────────────────────────────────────────────────────────────────────────────────


def work_of(account: Account) -> Section:
    """Return the jobs that a learner has told as rows to type in, one at least."""
    told = ToldWork.objects.filter(account=account).first()
    return Section.told("jobs", [] if told is None else told.jobs)


@learner
@require_POST
def work(request: HttpRequest, account: Account) -> HttpResponseBase:
    """Keep the jobs that the learner tells in place of those told before; one more row where that is asked for."""
    more = request.POST.get("more") == "jobs"
    jobs = Section("jobs", request.POST, more=more)
    if more:
        return _page(request, account, jobs)
    if not jobs.is_valid():
        return _page(request, account, jobs, status=422)
    finder = standards.OccupationFinder.load()
    try:
        told = [_job(row.cleaned_data, finder) for row in jobs.filled()]
        services.tell_work(account, told, actor=actor(request), now=clock.now())
    except Error as reason:
        messages.error(request, said(reason))
        return _page(request, account, jobs, status=422)
    messages.success(request, _("The work that you tell has been kept."))
    return redirect("learner-posts")


def _job(typed: dict[str, Any], finder: standards.OccupationFinder) -> dict[str, Any]:
    return {
        "occupation": finder.find(typed["occupation"]).code,
        "starts_on": typed["starts_on"].isoformat(),
        "ends_on": typed["ends_on"].isoformat() if typed["ends_on"] else None,
    }


# ── being listed ─────────────────────────────────────────────────────────────────────────────────────────────────────


@learner
@require_POST
def listing(request: HttpRequest, account: Account) -> HttpResponseBase:
    """Be found by employers whose posts fit, or no longer; both at once."""
    deed = services.opt_in if request.POST.get("listed") == "yes" else services.opt_out
    try:
        deed(account, actor=actor(request), now=clock.now())
    except Error as reason:
        messages.error(request, said(reason))
    return redirect("learner-posts")
