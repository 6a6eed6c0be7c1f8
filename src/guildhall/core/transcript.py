"""What a college says of credits that it converted, as an Open Badges 3.0 credential, and read back from one.

The same published contexts as a certificate's (``credential``). One ``Result`` a course, with the grade entered; its credits, the
rules that decided and the outcomes that it came from stand in ``Alignment``, the one place where Open Badges lets a result point to
something. See docs/formats/transcript.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from guildhall.core.amounts import amount_text
from guildhall.core.credential import (
    CONTEXTS,
    IDENTITY_TYPE,
    StatusPlace,
    day_of,
    holder_of,
    once,
    start_of,
    status_entry,
)
from guildhall.core.errors import Error

SCHEME: Final = "conversion"
"""In place of a certification scheme, in filings and leaves: the right to state conversions of credit."""

TYPE: Final = "ext:CreditConversionTranscript"
_CREDITS, _RULE, _OUTCOME = "ext:Credits", "ext:ConversionRule", "ext:LearningOutcome"


class NotATranscriptError(Error):
    """The document is not a conversion transcript of a Guildhall register."""

    code = "not_a_transcript"


@dataclass(frozen=True, slots=True)
class ConvertedCourse:
    """One course met by conversion.

    Shape:  ``grade`` as entered, empty: none; ``rules`` ids of the rule-set; ``outcomes`` kinds and numbers of what it came from.
    Units:  ``credits`` hundredths.
    """

    code: str
    name: str
    credits: int
    grade: str
    rules: tuple[str, ...]
    outcomes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TranscriptFacts:
    """All that a transcript says. Names are given in both languages as ``zh``/``en`` maps; digests are 64 hex digits.

    Shape:  ``document_id`` urn:uuid; ``origin`` address without trailing slash; ``identity_hash`` and ``salt`` as in
            ``credential.AwardFacts``.
    """

    document_id: str
    origin: str
    number: str
    holder_name: str
    identity_hash: str
    salt: str
    issuer: str
    issuer_name: Mapping[str, str]
    issuer_credit_code: str
    filing: str
    programme: str
    programme_name: Mapping[str, str]
    programme_edition: str
    programme_digest: str
    rule_set: str
    rule_edition: str
    rule_digest: str
    plan_digest: str
    decided_on: date
    courses: tuple[ConvertedCourse, ...]
    status: StatusPlace


_IDENTIFIERS = (
    "filing", "programme", "programme_edition", "programme_digest", "rule_set", "rule_edition", "rule_digest", "plan_digest",
)  # fmt: skip


def document(facts: TranscriptFacts) -> dict[str, Any]:
    """Return the unsigned ``OpenBadgeCredential`` of a transcript.

    Source: Open Badges 3.0 (AchievementCredential, AchievementSubject, Achievement, Result, Alignment), VC Data Model 2.0.
    """
    name = f"学分转换证明：{facts.programme_name['zh']}"
    name_en = f"Transcript of credit conversion: {facts.programme_name['en']}"
    profile: dict[str, Any] = {
        "id": facts.issuer,
        "type": ["Profile"],
        "name": facts.issuer_name["zh"],
        "description": facts.issuer_name["en"],
    }
    if facts.issuer_credit_code:
        profile["otherIdentifier"] = [_identifier("creditCode", facts.issuer_credit_code)]
    return {
        "@context": list(CONTEXTS),
        "id": facts.document_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": name,
        "description": name_en,
        "issuer": profile,
        "validFrom": start_of(facts.decided_on),
        "awardedDate": start_of(facts.decided_on),
        "credentialSubject": _subject(facts, name, name_en),
        "credentialStatus": status_entry(facts.status),
    }


def _subject(facts: TranscriptFacts, name: str, name_en: str) -> dict[str, Any]:
    rules = f"{facts.origin}/rule-sets/{facts.rule_digest}"
    achievement_id = f"{rules}/conversions/{facts.programme_digest}"
    return {
        "type": ["AchievementSubject"],
        "identifier": [
            {"type": "IdentityObject", "hashed": False, "identityHash": facts.holder_name, "identityType": "name"},
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": facts.identity_hash,
                "identityType": IDENTITY_TYPE,
                "salt": facts.salt,
            },
        ],
        "licenseNumber": facts.number,
        "achievement": {
            "id": achievement_id,
            "type": ["Achievement"],
            "achievementType": TYPE,
            "name": name,
            "description": name_en,
            "criteria": {"narrative": f"按 {facts.rule_set} {facts.rule_edition} 版规则转换的学分。"},
            "humanCode": facts.programme,
            "inLanguage": "zh",
            "otherIdentifier": [
                _identifier("scheme", SCHEME),
                *(_identifier(kind, getattr(facts, kind)) for kind in _IDENTIFIERS),
            ],
            "resultDescription": [
                {
                    "id": f"{achievement_id}#{place}",
                    "type": ["ResultDescription"],
                    "name": course.name,
                    "resultType": "ext:ConvertedCourse",
                }
                for place, course in enumerate(facts.courses)
            ],
        },
        "result": [_result(course, f"{achievement_id}#{place}", rules) for place, course in enumerate(facts.courses)],
    }


def _result(course: ConvertedCourse, description: str, rules: str) -> dict[str, Any]:
    return {
        "type": ["Result"],
        "resultDescription": description,
        "value": course.grade or "-",
        "alignment": [
            _alignment(_CREDITS, course.code, amount_text(course.credits), f"{description}-credits"),
            *(_alignment(_RULE, rule, rule, f"{rules}#{rule}") for rule in course.rules),
            *(
                _alignment(_OUTCOME, number, kind, f"{description}-outcome-{place}")
                for place, (kind, number) in enumerate(course.outcomes)
            ),
        ],
    }


def _alignment(kind: str, code: str, name: str, url: str) -> dict[str, Any]:
    return {"type": ["Alignment"], "targetCode": code, "targetName": name, "targetType": kind, "targetUrl": url}


def _identifier(kind: str, value: str) -> dict[str, str]:
    return {"type": "IdentifierEntry", "identifier": value, "identifierType": f"ext:{kind}"}


@dataclass(frozen=True, slots=True)
class Converted:
    """What a transcript says, read back from the document. Days are those of China; credits as text, as they stand there."""

    document_id: str
    number: str
    holder_name: str
    issuer: str
    issuer_name: str
    filing: str
    title: str
    programme: str
    programme_edition: str
    programme_digest: str
    rule_set: str
    rule_edition: str
    rule_digest: str
    plan_digest: str
    issued_on: date
    courses: tuple[Mapping[str, Any], ...]
    scheme: str = SCHEME
    valid_until: date | None = None

    def as_json(self) -> dict[str, object]:
        """Return the facts as JSON-ready members; ``kind`` tells them from a certificate's."""
        return {
            "kind": "transcript",
            "number": self.number,
            "holder": self.holder_name,
            "title": self.title,
            "scheme": self.scheme,
            "issuer": self.issuer,
            "issuer_name": self.issuer_name,
            "filing": self.filing,
            "programme": self.programme,
            "programme_edition": self.programme_edition,
            "programme_digest": self.programme_digest,
            "rule_set": self.rule_set,
            "rule_edition": self.rule_edition,
            "rule_digest": self.rule_digest,
            "plan_digest": self.plan_digest,
            "issued_on": self.issued_on.isoformat(),
            "valid_until": None,
            "courses": [dict(course) for course in self.courses],
        }


