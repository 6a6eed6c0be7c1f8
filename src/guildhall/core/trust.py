"""What a verifier holds before it looks at anything: keys of authorities, of logs, of registers that sign receipts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guildhall.core.canonical import strict_json
from guildhall.core.checkpoint import VerifierKey
from guildhall.core.errors import Error
from guildhall.core.keys import PublicKey
from guildhall.core.quorum import Quorum

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
            ``witnesses`` verifier key texts of cosigners; ``quorums`` by a log's origin, all of which its checkpoints must
            meet; ``addresses`` by a witness's verifier key, for those who ask witnesses.
    """

    authorities: Mapping[str, Body] = field(default_factory=dict)
    registers: Mapping[str, Body] = field(default_factory=dict)
    logs: Mapping[str, str] = field(default_factory=dict)
    witnesses: tuple[str, ...] = ()
    quorums: Mapping[str, tuple[Quorum, ...]] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)

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
            "logs": [self._log_json(origin, vkey) for origin, vkey in self.logs.items()],
            "witnesses": [
                {"vkey": vkey} | ({"url": self.addresses[vkey]} if vkey in self.addresses else {})
                for vkey in self.witnesses
            ],
        }

    def _log_json(self, origin: str, vkey: str) -> dict[str, object]:
        quorums = [{"n": quorum.n, "of": list(quorum.of)} for quorum in self.quorums.get(origin, ())]
        return {"origin": origin, "vkey": vkey} | ({"quorums": quorums} if quorums else {})


def _body_json(body: Body) -> dict[str, object]:
    keys = [{"id": key_id, "publicKeyMultibase": key.multibase} for key_id, key in body.keys.items()]
    return {"id": body.id, "name": dict(body.name), "keys": keys}


def parse(data: bytes) -> Trust:
    """Read a trust list.

    Raises: MalformedTrustError; MalformedError and its kin for bytes that are no strict JSON, or no key.
    Source: docs/formats/trust-list.md.
    """
    listed = strict_json.parse(data, max_bytes=_MAX_BYTES)
    if not isinstance(listed, dict) or listed.get("type") != "GuildhallTrust" or listed.get("version") != 1:
        raise MalformedTrustError("this is not a trust list of version 1")
    try:
        witnesses = tuple(_text(entry["vkey"]) for entry in listed.get("witnesses", []))
        return Trust(
            authorities=_bodies(listed.get("authorities", [])),
            registers=_bodies(listed.get("registers", [])),
            logs={_text(entry["origin"]): _text(entry["vkey"]) for entry in listed.get("logs", [])},
            witnesses=witnesses,
            quorums=_quorums(listed, witnesses),
            addresses={
                _text(entry["vkey"]): _text(entry["url"]) for entry in listed.get("witnesses", []) if "url" in entry
            },
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
    quorums: dict[str, tuple[Quorum, ...]] = {}
    addresses: dict[str, str] = {}
    for one in lists:
        for have, more in ((authorities, one.authorities), (registers, one.registers)):
            for did, body in more.items():
                known = have.get(did)
                have[did] = Body(did, body.name, {**known.keys, **body.keys}) if known else body
        logs.update(one.logs)
        witnesses += [w for w in one.witnesses if w not in witnesses]
        addresses.update(one.addresses)
        for origin, demanded in one.quorums.items():
            known_demands = quorums.get(origin, ())
            quorums[origin] = (*known_demands, *(quorum for quorum in demanded if quorum not in known_demands))
    return Trust(authorities, registers, logs, tuple(witnesses), quorums, addresses)


def _quorums(listed: Mapping[str, Any], witnesses: tuple[str, ...]) -> dict[str, tuple[Quorum, ...]]:
    """Return what each log's checkpoints must meet: the list's own ``quorum``, and those that its entry names."""
    common = (_quorum(listed["quorum"], witnesses),) if "quorum" in listed else ()
    if not common and not any("quorums" in entry for entry in listed.get("logs", [])):
        return {}
    demanded = {
        _log_name(entry): (*common, *(_quorum(one["n"], tuple(one["of"])) for one in entry.get("quorums", [])))
        for entry in listed.get("logs", [])
    }
    return {origin: quorums for origin, quorums in demanded.items() if quorums}


def _log_name(entry: Mapping[str, Any]) -> str:
    """Return a log's origin; its key must bear that name, or its checkpoints would be looked up under another one."""
    origin = _text(entry["origin"])
    if VerifierKey.parse(_text(entry["vkey"])).name != origin:
        raise MalformedTrustError("a log's key is not named as the log", origin=origin)
    return origin


def _quorum(n: object, of: tuple[str, ...]) -> Quorum:
    keys = [VerifierKey.parse(_text(text)) for text in of]
    if type(n) is not int or not 1 <= n <= len(keys):
        raise MalformedTrustError("a quorum is a number from 1 to the number of witnesses", n_witnesses=len(keys))
    if not all(key.cosigns for key in keys):
        raise MalformedTrustError("a witness's key is one that cosigns, of type 04 or 06")
    if len({key.public_key.raw for key in keys}) != len(keys):
        # One witness under two names would count twice.
        raise MalformedTrustError("two witnesses have one public key")
    return Quorum(n, of)


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
