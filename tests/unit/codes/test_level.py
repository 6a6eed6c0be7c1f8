from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.codes.level import LEVELS, level_of, rung


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3", "3"),
        ("3级", "3"),
        ("３级", "3"),
        ("3.0", "3"),
        ("三级/高级工", "3"),
        ("三级／高级工", "3"),
        ("高级工/三级", "3"),
        ("高级工（三级）", "3"),
        ("三级 高级工", "3"),
        ("高级工", "3"),
        ("三级", "3"),
        ("叁级", "3"),
        ("国家职业资格三级", "3"),
        ("职业技能等级三级", "3"),
        ("技能等级3", "3"),
        ("level 3", "3"),
        ("Level III", "3"),
        ("Ⅲ", "3"),
        ("level 3, senior worker", "3"),
        ("技师", "2"),
        ("二级/技师", "2"),
        ("高级技师", "1"),
        ("一级/高级技师", "1"),
        ("初级工", "5"),
        ("五级", "5"),
        ("中级工", "4"),
        ("特级技师", "T"),
        ("首席技师", "C"),
        ("学徒工", "0"),
        ("0", "0"),
        ("无", ""),
        ("none", ""),
    ],
)
def test_the_ways_a_level_is_written_come_to_one_code(text, code):
    assert level_of(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "6",
        "6级",
        "11",
        "33",
        "12",
        "3.5",
        "3月",
        "初级",
        "中级",
        "高级",
        "三级/技师",
        "二级/高级工",
        "3-5",
        "三四级",
        "三级教师",
        "员级",
        "professor",
        "level",
        "级",
        "１１",
        "高级工高级技师",
    ],
)
def test_what_is_unknown_ambiguous_or_contradictory_is_nothing(text):
    assert level_of(text) is None


def test_the_ladder_rises_from_apprentice_to_chief_technician():
    assert sorted(LEVELS, key=rung) == ["0", "5", "4", "3", "2", "1", "T", "C"]


@pytest.mark.parametrize("code", LEVELS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_name_of_a_level_is_read_back_as_that_level(code, language):
    assert level_of(LEVELS[code].name[language]) == code


@given(st.text(max_size=100))
@settings(deadline=None)
def test_any_text_is_a_known_level_or_nothing(text):
    assert level_of(text) in {*LEVELS, "", None}
