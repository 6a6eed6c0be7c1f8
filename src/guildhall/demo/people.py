"""Synthetic people for demonstrations and tests: nobody, in the same way every time.

Their ID numbers pass every check of form but cannot be anybody's: the region ends in 9999, and no division code of
GB/T 2260 does. Names are put together from common surnames and characters, with a few rare ones, as in life.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from guildhall.core.codes import identity, resident_id
from guildhall.core.codes.regions import PROVINCES, RESIDENCE_PERMITS
from guildhall.core.codes.resident_id import ResidentId

NOBODYS_REGION = "9999"
"""The last four digits of every synthetic region."""


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up person.

    Shape:  ``id_kind`` a code of ``core.codes.identity.KINDS``.
    """

    name: str
    id_kind: str
    id_number: str


_SURNAMES: tuple[str, ...] = (
    *"王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙黎史陶贺毛郝顾龚邵覃武钱戴严莫孔向常汤",
    *("欧阳", "司马", "上官", "诸葛", "慕容", "尉迟", "令狐", "皇甫"),
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红玲梅琳建国志海波宁宇浩然子轩梓涵欣怡佳雨晨思远文博雅婷晓东春燕鹏飞"
    "立新永庆少云振宏景瑞嘉铭启航俊凯依诺若曦一帆承泽卓力书瑶"
)
_RARE = "㛃䶮喆堃昇龑骉犇燊𬴂𫖯𬍛𬭎𬸦𫍯𬘓𪩘𬎆"
_UYGHUR = ("阿依古丽", "买买提", "古丽娜尔", "艾尔肯", "帕提古丽", "吐尔逊", "热依汗", "阿卜杜拉", "努尔兰", "米热古丽")
_TIBETAN = ("扎西", "卓玛", "多吉", "央金", "次仁", "格桑", "旺堆", "白玛", "尼玛", "丹增")

_FIRST_BIRTH = date(1966, 1, 1)
_BIRTH_DAYS = (date(2007, 12, 31) - _FIRST_BIRTH).days


def people(n: int, rng: Random) -> Iterator[Person]:
    """Yield ``n`` people, all with different ID numbers; the same generator state gives the same people.

    About one in fifty has a name with a dot, one in fifty a rare character, one in a hundred a residence permit.
    """
    taken: set[str] = set()
    while len(taken) < n:
        number = _number(rng)
        if number in taken or number.endswith("000"):
            continue  # a text file that ends so is taken for one that Excel spoiled
        taken.add(number)
        kind = identity.RESIDENCE_PERMIT if number[:2] in _PERMITS else identity.RESIDENT_ID
        yield Person(_name(rng), kind, number)


_PERMITS = tuple(RESIDENCE_PERMITS)
_MAINLAND = tuple(code for code in PROVINCES if code < "70")


def _number(rng: Random) -> str:
    prefix = rng.choice(_PERMITS if rng.random() < 0.01 else _MAINLAND)
    born_on = _FIRST_BIRTH + timedelta(days=rng.randrange(_BIRTH_DAYS))
    return resident_id.format(ResidentId(prefix + NOBODYS_REGION, born_on, f"{rng.randrange(1, 996):03}"))


def _name(rng: Random) -> str:
    draw = rng.random()
    if draw < 0.015:
        return "·".join(rng.sample(_UYGHUR, 2))
    if draw < 0.02:
        return "·".join(rng.sample(_TIBETAN, 2))
    given = "".join(rng.sample(_GIVEN, rng.choice((1, 2, 2, 2))))
    if draw < 0.04:
        given = given[:1] + rng.choice(_RARE) if rng.random() < 0.5 else rng.choice(_RARE)
    return rng.choice(_SURNAMES) + given
