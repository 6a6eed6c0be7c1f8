"""Our QR codes against segno (an independent maker) and zxing's reader."""

from __future__ import annotations

from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from guildhall.core.errors import Error, MalformedError
from guildhall.credentials.rendering import qr

URL = "https://guildhall.example/q/0198f2c47b1e8d6a9c3f5a1b2c3d4e5f"
TEXTS = (
    URL,
    "HTTPS://GUILDHALL.EXAMPLE/Q/12",
    "0123456789",
    "合",
    "阿卜杜热合曼·买买提伊明 𠮷",
    "x" * qr.MAX_BYTES,
    "~",
)


def picture(rows: list[list[bool]], quiet: int = 4, scale: int = 5) -> Image.Image:
    side = len(rows) + 2 * quiet
    image = Image.new("L", (side, side), 255)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            image.putpixel((x + quiet, y + quiet), 0 if dark else 255)
    return image.resize((side * scale, side * scale), Image.Resampling.NEAREST)


def read(image: Image.Image) -> list[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(image.convert("L"), text_mode=zxingcpp.TextMode.Plain)


@pytest.mark.parametrize("text", TEXTS)
def test_a_code_says_what_segnos_code_of_the_same_text_says(text):
    ours, theirs = read(picture(qr.matrix(text))), read(Image.open(BytesIO(segno_png(text))))
    assert [code.text for code in ours] == [code.text for code in theirs] == [text]


def segno_png(text: str) -> bytes:
    out = BytesIO()
    segno.make(text, error="m", boost_error=False, micro=False, encoding="utf-8").save(out, kind="png", scale=5)
    return out.getvalue()


@pytest.mark.parametrize("text", [URL, "合", "x" * 700])
def test_a_code_is_no_larger_than_segnos(text):
    theirs = segno.make(text, error="m", boost_error=False, micro=False, encoding="utf-8")
    assert len(qr.matrix(text)) <= theirs.symbol_size(border=0)[0]


def test_a_code_is_square_and_has_its_three_finders():
    rows = qr.matrix(URL)
    side = len(rows)
    assert {len(row) for row in rows} == {side}
    assert (side - 21) % 4 == 0
    for y, x in ((0, 0), (0, side - 7), (side - 7, 0)):
        assert all(rows[y][x : x + 7])
        assert rows[y + 1][x : x + 7] == [True, False, False, False, False, False, True]


def test_a_code_survives_the_loss_that_its_correction_level_promises():
    rows = qr.matrix(URL, correction="H")
    middle = len(rows) // 2
    for y in range(middle - 4, middle + 5):
        for x in range(middle - 4, middle + 5):
            rows[y][x] = True
    assert [code.text for code in read(picture(rows))] == [URL]


def test_the_png_reads_back_and_has_its_quiet_zone():
    image = Image.open(BytesIO(qr.png(URL, module=3)))
    assert [code.text for code in read(image)] == [URL]
    assert image.width == image.height == 3 * (len(qr.matrix(URL)) + 8)
    assert image.convert("L").crop((0, 0, image.width, 12)).getextrema() == (255, 255)


def test_the_svg_draws_exactly_the_modules():
    drawing = ET.fromstring(qr.svg(URL, quiet=2))
    rows = qr.matrix(URL)
    side = len(rows) + 4
    assert drawing.get("viewBox") == f"0 0 {side} {side}"
    (path,) = drawing.findall("{http://www.w3.org/2000/svg}path")
    drawn = [[False] * side for _ in range(side)]
    for bar in path.get("d").split("M")[1:]:
        place, rest = bar.split("h", 1)
        x, y = map(int, place.split())
        width = int(rest.split("v")[0])
        assert rest == f"{width}v1h-{width}z"
        for i in range(width):
            drawn[y][x + i] = True
    assert [row[2:-2] for row in drawn[2:-2]] == rows


def test_the_svg_has_a_name_for_those_who_hear_it_and_none_without():
    titled = ET.fromstring(qr.svg(URL, title='核验 <b> & "x"'))
    assert titled.find("{http://www.w3.org/2000/svg}title").text == '核验 <b> & "x"'
    assert titled.get("role") == "img"
    untitled = ET.fromstring(qr.svg(URL))
    assert untitled.get("aria-hidden") == "true"
    assert untitled.find("{http://www.w3.org/2000/svg}title") is None


@pytest.mark.parametrize("text", ["", "x" * (qr.MAX_BYTES + 1), "合" * 401])
def test_too_much_and_nothing_are_refused_by_code(text):
    for make in (qr.matrix, qr.svg, qr.png):
        with pytest.raises(qr.QrTooLongError) as refusal:
            make(text)
        assert refusal.value.code == "qr_too_long"


def test_half_a_character_is_refused():
    with pytest.raises(MalformedError):
        qr.matrix("\ud842")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_reads_back_or_is_refused(text):
    try:
        rows = qr.matrix(text)
    except Error:
        assert not text or any("\ud800" <= c <= "\udfff" for c in text)
        return
    assert [code.text for code in read(picture(rows))] == [text]
