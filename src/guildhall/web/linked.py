"""The same facts for programs: schema.org for those who search the web, CTDL for registries of credentials.

One inline context, so that nothing has to be fetched to read a page: plain terms are schema.org's, ``ceterms:`` CTDL's.
Names of both languages stand side by side; the address in Chinese names the thing, whatever language it was asked in.

Source: schema.org 29 (EducationalOccupationalCredential, Occupation, DefinedTerm, Organization, Article, BreadcrumbList);
        Credential Transparency Description Language (https://credreg.net/ctdl/terms).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.conf import settings

from guildhall.core.exchange import ctdl
from guildhall.core.language import in_language
from guildhall.encyclopedia.articles.models import Revision
from guildhall.encyclopedia.census import published
from guildhall.encyclopedia.facts import CertificateFacts, OccupationFacts
from guildhall.standards.models import Classification, Occupation, Standard
from guildhall.web.linking import absolute
from guildhall.web.pages import Crumb

CTERMS: Final = "https://purl.org/ctdl/terms/"
CONTEXT: Final[Mapping[str, Any]] = {
    "@vocab": "https://schema.org/",
    "ceterms": CTERMS,
    "credentialStat": "https://purl.org/ctdl/vocabs/credentialStat/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "url": {"@id": "https://schema.org/url", "@type": "@id"},
    "sameAs": {"@id": "https://schema.org/sameAs", "@type": "@id"},
    "inDefinedTermSet": {"@id": "https://schema.org/inDefinedTermSet", "@type": "@id"},
    **{
        f"ceterms:{term}": {"@container": "@language"}
        for term in ("name", "description", "frameworkName", "targetNodeName")
    },
    "ceterms:subjectWebpage": {"@type": "@id"},
    "ceterms:offeredBy": {"@type": "@id"},
    "ceterms:ownedBy": {"@type": "@id"},
    "ceterms:targetNode": {"@type": "@id"},
    "ceterms:framework": {"@type": "@id"},
    "ceterms:dateEffective": {"@type": "xsd:date"},
}
_TAGS: Final = {"zh": "zh-Hans", "en": "en"}

Node = dict[str, Any]


def document(*nodes: Node) -> Node:
    """Return a document that holds these nodes."""
    return {"@context": dict(CONTEXT), "@graph": [node for node in nodes if node]}


def said(text: Mapping[str, str]) -> list[dict[str, str]]:
    """Return a language map as values with their languages."""
    return [{"@value": text[tag], "@language": _TAGS[tag]} for tag in ("zh", "en") if text.get(tag)]


def joined(*texts: Mapping[str, str], sign: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return several language maps as one, with a sign between; a language that one of them lacks is left out."""
    between = sign or {"zh": " ", "en": ", "}
    return {
        tag: between[tag].join(text[tag] for text in texts) for tag in ("zh", "en") if all(t.get(tag) for t in texts)
    }


