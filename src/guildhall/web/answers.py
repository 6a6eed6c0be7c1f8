"""A report in the words of a page: one sentence, then the named checks, in the page's language.

Every code that ``core.verify`` can answer has its sentence here or falls back to one by check and outcome; the code
itself is always shown beside a check that has not passed, so that nothing is lost in translation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from guildhall.core.report import Check, Outcome, Report, Verdict
from guildhall.credentials.selectors import words
from guildhall.web.templatetags.guildhall import CHINA, day, groups, holder, moment, text

VERDICT_WORDS: Final[Mapping[str, Promise]] = {
    Verdict.VALID: lazy("Valid"),
    Verdict.NOT_VALID: lazy("Not valid"),
    Verdict.NO_MATCH: lazy("No match"),
    Verdict.NOT_COVERED: lazy("Not covered"),
    Verdict.CANNOT_CHECK: lazy("Cannot be checked now"),
    Verdict.UNKNOWN_ISSUER: lazy("Unknown issuer"),
}
CHECK_WORDS: Final[Mapping[str, Promise]] = {
    "shape": lazy("Shape"),
    "proof": lazy("Proof"),
    "issuer": lazy("Issuer"),
    "accreditation": lazy("Accreditation"),
    "dates": lazy("Dates"),
    "status": lazy("Status"),
    "log": lazy("Log"),
}
OUTCOME_WORDS: Final[Mapping[str, Promise]] = {
    Outcome.PASSED: lazy("passed"),
    Outcome.FAILED: lazy("failed"),
    Outcome.NOT_RUN: lazy("not run"),
}

# What each check says, by check and code. Braces are filled from the check's params (days written out).
SENTENCES: Final[Mapping[tuple[str, str], Promise]] = {
    ("shape", "bundle"): lazy("The evidence bundle is complete and the certificate in it is written as it should be."),
    ("shape", "credential"): lazy("The certificate is written as it should be."),
    ("shape", "receipt"): lazy("The receipt is written as it should be."),
    ("shape", "not_a_bundle"): lazy("This is neither an evidence bundle, nor a certificate, nor a receipt of a register."),
    ("shape", "malformed_json"): lazy("The file cannot be read: it is not the JSON text that it should be."),
    ("shape", "duplicate_key"): lazy("The file says one thing twice and differently; such a file is refused."),
    ("shape", "too_large"): lazy("The file is larger than any evidence bundle."),
    ("proof", "signed"): lazy("Signed with the issuer’s key; not a character has changed since."),
    ("proof", "no_proof"): lazy("The document carries no signature."),
    ("proof", "unknown_key"): lazy("The signer’s key is not at hand here. Ask for the evidence bundle."),
    ("issuer", "attested"): lazy("{name} is on the register’s list, and the authority states this key for it."),
    ("issuer", "issuer_differs"): lazy("The certificate names another issuer than the accreditation."),
    ("issuer", "key_not_attested"): lazy("The authority does not state this key for the issuer."),
    ("issuer", "key_ended"): lazy("The key had been taken out of use before the public log received this document."),
    ("issuer", "known_register"): lazy("Signed by a register on the trust list."),
    ("issuer", "unknown_authority"): lazy("The register that signed this is not on the trust list."),
    ("accreditation", "authorised"): lazy("On {on} the issuer was entitled to award this. Filing {filing}."),
    ("accreditation", "filing_differs"): lazy("The certificate rests on another filing than the one enclosed ({filing})."),
    ("accreditation", "unknown_authority"): lazy("The accreditation is stated by a body that is not on the trust list."),
    ("accreditation", "unknown_issuer"): lazy("On {on} the issuer had no filing in this scheme."),
    ("accreditation", "not_yet"): lazy("Filing {filing} was not yet in force on {on}, the day of award."),
    ("accreditation", "expired"): lazy("Filing {filing} had ended by {on}, the day of award."),
    ("accreditation", "suspended"): lazy("Filing {filing} was suspended on {on}, the day of award."),
    ("accreditation", "wrong_occupation"): lazy("Filing {filing} does not cover this occupation."),
    ("accreditation", "wrong_level"): lazy("Filing {filing} does not cover this level."),
    ("accreditation", "wrong_region"): lazy("Filing {filing} does not cover this region or place of assessment."),
    ("dates", "in_time"): lazy("The day asked for lies within the certificate’s validity."),
    ("dates", "not_yet_valid"): lazy("It begins only later than the day asked for."),
    ("dates", "expired"): lazy("It was valid until {on}."),
    ("status", "in_force"): lazy("Neither revoked nor suspended. Status list of {as_of}."),
    ("status", "revoked"): lazy("Revoked as from {from_on}. Reason: {reason}."),
    ("status", "suspended"): lazy("Suspended from {from_on} until {until_on}. Reason: {reason}."),
    ("status", "annulled"): lazy("Annulled: the award counts as never given. Reason: {reason}."),
    ("status", "expired"): lazy("Declared expired as from {from_on}. Reason: {reason}."),
    ("status", "replaced"): lazy("This document was replaced on {from_on}. Ask for the current one; the award itself stands."),
    ("status", "no_status_list"): lazy("The status list was not at hand, so this was not checked."),
    ("status", "no_status"): lazy("The certificate names no status list."),
    ("status", "said_valid"): lazy("The register answered that it was valid on {on}."),
    ("status", "said_otherwise"): lazy("The register did not answer that it was valid."),
    ("status", "receipt_without_day"): lazy("The receipt does not say for which day it speaks."),
    ("log", "included"): lazy("The public log holds exactly this document, as entry {position} of {size}."),
}  # fmt: skip
# The same where only the issuer's list says so, and no logged event says since when and why.
_BARE: Final[Mapping[tuple[str, str], Promise]] = {
    ("status", "revoked"): lazy("The issuer’s list says that it is revoked."),
    ("status", "suspended"): lazy("The issuer’s list says that it is suspended."),
}
_BY_OUTCOME: Final[Mapping[tuple[str, Outcome], Promise]] = {
    ("shape", Outcome.FAILED): lazy("The content is not written as a certificate must be."),
    ("proof", Outcome.FAILED): lazy("The content and the signature do not belong together."),
    ("issuer", Outcome.FAILED): lazy("The issuer’s key cannot be relied on."),
    ("accreditation", Outcome.FAILED): lazy("The authority’s statement does not hold."),
    ("dates", Outcome.FAILED): lazy("The dates do not hold."),
    ("status", Outcome.FAILED): lazy("The status list does not hold."),
    ("log", Outcome.FAILED): lazy("The proof of entry in the public log does not hold."),
}
REASONS: Final[Mapping[str, Promise]] = {
    "not_reached": lazy("Not checked, because an earlier check took away its ground."),
    "content_unproven": lazy("Not checked, because the content is not shown to be what was signed."),
    "no_bundle": lazy("Not checked: a certificate without its evidence bundle does not show this."),
    "no_trust": lazy("Not checked: nobody is trusted here yet who could vouch for it."),
    "no_statement": lazy("Not checked: no trusted statement says which keys are the issuer’s."),
}
NOT_RUN: Final = lazy("This was not checked. Not checked does not mean passed.")
UNTIL_FURTHER_NOTICE: Final = lazy("further notice")

# A failed check decides the headline in this order: whose words these are comes before what they say.
_ORDER: Final = ("shape", "proof", "issuer", "accreditation", "log", "status", "dates")
_UNVOUCHED: Final = ("issuer", "accreditation", "log")
_HEADLINES: Final[Mapping[tuple[str, str], Promise]] = {
    ("shape", ""): lazy("This cannot be read as a certificate of a register."),
    ("proof", ""): lazy("The content is not what was signed."),
    ("issuer", ""): lazy("The key does not belong to the issuer named."),
    ("accreditation", ""): lazy("The issuer was not entitled to award this."),
    ("log", ""): lazy("The public log does not bear this document out."),
    ("status", ""): lazy("The status of this certificate does not hold."),
    ("status", "revoked"): lazy("This certificate was awarded and has since been revoked."),
    ("status", "suspended"): lazy("This certificate is suspended."),
    ("status", "annulled"): lazy("This award has been annulled."),
    ("status", "expired"): lazy("This certificate has expired."),
    ("status", "replaced"): lazy("This document has been replaced by a newer one."),
    ("status", "said_otherwise"): lazy("This receipt is genuine, and what it says is not “valid”."),
    ("dates", ""): lazy("The dates of this certificate do not hold."),
    ("dates", "expired"): lazy("This certificate has expired."),
    ("dates", "not_yet_valid"): lazy("This certificate was not yet in force on that day."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One named check as the page shows it. ``code`` is empty for a check that has passed."""

    word: str
    outcome: str
    said: str
    sentence: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict page: its word, its headline, its sentence, its lines."""

    verdict: str
    word: str
    headline: str
    sentence: str | SafeString
    lines: tuple[Line, ...] = ()
    summary: str = ""
    kind: str = ""


def of_report(report: Report, *, issuer_name: str = "") -> Answer:
    """Return the words of a report.

    Shape:  ``issuer_name`` as this register writes it in the page's language; empty: as the certificate says it.
    """
    cause = _cause(report)
    return Answer(
        verdict=report.verdict.value,
        word=str(VERDICT_WORDS[report.verdict]),
        headline=_headline(report, cause),
        sentence=_sentence(report, cause, issuer_name),
        lines=_lines(report.checks, issuer_name),
        summary=_summary(report.checks),
        kind=report.kind,
    )


def no_match() -> Answer:
    """Return the one answer for an unknown number and for a wrong name: nothing of what was asked stands in it."""
    return Answer(
        verdict=Verdict.NO_MATCH.value,
        word=str(VERDICT_WORDS[Verdict.NO_MATCH]),
        headline=_("No certificate has both this number and this name."),
        sentence=_(
            "The number or the name may be mistyped, or the award may not have been reported yet. "
            "This does not say that the certificate is false."
        ),
    )


def not_covered() -> Answer:
    """Return the answer for a number of a kind that this register does not hold."""
    return Answer(
        verdict=Verdict.NOT_COVERED.value,
        word=str(VERDICT_WORDS[Verdict.NOT_COVERED]),
        headline=_("This register does not cover certificates with such a number."),
        sentence=_("Please ask the body that is in charge of it. What this register covers is public."),
    )


def cannot_check(sentence: str) -> Answer:
    """Return the answer when the register itself cannot say."""
    return Answer(
        verdict=Verdict.CANNOT_CHECK.value,
        word=str(VERDICT_WORDS[Verdict.CANNOT_CHECK]),
        headline=_("This cannot be checked now."),
        sentence=sentence,
    )


def _cause(report: Report) -> Check | None:
    """Return the failed check that decides the headline, if any has failed."""
    failed = {check.name: check for check in report.checks if check.outcome is Outcome.FAILED}
    return next((failed[name] for name in _ORDER if name in failed), None)


def _headline(report: Report, cause: Check | None) -> str:
    today = report.at == report.checked_at.astimezone(CHINA).date()
    match report.verdict:
        case Verdict.VALID if report.kind == "receipt":
            return _("This receipt is genuine.")
        case Verdict.VALID if today:
            return _("This certificate is genuine and in force.")
        case Verdict.VALID:
            return _("This certificate was in force on %(day)s.") % {"day": day(report.at)}
        case Verdict.UNKNOWN_ISSUER:
            return _("Signed, but by somebody who is not on the list.")
        case Verdict.CANNOT_CHECK:
            return _("This cannot be checked now.")
    assert cause is not None, "not valid without a failed check"
    specific = _HEADLINES.get((cause.name, cause.code)) or _HEADLINES[cause.name, ""]
    return str(specific)


def _sentence(report: Report, cause: Check | None, issuer_name: str) -> str | SafeString:
    subject = report.subject
    if report.kind == "receipt":
        return _receipt_sentence(report)
    if report.verdict is Verdict.UNKNOWN_ISSUER:
        return _("We do not know who vouches for the signer. Do not decide on this file alone.")
    if report.verdict is Verdict.CANNOT_CHECK:
        missing = [str(CHECK_WORDS[check.name]) for check in report.checks if check.outcome is Outcome.NOT_RUN]
        return _("Not everything could be checked: %(checks)s. What was not checked does not count as passed.") % {
            "checks": _("; ").join(missing)
        }
    if not subject:
        return _("Nothing in this file can be relied on. Check the number and the name against the register instead.")
    if cause is not None and cause.name in _UNVOUCHED:
        return _claimed(subject)
    return _about(subject, issuer_name, _then(cause))


def _claimed(subject: Mapping[str, Any]) -> SafeString:
    """Repeat what a document claims without saying that it is so."""
    return format_html(
        _(
            "The file names number {number}, the holder {name} and the issuer {issuer}. It cannot be relied on: see below."
        ),
        number=groups(str(subject["number"])),
        name=format_html('<span class="name">{}</span>', holder(str(subject["holder"]))),
        issuer=subject["issuer_name"],
    )


def _about(subject: Mapping[str, Any], issuer_name: str, then: str) -> SafeString:
    """Say whose certificate it is and who gave it, then what holds of it."""
    known = format_html(
        _("Number {number} belongs to {name}. {issuer} awarded it on {issued}."),
        number=groups(str(subject["number"])),
        name=format_html('<span class="name">{}</span>', holder(str(subject["holder"]))),
        issuer=issuer_name or subject["issuer_name"],
        issued=day(str(subject["issued_on"])),
    )
    return format_html(_("{known} {then}"), known=known, then=then)


def _then(cause: Check | None) -> str:
    if cause is None:
        return _("It has been neither revoked nor suspended.")
    params = _params(cause)
    match cause.code if cause.name == "status" and "from_on" in params else "":
        case "revoked":
            return _("It was revoked as from %(from_on)s; before that day it was in force.") % params
        case "suspended":
            return _("It may not be relied on from %(from_on)s until %(until_on)s.") % params
        case "annulled":
            return _("The award was later undone from its start.")
        case "replaced":
            return _("Since %(from_on)s another document stands in its place; the number is the same.") % params
    if cause.name == "dates":
        return _said(cause, "")
    return _("See below what does not hold.")


def _receipt_sentence(report: Report) -> str | SafeString:
    said = report.subject
    if not said:
        return _("Nothing in this receipt can be relied on.")
    return format_html(
        _("It records that on {at} the register answered “{word}” about certificate number {number} on {day}."),
        at=moment(str(said.get("checkedAt", ""))),
        day=day(str(said.get("at", ""))),
        word=VERDICT_WORDS.get(str(said.get("verdict")), said.get("verdict", "")),
        number=groups(str(said.get("certificateNumber", "—"))),
    )


def _lines(checks: Sequence[Check], issuer_name: str) -> tuple[Line, ...]:
    """Return the lines, what failed first."""
    ranked = sorted(checks, key=lambda check: check.outcome is not Outcome.FAILED)
    return tuple(_line(check, issuer_name) for check in ranked)


def _line(check: Check, issuer_name: str) -> Line:
    return Line(
        word=str(CHECK_WORDS[check.name]),
        outcome=check.outcome.value,
        said=str(OUTCOME_WORDS[check.outcome]),
        sentence=_said(check, issuer_name),
        code="" if check.outcome is Outcome.PASSED else check.code,
    )


def _said(check: Check, issuer_name: str) -> str:
    specific = SENTENCES.get((check.name, check.code))
    if specific is not None:
        try:
            params = _params(check)
            if issuer_name and "name" in params:
                params["name"] = issuer_name
            return str(specific).format(**params)
        except KeyError:  # a check of the same code that knows less: say only what is sure
            bare = _BARE.get((check.name, check.code))
            if bare is not None:
                return str(bare)
    if check.outcome is Outcome.NOT_RUN:
        return str(REASONS.get(check.code, NOT_RUN))
    return str(_BY_OUTCOME.get((check.name, check.outcome), ""))


def _params(check: Check) -> dict[str, str]:
    """Return the params as texts for a sentence: days written out, counts with their thousands apart."""
    texts: dict[str, str] = {}
    for name, value in check.params.items():
        if (name == "on" or name.endswith("_on")) and isinstance(value, str):
            texts[name] = day(date.fromisoformat(value[:10]))
        elif name in {"as_of", "logged_at"} and isinstance(value, str):
            texts[name] = moment(value)
        elif name == "reason" and isinstance(value, str):
            texts[name] = text(words(value))
        elif isinstance(value, int):
            texts[name] = f"{value:,}"
        else:
            texts[name] = "" if value is None else str(value)
    if not texts.get("until_on"):
        texts["until_on"] = str(UNTIL_FURTHER_NOTICE)
    index = check.params.get("index")
    if isinstance(index, int):
        texts["position"] = f"{index + 1:,}"
    return texts


def _summary(checks: Sequence[Check]) -> str:
    n_passed = sum(check.outcome is Outcome.PASSED for check in checks)
    if n_passed == len(checks):
        return _("All passed")
    parts = [_("%(n)d passed") % {"n": n_passed}] if n_passed else []
    n_failed = sum(check.outcome is Outcome.FAILED for check in checks)
    if n_failed:
        parts.append(ngettext("%(n)d failed", "%(n)d failed", n_failed) % {"n": n_failed})
    n_open = len(checks) - n_passed - n_failed
    if n_open:
        parts.append(_("%(n)d not run") % {"n": n_open})
    return _(", ").join(parts)
