"""The markers of an article filled from the register: each value links to its source, and all are listed with their day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from guildhall.core.errors import NotFoundError
from guildhall.credentials.selectors import Share
from guildhall.encyclopedia import facts
from guildhall.encyclopedia.articles import selectors as articles
from guildhall.encyclopedia.articles.markdown import Rendered, render
from guildhall.encyclopedia.articles.markers import Marker
from guildhall.encyclopedia.census import Census, Tally, census
from guildhall.encyclopedia.rights import Right, Rights, issuers_among, rights
from guildhall.encyclopedia.sitting import template_in_force
from guildhall.issuers import selectors as issuers
from guildhall.schemes import selectors as schemes
from guildhall.schemes.models import Scheme
from guildhall.standards import selectors as standards
from guildhall.standards.models import Occupation, Standard
from guildhall.web import encyclopedia, pictures, register
from guildhall.web.templatetags.guildhall import counted, day, language, percent, rung_label
from guildhall.web.words import text

NOTHING: Final = "—"


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of an article, for the list beneath it. ``missing`` where the register has nothing of that name."""

    word: str
    value: str
    source: str | SafeString
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """What stands in a text: words, the page that says so (empty: none), what the fact is called, and its source."""

    shown: str
    href: str
    word: str
    source: str | SafeString


@dataclass
class Filler:
    """Fills the markers of one article for one day; ``lines`` gathers what it filled, each fact once."""

    on: date
    now: datetime
    lines: list[Line] = field(default_factory=list)

    def text_of(self, body: str) -> Rendered:
        """Return an article's text as HTML with its markers filled."""
        return render(body, resolve=self.resolve, fill=self.fill, table=_("Table"))

    def resolve(self, address: str) -> str:
        """Return where a link of an article leads, in the page's language; empty for an article that there is not."""
        if address.startswith("article:"):
            slug = address.removeprefix("article:")
            return reverse("article", args=[slug]) if slug in self._titles else ""
        return f"/en{address}" if language() == "en" else address

    def fill(self, marker: Marker) -> SafeString:
        """Return what stands in the place of a marker."""
        if not marker.known:
            return format_html("<code>{}</code>", str(marker))
        try:
            if marker.block:
                return self._block(marker)
            value = self.value(marker.name, marker.argument)
        except NotFoundError:
            self._note(Line(str(marker), NOTHING, _("not found in the register"), missing=True))
            return format_html('<span class="live is-missing">{}</span>', NOTHING)
        if value.word:
            self._note(Line(value.word, value.shown, value.source))
        if value.href:
            return format_html('<a class="live" href="{}">{}</a>', value.href, value.shown)
        return format_html('<span class="live">{}</span>', value.shown)

    def value(self, name: str, argument: str) -> Value:
        """Return what an inline marker says.

        Raises: NotFoundError where the register has nothing of that name.
        """
        return _INLINE[name](self, argument)

    def _note(self, line: Line) -> None:
        if line not in self.lines:
            self.lines.append(line)

    # --- What is read, each once and only if it is asked for --------------------------------------------------------

    @cached_property
    def rights(self) -> Rights:
        """Who may award today."""
        return rights(self.on)

    @cached_property
    def census(self) -> Census:
        """Awards in counts."""
        return census(self.on, now=self.now)

    @cached_property
    def shares(self) -> Sequence[Share]:
        """The schemes' shares."""
        return register.figures().shares

    @cached_property
    def schemes(self) -> dict[str, Scheme]:
        """All schemes by code."""
        return {one.code: one for one in schemes.schemes()}

    @cached_property
    def _titles(self) -> Mapping[str, Mapping[str, str]]:
        return {entry.slug: entry.title for entry in articles.entries()}

    def scheme(self, code: str) -> Scheme:
        """Return a scheme.

        Raises: UnknownSchemeError.
        """
        if code not in self.schemes:
            raise schemes.UnknownSchemeError(f"no scheme {code}", scheme=code)
        return self.schemes[code]

    def title(self, slug: str) -> Mapping[str, str]:
        """Return an article's title.

        Raises: UnknownArticleError.
        """
        if slug not in self._titles:
            raise articles.UnknownArticleError(f"no article {slug}", slug=slug)
        return self._titles[slug]

    def scope(self, argument: str) -> tuple[str, Occupation | None, str]:
        """Return scheme, occupation and level of ``SCHEME/OCCUPATION/LEVEL``, each of which may lack.

        Raises: UnknownSchemeError; UnknownOccupationError; UnknownLevelError.
        """
        scheme, occupation, level = (*argument.split("/"), "", "", "")[:3]
        if not scheme:
            return "", None, ""
        of = self.scheme(scheme)
        named = standards.occupation_by_code(occupation) if occupation else None
        return scheme, named, schemes.level(of, level).code if level else ""

    def tally(self, argument: str) -> Tally:
        """Return the counts of a scope."""
        scheme, named, level = self.scope(argument)
        return self.census.tally(scheme, named.pk if named else None, level)

    def in_force(self, argument: str) -> list[Right]:
        """Return the filings in force of a scope."""
        scheme, named, level = self.scope(argument)
        found = self.rights.in_force(scheme)
        return [
            right
            for right in found
            if (named is None or named.code in right.occupations) and (not level or level in right.levels)
        ]

    def called(self, argument: str) -> str:
        """Return a scope in words; empty for all."""
        scheme, named, level = self.scope(argument)
        if not scheme:
            return _("all schemes")
        of = self.scheme(scheme)
        words = [text(of.name)]
        if named is not None:
            words.append(text(named.name))
        if level:
            words.append(rung_label(text(schemes.level(of, level).name)))
        return " · ".join(words)

    def address(self, argument: str) -> str:
        """Return the page of a scope."""
        scheme, named, level = self.scope(argument)
        if level and named is not None:
            return reverse("certificate-level", args=[scheme, named.code, level])
        if named is not None:
            return reverse("certificate-type", args=[scheme, named.code])
        return reverse("scheme", args=[scheme]) if scheme else reverse("coverage")

    @property
    def by_register(self) -> str:
        """The source of what was counted."""
        return encyclopedia.from_register(self.on)

    def _block(self, marker: Marker) -> SafeString:
        made = _BLOCKS[marker.name](self, marker.argument)
        template, context = made
        return render_to_string(f"web/encyclopedia/markers/{template}.html", {"on": self.on, **context})


