"""Results in: a look at what a file would bring, and bringing it in."""

from __future__ import annotations

import hashlib
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar

from django.db import IntegrityError, connection, transaction

from guildhall.accounts import bulk
from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.assessment import identity, numbers
from guildhall.assessment.award_keys import award_ids_of
from guildhall.assessment.models import Batch, Holder, Result
from guildhall.assessment.verdicts import Accepted, Judged, RowVerdict, in_groups, judge
from guildhall.core import results
from guildhall.core.credential import CHINA
from guildhall.core.errors import ConflictError
from guildhall.core.results import RowProblem
from guildhall.issuers.models import Issuer

_GROUP = 2000
_HOLDERS = 1000
_LONGEST_FILE_NAME = 255
_Group = TypeVar("_Group")
_Made = TypeVar("_Made")


class PreviewOutdatedError(ConflictError):
    """Since the preview somebody else has changed what would become of the file: look again."""

    code = "preview_outdated"


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing a file would do.

    Shape:  ``rows`` by line, each good, bad or already there; ``problems`` the reasons, ``notices`` what was understood
            or assumed; ``digest`` names all of it, for ``import_results``.
    """

    rows: Sequence[RowVerdict]
    problems: tuple[RowProblem, ...]
    notices: tuple[RowProblem, ...]
    n_rows: int
    n_good: int
    n_bad: int
    n_already: int
    digest: str


def preview(data: bytes, file_name: str, *, issuer: Issuer, actor: Actor, now: datetime) -> Preview:
    """Say what importing a results file would do; nothing is written.

    Shape:  ``data`` CSV or XLSX; ``file_name`` only for people.
    Raises: ForbiddenError; RefusedFileError; LargeFileError; UnknownClassificationError.
    """
    require(actor, RoleKind.ISSUING_OFFICER, issuer.organisation)
    with bulk.loading():
        parsed = results.parse(data, file_name=file_name, today=now.astimezone(CHINA).date())
        judged = judge(parsed, issuer, lock=False)
    return Preview(
        rows=judged.rows(),
        problems=tuple(judged.all_problems),
        notices=parsed.notices,
        n_rows=parsed.n_rows,
        n_good=len(judged.accepted),
        n_bad=judged.n_bad,
        n_already=len(judged.already),
        digest=judged.digest,
    )


def import_results(
    data: bytes, file_name: str, *, issuer: Issuer, preview_digest: str | None, actor: Actor, now: datetime
) -> Batch:
    """Bring the good rows of a file in, all in one transaction, and return the batch that they form.

    The same file again brings in what is new (nothing, as a rule: then the first batch is returned).

    Shape:  ``preview_digest`` as the preview said; None takes the file as it is now.
    Raises: ForbiddenError; RefusedFileError; LargeFileError; PreviewOutdatedError (nothing is written then);
            UnknownClassificationError.
    """
    require(actor, RoleKind.ISSUING_OFFICER, issuer.organisation)
    with bulk.loading():
        return _read_and_import(data, file_name, issuer, preview_digest=preview_digest, actor=actor, now=now)


def _read_and_import(
    data: bytes, file_name: str, issuer: Issuer, *, preview_digest: str | None, actor: Actor, now: datetime
) -> Batch:
    parsed = results.parse(data, file_name=file_name, today=now.astimezone(CHINA).date())
    try:
        with transaction.atomic():
            # Two imports of one issuer go one after the other: what the first brings in, the second finds.
            locked = Issuer.objects.select_for_update(no_key=True, of=("self",)).select_related("organisation")
            return _import(locked.get(pk=issuer.pk), parsed, data, preview_digest=preview_digest, actor=actor, now=now)
    except IntegrityError as reason:
        # Another issuer was faster with a number or a person, between our look and our writing.
        raise PreviewOutdatedError("the register has changed meanwhile: look again") from reason


def _import(
    issuer: Issuer,
    parsed: results.Parsed,
    data: bytes,
    *,
    preview_digest: str | None,
    actor: Actor,
    now: datetime,
) -> Batch:
    sha256 = hashlib.sha256(data).hexdigest()
    known = Batch.objects.filter(issuer=issuer, sha256=sha256).order_by("-created_at").first()
    if known is not None and preview_digest is not None and known.digest == preview_digest:
        # The same commit again: a button pressed twice, an answer lost on the way.
        return known
    judged = judge(parsed, issuer, lock=True)
    if preview_digest is not None and judged.digest != preview_digest:
        raise PreviewOutdatedError("the register has changed since the preview: look again")
    if known is not None and not judged.accepted:
        return known
    batch = _batch(issuer, judged, data, actor=actor, now=now)
    _write(batch, judged)
    record(
        "import",
        str(batch.pk),
        actor=actor,
        now=now,
        organisation=issuer.organisation,
        sha256=sha256,
        n_good=batch.n_good,
        n_bad=batch.n_bad,
        n_already=batch.n_already,
    )
    return batch


def _batch(issuer: Issuer, judged: Judged, data: bytes, *, actor: Actor, now: datetime) -> Batch:
    schemes = {accepted.setting.scheme for accepted in judged.accepted}
    problems = judged.all_problems
    batch_id = uuid.uuid4()
    return Batch.objects.create(
        id=batch_id,
        issuer=issuer,
        scheme_id=schemes.pop() if len(schemes) == 1 else None,
        file_name=judged.parsed.file_name[:_LONGEST_FILE_NAME],
        sha256=hashlib.sha256(data).hexdigest(),
        digest=judged.digest,
        n_rows=judged.parsed.n_rows,
        n_good=len(judged.accepted),
        n_bad=judged.n_bad,
        n_already=len(judged.already),
        corrections=identity.seal_file(results.corrections(data, problems), batch_id) if judged.n_bad else b"",
        actor=actor.name,
        created_at=now,
        # With nothing to issue it is as far as it can come.
        issued_at=None if judged.accepted else now,
    )


def _write(batch: Batch, judged: Judged) -> None:
    place = 0
    groups = in_groups(_in_order(judged.accepted), _GROUP)
    # While the database takes one group in, the next is sealed in a thread beside.
    with ThreadPoolExecutor(1, "seal") as beside:
        for columns in _one_ahead(beside, _columns, groups):
            n_rows = len(columns["id"])
            alike = {"batch_id": bulk.Same(batch.pk), "issuer_id": bulk.Same(batch.issuer_id)}
            bulk.insert(Result, {**columns, **alike, "place": range(place, place + n_rows)})
            place += n_rows
    _enter_holders({a.id_hash: a.name_hash for a in judged.accepted if a.id_hash not in judged.known})
    for (scheme, start), last in judged.last_serials.items():
        numbers.move_on(scheme, start, last)


def _one_ahead(beside: Executor, make: Callable[[_Group], _Made], groups: Iterable[_Group]) -> Iterator[_Made]:
    """Yield what is made of each group, the next one being made meanwhile."""
    waiting: deque[Future[_Made]] = deque()
    for group in groups:
        waiting.append(beside.submit(make, group))
        if len(waiting) > 1:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _in_order(accepted: Sequence[Accepted]) -> list[Accepted]:
    """Return rows in the order of their awards' keys.

    In this order they are prepared and signed, and the indices that go by an award are then filled from one end to the
    other, not everywhere at once: a chunk touches few of their pages.
    """
    keys = award_ids_of([one.setting.scheme for one in accepted], [one.number for one in accepted])
    return [accepted[at] for at in sorted(range(len(accepted)), key=keys.__getitem__)]


def _columns(group: Sequence[Accepted]) -> dict[str, Sequence[Any]]:
    """Return what is stored of these rows, column by column; nothing here asks the database."""
    rows = [accepted.row for accepted in group]
    settings = [accepted.setting for accepted in group]
    return {
        "id": [accepted.id for accepted in group],
        "line": [row.line for row in rows],
        "scheme_id": [setting.scheme for setting in settings],
        "site_id": [setting.site for setting in settings],
        "standard_id": [setting.standard for setting in settings],
        "occupation_id": [setting.occupation for setting in settings],
        "accreditation_id": [setting.accreditation for setting in settings],
        "holder_name": [row.name for row in rows],
        "id_kind": [row.id_kind for row in rows],
        "id_hash": [accepted.id_hash for accepted in group],
        "id_sealed": [identity.seal(accepted.row.id_number, accepted.id_hash) for accepted in group],
        "employer": [row.employer for row in rows],
        "work_type": [setting.work_type for setting in settings],
        "level": [setting.level for setting in settings],
        "region": [setting.region for setting in settings],
        "examined_on": [row.examined_on for row in rows],
        "issued_on": [row.issued_on for row in rows],
        "marks": [accepted.marks for accepted in group],
        "number": [accepted.number for accepted in group],
    }


def _enter_holders(names: dict[bytes, bytes]) -> None:
    """Note persons who are new to the register.

    Raises: PreviewOutdatedError if one of them is no longer new, under another name than ours.
    """
    if not names:
        return
    if connection.vendor == "postgresql":
        n_entered = _insert_holders_by_arrays(names)
    else:
        n_entered = sum(map(_insert_holders, in_groups(sorted(names.items()), _HOLDERS)))
    if n_entered == len(names):
        return
    for id_hash, name_hash in Holder.objects.filter(id_hash__in=list(names)).values_list("id_hash", "name_hash"):
        if bytes(name_hash) != names[bytes(id_hash)]:
            raise PreviewOutdatedError("the register has changed meanwhile: look again")


def _insert_holders(some: Sequence[tuple[bytes, bytes]]) -> int:
    # One statement of many rows, in the order of their keys: a step each would cost more than the rows.
    rows = ", ".join(["(%s, %s)"] * len(some))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT OR IGNORE INTO assessment_holder (id_hash, name_hash) VALUES {rows}",  # noqa: S608
            list(chain.from_iterable(some)),
        )
        return int(cursor.rowcount)


def _insert_holders_by_arrays(names: dict[bytes, bytes]) -> int:
    # In one order for all: two imports that bring the same persons cannot lock each other out.
    ordered = sorted(names.items())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO assessment_holder (id_hash, name_hash) "
            "SELECT * FROM unnest(%s::bytea[], %s::bytea[]) ON CONFLICT DO NOTHING",
            [[id_hash for id_hash, _ in ordered], [name_hash for _, name_hash in ordered]],
        )
        return int(cursor.rowcount)


def rename_holder(id_hash: bytes, name: str) -> None:
    """Note that the person with this identity is now known under this name, in the caller's transaction."""
    Holder.objects.update_or_create(id_hash=id_hash, defaults={"name_hash": identity.name_hash(name)})


def corrections(batch: Batch) -> bytes:
    """Return the rows of a batch's file that came back, in the shape of the file, with their reasons; empty if none did.

    Raises: IdentitySecretError.
    """
    sealed = bytes(batch.corrections)
    return identity.unseal_file(sealed, batch.pk) if sealed else b""


def codes(problems: Iterable[RowProblem]) -> dict[str, int]:
    """Return how often each code stands among problems, most frequent first."""
    counts: dict[str, int] = {}
    for found in problems:
        counts[found.code] = counts.get(found.code, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
