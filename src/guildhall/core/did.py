"""Decentralised identifiers: ``did:key`` and ``did:web``, their documents and the keys in them.

Nothing is fetched here: ``url_of_did_web`` only says where a document would lie.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guildhall.core import multibase
from guildhall.core.errors import MalformedError
from guildhall.core.instants import MalformedInstantError, from_text, to_text
from guildhall.core.keys import PublicKey

DID_CONTEXT = "https://www.w3.org/ns/did/v1"
MULTIKEY_CONTEXT = "https://w3id.org/security/multikey/v1"
PURPOSES = ("assertionMethod", "authentication")

MAX_DID_LENGTH = 2048
MAX_METHODS = 256

# DID Core 1.0, section 3.1.
_DID = re.compile(r"did:[a-z0-9]+:(?:(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})*:)*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+\Z")
_FRAGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})+\Z")
_HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\Z"
)
_PORT = re.compile(r"(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])\Z", re.ASCII)
_IDCHARS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")


class MalformedDidError(MalformedError):
    """Text that is no DID, or not one of the method asked for."""

    code = "malformed_did"


class MalformedDidDocumentError(MalformedError):
    """A DID document from which no keys can be read."""

    code = "malformed_did_document"


@dataclass(frozen=True, slots=True)
class Method:
    """A verification method: a key under a name, with what it may be used for and until when.

    Shape:  ``id`` a DID URL with a fragment; ``controller`` a DID; times are aware UTC.
    Source: Controlled Identifiers 1.0, section 2.2.
    """

    id: str
    key: PublicKey
    controller: str = ""
    purposes: tuple[str, ...] = PURPOSES
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def usable(self, purpose: str, at: datetime | None = None) -> bool:
        """Return whether the key may serve ``purpose`` at an instant (``None``: at any)."""
        if purpose not in self.purposes:
            return False
        return at is None or not any(end is not None and end <= at for end in (self.expires_at, self.revoked_at))


def parse(did: str) -> tuple[str, str]:
    """Return method name and method-specific id of a DID (no path, query or fragment).

    Raises: MalformedDidError.
    Source: DID Core 1.0, section 3.1.
    """
    if len(did) > MAX_DID_LENGTH or not _DID.match(did):
        raise MalformedDidError("the text is not a DID")
    _, method, specific = did.split(":", 2)
    return method, specific


def split_url(did_url: str) -> tuple[str, str]:
    """Return DID and fragment of a DID URL such as ``did:web:example.org#key-1``.

    Shape:  a fragment is required; path and query are refused, as no verification method here has any.
    Raises: MalformedDidError.
    Source: DID Core 1.0, section 3.2.
    """
    did, hash_sign, fragment = did_url.partition("#")
    if not hash_sign or len(fragment) > MAX_DID_LENGTH or not _FRAGMENT.match(fragment):
        raise MalformedDidError("the DID URL has no fragment that names a key")
    parse(did)
    return did, fragment


def controller_of(did_url: str) -> str:
    """Return what stands before the fragment: the identifier that controls a verification method."""
    return did_url.partition("#")[0]


# --- did:key -------------------------------------------------------------------------------------------------------


def did_key(key: PublicKey) -> str:
    """Return the ``did:key`` of a public key.

    Source: The did:key Method v0.9, section 3.1.
    """
    return "did:key:" + key.multibase


def did_key_url(key: PublicKey) -> str:
    """Return the verification method of a ``did:key``: its own key as fragment.

    Source: The did:key Method v0.9, section 3.1.2.
    """
    return f"did:key:{key.multibase}#{key.multibase}"


def key_of_did_key(did_url: str) -> PublicKey:
    """Return the key in a ``did:key``, with or without its fragment.

    Shape:  a fragment, if present, repeats the multibase text.
    Raises: MalformedDidError; MalformedKeyError; MalformedMultibaseError.
    Source: The did:key Method v0.9, section 3.1.
    """
    did, hash_sign, fragment = did_url.partition("#")
    if not did.startswith("did:key:") or (hash_sign and fragment != did[8:]):
        raise MalformedDidError("the text is not a did:key, or its fragment does not name its own key")
    return PublicKey.from_multibase(did[8:])


# --- did:web -------------------------------------------------------------------------------------------------------


def did_web(host: str, *path: str) -> str:
    """Return the ``did:web`` of a host, with optional path segments.

    Shape:  ``host`` such as ``register.example`` or ``localhost:8000``; segments are percent-encoded where needed.
    Raises: MalformedDidError when host or a segment cannot stand in a did:web.
    Source: did:web Method Specification, section 2.1.
    """
    did = ":".join(["did:web", host.replace(":", "%3A"), *(_percent_encoded(segment) for segment in path)])
    url_of_did_web(did)
    return did


def url_of_did_web(did: str) -> str:
    """Return the address at which the document of a ``did:web`` lies.

    Shape:  always https. A segment that would climb (``..``) or hide a slash is refused: it would let one issuer
            point into the directory of another.
    Raises: MalformedDidError.
    Source: did:web Method Specification, section 2.5.2.
    """
    method, specific = parse(did)
    if method != "web":
        raise MalformedDidError("the DID is not a did:web", method=method)
    encoded_host, *segments = specific.split(":")
    host, colon, port = _percent_decoded(encoded_host).partition(":")
    if not _HOST.match(host) or (colon and not _PORT.match(port)):
        raise MalformedDidError("the did:web names no host")
    for segment in segments:
        plain = _percent_decoded(segment)
        if plain in {"", ".", ".."} or any(c in plain for c in "/\\?#") or not plain.isprintable():
            raise MalformedDidError("a path segment of the did:web is empty, climbs, or hides a delimiter")
    address = "https://" + host + colon + port
    return address + ("/" + "/".join(segments) if segments else "/.well-known") + "/did.json"


def _percent_encoded(segment: str) -> str:
    return "".join(chr(b) if b in _IDCHARS else f"%{b:02X}" for b in segment.encode("utf-8", "surrogatepass"))


def _percent_decoded(text: str) -> str:
    raw = _PERCENT.sub(lambda match: bytes([int(match[1], 16)]), text.encode("ascii"))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedDidError("the did:web has percent-encoding that is not UTF-8") from None


# --- documents -----------------------------------------------------------------------------------------------------


def document(
    did: str,
    keys: Iterable[PublicKey | Method],
    *,
    also_known_as: Sequence[str] = (),
    services: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the DID document that publishes ``keys`` for assertion and authentication.

    Shape:  a bare ``PublicKey`` is named by its multibase text; a ``Method`` by its own id. Keys no longer in use
            belong in the document too, with their ``expires_at`` or ``revoked_at``, so that old signatures stay
            checkable.
    Raises: MalformedDidError when a method's id does not begin with ``did``.
    Source: Controlled Identifiers 1.0, sections 2.1 and 2.2; DID Core 1.0, section 5.
    """
    parse(did)
    methods = [key if isinstance(key, Method) else Method(f"{did}#{key.multibase}", key) for key in keys]
    for method in methods:
        if split_url(method.id)[0] != did:
            raise MalformedDidError("a verification method does not belong to the DID", method=method.id)
    out: dict[str, Any] = {"@context": [DID_CONTEXT, MULTIKEY_CONTEXT], "id": did}
    if also_known_as:
        out["alsoKnownAs"] = list(also_known_as)
    out["verificationMethod"] = [_method_as_json(did, method) for method in methods]
    for purpose in PURPOSES:
        out[purpose] = [method.id for method in methods if purpose in method.purposes]
    if services:
        out["service"] = [dict(service) for service in services]
    return out


