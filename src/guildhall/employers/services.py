"""Posts and statements of recognition come into the register and leave it; people let themselves be found, or no longer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from guildhall.accounts.models import Organisation, OrganisationKind, RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.core.canonical import jcs, strict_json
from guildhall.core.codes.level import LEVELS, rung
from guildhall.core.credential import CHINA
from guildhall.core.errors import ConflictError, Error, ForbiddenError
from guildhall.core.record import FORMAT, read_record
from guildhall.core.routes import Post as Asked
from guildhall.core.routes import read_post
from guildhall.core.routes.requirement import HoldsCertificate
from guildhall.credit.models import Account
from guildhall.employers.models import AskedCertificate, Listing, Post, PostState, Recognition, ToldWork
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation
from guildhall.standards.selectors import occupation_by_code


class ForeignPostError(Error):
    """The post names another employer than the one that enters it."""

    code = "foreign_post"


class NoEmployerError(Error):
    """Only employers have posts and state recognition."""

    code = "no_employer"


class PostPublishedError(ConflictError):
    """This edition is published with other content: what has changed is a new edition."""

    code = "post_published"


class PostNotPublishedError(ConflictError):
    """The post is a draft: there is nothing to close."""

    code = "post_not_published"


class InvalidRecognitionError(Error):
    """The statement of recognition cannot stand as it is."""

    code = "invalid_recognition"


class RecognitionWithdrawnError(ConflictError):
    """The statement is withdrawn already."""

    code = "recognition_withdrawn"


@transaction.atomic
def enter_post(data: bytes, organisation: Organisation, *, actor: Actor, now: datetime) -> Post:
    """Enter an edition of a post as a draft, or put it in place of the draft of the same edition.

    The same file again changes nothing.

    Shape:  JSON as in docs/formats/post.md; ``employer`` is the organisation's slug.
    Raises: ForbiddenError; NoEmployerError; InvalidPostError; ForbiddenRequirementError; ForeignPostError;
            UnknownOccupationError; PostPublishedError; the errors of ``strict_json.parse``.
    """
    _require_employer(actor, organisation)
    asked = read_post(data)
    if asked.employer != organisation.slug:
        raise ForeignPostError(f"the post is one of {asked.employer}", employer=asked.employer, slug=organisation.slug)
    occupation = occupation_by_code(asked.occupation)
    content = strict_json.parse(data)
    digest = hashlib.sha256(jcs.canonical(content)).hexdigest()
    same: dict[str, Any] = {"organisation": organisation, "code": asked.id, "edition": asked.edition}
    known = Post.objects.select_for_update().filter(**same).first()
    if known is not None and known.digest == digest:
        return known
    if known is not None and known.state == PostState.PUBLISHED:
        raise PostPublishedError(f"edition {asked.edition} is published", edition=asked.edition)
    facts: dict[str, Any] = {
        "name": dict(asked.name),
        "occupation": occupation,
        "region": asked.region,
        "n_places": asked.n_places,
        "opens_on": asked.opens_on,
        "closes_on": asked.closes_on,
        "content": content,
        "digest": digest,
        "entered_at": now,
    }
    post, _ = Post.objects.update_or_create(**same, defaults=facts)
    _write_asked(post, asked)
    _record("enter-post", post, actor=actor, now=now)
    return post


def _write_asked(post: Post, asked: Asked) -> None:
    wishes = [
        leaf.wish
        for node in (asked.requires, *asked.prefers)
        for leaf in node.leaves()
        if isinstance(leaf.wish, HoldsCertificate)
    ]
    rows = {(occupation, rung(wish.level)) for wish in wishes for occupation in (wish.occupation, *wish.related)}
    post.asked.all().delete()
    AskedCertificate.objects.bulk_create(
        AskedCertificate(post=post, occupation=occupation, rung=step) for occupation, step in sorted(rows)
    )


@transaction.atomic
def publish_post(post: Post, *, actor: Actor, now: datetime) -> Post:
    """Publish an edition: from now on nothing of it changes. Published again it stays what it is.

    Raises: ForbiddenError.
    """
    locked = _locked(post, actor)
    if locked.state == PostState.PUBLISHED:
        return locked
    locked.state, locked.published_at = PostState.PUBLISHED, now
    locked.save(update_fields=["state", "published_at"])
    _record("publish-post", locked, actor=actor, now=now)
    return locked


@transaction.atomic
def close_post(post: Post, *, actor: Actor, now: datetime) -> Post:
    """Close a published post before its last day. Closed again it stays what it is.

    Raises: ForbiddenError; PostNotPublishedError.
    """
    locked = _locked(post, actor)
    if locked.state != PostState.PUBLISHED:
        raise PostNotPublishedError("a draft cannot be closed", post=str(post.pk))
    if locked.closed_at is not None:
        return locked
    locked.closed_at = now
    locked.save(update_fields=["closed_at"])
    _record("close-post", locked, actor=actor, now=now)
    return locked


@transaction.atomic
def state_recognition(
    organisation: Organisation,
    occupation: Occupation,
    *,
    benefit: Mapping[str, str],
    starts_on: date,
    ends_on: date | None = None,
    scheme: Scheme | None = None,
    level: str = "",
    actor: Actor,
    now: datetime,
) -> Recognition:
    """State in public what an employer gives for a certificate (any scheme, any level, where none is named).

    Raises: ForbiddenError; NoEmployerError; InvalidRecognitionError.
    """
    _require_employer(actor, organisation)
    if not benefit.get("zh") or not all(isinstance(text, str) and text for text in benefit.values()):
        raise InvalidRecognitionError("the benefit is said in Chinese at least", member="benefit")
    if level and level not in LEVELS:
        raise InvalidRecognitionError(f"{level} is no level", member="level")
    if ends_on is not None and ends_on < starts_on:
        raise InvalidRecognitionError("the last day lies before the first", member="ends_on")
    stated = Recognition.objects.create(
        organisation=organisation,
        scheme=scheme,
        occupation=occupation,
        level=level,
        benefit=dict(benefit),
        starts_on=starts_on,
        ends_on=ends_on,
        stated_at=now,
    )
    record("state-recognition", str(stated.pk), actor=actor, now=now, organisation=organisation, level=level)
    return stated


@transaction.atomic
def withdraw_recognition(recognition: Recognition, *, actor: Actor, now: datetime) -> Recognition:
    """Withdraw a statement: from today on it holds no more.

    Raises: ForbiddenError; RecognitionWithdrawnError.
    """
    require(actor, RoleKind.EMPLOYER_OFFICER, recognition.organisation_id)
    locked = Recognition.objects.select_for_update().get(pk=recognition.pk)
    if locked.withdrawn_at is not None:
        raise RecognitionWithdrawnError("the statement is withdrawn already", recognition=str(locked.pk))
    locked.withdrawn_at = now
    locked.save(update_fields=["withdrawn_at"])
    record("withdraw-recognition", str(locked.pk), actor=actor, now=now, organisation=locked.organisation_id)
    return locked


@transaction.atomic
def opt_in(account: Account, *, actor: Actor, now: datetime) -> Listing:
    """Let employers find a learner whose record fits their posts, from now on. Only the learner can; again it changes nothing.

    Raises: ForbiddenError.
    """
    _require_own(account, actor)
    Account.objects.select_for_update().get(pk=account.pk)
    known = Listing.objects.filter(account=account, ends_at=None).first()
    if known is not None:
        return known
    listing = Listing.objects.create(account=account, starts_at=now)
    record("opt-in", str(listing.pk), actor=actor, now=now)
    return listing


@transaction.atomic
def opt_out(account: Account, *, actor: Actor, now: datetime) -> None:
    """Be found by nobody any more, at once. Who is not listed stays so.

    Raises: ForbiddenError.
    """
    _require_own(account, actor)
    listing = Listing.objects.select_for_update().filter(account=account, ends_at=None).first()
    if listing is None:
        return
    listing.ends_at = now
    listing.save(update_fields=["ends_at"])
    record("opt-out", str(listing.pk), actor=actor, now=now)


@transaction.atomic
def tell_work(
    account: Account, jobs: Iterable[Mapping[str, object]], *, actor: Actor, now: datetime
) -> ToldWork | None:
    """Keep where a learner says to have worked, in place of what was told before; nothing at all removes it.

    Shape:  ``jobs`` as in a record (docs/formats/record.md).
    Raises: ForbiddenError; InvalidRecordError.
    """
    _require_own(account, actor)
    listed = [dict(job) for job in jobs]
    read_record(jcs.canonical({"format": FORMAT, "jobs": listed}))
    told = None
    if listed:
        told, _ = ToldWork.objects.update_or_create(account=account, defaults={"jobs": listed, "told_at": now})
    else:
        ToldWork.objects.filter(account=account).delete()
    record("tell-work", str(account.pk), actor=actor, now=now, n_jobs=len(listed))
    return told


def day_of(now: datetime) -> date:
    """Return the day in China."""
    return now.astimezone(CHINA).date()


def _require_employer(actor: Actor, organisation: Organisation) -> None:
    require(actor, RoleKind.EMPLOYER_OFFICER, organisation)
    if organisation.kind != OrganisationKind.EMPLOYER:
        raise NoEmployerError(f"{organisation.slug} is no employer", slug=organisation.slug)


def _require_own(account: Account, actor: Actor) -> None:
    if not actor.system and (actor.user_id is None or account.user_id != actor.user_id):
        raise ForbiddenError(f"this is not {actor.name}'s account", actor=actor.name)


def _locked(post: Post, actor: Actor) -> Post:
    require(actor, RoleKind.EMPLOYER_OFFICER, post.organisation_id)
    return Post.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=post.pk)


def _record(deed: str, post: Post, *, actor: Actor, now: datetime) -> None:
    subject = f"{post.organisation.slug}/{post.code}/{post.edition}"[:200]
    record(deed, subject, actor=actor, now=now, organisation=post.organisation_id, digest=post.digest)
