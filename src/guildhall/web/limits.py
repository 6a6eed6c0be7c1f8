"""How a page answers an address that asks too often."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from guildhall.accounts.limits import client_address, seconds_to_wait

P = ParamSpec("P")


def limited(
    kind: str,
    methods: tuple[str, ...] = ("POST",),
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponseBase]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]
]:
    """Let one address ask the view by ``methods`` at most as often as ``RATE_LIMITS[kind]`` says (count, seconds).

    The answer beyond it is a page with status 429 and ``Retry-After`` in seconds.
    """

    def wrap(
        view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def counted(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method in methods:
                wait = seconds_to_wait(kind, client_address(request.META))
                if wait:
                    return too_many(request, wait)
            return view(request, *args, **kwargs)

        return counted

    return wrap


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """Return the page that asks for patience."""
    response = render(request, "web/errors/429.html", {"wait": wait}, status=429)
    response["Retry-After"] = str(wait)
    return response
