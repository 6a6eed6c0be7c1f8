"""What the pages of both desks share: their frame, who may do more than read, files to take away, refusals in words."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from guildhall.accounts.models import Organisation, RoleKind
from guildhall.accounts.services import Actor
from guildhall.core.errors import Error
from guildhall.core.results import RowProblem
from guildhall.credit.models import Account
from guildhall.issuers.models import Issuer
from guildhall.problems import title_of
from guildhall.web.access import (
    actor,
    desk_of_authority,
    desk_of_college,
    desk_of_issuer,
    desk_of_learner,
    desk_of_standards,
)
from guildhall.web.pages import Crumb, crumb, page
from guildhall.web.templatetags.guildhall import language

PER_PAGE: Final = 50
_TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
}


def issuer_page(request: HttpRequest, issuer: Issuer, name: str, *crumbs: Crumb, **context: Any) -> HttpResponse:
    """Render a page of an issuer's desk."""
    here = crumb(_("Issuer’s desk"), "desk-issuer", issuer.organisation.slug) if crumbs else crumb(_("Issuer’s desk"))
    desk = desk_of_issuer(request, issuer)
    return page(request, f"issuer/{name}", here, *crumbs, desk=desk, issuer=issuer, **context)


def authority_page(request: HttpRequest, name: str, *crumbs: Crumb, **context: Any) -> HttpResponse:
    """Render a page of the authority's desk."""
    here = crumb(_("Authority’s desk"), "desk-authority") if crumbs else crumb(_("Authority’s desk"))
    return page(request, f"authority/{name}", here, *crumbs, desk=desk_of_authority(request), **context)


def standards_page(request: HttpRequest, name: str, *crumbs: Crumb, status: int = 200, **context: Any) -> HttpResponse:
    """Render a page of the standards body's desk."""
    here = crumb(_("Standards desk"), "desk-standards") if crumbs else crumb(_("Standards desk"))
    desk = desk_of_standards(request)
    return page(request, f"standards/{name}", here, *crumbs, status=status, desk=desk, **context)


def college_page(
    request: HttpRequest, college: Organisation, name: str, *crumbs: Crumb, status: int = 200, **context: Any
) -> HttpResponse:
    """Render a page of a college's desk."""
    here = crumb(_("College’s desk"), "desk-college", college.slug) if crumbs else crumb(_("College’s desk"))
    desk = desk_of_college(request, college)
    return page(request, f"college/{name}", here, *crumbs, status=status, desk=desk, college=college, **context)


def learner_page(
    request: HttpRequest, account: Account, name: str, *crumbs: Crumb, status: int = 200, **context: Any
) -> HttpResponse:
    """Render a page of a learner."""
    here = crumb(_("My record"), "learner") if crumbs else crumb(_("My record"))
    desk = desk_of_learner(request, account)
    return page(request, f"learner/{name}", here, *crumbs, status=status, desk=desk, account=account, **context)


def may_issue(request: HttpRequest, issuer: Issuer) -> Actor:
    """Return who acts; a page of 403 for whoever only reads here."""
    who = actor(request)
    if not who.holds(RoleKind.ISSUING_OFFICER, issuer.organisation):
        raise PermissionDenied
    return who


def said(reason: Error) -> str:
    """Return what was refused, in words; English says it exactly, Chinese by its kind.

    A results file that is refused as a whole has its own sentence in both languages.
    """
    problem = getattr(reason, "problem", None)
    if isinstance(problem, RowProblem):
        return problem.sentence(language())
    if language() == "en":
        return reason.detail[:1].upper() + reason.detail[1:].rstrip(".") + "."
    return title_of(reason.code, "zh")


def as_file(body: bytes, name: str, *, inline: bool = False) -> HttpResponse:
    """Return bytes as a file of that name."""
    kind = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(not inline, name) or "attachment"
    return response


def corrections_name(file_name: str) -> str:
    """Return the name of the file that holds the rows which came back."""
    stem, dot, ending = file_name.rpartition(".")
    return f"{stem}-corrections.{ending}" if dot else f"{file_name}-corrections.csv"
