"""Crosswalks into the register: the lines of a file replace those of the same crosswalk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from guildhall.accounts import bulk
from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.standards.classifications.crosswalk import Crosswalks, InvalidCrosswalkError, read_crosswalk
from guildhall.standards.classifications.facts import CrosswalkFacts, digest
from guildhall.standards.classifications.problems import Notes
from guildhall.standards.models import Classification, Correspondence, Crosswalk, Occupation


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a crosswalk file brought in; ``waiting`` names the editions that have not been imported yet."""

    crosswalk: Crosswalk
    n_lines: int
    waiting: tuple[str, ...]
    unchanged: bool


@transaction.atomic
def import_crosswalk(data: bytes, *, actor: Actor, now: datetime, file: str = "") -> Loaded:
    """Enter a crosswalk, or put its lines in the place of those that it had. The same file again changes nothing.

    Codes are held against the editions that are here. An edition that is not here is waited for: its lines are kept, and
    resolved as soon as it is.

    Shape:  JSON or CSV as in docs/formats/crosswalk.md.
    Raises: ForbiddenError; InvalidCrosswalkError with every problem and its place, an unknown code with its edition.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    read = read_crosswalk(data, file)
    waiting = _refuse_unknown_codes(read)
    n_written = enter(read.facts, digest({"": data}))
    if n_written:
        record("load-crosswalk", read.facts.code, actor=actor, now=now, n_lines=n_written)
    return Loaded(Crosswalk.objects.get(code=read.facts.code), len(read.found), waiting, unchanged=not n_written)


def _refuse_unknown_codes(read: Crosswalks) -> tuple[str, ...]:
    notes = Notes()
    waiting: list[str] = []
    for end, edition in enumerate((read.facts.from_edition, read.facts.to_edition)):
        if not Classification.objects.filter(code=edition).exists():
            waiting.append(edition)
            continue
        known = set(Occupation.objects.filter(classification=edition).values_list("code", flat=True))
        for found in read.found:
            code = (found.line.from_code, found.line.to_code)[end]
            if code not in known:
                notes.note(found.at.file, found.at.line, found.columns[end], "unknown_code", code, edition=edition)
    notes.settle("the crosswalk", InvalidCrosswalkError)
    return tuple(dict.fromkeys(waiting))


def enter(facts: CrosswalkFacts, digest: str) -> int:
    """Write a crosswalk in the caller's transaction and return how many lines; none if these files brought it before."""
    known = Crosswalk.objects.select_for_update().filter(code=facts.code).first()
    if known is not None and known.digest == digest:
        return 0
    crosswalk = Crosswalk(
        code=facts.code,
        name=facts.name,
        from_edition=facts.from_edition,
        to_edition=facts.to_edition,
        source=facts.source,
        licence=facts.licence,
        digest=digest,
    )
    crosswalk.save(force_update=known is not None, force_insert=known is None)
    Correspondence.objects.filter(crosswalk=crosswalk).delete()
    lines = facts.lines
    return bulk.insert(
        Correspondence,
        {
            "crosswalk_id": bulk.Same(crosswalk.pk),
            "from_code": [line.from_code for line in lines],
            "to_code": [line.to_code for line in lines],
            "relation": [line.relation for line in lines],
            "position": [line.position for line in lines],
            "label": [json.dumps(line.label, ensure_ascii=False) for line in lines],
            "note": [json.dumps(line.note, ensure_ascii=False) for line in lines],
        },
    )
