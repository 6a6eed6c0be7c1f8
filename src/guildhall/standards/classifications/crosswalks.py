"""Crosswalks into the register: the lines of a file replace those of the same crosswalk."""

from __future__ import annotations

import json

from guildhall.accounts import bulk
from guildhall.standards.classifications.facts import CrosswalkFacts
from guildhall.standards.models import Correspondence, Crosswalk


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
            "note": [json.dumps(line.note, ensure_ascii=False) for line in lines],
        },
    )
