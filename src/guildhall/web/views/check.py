"""Checking a certificate, by number and name or by file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from guildhall.web.forms import CheckForm, FileForm
from guildhall.web.pages import crumb, page


def check(request: HttpRequest) -> HttpResponse:
    """Show the check."""
    return page(request, "check", crumb(_("Check")), form=CheckForm(), file_form=FileForm())
