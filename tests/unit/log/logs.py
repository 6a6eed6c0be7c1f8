"""Small logs for the tests: fixed keys, fixed times, files in a dict."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from guildhall.core import checkpoint, tiles
from guildhall.core.checkpoint import Checkpoint, VerifierKey
from guildhall.core.errors import Error
from guildhall.core.keys import SeedSigner
from guildhall.core.leaves import AccreditationDeed, AccreditationLeaf, AwardLeaf, StatusLeaf
from guildhall.core.lifecycle import Deed

ORIGIN = "register.example/log"
START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

LI_LOG_KEEPER = SeedSigner("log", b"\x01" * 32)
MALLORY = SeedSigner("mallory", b"\x66" * 32)
WEI_WITNESS = SeedSigner("witness", b"\x02" * 32)
WITNESS_NAME = "witness.example/wei"

LOG_KEY = VerifierKey(ORIGIN, LI_LOG_KEEPER.public_key)
WITNESS_KEY = VerifierKey(WITNESS_NAME, WEI_WITNESS.public_key, checkpoint.COSIGNATURE)

NATIONAL = "did:web:register.example:issuers:national"
REGIONAL = "did:web:register.example:issuers:sc-01"
NATIONAL_FILING = "2026-000001"
REGIONAL_FILING = "川2026-000002"


def attempt(call: Callable[..., Any], *arguments: Any) -> tuple[Any, str | None]:
    """The value that a call gives, or the code of the error in which it ends; any other exception passes."""
    try:
        return call(*arguments), None
    except Error as error:
        return None, error.code


def document(name: object) -> str:
    return hashlib.sha256(repr(name).encode()).hexdigest()


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def accredit(
    issuer: str,
    filing: str,
    minutes: int = 0,
    *,
    deed: AccreditationDeed = AccreditationDeed.ACCREDIT,
    scheme: str = "pcc",
    from_on: date = date(2026, 1, 1),
    until_on: date | None = None,
) -> bytes:
    return AccreditationLeaf(
        at(minutes), deed, filing, issuer, document((issuer, filing)), scheme, from_on, until_on
    ).to_bytes()


def accredit_without_days(
    issuer: str, filing: str, minutes: int = 0, deed: AccreditationDeed = AccreditationDeed.ACCREDIT
) -> bytes:
    """The form of version 1."""
    return AccreditationLeaf(at(minutes), deed, filing, issuer, document((issuer, filing))).to_bytes()


def award(name: object, minutes: int = 1, *, issuer: str = NATIONAL, filing: str = NATIONAL_FILING) -> bytes:
    return AwardLeaf(at(minutes), issuer, "pcc", filing, document(name)).to_bytes()


def deed(kind: Deed, name: object, minutes: int, *, replaced_by: object = None, until_on: date | None = None) -> bytes:
    following = None if replaced_by is None else document(replaced_by)
    return StatusLeaf(
        at(minutes), kind, document(name), date(2026, 2, 1), "holder-asked", until_on, following
    ).to_bytes()


def opening() -> list[bytes]:
    """The two accreditations that the awards of these logs rest on."""
    return [accredit(NATIONAL, NATIONAL_FILING), accredit(REGIONAL, REGIONAL_FILING)]


def ordinary(n_leaves: int) -> list[bytes]:
    """An honest log: two accreditations, awards on both tracks, now and then a deed."""
    leaves = opening()
    while len(leaves) < n_leaves:
        index = len(leaves)
        if index % 50 == 49:
            leaves.append(deed(Deed.REVOKE, index - 7, index))
        elif index % 10 == 3:
            leaves.append(award(index, index, issuer=REGIONAL, filing=REGIONAL_FILING))
        else:
            leaves.append(award(index, index))
    return leaves[:n_leaves]


@dataclass
class Log:
    """A log as its files."""

    files: dict[str, bytes] = field(default_factory=dict)
    edge: tiles.Edge = field(default_factory=tiles.Edge)
    origin: str = ORIGIN
    signer: SeedSigner = LI_LOG_KEEPER

    @classmethod
    def of(cls, leaves: Iterable[bytes], *, steps: Iterable[int] = (), **changes: object) -> Log:
        """A log of these leaves, published at each of the sizes in ``steps`` and at the end."""
        log = cls(**changes)  # type: ignore[arg-type]
        leaves = list(leaves)
        for size in (*steps, len(leaves)):
            log.publish(leaves[log.edge.size : size])
        return log

    def publish(self, leaves: list[bytes]) -> None:
        growth = tiles.grow(self.edge, leaves)
        self.edge = growth.edge
        self.files.update((file.path, file.content) for file in growth.files)
        self.sign(self.edge.size, self.edge.head)

    def sign(self, size: int, root: bytes) -> None:
        self.files["checkpoint"] = checkpoint.sign(Checkpoint(self.origin, size, root), self.signer)

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)
