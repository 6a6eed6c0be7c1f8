"""The editors' desk: write, submit, send back, publish by a second person, withdraw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guildhall.accounts.models import RoleKind
from guildhall.core.errors import Error
from guildhall.encyclopedia.articles import selectors, services
from guildhall.encyclopedia.articles.markdown import Problem
from guildhall.encyclopedia.articles.models import Revision, State
from guildhall.encyclopedia.articles.reading import LANGUAGES, SLUG, InvalidArticleError
from guildhall.web import clock
from guildhall.web.access import Desk, Way, actor
from guildhall.web.articles_forms import PROBLEM_WORDS, TONGUES, ArticleForm, NoteForm, typed_of
from guildhall.web.desk_pages import said
from guildhall.web.filling import Filler
from guildhall.web.pages import Crumb, crumb, page
from guildhall.web.templatetags.guildhall import language
from guildhall.web.views.encyclopedia_articles import changed_lines

P = ParamSpec("P")
STATE_WORDS: Final[Mapping[str, tuple[Promise, str]]] = {
    State.DRAFT: (lazy("draft"), "is-open"),
    State.REVIEW: (lazy("under review"), "is-blue"),
    State.PUBLISHED: (lazy("published"), "is-full"),
    State.FORMER: (lazy("replaced"), ""),
    State.WITHDRAWN: (lazy("withdrawn"), "is-red"),
}
DEED_WORDS: Final[Mapping[str, Promise]] = {
    "save": lazy("saved"),
    "submit": lazy("submitted"),
    "return": lazy("sent back"),
    "publish": lazy("published"),
    "replace": lazy("replaced"),
    "withdraw": lazy("withdrawn"),
}


def editors_desk(view: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let editors in."""

    @login_required
    @never_cache
    @wraps(view)
    def seated(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not actor(request).holds(RoleKind.EDITOR):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return seated


@editors_desk
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """List the newest revision of each language of every article; those that wait for somebody first."""
    rows = [_row(one) for one in selectors.at_desk(actor=actor(request))]
    known = {(row["revision"].article_id, row["revision"].language) for row in rows}
    slugs = sorted({slug for slug, _language in known})
    missing = [
        {"slug": slug, "language": tag, "tongue": TONGUES[tag]}
        for slug in slugs
        for tag in LANGUAGES
        if (slug, tag) not in known
    ]
    return _page(request, "overview", rows=rows, missing=missing)


@editors_desk
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, slug: str = "", tongue: str = "") -> HttpResponseBase:
    """Write a text: a new article, a new language, or the next revision; look at it before it is saved."""
    known = _known(request, slug, tongue) if slug else []
    newest = known[0] if known else None
    first: dict[str, object] = {"slug": slug, "language": tongue or language(), "after": 0}
    if newest is not None:
        first = typed_of(newest)
    elif slug:
        first |= _other_language(request, slug, tongue)
    form = ArticleForm(request.POST if request.method == "POST" else None, initial=first, fixed=bool(slug))
    shown: dict[str, Any] = {"form": form, "newest": newest, "problems": [], "refusal": ""}
    if request.method == "POST" and form.is_valid():
        text = form.text()
        if "look" in request.POST:
            shown["preview"] = Filler(clock.today(), clock.now()).text_of(text.body)
            shown["problems"] = _said(services.look(text, now=clock.now()))
        else:
            try:
                saved = services.save(text, actor=actor(request), now=clock.now(), after=form.cleaned_data["after"])
            except InvalidArticleError as error:
                shown["problems"] = _said(error.found)
            except Error as error:
                shown["refusal"] = said(error)
            else:
                messages.success(request, _("Saved as revision %(n)d.") % {"n": saved.number})
                return redirect("desk-article", saved.article_id, saved.language)
    word = _("New article") if not slug else _("Write")
    crumbs = [crumb(f"{slug} · {TONGUES[tongue]}", "desk-article", slug, tongue)] if newest is not None else []
    wrong = bool(shown["problems"] or shown["refusal"] or form.errors) and "look" not in request.POST
    return _page(request, "write", *crumbs, crumb(word), status=422 if wrong else 200, word=word, **shown)


