"""Finding occupations by what people write, and the standard in force on a day."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from guildhall.core.errors import ConflictError, NotFoundError
from guildhall.standards.models import Classification, Occupation, Standard, WorkType

# Dashes as spreadsheets and Chinese input methods write them; NFKC does not fold these into "-".
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_CODE = re.compile(r"[0-9]-[0-9]{2}-[0-9]{2}-[0-9]{2}")
_SPACE = re.compile(r"\s+")


class UnknownClassificationError(NotFoundError):
    """No classification of occupations has this code, or none has been loaded."""

    code = "unknown_classification"


class UnknownOccupationError(NotFoundError):
    """The edition of the classification has no such occupation."""

    code = "unknown_occupation"


class AmbiguousOccupationError(ConflictError):
    """Several occupations, or work types below several, bear this name."""

    code = "ambiguous_occupation"


class OccupationMismatchError(ConflictError):
    """Code and name belong to two occupations."""

    code = "occupation_mismatch"


class NoStandardInForceError(NotFoundError):
    """No edition of the occupation's standard was in force on the day."""

    code = "no_standard_in_force"


def current_classification(on: date | None = None) -> Classification:
    """Return the newest edition of the national classification in force (on the day ``on``, if one is given).

    Raises: UnknownClassificationError if none is.
    """
    editions = Classification.objects.filter(family=Classification.NATIONAL)
    if on is not None:
        editions = editions.filter(in_force_on__lte=on)
    newest = editions.order_by("-in_force_on", "-code").first()
    if newest is None:
        raise UnknownClassificationError("no classification of occupations has been loaded")
    return newest


def occupation_by_code(code: str, *, classification: Classification | None = None) -> Occupation:
    """Return the occupation with this code in ``classification`` (None: the newest).

    Raises: UnknownOccupationError naming the edition; UnknownClassificationError.
    """
    edition = classification or current_classification()
    found = Occupation.objects.filter(classification=edition, code=code).first()
    if found is None:
        raise unknown_occupation(code, edition)
    return found


def occupations(classification: Classification | None = None) -> list[Occupation]:
    """Return all occupations of ``classification`` (None: the newest) by code, with their work types."""
    edition = classification or current_classification()
    return list(Occupation.objects.filter(classification=edition).prefetch_related("work_types").order_by("code"))


def find_occupation(text: str, *, classification: Classification | None = None) -> Occupation:
    """Return the occupation that ``text`` means: a code, a name, ``code name``, or the name of a work type.

    For many texts load an :class:`OccupationFinder` once.

    Raises: UnknownOccupationError naming the edition; AmbiguousOccupationError; OccupationMismatchError;
            UnknownClassificationError.
    """
    return OccupationFinder.load(classification).find(text)


@dataclass(frozen=True, slots=True)
class OccupationFinder:
    """All occupations of one edition in memory, by code and by every name."""

    edition: Classification
    by_code: dict[str, Occupation]
    by_name: dict[str, tuple[Occupation, ...]]

    @staticmethod
    def load(classification: Classification | None = None) -> OccupationFinder:
        """Read the edition once: three queries, whatever its size.

        Raises: UnknownClassificationError.
        """
        edition = classification or current_classification()
        by_code = {o.code: o for o in Occupation.objects.filter(classification=edition)}
        by_id = {o.pk: o for o in by_code.values()}
        # An occupation's own name decides before the name of a work type below another one.
        names = _names((o.name, o) for o in by_code.values())
        below = _names(
            (w.name, by_id[w.occupation_id]) for w in WorkType.objects.filter(occupation__classification=edition)
        )
        return OccupationFinder(edition, by_code, below | names)

    def find(self, text: str) -> Occupation:
        """Return the occupation that ``text`` means.

        Raises: UnknownOccupationError; AmbiguousOccupationError; OccupationMismatchError.
        """
        wanted = _SPACE.sub(" ", unicodedata.normalize("NFKC", text).translate(_DASHES)).strip()
        match = _CODE.search(wanted)
        if match is None:
            return self._named(wanted)
        occupation = self.by_code.get(match[0])
        if occupation is None:
            raise unknown_occupation(match[0], self.edition)
        name = (wanted[: match.start()] + wanted[match.end() :]).strip(" ()/,:;、")
        if name and occupation not in self.by_name.get(_folded(name), ()):
            raise OccupationMismatchError(
                f"{match[0]} is not the code of {name}", code=match[0], name=name, expected=dict(occupation.name)
            )
        return occupation

    def _named(self, name: str) -> Occupation:
        found = self.by_name.get(_folded(name), ())
        if not found:
            raise unknown_occupation(name, self.edition)
        if len(found) > 1:
            codes = [o.code for o in found]
            raise AmbiguousOccupationError(f"{name} may mean {', '.join(codes)}", text=name, codes=codes)
        return found[0]


def standard_in_force(occupation: Occupation, on: date) -> Standard:
    """Return the edition of the occupation's standard in force on ``on``: among several the newest.

    Raises: NoStandardInForceError.
    """
    found = (
        Standard.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=on),
            occupation=occupation,
            in_force_on__lte=on,
            state=Standard.State.PUBLISHED,
        )
        .order_by("-in_force_on", "-edition")
        .first()
    )
    if found is None:
        raise NoStandardInForceError(
            f"no standard for {occupation.code} was in force on {on.isoformat()}",
            code=occupation.code,
            on=on.isoformat(),
        )
    return found


def standards_of(occupation: Occupation) -> list[Standard]:
    """Return all published editions of the occupation's standard, newest first."""
    published = Standard.objects.filter(occupation=occupation, state=Standard.State.PUBLISHED)
    return list(published.order_by("-in_force_on", "-edition"))


def _names(named: Iterable[tuple[dict[str, str], Occupation]]) -> dict[str, tuple[Occupation, ...]]:
    found: dict[str, dict[str, Occupation]] = defaultdict(dict)
    for name, occupation in named:
        for text in name.values():
            if text:
                found[_folded(text)][occupation.code] = occupation
    return {name: tuple(by_code[code] for code in sorted(by_code)) for name, by_code in found.items()}


def _folded(name: str) -> str:
    return _SPACE.sub("", unicodedata.normalize("NFKC", name)).casefold()


def unknown_occupation(text: str, edition: Classification) -> UnknownOccupationError:
    """Return the error that names the edition in which ``text`` was looked for."""
    return UnknownOccupationError(
        f"{text} is no occupation of {edition.code}", text=text, classification=edition.code, name=dict(edition.name)
    )
