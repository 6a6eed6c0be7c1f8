"""Certificate numbers: the layouts in use, read and written. None of them has a check digit.

A number is a key inside a scheme; its parts are worth reading only where the scheme says which layout it uses.
Text that fits no layout comes back as :class:`Opaque`, exactly as written, and nothing is read into it.

Which layouts can be mistaken for one another
---------------------------------------------
* A, B (22 characters), E (20) and the printed form of D (13) are told apart by length; A and B by place 16,
  where A has a digit 1 to 5 and B a letter.
* C has 16 digits. D is looked up with ``000`` put in front, which makes 16 digits too. Such a text (it would be
  year 00 of an authority ``0x`` in layout C) is answered as :class:`Ambiguous` unless the layout is named.
  Its key is the same text either way, so looking it up needs no decision.

Source: domain sheet of the project, layouts A to E with the sources named there (S7, S40 to S45).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import ClassVar

from guildhall.core.codes.answer import Answer, Finding, MalformedCodeError, finding, parts_as_json
from guildhall.core.codes.regions import PROVINCES
from guildhall.core.codes.text import folded

KIND = "certificate-number"

_LONGEST = 200
"""Opaque numbers may be long; beyond this no paper carries one."""


@dataclass(frozen=True, slots=True)
class EvaluatorNumber:
    """Layout A, 22 characters: skill level certificates of filed evaluators.

    Shape:  ``body`` Y employer or S social organisation; ``institution`` 0001 to 9999 as filed with the ministry,
            0000 if filed with a province; ``province`` two digits; ``site`` six digits given by the province;
            ``year`` two digits; ``level`` 1 to 5; ``serial`` six digits.
    """

    layout: ClassVar[str] = "A"
    body: str
    institution: str
    province: str
    site: str
    year: str
    level: str
    serial: str


@dataclass(frozen=True, slots=True)
class MasterNumber:
    """Layout B, 22 characters: as A, with a letter where the level stands (特级技师, 首席技师).

    That the letter takes the place of the level is inferred from the two-letters-and-twenty-digits description.
    """

    layout: ClassVar[str] = "B"
    body: str
    institution: str
    province: str
    site: str
    year: str
    level: str
    serial: str


@dataclass(frozen=True, slots=True)
class QualificationNumber:
    """Layout C, 16 digits: the former vocational qualification certificates.

    Shape:  ``year`` two digits; ``authority`` two digits, a province *or* a ministry of a table of its own
            (10 = Jiangsu, 72 = tobacco), not GB/T 2260; ``city`` two; ``body_type`` 0 to 4; ``body`` three;
            ``level`` 1 to 5; ``serial`` five.
    """

    layout: ClassVar[str] = "C"
    year: str
    authority: str
    city: str
    body_type: str
    body: str
    level: str
    serial: str


@dataclass(frozen=True, slots=True)
class ShanghaiNumber:
    """Layout D, 13 digits as printed; looked up with ``000`` in front. What its digits mean is not published."""

    layout: ClassVar[str] = "D"
    digits: str


@dataclass(frozen=True, slots=True)
class ProvincialNumber:
    """Layout E, 20 characters: provincial numbering.

    Shape:  ``department`` a letter; ``filing`` G, S, C or X; ``body`` N or W; ``region`` six digits;
            ``institution`` three; ``year`` two; ``level`` 1 to 5; ``serial`` five.
    """

    layout: ClassVar[str] = "E"
    department: str
    filing: str
    body: str
    region: str
    institution: str
    year: str
    level: str
    serial: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A number of no layout that we know, as it was written (spaces around it removed)."""

    layout: ClassVar[str] = "opaque"
    number: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A number that fits several layouts alike."""

    layout: ClassVar[str] = "ambiguous"
    number: str
    layouts: tuple[str, ...]


Structured = EvaluatorNumber | MasterNumber | QualificationNumber | ShanghaiNumber | ProvincialNumber
Number = Structured | Opaque | Ambiguous


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout: its letter, name, the pattern of the printed form and the class of its parts."""

    letter: str
    name: Mapping[str, str]
    pattern: re.Pattern[str]
    parts: type[Structured]


def _layout(name_zh: str, name_en: str, parts: type[Structured], pattern: str) -> Layout:
    return Layout(parts.layout, {"zh": name_zh, "en": name_en}, re.compile(pattern, re.ASCII), parts)


