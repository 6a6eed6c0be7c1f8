"""The wording linter for schemes: restricted words in what stands large on a certificate, and what a scheme has the right to.

Runs without Django, so that ``guildhall wording`` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Protocol

from guildhall.core.wording import Hit, Rules, lint, read_wording_rules

_LISTS = ("cn-2022.json",)
PRINTED = ("certificate_name", "name")
"""Members of a scheme that stand on its certificates."""


class Worded(Protocol):
    """A scheme, as a row or as read from its file."""

    @property
    def name(self) -> Any:
        """Language map."""

    @property
    def certificate_name(self) -> Any:
        """Language map."""

    @property
    def allowed_wording(self) -> Any:
        """Entries as in docs/formats/scheme.md."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A restricted word in a member of a scheme, in one language."""

    member: str
    language: str
    hit: Hit

    def __str__(self) -> str:
        return f"{self.member}.{self.language}: {sentence(self.hit, 'en')}"

    def as_json(self) -> dict[str, object]:
        """Return the finding as JSON-ready members."""
        return {"member": self.member, "language": self.language, **self.hit.as_json()}


@cache
def wording_rules() -> Rules:
    """Return the rules that ship."""
    folder = resources.files("guildhall.schemes") / "data" / "wording"
    (rules,) = (read_wording_rules((folder / name).read_bytes()) for name in _LISTS)
    return rules


def allowed_by(allowed_wording: Sequence[Mapping[str, Any]], on: date) -> tuple[str, ...]:
    """Return the words that a scheme's legal basis allows on a day.

    Shape:  entries as in docs/formats/scheme.md, their dates as ISO text.
    """
    day = on.isoformat()
    return tuple(
        entry["word"]
        for entry in allowed_wording
        if entry["starts_on"] <= day and (entry.get("ends_on") is None or day <= entry["ends_on"])
    )


def findings(scheme: Worded, *, on: date) -> tuple[Finding, ...]:
    """Return the restricted words in a scheme's printed names that its legal basis does not allow on the day.

    A finding is a warning: whether a use is lawful is for a person to judge, and a notice is a dated fact. It is never
    silent: it stands in the audit trail, in the answer of ``guildhall import scheme`` and before each issuing.
    """
    allowed = allowed_by(scheme.allowed_wording, on)
    return tuple(
        Finding(member, language, hit)
        for member in PRINTED
        for language, text in sorted(getattr(scheme, member).items(), reverse=True)
        for hit in lint(text, wording_rules(), on=on, allowed=allowed)
    )


def lint_text(text: str, *, on: date, allowed: Collection[str] = ()) -> tuple[Hit, ...]:
    """Return the restricted words in any text, such as an article's.

    Shape:  ``allowed`` words that the text may use, for instance in order to explain them.
    Raises: TextTooLongError.
    """
    return lint(text, wording_rules(), on=on, allowed=allowed)


def sentence(hit: Hit, language: str) -> str:
    """Return one sentence about a hit that cites the notice."""
    cited = hit.rule.notice.cited(language)
    if language == "zh":
        return f"“{hit.word}”属于限制使用的字样：{cited}{hit.rule.clause}，{hit.rule.in_force_on.isoformat()}起"
    return f'"{hit.word}" is restricted wording: {cited}, {hit.rule.clause}, since {hit.rule.in_force_on.isoformat()}'
