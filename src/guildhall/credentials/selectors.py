"""Reading awards: for the public by number and name or by token, for desks by search, for everybody in counts."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from guildhall.accounts.services import Actor, require_reading
from guildhall.assessment.award_keys import award_id, award_ids_of
from guildhall.assessment.models import Batch, Result
from guildhall.core.codes import certificate_number
from guildhall.core.errors import NotFoundError
from guildhall.core.results import fields as cells
from guildhall.credentials import naming
from guildhall.credentials.issuing import Progress, progress
from guildhall.credentials.models import Award, Instance, StatusEvent
from guildhall.credentials.reasons import reasons, words
from guildhall.credentials.states import history, standing, state_on
from guildhall.issuers.models import Issuer
from guildhall.schemes.models import Scheme
from guildhall.schemes.selectors import schemes as tracks
from guildhall.tlog.models import Checkpoint, Log

__all__ = [
    "Health",
    "Share",
    "UnknownAwardError",
    "award_by_number",
    "awards_of",
    "batches_of",
    "by_token",
    "current_instance",
    "find",
    "health",
    "history",
    "issued",
    "progress",
    "reasons",
    "search",
    "shares_by_scheme",
    "standing",
    "state_on",
    "words",
]

_LONGEST_NAME = 100
_LONGEST_NUMBER = 40
_PAGE = 50
_NOBODY = "无此人"


class UnknownAwardError(NotFoundError):
    """No award of this scheme has this number."""

    code = "unknown_award"


def find(number: str, name: str) -> Instance | None:
    """Return the current document of the issued award with that number and holder; None for any other pair.

    An unknown number and a wrong name take the same way and the same work, so that nothing tells them apart: no number can
    be tried out without the name.

    Shape:  both as people type them.
    """
    typed = _number_key(number)
    wanted = _name_digest(name)
    schemes = list(Scheme.objects.order_by("order", "code").values_list("code", flat=True))
    ids = [award_id(scheme, typed) for scheme in schemes]
    awards = {award.pk: award for award in Award.objects.filter(pk__in=ids).only("pk", "holder_name")}
    matching: list[UUID] = []
    for key in ids:
        award = awards.get(key)
        # Where there is no award a name is compared all the same.
        digest = _name_digest(award.holder_name if award is not None else _NOBODY)
        if hmac.compare_digest(digest, wanted) and award is not None:
            matching.append(key)
    return next((found for key in matching if (found := _current(key)) is not None), None)


def _number_key(text: str) -> str:
    """Return a number as it is stored, made of what people type; what no database takes is left out."""
    storable = text[: 4 * _LONGEST_NUMBER].encode("utf-8", "ignore").decode().replace("\0", "")
    return certificate_number.lookup_key(storable)[:_LONGEST_NUMBER]


def _name_digest(name: str) -> bytes:
    plain, _ = cells.name(name[: 4 * _LONGEST_NAME])
    return hashlib.sha256(plain.casefold().encode("utf-8", "surrogatepass")).digest()


def by_token(token: str) -> Instance | None:
    """Return the issued document whose address has this token (22 characters); None for any other.

    It may be void: an old QR code leads to the old document, whose page says what became of it.
    """
    wanted = naming.token_of(token)
    if wanted is None:
        return None
    return issued(_instances()).filter(token=wanted).first()


def current_instance(award: Award) -> Instance | None:
    """Return the newest issued document of an award; None while there is none."""
    return _current(award.pk)


def _current(award_id: UUID) -> Instance | None:
    return issued(_instances()).filter(award=award_id).order_by("-serial").first()


def _instances() -> QuerySet[Instance]:
    return Instance.objects.select_related(
        "document", "award__scheme", "award__issuer__organisation", "award__occupation", "award__accreditation",
        "status_list",
    )  # fmt: skip


def issued(instances: QuerySet[Instance]) -> QuerySet[Instance]:
    """Return those documents that a checkpoint covers: only they count as issued."""
    log = Log.objects.first()
    return instances.filter(document__leaf__lt=log.published_size if log is not None else 0)


def award_by_number(scheme: str, number: str) -> Award:
    """Return the award with that number, issued or not.

    Raises: UnknownAwardError.
    """
    key = _number_key(number)
    found = _awards().filter(pk=award_id(scheme, key)).first()
    if found is None:
        raise UnknownAwardError(f"no award of {scheme} has that number", scheme=scheme, number=key)
    return found


def _awards() -> QuerySet[Award]:
    return Award.objects.select_related("scheme", "issuer__organisation", "occupation", "accreditation", "batch")


def awards_of(batch: Batch) -> QuerySet[Award]:
    """Return the awards of a batch in the order of its file."""
    return _awards().filter(batch=batch).order_by("result__line")


def search(issuer: Issuer, text: str, *, actor: Actor, limit: int = _PAGE) -> list[Award]:
    """Return the issuer's own awards whose number or holder's name begins with ``text``, by number; never anybody else's.

    Raises: ForbiddenError.
    """
    require_reading(actor, issuer.organisation)
    text = text.encode("utf-8", "ignore").decode().replace("\0", "").strip()
    if not text:
        return _newest(issuer, limit)
    name, _ = cells.name(text[:_LONGEST_NAME])
    number = _number_key(text)
    found = _numbered(issuer, number, limit)
    if name and len(found) < limit:
        named = _awards().filter(_begins("holder_name", name), issuer=issuer).order_by("holder_name", "number")
        known = {award.pk for award in found}
        found += [award for award in named[:limit] if award.pk not in known]
    return found[:limit]


def _newest(issuer: Issuer, limit: int) -> list[Award]:
    """Return the issuer's awards of its last files, without sorting all that it ever made."""
    found: list[Award] = []
    for batch in Batch.objects.filter(issuer=issuer, n_prepared__gt=0).order_by("-created_at")[:limit]:
        found += awards_of(batch)[: limit - len(found)]
        if len(found) >= limit:
            break
    return found


