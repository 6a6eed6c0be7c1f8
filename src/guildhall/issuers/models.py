"""Issuers, their sites and keys, and the filings that say what they may award."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from guildhall.accounts.models import Organisation
from guildhall.schemes.models import Scheme


class Issuer(models.Model):
    """An organisation that awards.

    ``number_parts`` holds the parts of the certificate number that are the issuer's own, by layout and by name as in
    ``core.codes.certificate_number``: ``{"A": {"body", "institution", "province", "site"}, "C": {"authority", "city",
    "body_type", "body"}}``. Year, level and serial are the award's.
    """

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, primary_key=True, related_name="issuer")
    did = models.CharField(max_length=255, unique=True)
    number_parts = models.JSONField(default=dict)
    closed_on = models.DateField(null=True, blank=True)


class IssuerKey(models.Model):
    """A public key of an issuer (or of the authority) and the time in which it signs. Private keys: only the keystore."""

    key_id = models.CharField(max_length=300, primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="keys")
    multibase = models.CharField(max_length=128)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)


class Site(models.Model):
    """A place of assessment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="sites")
    code = models.CharField(max_length=16)
    name = models.JSONField()
    region = models.CharField(max_length=6)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "code"], name="one_site_per_code")]


class Accreditation(models.Model):
    """A filing: issuer x scheme x occupations x levels x regions between two dates.

    Shape: ``occupations`` occupation codes; ``levels`` level codes; ``regions`` six-digit codes, where trailing zeros
    cover everything below (``000000`` the whole country, ``310000`` a province); ``site`` null means every site.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    filing = models.CharField(max_length=32, unique=True)
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="accreditations")
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="accreditations")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="accreditations")
    occupations = models.JSONField()
    levels = models.JSONField()
    regions = models.JSONField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    created_at = models.DateTimeField()


class AccreditationDeed(models.TextChoices):
    """What can happen to a filing."""

    ACCREDIT = "accredit", "accredit"
    SUSPEND = "suspend", "suspend"
    REINSTATE = "reinstate", "reinstate"
    WITHDRAW = "withdraw", "withdraw"


class AccreditationEvent(models.Model):
    """What happened to a filing. Append-only by trigger; each is attested by a signed statement and a leaf."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    accreditation = models.ForeignKey(Accreditation, on_delete=models.PROTECT, related_name="events")
    deed = models.CharField(max_length=16, choices=AccreditationDeed.choices)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    reason = models.JSONField(default=dict)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["at", "id"]