def crumbs(way: Sequence[Crumb]) -> Node:
    """Return the way to a page."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": place,
                "name": crumb.word,
                **({"item": settings.ORIGIN + crumb.href} if crumb.href else {}),
            }
            for place, crumb in enumerate(way, start=1)
        ],
    }


def certificate(facts: CertificateFacts, way: Sequence[Crumb] = ()) -> Node:
    """Return a certificate type: as a credential of schema.org, and as a certificate of CTDL."""
    scheme, occupation, level = facts.scheme, facts.occupation, facts.level
    address = absolute("certificate-level", scheme.code, occupation.code, level.code, language="zh")
    name = joined(occupation.name, level.name)
    body = register()
    credential: Node = {
        "@id": f"{address}#credential",
        "@type": "EducationalOccupationalCredential",
        "name": said(name),
        "description": said(joined(occupation.definition, scheme.proves, sign={"zh": "", "en": " "}))
        or said(scheme.proves),
        "url": address,
        "identifier": facts.key,
        "credentialCategory": said(scheme.certificate_name),
        "educationalLevel": {
            "@type": "DefinedTerm",
            "name": said(level.name),
            "termCode": level.code,
            "inDefinedTermSet": absolute("scheme", scheme.code, language="zh"),
        },
        "about": _occupation_reference(occupation),
        "recognizedBy": [{"@id": body["@id"]}],
        "offers": {
            "@type": "Offer",
            "category": "assessment",
            "offeredBy": [_organisation(awarder.right.slug, awarder.right.name) for awarder in facts.awarders],
        },
        "dateModified": facts.on.isoformat(),
    }
    if not facts.awarders:
        del credential["offers"]
    if scheme.validity_months:
        credential["validFor"] = f"P{scheme.validity_months}M"
    if facts.document is not None:
        credential["competencyRequired"] = [
            {"@type": "DefinedTerm", "termCode": item.number, "name": said(item.name)}
            for function in facts.document.requirements.get(level.code, ())
            for item in function.walk()
            if item.kind == "content"
        ]
    return document(credential, _ctdl(facts, address, name), body, crumbs(way) if way else {})


def _ctdl(facts: CertificateFacts, address: str, name: Mapping[str, str]) -> Node:
    """Return the certificate as registries of credentials have it, with what its standard, its rules and its counts say."""
    named = facts.occupation
    node = ctdl.certificate(
        ctdl.CertificateFacts(
            address=f"{address}#certificate",
            name=name,
            description=facts.scheme.proves,
            owner=register()["@id"],
            is_awarded=bool(facts.awarders),
            awarders=sorted(
                {f"{absolute('issuer', one.right.slug, language='zh')}#organisation" for one in facts.awarders}
            ),
            code=facts.key,
            hours=facts.hours or 0,
            since=min((one.since for one in facts.awarders), default=None),
        ),
        document=facts.document,
        level=facts.level.code,
        base=settings.ORIGIN,
    )
    del node["@context"]
    node["ceterms:subjectWebpage"] = address
    node["ceterms:occupationType"] = [
        {
            "@type": "ceterms:CredentialAlignmentObject",
            "ceterms:codedNotation": named.code,
            "ceterms:targetNode": _occupation_address(named),
            "ceterms:targetNodeName": dict(named.name),
            "ceterms:frameworkName": dict(named.classification.name),
        }
    ]
    ways = facts.sitting.ways if facts.sitting is not None else ()
    node["ceterms:requires"] = [
        *node.get("ceterms:requires", ()),
        *({"@type": "ceterms:ConditionProfile", "ceterms:description": dict(way.text)} for way in ways),
    ]
    n_awarded = published(facts.tally.n_issued)
    if n_awarded:
        node["ceterms:aggregateData"] = {
            "@type": "ceterms:AggregateDataProfile",
            "ceterms:numberAwarded": n_awarded,
            "ceterms:dateEffective": facts.on.isoformat(),
        }
    return node


def occupation(facts: OccupationFacts, way: Sequence[Crumb] = ()) -> Node:
    """Return an occupation with the certificates that are awarded in it."""
    named = facts.occupation
    node = _occupation_reference(named)
    node |= {"description": said(named.definition), "url": node["@id"].removesuffix("#occupation")}
    if named.url:
        node["sameAs"] = named.url
    certificates = [
        {
            "@type": "EducationalOccupationalCredential",
            "@id": f"{absolute('certificate-level', scheme.code, named.code, step.level.code, language='zh')}#credential",
            "name": said(joined(named.name, step.level.name)),
        }
        for scheme, steps in facts.ladders
        for step in steps
        if step.is_known
    ]
    if certificates:
        node["qualifications"] = certificates
    return document(node, crumbs(way) if way else {})


def classification(edition: Classification) -> Node:
    """Return a classification as a set of terms."""
    return {
        "@id": f"{settings.ORIGIN}/encyclopedia#{edition.code}",
        "@type": "DefinedTermSet",
        "name": said(edition.name),
        "identifier": edition.code,
    }


def standard(found: Standard, named: Occupation, way: Sequence[Crumb] = ()) -> Node:
    """Return an edition of a standard as a work about an occupation."""
    address = absolute("standard", named.classification_id, named.code, found.edition, language="zh")
    node: Node = {
        "@id": f"{address}#standard",
        "@type": "CreativeWork",
        "name": said(found.name),
        "url": address,
        "version": found.edition,
        "about": _occupation_reference(named),
        "datePublished": found.in_force_on.isoformat(),
        "inLanguage": ["zh-Hans", "en"],
    }
    if found.ends_on is not None:
        node["expires"] = found.ends_on.isoformat()
    if found.document_no:
        node["identifier"] = found.document_no
    return document(node, crumbs(way) if way else {})


def article(
    revisions: Mapping[str, Revision], *, published_on: str, modified_on: str, way: Sequence[Crumb] = ()
) -> Node:
    """Return an article in the languages in which it is published."""
    any_one = next(iter(revisions.values()))
    address = absolute("article", any_one.article_id, language="zh")
    node: Node = {
        "@id": f"{address}#article",
        "@type": "Article",
        "headline": said({tag: one.title for tag, one in revisions.items()}),
        "abstract": said({tag: one.summary for tag, one in revisions.items()}),
        "url": address,
        "inLanguage": [_TAGS[tag] for tag in sorted(revisions)],
        "dateModified": modified_on,
        "author": [{"@type": "Organization", "name": name} for name in dict.fromkeys(_authors(revisions))],
        "publisher": {"@id": register()["@id"]},
    }
    if published_on:
        node["datePublished"] = published_on
    return document(node, register(), crumbs(way) if way else {})


def _authors(revisions: Mapping[str, Revision]) -> Iterable[str]:
    for one in revisions.values():
        yield from one.authors


def organisation(slug: str, name: Mapping[str, str], *, credit_code: str = "", way: Sequence[Crumb] = ()) -> Node:
    """Return an issuer."""
    node = _organisation(slug, name)
    node["url"] = absolute("issuer", slug, language="zh")
    if credit_code:
        node["identifier"] = {"@type": "PropertyValue", "propertyID": "GB 32100", "value": credit_code}
    return document(node, crumbs(way) if way else {})


def term_set(address: str, name: Mapping[str, str], terms: Iterable[Node], way: Sequence[Crumb] = ()) -> Node:
    """Return a list of things under one name: a field, a scheme's ladder, the front page."""
    node = {"@id": f"{address}#list", "@type": "DefinedTermSet", "name": said(name), "hasDefinedTerm": list(terms)}
    return document(node, register(), crumbs(way) if way else {})


