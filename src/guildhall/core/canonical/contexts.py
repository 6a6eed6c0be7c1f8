"""The JSON-LD contexts this house understands: bundled, pinned by hash, never fetched.

A context decides what every member of a document *means*; whoever can change it can change what a
signature says. So the files lie in the package, each is compared with the SHA-256 in the one table
below when it is first read, and a document that names any other context is refused.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from guildhall.core.errors import Error

VC_V1: Final = "https://www.w3.org/2018/credentials/v1"
VC_V2: Final = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES_V3: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_EXTENSIONS: Final = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
DATA_INTEGRITY_V2: Final = "https://w3id.org/security/data-integrity/v2"
ED25519_2020_V1: Final = "https://w3id.org/security/suites/ed25519-2020/v1"
MULTIKEY_V1: Final = "https://w3id.org/security/multikey/v1"
DID_V1: Final = "https://www.w3.org/ns/did/v1"
GUILDHALL_V1: Final = "https://guildhall.example/ns/v1"


class UnknownContextError(Error):
    """The document names a context that is not bundled; contexts are never fetched."""

    code = "unknown_context"


@dataclass(frozen=True, slots=True)
class Bundled:
    """Where a context lies inside the package, and the hash its file must have."""

    path: str
    sha256: str


def _vendored(path: str, sha256: str) -> Bundled:
    return Bundled(f"vendor/contexts/{path}", sha256)


def _own(path: str, sha256: str) -> Bundled:
    return Bundled(f"core/canonical/ns/{path}", sha256)


CONTEXTS: Final[Mapping[str, Bundled]] = {
    VC_V1: _vendored(
        "credentials-context/v1.jsonld", "00d7dd6d3ad8b920e3e550dd3a3d9090bffcac84cdbf943da6924b3e0a5c8bb8"
    ),
    VC_V2: _vendored(
        "credentials-context/v2.jsonld", "8a9f494a89ecc51db093e90e84713e07e84d6d9204364a9b3c7868b21751236f"
    ),
    "https://www.w3.org/ns/credentials/undefined-terms/v2": _vendored(
        "credentials-context/undefined-terms-v2.jsonld",
        "82dab514ba44eb18f5d1b0f638c5e140c6a556fbfb5089601bdc0fa5eb8b2581",
    ),
    "https://www.w3.org/2018/credentials/examples/v1": _vendored(
        "credentials-examples-context/credentials-examples-v1.jsonld",
        "73bebae22e70ebb4466ac2e1f3e3b35c43436217623b51ff3e1b567e1aff4ba2",
    ),
    "https://www.w3.org/ns/credentials/examples/v2": _own(
        "w3c-examples-v2.jsonld", "57393fbc69d6efb9b9b5dc9cb6b9880b0944360abfe2eaf459c9e58cf2279d7c"
    ),
    "https://w3id.org/security/data-integrity/v1": _vendored(
        "data-integrity-context/data-integrity-v1.jsonld",
        "b5d829bd09aa7c42abc6efa0c8ed7635313b5487f37ccfce3ecd149ca9418554",
    ),
    DATA_INTEGRITY_V2: _vendored(
        "data-integrity-context/data-integrity-v2.jsonld",
        "0f77743daf5b4e8fc067fc5ba5b21044283053aa717fc6b0219843bed3b00363",
    ),
    MULTIKEY_V1: _vendored(
        "multikey-context/multikey-v1.jsonld", "c5f3806f8286920573221938917988a18a4cc5a09e968d29649613c7a1c2b1f6"
    ),
    ED25519_2020_V1: _vendored(
        "ed25519-signature-2020-context/ed25519-signature-2020-v1.jsonld",
        "b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588",
    ),
    DID_V1: _vendored("did-context/did-v1.jsonld", "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f"),
    "https://w3id.org/citizenship/v4rc1": _vendored(
        "citizenship-context/v4rc1.jsonld", "a89b0bc00b1848ac3dfdf956c7dd5de8567e755351c07ec6a1c2b4a08b67953b"
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context.json": _vendored(
        "open-badges-context/context-3.0.js", "fa340a4a9a11dec6cce69752ebecf7e98f1da63ad78b39b6be442f33540ba296"
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json": _vendored(
        "open-badges-context/context-3.0.1.js", "0c71dd0f0dd48c1581ba6d5c93dfe530c8718bc9a6a616185c92502f7acac31a"
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json": _vendored(
        "open-badges-context/context-3.0.2.js", "fb92753e699273db4c6984113ce09919dfd32fa92ea86d106d008f87a5a5a184"
    ),
    OPEN_BADGES_V3: _vendored(
        "open-badges-context/context-3.0.3.js", "dd4c45eb3f74ce4f74a7e1a7b19401a5f37cd5ac3e5af5f2cb069f69263572e3"
    ),
    OPEN_BADGES_EXTENSIONS: _vendored(
        "open-badges-context/context-extensions.js", "20a1edb025ef54aba394d2b5441704d48eb9105f52395f1d74f5328032af0f76"
    ),
    GUILDHALL_V1: _own("guildhall-v1.jsonld", "1959f19432727fa7822f6dd65e24ab96387093d498c4d857d3cdfa187aac9b91"),
}
"""Every context served, by its address. Origin, version and licence: ``vendor/SOURCES.md``."""


def context(url: str) -> dict[str, Any]:
    """Return the context document served at an address (a fresh copy: do with it what you like).

    Shape:  a dict with the one member ``@context``.
    Raises: UnknownContextError for any address that is not in ``CONTEXTS``.
    """
    document: dict[str, Any] = json.loads(_text(url))
    return document


@cache
def _text(url: str) -> str:
    bundled = CONTEXTS.get(url)
    if bundled is None:
        raise UnknownContextError(f"The context {url!r} is not bundled, and contexts are never fetched.", url=url)
    data = importlib.resources.files("guildhall").joinpath(bundled.path).read_bytes()
    if hashlib.sha256(data).hexdigest() != bundled.sha256:
        # Our mistake or an intruder's: no caller can mend it, so it is no core Error.
        raise RuntimeError(f"The bundled context {bundled.path} does not have the pinned SHA-256.")
    text = data.decode("utf-8")
    return _json_of_module(text) if bundled.path.endswith(".js") else text


def _json_of_module(text: str) -> str:
    """Return the JSON inside a CommonJS module whose whole export is one object literal.

    Some publishers ship contexts only in this form. The literal is JSON except that plain member
    names may lack quotes; the file itself stays as published and is pinned as published.
    """
    _, literal = text.split("module.exports = ", 1)
    quoted = re.sub(r"(?m)^(\s*)([A-Za-z_][A-Za-z0-9_]*):", r'\1"\2":', literal)
    return quoted.rstrip().removesuffix(";")
