"""Articles, every revision ever saved, and what was done with each."""

from __future__ import annotations

import uuid

from django.db import models


class Kind(models.TextChoices):
    """What an article is about, at large."""

    SYSTEM = "system"
    CERTIFICATE = "certificate"
    OCCUPATION = "occupation"
    STANDARD = "standard"
    SCHEME = "scheme"
    ISSUER = "issuer"
    HOW_TO = "how-to"
    RULE = "rule"
    WORD = "word"


class State(models.TextChoices):
    """How far a revision has come. One of each language is published; ``former`` was, before a newer one."""

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    FORMER = "former"
    WITHDRAWN = "withdrawn"


class Deed(models.TextChoices):
    """What can be done with a revision."""

    SAVE = "save"
    SUBMIT = "submit"
    RETURN = "return"
    PUBLISH = "publish"
    REPLACE = "replace"
    WITHDRAW = "withdraw"


class Article(models.Model):
    """An article under its address. Kind, field and subjects are those of the revision published last."""

    slug = models.SlugField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    field = models.CharField(max_length=8, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["slug"]


class Subject(models.Model):
    """What a published article is about, such as ``scheme:pcc``: read from the subject's own page."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="subjects")
    name = models.CharField(max_length=80, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "name"], name="one_subject_of_a_name")]


class Revision(models.Model):
    """One language of an article as it was saved once. Only ``state`` ever changes (by trigger).

    ``number`` counts from 1 in its language; ``findings`` is what the wording linter said of it; ``digest`` is the SHA-256
    (hex) of all that its writer wrote.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="revisions")
    language = models.CharField(max_length=2)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=80)
    summary = models.CharField(max_length=300)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    field = models.CharField(max_length=8, blank=True)
    about = models.JSONField(default=list)
    authors = models.JSONField(default=list)
    quotes = models.JSONField(default=list)
    body = models.TextField()
    findings = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    saved_by = models.CharField(max_length=150)
    saved_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "language", "number"], name="one_revision_per_number"),
            models.UniqueConstraint(
                fields=["article", "language"],
                condition=models.Q(state="published"),
                name="one_published_revision_per_language",
            ),
        ]
        ordering = ["article", "language", "number"]


class RevisionEvent(models.Model):
    """What was done with a revision, by whom, when. Append-only by trigger."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="events")
    deed = models.CharField(max_length=16, choices=Deed.choices)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["at", "id"]
