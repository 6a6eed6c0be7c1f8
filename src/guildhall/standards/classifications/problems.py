"""What is said about a place in a file of a classification or a crosswalk: one table of codes, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from guildhall.core.errors import Error, MalformedError
from guildhall.core.reading import cut
from guildhall.standards.classifications.refusals import InvalidClassificationError

MOST_KEPT = 1_000
"""Problems kept of one import; all are counted."""

_LONGEST_VALUE = 80
_LONGEST_COLUMN = 160

Severity = Literal["error", "notice"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says; the sentences may name ``{value}`` and the params of the problem."""

    severity: Severity
    zh: str
    en: str


def _error(zh: str, en: str) -> Meaning:
    return Meaning("error", zh, en)


def _notice(zh: str, en: str) -> Meaning:
    return Meaning("notice", zh, en)


CODES: Mapping[str, Meaning] = {
    "refused_file": _error("文件无法读取：{reason}", "the file cannot be read: {reason}"),
    "missing_file": _error("缺少这个文件", "this file is missing"),
    "missing_column": _error("没有这一列", "there is no such column"),
    "repeated_column": _error("这一列出现两次", "this column stands twice"),
    "no_rows": _error("文件里没有任何一行", "the file holds no row"),
    "malformed_line": _error("这一行不是 JSON 对象", "the line is no JSON object"),
    "malformed_member": _error("{reason}", "{reason}"),
    "empty_cell": _error("此处不能为空", "something must stand here"),
    "control_character": _error("含有控制字符", "holds a control character"),
    "long_text": _error("超过 {limit} 个字", "longer than {limit} characters"),
    "malformed_code": _error("编码 {value} 不合格式 {shape}", "{value} is no code of the form {shape}"),
    "duplicate_code": _error("编码 {value} 已在第 {first} 行出现", "the code {value} stands on line {first} already"),
    "unknown_code": _error("{edition} 没有编码 {value}", "{edition} has no code {value}"),
    "misplaced_code": _error("编码 {value} 不在上级 {parent} 之下", "the code {value} does not lie below {parent}"),
    "cycle": _error("{value} 经上级又回到自己", "{value} lies above itself"),
    "rank_out_of_order": _error(
        "{value} 应为第 {expected} 层，却在第 {found} 层",
        "{value} belongs on rank {expected} and stands on rank {found}",
    ),
    "two_parents": _error("{value} 有两个上级", "{value} has two parents"),
    "malformed_number": _error("{value} 不是数字", "{value} is no number"),
    "out_of_range": _error("{value} 不在 {low} 到 {high} 之间", "{value} is not between {low} and {high}"),
    "unknown_value": _error("{value} 不在可选值之内：{known}", "{value} is none of {known}"),
    "duplicate_row": _error("与第 {first} 行重复", "says the same as line {first} again"),
    "two_heads": _error("与第一行的 {expected} 不同", "differs from {expected} in the first row"),
    "absent_file": _notice(
        "发布包里的这个文件不在这里，未读取", "this file of the release is not here and was not read"
    ),
    "group_named_otherwise": _notice(
        "{group} 在此另有名称，以 {name} 为准", "{group} bears another name here; {name} stands"
    ),
    "mark_in_name": _notice("名称末尾带有标识，已改记为标识", "marks stood at the end of the name and were taken off"),
    "repeated_text": _notice("同一名称重复出现，只取一次", "the same name stands again and counts once"),
}
"""Code → its severity and sentences. The refusals of :mod:`guildhall.core.results` keep their own codes."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem or notice with its place.

    Shape:  ``line`` as a spreadsheet counts rows (for JSON Lines: the line), 0 for the file as a whole; ``column`` as the
            file writes it, empty for the row as a whole; ``value`` as found, cut short.
    """

    file: str
    line: int
    column: str
    code: str
    value: str
    params: Mapping[str, str | int]

    @property
    def severity(self) -> Severity:
        """``error`` or ``notice``."""
        return CODES[self.code].severity if self.code in CODES else "error"

    @property
    def detail(self) -> dict[str, str]:
        """The sentence in both languages."""
        meaning = CODES.get(self.code, CODES["refused_file"])
        facts = {"value": self.value, "reason": "", **self.params}
        return {"zh": meaning.zh.format(**facts), "en": meaning.en.format(**facts)}

    @property
    def place(self) -> str:
        """File, line and column as one text."""
        return ":".join(filter(None, (self.file, str(self.line) if self.line else ""))) + (
            f" {self.column}" if self.column else ""
        )

    def __str__(self) -> str:
        return f"{self.place}: {self.detail['en']} [{self.code}]"

    def as_json(self) -> dict[str, object]:
        """Return all members, JSON-ready."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "severity": self.severity,
            "value": self.value,
            "params": dict(self.params),
            "detail": self.detail,
        }


@dataclass(slots=True)
class Notes:
    """Gathers what is said while files are read; the first ``MOST_KEPT`` of each severity are kept, all are counted."""

    errors: list[Problem] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)
    n_errors: int = 0
    n_notices: int = 0

    def note(self, file: str, line: int, column: str, code: str, value: str = "", **params: str | int) -> None:
        """Note a problem or a notice of the table."""
        is_notice = code in CODES and CODES[code].severity == "notice"
        kept = self.notices if is_notice else self.errors
        if is_notice:
            self.n_notices += 1
        else:
            self.n_errors += 1
        if len(kept) < MOST_KEPT:
            kept.append(Problem(file, line, cut(column, _LONGEST_COLUMN), code, cut(value, _LONGEST_VALUE), params))

    def refusal(self, file: str, error: Error) -> None:
        """Note that a file as a whole is refused, under the code of the refusal."""
        line = error.params.get("line", 0)
        self.note(file, line if isinstance(line, int) else 0, "", error.code, "", reason=error.detail)

    def settle(self, what: str, refusal: type[MalformedError] = InvalidClassificationError) -> None:
        """Go on only if nothing was wrong.

        Raises: ``refusal`` with the problems.
        """
        if not self.n_errors:
            return
        raise refusal(
            f"{what} has {self.n_errors} problem(s), first {self.errors[0]}",
            problems=[str(problem) for problem in self.errors],
            places=[problem.as_json() for problem in self.errors],
            n_problems=self.n_errors,
        )