def _method_as_json(did: str, method: Method) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": method.id,
        "type": "Multikey",
        "controller": method.controller or did,
        "publicKeyMultibase": method.key.multibase,
    }
    if method.expires_at is not None:
        out["expires"] = to_text(method.expires_at)
    if method.revoked_at is not None:
        out["revoked"] = to_text(method.revoked_at)
    return out


def read_document(value: object, *, did: str | None = None) -> tuple[Method, ...]:
    """Return the verification methods of a DID document that can verify signatures.

    Shape:  ``Multikey``, ``Ed25519VerificationKey2020`` and ``JsonWebKey`` (OKP Ed25519, EC P-256, P-384) are read;
            methods of other types are left out; methods of another controller are left out, since only that
            controller's own document can vouch for them.
    Raises: MalformedDidDocumentError when it is no document, when ``did`` is given and is not its id, or when a
            method of a known type holds no key.
    Source: Controlled Identifiers 1.0, sections 2.2 and 3.3.
    """
    if not isinstance(value, Mapping):
        raise MalformedDidDocumentError("a DID document is a JSON object")
    subject = value.get("id")
    if not isinstance(subject, str) or (did is not None and subject != did):
        raise MalformedDidDocumentError("the document's id is not the DID asked for", did=did)
    embedded: dict[str, object] = {}
    listed = _list_of(value.get("verificationMethod", []))
    purposes_of: dict[str, list[str]] = {}
    for purpose in PURPOSES:
        for entry in _list_of(value.get(purpose, [])):
            if isinstance(entry, Mapping) and isinstance(entry.get("id"), str):
                embedded.setdefault(_absolute(subject, entry["id"]), entry)
                purposes_of.setdefault(_absolute(subject, entry["id"]), []).append(purpose)
            elif isinstance(entry, str):
                purposes_of.setdefault(_absolute(subject, entry), []).append(purpose)
            else:
                raise MalformedDidDocumentError("a verification relationship names no method", purpose=purpose)
    methods = [_read_method(subject, entry, purposes_of) for entry in [*listed, *embedded.values()]]
    names = [method.id for method in methods if method is not None]
    if len(set(names)) != len(names):
        raise MalformedDidDocumentError("two verification methods share one id")
    return tuple(method for method in methods if method is not None)


