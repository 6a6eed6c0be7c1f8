"""The VC Data Model 2.0, MUST by MUST: what is wrong with a credential or presentation as a document.

One function per rule, each with its clause; ``problems`` runs those that concern a document and returns *everything*
that is wrong. Signatures, keys, status and time of day are no matter of this module. Neither is the meaning of terms:
``meaning_problems`` asks the JSON-LD processor for that.

Documents on the Data Model 1.1 (foreign certificates with older proofs) are recognised and held to its few rules.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from guildhall.core import multibase, statuslist
from guildhall.core.canonical import shapes
from guildhall.core.errors import Error
from guildhall.core.identifiers import is_url
from guildhall.core.instants import MalformedInstantError, from_text

VC_V2 = "https://www.w3.org/ns/credentials/v2"
VC_V1 = "https://www.w3.org/2018/credentials/v1"
UNDEFINED_TERMS_V2 = "https://www.w3.org/ns/credentials/undefined-terms/v2"

MAX_ENTRIES = 256  # entries of any one list that is looked at: contexts, subjects, statuses, evidence, ...
MAX_CREDENTIALS = 64  # credentials in one presentation

Kind = Literal["credential", "presentation"]

ENVELOPED_CREDENTIAL = "EnvelopedVerifiableCredential"
ENVELOPED_PRESENTATION = "EnvelopedVerifiablePresentation"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Shape:  ``path`` is a JSON Pointer (RFC 6901) to the place, ``""`` for the whole document; ``code`` is stable.
    """

    path: str
    code: str
    detail: str


Found = Iterator[Problem]
Rule = Callable[[Mapping[str, Any], str], Found]

_COMMON: list[Rule] = []
_CREDENTIAL: list[Rule] = []
_PRESENTATION: list[Rule] = []


def _rule(*tables: list[Rule]) -> Callable[[Rule], Rule]:
    def enter(rule: Rule) -> Rule:
        for table in tables:
            table.append(rule)
        return rule

    return enter


def problems(document: object, *, expected: Kind | None = None) -> list[Problem]:
    """Return everything that is wrong with a credential or presentation by the data model; empty if nothing is.

    Shape:  any JSON value. Which of the two it is follows from its types; with ``expected`` it must be that one.
            Enveloped forms are judged as the objects they are; what is inside their tokens is for ``jose``.
    Source: VC Data Model 2.0, sections 4, 5, 8 and 11.1.
    """
    if not isinstance(document, Mapping):
        return [Problem("", "not_an_object", "a credential or presentation is a JSON object")]
    kind = kind_of(document)
    if expected is not None and kind is not None and kind != expected:
        return [Problem("/type", "wrong_kind", f"a {expected} was expected, and this is a {kind}")]
    return list(_judged(document, "", kind or expected or "credential"))


def kind_of(document: Mapping[str, Any]) -> Kind | None:
    """Return whether a document calls itself a credential or a presentation (``None``: neither).

    Source: VC Data Model 2.0, section 4.5.
    """
    types = types_of(document)
    if "VerifiablePresentation" in types or ENVELOPED_PRESENTATION in types:
        return "presentation"
    if "VerifiableCredential" in types or ENVELOPED_CREDENTIAL in types:
        return "credential"
    return None


def version_of(document: Mapping[str, Any]) -> str | None:
    """Return ``"2.0"`` or ``"1.1"`` by the first context (``None``: neither).

    Source: VC Data Model 2.0, section 4.3; VC Data Model 1.1, section 4.1.
    """
    contexts = _listed(document.get("@context"))
    return {VC_V2: "2.0", VC_V1: "1.1"}.get(contexts[0]) if contexts and isinstance(contexts[0], str) else None


def is_enveloped(document: Mapping[str, Any]) -> bool:
    """Return whether a document only carries a token in its ``id``.

    Source: VC Data Model 2.0, sections 4.13.1 and 4.13.2.
    """
    types = types_of(document)
    return ENVELOPED_CREDENTIAL in types or ENVELOPED_PRESENTATION in types


