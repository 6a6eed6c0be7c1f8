"""The authority's desk: the whole field, issuers, accreditations, the log, the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guildhall.accounts.models import AuditEntry, RoleKind
from guildhall.accounts.services import verify_audit_chain
from guildhall.core.audit import replay
from guildhall.core.errors import Error
from guildhall.credentials import selectors
from guildhall.issuers import selectors as issuers
from guildhall.issuers import services
from guildhall.issuers.models import Accreditation, AccreditationDeed
from guildhall.tlog.keys import verifier_key
from guildhall.tlog.services import latest_checkpoint
from guildhall.web import background, clock, overview, register, words
from guildhall.web.access import actor, authority_desk
from guildhall.web.desk_pages import PER_PAGE, authority_page, said
from guildhall.web.forms_desk import AccreditForm, FilingDeedForm
from guildhall.web.pages import crumb
from guildhall.web.templatetags.guildhall import day, language

AUDIT: Final = "audit-log"
FILING_DEEDS: Final[Mapping[str, Promise]] = {
    "suspend": pgettext_lazy("filing", "Suspend"),
    "reinstate": lazy("Reinstate"),
    "withdraw": lazy("Withdraw"),
}
FILING_DONE: Final[Mapping[str, Promise]] = {
    "accredit": lazy("Accredited"),
    "suspend": pgettext_lazy("filing", "Suspended"),
    "reinstate": lazy("Reinstated"),
    "withdraw": lazy("Withdrawn"),
}
_DO: Final[Mapping[str, Callable[..., object]]] = {
    "suspend": services.suspend_accreditation,
    "reinstate": services.reinstate_accreditation,
    "withdraw": services.withdraw_accreditation,
}


@authority_desk
@require_safe
def authority(request: HttpRequest) -> HttpResponseBase:
    """Show the whole field."""
    today = clock.today()
    shares = selectors.shares_by_scheme(today)
    by_month = register.remembered(f"months:{today}:{language()}", lambda: overview.months(today), 60)
    return authority_page(
        request,
        "overview",
        shares=shares,
        share_picture=overview.share_picture(shares),
        months=by_month,
        month_picture=overview.month_picture(by_month),
        field=register.remembered("field", overview.regions_by_level, 60),
        waiting=overview.waiting(today),
        health=selectors.health(),
        figures=register.figures(),
        n_awards=sum(share.n_awards for share in shares),
        n_revoked=overview.n_events("revoke") + overview.n_events("annul"),
        audit=_audit_result(),
        on=today,
    )


@authority_desk
@require_safe
def issuer_list(request: HttpRequest) -> HttpResponseBase:
    """List the issuers."""
    rows = Paginator(register.issuer_rows(clock.today()), PER_PAGE)
    return authority_page(
        request, "issuers", crumb(_("Issuers")), page=rows.get_page(request.GET.get("page")), on=clock.today()
    )


@authority_desk
@require_safe
def issuer(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Show an issuer with all its filings and its counts."""
    try:
        found = issuers.issuer_by_slug(slug)
    except issuers.UnknownIssuerError:
        raise Http404 from None
    return authority_page(
        request,
        "issuer",
        crumb(_("Issuers"), "desk-issuers"),
        crumb(words.text(found.organisation.name)),
        issuer=found,
        filings=register.filing_rows(issuers.accreditations_of(found), on=clock.today(), links=True),
        sites=[
            {"code": site.code, "name": site.name, "region": register.region_name(site.region)}
            for site in found.sites.order_by("code")
        ],
        batches=selectors.batches_of(found, actor=actor(request), limit=10),
    )


