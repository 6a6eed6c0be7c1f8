"""Differences and problems as people read them, in both languages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from guildhall.core.codes.level import LEVELS
from guildhall.core.language import in_language
from guildhall.core.standard.difference import Change

_DEEDS: Final = {
    "added": {"zh": "新增", "en": "added"},
    "removed": {"zh": "删除", "en": "removed"},
    "changed": {"zh": "修改", "en": "changed"},
    "moved": {"zh": "移动", "en": "moved"},
    "renumbered": {"zh": "随上级改号", "en": "renumbered"},
}
_SUBJECTS: Final = {
    "level": {"zh": "等级", "en": "level"},
    "basic": {"zh": "基本要求", "en": "basic requirement"},
    "function": {"zh": "职业功能", "en": "function"},
    "content": {"zh": "工作内容", "en": "work content"},
    "skill": {"zh": "技能要求", "en": "skill"},
    "knowledge": {"zh": "相关知识要求", "en": "knowledge"},
    "weight": {"zh": "权重", "en": "weight"},
    "part": {"zh": "考核方式", "en": "part of the assessment"},
    "hours": {"zh": "培训学时", "en": "training hours"},
    "eligibility": {"zh": "申报条件", "en": "eligibility"},
    "text": {"zh": "概况", "en": "overview"},
}
_NAMES: Final = {
    "theory": {"zh": "理论", "en": "theory"},
    "skill": {"zh": "技能", "en": "skill"},
    "review": {"zh": "综合评审", "en": "review"},
    "occupation": {"zh": "职业编码", "en": "occupation code"},
    "name": {"zh": "名称", "en": "name"},
    "body": {"zh": "制定机构", "en": "standards body"},
    "sample": {"zh": "示范标记", "en": "sample mark"},
    "definition": {"zh": "职业定义", "en": "definition"},
    "work_environment": {"zh": "职业环境条件", "en": "work environment"},
    "ability_features": {"zh": "职业能力特征", "en": "ability features"},
    "schooling": {"zh": "普通受教育程度", "en": "schooling"},
    "teachers": {"zh": "培训教师", "en": "teachers"},
    "training_places": {"zh": "培训场所", "en": "places of training"},
    "assessment_places": {"zh": "鉴定场所", "en": "places of assessment"},
    "staffing": {"zh": "考评人员配比", "en": "staffing"},
    "minutes": {"zh": "时长（分钟）", "en": "minutes"},
    "pass_mark": {"zh": "合格分", "en": "pass mark"},
    "full_mark": {"zh": "满分", "en": "full mark"},
    "method": {"zh": "方式", "en": "method"},
    "text": {"zh": "文字", "en": "text"},
    "all": {"zh": "条件", "en": "conditions"},
    "template": {"zh": "模板", "en": "template"},
    "related_occupations": {"zh": "相关职业", "en": "related occupations"},
    "related_majors": {"zh": "相关专业", "en": "related majors"},
}
PROBLEMS: Final[Mapping[str, Mapping[str, str]]] = {
    "weights_do_not_sum": {"zh": "权重合计不是100", "en": "The weights do not sum to 100"},
    "weights_missing": {"zh": "缺少权重表", "en": "The weight table is missing"},
    "weight_without_item": {"zh": "权重没有对应的项", "en": "A weight names no item"},
    "weight_twice_on_a_branch": {"zh": "同一分支上有两处权重", "en": "Two weights on one branch"},
    "duplicate_number": {"zh": "编号重复", "en": "A number stands twice"},
    "numbering_gap": {"zh": "编号不连续", "en": "The numbering has a gap"},
    "too_deep": {"zh": "编号超过四级", "en": "Numbers have at most four steps"},
    "levels_out_of_order": {"zh": "等级顺序不对（低等级在前）", "en": "The lowest level comes first"},
    "unknown_level": {"zh": "没有这个等级", "en": "There is no such level"},
    "level_without_requirements": {"zh": "等级缺少职业功能", "en": "A level has no function"},
    "level_without_part": {"zh": "等级缺少考核方式", "en": "A level has no part of the assessment"},
    "part_twice": {"zh": "同一等级有两个同类考核", "en": "A level has a part of this kind already"},
    "items_missing": {"zh": "其下没有内容", "en": "It has nothing below it"},
    "text_missing": {"zh": "缺少中文", "en": "Chinese text is missing"},
    "continues_nothing": {"zh": "所承接的项在下一等级不存在", "en": "What it continues is not at the level below"},
    "marks_out_of_order": {"zh": "合格分高于满分", "en": "The pass mark is above the full mark"},
    "dates_out_of_order": {"zh": "终止日期早于生效日期", "en": "The last day is before the first"},
    "document_no_missing": {"zh": "缺少发布文号", "en": "The document number is missing"},
    "sample_with_number": {"zh": "示范文本不应有文号", "en": "A sample has no document number"},
    "too_many": {"zh": "数量过多", "en": "Too many"},
    "wrong_member": {"zh": "格式不符", "en": "Not of the shape that is needed"},
    "cycle": {"zh": "层级成环", "en": "The tree goes in a circle"},
    "unknown_node": {"zh": "关联的对象不存在", "en": "An association names nothing"},
    "two_parents": {"zh": "一项有两个上级", "en": "An item has two parents"},
    "duplicate_identifier": {"zh": "标识符重复", "en": "An identifier stands twice"},
}


def problem_in_words(code: str, language: str) -> str:
    """Return what a problem's code says."""
    return in_language(PROBLEMS.get(code, PROBLEMS["wrong_member"]), language)


