from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.results import gb18030
from tests.unit.results.sheets import codes, csv_bytes, good, parse

# Double-byte code and character as the 2022 edition pairs them (L2/23-003R; WHATWG index gb18030 of 2024-09-18).
EDITION_2022 = {
    "a6d9": 0xFE10,
    "a6da": 0xFE12,
    "a6db": 0xFE11,
    "a6dc": 0xFE13,
    "a6dd": 0xFE14,
    "a6de": 0xFE15,
    "a6df": 0xFE16,
    "a6ec": 0xFE17,
    "a6ed": 0xFE18,
    "a6f3": 0xFE19,
    "a8bc": 0x1E3F,
    "fe59": 0x9FB4,
    "fe61": 0x9FB5,
    "fe66": 0x9FB6,
    "fe67": 0x9FB7,
    "fe6d": 0x9FB8,
    "fe7e": 0x9FB9,
    "fe90": 0x9FBA,
    "fea0": 0x9FBB,
}
STILL_PRIVATE = {"fe51": 0x20087, "fe52": 0x20089, "fe53": 0x200CC, "fe6c": 0x215D7, "fe76": 0x2298F, "fe91": 0x241FE}
EVERYTHING = st.text(st.characters(exclude_categories=["Cs", "Co"]), max_size=40)


@pytest.mark.parametrize(("code", "point"), EDITION_2022.items())
def test_the_moved_codes_are_read_and_written_as_the_edition_of_2022_pairs_them(code, point):
    assert gb18030.decode(bytes.fromhex(code)) == chr(point)
    assert gb18030.encode(chr(point)) == bytes.fromhex(code)


@pytest.mark.parametrize(("code", "point"), STILL_PRIVATE.items())
def test_six_ideographs_are_read_from_their_double_byte_codes_too(code, point):
    assert gb18030.decode(bytes.fromhex(code)) == chr(point)


def test_the_four_byte_codes_of_older_editions_are_still_read():
    assert gb18030.decode(bytes.fromhex("82359037")) == chr(0x9FB4)


@given(EVERYTHING)
@settings(deadline=None, max_examples=300)
def test_all_text_comes_back_as_it_was_written(text):
    assert gb18030.decode(gb18030.encode(text)) == text


@pytest.mark.parametrize("character", ["䶮", "㛃", "𬴂", "𫖯", "𬍛", "𪩘", "龻", "龴", "\U000323af", "\U0002ebf0"])
def test_a_rare_character_in_a_name_survives_a_gb18030_file(character):
    rows = [good(姓名="王" + character)]
    encoded = gb18030.encode(csv_bytes(rows).decode("utf-8-sig"))
    parsed = parse(encoded)
    assert parsed.encoding == "gb18030"
    assert parsed.rows[0].name == "王" + character
    assert not parsed.problems


def test_a_user_defined_character_is_refused_with_its_code_point():
    encoded = csv_bytes([good(姓名="王\ue000")], encoding="gb18030")
    parsed = parse(encoded)
    assert codes(parsed) == [(2, "text_private_character")]
    assert parsed.problems[0].params == {"character": "U+E000"}


def test_a_private_character_in_a_unicode_file_is_not_taken_for_the_moved_one():
    # U+E81E is 龴 in old GB files, but something else in other private-use collections.
    assert codes(parse(csv_bytes([good(姓名="王\ue81e")]))) == [(2, "text_private_character")]
