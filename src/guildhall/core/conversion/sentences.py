"""Reasons in words, Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from guildhall.core.conversion.plan import Reason

REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "no_offer": {"zh": "没有转换项涉及它", "en": "no offer speaks of it"},
    "nothing_to_take": {
        "zh": "转换项 {offers} 可以认定它，但记录中没有所需的成果",
        "en": "offers {offers} would meet it, but the record has nothing that they take",
    },
    "nothing_to_meet": {
        "zh": "转换项 {offers} 接受它，但本专业没有相应的课程",
        "en": "offers {offers} take it, but the programme has none of their courses",
    },
    "partner_missing": {
        "zh": "转换项 {offers} 还需要记录中没有的其他成果",
        "en": "offers {offers} ask for other outcomes besides, which the record does not have",
    },
    "cap": {
        "zh": "“{rule}”的上限 {limit} 学分已满：超出 {over} 学分",
        "en": "the cap {rule} of {limit} credits binds: {over} credits over",
    },
    "cap_count": {
        "zh": "“{rule}”的上限 {limit} 项已满：超出 {over} 项",
        "en": "the cap {rule} of {limit} outcomes binds: {over} over",
    },
    "residency": {
        "zh": "“{rule}”要求在本校修满，最多可转换 {limit} 学分：超出 {over} 学分",
        "en": "residency {rule} leaves {limit} credits to convert: {over} credits over",
    },
    "outcome_once": {"zh": "成果 {at} 已用于 {offer}", "en": "outcome {at} is spent on {offer}"},
    "outcome_spent_up": {
        "zh": "成果 {at} 余下的学分不够：已用于 {offer}",
        "en": "too little is left of outcome {at}, which is spent on {offer}",
    },
    "course_once": {"zh": "课程 {at} 已由 {offer} 认定", "en": "course {at} is already met by {offer}"},
    "course_full": {"zh": "{at} 已满：超出 {over} 学分", "en": "{at} is full: {over} credits over"},
    "already_passed": {"zh": "课程 {at} 已经通过", "en": "course {at} is already passed"},
    "not_yet": {"zh": "{awarded_on} 才取得", "en": "will be awarded on {awarded_on} only"},
    "expired": {"zh": "有效期至 {valid_until}", "en": "was valid until {valid_until}"},
    "status": {"zh": "状态为“{status}”，须为 {wanted}", "en": "its status is {status}, not {wanted}"},
    "level": {"zh": "等级为 {level}，须至少为 {wanted}", "en": "its level is {level}, at least {wanted} is asked"},
    "accredited": {
        "zh": "不能证明颁发机构当日具备资格",
        "en": "it is not shown that its issuer was accredited on the day of award",
    },
    "basis": {"zh": "取得方式为“{basis}”，须为 {wanted}", "en": "it was awarded by {basis}, not by {wanted}"},
    "grade": {"zh": "成绩 {grade}，须至少 {wanted}", "en": "its grade is {grade}, at least {wanted} is asked"},
    "age": {
        "zh": "取得于 {awarded_on}，已超过 {months} 个月",
        "en": "it was awarded on {awarded_on}, more than {months} months ago",
    },
    "coverage": {
        "zh": "覆盖率 {covered} %，须达 {wanted} %：缺 {missing}",
        "en": "coverage {covered} % of {wanted} %: {missing} missing",
    },
    "no_standard": {
        "zh": "没有 {occupation} 的职业标准，无法计算覆盖率",
        "en": "coverage cannot be reckoned: the standard of {occupation} is not given",
    },
    "too_few_credits": {
        "zh": "成果折合 {worth} 学分，课程需要 {wanted} 学分",
        "en": "the outcomes are worth {worth} credits here, the courses have {wanted}",
    },
    "ceiling": {
        "zh": "{level} 等级的成果只能转换为 {classes} 类课程",
        "en": "outcomes of level {level} go into courses of class {classes} only",
    },
    "excluded": {"zh": "课程 {course} 不参加转换", "en": "course {course} is never converted"},
    "absorbed": {"zh": "{by} 吸收了 {outcome}", "en": "{by} absorbs {outcome}"},
    "group": {"zh": "与 {other} 内容相近，只能认定一项", "en": "it is alike {other}, and one of them counts"},
    "needs": {"zh": "须先通过或一并转换 {courses}", "en": "{courses} must be passed or converted as well"},
    "nothing_left_for_it": {
        "zh": "涉及它的转换项没有学分可以给它",
        "en": "the offers that speak of it have no credits for it",
    },
    "not_proved": {
        "zh": "方案未证明最优：也许可以采用它",
        "en": "the plan is not proved best: it might be taken",
    },
    "in_the_way": {"zh": "规则 {rule} 不允许", "en": "rule {rule} is in the way"},
}
"""Code → sentence; the names in braces are the reason's parameters, its rule and where it binds."""


def reason_sentence(reason: Reason, language: str) -> str:
    """Return a reason as one sentence in ``zh`` or ``en``."""
    words = {name: _said(value) for name, value in reason.params.items()}
    return REASONS[reason.code][language].format_map({"rule": reason.rule.rule, "at": reason.rule.at, **words})


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
