"""From a file that somebody brings to what can be checked in it: a document, or the link in its QR code.

Files come from strangers, so every step has a bound (bytes, pixels, attachments, pages), the formats are few, and
whatever the libraries underneath raise ends as one of the errors below. Nothing found here is believed: a document
goes to ``verify``, a link is a number to look up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any, Final, Literal

import pypdf
import zxingcpp
from PIL import Image

from guildhall.core.bundle import MAX_BYTES as MAX_DOCUMENT
from guildhall.core.canonical import strict_json
from guildhall.core.errors import Error, MalformedError, NotFoundError, TooLargeError

Kind = Literal["bundle", "credential", "presentation", "receipt", "token", "link"]
Where = Literal["file", "attachment", "code", "annotation"]

MAX_FILE: Final = 16 << 20
"""Bytes of a file: a telephone's photograph, with room."""

MAX_PIXELS: Final = 64_000_000
"""Pixels of a picture; its grey levels are held in memory at one byte each."""

_ENOUGH_PIXELS: Final = 12_000_000  # a JPEG beyond this is decoded at a half or a quarter: a code is still large in it
_MAX_ATTACHMENTS: Final = 1_000
_MAX_PAGES: Final = 4
_MAX_PICTURES: Final = 8
_MAX_STREAM: Final = 24 << 20
_PDF_LIMITS: Final = pypdf.Configuration(
    maximum_declared_stream_length=_MAX_STREAM,
    array_based_stream_maximum_output_length=_MAX_STREAM,
    lzw_maximum_output_length=_MAX_STREAM,
    run_length_maximum_output_length=_MAX_STREAM,
    zlib_maximum_output_length=_MAX_STREAM,
    zlib_maximum_recovery_input_length=1 << 20,
    brotli_maximum_output_length=_MAX_STREAM,
    image_maximum_buffer_size=MAX_PIXELS,
    stream_filters_maximum_length=4,
    stream_decoding_work_maximum_length=2 * _MAX_STREAM,
    stream_parsing_work_maximum_count=100_000,
    page_tree_maximum_entries=10_000,
    page_tree_maximum_page_entries=100_000,
    # No program is started for a file from outside.
    jbig2dec_binary=None,
)

_QR: Final = zxingcpp.barcode_formats_from_str("QRCode")
_PICTURES: Final = ("PNG", "JPEG", "WEBP")
_PICTURE_MAGIC: Final = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF.{4}WEBP", re.DOTALL)
_TOKEN: Final = re.compile(rb"eyJ[0-9A-Za-z_-]*\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+")
_LINK: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f<>\"]{1,2000}", re.IGNORECASE)
# The first that fits decides: a receipt is a credential, too.
_KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("GuildhallBundle", "bundle"),
    ("VerificationReceipt", "receipt"),
    ("VerifiablePresentation", "presentation"),
    ("EnvelopedVerifiablePresentation", "presentation"),
    ("VerifiableCredential", "credential"),
    ("EnvelopedVerifiableCredential", "credential"),
)


class FileTooLargeError(TooLargeError):
    """A file or picture beyond the bounds of this module."""

    code = "document_too_large"


class FileUnreadableError(MalformedError):
    """A file that is damaged, encrypted, or not what it begins like."""

    code = "file_damaged"


class FileKindUnknownError(MalformedError):
    """Neither JSON nor PDF nor PNG, JPEG or WebP."""

    code = "file_kind_unknown"


class NoCodeFoundError(NotFoundError):
    """A picture, or a PDF without an attached document, in which no QR code can be read."""

    code = "no_qr_found"


class NothingToCheckError(NotFoundError):
    """The file can be read but holds neither a document nor a link that can be checked."""

    code = "nothing_to_check"


