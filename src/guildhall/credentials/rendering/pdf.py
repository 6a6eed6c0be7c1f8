"""Certificates as PDF: A4 across, type embedded, the bundle inside, the same bytes for the same face."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from typing import Any

from guildhall.core.errors import MalformedError, TooLargeError
from guildhall.core.language import in_language
from guildhall.credentials.rendering.face import CertificateFace, Language, refuse_identity_numbers
from guildhall.credentials.rendering.sheet import heading, sheet
from guildhall.credentials.rendering.typesetting import Typesetter, typesetter

MAX_PAGES = 1_000
"""Certificates in one file; more are asked for as several."""

MAX_BUNDLE = 1 << 20
"""Bytes of one attached bundle."""

_PLAIN = re.compile(r"[^0-9A-Za-z._-]+")


def certificate_pdf(
    face: CertificateFace,
    *,
    language: Language,
    bundle: bytes | None = None,
    setter: Typesetter | None = None,
) -> bytes:
    """Return one certificate as a PDF file of one page.

    Shape:  ``bundle`` is UTF-8 JSON and is attached unchanged as ``<number>.bundle.json``, so that the file can be
            checked by itself; PDF/A-3a and PDF/UA-1; no clock is read, the file's date is the day of issue.
    Raises: GlyphMissingError, TextDoesNotFitError, IdentityNumberError, QrTooLongError; MalformedError if the
            bundle is not UTF-8, TooLargeError if it is beyond ``MAX_BUNDLE``.
    Source: ISO 19005-3 (attachments), ISO 14289-1 (reading order, alternative texts).
    """
    return certificates_pdf([face], language=language, bundles=[bundle], setter=setter)


def certificates_pdf(
    faces: Sequence[CertificateFace],
    *,
    language: Language,
    bundles: Sequence[bytes | None] = (),
    setter: Typesetter | None = None,
) -> bytes:
    """Return many certificates as one PDF file, a page each, in the order given.

    Shape:  1 to ``MAX_PAGES`` faces; ``bundles`` empty or one for each face; one language for the file.
    Raises: as ``certificate_pdf``; the errors name the certificate ``number`` that cannot be set where one face is
            at fault. MalformedError for no faces or another count of bundles, TooLargeError for too many.
    """
    if not faces or (bundles and len(bundles) != len(faces)):
        raise MalformedError("Give at least one face, and a bundle for each or none.", n_faces=len(faces))
    if len(faces) > MAX_PAGES:
        raise TooLargeError(f"One file holds at most {MAX_PAGES} certificates.", n_faces=len(faces), maximum=MAX_PAGES)
    setter = setter or typesetter()
    book = _book(faces, language, setter)
    enclosed = [pair for pair in zip(faces, bundles, strict=True) if pair[1] is not None] if bundles else []
    book["attachments"] = _attachments(enclosed)
    return setter.pdf(book)


def certificate_png(
    face: CertificateFace, *, language: Language, width: int = 1200, setter: Typesetter | None = None
) -> bytes:
    """Return a picture of the certificate, for a preview or for a page that is shared.

    Units:  ``width`` in pixels, 120 to 6000; the height follows from A4.
    Raises: as ``certificate_pdf``; MalformedError for another width.
    """
    if not 120 <= width <= 6000:
        raise MalformedError("A picture is 120 to 6000 pixels wide.", width=width)
    setter = setter or typesetter()
    book = _book([face], language, setter)
    return setter.png({**book, "paper": True}, pixels_per_inch=width / (297 / 25.4))


def missing_glyphs(text: str, *, setter: Typesetter | None = None) -> list[str]:
    """Return the characters of a text that no embedded font can show, each once, in order of appearance.

    Shape:  controls, joiners, direction marks and private-use characters count as missing.
    """
    return (setter or typesetter()).type_.missing(text)


def _book(faces: Sequence[CertificateFace], language: Language, setter: Typesetter) -> dict[str, Any]:
    for face in faces:
        refuse_identity_numbers(face)
        setter.type_.refuse_missing(face.texts())
    last = max(face.issued_on for face in faces)
    one = faces[0]
    issuers = dict.fromkeys(in_language(face.issuer_name, language) for face in faces)
    return {
        "language": "en" if language == "en" else "zh",
        "paper": False,
        "title": heading(one, language) if len(faces) == 1 else in_language(one.register_name, language),
        "author": list(issuers),
        "keywords": [face.whole_number for face in faces],
        "description": one.check_url if len(faces) == 1 else "",
        "day": [last.year, last.month, last.day],
        "attachments": [],
        "pages": [sheet(face, language, setter.type_) for face in faces],
    }


def _attachments(enclosed: Sequence[tuple[CertificateFace, bytes | None]]) -> list[dict[str, str]]:
    """Name the attachments; two documents of one certificate, or of none, are told apart by a count."""
    attachments: list[dict[str, str]] = []
    names: set[str] = set()
    for face, bundle in enclosed:
        assert bundle is not None
        if len(bundle) > MAX_BUNDLE:
            raise TooLargeError("The bundle is too large to attach.", n_bytes=len(bundle), maximum=MAX_BUNDLE)
        try:
            text = bundle.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedError("A bundle is UTF-8 JSON.", number=face.whole_number) from error
        stem = _PLAIN.sub("-", face.whole_number)[:80] or "certificate"
        name = next(n for i in count(1) if (n := f"{stem}{f'-{i}' * (i > 1)}.bundle.json") not in names)
        names.add(name)
        attachments.append({"name": name, "text": text, "description": f"Evidence bundle of {face.whole_number}"})
    return attachments
