"""Addresses that no door answers: U+0000 in one of them is nobody's honest question, and not every database can be asked it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBadRequest, HttpResponseBase


def without_nul(door: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Return a middleware that answers 400 to an address with U+0000 in its path or its query."""

    def asked(request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest(b"400 Bad Request: an address holds no U+0000\n", content_type="text/plain")
        return door(request)

    return asked
