"""What other rooms know of a certificate: credit, posts. Each may be empty, none is guessed."""

from __future__ import annotations

from collections.abc import Sequence

from guildhall.encyclopedia.facts import CertificateFacts, Conversion, Post


def conversions(found: CertificateFacts) -> Sequence[Conversion]:
    """Return what the certificate is worth in credit, by the rule-sets in force."""
    return ()


def posts(found: CertificateFacts) -> Sequence[Post]:
    """Return the openings that ask for the certificate."""
    return ()
