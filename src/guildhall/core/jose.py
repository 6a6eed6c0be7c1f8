"""Enveloped credentials and presentations: ``vc+jwt`` and ``vp+jwt`` (VC-JOSE-COSE), signed and checked.

Ed25519 (``EdDSA`` and its newer name ``Ed25519``), ``ES256``, ``ES384``; compact serialisation. ``none`` and everything
symmetric do not exist here. As in ``proofs``, who the issuer is remains the caller's question: the answer says whose
key signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from guildhall.core import data_model, multibase
from guildhall.core.canonical import jcs, strict_json
from guildhall.core.did import Resolve, controller_of
from guildhall.core.errors import Error
from guildhall.core.identifiers import is_url
from guildhall.core.keys import Signer
from guildhall.core.proofs import CLOCK_SKEW

MAX_TOKEN = 1_500_000  # characters
MAX_HEADER = 8192

ALGORITHMS: Mapping[str, str] = {"EdDSA": "Ed25519", "Ed25519": "Ed25519", "ES256": "P-256", "ES384": "P-384"}
_DEFAULT_ALGORITHM = {"Ed25519": "EdDSA", "P-256": "ES256", "P-384": "ES384"}
_MEDIA_TYPES: Mapping[str, tuple[str, ...]] = {
    "credential": ("application/vc+jwt", "application/vc-ld+jwt", "application/jwt"),
    "presentation": ("application/vp+jwt", "application/vp-ld+jwt", "application/jwt"),
}
_TYPES: Mapping[str, frozenset[str]] = {
    "credential": frozenset({"vc+jwt", "vc-ld+jwt", "jwt"}),
    "presentation": frozenset({"vp+jwt", "vp-ld+jwt", "jwt"}),
}
_CONTENT_TYPES: Mapping[str, frozenset[str]] = {
    "credential": frozenset({"vp"}),
    "presentation": frozenset({"vc"}),
}  # what the content type may not say

ANSWERS: Mapping[str, str] = {
    "ok": "the signature verifies",
    "envelope_malformed": "the document is no envelope of a JSON Web Token",
    "token_malformed": "the text is not a JSON Web Signature in compact form",
    "token_too_large": "the token is longer than is checked",
    "header_malformed": "the token's header is not of the form that RFC 7515 asks for",
    "unsupported_algorithm": "the token is signed by an algorithm that is not supported",
    "type_mismatch": "the token's typ or cty says that it is something else",
    "payload_malformed": "the token's content is not a JSON object of the kind expected",
    "claim_forbidden": "the claims vc and vp belong to an older form and may not be present",
    "claim_malformed": "a registered claim is not of its form",
    "issuer_mismatch": "the iss claim is not the issuer or holder of the document",
    "key_id_missing": "nothing in the token names the key",
    "verification_method_unknown": "nothing vouches for the key that the token names",
    "key_kind_wrong": "the key is of a kind that the algorithm does not use",
    "signature_invalid": "the signature does not fit token and key",
    "token_expired": "the signature has expired",
    "token_not_yet_valid": "the signature is not valid yet",
    "created_in_future": "the token says that it was signed in the future",
    "domain_mismatch": "the token was made for another audience",
    "challenge_mismatch": "the token answers another challenge",
}


class EnvelopeError(Error):
    """A document cannot be enveloped as asked."""

    code = "envelope_not_possible"


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What was found about one token.

    Shape:  ``document`` is the credential or presentation inside, empty unless ``ok``: what nobody signed is not
            handed out.
    """

    ok: bool
    code: str
    detail: str
    verification_method: str = ""
    algorithm: str = ""
    created: datetime | None = None
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def controller(self) -> str:
        """The identifier whose key signed: compare it with the issuer or holder."""
        return controller_of(self.verification_method)


