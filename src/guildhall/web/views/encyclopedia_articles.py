"""Articles in public: the text with its live facts, its history, and what a revision changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guildhall.core.errors import NotFoundError
from guildhall.encyclopedia.articles import selectors
from guildhall.encyclopedia.articles.models import Revision
from guildhall.encyclopedia.articles.selectors import published_at, published_by
from guildhall.standards import selectors as standards
from guildhall.standards.classifications.cn import MAJOR_CLASSES
from guildhall.web import clock, encyclopedia, linked
from guildhall.web.filling import Filler
from guildhall.web.linking import absolute, of_path
from guildhall.web.negotiating import Forms, answer
from guildhall.web.pages import crumb, page
from guildhall.web.templatetags.guildhall import iso, language
from guildhall.web.views.encyclopedia import article_row
from guildhall.web.words import text


@dataclass(frozen=True, slots=True)
class Changed:
    """A line of a difference: ``mark`` is ``+``, ``-`` or a blank."""

    mark: str
    words: str


@require_safe
def article_list(request: HttpRequest, form: str = "") -> HttpResponseBase:
    """List all articles by kind."""
    listed = selectors.entries()
    way = encyclopedia.way(crumb(_("Articles")))
    kinds = [
        (word, [article_row(entry) for entry in listed if entry.kind == kind])
        for kind, word in encyclopedia.KIND_WORDS.items()
    ]

    def rows() -> Iterator[Sequence[object]]:
        yield ("slug", "kind", "field", "title_zh", "title_en", "published_at")
        for entry in listed:
            yield (
                entry.slug,
                entry.kind,
                entry.field,
                entry.title.get("zh"),
                entry.title.get("en"),
                entry.published_at,
            )

    return answer(
        request,
        form,
        Forms(
            template="encyclopedia/articles",
            crumbs=way,
            title=_("Articles"),
            summary=_("What certificates are, how to check one, who may award them: explained, with live figures."),
            kicker=_("Encyclopedia"),
            linked=lambda: linked.term_set(
                absolute("articles", language="zh"),
                {"zh": "词条", "en": "Articles"},
                [linked.term(absolute("article", one.slug, language="zh"), one.title, one.slug) for one in listed],
                way,
            ),
            rows=rows,
            context={"kinds": [(word, found) for word, found in kinds if found]},
        ),
    )


@require_safe
def article(request: HttpRequest, slug: str, form: str = "") -> HttpResponseBase:
    """Show an article in the page's language, or in the other one and say so."""
    try:
        revisions = selectors.published(slug)
    except NotFoundError:
        raise Http404 from None
    shown = revisions.get(language()) or next(iter(revisions.values()))
    filler = Filler(clock.today(), clock.now())
    rendered = filler.text_of(shown.body)
    way = encyclopedia.way(*_field(shown), crumb(_("Articles"), "articles"), crumb(shown.title))
    at = published_at(shown)
    first = min((one for row in revisions.values() if (one := published_at(row)) is not None), default=None)

    def rows() -> Iterator[Sequence[object]]:
        yield ("fact", "value", "missing", "on")
        for line in filler.lines:
            yield (line.word, line.value, line.missing, filler.on)

    return answer(
        request,
        form,
        Forms(
            template="encyclopedia/article",
            crumbs=way,
            title=shown.title,
            summary=shown.summary,
            kicker=f"{_('Encyclopedia')} · {encyclopedia.KIND_WORDS.get(shown.kind, '')}",
            linked=lambda: linked.article(revisions, published_on=iso(first), modified_on=iso(at), way=way),
            rows=rows,
            context={
                "article": shown,
                "text": rendered,
                "lines": filler.lines,
                "on": filler.on,
                "published_at": at,
                "published_by": published_by(shown),
                "missing_translation": shown.language != language(),
                "site_language": language(),
                "tag": "zh-Hans" if shown.language == "zh" else "en",
                "about": list(_subjects(shown)),
                "others": [
                    article_row(entry)
                    for entry in selectors.entries(subjects=shown.about, kind="" if shown.about else shown.kind)
                    if entry.slug != slug
                ][:6],
            },
        ),
    )


def _field(shown: Revision) -> list[Any]:
    if not shown.field:
        return []
    zh, en = MAJOR_CLASSES[shown.field]
    return [crumb(encyclopedia.short_field({"zh": zh, "en": en}), "encyclopedia-field", shown.field)]


def _subjects(shown: Revision) -> Iterator[dict[str, str]]:
    """Yield the pages that an article is about, as far as they are there."""
    filler = Filler(clock.today(), clock.now())
    for name in shown.about:
        kind, _colon, key = name.partition(":")
        try:
            if kind == "scheme":
                yield {"word": text(filler.scheme(key).name), "href": reverse("scheme", args=[key])}
            elif kind == "occupation":
                named = standards.occupation_by_code(key)
                address = reverse("occupation", args=[named.classification_id, named.code])
                yield {"word": text(named.name), "href": address}
            elif kind == "standard":
                found = filler.value("standard", key)
                yield {"word": found.shown, "href": found.href}
            elif kind == "certificate":
                yield {"word": filler.called(key), "href": filler.address(key)}
            elif kind == "issuer":
                found = filler.value("issuer", key)
                yield {"word": found.shown, "href": found.href}
        except NotFoundError:
            continue


@require_safe
def history(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Show every revision that was ever published, with who and when."""
    revisions = selectors.history(slug, language())
    if not revisions:
        raise Http404
    way = encyclopedia.way(
        crumb(_("Articles"), "articles"), crumb(revisions[0].title, "article", slug), crumb(_("History"))
    )
    rows = [
        {
            "revision": one,
            "at": published_at(one),
            "by": published_by(one),
            "events": list(one.events.all()),
            "before": before.number if before is not None else None,
        }
        for one, before in zip(revisions, [*revisions[1:], None], strict=True)
    ]
    return page(
        request, "encyclopedia/history", *way, title=revisions[0].title, slug=slug, rows=rows,
        canonical=absolute("article-history", slug), in_languages=of_path(request.path), noindex=True,
    )  # fmt: skip


@require_safe
def revision(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Show an old revision, and what it changed since the one before."""
    try:
        found = selectors.revision(slug, language(), number)
    except NotFoundError:
        raise Http404 from None
    before = next((one for one in selectors.history(slug, language()) if one.number < number), None)
    filler = Filler(clock.today(), clock.now())
    way = encyclopedia.way(
        crumb(_("Articles"), "articles"),
        crumb(found.title, "article", slug),
        crumb(_("History"), "article-history", slug),
        crumb(_("Revision %(n)d") % {"n": number}),
    )
    return page(
        request,
        "encyclopedia/revision",
        *way,
        title=found.title,
        slug=slug,
        revision=found,
        before=before,
        text=filler.text_of(found.body),
        changes=changed_lines(before, found) if before is not None else [],
        at=published_at(found),
        by=published_by(found),
    )


def changed_lines(before: Revision, after: Revision) -> list[Changed]:
    """Return what is different, line by line, with two lines round each change."""
    old, new = _lines(before), _lines(after)
    told = difflib.unified_diff(old, new, lineterm="", n=2)
    return [Changed(line[0], line[1:]) for line in told if not line.startswith(("---", "+++", "@@"))]


def _lines(one: Revision) -> list[str]:
    return [f"title: {one.title}", f"summary: {one.summary}", "", *one.body.split("\n")]
