"""What changes, for readers of feeds; and the list of all addresses, for those who index the web."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guildhall.core.credential import CHINA
from guildhall.encyclopedia import facts
from guildhall.encyclopedia.articles import selectors as articles
from guildhall.encyclopedia.articles.models import Deed, RevisionEvent, State
from guildhall.encyclopedia.fields import fields
from guildhall.encyclopedia.rights import rights
from guildhall.issuers.models import AccreditationDeed, AccreditationEvent
from guildhall.schemes import selectors as schemes
from guildhall.standards.models import Classification, Occupation, Standard
from guildhall.web import clock
from guildhall.web.linking import absolute, of_path
from guildhall.web.templatetags.guildhall import language
from guildhall.web.words import text

N_ENTRIES: Final = 50
_LARGEST_SITEMAP: Final = 50_000


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a feed. ``key`` names it for good."""

    key: str
    title: str
    summary: str
    href: str
    at: datetime


@require_safe
def feed(request: HttpRequest, name: str) -> HttpResponse:
    """Answer a feed: ``articles`` (and standards) or ``issuers`` (their filings).

    Source: RFC 4287.
    """
    made = {"articles": _article_changes, "issuers": _filing_changes}.get(name)
    if made is None:
        raise Http404
    changes = sorted(made(), key=lambda change: (change.at, change.key), reverse=True)[:N_ENTRIES]
    title = _("Guildhall: articles and standards") if name == "articles" else _("Guildhall: who may award")
    own = absolute("feed", name)
    updated = changes[0].at if changes else clock.now()
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr("zh-Hans" if language() == "zh" else "en")}>',
        f"<title>{escape(title)}</title><id>{escape(own)}</id><updated>{updated.isoformat()}</updated>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(own)}/>',
        f'<link rel="alternate" type="text/html" href={quoteattr(absolute("encyclopedia"))}/>',
        "<author><name>Guildhall</name></author>",
        *(_entry(change) for change in changes),
        "</feed>",
    ]
    return HttpResponse("\n".join(lines), content_type="application/atom+xml; charset=utf-8")


def _entry(change: Change) -> str:
    return (
        f"<entry><title>{escape(change.title)}</title><id>urn:uuid:{uuid5(NAMESPACE_URL, change.key)}</id>"
        f"<updated>{change.at.isoformat()}</updated><link href={quoteattr(change.href)}/>"
        f"<summary>{escape(change.summary)}</summary></entry>"
    )


def _article_changes() -> Iterator[Change]:
    published = (
        RevisionEvent.objects.filter(deed=Deed.PUBLISH, revision__language=language())
        .exclude(revision__state=State.WITHDRAWN)
        .select_related("revision")
        .order_by("-at", "-id")[:N_ENTRIES]
    )
    for event in published:
        one = event.revision
        key = f"{settings.ORIGIN}/articles/{one.article_id}/{one.language}/{one.number}"
        yield Change(key, one.title, one.summary, absolute("article", one.article_id), event.at)
    editions = (
        Standard.objects.filter(state=Standard.State.PUBLISHED)
        .select_related("occupation")
        .order_by("-in_force_on", "-edition")[:N_ENTRIES]
    )
    for edition in editions:
        named = edition.occupation
        address = absolute("standard", named.classification_id, named.code, edition.edition)
        at = edition.published_at or datetime.combine(edition.in_force_on, time(), CHINA)
        summary = _("In force since %(day)s") % {"day": edition.in_force_on.isoformat()}
        yield Change(f"{settings.ORIGIN}/standards/{edition.pk}", text(edition.name), summary, address, at)


def _filing_changes() -> Iterator[Change]:
    words = {
        AccreditationDeed.ACCREDIT: _("accredited"),
        AccreditationDeed.SUSPEND: _("suspended"),
        AccreditationDeed.REINSTATE: _("reinstated"),
        AccreditationDeed.WITHDRAW: _("withdrawn"),
    }
    events = AccreditationEvent.objects.select_related(
        "accreditation__issuer__organisation", "accreditation__scheme"
    ).order_by("-at", "-id")[:N_ENTRIES]
    for event in events:
        filing = event.accreditation
        body = filing.issuer.organisation
        title = f"{text(body.name)}: {filing.filing} {words[AccreditationDeed(event.deed)]}"
        summary = _("%(scheme)s, %(n)d occupations, from %(day)s") % {
            "scheme": text(filing.scheme.name),
            "n": len(filing.occupations),
            "day": event.from_on.isoformat(),
        }
        yield Change(f"{settings.ORIGIN}/filings/{event.pk}", title, summary, absolute("issuer", body.slug), event.at)


@require_safe
def sitemap(request: HttpRequest) -> StreamingHttpResponse:
    """List every page of the encyclopedia in both languages.

    Source: sitemaps.org protocol 0.9; the alternates as search engines read them.
    """
    return StreamingHttpResponse(_sitemap(), content_type="application/xml; charset=utf-8")


def _sitemap() -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    )
    for place, path in enumerate(dict.fromkeys(_paths())):
        if 2 * place >= _LARGEST_SITEMAP:
            break
        tongues = of_path(path)
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{one.tag}" href={quoteattr(one.href)}/>' for one in tongues
        )
        for one in tongues[:-1]:
            yield f"<url><loc>{escape(one.href)}</loc>{links}</url>\n"
    yield "</urlset>\n"


def _paths() -> Iterator[str]:
    """Yield every page, as a path in Chinese: those with the most facts first, since a list has an end."""

    def path(view: str, *args: object) -> str:
        return absolute(view, *args, language="zh").removeprefix(settings.ORIGIN)

    on = clock.today()
    yield from (path(view) for view in ("home", "encyclopedia", "articles", "check", "coverage", "issuers", "log"))
    yield from (path("article", entry.slug) for entry in articles.entries())
    yield from (path("encyclopedia-field", one.code) for one in fields(on) if one.n_occupations)
    yield from (path("scheme", one.code) for one in schemes.schemes())
    yield from dict.fromkeys(path("issuer", right.slug) for right in rights(on).filings)
    for scheme in schemes.schemes():
        listed = facts.certificates_of(scheme.code, on=on)
        yield from dict.fromkeys(path("certificate-type", scheme.code, code) for code, _level in listed)
        yield from (path("certificate-level", scheme.code, code, level) for code, level in listed)
    editions = Standard.objects.filter(state=Standard.State.PUBLISHED).values_list(
        "occupation__classification", "occupation__code", "edition"
    )
    yield from (path("standard", *edition) for edition in editions.order_by("occupation__code", "edition"))
    occupations = Occupation.objects.filter(classification__family=Classification.NATIONAL).order_by("code")
    yield from (path("occupation", *one) for one in occupations.values_list("classification", "code"))
