"""What other rooms know of a certificate: credit, posts. Each may be empty, none is guessed."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import NoReverseMatch, reverse

from guildhall.employers import selectors as employers
from guildhall.encyclopedia import conversions as credit
from guildhall.encyclopedia.facts import CertificateFacts, Conversion, Post


def conversions(found: CertificateFacts) -> Sequence[Conversion]:
    """Return what the certificate is worth in credit, by the rule-sets in force."""
    return credit.conversions(found.scheme.code, found.occupation.code, found.level.code, on=found.on)


def posts(found: CertificateFacts) -> Sequence[Post]:
    """Return the openings that ask for the certificate."""
    listed = employers.posts_asking_for(
        found.occupation.code, scheme=found.scheme.code, level=found.level.code, on=found.on
    )
    return [
        Post(
            employer=one.organisation.name,
            title=one.name,
            region=one.region,
            since=one.opens_on or (one.published_at or one.entered_at).date(),
            href=_page(str(one.pk)),
        )
        for one in listed
    ]


def _page(key: str) -> str:
    """Return the post's page; empty while there is none."""
    try:
        return reverse("post", args=[key])
    except NoReverseMatch:
        return ""
