"""Frameworks as CASE packages: other people's come in element by element, ours are entered when an edition is published."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from mmap import mmap
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from guildhall.accounts import bulk
from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.core.errors import ConflictError, NotFoundError
from guildhall.core.exchange.case import Checking, Package
from guildhall.core.exchange.case_editions import content_of, draft_of, is_ours, package_of
from guildhall.core.exchange.elements import elements
from guildhall.core.standard import Document
from guildhall.standards.models import Framework, FrameworkAssociation, FrameworkItem, Standard

_BATCH = 1000
Progress = Callable[[int, int], None]
"""Called with how many items and associations have been read."""


class UnknownFrameworkError(NotFoundError):
    """There is no such framework, item or association."""

    code = "unknown_framework"


class FrameworkChangedError(ConflictError):
    """The framework is one of the register's own published editions, which stay as they are."""

    code = "framework_changed"


@dataclass(frozen=True, slots=True)
class Imported:
    """What a package brought in."""

    framework: Framework
    is_new: bool
    n_items: int
    n_associations: int


def import_framework(
    data: bytes | mmap, *, actor: Actor, now: datetime, progress: Progress = lambda *_: None
) -> Imported:
    """Enter somebody's framework from a CASE package, or bring it up to date; all of it or nothing.

    The same package again changes nothing. The package is read element by element, once to judge it and once to enter it: a
    framework of 100,000 items needs little more memory than its file.

    Raises: ForbiddenError; InvalidFrameworkError; FrameworkChangedError; the errors of ``strict_json.parse``.
    """
    require(actor, RoleKind.STANDARDS_OFFICER)
    digest = hashlib.sha256(data).hexdigest()
    known = Framework.objects.filter(digest=digest, standard=None).first()
    if known is not None:
        return Imported(known, is_new=False, n_items=known.n_items, n_associations=known.n_associations)
    document, remainder = _judged(data, progress)
    with transaction.atomic():
        framework, is_new = _begun(document, remainder, digest=digest, by=actor.name, now=now)
        framework.n_items, framework.n_associations = _enter(framework, elements(data))
        framework.save(update_fields=["n_items", "n_associations"])
        record(
            "import-framework",
            str(framework.pk),
            actor=actor,
            now=now,
            digest=digest,
            n_items=framework.n_items,
            n_associations=framework.n_associations,
        )
    return Imported(framework, is_new, framework.n_items, framework.n_associations)


def _judged(data: bytes | mmap, progress: Progress) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the document and what stands beside items and associations.

    Raises: InvalidFrameworkError.
    """
    checking = Checking()
    document: dict[str, Any] = {}
    remainder: dict[str, Any] = {}
    for section, value in elements(data):
        if not checking.see(section, value) or not isinstance(value, dict):
            continue
        if section == "CFDocument":
            document = value
        elif section == "CFRubrics":
            remainder.setdefault(section, []).append(value)
        elif section not in {"CFItems", "CFAssociations"}:
            remainder[section] = value
        if (checking.n_items + checking.n_associations) % _BATCH == 0:
            progress(checking.n_items, checking.n_associations)
    checking.finish()
    progress(checking.n_items, checking.n_associations)
    return document, remainder


def _begun(
    document: Mapping[str, Any], remainder: Mapping[str, Any], *, digest: str, by: str, now: datetime
) -> tuple[Framework, bool]:
    held = Framework.objects.select_for_update(of=("self",)).filter(pk=document["identifier"]).first()
    if held is not None and held.standard_id is not None:
        raise FrameworkChangedError("this is a published edition of the register itself", framework=str(held.pk))
    if held is not None:
        FrameworkItem.objects.filter(framework=held).delete()
        FrameworkAssociation.objects.filter(framework=held).delete()
    framework = held or Framework(pk=UUID(document["identifier"]))
    framework.title, framework.creator = document["title"], document["creator"]
    framework.document, framework.remainder, framework.digest = dict(document), dict(remainder), digest
    framework.imported_at, framework.imported_by = now, by
    framework.save()
    return framework, held is None


def _enter(framework: Framework, parts: Iterable[tuple[str, Any]]) -> tuple[int, int]:
    """Enter items and associations, some at a time; return how many of each."""
    items: list[Mapping[str, Any]] = []
    associations: list[Mapping[str, Any]] = []
    n_items = n_associations = 0
    for section, value in parts:
        if section == "CFItems":
            items.append(value)
        elif section == "CFAssociations":
            associations.append(value)
        if len(items) + len(associations) >= _BATCH:
            n_items += _write_items(framework, items, n_items)
            n_associations += _write_associations(framework, associations, n_associations)
    n_items += _write_items(framework, items, n_items)
    n_associations += _write_associations(framework, associations, n_associations)
    return n_items, n_associations


def _write_items(framework: Framework, items: list[Mapping[str, Any]], start: int) -> int:
    """Write items and forget them; return how many they were."""
    n = bulk.insert(FrameworkItem, _columns(framework, items, start))
    items.clear()
    return n


def _write_associations(framework: Framework, associations: list[Mapping[str, Any]], start: int) -> int:
    columns = {
        **_columns(framework, associations, start),
        "kind": [one["associationType"] for one in associations],
        "origin": [one["originNodeURI"]["identifier"][:255] for one in associations],
        "destination": [one["destinationNodeURI"]["identifier"][:255] for one in associations],
    }
    n = bulk.insert(FrameworkAssociation, columns)
    associations.clear()
    return n


def _columns(framework: Framework, values: list[Mapping[str, Any]], start: int) -> dict[str, bulk.Column]:
    return {
        "framework_id": bulk.Same(framework.pk),
        "identifier": [UUID(one["identifier"]) for one in values],
        "position": list(range(start, start + len(values))),
        "content": [orjson.dumps(one).decode() for one in values],
    }


def enter_edition(standard: Standard, document: Document, *, by: str, now: datetime) -> Framework:
    """Enter a published edition, in the caller's transaction: so it is read as all frameworks are.

    Raises: FrameworkChangedError if somebody else's framework has its identifier.
    """
    package = package_of(document, base=settings.ORIGIN, changed_at=now)
    if Framework.objects.filter(pk=package.document["identifier"]).exists():
        raise FrameworkChangedError(
            "a framework is here under the identifier of the edition", framework=package.document["identifier"]
        )
    framework = Framework.objects.create(
        pk=UUID(package.document["identifier"]),
        standard=standard,
        title=package.document["title"],
        creator=package.document["creator"],
        document=dict(package.document),
        remainder=dict(package.remainder),
        digest=standard.digest,
        imported_at=now,
        imported_by=by,
    )
    parts: Iterator[tuple[str, Any]] = (
        (section, one)
        for section, listed in (("CFItems", package.items), ("CFAssociations", package.associations))
        for one in listed
    )
    framework.n_items, framework.n_associations = _enter(framework, parts)
    framework.save(update_fields=["n_items", "n_associations"])
    return framework


def content_from(
    package: Package, *, occupation: str, edition: str, level: str, in_force_on: date
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return a package as the content of a draft, and what did not fit: ours as it was, somebody else's as far as it goes.

    Raises: InvalidFrameworkError.
    """
    if is_ours(package):
        return content_of(package), []
    return draft_of(package, occupation=occupation, edition=edition, level=level, in_force_on=in_force_on)
