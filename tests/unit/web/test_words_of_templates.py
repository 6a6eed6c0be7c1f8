"""Filters: days, figures, numbers, names."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from guildhall.web import drawing
from guildhall.web.templatetags import guildhall as filters


@pytest.mark.parametrize(("language", "written"), [("zh-hans", "2026 年 11 月 6 日"), ("en", "6 November 2026")])
def test_a_day_is_written_as_one_says_it(language: str, written: str):
    with translation.override(language):
        assert filters.day(date(2026, 11, 6)) == written
        assert filters.day("2026-11-06") == written


def test_a_moment_is_told_in_the_time_of_china():
    late = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    with translation.override("en"):
        assert filters.moment(late) == "22 November 2026, 06:30 (UTC+8)"
    with translation.override("zh-hans"):
        assert filters.moment(late.isoformat()) == "2026-11-22 06:30（北京时间）"
    assert filters.iso(late) == "2026-11-22"


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_written_as_nothing(nothing):
    assert filters.day(nothing) == filters.moment(nothing) == filters.iso(nothing) == filters.stamp(nothing) == ""


def test_a_number_is_shown_in_the_groups_of_its_layout_and_copies_without_gaps():
    shown = filters.groups("S000111000001263000001")
    assert shown == (
        '<span class="number"><i>S</i><i>0001</i><i>11</i><i>000001</i><i>26</i><i>3</i><i>000001</i></span>'
    )


@given(st.text(max_size=60))
def test_no_number_loses_a_character_or_brings_markup(text: str):
    shown = str(filters.groups(text))
    bare = shown.removeprefix('<span class="number">').removesuffix("</span>").replace("<i>", "").replace("</i>", "")
    assert "<" not in bare
    from html import unescape

    assert unescape(bare) == text


def test_a_name_breaks_after_its_middle_dot_only():
    assert filters.holder("阿卜杜热合曼·买买提伊明") == (
        '<span class="keep">阿卜杜热合曼·</span><wbr><span class="keep">买买提伊明</span>'
    )
    assert filters.holder("王小明") == "王小明"
    assert filters.holder("<b>·x") == '<span class="keep">&lt;b&gt;·</span><wbr><span class="keep">x</span>'


def test_a_language_map_is_read_in_the_language_of_the_page():
    name = {"zh": "电工", "en": "Electrician"}
    with translation.override("en"):
        assert filters.text(name) == "Electrician"
        assert filters.other_text(name) == "电工"
        assert filters.text({"zh": "电工"}) == "电工"
    with translation.override("zh-hans"):
        assert filters.text(name) == "电工"


def test_a_picture_escapes_its_words_and_keeps_its_scale():
    drawn = drawing.bars([drawing.Bar("<b>", 1, "1"), drawing.Bar("half", 0.5, "½")], title='"x"')
    assert "&lt;b&gt;" in drawn
    assert "<b>" not in drawn
    assert 'width="630"' in drawn
    assert 'width="315"' in drawn


def test_pictures_of_nothing_do_not_divide_by_it():
    assert "<svg" in drawing.bars([], title="none")
    assert "<svg" in drawing.columns([drawing.Bar("Jan", 0, "0")], title="none")
