"""Awards, the documents made of them, what happened to them, and the lists that say so in public."""

from __future__ import annotations

import uuid
from functools import lru_cache

from django.db import models

from guildhall.assessment.models import Batch, Result
from guildhall.core.lifecycle import Deed
from guildhall.credentials import plates
from guildhall.issuers.models import Accreditation, AccreditationEvent, Issuer
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation, Standard
from guildhall.tlog.models import Leaf


class Award(models.Model):
    """The lasting grant, under its number. ``id`` is name-based over scheme and number: one number, one row.

    A result has one number, so it has one award; an index of its own for that would fall everywhere in a large load. From
    a result its award is found by the number (``assessment.award_keys``).

    The columns that a correction may change say what holds now; what was said before stays in the older instance.
    ``id_corrected`` is the sealed identity number where it is no longer the result's. Columns that repeat the result's
    carry no constraint of their own: the result holds it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    number = models.CharField(max_length=40)
    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="+", db_index=False)
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, related_name="awards", db_index=False, db_constraint=False
    )
    issuer = models.ForeignKey(
        Issuer, on_delete=models.PROTECT, related_name="awards", db_index=False, db_constraint=False
    )
    accreditation = models.ForeignKey(
        Accreditation, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    occupation = models.ForeignKey(
        Occupation, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    standard = models.ForeignKey(
        Standard, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    work_type = models.CharField(max_length=100, blank=True)
    level = models.CharField(max_length=16)
    holder_name = models.CharField(max_length=100)
    id_hash = models.BinaryField(max_length=16)
    id_corrected = models.BinaryField(max_length=160, null=True)
    issued_on = models.DateField()
    valid_until = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            # Searched by its beginning, which on PostgreSQL needs an operator class of its own.
            models.Index(
                fields=["issuer", "holder_name"], name="award_holder", opclasses=["uuid_ops", "varchar_pattern_ops"]
            ),
            models.Index(fields=["batch"], name="award_batch"),
        ]


class StatusList(models.Model):
    """One list of an issuer, for both purposes: what is barred now, and what has ended. ``n_used`` is the lock of its places."""

    PLACES = 131_072

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="status_lists")
    ordinal = models.PositiveIntegerField()
    n_used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "ordinal"], name="one_list_per_ordinal"),
            models.CheckConstraint(condition=models.Q(n_used__lte=131_072), name="list_not_over_full"),
        ]


class ListCredential(models.Model):
    """The list as it was last signed and written, per purpose."""

    id = models.BigAutoField(primary_key=True)
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="credentials")
    purpose = models.CharField(max_length=16)
    name = models.CharField(max_length=120, unique=True)
    bits_sha256 = models.CharField(max_length=64)
    body = models.BinaryField()
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["status_list", "purpose"], name="one_list_credential")]


class SingleCredential(models.Model):
    """A credential that the VC-API signed with a status: ``id`` is its place in the lists of the VC-API's own key."""

    id = models.BigAutoField(primary_key=True)
    credential_id = models.CharField(max_length=2048, db_index=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)


class Form(models.Model):
    """What many documents say alike (issuer, occupation, level, scheme, filing ...), stored once, named by its hash."""

    id = models.CharField(primary_key=True, max_length=64)
    facts = models.TextField()


class InstanceKind(models.TextChoices):
    """Why there is this document of the award."""

    ORIGINAL = "original", "original"
    CORRECTION = "correction", "correction"
    REISSUE = "reissue", "reissue"


