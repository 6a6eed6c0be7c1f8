"""What came in: one row per file of results (batch), one per candidate who passed (result), and the serials given."""

from __future__ import annotations

import uuid

from django.db import models

from guildhall.issuers.models import Accreditation, Issuer, Site
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation, Standard


class Batch(models.Model):
    """One imported file, known by issuer and hash; the same file again makes a batch only if some of it is new by then.

    ``n_prepared`` and ``n_signed`` say how many of its good rows, by ``Result.place``, have come so far; each moves on in the
    transaction that writes what it counts.
    ``corrections`` is the file of the rows that came back with their reasons, sealed (empty when there were none); it may be
    emptied when nobody needs it any more. ``issued_at`` is set once, when a checkpoint covers the last leaf of the batch.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="batches")
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    n_rows = models.PositiveIntegerField()
    n_good = models.PositiveIntegerField()
    n_bad = models.PositiveIntegerField()
    n_already = models.PositiveIntegerField()
    n_prepared = models.PositiveIntegerField(default=0)
    n_signed = models.PositiveIntegerField(default=0)
    corrections = models.BinaryField(default=b"")
    actor = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["issuer", "-created_at"], name="batch_newest"),
            models.Index(fields=["issuer", "sha256"], name="batch_of_file"),
            models.Index(fields=["created_at"], name="batch_unfinished", condition=models.Q(issued_at=None)),
        ]


class Result(models.Model):
    """One candidate who passed, as the file said it. Append-only by trigger.

    ``id`` is name-based over the row's own key, so the same row of another file is the same result. ``number`` stands
    from the start, given in the file or taken from the scheme's layout: what could be wrong with it is said before
    anything is written. ``line`` is the file's, as a spreadsheet counts; ``place`` counts the batch's good rows
    from 0, in the order in which they are signed: that of their awards' keys.
    ``id_hash`` is keyed and ``id_sealed`` encrypted (``identity``): no identity number stands in clear anywhere.

    Scheme, issuer, site and standard are implied by the accreditation, the batch and the occupation, which the database
    does hold to; a constraint on each would only cost time in a load of a hundred thousand rows.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="results", db_index=False)
    place = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    standard = models.ForeignKey(
        Standard, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    occupation = models.ForeignKey(Occupation, on_delete=models.PROTECT, related_name="+", db_index=False)
    accreditation = models.ForeignKey(Accreditation, on_delete=models.PROTECT, related_name="+", db_index=False)
    holder_name = models.CharField(max_length=100)
    id_kind = models.CharField(max_length=24)
    id_hash = models.BinaryField(max_length=16)
    id_sealed = models.BinaryField(max_length=160)
    employer = models.CharField(max_length=200, blank=True)
    work_type = models.CharField(max_length=100, blank=True)
    level = models.CharField(max_length=16)
    region = models.CharField(max_length=6)
    examined_on = models.DateField(null=True)
    issued_on = models.DateField()
    marks = models.JSONField()
    number = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "number"], name="one_result_per_number")]
        # A batch is read chunk by chunk; rows come in this order, so the index only ever grows at its end.
        indexes = [models.Index(fields=["batch", "place"], name="result_place")]


class Holder(models.Model):
    """A person whom the register knows: a keyed hash of the identity number and one of the name that goes with it.

    A file that gives a known number another name is refused: one of the two is wrong, or an award has to be corrected.
    """

    id_hash = models.BinaryField(primary_key=True, max_length=16)
    name_hash = models.BinaryField(max_length=16)


class NumberCounter(models.Model):
    """The last serial given under one prefix of a scheme's numbers. The row is the lock of whoever takes serials."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="+")
    prefix = models.CharField(max_length=40)
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "prefix"], name="one_counter_per_prefix")]