def _list_of(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_METHODS:
        raise MalformedDidDocumentError(
            "a member of the document is no list, or longer than allowed", limit=MAX_METHODS
        )
    return value


def _absolute(subject: str, name: str) -> str:
    return subject + name if name.startswith("#") else name


def _read_method(subject: str, entry: object, purposes_of: Mapping[str, Sequence[str]]) -> Method | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("id"), str):
        raise MalformedDidDocumentError("a verification method has no id")
    name = _absolute(subject, entry["id"])
    if entry.get("controller") != subject or controller_of(name) != subject:
        return None
    try:
        key = _read_key(entry)
        expires_at, revoked_at = (from_text(entry[end]) if end in entry else None for end in ("expires", "revoked"))
    except MalformedInstantError:
        raise MalformedDidDocumentError("a verification method has a malformed time", method=name) from None
    except MalformedError as error:
        raise MalformedDidDocumentError("a verification method holds no usable key", method=name) from error
    if key is None:
        return None
    return Method(name, key, subject, tuple(purposes_of.get(name, ())), expires_at, revoked_at)


def _read_key(entry: Mapping[str, object]) -> PublicKey | None:
    kind = entry.get("type")
    # Tuples: what is looked for may be anything that JSON has, and a set wants a hash of it.
    if kind in ("Multikey", "Ed25519VerificationKey2020"):
        text = entry.get("publicKeyMultibase")
        if not isinstance(text, str):
            raise MalformedDidDocumentError("a verification method has no publicKeyMultibase")
        return PublicKey.from_multibase(text)
    if kind in ("JsonWebKey", "JsonWebKey2020"):
        return key_of_jwk(entry.get("publicKeyJwk"))
    return None


def key_of_jwk(jwk: object) -> PublicKey:
    """Return the public key of a JSON Web Key.

    Shape:  ``OKP``/``Ed25519`` or ``EC`` with ``P-256``, ``P-384``; a key with a private part is refused.
    Raises: MalformedDidDocumentError; MalformedKeyError; MalformedMultibaseError.
    Source: RFC 7517; RFC 7518, section 6.2; RFC 8037, section 2.
    """
    if not isinstance(jwk, Mapping) or "d" in jwk:
        raise MalformedDidDocumentError("there is no public JSON Web Key")
    curve, x, y = jwk.get("crv"), jwk.get("x"), jwk.get("y")
    if jwk.get("kty") == "OKP" and curve == "Ed25519" and isinstance(x, str):
        return PublicKey.from_raw("Ed25519", multibase.from_base64url(x))
    if jwk.get("kty") == "EC" and curve in ("P-256", "P-384") and isinstance(x, str) and isinstance(y, str):
        x_raw, y_raw = multibase.from_base64url(x), multibase.from_base64url(y)
        length = 32 if curve == "P-256" else 48
        if len(x_raw) != length or len(y_raw) != length:
            raise MalformedDidDocumentError("a coordinate of the JSON Web Key has the wrong length")
        key = PublicKey.from_raw(str(curve), bytes([2 + (y_raw[-1] & 1)]) + x_raw)
        if key.uncompressed[-length:] != y_raw:
            raise MalformedDidDocumentError("the JSON Web Key's y does not belong to its x")
        return key
    raise MalformedDidDocumentError("the JSON Web Key is of a kind that is not supported")


Resolve = Callable[[str], PublicKey | None]


def resolver(
    documents: Iterable[object] = (),
    *,
    purpose: str = "assertionMethod",
    at: datetime | None = None,
    did_keys: bool = True,
) -> Resolve:
    """Return a function from verification method (DID URL) to public key, or ``None`` where nothing vouches for it.

    Shape:  ``documents`` are DID documents (parsed JSON) that the caller trusts to belong to their ids; a method is
            answered only if its own document lists it under ``purpose`` and, where ``at`` is given, it had neither
            expired nor been revoked by then. ``did:key`` is answered from the text itself unless ``did_keys`` is off.
    Raises: MalformedDidDocumentError from a document that cannot be read.
    Source: Controlled Identifiers 1.0, section 3.3 (retrieve verification method).
    """
    known = {method.id: method for value in documents for method in read_document(value)}

    def resolve(did_url: str) -> PublicKey | None:
        method = known.get(did_url)
        if method is not None:
            return method.key if method.usable(purpose, at) else None
        if did_keys and did_url.startswith("did:key:") and "#" in did_url:
            try:
                return key_of_did_key(did_url)
            except MalformedError:
                return None
        return None

    return resolve
