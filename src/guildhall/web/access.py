"""Who sits at which desk. The services ask again: what is refused here is only what would be refused there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from guildhall.accounts.models import Organisation, OrganisationKind, RoleKind, User
from guildhall.accounts.services import Actor, actor_of
from guildhall.credit.models import Account
from guildhall.credit.selectors import account_of
from guildhall.issuers import selectors as issuers
from guildhall.issuers.models import Issuer
from guildhall.web import clock
from guildhall.web.words import text

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Way:
    """One way round the desk; ``here`` marks where one is."""

    word: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk that a page belongs to: whose it is, who sits there, the ways round it."""

    role: str
    name: str
    ways: tuple[Way, ...]
    reads_only: bool


def actor(request: HttpRequest) -> Actor:
    """Return who acts, with the roles in force now."""
    assert isinstance(request.user, User), "a desk is behind the sign-in"
    return actor_of(request.user, clock.now())


def authority_desk(view: View[P]) -> View[P]:
    """Let those in who may read the whole register."""

    @login_required
    @never_cache
    @wraps(view)
    def seated(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not actor(request).reads():
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return seated


def standards_desk(view: View[P]) -> View[P]:
    """Let those in who write standards, and those who may read the whole register."""

    @login_required
    @never_cache
    @wraps(view)
    def seated(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        who = actor(request)
        if not (who.holds(RoleKind.STANDARDS_OFFICER) or who.reads()):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return seated


def issuer_desk(
    view: Callable[Concatenate[HttpRequest, Issuer, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Let those in who may read this issuer's papers, and hand the issuer to the view."""

    @login_required
    @never_cache
    @wraps(view)
    def seated(request: HttpRequest, /, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            issuer = issuers.issuer_by_slug(slug)
        except issuers.UnknownIssuerError:
            raise Http404 from None
        if not actor(request).reads(issuer.organisation):
            raise PermissionDenied
        return view(request, issuer, *args, **kwargs)

    return seated


def college_desk(
    view: Callable[Concatenate[HttpRequest, Organisation, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Let those in who may read this college's papers, and hand the college to the view."""

    @login_required
    @never_cache
    @wraps(view)
    def seated(request: HttpRequest, /, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        college = Organisation.objects.filter(slug=slug, kind=OrganisationKind.COLLEGE).first()
        if college is None:
            raise Http404
        if not actor(request).reads(college):
            raise PermissionDenied
        return view(request, college, *args, **kwargs)

    return seated


def learner(
    view: Callable[Concatenate[HttpRequest, Account, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Hand the view the account of who is signed in; who has none is led to where one is opened."""

    @login_required
    @never_cache
    @wraps(view)
    def own(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        assert isinstance(request.user, User), "a record is behind the sign-in"
        account = account_of(request.user)
        if account is None:
            return redirect("learner-bind")
        return view(request, account, *args, **kwargs)

    return own


def desk_of_learner(request: HttpRequest, account: Account) -> Desk:
    """Return the frame of a learner's pages."""
    ways = (
        (_("My record"), "learner"),
        (_("Credits"), "learner-credits"),
        (_("Convert credits"), "learner-plan"),
        (_("Posts"), "learner-posts"),
    )
    inside = {"learner-credits": ("learner-application", "learner-transcript"), "learner-posts": ("learner-way",)}
    name = _view_name(request)
    return Desk(
        role=_("My record"),
        name=account.holder_name,
        ways=tuple(Way(word, reverse(view), name == view or name in inside.get(view, ())) for word, view in ways),
        reads_only=False,
    )


def desk_of_college(request: HttpRequest, college: Organisation) -> Desk:
    """Return the frame of a college's desk."""
    ways = (
        (_("Applications"), "desk-college"),
        (_("Decided"), "desk-college-decided"),
        (_("To look at again"), "desk-college-tasks"),
    )
    inside = {"desk-college": ("desk-application",)}
    name = _view_name(request)
    return Desk(
        role=_("College’s desk"),
        name=text(college.name),
        ways=tuple(
            Way(word, reverse(view, args=[college.slug]), name == view or name in inside.get(view, ()))
            for word, view in ways
        ),
        reads_only=not actor(request).holds(RoleKind.COLLEGE_OFFICER, college),
    )


def desk_of_issuer(request: HttpRequest, issuer: Issuer) -> Desk:
    """Return the frame of an issuer's desk."""
    slug = issuer.organisation.slug
    ways = (
        (_("Overview"), "desk-issuer"),
        (_("Import results"), "desk-upload"),
        (_("Batches"), "desk-batches"),
        (_("Certificates"), "desk-awards"),
        (_("Filings"), "desk-filings"),
    )
    inside = {
        "desk-upload": ("desk-preview",),
        "desk-batches": ("desk-batch",),
        "desk-awards": ("desk-award", "desk-deed"),
    }
    name = _view_name(request)
    return Desk(
        role=_("Issuer’s desk"),
        name=text(issuer.organisation.name),
        ways=tuple(
            Way(word, reverse(view, args=[slug]), name == view or name in inside.get(view, ())) for word, view in ways
        ),
        reads_only=not actor(request).holds(RoleKind.ISSUING_OFFICER, issuer.organisation),
    )


def desk_of_authority(request: HttpRequest) -> Desk:
    """Return the frame of the authority's desk."""
    ways = (
        (_("Overview"), "desk-authority"),
        (_("Accreditations"), "desk-accreditations"),
        (_("Issuers"), "desk-issuers"),
        (_("Log"), "desk-log"),
        (_("Audit trail"), "desk-trail"),
    )
    inside = {
        "desk-accreditations": ("desk-filing", "desk-accredit", "desk-filing-deed"),
        "desk-issuers": ("desk-issuer-page",),
    }
    name = _view_name(request)
    return Desk(
        role=_("Authority’s desk"),
        name=_office(request),
        ways=tuple(Way(word, reverse(view), name == view or name in inside.get(view, ())) for word, view in ways),
        reads_only=not actor(request).holds(RoleKind.AUTHORITY_OFFICER),
    )


def desk_of_standards(request: HttpRequest) -> Desk:
    """Return the frame of the standards body's desk."""
    ways = ((_("Editions"), "desk-standards"), (_("New edition"), "desk-standard-new"))
    name = _view_name(request)
    inside = name.startswith("desk-standard") and name != "desk-standard-new"
    return Desk(
        role=_("Standards desk"),
        name=_office(request),
        ways=tuple(
            Way(word, reverse(view), name == view or (view == "desk-standards" and inside)) for word, view in ways
        ),
        reads_only=not actor(request).holds(RoleKind.STANDARDS_OFFICER),
    )


def _office(request: HttpRequest) -> str:
    """Return the name of the organisation in which somebody holds the role that reaches over the whole register."""
    wide = {RoleKind.AUTHORITY_OFFICER, RoleKind.AUDITOR, RoleKind.STANDARDS_OFFICER}
    homes = [organisation for kind, organisation in actor(request).roles if kind in wide and organisation]
    found = Organisation.objects.filter(pk__in=homes).order_by("slug").first()
    return text(found.name) if found else request.user.get_username()


def home_desk(who: Actor) -> str:
    """Return the address of the desk or the record that is somebody's own, empty for somebody without either."""
    if who.reads():
        return reverse("desk-authority")
    if who.holds(RoleKind.STANDARDS_OFFICER):
        return reverse("desk-standards")
    if who.holds(RoleKind.EDITOR):
        return reverse("desk-articles")
    own = [organisation for kind, organisation in who.roles if kind is RoleKind.ISSUING_OFFICER]
    issuer = Issuer.objects.filter(pk__in=own).select_related("organisation").order_by("organisation__slug").first()
    if issuer is not None:
        return reverse("desk-issuer", args=[issuer.organisation.slug])
    homes = [home for kind, home in who.roles if kind is RoleKind.COLLEGE_OFFICER and home is not None]
    college = Organisation.objects.filter(pk__in=homes).order_by("slug").first()
    if college is not None:
        return reverse("desk-college", args=[college.slug])
    return reverse("learner") if who.user_id is not None and account_of(who.user_id) else ""


def _view_name(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.url_name if match else None) or ""