def term(address: str, name: Mapping[str, str], code: str) -> Node:
    """Return one thing of a list."""
    return {"@type": "DefinedTerm", "url": address, "name": said(name), "termCode": code}


def register() -> Node:
    """Return the register itself."""
    return {
        "@id": f"{settings.ORIGIN}/#register",
        "@type": "Organization",
        "name": said({"zh": "岗证通", "en": "Guildhall"}),
        "url": f"{settings.ORIGIN}/",
    }


def _organisation(slug: str, name: Mapping[str, str]) -> Node:
    address = absolute("issuer", slug, language="zh")
    return {"@id": f"{address}#organisation", "@type": "EducationalOrganization", "name": said(name)}


def _occupation_address(named: Occupation) -> str:
    return f"{absolute('occupation', named.classification_id, named.code, language='zh')}#occupation"


def _occupation_reference(named: Occupation) -> Node:
    return {
        "@id": _occupation_address(named),
        "@type": "Occupation",
        "name": said(named.name),
        "occupationalCategory": {
            "@type": "CategoryCode",
            "codeValue": named.code,
            "name": said(named.name),
            "inCodeSet": {
                "@type": "CategoryCodeSet",
                "name": in_language(named.classification.name, "en"),
                "identifier": named.classification_id,
            },
        },
    }