def types_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the types of an object, as far as they are strings."""
    return tuple(name for name in _listed(document.get("type")) if isinstance(name, str))


def issuer_of(document: Mapping[str, Any]) -> str:
    """Return the issuer's URL, or ``""`` where there is none.

    Source: VC Data Model 2.0, section 4.7.
    """
    return _id_of(document.get("issuer"))


def holder_of(document: Mapping[str, Any]) -> str:
    """Return the holder's URL of a presentation, or ``""`` where there is none.

    Source: VC Data Model 2.0, section 4.13.
    """
    return _id_of(document.get("holder"))


def validity_of(document: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Return from when and until when a credential is valid, in UTC (``None``: not bounded).

    Shape:  reads ``validFrom``/``validUntil`` or, on the Data Model 1.1, ``issuanceDate``/``expirationDate``.
    Raises: MalformedInstantError.
    Source: VC Data Model 2.0, section 4.9; VC Data Model 1.1, sections 4.6 and 4.7.
    """
    first, last = (from_text(document[name]) if name in document else None for name in period_of(document))
    return first, last


def period_of(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return the names of the members that say from when and until when a credential is valid.

    Source: VC Data Model 2.0, section 4.9; VC Data Model 1.1, sections 4.6 and 4.7.
    """
    return ("issuanceDate", "expirationDate") if version_of(document) == "1.1" else ("validFrom", "validUntil")


def meaning_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Return what the JSON-LD processor refuses: unknown contexts, undefined terms and types, relative ids, ...

    Shape:  at most one problem: the processor stops at the first. Proofs are left out; they are judged when checked.
    Source: VC Data Model 2.0, sections 4.5 and B.1: an error in JSON-LD processing is a failure of verification.
    """
    try:
        shapes.canonical({name: member for name, member in document.items() if name != "proof"})
    except Error as error:
        return [Problem("", error.code, error.detail)]
    return []


def _judged(document: Mapping[str, Any], path: str, kind: Kind) -> Found:
    if is_enveloped(document):
        yield from _enveloped(document, path, kind)
    elif version_of(document) == "1.1":
        yield from _version_1(document, path, kind)
    else:
        for rule in [*_COMMON, *(_CREDENTIAL if kind == "credential" else _PRESENTATION)]:
            yield from rule(document, path)


# --- small words ---------------------------------------------------------------------------------------------------


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _id_of(value: object) -> str:
    named = value.get("id") if isinstance(value, Mapping) else value
    return named if isinstance(named, str) else ""


def _pointer(path: str, *steps: str | int) -> str:
    for step in steps:
        name = str(step)
        path += "/" + (name.replace("~", "~0").replace("/", "~1") if "~" in name or "/" in name else name)
    return path


def _each(document: Mapping[str, Any], name: str, path: str) -> Iterator[tuple[Any, str]]:
    """Yield the value or values under ``name`` with their places; an entry beyond the bound ends it."""
    value = document.get(name)
    if isinstance(value, list):
        for i, entry in enumerate(value[:MAX_ENTRIES]):
            yield entry, _pointer(path, name, i)
    else:
        yield value, _pointer(path, name)


def _id_optional(entry: Mapping[str, Any], path: str) -> Found:
    if "id" in entry and not is_url(entry["id"]):
        yield Problem(_pointer(path, "id"), "id_not_url", "an id is a single URL")


def _type_required(entry: Mapping[str, Any], path: str) -> Found:
    if "type" not in entry:
        yield Problem(_pointer(path, "type"), "type_missing", "a type is required here")
    elif not _is_type(entry["type"]):
        yield Problem(_pointer(path, "type"), "type_malformed", "a type is one or more terms or absolute URLs")


def _is_type(value: object) -> bool:
    names = _listed(value)
    # A text without white space is the one word of its own splitting; the empty text has none.
    return bool(names) and all(isinstance(name, str) and name.split() == [name] for name in names)


def _objects(document: Mapping[str, Any], name: str, path: str) -> Iterator[tuple[Mapping[str, Any] | Problem, str]]:
    if name not in document:
        return
    if document[name] == []:
        # An empty set states nothing, but a required member that is empty is missing.
        yield Problem(_pointer(path, name), "empty", f"{name} is empty"), path
    if isinstance(document[name], list) and len(document[name]) > MAX_ENTRIES:
        yield Problem(_pointer(path, name), "too_many", f"{name} has more entries than are looked at"), path
    for entry, place in _each(document, name, path):
        if isinstance(entry, Mapping):
            yield entry, place
        else:
            yield Problem(place, "not_an_object", f"{name} holds something that is not an object"), place


# --- both: contexts, ids, types, names -----------------------------------------------------------------------------


@_rule(_COMMON)
def _contexts(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 4.3: an ordered set, the base context first, then URLs and objects."""
    value = document.get("@context")
    place = _pointer(path, "@context")
    if value is None:
        yield Problem(place, "context_missing", "an @context is required")
        return
    if not isinstance(value, list):
        yield Problem(place, "context_not_ordered_set", "the @context is not a list")
    contexts = _listed(value)
    if len(contexts) > MAX_ENTRIES:
        yield Problem(place, "too_many", "the @context has more entries than are looked at")
        return
    if not contexts or contexts[0] != VC_V2:
        yield Problem(place, "base_context_not_first", f"the first @context is not {VC_V2}")
    for i, context in enumerate(contexts):
        if not isinstance(context, Mapping) and not is_url(context):
            yield Problem(_pointer(place, i), "context_malformed", "an @context is a URL or an object")
    urls = [context for context in contexts if isinstance(context, str)]
    if len(set(urls)) != len(urls):
        yield Problem(place, "context_repeated", "an ordered set holds each @context once")
    if UNDEFINED_TERMS_V2 in urls and contexts[-1] != UNDEFINED_TERMS_V2:
        yield Problem(place, "undefined_terms_not_last", "the undefined-terms context is not the last (section 5.2)")


@_rule(_COMMON)
def _own_id(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 4.4: at most one id, a URL."""
    yield from _id_optional(document, path)


def _types(name: str) -> Rule:
    def rule(document: Mapping[str, Any], path: str) -> Found:
        """VC Data Model 2.0, sections 4.5 and 4.13."""
        yield from _type_required(document, path)
        if "type" in document and name not in types_of(document):
            yield Problem(_pointer(path, "type"), "base_type_missing", f"the types do not include {name}")

    return rule


_CREDENTIAL.append(_types("VerifiableCredential"))
_PRESENTATION.append(_types("VerifiablePresentation"))


@_rule(_CREDENTIAL)
def _names(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 4.6, on the credential and on its issuer."""
    yield from _texts(document, path)
    if isinstance(document.get("issuer"), Mapping):
        yield from _texts(document["issuer"], _pointer(path, "issuer"))


def _texts(entry: Mapping[str, Any], path: str) -> Found:
    for name in ("name", "description"):
        if name in entry:
            for text, place in _each(entry, name, path):
                yield from _text(text, place)


_LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*\Z")


def _text(value: object, path: str) -> Found:
    """VC Data Model 2.0, section 11.1: a string or a language value object with no other keys."""
    if isinstance(value, str):
        return
    if not isinstance(value, Mapping):
        yield Problem(path, "text_malformed", "a text is a string or a language value object")
        return
    if not isinstance(value.get("@value"), str) or set(value) - {"@value", "@language", "@direction"}:
        yield Problem(path, "text_malformed", "a language value object has @value, @language, @direction, nothing else")
    language = value.get("@language")
    if "@language" in value and not (isinstance(language, str) and _LANGUAGE_TAG.match(language)):
        yield Problem(_pointer(path, "@language"), "language_malformed", "the @language is no BCP 47 tag")
    if "@direction" in value and value["@direction"] not in ("ltr", "rtl", None):
        yield Problem(_pointer(path, "@direction"), "direction_malformed", "the @direction is neither ltr nor rtl")


@_rule(_COMMON)
def _terms_of_use(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 5.5: each has a type; an id is a URL."""
    yield from _typed_objects(document, "termsOfUse", path)


@_rule(_COMMON)
def _proofs(document: Mapping[str, Any], path: str) -> Found:
    """Data Integrity 1.0, section 2.1: objects with a type. Whether they verify is for ``proofs``."""
    yield from _typed_objects(document, "proof", path)


def _typed_objects(document: Mapping[str, Any], name: str, path: str) -> Found:
    for entry, place in _objects(document, name, path):
        if isinstance(entry, Problem):
            yield entry
        else:
            yield from _type_required(entry, place)
            yield from _id_optional(entry, place)


# --- credentials ---------------------------------------------------------------------------------------------------


@_rule(_CREDENTIAL)
def _issuer(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 4.7: a URL, or an object whose id is one."""
    if "issuer" not in document:
        yield Problem(_pointer(path, "issuer"), "issuer_missing", "an issuer is required")
    elif not is_url(issuer_of(document)):
        yield Problem(
            _pointer(path, "issuer"), "issuer_malformed", "the issuer is neither a URL nor an object with one"
        )


@_rule(_CREDENTIAL)
def _subject(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 4.8: one or more objects, none without a claim; ids are URLs."""
    if "credentialSubject" not in document:
        yield Problem(_pointer(path, "credentialSubject"), "subject_missing", "a credentialSubject is required")
    for entry, place in _objects(document, "credentialSubject", path):
        if isinstance(entry, Problem):
            yield entry
        elif not entry:
            yield Problem(place, "subject_without_claims", "a subject without any claim")
        else:
            yield from _id_optional(entry, place)


@_rule(_CREDENTIAL)
def _validity(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 4.9: ``dateTimeStamp``s, the first not after the second."""
    yield from _period(document, path, "validFrom", "validUntil")


def _period(document: Mapping[str, Any], path: str, first: str, last: str) -> Found:
    instants: list[datetime] = []
    for name in (first, last):
        if name in document:
            try:
                instants.append(from_text(document[name]))
            except MalformedInstantError as error:
                yield Problem(_pointer(path, name), "instant_malformed", error.detail)
    if len(instants) == 2 and instants[0] > instants[1]:
        yield Problem(_pointer(path, last), "validity_reversed", f"{last} lies before {first}")


@_rule(_CREDENTIAL)
def _status(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 4.10; Bitstring Status List 1.0, section 2.1, for entries of that type."""
    for entry, place in _objects(document, "credentialStatus", path):
        if isinstance(entry, Problem):
            yield entry
            continue
        yield from _type_required(entry, place)
        yield from _id_optional(entry, place)
        if statuslist.ENTRY_TYPE in types_of(entry):
            for name, detail in statuslist.entry_problems(entry):
                yield Problem(_pointer(place, name), "status_entry_malformed", detail)


@_rule(_CREDENTIAL)
def _schema(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 4.11: type and id, the id a URL."""
    for entry, place in _objects(document, "credentialSchema", path):
        if isinstance(entry, Problem):
            yield entry
            continue
        yield from _type_required(entry, place)
        if not is_url(entry.get("id")):
            yield Problem(_pointer(place, "id"), "id_not_url", "a credentialSchema has an id that is a URL")


@_rule(_CREDENTIAL)
def _evidence(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 5.6."""
    yield from _typed_objects(document, "evidence", path)


@_rule(_CREDENTIAL)
def _refresh_service(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 5.4."""
    yield from _typed_objects(document, "refreshService", path)


@_rule(_CREDENTIAL)
def _reserved(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 5.10: reserved properties carry a type."""
    for name in ("confidenceMethod", "renderMethod"):
        yield from _typed_objects(document, name, path)


# Digests of the base context as published: in the Recommendation, and in the Candidate Recommendation whose digest the
# public test suite still uses. Ours differs from the former in white space alone, so its own digest would say nothing.
_PUBLISHED: Mapping[str, Mapping[str, frozenset[bytes]]] = {
    VC_V2: {
        "sha256": frozenset(
            {
                bytes.fromhex("59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"),
                bytes.fromhex("24a18c90e9856d526111f29376e302d970b2bd10182e33959995b0207d7043b9"),
            }
        ),
        "sha384": frozenset(
            {
                base64.b64decode("l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"),
                base64.b64decode("NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg"),
            }
        ),
    }
}
# Multihash (header, length): sha2-256 and sha2-384.
_MULTIHASH = ((b"\x12\x20", 32, "sha256"), (b"\x20\x30", 48, "sha384"), (b"\x13\x40", 64, "sha512"))
_SRI = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?[\x21-\x7e]*)?\Z")
_SRI_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64}


@_rule(_CREDENTIAL)
def _related_resources(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 5.3: objects with an id of their own and a digest; a digest that we can check fits."""
    seen: set[str] = set()
    for entry, place in _objects(document, "relatedResource", path):
        if isinstance(entry, Problem):
            yield entry
            continue
        name = entry.get("id")
        if not is_url(name):
            yield Problem(_pointer(place, "id"), "id_not_url", "a related resource has an id that is a URL")
        elif str(name) in seen:
            yield Problem(_pointer(place, "id"), "related_resource_repeated", "two related resources share one id")
        else:
            seen.add(str(name))
        if "digestSRI" not in entry and "digestMultibase" not in entry:
            yield Problem(place, "digest_missing", "a related resource has neither digestSRI nor digestMultibase")
        for member, read in (("digestSRI", _sri), ("digestMultibase", _multibase_digest)):
            if member in entry:
                for text, where in _each(entry, member, place):
                    yield from _digest(str(name), read(text), where)


def _digest(url: str, digest: tuple[str, bytes] | None, path: str) -> Found:
    if digest is None:
        yield Problem(path, "digest_malformed", "the digest is not of the form that its member asks for")
        return
    published = _PUBLISHED.get(url, {}).get(digest[0])
    if published is not None and digest[1] not in published:
        yield Problem(path, "digest_mismatch", "the digest is not that of the resource")


def _sri(text: object) -> tuple[str, bytes] | None:
    """Subresource Integrity, section 3.5: ``hash-expression``; base64url letters are read too."""
    match = _SRI.match(text) if isinstance(text, str) else None
    if match is None:
        return None
    letters = match[2].rstrip("=").replace("+", "-").replace("/", "_")
    try:
        digest = multibase.from_base64url(letters)
    except multibase.MalformedMultibaseError:
        return None
    return (match[1], digest) if len(digest) == _SRI_BYTES[match[1]] else None


def _multibase_digest(text: object) -> tuple[str, bytes] | None:
    """Data Integrity 1.0, section 2.6: multibase of a multihash; the bare SHA-256 that the public suite writes, too."""
    try:
        raw = multibase.decode(text) if isinstance(text, str) else b""
    except multibase.MalformedMultibaseError:
        return None
    for header, length, algorithm in _MULTIHASH:
        if raw.startswith(header) and len(raw) == len(header) + length:
            return algorithm, raw[len(header) :]
    return ("sha256", raw) if len(raw) == 32 else None


# --- presentations -------------------------------------------------------------------------------------------------


@_rule(_PRESENTATION)
def _holder(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, section 4.13: a URL, or an object with an id."""
    if "holder" in document and not is_url(holder_of(document)):
        yield Problem(
            _pointer(path, "holder"), "holder_malformed", "the holder is neither a URL nor an object with one"
        )


@_rule(_PRESENTATION)
def _credentials(document: Mapping[str, Any], path: str) -> Found:
    """VC Data Model 2.0, sections 4.13 and 4.13.4: secured credentials, enveloped ones, or self-asserted ones."""
    value = document.get("verifiableCredential")
    if isinstance(value, list) and len(value) > MAX_CREDENTIALS:
        yield Problem(_pointer(path, "verifiableCredential"), "too_many", "more credentials than are looked at")
        return
    if value is None:
        if "verifiableCredential" in document:
            yield Problem(_pointer(path, "verifiableCredential"), "not_an_object", "a credential is an object")
        return
    for entry, place in _each(document, "verifiableCredential", path):
        if not isinstance(entry, Mapping):
            yield Problem(place, "not_an_object", "a credential in a presentation is an object")
            continue
        if kind_of(entry) == "presentation":
            yield Problem(
                _pointer(place, "type"), "wrong_kind", "a credential was expected, and this is a presentation"
            )
            continue
        yield from _judged(entry, place, "credential")
        if not is_enveloped(entry) and "proof" not in entry:
            yield from _self_asserted(document, entry, place)


def _self_asserted(presentation: Mapping[str, Any], credential: Mapping[str, Any], path: str) -> Found:
    if not issuer_of(credential) or issuer_of(credential) != holder_of(presentation):
        yield Problem(path, "credential_not_secured", "a credential without proof whose issuer is not the holder")


# --- envelopes -----------------------------------------------------------------------------------------------------

_DATA_URL = re.compile(r"data:(application/[a-z+-]+)(;base64)?,([\x21-\x7e]+)\Z")
_MEDIA_TYPES = {
    ENVELOPED_CREDENTIAL: frozenset(
        {"application/vc+jwt", "application/vc-ld+jwt", "application/jwt", "application/vc+sd-jwt",
         "application/vc+cose", "application/vc-ld+sd-jwt"}
    ),
    ENVELOPED_PRESENTATION: frozenset(
        {"application/vp+jwt", "application/vp-ld+jwt", "application/jwt", "application/vp+sd-jwt",
         "application/vp+cose", "application/vp-ld+sd-jwt"}
    ),
}  # fmt: skip


def _enveloped(document: Mapping[str, Any], path: str, kind: Kind) -> Found:
    """VC Data Model 2.0, sections 4.13.1 and 4.13.2."""
    name = ENVELOPED_CREDENTIAL if kind == "credential" else ENVELOPED_PRESENTATION
    if types_of(document) != (name,) or len(_listed(document.get("type"))) != 1:
        yield Problem(_pointer(path, "type"), "type_malformed", f"the type is not {name} alone")
    if VC_V2 not in [context for context in _listed(document.get("@context")) if isinstance(context, str)]:
        yield Problem(_pointer(path, "@context"), "base_context_missing", f"the @context does not include {VC_V2}")
    match = _DATA_URL.match(document["id"]) if isinstance(document.get("id"), str) else None
    # Binary envelopes are written in base64, texts as they are (VC-JOSE-COSE, section 3.3.1).
    if match is None or match[1] not in _MEDIA_TYPES[name] or bool(match[2]) != match[1].endswith("+cose"):
        yield Problem(_pointer(path, "id"), "envelope_malformed", "the id is no data: URL of a secured document")


def read_data_url(value: object) -> tuple[str, str]:
    """Return media type and text of a ``data:`` URL, both empty where the value is none (or is not a text).

    Source: RFC 2397.
    """
    match = _DATA_URL.match(value) if isinstance(value, str) else None
    if match is None or match[2]:
        return "", ""
    return match[1], match[3]


# --- Data Model 1.1 ------------------------------------------------------------------------------------------------


def _version_1(document: Mapping[str, Any], path: str, kind: Kind) -> Found:
    """VC Data Model 1.1, sections 4.1 to 4.10, as far as they are MUSTs on the document."""
    for i, context in enumerate(_listed(document.get("@context"))[:MAX_ENTRIES]):
        if not isinstance(context, Mapping) and not is_url(context):
            yield Problem(_pointer(path, "@context", i), "context_malformed", "an @context is a URL or an object")
    yield from _own_id(document, path)
    yield from _types("VerifiableCredential" if kind == "credential" else "VerifiablePresentation")(document, path)
    yield from _proofs(document, path)
    yield from _terms_of_use(document, path)
    if kind == "presentation":
        yield from _holder(document, path)
        yield from _credentials(document, path)
        return
    for rule in (_issuer, _subject, _status, _schema, _evidence, _refresh_service):
        yield from rule(document, path)
    if "issuanceDate" not in document:
        yield Problem(_pointer(path, "issuanceDate"), "issuance_date_missing", "an issuanceDate is required")
    yield from _period(document, path, "issuanceDate", "expirationDate")
