"""The encyclopedia in public: front page, fields, occupations, certificates, standards. Every fact is read from the register."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guildhall.core.errors import NotFoundError
from guildhall.encyclopedia import facts, fields
from guildhall.encyclopedia.articles import selectors as articles
from guildhall.encyclopedia.census import census, published
from guildhall.encyclopedia.rights import Right, issuers_among, rights
from guildhall.schemes import selectors as schemes
from guildhall.standards import selectors as standards
from guildhall.standards.classifications.selectors import correspondences, wider
from guildhall.web import clock, encyclopedia, linked, neighbours, register, words
from guildhall.web.linking import absolute
from guildhall.web.negotiating import Forms, answer
from guildhall.web.pages import crumb
from guildhall.web.pictures import awards_picture, ladder_rows, map_of, region_shares, share_picture
from guildhall.web.templatetags.guildhall import counted as may_show
from guildhall.web.templatetags.guildhall import day as in_words
from guildhall.web.templatetags.guildhall import language
from guildhall.web.words import Fact, text

NEWEST = 8
SYSTEM = "two-tracks"
"""The article about the system itself: what the tracks are and how they stand side by side."""


@require_safe
def front(request: HttpRequest, form: str = "") -> HttpResponseBase:
    """Show the search, the fields, the newest articles and the shares."""
    on = clock.today()
    listed = fields.fields(on)
    known, counted = rights(on), census(on, now=clock.now())
    shares = register.figures().shares
    way = (crumb(_("Encyclopedia")),)
    edition = standards.current_classification(on)

    def rows() -> Iterator[Sequence[object]]:
        yield ("field", "name_zh", "name_en", "n_occupations", "n_awarded")
        for one in listed:
            yield (one.code, one.name.get("zh"), one.name.get("en"), one.n_occupations, one.n_awarded)

    return answer(
        request,
        form,
        Forms(
            template="encyclopedia/front",
            crumbs=way,
            title=_("Encyclopedia of certificates"),
            summary=_("What each certificate is, what it proves and what not, and who may award it today."),
            linked=lambda: linked.term_set(
                absolute("encyclopedia", language="zh"),
                edition.name,
                [
                    linked.term(absolute("encyclopedia-field", one.code, language="zh"), one.name, one.code)
                    for one in listed
                ],
                way,
            ),
            rows=rows,
            context={
                "on": on,
                "fields": listed,
                "classification": edition,
                "entries": [article_row(entry) for entry in articles.newest(NEWEST)],
                "systems": [article_row(entry) for entry in articles.entries(kind="system") if entry.slug == SYSTEM],
                "shares": shares,
                "share_picture": share_picture(shares),
                "n_issuers": issuers_among(known.in_force()),
                "n_certificates": len(
                    {
                        (right.scheme, code, level)
                        for right in known.in_force()
                        for code in right.occupations
                        for level in right.levels
                    }
                ),
                "n_in_force": counted.tally().n_in_force,
                "n_occupations": sum(one.n_awarded for one in listed),
                "scheme_list": [share.scheme for share in shares],
                "region_shares": region_shares(counted, [share.scheme for share in shares]),
            },
        ),
    )


@require_safe
def field(request: HttpRequest, code: str, form: str = "") -> HttpResponseBase:
    """Show a major class with its occupations."""
    try:
        found = fields.field(code, on=clock.today(), now=clock.now())
    except NotFoundError:
        raise Http404 from None
    named = {scheme.code: scheme for scheme in schemes.schemes()}
    way = encyclopedia.way(crumb(encyclopedia.short_field(found.field.name)))

    def rows() -> Iterator[Sequence[object]]:
        yield ("occupation", "name_zh", "name_en", "marks", "scheme", "levels_awarded_today")
        for group in found.groups:
            for row in group.rows:
                for scheme, levels in row.schemes.items() or [("", ())]:
                    names = (row.name.get("zh"), row.name.get("en"))
                    yield (row.code, *names, " ".join(row.marks), scheme, " ".join(levels))

    address = absolute("encyclopedia-field", code, language="zh")
    return answer(
        request,
        form,
        Forms(
            template="encyclopedia/field",
            crumbs=way,
            title=text(found.field.name),
            summary=_("%(n)d occupations; certificates are awarded in %(m)d of them today.")
            % {"n": found.field.n_occupations, "m": found.field.n_awarded},
            kicker=f"{_('Encyclopedia')} · {text(found.classification.name)}",
            linked=lambda: linked.term_set(
                address,
                found.field.name,
                [
                    linked.term(
                        absolute("occupation", found.classification.pk, row.code, language="zh"), row.name, row.code
                    )
                    for group in found.groups
                    for row in group.rows
                ],
                way,
            ),
            rows=rows,
            context={
                "facts": found,
                "awarded": fields.awarded_rows(found.groups),
                "schemes": named,
                "entries": [article_row(entry) for entry in articles.entries(field=code)],
            },
        ),
    )


@require_safe
def occupation(request: HttpRequest, classification: str, code: str, form: str = "") -> HttpResponseBase:
    """Show an occupation: what it is, which certificates there are, who may award them."""
    on = clock.today()
    try:
        found = facts.occupation(classification, code, on=on, now=clock.now())
    except NotFoundError:
        raise Http404 from None
    named = found.occupation
    way = (*encyclopedia.way_to(named)[:-1], crumb(text(named.name)))
    summary = text(named.definition) or text(named.classification.name)

    def rows() -> Iterator[Sequence[object]]:
        yield ("scheme", "level", "level_name_zh", "level_name_en", "issuers_today", "in_force")
        for scheme, steps in found.ladders:
            for step in steps:
                shown = published(step.tally.n_in_force)
                names = (step.level.name.get("zh"), step.level.name.get("en"))
                yield (scheme.code, step.level.code, *names, step.n_issuers, "<5" if shown is None else shown)

    about = [f"occupation:{code}", f"standard:{code}"] if found.national else []
    return answer(
        request,
        form,
        Forms(
            template="encyclopedia/occupation",
            crumbs=way,
            title=text(named.name),
            summary=summary,
            kicker=f"{_('Encyclopedia')} · {text(named.classification.name)}",
            linked=lambda: linked.occupation(found, way),
            rows=rows,
            context={
                "facts": found,
                "short": _occupation_facts(found),
                "path": fields.path_of(named),
                "marks": [encyclopedia.MARK_WORDS[mark] for mark in named.marks if mark in encyclopedia.MARK_WORDS],
                "ladders": [(scheme, ladder_rows(scheme, named, steps)) for scheme, steps in found.ladders],
                "entries": [article_row(entry) for entry in articles.entries(subjects=about)] if about else [],
                "awards": awards_picture(found.months, on),
                "matches": correspondences(named),
                "wider": wider(named),
                "competencies": [step for steps in found.ladders[:1] for step in steps[1] if step.functions],
            },
        ),
    )


def _occupation_facts(found: facts.OccupationFacts) -> list[Fact]:
    named = found.occupation
    shown = [Fact(_("Code"), words.monospace(named.code), text(named.classification.name))]
    if found.standard is not None:
        source = encyclopedia.from_standard(found.standard, named)
        shown.append(Fact(_("Standard in force"), found.standard.name, source))
    if found.national:
        shown.append(Fact(_("Issuers today"), f"{found.n_issuers:,}", encyclopedia.from_filings(found.on)))
        told = may_show(found.tally.n_in_force)
        shown.append(Fact(_("In force"), told, encyclopedia.from_register(found.on)))
    if found.work_types:
        sign = "、" if language() == "zh" else ", "
        names = sign.join(text(name) for name in found.work_types)
        shown.append(Fact(_("Work types"), names, text(named.classification.name)))
    return shown


@require_safe
def certificate_type(request: HttpRequest, scheme: str, occupation: str, form: str = "") -> HttpResponseBase:
    """Show an occupation's certificates in one scheme: the ladder, and the way to each level."""
    on = clock.today()
    try:
        of = schemes.scheme_by_code(scheme)
        named = standards.occupation_by_code(occupation)
        found = facts.occupation(named.classification_id, named.code, on=on, now=clock.now())
    except NotFoundError:
        raise Http404 from None
    steps = next((steps for one, steps in found.ladders if one.code == scheme), None)
    if steps is None:
        raise Http404
    way = (*encyclopedia.way_to(found.occupation), crumb(text(of.certificate_name)))
    ladder = ladder_rows(of, named, steps)
    name = linked.joined(named.name, of.certificate_name, sign={"zh": "：", "en": ": "})
    address = absolute("certificate-type", scheme, occupation, language="zh")
    return answer(
        request,
        form,
        Forms(
            template="encyclopedia/certificate_type",
            crumbs=way,
            title=text(name),
            summary=text(of.proves),
            kicker=f"{_('Encyclopedia')} · {text(of.name)}",
            linked=lambda: linked.term_set(
                address,
                name,
                [linked.term(row.absolute, row.step.level.name, row.step.level.code) for row in ladder if row.href],
                way,
            ),
            context={
                "facts": found,
                "scheme": of,
                "ladder": ladder,
                "awarders": _issuer_rows(rights(on).today(scheme, occupation)),
            },
        ),
    )


