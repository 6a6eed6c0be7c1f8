"""Reading classifications: their trees, an occupation's place in one, and what corresponds to it in the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q

from guildhall.core.errors import NotFoundError
from guildhall.standards.models import (
    ClassGroup,
    Classification,
    Correspondence,
    Crosswalk,
    Occupation,
    Rating,
)
from guildhall.standards.selectors import UnknownClassificationError

MARKS: Mapping[str, Mapping[str, str]] = {
    "digital": {"zh": "数字职业", "en": "Digital occupation"},
    "green": {"zh": "绿色职业", "en": "Green occupation"},
}
"""The marks that an occupation may bear, with their names."""

_INVERSE = {
    Correspondence.Relation.BROAD: Correspondence.Relation.NARROW,
    Correspondence.Relation.NARROW: Correspondence.Relation.BROAD,
}
_NEAREST = [
    Correspondence.Relation.EXACT,
    Correspondence.Relation.CLOSE,
    Correspondence.Relation.BROAD,
    Correspondence.Relation.NARROW,
    Correspondence.Relation.RELATED,
]


class UnknownGroupError(NotFoundError):
    """The edition of the classification has no such group."""

    code = "unknown_group"


@dataclass(frozen=True, slots=True)
class Counted:
    """A group with how many occupations lie in it and below it, and how many of those bear each mark."""

    group: ClassGroup
    n_occupations: int
    n_marked: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Match:
    """What another classification has for an occupation.

    Shape:  ``relation`` is the SKOS mapping relation from the occupation asked for to this one; ``occupation`` is None
            while its classification (``edition``) has not been imported, and ``name`` what the crosswalk calls it then.
    """

    relation: str
    edition: str
    code: str
    occupation: Occupation | None
    name: Mapping[str, str]
    position: int
    note: Mapping[str, str]
    crosswalk: Crosswalk


@dataclass(frozen=True, slots=True)
class Summary:
    """A classification and how much of it there is."""

    classification: Classification
    n_groups: int
    n_occupations: int


@dataclass(frozen=True, slots=True)
class Indexed:
    """An occupation as a search engine wants it: everything that it may be found by, with its path by code and name."""

    occupation: Occupation
    work_types: tuple[Mapping[str, str], ...]
    groups: tuple[ClassGroup, ...] = field(default=())


def classifications() -> list[Summary]:
    """Return all editions, the national ones first, then by code."""
    n_groups = dict(ClassGroup.objects.order_by().values_list("classification").annotate(Count("pk")))
    n_occupations = dict(Occupation.objects.order_by().values_list("classification").annotate(Count("pk")))
    summaries = [
        Summary(edition, n_groups.get(edition.code, 0), n_occupations.get(edition.code, 0))
        for edition in Classification.objects.all()
    ]
    return sorted(summaries, key=lambda s: (s.classification.family != Classification.NATIONAL, s.classification.code))


def classification_by_code(code: str) -> Classification:
    """Return an edition.

    Raises: UnknownClassificationError.
    """
    found = Classification.objects.filter(code=code).first()
    if found is None:
        raise UnknownClassificationError(f"there is no classification {code}", code=code)
    return found


def group_by_code(code: str, *, classification: Classification) -> ClassGroup:
    """Return a group of an edition.

    Raises: UnknownGroupError naming the edition.
    """
    found = ClassGroup.objects.filter(classification=classification, code=code).select_related("parent").first()
    if found is None:
        raise UnknownGroupError(
            f"{code} is no group of {classification.code}", code=code, classification=classification.code
        )
    return found


def groups(classification: Classification, *, parent: ClassGroup | None = None) -> list[Counted]:
    """Return the groups right below ``parent`` (None: the uppermost) by code, with counts over all that lies below them.

    Three queries, whatever the size of the tree.
    """
    children = [g for g in _tree(classification).values() if g.parent_id == (parent.pk if parent else None)]
    counts = _counts(classification)
    return [
        Counted(
            group, counts[group.pk]["all"], {mark: counts[group.pk][mark] for mark in MARKS if counts[group.pk][mark]}
        )
        for group in sorted(children, key=lambda g: g.code)
    ]


def path(occupation: Occupation) -> tuple[ClassGroup, ...]:
    """Return the groups above an occupation, the uppermost first."""
    found: list[ClassGroup] = []
    group = occupation.group
    while group is not None and group not in found:
        found.append(group)
        group = group.parent
    return tuple(reversed(found))


def wider(occupation: Occupation) -> tuple[Occupation, ...]:
    """Return the occupations that this one is a narrower one of, the widest first (ESCO, O*NET)."""
    found: list[Occupation] = []
    above = occupation.parent
    while above is not None and above not in found:
        found.append(above)
        above = above.parent
    return tuple(reversed(found))


def occupations_of(group: ClassGroup) -> list[Occupation]:
    """Return all occupations in the group and below it, by code."""
    below, waiting = {group.pk}, {group.pk}
    children: dict[UUID | None, set[UUID]] = defaultdict(set)
    for pk, parent in ClassGroup.objects.filter(classification=group.classification_id).values_list("pk", "parent_id"):
        children[parent].add(pk)
    while waiting:
        waiting = set().union(*(children[pk] for pk in waiting)) - below
        below |= waiting
    return list(Occupation.objects.filter(group__in=below).select_related("group").order_by("code"))


def marked(mark: str, *, classification: Classification) -> list[Occupation]:
    """Return the occupations of an edition that bear a mark of ``MARKS``, by code."""
    found = Occupation.objects.filter(classification=classification).order_by("code")
    # JSON lists are not searched alike by the two databases; there are at most some thousands.
    return [occupation for occupation in found if mark in occupation.marks]


def indexed(classification: Classification | None = None) -> Iterator[Indexed]:
    """Yield the occupations of one edition, or of all, for an index: by edition and code, in flat memory."""
    editions = [classification] if classification else [s.classification for s in classifications()]
    for edition in editions:
        tree = _tree(edition)
        found = Occupation.objects.filter(classification=edition).select_related("classification")
        for occupation in found.prefetch_related("work_types").order_by("code").iterator(chunk_size=500):
            work_types = tuple(work_type.name for work_type in occupation.work_types.all())
            yield Indexed(occupation, work_types, tuple(_up(tree, occupation.group_id)))


def correspondences(occupation: Occupation) -> list[Match]:
    """Return what corresponds to an occupation, in crosswalks read from either side: by edition, then the nearest first.

    Inside one edition (O*NET's related occupations) lines are read in their own direction only.
    """
    edition, code = occupation.classification_id, occupation.code
    forwards = Q(crosswalk__from_edition=edition, from_code=code)
    backwards = Q(crosswalk__to_edition=edition, to_code=code) & ~Q(crosswalk__from_edition=edition)
    lines = list(Correspondence.objects.filter(forwards | backwards).select_related("crosswalk"))
    ends = [_end(line, edition) for line in lines]
    known = _known(ends)
    matches = [
        _match(line, other, code, known.get((other, code)), is_forward=is_forward)
        for line, (other, code, is_forward) in zip(lines, ends, strict=True)
    ]
    return sorted(
        matches, key=lambda m: (m.edition, _NEAREST.index(Correspondence.Relation(m.relation)), m.position, m.code)
    )


def ratings(occupation: Occupation, kind: str, *, scale: str) -> list[tuple[str, Mapping[str, str], Decimal]]:
    """Return what an occupation is described by in one kind and scale: code, name and value, the highest first.

    Shape:  ``kind`` such as ``skill``, ``knowledge``, ``task``, ``technology``, ``education``, ``job-zone``; ``scale`` such
            as ``IM`` (importance), ``LV`` (level), ``TYPE`` (2 core, 1 supplemental, 0 not said), ``USED``, ``HOT``, ``JZ``.
    """
    found = Rating.objects.filter(occupation=occupation, descriptor__kind=kind, scale=scale).select_related(
        "descriptor"
    )
    return [(r.descriptor.code, r.descriptor.name, r.value) for r in found.order_by("-value", "descriptor__code")]


def _match(line: Correspondence, edition: str, code: str, occupation: Occupation | None, *, is_forward: bool) -> Match:
    relation, label = line.relation, line.label
    if not is_forward:
        relation, label = _INVERSE.get(Correspondence.Relation(relation), relation), {}
    name = occupation.name if occupation is not None else label
    return Match(relation, edition, code, occupation, name, line.position, line.note, line.crosswalk)


def _end(line: Correspondence, edition: str) -> tuple[str, str, bool]:
    if line.crosswalk.from_edition == edition:
        return line.crosswalk.to_edition, line.to_code, True
    return line.crosswalk.from_edition, line.from_code, False


def _known(ends: Iterable[tuple[str, str, bool]]) -> dict[tuple[str, str], Occupation]:
    codes: dict[str, set[str]] = defaultdict(set)
    for edition, code, _ in ends:
        codes[edition].add(code)
    return {
        (edition, occupation.code): occupation
        for edition, wanted in codes.items()
        for occupation in Occupation.objects.filter(classification=edition, code__in=wanted)
    }


def _tree(classification: Classification) -> dict[UUID, ClassGroup]:
    return {group.pk: group for group in ClassGroup.objects.filter(classification=classification)}


def _up(tree: Mapping[UUID, ClassGroup], group_id: UUID | None) -> list[ClassGroup]:
    found: list[ClassGroup] = []
    while group_id is not None and group_id in tree and tree[group_id] not in found:
        found.append(tree[group_id])
        group_id = tree[group_id].parent_id
    return found[::-1]


def _counts(classification: Classification) -> dict[UUID, dict[str, int]]:
    """Return for each group how many occupations lie in or below it, of each mark and of all."""
    tree = _tree(classification)
    counts: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for group_id, marks in Occupation.objects.filter(classification=classification).values_list("group_id", "marks"):
        for group in _up(tree, group_id):
            for key in ("all", *marks):
                counts[group.pk][key] += 1
    return counts
