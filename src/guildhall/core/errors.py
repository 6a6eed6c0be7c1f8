"""The caller's mistakes, as values with a stable code.

There are three kinds of "no" and they are never mixed (house rule):

* our mistake: any other exception, a 500, a log line;
* the caller's mistake: an :class:`Error` of this module;
* a bad credential: not an error at all, but a report of named checks.

Each part declares its own subclasses beside the code that raises them; ``guildhall.problems``
alone turns a code into an HTTP status and a title in two languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class Error(Exception):
    """Something the caller gave cannot be used.

    ``code``   stable, snake_case, never reworded once published;
    ``params`` facts for a message in any language (str, int, or lists of them);
    ``detail`` one plain English sentence.
    """

    code: ClassVar[str] = "error"

    def __init__(self, detail: str, **params: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.params: Mapping[str, object] = params

    def as_json(self) -> dict[str, object]:
        """Return the error as JSON-ready members ``code``, ``detail``, ``params``."""
        return {"code": self.code, "detail": self.detail, "params": dict(self.params)}


class MalformedError(Error):
    """Bytes or text that are not what they claim to be."""

    code = "malformed"


class TooLargeError(Error):
    """Input beyond a stated work bound (size, depth, count)."""

    code = "too_large"


class NotFoundError(Error):
    """Nothing of that name here."""

    code = "not_found"


class ForbiddenError(Error):
    """The actor has no role that allows this."""

    code = "forbidden"


class ConflictError(Error):
    """The state has moved on; look again and repeat."""

    code = "conflict"