def is_transcript(credential: Mapping[str, Any]) -> bool:
    """Tell whether a credential claims to be a conversion transcript."""
    subject = credential.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    return isinstance(achievement, dict) and achievement.get("achievementType") == TYPE


def converted(credential: Mapping[str, Any]) -> Converted:
    """Read a transcript back.

    Raises: NotATranscriptError if a member that every transcript of a register carries is missing or of another type.
    """
    try:
        return _converted(credential)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, StopIteration) as reason:
        raise NotATranscriptError(
            "the credential lacks what a transcript of a register says", reason=repr(reason)
        ) from None


def _converted(credential: Mapping[str, Any]) -> Converted:
    subject = credential["credentialSubject"]
    achievement = subject["achievement"]
    others: dict[str, Any] = once(
        (_text(entry["identifierType"]).removeprefix("ext:"), _text(entry["identifier"]))
        for entry in achievement["otherIdentifier"]
    )
    if others["scheme"] != SCHEME or not is_transcript(credential):
        raise ValueError("scheme")
    names = once((_text(one["id"]), _text(one["name"])) for one in achievement["resultDescription"])
    return Converted(
        document_id=_text(credential["id"]),
        number=_text(subject["licenseNumber"]),
        holder_name=holder_of(subject),
        issuer=_text(credential["issuer"]["id"]),
        issuer_name=_text(credential["issuer"]["name"]),
        title=_text(achievement["name"]),
        issued_on=day_of(credential["validFrom"]),
        courses=tuple(_course(result, names) for result in _list(subject["result"])),
        **{kind: others[kind] for kind in _IDENTIFIERS},
    )


def _course(result: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    pointed: dict[str, list[Mapping[str, Any]]] = {_CREDITS: [], _RULE: [], _OUTCOME: []}
    for alignment in _list(result["alignment"]):
        pointed[_text(alignment["targetType"])].append(alignment)
    (credit,) = pointed[_CREDITS]
    grade = _text(result["value"])
    return {
        "course": _text(credit["targetCode"]),
        "name": names[_text(result["resultDescription"])],
        "credits": _text(credit["targetName"]),
        "grade": "" if grade == "-" else grade,
        "rules": [_text(rule["targetCode"]) for rule in pointed[_RULE]],
        "outcomes": [
            {"kind": _text(one["targetName"]), "number": _text(one["targetCode"])} for one in pointed[_OUTCOME]
        ],
    }


def _list(value: object) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError(f"not a list: {type(value).__name__}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {type(value).__name__}")
    return value