@require_safe
def certificate(request: HttpRequest, scheme: str, occupation: str, level: str, form: str = "") -> HttpResponseBase:
    """Show a certificate: what it proves and not, who may award it, how it is assessed, what it opens."""
    on = clock.today()
    try:
        found = facts.certificate(scheme, occupation, level, on=on, now=clock.now())
    except NotFoundError:
        raise Http404 from None
    named = found.occupation
    name = linked.joined(named.name, found.level.name, sign={"zh": " ", "en": ", "})
    conversions, posts = neighbours.conversions(found), neighbours.posts(found)
    way = (
        *encyclopedia.way_to(named),
        crumb(text(found.scheme.certificate_name), "certificate-type", scheme, occupation),
        crumb(text(found.level.name)),
    )

    def rows() -> Iterator[Sequence[object]]:
        yield ("issuer", "name_zh", "name_en", "regions", "filing", "since", "until", "on")
        for one in found.awarders:
            names = (one.right.name.get("zh"), one.right.name.get("en"))
            yield (
                one.right.slug,
                *names,
                " ".join(one.right.regions),
                one.right.filing,
                one.since,
                one.right.ends_on,
                on,
            )

    own = articles.entries(subjects=[f"certificate:{found.key}", f"occupation:{named.code}", f"standard:{named.code}"])
    of_scheme = [entry for entry in articles.entries(subjects=[f"scheme:{scheme}"]) if entry not in own]
    general = sorted(of_scheme, key=lambda entry: (entry.kind != "system", entry.slug != SYSTEM, entry.slug))
    return answer(
        request,
        form,
        Forms(
            template="encyclopedia/certificate",
            crumbs=way,
            title=text(name),
            summary=text(named.definition) or text(found.scheme.proves),
            kicker=f"{_('Encyclopedia')} · {text(found.scheme.name)}",
            linked=lambda: linked.certificate(found, way),
            rows=rows,
            context={
                "facts": found,
                "short": _certificate_facts(found),
                "times": _times(found),
                "ladder": ladder_rows(found.scheme, named, found.ladder, here=level),
                "step": next(step for step in found.ladder if step.level.code == level),
                "awarders": _issuer_rows([one.right for one in found.awarders], found),
                "assessed_from": encyclopedia.from_standard(found.standard, named)
                if found.document is not None
                else encyclopedia.from_scheme(scheme, found.scheme.name),
                "entries": [article_row(entry) for entry in [*own, *general[:3]]],
                "awards": awards_picture(found.months, on),
                "conversions": conversions,
                "posts": posts,
                "map": map_of(found, conversions, posts),
            },
        ),
    )