class SeveralFoundError(Error):
    """A file with more than one document, of which nobody can say which was meant."""

    code = "several_certificates"


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds.

    Shape:  ``document`` are the bytes to verify, as they were enclosed, for every kind but ``link``; ``url`` is given
            for ``link`` alone; ``where`` says which part of the file it came from.
    """

    kind: Kind
    where: Where
    document: bytes | None = None
    url: str | None = None


def read(data: bytes, *, media_type_hint: str = "", is_ours: Callable[[str], bool] | None = None) -> Found:
    """Return what can be checked in a file.

    A PDF is searched for an attached document, then for a QR code in its pictures, then for a link on its pages; of
    several links the first is taken for which ``is_ours`` says yes, or else the first.

    Shape:  ``data`` JSON, a compact JWT, PDF, PNG, JPEG or WebP; its first bytes decide, ``media_type_hint`` is only
            repeated in the error where they do not.
    Raises: FileTooLargeError, FileUnreadableError, FileKindUnknownError, NoCodeFoundError, NothingToCheckError,
            SeveralFoundError, and the errors of ``strict_json.parse`` for a damaged JSON file.
    """
    if len(data) > MAX_FILE:
        raise FileTooLargeError(f"A file may have {MAX_FILE} bytes.", n_bytes=len(data), maximum=MAX_FILE)
    if _PICTURE_MAGIC.match(data):
        with _readable("picture"):
            texts = _codes(_opened(data))
        return _of_codes(texts, is_ours)
    if b"%PDF-" in data[:1024]:
        with _readable("pdf"), pypdf.apply_configuration(_PDF_LIMITS):
            return _of_pdf(data, is_ours)
    start = data.lstrip(b" \t\r\n")[:1]
    if start in (b"{", b"["):
        return _of_document(data, "file")
    if _TOKEN.fullmatch(data.strip()):
        return Found("token", "file", document=data.strip())
    raise FileKindUnknownError(
        "The file is neither JSON nor PDF nor a picture (PNG, JPEG, WebP).", media_type=media_type_hint[:100]
    )


def _of_document(data: bytes, where: Where) -> Found:
    """Tell what a JSON document is; its bytes are handed on as they are."""
    value = strict_json.parse(data, max_bytes=MAX_DOCUMENT)
    types = value.get("type") if isinstance(value, dict) else None
    given = types if isinstance(types, list) else [types]
    for name, kind in _KINDS:
        if name in given:
            return Found(kind, where, document=data)
    raise NothingToCheckError("The JSON is neither bundle nor credential nor receipt.")


def _of_codes(texts: list[str], is_ours: Callable[[str], bool] | None) -> Found:
    """Choose among the texts of QR codes."""
    if not texts:
        raise NoCodeFoundError("No QR code can be read in the picture.")
    for text in texts:
        if text.lstrip().startswith("{"):
            return _of_document(text.encode("utf-8", "replace"), "code")
    return _link(texts, "code", is_ours)


def _link(texts: list[str], where: Where, is_ours: Callable[[str], bool] | None) -> Found:
    links = [text.strip() for text in texts if _LINK.fullmatch(text.strip())]
    if not links:
        raise NothingToCheckError("What was found is not a link.")
    ours = [link for link in links if is_ours is not None and is_ours(link)]
    return Found("link", where, url=(ours or links)[0])


# Pictures


def _opened(data: bytes) -> Image.Image:
    """Open a picture without decoding it yet, and refuse it by its size."""
    picture = Image.open(BytesIO(data), formats=_PICTURES)
    n_pixels = picture.width * picture.height
    if n_pixels > MAX_PIXELS:
        raise FileTooLargeError(f"A picture may have {MAX_PIXELS} pixels.", n_pixels=n_pixels, maximum=MAX_PIXELS)
    if picture.format == "JPEG" and n_pixels > _ENOUGH_PIXELS:
        picture.draft("L", (picture.width // 2, picture.height // 2))
    return picture


def _codes(picture: Image.Image) -> list[str]:
    """Return the texts of the QR codes in a picture."""
    if picture.mode in ("RGBA", "LA", "PA", "P"):
        # What is transparent shows paper, not the black that lies under it.
        opaque = picture.convert("RGBA")
        paper = Image.new("RGBA", opaque.size, "white")
        paper.alpha_composite(opaque)
        picture = paper
    grey = picture.convert("L")
    pixels = memoryview(grey.tobytes()).cast("B", (grey.height, grey.width))
    found: list[Any] = zxingcpp.read_barcodes(pixels, formats=_QR, text_mode=zxingcpp.TextMode.Plain)
    return [code.text for code in found if code.valid]


# PDF


def _of_pdf(data: bytes, is_ours: Callable[[str], bool] | None) -> Found:
    reader = pypdf.PdfReader(BytesIO(data), strict=False)
    attached = list(islice(_attached(reader), 2))
    if len(attached) > 1:
        raise SeveralFoundError("The PDF file holds several certificates; bring them one by one.")
    if attached:
        return attached[0]
    pages = list(islice(reader.pages, _MAX_PAGES))
    texts = [text for picture in _pictures(pages) for text in _codes(picture)]
    if texts:
        return _of_codes(texts, is_ours)
    links = [link for page in pages for link in _annotations(page)]
    if links:
        return _link(links, "annotation", is_ours)
    raise NoCodeFoundError("The PDF file carries no document, and no QR code can be read in it.")


def _attached(reader: pypdf.PdfReader) -> Iterator[Found]:
    """Yield the attached documents; attachments of other kinds are passed over."""
    for attachment in islice(reader.attachment_list, _MAX_ATTACHMENTS):
        try:
            content = attachment.content
            if content.lstrip(b" \t\r\n")[:1] == b"{":
                yield _of_document(content, "attachment")
        except (Error, pypdf.errors.PyPdfError):
            continue


def _pictures(pages: list[pypdf.PageObject]) -> Iterator[Image.Image]:
    """Yield the pictures of the pages; too large and damaged ones are passed over."""
    n = 0
    for page in pages:
        for name in page.images.keys():  # noqa: SIM118 - a sequence that also has keys
            n += 1
            if n > _MAX_PICTURES:
                return
            with suppress(Exception):  # a part that cannot be read is passed over
                picture = page.images[name].image
                if picture is not None and picture.width * picture.height <= MAX_PIXELS:
                    yield picture


def _annotations(page: pypdf.PageObject) -> Iterator[str]:
    for annotation in islice(page.annotations or (), 200):
        with suppress(Exception):  # a part that cannot be read is passed over
            link = annotation.get_object()["/A"]["/URI"]
            if isinstance(link, str):
                yield link


@contextmanager
def _readable(kind: str) -> Iterator[None]:
    """Turn whatever a library raises for a hostile file into one error; our own errors pass."""
    try:
        yield
    except Error:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FileTooLargeError(f"A picture may have {MAX_PIXELS} pixels.", maximum=MAX_PIXELS) from error
    except Exception as error:
        # Parsers of pictures and PDF raise almost anything on damaged input, and the file is to blame for all of it.
        raise FileUnreadableError(
            f"The {kind} cannot be read ({type(error).__name__}).", kind=kind, reason=type(error).__name__
        ) from error
