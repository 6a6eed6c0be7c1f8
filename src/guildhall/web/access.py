"""Who sits at which desk. The services ask again: what is refused here is only what would be refused there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from guildhall.accounts.models import Organisation, RoleKind, User
from guildhall.accounts.services import Actor, actor_of
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
    """Return the address of the desk that is somebody's own, empty for somebody without any role."""
    if who.reads():
        return reverse("desk-authority")
    if who.holds(RoleKind.STANDARDS_OFFICER):
        return reverse("desk-standards")
    if who.holds(RoleKind.EDITOR):
        return reverse("desk-articles")
    own = [organisation for kind, organisation in who.roles if kind is RoleKind.ISSUING_OFFICER]
    issuer = Issuer.objects.filter(pk__in=own).select_related("organisation").order_by("organisation__slug").first()
    return reverse("desk-issuer", args=[issuer.organisation.slug]) if issuer else ""


def _view_name(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.url_name if match else None) or ""
