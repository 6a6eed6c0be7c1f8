"""What many rows of a file have in common, looked up once: scheme, occupation, standard, site, region, filing, parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from guildhall.assessment import numbers
from guildhall.core.accreditation import Question
from guildhall.core.codes.level import LEVELS
from guildhall.core.codes.regions import PROVINCES
from guildhall.core.errors import Error
from guildhall.core.results import ResultRow
from guildhall.core.results.fields import Said
from guildhall.core.results.problems import Fact
from guildhall.issuers.models import Accreditation, Issuer, Site
from guildhall.issuers.selectors import Judge
from guildhall.schemes import selectors as schemes
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation, Standard, WorkType
from guildhall.standards.selectors import OccupationFinder, standards_of

Found = tuple[str, Said]
"""A column's key and what is wrong with it."""

_LEVEL_NAMES = {code: level.name["zh"] for code, level in LEVELS.items()}


@dataclass(frozen=True, slots=True)
class Part:
    """A part that must be passed. ``names`` what a heading may call it."""

    code: str
    name: Mapping[str, str]
    pass_mark: Decimal
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Setting:
    """The answers for one combination of texts. Where ``faults`` is not empty the rest may be missing.

    Shape:  keys of other rows as 32 hex digits.
    """

    faults: tuple[Found, ...]
    scheme: str = ""
    layout: str = ""
    occupation: str | None = None
    occupation_code: str = ""
    work_type: str = ""
    standard: str | None = None
    site: str | None = None
    region: str = ""
    level: str = ""
    accreditation: str | None = None
    parts: tuple[Part, ...] = ()
    prefix: numbers.Prefix | None = None
    seed: bytes = b""
    marks: dict[tuple[tuple[str, Decimal], ...], tuple[str, tuple[Found, ...]]] = field(
        default_factory=dict, compare=False
    )


