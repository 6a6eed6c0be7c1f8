"""Standards in public: a whole edition to read, its weights as tables, and what a later edition changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guildhall.core.codes.level import LEVELS
from guildhall.core.errors import NotFoundError
from guildhall.core.standard import Document, Item
from guildhall.core.standard.difference import Change, difference
from guildhall.core.standard.sentences import change_in_words
from guildhall.encyclopedia import facts
from guildhall.encyclopedia.articles import selectors as articles
from guildhall.encyclopedia.sitting import Sitting, sitting
from guildhall.standards.models import Classification, Occupation, Standard
from guildhall.web import clock, encyclopedia, linked
from guildhall.web.negotiating import Forms, answer
from guildhall.web.pages import crumb
from guildhall.web.templatetags.guildhall import language
from guildhall.web.views.encyclopedia import article_row
from guildhall.web.words import text


@dataclass(frozen=True, slots=True)
class WeightRow:
    """One weighed item: percent of theory and of skill, empty where it is not weighed in that column."""

    number: str
    name: Mapping[str, str]
    theory: str
    skill: str


@dataclass(frozen=True, slots=True)
class LevelChapter:
    """What a standard asks for at one level."""

    code: str
    name: Mapping[str, str]
    functions: Sequence[Item]
    weights: Sequence[WeightRow]
    total: tuple[Decimal, Decimal]
    parts: Sequence[Any]
    hours: int | None
    sitting: Sitting | None


@require_safe
def standard(request: HttpRequest, classification: str, code: str, edition: str, form: str = "") -> HttpResponseBase:
    """Show a whole edition of a standard."""
    named, found, editions = _found(classification, code, edition)
    document = facts.document_of(found)
    on = clock.today()
    way = (*encyclopedia.way_to(named), crumb(_("Standard, edition %(edition)s") % {"edition": edition}))
    chapters = list(_chapters(document, found)) if document is not None else []
    current = facts.in_force(editions, on)

    def rows() -> Iterator[Sequence[object]]:
        yield ("level", "number", "kind", "name_zh", "name_en", "theory_percent", "skill_percent")
        for chapter in chapters:
            weights = {row.number: row for row in chapter.weights}
            basic = document.basic if document is not None else ()
            for item in (one for top in (*basic, *chapter.functions) for one in top.walk()):
                row = weights.get(item.number) if item.kind not in {"skill", "knowledge"} else None
                told = (row.theory, row.skill) if row else ("", "")
                yield (chapter.code, item.number, item.kind, item.name.get("zh"), item.name.get("en"), *told)

    return answer(
        request,
        form,
        Forms(
            template="encyclopedia/standard",
            crumbs=way,
            title=text(found.name),
            summary=_("The occupational standard of %(name)s, edition %(edition)s, whole.")
            % {"name": text(named.name), "edition": edition},
            kicker=f"{_('Encyclopedia')} · {text(named.name)}",
            linked=lambda: linked.standard(found, named, way),
            rows=rows if document is not None else None,
            context={
                "standard": found,
                "occupation": named,
                "document": document,
                "chapters": chapters,
                "editions": [(one, one.edition == edition) for one in editions],
                "in_force": current is not None and current.pk == found.pk,
                "current": current,
                "on": on,
                "entries": [article_row(entry) for entry in articles.entries(subjects=[f"standard:{code}"])],
            },
        ),
    )


@require_safe
def changes(request: HttpRequest, classification: str, code: str, edition: str, since: str) -> HttpResponseBase:
    """Show what an edition changed since an earlier one."""
    named, found, editions = _found(classification, code, edition)
    before = next((one for one in editions if one.edition == since), None)
    new, old = facts.document_of(found), facts.document_of(before)
    if new is None or old is None or before is None:
        raise Http404
    address = (named.classification_id, named.code, edition)
    way = (
        *encyclopedia.way_to(named),
        crumb(_("Standard, edition %(edition)s") % {"edition": edition}, "standard", *address),
        crumb(_("Changes since edition %(edition)s") % {"edition": since}),
    )
    listed = difference(old, new)

    def rows() -> Iterator[Sequence[object]]:
        yield ("deed", "subject", "level", "name", "was", "number", "sentence")
        for one in listed:
            yield (one.deed, one.subject, one.level, one.name, one.was, one.number, change_in_words(one, language()))

    return answer(
        request,
        "",
        Forms(
            template="encyclopedia/changes",
            crumbs=way,
            title=_("%(name)s: edition %(new)s against edition %(old)s")
            % {"name": text(named.name), "new": edition, "old": since},
            summary=_("What the later edition adds, leaves out, changes and moves."),
            kicker=f"{_('Encyclopedia')} · {text(named.name)}",
            linked=lambda: linked.standard(found, named, way),
            rows=rows,
            context={"standard": found, "before": before, "occupation": named, "groups": _by_level(listed)},
        ),
    )


def _found(classification: str, code: str, edition: str) -> tuple[Occupation, Standard, Sequence[Standard]]:
    named = (
        Occupation.objects.select_related("classification", "group__parent__parent")
        .filter(classification=classification, code=code, classification__family=Classification.NATIONAL)
        .first()
    )
    if named is None:
        raise Http404
    try:
        found = facts.edition(named, edition)
    except NotFoundError:
        raise Http404 from None
    return named, found, facts.published_editions(named)


def _chapters(document: Document, found: Standard) -> Iterator[LevelChapter]:
    for code in document.levels:
        weights = tuple(_weights(document, code))
        yield LevelChapter(
            code=code,
            name=_level_name(code),
            functions=document.requirements.get(code, ()),
            weights=weights,
            total=(_sum(row.theory for row in weights), _sum(row.skill for row in weights)),
            parts=tuple(part for part in document.overview.parts if code in part.levels),
            hours=document.overview.hours.get(code),
            sitting=sitting(document.occupation, code, found.in_force_on, document=document),
        )


def _weights(document: Document, level: str) -> Iterator[WeightRow]:
    """Yield what is weighed at a level, as the edition says it, in the order of the text."""
    told = document.content.get("weights", {}).get(level, {})
    theory, skill = told.get("theory", {}), told.get("skill", {})
    items = [item for top in (*document.basic, *document.requirements.get(level, ())) for item in top.walk()]
    seen: set[str] = set()
    for item in items:
        if item.number in seen or item.kind in {"skill", "knowledge"}:
            continue
        if item.number in theory or item.number in skill:
            seen.add(item.number)
            yield WeightRow(item.number, item.name, str(theory.get(item.number, "")), str(skill.get(item.number, "")))


def _level_name(code: str) -> Mapping[str, str]:
    """Return a level as a heading has it."""
    names = LEVELS[code].name if code in LEVELS else {"zh": code, "en": code}
    return {tag: name[:1].upper() + name[1:] for tag, name in names.items()}


def _sum(weights: Iterable[str]) -> Decimal:
    return sum((Decimal(weight) for weight in weights if weight), Decimal())


def _by_level(listed: Sequence[Change]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the changes by level, the whole edition's first, each with its deed and its sentence."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in listed:
        groups.setdefault(one.level, []).append((one.deed, change_in_words(_readable(one), language())))
    order = ["", *LEVELS]
    return [
        (text(_level_name(level)) if level else _("The whole edition"), groups[level])
        for level in sorted(groups, key=order.index)
    ]


def _readable(change: Change) -> Change:
    """Return a change whose values are words: of a part of the assessment only what differs, lists without brackets."""
    before, after = change.before, change.after
    if change.subject == "part" and isinstance(before, dict) and isinstance(after, dict):
        differing = [name for name in after if before.get(name) != after[name]]
        return replace(change, before=_part(before, differing), after=_part(after, differing))
    if change.subject == "part":
        return replace(change, before=_part(before, None), after=_part(after, None))
    if isinstance(before, list | tuple) or isinstance(after, list | tuple):
        return replace(change, before=_listed(before), after=_listed(after))
    return change


def _part(said: Any, names: Sequence[str] | None) -> str | None:
    if not isinstance(said, dict):
        return None
    words = {
        "minutes": _("%(n)d minutes") % {"n": said.get("minutes", 0)},
        "pass_mark": _("pass mark %(mark)s") % {"mark": said.get("pass_mark")},
        "full_mark": _("full mark %(mark)s") % {"mark": said.get("full_mark")},
        "method": text(said.get("method", {})),
    }
    sign = "；" if language() == "zh" else "; "
    return sign.join(words[name] for name in (words if names is None else names) if words.get(name))


def _listed(said: Any) -> Any:
    if not isinstance(said, list | tuple) or not all(isinstance(one, str) for one in said):
        return said
    return ("、" if language() == "zh" else ", ").join(said)
