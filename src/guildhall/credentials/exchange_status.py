"""Status lists of the VC-API's single credentials: places in them, and the signed lists as files.

Apart from the lists of awards: signed with the VC-API's key, computed from ``SingleCredential`` alone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from guildhall.core import did, proofs, statuslist
from guildhall.core.errors import Error, NotFoundError, TooLargeError
from guildhall.core.keys import Signer
from guildhall.core.tiles import File
from guildhall.credentials import forms
from guildhall.credentials.models import SingleCredential, StatusList
from guildhall.tlog import files

LONGEST_ID = 2_048
PURPOSES = (statuslist.REVOCATION, statuslist.SUSPENSION)
"""Two facts with a list each, both named by the credential: it need not be an Open Badge."""

_OWNER = "vc-api"
_TTL_MS = 60_000
_NAME = re.compile(rf"{_OWNER}-(?:{'|'.join(PURPOSES)})-[1-9][0-9]{{0,8}}")


class UnknownCredentialError(NotFoundError):
    """No single credential with a status was issued under this id."""

    code = "unknown_credential"


class UnknownPurposeError(Error):
    """Single credentials are revoked or suspended; other purposes have no list."""

    code = "unknown_purpose"


def entries(credential_id: str, signer: Signer, now: datetime) -> list[dict[str, Any]]:
    """Give a credential its place in both lists, and return the entries that say so; a list that is new is written.

    Raises: TooLargeError for an id of more than 2,048 characters.
    """
    if len(credential_id) > LONGEST_ID:
        raise TooLargeError("the id of a credential with a status is too long", limit=LONGEST_ID, what="id")
    single = SingleCredential.objects.create(credential_id=credential_id)
    ordinal, index = _place(single)
    for purpose in PURPOSES:
        if signed(_name(purpose, ordinal)) is None:
            _publish(purpose, ordinal, signer, now)
    return [
        statuslist.status_entry(forms.list_url(_name(purpose, ordinal)), index, purpose=purpose) for purpose in PURPOSES
    ]


def mark(credential_id: str, purpose: str, *, marked: bool, signer: Signer, now: datetime) -> None:
    """Set or clear the bits of all credentials with this id, and write the lists anew.

    Raises: UnknownPurposeError; UnknownCredentialError.
    """
    if purpose not in PURPOSES:
        raise UnknownPurposeError(f"a status purpose is one of {', '.join(PURPOSES)}", purpose=purpose)
    singles = SingleCredential.objects.filter(credential_id=credential_id)
    if not credential_id or not singles.update(**{_column(purpose): now if marked else None}):
        raise UnknownCredentialError("no credential with a status was issued under this id", id=credential_id)
    for ordinal in {_place(single)[0] for single in singles}:
        _publish(purpose, ordinal, signer, now)


def signed(name: str) -> dict[str, Any] | None:
    """Return a signed list of ours by name, ``None`` where there is none of that name."""
    if not _NAME.fullmatch(name):  # the name is somebody's, the folder ours
        return None
    written = files.read(Path(settings.STATUS_DIR), f"{name}.json")
    return orjson.loads(written) if written is not None else None


def _place(single: SingleCredential) -> tuple[int, int]:
    whole, index = divmod(single.pk - 1, StatusList.PLACES)
    return whole + 1, index


def _name(purpose: str, ordinal: int) -> str:
    return forms.list_name(_OWNER, purpose, ordinal)


def _column(purpose: str) -> str:
    return "revoked_at" if purpose == statuslist.REVOCATION else "suspended_at"


def _publish(purpose: str, ordinal: int, signer: Signer, now: datetime) -> None:
    first = (ordinal - 1) * StatusList.PLACES
    marked = SingleCredential.objects.filter(
        pk__gt=first, pk__lte=first + StatusList.PLACES, **{f"{_column(purpose)}__isnull": False}
    )
    bits = statuslist.Bitstring(StatusList.PLACES)
    bits.set_all({pk - 1 - first for pk in marked.values_list("pk", flat=True)})
    name, whole = _name(purpose, ordinal), now.astimezone(UTC).replace(microsecond=0)
    unsigned = statuslist.list_credential(
        forms.list_url(name), did.controller_of(signer.key_id), bits, purpose=purpose, valid_from=whole, ttl_ms=_TTL_MS
    )
    document = proofs.add_proof(unsigned, signer, created=whole)
    files.write(Path(settings.STATUS_DIR), [File(f"{name}.json", orjson.dumps(document))])
