"""Asking witnesses to cosign the log's newest checkpoint (C2SP tlog-witness), where the operator has named any.

Nobody is contacted unless ``GUILDHALL_WITNESSES`` names a trust list whose witnesses have addresses. A witness that is down,
slow, behind or lying is told of and changes nothing else: what it says counts only when its signature holds.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import orjson
from django.conf import settings
from django.db.models import Count, Q

from guildhall.core import tiles
from guildhall.core import trust as trusts
from guildhall.core.canonical import strict_json
from guildhall.core.checkpoint import Signature, VerifierKey
from guildhall.core.errors import Error
from guildhall.core.submission import Submission, read_answer, read_size
from guildhall.core.trust import Trust
from guildhall.tlog import files, keys, services
from guildhall.tlog.models import Checkpoint, Cosignature
from guildhall.tlog.posting import check_address, post

_TRIES = 3
COSIGNED = "cosigned"

Read = Callable[[str], bytes | None]


class WitnessListError(Error):
    """The file that names the witnesses cannot be read."""

    code: ClassVar[str] = "witness_list_unreadable"


class WitnessRefusedError(Error):
    """The witness has answered that it will not cosign."""

    code: ClassVar[str] = "witness_refused"


class WitnessAheadError(Error):
    """The witness has seen a longer log than this register has published, as after a restore from an old backup."""

    code: ClassVar[str] = "witness_ahead"


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking one witness. ``code`` is ``cosigned`` or the code of what went wrong."""

    witness: str
    size: int
    code: str
    detail: str

    @property
    def cosigned(self) -> bool:
        """Tell whether the witness has cosigned."""
        return self.code == COSIGNED

    def as_json(self) -> dict[str, object]:
        """Return JSON-ready members."""
        return {"witness": self.witness, "size": self.size, "code": self.code, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class _Witness:
    key: VerifierKey
    address: str
    n_seen: int
    """How many leaves it cosigned last, as far as this register knows."""


def witnesses() -> Trust:
    """Return the register's log with the witnesses and the quorum that the operator has named; none where none are named.

    Raises: WitnessListError; MalformedTrustError and its kin; what the keystore raises.
    """
    log = keys.verifier_key()
    own = {"origin": log.name, "vkey": log.text}
    if settings.WITNESSES is None:
        return Trust(logs={log.name: log.text})
    try:
        listed = strict_json.parse(Path(settings.WITNESSES).read_bytes(), max_bytes=1 << 20)
    except OSError as reason:
        raise WitnessListError(f"{settings.WITNESSES} cannot be read: {reason.strerror}") from None
    if isinstance(listed, dict):
        # The quorum that the file demands is that of this register's log, which the file need not name.
        listed = {"type": listed.get("type"), "version": listed.get("version"), "logs": [own]} | {
            name: listed[name] for name in ("witnesses", "quorum") if name in listed
        }
    read = trusts.parse(orjson.dumps(listed))
    for address in read.addresses.values():
        check_address(address)
    return read


def cosign(now: datetime) -> tuple[Asked, ...]:
    """Ask every witness that has an address and has not cosigned the newest checkpoint yet; keep and publish what they sign.

    Can be repeated at any time: who has cosigned is not asked again. No transaction is open while others are waited for.

    Raises: WitnessListError; MalformedTrustError and its kin; LogOriginError. What a witness does is no error.
    Source: C2SP tlog-witness, "add-checkpoint".
    """
    if settings.WITNESSES is None:
        return ()
    latest = services.latest_checkpoint()
    asked = _missing(witnesses(), latest) if latest is not None else []
    if latest is None or not asked:
        return ()
    root = Path(settings.LOG_DIR)

    def ask(witness: _Witness) -> Signature | Error:
        try:
            return _ask(witness, latest, lambda path: files.read(root, path), now)
        except Error as error:
            return error

    with ThreadPoolExecutor(len(asked)) as threads:
        answers = list(threads.map(ask, asked))
    services.keep_cosignatures(latest, [one for one in answers if isinstance(one, Signature)], now=now)
    return tuple(_told(witness, latest.size, answer) for witness, answer in zip(asked, answers, strict=True))


def witnessed() -> services.Published | None:
    """Return the log at the newest checkpoint that meets the operator's quorum; None where there is no quorum or none does.

    Raises: as for ``witnesses``.
    """
    if settings.WITNESSES is None:
        return None
    demanded = [quorum for quorums in witnesses().quorums.values() for quorum in quorums]
    if not demanded:
        return None
    known = [VerifierKey.parse(text) for text in demanded[0].of]
    ours = Q()
    for key in known:
        ours |= Q(witness=key.name, key_id=key.key_id.hex())
    counted = Cosignature.objects.filter(ours).values("checkpoint").annotate(n=Count("id"))
    newest = counted.filter(n__gte=demanded[0].n).order_by("-checkpoint").values_list("checkpoint", flat=True).first()
    if newest is None:
        return None
    return services.Published(Checkpoint.objects.get(pk=newest), Path(settings.LOG_DIR))


def _missing(named: Trust, latest: Checkpoint) -> list[_Witness]:
    by = set(Cosignature.objects.filter(checkpoint=latest).values_list("witness", "key_id"))
    waiting = [(VerifierKey.parse(text), address) for text, address in named.addresses.items()]
    return [_Witness(key, address, _n_seen(key)) for key, address in waiting if (key.name, key.key_id.hex()) not in by]


def _n_seen(key: VerifierKey) -> int:
    last = Cosignature.objects.filter(witness=key.name, key_id=key.key_id.hex()).order_by("-checkpoint").first()
    return last.checkpoint_id if last is not None else 0


def _ask(witness: _Witness, latest: Checkpoint, read: Read, now: datetime) -> Signature:
    """Return the witness's cosignature; where it has seen another size than we think, prove from there.

    Raises: WitnessUnreachableError; WitnessAheadError; WitnessRefusedError; what ``read_answer`` and the tiles raise.
    """
    note, old = latest.note.encode(), witness.n_seen
    said = "it names another size each time"
    for _ in range(_TRIES):
        body = Submission(old, _path(read, old, latest.size), note).to_bytes()
        answer = post(witness.address, body)
        if answer.status == 200:
            return read_answer(answer.body, note, witness.key, now=now)
        if answer.status != 409 or answer.content_type != "text/x.tlog.size":
            said = f"{answer.status} {answer.text}"
            break
        n_seen = read_size(answer.body)
        if n_seen > latest.size:
            raise WitnessAheadError(
                f"the witness has seen {n_seen} leaves, this register has published {latest.size}", seen=n_seen
            )
        old = n_seen
    raise WitnessRefusedError(f"the witness does not cosign: {said}")


def _path(read: Read, old: int, size: int) -> tuple[bytes, ...]:
    return tuple(tiles.TileNodes(read, size).consistency_path(old)) if 0 < old < size else ()


def _told(witness: _Witness, size: int, answer: Signature | Error) -> Asked:
    if isinstance(answer, Error):
        return Asked(witness.key.name, size, answer.code, answer.detail)
    return Asked(witness.key.name, size, COSIGNED, f"cosigned at {size:,} leaves")