@authority_desk
@require_safe
def accreditations(request: HttpRequest) -> HttpResponseBase:
    """List the filings, those in force first."""
    rows = register.filing_rows(register.all_filings(), on=clock.today(), links=True, whose=True)
    standing = request.GET.get("standing", "")
    shown = [row for row in rows if not standing or row.code == standing]
    counts = [(code, word, sum(row.code == code for row in rows)) for code, word in register.STANDING_WORDS.items()]
    return authority_page(
        request,
        "accreditations",
        crumb(_("Accreditations")),
        page=Paginator(shown, PER_PAGE).get_page(request.GET.get("page")),
        filters=[
            {"code": code.value, "word": word, "n": n, "here": code.value == standing} for code, word, n in counts
        ],
        n_all=len(rows),
        standing=standing,
    )


@authority_desk
@require_http_methods(["GET", "HEAD", "POST"])
def accredit(request: HttpRequest) -> HttpResponseBase:
    """Enter a new filing."""
    form = AccreditForm(request.POST or None, initial={"starts_on": clock.today(), "issuer": request.GET.get("issuer")})
    if request.method == "POST":
        try:
            if form.is_valid():
                facts: dict[str, Any] = dict(form.cleaned_data)
                holder, number, site = facts.pop("issuer"), facts.pop("filing"), facts.pop("site")
                made = services.accredit(
                    holder,
                    number,
                    **facts,
                    site=issuers.site_by_code(holder, site) if site else None,
                    actor=actor(request),
                    now=clock.now(),
                )
                messages.success(request, _("Filing %(filing)s has been entered.") % {"filing": made.filing})
                return redirect("desk-filing", made.filing)
        except Error as reason:
            form.add_error(None, said(reason))
    return authority_page(
        request, "accredit", crumb(_("Accreditations"), "desk-accreditations"), crumb(_("New filing")), form=form
    )


@authority_desk
@require_safe
def filing(request: HttpRequest, number: str) -> HttpResponseBase:
    """Show a filing, what happened to it, and what can be done."""
    found = _filing(number)
    row = register.filing_rows([found], on=clock.today(), whose=True)[0]
    return authority_page(
        request,
        "filing",
        crumb(_("Accreditations"), "desk-accreditations"),
        crumb(found.filing),
        accreditation=found,
        row=row,
        events=[
            {
                "on": event.from_on,
                "word": FILING_DONE[event.deed],
                "detail": _event_detail(event.deed, event.until_on, event.reason),
                "grave": event.deed in {"suspend", "withdraw"},
            }
            for event in found.events.all()
        ],
        deeds=_deeds_of(found),
        statements=list(found.statements.order_by("-stated_at")[:5]),
    )


@authority_desk
@require_http_methods(["GET", "HEAD", "POST"])
def filing_deed(request: HttpRequest, number: str, deed: str) -> HttpResponseBase:
    """Suspend, reinstate or withdraw a filing: a form, then a page to confirm, then the deed."""
    found = _filing(number)
    if deed not in _DO:
        raise Http404
    if not actor(request).holds(RoleKind.AUTHORITY_OFFICER):
        raise PermissionDenied
    form = FilingDeedForm(request.POST or None, deed=deed)
    confirming = False
    if request.method == "POST" and form.is_valid():
        confirming = "confirmed" not in request.POST
        if not confirming:
            try:
                _do(deed, found, form, request)
            except Error as reason:
                form.add_error(None, said(reason))
            else:
                messages.success(request, _("%(filing)s: %(deed)s.") % {"filing": number, "deed": FILING_DONE[deed]})
                return redirect("desk-filing", number)
    return authority_page(
        request,
        "filing_deed",
        crumb(_("Accreditations"), "desk-accreditations"),
        crumb(number, "desk-filing", number),
        crumb(FILING_DEEDS[deed]),
        accreditation=found,
        row=register.filing_rows([found], on=clock.today(), whose=True)[0],
        deed=deed,
        deed_word=FILING_DEEDS[deed],
        form=form,
        confirming=confirming,
        summary=_filing_summary(form) if confirming else [],
    )


