"""From files to what can be checked in them, and hostile files to plain errors."""

from __future__ import annotations

import base64
import json
import struct
import tracemalloc
import zlib
from dataclasses import replace
from functools import cache
from io import BytesIO

import pypdf
import pytest
import segno
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from guildhall.core.canonical.strict_json import DuplicateKeyError, MalformedJsonError
from guildhall.core.errors import Error, TooLargeError
from guildhall.credentials.rendering import extract, qr
from guildhall.credentials.rendering.extract import (
    FileKindUnknownError,
    FileTooLargeError,
    FileUnreadableError,
    Found,
    NoCodeFoundError,
    NothingToCheckError,
    SeveralFoundError,
    read,
)
from guildhall.credentials.rendering.pdf import certificate_pdf, certificate_png, certificates_pdf
from tests.unit.rendering.made import BUNDLE, FACE

URL = FACE.check_url
CREDENTIAL = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
}


@cache
def certificate(*, with_bundle: bool) -> bytes:
    return certificate_pdf(FACE, language="zh", bundle=BUNDLE if with_bundle else None)


@cache
def picture() -> bytes:
    return certificate_png(FACE, language="zh", width=1400)


def saved(image: Image.Image, form: str, **how) -> bytes:
    out = BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def image_of(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content)).convert("RGB")


def code(text: str) -> Image.Image:
    return Image.open(BytesIO(qr.png(text))).convert("RGB")


def rewritten(content: bytes, change) -> bytes:
    writer = pypdf.PdfWriter(clone_from=BytesIO(content))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


# Documents


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"type": "GuildhallBundle", "version": 1}, "bundle"),
        (CREDENTIAL, "credential"),
        ({"type": "VerifiableCredential"}, "credential"),
        ({"type": ["VerifiableCredential", "VerificationReceipt"]}, "receipt"),
        ({"type": ["VerifiablePresentation"]}, "presentation"),
        ({"type": "EnvelopedVerifiableCredential"}, "credential"),
    ],
)
def test_a_json_file_is_told_by_its_type_and_handed_on_unchanged(value, kind):
    content = b"\n " + json.dumps(value, ensure_ascii=False, indent=3).encode() + b"\r\n"
    assert read(content) == Found(kind, "file", document=content)


def test_a_compact_token_is_told_from_text():
    token = ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"EdDSA"}', b"{}", b"s" * 64)
    )
    assert read(f" {token}\n".encode()) == Found("token", "file", document=token.encode())


@pytest.mark.parametrize(
    "content",
    [b"[]", b"{}", b'{"type":"Person"}', b'{"type":7}', b'{"type":[1,null]}', b'{"type":{"a":"VerifiableCredential"}}'],
)
def test_json_of_another_kind_is_nothing_to_check(content):
    with pytest.raises(NothingToCheckError):
        read(content)


def test_damaged_json_keeps_the_error_of_the_strict_reader():
    for content, error in ((b'{"type":', MalformedJsonError), (b'{"type":"a","type":"b"}', DuplicateKeyError)):
        with pytest.raises(error):
            read(content)
    with pytest.raises(TooLargeError):
        read(b'{"type":"GuildhallBundle","x":"' + b"x" * (1 << 20) + b'"}')


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"GIF89a" + b"\x00" * 40, b"PK\x03\x04", "\ufeff{}".encode(), b"\x00" * 100]
)
def test_other_files_are_named_unknown(content):
    with pytest.raises(FileKindUnknownError) as refusal:
        read(content, media_type_hint="image/gif")
    assert refusal.value.as_json()["code"] == "file_kind_unknown"
    assert refusal.value.params == {"media_type": "image/gif"}


def test_a_file_beyond_the_bound_is_not_looked_at():
    with pytest.raises(FileTooLargeError) as refusal:
        read(b"%PDF-1.7" + b"\x00" * extract.MAX_FILE)
    assert refusal.value.code == "document_too_large"


# PDF


def test_our_own_pdf_gives_its_bundle_back_byte_for_byte():
    assert read(certificate(with_bundle=True)) == Found("bundle", "attachment", document=BUNDLE)


def test_a_pdf_without_a_bundle_gives_the_link_of_its_code():
    assert read(certificate(with_bundle=False)) == Found("link", "annotation", url=URL)


def test_a_file_of_several_certificates_is_refused_as_such():
    made = certificates_pdf([FACE, FACE], language="zh", bundles=[BUNDLE, BUNDLE])
    with pytest.raises(SeveralFoundError) as refusal:
        read(made)
    assert refusal.value.code == "several_certificates"


