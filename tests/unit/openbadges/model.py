"""The data model of Open Badges 3.0, written down as data, and a JSON Schema made of it.

Source: Open Badges 3.0, appendix B ("Data models"), with its derived types and enumerations; section "Serialization" for the two forms:
canonical JSON, where a set is always an array, and the compacted JSON-LD form, where one value may stand by itself.

A line is ``name multiplicity type``: ``1`` must be there, ``?`` may, ``+`` one or more, ``*`` any number. ``= X`` a type that has to be
X, or to be among the types; a class in ``CLOSED`` has no members but its own, every other one may be extended.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from jsonschema import Draft201909Validator, FormatChecker

Form = Literal["canonical", "compacted"]
FORMS: Final[tuple[Form, ...]] = ("canonical", "compacted")

CLASSES: Final = {
    "Achievement": """
        id 1 URI
        type + IRI = Achievement
        alignment * Alignment
        achievementType ? AchievementType
        creator ? Profile
        creditsAvailable ? Float
        criteria 1 Criteria
        description 1 String
        endorsement * EndorsementCredential
        endorsementJwt * CompactJws
        fieldOfStudy ? String
        humanCode ? String
        image ? Image
        inLanguage ? LanguageCode
        name 1 String
        otherIdentifier * IdentifierEntry
        related * Related
        resultDescription * ResultDescription
        specialization ? String
        tag * String
        version ? String
    """,
    "AchievementCredential": """
        @context + Context
        id 1 URI
        type + IRI = VerifiableCredential & AchievementCredential|OpenBadgeCredential
        name ? String
        description ? String
        image ? Image
        awardedDate ? DateTimeZ
        credentialSubject 1 AchievementSubject
        endorsement * EndorsementCredential
        endorsementJwt * CompactJws
        evidence * Evidence
        issuer 1 ProfileRef
        validFrom 1 DateTimeZ
        validUntil ? DateTimeZ
        proof * Proof
        credentialSchema * CredentialSchema
        credentialStatus ? CredentialStatus
        refreshService ? RefreshService
        termsOfUse * TermsOfUse
    """,
    "AchievementSubject": """
        id ? URI
        type + IRI = AchievementSubject
        activityEndDate ? DateTime
        activityStartDate ? DateTime
        creditsEarned ? Float
        achievement 1 Achievement
        identifier * IdentityObject
        image ? Image
        licenseNumber ? String
        narrative ? String
        result * Result
        role ? String
        source ? Profile
        term ? String
    """,
    "Address": """
        type + IRI = Address
        addressCountry ? String
        addressCountryCode ? CountryCode
        addressRegion ? String
        addressLocality ? String
        streetAddress ? String
        postOfficeBoxNumber ? String
        postalCode ? String
        geo ? GeoCoordinates
    """,
    "Alignment": """
        type + IRI = Alignment
        targetCode ? String
        targetDescription ? String
        targetName 1 String
        targetFramework ? String
        targetType ? AlignmentTargetType
        targetUrl 1 URI
    """,
    "CredentialSchema": """
        id 1 URI
        type 1 IRI
    """,
    "CredentialStatus": """
        id 1 URI
        type 1 IRI
    """,
    "Criteria": """
        id ? URI
        narrative ? String
    """,
    "EndorsementCredential": """
        @context + Context
        id 1 URI
        type + IRI = VerifiableCredential & EndorsementCredential
        name 1 String
        description ? String
        awardedDate ? DateTimeZ
        credentialSubject 1 EndorsementSubject
        issuer 1 ProfileRef
        validFrom 1 DateTimeZ
        validUntil ? DateTimeZ
        proof * Proof
        credentialSchema * CredentialSchema
        credentialStatus ? CredentialStatus
        refreshService ? RefreshService
        termsOfUse * TermsOfUse
    """,
    "EndorsementSubject": """
        id 1 URI
        type + IRI = EndorsementSubject
        endorsementComment ? String
    """,
    "Evidence": """
        id ? URI
        type + IRI = Evidence
        narrative ? String
        name ? String
        description ? String
        genre ? String
        audience ? String
    """,
    "GeoCoordinates": """
        type 1 IRI = GeoCoordinates
        latitude 1 Float
        longitude 1 Float
    """,
    "IdentifierEntry": """
        type 1 IRI = IdentifierEntry
        identifier 1 String
        identifierType 1 IdentifierTypeEnum
    """,
    "IdentityObject": """
        type 1 IRI = IdentityObject
        hashed 1 Boolean
        identityHash 1 String
        identityType 1 IdentifierTypeEnum
        salt ? String
    """,
    "Image": """
        id 1 URI
        type 1 IRI = Image
        caption ? String
    """,
    "Profile": """
        id 1 URI
        type + IRI = Profile
        name ? String
        url ? URI
        phone ? String
        description ? String
        endorsement * EndorsementCredential
        endorsementJwt * CompactJws
        image ? Image
        email ? String
        address ? Address
        otherIdentifier * IdentifierEntry
        official ? String
        parentOrg ? Profile
        familyName ? String
        givenName ? String
        additionalName ? String
        patronymicName ? String
        honorificPrefix ? String
        honorificSuffix ? String
        familyNamePrefix ? String
        dateOfBirth ? Date
    """,
    "Proof": """
        type 1 IRI
        created ? DateTime
        cryptosuite ? String
        challenge ? String
        domain ? String
        nonce ? String
        proofPurpose ? String
        proofValue ? String
        verificationMethod ? URI
    """,
    "RefreshService": """
        id 1 URI
        type 1 IRI
    """,
    "Related": """
        id 1 URI
        type + IRI = Related
        inLanguage ? LanguageCode
        version ? String
    """,
    "Result": """
        type + IRI = Result
        achievedLevel ? URI
        alignment * Alignment
        resultDescription ? URI
        status ? ResultStatusType
        value ? String
    """,
    "ResultDescription": """
        id 1 URI
        type + IRI = ResultDescription
        alignment * Alignment
        allowedValue * String
        name 1 String
        requiredLevel ? URI
        requiredValue ? String
        resultType 1 ResultType
        rubricCriterionLevel * RubricCriterionLevel
        valueMax ? String
        valueMin ? String
    """,
    "RubricCriterionLevel": """
        id 1 URI
        type + IRI = RubricCriterionLevel
        alignment * Alignment
        description ? String
        level ? String
        name 1 String
        points ? String
    """,
    "TermsOfUse": """
        id ? URI
        type 1 IRI
    """,
}
CLOSED: Final = frozenset({"IdentifierEntry", "IdentityObject", "Image"})

ENUMERATIONS: Final = {
    "AchievementType": """
        Achievement ApprenticeshipCertificate Assessment Assignment AssociateDegree Award Badge BachelorDegree Certificate
        CertificateOfCompletion Certification CommunityService Competency Course CoCurricular Degree Diploma DoctoralDegree Fieldwork
        GeneralEducationDevelopment JourneymanCertificate LearningProgram License Membership ProfessionalDoctorate
        QualityAssuranceCredential MasterCertificate MasterDegree MicroCredential ResearchDoctorate SecondarySchoolDiploma
    """,
    "AlignmentTargetType": """
        ceasn:Competency ceterms:Credential CFItem CFRubric CFRubricCriterion CFRubricCriterionLevel CTDL
    """,
    "IdentifierTypeEnum": """
        name sourcedId systemId productId userName accountId emailAddress nationalIdentityNumber isbn issn lisSourcedId
        oneRosterSourcedId sisSourcedId ltiContextId ltiDeploymentId ltiToolId ltiPlatformId ltiUserId identifier
    """,
    "ResultStatusType": "Completed Enrolled Failed InProgress OnHold Provisional Withdrew",
    "ResultType": """
        GradePointAverage LetterGrade Percent PerformanceLevel PredictedScore RawScore Result RubricCriterion RubricCriterionLevel
        RubricScore ScaledScore Status
    """,
}
EXTENSIBLE: Final = frozenset(ENUMERATIONS) - {"ResultStatusType"}

_STAMP = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
PRIMITIVES: Final[dict[str, dict[str, Any]]] = {
    "Boolean": {"type": "boolean"},
    "CompactJws": {"type": "string", "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+$"},
    "CountryCode": {"type": "string", "pattern": "^[A-Z]{2}$"},
    "Date": {"type": "string", "format": "date"},
    "DateTime": {"type": "string", "format": "date-time"},
    "DateTimeZ": {"type": "string", "format": "date-time", "pattern": _STAMP},
    "Float": {"type": "number"},
    "IRI": {"type": "string"},
    "LanguageCode": {"type": "string", "pattern": "^[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"},
    "String": {"type": "string"},
    "URI": {"type": "string", "format": "uri"},
}
CONTEXTS: Final = (
    {"const": "https://www.w3.org/ns/credentials/v2"},
    {"type": "string", "pattern": r"^https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.\d\.\d)*\.json$"},
)


@dataclass(frozen=True, slots=True)
class Property:
    """One line of a class. ``within``: for each entry, the types of which one has to be there."""

    name: str
    many: bool
    required: bool
    type: str
    within: tuple[tuple[str, ...], ...]


@cache
def properties(name: str) -> tuple[Property, ...]:
    """Return the properties of a class."""
    return tuple(_property(line) for line in CLASSES[name].strip().splitlines())


def _property(line: str) -> Property:
    head, _, constraint = line.partition("=")
    name, multiplicity, kind = head.split()
    within = tuple(tuple(one.strip().split("|")) for one in constraint.split("&")) if constraint else ()
    return Property(name, multiplicity in "+*", multiplicity in "1+", kind, within)


def schema(form: Form, root: str = "AchievementCredential") -> dict[str, Any]:
    """Return the JSON Schema (draft 2019-09) of a class in one of the two forms."""
    return {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$ref": f"#/$defs/{root}",
        "$defs": {
            **{name: _class(name, form) for name in CLASSES},
            **{name: _enumeration(name) for name in ENUMERATIONS},
            **PRIMITIVES,
            "Context": {"anyOf": [{"type": "string", "format": "uri"}, {"type": "object"}]},
            "ProfileRef": {"anyOf": [{"$ref": "#/$defs/Profile"}, {"$ref": "#/$defs/URI"}]},
        },
    }


def _class(name: str, form: Form) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "object",
        "properties": {one.name: _member(one, form) for one in properties(name)},
        "required": [one.name for one in properties(name) if one.required],
    }
    if name in CLOSED:
        made["additionalProperties"] = False
    return made


def _member(one: Property, form: Form) -> dict[str, Any]:
    value = {"$ref": f"#/$defs/{one.type}"}
    if one.type == "Context":
        return {"type": "array", "minItems": 2, "items": list(CONTEXTS), "additionalItems": value}
    among = [{"enum": list(names)} for names in one.within]
    if not one.many:
        return {"allOf": [value, *among]}
    # "Empty arrays MUST be omitted": so an array that is there holds something.
    array = {"allOf": [{"type": "array", "minItems": 1, "items": value}, *({"contains": choice} for choice in among)]}
    return array if form == "canonical" else {"anyOf": [{"allOf": [value, *among]}, array]}


def _enumeration(name: str) -> dict[str, Any]:
    known = {"enum": ENUMERATIONS[name].split()}
    return {"anyOf": [known, {"type": "string", "pattern": "^ext:[A-Za-z0-9._-]+$"}]} if name in EXTENSIBLE else known


# ── asking ─────────────────────────────────────────────────────────────────────────────────────────────────────────

FORMATS: Final = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_stamp(value: object) -> bool:
    # Open Badges: the time zone is mandatory in a DateTimeZ; RFC 3339, to which the format refers, has it always.
    return not isinstance(value, str) or (
        re.fullmatch(_STAMP, value) is not None and datetime.fromisoformat(value).tzinfo is not None
    )


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value) and datetime.fromisoformat(value))


@FORMATS.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    if not isinstance(value, str):
        return True
    parts = urlsplit(value)
    return bool(parts.scheme and (parts.netloc or parts.path)) and not re.search(r"[\s<>\"{}|\\^`]", value)


def validator(found: dict[str, Any]) -> Draft201909Validator:
    """Return a validator of a schema that looks at formats too."""
    Draft201909Validator.check_schema(found)
    return Draft201909Validator(found, format_checker=FORMATS)


@cache
def validators(official: str = "") -> dict[str, Draft201909Validator]:
    """Return the validators by name: of both forms, and of the published file where its path is given."""
    made = {form: validator(schema(form)) for form in FORMS}
    if official:
        made["published"] = validator(json.loads(Path(official).read_bytes()))
    return made


def faults(document: object, against: Draft201909Validator) -> list[str]:
    """Return where and why a document is not valid, the innermost reasons of a choice included."""
    return [line for error in against.iter_errors(document) for line in _lines(error)]


def _lines(error: Any) -> Iterator[str]:
    yield f"{error.json_path}: {error.message[:200]}"
    for inner in error.context or ():
        yield from _lines(inner)
