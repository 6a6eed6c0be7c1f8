"""What a certificate says: every printed value, and nothing that is not printed.

A face is filled by the caller from a credential and its bundle. It carries no digit of an identity number: the
wall sheet shows who earned what, and the register answers the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Final, Literal

from guildhall.core.errors import Error

LanguageMap = Mapping[str, str]
Language = Literal["zh", "en", "both"]

LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en", "both")

# 18 digits (GB 11643, last may be X) or the 15 of the old form, standing alone. No printed field but the
# certificate's own numbers may hold such a run, so the check digit need not be right for a refusal.
_IDENTITY_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9A-Za-z])")
_NUMBERS: Final = frozenset(
    {"number", "occupation_code", "check_url", "key_fingerprint", "instance_serial", "accreditation_filing"}
)


class IdentityNumberError(Error):
    """A field that would be printed holds what looks like a resident identity number."""

    code = "identity_number_on_face"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One level of the scheme's ladder, lowest first in the face; ``held`` marks the one awarded."""

    label: LanguageMap
    under: LanguageMap = field(default_factory=dict)
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One assessed part and its mark, as it is to be read ("86", "pass")."""

    name: LanguageMap
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFace:
    """Everything a certificate prints.

    Shape:  language maps hold ``zh``, ``en`` or both; ``number`` in groups for the eye, joined it is the number;
            ``ladder`` lowest rung first; ``statement`` replaces the standing sentence about the assessment;
            ``log_index`` counts from 0, the print counts from 1.
    """

    scheme_name: LanguageMap
    certificate_title: LanguageMap
    holder_name: str
    holder_name_latin: str | None = None
    occupation_name: LanguageMap
    occupation_code: str
    work_type: LanguageMap = field(default_factory=dict)
    level_name: LanguageMap
    ladder: tuple[Rung, ...] = ()
    standard_edition: LanguageMap
    statement: LanguageMap = field(default_factory=dict)
    results: tuple[Part, ...] = ()
    number: tuple[str, ...]
    issuer_name: LanguageMap
    site: LanguageMap = field(default_factory=dict)
    issued_on: date
    valid_until: date | None = None
    check_url: str
    register_name: LanguageMap
    register_host: str
    key_fingerprint: str
    log_index: int | None = None
    log_size: int | None = None
    instance_serial: str | None = None
    remark: LanguageMap = field(default_factory=dict)
    accreditation_filing: str | None = None

    @property
    def whole_number(self) -> str:
        """The certificate number as it is typed, without the gaps."""
        return "".join(self.number)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield every text that may be printed, with the name of its field."""
        for member in fields(self):
            for text in _texts_of(getattr(self, member.name)):
                yield member.name, text


def refuse_identity_numbers(face: CertificateFace) -> None:
    """Refuse a face on which an identity number would be printed.

    Raises: IdentityNumberError, naming the field and not the digits.
    Source: GB 11643-1999 for the length; personal data on a sheet for the wall is nobody's need.
    """
    given = [(name, text) for name, text in face.texts() if name not in _NUMBERS]
    if not _IDENTITY_NUMBER.search("\n".join([text for _, text in given])):
        return
    name = next(name for name, text in given if _IDENTITY_NUMBER.search(text))
    raise IdentityNumberError(f"The field {name} holds what looks like an identity number.", field=name)


def _texts_of(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Rung():
            yield from (*value.label.values(), *value.under.values())
        case Part():
            yield from (*value.name.values(), value.mark)
        case tuple():
            for item in value:
                yield from _texts_of(item)
        case Mapping():
            yield from (text for text in value.values() if isinstance(text, str))
