"""`guildhall codes check KIND VALUE`: whether an identity, credit, occupation or certificate number is well formed.

Nothing is looked up: a well-formed number may never have been given to anybody.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer

from guildhall.core.codes import certificate_number, credit_code, occupation_code, resident_id
from guildhall.core.codes.answer import Answer
from guildhall.core.codes.level import LEVELS
from guildhall.core.codes.regions import PROVINCES, RESIDENCE_PERMITS
from guildhall.core.language import in_language

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class Kind(StrEnum):
    """What can be checked."""

    RESIDENT_ID = resident_id.KIND
    CREDIT_CODE = credit_code.KIND
    OCCUPATION_CODE = occupation_code.KIND
    CERTIFICATE_NUMBER = certificate_number.KIND


class Language(StrEnum):
    """The languages of the answer."""

    ZH = "zh"
    EN = "en"


Layout = StrEnum("Layout", {letter: letter for letter in certificate_number.LAYOUTS})  # type: ignore[misc]

_WORDS: Mapping[str, Mapping[str, str]] = {
    "valid": {"zh": "有效", "en": "valid"},
    "invalid": {"zh": "无效", "en": "not valid"},
    "problem": {"zh": "问题", "en": "problem"},
    "warning": {"zh": "提示", "en": "warning"},
    "normalised": {"zh": "规范写法", "en": "normal form"},
    "layout": {"zh": "编排方式", "en": "layout"},
    "region": {"zh": "行政区划", "en": "region"},
    "born_on": {"zh": "出生日期", "en": "born on"},
    "order": {"zh": "顺序码", "en": "order"},
    "registrar": {"zh": "登记管理部门", "en": "registrar"},
    "entity_type": {"zh": "机构类别", "en": "kind of entity"},
    "organisation": {"zh": "主体标识码", "en": "organisation"},
    "major": {"zh": "大类", "en": "major class"},
    "middle": {"zh": "中类", "en": "middle class"},
    "minor": {"zh": "小类", "en": "minor class"},
    "occupation": {"zh": "职业", "en": "occupation"},
    "body": {"zh": "机构", "en": "body"},
    "body_type": {"zh": "机构类别", "en": "kind of body"},
    "institution": {"zh": "机构代码", "en": "institution"},
    "province": {"zh": "省份", "en": "province"},
    "site": {"zh": "考点序号", "en": "site"},
    "year": {"zh": "年份", "en": "year"},
    "level": {"zh": "等级", "en": "level"},
    "serial": {"zh": "序列号", "en": "serial"},
    "authority": {"zh": "省或部委", "en": "province or ministry"},
    "city": {"zh": "地市", "en": "city"},
    "digits": {"zh": "数字", "en": "digits"},
    "department": {"zh": "部门", "en": "department"},
    "filing": {"zh": "备案层级", "en": "level of filing"},
    "number": {"zh": "原文", "en": "as written"},
    "opaque": {"zh": "未知，按原文保存", "en": "unknown, kept as written"},
    "ambiguous": {"zh": "不止一种", "en": "more than one"},
    "layouts": {"zh": "可能的编排方式", "en": "layouts that fit"},
}


@app.callback()
def _codes() -> None:
    """Check identity, credit, occupation and certificate numbers."""


@app.command()
def check(
    kind: Annotated[Kind, typer.Argument(help="What kind of code it is.")],
    value: Annotated[str, typer.Argument(help="The code; put -- before one that begins with a hyphen.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    layout: Annotated[
        Layout | None, typer.Option("--layout", help="Only for certificate numbers: the layout of the scheme.")
    ] = None,
    lang: Annotated[Language | None, typer.Option("--lang", help="Language; from the environment if left out.")] = None,
) -> None:
    """Say whether a code is well formed, and what it says. Exit 0 valid, 1 not valid, 2 wrong call."""
    if layout is not None and kind is not Kind.CERTIFICATE_NUMBER:
        raise typer.BadParameter("--layout goes with certificate-number only.", param_hint="--layout")
    answer, members = _checked(kind, value, layout.value if layout is not None else None)
    if as_json:
        print(json.dumps(members, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(answer, members, lang.value if lang is not None else _language_of_environment())))
    raise typer.Exit(0 if answer.valid else 1)


def _checked(kind: Kind, value: str, layout: str | None) -> tuple[Answer[Any], dict[str, Any]]:
    answer: Answer[Any]
    match kind:
        case Kind.RESIDENT_ID:
            answer = resident_id.check(value, today=date.today())  # noqa: DTZ011 - the caller's own day
        case Kind.CREDIT_CODE:
            answer = credit_code.check(value)
        case Kind.OCCUPATION_CODE:
            answer = occupation_code.check(value)
        case Kind.CERTIFICATE_NUMBER:
            number = certificate_number.check(value, layout)
            return number, certificate_number.as_json(number)
    return answer, answer.as_json()


def _lines(answer: Answer[Any], members: dict[str, Any], language: str) -> list[str]:
    def word(key: str) -> str:
        return in_language(_WORDS[key], language)

    lines = [f"{word('valid' if answer.valid else 'invalid')}: {answer.text.strip()}"]
    lines += [f"  {word('problem')}: {found.sentence(language)}" for found in answer.problems]
    lines += [f"  {word('warning')}: {found.sentence(language)}" for found in answer.warnings]
    if answer.normalised not in ("", answer.text):
        lines.append(f"  {word('normalised')}: {answer.normalised}")
    if "layout" in members:
        lines.append(f"  {word('layout')}: {_layout_name(members['layout'], language)}")
    for name, part in (members["parts"] or {}).items():
        shown = ", ".join(part) if isinstance(part, list) else str(part)
        lines.append(f"  {word(name)}: {shown}{_meaning(answer.kind, name, shown, language)}")
    return lines


def _layout_name(letter: str, language: str) -> str:
    layout = certificate_number.LAYOUTS.get(letter)
    return f"{letter} ({in_language(_WORDS[letter] if layout is None else layout.name, language)})"


def _meaning(kind: str, name: str, part: str, language: str) -> str:
    known: Mapping[str, str] | None = None
    if name in ("region", "province"):
        known = PROVINCES.get(part[:2])
        if kind == resident_id.KIND:
            known = RESIDENCE_PERMITS.get(part[:2], known)
    elif name == "registrar":
        known = credit_code.REGISTRARS.get(part)
    elif name == "level" and part in "54321":
        known = LEVELS[part].name
    return f" ({in_language(known, language)})" if known else ""


def _language_of_environment() -> str:
    spoken = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "zh" if spoken.lower().startswith("zh") else "en"
