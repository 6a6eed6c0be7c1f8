"""From the two halves of the facts to a signed document and its leaf.

Documents of one form differ in a few places only. A press finds these places once, by making a document of marks; then
each document costs its own hash and its own signature, and little besides. The first one of every kind is also made
the long way, and must come out the same to the byte; whatever does not fit a press takes the long way too.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from guildhall.core import credential, leaves, multibase, proofs
from guildhall.core.canonical import jcs
from guildhall.core.canonical.shapes import Template
from guildhall.core.credential import AwardFacts
from guildhall.core.keys import Signer
from guildhall.credentials import forms, plates
from guildhall.credentials.plates import Plate

_DIGEST = "0" * 64
_PROOF_VALUE = "{the proof value}"
# Marks stand for what differs. They are such texts as no form can contain by itself.
_MARKS = {
    "document_id": "urn:uuid:7f000000-0000-4000-8000-00000000f001",
    "number": "{mark number}",
    "holder_name": "{mark holder}",
    "identity_hash": "{mark identity}",
    "salt": "{mark salt}",
}
_ISSUED, _UNTIL, _EXAMINED = date(1401, 1, 1), date(1402, 2, 2), date(1403, 3, 3)
_INDEX = 99_999_917

WORTH_A_PLATE = 100
"""Making a plate costs as much as signing about so many documents the long way: small groups are signed without one."""


class Signed(NamedTuple):
    """A signed document. ``plate`` the name of its plate, None where ``own`` is the whole of it; hash in hex; its leaf."""

    plate: str | None
    own: bytes
    digest: str
    leaf: bytes


class Press:
    """Signs the documents of one form at one moment with one key.

    Signing the same facts again gives the same bytes: Ed25519 is deterministic, and the time is the stored one.
    """

    def __init__(self, form: Mapping[str, Any], signer: Signer, *, created: datetime, logged_at: datetime) -> None:
        self._form = form
        self._signer = signer
        self._created = created.astimezone(UTC).replace(microsecond=0)
        leaf = leaves.AwardLeaf(
            logged_at.astimezone(UTC).replace(microsecond=0), form["issuer"], form["scheme"], form["filing"], _DIGEST
        )
        self._leaf_before, self._leaf_after = leaf.to_bytes().split(_DIGEST.encode())
        self._types: dict[tuple[bool, bool], _Type | None] = {}
        self._n_signed = 0

    def sign(self, instance_id: str, own: bytes) -> Signed:
        """Return a document, signed, by the half of its facts that is its own.

        Shape:  ``instance_id`` 32 hex digits; ``own`` JSON text.
        Raises: what the canonicalisers and the signer raise.
        """
        facts = orjson.loads(own)
        self._n_signed += 1
        if self._n_signed <= WORTH_A_PLATE:
            return self._whole(instance_id, facts)
        type_ = None if facts["remark"] or facts["serial"] != 1 else self._type(facts)
        if type_ is None:
            return self._whole(instance_id, facts)
        values = type_.sign(instance_id, facts)
        digest = hashlib.sha256(type_.plate.filled(values)).hexdigest()
        leaf = self._leaf_before + digest.encode() + self._leaf_after
        return Signed(type_.plate_id, plates.kept(values), digest, leaf)

    def _whole(self, instance_id: str, facts: Mapping[str, Any]) -> Signed:
        body = self.sign_the_long_way(instance_id, facts)
        digest = hashlib.sha256(body).hexdigest()
        return Signed(None, body, digest, self._leaf_before + digest.encode() + self._leaf_after)

    def sign_the_long_way(self, instance_id: str, own: Mapping[str, Any]) -> bytes:
        """Return the same document, canonical JSON, with nothing remembered from others."""
        facts = forms.facts(self._form, own, str(uuid.UUID(hex=instance_id)))
        return jcs.canonical(credential.signed(credential.document(facts), self._signer, created=self._created))

    def plates(self) -> dict[str, str]:
        """Return name and text of the plates in use."""
        return {type_.plate_id: type_.plate.text for type_ in self._types.values() if type_ is not None}

    def _type(self, own: Mapping[str, Any]) -> _Type | None:
        """Return the type for documents with these optional members, made and tried out on first use."""
        kind = (own["valid_until"] is not None, own["examined_on"] is not None)
        if kind not in self._types:
            type_ = _Type.of(self._form, self._signer, self._created, kind)
            trial = "7f" * 16
            if type_ is not None and type_.plate.filled(type_.sign(trial, own)) != self.sign_the_long_way(trial, own):
                type_ = None
            self._types[kind] = type_
        return self._types[kind]


@dataclass(frozen=True, slots=True)
class _Type:
    """A kind of document, cut at its marks.

    Shape:  values come in the order of ``_NAMES``, then the marks of the parts, then the proof; ``holes`` and ``picked`` say
            which of them the canonicaliser's template takes.
    """

    template: Template
    holes: tuple[str, ...]
    picked: Callable[[Sequence[str]], tuple[str, ...]]
    plate: Plate
    plate_id: str
    options_hash: bytes
    signer: Signer
    place: str

    @staticmethod
    def of(form: Mapping[str, Any], signer: Signer, created: datetime, kind: tuple[bool, bool]) -> _Type | None:
        """Return the type, or None where a mark shows up inside another text and cannot be filled in by itself."""
        facts = _marked(form, *kind)
        sample = credential.document(facts)
        marks = _mark_texts(facts)
        places: dict[str, list[tuple[str | int, ...]]] = {}
        for path, text in _texts(sample):
            name = marks.get(text)
            if name is not None:
                places.setdefault(name, []).append(path)
            elif any(mark in text for mark in marks):
                return None
        template = Template(sample, {name: found if len(found) > 1 else found[0] for name, found in places.items()})
        if not template.is_compiled:
            return None
        order = {name: at for at, name in enumerate((*_NAMES, *(f"points:{i}" for i in range(len(facts.results)))))}
        options = proofs.proof_options(sample, signer, created=created)
        options_hash = hashlib.sha256(
            proofs.canonical({**options, "@context": sample["@context"]}, proofs.SUITES["eddsa-rdfc-2022"])
        ).digest()
        signed = jcs.canonical({**sample, "proof": [{**options, "proofValue": _PROOF_VALUE}]})
        plate = _plate(signed.decode(), {**marks, _PROOF_VALUE: "proof"}, {**order, "proof": len(order)})
        return _Type(
            template=template,
            holes=tuple(places),
            picked=itemgetter(*(order[name] for name in places)),
            plate=plate,
            plate_id=plate.id,
            options_hash=options_hash,
            signer=signer,
            place=f"{form['lists'][forms.BARRING]}#",
        )

    def sign(self, instance_id: str, own: Mapping[str, Any]) -> list[str]:
        """Return the values to be put into the plate, the proof among them."""
        index = str(own["index"])
        until = own["valid_until"]
        values: list[str] = [
            f"urn:uuid:{instance_id[:8]}-{instance_id[8:12]}-{instance_id[12:16]}-{instance_id[16:20]}-{instance_id[20:]}",
            own["number"],
            own["holder"],
            own["identity_hash"],
            own["salt"],
            own["issued_on"] + _START,
            until + _END if until else "",
            own["examined_on"] + _START if own["examined_on"] else "",
            index,
            self.place + index,
            *own["marks"],
        ]
        digest = self.template.digest(dict(zip(self.holes, self.picked(values), strict=True)))
        signature = self.signer.sign(self.options_hash + digest)
        # Only what people have written can need an escape in JSON.
        values[1], values[2] = _in_json(values[1]), _in_json(values[2])
        values.append(multibase.encode(signature))
        return values


_NAMES = (
    "document_id", "number", "holder_name", "identity_hash", "salt", "issued_on", "valid_until", "examined_on", "index",
    "place",
)  # fmt: skip
_START = credential.start_of(date(2000, 1, 1))[10:]
_END = credential.end_of(date(2000, 1, 1))[10:]
_PLAIN = re.compile(r"[^\x00-\x1f\"\\]*").fullmatch


def _in_json(text: str) -> str:
    """Return a text as it stands between the quotes of canonical JSON."""
    return text if _PLAIN(text) else jcs.canonical(text).decode()[1:-1]


def _plate(signed: str, marks: Mapping[str, str], order: Mapping[str, int]) -> Plate:
    """Cut canonical JSON at its marks."""
    quoted = {jcs.canonical(text).decode()[1:-1]: name for text, name in marks.items()}
    found = sorted((at, text, name) for text, name in quoted.items() for at in _places(signed, f'"{text}"'))
    pieces: list[str] = []
    start = 0
    for at, text, _ in found:
        pieces.append(signed[start : at + 1])
        start = at + 1 + len(text)
    pieces.append(signed[start:])
    return Plate.of(pieces, [order[name] for _, _, name in found])


def _marked(form: Mapping[str, Any], has_until: bool, has_examined: bool) -> AwardFacts:  # noqa: FBT001 - a pair of its kind
    """Return the facts of a document in which marks stand for all that differs."""
    own = forms.own(
        number=_MARKS["number"],
        holder=_MARKS["holder_name"],
        identity_hash=_MARKS["identity_hash"],
        salt=_MARKS["salt"],
        issued_on=_ISSUED.isoformat(),
        valid_until=_UNTIL.isoformat() if has_until else None,
        examined_on=_EXAMINED.isoformat() if has_examined else None,
        marks=[_points(at) for at in range(len(form["parts"]))],
        index=_INDEX,
    )
    facts = forms.facts(form, own, "")
    return replace(facts, document_id=_MARKS["document_id"])


def _points(at: int) -> str:
    return f"{{mark points {at}}}"


def _mark_texts(facts: AwardFacts) -> dict[str, str]:
    """Return what the marks look like in a document: text → name."""
    texts = {text: name for name, text in _MARKS.items()}
    texts |= {credential.start_of(_ISSUED): "issued_on", credential.end_of(_UNTIL): "valid_until"}
    texts |= {credential.start_of(_EXAMINED): "examined_on", str(_INDEX): "index"}
    texts[f"{facts.status.list_url}#{_INDEX}"] = "place"
    return texts | {part.mark: f"points:{at}" for at, part in enumerate(facts.results)}


def _texts(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every text of a document with its place, the contexts left out."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, member in value.items():
            if name != "@context":
                yield from _texts(member, (*path, name))
    elif isinstance(value, list):
        for at, member in enumerate(value):
            yield from _texts(member, (*path, at))


def _places(signed: str, text: str) -> Sequence[int]:
    places = []
    at = signed.find(text)
    while at >= 0:
        places.append(at)
        at = signed.find(text, at + 1)
    return places
