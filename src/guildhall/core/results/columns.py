"""The columns of a results file: their names in both languages, the other names that offices use, and the heading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guildhall.core.results.problems import RowProblem, problem

MARK = "mark:"
"""A key that begins so is the mark of the part named after it."""

IGNORED = "ignored"
REASONS = "reasons"
UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column that we know.

    Shape:  ``key`` as the rest of the program names it; ``also`` further headings; ``about`` and ``example`` for
            the template.
    """

    key: str
    name: Mapping[str, str]
    also: tuple[str, ...]
    about: Mapping[str, str]
    example: Mapping[str, str]
    required: bool = False
    in_template: bool = True


def _column(
    key: str,
    names: tuple[str, str],
    also: str,
    about: tuple[str, str] = ("", ""),
    example: tuple[str, str] | str = "",
    *,
    required: bool = False,
    in_template: bool = True,
) -> Column:
    zh, en = names
    shown = (example, example) if isinstance(example, str) else example
    return Column(
        key,
        {"zh": zh, "en": en},
        tuple(filter(None, also.split(","))),
        {"zh": about[0], "en": about[1]},
        {"zh": shown[0], "en": shown[1]},
        required,
        in_template,
    )


COLUMNS: Mapping[str, Column] = {
    column.key: column
    for column in (
        _column(
            "name",
            ("姓名", "Name"),
            "考生姓名,持证人姓名,学员姓名,人员姓名,full name,holder,holder name,candidate name",
            ("与证件一致；少数民族姓名用间隔号“·”", "as in the document; names with a dot are written with “·”"),
            ("阿依古丽·买买提", "WANG Xiaoming"),
            required=True,
        ),
        _column(
            "id_kind",
            ("证件类型", "ID type"),
            "证件种类,证件类别,id kind,document type,kind of document,type of id",
            (
                "如“居民身份证”或 201；留空时按居民身份证处理",
                "such as “resident identity card” or 201; empty means that",
            ),
            ("居民身份证", "resident identity card"),
        ),
        _column(
            "id_number",
            ("证件号码", "ID number"),
            "证件号,证件编号,身份证号,身份证号码,居民身份证号码,居民身份证号,身份证件号码,公民身份号码,身份证,"
            "id no,document number,identity number,resident id",
            ("该列须为文本格式，否则 Excel 会丢失数字", "keep the column formatted as text, or Excel loses digits"),
            "119999199003070019",
            required=True,
        ),
        _column(
            "employer",
            ("工作单位", "Employer"),
            "单位,所在单位,单位名称,用人单位,company,work unit",
            ("可留空", "may be empty"),
            ("某某电气有限公司", "Example Electric Ltd"),
        ),
        _column(
            "occupation",
            ("职业", "Occupation"),
            "职业名称,职业工种,occupation name",
            ("职业编码、名称，或“编码 名称”", "code, name, or “code name”"),
            ("6-31-01-03 电工", "6-31-01-03 电工"),
            required=True,
        ),
        _column(
            "occupation_code",
            ("职业编码", "Occupation code"),
            "职业代码,职业编号,code of occupation",
            in_template=False,
        ),
        _column(
            "work_type",
            ("工种", "Work type"),
            "工种名称,职业方向,工种/职业方向,job type,trade",
            ("可留空", "may be empty"),
        ),
        _column(
            "level",
            ("级别", "Level"),
            "等级,职业等级,技能等级,技能级别,职业技能等级,职业资格等级,证书等级,评价等级,认定等级,鉴定等级,skill level,grade",
            ("如 3、三级、高级工；没有等级的填“无”", "such as 3, 三级 or senior worker; “none” if there is no level"),
            "3",
            required=True,
        ),
        _column(
            "certificate_number",
            ("证书编号", "Certificate no."),
            "证书号,证书号码,证书编码,certificate number,cert no,certificate id",
            ("由系统编号的留空；该列须为文本格式", "empty if the register numbers; keep the column formatted as text"),
        ),
        _column(
            "issued_on",
            ("发证日期", "Issue date"),
            "颁证日期,签发日期,发证时间,颁发日期,date of issue,issued on,issued",
            ("如 2026-11-06", "such as 2026-11-06"),
            "2026-11-06",
            required=True,
        ),
        _column(
            "evaluator",
            ("评价机构", "Evaluator"),
            "评价机构名称,考核机构,鉴定机构,评价单位,认定机构,assessment body,evaluation organisation,evaluation organization",
            ("可留空", "may be empty"),
        ),
        _column(
            "issuer",
            ("颁证机构", "Issuer"),
            "发证机构,发证单位,颁证单位,发证机关,颁发机构,issuing body,issuing organisation,issuing organization",
            ("留空时为本机构", "empty means the organisation that sends the file"),
        ),
        _column(
            MARK + "theory",
            ("理论", "Theory"),
            "理论成绩,理论知识,理论知识成绩,理论考试成绩,理论知识考试成绩,理论分数,theory mark,theory score,written",
            ("0 至 100", "0 to 100"),
            "86",
        ),
        _column(
            MARK + "skill",
            ("技能", "Skill"),
            "技能成绩,实操,实操成绩,操作技能,操作技能成绩,技能考核成绩,技能操作成绩,实操分数,技能分数,skill mark,skill score,practical,"
            "practical mark",
            ("0 至 100", "0 to 100"),
            "91.5",
        ),
        _column(
            MARK + "review",
            ("综合评审", "Review"),
            "综合评审成绩,评审成绩,综合评审分数,review mark,review score,panel review",
            ("二级、一级须有；其他科目可加列“成绩:科目名”", "levels 2 and 1; further parts: add columns “Mark:part”"),
        ),
        _column(
            "site",
            ("考点", "Site"),
            "考点名称,考试地点,评价地点,考核地点,assessment site,exam site",
            ("可留空", "may be empty"),
        ),
        _column(
            "examined_on",
            ("考试日期", "Exam date"),
            "考核日期,评价日期,考试时间,鉴定日期,date of exam,examined on,assessment date",
            ("可留空", "may be empty"),
            "2026-10-18",
        ),
        _column(
            "scheme",
            ("认证体系", "Scheme"),
            "体系,证书体系,证书类型,证书类别,track",
            ("只用一个体系时可留空", "may be empty where only one scheme is in use"),
        ),
        _column("region", ("地区", "Region"), "区域,行政区划,省份,所在地区,province", ("可留空", "may be empty")),
        _column(REASONS, ("退回原因", "Reasons"), "错误原因,reason", in_template=False),
        _column(IGNORED, ("序号", "No."), "#,备注,remark,remarks,serial", in_template=False),
    )
}
"""Key → column, the eleven of the national upload sheet first (domain sheet, section 1.7)."""

