"""What every page shows around its text: places, languages, the register's date and key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from guildhall.accounts.models import User
from guildhall.credit.selectors import account_of
from guildhall.web import register
from guildhall.web.templatetags.guildhall import language

LANGUAGE_WORDS: Final = (("zh", "zh-Hans", "中文"), ("en", "en", "English"))
ENGLISH: Final = "/en"


@dataclass(frozen=True, slots=True)
class Place:
    """One way in the masthead; ``here`` is the value of ``aria-current``, empty elsewhere."""

    word: str
    href: str
    here: str = ""


@dataclass(frozen=True, slots=True)
class Tongue:
    """The same page in one language."""

    word: str
    tag: str
    href: str
    here: bool


def site(request: HttpRequest) -> dict[str, object]:
    """Return ``site``: what the base template reads. Nothing here is asked of the database until it is shown."""
    return {"site": SimpleLazyObject(lambda: _Site(request))}


class _Site:
    """The frame of one page; each part is made when the template asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.lang = "zh-Hans" if language() == "zh" else "en"

    @property
    def places(self) -> list[Place]:
        match = self._request.resolver_match
        name = (match.url_name if match else "") or ""
        own = (
            ("check", _("Check")),
            ("encyclopedia", _("Encyclopedia")),
            ("issuers", _("Issuers")),
            ("log", _("Public log")),
        )
        places = [Place(word, reverse(view), _here(name, view)) for view, word in own]
        user = getattr(self._request, "user", None)
        if isinstance(user, User) and account_of(user):
            return [*places, Place(_("My record"), reverse("learner"), _within(name, "learner"))]
        word = _("Desk") if isinstance(user, User) else _("Sign in")
        return [*places, Place(word, reverse("desk"), "page" if name.startswith(("desk", "sign-in")) else "")]

    @property
    def languages(self) -> list[Tongue]:
        return [
            Tongue(word, tag, in_language(self._request, short), short == language())
            for short, tag, word in LANGUAGE_WORDS
        ]

    @property
    def host(self) -> str:
        return settings.HOST

    @property
    def as_of(self) -> object:
        return register.figures().as_of

    @property
    def fingerprint(self) -> str:
        return register.figures().fingerprint


def in_language(request: HttpRequest, short: str) -> str:
    """Return the address of this page in ``zh`` or ``en``."""
    path = request.path
    if path == ENGLISH or path.startswith(f"{ENGLISH}/"):
        path = path.removeprefix(ENGLISH) or "/"
    query = request.META.get("QUERY_STRING", "") if request.method in {"GET", "HEAD"} else ""
    return (f"{ENGLISH}{path}" if short == "en" else path) + (f"?{query}" if query else "")


def _within(name: str, view: str) -> str:
    return "page" if name == view else "true" if name.startswith(f"{view}-") else ""


def _here(name: str, view: str) -> str:
    inside = {
        "issuers": ("issuer",),
        "check": ("certificate",),
        "encyclopedia": (
            "encyclopedia-field", "encyclopedia-search", "occupation", "certificate-type", "certificate-level",
            "scheme", "coverage", "standard", "standard-changes", "articles", "article", "article-history", "article-revision",
        ),
    }  # fmt: skip
    if name == view:
        return "page"
    return "true" if name in inside.get(view, ()) else ""
