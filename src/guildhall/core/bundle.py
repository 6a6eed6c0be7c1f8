"""The bundle: a credential with all that is needed to check it when issuer, site and domain are gone.

Members: ``credential`` (signed), ``key`` (the issuer's, a Multikey), ``accreditation`` (the authority's signed statement),
``statusLists`` (signed list credentials, as of their validFrom), ``inclusion`` (leaf, index, tree size, path),
``events`` (later status leaves of this document, each with its inclusion) and ``checkpoint`` (signed note).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guildhall.core.canonical import strict_json
from guildhall.core.errors import Error

MAX_BYTES = 1 << 20
_MAX_PATH = 63
_MAX_EVENTS = 256
_MEMBERS = {"type", "version", "credential", "key", "accreditation", "statusLists", "inclusion", "events", "checkpoint"}


class NotABundleError(Error):
    """The document is not a bundle."""

    code = "not_a_bundle"


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A leaf and the Merkle path that leads from it to the checkpoint's root."""

    leaf: bytes
    index: int
    size: int
    path: tuple[bytes, ...]

    def as_json(self) -> dict[str, object]:
        """Return the inclusion as JSON-ready members (bytes in base64)."""
        return {
            "leaf": base64.b64encode(self.leaf).decode(),
            "index": self.index,
            "size": self.size,
            "path": [base64.b64encode(node).decode() for node in self.path],
        }


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle taken apart; nothing in it has been checked yet."""

    credential: Mapping[str, Any]
    key: Mapping[str, Any]
    accreditation: Mapping[str, Any]
    status_lists: tuple[Mapping[str, Any], ...]
    inclusion: Inclusion
    events: tuple[Inclusion, ...]
    checkpoint: str


def build(
    *,
    credential: Mapping[str, Any],
    key: Mapping[str, Any],
    accreditation: Mapping[str, Any],
    status_lists: Sequence[Mapping[str, Any]],
    inclusion: Inclusion,
    checkpoint: str,
    events: Sequence[Inclusion] = (),
) -> dict[str, Any]:
    """Return the bundle as one JSON-ready object."""
    return {
        "type": "GuildhallBundle",
        "version": 1,
        "credential": dict(credential),
        "key": dict(key),
        "accreditation": dict(accreditation),
        "statusLists": [dict(one) for one in status_lists],
        "inclusion": inclusion.as_json(),
        "events": [event.as_json() for event in events],
        "checkpoint": checkpoint,
    }


def parse(data: bytes) -> Bundle:
    """Take a bundle apart.

    Raises: NotABundleError; MalformedError and its kin for bytes that are no strict JSON.
    """
    return take_apart(strict_json.parse(data, max_bytes=MAX_BYTES))


def take_apart(value: object) -> Bundle:
    """Take a bundle apart that has been read from JSON.

    Raises: NotABundleError if a member is missing, unknown or of another type.
    """
    if not isinstance(value, dict) or value.get("type") != "GuildhallBundle":
        raise NotABundleError("this is not a bundle")
    if value.get("version") != 1:
        raise NotABundleError("bundles of this version are not known here", version=str(value.get("version")))
    unknown = set(value) - _MEMBERS
    if unknown:
        # An unknown member would be carried along unchecked and could be taken for part of the certificate.
        raise NotABundleError("the bundle has members that are not known here", members=sorted(unknown))
    try:
        events = _list(value.get("events", []))
        if len(events) > _MAX_EVENTS:
            raise NotABundleError("the bundle carries too many events", limit=_MAX_EVENTS)
        return Bundle(
            credential=_object(value["credential"]),
            key=_object(value["key"]),
            accreditation=_object(value["accreditation"]),
            status_lists=tuple(_object(one) for one in _list(value["statusLists"])),
            inclusion=_inclusion(_object(value["inclusion"])),
            events=tuple(_inclusion(_object(one)) for one in events),
            checkpoint=_text(value["checkpoint"]),
        )
    except (KeyError, TypeError, ValueError) as reason:
        raise NotABundleError("a member of the bundle is missing or of another type", reason=repr(reason)) from None


def _inclusion(value: Mapping[str, Any]) -> Inclusion:
    path = _list(value["path"])
    if len(path) > _MAX_PATH:
        raise ValueError("path")
    return Inclusion(
        leaf=_bytes(value["leaf"]),
        index=_count(value["index"]),
        size=_count(value["size"]),
        path=tuple(_bytes(node) for node in path),
    )


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"not an object: {type(value).__name__}")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"not a list: {type(value).__name__}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {type(value).__name__}")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("not a count")
    return value


def _bytes(value: object) -> bytes:
    """Decode base64 strictly: a second spelling of the same bytes would be a change that no check sees."""
    text = _text(value).encode("ascii")
    try:
        decoded = binascii.a2b_base64(text)
    except binascii.Error as reason:
        raise ValueError(str(reason)) from None
    if binascii.b2a_base64(decoded, newline=False) != text:
        raise ValueError("not canonical base64")
    return decoded