# --- Inline: what, where it leads, what it is called, where it is from --------------------------------------------------


def _counted(filler: Filler, argument: str) -> Value:
    n = counted(filler.tally(argument).n_issued)
    word = _("Certificates issued, %(scope)s") % {"scope": filler.called(argument)}
    return Value(n, filler.address(argument), word, filler.by_register)


def _in_force(filler: Filler, argument: str) -> Value:
    n = counted(filler.tally(argument).n_in_force)
    word = _("Certificates in force, %(scope)s") % {"scope": filler.called(argument)}
    return Value(n, filler.address(argument), word, filler.by_register)


def _share(filler: Filler, argument: str) -> Value:
    of = filler.scheme(argument)
    share = next((one.share for one in filler.shares if one.scheme.code == of.code), 0.0)
    word = _("Share of certificates, %(scope)s") % {"scope": text(of.name)}
    return Value(percent(share), reverse("scheme", args=[of.code]), word, filler.by_register)


def _issuers(filler: Filler, argument: str) -> Value:
    n = issuers_among(filler.in_force(argument))
    word = _("Issuers that may award, %(scope)s") % {"scope": filler.called(argument)}
    return Value(f"{n:,}", reverse("issuers"), word, encyclopedia.from_filings(filler.on))


def _occupations(filler: Filler, argument: str) -> Value:
    n = len({code for right in filler.in_force(argument) for code in right.occupations})
    word = _("Occupations awarded in, %(scope)s") % {"scope": filler.called(argument)}
    return Value(f"{n:,}", reverse("encyclopedia"), word, encyclopedia.from_filings(filler.on))


def _filings(filler: Filler, argument: str) -> Value:
    word = _("Filings in force, %(scope)s") % {"scope": filler.called(argument)}
    return Value(f"{len(filler.in_force(argument)):,}", reverse("issuers"), word, encyclopedia.from_filings(filler.on))


def _today(filler: Filler, argument: str) -> Value:
    return Value(day(filler.on), "", "", "")


def _schemes(filler: Filler, argument: str) -> Value:
    n = len(schemes.schemes(filler.on))
    return Value(f"{n}", reverse("coverage"), _("Schemes that award"), filler.by_register)


def _standards(filler: Filler, argument: str) -> Value:
    found = Standard.objects.filter(state=Standard.State.PUBLISHED, in_force_on__lte=filler.on).exclude(
        ends_on__lt=filler.on
    )
    n = found.values("occupation").distinct().count()
    return Value(f"{n:,}", reverse("encyclopedia"), _("Occupations with a standard in force"), filler.by_register)


def _classification(filler: Filler, argument: str) -> Value:
    edition = standards.current_classification(filler.on)
    return Value(text(edition.name), reverse("encyclopedia"), "", "")


def _leaves(filler: Filler, argument: str) -> Value:
    figures = register.figures()
    return Value(f"{figures.n_leaves:,}", reverse("log"), _("Entries in the public log"), filler.by_register)


def _scheme(filler: Filler, argument: str) -> Value:
    return Value(text(filler.scheme(argument).name), reverse("scheme", args=[argument]), "", "")


def _certificate_name(filler: Filler, argument: str) -> Value:
    return Value(text(filler.scheme(argument).certificate_name), reverse("scheme", args=[argument]), "", "")


def _occupation(filler: Filler, argument: str) -> Value:
    named = standards.occupation_by_code(argument)
    return Value(text(named.name), reverse("occupation", args=[named.classification_id, named.code]), "", "")


def _certificate(filler: Filler, argument: str) -> Value:
    scheme, named, level = filler.scope(argument)
    assert named is not None, "the marker's shape asks for all three"
    name = rung_label(text(schemes.level(filler.scheme(scheme), level).name))
    shown = f"{text(named.name)}{'' if language() == 'zh' else ', '}{name}"
    return Value(shown, filler.address(argument), "", "")


