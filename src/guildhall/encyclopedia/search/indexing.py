"""What can be found, gathered from the rooms below, and the making of the index.

A provider is a plain function: it is given keys (None: all) and yields the pages that there are. To make something
searchable, write a provider and add it to ``PROVIDERS``; whoever changes what it reads calls ``touch``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, groupby

from django.db import transaction

from guildhall.accounts.models import AuditEntry
from guildhall.core.codes.regions import PROVINCES
from guildhall.core.errors import NotFoundError
from guildhall.curriculum import selectors as curriculum
from guildhall.encyclopedia.articles.markdown import plain_text
from guildhall.encyclopedia.articles.models import Revision, State
from guildhall.encyclopedia.search import dialect
from guildhall.encyclopedia.search.folding import fold
from guildhall.encyclopedia.search.models import Building, Entry, FacetName
from guildhall.encyclopedia.search.terms import MAX_TEXT, Terms, squeezed, terms_of
from guildhall.issuers.models import Accreditation
from guildhall.issuers.selectors import issuers
from guildhall.schemes import selectors as schemes
from guildhall.standards.models import ClassGroup, Classification, Occupation, Standard

Name = Mapping[str, str]

_KIND_NAMES: Mapping[str, Name] = {
    "certificate": {"zh": "证书", "en": "Certificates"},
    "occupation": {"zh": "职业", "en": "Occupations"},
    "standard": {"zh": "职业标准", "en": "Standards"},
    "issuer": {"zh": "颁证机构", "en": "Issuers"},
    "scheme": {"zh": "认证体系", "en": "Schemes"},
    "programme": {"zh": "专业", "en": "Programmes"},
    "article": {"zh": "条目", "en": "Articles"},
}
READ_DEEDS = (
    *("load-scheme", "change-scheme", "load-classification", "load-standards", "import-standard", "publish-standard"),
    *("register-issuer", "register-site", "close-issuer", "accredit", "import-framework"),
    *("publish-plan",),
    *("suspend-accreditation", "reinstate-accreditation", "withdraw-accreditation"),
)
"""Deeds of rooms below after which the index is made anew: they cannot call ``touch``, for they know no encyclopedia."""
_WHOLE_COUNTRY: Name = {"zh": "全国", "en": "Whole country"}
_BATCH = 1_000


class UnknownKindError(NotFoundError):
    """No pages of this kind are searched."""

    code = "unknown_kind"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as the index is given it.

    Shape:  ``title`` and ``summary`` language maps; ``names`` further names and ``texts`` further text in any language;
            ``facets`` maps a facet to its values with their names; values have no space and no colon.
    """

    kind: str
    key: str
    url_name: str
    params: tuple[str, ...]
    title: Name
    summary: Name = field(default_factory=dict)
    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    facets: Mapping[str, Mapping[str, Name]] = field(default_factory=dict)
    weight: int = 0


Provider = Callable[[Sequence[str] | None], Iterable[Page]]


@transaction.atomic
def rebuild(now: datetime) -> int:
    """Make the whole index anew and return how many pages it holds.

    All in one transaction: the old index answers until the new one is there, and stays if the making fails. Whoever
    wants to write the index (on SQLite: the register) waits so long, some seconds for ten thousand pages.
    """
    dialect.lock()
    names: dict[tuple[str, str], Name] = {}
    dialect.delete()
    Entry.objects.all().delete()
    n = _write(chain.from_iterable(provide(None) for provide in PROVIDERS.values()), names)
    FacetName.objects.all().delete()
    FacetName.objects.bulk_create([FacetName(facet=f, value=v, name=dict(name)) for (f, v), name in names.items()])
    Building.objects.all().delete()
    Building.objects.create(built_at=now, n_entries=n, whole=True)
    return n


def renew(now: datetime) -> int | None:
    """Make the index anew if something that it reads has been recorded since; None if nothing has.

    For the worker: asking costs two look-ups.
    """
    newest = Building.objects.filter(whole=True).order_by("-id").first()
    # What was recorded in the very second of the making may have come after it: it is read once more.
    changed = AuditEntry.objects.filter(deed__in=READ_DEEDS)
    if newest is not None and not changed.filter(at__gte=newest.built_at).exists():
        return None
    return rebuild(now)


