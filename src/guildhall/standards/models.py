"""Occupations of a classification, their work types, and the editions of their standards."""

from __future__ import annotations

import uuid

from django.db import models


class Classification(models.Model):
    """An edition of a classification of occupations, such as ``cn-2022``."""

    code = models.SlugField(max_length=32, primary_key=True)
    name = models.JSONField()
    in_force_on = models.DateField()


class Occupation(models.Model):
    """A classified occupation; ``code`` is unique inside its classification (``d-dd-dd-dd`` in ``cn-2022``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    classification = models.ForeignKey(Classification, on_delete=models.PROTECT, related_name="occupations")
    code = models.CharField(max_length=24)
    name = models.JSONField()
    definition = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["classification", "code"], name="one_occupation_per_code")]
        ordering = ["code"]


class WorkType(models.Model):
    """A work type (工种) below an occupation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    occupation = models.ForeignKey(Occupation, on_delete=models.CASCADE, related_name="work_types")
    name = models.JSONField()


class Standard(models.Model):
    """One edition of an occupational standard, with the dates in force; ``levels`` is a list of level codes.

    ``document_no`` is empty where the edition is a sample and no published standard.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    occupation = models.ForeignKey(Occupation, on_delete=models.PROTECT, related_name="standards")
    edition = models.CharField(max_length=16)
    name = models.JSONField()
    document_no = models.CharField(max_length=64, blank=True)
    levels = models.JSONField()
    in_force_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["occupation", "edition"], name="one_standard_per_edition")]
