"""How often one address may ask: a fixed window, counted in the cache, shared by all doors.

What it is for: guessing numbers and names, and passwords, becomes slow. What it is not: a shield against floods; that is
the work of whatever stands in front. Each process counts on its own unless the cache is shared.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.core.cache import cache


def client_address(meta: Mapping[str, Any]) -> str:
    """Return the address that asks, from a request's WSGI environment.

    ``X-Forwarded-For`` is anybody's to write, so it is read only where ``TRUSTED_PROXIES`` says how many of our own
    proxies add to it; the entry that the outermost of them wrote is the one that counts.
    """
    address = str(meta.get("REMOTE_ADDR", ""))
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()]
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


def seconds_to_wait(kind: str, client: str) -> int:
    """Count one attempt and return 0, or the seconds after which the client may ask again.

    Shape:  ``kind`` names an entry (count, seconds) of ``RATE_LIMITS`` in the settings.
    """
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
