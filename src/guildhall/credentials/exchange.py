"""Single credentials of the VC-API: signed with one configured key, checked with what this register knows.

Not the way of an award: nothing here is accredited, logged or kept.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings

from guildhall.core import data_model, did, foreign, proofs
from guildhall.core.canonical import contexts
from guildhall.core.errors import Error, ForbiddenError, MalformedError
from guildhall.core.identifiers import is_url
from guildhall.core.keys import PublicKey, Signer
from guildhall.core.presentation import SecuredAnswer
from guildhall.core.verify import document_hash
from guildhall.credentials import exchange_status
from guildhall.credentials.forms import list_of
from guildhall.credentials.models import AccreditationStatement, Document, ListCredential, TranscriptDocument
from guildhall.issuers import selectors as issuers
from guildhall.issuers.models import IssuerKey
from guildhall.tlog import keys as keystore

_KEY = "vc-api"
_SUITES = ("eddsa-rdfc-2022", "eddsa-jcs-2022")


class ExchangeOffError(ForbiddenError):
    """The operator has not switched on the issuing of single credentials."""

    code = "vc_api_off"


class UnfitCredentialError(MalformedError):
    """The credential does not obey the data model, so it is not signed."""

    code = "unfit_credential"


class UnknownOptionError(Error):
    """An option that this issuer does not have."""

    code = "unknown_option"


class _Named:
    """The configured key under its ``did:key`` name."""

    __slots__ = ("_signer", "key_id", "public_key")

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self.public_key: PublicKey = signer.public_key
        self.key_id: str = did.did_key_url(signer.public_key)

    def sign(self, message: bytes) -> bytes:
        return self._signer.sign(message)


def issuer_did() -> str:
    """Return the DID that signs single credentials.

    Raises: ExchangeOffError.
    """
    return did.controller_of(_signer().key_id)


def _signer() -> Signer:
    if settings.VC_ISSUER == "did:key":
        return _Named(keystore.signer(_KEY))
    raise ExchangeOffError("set GUILDHALL_VC_ISSUER=did:key to let this register sign single credentials")


def issue(document: Mapping[str, Any], *, options: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the credential signed with the configured key.

    Shape:  ``options`` may hold ``cryptosuite`` (or ``type``) of the two EdDSA suites, and ``credentialStatus`` to have
            entries in this key's own status lists; a missing ``issuer`` is filled in, a foreign one refused.
    Raises: ExchangeOffError; UnfitCredentialError; UnknownOptionError; whatever canonicalisation refuses.
    """
    signer = _signer()
    own = did.controller_of(signer.key_id)
    unsigned = dict(document)
    if "proof" in unsigned:
        raise UnfitCredentialError("the credential carries a proof already", path="/proof")
    unsigned.setdefault("issuer", own)
    if data_model.version_of(unsigned) == "1.1":
        unsigned["@context"] = _with_proof_terms(unsigned["@context"])
    found = data_model.problems(unsigned, expected="credential")
    if found:
        raise UnfitCredentialError(found[0].detail, path=found[0].path, rule=found[0].code)
    if data_model.issuer_of(unsigned) != own:
        raise UnfitCredentialError(
            "the credential names another issuer than the one configured", path="/issuer", issuer=own
        )
    # What no processor can read would be signed as bytes that mean nothing.
    unread = data_model.meaning_problems(unsigned)
    if unread:
        raise UnfitCredentialError(unread[0].detail, path=unread[0].path, rule=unread[0].code)
    suite = options.get("cryptosuite", options.get("type", _SUITES[0]))
    if suite not in _SUITES:
        raise UnknownOptionError("this issuer signs with eddsa-rdfc-2022 or eddsa-jcs-2022", option="cryptosuite")
    if options.get("credentialStatus"):
        given = exchange_status.entries(str(unsigned.get("id", "")), signer, now)
        unsigned["credentialStatus"] = [*foreign.listed(unsigned.get("credentialStatus")), *given]
    return proofs.add_proof(unsigned, signer, created=now.replace(microsecond=0), cryptosuite=suite)


def _with_proof_terms(used: object) -> list[Any]:
    """Return the contexts of a document on the Data Model 1.1 with one that knows what a Data Integrity proof is.

    Source: VC Data Integrity 1.0, section 2.4.1 (context injection).
    """
    listed = list(used) if isinstance(used, list) else [used]
    return listed if contexts.DATA_INTEGRITY_V2 in listed else [*listed, contexts.DATA_INTEGRITY_V2]


def mark(credential_id: str, purpose: str, *, marked: bool, now: datetime) -> None:
    """Revoke or suspend a single credential that was issued with a status, or take it back.

    Raises: ExchangeOffError; UnknownPurposeError; UnknownCredentialError.
    """
    exchange_status.mark(credential_id, purpose, marked=marked, signer=_signer(), now=now)


def check_credential(document: object, *, now: datetime) -> foreign.Answer:
    """Check a single credential, whoever issued it.

    Shape:  keys: ``did:key`` and the ``did:web`` names of this register; lists: this register's own. What one of this
            register's own keys has signed must be on record: a stolen key makes signatures, but no entries in the log.
    """
    found = foreign.check_credential(document, _key, now=now, lists=_list)
    return _on_record(found, [found.secured])


def check_presentation(
    document: object, *, now: datetime, domain: str | None = None, challenge: str | None = None
) -> foreign.Answer:
    """Check a presentation and each credential in it."""
    found = foreign.check_presentation(document, _key, now=now, lists=_list, domain=domain, challenge=challenge)
    return _on_record(found, found.secured.credentials)


def _on_record(found: foreign.Answer, credentials: Sequence[SecuredAnswer]) -> foreign.Answer:
    if found.ok and any(_is_by_us(one) and not _is_on_record(one.document) for one in credentials):
        return replace(
            found,
            ok=False,
            code="not_on_record",
            detail="a key of this register has signed this, and its log does not hold it",
        )
    return found


def _is_by_us(credential: SecuredAnswer) -> bool:
    methods = [answer.verification_method for answer in credential.proofs]
    if credential.token is not None:
        methods.append(credential.token.verification_method)
    return any(method.startswith(f"{issuers.did_of_register()}:") for method in methods)


def _is_on_record(document: Mapping[str, Any]) -> bool:
    """Tell whether this very document is one that the register signed: awards, transcripts, statements, current lists."""
    listed = _list(str(document.get("id", "")))
    if listed is not None:
        return listed == document
    try:
        key = uuid.UUID(str(document.get("id", "")).removeprefix("urn:uuid:"))
    except ValueError:
        return False
    digest = document_hash(document)
    return any(
        kept.objects.filter(pk=key, sha256=digest).exists()
        for kept in (Document, TranscriptDocument, AccreditationStatement)
    )


def _key(method: str) -> PublicKey | None:
    if method.startswith("did:key:"):
        try:
            return did.key_of_did_key(method)
        except Error:
            return None
    if not is_url(method):  # a token may name anything, and not every database can be asked about it
        return None
    multibase = IssuerKey.objects.filter(pk=method).values_list("multibase", flat=True).first()
    return PublicKey.from_multibase(multibase) if multibase else None


def _list(url: str) -> Mapping[str, Any] | None:
    name = list_of(url)
    found = ListCredential.objects.filter(name=name).values_list("body", flat=True).first()
    return orjson.loads(bytes(found)) if found is not None else exchange_status.signed(name)
