"""What the files of a classification say: values without a database, each with the place it was read at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from guildhall.standards.classifications.problems import Problem

Files = Mapping[str, bytes]
"""File name → its bytes."""

_READING = b"guildhall-import/1"
"""To be raised when a reader takes more out of the same files."""

Progress = Callable[[str, int, int], None]
"""Called with what is being read or written, how much is done and how much there is (0: not known)."""


def digest(files: Files) -> str:
    """Return what names these files and how they are read: SHA-256 over names and contents, hex."""
    whole = hashlib.sha256(_READING)
    for name in sorted(files):
        whole.update(f"{len(name.encode())}:{name}{len(files[name])}:".encode())
        whole.update(files[name])
    return whole.hexdigest()


def silent(_what: str, _n_done: int, _n_all: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of a classification; ``source`` and ``licence`` are shown with its facts."""

    code: str
    family: str
    name: dict[str, str]
    in_force_on: date
    source: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was read."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A class above occupations; ``rank`` 0 is the uppermost, ``parent`` empty there."""

    code: str
    parent: str
    rank: int
    name: dict[str, str]
    definition: dict[str, str]
    at: Place


@dataclass(frozen=True, slots=True)
class OccupationEntry:
    """An occupation: in a group, below another occupation (``parent``) or neither; ``marks`` None if the file has none."""

    code: str
    name: dict[str, str]
    at: Place
    group: str = ""
    parent: str = ""
    definition: dict[str, str] = field(default_factory=dict)
    other_names: dict[str, list[str]] = field(default_factory=dict)
    marks: tuple[str, ...] | None = None
    url: str = ""
    work_types: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DescriptorEntry:
    """What a classification describes its occupations by; ``parent`` is the kind and code of a wider one."""

    kind: str
    code: str
    name: dict[str, str]
    parent: tuple[str, str] | None = None


@dataclass(slots=True)
class Ratings:
    """Ratings, column by column: 61,530 objects less."""

    occupations: list[str] = field(default_factory=list)
    descriptors: list[tuple[str, str]] = field(default_factory=list)
    scales: list[str] = field(default_factory=list)
    values: list[Decimal] = field(default_factory=list)

    def add(self, occupation: str, descriptor: tuple[str, str], scale: str, value: Decimal) -> None:
        """Add one; ``descriptor`` is its kind and code."""
        self.occupations.append(occupation)
        self.descriptors.append(descriptor)
        self.scales.append(scale)
        self.values.append(value)

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a crosswalk: the relation holds from the first code to the second; a smaller ``position`` is nearer.

    ``label`` is what the second edition calls its code.
    """

    from_code: str
    to_code: str
    relation: str
    position: int = 0
    label: dict[str, str] = field(default_factory=dict)
    note: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CrosswalkFacts:
    """A crosswalk between two editions, or inside one."""

    code: str
    name: dict[str, str]
    from_edition: str
    to_edition: str
    source: str
    licence: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A whole classification as its files have it.

    ``digest`` names the files; ``not_read`` the files beside them that hold nothing this register keeps.
    """

    edition: Edition
    groups: tuple[GroupEntry, ...]
    occupations: tuple[OccupationEntry, ...]
    digest: str
    descriptors: tuple[DescriptorEntry, ...] = ()
    ratings: Ratings = field(default_factory=Ratings)
    crosswalks: tuple[CrosswalkFacts, ...] = ()
    notices: tuple[Problem, ...] = ()
    n_notices: int = 0
    not_read: tuple[str, ...] = ()
