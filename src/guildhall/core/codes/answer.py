"""What a check of a code answers: valid or not, why, and what the code says."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from guildhall.core.codes.findings import FINDINGS
from guildhall.core.errors import MalformedError
from guildhall.core.language import in_language

Parts = TypeVar("Parts")


class MalformedCodeError(MalformedError):
    """Text that is not a code of the kind asked for, or parts that make none."""

    code = "malformed_code"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about a code.

    Shape:  ``code`` is a key of ``FINDINGS``; ``params`` fill the braces of its sentence.
    """

    code: str
    params: Mapping[str, str | int] = dataclasses.field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """Return the finding as one sentence in ``zh`` or ``en``."""
        return in_language(FINDINGS[self.code], language).format(**self.params)

    @property
    def detail(self) -> str:
        """The sentence in English."""
        return self.sentence("en")

    def as_json(self) -> dict[str, object]:
        """Return code, English detail, sentences in both languages and params."""
        message = {"zh": self.sentence("zh"), "en": self.sentence("en")}
        return {"code": self.code, "detail": self.detail, "message": message, "params": dict(self.params)}


def finding(code: str, **params: str | int) -> Finding:
    """Return a finding; its code must stand in ``FINDINGS``."""
    if code not in FINDINGS:
        raise KeyError(code)
    return Finding(code, params)


@dataclass(frozen=True, slots=True)
class Answer(Generic[Parts]):
    """The outcome of checking one code.

    Shape:  ``normalised`` is the form to store and to look up by; ``parts`` is None unless the code could be read.
    """

    kind: str
    text: str
    normalised: str
    parts: Parts | None
    problems: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def valid(self) -> bool:
        """No problem was found; warnings do not count."""
        return not self.problems

    def as_json(self) -> dict[str, object]:
        """Return the answer as JSON-ready members."""
        return {
            "kind": self.kind,
            "text": self.text,
            "valid": self.valid,
            "normalised": self.normalised,
            "problems": [problem.as_json() for problem in self.problems],
            "warnings": [warning.as_json() for warning in self.warnings],
            "parts": None if self.parts is None else parts_as_json(self.parts),
        }

    def require(self) -> Parts:
        """Return the parts of a valid code.

        Raises: MalformedCodeError if the code is not valid.
        """
        if self.parts is None or self.problems:
            codes = [problem.code for problem in self.problems]
            first = self.problems[0].detail if self.problems else "The text cannot be read."
            raise MalformedCodeError(first, kind=self.kind, problems=codes)
        return self.parts


def parts_as_json(parts: object) -> dict[str, object]:
    """Return a dataclass of parts with dates written as ISO text."""
    if not dataclasses.is_dataclass(parts) or isinstance(parts, type):
        raise TypeError(parts)
    members = ((field.name, getattr(parts, field.name)) for field in dataclasses.fields(parts))
    return {name: _plain(member) for name, member in members}


def _plain(member: object) -> object:
    if isinstance(member, date):
        return member.isoformat()
    if isinstance(member, tuple):
        return list(member)
    if dataclasses.is_dataclass(member):
        return parts_as_json(member)
    return member