def change_in_words(change: Change, language: str) -> str:
    """Return one difference as a line of text."""
    zh = language.startswith("zh")
    stop, arrow = ("：", " → ") if zh else (": ", " → ")
    place = [_word(_SUBJECTS, change.subject, language)]
    if change.level:
        place.insert(0, in_language(LEVELS[change.level].name, language))
    if change.name:
        place.append(_word(_NAMES, change.name, language))
    moved = change.was and change.number and change.was != change.number
    place.append(f"{change.was}{arrow}{change.number}" if moved else change.number or change.was)
    head = f"{_word(_DEEDS, change.deed, language)} {' '.join(one for one in place if one)}"
    if (told := _compared(change.before, change.after, language)) is not None:
        return f"{head}{stop}{told}"
    before, after = (_said(one, language) for one in (change.before, change.after))
    if change.deed in {"moved", "renumbered"} or before == after:
        return f"{head}{stop}{after}" if after else head
    said = arrow.join(one for one in (before, after) if one)
    return f"{head}{stop}{said}" if said else head


def _compared(before: Any, after: Any, language: str) -> str | None:
    """Return only what is different in two lists or objects; None for anything else."""
    if isinstance(before, list) and isinstance(after, list):
        gone, new = ([_said(one, language) for one in a if one not in b] for a, b in ((before, after), (after, before)))
        return " ".join([*(f"− {one}" for one in gone), *(f"+ {one}" for one in new)])
    if not (isinstance(before, dict) and isinstance(after, dict)) or set(before) <= {"zh", "en"}:
        return None
    names = [name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]
    return "; ".join(
        f"{_word(_NAMES, name, language)} "
        + (
            _compared(before.get(name), after.get(name), language)
            or " → ".join(_said(one.get(name), language) or "–" for one in (before, after))
        )
        for name in names
    )


def difference_in_words(changes: Iterable[Change], language: str) -> list[str]:
    """Return differences as lines of text."""
    return [change_in_words(change, language) for change in changes]


def _word(table: Mapping[str, Mapping[str, str]], key: str, language: str) -> str:
    return in_language(table[key], language) if key in table else key


def _said(value: Any, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        if value and set(value) <= {"zh", "en"}:
            return in_language(value, language)
        if isinstance(value.get("text"), dict):
            return in_language(value["text"], language)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
