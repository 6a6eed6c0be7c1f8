"""The desk of a standards body: editions and drafts, the tree, weights, review by a second person, publication."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guildhall.accounts.models import RoleKind
from guildhall.core.codes.level import LEVELS
from guildhall.core.errors import Error
from guildhall.core.standard import COLUMNS, change_in_words
from guildhall.core.standard.editing import weigh
from guildhall.credentials.affected import affected_by
from guildhall.standards.editions import selectors, services
from guildhall.standards.models import Standard
from guildhall.web import clock, standards_forms, words
from guildhall.web.access import actor, standards_desk
from guildhall.web.desk_pages import said, standards_page
from guildhall.web.pages import Crumb, crumb
from guildhall.web.standards_forms import NextEditionForm
from guildhall.web.templatetags.guildhall import language
from guildhall.web.views.standards_files import found_edition, problems_of, told

STATES: Final[Mapping[str, Promise]] = {
    "draft": lazy("Draft"),
    "review": lazy("Under review"),
    "published": lazy("Published"),
}
KINDS: Final[Mapping[str, Promise]] = {
    "basic": lazy("Basic requirement"),
    "function": lazy("Function"),
    "content": lazy("Work content"),
    "skill": lazy("Skill"),
    "knowledge": lazy("Knowledge"),
}
COLUMN_WORDS: Final[Mapping[str, Promise]] = {"theory": lazy("Theory"), "skill": lazy("Skill")}
PART_WORDS: Final[Mapping[str, Promise]] = {**COLUMN_WORDS, "review": lazy("Review")}
AFFECTED: Final[Mapping[str, Promise]] = {
    "accreditation": lazy("Filings"),
    "award": lazy("Certificates awarded"),
    "eligibility": lazy("Rules of eligibility"),
}
TEXT_WORDS: Final[Mapping[str, Promise]] = {
    "name": lazy("Name of the standard"),
    "body": lazy("Standards body"),
    "definition": lazy("Definition of the occupation"),
    "work_environment": lazy("Work environment"),
    "ability_features": lazy("Abilities"),
    "schooling": lazy("Schooling"),
    "training.teachers": lazy("Teachers"),
    "training.places": lazy("Places of training"),
    "assessment.places": lazy("Places of assessment"),
}
_DONE: Final[Mapping[str, Promise]] = {
    "submit": lazy("The edition is under review."),
    "send-back": lazy("The edition has gone back to its writers."),
    "publish": lazy("The edition is published."),
    "discard": lazy("The draft has been thrown away."),
}


@standards_desk
@require_safe
def editions(request: HttpRequest) -> HttpResponseBase:
    """List drafts, what is under review, and what is published."""
    found = list(selectors.editions())
    groups = [
        (STATES[state], [one for one in found if one.state == state]) for state in ("review", "draft", "published")
    ]
    return standards_page(request, "editions", groups=groups)


def _crumbs(standard: Standard) -> Crumb:
    return crumb(f"{words.text(standard.name)} {standard.edition}", "desk-standard", standard.pk)


@standards_desk
@require_safe
def edition(request: HttpRequest, standard_id: UUID) -> HttpResponseBase:
    """Show an edition: what it lacks, what is different from the one before, whom it concerns, what can be done."""
    return _edition_page(request, found_edition(standard_id))


def _edition_page(
    request: HttpRequest, standard: Standard, *, refusal: str = "", problems: list[str] | None = None
) -> HttpResponse:
    who = actor(request)
    lacks = selectors.lacks(standard) if standard.content and standard.state != "published" else []
    affected = affected_by(standard, on=clock.today())
    changes = [(change.deed, change_in_words(change, language())) for change in selectors.changes_of(standard)]
    return standards_page(
        request,
        "edition",
        crumb(f"{words.text(standard.name)} {standard.edition}"),
        standard=standard,
        state=STATES[standard.state],
        levels=[LEVELS[code] for code in standard.levels],
        lacks=[told(code, problem) for code, problem in lacks],
        changes=[(one, line) for one, line in changes if one != "renumbered"],
        renumbered=[line for one, line in changes if one == "renumbered"],
        affected=[(word, [one for one in affected if one.kind == kind]) for kind, word in AFFECTED.items()],
        own_hand=who.name in {standard.submitted_by, standard.drafted_by},
        next_form=NextEditionForm(),
        refusal=refusal,
        problems=problems or [],
        status=400 if refusal else 200,
    )


_Deed = Callable[[HttpRequest, Standard], object]


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"actor": actor(request), "now": clock.now()}


_DEEDS: Final[Mapping[str, _Deed]] = {
    "submit": lambda request, standard: services.submit(standard, **_by(request)),
    "send-back": lambda request, standard: services.send_back(standard, request.POST.get("note", ""), **_by(request)),
    "publish": lambda request, standard: services.publish(
        standard, expected=request.POST.get("expected", ""), **_by(request)
    ),
    "discard": lambda request, standard: services.discard(standard, **_by(request)),
}


@standards_desk
@require_POST
def deed(request: HttpRequest, standard_id: UUID, name: str) -> HttpResponseBase:
    """Submit, send back, publish, discard, or begin the next edition."""
    standard = found_edition(standard_id)
    if name == "next":
        return _next(request, standard)
    if name not in _DEEDS:
        raise Http404
    try:
        _DEEDS[name](request, standard)
    except Error as reason:
        return _edition_page(request, standard, refusal=said(reason), problems=problems_of(reason))
    messages.success(request, str(_DONE[name]))
    return redirect("desk-standards") if name == "discard" else redirect("desk-standard", standard.pk)


def _next(request: HttpRequest, standard: Standard) -> HttpResponse:
    form = NextEditionForm(request.POST)
    if not form.is_valid():
        return _edition_page(request, standard, refusal=_("Say the name of the edition and its first day."))
    try:
        draft = services.draft_next(
            standard, form.cleaned_data["edition"], in_force_on=form.cleaned_data["in_force_on"], **_by(request)
        )
    except Error as reason:
        return _edition_page(request, standard, refusal=said(reason), problems=problems_of(reason))
    messages.success(request, _("The draft has been made."))
    return redirect("desk-standard", draft.pk)


def _writable(request: HttpRequest, standard: Standard) -> None:
    if not actor(request).holds(RoleKind.STANDARDS_OFFICER):
        raise PermissionDenied
    if standard.state != Standard.State.DRAFT:
        raise Http404


@dataclass(frozen=True, slots=True)
class _Refused:
    """What was typed and why it was not saved; ``content`` is shown again."""

    content: Mapping[str, Any]
    refusal: str
    problems: list[str]


def _save(request: HttpRequest, standard: Standard, content: Mapping[str, Any]) -> _Refused | None:
    try:
        services.edit(standard, content, expected=request.POST.get("expected", ""), **_by(request))
    except services.DraftChangedError as reason:
        by = reason.params.get("by", "")
        return _Refused(
            content,
            _("%(by)s has saved the draft in between. What you typed stands below; save again to put it in place.")
            % {"by": by},
            [],
        )
    except Error as reason:
        return _Refused(content, said(reason), problems_of(reason))
    return None


@standards_desk
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest, standard_id: UUID) -> HttpResponseBase:
    """Edit chapter 1."""
    standard = found_edition(standard_id)
    _writable(request, standard)
    refused = None
    if request.method == "POST":
        refused = _save(request, standard, standards_forms.overview_edited(standard.content, request.POST))
        if refused is None:
            messages.success(request, _("Saved."))
            return redirect("desk-standard-overview", standard.pk)
    content = refused.content if refused else standard.content
    return standards_page(
        request,
        "overview",
        _crumbs(standard),
        crumb(_("Overview of the occupation")),
        **_frame(standard, "overview", refused),
        content=content,
        texts=[(key, word, _text_at(content, key)) for key, word in TEXT_WORDS.items()],
        hours=[
            (LEVELS[level], content["overview"]["training"].get("hours", {}).get(level)) for level in standard.levels
        ],
        parts=[
            (kind, word, [(LEVELS[level], _part(content, kind, level)) for level in standard.levels])
            for kind, word in PART_WORDS.items()
        ],
        rules_template=content["overview"].get("eligibility", {}).get("template", ""),
        own_rules="levels" in content["overview"].get("eligibility", {}),
    )


def _text_at(content: Mapping[str, Any], key: str) -> Mapping[str, str]:
    chapter, _dot, name = key.rpartition(".")
    held = (
        content["overview"][chapter]
        if chapter
        else {**content["overview"], "name": content["name"], "body": content["body"]}
    )
    found: Mapping[str, str] = held.get(name, {})
    return found


def _part(content: Mapping[str, Any], kind: str, level: str) -> Mapping[str, Any]:
    parts = content["overview"]["assessment"]["parts"]
    return next((part for part in parts if part["kind"] == kind and level in part["levels"]), {})


def _frame(standard: Standard, here: str, refused: _Refused | None) -> dict[str, Any]:
    """Return what every page of the editor shows: its steps, and what was refused."""
    steps = [
        ("overview", _("1 Overview"), reverse("desk-standard-overview", args=[standard.pk])),
        ("basic", _("2 Basic requirements"), reverse("desk-standard-items", args=[standard.pk, "basic"])),
        *(
            (level, f"3 {words.text(LEVELS[level].name)}", reverse("desk-standard-items", args=[standard.pk, level]))
            for level in standard.levels
        ),
        ("weights", _("4 Weights"), reverse("desk-standard-weights", args=[standard.pk])),
    ]
    return {
        "standard": standard,
        "steps": [{"word": word, "href": href, "here": name == here} for name, word, href in steps],
        "refusal": refused.refusal if refused else "",
        "problems": refused.problems if refused else [],
        "status": 400 if refused else 200,
    }


@standards_desk
@require_http_methods(["GET", "HEAD", "POST"])
def items(request: HttpRequest, standard_id: UUID, level: str) -> HttpResponseBase:
    """Edit the tree of a level, or the basic requirements: every button saves what was typed, too."""
    standard = found_edition(standard_id)
    _writable(request, standard)
    if level != "basic" and level not in standard.levels:
        raise Http404
    own = "" if level == "basic" else level
    refused = None
    if request.method == "POST":
        try:
            content, goal = standards_forms.edited(standard.content, own, request.POST)
        except Error as reason:
            refused = _Refused(standard.content, said(reason), [])
        else:
            refused = _save(request, standard, content)
        if refused is None:
            messages.success(request, _("Saved."))
            anchor = f"#{_anchor(goal)}" if goal else ""
            return redirect(reverse("desk-standard-items", args=[standard.pk, level]) + anchor)
    content = dict(refused.content) if refused else standard.content
    name = _("Basic requirements") if not own else words.text(LEVELS[own].name)
    return standards_page(
        request,
        "items",
        _crumbs(standard),
        crumb(name),
        **_frame(standard, level, refused),
        heading=name,
        top="basic" if not own else "function",
        top_word=KINDS["basic" if not own else "function"],
        rows=[
            {
                "row": row,
                "anchor": _anchor(row.key),
                "word": KINDS[row.kind],
                "adds": [(kind, KINDS[kind]) for kind in row.adds],
            }
            for row in standards_forms.rows(content, own)
        ],
    )


def _anchor(key: str) -> str:
    return "at-" + key.replace("|", "-").replace(".", "-")


@standards_desk
@require_http_methods(["GET", "HEAD", "POST"])
def weights(request: HttpRequest, standard_id: UUID) -> HttpResponseBase:
    """Edit the weight tables; each column's sum stands below it, as typed."""
    standard = found_edition(standard_id)
    _writable(request, standard)
    refused = None
    level = request.POST.get("level", "")
    if request.method == "POST" and level in standard.levels:
        table = standards_forms.weights_typed(standard.content, level, request.POST)
        refused = _save(request, standard, weigh(standard.content, level=level, weights=table))
        if refused is None:
            messages.success(request, _("Saved."))
            return redirect(reverse("desk-standard-weights", args=[standard.pk]) + f"#level-{level}")
    content = refused.content if refused else standard.content
    return standards_page(
        request,
        "weights",
        _crumbs(standard),
        crumb(_("Weights")),
        **_frame(standard, "weights", refused),
        tables=[_weight_table(content, level) for level in standard.levels],
        columns=list(COLUMN_WORDS.items()),
    )


def _weight_table(content: Mapping[str, Any], level: str) -> dict[str, Any]:
    held = content["weights"].get(level, {})
    rows = [row for row in standards_forms.rows(content, "") if row.depth == 0]
    rows += [row for row in standards_forms.rows(content, level) if row.depth == 0]
    shown = {row.number for row in rows}
    deeper = [number for column in COLUMNS for number in held.get(column, {}) if number not in shown]
    rows += [row for row in standards_forms.rows(content, level) if row.number in deeper and row.kind == "content"]
    return {
        "level": LEVELS[level],
        "rows": [(row, [(column, held.get(column, {}).get(row.number, "")) for column in COLUMNS]) for row in rows],
        "sums": [(column, _sum(held.get(column, {}))) for column in COLUMNS],
    }


def _sum(column: Mapping[str, str]) -> Decimal:
    try:
        return sum((Decimal(weight) for weight in column.values()), Decimal(0))
    except InvalidOperation:
        return Decimal(-1)
