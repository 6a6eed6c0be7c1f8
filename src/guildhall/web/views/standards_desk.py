"""The desk of a standards body: editions and drafts, the tree, weights, review by a second person, publication."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from django.conf import settings
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
from guildhall.core.canonical import strict_json
from guildhall.core.codes.level import LEVELS
from guildhall.core.errors import Error
from guildhall.core.exchange import ctdl, tables
from guildhall.core.exchange.case import read_package
from guildhall.core.standard import COLUMNS, change_in_words, problem_in_words
from guildhall.core.standard.editing import weigh
from guildhall.credentials.affected import affected_by
from guildhall.standards.editions import selectors, services
from guildhall.standards.frameworks import selectors as frameworks
from guildhall.standards.frameworks.services import content_from
from guildhall.standards.models import Standard
from guildhall.standards.selectors import occupation_by_code
from guildhall.web import clock, standards_forms, words
from guildhall.web.access import actor, standards_desk
from guildhall.web.desk_pages import as_file, said, standards_page
from guildhall.web.forms import PlainForm
from guildhall.web.pages import Crumb, crumb
from guildhall.web.standards_forms import BringForm, NewEditionForm, NextEditionForm
from guildhall.web.templatetags.guildhall import language

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


@standards_desk
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Begin an edition: empty, or with a file."""
    bringing = "bring" in request.POST
    form = NewEditionForm(None if bringing else request.POST or None, initial={"levels": ["5", "4", "3", "2", "1"]})
    bring = BringForm(request.POST, request.FILES) if bringing else BringForm()
    problems: list[str] = []
    sent: PlainForm = bring if bringing else form
    if request.method == "POST" and sent.is_valid():
        try:
            standard, problems = _brought(request, bring) if bringing else (_begun(request, form), [])
        except Error as reason:
            sent.add_error(None, said(reason))
            problems = _problems(reason)
        else:
            messages.success(request, _("The draft has been made."))
            for problem in problems[:20]:
                messages.warning(request, problem)
            return redirect("desk-standard", standard.pk)
    return standards_page(request, "new", crumb(_("New edition")), form=form, bring=bring, problems=problems)


def _begun(request: HttpRequest, form: NewEditionForm) -> Standard:
    facts = form.cleaned_data
    body = {tag: facts[f"body_{tag}"] for tag in ("zh", "en") if facts[f"body_{tag}"]}
    return services.draft(
        occupation_by_code(facts["occupation"].strip()),
        facts["edition"],
        levels=facts["levels"],
        body=body,
        in_force_on=facts["in_force_on"],
        actor=actor(request),
        now=clock.now(),
    )


def _brought(request: HttpRequest, form: BringForm) -> tuple[Standard, list[str]]:
    file, facts = form.cleaned_data["file"], form.cleaned_data
    data, name = file.read(), str(file.name)
    about = {
        "occupation": facts["occupation"].strip(),
        "edition": facts["edition"],
        "in_force_on": facts["in_force_on"] or clock.today(),
    }
    problems: list[tuple[str, str]] = []
    if name.lower().endswith((".csv", ".xlsx")):
        occupation = occupation_by_code(about["occupation"])
        content = tables.content_of(tables.read(data, file_name=name), name=occupation.name, **about)
    elif b'"CFDocument"' in data[:4096] or b'"CFItems"' in data[:4096]:
        content, problems = content_from(read_package(data), level=facts["level"], **about)
    else:
        value = strict_json.parse(data, max_bytes=standards_forms.MAX_FILE)
        content = value if isinstance(value, dict) else {}
    standard = services.draft_from(content, actor=actor(request), now=clock.now())
    return standard, [_told(code, problem) for code, problem in problems]


def _problems(reason: Error) -> list[str]:
    """Return each problem of a refusal in words, with its place."""
    listed, codes = reason.params.get("problems", ()), reason.params.get("codes", ())
    if not isinstance(listed, list) or not isinstance(codes, list):
        return []
    return [_told(code, problem) for code, problem in zip(codes, listed, strict=False)]


def _told(code: str, problem: str) -> str:
    """Return a problem in words; English says it exactly, Chinese by its kind and place."""
    if language() == "en":
        return f"{problem_in_words(code, 'en')}: {problem}"
    return f"{problem_in_words(code, 'zh')}（{problem.partition(': ')[0]}）"


def _found(standard_id: UUID) -> Standard:
    try:
        return selectors.edition(standard_id)
    except services.UnknownEditionError:
        raise Http404 from None


def _crumbs(standard: Standard) -> Crumb:
    return crumb(f"{words.text(standard.name)} {standard.edition}", "desk-standard", standard.pk)


@standards_desk
@require_safe
def edition(request: HttpRequest, standard_id: UUID) -> HttpResponseBase:
    """Show an edition: what it lacks, what is different from the one before, whom it concerns, what can be done."""
    return _edition_page(request, _found(standard_id))


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
        lacks=[_told(code, problem) for code, problem in lacks],
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
    standard = _found(standard_id)
    if name == "next":
        return _next(request, standard)
    if name not in _DEEDS:
        raise Http404
    try:
        _DEEDS[name](request, standard)
    except Error as reason:
        return _edition_page(request, standard, refusal=said(reason), problems=_problems(reason))
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
        return _edition_page(request, standard, refusal=said(reason), problems=_problems(reason))
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
        return _Refused(content, said(reason), _problems(reason))
    return None


@standards_desk
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest, standard_id: UUID) -> HttpResponseBase:
    """Edit chapter 1."""
    standard = _found(standard_id)
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
    standard = _found(standard_id)
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
    standard = _found(standard_id)
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


@standards_desk
@require_safe
def download(request: HttpRequest, standard_id: UUID, kind: str) -> HttpResponseBase:
    """Hand out an edition as a file: whole (JSON), its table (CSV, XLSX), and once published for others (CASE, CTDL-ASN)."""
    standard = _found(standard_id)
    stem = f"standard-{standard.occupation.code}-{standard.edition}"
    document = selectors.text_of(standard)
    if document is None:
        raise Http404
    if kind == "json":
        return as_file(json.dumps(standard.content, ensure_ascii=False, indent=2).encode(), f"{stem}.json")
    if kind in {"csv", "xlsx"}:
        return as_file(tables.write(document, kind), f"{stem}.{kind}")
    held = frameworks.framework_of(standard) if kind in {"case", "ctdl"} else None
    if held is None:
        raise Http404
    if kind == "ctdl":
        linked = ctdl.framework(document, base=settings.ORIGIN)
        return as_file(json.dumps(linked, ensure_ascii=False).encode(), f"{stem}-ctdl.json")
    return as_file(json.dumps(frameworks.package(held).as_json(), ensure_ascii=False).encode(), f"{stem}-case.json")


@standards_desk
@require_safe
def template(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Hand out an empty table to fill in."""
    if kind not in {"csv", "xlsx"}:
        raise Http404
    return as_file(tables.template(kind), f"standard.{kind}")