class Settings:
    """All settings of one file. Everything that they rest on is read when it is made, or once when first asked for."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        organisation = issuer.organisation
        self._own_names = {
            _spoken(name)
            for name in (*organisation.name.values(), organisation.slug, organisation.credit_code, issuer.did)
            if name
        }
        self._finder = OccupationFinder.load()
        self._judge = Judge.load(issuer)
        self._filings = dict(Accreditation.objects.filter(issuer=issuer).values_list("filing", "pk"))
        own_schemes = Accreditation.objects.filter(issuer=issuer).values_list("scheme", flat=True)
        self._own_schemes = sorted(set(own_schemes))
        self._schemes = {scheme.code: scheme for scheme in Scheme.objects.all()}
        self._sites = list(Site.objects.filter(issuer=issuer).order_by("code"))
        self._known: dict[tuple[Any, ...], Setting] = {}
        self._standards: dict[UUID, list[Standard]] = {}
        self._work_types: dict[UUID, dict[str, str]] = {}

    def of(self, row: ResultRow) -> Setting:
        """Return the setting of a row; rows that say the same share one."""
        key = (row.occupation, row.work_type, row.level, row.issued_on, row.scheme, row.site, row.region, row.issuer)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._look_up(row)
        return known

    def _look_up(self, row: ResultRow) -> Setting:
        faults: list[Found] = []
        if row.issuer and _spoken(row.issuer) not in self._own_names:
            faults.append(("issuer", ("issuer_differs", {"expected": _names(self._issuer.organisation.name)})))
        scheme = self._scheme(row.scheme, faults)
        occupation = self._occupation(row.occupation, faults)
        work_type = self._work_type(row.work_type, occupation, faults)
        level = self._level(row.level, scheme, faults)
        site = self._site(row.site, faults)
        region = self._region(row.region, site, faults)
        if faults or scheme is None or occupation is None or level is None:
            return Setting(tuple(faults))
        question = Question(
            issuer=self._issuer.did,
            scheme=scheme.code,
            occupation=occupation.code,
            level=level.code,
            region=region,
            on=row.issued_on,
            site=site.code if site is not None else "",
        )
        answer = self._judge.judge(question)
        if not answer.authorised:
            said = f"{answer.standing.value}: {answer.detail}" + (f" ({answer.filing})" if answer.filing else "")
            return Setting((("", ("not_accredited", {"reason": said})),))
        return Setting(
            (),
            scheme=scheme.code,
            layout=scheme.number_layout,
            occupation=occupation.pk.hex,
            occupation_code=occupation.code,
            work_type=work_type,
            standard=self._standard(occupation, row.issued_on),
            site=site.pk.hex if site is not None else None,
            region=region,
            level=level.code,
            accreditation=self._filings[answer.filing].hex,
            parts=tuple(_part(part) for part in schemes.parts(scheme, level.code)),
            seed=f"{self._issuer.pk}|{scheme.code}|{occupation.code}|{level.code}|{work_type}|".encode(),
            prefix=numbers.prefix(scheme.number_layout, self._issuer.number_parts, level.code, row.issued_on),
        )

    def _scheme(self, text: str, faults: list[Found]) -> Scheme | None:
        if not text:
            if len(self._own_schemes) == 1:
                return self._schemes[self._own_schemes[0]]
            faults.append(("scheme", ("scheme_unknown", {})))
            return None
        wanted = _spoken(text)
        for scheme in self._schemes.values():
            names = (scheme.code, *scheme.name.values(), *scheme.certificate_name.values())
            if wanted in {_spoken(name) for name in names}:
                return scheme
        faults.append(("scheme", ("scheme_unknown", {})))
        return None

    def _occupation(self, text: str, faults: list[Found]) -> Occupation | None:
        try:
            return self._finder.find(text)
        except Error:
            faults.append(("occupation", ("occupation_unknown", {})))
            return None

    def _work_type(self, text: str, occupation: Occupation | None, faults: list[Found]) -> str:
        """Return the work type as the classification writes it."""
        if not text or occupation is None:
            return ""
        known = self._work_types.get(occupation.pk)
        if known is None:
            rows = WorkType.objects.filter(occupation=occupation).values_list("name", flat=True)
            known = {_spoken(text): name.get("zh") or text for name in rows for text in name.values() if text}
            # Many sheets repeat the occupation where it has no work type of its own.
            known |= {_spoken(name): "" for name in occupation.name.values() if name}
            self._work_types[occupation.pk] = known
        found = known.get(_spoken(text))
        if found is None:
            faults.append(("work_type", ("work_type_unknown", {})))
        return found or ""

    def _level(self, code: str, scheme: Scheme | None, faults: list[Found]) -> schemes.Level | None:
        if scheme is None:
            return None
        ladder = schemes.levels(scheme)
        found = next((level for level in ladder if level.code == code), None)
        if found is None and code in _LEVEL_NAMES:
            try:
                found = schemes.find_level_in(ladder, scheme, _LEVEL_NAMES[code])
            except Error:
                found = None
        if found is None or not found.awarded:
            faults.append(("level", ("level_not_in_ladder", {})))
            return None
        return found

    def _site(self, text: str, faults: list[Found]) -> Site | None:
        if not text:
            return None
        wanted = _spoken(text)
        for site in self._sites:
            if wanted in {_spoken(name) for name in (site.code, *site.name.values())}:
                return site
        faults.append(("site", ("site_unknown", {})))
        return None

    def _region(self, text: str, site: Site | None, faults: list[Found]) -> str:
        if not text:
            return site.region if site is not None else self._issuer.organisation.region
        wanted = _spoken(text)
        is_code = len(wanted) == 6 and wanted.isascii() and wanted.isdigit()
        if is_code and (wanted[:2] in PROVINCES or wanted == "000000"):
            return wanted
        for code, name in PROVINCES.items():
            if wanted == code or any(_spoken(known).startswith(wanted) and len(wanted) > 1 for known in name.values()):
                return f"{code}0000"
        faults.append(("region", ("region_unknown", {})))
        return ""

    def _standard(self, occupation: Occupation, on: date) -> str | None:
        editions = self._standards.get(occupation.pk)
        if editions is None:
            editions = self._standards[occupation.pk] = standards_of(occupation)
        for edition in editions:
            if edition.in_force_on <= on and (edition.ends_on is None or on <= edition.ends_on):
                return edition.pk.hex
        return None


def judge_marks(setting: Setting, marks: tuple[tuple[str, Decimal], ...]) -> tuple[str, tuple[Found, ...]]:
    """Return the marks of the parts that the scheme asks for, as JSON text, and what is missing or too low.

    Source: each part for itself, no averaging (domain sheet, section 1.7).
    """
    known = setting.marks.get(marks)
    if known is None:
        known = _judge_marks(setting.parts, marks)
        if len(setting.marks) < 100_000:
            setting.marks[marks] = known
    return known


def _judge_marks(parts: Sequence[Part], marks: Sequence[tuple[str, Decimal]]) -> tuple[str, tuple[Found, ...]]:
    faults: list[Found] = []
    counted: list[str] = []
    for part in parts:
        column, points = next(((f"mark:{name}", m) for name, m in marks if _spoken(name) in part.names), ("", None))
        if points is None:
            faults.append(("", ("missing_mark", {"part": part.name})))
            continue
        counted.append(f'"{part.code}": "{points:f}"')
        if points < part.pass_mark:
            facts: dict[str, Fact] = {"part": part.name, "mark": f"{points:f}", "pass_mark": f"{part.pass_mark:f}"}
            faults.append((column, ("failed_part", facts)))
    return "{" + ", ".join(counted) + "}", tuple(faults)


def _part(part: schemes.Part) -> Part:
    names = frozenset(_spoken(name) for name in (part.code, *part.name.values()))
    return Part(part.code, _names(part.name), part.pass_mark, names)


def _names(name: Mapping[str, str]) -> dict[str, str]:
    return {"zh": name.get("zh") or name.get("en", ""), "en": name.get("en") or name.get("zh", "")}


def _spoken(text: str) -> str:
    return "".join(text.split()).casefold()