@transaction.atomic
def touch(kind: str, keys: Sequence[str], *, now: datetime) -> int:
    """Bring some pages up to date, those that are gone included, and return how many of them there are now.

    For the services of rooms above, in their transaction.

    Raises: UnknownKindError.
    """
    provide = PROVIDERS.get(kind)
    if provide is None:
        raise UnknownKindError(f"{kind} is no kind of page", kind=kind, kinds=sorted(PROVIDERS))
    dialect.lock()
    old = Entry.objects.filter(kind=kind, key__in=keys)
    dialect.delete(list(old.values_list("id", flat=True)))
    old.delete()
    names: dict[tuple[str, str], Name] = {}
    n = _write(provide(keys), names)
    for (facet, value), name in names.items():
        FacetName.objects.update_or_create(facet=facet, value=value, defaults={"name": dict(name)})
    Building.objects.create(built_at=now, n_entries=n, whole=False)
    return n


def _write(pages: Iterable[Page], names: dict[tuple[str, str], Name]) -> int:
    n = 0
    batch: list[Page] = []
    for page in pages:
        batch.append(page)
        if len(batch) == _BATCH:
            n += _write_batch(batch, names)
            batch = []
    return n + _write_batch(batch, names)


def _write_batch(pages: Sequence[Page], names: dict[tuple[str, str], Name]) -> int:
    entries = Entry.objects.bulk_create([_entry(page) for page in pages])
    dialect.insert((entry.pk, _terms(page)) for entry, page in zip(entries, pages, strict=True))
    for page in pages:
        for facet, values in _facets(page).items():
            names.update({(facet, value): name for value, name in values.items()})
    return len(pages)


def _entry(page: Page) -> Entry:
    texts = (*page.title.values(), *page.names, *(text[:MAX_TEXT] for text in (*page.summary.values(), *page.texts)))
    return Entry(
        kind=page.kind,
        key=page.key,
        url_name=page.url_name,
        params=list(page.params),
        title=dict(page.title),
        summary=dict(page.summary),
        names=list(page.names),
        codes=list(page.codes),
        facets=" ".join(f"{facet}:{value}" for facet, values in _facets(page).items() for value in values),
        weight=page.weight,
        titles="\n".join(squeezed(title) for title in page.title.values()),
        folded="\n".join(fold(text) for text in texts),
    )


def _terms(page: Page) -> Terms:
    return terms_of(list(page.title.values()), page.names, (*page.summary.values(), *page.texts), page.codes)


def _facets(page: Page) -> dict[str, Mapping[str, Name]]:
    return {"kind": {page.kind: _KIND_NAMES[page.kind]}, **page.facets}


# --- Providers -------------------------------------------------------------------------------------------------------


def occupation_key(occupation: Occupation) -> str:
    """Return the key of an occupation's page."""
    return f"{occupation.classification_id}/{occupation.code}"


def occupations(keys: Sequence[str] | None) -> Iterator[Page]:
    """Yield the pages of occupations, of all classifications. Key: ``cn-2022/6-31-01-03``."""
    found = Occupation.objects.select_related("classification").prefetch_related("work_types")
    fields = _Fields()
    if keys is not None:
        found = found.filter(code__in=[key.partition("/")[2] for key in keys])
    for occupation in found.order_by("classification_id", "code").iterator(chunk_size=_BATCH):
        key = occupation_key(occupation)
        if keys is not None and key not in keys:
            continue
        further = [name for names in occupation.other_names.values() for name in names]
        further += [name for work_type in occupation.work_types.all() for name in work_type.name.values()]
        yield Page(
            kind="occupation",
            key=key,
            url_name="occupation",
            params=(occupation.classification_id, occupation.code),
            title=occupation.name,
            summary=occupation.definition,
            names=tuple(dict.fromkeys(further)),
            codes=(occupation.code,),
            facets=fields.of(occupation),
            weight=2 if occupation.classification.family == Classification.NATIONAL else 1,
        )


