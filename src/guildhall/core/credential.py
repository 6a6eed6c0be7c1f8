"""What an award says, as an Open Badges 3.0 credential, and read back from one.

Only published contexts are used (VC Data Model 2.0 and Open Badges 3.0), so that every Open Badges verifier can check a
certificate without knowing Guildhall. What Open Badges has no term for stands in its own extension points:
``IdentifierEntry`` with an ``ext:`` type, and ``Alignment``. See docs/formats/credential.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from guildhall.core import proofs, statuslist
from guildhall.core.errors import Error
from guildhall.core.keys import Signer

CONTEXTS = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
STATEMENT_CONTEXTS = ("https://www.w3.org/ns/credentials/v2", "https://guildhall.example/ns/v1")
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
IDENTITY_TYPE = "ext:openedNationalIdentityNumber"
_IDENTIFIERS = ("scheme", "occupation", "level", "edition", "filing")
_MARK = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")


class NotAnAwardError(Error):
    """The document is not a certificate of a Guildhall register."""

    code = "not_an_award"


@dataclass(frozen=True, slots=True)
class PartResult:
    """One part of an assessment. ``mark`` and ``pass_mark`` are points of 100, as plain decimals."""

    code: str
    name: str
    mark: str
    pass_mark: str


@dataclass(frozen=True, slots=True)
class StatusPlace:
    """Where a document's bit stands: the address of the issuer's list of purpose ``suspension``, and the index in it.

    The bit means "not to be accepted now": it is set while the document is suspended, and for good once it has ended.
    """

    list_url: str
    index: int


@dataclass(frozen=True, slots=True)
class AwardFacts:
    """All that one document of an award says. Names are given in both languages as ``zh``/``en`` maps.

    Shape:  ``document_id`` urn:uuid; ``origin`` https address without trailing slash; ``identity_hash`` is
            ``sha256$`` and 64 hex digits over ``<number>#<opening>`` followed by ``salt``; ``level`` a level code;
            ``region`` six digits.
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
    scheme: str
    certificate_name: Mapping[str, str]
    occupation: str
    occupation_name: Mapping[str, str]
    classification: str
    classification_name: Mapping[str, str]
    level: str
    level_name: Mapping[str, str]
    edition: str
    filing: str
    region: str
    site: str
    site_name: Mapping[str, str]
    issued_on: date
    valid_until: date | None
    examined_on: date | None
    work_type: str
    results: tuple[PartResult, ...]
    status: StatusPlace
    serial: int = 1
    remark: str = ""


def identity(id_number: str, opening: str) -> bytes:
    """Return the bytes whose salted hash stands in the credential.

    An identity number of 18 digits can be guessed by machine when its hash and salt are public; so the hashed text
    carries a random ``opening`` of 128 bits that only the register and the holder know.
    """
    return f"{id_number}#{opening}".encode()


def start_of(day: date) -> str:
    """Return the first moment of a day in China as an xsd:dateTimeStamp."""
    return datetime.combine(day, time(0, 0, 0), CHINA).isoformat()


def end_of(day: date) -> str:
    """Return the last second of a day in China as an xsd:dateTimeStamp."""
    return datetime.combine(day, time(23, 59, 59), CHINA).isoformat()


def document(facts: AwardFacts) -> dict[str, Any]:
    """Return the unsigned ``OpenBadgeCredential`` for one instance of an award.

    Source: Open Badges 3.0 (AchievementCredential, AchievementSubject, Achievement, Profile, Result), VC Data Model 2.0
            (validFrom, credentialStatus), Bitstring Status List 1.0 (BitstringStatusListEntry).
    """
    title = f"{facts.certificate_name['zh']}：{facts.occupation_name['zh']}（{facts.level_name['zh']}）"
    title_en = f"{facts.certificate_name['en']}: {facts.occupation_name['en']}, {facts.level_name['en']}"
    credential: dict[str, Any] = {
        "@context": list(CONTEXTS),
        "id": facts.document_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": title,
        "description": _described(title_en, facts),
        "issuer": _profile(facts.issuer, facts.issuer_name, {"creditCode": facts.issuer_credit_code}),
        "validFrom": start_of(facts.issued_on),
        "awardedDate": start_of(facts.issued_on),
    }
    if facts.valid_until is not None:
        credential["validUntil"] = end_of(facts.valid_until)
    credential["credentialSubject"] = _subject(facts, title, title_en)
    credential["evidence"] = [
        {
            "id": f"{facts.origin}/filings/{facts.filing}",
            "type": ["Evidence"],
            "name": f"备案 {facts.filing} Accreditation filing",
            "genre": "accreditation",
        }
    ]
    credential["credentialStatus"] = status_entry(facts.status)
    return credential