@editors_desk
@require_safe
def article(request: HttpRequest, slug: str, tongue: str) -> HttpResponseBase:
    """Show the newest revision with what can be done, and all before it."""
    known = _known(request, slug, tongue)
    if not known:
        raise Http404
    return _page(request, "article", crumb(f"{slug} · {TONGUES[tongue]}"), **_shown(request, known))


def _shown(request: HttpRequest, known: list[Revision]) -> dict[str, Any]:
    newest = known[0]
    published = next((one for one in known if one.state == State.PUBLISHED), None)
    involved = {newest.saved_by} | {event.by for event in newest.events.all() if event.deed == "submit"}
    return {
        "newest": newest,
        "row": _row(newest),
        "text": Filler(clock.today(), clock.now()).text_of(newest.body),
        "findings": _said([Problem(**finding) for finding in newest.findings]),
        "published": published,
        "changes": changed_lines(published, newest) if published is not None and published.pk != newest.pk else [],
        "rows": [_row(one) for one in known],
        "own": actor(request).name in involved,
        "note": NoteForm(),
        "other": next(tag for tag in LANGUAGES if tag != newest.language),
    }


@editors_desk
@require_POST
def deed(request: HttpRequest, slug: str, tongue: str, number: int, name: str) -> HttpResponseBase:
    """Do something with a revision."""
    known = _known(request, slug, tongue)
    revision = next((one for one in known if one.number == number), None)
    if revision is None or name not in {"submit", "return", "publish", "withdraw"}:
        raise Http404
    by: dict[str, Any] = {"actor": actor(request), "now": clock.now()}
    form = NoteForm(request.POST)
    if name in {"return", "withdraw"} and not form.is_valid():
        shown = _shown(request, known)
        return _page(request, "article", crumb(f"{slug} · {TONGUES[tongue]}"), status=422, **{**shown, "note": form})
    try:
        if name == "submit":
            services.submit(revision, **by)
        elif name == "publish":
            services.publish(revision, **by)
        elif name == "return":
            services.send_back(revision, form.cleaned_data["note"], **by)
        else:
            services.withdraw(revision, form.cleaned_data["note"], **by)
    except Error as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Revision %(n)d: %(deed)s.") % {"n": number, "deed": DEED_WORDS[name]})
    return redirect("desk-article", slug, tongue)


def _known(request: HttpRequest, slug: str, tongue: str) -> list[Revision]:
    if tongue not in LANGUAGES or not SLUG.fullmatch(slug):
        raise Http404
    return selectors.revisions_at_desk(slug, tongue, actor=actor(request))


def _other_language(request: HttpRequest, slug: str, tongue: str) -> dict[str, object]:
    """Return what a translation takes over from the language that is there."""
    other = next(tag for tag in LANGUAGES if tag != tongue)
    found = selectors.revisions_at_desk(slug, other, actor=actor(request))
    if not found:
        raise Http404
    kept = typed_of(found[0])
    return {name: kept[name] for name in ("kind", "about", "field", "body")} | {"after": 0}


def _row(one: Revision) -> dict[str, Any]:
    word, tone = STATE_WORDS[one.state]
    events = [{"event": event, "word": DEED_WORDS[event.deed]} for event in one.events.all()]
    return {
        "revision": one,
        "word": word,
        "tone": tone,
        "tongue": TONGUES[one.language],
        "events": events,
        "href": reverse("desk-article", args=[one.article_id, one.language]),
    }


def _said(found: Any) -> list[dict[str, Any]]:
    """Return problems in the words of the page; English says the place exactly."""
    return [
        {
            "line": one.line,
            "word": PROBLEM_WORDS.get(one.code, one.code),
            "detail": one.detail if language() == "en" or one.code == "restricted_wording" else "",
        }
        for one in found
    ]


def _page(request: HttpRequest, name: str, *crumbs: Crumb, status: int = 200, **context: Any) -> HttpResponse:
    here = crumb(_("Editors’ desk"), "desk-articles") if crumbs else crumb(_("Editors’ desk"))
    match = request.resolver_match
    view = (match.url_name if match else "") or ""
    ways = (
        Way(_("Articles"), reverse("desk-articles"), view != "desk-article-new"),
        Way(_("New article"), reverse("desk-article-new"), view == "desk-article-new"),
    )
    desk = Desk(role=_("Editors’ desk"), name=request.user.get_username(), ways=ways, reads_only=False)
    return page(request, f"articles/{name}", here, *crumbs, status=status, desk=desk, **context)