class _Refusal(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail or ANSWERS[code]


# --- create --------------------------------------------------------------------------------------------------------


def sign(
    document: Mapping[str, Any],
    signer: Signer,
    *,
    issued_at: datetime | None = None,
    expires_at: datetime | None = None,
    audience: str | None = None,
    nonce: str | None = None,
    algorithm: str | None = None,
) -> str:
    """Return a credential as ``vc+jwt`` or a presentation as ``vp+jwt``, in compact serialisation.

    Shape:  the document itself is the payload; ``iat``, ``exp``, ``aud``, ``nonce`` stand beside its members.
            ``kid`` is the signer's verification method. ``algorithm`` defaults to the one of the signer's key.
    Raises: EnvelopeError when the document is neither, carries a member of such a name, or the algorithm does not fit.
    Source: VC-JOSE-COSE, sections 3.1.1 to 3.1.3 and 4.1.1; RFC 7515, section 3.1.
    """
    kind = data_model.kind_of(document)
    if kind is None or data_model.is_enveloped(document):
        raise EnvelopeError("only a credential or a presentation can be enveloped")
    chosen = algorithm or _DEFAULT_ALGORITHM[signer.public_key.kind]
    if ALGORITHMS.get(chosen) != signer.public_key.kind:
        raise EnvelopeError("the algorithm does not fit the signer's key", algorithm=chosen)
    claims = {
        "iat": None if issued_at is None else int(issued_at.timestamp()),
        "exp": None if expires_at is None else int(expires_at.timestamp()),
        "aud": audience,
        "nonce": nonce,
    }
    present = {name: claim for name, claim in claims.items() if claim is not None}
    if not {"vc", "vp", *present}.isdisjoint(document):
        raise EnvelopeError("the document has a member with the name of a claim")
    short = "vc" if kind == "credential" else "vp"
    header = {"alg": chosen, "cty": short, "kid": signer.key_id, "typ": short + "+jwt"}
    signing_input = ".".join(
        multibase.base64url(jcs.canonical(part)) for part in (header, {**document, **present})
    ).encode("ascii")
    return f"{signing_input.decode('ascii')}.{multibase.base64url(signer.sign(signing_input))}"


def enveloped(token: str, kind: data_model.Kind = "credential") -> dict[str, Any]:
    """Return the object that carries a token inside a presentation or an API's answer.

    Source: VC Data Model 2.0, sections 4.13.1 and 4.13.2.
    """
    short, name = ("vc", "Credential") if kind == "credential" else ("vp", "Presentation")
    return {
        "@context": data_model.VC_V2,
        "id": f"data:application/{short}+jwt,{token}",
        "type": f"EnvelopedVerifiable{name}",
    }


# --- check ---------------------------------------------------------------------------------------------------------


def check_enveloped(
    document: Mapping[str, Any],
    resolve: Resolve,
    *,
    expected: data_model.Kind = "credential",
    now: datetime | None,
    audience: str | None = None,
    nonce: str | None = None,
) -> TokenAnswer:
    """Return the answer about the token in an enveloped credential or presentation.

    Source: VC Data Model 2.0, sections 4.13.1 and 4.13.2; VC-JOSE-COSE, section 5.1.
    """
    problems = data_model.problems(document, expected=expected)
    media_type, token = data_model.read_data_url(document.get("id"))
    if problems or not data_model.is_enveloped(document) or media_type not in _MEDIA_TYPES[expected]:
        detail = problems[0].detail if problems else ANSWERS["envelope_malformed"]
        return TokenAnswer(ok=False, code="envelope_malformed", detail=detail)
    return check(token, resolve, expected=expected, now=now, audience=audience, nonce=nonce)


def check(
    token: str,
    resolve: Resolve,
    *,
    expected: data_model.Kind = "credential",
    now: datetime | None,
    audience: str | None = None,
    nonce: str | None = None,
) -> TokenAnswer:
    """Return the answer about a token in compact serialisation.

    Shape:  ``now`` judges ``iat``, ``nbf``, ``exp`` (``None``: only their form). The key is named by ``kid``, absolute
            or, beside an issuer, relative to it; a ``did:key`` issuer names its own.
    Source: VC-JOSE-COSE, sections 3.1.3, 4.1.1, 5.1 and 6; RFC 7515, section 5.2; RFC 7519, section 7.2; RFC 8725.
    """
    try:
        return _checked(token, resolve, expected, now=now, audience=audience, nonce=nonce)
    except _Refusal as refusal:
        return TokenAnswer(ok=False, code=refusal.code, detail=refusal.detail)


def _checked(
    token: str,
    resolve: Resolve,
    expected: data_model.Kind,
    *,
    now: datetime | None,
    audience: str | None,
    nonce: str | None,
) -> TokenAnswer:
    header, payload, signature, signing_input = _parts(token)
    algorithm = header["alg"]
    _check_types(header, expected)
    document = _document(payload, expected)
    method = _key_name(header, document, expected)
    key = resolve(method)
    if key is None:
        raise _Refusal("verification_method_unknown")
    if key.kind != ALGORITHMS[algorithm]:
        raise _Refusal("key_kind_wrong")
    if not key.verify(signing_input, signature):
        raise _Refusal("signature_invalid")
    created = _check_claims(document, now, audience, nonce)
    return TokenAnswer(
        ok=True,
        code="ok",
        detail=ANSWERS["ok"],
        verification_method=method,
        algorithm=algorithm,
        created=created,
        document=document,
    )


def _parts(token: str) -> tuple[Mapping[str, Any], bytes, bytes, bytes]:
    if len(token) > MAX_TOKEN:
        raise _Refusal("token_too_large")
    texts = token.split(".")
    if len(texts) != 3 or not token.isascii():
        raise _Refusal("token_malformed")
    try:
        header_bytes, payload, signature = (multibase.from_base64url(text) for text in texts)
    except multibase.MalformedMultibaseError:
        raise _Refusal("token_malformed") from None
    try:
        header = strict_json.parse(header_bytes, max_bytes=MAX_HEADER)
    except Error as error:
        raise _Refusal("header_malformed", error.detail) from None
    if not isinstance(header, Mapping) or not isinstance(header.get("alg"), str):
        raise _Refusal("header_malformed")
    if header["alg"] not in ALGORITHMS:
        raise _Refusal("unsupported_algorithm")
    # No extension is known here, so none that must be understood is (RFC 7515, section 4.1.11; RFC 7797).
    if "crit" in header or "b64" in header:
        raise _Refusal("header_malformed")
    try:
        JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False).check_header(dict(header))
    except (JoseError, ValueError, TypeError) as error:
        raise _Refusal("header_malformed", str(error)) from None
    return header, payload, signature, token.rpartition(".")[0].encode("ascii")