def status_entry(place: StatusPlace) -> dict[str, Any]:
    """Return the one status entry of a certificate or a transcript: Open Badges has room for one.

    Raises: StatusEntryError.
    Source: Open Badges 3.0, VerifiableCredential (``credentialStatus`` [0..1]); Bitstring Status List 1.0, section 2.1.
    """
    return statuslist.status_entry(place.list_url, place.index, purpose=statuslist.SUSPENSION)


def signed(
    unsigned: Mapping[str, Any], signer: Signer, *, created: datetime, cryptosuite: str = "eddsa-rdfc-2022"
) -> dict[str, Any]:
    """Return a certificate or a transcript with its proof, in a list of one: so the schema of Open Badges has it.

    Raises: ProofError; what the canonicalisers and the signer raise.
    Source: Open Badges 3.0, VerifiableCredential (``proof`` [0..*]); Data Integrity 1.0, section 4.2.
    """
    secured = proofs.add_proof(unsigned, signer, created=created, cryptosuite=cryptosuite)
    return {**secured, "proof": [secured["proof"]]}


def _described(title: str, facts: AwardFacts) -> str:
    """Say in words which document of the award this is: Open Badges has no term for it."""
    which = f"Document {facts.serial} of this award" if facts.serial > 1 else ""
    return ". ".join(filter(None, (title, which, facts.remark)))


def _profile(identifier: str, name: Mapping[str, str], others: Mapping[str, str]) -> dict[str, Any]:
    profile: dict[str, Any] = {"id": identifier, "type": ["Profile"], "name": name["zh"], "description": name["en"]}
    entries = [_identifier(kind, value) for kind, value in others.items() if value]
    if entries:
        profile["otherIdentifier"] = entries
    return profile


def _identifier(kind: str, value: str) -> dict[str, str]:
    return {"type": "IdentifierEntry", "identifier": value, "identifierType": f"ext:{kind}"}


def _subject(facts: AwardFacts, title: str, title_en: str) -> dict[str, Any]:
    achievement_id = f"{facts.origin}/achievements/{facts.scheme}/{facts.occupation}/{facts.level}/{facts.edition}"
    subject: dict[str, Any] = {
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
        "achievement": _achievement(facts, achievement_id, title, title_en),
    }
    if facts.examined_on is not None:
        subject["activityEndDate"] = start_of(facts.examined_on)
    subject["source"] = _site(facts)
    if facts.results:
        subject["result"] = [
            {"type": ["Result"], "resultDescription": f"{achievement_id}#{part.code}", "value": part.mark}
            for part in facts.results
        ]
    return subject


def _site(facts: AwardFacts) -> dict[str, Any]:
    place = f"{facts.origin}/sites/{facts.site or facts.region}"
    name = facts.site_name or facts.issuer_name
    return _profile(place, name, {"site": facts.site}) | {
        "address": {
            "id": f"{place}#address",
            "type": ["Address"],
            "addressCountryCode": "CN",
            "addressRegion": facts.region,
        }
    }


def _achievement(facts: AwardFacts, achievement_id: str, title: str, title_en: str) -> dict[str, Any]:
    achievement: dict[str, Any] = {
        "id": achievement_id,
        "type": ["Achievement"],
        "achievementType": "Certification",
        "name": title,
        "description": title_en,
        "criteria": {
            "id": f"{achievement_id}#criteria",
            "narrative": "每个考核部分均达到合格分数。Every part of the assessment reached its pass mark.",
        },
        "fieldOfStudy": facts.occupation_name["zh"],
        "humanCode": facts.occupation,
        "inLanguage": "zh",
        "otherIdentifier": [_identifier(kind, getattr(facts, kind)) for kind in _IDENTIFIERS if getattr(facts, kind)],
        "alignment": [
            {
                "type": ["Alignment"],
                "targetCode": facts.occupation,
                "targetName": f"{facts.occupation_name['zh']} {facts.occupation_name['en']}",
                "targetFramework": facts.classification_name["zh"],
                "targetType": "ext:Occupation",
                "targetUrl": f"{facts.origin}/occupations/{facts.classification}/{facts.occupation}",
            }
        ],
    }
    if facts.work_type:
        achievement["specialization"] = facts.work_type
    if facts.edition:
        achievement["version"] = facts.edition
    if facts.results:
        achievement["resultDescription"] = [
            {
                "id": f"{achievement_id}#{part.code}",
                "type": ["ResultDescription"],
                "name": part.name,
                "resultType": "RawScore",
                "valueMin": "0",
                "valueMax": "100",
                "requiredValue": part.pass_mark,
            }
            for part in facts.results
        ]
    return achievement


