"""What the register knows of a certificate, an occupation, a standard, a scheme, an issuer: read, never typed in.

Every answer names its day. Names come from schemes and standards, rights from filings, counts from the census; what other
rooms know (credit, posts) is handed in by whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from guildhall.core.errors import NotFoundError
from guildhall.core.standard import Document, Item, read
from guildhall.encyclopedia.census import Census, Tally, census
from guildhall.encyclopedia.rights import Right, Rights, issuers_among, rights
from guildhall.encyclopedia.sitting import Sitting, sitting
from guildhall.schemes import selectors as schemes
from guildhall.schemes.models import Scheme
from guildhall.schemes.selectors import Level
from guildhall.standards import selectors as standards
from guildhall.standards.models import Classification, Occupation, Standard


class UnknownCertificateError(NotFoundError):
    """Nobody awards or ever awarded this occupation and level in this scheme."""

    code = "unknown_certificate"


class UnknownEditionError(NotFoundError):
    """The occupation has no such published edition of a standard."""

    code = "unknown_standard_edition"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an assessment at one level. ``minutes`` and ``method`` are the standard's, where it says so.

    Units:  marks are points.
    """

    code: str
    name: Mapping[str, str]
    pass_mark: Decimal
    full_mark: Decimal
    minutes: int | None
    method: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Awarder:
    """An issuer that may award it today, under one filing, without a break since ``since``; and what it has awarded."""

    right: Right
    since: date
    tally: Tally


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a certificate is worth in credit at one institution, by one rule in force. Handed in by the credit room."""

    institution: Mapping[str, str]
    programme: Mapping[str, str]
    courses: Sequence[Mapping[str, str]]
    credits: Decimal | None
    rule: str
    since: date
    href: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """An opening that asks for a certificate. Handed in by the employers' room."""

    employer: Mapping[str, str]
    title: Mapping[str, str]
    region: str
    since: date
    href: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a scheme's ladder for one occupation: who may award it today, and what the level adds.

    ``is_known`` where it was ever filed for or awarded: only then it has a page.
    """

    level: Level
    is_known: bool
    n_issuers: int
    tally: Tally
    functions: tuple[Item, ...]
    n_skills: int
    hours: int | None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another certificate of the same occupation."""

    scheme: Scheme
    level: Level
    n_issuers: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Everything about one certificate type on one day.

    Units:  ``hours`` of training; ``minutes`` of assessment; None where no source says so.
    """

    on: date
    counted_at: datetime
    scheme: Scheme
    occupation: Occupation
    level: Level
    standard: Standard | None
    document: Document | None
    editions: tuple[Standard, ...]
    awarders: tuple[Awarder, ...]
    n_former_filings: int
    tally: Tally
    parts: tuple[Part, ...]
    sitting: Sitting | None
    hours: int | None
    minutes: int | None
    ladder: tuple[Step, ...]
    neighbours: tuple[Neighbour, ...]
    months: Mapping[tuple[int, int], int]

    @property
    def key(self) -> str:
        """Return ``pcc/6-31-01-03/3``."""
        return f"{self.scheme.code}/{self.occupation.code}/{self.level.code}"


@dataclass(frozen=True, slots=True)
class OccupationFacts:
    """Everything about one occupation on one day. ``ladders`` holds each scheme in which it was ever filed or awarded."""

    on: date
    counted_at: datetime
    occupation: Occupation
    national: bool
    work_types: tuple[Mapping[str, str], ...]
    editions: tuple[Standard, ...]
    standard: Standard | None
    document: Document | None
    ladders: tuple[tuple[Scheme, tuple[Step, ...]], ...]
    tally: Tally
    n_issuers: int
    months: Mapping[tuple[int, int], int]


def certificate(scheme: str, occupation: str, level: str, *, on: date, now: datetime) -> CertificateFacts:
    """Return the facts of a certificate type by its three codes.

    Raises: UnknownSchemeError; UnknownOccupationError; UnknownLevelError; UnknownCertificateError.
    """
    of = schemes.scheme_by_code(scheme)
    rung = schemes.level(of, level)
    named = standards.occupation_by_code(occupation)
    known, counted = rights(on), census(on, now=now)
    editions = published_editions(named)
    standard = in_force(editions, on)
    ever = known.ever(scheme, named.code, level)
    tally = counted.tally(scheme, named.pk, level)
    if not rung.awarded or not (ever or tally.n_issued):
        raise UnknownCertificateError(
            f"{scheme} has no certificate of {occupation}, {level}", scheme=scheme, occupation=occupation, level=level
        )
    document = document_of(standard)
    today = [right for right in ever if right.in_force]
    parts = tuple(_parts(of, level, document))
    minutes = [part.minutes for part in parts]
    return CertificateFacts(
        on=on,
        counted_at=counted.counted_at,
        scheme=of,
        occupation=named,
        level=rung,
        standard=standard,
        document=document,
        editions=editions,
        awarders=_awarders(today, known, counted, named, level),
        n_former_filings=len(ever) - len(today),
        tally=tally,
        parts=parts,
        sitting=sitting(named.code, level, on, document=document),
        hours=document.overview.hours.get(level) if document is not None else None,
        minutes=sum(one for one in minutes if one) if all(minutes) and minutes else None,
        ladder=_ladder(of, named, document, known, counted),
        neighbours=_neighbours(of, named, rung, known, counted),
        months=counted.months.get((scheme, named.pk), {}),
    )


def occupation(classification: str, code: str, *, on: date, now: datetime) -> OccupationFacts:
    """Return the facts of an occupation of any classification; only national ones are awarded in.

    Raises: UnknownClassificationError; UnknownOccupationError.
    """
    edition = Classification.objects.filter(code=classification).first()
    if edition is None:
        raise standards.UnknownClassificationError(f"no classification {classification}", classification=classification)
    named = (
        Occupation.objects.select_related("group", "classification")
        .prefetch_related("work_types")
        .filter(classification=edition, code=code)
        .first()
    )
    if named is None:
        raise standards.unknown_occupation(code, edition)
    national = edition.family == Classification.NATIONAL
    known, counted = rights(on), census(on, now=now)
    editions = published_editions(named) if national else ()
    document = document_of(in_force(editions, on))
    listed = schemes.schemes() if national else []
    ladders = [(scheme, _ladder(scheme, named, document, known, counted)) for scheme in listed]
    today = [right for scheme in listed for right in known.today(scheme.code, named.code)]
    return OccupationFacts(
        on=on,
        counted_at=counted.counted_at,
        occupation=named,
        national=national,
        work_types=tuple(work_type.name for work_type in named.work_types.all()),
        editions=editions,
        standard=in_force(editions, on),
        document=document,
        ladders=tuple((scheme, steps) for scheme, steps in ladders if any(step.is_known for step in steps)),
        tally=counted.tally(occupation=named.pk) if national else Tally(),
        n_issuers=issuers_among(today),
        months=counted.months.get(("", named.pk), {}),
    )


def published_editions(named: Occupation) -> tuple[Standard, ...]:
    """Return the published editions of an occupation's standard, newest first, their texts not read along."""
    found = Standard.objects.filter(occupation=named, state=Standard.State.PUBLISHED).defer("content")
    return tuple(found.order_by("-in_force_on", "-edition"))


