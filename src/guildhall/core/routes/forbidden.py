"""What no post may ask for: a person's name, sex, age, origin, faith, family; and words that ask for it in other places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from guildhall.core.errors import MalformedError
from guildhall.core.reading import place_below

_EQUAL: Final = "就业促进法（2015年修正）第三条、第二十六条；人力资源市场暂行条例第二十四条"
_HOME: Final = "网络招聘服务管理规定（2020）第十五条第二款"
_HOUSE: Final = "岗证通：比对只看学到与做过的，不看姓名、性别、年龄、出身；年龄由申报条件和准入许可的规定管"


class ForbiddenRequirementError(MalformedError):
    """A post asks who somebody is, not what somebody can do; ``places`` lists where, ``grounds`` and ``laws`` why."""

    code = "forbidden_requirement"


@dataclass(frozen=True, slots=True)
class _Ground:
    law: str
    names: frozenset[str]
    words: re.Pattern[str]


def _ground(law: str, names: str, words: str) -> _Ground:
    return _Ground(law, frozenset(names.split()), re.compile(words, re.IGNORECASE))


GROUNDS: Final[Mapping[str, _Ground]] = {
    "sex": _ground(
        _EQUAL,
        "sex gender male female",
        r"性别(?!不限)|[男女](性|士|生|工)?优先|(仅|只|限)(招|收|要|录)?[男女](性|士|生|工)?|\b(fe)?males? (only|preferred)\b|\b(wo)?men only\b|\b(gender|sex)\b",
    ),
    "age": _ground(
        _HOUSE,
        "age birthday birth born",
        r"年龄(?!不限)|[0-9〇一二三四五六七八九十]\s*周?岁(及|\(含\)|（含）)?(以下|以内|之内)|年满\s*[0-9一二三四五六七八九十]+|years of age\b|years old\b|\bage limit\b|\baged \d",
    ),
    "origin": _ground(
        f"{_EQUAL}；{_HOME}",
        "origin hukou household birthplace hometown ethnicity ethnic race nationality",
        r"户籍|户口|籍贯|民族(?!不限)|种族|[本外]地人|\bhukou\b|\bhousehold regist|\bethnic|\brace\b|\bnationality\b|\b(locals|natives) only\b",
    ),
    "religion": _ground(_EQUAL, "religion faith creed", r"宗教|信仰|\breligio|\bcreed\b"),
    "family": _ground(
        "就业促进法（2015年修正）第二十七条",
        "marital married pregnancy maternity children",
        r"[已未]婚|婚[育姻]|怀孕|生育|\bmarried\b|\bpregnan",
    ),
    "name": _ground(_HOUSE, "surname firstname lastname fullname", r"姓名|姓氏|\bsurname\b"),
}
"""Why something is refused → the rule it rests on, names of members and kinds, and words in texts."""

_SPLIT: Final = re.compile(r"[^a-z]+")


def check_allowed(document: object) -> None:
    """Pass if a post asks for nothing that is forbidden, in members, kinds or texts.

    Raises: ForbiddenRequirementError with every place.
    Source: 就业促进法 art. 3, 26, 27; 人力资源市场暂行条例 art. 24; 网络招聘服务管理规定 art. 15.
    """
    found = list(_found(document, "$"))
    if found:
        grounds = sorted({ground for _, ground in found})
        raise ForbiddenRequirementError(
            f"the post asks for {', '.join(grounds)}, first at {found[0][0]}",
            places=[f"{path}: {ground}" for path, ground in found][:100],
            grounds=grounds,
            laws=sorted({GROUNDS[ground].law for ground in grounds}),
        )


def _found(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for member, inner in value.items():
            here = place_below(path, member)
            yield from ((here, ground) for ground in _named(member))
            if member == "kind" and isinstance(inner, str):
                yield from ((here, ground) for ground in _named(inner))
                if inner == "name":
                    yield here, "name"
            else:
                yield from _found(inner, here)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _found(inner, f"{path}[{index}]")
    elif isinstance(value, str):
        yield from ((path, ground) for ground, one in GROUNDS.items() if one.words.search(value))


def _named(name: str) -> Iterator[str]:
    parts = frozenset(_SPLIT.split(name.casefold()))
    return (ground for ground, one in GROUNDS.items() if parts & one.names)
