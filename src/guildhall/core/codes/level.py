"""Levels of the skill ladder: the many ways they are written, brought to one code.

Numbers fall as skill rises, so levels are compared by :func:`rung`, never by digit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the ladder.

    Shape:  ``code`` as in certificate numbers where they have one; ``rung`` rises with skill, from 0.
    Source: 关于健全完善新时代技能人才职业技能等级制度的意见 (人社部发〔2022〕14号): eight levels.
    """

    code: str
    rung: int
    name: Mapping[str, str]


LEVELS: Mapping[str, Level] = {
    code: Level(code, step, {"zh": zh, "en": en})
    for step, (code, zh, en) in enumerate(
        (
            ("0", "学徒工", "apprentice"),
            ("5", "五级/初级工", "level 5, junior worker"),
            ("4", "四级/中级工", "level 4, intermediate worker"),
            ("3", "三级/高级工", "level 3, senior worker"),
            ("2", "二级/技师", "level 2, technician"),
            ("1", "一级/高级技师", "level 1, senior technician"),
            ("T", "特级技师", "special-grade technician"),
            ("C", "首席技师", "chief technician"),
        )
    )
}
"""Code → level, lowest rung first."""

NO_LEVEL = ""
"""What :func:`level_of` answers where a sheet says in words that there is no level."""

_NO_LEVEL_WORDS = {"无", "无等级", "不分等级", "不分级", "不设等级", "none", "nolevel", "n/a", "-", "—"}

# Titles and numerals. The bare words 初级, 中级, 高级 are not here: they also name the three X-certificate levels
# and professional titles, so they do not say which rung is meant.
_WORDS: Mapping[str, str] = {
    "学徒工": "0",
    "学徒": "0",
    "apprentice": "0",
    "初级工": "5",
    "中级工": "4",
    "高级工": "3",
    "技师": "2",
    "高级技师": "1",
    "特级技师": "T",
    "首席技师": "C",
    "juniorworker": "5",
    "elementaryworker": "5",
    "intermediateworker": "4",
    "seniorworker": "3",
    "advancedworker": "3",
    "technician": "2",
    "seniortechnician": "1",
    "special-gradetechnician": "T",
    "specialgradetechnician": "T",
    "specialtechnician": "T",
    "chieftechnician": "C",
}
_NUMERALS: Mapping[str, str] = {
    **{digit: digit for digit in "12345"},
    **dict(zip("一二三四五", "12345", strict=True)),
    **dict(zip("壹贰叁肆伍", "12345", strict=True)),
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
}
_HAN = "一二三四五壹贰叁肆伍"
_EXACT: Mapping[str, str] = {**_NUMERALS, "0": "0", "t": "T", "c": "C", "特级": "T", "首席": "C"}

_TOKEN = re.compile(
    "|".join(
        (
            "(?P<word>" + "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True)) + ")",
            rf"(?<![0-9{_HAN}])(?P<ordinal>[1-5{_HAN}])(?![0-9{_HAN}])(?:级|級)?",
            r"(?:level|grade|class|等级|级别)[:=]?(?P<numbered>[1-5一二三四五]|iii|ii|iv|i|v)(?:级|級)?",
            r"(?P<filler>国家职业资格|职业资格|职业技能等级|职业技能|技能等级|等级|级别|[/、,;|()\[\]·:+-])",
        )
    )
)


def level_of(text: str) -> str | None:
    """Return the code of a level as people write it, ``""`` for "no level", None where it is unknown or contradictory.

    Every word of the text must be understood and all must name the same level: ``三级/高级工`` is level 3,
    ``三级/技师`` is nothing.
    """
    written = "".join(unicodedata.normalize("NFKC", text[:80]).split()).casefold()
    if written in _NO_LEVEL_WORDS:
        return NO_LEVEL
    written = written.removesuffix(".0")  # a spreadsheet's number
    if written in _EXACT:
        return _EXACT[written]
    named = _named(written)
    return named.pop() if named is not None and len(named) == 1 else None


def rung(code: str) -> int:
    """Return the height of a level on the ladder, 0 for the lowest.

    Raises: KeyError for a code that is not in ``LEVELS``.
    """
    return LEVELS[code].rung


def _named(written: str) -> set[str] | None:
    named: set[str] = set()
    place = 0
    while place < len(written):
        match = _TOKEN.match(written, place)
        if match is None:
            return None
        place = match.end()
        if match["word"]:
            named.add(_WORDS[match["word"]])
        elif numeral := match["ordinal"] or match["numbered"]:
            named.add(_NUMERALS[numeral])
    return named