def edition(named: Occupation, code: str) -> Standard:
    """Return one published edition.

    Raises: UnknownEditionError.
    """
    found = next((one for one in published_editions(named) if one.edition == code), None)
    if found is None:
        raise UnknownEditionError(f"{named.code} has no edition {code}", occupation=named.code, edition=code)
    return found


def in_force(editions: Iterable[Standard], on: date) -> Standard | None:
    """Return the newest edition that is in force on a day."""
    return next((one for one in editions if one.in_force_on <= on and (one.ends_on is None or one.ends_on >= on)), None)


def document_of(standard: Standard | None) -> Document | None:
    """Return the whole edition as a value; None where only its name and dates are known."""
    if standard is None or not standard.digest:
        return None
    return _document(standard.pk, standard.digest)


@lru_cache(maxsize=256)
def _document(key: UUID, digest: str) -> Document:  # noqa: ARG001 - what was published under a digest never changes
    return read(Standard.objects.values_list("content", flat=True).get(pk=key))


def certificates_of(scheme: str, *, on: date) -> list[tuple[str, str]]:
    """Return occupation and level codes of every certificate that was ever filed for in a scheme, by code."""
    found = {
        (code, level)
        for right in rights(on).filings
        if right.scheme == scheme
        for code in right.occupations
        for level in right.levels
    }
    return sorted(found)


def _awarders(
    today: Sequence[Right], known: Rights, counted: Census, named: Occupation, level: str
) -> tuple[Awarder, ...]:
    found = [
        Awarder(
            right,
            known.since(right, named.code, level),
            counted.tally(right.scheme, named.pk, level, right.issuer),
        )
        for right in today
    ]
    # Nationwide first, then by place and name.
    return tuple(sorted(found, key=lambda one: (one.right.regions != ("000000",), one.right.region, one.right.filing)))


def _parts(scheme: Scheme, level: str, document: Document | None) -> Iterable[Part]:
    told = {part.kind: part for part in document.overview.parts if level in part.levels} if document else {}
    for part in schemes.parts(scheme, level):
        more = told.get(part.code)
        yield Part(
            part.code,
            part.name,
            part.pass_mark,
            part.full_mark,
            more.minutes if more is not None else None,
            more.method if more is not None else {},
        )


def _ladder(
    scheme: Scheme, named: Occupation, document: Document | None, known: Rights, counted: Census
) -> tuple[Step, ...]:
    steps = []
    for rung in schemes.levels(scheme):
        functions = document.requirements.get(rung.code, ()) if document is not None else ()
        tally = counted.tally(scheme.code, named.pk, rung.code)
        ever = known.ever(scheme.code, named.code, rung.code)
        steps.append(
            Step(
                level=rung,
                is_known=rung.awarded and bool(ever or tally.n_issued),
                n_issuers=issuers_among([right for right in ever if right.in_force]),
                tally=tally,
                functions=functions,
                n_skills=sum(item.kind == "skill" for function in functions for item in function.walk()),
                hours=document.overview.hours.get(rung.code) if document is not None else None,
            )
        )
    return tuple(steps)


def _neighbours(
    scheme: Scheme, named: Occupation, rung: Level, known: Rights, counted: Census
) -> tuple[Neighbour, ...]:
    """Return the same level of the same occupation in the other schemes, as far as it was ever filed or awarded."""
    found = []
    for other in schemes.schemes():
        for level in schemes.levels(other):
            if other.code == scheme.code or level.code != rung.code or not level.awarded:
                continue
            tally = counted.tally(other.code, named.pk, level.code)
            n_issuers = issuers_among(known.today(other.code, named.code, level.code))
            if tally.n_issued or n_issuers:
                found.append(Neighbour(other, level, n_issuers, tally))
    return tuple(found)
