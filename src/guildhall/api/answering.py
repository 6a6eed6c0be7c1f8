"""How the API reads a body and writes an answer: strict JSON in, orjson out, problems as RFC 9457 says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from guildhall import problems
from guildhall.accounts.limits import client_address, seconds_to_wait
from guildhall.accounts.services import Actor
from guildhall.accounts.tokens import actor_of_token
from guildhall.core.canonical import strict_json
from guildhall.core.errors import Error, MalformedError

MAX_BODY = 1 << 20


class NotSignedInError(Error):
    """The deed needs a person, or a machine that acts for one."""

    code = "not_signed_in"


class RateLimitedError(Error):
    """The address asks too often."""

    code = "rate_limited"


class MalformedParameterError(MalformedError):
    """A parameter of the address or the form is not of its kind."""

    code = "malformed_parameter"


def now() -> datetime:
    """Return the moment of asking, in UTC."""
    return datetime.now(UTC)


def body(request: HttpRequest) -> Mapping[str, Any]:
    """Return the body as a JSON object.

    Raises: TooLargeError, MalformedJsonError and their kin; MalformedParameterError where it is no object.
    """
    value = strict_json.parse(request.body, max_bytes=MAX_BODY)
    if not isinstance(value, dict):
        raise MalformedParameterError("the body is not a JSON object", parameter="body")
    return value


def text_in(members: Mapping[str, Any], name: str, *, required: bool = False, longest: int = 200) -> str:
    """Return a text member of a body.

    Raises: MalformedParameterError, also for U+0000, which not every database can be asked about.
    """
    value = members.get(name, "")
    if not isinstance(value, str) or len(value) > longest or "\0" in value or (required and not value.strip()):
        raise MalformedParameterError(f"{name} is a text of at most {longest} characters", parameter=name)
    return value


def day_of(text: str | None, name: str) -> date | None:
    """Return the day that a parameter writes (YYYY-MM-DD), or None where it is left out.

    Raises: MalformedParameterError.
    """
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MalformedParameterError(f"{name} is a day written YYYY-MM-DD", parameter=name) from None


def answer(
    value: object,
    *,
    status: int = 200,
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return a JSON answer."""
    return HttpResponse(_written(value), status=status, content_type=content_type, headers=headers)


def _written(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        # A number that somebody asked for comes back in the answer, and may have more than 64 bits.
        return json.dumps(value, ensure_ascii=False).encode()


def problem(error: Error) -> HttpResponse:
    """Return an error as a problem document in the asker's language."""
    document = problems.as_problem(error, get_language() or "zh-hans")
    response = answer(document, status=problems.status_of(error), content_type="application/problem+json")
    if isinstance(error, RateLimitedError):
        response["Retry-After"] = str(error.params["seconds"])
    if isinstance(error, NotSignedInError):
        response["WWW-Authenticate"] = 'Bearer realm="guildhall"'
    return response


def actor(request: HttpRequest) -> Actor:
    """Return for whom the bearer of the token acts. A browser's session is no token: another site could use it.

    Raises: NotSignedInError.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedInError("give a token: Authorization: Bearer ...")
    found = actor_of_token(token.strip(), now())
    if found is None:
        raise NotSignedInError("the token is unknown or has ended")
    return found


def count_attempt(request: HttpRequest) -> None:
    """Count one look-up of this address.

    Raises: RateLimitedError with the seconds to wait.
    """
    wait = seconds_to_wait("check", client_address(request.META))
    if wait:
        raise RateLimitedError(f"ask again in {wait} seconds", seconds=wait)
