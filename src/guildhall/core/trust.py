"""What a verifier holds before it looks at anything: keys of authorities, of logs, of registers that sign receipts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guildhall.core.canonical import strict_json
from guildhall.core.errors import Error
from guildhall.core.keys import PublicKey

_MAX_BYTES = 1 << 20


class MalformedTrustError(Error):
    """A trust list that cannot be read."""

    code = "malformed_trust"


@dataclass(frozen=True, slots=True)
class Body:
    """An authority or a register: its name and its keys by verification method."""

    id: str
    name: Mapping[str, str]
    keys: Mapping[str, PublicKey]


@dataclass(frozen=True, slots=True)
class Trust:
    """A trust list.

    Shape:  authorities and registers by DID; ``logs`` maps a log's origin to its verifier key text (C2SP signed note);
            ``witnesses`` verifier key texts of cosigners.
    """

    authorities: Mapping[str, Body] = field(default_factory=dict)
    registers: Mapping[str, Body] = field(default_factory=dict)
    logs: Mapping[str, str] = field(default_factory=dict)
    witnesses: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Tell whether nothing is trusted at all."""
        return not (self.authorities or self.registers or self.logs)

    def key(self, key_id: str) -> PublicKey | None:
        """Return the key of an authority or register by its verification method."""
        for body in (*self.authorities.values(), *self.registers.values()):
            if key_id in body.keys:
                return body.keys[key_id]
        return None

    def as_json(self) -> dict[str, object]:
        """Return the list as JSON-ready members."""
        return {
            "type": "GuildhallTrust",
            "version": 1,
            "authorities": [_body_json(b) for b in self.authorities.values()],
            "registers": [_body_json(b) for b in self.registers.values()],
            "logs": [{"origin": origin, "vkey": vkey} for origin, vkey in self.logs.items()],
            "witnesses": [{"vkey": vkey} for vkey in self.witnesses],
        }


def _body_json(body: Body) -> dict[str, object]:
    keys = [{"id": key_id, "publicKeyMultibase": key.multibase} for key_id, key in body.keys.items()]
    return {"id": body.id, "name": dict(body.name), "keys": keys}


def parse(data: bytes) -> Trust:
    """Read a trust list.

    Raises: MalformedTrustError; MalformedError and its kin for bytes that are no strict JSON, or no key.
    """
    listed = strict_json.parse(data, max_bytes=_MAX_BYTES)
    if not isinstance(listed, dict) or listed.get("type") != "GuildhallTrust" or listed.get("version") != 1:
        raise MalformedTrustError("this is not a trust list of version 1")
    try:
        return Trust(
            authorities=_bodies(listed.get("authorities", [])),
            registers=_bodies(listed.get("registers", [])),
            logs={_text(entry["origin"]): _text(entry["vkey"]) for entry in listed.get("logs", [])},
            witnesses=tuple(_text(entry["vkey"]) for entry in listed.get("witnesses", [])),
        )
    except (KeyError, TypeError, AttributeError) as reason:
        raise MalformedTrustError(
            "a member of the trust list is missing or of another type", reason=repr(reason)
        ) from None


def joined(lists: Iterable[Trust]) -> Trust:
    """Return one list of several; where two name the same body, its keys are put together."""
    authorities: dict[str, Body] = {}
    registers: dict[str, Body] = {}
    logs: dict[str, str] = {}
    witnesses: list[str] = []
    for one in lists:
        for have, more in ((authorities, one.authorities), (registers, one.registers)):
            for did, body in more.items():
                known = have.get(did)
                have[did] = Body(did, body.name, {**known.keys, **body.keys}) if known else body
        logs.update(one.logs)
        witnesses += [w for w in one.witnesses if w not in witnesses]
    return Trust(authorities, registers, logs, tuple(witnesses))


def _bodies(entries: Any) -> dict[str, Body]:
    return {
        _text(e["id"]): Body(
            _text(e["id"]),
            {_text(k): _text(v) for k, v in e.get("name", {}).items()},
            {_text(k["id"]): PublicKey.from_multibase(_text(k["publicKeyMultibase"])) for k in e["keys"]},
        )
        for e in entries
    }


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {type(value).__name__}")
    return value