class _Fields:
    """The major class of occupations: the field they belong to."""

    def __init__(self) -> None:
        self._groups = {
            group.pk: group for group in ClassGroup.objects.only("id", "parent", "code", "name", "classification")
        }

    def of(self, occupation: Occupation) -> dict[str, dict[str, Name]]:
        """Return the facet ``field`` of an occupation; none where it stands in no class."""
        group = self._groups.get(occupation.group_id) if occupation.group_id else None
        while group is not None and group.parent_id in self._groups:
            group = self._groups[group.parent_id]
        return {} if group is None else {"field": {f"{group.classification_id}/{group.code}": group.name}}


def standards(keys: Sequence[str] | None) -> Iterator[Page]:
    """Yield the pages of published standards. Key: ``6-31-01-03/2018``, below its classification."""
    published = Standard.objects.filter(state=Standard.State.PUBLISHED).select_related("occupation")
    fields = _Fields()
    for standard in published.order_by("occupation__code", "edition"):
        occupation = standard.occupation
        key = f"{occupation_key(occupation)}/{standard.edition}"
        if keys is not None and key not in keys:
            continue
        yield Page(
            kind="standard",
            key=key,
            url_name="standard",
            params=(occupation.classification_id, occupation.code, standard.edition),
            title=standard.name,
            names=tuple(occupation.name.values()),
            texts=tuple(item for c in standard.competencies.all() for item in c.name.values()),
            codes=tuple(filter(None, (occupation.code, standard.document_no))),
            facets={**fields.of(occupation), "level": _level_names(standard.levels)},
            weight=2,
        )


def scheme_pages(keys: Sequence[str] | None) -> Iterator[Page]:
    """Yield the pages of schemes. Key: the scheme's code."""
    for scheme in schemes.schemes():
        if keys is not None and scheme.code not in keys:
            continue
        rungs = [rung for rung in schemes.levels(scheme) if rung.awarded]
        yield Page(
            kind="scheme",
            key=scheme.code,
            url_name="scheme",
            params=(scheme.code,),
            title=scheme.name,
            summary=scheme.proves,
            names=tuple(scheme.certificate_name.values()),
            texts=(*scheme.legal_basis.values(), *scheme.proves_not.values()),
            codes=(scheme.code,),
            facets={"scheme": {scheme.code: scheme.name}, "level": _level_names([rung.code for rung in rungs])},
            weight=4,
        )


def issuer_pages(keys: Sequence[str] | None) -> Iterator[Page]:
    """Yield the pages of issuers. Key: the organisation's slug."""
    filings: dict[object, list[Accreditation]] = defaultdict(list)
    for filing in Accreditation.objects.select_related("scheme"):
        filings[filing.issuer_id].append(filing)
    for issuer in issuers():
        body = issuer.organisation
        if keys is not None and body.slug not in keys:
            continue
        yield Page(
            kind="issuer",
            key=body.slug,
            url_name="issuer",
            params=(body.slug,),
            title=body.name,
            codes=tuple(filter(None, (body.slug, body.credit_code))),
            facets={**_filed(filings[issuer.pk]), "issuer": {body.slug: body.name}},
            weight=3,
        )


def certificates(keys: Sequence[str] | None) -> Iterator[Page]:
    """Yield the pages of certificate types: each scheme × occupation that was ever filed. Key: ``pcc/6-31-01-03``."""
    filings: dict[tuple[str, str], list[Accreditation]] = defaultdict(list)
    for filing in Accreditation.objects.select_related("scheme", "issuer__organisation").order_by("filing"):
        for code in filing.occupations:
            filings[filing.scheme_id, code].append(filing)
    by_code = {
        o.code: o
        for o in Occupation.objects.filter(classification__family=Classification.NATIONAL).order_by(
            "classification__in_force_on"
        )
    }
    fields = _Fields()
    for (scheme_code, code), filed in sorted(filings.items()):
        key = f"{scheme_code}/{code}"
        occupation = by_code.get(code)
        if occupation is None or (keys is not None and key not in keys):
            continue
        scheme = filed[0].scheme
        yield Page(
            kind="certificate",
            key=key,
            url_name="certificate-type",
            params=(scheme_code, code),
            title=_certificate_title(occupation.name, scheme.certificate_name),
            summary=scheme.proves,
            names=tuple(occupation.name.values()),
            codes=(code,),
            facets={
                **fields.of(occupation),
                **_filed(filed),
                "issuer": {f.issuer.organisation.slug: f.issuer.organisation.name for f in filed},
            },
            weight=3,
        )


