"""Places in the status lists, given so that neighbours cannot be recognised.

Places are handed out in sequence, and the sequence goes through a keyed permutation of the list: who sees two
certificates of one batch learns nothing from their indices. Both purposes use the same index, in two lists.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from uuid import UUID

from django.db import connection

from guildhall.assessment.identity import derived
from guildhall.credentials.models import StatusList

_ROUNDS = 4
_LEFT_BITS, _RIGHT_BITS = 8, 9
assert 1 << _LEFT_BITS + _RIGHT_BITS == StatusList.PLACES


def permuted(list_id: UUID, sequence: range) -> list[int]:
    """Return the indices that belong to numbers of the sequence; all numbers of a list give all its indices, once each.

    Shape:  within 0 to 131,071.
    Source: an unbalanced Feistel network (Luby and Rackoff 1988), its round functions being tables from SHAKE-256 under a
            key of this register. It hides neighbours; it need not withstand more.
    """
    left_tables, right_tables = _tables(list_id)
    rounds = list(zip(left_tables, right_tables, strict=True))
    indices = []
    for number in sequence:
        left, right = number >> _RIGHT_BITS, number & 0x1FF
        for to_left, to_right in rounds:
            left ^= to_left[right]
            right ^= to_right[left]
        indices.append(left << _RIGHT_BITS | right)
    return indices


@lru_cache(maxsize=256)
def _tables(list_id: UUID) -> tuple[list[bytes], list[list[int]]]:
    stream = hashlib.shake_256(derived("status-place", list_id.bytes, 32)).digest(_ROUNDS * (512 + 2 * 256))
    to_left = [stream[at : at + 512] for at in range(0, _ROUNDS * 512, 512)]
    rest = stream[_ROUNDS * 512 :]
    words = [int.from_bytes(rest[at : at + 2], "big") & 0x1FF for at in range(0, len(rest), 2)]
    return to_left, [words[at : at + 256] for at in range(0, len(words), 256)]


def take(issuer_id: UUID, n_places: int) -> list[tuple[StatusList, list[int]]]:
    """Take places for so many documents, in the caller's transaction; the next list is begun where one is full.

    The list's row stays locked until commit, so that no place is given twice. Places that no document takes after all stay
    empty: nothing is ever said of them.
    """
    assert connection.in_atomic_block, "the row stays locked until the places are noted as taken"
    taken: list[tuple[StatusList, list[int]]] = []
    while n_places:
        current = _open_list(issuer_id)
        first = current.n_used
        current.n_used = min(first + n_places, StatusList.PLACES)
        current.save(update_fields=["n_used"])
        indices = permuted(current.pk, range(first, current.n_used))
        taken.append((current, indices))
        n_places -= len(indices)
    return taken


def _open_list(issuer_id: UUID) -> StatusList:
    lists = StatusList.objects.filter(issuer_id=issuer_id).order_by("-ordinal")
    latest = lists.select_for_update(no_key=True).first()
    if latest is not None and latest.n_used < StatusList.PLACES:
        return latest
    ordinal = latest.ordinal + 1 if latest is not None else 1
    # Two may begin the same list at once; the constraint lets one, and both then wait for its row.
    StatusList.objects.get_or_create(issuer_id=issuer_id, ordinal=ordinal)
    return StatusList.objects.select_for_update(no_key=True).get(issuer_id=issuer_id, ordinal=ordinal)