@dataclass(frozen=True, slots=True)
class Certified:
    """What a certificate says, read back from the document. Days are those of China."""

    document_id: str
    number: str
    holder_name: str
    issuer: str
    issuer_name: str
    scheme: str
    title: str
    occupation: str
    occupation_name: str
    level: str
    edition: str
    filing: str
    region: str
    site: str
    work_type: str
    issued_on: date
    valid_until: date | None
    results: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, object]:
        """Return the facts as JSON-ready members."""
        return {
            "number": self.number,
            "holder": self.holder_name,
            "title": self.title,
            "scheme": self.scheme,
            "occupation": self.occupation,
            "occupation_name": self.occupation_name,
            "level": self.level,
            "edition": self.edition,
            "work_type": self.work_type,
            "issuer": self.issuer,
            "issuer_name": self.issuer_name,
            "filing": self.filing,
            "region": self.region,
            "issued_on": self.issued_on.isoformat(),
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "results": [{"part": part, "mark": mark} for part, mark in self.results],
        }


def certified(credential: Mapping[str, Any]) -> Certified:
    """Read a certificate back.

    Raises: NotAnAwardError if a member that every certificate of a register carries is missing or of another type.
    """
    try:
        return _certified(credential)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, StopIteration) as reason:
        raise NotAnAwardError(
            "the credential lacks what a certificate of a register says", reason=repr(reason)
        ) from None


def _certified(credential: Mapping[str, Any]) -> Certified:
    subject = credential["credentialSubject"]
    achievement = subject["achievement"]
    others = _others(achievement["otherIdentifier"])
    source = subject["source"]
    issuer = credential["issuer"]
    until = credential.get("validUntil")
    # What stands in two places is read by one reader here and by another there: both must say the same.
    _agree(achievement.get("humanCode", others["occupation"]), others["occupation"])
    _agree(achievement.get("version", others.get("edition")), others.get("edition"))
    _agree(day_of(credential.get("awardedDate", credential["validFrom"])), day_of(credential["validFrom"]))
    return Certified(
        document_id=_text(credential["id"]),
        number=_text(subject["licenseNumber"]),
        holder_name=holder_of(subject),
        issuer=_text(issuer["id"]),
        issuer_name=_text(issuer["name"]),
        scheme=others["scheme"],
        title=_text(achievement["name"]),
        occupation=others["occupation"],
        occupation_name=_text(achievement["fieldOfStudy"]),
        level=others["level"],
        edition=others.get("edition", ""),
        filing=others["filing"],
        region=_text(source["address"]["addressRegion"]),
        site=_others(source.get("otherIdentifier", ())).get("site", ""),
        work_type=_text(achievement.get("specialization", "")),
        issued_on=day_of(credential["validFrom"]),
        valid_until=day_of(until) if until is not None else None,
        results=tuple(_results(achievement, subject)),
    )


def holder_of(subject: Mapping[str, Any]) -> str:
    """Return the name of the holder, whom a document names once.

    Raises: KeyError, TypeError, ValueError for a subject that is not so.
    """
    (name,) = (_text(one["identityHash"]) for one in subject["identifier"] if one["identityType"] == "name")
    return name


def _others(entries: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return once(
        (_text(entry["identifierType"]).removeprefix("ext:"), _text(entry["identifier"]))
        for entry in entries
        if _text(entry["identifierType"]).startswith("ext:")
    )


def once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what is said by its name. Of two that say the same name, one reader would take the first, one the last.

    Raises: ValueError for a name that comes twice.
    """
    listed = list(pairs)
    said = dict(listed)
    if len(said) != len(listed):
        raise ValueError("said twice")
    return said


def _agree(one: object, other: object) -> None:
    if one != other:
        raise ValueError("said in two ways")


def _results(achievement: Mapping[str, Any], subject: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    names = once((_text(one["id"]), _text(one["name"])) for one in achievement.get("resultDescription", ()))
    marks = once((_text(one["resultDescription"]), _mark(one["value"])) for one in subject.get("result", ()))
    return [(names[part], mark) for part, mark in marks.items()]


def _mark(value: object) -> str:
    """Return the points as they stand there: a short plain decimal, never what else a number's reader would take."""
    text = _text(value)
    if not _MARK.fullmatch(text):
        raise ValueError("mark")
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {type(value).__name__}")
    return value


def day_of(stamp: str) -> date:
    """Return the day in China of an xsd:dateTimeStamp.

    Raises: ValueError; OverflowError for a moment whose day in China no calendar here has (the end of 9999).
    """
    return datetime.fromisoformat(_text(stamp)).astimezone(CHINA).date()
