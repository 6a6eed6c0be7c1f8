"""Every finding about a code, with its sentence in both languages. Codes are stable."""

from __future__ import annotations

from collections.abc import Mapping

FINDINGS: Mapping[str, Mapping[str, str]] = {
    "wrong_length": {
        "zh": "长度为 {n}，应为 {expected}。",
        "en": "It has {n} characters, {expected} are needed.",
    },
    "wrong_characters": {
        "zh": "含有不允许出现的字符“{characters}”。",
        "en": "It has characters that cannot occur in such a code: “{characters}”.",
    },
    "wrong_check_digit": {
        "zh": "校验码不符：至少有一位写错。",
        "en": "The check digit does not fit: at least one character is wrong.",
    },
    "impossible_birth_date": {
        "zh": "第 7 至 14 位不是真实的日期。",
        "en": "Places 7 to 14 are not a real date.",
    },
    "born_in_future": {
        "zh": "出生日期晚于今天。",
        "en": "The date of birth lies in the future.",
    },
    "birth_year_unlikely": {
        "zh": "出生年份 {year} 早于 1900 年，请核对。",
        "en": "The year of birth is {year}, before 1900; please check it.",
    },
    "unknown_region": {
        "zh": "行政区划前两位 {region} 不在表中，请核对。",
        "en": "The region prefix {region} is not in our table; please check it.",
    },
    "upgraded_from_15": {
        "zh": "15 位旧号已升为 18 位；旧号没有校验码，请核对。",
        "en": "An old number of 15 digits was brought to 18; the old form has no check digit, so please check it.",
    },
    "region_not_digits": {
        "zh": "第 3 至 8 位（登记管理机关行政区划码）应为数字。",
        "en": "Places 3 to 8 (region of the registrar) must be digits.",
    },
    "unknown_registrar": {
        "zh": "登记管理部门代码 {registrar} 不在表中，请核对。",
        "en": "The registrar {registrar} is not in our table; please check it.",
    },
    "organisation_check_digit": {
        "zh": "第 9 至 17 位（组织机构代码）自身的校验码不符，请核对。",
        "en": "The check digit inside the organisation code (places 9 to 17) does not fit; please check it.",
    },
    "wrong_shape": {
        "zh": "形式不符，应为 {expected}。",
        "en": "It is not of the form {expected}.",
    },
    "unknown_major": {
        "zh": "职业大类 {major} 不存在（现有 1 至 8）。",
        "en": "There is no major class {major} (1 to 8 exist).",
    },
    "unknown_layout": {
        "zh": "不是已知的证书编号编排方式；按原文保存，不作猜测。",
        "en": "This is no layout of certificate numbers that we know; it is kept as it is and nothing is guessed.",
    },
    "wrong_layout": {
        "zh": "不符合 {layout} 类编排方式。",
        "en": "It does not fit layout {layout}.",
    },
    "ambiguous_layout": {
        "zh": "同时符合 {layouts} 类编排方式，仅凭编号无法区分。",
        "en": "It fits the layouts {layouts} alike; the number alone does not tell which.",
    },
    "empty": {
        "zh": "没有内容。",
        "en": "Nothing is written there.",
    },
    "unknown_id_kind": {
        "zh": "证件类型“{kind}”不在表中，按原文保存。",
        "en": "The kind of document “{kind}” is not in our table; it is kept as written.",
    },
    "unusual_number": {
        "zh": "号码的形式与{name_zh}不符，请核对。",
        "en": "The number does not look like one of a {name_en}; please check it.",
    },
}
"""Each finding: code → sentence in Chinese and English, with braces for its params."""