def _numbered(issuer: Issuer, prefix: str, limit: int) -> list[Award]:
    """Return the issuer's awards whose number begins so, by number, by the results' own index of scheme and number."""
    schemes = list(Scheme.objects.values_list("code", flat=True))
    # Above every number that begins so, whatever order of letters the database keeps.
    given = Result.objects.filter(
        scheme__in=schemes, number__gte=prefix, number__lte=prefix + "Z" * _LONGEST_NUMBER, number__startswith=prefix
    ).filter(issuer=issuer)
    numbers = given.order_by("number").values_list("scheme", "number").iterator()
    found: list[Award] = []
    while some := list(islice(numbers, limit)):
        keys = award_ids_of([scheme for scheme, _ in some], [number for _, number in some])
        found += _awards().filter(pk__in=keys).order_by("number")
        if len(found) >= limit:
            break
    return found[:limit]


def _begins(field: str, prefix: str) -> Q:
    """Say that a column begins with a text, so that the index is used: on SQLite only a range of values does that."""
    if connection.vendor == "postgresql":
        return Q(**{f"{field}__startswith": prefix})
    return Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + "\U0010ffff"})


def batches_of(issuer: Issuer, *, actor: Actor, limit: int = _PAGE) -> list[tuple[Batch, Progress]]:
    """Return the issuer's files, newest first, and how far each has come.

    Raises: ForbiddenError.
    """
    require_reading(actor, issuer.organisation)
    batches = Batch.objects.filter(issuer=issuer).select_related("issuer__organisation").order_by("-created_at")[:limit]
    return [(batch, progress(batch)) for batch in batches]


@dataclass(frozen=True, slots=True)
class Share:
    """How many awards of one scheme were issued; ``share`` of all, 0 to 1 (0 where there is none)."""

    scheme: Scheme
    n_awards: int
    share: float


def shares_by_scheme(on: date) -> list[Share]:
    """Return how the awards issued until a day are shared among the schemes: counted in the register, never asserted.

    Annulled awards never were and do not count; revoked and expired ones were and do.
    """
    annulled = StatusEvent.objects.filter(deed="annul").values("award")
    counts = dict(
        Award.objects.filter(issued_on__lte=on, batch__issued_at__isnull=False)
        .exclude(pk__in=annulled)
        .values_list("scheme")
        .annotate(n=Count("pk"))
        .order_by()
    )
    total = sum(counts.values())
    return [
        Share(scheme, counts.get(scheme.code, 0), counts.get(scheme.code, 0) / total if total else 0.0)
        for scheme in tracks()
    ]


@dataclass(frozen=True, slots=True)
class Health:
    """How the log stands: its leaves, those that the last checkpoint covers, and when and what that was."""

    origin: str
    size: int
    published_size: int
    root: str
    checkpoint_at: datetime | None
    n_unfinished_batches: int


def health() -> Health:
    """Return how the log and the work on batches stand."""
    log = Log.objects.first()
    latest = Checkpoint.objects.order_by("-size").first()
    return Health(
        origin=log.origin if log is not None else "",
        size=log.size if log is not None else 0,
        published_size=log.published_size if log is not None else 0,
        root=latest.root if latest is not None else "",
        checkpoint_at=latest.at if latest is not None else None,
        n_unfinished_batches=Batch.objects.filter(issued_at=None).count(),
    )
