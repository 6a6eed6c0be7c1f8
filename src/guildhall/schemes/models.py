"""Certification tracks as data: legal basis, ladder, number layout, parts, wording."""

from __future__ import annotations

from django.db import models


class Scheme(models.Model):
    """A certification track. A new one is a row, never code.

    Shape:
        name, certificate_name, legal_basis, proves, proves_not   language maps
        number_layout   one of A-E (core.codes.certificate_number)
        ladder          [{"code": "5", "rung": 1, "name": {...}, "also": ["初级工"], "awarded": true}, ...] lowest rung first;
                        ``also`` other names in use, ``awarded`` false: a rung without a certificate
        parts           [{"code": "theory", "name": {...}, "pass_mark": "60", "full_mark": "100", "levels": ["5", ...]}]
        validity_months null: for life
        allowed_wording [{"word": "职业资格", "basis": {...}, "starts_on": "2022-01-01", "ends_on": null}]: restricted words that
                        the legal basis allows
    """

    code = models.SlugField(max_length=16, primary_key=True)
    name = models.JSONField()
    certificate_name = models.JSONField()
    legal_basis = models.JSONField()
    proves = models.JSONField()
    proves_not = models.JSONField()
    number_layout = models.CharField(max_length=1)
    ladder = models.JSONField()
    parts = models.JSONField()
    validity_months = models.PositiveSmallIntegerField(null=True, blank=True)
    covered_from = models.DateField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    allowed_wording = models.JSONField(default=list)

    class Meta:
        ordering = ["order", "code"]
