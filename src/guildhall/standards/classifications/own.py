"""The register's own form of a classification (JSON, docs/formats/classification.md) as entries like any other."""

from __future__ import annotations

from guildhall.standards.classifications import hierarchy
from guildhall.standards.classifications.facts import Edition, Entries, GroupEntry, OccupationEntry, Place, digest
from guildhall.standards.classifications.problems import Notes
from guildhall.standards.reading import ClassificationFacts, GroupFacts


def entries(facts: ClassificationFacts, data: bytes) -> Entries:
    """Return the entries of a file that has been read.

    Raises: InvalidClassificationError for a tree that is none: a code twice, a parent that is not there, a cycle, a rank
            out of order.
    """
    notes = Notes()
    groups = tuple(
        GroupEntry(group.code, group.parent, rank, group.name, group.definition, Place(f"groups[{i}]", 0))
        for i, (group, rank) in enumerate(zip(facts.groups, _ranks(facts.groups), strict=True))
    )
    occupations = tuple(
        OccupationEntry(
            code=occupation.code,
            name=occupation.name,
            at=Place(f"occupations[{i}]", 0),
            group=occupation.group,
            parent=occupation.parent,
            definition=occupation.definition,
            other_names=occupation.other_names,
            marks=occupation.marks,
            url=occupation.url,
            work_types=occupation.work_types,
        )
        for i, occupation in enumerate(facts.occupations)
    )
    hierarchy.check(facts.code, groups, occupations, notes, column="code")
    notes.settle(facts.code)
    edition = Edition(facts.code, facts.family, facts.name, facts.in_force_on, facts.source, facts.licence)
    return Entries(edition=edition, groups=groups, occupations=occupations, digest=digest({"": data}))


def _ranks(groups: tuple[GroupFacts, ...]) -> list[int]:
    """Return the rank of each group: what the file says, or else one below its parent's."""
    by_code = {group.code: group for group in groups}
    known: dict[str, int] = {}
    for group in groups:
        path: dict[str, None] = {}
        above: GroupFacts | None = group
        while above is not None and above.code not in known and above.code not in path:
            path[above.code] = None
            above = by_code.get(above.parent)
        rank = known.get(above.code, 0) + 1 if above is not None else 0
        for depth, passed in enumerate(reversed(path)):
            known[passed] = rank + depth
    return [known[group.code] if group.rank is None else group.rank for group in groups]
