"""Searching the encyclopedia: with and without script, by words and by facets; what there is while somebody types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_safe

from guildhall.core.errors import Error
from guildhall.encyclopedia.search import selectors
from guildhall.encyclopedia.search.selectors import FACETS, FacetValue, Results
from guildhall.problems import title_of
from guildhall.web import encyclopedia
from guildhall.web.pages import crumb, page
from guildhall.web.templatetags.guildhall import language

FACET_WORDS: Final[Mapping[str, Promise]] = {
    "kind": lazy("Kind of page"),
    "field": lazy("Field"),
    "level": lazy("Level"),
    "scheme": lazy("Scheme"),
    "issuer": lazy("Issuer"),
    "region": lazy("Region"),
}
_SHOWN: Final = 8
_SUGGESTED: Final = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet: what choosing it, or giving it up, leads to."""

    name: Mapping[str, str]
    n: int
    chosen: bool
    href: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with its values: the first few, then the others."""

    word: Promise
    first: Sequence[Choice]
    others: Sequence[Choice]
    open: bool


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what was found."""
    query = request.GET.get("q", "")
    chosen = {name: request.GET.getlist(name) for name in FACETS if request.GET.getlist(name)}
    results: Results | None = None
    problem = ""
    try:
        results = selectors.search(
            query, language=language(), facets=chosen, page=_number(request.GET.get("page", "1"))
        )
    except Error as error:
        problem = title_of(error.code, language())
    context: dict[str, Any] = {"query": query, "results": results, "problem": problem, "chosen": chosen}
    if results is not None:
        context |= {
            "hits": [_row(hit) for hit in results.hits],
            "facets": [
                _facet(name, results.facets[name], query, chosen) for name in FACETS if results.facets.get(name)
            ],
            "pages": [
                (number, _address(query, chosen, page=number)) for number in _shown_pages(results.page, results.n_pages)
            ],
            "suggestions": [(text, _address(text, {})) for text in results.suggestions],
            "without_facets": _address(query, {}),
        }
    title = _("Search: %(query)s") % {"query": query} if query.strip() else _("Search the encyclopedia")
    way = encyclopedia.way(crumb(_("Search")))
    return page(request, "encyclopedia/search", *way, title=title, status=422 if problem else 200, **context)


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Say what there is while somebody types: a piece of a page, nothing where nothing is found."""
    found = selectors.suggest(request.GET.get("q", ""), language=language(), limit=_SUGGESTED)
    return render(request, "web/encyclopedia/suggestions.html", {"suggestions": [_row(one) for one in found]})


def _row(one: Any) -> dict[str, Any]:
    return {
        "one": one,
        "href": _page(one.url_name, one.params),
        "kind": encyclopedia.KIND_WORDS.get(one.kind, one.kind),
    }


def _page(name: str, params: Sequence[str]) -> str:
    """Return the page of an entry; empty while there is none of that name."""
    try:
        return reverse(name, args=list(params))
    except NoReverseMatch:
        return ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _address(query: str, chosen: Mapping[str, Sequence[str]], *, page: int = 1) -> str:
    parts = [("q", query), *((name, value) for name in FACETS for value in chosen.get(name, ()))]
    if page > 1:
        parts.append(("page", str(page)))
    return f"{reverse('encyclopedia-search')}?{urlencode(parts)}"


def _facet(name: str, values: Sequence[FacetValue], query: str, chosen: Mapping[str, Sequence[str]]) -> Facet:
    choices = [
        Choice(one.name, one.n, one.chosen, _address(query, _toggled(chosen, name, one.value))) for one in values
    ]
    # What is chosen stays in sight.
    choices.sort(key=lambda choice: not choice.chosen)
    return Facet(
        FACET_WORDS[name],
        choices[:_SHOWN],
        choices[_SHOWN:],
        name in {"kind", "field", "level", "scheme"} or name in chosen,
    )


def _toggled(chosen: Mapping[str, Sequence[str]], name: str, value: str) -> dict[str, list[str]]:
    changed = {one: list(values) for one, values in chosen.items()}
    values = changed.setdefault(name, [])
    values.remove(value) if value in values else values.append(value)
    return changed


def _shown_pages(here: int, last: int) -> list[int]:
    near = {1, last, here - 1, here, here + 1}
    return sorted(number for number in near if 1 <= number <= last)
