"""From a face to finished lines, in Chinese, in English or in both; the template only puts them in their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from guildhall.core.errors import MalformedError
from guildhall.core.language import in_language
from guildhall.credentials.rendering import qr
from guildhall.credentials.rendering.face import LANGUAGES, CertificateFace, Language, LanguageMap, Rung
from guildhall.credentials.rendering.fonts import FontSet
from guildhall.credentials.rendering.lines import Place, Setting, TextDoesNotFitError, fit, fit_all

INK: Final = "#1c1b19"

_WORDS: Final[Mapping[str, LanguageMap]] = {
    "brand": {"zh": "{name}登记", "en": "Registered in {name}"},
    "certify": {"zh": "兹证明", "en": "This is to certify that"},
    "passed": {
        "zh": "经规定的考核，达到{standard}的要求",
        "en": "has passed the prescribed assessment and meets the requirements of {standard}",
    },
    "award": {"zh": "{occupation} {level}", "en": "{occupation}, {level}"},
    "work_type": {"zh": "工种：{work_type}", "en": "Type of work: {work_type}"},
    "occupation_code": {"zh": "职业编码", "en": "Occupation"},
    "number": {"zh": "证书编号", "en": "Certificate number"},
    "check": {"zh": "核验：自行输入", "en": "To verify, type"},
    "key": {"zh": "登记册公钥", "en": "Register key"},
    "results": {"zh": "考核成绩", "en": "Results"},
    "valid_until": {"zh": "有效期至 {day}", "en": "Valid until {day}"},
    "filing": {"zh": "颁证备案 {filing}", "en": "Accreditation {filing}"},
    "log": {"zh": "公开日志第 {index} 条", "en": "No. {index} in the public log"},
    "log_of": {"zh": "公开日志第 {index} 条（共 {size} 条）", "en": "No. {index} of {size} in the public log"},
    "instance": {"zh": "版次 {serial}", "en": "Instance {serial}"},
    "qr": {"zh": "核验二维码，打开 {url}", "en": "QR code to verify; opens {url}"},
}
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_BRAND: Final = Place("register_name", 105, 9, (12, 10.5, 9, 8, 7), bold=True)
_TOP: Final = Place("scheme_name", 112, 9, (9.5, 8.5, 7.5, 6.5, 5.5), leading=0.35)
_TITLE: Final = Place("certificate_title", 222, 15, (37, 34, 31, 28, 25, 22, 19, 16, 13), bold=True)
_UNDER_TITLE: Final = Place("certificate_title", 222, 7, (11.5, 10, 9, 8, 7))
_NAME: Final = Place(
    "holder_name",
    226,
    36,
    (48, 44, 40, 36, 32, 28, 24, 20, 17, 14, 12, 10, 8),
    0.2,
    bold=True,
    one_line_from=36,
    is_name=True,
)
_NAME_LATIN: Final = Place("holder_name_latin", 226, 10, (15, 13, 11, 9, 8, 7), is_name=True)
_STATEMENT: Final = Place("statement", 196, 23, (13, 12, 11, 10, 9, 8, 7), leading=0.4)
_AWARD: Final = Place("award", 222, 20, (26, 24, 22, 20, 18, 16, 14, 12, 10, 8), bold=True, one_line_from=20)
_AWARD_SECOND: Final = Place("award", 222, 9, (15, 14, 13, 12, 10.5, 9, 8, 7))
_WORK_TYPE: Final = Place("work_type", 222, 8, (10.5, 9.5, 8.5, 7.5, 6.5), leading=0.35)
_NUMBER: Final = Place("number", 82, 10, (12, 11, 10, 9, 8, 7, 6), bold=True)
_CHECK: Final = Place("check", 84, 4.5, (8.4, 7.8, 7.2, 6.6, 6, 5.4, 4.8), bold=True)
_RESULTS: Final = Place("results", 34, 4, (8.4, 7.8, 7.2, 6.6, 6, 5.4, 4.8), bold=True)
_ISSUER: Final = Place(
    "issuer_name", 64, 14.5, (13.5, 12.5, 11.5, 10.5, 9.5, 8.5, 7.5, 6.5), bold=True, one_line_from=11
)
_ISSUER_SECOND: Final = Place("issuer_name", 64, 6, (9.5, 9, 8.5, 8, 7.5, 7, 6.5, 6, 5.5, 5))
_SITE: Final = Place("site", 64, 4.2, (9.5, 8.5, 7.5, 6.5, 5.5, 4.5))
_DAYS: Final = Place("valid_until", 64, 8.5, (9.5, 9, 8.5, 8, 7.5, 7, 6.5, 6), leading=0.4)
_FINE: Final = Place("remark", 236, 5.6, (7, 6.5, 6, 5.5, 5, 4.6), leading=0.3)

# The column: its height without the ladder, the words "this is to certify that" and what must stay white.
_COLUMN, _GAP = 92.0, 1.2
_SQUEEZES: Final = (1.0, 0.85, 0.7, 0.6, 0.5, 0.42, 0.36)

# The ladder: as wide as its rungs need, within the column.
_RUNG_WIDTH, _LADDER_WIDTH, _RUNG_GAP = 20.0, 172.0, 1.2
MOST_RUNGS: Final = 14
MOST_RESULTS: Final = 5


def sheet(face: CertificateFace, language: Language, type_: FontSet) -> dict[str, object]:
    """Return a page as JSON-ready members, each with its place in ``templates/certificate.typ``.

    Shape:  settings (``size`` and ``lines``), plain strings, numbers; the QR code is an SVG text.
    Raises: MalformedError for a language outside ``LANGUAGES``, a link that is none, more than ``MOST_RUNGS`` rungs
            or ``MOST_RESULTS`` results; TextDoesNotFitError; the errors of ``qr.svg``. Characters are expected to be
            printable.
    """
    if language not in LANGUAGES:
        raise MalformedError(f"A certificate is set in one of {', '.join(LANGUAGES)}.", language=str(language))
    if not face.check_url.startswith(("https://", "http://")):
        raise MalformedError("The link to check a certificate begins with https:// or http://.", url=face.check_url)
    if len(face.ladder) > MOST_RUNGS or len(face.results) > MOST_RESULTS:
        raise MalformedError("More rungs or results than a certificate has room for.", number=face.whole_number)
    tongues = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}[language]
    return {**_head(face, tongues, type_), **_body(face, tongues, type_), **_foot(face, tongues, type_)}


def heading(face: CertificateFace, language: Language) -> str:
    """Return the title that a reader's window shows: certificate, holder, number."""
    title = in_language(face.certificate_title, "en" if language == "en" else "zh")
    return " · ".join(text for text in (title, face.holder_name, face.whole_number) if text)


