"""Academic programmes as dated editions of their plans (培养方案), each whole as one document."""

from __future__ import annotations

import uuid

from django.db import models

from guildhall.accounts.models import Organisation
from guildhall.standards.models import Occupation


class PlanEditionState(models.TextChoices):
    """From a draft to a plan that students follow."""

    DRAFT = "draft", "draft"
    PUBLISHED = "published", "published"


class PlanEdition(models.Model):
    """One edition of a programme's plan. Once published nothing of it changes (trigger).

    ``content`` is the document as docs/formats/programme.md has it, ``digest`` the SHA-256 (hex) of its RFC 8785 form; the other
    columns repeat what lists ask for. ``occupation`` is whose standard the courses are aligned with.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="plan_editions")
    code = models.CharField(max_length=32)
    edition = models.CharField(max_length=64)
    name = models.JSONField()
    occupation = models.ForeignKey(Occupation, on_delete=models.PROTECT, related_name="plan_editions")
    starts_on = models.DateField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=PlanEditionState.choices, default=PlanEditionState.DRAFT)
    entered_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "code", "edition"], name="one_plan_edition")]
        indexes = [models.Index(fields=["occupation", "state"], name="plans_of_an_occupation")]
