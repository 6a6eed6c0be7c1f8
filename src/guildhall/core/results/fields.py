"""One cell → one value, or what is wrong with it. Each kind of field has one function here.

Names follow NFC, never NFKC: compatibility folding would replace characters that people write their names with.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from guildhall.core.codes import certificate_number, identity
from guildhall.core.codes.answer import Answer, Finding
from guildhall.core.codes.level import level_of
from guildhall.core.codes.text import folded, is_ascii_digits, narrow, with_hyphens
from guildhall.core.results.cells import DateCell, ErrorCell, NumberCell, date_of_serial
from guildhall.core.results.problems import Fact

Said = tuple[str, Mapping[str, Fact]]
"""A row code and its facts; the column and line are added by the row."""

FORMULA_ERRORS = frozenset(
    {
        "#REF!",
        "#N/A",
        "#VALUE!",
        "#DIV/0!",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#GETTING_DATA",
    }
)

_LONGEST_TEXT = 200
_LONGEST_NAME = 100
_NOTHING: Mapping[str, Fact] = {}


def is_blank(cell: str) -> bool:
    """Say whether a cell shows nothing."""
    return not cell or not (cell[0].isalnum() or _INVISIBLE.sub("", cell).strip())


def is_formula_error(cell: str) -> bool:
    """Say whether a cell holds the error of a formula, or the #### of a column too narrow when it was saved."""
    if type(cell) is str and "#" not in cell:
        return False
    shown = cell.strip()
    if isinstance(cell, ErrorCell) or shown.upper() in FORMULA_ERRORS:
        return True
    return len(shown) > 2 and not shown.strip("#")


_GUARDED = re.compile(r"'(?=\s*[=+\-@＝＋－＠\t\r])")
_FORCED_TEXT = re.compile(r"""\s*(?:=\s*"(?P<quoted>[^"]*)"|['‘’`](?P<rest>.*))\s*""", re.DOTALL)