def _head(face: CertificateFace, tongues: Sequence[str], type_: FontSet) -> dict[str, object]:
    title = in_language(face.certificate_title, tongues[0])
    scheme = in_language(face.scheme_name, tongues[0])
    code = f"{_words('occupation_code', tongues)} {face.occupation_code}"
    return {
        "brand": _set([" ".join(_brand(face, tongue) for tongue in tongues)], _BRAND, type_),
        "top": _set([code] if scheme == title else [scheme, code], _TOP, type_),
    }


def _body(face: CertificateFace, tongues: Sequence[str], type_: FontSet) -> dict[str, object]:
    """Return the column from the title to the ladder; where long texts meet, all give way in the same measure."""
    for squeeze in _SQUEEZES:
        column = _column(face, tongues, type_, squeeze)
        if sum(setting.height + _GAP for setting in column.values() if setting.lines) <= _COLUMN:
            return {
                **{name: setting.as_json() for name, setting in column.items()},
                # A name is not set half in bold: where a font has one weight only, all of it is set in that.
                "name_weight": "bold" if type_.of_one_weight.isdisjoint(face.holder_name) else "regular",
                "certify": _words("certify", tongues, between="   "),
                "ladder": _ladder(face.ladder, tongues, type_),
                "micro": f"{face.whole_number} {face.key_fingerprint} {face.register_host} " * 2,
            }
    raise TextDoesNotFitError("The texts together do not fit the certificate.", field="certificate_title")


def _column(face: CertificateFace, tongues: Sequence[str], type_: FontSet, squeeze: float) -> dict[str, Setting]:
    title = in_language(face.certificate_title, tongues[0])
    awards = [_award(face, tongue) for tongue in tongues]
    work_types = [in_language(face.work_type, tongue) for tongue in tongues]

    def squeezed(texts: Sequence[str], place: Place) -> Setting:
        return _fit(texts, replace(place, height=place.height * squeeze), type_)

    return {
        "title": squeezed([title], _TITLE),
        "under_title": squeezed([_other(face.certificate_title, tongues[0])], _UNDER_TITLE),
        "name": squeezed([face.holder_name], _NAME),
        "name_latin": squeezed([face.holder_name_latin or ""], _NAME_LATIN),
        "statement": squeezed([_statement(face, tongue) for tongue in tongues], _STATEMENT),
        "award": squeezed(awards[:1], _AWARD),
        "award_second": squeezed(awards[1:], _AWARD_SECOND),
        "work_type": squeezed(
            [
                _word("work_type", tongue, work_type=work_type)
                for tongue, work_type in zip(tongues, work_types, strict=True)
                if work_type
            ],
            _WORK_TYPE,
        ),
    }