def test_other_attachments_are_passed_over():
    def add(writer):
        writer.add_attachment("notes.txt", b"{ not json")
        writer.add_attachment("other.json", b'{"type":"Invoice"}')
        writer.add_attachment("empty", b"")

    assert read(rewritten(certificate(with_bundle=True), add)).document == BUNDLE


def test_a_bundle_that_somebody_else_attached_is_found():
    def add(writer):
        writer.add_attachment("anything.bin", BUNDLE)

    assert read(rewritten(certificate(with_bundle=False), add)) == Found("bundle", "attachment", document=BUNDLE)


@pytest.mark.parametrize("form", [{}, {"quality": 60}])
def test_a_scanned_certificate_in_a_pdf_is_read_by_its_code(form):
    scan = saved(image_of(picture()).rotate(3, expand=True, fillcolor="#ddd"), "PDF", **form)
    assert read(scan) == Found("link", "code", url=URL)


def test_an_empty_pdf_has_no_code():
    with pytest.raises(NoCodeFoundError) as refusal:
        read(saved(Image.new("RGB", (200, 100), "white"), "PDF"))
    assert refusal.value.code == "no_qr_found"


def test_an_encrypted_pdf_is_unreadable():
    def lock(writer):
        writer.encrypt("secret", algorithm="AES-256")

    with pytest.raises(FileUnreadableError) as refusal:
        read(rewritten(certificate(with_bundle=True), lock))
    assert refusal.value.code == "file_damaged"
    assert refusal.value.params["kind"] == "pdf"


def test_a_pdf_that_only_forbids_changes_is_read():
    def lock(writer):
        writer.encrypt("", owner_password="secret", algorithm="AES-256")

    assert read(rewritten(certificate(with_bundle=True), lock)).document == BUNDLE


def bomb(n_bytes: int) -> bytes:
    squeezer = zlib.compressobj(9)
    return b"".join(
        [
            squeezer.compress(b'{"type":"GuildhallBundle","x":"'),
            *(squeezer.compress(b"0" * (1 << 20)) for _ in range(n_bytes >> 20)),
            squeezer.flush(),
        ]
    )


def test_an_attachment_that_swells_is_left_in_its_bounds():
    def swell(writer):
        entry = writer.add_attachment("bomb.json", b"{}")
        stream = DecodedStreamObject()
        stream.set_data(bomb(64 << 20))
        stream[NameObject("/Filter")] = NameObject("/FlateDecode")
        entry.pdf_object[NameObject("/EF")] = DictionaryObject({NameObject("/F"): writer._add_object(stream)})

    content = rewritten(certificate(with_bundle=False), swell)
    assert len(content) < 1 << 20
    tracemalloc.start()
    found = read(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.kind == "link"
    assert peak < 100 << 20


# Pictures


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("turn", [0, 90, 180, 17])
def test_a_photograph_is_read_by_its_code_however_it_is_held(form, turn):
    image = image_of(picture()).rotate(turn, expand=True, fillcolor="#bbb")
    assert read(saved(image, form)) == Found("link", "code", url=URL)


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "I;16", "YCbCr"])
def test_every_kind_of_colour_is_read(mode):
    image = (
        code(URL).convert("L").convert(mode) if mode != "I;16" else code(URL).convert("L").convert("I").convert("I;16")
    )
    form = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    assert read(saved(image, form)).url == URL


def test_what_is_transparent_counts_as_paper():
    modules = code(URL).convert("L")
    clear = Image.new("RGBA", modules.size, (0, 0, 0, 0))
    clear.putalpha(modules.point(lambda grey: 255 - grey))
    assert read(saved(clear, "PNG")).url == URL


def test_a_code_made_by_others_is_read_as_well():
    out = BytesIO()
    segno.make("HTTPS://GUILDHALL.EXAMPLE/Q/AB12", error="h").save(out, kind="png", scale=6)
    assert read(out.getvalue()).url == "HTTPS://GUILDHALL.EXAMPLE/Q/AB12"


def test_a_document_inside_a_code_is_taken_as_a_document():
    text = json.dumps({"type": ["VerifiableCredential"], "name": "合"}, ensure_ascii=False)
    assert read(qr.png(text)) == Found("credential", "code", document=text.encode())


def side_by_side(*texts: str) -> bytes:
    codes = [code(text) for text in texts]
    sheet = Image.new("RGB", (sum(one.width for one in codes), max(one.height for one in codes)), "white")
    x = 0
    for one in codes:
        sheet.paste(one, (x, 0))
        x += one.width
    return saved(sheet, "PNG")


def test_among_several_codes_ours_is_chosen():
    content = side_by_side("https://elsewhere.example/1", URL, "WIFI:S:x;;")
    assert read(content, is_ours=lambda url: url.startswith("https://guildhall.example/")).url == URL
    assert read(content, is_ours=lambda _: False).url in ("https://elsewhere.example/1", URL)


