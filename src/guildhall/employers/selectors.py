"""Reading posts, recognition, and records held against posts: for everybody, for the learner, for an employer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from django.db.models import Q, QuerySet

from guildhall.accounts.models import Organisation, RoleKind
from guildhall.accounts.services import Actor, require
from guildhall.core import routes
from guildhall.core.amounts import amount_text
from guildhall.core.canonical import jcs
from guildhall.core.codes.level import rung
from guildhall.core.coverage import Standard
from guildhall.core.eligibility import Rules
from guildhall.core.errors import NotFoundError
from guildhall.core.record import FORMAT, Record, read_record
from guildhall.core.routes import Match
from guildhall.core.routes.seen import awards_of
from guildhall.credit import selectors as credit
from guildhall.credit.models import Account, Unit
from guildhall.employers.models import Listing, Post, PostState, Recognition, ToldWork
from guildhall.employers.services import day_of
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation

HIDDEN_BELOW = 5
"""Counts below this are not told: they could point to somebody."""

_MOST_OUTCOMES = 500


class UnknownPostError(NotFoundError):
    """There is no such published post."""

    code = "unknown_post"


# ── posts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def open_posts(on: date, *, occupation: Occupation | None = None) -> QuerySet[Post]:
    """Return the published posts that are open on a day: not closed, between their first and last day; by employer and code."""
    found = (
        Post.objects.filter(state=PostState.PUBLISHED, closed_at=None)
        .filter(Q(opens_on=None) | Q(opens_on__lte=on), Q(closes_on=None) | Q(closes_on__gte=on))
        .select_related("organisation", "occupation")
        .order_by("organisation__slug", "code", "edition")
    )
    return found if occupation is None else found.filter(occupation=occupation)


def posts_of(organisation: Organisation) -> list[Post]:
    """Return the posts of an employer, drafts and closed ones included, the newest first."""
    return list(Post.objects.filter(organisation=organisation).order_by("-entered_at", "code"))


def post(post_id: UUID) -> Post:
    """Return a published post.

    Raises: UnknownPostError.
    """
    found = Post.objects.select_related("organisation", "occupation").filter(pk=post_id, state=PostState.PUBLISHED)
    first = found.first()
    if first is None:
        raise UnknownPostError("there is no such post", post=str(post_id))
    return first


def post_of(row: Post) -> routes.Post:
    """Return a post as the engines of the core read it."""
    return _read(row.digest, jcs.canonical(row.content))


@lru_cache(maxsize=1024)
def _read(_digest: str, content: bytes) -> routes.Post:
    return routes.read_post(content)


def posts_asking_for(occupation: str, *, scheme: str = "", level: str = "", on: date) -> list[Post]:
    """Return the open posts that ask for a certificate, or accept it: of an occupation, of a scheme, of a level or lower.

    Shape:  codes; empty: any.
    """
    found = open_posts(on).filter(asked__occupation=occupation)
    if level:
        found = found.filter(asked__occupation=occupation, asked__rung__lte=rung(level))
    return [one for one in found.distinct() if post_of(one).asks_for(occupation=occupation, scheme=scheme, level=level)]


# ── records held against posts ───────────────────────────────────────────────────────────────────────────────────────


def record_of(account: Account, now: datetime) -> Record:
    """Return what the register knows of a learner as the engines read it: outcomes, awards, and the jobs that the learner told.

    What is redeemed or run out as credit is still learnt, so it is here; an outcome's ``status`` is that of its award today.
    Of more than 500 outcomes the newest count.
    """
    listed = []
    for held in credit.outcomes_of(account, now)[:_MOST_OUTCOMES]:
        worth = {"credits": amount_text(held.outcome.amount)} if held.outcome.unit == Unit.CREDIT else {}
        status = "expired" if held.state == "not-yet" else held.state
        listed.append(held.outcome.facts | worth | {"id": str(held.outcome.pk), "status": status})
    told = ToldWork.objects.filter(account=account).first()
    found = read_record(
        jcs.canonical({"format": FORMAT, "outcomes": listed, "jobs": [] if told is None else told.jobs})
    )
    return dataclasses.replace(found, awards=tuple(award for _, award in awards_of(found)))


def ground_of(standards: Iterable[Standard] = ()) -> routes.Ground:
    """Return what matches in the register rest on: its schemes are parallel tracks, recognised alike."""
    return routes.ground(standards, Scheme.objects.values_list("code", flat=True))


def ranked_posts(
    record: Record, on: date, *, standards: Iterable[Standard] = (), rules: Rules | None = None
) -> list[tuple[Post, Match]]:
    """Return the posts open on a day with how a record fits them, best first."""
    rows = {(one.organisation.slug, one.code, one.edition): one for one in open_posts(on)}
    found = routes.rank(map(post_of, rows.values()), record, on=on, ground=ground_of(standards), rules=rules)
    return [(rows[one.post.employer, one.post.id, one.post.edition], one) for one in found]


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody who wants to be found and fits a post: what the post asks for and how each is fulfilled, and nothing else.

    ``reference`` names the listing, not the person; it ends with the listing.
    """

    reference: UUID
    verdicts: tuple[tuple[str, str], ...]


