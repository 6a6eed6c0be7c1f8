"""The transparency log. It knows no learner: a leaf carries digests, codes and days."""

from __future__ import annotations

from django.db import models


class Log(models.Model):
    """The one log of the register: how many leaves it has, and how many of them the last checkpoint covers.

    The row is the lock under which leaves get their gapless indices and checkpoints their order.
    """

    origin = models.CharField(max_length=255, primary_key=True)
    size = models.BigIntegerField(default=0)
    published_size = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(published_size__gte=0) & models.Q(published_size__lte=models.F("size")),
                name="checkpoint_within_log",
            )
        ]


class Leaf(models.Model):
    """One leaf: canonical JSON (docs/formats/log.md). Append-only by trigger; ``index`` counts from 0 without a gap."""

    index = models.BigIntegerField(primary_key=True)
    body = models.BinaryField()


class Checkpoint(models.Model):
    """One signed head. Append-only by trigger. ``note`` is the signed note (C2SP tlog-checkpoint)."""

    size = models.BigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)
    note = models.TextField()
    at = models.DateTimeField()


class Cosignature(models.Model):
    """A witness's word on a checkpoint. Append-only by trigger. ``line`` is its signature line (C2SP tlog-cosignature)."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=255)
    key_id = models.CharField(max_length=8)
    line = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "witness", "key_id"], name="cosigned_once_by_each_witness")
        ]
