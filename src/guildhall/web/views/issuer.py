"""The issuer's desk: what there is to do next, and what the issuer may award."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guildhall.core.lifecycle import Deed
from guildhall.credentials import selectors
from guildhall.credentials.models import Award, StatusEvent
from guildhall.issuers import selectors as issuers
from guildhall.issuers.models import Issuer
from guildhall.web import clock, register
from guildhall.web.access import actor, issuer_desk
from guildhall.web.desk_pages import issuer_page
from guildhall.web.pages import crumb


@issuer_desk
@require_safe
def overview(request: HttpRequest, issuer: Issuer) -> HttpResponseBase:
    """Show what there is to do next."""
    batches = selectors.batches_of(issuer, actor=actor(request), limit=5)
    filings = register.filing_rows(issuers.accreditations_of(issuer), on=clock.today())
    return issuer_page(
        request,
        issuer,
        "overview",
        batches=batches,
        unfinished=[one for one in batches if one[0].issued_at is None],
        returned=[one for one in batches if one[0].n_bad],
        n_awards=Award.objects.filter(issuer=issuer, batch__issued_at__isnull=False).count(),
        n_out_of_force=_out_of_force(issuer),
        filings=[row for row in filings if row.in_force],
        on=clock.today(),
    )


def _out_of_force(issuer: Issuer) -> int:
    ending = [Deed.REVOKE.value, Deed.ANNUL.value, Deed.EXPIRE.value]
    return StatusEvent.objects.filter(award__issuer=issuer, deed__in=ending).values("award").distinct().count()


@issuer_desk
@require_safe
def filings(request: HttpRequest, issuer: Issuer) -> HttpResponseBase:
    """Show what the issuer may award."""
    rows = register.filing_rows(issuers.accreditations_of(issuer), on=clock.today())
    return issuer_page(request, issuer, "filings", crumb(_("Filings")), filings=rows)
