"""The table of everything that can be said about a results file: codes, severities, sentences, remedies.

Codes are stable once published; sentences may be reworded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "notice"]


@dataclass(frozen=True, slots=True)
class RowCode:
    """What a code means.

    Shape:  an ``error`` keeps the row out, a ``notice`` only tells what was understood; ``title`` has no braces;
            ``more`` may be empty and has braces for the params; ``fix`` is a key of ``FIXES``.
    """

    severity: Severity
    title: Mapping[str, str]
    fix: str
    more: Mapping[str, str]


FIXES: Mapping[str, Mapping[str, str]] = {
    "none": {"zh": "无需处理。", "en": "Nothing to do."},
    "look": {"zh": "请核对是否正确。", "en": "Please check that this is right."},
    "fill_in": {"zh": "请填写。", "en": "Please fill it in."},
    "use_template": {
        "zh": "请使用下载的模板，保留其表头。",
        "en": "Use the template for download and keep its headings.",
    },
    "one_column": {"zh": "请只保留其中一列。", "en": "Keep only one of these columns."},
    "save_as_xlsx": {
        "zh": "请在 Excel 或 WPS 中另存为“Excel 工作簿 (*.xlsx)”后再上传。",
        "en": "Open it in Excel or WPS, save it as “Excel workbook (*.xlsx)” and send that.",
    },
    "remove_password": {
        "zh": "请在 Excel 中取消“用密码进行加密”，保存后再上传。",
        "en": "Remove the password in Excel (File, Info, Protect Workbook), save and send again.",
    },
    "save_again": {
        "zh": "文件已损坏，请重新导出或另存后再上传。",
        "en": "The file is damaged: export it or save it again and send that.",
    },
    "save_as_utf8": {
        "zh": "请另存为“CSV UTF-8（逗号分隔）”或 xlsx 后再上传。",
        "en": "Save it as “CSV UTF-8 (comma delimited)” or as xlsx and send that.",
    },
    "split_file": {"zh": "请拆分成几个较小的文件。", "en": "Split it into several smaller files."},
    "format_as_text": {
        "zh": "请先把该列设置为“文本”格式，再从原始材料重新填写号码（已丢失的数字无法恢复）。",
        "en": "Format the column as text first, then enter the number again from the original: lost digits do not "
        "come back.",
    },
    "prove_zeros": {
        "zh": "请对照证件原件核对；若确为 000 结尾，请改用 xlsx（该列为文本格式），或在号码前加英文单引号 '。",
        "en": "Compare it with the document; if it does end in 000, send xlsx with the column formatted as text, or put "
        "an apostrophe (') before the number.",
    },
    "check_id": {"zh": "请对照证件原件逐位核对。", "en": "Compare it with the document itself, digit by digit."},
    "name_the_kind": {
        "zh": "请填写证件类型，例如“居民身份证”或“护照”。",
        "en": "Write the kind of document, such as “resident identity card” or “passport”.",
    },
    "check_name": {
        "zh": "请对照证件原件重新输入姓名。",
        "en": "Type the name again from the document itself.",
    },
    "rare_character": {
        "zh": "请用支持 GB 18030-2022 的输入法重新输入该字，并另存为 xlsx 或 CSV UTF-8。",
        "en": "Type the character again with an input method for GB 18030-2022 and save as xlsx or CSV UTF-8.",
    },
    "write_date": {
        "zh": "请按 2026-11-06 的形式填写日期。",
        "en": "Write the date like 2026-11-06.",
    },
    "check_date": {"zh": "请核对日期。", "en": "Check the date."},
    "known_level": {
        "zh": "请填写 5、4、3、2、1，或“特级技师”“首席技师”“学徒工”；没有等级的填“无”。",
        "en": "Write 5, 4, 3, 2, 1, “special-grade technician”, “chief technician” or “apprentice”; “none” if "
        "there is no level.",
    },
    "write_mark": {
        "zh": "请填写 0 至 100 之间的数字，最多两位小数；没有成绩的留空。",
        "en": "Write a number from 0 to 100 with at most two decimals; leave it empty if there is no mark.",
    },
    "mend_formula": {
        "zh": "请修正公式，或用“选择性粘贴 – 数值”换成结果。",
        "en": "Mend the formula, or replace it by its value (paste special, values).",
    },
    "unmerge": {
        "zh": "请取消合并单元格，并在每一行填写完整。",
        "en": "Unmerge the cells and fill in every row.",
    },
    "quote_cells": {
        "zh": "单元格中的逗号可能使后面的列错位：请给该单元格加引号，或改用 xlsx。",
        "en": "A comma inside a cell may have shifted the columns: put the cell in quotes, or send xlsx.",
    },
    "keep_one_row": {"zh": "请只保留一行。", "en": "Keep only one of the rows."},
    "check_number": {"zh": "请核对证书编号。", "en": "Check the certificate number."},
    "retype": {"zh": "请删除该单元格内容后重新输入。", "en": "Clear the cell and type it again."},
    "shorten": {"zh": "请缩短。", "en": "Make it shorter."},
    "check_register": {
        "zh": "请核对写法；如确属新增，请先由主管机构登记。",
        "en": "Check how it is written; if it is new, the authority must register it first.",
    },
    "ask_authority": {
        "zh": "请核对，或向主管机构申请备案后再颁发。",
        "en": "Check it, or ask the authority for an accreditation before issuing.",
    },
    "no_award": {
        "zh": "该考生未达到颁证条件，请从文件中删除该行或更正成绩。",
        "en": "There is no award for this candidate: take the row out, or correct the mark.",
    },
    "correct_or_prove": {
        "zh": "请核对姓名和证件号码；如确已更名，请先办理更正。",
        "en": "Check name and ID number; if the name has changed, have the earlier award corrected first.",
    },
    "try_later": {"zh": "请稍后重试。", "en": "Try again later."},
}
"""What to do: code → sentence in both languages."""

# severity, code, remedy, title (zh, en), and where there are facts: more (zh, en)
# One line per code, however long.
# fmt: off
_TABLE: tuple[tuple[str, ...], ...] = (
    # The file as a whole: it cannot be read.
    ("error", "unsupported_file", "save_as_xlsx", "不是 CSV 或 XLSX 文件。", "This is neither CSV nor XLSX.", "（{found}）", "({found})"),
    ("error", "old_workbook", "save_as_xlsx", "这是旧版 Excel (*.xls) 文件。", "This is a workbook of the old kind (*.xls)."),
    ("error", "encrypted_workbook", "remove_password", "工作簿设有密码，无法读取。", "The workbook is protected by a password."),
    ("error", "malformed_workbook", "save_again", "工作簿已损坏。", "The workbook is damaged.", "（{reason}）", "({reason})"),
    ("error", "malformed_table", "save_again", "表格的引号不配对。", "The quotes in the table do not match.", "（第 {line} 行附近）", "(near line {line})"),
    ("error", "undecodable_text", "save_as_utf8", "文字编码无法识别。", "The text is in no encoding that we know.", "（第 {line} 行附近）", "(near line {line})"),
    ("error", "damaged_utf8", "save_as_utf8", "UTF-8 文字中有损坏的字节。", "The text is UTF-8 with damaged bytes in it.", "（第 {line} 行附近）", "(near line {line})"),
    ("error", "ambiguous_encoding", "save_as_utf8", "无法确定文字编码是 UTF-8 还是 GB 18030。", "The text could be UTF-8 or GB 18030 and would read differently."),
    ("error", "file_too_large", "split_file", "文件过大。", "The file is too large.", "（{what}，上限 {limit}）", "({what}, at most {limit})"),
    # The table as a whole.
    ("error", "empty_file", "use_template", "文件是空的。", "The file is empty."),
    ("error", "header_only", "use_template", "只有表头，没有数据行。", "There is a heading and no row below it."),
    ("error", "header_not_found", "use_template", "前 10 行中没有可识别的表头。", "No heading that we know in the first 10 rows."),
    ("error", "missing_column", "use_template", "缺少必需的列。", "A column that must be there is missing.", "（{name}）", "({name})"),
    ("error", "duplicate_column", "one_column", "同一内容出现在两列。", "Two columns stand for the same thing.", "（另一列：{other}）", "(the other: {other})"),
    ("notice", "unknown_column", "none", "未识别的列，已忽略。", "A column that we do not know; it is ignored."),
    ("notice", "other_sheets", "look", "工作簿有多张可读的表，只读取第一张。", "Several sheets could be read; only the first one is.", "（读取：{name}）", "(read: {name})"),
    ("notice", "hidden_rows", "look", "有隐藏的行，也会被读取。", "Some rows are hidden; they are read all the same.", "（{n} 行）", "({n} rows)"),
    ("notice", "example_row", "none", "模板中的示例行，已跳过。", "The example row of the template; it is skipped."),
    # The row as a whole.
    ("error", "too_many_cells", "quote_cells", "单元格数多于表头。", "The row has more cells than the heading.", "（{n} 个，表头 {expected} 个）", "({n}, the heading has {expected})"),
    ("error", "merged_cells", "unmerge", "该行有合并的单元格。", "The row has merged cells.", "（{range}）", "({range})"),
    ("error", "duplicate_row", "keep_one_row", "同一人、同一职业、工种和等级在文件中重复。", "The same person, occupation, work type and level stand in the file twice.", "（另见第 {other_line} 行）", "(see line {other_line})"),
    ("error", "duplicate_number", "check_number", "同一证书编号在文件中重复。", "The same certificate number stands in the file twice.", "（另见第 {other_line} 行）", "(see line {other_line})"),
    ("error", "name_differs_in_file", "check_id", "同一证件号码在文件中对应不同的姓名。", "The same ID number stands in the file with another name.", "（另见第 {other_line} 行）", "(see line {other_line})"),
    # Any cell.
    ("error", "formula_error", "mend_formula", "单元格是公式错误。", "The cell holds a formula error."),
    ("error", "text_control_character", "retype", "含有不可见的控制字符。", "There is an invisible control character in it.", "（{character}）", "({character})"),
    ("error", "text_private_character", "rare_character", "含有自造字（专用区字符），在别处无法显示。", "There is a private-use character in it that shows only where it was made.", "（{character}）", "({character})"),
    ("error", "text_lost_character", "rare_character", "有字符在保存时丢失。", "A character was lost when the file was saved.", "（{character}）", "({character})"),
    ("error", "text_too_long", "shorten", "文字过长。", "The text is too long.", "（{n} 字，上限 {limit}）", "({n} characters, at most {limit})"),
    # Name.
    ("error", "name_missing", "fill_in", "没有姓名。", "There is no name."),
    ("error", "name_wrong_character", "check_name", "姓名中有不应出现的字符。", "There is a character in the name that names do not have.", "（{character}）", "({character})"),
    ("error", "name_radical", "rare_character", "姓名中有部首字符，不是汉字。", "There is a radical in the name where an ideograph should be.", "（{character}）", "({character})"),
    ("notice", "name_spaces_removed", "none", "姓名中多余的空格已去除。", "Needless spaces in the name were removed."),
    ("notice", "name_middle_dot", "none", "姓名中的间隔号已统一为“·”。", "The dot in the name was made “·” (U+00B7)."),
    ("notice", "name_normalised", "look", "姓名中的兼容字符已换成标准字符。", "Compatibility characters in the name were made standard ones.", "（{name}）", "({name})"),
    # Document of identity.
    ("error", "id_missing", "fill_in", "没有证件号码。", "There is no ID number."),
    ("error", "id_kind_missing", "name_the_kind", "没有证件类型，号码又不是居民身份证号码。", "There is no kind of document, and the number is no resident ID."),
    ("error", "id_as_number", "format_as_text", "证件号码被 Excel 当作数字，第 15 位以后的数字已丢失。", "Excel took the ID number for a number; the digits after the fifteenth are lost."),
    ("error", "id_digits_lost", "prove_zeros", "证件号码末尾三位是 000，很可能被 Excel 当作数字而丢失。", "The ID number ends in 000: very likely Excel took it for a number and lost the last digits."),
    ("error", "id_length", "check_id", "证件号码位数不对。", "The ID number has the wrong length.", "（{n} 位，应为 {expected} 位）", "({n} characters instead of {expected})"),
    ("error", "id_characters", "check_id", "证件号码中有不允许的字符。", "There are characters in the ID number that cannot be.", "（{characters}）", "({characters})"),
    ("error", "id_birth_date", "check_id", "身份证号码中的出生日期不存在。", "The date of birth in the ID number never was."),
    ("error", "id_born_in_future", "check_id", "身份证号码中的出生日期晚于今天。", "The date of birth in the ID number lies in the future."),
    ("error", "id_check_digit", "check_id", "身份证号码校验码不符，至少有一位写错。", "The check digit of the ID number does not fit: at least one digit is wrong."),
    ("notice", "id_ends_in_zeros", "look", "证件号码末尾三位是 000，请确认没有丢失数字。", "The ID number ends in 000; make sure that no digits were lost."),
    ("notice", "id_upgraded", "look", "15 位身份证号码已升为 18 位；旧号没有校验码。", "The ID number of 15 digits was brought to 18; the old form has no check digit."),
    ("notice", "id_region_unknown", "look", "身份证号码的行政区划不在表中。", "The region of the ID number is not in our table.", "（{region}）", "({region})"),
    ("notice", "id_birth_year", "look", "身份证号码中的出生年份早于 1900 年。", "The year of birth in the ID number is before 1900.", "（{year}）", "({year})"),
    ("notice", "id_kind_unknown", "look", "证件类型不在表中，按原文保存。", "The kind of document is not in our table; it is kept as written.", "（{kind}）", "({kind})"),
    ("notice", "id_unusual", "look", "号码的形式与该类证件不符。", "The number does not look like one of this kind of document.", "（{name}）", "({name})"),
    # Occupation, level, number.
    ("error", "occupation_missing", "fill_in", "没有职业。", "There is no occupation."),
    ("error", "level_missing", "known_level", "没有等级。", "There is no level."),
    ("error", "level_unknown", "known_level", "等级无法识别或前后矛盾。", "The level is unknown or contradicts itself."),
    ("error", "number_as_number", "format_as_text", "证书编号被 Excel 当作数字，数字已丢失。", "Excel took the certificate number for a number; digits are lost."),
    # Dates.
    ("error", "date_missing", "write_date", "没有日期。", "There is no date."),
    ("error", "date_unreadable", "write_date", "不是可识别的日期。", "This is no date that we can read."),
    ("error", "date_ambiguous", "write_date", "日期的年、月、日顺序不明。", "The order of year, month and day cannot be told."),
    ("error", "date_incomplete", "write_date", "日期不完整。", "The date is not complete."),
    ("error", "date_serial", "write_date", "日期是 Excel 序列号，起算年份不明。", "The date is a serial number of Excel, and the year it counts from is not known."),
    ("error", "date_impossible", "check_date", "这一天不存在。", "There never was such a day."),
    ("error", "date_in_future", "check_date", "日期晚于今天。", "The date lies in the future.", "（今天是 {today}）", "(today is {today})"),
    ("error", "date_too_early", "check_date", "日期早于 1949 年。", "The date is before 1949."),
    ("error", "issued_before_exam", "check_date", "发证日期早于考试日期。", "The date of issue is before the date of the exam.", "（考试日期 {examined_on}）", "(exam on {examined_on})"),
    ("error", "issued_before_birth", "check_date", "发证日期早于出生日期。", "The date of issue is before the holder's birth."),
    ("notice", "date_from_serial", "look", "Excel 序列号已读作日期。", "A serial number of Excel was read as a date.", "（{date}）", "({date})"),
    # Marks.
    ("error", "mark_not_a_number", "write_mark", "成绩不是数字。", "The mark is not a number."),
    ("error", "mark_out_of_range", "write_mark", "成绩不在 0 至 100 之间。", "The mark is not between 0 and 100."),
    ("error", "mark_too_precise", "write_mark", "成绩的小数位超过两位。", "The mark has more than two decimals."),
    # Said by the register, when the row is looked at in its light.
    ("error", "occupation_unknown", "check_register", "职业不在职业分类中。", "This occupation is not in the classification."),
    ("error", "work_type_unknown", "check_register", "工种不属于该职业。", "The occupation has no such work type."),
    ("error", "issuer_unknown", "check_register", "颁证机构未登记。", "The issuer is not registered."),
    ("error", "issuer_differs", "check_register", "颁证机构不是本机构。", "The issuer is not the organisation that sends the file.", "（{expected}）", "({expected})"),
    ("error", "site_unknown", "check_register", "考点未登记。", "The site is not registered."),
    ("error", "scheme_unknown", "check_register", "认证体系未登记。", "The scheme is not registered."),
    ("error", "region_unknown", "check_register", "地区未登记。", "The region is not registered."),
    ("error", "not_accredited", "ask_authority", "颁证机构在该日没有相应的备案。", "On that day the issuer is not accredited for this.", "（{reason}）", "({reason})"),
    ("error", "level_not_in_ladder", "check_register", "该认证体系没有这个等级。", "The scheme has no such level."),
    ("error", "number_missing", "fill_in", "该认证体系要求填写证书编号。", "The scheme needs a certificate number."),
    ("error", "number_taken", "check_number", "证书编号已被使用。", "The certificate number is already taken."),
    ("error", "number_layout_wrong", "check_number", "证书编号不符合该认证体系的编排方式。", "The certificate number does not have the layout of the scheme.", "（{layout} 类）", "(layout {layout})"),
    ("error", "number_level_differs", "check_number", "证书编号中的等级与等级列不同。", "The level in the certificate number is not that of the row.", "（编号中为 {level}）", "({level} in the number)"),
    ("error", "number_year_differs", "check_number", "证书编号中的年份与发证日期不同。", "The year in the certificate number is not that of the date of issue.", "（编号中为 {year}）", "({year} in the number)"),
    ("error", "number_issuer_differs", "check_number", "证书编号中的机构代码不是本机构的。", "The body named in the certificate number is not this issuer."),
    ("error", "numbers_used_up", "ask_authority", "该年度、该等级的证书编号已用完。", "The certificate numbers of this year and level are used up."),
    ("error", "missing_mark", "write_mark", "缺少必考科目的成绩。", "The mark of a part that must be taken is missing.", "（{part}）", "({part})"),
    ("error", "failed_part", "no_award", "有科目未达到合格线。", "A part is below the pass mark.", "（{part} {mark}，合格线 {pass_mark}）", "({part} {mark}, pass mark {pass_mark})"),
    ("error", "holder_name_differs", "correct_or_prove", "同一证件号码在以前的证书上是另一个姓名。", "An earlier award to the same ID number carries another name."),
    ("error", "already_awarded", "keep_one_row", "该人已有同一职业和等级的有效证书。", "This person already holds a valid award of this occupation and level.", "（{number}）", "({number})"),
    ("error", "not_now", "try_later", "暂时无法核对。", "It cannot be checked just now."),
    ("notice", "already_issued", "none", "这一行已经颁证，不再重复。", "An award was already issued for this row; it is not issued twice.", "（{number}）", "({number})"),
)
# fmt: on


def _read(severity: Severity, fix: str, *said: str) -> RowCode:
    zh, en, zh_more, en_more = (*said, "", "")[:4]
    return RowCode(severity, {"zh": zh, "en": en}, fix, {"zh": zh_more, "en": en_more})


CODES: Mapping[str, RowCode] = {
    code: _read("error" if severity == "error" else "notice", fix, *said) for severity, code, fix, *said in _TABLE
}
"""Code → severity, title, remedy."""
