"""A classification into the register: one transaction, in bulk, and a second time without a change."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction

from guildhall.accounts import bulk
from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.core.errors import NotFoundError
from guildhall.standards.classifications import cn, crosswalks, esco, isco, onet
from guildhall.standards.classifications.facts import (
    Edition,
    Entries,
    Files,
    GroupEntry,
    OccupationEntry,
    Progress,
    digest,
    silent,
)
from guildhall.standards.classifications.problems import Problem
from guildhall.standards.models import (
    ClassGroup,
    Classification,
    Descriptor,
    Occupation,
    Rating,
    WorkType,
)

_NAMESPACE = uuid.UUID("5b3d1a52-7f0f-5d0c-8f0e-0d9a4c0f6b11")
_EVERY = 20_000
_AT_ONCE = 200


class UnknownKindError(NotFoundError):
    """No kind of classification file has this name."""

    code = "unknown_classification_kind"


class Reader(Protocol):
    """A module that reads one kind of files."""

    EDITION: Edition

    def wanted(self, names: list[str]) -> list[str]:
        """Return which of a folder's files are read."""
        ...

    def read(self, files: Files, *, edition: Edition = ..., on_progress: Progress = ...) -> Entries:
        """Return their entries."""
        ...


READERS: Mapping[str, Reader] = {"cn": cn, "onet": onet, "esco": esco, "isco": isco}
"""Kind → the module that reads it."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought in; ``unchanged`` if these very files were the last ones imported, or said nothing new."""

    classification: Classification
    n_groups: int
    n_occupations: int
    n_work_types: int
    n_descriptors: int
    n_ratings: int
    n_new: int
    n_changed: int
    unchanged: bool
    notices: tuple[Problem, ...] = ()
    n_notices: int = 0
    not_read: tuple[str, ...] = ()


def reader_of(kind: str) -> Reader:
    """Return the module that reads files of this kind.

    Raises: UnknownKindError.
    """
    if kind not in READERS:
        raise UnknownKindError(f"{kind} is none of {', '.join(READERS)}", kind=kind, known=list(READERS))
    return READERS[kind]


def import_classification(
    kind: str,
    files: Files,
    *,
    actor: Actor,
    now: datetime,
    edition: Edition | None = None,
    on_progress: Progress = silent,
) -> Imported:
    """Read the files of a classification and enter all of it, or nothing.

    Occupations, groups and work types that the files leave out stay, since awards rest on them; descriptors and ratings are
    replaced. Texts are taken over language by language: a translation that the files do not have stays.

    Shape:  ``kind`` a key of ``READERS``; ``files`` those that its ``wanted`` names; ``edition`` where the files are another
            one than the reader knows.
    Raises: ForbiddenError; UnknownKindError; InvalidClassificationError with every problem and its place.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    reader = reader_of(kind)
    known = Classification.objects.filter(digest=digest(files), family=reader.EDITION.family).first()
    if known is not None and (edition is None or edition.code == known.code):
        return _as_it_was(known)
    entries = reader.read(files, on_progress=on_progress, **({} if edition is None else {"edition": edition}))
    with bulk.loading(), transaction.atomic():
        return enter(entries, actor=actor, now=now, on_progress=on_progress)


def _as_it_was(classification: Classification) -> Imported:
    return Imported(
        classification,
        n_groups=ClassGroup.objects.filter(classification=classification).count(),
        n_occupations=Occupation.objects.filter(classification=classification).count(),
        n_work_types=WorkType.objects.filter(occupation__classification=classification).count(),
        n_descriptors=Descriptor.objects.filter(classification=classification).count(),
        n_ratings=Rating.objects.filter(occupation__classification=classification).count(),
        n_new=0,
        n_changed=0,
        unchanged=True,
    )


def enter(entries: Entries, *, actor: Actor, now: datetime, on_progress: Progress = silent) -> Imported:
    """Write a classification in the caller's transaction. Only what differs is written."""
    edition = entries.edition
    classification, is_new = _classification(edition)
    groups = _enter_groups(classification, entries.groups)
    occupations = _enter_occupations(classification, entries.occupations, groups.ids)
    n_work_types = _enter_work_types(classification, entries.occupations, occupations.ids)
    n_descriptors = _enter_descriptions(classification, entries, occupations.ids, on_progress)
    n_lines = sum(crosswalks.enter(facts, entries.digest) for facts in entries.crosswalks)
    n_new, n_changed = groups.n_new + occupations.n_new, groups.n_changed + occupations.n_changed
    unchanged = not (is_new or n_new or n_changed or n_work_types or n_descriptors or n_lines)
    if classification.digest != entries.digest:
        classification.digest = entries.digest
        classification.save(update_fields=["digest"])
    if not unchanged:
        record(
            "load-classification",
            classification.code,
            actor=actor,
            now=now,
            n_occupations=len(entries.occupations),
            n_new=n_new,
            n_changed=n_changed,
        )
    return Imported(
        classification,
        n_groups=len(entries.groups),
        n_occupations=len(entries.occupations),
        n_work_types=n_work_types,
        n_descriptors=len(entries.descriptors),
        n_ratings=len(entries.ratings),
        n_new=n_new,
        n_changed=n_changed,
        unchanged=unchanged,
        notices=entries.notices,
        n_notices=entries.n_notices,
        not_read=entries.not_read,
    )