def _foot(face: CertificateFace, tongues: Sequence[str], type_: FontSet) -> dict[str, object]:
    issuer = in_language(face.issuer_name, tongues[0])
    both = len(tongues) > 1
    checks = [
        (f"{_words('check', tongues, between=' / ')} ", face.register_host),
        (f"{_words('key', tongues)} ", face.key_fingerprint),
    ]
    return {
        "number_label": _words("number", tongues),
        "number": _set([" ".join(face.number)], _NUMBER, type_),
        "check_size": fit_all([["".join(check)] for check in checks], _CHECK, type_.bold)[0].size,
        "checks": checks,
        "results_label": _words("results", tongues),
        **_results(face, tongues, type_),
        "issuer": _set([issuer], replace(_ISSUER, height=9.6) if both else _ISSUER, type_),
        "issuer_second": _set([_other(face.issuer_name, tongues[0]) if both else ""], _ISSUER_SECOND, type_),
        "site": _set([_shown(face.site, tongues)], _SITE, type_),
        "days": _set(_days(face, tongues), replace(_DAYS, height=6.6) if both else _DAYS, type_),
        "fine": _set([" · ".join(_fine_print(face, tongue)) for tongue in tongues], _FINE, type_),
        "qr": qr.svg(face.check_url, colour=INK, quiet=0),
        "url": face.check_url,
        "qr_alt": _word("qr", tongues[0], url=face.check_url),
    }


def _fit(texts: Sequence[str], place: Place, type_: FontSet) -> Setting:
    return fit(texts, place, type_.bold if place.bold else type_.regular)


def _set(texts: Sequence[str], place: Place, type_: FontSet) -> dict[str, object]:
    return _fit(texts, place, type_).as_json()


def _ladder(rungs: Sequence[Rung], tongues: Sequence[str], type_: FontSet) -> dict[str, object]:
    """Return the rungs in one common size, with the measures of their bars in millimetres."""
    if not rungs:
        return {"rungs": [], "step": 0, "rise": 0, "size": 0, "width": 0}
    step = min(_RUNG_WIDTH, _LADDER_WIDTH / len(rungs))
    place = Place("ladder", step - _RUNG_GAP, 9, (8, 7.4, 6.8, 6.2, 5.6, 5, 4.4), leading=0.15, bold=True)
    settings: list[Setting] = fit_all([_rung(rung, tongues) for rung in rungs], place, type_.bold)
    return {
        "rungs": [(setting.as_json()["lines"], rung.held) for setting, rung in zip(settings, rungs, strict=True)],
        "size": settings[0].size,
        "step": step,
        "bar": step - _RUNG_GAP,
        "rise": min(0.85, 6.0 / len(rungs)),
        "width": step * len(rungs) - _RUNG_GAP,
    }


def _rung(rung: Rung, tongues: Sequence[str]) -> list[str]:
    label = in_language(rung.label, tongues[0])
    return [label, rung.under.get(tongues[0], "") if len(tongues) == 1 else _other(rung.label, tongues[0])]


def _results(face: CertificateFace, tongues: Sequence[str], type_: FontSet) -> dict[str, object]:
    rows = [(_shown(part.name, tongues), part.mark) for part in face.results]
    settings = fit_all([[f"{name}   {mark}"] for name, mark in rows], _RESULTS, type_.bold)
    return {"results": rows, "results_size": settings[0].size if settings else 0}


def _brand(face: CertificateFace, tongue: str) -> str:
    return _word("brand", tongue, name=in_language(face.register_name, tongue))


def _statement(face: CertificateFace, tongue: str) -> str:
    own = face.statement.get(tongue, "")
    return own or _word("passed", tongue, standard=in_language(face.standard_edition, tongue))


def _award(face: CertificateFace, tongue: str) -> str:
    occupation, level = in_language(face.occupation_name, tongue), in_language(face.level_name, tongue)
    return _word("award", tongue, occupation=occupation, level=level) if level else occupation


def _days(face: CertificateFace, tongues: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for tongue in tongues:
        issued = _day(face.issued_on, tongue)
        until = face.valid_until and _word("valid_until", tongue, day=_day(face.valid_until, tongue))
        given = [issued, until] if until else [issued]
        lines += given if len(tongues) == 1 else ["   ".join(given)]
    return lines


def _day(on: date, tongue: str) -> str:
    if tongue == "zh":
        return f"{on.year} 年 {on.month} 月 {on.day} 日"
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def _fine_print(face: CertificateFace, tongue: str) -> list[str]:
    lines: list[str] = []
    if face.accreditation_filing:
        lines.append(_word("filing", tongue, filing=face.accreditation_filing))
    if face.log_index is not None:
        size = "" if face.log_size is None else f"{face.log_size:,}"
        lines.append(_word("log_of" if size else "log", tongue, index=f"{face.log_index + 1:,}", size=size))
    if face.instance_serial:
        lines.append(_word("instance", tongue, serial=face.instance_serial))
    if face.remark:
        lines.append(in_language(face.remark, tongue))
    return lines


def _word(key: str, tongue: str, **facts: str) -> str:
    return _WORDS[key][tongue].format(**facts)


def _words(key: str, tongues: Sequence[str], between: str = " ") -> str:
    return between.join(_word(key, tongue) for tongue in tongues)


def _shown(text: LanguageMap, tongues: Sequence[str]) -> str:
    """Return a text in the page's languages, once where both read the same."""
    return " ".join(dict.fromkeys(in_language(text, tongue) for tongue in tongues))


def _other(text: LanguageMap, tongue: str) -> str:
    """Return a text in the language that the page does not lead with, where it says anything new."""
    second = text.get("en" if tongue == "zh" else "zh", "")
    return "" if second == in_language(text, tongue) else second
