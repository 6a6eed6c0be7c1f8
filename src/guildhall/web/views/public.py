"""Pages that anybody reads: home, coverage, issuers, schemes, the log, how to check, privacy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guildhall.core import tiles
from guildhall.core.codes.certificate_number import LAYOUTS
from guildhall.credentials.rendering import qr
from guildhall.encyclopedia.articles import selectors as articles
from guildhall.encyclopedia.census import census
from guildhall.encyclopedia.rights import rights
from guildhall.issuers import selectors as issuers
from guildhall.schemes import selectors as schemes
from guildhall.standards.models import Occupation
from guildhall.tlog.keys import verifier_key
from guildhall.tlog.services import latest_checkpoint
from guildhall.web import clock, linked, register, specimen, words
from guildhall.web.forms import CheckForm
from guildhall.web.linking import absolute
from guildhall.web.negotiating import Forms, answer
from guildhall.web.pages import crumb, page
from guildhall.web.pictures import awards_picture, region_shares
from guildhall.web.templatetags.guildhall import day
from guildhall.web.views.encyclopedia import article_row

PER_PAGE = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the check, the tracks, the register in figures and the doors."""
    known = register.figures()
    face = specimen.face(known.fingerprint)
    return page(
        request,
        "home",
        form=CheckForm(),
        figures=known,
        schemes=known.shares,
        face=face,
        qr=mark_safe(qr.svg(face.check_url, quiet=0)),  # noqa: S308 - drawn by our own code
    )