@pytest.mark.parametrize(
    "text",
    [
        "WIFI:S:net;T:WPA;P:x;;",
        "javascript:alert(1)",
        "just words",
        "https://",
        "ftp://a.example/",
        "https://a.example/ b",
    ],
)
def test_a_code_that_is_no_link_is_nothing_to_check(text):
    with pytest.raises(NothingToCheckError):
        read(qr.png(text))


def test_a_picture_without_a_code_says_so():
    with pytest.raises(NoCodeFoundError):
        read(saved(Image.linear_gradient("L"), "PNG"))


def png_of_size(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\x00" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(9_000, 8_000), (10_000, 10_000), (60_000, 60_000)])
def test_a_picture_beyond_the_bound_is_refused_by_its_head(size):
    with pytest.raises(FileTooLargeError) as refusal:
        read(png_of_size(*size))
    assert refusal.value.params["maximum"] == extract.MAX_PIXELS


def test_a_large_photograph_is_read_at_a_smaller_scale():
    image = Image.new("RGB", (5000, 4000), "#eee")
    image.paste(code(URL).resize((900, 900)), (1200, 800))
    assert read(saved(image, "JPEG", quality=70)).url == URL


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_ends_early_is_unreadable(form):
    content = saved(image_of(picture()), form)
    for n in (12, 40, len(content) // 2):
        with pytest.raises(FileUnreadableError) as refusal:
            read(content[:n])
        assert refusal.value.params["kind"] == "picture"


# Whatever comes


def ends_well(content: bytes) -> None:
    try:
        found = read(content)
    except Error:
        return
    assert (found.document is None) == (found.kind == "link") == (found.url is not None)


STARTS = (
    b"",
    b"%PDF-1.7\n",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",
    b"RIFF\x20\x00\x00\x00WEBPVP8 ",
    b"{",
    b"eyJhbGciOiJ",
    b"%PDF-1.4\n1 0 obj\n<<",
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_random_bytes_end_in_a_value_or_a_coded_error(start, rest):
    ends_well(start + rest)


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from([k for k, _ in extract._KINDS]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["type", "a", "@context"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_any_json_ends_in_a_value_or_a_coded_error(value):
    ends_well(json.dumps(value).encode())


CUTS = st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=40), st.integers(0, 60)), min_size=1, max_size=8)


def damaged(content: bytes, cuts) -> bytes:
    for where, put, take in cuts:
        at = int(where * len(content))
        content = content[:at] + put + content[at + take :]
    return content


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CUTS)
def test_a_damaged_pdf_ends_in_a_value_or_a_coded_error(cuts):
    ends_well(damaged(certificate(with_bundle=True), cuts))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CUTS, st.sampled_from(["PNG", "JPEG", "WEBP"]))
def test_a_damaged_picture_ends_in_a_value_or_a_coded_error(cuts, form):
    ends_well(damaged(small_picture(form), cuts))


@cache
def small_picture(form: str) -> bytes:
    return saved(code(URL), form)


WORDS = st.sampled_from(
    [
        b"/Kids",
        b"/Names",
        b"/EF",
        b"/F",
        b"/Length",
        b"/Filter",
        b"/Type",
        b"/Root",
        b"0 R",
        b"<<",
        b">>",
        b"[",
        b"]",
        b"99999999999",
        b"-1",
        b"null",
        b"stream\n",
        b"endstream",
        b"(",
        b"xref",
        b"/Pages",
        b"/Parent",
    ]
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.floats(0, 1), WORDS, st.integers(0, 12)), min_size=1, max_size=12))
def test_a_pdf_with_its_structure_shuffled_ends_in_a_value_or_a_coded_error(cuts):
    ends_well(damaged(plain_pdf(), cuts))


@cache
def plain_pdf() -> bytes:
    """A small PDF in clear text, with attachment, link and picture, so that damage meets structure."""
    writer = pypdf.PdfWriter(clone_from=BytesIO(saved(code(URL).resize((120, 120)), "PDF")))
    writer.add_attachment("a.bundle.json", BUNDLE)
    writer.add_uri(0, URL, pypdf.generic.RectangleObject((0, 0, 9, 9)))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_the_small_pdf_itself_gives_its_bundle():
    assert read(plain_pdf()).document == BUNDLE


def test_a_certificate_with_another_link_in_its_face_gives_that_link():
    face = replace(FACE, check_url="https://other.example/q/7")
    assert read(certificate_png(face, language="en", width=1200)).url == "https://other.example/q/7"