def listed_people(row: Post, *, standards: Iterable[Standard] = (), actor: Actor, now: datetime) -> list[Listed]:
    """Return the people who opted in and fit an open post of the actor's employer, best first.

    Raises: ForbiddenError; UnknownPostError (it is not open).
    """
    require(actor, RoleKind.EMPLOYER_OFFICER, row.organisation_id)
    on = day_of(now)
    if not open_posts(on).filter(pk=row.pk).exists():
        raise UnknownPostError("the post is not open", post=str(row.pk))
    listings = Listing.objects.filter(ends_at=None, starts_at__lte=now).select_related("account").order_by("id")
    people = ((str(one.pk), record_of(one.account, now)) for one in listings)
    found = routes.rank_people(post_of(row), people, on=on, ground=ground_of(standards))
    return [
        Listed(
            UUID(reference),
            tuple((line.node.id, line.verdict) for line in (*match.lines, *match.preferred)),
        )
        for reference, match in found
        if match.fits
    ]


def is_listed(account: Account) -> bool:
    """Tell whether a learner is listed now."""
    return Listing.objects.filter(account=account, ends_at=None).exists()


def n_who_fit(row: Post, *, standards: Iterable[Standard] = (), now: datetime) -> int | None:
    """Return how many listed people fit a post, for anybody; None: fewer than 5, which is not told."""
    people = (
        (str(one.pk), record_of(one.account, now))
        for one in Listing.objects.filter(ends_at=None, starts_at__lte=now).select_related("account")
    )
    ranked = routes.rank_people(post_of(row), people, on=day_of(now), ground=ground_of(standards))
    return _told(sum(match.fits for _, match in ranked))


# ── recognition ──────────────────────────────────────────────────────────────────────────────────────────────────────


def recognitions(
    occupation: Occupation, on: date, *, scheme: Scheme | None = None, level: str = ""
) -> QuerySet[Recognition]:
    """Return the statements that hold on a day for a certificate (any of the occupation where nothing more is asked)."""
    found = (
        Recognition.objects.filter(occupation=occupation, withdrawn_at=None, starts_on__lte=on)
        .filter(Q(ends_on=None) | Q(ends_on__gte=on))
        .select_related("organisation", "scheme", "occupation")
        .order_by("organisation__slug", "level", "starts_on", "id")
    )
    if scheme is not None:
        found = found.filter(Q(scheme=None) | Q(scheme=scheme))
    return found.filter(Q(level="") | Q(level=level)) if level else found


def n_recognising(occupation: Occupation, on: date, *, scheme: Scheme | None = None, level: str = "") -> int | None:
    """Return how many employers recognise a certificate; None: fewer than 5, which is not told."""
    return _told(
        recognitions(occupation, on, scheme=scheme, level=level).order_by().values("organisation").distinct().count()
    )


def _told(count: int) -> int | None:
    return count if count == 0 or count >= HIDDEN_BELOW else None
