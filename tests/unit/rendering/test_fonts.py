"""What can be printed: our reading of the font files against fontTools', and the fonts against their list of sources."""

from __future__ import annotations

import contextlib
import hashlib
import re
import unicodedata

import pytest
from fontTools.ttLib import TTCollection, TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.credentials.rendering import fonts
from guildhall.credentials.rendering.fonts import GlyphMissingError, font_set
from tests.unit.rendering.made import built

FILES = sorted(fonts.VENDORED.rglob("*.ttf"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_character_and_width_is_read_as_fonttools_reads_it(path):
    font = TTFont(path)
    units, metrics = font["head"].unitsPerEm, font["hmtx"]
    theirs = {
        chr(point): metrics[glyph][0] / units
        for point, glyph in font.getBestCmap().items()
        if unicodedata.category(chr(point)) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    }
    assert fonts._advances(path) == theirs


def test_a_table_of_format_4_alone_is_read_as_well(tmp_path):
    points = {0x20: 250, 0x41: 600, 0x42: 610, 0x43: 620, 0x4E00: 1000, 0x4E02: 990, 0xFF0C: 1000}
    path = built(tmp_path / "bmp.ttf", points)
    assert {table.format for table in TTFont(path)["cmap"].tables} == {4}
    assert fonts._advances(path) == {chr(point): advance / 1000 for point, advance in points.items()}


def test_a_collection_is_read_whole(tmp_path):
    first = TTFont(built(tmp_path / "a.ttf", {0x20BB7: 1000}))
    second = TTFont(built(tmp_path / "b.ttf", {0x41: 500}, units=2048))
    collection = TTCollection()
    collection.fonts = [first, second]
    collection.save(tmp_path / "both.ttc")
    assert fonts._advances(tmp_path / "both.ttc") == {"𠮷": 1.0, "A": 500 / 2048}


@pytest.mark.parametrize("content", [b"", b"not a font", b"\x00\x01\x00\x00\xff\xff" + b"\x00" * 8])
def test_a_file_that_is_no_font_is_named(tmp_path, content):
    path = tmp_path / "broken.ttf"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="broken"):
        fonts._advances(path)


def test_both_weights_show_the_same_characters():
    type_ = font_set()
    assert type_.regular.keys() == type_.bold.keys()
    assert len(type_.regular) > 30_000


@pytest.mark.parametrize(
    "text",
    [
        "阿卜杜热合曼·买买提伊明",
        "䶮㛃㑇㖊",
        "𬭚𫖯𣲗𬬭",
        "Łukasz Đorđević",
        "Ngô Thị Ánh",
        "Ольга",
        "Γιώργος",
        "O’Neill–Smith",
    ],
)
def test_names_of_many_peoples_can_be_printed(text):
    assert font_set().missing(text) == []


def test_missing_characters_come_once_and_in_order():
    assert font_set().missing("王𠮷😀明𠮷ئ") == ["𠮷", "😀", "ئ"]


@pytest.mark.parametrize("character", ["\n", "\t", "\x00", "\u200b", "\u202e", "\u2028", "\ue000", "\ud842", "\ufeff"])
def test_what_has_no_shape_counts_as_missing(character):
    assert font_set().missing(f"王{character}") == [character]


def test_a_refusal_names_field_characters_and_code_points():
    with pytest.raises(GlyphMissingError) as refusal:
        font_set().refuse_missing([("site", "临港"), ("holder_name", "𠮷田\u202e")])
    assert refusal.value.as_json()["code"] == "glyph_missing"
    assert refusal.value.params == {
        "field": "holder_name",
        "characters": ["𠮷", "\ufffd"],
        "code_points": ["U+20BB7", "U+202E"],
    }


def test_further_fonts_add_characters_and_change_none(tmp_path):
    plain, more = font_set(), font_set((built(tmp_path / "rare.ttf", {0x20BB7: 1000, 0x41: 10}),))
    assert more.regular.keys() - plain.regular.keys() == {"𠮷"}
    assert more.bold["𠮷"] == 1.0
    assert more.regular["A"] == plain.regular["A"]


def test_the_fonts_are_those_of_the_list_of_sources():
    listed = dict(
        re.findall(r"`(fonts/[^`]+)` \| `([0-9a-f]{64})`", (fonts.VENDORED.parent / "SOURCES.md").read_text("utf-8"))
    )
    found = {
        path.relative_to(fonts.VENDORED.parent).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in fonts.VENDORED.rglob("*")
        if path.is_file()
    }
    assert found == listed


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=600), st.integers(0, 4000))
def test_damaged_fonts_end_in_a_plain_error(tmp_path_factory, noise, at):
    whole = (fonts.VENDORED / fonts._REGULAR[0]).read_bytes()[:20_000]
    path = tmp_path_factory.mktemp("fonts") / "damaged.ttf"
    path.write_bytes(whole[:at] + noise + whole[at + len(noise) :])
    with contextlib.suppress(ValueError):
        fonts._advances(path)
