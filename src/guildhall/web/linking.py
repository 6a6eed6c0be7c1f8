"""Addresses of pages as the world may keep them: absolute, one for each language, without what a visitor added."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import override

from guildhall.web.context import ENGLISH, LANGUAGE_WORDS

FORMS = (".jsonld", ".csv", ".png")


@dataclass(frozen=True, slots=True)
class Alternate:
    """The same in another form."""

    type: str
    href: str


@dataclass(frozen=True, slots=True)
class Tongue:
    """The same in a language; ``tag`` ``x-default`` for whoever reads neither."""

    tag: str
    href: str


def canonical(request: HttpRequest) -> str:
    """Return the address of this page without query and without the end that names a form."""
    return settings.ORIGIN + _bare(request.path)


def alternates(request: HttpRequest) -> list[Tongue]:
    """Return the address of this page in each language."""
    return of_path(_bare(request.path))


def of_path(path: str) -> list[Tongue]:
    """Return the addresses of a path of this site in each language; Chinese stands for whoever reads neither."""
    plain = path.removeprefix(ENGLISH) or "/" if path == ENGLISH or path.startswith(f"{ENGLISH}/") else path
    found = [
        Tongue(tag, settings.ORIGIN + (f"{ENGLISH}{plain}" if short == "en" else plain))
        for short, tag, _ in LANGUAGE_WORDS
    ]
    return [*found, Tongue("x-default", settings.ORIGIN + plain)]


def absolute(view: str, *args: object, language: str = "") -> str:
    """Return the absolute address of a page, in the language of this page or in ``zh`` or ``en``."""
    if not language:
        return settings.ORIGIN + reverse(view, args=args)
    with override("en" if language == "en" else "zh-hans"):
        return settings.ORIGIN + reverse(view, args=args)


def _bare(path: str) -> str:
    return next((path.removesuffix(end) for end in FORMS if path.endswith(end)), path)
