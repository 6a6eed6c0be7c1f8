"""How often one address may ask: a fixed window, counted in the cache.

What it is for: guessing numbers and names, and passwords, becomes slow. What it is not: a shield against floods; that is
the work of whatever stands in front. Each process counts on its own unless the cache is shared.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address, ip_network
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

P = ParamSpec("P")


def client_address(request: HttpRequest) -> str:
    """Return the address that asks.

    ``X-Forwarded-For`` is anybody's to write, so it is read only where ``TRUSTED_PROXIES`` says how many of our own
    proxies add to it; the entry that the outermost of them wrote is the one that counts.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            address = hops[-settings.TRUSTED_PROXIES]
    return _home_of(address)


def _home_of(address: str) -> str:
    """Return the address itself, or the /64 of an IPv6 address: one household has all of it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return str(ip_network(f"{address.split('%', 1)[0]}/64", strict=False))
    return str(parsed)


def limited(
    kind: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponseBase]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]
]:
    """Let one address POST to the view at most as often as ``RATE_LIMITS[kind]`` says (count, seconds).

    The answer beyond it is a page with status 429 and ``Retry-After`` in seconds.
    """

    def wrap(
        view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def counted(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method == "POST":
                wait = seconds_to_wait(kind, client_address(request))
                if wait:
                    return too_many(request, wait)
            return view(request, *args, **kwargs)

        return counted

    return wrap


def seconds_to_wait(kind: str, client: str) -> int:
    """Count one attempt and return 0, or the seconds after which the client may ask again."""
    most, window = settings.RATE_LIMITS[kind]
    now = time.time()
    start = int(now // window)
    key = f"limit:{kind}:{client}:{start}"
    cache.add(key, 0, timeout=window + 1)
    try:
        n_asked = cache.incr(key)
    except ValueError:  # the cache dropped the entry between the two calls
        return 0
    return 0 if n_asked <= most else max(1, int((start + 1) * window - now) + 1)


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """Return the page that asks for patience."""
    response = render(request, "web/errors/429.html", {"wait": wait}, status=429)
    response["Retry-After"] = str(wait)
    return response
