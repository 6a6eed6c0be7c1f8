"""Documents of identity: which kinds there are and how their numbers are written.

Only the upload code 201 (resident ID) is known for certain; other codes and kinds are kept as written, with a
warning. A number that is not a resident ID has no check digit, so only its form can be looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from guildhall.core.codes import resident_id
from guildhall.core.codes.answer import Answer, Finding, finding
from guildhall.core.codes.text import LONGEST, folded, is_ascii_digits

KIND = "identity"

RESIDENT_ID = "resident_id"
RESIDENCE_PERMIT = "residence_permit"
FOREIGN_PERMANENT = "foreign_permanent_residence"


@dataclass(frozen=True, slots=True)
class IdentityKind:
    """A kind of document.

    Shape:  ``pattern`` is the usual form of its number, None where the number has a rule of its own.
    """

    code: str
    name: Mapping[str, str]
    also: tuple[str, ...]
    pattern: re.Pattern[str] | None


def _kind(code: str, zh: str, en: str, also: tuple[str, ...], pattern: str | None) -> IdentityKind:
    return IdentityKind(code, {"zh": zh, "en": en}, also, re.compile(pattern) if pattern else None)


KINDS: Mapping[str, IdentityKind] = {
    kind.code: kind
    for kind in (
        _kind(
            RESIDENT_ID,
            "居民身份证",
            "resident identity card",
            ("201", "身份证", "公民身份证", "公民身份号码", "中华人民共和国居民身份证", "resident id", "id card"),
            None,
        ),
        _kind(
            RESIDENCE_PERMIT,
            "港澳台居民居住证",
            "residence permit for Hong Kong, Macau and Taiwan residents",
            ("港澳居民居住证", "台湾居民居住证", "居住证", "residence permit"),
            None,
        ),
        _kind(
            FOREIGN_PERMANENT,
            "外国人永久居留身份证",
            "foreign permanent resident identity card",
            ("外国人永久居留证", "永久居留身份证", "foreign permanent resident id"),
            r"[A-Z]{3}[0-9]{12}",
        ),
        _kind("passport", "护照", "passport", ("普通护照", "中国护照", "外国护照"), r"[A-Z0-9]{5,15}"),
        _kind(
            "hk_macau_permit",
            "港澳居民来往内地通行证",
            "mainland travel permit for Hong Kong and Macau residents",
            ("港澳通行证", "回乡证", "港澳居民来往大陆通行证", "hk macau permit"),
            r"[HM][0-9]{8}(?:[0-9]{2})?",
        ),
        _kind(
            "taiwan_permit",
            "台湾居民来往大陆通行证",
            "mainland travel permit for Taiwan residents",
            ("台胞证", "台湾居民来往内地通行证", "taiwan permit"),
            r"[0-9]{8}|[0-9]{10}(?:\([A-Z0-9]\))?",
        ),
        _kind(
            "military_id", "军人身份证件", "military identity card", ("军官证", "士兵证", "军人证", "军人身份证"), None
        ),
        _kind("household_register", "户口簿", "household register", ("户口本", "居民户口簿"), None),
    )
}
"""Code → kind. Further kinds are welcome without code: an unknown one is kept as written."""


def _spoken(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold().replace("_", "").replace("-", "")


_BY_NAME = {
    _spoken(name): kind.code for kind in KINDS.values() for name in (kind.code, *kind.name.values(), *kind.also)
}
_OTHER_NUMBER = re.compile(r"[\w()（）·/.-]{1,40}")


@dataclass(frozen=True, slots=True)
class Identity:
    """A document of identity.

    Shape:  ``kind`` a code of ``KINDS`` or, if unknown, the kind as written; ``number`` normalised;
            ``resident`` the parts of a number of the GB 11643 rule.
    """

    kind: str
    number: str
    resident: resident_id.ResidentId | None = None


def kind_of(text: str) -> str | None:
    """Return the code of a kind of document as people write it, None if it is not known."""
    return _kind_of(text[:LONGEST])


@lru_cache(maxsize=1024)
def _kind_of(text: str) -> str | None:
    return _BY_NAME.get(_spoken(text))


def plain_resident(kind: str, number: str, *, today: date) -> Identity | None:
    """Return a resident's document about which there is nothing to say; None wherever it has to be looked at closely."""
    if kind and kind_of(kind) not in (RESIDENT_ID, RESIDENCE_PERMIT):
        return None
    parts = resident_id.plain(number, today=today)
    return None if parts is None else Identity(RESIDENT_ID, number, parts)


def check(kind: str, number: str, *, today: date | None = None) -> Answer[Identity]:
    """Say whether a number can be one of the kind of document, and bring it to one form.

    An 18-character number of a residence permit gets that kind even where the sheet says resident ID, so that one
    person's papers are never taken for two. An empty kind is taken for a resident ID if the number is one.

    Shape:  ``kind`` as written (a name, ``201`` or empty).
    """
    code = kind_of(kind)
    if not folded(number):
        return Answer(KIND, number, "", None, (finding("empty"),))
    if code is None and not kind.strip():
        code = RESIDENT_ID
    if code in (RESIDENT_ID, RESIDENCE_PERMIT) or (code == FOREIGN_PERMANENT and _has_check_digit(number)):
        return _resident(code, number, today)
    return _other(code, kind, number)


def _has_check_digit(number: str) -> bool:
    # Since 2023 the foreign permanent resident card has eighteen digits that begin with 9 and end in a check digit.
    written = folded(number)
    return len(written) == 18 and written.startswith("9")


def _resident(code: str, number: str, today: date | None) -> Answer[Identity]:
    answer = resident_id.check(number, today=today)
    if code == FOREIGN_PERMANENT:
        warnings = tuple(warning for warning in answer.warnings if warning.code != "unknown_region")
    else:
        warnings = answer.warnings
    parts = None
    if answer.parts is not None:
        if code != FOREIGN_PERMANENT:
            code = RESIDENCE_PERMIT if answer.parts.is_residence_permit else RESIDENT_ID
        parts = Identity(code, answer.normalised, answer.parts)
    return Answer(KIND, number, answer.normalised, parts, answer.problems, warnings)


def _other(code: str | None, kind: str, number: str) -> Answer[Identity]:
    written = folded(number)
    wrong = "".join(sorted({c for c in written if not _OTHER_NUMBER.fullmatch(c)}))
    if wrong:
        problem = finding("wrong_characters", characters=wrong[:LONGEST])
        return Answer(KIND, number, written[:LONGEST], None, (problem,))
    if len(written) > 40:
        return Answer(KIND, number, written[:LONGEST], None, (finding("wrong_length", n=len(written), expected=40),))
    parts = Identity(code or unicodedata.normalize("NFKC", kind).strip()[:LONGEST], written)
    return Answer(KIND, number, written, parts, (), _other_warnings(code, kind, written))


def _other_warnings(code: str | None, kind: str, number: str) -> tuple[Finding, ...]:
    if code is None:
        return (finding("unknown_id_kind", kind=kind.strip()[:LONGEST]),)
    known = KINDS[code]
    if known.pattern is None or known.pattern.fullmatch(number):
        return ()
    return (finding("unusual_number", name_zh=known.name["zh"], name_en=known.name["en"]),)


def looks_like_resident_id(text: str) -> bool:
    """Say whether the text could be an ID number, right or wrong; used to keep it out of messages."""
    written = folded(text)
    return len(written) in (15, 17, 18) and is_ascii_digits(written[:15])
