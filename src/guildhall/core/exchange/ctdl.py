"""Standards, certificates and conversions as linked data for registries of credentials: CTDL-ASN and CTDL in JSON-LD.

Source: Credential Transparency Description Language, https://credreg.net/ctdl/terms and https://credreg.net/ctdlasn/terms;
        JSON schemas of the Credential Registry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from guildhall.core.codes.level import LEVELS
from guildhall.core.exchange.case_editions import PATH, level_id
from guildhall.core.language import in_language
from guildhall.core.standard import Document, Item, document_id, item_id

ASN_CONTEXT: Final = "http://credreg.net/ctdlasn/schema/context/json"
CONTEXT: Final = "https://credreg.net/ctdl/schema/context/json"
_CATEGORIES: Final[Mapping[str, Mapping[str, str]]] = {
    "basic": {"zh": "基本要求", "en": "Basic requirement"},
    "level": {"zh": "等级", "en": "Level"},
    "function": {"zh": "职业功能", "en": "Function"},
    "content": {"zh": "工作内容", "en": "Work content"},
    "skill": {"zh": "技能要求", "en": "Skill"},
    "knowledge": {"zh": "相关知识要求", "en": "Knowledge"},
}
Node = dict[str, Any]


def ctid(identifier: UUID) -> str:
    """Return the name of a thing in the Credential Registry's form."""
    return f"ce-{identifier}"


def framework(document: Document, *, base: str) -> Node:
    """Return an edition as a competency framework with all its competencies, one JSON-LD document.

    Shape:  ``base`` is the address of the site; the things are named by their addresses in the CASE read API.
    """
    return {"@context": ASN_CONTEXT, "@graph": list(_nodes(document, base.rstrip("/")))}


def _nodes(document: Document, base: str) -> Iterator[Node]:
    top = f"{base}{PATH}/CFDocuments/{document_id(document)}"
    own = {
        level: Item("level", "", LEVELS[level].name, document.requirements.get(level, ())) for level in document.levels
    }
    tops = [("", section) for section in document.basic] + list(own.items())
    yield {
        "@id": top,
        "@type": "ceasn:CompetencyFramework",
        "ceterms:ctid": ctid(document_id(document)),
        "ceasn:name": dict(document.name),
        "ceasn:description": dict(document.overview.definition),
        "ceasn:inLanguage": ["zh", "en"],
        "ceasn:identifier": [f"{document.occupation} {document.edition}"],
        "ceasn:publisherName": dict(document.body),
        "ceasn:publicationStatusType": ["http://credreg.net/ctdlasn/vocabs/publicationStatus/Published"],
        "ceasn:dateValidFrom": document.in_force_on.isoformat(),
        **({"ceasn:dateValidUntil": document.ends_on.isoformat()} if document.ends_on else {}),
        "ceasn:hasTopChild": [_address(document, base, level, item) for level, item in tops],
    }
    for level, item in tops:
        yield from _competency(document, base, level, item, top, parent="")


def _address(document: Document, base: str, level: str, item: Item) -> str:
    return f"{base}{PATH}/CFItems/{_id(document, level, item)}"


def _id(document: Document, level: str, item: Item) -> UUID:
    return level_id(document, level) if item.kind == "level" else item_id(document, level, item)