class Instance(models.Model):
    """One document of an award, complete before it is signed. Append-only by trigger.

    ``form`` and ``facts`` together are all that will be signed. ``token`` is the secret half of the address in the QR code.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="instances", db_index=False)
    serial = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=InstanceKind.choices)
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="+", db_index=False)
    facts = models.TextField()
    token = models.BinaryField(max_length=16)
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="instances", db_index=False)
    status_index = models.PositiveIntegerField()
    prepared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["award", "serial"], name="one_instance_per_serial"),
            models.UniqueConstraint(fields=["token"], name="one_instance_per_token"),
            models.UniqueConstraint(fields=["status_list", "status_index"], name="one_instance_per_place"),
        ]


class Plate(models.Model):
    """The text that many signed documents have in common (``plates``), named by its hash. Append-only by trigger."""

    id = models.CharField(primary_key=True, max_length=64)
    text = models.TextField()


class Document(models.Model):
    """The signed credential, its hash, and its leaf. Append-only by trigger.

    ``own`` holds the values to be put into the plate; without a plate it is the whole document.
    """

    instance = models.OneToOneField(Instance, on_delete=models.PROTECT, primary_key=True, related_name="document")
    plate = models.ForeignKey(Plate, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    own = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    leaf = models.OneToOneField(Leaf, on_delete=models.PROTECT, related_name="document", db_column="leaf_index")
    signed_at = models.DateTimeField()

    @property
    def body(self) -> bytes:
        """The document as it was signed and logged: canonical JSON."""
        if self.plate_id is None:
            return bytes(self.own)
        return plates.document(_plate_text(self.plate_id), bytes(self.own))


@lru_cache(maxsize=1024)
def _plate_text(plate_id: str) -> str:
    # A name that is a hash never means anything else, so what was read once can be kept.
    return Plate.objects.values_list("text", flat=True).get(pk=plate_id)


class StatusEvent(models.Model):
    """What happened to an award or one of its instances. Append-only by trigger.

    ``instance`` is the document current when it happened; for a correction or reissue the one that becomes void, and
    ``replaced_by`` the new one. ``changes`` holds what a correction changed, old and new (identity numbers sealed).
    """

    id = models.UUIDField(primary_key=True, editable=False)
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="events")
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    instance = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="events")
    deed = models.CharField(max_length=12, choices=[(deed.value, deed.value) for deed in Deed])
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=64)
    note = models.CharField(max_length=500, blank=True)
    changes = models.JSONField(default=dict)
    replaced_by = models.OneToOneField(Instance, on_delete=models.PROTECT, null=True, related_name="replaces")
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    class Meta:
        ordering = ["at", "id"]


class EventLeaf(models.Model):
    """The leaf that says of one document what happened. Append-only by trigger.

    A later document of the same award says anew what still bears on it, so an event may have several.
    """

    leaf = models.OneToOneField(
        Leaf, on_delete=models.PROTECT, primary_key=True, related_name="event_leaf", db_column="leaf_index"
    )
    event = models.ForeignKey(StatusEvent, on_delete=models.PROTECT, related_name="leaves")
    instance = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="event_leaves", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["instance", "event"], name="one_leaf_per_event_and_document")]


class AccreditationStatement(models.Model):
    """The authority's signed statement of one filing after one event, and its leaf. Append-only by trigger.

    ``event`` null: stated again because the issuer's keys changed.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    accreditation = models.ForeignKey(Accreditation, on_delete=models.PROTECT, related_name="statements")
    event = models.OneToOneField(AccreditationEvent, on_delete=models.PROTECT, null=True, related_name="statement")
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    leaf = models.OneToOneField(Leaf, on_delete=models.PROTECT, related_name="statement", db_column="leaf_index")
    stated_at = models.DateTimeField()


class Transcript(models.Model):
    """A college's document of what it converted, complete before it is signed. Append-only by trigger.

    ``id`` is the decision's. ``facts`` are all that will be signed; ``token`` is the secret half of its address.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="transcripts")
    accreditation = models.ForeignKey(Accreditation, on_delete=models.PROTECT, related_name="+", db_index=False)
    facts = models.TextField()
    token = models.BinaryField(max_length=16, unique=True)
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="transcripts", db_index=False)
    status_index = models.PositiveIntegerField()
    prepared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["status_list", "status_index"], name="one_transcript_per_place"),
        ]


class TranscriptDocument(models.Model):
    """The signed transcript, its hash, and its leaf. Append-only by trigger."""

    transcript = models.OneToOneField(Transcript, on_delete=models.PROTECT, primary_key=True, related_name="document")
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    leaf = models.OneToOneField(
        Leaf, on_delete=models.PROTECT, related_name="transcript_document", db_column="leaf_index"
    )
    signed_at = models.DateTimeField()


class TranscriptEvent(models.Model):
    """A transcript taken back, because the decision that it tells of was annulled. Append-only by trigger."""

    transcript = models.OneToOneField(Transcript, on_delete=models.PROTECT, primary_key=True, related_name="event")
    reason = models.CharField(max_length=64)
    from_on = models.DateField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)


class TranscriptEventLeaf(models.Model):
    """The leaf that says so. Append-only by trigger."""

    event = models.OneToOneField(TranscriptEvent, on_delete=models.PROTECT, primary_key=True, related_name="leaf")
    leaf = models.OneToOneField(Leaf, on_delete=models.PROTECT, related_name="transcript_event", db_column="leaf_index")
