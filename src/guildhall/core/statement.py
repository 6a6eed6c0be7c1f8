"""The authority's signed statement of one filing: who may award what, where, between which days, with which keys.

The statement travels in each bundle, so that a certificate still shows who was entitled to award it when issuer, site and
domain are gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from guildhall.core.accreditation import Filing, Suspension
from guildhall.core.credential import STATEMENT_CONTEXTS, once
from guildhall.core.errors import Error
from guildhall.core.instants import MalformedInstantError, from_text, to_text

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class NotAStatementError(Error):
    """The document is not an accreditation statement."""

    code = "not_a_statement"


@dataclass(frozen=True, slots=True)
class Statement:
    """What the authority stated.

    Shape:  ``keys`` maps a verification method to its Multikey text, ``ends`` to the moment from which it signs no more.
    """

    authority: str
    issuer: str
    issuer_name: str
    keys: Mapping[str, str]
    filing: Filing
    ends: Mapping[str, datetime] = field(default_factory=dict)

    def signs_at(self, key_id: str, at: datetime) -> bool:
        """Tell whether a key may still sign at a moment: one that was taken out of use may be in anybody's hands."""
        ends_at = self.ends.get(key_id)
        return key_id in self.keys and (ends_at is None or at < ends_at)


def document(
    filing: Filing,
    *,
    statement_id: str,
    authority: str,
    authority_name: str,
    issuer_name: str,
    credit_code: str,
    keys: Sequence[tuple[str, str]],
    stated_at: datetime,
    ends: Mapping[str, datetime] | None = None,
) -> dict[str, Any]:
    """Return the unsigned ``AccreditationCredential`` for one filing.

    Shape:  keys are pairs of verification method and publicKeyMultibase; ``ends`` the moments from which some of them
            sign no more; ``stated_at`` aware.
    Source: Controlled Identifiers 1.0, section 2.2 (``expires``).
    """
    ended = ends or {}
    scope: dict[str, Any] = {
        "filing": filing.filing,
        "scheme": filing.scheme,
        "occupations": sorted(filing.occupations),
        "levels": sorted(filing.levels),
        "regions": sorted(filing.regions),
        "startsOn": filing.starts_on.isoformat(),
    }
    if filing.ends_on is not None:
        scope["endsOn"] = filing.ends_on.isoformat()
    if filing.sites:
        scope["sites"] = sorted(filing.sites)
    if filing.suspensions:
        scope["suspensions"] = [
            {"from": s.from_on.isoformat()} | ({"until": s.until_on.isoformat()} if s.until_on else {})
            for s in filing.suspensions
        ]
    return {
        "@context": list(STATEMENT_CONTEXTS),
        "id": statement_id,
        "type": ["VerifiableCredential", "AccreditationCredential"],
        "issuer": {"id": authority, "name": authority_name},
        "validFrom": stated_at.isoformat(),
        "credentialSubject": {
            "id": filing.issuer,
            "name": issuer_name,
            "creditCode": credit_code,
            "keys": [
                key_member(key_id, filing.issuer, multibase)
                | ({"expires": to_text(_whole(ended[key_id]))} if key_id in ended else {})
                for key_id, multibase in keys
            ],
            "accreditation": scope,
        },
    }


def _whole(ends_at: datetime) -> datetime:
    # Leaves carry whole seconds, cut: what was signed in the last one was signed in time.
    cut = ends_at.astimezone(UTC).replace(microsecond=0)
    return cut if cut == ends_at else cut + timedelta(seconds=1)


def key_member(key_id: str, controller: str, multibase: str) -> dict[str, str]:
    """Return a public key as a Multikey verification method (Controlled Identifiers 1.0, section 2.2.2)."""
    return {"id": key_id, "type": "Multikey", "controller": controller, "publicKeyMultibase": multibase}


def read(statement: Mapping[str, Any]) -> Statement:
    """Read a statement back.

    Raises: NotAStatementError if a member is missing or of another type.
    """
    try:
        return _read(statement)
    except (KeyError, TypeError, ValueError, AttributeError, MalformedInstantError) as reason:
        raise NotAStatementError("this is not an accreditation statement", reason=repr(reason)) from None


def _read(statement: Mapping[str, Any]) -> Statement:
    if "AccreditationCredential" not in _texts(statement["type"]):
        raise ValueError("type")
    subject = statement["credentialSubject"]
    scope = subject["accreditation"]
    ends_on = scope.get("endsOn")
    keys = [key for key in _list(subject["keys"]) if key["type"] == "Multikey"]
    once((_text(key["id"]), "") for key in keys)
    return Statement(
        authority=_text(statement["issuer"]["id"]),
        issuer=_text(subject["id"]),
        issuer_name=_text(subject["name"]),
        keys={_text(k["id"]): _text(k["publicKeyMultibase"]) for k in keys},
        ends={k["id"]: from_text(k["expires"]) for k in keys if "expires" in k},
        filing=Filing(
            filing=_text(scope["filing"]),
            issuer=_text(subject["id"]),
            scheme=_text(scope["scheme"]),
            occupations=_texts(scope["occupations"]),
            levels=_texts(scope["levels"]),
            regions=_texts(scope["regions"]),
            starts_on=_day(scope["startsOn"]),
            ends_on=_day(ends_on) if ends_on is not None else None,
            # Without sites: every site. So an empty list, or a text that has no letters, must not stand for none.
            sites=_texts(scope["sites"], some=True) if "sites" in scope else frozenset(),
            suspensions=tuple(
                Suspension(_day(one["from"]), _day(one["until"]) if one.get("until") is not None else None)
                for one in _list(scope.get("suspensions", []))
            ),
        ),
    )


def _texts(value: object, *, some: bool = False) -> frozenset[str]:
    texts = frozenset(map(_text, _list(value)))
    if some and not texts:
        raise ValueError("none")
    return texts


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"not a list: {type(value).__name__}")
    return value


def _day(value: object) -> date:
    text = _text(value)
    if not _DAY.fullmatch(text):
        raise ValueError("day")
    return date.fromisoformat(text)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {type(value).__name__}")
    return value
