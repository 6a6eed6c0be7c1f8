"""Occupations of a classification, their work types, and the editions of their standards."""

from __future__ import annotations

import uuid

from django.db import models


class Classification(models.Model):
    """An edition of a classification of occupations, such as ``cn-2022``, ``onet-29.3`` or ``esco-1.1.1``.

    ``family`` is what the editions of one classification have in common; the national one (``NATIONAL``) is that of the
    register's own standards and awards, all others stand beside it. ``source`` and ``licence`` are shown with its facts;
    ``digest`` names the files that were last imported.
    """

    NATIONAL = "cn"

    code = models.SlugField(max_length=32, primary_key=True)
    family = models.SlugField(max_length=16, default=NATIONAL)
    name = models.JSONField()
    in_force_on = models.DateField()
    source = models.TextField(blank=True)
    licence = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)


class ClassGroup(models.Model):
    """A class above occupations: major, middle, small; an ISCO-08 or SOC group. ``rank`` 0 is the uppermost."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    classification = models.ForeignKey(Classification, on_delete=models.PROTECT, related_name="groups")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    code = models.CharField(max_length=24)
    rank = models.PositiveSmallIntegerField()
    name = models.JSONField()
    definition = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["classification", "code"], name="one_group_per_code")]
        ordering = ["code"]


class Occupation(models.Model):
    """A classified occupation; ``code`` is unique inside its classification (``d-dd-dd-dd`` in ``cn-2022``).

    ``marks`` holds ``digital`` and ``green``; ``other_names`` maps a language to a list of further names; ``url`` is the
    classification's own address of the occupation, where it has one; ``parent`` the occupation that it is a narrower one of.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    classification = models.ForeignKey(Classification, on_delete=models.PROTECT, related_name="occupations")
    group = models.ForeignKey(ClassGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="occupations")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="narrower")
    code = models.CharField(max_length=24)
    name = models.JSONField()
    definition = models.JSONField(default=dict)
    other_names = models.JSONField(default=dict)
    marks = models.JSONField(default=list)
    url = models.URLField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["classification", "code"], name="one_occupation_per_code")]
        ordering = ["code"]


class WorkType(models.Model):
    """A work type (工种) below an occupation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    occupation = models.ForeignKey(Occupation, on_delete=models.CASCADE, related_name="work_types")
    name = models.JSONField()


class Descriptor(models.Model):
    """What a classification rates its occupations by: a skill, a kind of knowledge, a task, a technology.

    ``parent`` is a wider one of the same classification.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    classification = models.ForeignKey(Classification, on_delete=models.PROTECT, related_name="descriptors")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="narrower")
    kind = models.SlugField(max_length=16)
    code = models.CharField(max_length=32)
    name = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["classification", "kind", "code"], name="one_descriptor_per_code")
        ]


class Rating(models.Model):
    """How much of a descriptor an occupation has, on one scale of its classification."""

    occupation = models.ForeignKey(Occupation, on_delete=models.CASCADE, related_name="ratings")
    descriptor = models.ForeignKey(Descriptor, on_delete=models.CASCADE, related_name="ratings")
    scale = models.CharField(max_length=8)
    value = models.DecimalField(max_digits=6, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["occupation", "descriptor", "scale"], name="one_rating_per_scale")
        ]


class Crosswalk(models.Model):
    """A file of correspondences between two editions, or inside one.

    Editions are named by their codes: a crosswalk may come in before the classifications that it speaks of, and its lines
    are resolved when they are read. ``digest`` names the file.
    """

    code = models.CharField(max_length=80, primary_key=True)
    name = models.JSONField()
    from_edition = models.CharField(max_length=32, db_index=True)
    to_edition = models.CharField(max_length=32, db_index=True)
    source = models.CharField(max_length=255)
    licence = models.TextField(blank=True)
    digest = models.CharField(max_length=64)