def articles(keys: Sequence[str] | None) -> Iterator[Page]:
    """Yield the pages of published articles. Key: the slug."""
    published = Revision.objects.filter(state=State.PUBLISHED).select_related("article").order_by("article", "language")
    if keys is not None:
        published = published.filter(article__in=keys)
    majors = {
        group.code: (f"{group.classification_id}/{group.code}", group.name)
        for group in ClassGroup.objects.filter(parent=None, classification__family=Classification.NATIONAL).order_by(
            "classification__in_force_on"
        )
    }
    for slug, found in groupby(published, key=lambda revision: revision.article_id):
        revisions = list(found)
        field_of = majors.get(revisions[0].article.field)
        yield Page(
            kind="article",
            key=slug,
            url_name="article",
            params=(slug,),
            title={one.language: one.title for one in revisions},
            summary={one.language: one.summary for one in revisions},
            texts=tuple(plain_text(one.body) for one in revisions),
            facets={} if field_of is None else {"field": {field_of[0]: field_of[1]}},
            weight=5,
        )


def _certificate_title(occupation: Name, certificate: Name) -> dict[str, str]:
    signs = {"zh": ("（", "）"), "en": (" (", ")")}
    return {
        tag: f"{occupation[tag]}{a}{certificate[tag]}{b}"
        for tag, (a, b) in signs.items()
        if tag in occupation and tag in certificate
    }


def _filed(filings: Iterable[Accreditation]) -> dict[str, dict[str, Name]]:
    """Return scheme, level and region as filings have them."""
    scheme: dict[str, Name] = {}
    level: dict[str, Name] = {}
    region: dict[str, Name] = {}
    for filing in filings:
        scheme[filing.scheme_id] = filing.scheme.name
        level.update(_level_names(filing.levels))
        region.update({code[:2]: PROVINCES.get(code[:2], _WHOLE_COUNTRY) for code in filing.regions})
    return {"scheme": scheme, "level": level, "region": region}


def _level_names(codes: Sequence[str]) -> dict[str, Name]:
    """Return levels with their names: those that most schemes agree on, as figures."""
    return {code: {"zh": f"{code}级", "en": f"Level {code}"} for code in codes}


def programmes(keys: Sequence[str] | None) -> Iterator[Page]:
    """Yield the pages of colleges' programmes. Key: ``<college>/<code>/<edition>``."""
    fields = _Fields()
    for plan in curriculum.plans():
        key = f"{plan.organisation.slug}/{plan.code}/{plan.edition}"
        if keys is not None and key not in keys:
            continue
        province = plan.organisation.region[:2]
        named = {province: PROVINCES[province]} if province in PROVINCES else {}
        yield Page(
            kind="programme",
            key=key,
            url_name="programme",
            params=(plan.organisation.slug, plan.code, plan.edition),
            title=plan.name,
            summary=plan.organisation.name,
            names=tuple(plan.organisation.name.values()),
            texts=tuple(name for course in plan.content["courses"] for name in course["name"].values()),
            codes=(plan.code,),
            facets={**fields.of(plan.occupation), **({"region": named} if named else {})},
            weight=1,
        )


PROVIDERS: Mapping[str, Provider] = {
    "occupation": occupations,
    "standard": standards,
    "scheme": scheme_pages,
    "issuer": issuer_pages,
    "certificate": certificates,
    "programme": programmes,
    "article": articles,
}