def _do(deed: str, found: Accreditation, form: FilingDeedForm, request: HttpRequest) -> None:
    facts: dict[str, Any] = {"from_on": form.cleaned_data["from_on"], "reason": form.reason()}
    if deed == "suspend":
        facts["until_on"] = form.cleaned_data["until_on"]
    _DO[deed](found, **facts, actor=actor(request), now=clock.now())


def _filing_summary(form: FilingDeedForm) -> list[words.Fact]:
    lines = [words.Fact(_("From"), day(form.cleaned_data["from_on"]))]
    if "until_on" in form.fields:
        until = form.cleaned_data["until_on"]
        lines.append(words.Fact(_("Until"), day(until) if until else _("further notice")))
    lines.append(words.Fact(_("Reason"), form.reason()))
    return lines


def _event_detail(deed: str, until_on: Any, reason: Mapping[str, str]) -> str:
    parts = []
    if deed == AccreditationDeed.SUSPEND:
        parts.append(_("until %(day)s") % {"day": day(until_on) if until_on else _("further notice")})
    if reason:
        parts.append(words.text(reason))
    return _("; ").join(parts)


def _deeds_of(found: Accreditation) -> list[dict[str, object]]:
    """Return what can be done to a filing; what cannot says why."""
    today = clock.today()
    known = issuers.filing(found)
    withdrawn = any(event.deed == AccreditationDeed.WITHDRAW for event in found.events.all())
    suspended = any(one.until_on is None or one.until_on >= today for one in known.suspensions)
    refusals = {
        "suspend": _("It has been withdrawn.") if withdrawn else "",
        "reinstate": _("It has been withdrawn.") if withdrawn else "" if suspended else _("It is not suspended."),
        "withdraw": _("It has been withdrawn already.") if withdrawn else "",
    }
    meanings = {
        "suspend": _("No award may be made under it for a time. Earlier awards stay what they are."),
        "reinstate": _("Awards may be made under it again."),
        "withdraw": _("Ends it for good. Earlier awards stay what they are."),
    }
    return [
        {"code": code, "word": word, "meaning": meanings[code], "refusal": refusals[code]}
        for code, word in FILING_DEEDS.items()
    ]


@authority_desk
@require_safe
def log(request: HttpRequest) -> HttpResponseBase:
    """Show the health of the log."""
    return authority_page(
        request,
        "log",
        crumb(_("Log")),
        health=selectors.health(),
        checkpoint=latest_checkpoint(),
        audit=_audit_result(),
        auditing=background.running(AUDIT),
    )


@authority_desk
@require_POST
def audit(request: HttpRequest) -> HttpResponseBase:
    """Replay the published log in the background."""
    background.start(AUDIT, _audit)
    messages.success(request, _("The log is being replayed. The result will stand here."))
    return redirect("desk-log")


def _audit() -> None:
    folder = Path(settings.LOG_DIR)

    def read(path: str) -> bytes | None:
        try:
            return (folder / path).read_bytes()
        except FileNotFoundError:
            return None

    report = replay(read, log_keys=[verifier_key()], now=clock.now())
    cache.set("web:audit", {"report": report, "at": clock.now()}, timedelta(days=7).total_seconds())


def _audit_result() -> dict[str, Any] | None:
    found = cache.get("web:audit")
    return found if isinstance(found, dict) else None


@authority_desk
@require_safe
def trail(request: HttpRequest) -> HttpResponseBase:
    """Show the audit trail, newest first, and whether its chain holds."""
    entries = AuditEntry.objects.select_related("organisation").order_by("-id")
    asked = request.GET.get("subject", "").strip()[:200]
    if asked:
        entries = entries.filter(subject=asked)
    return authority_page(
        request,
        "trail",
        crumb(_("Audit trail")),
        page=Paginator(entries, PER_PAGE).get_page(request.GET.get("page")),
        subject=asked,
        problems=verify_audit_chain() if "verify" in request.GET else None,
    )


def _filing(number: str) -> Accreditation:
    try:
        return issuers.accreditation_by_filing(number)
    except issuers.UnknownFilingError:
        raise Http404 from None
