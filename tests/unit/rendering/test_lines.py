"""Lines and sizes, held to their word by brute force over a font whose widths are easy."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.credentials.rendering.fonts import font_set
from guildhall.credentials.rendering.lines import POINTS, Place, TextDoesNotFitError, fit, fit_all, width

WIDE = font_set().bold
# 100 em of 10 pt across, three lines high.
PLACE = Place("statement", 1000 / POINTS, 36 / POINTS, (10,), leading=0.25)
NAME = Place("holder_name", 226, 36, (48, 44, 40, 36, 32, 28, 24, 20, 17, 14, 12, 10, 8), leading=0.2, is_name=True)


def widths(setting) -> list[float]:
    return [width(line, WIDE) * setting.size / POINTS for line in setting.lines]


def test_a_short_text_stays_on_one_line_in_the_largest_size():
    assert fit(["王芳"], NAME, WIDE).lines == ("王芳",)
    assert fit(["王芳"], NAME, WIDE).size == 48


def test_nothing_takes_no_room():
    setting = fit(["", "  "], NAME, WIDE)
    assert setting.lines == ()
    assert setting.height == 0


def test_a_chinese_name_breaks_after_the_dot_between_its_parts():
    setting = fit(["阿卜杜热合曼·买买提伊明·吐尔逊·阿不力孜"], NAME, WIDE)
    assert len(setting.lines) == 2
    assert setting.lines[0].endswith("·")
    assert all(part in "".join(setting.lines) for part in ("阿卜杜热合曼", "买买提伊明", "吐尔逊", "阿不力孜"))
    for part in ("阿卜杜热合曼", "买买提伊明", "吐尔逊", "阿不力孜"):
        assert any(part in line for line in setting.lines), part


def test_a_latin_name_breaks_at_its_spaces_and_not_within_a_word():
    setting = fit(["Wolfeschlegelsteinhausenbergerdorff Hubert Blaine Adolph Charles"], NAME, WIDE)
    assert len(setting.lines) > 1
    assert " ".join(setting.lines) == "Wolfeschlegelsteinhausenbergerdorff Hubert Blaine Adolph Charles"


def test_where_one_line_is_better_than_larger_type_the_text_is_not_broken():
    text = "申江电力装备集团技能评价中心"
    narrow = Place("issuer_name", 64, 14.5, (13.5, 12.5, 11.5), bold=True)
    assert len(fit([text], narrow, WIDE).lines) == 2
    one_line = Place("issuer_name", 64, 14.5, (13.5, 12.5, 11.5), bold=True, one_line_from=11)
    assert fit([text], one_line, WIDE).lines == (text,)


def test_lines_of_one_text_come_out_about_equally_long():
    text = "has passed the prescribed assessment and meets the requirements of the occupational standard Electrician"
    setting = fit([text], Place("statement", 190, 23, (13,), leading=0.4), WIDE)
    first, second = widths(setting)
    assert abs(first - second) < 25  # millimetres: a long word


def test_no_line_begins_with_what_closes_or_ends_with_what_opens():
    text = "（甲）《乙》“丙”，丁。戊、己；庚：辛！壬？癸…子—丑·寅）卯》" * 6
    for n in range(20, 60):
        place = Place("remark", n * 10 / POINTS, 1000, (10,))
        for line in fit([text], place, WIDE).lines:
            assert line[0] not in "，。、；：？！）》”…—·", line
            assert line[-1] not in "（《“", line


def test_a_run_without_any_break_is_broken_before_it_leaves_its_place():
    setting = fit(["x" * 500], NAME, WIDE)
    assert "".join(setting.lines) == "x" * 500
    assert all(found <= 226 for found in widths(setting))


def test_an_accent_stays_with_its_letter():
    text = "e\u0301" * 300
    setting = fit([text], NAME, WIDE)
    assert "".join(setting.lines) == text
    assert all(line.startswith("e") for line in setting.lines)


def test_what_does_not_fit_in_the_smallest_size_is_refused_by_name():
    with pytest.raises(TextDoesNotFitError) as refusal:
        fit(["名" * 2000], NAME, WIDE)
    assert refusal.value.as_json() == {
        "code": "text_does_not_fit",
        "detail": "The text of holder_name does not fit its place on the certificate.",
        "params": {"field": "holder_name", "n_characters": 2000},
    }


def test_several_items_share_the_size_of_the_longest():
    place = Place("ladder", 18, 9, (8, 7, 6, 5), bold=True)
    settings_ = fit_all([["五级", "初级工"], ["一级", "高级技师高级技师高级"]], place, WIDE)
    assert {setting.size for setting in settings_} == {min(setting.size for setting in settings_)}
    assert settings_[0].lines == ("五级", "初级工")
    assert fit_all([], place, WIDE) == []


LETTERS = st.sampled_from("王芳阿卜·、，（）《》 -aeiouWM1.'éßЖ\u0301\u3000")
TEXTS = st.lists(st.text(LETTERS, max_size=120), max_size=3)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.booleans(), st.integers(20, 240), st.integers(4, 60), st.sampled_from([1000, 20]))
def test_whatever_is_set_is_whole_and_inside(texts, is_name, across, down, one_line_from):
    place = Place("field", across, down, (30, 20, 12, 8), one_line_from=one_line_from, is_name=is_name)
    try:
        setting = fit(texts, place, WIDE)
    except TextDoesNotFitError:
        smallest = min(place.sizes)
        given_ = [text for text in texts if text.strip()]
        most = (down * POINTS / smallest + 0.25) // 1.25
        area = sum(width(text, WIDE) for text in given_) * smallest / POINTS / across
        # A refusal needs a reason: too few lines for the paragraphs, or lines that cannot be full to the brim.
        assert len(given_) > most or area > 0.3 * most
        return
    assert setting.height <= down + 1e-6
    assert all(found <= across for found in widths(setting))
    assert "".join("".join(setting.lines).split()) == "".join("".join(texts).split())