@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Show what this register covers since when."""
    listed = schemes.schemes()
    return page(
        request,
        "coverage",
        crumb(_("Coverage")),
        schemes=[{"scheme": one, "layout": LAYOUTS[one.number_layout].name} for one in listed],
        not_covered=[
            layout.name for letter, layout in LAYOUTS.items() if letter not in {one.number_layout for one in listed}
        ],
    )


@require_safe
def issuer_list(request: HttpRequest) -> HttpResponse:
    """List who may award."""
    on = clock.today()
    rows = Paginator(register.issuer_rows(on), PER_PAGE)
    return page(request, "issuers", crumb(_("Issuers")), page=rows.get_page(request.GET.get("page")), on=on)


@require_safe
def issuer(request: HttpRequest, slug: str, form: str = "") -> HttpResponseBase:
    """Show one issuer: what it may award, what it has awarded, its keys."""
    try:
        found = issuers.issuer_by_slug(slug)
    except issuers.UnknownIssuerError:
        raise Http404 from None
    on = clock.today()
    organisation = found.organisation
    facts = [
        words.Fact(_("Identifier"), words.monospace(found.did)),
        words.Fact(_("Region"), register.region_name(organisation.region)),
    ]
    if organisation.credit_code:
        facts.append(words.Fact(_("Credit code"), words.monospace(organisation.credit_code)))
    if found.closed_on:
        facts.append(words.Fact(_("Closed"), day(found.closed_on)))
    filings = register.filing_rows(issuers.accreditations_of(found), on=on)
    way = (crumb(_("Issuers"), "issuers"), crumb(words.text(organisation.name)))

    def rows() -> Iterator[Sequence[object]]:
        yield ("filing", "scheme_zh", "occupations_zh", "levels_zh", "regions_zh", "from", "until", "standing")
        for row in filings:
            listed = [
                " ".join(one.get("zh", "") for one in many) for many in (row.occupations, row.levels, row.regions)
            ]
            yield (row.filing, row.scheme.get("zh"), *listed, row.starts_on, row.ends_on, row.code)

    return answer(
        request,
        form,
        Forms(
            template="issuer",
            crumbs=way,
            title=words.text(organisation.name),
            summary=_("What this issuer may award today, and what it has awarded."),
            kicker=_("Issuers"),
            linked=lambda: linked.organisation(slug, organisation.name, credit_code=organisation.credit_code, way=way),
            rows=rows,
            context={
                "issuer": found,
                "facts": facts,
                "filings": filings,
                "counts": register.award_counts(found),
                "keys": [
                    {
                        "fingerprint": register.fingerprint_of(key),
                        "key_id": key.key_id,
                        "starts_at": key.starts_at,
                        "ends_at": key.ends_at,
                    }
                    for key in issuers.keys_of(organisation)
                ],
                "on": on,
            },
        ),
    )


@require_safe
def scheme(request: HttpRequest, code: str, form: str = "") -> HttpResponseBase:
    """Show one scheme: what it certifies and what not, its ladder, what is awarded, how to check one."""
    try:
        found = schemes.scheme_by_code(code)
    except schemes.UnknownSchemeError:
        raise Http404 from None
    on = clock.today()
    months = found.validity_months
    share = next((one for one in register.figures().shares if one.scheme.code == code), None)
    facts = [
        words.Fact(_("Certificate"), found.certificate_name),
        words.Fact(_("Certificate numbers"), LAYOUTS[found.number_layout].name),
        words.Fact(_("Awarded since"), day(found.starts_on)),
        words.Fact(_("Complete here since"), day(found.covered_from)),
        words.Fact(_("Valid for"), _("%(n)d months") % {"n": months} if months else _("life")),
    ]
    if share is not None:
        facts.append(words.Fact(_("On the register"), f"{share.n_awards:,}", _("Register, %(day)s") % {"day": day(on)}))
    counted = census(on, now=clock.now())
    awarded = {occupation for right in rights(on).in_force(code) for occupation in right.occupations}
    named = dict(Occupation.objects.filter(code__in=awarded).order_by("code").values_list("code", "name"))
    way = (crumb(_("Coverage"), "coverage"), crumb(words.text(found.name)))
    levels = schemes.levels(found)

    def rows() -> Iterator[Sequence[object]]:
        yield ("level", "rung", "name_zh", "name_en", "awarded")
        for level in levels:
            yield (level.code, level.rung, level.name.get("zh"), level.name.get("en"), level.awarded)

    return answer(
        request,
        form,
        Forms(
            template="scheme",
            crumbs=way,
            title=words.text(found.name),
            summary=words.text(found.proves),
            kicker=_("Schemes"),
            linked=lambda: linked.term_set(
                absolute("scheme", code, language="zh"),
                found.name,
                [linked.term(absolute("scheme", code, language="zh"), level.name, level.code) for level in levels],
                way,
            ),
            rows=rows,
            context={
                "scheme": found,
                "levels": levels,
                "parts": schemes.parts(found),
                "facts": facts,
                "on": on,
                "awards": awards_picture(counted.months.get((code, None), {}), on),
                "regions": region_shares(counted, [found]),
                "only": [found],
                "occupations": list(named.items()),
                "entries": [article_row(entry) for entry in articles.entries(subjects=[f"scheme:{code}"])],
            },
        ),
    )


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Show the last checkpoint and how to audit the log."""
    checkpoint = latest_checkpoint()
    commands = (
        f"curl -O {settings.ORIGIN}/trust.json\n"
        f"curl -s {settings.ORIGIN}/log/files.txt | wget -q -x -nH -i -\n"
        "guildhall audit log --trust trust.json --remember seen.checkpoint"
    )
    return page(
        request,
        "log",
        crumb(_("Public log")),
        checkpoint=checkpoint,
        size=checkpoint.size if checkpoint else 0,
        n_waiting=register.n_waiting(),
        audit_commands=commands,
        vkey=verifier_key().text if checkpoint else "",
    )


@require_safe
def log_files(request: HttpRequest) -> HttpResponseBase:
    """List the addresses of all files of the log as last published, the checkpoint last, for a program that copies."""
    checkpoint = latest_checkpoint()
    paths = (tile.path for tile in tiles.tiles_of(checkpoint.size)) if checkpoint else ()
    # The checkpoint last: a copy cut short has none, and is taken for none.
    lines = (f"{settings.ORIGIN}/log/{path}\n" for path in (*paths, *((tiles.CHECKPOINT,) if checkpoint else ())))
    return StreamingHttpResponse(lines, content_type="text/plain; charset=utf-8")


@require_safe
def how_to_check(request: HttpRequest) -> HttpResponse:
    """Explain how anybody checks without this site, and what each answer means."""
    return page(
        request,
        "how_to_check",
        crumb(_("Check it yourself")),
        origin=settings.ORIGIN,
        answers=words.verdicts(),
        checks=words.checks(),
    )


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is held, what is shown and what is not kept."""
    return page(request, "privacy", crumb(_("Privacy")))
