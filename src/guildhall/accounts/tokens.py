"""API tokens: a machine acts for a person, with that person's roles, until a day."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from guildhall.accounts.models import ApiToken, User
from guildhall.accounts.services import Actor, actor_of, record
from guildhall.core.errors import Error

PREFIX = "gld_"
LONGEST = timedelta(days=366)


class TokenTooLongError(Error):
    """A token lasts for at most a year."""

    code = "token_too_long"


@transaction.atomic
def create_token(user: User, name: str, *, lasts: timedelta, actor: Actor, now: datetime) -> str:
    """Return a new token's text, which is shown once and not kept.

    Shape:  ``lasts`` at most 366 days; the text begins with ``gld_`` so that leaked ones can be searched for.
    Raises: TokenTooLongError.
    """
    if lasts > LONGEST:
        raise TokenTooLongError("a token lasts for at most 366 days", days=lasts.days)
    text = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, name=name, digest=_digest(text), created_at=now, ends_at=now + lasts)
    record("create-token", f"user/{user.get_username()}", actor=actor, now=now, name=name)
    return text


def actor_of_token(text: str, now: datetime) -> Actor | None:
    """Return who acts with this token, or None when it is unknown or has ended."""
    token = ApiToken.objects.select_related("user").filter(digest=_digest(text), ends_at__gt=now).first()
    return actor_of(token.user, now) if token else None


def _digest(text: str) -> str:
    # The text has 256 random bits: a plain hash cannot be undone, and a slow one would slow every call.
    return hashlib.sha256(text.encode()).hexdigest()