_ASIDE = re.compile(r"\([^()]*\)")
_PART = re.compile(r"(?:成绩|分数|mark|score)[:](?P<part>.+)", re.IGNORECASE)
_LONGEST_PART = 40


def _spoken(heading: str) -> str:
    plain = _ASIDE.sub("", unicodedata.normalize("NFKC", heading[:200]))
    return "".join(c for c in plain.casefold() if c not in "*_-.:。" and not c.isspace())


_BY_NAME = {_spoken(name): column.key for column in COLUMNS.values() for name in (*column.name.values(), *column.also)}
_BY_NAME.update({_spoken(key): key for key in COLUMNS if not key.startswith(MARK)})
_BY_NAME["#"] = IGNORED


def key_of(heading: str) -> str:
    """Return the key of a heading as an office writes it, ``UNKNOWN`` if it is none of ours."""
    written = unicodedata.normalize("NFKC", heading).strip().strip("*")
    if match := _PART.fullmatch(written):
        part = " ".join(match["part"].split())[:_LONGEST_PART]
        known = _BY_NAME.get(_spoken(part), "")
        return known if known.startswith(MARK) else MARK + part
    return _BY_NAME.get(_spoken(heading), UNKNOWN)


@dataclass(frozen=True, slots=True)
class Header:
    """The heading of a file: its line, the names as written and the key of each."""

    line: int
    names: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def is_recognised(self) -> bool:
        """Enough of it is known to be the heading and not a row."""
        known = {key for key in self.keys if key not in (UNKNOWN, IGNORED, REASONS)}
        return len(known) >= 2 and bool(known & {"name", "id_number"})

    @property
    def n_known(self) -> int:
        """How many columns are known."""
        return sum(key != UNKNOWN for key in self.keys)


def header_of(line: int, cells: Sequence[str]) -> Header:
    """Return a row read as a heading; empty cells at its end do not count."""
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return Header(line, tuple(names), tuple(key_of(name) if name else UNKNOWN for name in names))


def header_problems(header: Header) -> list[RowProblem]:
    """Return all that is wrong with a heading: columns that are missing, twice there, or unknown (a notice)."""
    found: list[RowProblem] = []
    first: dict[str, str] = {}
    for name, key in zip(header.names, header.keys, strict=True):
        if key == UNKNOWN and name:
            found.append(problem(header.line, name, "unknown_column", name))
        elif key in first and key not in (UNKNOWN, IGNORED, REASONS):
            found.append(problem(header.line, name, "duplicate_column", name, other=first[key]))
        else:
            first[key] = name
    for column in COLUMNS.values():
        covered = column.key in first or (column.key == "occupation" and "occupation_code" in first)
        if column.required and not covered:
            found.append(problem(header.line, "", "missing_column", "", name=column.name))
    return found
