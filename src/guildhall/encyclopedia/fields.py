"""The fields of the encyclopedia: the major classes of the national classification, and the way from one to an occupation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from guildhall.core.errors import NotFoundError
from guildhall.encyclopedia.census import Tally, census
from guildhall.encyclopedia.held import held
from guildhall.encyclopedia.rights import rights
from guildhall.standards.classifications.cn import MAJOR_CLASSES
from guildhall.standards.models import ClassGroup, Classification, Occupation
from guildhall.standards.selectors import current_classification

_SECONDS: Final = 300


class UnknownFieldError(NotFoundError):
    """The classification has no such major class."""

    code = "unknown_field"


@dataclass(frozen=True, slots=True)
class Field:
    """A major class: how many occupations it has, and in how many of them somebody may award today."""

    code: str
    name: Mapping[str, str]
    n_occupations: int
    n_awarded: int


@dataclass(frozen=True, slots=True)
class Row:
    """An occupation in a list. ``schemes`` in which somebody may award it today, with the levels by rung."""

    code: str
    name: Mapping[str, str]
    marks: tuple[str, ...]
    group: str
    schemes: Mapping[str, tuple[str, ...]]
    tally: Tally


@dataclass(frozen=True, slots=True)
class Group:
    """A middle or small class and the occupations that stand in it directly."""

    code: str
    name: Mapping[str, str]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """A field with its occupations by class."""

    on: date
    counted_at: datetime
    classification: Classification
    field: Field
    groups: tuple[Group, ...]
    n_issued: int


def fields(on: date) -> tuple[Field, ...]:
    """Return the eight fields, by code; those without an occupation too."""
    edition = current_classification(on)
    version = (edition.pk, on, Occupation.objects.filter(classification=edition).count())
    listed = held("fields", version, lambda: _fields(edition), seconds=_SECONDS)
    awarded = Counter(code[:1] for code in {code for right in rights(on).in_force() for code in right.occupations})
    return tuple(Field(code, name, n, awarded[code]) for code, name, n in listed)


def _fields(edition: Classification) -> list[tuple[str, Mapping[str, str], int]]:
    named = dict(ClassGroup.objects.filter(classification=edition, rank=0).values_list("code", "name"))
    counted = Counter(
        code[:1] for code in Occupation.objects.filter(classification=edition).values_list("code", flat=True)
    )
    return [(code, named.get(code) or {"zh": zh, "en": en}, counted[code]) for code, (zh, en) in MAJOR_CLASSES.items()]


def field(code: str, *, on: date, now: datetime) -> FieldFacts:
    """Return a field with its occupations.

    Raises: UnknownFieldError; UnknownClassificationError.
    """
    found = next((one for one in fields(on) if one.code == code), None)
    if found is None:
        raise UnknownFieldError(f"there is no field {code}", field=code)
    edition = current_classification(on)
    groups = dict(ClassGroup.objects.filter(classification=edition, code__startswith=code).values_list("code", "name"))
    listed = Occupation.objects.filter(classification=edition, code__startswith=f"{code}-").order_by("code")
    counted = census(on, now=now)
    levels = _levels_today(on)
    rows = [
        Row(
            one.code,
            one.name,
            tuple(one.marks),
            one.code[:7],
            levels.get(one.code, {}),
            counted.tally(occupation=one.pk),
        )
        for one in listed
    ]
    return FieldFacts(
        on, counted.counted_at, edition, found, _grouped(rows, groups), sum(row.tally.n_issued for row in rows)
    )


def path_of(occupation: Occupation) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Return codes and names of the classes above an occupation, the uppermost first.

    A national occupation always has its major class, even where the classes have not been loaded.
    """
    found: list[tuple[str, Mapping[str, str]]] = []
    group = occupation.group
    while group is not None:
        found.insert(0, (group.code, group.name))
        group = group.parent
    if not found and occupation.classification.family == Classification.NATIONAL:
        zh, en = MAJOR_CLASSES.get(occupation.code[:1], ("", ""))
        return ((occupation.code[:1], {"zh": zh, "en": en}),) if zh else ()
    return tuple(found)


def _levels_today(on: date) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for right in rights(on).in_force():
        for code in right.occupations:
            found[code][right.scheme] |= right.levels
    return {
        code: {scheme: tuple(sorted(levels)) for scheme, levels in sorted(of.items())} for code, of in found.items()
    }


def _grouped(rows: Iterable[Row], groups: Mapping[str, Mapping[str, str]]) -> tuple[Group, ...]:
    """Put occupations under their middle class; where classes are not loaded, all stand in one nameless group."""
    by_code: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_code[row.code[:4] if row.code[:4] in groups else ""].append(row)
    return tuple(Group(code, groups.get(code, {}), tuple(by_code[code])) for code in sorted(by_code))


def awarded_rows(found: Sequence[Group]) -> list[Row]:
    """Return the occupations in which somebody may award today."""
    return [row for group in found for row in group.rows if row.schemes]
