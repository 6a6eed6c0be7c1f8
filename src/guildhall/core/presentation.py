"""Presentations: made, and checked together with the credentials in them, embedded or enveloped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from guildhall.core import data_model, jose, meaning
from guildhall.core.did import Resolve
from guildhall.core.errors import Error
from guildhall.core.proofs import SUITES, ProofAnswer, check_proofs

PURPOSE = "authentication"
_PURPOSES: Mapping[data_model.Kind, str] = {"credential": "assertionMethod", "presentation": PURPOSE}

ANSWERS: Mapping[str, str] = {
    "ok": "the document is secured and its signatures verify",
    "issuer_not_signer": "no proof is by a key of the issuer",
    "holder_not_signer": "no proof is by a key of the holder",
    "credential_not_ok": "a credential in the presentation does not verify",
}


@dataclass(frozen=True, slots=True)
class SecuredAnswer:
    """What was found about one credential or presentation, however it is secured.

    Shape:  ``document`` is what was secured (of an envelope: the document inside); ``proofs`` are the answers of an
            embedded securing, ``token`` that of an enveloping one; ``credentials`` those of a presentation.
            Status, validity period, trust in the issuer are for ``verify``.
    """

    ok: bool
    code: str
    detail: str
    document: Mapping[str, Any] = field(default_factory=dict)
    proofs: tuple[ProofAnswer, ...] = ()
    token: jose.TokenAnswer | None = None
    credentials: tuple[SecuredAnswer, ...] = ()


def presentation(
    credentials: Sequence[Mapping[str, Any]], *, holder: str | None = None, presentation_id: str | None = None
) -> dict[str, Any]:
    """Return an unsigned presentation: sign it with ``proofs.add_proof(purpose="authentication")`` or ``jose.sign``.

    Source: VC Data Model 2.0, section 4.13.
    """
    members = {
        "@context": [data_model.VC_V2],
        "id": presentation_id,
        "type": ["VerifiablePresentation"],
        "holder": holder,
        "verifiableCredential": [dict(credential) for credential in credentials],
    }
    return {name: member for name, member in members.items() if member is not None}


def check_credential(document: object, resolve: Resolve, *, now: datetime | None) -> SecuredAnswer:
    """Return whether a credential is one by the data model and secured by a key of its issuer.

    Shape:  others may have signed too (a set, a chain); every proof must verify and one must be the issuer's.
    Source: VC Data Model 2.0, section 7.1.
    """
    problems = data_model.problems(document, expected="credential")
    if problems or not isinstance(document, Mapping):
        return _refused(problems[0].code, f"{problems[0].path}: {problems[0].detail}")
    if data_model.is_enveloped(document):
        token = jose.check_enveloped(document, resolve, expected="credential", now=now)
        return _of_token(token, "credential", resolve, now)
    answers = tuple(check_proofs(document, resolve, now=now))
    return _of_proofs(document, answers, data_model.issuer_of(document), "issuer_not_signer")


def check_presentation(
    document: object,
    resolve: Resolve,
    *,
    now: datetime | None,
    domain: str | None = None,
    challenge: str | None = None,
) -> SecuredAnswer:
    """Return whether a presentation is one by the data model, secured for this domain and challenge, and its credentials.

    Shape:  a self-asserted credential without a proof of its own is secured by the presentation's, if the holder
            signed that.
    Source: VC Data Model 2.0, sections 4.13 and 7.1; Data Integrity 1.0, section 4.4.
    """
    problems = data_model.problems(document, expected="presentation")
    if problems or not isinstance(document, Mapping):
        return _refused(problems[0].code, f"{problems[0].path}: {problems[0].detail}")
    if data_model.is_enveloped(document):
        token = jose.check_enveloped(
            document, resolve, expected="presentation", now=now, audience=domain, nonce=challenge
        )
        answer = _of_token(token, "presentation", resolve, now)
    else:
        proofs = check_proofs(document, resolve, purpose=PURPOSE, now=now, domain=domain, challenge=challenge)
        answer = _of_proofs(document, tuple(proofs), data_model.holder_of(document), "holder_not_signer")
    if not answer.ok:
        return answer
    listed = answer.document.get("verifiableCredential", [])
    entries = listed if isinstance(listed, list) else [listed]
    credentials = tuple(
        _self_asserted(entry) if _is_bare(entry) else check_credential(entry, resolve, now=now) for entry in entries
    )
    ok = all(credential.ok for credential in credentials)
    code = "ok" if ok else "credential_not_ok"
    return SecuredAnswer(ok, code, ANSWERS[code], answer.document, answer.proofs, answer.token, credentials)


def _is_bare(entry: object) -> bool:
    return isinstance(entry, Mapping) and "proof" not in entry and not data_model.is_enveloped(entry)


def _self_asserted(entry: Mapping[str, Any]) -> SecuredAnswer:
    # The data model has been checked: its issuer is the holder, whose proof covers it (its statements at least).
    try:
        meaning.check(entry, "credential")
    except Error as error:
        return _refused(error.code, error.detail)
    return SecuredAnswer(ok=True, code="ok", detail=ANSWERS["ok"], document=entry)


# Claims that a token adds beside the members of its document (RFC 7519, section 4.1; RFC 7800; VC-JOSE-COSE, 3.1.3).
_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "nonce"})


def _unread(document: Mapping[str, Any]) -> SecuredAnswer | None:
    """Refuse what JSON-LD cannot read: an rdfc proof notices that by itself, a jcs proof or a token does not.

    VC Data Model 2.0, section B.1: an error in JSON-LD processing is a failure of verification.
    """
    problems = data_model.meaning_problems({n: m for n, m in document.items() if n not in _CLAIMS})
    return _refused(problems[0].code, problems[0].detail) if problems else None


def _refused(code: str, detail: str) -> SecuredAnswer:
    return SecuredAnswer(ok=False, code=code, detail=detail)


def _of_token(token: jose.TokenAnswer, kind: data_model.Kind, resolve: Resolve, now: datetime | None) -> SecuredAnswer:
    if not token.ok:
        return SecuredAnswer(ok=False, code=token.code, detail=token.detail, token=token)
    problems = data_model.problems(token.document, expected=kind)
    if problems:
        return SecuredAnswer(ok=False, code=problems[0].code, detail=problems[0].detail, token=token)
    party = data_model.issuer_of(token.document) if kind == "credential" else data_model.holder_of(token.document)
    if party and token.controller != party:
        code = "issuer_not_signer" if kind == "credential" else "holder_not_signer"
        return SecuredAnswer(ok=False, code=code, detail=ANSWERS[code], token=token)
    unread = _unread(token.document)
    if unread is not None:
        return unread
    if "proof" in token.document:
        # Proofs inside the envelope are handed out with it: nobody would think that they had not been looked at.
        inside = {name: member for name, member in token.document.items() if name not in _CLAIMS}
        answers = check_proofs(inside, resolve, purpose=_PURPOSES[kind], now=now)
        bad = next((answer for answer in answers if not answer.ok), None)
        if bad is not None:
            return SecuredAnswer(ok=False, code=bad.code, detail=bad.detail, proofs=tuple(answers), token=token)
    return SecuredAnswer(ok=True, code="ok", detail=ANSWERS["ok"], document=token.document, token=token)


def _of_proofs(document: Mapping[str, Any], answers: tuple[ProofAnswer, ...], party: str, code: str) -> SecuredAnswer:
    bad = next((answer for answer in answers if not answer.ok), None)
    if bad is not None:
        return SecuredAnswer(ok=False, code=bad.code, detail=bad.detail, document=document, proofs=answers)
    if party and all(answer.controller != party for answer in answers):
        return SecuredAnswer(ok=False, code=code, detail=ANSWERS[code], document=document, proofs=answers)
    if all(SUITES[answer.cryptosuite].canonicalisation != "rdfc" for answer in answers):
        unread = _unread(document)
        if unread is not None:
            return unread
    else:
        # A jcs proof beside it would have covered the text itself; but whose word that proof is, nobody need know here.
        try:
            meaning.check(document, "presentation" if data_model.kind_of(document) == "presentation" else "credential")
        except Error as error:
            return SecuredAnswer(ok=False, code=error.code, detail=error.detail, document=document, proofs=answers)
    return SecuredAnswer(ok=True, code="ok", detail=ANSWERS["ok"], document=document, proofs=answers)
