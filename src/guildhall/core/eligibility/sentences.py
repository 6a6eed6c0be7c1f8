"""What is missing, in words, and times in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from guildhall.core.codes.level import LEVELS
from guildhall.core.eligibility.conditions import Condition, Missing
from guildhall.core.language import in_language
from guildhall.core.record import DIPLOMAS, TITLES

MISSING: Final[Mapping[str, Mapping[str, str]]] = {
    "birth_date_missing": {"zh": "记录中没有出生日期", "en": "The record has no date of birth."},
    "age_not_yet": {"zh": "未满 {years} 周岁，还差 {time}", "en": "Under {years} years of age by {time}."},
    "award_missing": {"zh": "缺 {level} 或更高等级的证书", "en": "No certificate of {level} or higher."},
    "award_ended": {
        "zh": "{level} 或更高等级的证书已失效，或持有时间不足",
        "en": "The certificate of {level} or higher has run out, or does so before it was held long enough.",
    },
    "award_not_yet": {
        "zh": "{level} 或更高等级证书的取得或持有时间还差 {time}",
        "en": "The certificate of {level} or higher is not yet held long enough: {time} to go.",
    },
    "apprenticeship_missing": {"zh": "没有完成学徒期的证明", "en": "No apprenticeship completed."},
    "apprenticeship_not_yet": {"zh": "学徒期还差 {time}", "en": "The apprenticeship is completed in {time}."},
    "training_short": {
        "zh": "{level} 的培训还差 {hours} 学时",
        "en": "{hours} hours of training for {level} are missing.",
    },
    "diploma_missing": {"zh": "缺毕业证书：{diplomas}", "en": "No diploma of these kinds: {diplomas}."},
    "diploma_not_yet": {
        "zh": "毕业证书（或毕业年级）还差 {time}",
        "en": "The diploma, or the final year, comes in {time}.",
    },
    "diploma_not_evaluated": {
        "zh": "毕业证书所属专业未经评估论证，不计入",
        "en": "The diploma is not of a programme evaluated for this.",
    },
    "major_not_related": {"zh": "毕业证书不是本专业或相关专业", "en": "The diploma is not in a related major."},
    "majors_not_listed": {
        "zh": "规则没有列出相关专业，无法认定",
        "en": "The rules list no related majors to judge by.",
    },
    "title_missing": {"zh": "缺职称：{ranks}", "en": "No professional title of these: {ranks}."},
    "title_not_yet": {
        "zh": "职称的取得或持有时间还差 {time}",
        "en": "The title is not yet held long enough: {time} to go.",
    },
    "work_short": {"zh": "{occupations}的工作年限还差 {time}", "en": "{time} of work in {occupations} are missing."},
    "work_short_after": {
        "zh": "在{after}之后，{occupations}的工作年限还差 {time}",
        "en": "{time} of work in {occupations} after the {after} are missing.",
    },
}
"""Code of what is missing → sentence."""

_AFTER: Final[Mapping[str, Mapping[str, str]]] = {
    "age": {"zh": "达到年龄", "en": "birthday"},
    "award": {"zh": "取得证书", "en": "certificate"},
    "apprenticeship": {"zh": "学徒期满", "en": "apprenticeship"},
    "training": {"zh": "完成培训", "en": "training"},
    "diploma": {"zh": "毕业", "en": "diploma"},
    "title": {"zh": "取得职称", "en": "title"},
}
_OCCUPATIONS: Final[Mapping[bool, Mapping[str, str]]] = {
    True: {"zh": "本职业或相关职业", "en": "the occupation or a related one"},
    False: {"zh": "本职业", "en": "the occupation"},
}


def time_in_words(months: int, days: int, language: str) -> str:
    """Return a length of time in words: years, months, days; what is nothing is left out."""
    years, months = divmod(months, 12)
    if language == "zh":
        parts = [(years, "年"), (months, "个月"), (days, "天")]
        return " ".join(f"{n} {unit}" for n, unit in parts if n) or "0 天"
    parts = [(years, "year"), (months, "month"), (days, "day")]
    return ", ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n) or "0 days"


def missing_sentence(lack: Missing, language: str) -> str:
    """Return one sentence that says what is missing.

    Shape:  ``language`` is ``zh`` or ``en``.
    """
    after: Condition | None = getattr(lack.condition, "after", None)
    key = "work_short_after" if lack.code == "work_short" and after is not None else lack.code
    words: dict[str, Any] = {
        "time": time_in_words(*lack.time, language),
        "hours": lack.hours,
        "years": getattr(lack.condition, "years", 0),
        "level": _level(lack.condition, language),
        "diplomas": _named(getattr(lack.condition, "diplomas", ()), DIPLOMAS, language),
        "ranks": _named(getattr(lack.condition, "ranks", ()), TITLES, language),
        "occupations": in_language(_OCCUPATIONS[getattr(lack.condition, "related", False)], language),
        "after": "" if after is None else in_language(_AFTER[after.kind], language),
    }
    return in_language(MISSING[key], language).format(**words)


def _level(condition: Condition, language: str) -> str:
    code = getattr(condition, "level", "")
    return in_language(LEVELS[code].name, language) if code in LEVELS else ""


def _named(codes: tuple[str, ...], table: Mapping[str, Mapping[str, str]], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(in_language(table[code], language) for code in codes)
