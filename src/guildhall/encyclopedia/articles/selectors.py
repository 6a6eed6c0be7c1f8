"""Reading articles: the published revision of each language, its history, what is written about a subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor, require
from guildhall.core.errors import NotFoundError
from guildhall.encyclopedia.articles.models import Article, Deed, Revision, RevisionEvent, State
from guildhall.encyclopedia.articles.reading import LANGUAGES


class UnknownArticleError(NotFoundError):
    """No article has this slug."""

    code = "unknown_article"


class UnknownRevisionError(NotFoundError):
    """The article has no such revision in this language."""

    code = "unknown_revision"


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in a list: title and summary by language, as far as they are published."""

    slug: str
    kind: str
    field: str
    title: dict[str, str]
    summary: dict[str, str]
    published_at: datetime | None


def published(slug: str) -> dict[str, Revision]:
    """Return the published revisions of an article, by language; at least one.

    Raises: UnknownArticleError.
    """
    found = {one.language: one for one in _published().filter(article=slug)}
    if not found:
        raise UnknownArticleError(f"no article {slug}", slug=slug)
    return found


def entries(*, subjects: Iterable[str] = (), field: str = "", kind: str = "") -> list[Entry]:
    """Return the published articles by slug: those about one of ``subjects``, of a field, of a kind; all, if none is named."""
    rows = _listed().order_by("article", "language")
    wanted = list(subjects)
    if wanted:
        rows = rows.filter(article__subjects__name__in=wanted).distinct()
    if field:
        rows = rows.filter(article__field=field)
    if kind:
        rows = rows.filter(article__kind=kind)
    return _entries(rows)


def newest(limit: int) -> list[Entry]:
    """Return the articles published last, newest first."""
    latest = (
        RevisionEvent.objects.filter(deed=Deed.PUBLISH, revision__state=State.PUBLISHED)
        .order_by("-at", "-id")
        .values_list("revision__article", flat=True)[: limit * len(LANGUAGES)]
    )
    slugs = list(dict.fromkeys(latest))[:limit]
    by_slug = {entry.slug: entry for entry in _entries(_listed().filter(article__in=slugs))}
    return [by_slug[slug] for slug in slugs]


def titles(slugs: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return slug → titles by language, of published articles."""
    return {entry.slug: entry.title for entry in _entries(_listed().filter(article__in=list(slugs)))}


def history(slug: str, language: str) -> list[Revision]:
    """Return the revisions of one language that were ever published, newest first, with what was done to each."""
    return list(
        _with_events(
            Revision.objects.filter(
                article=slug, language=language, state__in=[State.PUBLISHED, State.FORMER, State.WITHDRAWN]
            )
        ).order_by("-number")
    )


def revision(slug: str, language: str, number: int) -> Revision:
    """Return one revision that was published once.

    Raises: UnknownRevisionError.
    """
    found = next((one for one in history(slug, language) if one.number == number), None)
    if found is None:
        raise UnknownRevisionError(f"{slug} has no revision {number}", slug=slug, language=language, number=number)
    return found


def at_desk(*, actor: Actor, state: str = "") -> list[Revision]:
    """Return the newest revision of each language of every article for the desk, those that wait for somebody first.

    Raises: ForbiddenError.
    """
    require(actor, RoleKind.EDITOR)
    newest_of: dict[tuple[str, str], Revision] = {}
    for one in _with_events(Revision.objects.order_by("article", "language", "number")):
        newest_of[one.article_id, one.language] = one
    order = [State.REVIEW, State.DRAFT, State.WITHDRAWN, State.PUBLISHED, State.FORMER]
    rows = [one for one in newest_of.values() if not state or one.state == state]
    return sorted(rows, key=lambda one: (order.index(State(one.state)), one.article_id, one.language))


def revisions_at_desk(slug: str, language: str, *, actor: Actor) -> list[Revision]:
    """Return every revision of one language, newest first, drafts too.

    Raises: ForbiddenError.
    """
    require(actor, RoleKind.EDITOR)
    return list(_with_events(Revision.objects.filter(article=slug, language=language)).order_by("-number"))


def _published() -> QuerySet[Revision]:
    return _with_events(Revision.objects.filter(state=State.PUBLISHED).select_related("article"))


def _listed() -> QuerySet[Revision]:
    """Return the published revisions without their texts."""
    return _published().defer("body", "findings", "quotes", "authors")


def _with_events(rows: QuerySet[Revision]) -> QuerySet[Revision]:
    return rows.prefetch_related(Prefetch("events", queryset=RevisionEvent.objects.order_by("at", "id")))


def published_at(row: Revision) -> datetime | None:
    """Return when a revision was published; None for one that never was."""
    return next((event.at for event in reversed(list(row.events.all())) if event.deed == Deed.PUBLISH), None)


def published_by(row: Revision) -> str:
    """Return who published a revision; empty for one that never was."""
    return next((event.by for event in reversed(list(row.events.all())) if event.deed == Deed.PUBLISH), "")


def _entries(rows: Iterable[Revision]) -> list[Entry]:
    by_slug: dict[str, list[Revision]] = {}
    for row in rows:
        by_slug.setdefault(row.article_id, []).append(row)
    return [_entry(slug, by_slug[slug]) for slug in by_slug]


def _entry(slug: str, rows: list[Revision]) -> Entry:
    article: Article = rows[0].article
    moments = [at for row in rows if (at := published_at(row)) is not None]
    return Entry(
        slug=slug,
        kind=article.kind,
        field=article.field,
        title={row.language: row.title for row in rows},
        summary={row.language: row.summary for row in rows},
        published_at=max(moments, default=None),
    )
