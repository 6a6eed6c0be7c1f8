"""What can be found: one entry per page of the encyclopedia. All of it is made from other rooms and can be made again."""

from __future__ import annotations

import uuid

from django.db import models


class Entry(models.Model):
    """A page that a search may lead to.

    Shape:
        kind, key   what the page is about: ``occupation`` and ``cn-2022/6-31-01-03``
        url_name, params   the page's address: a name of the web's addresses and its arguments in their order
        title, summary     language maps
        names       further names, in any language
        codes       codes as they are written
        facets      words ``facet:value``, a space between: ``field:cn-2022/6 level:5 level:4``
        weight      among entries that fit alike the greater is shown first
        titles      folded titles, one per line, words with one space between
        folded      all folded text, one line per title, name and text: what a phrase is looked up in
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.SlugField(max_length=16)
    key = models.CharField(max_length=200)
    url_name = models.CharField(max_length=64)
    params = models.JSONField()
    title = models.JSONField()
    summary = models.JSONField()
    names = models.JSONField()
    codes = models.JSONField()
    facets = models.TextField(blank=True)
    weight = models.PositiveSmallIntegerField(default=0)
    titles = models.TextField()
    folded = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_entry_per_page")]


class FacetName(models.Model):
    """How a value of a facet is called, as a language map."""

    facet = models.SlugField(max_length=16)
    value = models.CharField(max_length=80)
    name = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["facet", "value"], name="one_name_per_facet_value")]


class Building(models.Model):
    """One making of the index, whole or in part. The newest one's token tells whoever holds some of it in memory."""

    id = models.BigAutoField(primary_key=True)
    token = models.UUIDField(default=uuid.uuid4, editable=False)
    built_at = models.DateTimeField()
    n_entries = models.PositiveIntegerField()
    whole = models.BooleanField()