@dataclass(frozen=True, slots=True)
class _Entered:
    ids: dict[str, uuid.UUID]
    n_new: int
    n_changed: int


def _classification(edition: Edition) -> tuple[Classification, bool]:
    """Return the row of the edition, locked: two imports of one edition wait for each other."""
    facts: dict[str, Any] = {
        "family": edition.family, "name": edition.name, "in_force_on": edition.in_force_on,
        "source": edition.source, "licence": edition.licence,
    }  # fmt: skip
    _, is_new = Classification.objects.get_or_create(code=edition.code, defaults=facts)
    classification = Classification.objects.select_for_update().get(code=edition.code)
    facts["name"] = {**classification.name, **edition.name}
    for member in ("source", "licence"):
        facts[member] = facts[member] or getattr(classification, member)
    changed = [member for member, value in facts.items() if getattr(classification, member) != value]
    for member in changed:
        setattr(classification, member, facts[member])
    if changed:
        classification.save(update_fields=changed)
    return classification, is_new or bool(changed)


def _name_based(classification: Classification, kind: str, code: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, f"{classification.code}/{kind}/{code}")


def _enter_groups(classification: Classification, entries: Sequence[GroupEntry]) -> _Entered:
    known = {g.code: g for g in ClassGroup.objects.filter(classification=classification)}
    new = [e for e in entries if e.code not in known]
    ids = {code: group.pk for code, group in known.items()}
    ids |= {e.code: _name_based(classification, "group", e.code) for e in new}
    if new:
        bulk.insert(
            ClassGroup,
            {
                "id": [ids[e.code] for e in new],
                "classification_id": bulk.Same(classification.pk),
                "parent_id": [ids.get(e.parent) for e in new],
                "code": [e.code for e in new],
                "rank": [e.rank for e in new],
                "name": [_json(e.name) for e in new],
                "definition": [_json(e.definition) for e in new],
            },
        )
    changed = []
    for entry in entries:
        if entry.code not in known:
            continue
        group = known[entry.code]
        if _set(
            group,
            parent_id=ids.get(entry.parent),
            rank=entry.rank,
            name={**group.name, **entry.name},
            definition={**group.definition, **entry.definition},
        ):
            changed.append(group)
    ClassGroup.objects.bulk_update(changed, ["parent", "rank", "name", "definition"], batch_size=_AT_ONCE)
    return _Entered(ids, len(new), len(changed))