def _check_types(header: Mapping[str, Any], expected: data_model.Kind) -> None:
    """RFC 8725, section 3.11: a token made for something else is not taken for a credential."""
    kind = header.get("typ", "jwt")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in _TYPES[expected]:
        raise _Refusal("type_mismatch")
    content = header.get("cty", "")
    if not isinstance(content, str) or content.lower().removeprefix("application/") in _CONTENT_TYPES[expected]:
        raise _Refusal("type_mismatch")


def _document(payload: bytes, expected: data_model.Kind) -> Mapping[str, Any]:
    try:
        document = strict_json.parse(payload)
    except Error as error:
        raise _Refusal("payload_malformed", error.detail) from None
    if not isinstance(document, Mapping):
        raise _Refusal("payload_malformed")
    if "vc" in document or "vp" in document:
        raise _Refusal("claim_forbidden")
    if data_model.kind_of(document) != expected or data_model.is_enveloped(document):
        raise _Refusal("payload_malformed")
    return document


def _key_name(header: Mapping[str, Any], document: Mapping[str, Any], expected: data_model.Kind) -> str:
    """VC-JOSE-COSE, section 4.1.1: ``iss`` must be the issuer; ``kid`` names the key, absolute unless there is one."""
    party = data_model.issuer_of(document) if expected == "credential" else data_model.holder_of(document)
    for place in (header, document):
        if "iss" in place and (not isinstance(place["iss"], str) or (party and place["iss"] != party)):
            raise _Refusal("issuer_mismatch")
    party = party or document.get("iss") or header.get("iss") or ""
    kid = header.get("kid", "")
    if isinstance(kid, str) and is_url(kid):
        return kid
    if kid and party:
        return f"{party}#{str(kid).removeprefix('#')}"
    if not kid and party.startswith("did:key:"):
        return f"{party}#{party.removeprefix('did:key:')}"
    raise _Refusal("key_id_missing")


def _check_claims(
    document: Mapping[str, Any], now: datetime | None, audience: str | None, nonce: str | None
) -> datetime | None:
    issued_at, not_before, expires_at = (_numeric_date(document, name) for name in ("iat", "nbf", "exp"))
    if now is not None:
        if expires_at is not None and expires_at <= now:
            raise _Refusal("token_expired")
        if not_before is not None and not_before > now + CLOCK_SKEW:
            raise _Refusal("token_not_yet_valid")
        if issued_at is not None and issued_at > now + CLOCK_SKEW:
            raise _Refusal("created_in_future")
    if audience is not None:
        listed = document.get("aud")
        if audience not in (listed if isinstance(listed, list) else [listed]):
            raise _Refusal("domain_mismatch")
    if nonce is not None and document.get("nonce") != nonce:
        raise _Refusal("challenge_mismatch")
    return issued_at


def _numeric_date(document: Mapping[str, Any], name: str) -> datetime | None:
    """RFC 7519, section 2: seconds since 1970, perhaps with a fraction."""
    if name not in document:
        return None
    value = document[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 253_402_300_800:
        raise _Refusal("claim_malformed")
    return datetime.fromtimestamp(value, UTC)