def unguarded(cell: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from running it as a formula."""
    return cell[1:] if cell.startswith("'") and _GUARDED.match(cell) else cell


def unforced(cell: str) -> str:
    """Return a code without what people put round it to keep Excel's hands off: ``'1101…`` or ``="1101…"``."""
    match = _FORCED_TEXT.fullmatch(cell) if cell[:1] in "'‘’`= \t" else None
    if match is None:
        return cell
    return match["quoted"] if match["quoted"] is not None else match["rest"]


# --- text -----------------------------------------------------------------------------------------------------------

_ORDINARY = re.compile("[\u4e00-\u9fff\u3400-\u4dbf!-~·—（），、]+")
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]")
_SPACES = re.compile(r"\s+")


def text(cell: str) -> tuple[str, list[Said]]:
    """Return running text: NFC, spaces and line breaks made one space, invisible characters gone."""
    if len(cell) <= _LONGEST_TEXT and _ORDINARY.fullmatch(cell) and not cell.startswith("'"):
        return cell, []
    plain = _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", unguarded(cell)))).strip()
    return plain, _text_problems(plain, _LONGEST_TEXT)


def _text_problems(plain: str, limit: int) -> list[Said]:
    if len(plain) > limit:
        return [("text_too_long", {"n": len(plain), "limit": limit})]
    for character in plain:
        if code := _unfit(character):
            return [(code, {"character": _named(character)})]
    return []


def _unfit(character: str) -> str:
    if character == "\ufffd":
        return "text_lost_character"
    match unicodedata.category(character):
        case "Cc":
            return "text_control_character"
        case "Co":
            return "text_private_character"
        case "Cs":
            return "text_lost_character"
        case _:
            return ""


def _named(character: str) -> str:
    point = f"U+{ord(character):04X}"
    return f"{character} {point}" if character.isprintable() else point


# --- names ----------------------------------------------------------------------------------------------------------

MIDDLE_DOT = "·"
_DOTS = "•‧∙⋅・･●▪᛫ꞏ"
_IDEOGRAPH = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_ORDINARY_NAME = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]{1,20}(?:·[\u3400-\u4dbf\u4e00-\u9fff]{1,20}){0,3}")
_DOT_IN_NAME = re.compile(rf"(?<=[{_IDEOGRAPH}])\s*[.．{_DOTS}{MIDDLE_DOT}]\s*(?=[{_IDEOGRAPH}])|[{_DOTS}]")
_NEEDLESS_SPACE = re.compile(rf"(?<=[{_IDEOGRAPH}])\s+(?=[{_IDEOGRAPH}])|\s*{MIDDLE_DOT}\s*")
_COMPATIBLE = re.compile("[\u2f00-\u2fd5\uff21-\uff3a\uff41-\uff5a\uff07\uff0d]")
_RADICAL = re.compile("[\u2e80-\u2eff\u31c0-\u31ef]")
_LOST = "?？\ufffd□■◆◇*＊"
_JOINTS = f" '’ʼʻ-‐.{MIDDLE_DOT}"


def name(cell: str) -> tuple[str, list[Said]]:
    """Return a person's name in the form in which it will stand on the certificate.

    Every rare ideograph stays what it is. The dots that input methods give for the dot in names all become U+00B7;
    spaces inside Chinese names go; what cannot belong to a name is refused with its character.

    Source: GB 18030-2022 (the dot in names is A1A4, U+00B7).
    """
    if _ORDINARY_NAME.fullmatch(cell):
        return cell, []
    said: list[Said] = []
    composed = unicodedata.normalize("NFC", cell)
    widened = _COMPATIBLE.sub(lambda found: unicodedata.normalize("NFKC", found.group()), composed)
    spaced = _SPACES.sub(" ", _INVISIBLE.sub("", widened)).strip()
    dotted = _DOT_IN_NAME.sub(MIDDLE_DOT, spaced)
    plain = _NEEDLESS_SPACE.sub(lambda found: MIDDLE_DOT if MIDDLE_DOT in found.group() else "", dotted)
    if widened != cell:
        said.append(("name_normalised", {"name": plain[:_LONGEST_NAME]}))
    if spaced != widened or plain != dotted:
        said.append(("name_spaces_removed", _NOTHING))
    if dotted != spaced:
        said.append(("name_middle_dot", _NOTHING))
    problems = _name_problems(plain)
    return plain, problems or said


def _name_problems(plain: str) -> list[Said]:
    if not plain:
        return [("name_missing", _NOTHING)]
    if len(plain) > _LONGEST_NAME:
        return [("text_too_long", {"n": len(plain), "limit": _LONGEST_NAME})]
    for character in plain:
        if code := _unfit_in_name(character):
            return [(code, {"character": _named(character)})]
    if plain[0] in _JOINTS[4:] or plain[-1] in f"-‐{MIDDLE_DOT}" or MIDDLE_DOT * 2 in plain:
        return [("name_wrong_character", {"character": _named(MIDDLE_DOT if MIDDLE_DOT in plain else plain[0])})]
    if not any(map(_is_letter, plain)):
        return [("name_wrong_character", {"character": _named(plain[0])})]
    return []


def _is_letter(character: str) -> bool:
    # Planes 2 and 3 hold ideographs only, some of a Unicode version that Python does not know yet.
    if 0x20000 <= ord(character) < 0x40000:
        return ord(character) & 0xFFFE != 0xFFFE
    return character == "〇" or unicodedata.category(character)[0] == "L"


def _unfit_in_name(character: str) -> str:
    if character in _LOST:
        return "text_lost_character"
    if _RADICAL.match(character):
        return "name_radical"
    if character in _JOINTS or _is_letter(character) or unicodedata.category(character)[0] == "M":
        return ""
    return _unfit(character) or "name_wrong_character"


# --- documents of identity ------------------------------------------------------------------------------------------

_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+")

_IDENTITY_CODES: Mapping[str, str] = {
    "empty": "id_missing",
    "wrong_length": "id_length",
    "wrong_characters": "id_characters",
    "impossible_birth_date": "id_birth_date",
    "born_in_future": "id_born_in_future",
    "wrong_check_digit": "id_check_digit",
    "upgraded_from_15": "id_upgraded",
    "unknown_region": "id_region_unknown",
    "birth_year_unlikely": "id_birth_year",
    "unknown_id_kind": "id_kind_unknown",
    "unusual_number": "id_unusual",
}


def document(kind: str, number: str, *, today: date, from_text: bool) -> tuple[identity.Identity | None, list[Said]]:
    """Return the document of identity of a row.

    A number that Excel took for a number has lost its last digits and may pass its check by chance (one in eleven),
    so it is refused for *how* it stands there, whatever it says. In delimited text, where a number cell and a text
    cell look alike, three zeros at the end are refused unless an apostrophe in front says that they are meant.

    Shape:  ``from_text`` for delimited text.
    """
    # Three zeros at the end have to be looked at, and so has a number that stands in a spreadsheet as one.
    if type(number) is str and not number.endswith("000"):
        plain = identity.plain_resident(kind, number, today=today)
        if plain is not None:
            return plain, []
    written = unforced(number)
    short = folded(written)
    if _SCIENTIFIC.fullmatch(short):
        return None, [("id_as_number", _NOTHING)]
    if not kind.strip() and not is_ascii_digits(short.removesuffix("X")) and not identity.looks_like_resident_id(short):
        return None, [("id_kind_missing", _NOTHING)]
    answer = identity.check(kind, written, today=today)
    said = [(_IDENTITY_CODES[found.code], _facts(found.code, found.params)) for found in _all(answer)]
    if len(short) == 18 and short.endswith("000") and is_ascii_digits(short) and _is_resident(kind):
        if not answer.valid or (from_text and written == number):
            return None, [("id_digits_lost", _NOTHING)]
        said.append(("id_ends_in_zeros", _NOTHING))
    return (answer.parts if answer.valid else None), said


def _is_resident(kind: str) -> bool:
    return not kind.strip() or identity.kind_of(kind) in (identity.RESIDENT_ID, identity.RESIDENCE_PERMIT)


def _all(answer: Answer[identity.Identity]) -> tuple[Finding, ...]:
    return answer.problems or answer.warnings


def _facts(code: str, params: Mapping[str, str | int]) -> Mapping[str, Fact]:
    if code == "unusual_number":
        return {"name": {"zh": str(params["name_zh"]), "en": str(params["name_en"])}}
    return params


# --- occupation, level, number --------------------------------------------------------------------------------------

_OCCUPATION = re.compile(
    r"(?P<code>[0-9]-[0-9]{2}-[0-9]{2}-[0-9]{2})(?![0-9-])[\s:：、,，/|()（）]*(?P<name>.*)", re.DOTALL
)
_OCCUPATION_LAST = re.compile(
    r"(?P<name>.*?)[\s:：、,，/|(（]*(?<![0-9-])(?P<code>[0-9]-[0-9]{2}-[0-9]{2}-[0-9]{2})[)）]?"
)
_CODE_FIRST = re.compile(r"([0-9]-[0-9]{2}-[0-9]{2}-[0-9]{2})(?: (.+))?")


def occupation(cell: str) -> tuple[str, list[Said]]:
    """Return ``code``, ``name`` or ``code name`` of an occupation, as the register can look it up."""
    plain, said = text(unforced(cell))
    if said:
        return plain, said
    written = with_hyphens(narrow(plain))
    match = _OCCUPATION.fullmatch(written) or _OCCUPATION_LAST.fullmatch(written)
    if match is None:
        return plain, []
    return " ".join(filter(None, (match["code"], match["name"].strip(" ()（）")))), []


def occupation_parts(occupation_text: str) -> tuple[str, str]:
    """Return code and name of what :func:`occupation` gave; either may be empty."""
    match = _CODE_FIRST.fullmatch(occupation_text)
    return (match[1], match[2] or "") if match else ("", occupation_text)


def level(cell: str) -> tuple[str, list[Said]]:
    """Return the code of a level, ``""`` where the sheet says that there is none."""
    code = level_of(cell)
    return ("", [("level_unknown", _NOTHING)]) if code is None else (code, [])


def number(cell: str) -> tuple[str, list[Said]]:
    """Return a certificate number as it is to be printed: folded where its layout is known, else as written."""
    written = unforced(cell)
    if _SCIENTIFIC.fullmatch(folded(written)):
        return "", [("number_as_number", _NOTHING)]
    if certificate_number.layouts(written):
        return folded(written), []
    plain, said = text(written)
    return narrow(plain), said


# --- dates ----------------------------------------------------------------------------------------------------------

EARLIEST_YEAR = 1949
_YMD = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?",
    re.ASCII,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})[\s-]+([A-Za-z]{3,9})\.?,?[\s-]+(\d{4})", re.ASCII)
_MONTH_DAY_YEAR = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})", re.ASCII)
_UNCLEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](?:\d{2}|\d{4})", re.ASCII)
_PARTIAL = re.compile(r"\d{4}(?:\s*[-/.年]\s*(?:\d{1,2}\s*月?)?)?", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is needed to read a date.

    Shape:  ``from_1904`` as the workbook says; None for delimited text, where a serial number has no beginning.
    """

    today: date
    from_1904: bool | None


def day(cell: str, calendar: Calendar) -> tuple[date | None, list[Said]]:
    """Return a date. Many shapes are read, but only such as have one meaning."""
    written = with_hyphens(narrow(_INVISIBLE.sub("", cell))).strip()
    if isinstance(cell, NumberCell) or _SERIAL.fullmatch(written):
        return _serial(cell, written, calendar)
    fields = _fields(written)
    if fields is None:
        return None, [(_why_no_date(written), _NOTHING)]
    try:
        found = date(*fields)
    except ValueError:
        return None, [("date_impossible", _NOTHING)]
    return _within(found, calendar, [])


def _fields(written: str) -> tuple[int, int, int] | None:
    if match := _YMD.fullmatch(written) or _COMPACT.fullmatch(written):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _DAY_MONTH_YEAR.fullmatch(written):
        d, month, y = match.groups()
    elif match := _MONTH_DAY_YEAR.fullmatch(written):
        month, d, y = match.groups()
    else:
        return None
    named = [place for place, full in enumerate(_MONTHS, start=1) if full.startswith(month.lower())]
    return (int(y), named[0], int(d)) if len(named) == 1 else None


def _why_no_date(written: str) -> str:
    if _UNCLEAR.fullmatch(written):
        return "date_ambiguous"
    return "date_incomplete" if _PARTIAL.fullmatch(written) else "date_unreadable"


def _serial(cell: str, written: str, calendar: Calendar) -> tuple[date | None, list[Said]]:
    if _COMPACT.fullmatch(written):
        return day(str(written), calendar)
    if calendar.from_1904 is None or not isinstance(cell, NumberCell):
        return None, [("date_serial", _NOTHING)]
    if not _SERIAL.fullmatch(written):
        return None, [("date_incomplete" if _PARTIAL.fullmatch(written) else "date_unreadable", _NOTHING)]
    moment = date_of_serial(float(written), from_1904=calendar.from_1904)
    if moment is None:
        return None, [("date_unreadable", _NOTHING)]
    return _within(moment.date(), calendar, [("date_from_serial", {"date": moment.date().isoformat()})])


def _within(found: date | datetime, calendar: Calendar, said: list[Said]) -> tuple[date | None, list[Said]]:
    if found > calendar.today:
        return None, [("date_in_future", {"today": calendar.today.isoformat()})]
    if found.year < EARLIEST_YEAR:
        return None, [("date_too_early", _NOTHING)]
    return found, said


# --- marks ----------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,20})?", re.ASCII)
_FULL_MARK = Decimal(100)


def mark(cell: str) -> tuple[Decimal | None, list[Said]]:
    """Return a mark from 0 to 100 with at most two decimals; 59.999 is not rounded to a pass.

    Source: domain sheet, section 1.7: each part is marked of 100.
    """
    written = with_hyphens(narrow(unguarded(_INVISIBLE.sub("", cell)))).strip().removesuffix("分").strip()
    if isinstance(cell, DateCell) or not _NUMBER.fullmatch(written):
        return None, [("mark_not_a_number", _NOTHING)]
    points = Decimal(written)
    if not 0 <= points <= _FULL_MARK:
        return None, [("mark_out_of_range", _NOTHING)]
    hundredths = points * 100
    if hundredths != hundredths.to_integral_value():
        return None, [("mark_too_precise", _NOTHING)]
    whole = points.to_integral_value()
    return abs(whole if whole == points else points.normalize()), []
