"""One address, several forms: a page for people, JSON-LD and CSV for programs, a card for those who share the link.

The form is named by the end of the address (``.jsonld``, ``.csv``, ``.png``) or, without one, by the Accept header.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.cache import patch_vary_headers

from guildhall.web import cards, tables
from guildhall.web.linking import Alternate, alternates, canonical
from guildhall.web.pages import Crumb, page
from guildhall.web.templatetags.guildhall import language

HTML, JSON_LD, CSV, CARD = "", "jsonld", "csv", "png"
_TYPES: Final = {
    "text/html": HTML,
    "application/xhtml+xml": HTML,
    "application/ld+json": JSON_LD,
    "application/json": JSON_LD,
    "text/csv": CSV,
}
_SENT_AS: Final = {JSON_LD: "application/ld+json", CSV: "text/csv; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Forms:
    """What an address can answer: each form is made only when it is asked for.

    Shape:  ``rows`` yields the header and then the rows of the table; ``summary`` one plain sentence.
    """

    template: str
    crumbs: Sequence[Crumb]
    title: str
    summary: str
    linked: Callable[[], Mapping[str, Any]]
    rows: Callable[[], Iterable[Sequence[object]]] | None = None
    kicker: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)


def wanted(request: HttpRequest, form: str) -> str:
    """Return the form that is asked for: that of the address, or what the asker likes best; a page where nothing fits."""
    if form:
        return form
    liked = request.get_preferred_type(list(_TYPES))
    return _TYPES[liked] if liked is not None else HTML


def answer(request: HttpRequest, form: str, forms: Forms) -> HttpResponseBase:
    """Answer in the form that is asked for."""
    chosen = wanted(request, form)
    if chosen == CSV and forms.rows is None:
        chosen = HTML
    if chosen == CARD:
        made: HttpResponseBase = HttpResponse(
            cards.card(forms.title, forms.summary, forms.kicker, language()), content_type="image/png"
        )
        made["Cache-Control"] = "public, max-age=3600"
    elif chosen == JSON_LD:
        made = HttpResponse(json.dumps(forms.linked(), ensure_ascii=False, indent=2), content_type=_SENT_AS[JSON_LD])
    elif chosen == CSV and forms.rows is not None:
        made = HttpResponse(tables.csv_text(forms.rows()), content_type=_SENT_AS[CSV])
    else:
        made = _html(request, forms)
    if not form:
        patch_vary_headers(made, ["Accept"])
    return made


def _html(request: HttpRequest, forms: Forms) -> HttpResponse:
    address = canonical(request)
    others = [Alternate("application/ld+json", f"{address}.jsonld")]
    if forms.rows is not None:
        others.append(Alternate("text/csv", f"{address}.csv"))
    made = page(
        request,
        forms.template,
        *forms.crumbs,
        title=forms.title,
        summary=forms.summary,
        kicker=forms.kicker,
        canonical=address,
        in_languages=alternates(request),
        other_forms=others,
        card=f"{address}.png",
        linked=forms.linked(),
        **forms.context,
    )
    made["Link"] = ", ".join(f'<{one.href}>; rel="alternate"; type="{one.type}"' for one in others)
    return made


def routes(route: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    """Return the addresses of a page and of its other forms."""
    return [
        *(path(f"{route}.{form}", view, {"form": form}, name=f"{name}-{form}") for form in (JSON_LD, CSV, CARD)),
        path(route, view, name=name),
    ]
