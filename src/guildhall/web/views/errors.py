"""Pages for what went wrong. None of them needs the database, and none repeats what was asked."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_LOG = logging.getLogger("guildhall.web")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return render(request, "web/errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403."""
    return render(request, "web/errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404."""
    return render(request, "web/errors/404.html", status=404)


def our_mistake(request: HttpRequest) -> HttpResponse:
    """Answer 500. The frame of the page asks for figures, so a bare page stands ready should that fail too."""
    try:
        return render(request, "web/errors/500.html", status=500)
    except Exception:  # noqa: BLE001 - whatever it is, somebody waits for an answer
        _LOG.exception("the page for our own mistakes could not be made")
        return HttpResponse("500: 本站出错，已记录在案。 Something went wrong here; it has been recorded.", status=500)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token does not fit: usually a page left open since an earlier sign-in."""
    return render(request, "web/errors/stale_form.html", status=403)
