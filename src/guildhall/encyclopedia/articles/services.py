"""Writing articles: save, submit, send back, publish by a second person, withdraw, and whole folders at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.core.canonical import jcs
from guildhall.core.credential import CHINA
from guildhall.core.errors import ConflictError
from guildhall.encyclopedia.articles import wording
from guildhall.encyclopedia.articles.markdown import Problem
from guildhall.encyclopedia.articles.models import Article, Deed, Revision, RevisionEvent, State, Subject
from guildhall.encyclopedia.articles.reading import (
    InvalidArticleError,
    Text,
    name_of_file,
    problems_of,
    read_article,
)
from guildhall.encyclopedia.search.indexing import touch

_LONGEST_NOTE = 500


class TranslationsDifferError(ConflictError):
    """The two languages of an article say different things about its kind, field or subjects."""

    code = "translations_differ"


class SamePersonError(ConflictError):
    """Who wrote or submitted a revision does not publish it."""

    code = "same_person"


class RevisionMovedOnError(ConflictError):
    """The revision is no longer in the state in which this can be done."""

    code = "revision_moved_on"


@dataclass(frozen=True, slots=True)
class Imported:
    """What a folder brought in: its files, the revisions made of them, and those that were there already."""

    n_files: int
    n_new: int
    n_known: int
    articles: tuple[str, ...]


@transaction.atomic
def save(text: Text, *, actor: Actor, now: datetime, after: int | None = None) -> Revision:
    """Keep a text as a new draft; the text of the newest revision again makes none.

    Restricted words are no reason to lose what somebody wrote: they are kept with the draft and stand in the way of
    submitting it.

    Shape:  ``after`` the number of the revision that the writer began from (0: none), None where that is not asked.
    Raises: ForbiddenError; InvalidArticleError; RevisionMovedOnError if somebody else has saved in between.
    """
    require(actor, RoleKind.EDITOR)
    found = problems_of(text)
    if found:
        raise InvalidArticleError(found)
    newest = _newest_number(text) if after is not None else after
    if newest != after:
        raise RevisionMovedOnError("somebody else has saved in between", state=f"{newest}", needed=f"{after}")
    revision, made = _enter(text, by=actor.name, now=now)
    if made:
        record("save-article", _subject(revision), actor=actor, now=now, number=revision.number)
    return revision


def look(text: Text, *, now: datetime) -> list[Problem]:
    """Return all that stands in the way of a text, its wording too, without keeping anything."""
    return [*problems_of(text), *wording.problems(text, on=now.astimezone(CHINA).date())]


@transaction.atomic
def submit(revision: Revision, *, actor: Actor, now: datetime) -> Revision:
    """Hand a draft to a second person.

    Raises: ForbiddenError; RevisionMovedOnError; InvalidArticleError where restricted words stand in it.
    """
    require(actor, RoleKind.EDITOR)
    revision = _locked(revision, State.DRAFT)
    if revision.findings:
        raise InvalidArticleError([Problem(**finding) for finding in revision.findings])
    return _move(revision, State.REVIEW, Deed.SUBMIT, actor=actor, now=now)


@transaction.atomic
def send_back(revision: Revision, note: str, *, actor: Actor, now: datetime) -> Revision:
    """Return a revision under review to its writer, saying why.

    Raises: ForbiddenError; RevisionMovedOnError.
    """
    require(actor, RoleKind.EDITOR)
    return _move(_locked(revision, State.REVIEW), State.DRAFT, Deed.RETURN, actor=actor, now=now, note=note)


@transaction.atomic
def publish(revision: Revision, *, actor: Actor, now: datetime) -> Revision:
    """Put a revision under review in the place of the published one.

    Raises: ForbiddenError; RevisionMovedOnError; SamePersonError.
    """
    require(actor, RoleKind.EDITOR)
    revision = _locked(revision, State.REVIEW)
    involved = {revision.saved_by} | set(
        revision.events.filter(deed=Deed.SUBMIT).values_list("by", flat=True)  # whoever submitted it, whenever
    )
    if actor.name in involved:
        raise SamePersonError("a second person publishes what somebody wrote", actor=actor.name)
    revision = _publish(revision, actor=actor, now=now)
    touch("article", [revision.article_id], now=now)
    return revision


@transaction.atomic
def withdraw(revision: Revision, note: str, *, actor: Actor, now: datetime) -> Revision:
    """Take a published revision off its page; it stays in the history, with the reason.

    Raises: ForbiddenError; RevisionMovedOnError.
    """
    require(actor, RoleKind.EDITOR)
    revision = _locked(revision, State.PUBLISHED)
    revision = _move(revision, State.WITHDRAWN, Deed.WITHDRAW, actor=actor, now=now, note=note)
    touch("article", [revision.article_id], now=now)
    return revision


@transaction.atomic
def import_articles(files: Mapping[str, bytes], *, actor: Actor, now: datetime) -> Imported:
    """Publish what is new in a folder of articles; all files or none.

    Whoever runs this is the second person: the writers are those whom the files name.

    Shape:  file name → bytes; docs/formats/article.md.
    Raises: ForbiddenError; InvalidArticleError; TranslationsDifferError.
    """
    require(actor, RoleKind.EDITOR)
    texts = [read_article(files[name], **_named(name)) for name in sorted(files)]
    _check_translations(texts)
    n_new = 0
    for text in texts:
        revision, _ = _enter(text, by=", ".join(text.authors) or actor.name, now=now)
        if revision.findings:
            raise InvalidArticleError(
                [Problem(**finding) for finding in revision.findings], name=f"{text.slug}.{text.language}.md"
            )
        if revision.state in {State.DRAFT, State.REVIEW}:
            _publish(revision, actor=actor, now=now)
            n_new += 1
    slugs = tuple(dict.fromkeys(text.slug for text in texts))
    loaded = Imported(len(texts), n_new, len(texts) - n_new, slugs)
    if n_new:
        record("import-articles", f"{len(texts)} files", actor=actor, now=now, n_new=n_new)
        touch("article", slugs, now=now)
    return loaded


def _newest_number(text: Text) -> int:
    # The article's row is the lock of all its revisions.
    Article.objects.select_for_update().filter(pk=text.slug).first()
    known = Revision.objects.filter(article=text.slug, language=text.language)
    return known.aggregate(last=Max("number"))["last"] or 0


def _named(name: str) -> dict[str, str]:
    slug, language = name_of_file(name)
    return {"slug": slug, "language": language}


def _check_translations(texts: list[Text]) -> None:
    first: dict[str, Text] = {}
    for text in texts:
        other = first.setdefault(text.slug, text)
        differing = [name for name in ("kind", "about", "field") if _comparable(text, name) != _comparable(other, name)]
        if differing:
            raise TranslationsDifferError(
                f"{text.slug} differs between its languages in {', '.join(differing)}", slug=text.slug, lines=differing
            )


def _comparable(text: Text, name: str) -> object:
    value = getattr(text, name)
    return sorted(value) if isinstance(value, tuple) else value


def _enter(text: Text, *, by: str, now: datetime) -> tuple[Revision, bool]:
    article, _ = Article.objects.get_or_create(
        slug=text.slug, defaults={"kind": text.kind, "field": text.field, "created_at": now}
    )
    Article.objects.select_for_update().get(pk=article.pk)
    digest = digest_of(text)
    known = Revision.objects.filter(article=article, language=text.language)
    newest = known.order_by("-number").first()
    if newest is not None and newest.digest == digest:
        return newest, False
    last = known.aggregate(last=Max("number"))["last"] or 0
    revision = Revision.objects.create(
        article=article,
        language=text.language,
        number=last + 1,
        title=text.title,
        summary=text.summary,
        kind=text.kind,
        field=text.field,
        about=list(text.about),
        authors=list(text.authors),
        quotes=list(text.quotes),
        body=text.body,
        findings=[asdict(problem) for problem in wording.problems(text, on=now.astimezone(CHINA).date())],
        digest=digest,
        saved_by=by[:150],
        saved_at=now,
    )
    RevisionEvent.objects.create(revision=revision, deed=Deed.SAVE, by=by[:150], at=now)
    return revision, True


def digest_of(text: Text) -> str:
    """Return the SHA-256 (hex) of all that a writer wrote, in canonical form."""
    return hashlib.sha256(jcs.canonical({**asdict(text), **{n: list(getattr(text, n)) for n in _LISTS}})).hexdigest()


_LISTS = ("about", "authors", "quotes")


def _locked(revision: Revision, state: State) -> Revision:
    # The article's row is the lock of all its revisions.
    Article.objects.select_for_update().get(pk=revision.article_id)
    found = Revision.objects.get(pk=revision.pk)
    if found.state != state:
        raise RevisionMovedOnError(
            f"the revision is {found.state} and not {state.value}", state=found.state, needed=state.value
        )
    return found


def _move(revision: Revision, state: State, deed: Deed, *, actor: Actor, now: datetime, note: str = "") -> Revision:
    revision.state = state
    revision.save(update_fields=["state"])
    RevisionEvent.objects.create(revision=revision, deed=deed, by=actor.name, at=now, note=note[:_LONGEST_NOTE])
    record(f"{deed.value}-article", _subject(revision), actor=actor, now=now, number=revision.number)
    return revision


def _publish(revision: Revision, *, actor: Actor, now: datetime) -> Revision:
    former = Revision.objects.filter(
        article=revision.article_id, language=revision.language, state=State.PUBLISHED
    ).first()
    if former is not None:
        former.state = State.FORMER
        former.save(update_fields=["state"])
        RevisionEvent.objects.create(revision=former, deed=Deed.REPLACE, by=actor.name, at=now)
    Article.objects.filter(pk=revision.article_id).update(kind=revision.kind, field=revision.field)
    Subject.objects.filter(article=revision.article_id).exclude(name__in=revision.about).delete()
    Subject.objects.bulk_create(
        [Subject(article_id=revision.article_id, name=name) for name in revision.about], ignore_conflicts=True
    )
    return _move(revision, State.PUBLISHED, Deed.PUBLISH, actor=actor, now=now)


def _subject(revision: Revision) -> str:
    return f"{revision.article_id}.{revision.language}"
