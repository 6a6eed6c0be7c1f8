"""People, organisations, roles scoped to an organisation, and the audit trail."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class OrganisationKind(models.TextChoices):
    """What a body does here."""

    AUTHORITY = "authority", "national authority"
    ISSUER = "issuer", "issuer"
    COLLEGE = "college", "college"
    EMPLOYER = "employer", "employer"


class Organisation(models.Model):
    """A body that acts in the register. ``name`` is a language map; ``region`` six digits (GB/T 2260)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=64, unique=True)
    kind = models.CharField(max_length=16, choices=OrganisationKind.choices)
    name = models.JSONField()
    credit_code = models.CharField(max_length=18, blank=True)
    region = models.CharField(max_length=6)
    created_at = models.DateTimeField()


class User(AbstractUser):
    """A person who signs in to a desk."""

    language = models.CharField(max_length=8, default="zh-hans")


class RoleKind(models.TextChoices):
    """What a person may do."""

    AUTHORITY_OFFICER = "authority-officer", "accredits issuers, sees the whole register"
    ISSUING_OFFICER = "issuing-officer", "imports results, issues and changes awards of one issuer"
    AUDITOR = "auditor", "reads everything, changes nothing"
    COLLEGE_OFFICER = "college-officer", "banks outcomes and decides applications of one college"
    EMPLOYER_OFFICER = "employer-officer", "publishes posts and recognition of one employer"
    STANDARDS_OFFICER = "standards-officer", "drafts, reviews and publishes editions of standards"
    EDITOR = "editor", "writes, reviews and publishes articles of the encyclopedia"


class Role(models.Model):
    """What a person may do, in one organisation, between two moments."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="roles")
    kind = models.CharField(max_length=24, choices=RoleKind.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organisation", "kind"], name="one_role_of_a_kind")]


class AuditEntry(models.Model):
    """One deed, chained by hash to the one before it. Append-only by trigger."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="audit_entries")
    deed = models.CharField(max_length=48)
    subject = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes = [models.Index(fields=["subject"]), models.Index(fields=["organisation", "-at"])]


class ApiToken(models.Model):
    """A secret with which a machine acts for a person. Only its SHA-256 is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField()