class Correspondence(models.Model):
    """A line of a crosswalk: ``relation`` is the SKOS mapping relation from the first code to the second.

    Among lines from one code a smaller ``position`` is nearer. ``label`` is what the second edition calls its code, shown as
    long as that edition has not been imported.
    """

    class Relation(models.TextChoices):
        EXACT = "exactMatch"
        CLOSE = "closeMatch"
        BROAD = "broadMatch"
        NARROW = "narrowMatch"
        RELATED = "relatedMatch"

    crosswalk = models.ForeignKey(Crosswalk, on_delete=models.CASCADE, related_name="lines")
    from_code = models.CharField(max_length=24)
    to_code = models.CharField(max_length=24)
    relation = models.CharField(max_length=16, choices=Relation.choices)
    position = models.PositiveSmallIntegerField(default=0)
    label = models.JSONField(default=dict)
    note = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["crosswalk", "from_code", "to_code"], name="one_line_per_pair"),
        ]
        indexes = [models.Index(fields=["to_code"], name="correspondence_to_code")]
        ordering = ["crosswalk", "from_code", "position", "to_code"]


class Standard(models.Model):
    """One edition of an occupational standard, with the dates in force; ``levels`` is a list of level codes.

    ``content`` is the whole edition as docs/formats/standard.md has it, and ``digest`` its SHA-256 (hex) in JCS form: a
    draft's changes with every save, a published edition is fixed by trigger, all but ``ends_on``. Editions known by name
    and dates only have ``{}`` and no digest. ``identifier`` names the edition where it is exchanged (CASE).
    ``document_no`` is empty where the edition is a sample and no published standard; ``drafted_by`` is who saved it last.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        REVIEW = "review"
        PUBLISHED = "published"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    occupation = models.ForeignKey(Occupation, on_delete=models.PROTECT, related_name="standards")
    edition = models.CharField(max_length=16)
    name = models.JSONField()
    document_no = models.CharField(max_length=64, blank=True)
    levels = models.JSONField()
    in_force_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PUBLISHED)
    revises = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="revisions")
    content = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    identifier = models.UUIDField(null=True, blank=True, unique=True)
    drafted_by = models.CharField(max_length=150, blank=True)
    submitted_by = models.CharField(max_length=150, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    published_by = models.CharField(max_length=150, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["occupation", "edition"], name="one_standard_per_edition")]


class Competency(models.Model):
    """A numbered item of a published edition at one level; ``id`` is name-based and so the same on every machine."""

    class Kind(models.TextChoices):
        FUNCTION = "function"
        CONTENT = "content"
        SKILL = "skill"
        KNOWLEDGE = "knowledge"
        BASIC = "basic"

    id = models.UUIDField(primary_key=True, editable=False)
    standard = models.ForeignKey(Standard, on_delete=models.CASCADE, related_name="competencies")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    level = models.CharField(max_length=4, blank=True)
    number = models.CharField(max_length=24)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.JSONField()
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["standard", "level", "number", "kind"], name="one_competency_per_number")
        ]
        ordering = ["position"]


class Framework(models.Model):
    """A competency framework as its CASE package has it: one of our published editions, or somebody else's.

    ``id`` is the CFDocument's identifier. ``document`` is the CFDocument, ``remainder`` whatever else the package holds
    besides items and associations (definitions, rubrics, extensions). ``digest`` is the package's SHA-256 (hex).
    """

    id = models.UUIDField(primary_key=True, editable=False)
    standard = models.OneToOneField(Standard, on_delete=models.PROTECT, null=True, blank=True, related_name="framework")
    title = models.TextField()
    creator = models.TextField()
    document = models.JSONField()
    remainder = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    n_items = models.PositiveIntegerField(default=0)
    n_associations = models.PositiveIntegerField(default=0)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=150)


class FrameworkItem(models.Model):
    """A CFItem; ``content`` is the object as the package has it."""

    framework = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="items")
    identifier = models.UUIDField(db_index=True)
    position = models.PositiveIntegerField()
    content = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["framework", "identifier"], name="one_item_per_identifier")]
        ordering = ["position"]


class FrameworkAssociation(models.Model):
    """A CFAssociation; ``origin`` and ``destination`` are the identifiers of its ends."""

    framework = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="associations")
    identifier = models.UUIDField(db_index=True)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=64)
    origin = models.CharField(max_length=255, db_index=True)
    destination = models.CharField(max_length=255, db_index=True)
    content = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["framework", "identifier"], name="one_association_per_identifier")
        ]
        ordering = ["position"]