LAYOUTS: Mapping[str, Layout] = {
    layout.letter: layout
    for layout in (
        _layout(
            "职业技能等级证书 22 位",
            "skill level certificate, 22 characters",
            EvaluatorNumber,
            r"([YS])(\d{4})(\d{2})(\d{6})(\d{2})([1-5])(\d{6})",
        ),
        _layout(
            "特级技师、首席技师 22 位",
            "special-grade and chief technician, 22 characters",
            MasterNumber,
            r"([YS])(\d{4})(\d{2})(\d{6})(\d{2})([A-Z])(\d{6})",
        ),
        _layout(
            "原职业资格证书 16 位",
            "former vocational qualification, 16 digits",
            QualificationNumber,
            r"(\d{2})(\d{2})(\d{2})([0-4])(\d{3})([1-5])(\d{5})",
        ),
        _layout("上海 13 位", "Shanghai, 13 digits", ShanghaiNumber, r"(\d{13})"),
        _layout(
            "省级 20 位",
            "provincial, 20 characters",
            ProvincialNumber,
            r"([A-Z])([GSCX])([NW])(\d{6})(\d{3})(\d{2})([1-5])(\d{5})",
        ),
    )
}
"""Letter → layout. A scheme names the letter of the layout that its numbers have."""

_PAD = "000"
_PADDED = re.compile(r"000(\d{13})", re.ASCII)


def lookup_key(text: str) -> str:
    """Return the form by which a number is stored and found.

    Full-width characters are narrowed, letters made capital, spaces removed, layout D padded to sixteen digits.
    An opaque number is treated alike, save the padding.
    """
    number = folded(text)
    return _PAD + number if LAYOUTS["D"].pattern.fullmatch(number) else number


def layouts(text: str) -> tuple[str, ...]:
    """Return the letters of all layouts that the text fits, D also in its padded form."""
    number = folded(text)
    fits = tuple(letter for letter, layout in LAYOUTS.items() if layout.pattern.fullmatch(number))
    return (*fits, "D") if _PADDED.fullmatch(number) else fits


def parse(text: str, layout: str | None = None) -> Number:
    """Return the parts of a number; :class:`Opaque` where it has none that we know, never a guess.

    Shape:  ``layout`` a letter of ``LAYOUTS`` where the scheme names it; then only that one is tried.
    Raises: KeyError for a letter that is no layout.
    """
    fits = layouts(text)
    if layout is not None:
        return _read(folded(text), LAYOUTS[layout]) if layout in fits else Opaque(_as_written(text))
    if len(fits) > 1:
        return Ambiguous(folded(text), fits)
    return _read(folded(text), LAYOUTS[fits[0]]) if fits else Opaque(_as_written(text))


def format(parts: Number) -> str:  # noqa: A001 - parse and format are one pair in every module here
    """Return the number as printed.

    Raises: MalformedCodeError if the parts do not fit their layout.
    """
    if isinstance(parts, (Opaque, Ambiguous)):
        return parts.number
    number = "".join(astuple(parts))
    match = LAYOUTS[parts.layout].pattern.fullmatch(number)
    if match is None or match.groups() != astuple(parts):
        raise MalformedCodeError(f"These parts make no number of layout {parts.layout}.", layout=parts.layout)
    return number


def check(text: str, layout: str | None = None) -> Answer[Number]:
    """Say whether the number fits a known layout (or the one named), and what it says.

    ``normalised`` is the :func:`lookup_key`. A number of no known layout is not valid and its parts are opaque;
    one that fits several is valid, with a warning that names them.

    Raises: KeyError for a letter that is no layout.
    """
    if layout is not None and layout not in LAYOUTS:
        raise KeyError(layout)
    number = folded(text)
    if not number:
        return Answer(KIND, text, "", None, (finding("empty"),))
    parts = parse(text, layout)
    key = lookup_key(text)[:_LONGEST]
    if isinstance(parts, Opaque):
        problem = finding("unknown_layout") if layout is None else finding("wrong_layout", layout=layout)
        return Answer(KIND, text, key, parts, (problem,))
    return Answer(KIND, text, key, parts, (), tuple(_warnings(parts)))


def as_json(answer: Answer[Number]) -> dict[str, object]:
    """Return the answer as JSON-ready members, with ``layout`` beside the parts (``opaque`` where none is known)."""
    found = answer.parts if answer.parts is not None else Opaque("")
    fits = list(found.layouts) if isinstance(found, Ambiguous) else [found.layout]
    members = answer.as_json()
    members["parts"] = parts_as_json(found)
    return {**members, "layout": found.layout, "layouts": [] if found.layout == "opaque" else fits}


def _read(number: str, layout: Layout) -> Structured:
    padded = _PADDED.fullmatch(number) if layout.letter == "D" else None
    match = layout.pattern.fullmatch(padded.group(1) if padded else number)
    assert match is not None, "only called for a layout that fits"
    return layout.parts(*match.groups())


def _as_written(text: str) -> str:
    return text.strip()[:_LONGEST]


def _warnings(parts: Structured | Ambiguous) -> list[Finding]:
    if isinstance(parts, Ambiguous):
        return [finding("ambiguous_layout", layouts=", ".join(parts.layouts))]
    region = ""
    if isinstance(parts, (EvaluatorNumber, MasterNumber)):
        region = parts.province
    elif isinstance(parts, ProvincialNumber):
        region = parts.region[:2]
    return [finding("unknown_region", region=region)] if region and region not in PROVINCES else []