def _standard(filler: Filler, argument: str) -> Value:
    named = standards.occupation_by_code(argument)
    found = facts.in_force(facts.published_editions(named), filler.on)
    if found is None:
        raise standards.NoStandardInForceError(f"no standard for {argument}", code=argument)
    return Value(
        text(found.name), reverse("standard", args=[named.classification_id, named.code, found.edition]), "", ""
    )


def _issuer(filler: Filler, argument: str) -> Value:
    found = issuers.issuer_by_slug(argument)
    return Value(text(found.organisation.name), reverse("issuer", args=[argument]), "", "")


def _article(filler: Filler, argument: str) -> Value:
    return Value(text(filler.title(argument)), reverse("article", args=[argument]), "", "")


def _of_scheme(value: Callable[[Scheme], str], word: Callable[[], str]) -> Callable[[Filler, str], Value]:
    def made(filler: Filler, argument: str) -> Value:
        of = filler.scheme(argument)
        source = encyclopedia.from_scheme(of.code, of.name)
        return Value(
            value(of),
            reverse("scheme", args=[of.code]),
            _("%(what)s, %(scope)s") % {"what": word(), "scope": text(of.name)},
            source,
        )

    return made


def _validity(of: Scheme) -> str:
    return encyclopedia.years(of.validity_months) if of.validity_months else _("life")


def _pass_mark(of: Scheme) -> str:
    marks = sorted({(part.pass_mark, part.full_mark) for part in schemes.parts(of)})
    if not marks:
        return NOTHING
    low, high = (encyclopedia.points(*mark) for mark in (marks[0], marks[-1]))
    return low if low == high else f"{low} – {high}"


_INLINE: Final[Mapping[str, Callable[[Filler, str], Value]]] = {
    "today": _today,
    "count": _counted,
    "in-force": _in_force,
    "share": _share,
    "schemes": _schemes,
    "issuers": _issuers,
    "occupations": _occupations,
    "filings": _filings,
    "standards": _standards,
    "classification": _classification,
    "leaves": _leaves,
    "scheme": _scheme,
    "certificate-name": _certificate_name,
    "occupation": _occupation,
    "certificate": _certificate,
    "standard": _standard,
    "issuer": _issuer,
    "article": _article,
    "starts": _of_scheme(lambda of: day(of.starts_on), lambda: _("Awarded since")),
    "covered-from": _of_scheme(lambda of: day(of.covered_from), lambda: _("Complete here since")),
    "validity": _of_scheme(_validity, lambda: _("Valid for")),
    "n-levels": _of_scheme(
        lambda of: f"{sum(level.awarded for level in schemes.levels(of))}", lambda: _("Levels with a certificate")
    ),
    "pass-mark": _of_scheme(_pass_mark, lambda: _("Pass mark")),
}


# --- Blocks: a template and what it shows -------------------------------------------------------------------------------

_Block = tuple[str, dict[str, Any]]


def _shares(filler: Filler, argument: str) -> _Block:
    return "shares", {"shares": filler.shares, "picture": pictures.share_picture(filler.shares)}


def _shares_by_region(filler: Filler, argument: str) -> _Block:
    listed = list(filler.schemes.values())
    return "regions", {"schemes": listed, "rows": pictures.region_shares(filler.census, listed)}


def _awards_over_time(filler: Filler, argument: str) -> _Block:
    scheme, _named, _level = filler.scope(argument)
    months = filler.census.months.get((scheme, None), {})
    return "months", {"awards": pictures.awards_picture(months, filler.on), "scope": filler.called(argument)}


def _ladder(filler: Filler, argument: str) -> _Block:
    of = filler.scheme(argument)
    levels = schemes.levels(of)
    return "ladder", {"scheme": of, "levels": levels}


def _parts(filler: Filler, argument: str) -> _Block:
    of = filler.scheme(argument)
    names = {level.code: level.name for level in schemes.levels(of)}
    rows = [(part, [name for code, name in names.items() if code in part.levels]) for part in schemes.parts(of)]
    return "parts", {"scheme": of, "rows": rows}


def _words_of(name: str) -> Callable[[Filler, str], _Block]:
    def made(filler: Filler, argument: str) -> _Block:
        of = filler.scheme(argument)
        return "words", {"scheme": of, "words": getattr(of, name)}

    return made


def _eligibility(filler: Filler, argument: str) -> _Block:
    edition = template_in_force(filler.on)
    listed = next(iter(filler.schemes.values()), None)
    names = {level.code: level.name for level in schemes.levels(listed)} if listed else {}
    rows = [(names[code], clauses) for code, clauses in edition.levels.items() if code in names] if edition else []
    return "eligibility", {"edition": edition, "rows": rows}


_BLOCKS: Final[Mapping[str, Callable[[Filler, str], _Block]]] = {
    "shares": _shares,
    "shares-by-region": _shares_by_region,
    "awards-over-time": _awards_over_time,
    "ladder": _ladder,
    "parts": _parts,
    "proves": _words_of("proves"),
    "proves-not": _words_of("proves_not"),
    "legal-basis": _words_of("legal_basis"),
    "eligibility": _eligibility,
}