def _competency(document: Document, base: str, level: str, item: Item, top: str, *, parent: str) -> Iterator[Node]:
    address = _address(document, base, level, item)
    node: Node = {
        "@id": address,
        "@type": "ceasn:Competency",
        "ceterms:ctid": ctid(_id(document, level, item)),
        "ceasn:competencyText": dict(item.name),
        "ceasn:competencyCategory": [dict(_CATEGORIES[item.kind])],
        "ceasn:inLanguage": [tag for tag in ("zh", "en") if item.name.get(tag)],
        "ceasn:isPartOf": [top],
    }
    if item.number:
        node["ceasn:codedNotation"] = item.number
    if parent:
        node["ceasn:isChildOf"] = [parent]
    else:
        node["ceasn:isTopChildOf"] = top
    if item.items:
        node["ceasn:hasChild"] = [_address(document, base, level, inner) for inner in item.items]
    yield node
    for inner in item.items:
        yield from _competency(document, base, level, inner, top, parent=address)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a registry of credentials asks of a certificate.

    Shape:  ``address`` of its page; ``framework`` and ``level`` the standard's; ``is_awarded`` whether anybody may award it.
    """

    address: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    owner: str
    is_awarded: bool
    awarders: Sequence[str] = ()
    code: str = ""
    hours: int = 0
    since: date | None = None


def certificate(facts: CertificateFacts, *, document: Document | None = None, level: str = "", base: str = "") -> Node:
    """Return a certificate as ``ceterms:Certificate``; with its standard, what its holder can do is named, too."""
    status = "Active" if facts.is_awarded else "Ceased"
    node: Node = {
        "@context": CONTEXT,
        "@id": facts.address,
        "@type": "ceterms:Certificate",
        "ceterms:ctid": ctid(uuid5(NAMESPACE_URL, facts.address)),
        "ceterms:name": dict(facts.name),
        "ceterms:description": dict(facts.description),
        "ceterms:subjectWebpage": facts.address,
        "ceterms:inLanguage": ["zh", "en"],
        "ceterms:ownedBy": [facts.owner],
        "ceterms:credentialStatusType": {
            "@type": "ceterms:CredentialAlignmentObject",
            "ceterms:targetNode": f"credentialStat:{status}",
            "ceterms:frameworkName": {"en": "Credential Status"},
            "ceterms:targetNodeName": {"en": status},
        },
    }
    if facts.awarders:
        node["ceterms:offeredBy"] = list(facts.awarders)
    if facts.code:
        node["ceterms:codedNotation"] = facts.code
    if facts.since is not None:
        node["ceterms:dateEffective"] = facts.since.isoformat()
    if facts.hours:
        node["ceterms:estimatedDuration"] = [
            {"@type": "ceterms:DurationProfile", "ceterms:exactDuration": f"PT{facts.hours}H"}
        ]
    if document is not None:
        node["ceterms:requires"] = [_required(document, level, base.rstrip("/"))]
    return node


def _required(document: Document, level: str, base: str) -> Node:
    contents = [item for item in document.items(level) if item.kind == "content"]
    return {
        "@type": "ceterms:ConditionProfile",
        "ceterms:description": {
            "zh": f"{document.name['zh']}：{LEVELS[level].name['zh']}的工作内容",
            "en": f"{in_language(document.name, 'en')}: what is asked at {LEVELS[level].name['en']}",
        },
        "ceterms:targetCompetency": [
            {
                "@type": "ceterms:CredentialAlignmentObject",
                "ceterms:framework": f"{base}{PATH}/CFDocuments/{document_id(document)}",
                "ceterms:frameworkName": dict(document.name),
                "ceterms:targetNode": _address(document, base, level, item),
                "ceterms:targetNodeName": dict(item.name),
                "ceterms:codedNotation": item.number,
            }
            for item in contents
        ],
    }


def transfer_value(
    *,
    address: str,
    name: Mapping[str, str],
    description: Mapping[str, str],
    owner: str,
    credits_given: Decimal,
    from_certificate: str,
    for_course: str,
    assessed: Mapping[str, str],
    learned: Mapping[str, str],
    starts_on: date,
    ends_on: date | None = None,
) -> Node:
    """Return what an institution gives for a certificate as ``ceterms:TransferValueProfile``.

    Shape:  ``address``, ``owner``, ``from_certificate``, ``for_course`` are addresses; ``assessed`` and ``learned`` say how.
    Units:  credits.
    """
    node: Node = {
        "@context": CONTEXT,
        "@id": address,
        "@type": "ceterms:TransferValueProfile",
        "ceterms:ctid": ctid(uuid5(NAMESPACE_URL, address)),
        "ceterms:name": dict(name),
        "ceterms:description": dict(description),
        "ceterms:subjectWebpage": address,
        "ceterms:ownedBy": [owner],
        "ceterms:startDate": starts_on.isoformat(),
        "ceterms:assessmentMethodDescription": dict(assessed),
        "ceterms:learningMethodDescription": dict(learned),
        "ceterms:transferValue": [
            {
                "@type": "ceterms:ValueProfile",
                "schema:value": float(credits_given),
                "ceterms:creditUnitType": [
                    {
                        "@type": "ceterms:CredentialAlignmentObject",
                        "ceterms:targetNode": "creditUnit:DegreeCredit",
                        "ceterms:targetNodeName": {"en": "Degree Credit"},
                    }
                ],
            }
        ],
        "ceterms:transferValueFrom": [from_certificate],
        "ceterms:transferValueFor": [for_course],
    }
    if ends_on is not None:
        node["ceterms:endDate"] = ends_on.isoformat()
    return node