def _enter_occupations(
    classification: Classification, entries: Sequence[OccupationEntry], groups: Mapping[str, uuid.UUID]
) -> _Entered:
    known = {o.code: o for o in Occupation.objects.filter(classification=classification)}
    new = [e for e in entries if e.code not in known]
    ids = {code: occupation.pk for code, occupation in known.items()}
    ids |= {e.code: _name_based(classification, "occupation", e.code) for e in new}
    if new:
        bulk.insert(
            Occupation,
            {
                "id": [ids[e.code] for e in new],
                "classification_id": bulk.Same(classification.pk),
                "group_id": [groups.get(e.group) for e in new],
                "parent_id": [ids.get(e.parent) for e in new],
                "code": [e.code for e in new],
                "name": [_json(e.name) for e in new],
                "definition": [_json(e.definition) for e in new],
                "other_names": [_json(e.other_names) for e in new],
                "marks": [_json(list(e.marks or ())) for e in new],
                "url": [e.url for e in new],
            },
        )
    changed = [known[e.code] for e in entries if e.code in known and _bring_up_to_date(known[e.code], e, groups, ids)]
    fields = ["group", "parent", "name", "definition", "other_names", "marks", "url"]
    Occupation.objects.bulk_update(changed, fields, batch_size=_AT_ONCE)
    return _Entered(ids, len(new), len(changed))


def _bring_up_to_date(
    occupation: Occupation, entry: OccupationEntry, groups: Mapping[str, uuid.UUID], ids: Mapping[str, uuid.UUID]
) -> bool:
    return _set(
        occupation,
        group_id=groups[entry.group] if entry.group else occupation.group_id,
        parent_id=ids[entry.parent] if entry.parent else occupation.parent_id,
        name={**occupation.name, **entry.name},
        definition={**occupation.definition, **entry.definition},
        other_names={**occupation.other_names, **entry.other_names},
        marks=occupation.marks if entry.marks is None else list(entry.marks),
        url=entry.url or occupation.url,
    )


def _set(row: Any, **members: object) -> bool:
    """Set what differs and say whether anything did."""
    differs = {name: value for name, value in members.items() if getattr(row, name) != value}
    for name, value in differs.items():
        setattr(row, name, value)
    return bool(differs)


def _enter_work_types(
    classification: Classification, entries: Sequence[OccupationEntry], ids: Mapping[str, uuid.UUID]
) -> int:
    known = {
        (bulk.hex_of(occupation), name.get("zh"))
        for occupation, name in WorkType.objects.filter(occupation__classification=classification).values_list(
            "occupation_id", "name"
        )
    }
    new = [
        WorkType(occupation_id=ids[e.code], name=name)
        for e in entries
        for name in e.work_types
        if (ids[e.code].hex, name.get("zh")) not in known
    ]
    return len(WorkType.objects.bulk_create(new, batch_size=500))


def _enter_descriptions(
    classification: Classification, entries: Entries, occupations: Mapping[str, uuid.UUID], on_progress: Progress
) -> int:
    """Replace descriptors and ratings if the files are others than the last ones, and return how many there are."""
    if not entries.descriptors or classification.digest == entries.digest:
        return 0
    Rating.objects.filter(descriptor__in=Descriptor.objects.filter(classification=classification)).delete()
    Descriptor.objects.filter(classification=classification).update(parent=None)
    Descriptor.objects.filter(classification=classification).delete()
    ids = {(d.kind, d.code): _name_based(classification, d.kind, d.code) for d in entries.descriptors}
    described = entries.descriptors
    bulk.insert(
        Descriptor,
        {
            "id": list(ids.values()),
            "classification_id": bulk.Same(classification.pk),
            "parent_id": [ids[d.parent] if d.parent else None for d in described],
            "kind": [d.kind for d in described],
            "code": [d.code for d in described],
            "name": [_json(d.name) for d in described],
        },
    )
    ratings = entries.ratings
    for start in range(0, len(ratings), _EVERY):
        part = slice(start, start + _EVERY)
        bulk.insert(
            Rating,
            {
                "occupation_id": [occupations[code] for code in ratings.occupations[part]],
                "descriptor_id": [ids[key] for key in ratings.descriptors[part]],
                "scale": ratings.scales[part],
                "value": ratings.values[part],
            },
        )
        on_progress(classification.code, min(start + _EVERY, len(ratings)), len(ratings))
    return len(described)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