def _certificate_facts(found: facts.CertificateFacts) -> list[Fact]:
    months = found.scheme.validity_months
    from_scheme = encyclopedia.from_scheme(found.scheme.code, found.scheme.name)
    shown = [
        Fact(_("In force today"), may_show(found.tally.n_in_force), encyclopedia.from_register(found.on)),
        Fact(_("Ever issued"), may_show(found.tally.n_issued), encyclopedia.from_register(found.on)),
        Fact(
            _("May be awarded by"),
            _n_issuers(len({one.right.issuer for one in found.awarders})),
            encyclopedia.from_filings(found.on),
        ),
        Fact(_("Valid for"), encyclopedia.years(months) if months else _("life"), from_scheme),
    ]
    # One early award would point at a person.
    if found.tally.first_on is not None and published(found.tally.n_issued) is not None:
        shown.insert(2, Fact(_("First awarded"), in_words(found.tally.first_on), encyclopedia.from_register(found.on)))
    if found.standard is not None:
        source = encyclopedia.from_standard(found.standard, found.occupation)
        shown.append(Fact(_("Standard in force"), found.standard.name, source))
    return shown


def _n_issuers(n: int) -> str:
    return _("%(n)d issuers") % {"n": n} if n != 1 else _("one issuer")


def _times(found: facts.CertificateFacts) -> list[Fact]:
    """Return what it costs in time, as far as any source says so."""
    shown = []
    source = encyclopedia.from_standard(found.standard, found.occupation)
    if found.hours:
        shown.append(Fact(_("Training"), _("%(n)d hours at least") % {"n": found.hours}, source))
    if found.minutes:
        shown.append(Fact(_("Assessment"), _("%(n)d minutes in all") % {"n": found.minutes}, source))
    if found.sitting is not None and found.sitting.months:
        shown.append(
            Fact(
                _("From the level below"),
                _("%(time)s of work after that certificate, by the shortest way")
                % {"time": encyclopedia.years(found.sitting.months)},
                _("Eligibility, %(edition)s") % {"edition": found.sitting.edition},
            )
        )
    return shown


def _issuer_rows(found: Iterable[Right], of: facts.CertificateFacts | None = None) -> list[dict[str, Any]]:
    since = {one.right.filing: one for one in of.awarders} if of is not None else {}
    return [
        {
            "right": right,
            "regions": [register.region_name(code) for code in right.regions],
            "since": since[right.filing].since if right.filing in since else right.starts_on,
            "counted": may_show(since[right.filing].tally.n_in_force) if right.filing in since else "",
            "href": reverse("issuer", args=[right.slug]),
        }
        for right in found
    ]


def article_row(entry: articles.Entry) -> dict[str, Any]:
    """Return an article as a row of a list, in the page's language or in the one that there is."""
    title, summary, shown = encyclopedia.in_language_or_other(entry)
    return {
        "href": reverse("article", args=[entry.slug]),
        "title": title,
        "summary": summary,
        "language": shown,
        "other": shown != language(),
        "kind": encyclopedia.KIND_WORDS.get(entry.kind, ""),
        "at": entry.published_at,
    }
