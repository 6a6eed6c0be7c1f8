"""Small things that pages show as word and value, and the meanings of the register's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from guildhall.core.language import in_language
from guildhall.core.report import CHECK_NAMES, Verdict
from guildhall.web.answers import CHECK_WORDS, VERDICT_WORDS
from guildhall.web.templatetags.guildhall import language


@dataclass(frozen=True, slots=True)
class Fact:
    """A word, its value (plain, marked up, or a language map) and where the value is from."""

    word: str
    value: str | SafeString | Mapping[str, str]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A word of the register and what it means."""

    word: str
    meaning: str


def text(value: Mapping[str, str]) -> str:
    """Return a language map in the page's language."""
    return in_language(value, language())


def monospace(value: str) -> SafeString:
    """Return a value that one compares character by character."""
    return format_html('<span class="number">{}</span>', value)


def verdicts() -> list[Meaning]:
    """Return the six answers and what each means."""
    meanings = {
        Verdict.VALID: _("Every check has passed: genuine, and in force on the day asked for."),
        Verdict.NOT_VALID: _(
            "At least one check has failed, and the page names it: revoked, suspended, expired, altered, "
            "or awarded without authority."
        ),
        Verdict.UNKNOWN_ISSUER: _("The signature holds, but nobody on the trust list vouches for the signer."),
        Verdict.CANNOT_CHECK: _("Something needed for an answer was not at hand. Not checked does not mean passed."),
        Verdict.NO_MATCH: _(
            "No certificate has both this number and this name. A wrong number and a wrong name get the same answer."
        ),
        Verdict.NOT_COVERED: _("The number is of a kind that this register does not hold."),
    }
    return [Meaning(str(VERDICT_WORDS[verdict]), meaning) for verdict, meaning in meanings.items()]


def checks() -> list[Meaning]:
    """Return the seven checks and what each asks."""
    meanings = {
        "shape": _("Is the certificate written as the published standards demand?"),
        "proof": _("Is every character as it was signed?"),
        "issuer": _("Does the key belong to the issuer, as the authority states?"),
        "accreditation": _("Was the issuer entitled to award this, there, on that day?"),
        "dates": _("Does the day asked for lie within its validity?"),
        "status": _("Was it neither revoked nor suspended nor replaced?"),
        "log": _("Does the public log hold exactly this document?"),
    }
    return [Meaning(str(CHECK_WORDS[name]), meanings[name]) for name in CHECK_NAMES]
