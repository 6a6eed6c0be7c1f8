"""Employers' posts, what certificates are worth to employers, and people who want to be found."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from guildhall.accounts.models import Organisation
from guildhall.credit.models import Account
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation


class PostState(models.TextChoices):
    """From a draft to a post that people look for."""

    DRAFT = "draft", "draft"
    PUBLISHED = "published", "published"


class Post(models.Model):
    """One edition of a post. Once published it stays as it is (trigger); it can only be closed before its time.

    ``content`` is the document as docs/formats/post.md has it, ``digest`` the SHA-256 (hex) of its RFC 8785 form; the other
    columns repeat what lists ask for. ``opens_on``, ``closes_on`` null: from publication, until closed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="posts")
    code = models.CharField(max_length=64)
    edition = models.CharField(max_length=128)
    name = models.JSONField()
    occupation = models.ForeignKey(Occupation, on_delete=models.PROTECT, related_name="posts")
    region = models.CharField(max_length=6, blank=True)
    n_places = models.PositiveIntegerField()
    opens_on = models.DateField(null=True)
    closes_on = models.DateField(null=True)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=PostState.choices, default=PostState.DRAFT)
    entered_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "code", "edition"], name="one_post_edition")]
        indexes = [models.Index(fields=["occupation", "state"], name="posts_of_an_occupation")]


class AskedCertificate(models.Model):
    """A certificate that a post asks for or accepts, so that posts are found by certificate. Made with the post."""

    id = models.BigAutoField(primary_key=True)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="asked")
    occupation = models.CharField(max_length=12)
    rung = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "occupation", "rung"], name="asked_once")]
        indexes = [models.Index(fields=["occupation", "rung"], name="asked_certificate")]


class Recognition(models.Model):
    """A published statement: what an employer gives for a certificate. It stays as it is (trigger); it can be withdrawn.

    ``scheme`` null: of any scheme; ``level`` empty: any level. ``benefit`` is a language map.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="recognitions")
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, null=True, related_name="recognitions")
    occupation = models.ForeignKey(Occupation, on_delete=models.PROTECT, related_name="recognitions")
    level = models.CharField(max_length=16, blank=True)
    benefit = models.JSONField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    stated_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="recognition_ends_after_it_starts"
            )
        ]
        indexes = [models.Index(fields=["occupation", "starts_on"], name="recognition_of_occupation")]


class Listing(models.Model):
    """A learner's wish to be found by employers, from one moment to another. It stays as it is (trigger) but for its end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="listings")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], name="listed_once", condition=Q(ends_at=None)),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")), name="listing_ends_after_it_starts"
            ),
        ]


class ToldWork(models.Model):
    """Where a learner says to have worked: ``jobs`` as a record has them (docs/formats/record.md). It can be changed and removed."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="told_work")
    jobs = models.JSONField()
    told_at = models.DateTimeField()
