"""The one place where pages look at the clock, so that a test can set it."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from guildhall.core.credential import CHINA


def now() -> datetime:
    """Return the moment, aware."""
    return timezone.now()


def today() -> date:
    """Return the day in China."""
    return now().astimezone(CHINA).date()
