"""Files of issuers and of filings: bytes to checked facts, without a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from guildhall.core.errors import MalformedError
from guildhall.core.reading import Reading, place_below, read_json

MAX_BYTES = 16 * 1024 * 1024
_SLUG = r"[a-z0-9][a-z0-9-]{0,63}"
_REGION = r"[0-9]{6}"
_CREDIT_CODE = r"([0-9A-HJ-NPQRTUWXY]{18})?"
_DEEDS = "suspend|reinstate|withdraw"


class InvalidIssuersError(MalformedError):
    """A file of issuers that does not keep its format; ``problems`` lists the places."""

    code = "invalid_issuers"


class InvalidFilingsError(MalformedError):
    """A file of filings that does not keep its format; ``problems`` lists the places."""

    code = "invalid_filings"


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """An organisation as a file names it."""

    slug: str
    name: dict[str, str]
    region: str
    credit_code: str


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """A place of assessment."""

    code: str
    name: dict[str, str]
    region: str


@dataclass(frozen=True, slots=True)
class IssuerFacts:
    """An issuer with its places of assessment."""

    organisation: OrganisationFacts
    did: str
    number_parts: dict[str, dict[str, str]]
    sites: tuple[SiteFacts, ...]


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What happened to a filing after it was granted."""

    deed: str
    from_on: date
    until_on: date | None
    reason: dict[str, str]


@dataclass(frozen=True, slots=True)
class FilingFacts:
    """One filing; ``issuer`` a slug, ``site`` a code or empty."""

    filing: str
    issuer: str
    scheme: str
    occupations: tuple[str, ...]
    levels: tuple[str, ...]
    regions: tuple[str, ...]
    site: str
    starts_on: date
    ends_on: date
    events: tuple[EventFacts, ...]


@dataclass(frozen=True, slots=True)
class IssuersFile:
    """The authority, if the file names it, and the issuers."""

    authority: OrganisationFacts | None
    issuers: tuple[IssuerFacts, ...]


def read_issuers(data: bytes) -> IssuersFile:
    """Return the facts of a file of issuers; members about filings are left alone.

    Shape:  JSON as in docs/formats/filings.md.
    Raises: InvalidIssuersError with the problems; the errors of ``read_json``.
    """
    reading = Reading()
    root = reading.members(
        read_json(data, max_bytes=MAX_BYTES), "$", known=frozenset({"authority", "issuers", "filings"})
    )
    authority = None
    if root.get("authority") is not None:
        authority = _organisation(reading, reading.members(root["authority"], "authority"), "authority")
    issuers = tuple(
        _issuer(reading, item, f"issuers[{i}]") for i, item in enumerate(reading.items(root, "issuers", "$"))
    )
    _refuse_twice(reading, "issuers", [issuer.organisation.slug for issuer in issuers])
    if reading.problems:
        raise InvalidIssuersError(
            f"the file of issuers has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )
    return IssuersFile(authority, issuers)


def read_filings(data: bytes) -> tuple[FilingFacts, ...]:
    """Return the facts of a file of filings; members about issuers are left alone.

    Shape:  JSON as in docs/formats/filings.md.
    Raises: InvalidFilingsError with the problems; the errors of ``read_json``.
    """
    reading = Reading()
    root = reading.members(
        read_json(data, max_bytes=MAX_BYTES), "$", known=frozenset({"authority", "issuers", "filings"})
    )
    filings = tuple(
        _filing(reading, item, f"filings[{i}]") for i, item in enumerate(reading.items(root, "filings", "$"))
    )
    _refuse_twice(reading, "filings", [filing.filing for filing in filings])
    if reading.problems:
        raise InvalidFilingsError(
            f"the file of filings has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )
    return filings


def _organisation(reading: Reading, members: Mapping[str, Any], path: str) -> OrganisationFacts:
    return OrganisationFacts(
        slug=reading.text(members, "slug", path, _SLUG),
        name=reading.names(members.get("name"), f"{path}.name"),
        region=reading.text(members, "region", path, _REGION),
        credit_code=reading.text(members, "credit_code", path, _CREDIT_CODE, optional=True),
    )


def _issuer(reading: Reading, document: object, path: str) -> IssuerFacts:
    known = frozenset({"slug", "name", "region", "credit_code", "did", "number_parts", "sites"})
    members = reading.members(document, path, known=known)
    parts: dict[str, dict[str, str]] = {}
    for layout, own in reading.members(members.get("number_parts", {}), f"{path}.number_parts").items():
        here = place_below(f"{path}.number_parts", layout)
        inner = reading.members(own, here)
        parts[layout] = {name: reading.text(inner, name, here, r"[0-9A-Z]{1,8}") for name in inner}
    sites = tuple(
        SiteFacts(
            code=reading.text(site, "code", f"{path}.sites[{i}]", r"[0-9A-Za-z-]{1,16}"),
            name=reading.names(site.get("name"), f"{path}.sites[{i}].name"),
            region=reading.text(site, "region", f"{path}.sites[{i}]", _REGION),
        )
        for i, item in enumerate(reading.items(members, "sites", path, optional=True))
        for site in [reading.members(item, f"{path}.sites[{i}]", known=frozenset({"code", "name", "region"}))]
    )
    _refuse_twice(reading, f"{path}.sites", [site.code for site in sites])
    return IssuerFacts(
        organisation=_organisation(reading, members, path),
        did=reading.text(members, "did", path, optional=True),
        number_parts=parts,
        sites=sites,
    )


def _filing(reading: Reading, document: object, path: str) -> FilingFacts:
    known = frozenset(FilingFacts.__dataclass_fields__)
    members = reading.members(document, path, known=known)
    return FilingFacts(
        filing=reading.text(members, "filing", path, r".{1,32}"),
        issuer=reading.text(members, "issuer", path, _SLUG),
        scheme=reading.text(members, "scheme", path),
        occupations=reading.texts(members, "occupations", path),
        levels=reading.texts(members, "levels", path),
        regions=reading.texts(members, "regions", path),
        site=reading.text(members, "site", path, optional=True),
        starts_on=reading.day(members, "starts_on", path),
        ends_on=reading.day(members, "ends_on", path),
        events=tuple(
            _event(reading, item, f"{path}.events[{i}]")
            for i, item in enumerate(reading.items(members, "events", path, optional=True))
        ),
    )


def _event(reading: Reading, document: object, path: str) -> EventFacts:
    members = reading.members(document, path, known=frozenset(EventFacts.__dataclass_fields__))
    facts = EventFacts(
        deed=reading.text(members, "deed", path, _DEEDS),
        from_on=reading.day(members, "from_on", path),
        until_on=reading.optional_day(members, "until_on", path),
        reason=reading.names(members.get("reason"), f"{path}.reason"),
    )
    if facts.until_on is not None and facts.deed != "suspend":
        reading.note(f"{path}.until_on", "only a suspension has a last day")
    return facts


def _refuse_twice(reading: Reading, path: str, names: list[str]) -> None:
    for name in sorted(name for name, n in Counter(names).items() if n > 1):
        reading.note(path, f"{name} stands twice")
