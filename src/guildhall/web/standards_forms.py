"""What writers of standards type: a new edition, its overview, the texts of a level, a table of weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from guildhall.core.codes.level import LEVELS
from guildhall.core.standard import COLUMNS
from guildhall.core.standard.editing import add, move, remove, reword_all
from guildhall.web.forms import DayField, PlainForm
from guildhall.web.words import text

TEXTS: Final = ("definition", "work_environment", "ability_features", "schooling")
PLACES: Final = (("training", "teachers"), ("training", "places"), ("assessment", "places"))
_BELOW: Final = {"basic": ("basic",), "function": ("content",), "content": ("skill", "knowledge")}
_MEMBERS: Final = {"basic": "items", "content": "contents", "skill": "skills", "knowledge": "knowledge"}
_LONGEST: Final = 8000
MAX_FILE: Final = 64 * 1024 * 1024


class NewEditionForm(PlainForm):
    """A first edition."""

    occupation = forms.CharField(label=_("Occupation code"), max_length=24, help_text=_("Such as 6-31-01-03."))
    edition = forms.CharField(label=_("Name of the edition"), max_length=16, help_text=_("Such as 2027."))
    body_zh = forms.CharField(label=_("Standards body (Chinese)"), max_length=200)
    body_en = forms.CharField(label=_("Standards body (English)"), max_length=200, required=False)
    levels = forms.MultipleChoiceField(label=_("Levels"), widget=forms.CheckboxSelectMultiple)
    in_force_on = DayField(label=_("First day in force"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["levels"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(level.code, text(level.name)) for level in LEVELS.values()]


class NextEditionForm(PlainForm):
    """The next edition of a published one."""

    edition = forms.CharField(label=_("Name of the edition"), max_length=16)
    in_force_on = DayField(label=_("First day in force"))


class BringForm(PlainForm):
    """An edition written elsewhere."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".json,.csv,.xlsx,application/json,text/csv"}),
        help_text=_("An edition (JSON), a CASE package (JSON), or a table (CSV, XLSX)."),
    )
    occupation = forms.CharField(label=_("Occupation code"), max_length=24, required=False)
    edition = forms.CharField(label=_("Name of the edition"), max_length=16, required=False)
    level = forms.ChoiceField(label=_("Level"), required=False)
    in_force_on = DayField(label=_("First day in force"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["level"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(level.code, text(level.name)) for level in LEVELS.values()]

    def clean_file(self) -> Any:
        """Refuse what is larger than any edition."""
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE:
            raise forms.ValidationError(_("The file is larger than 64 MB."))
        return file


@dataclass(frozen=True, slots=True)
class Row:
    """One item in the editor: ``key`` names it in the form, ``adds`` are the kinds that may stand below it."""

    key: str
    kind: str
    number: str
    depth: int
    name: Mapping[str, str]
    first: bool
    last: bool
    adds: tuple[str, ...]


def rows(content: Mapping[str, Any], level: str) -> list[Row]:
    """Return the items of a level (empty: basic requirements) in reading order."""
    if level:
        return list(_rows("function", content["requirements"].get(level, []), 0))
    return list(_rows("basic", content["basic"], 0))


def _rows(kind: str, items: list[Mapping[str, Any]], depth: int) -> Iterator[Row]:
    for place, item in enumerate(items):
        number = str(item["number"])
        adds = _BELOW.get(kind, ()) if number.count(".") < 3 else ()  # numbers have four steps
        key = f"{kind}|{number}"
        yield Row(key, kind, number, depth, item["name"], place == 0, place == len(items) - 1, adds)
        for inner in _BELOW.get(kind, ()):
            yield from _rows(inner, item.get(_MEMBERS[inner], []), depth + 1)


def typed(post: QueryDict, key: str) -> dict[str, str]:
    """Return a text in both languages as it was typed, without the empty ones."""
    said = {tag: " ".join(post.get(f"{tag}|{key}", "").split(" ")).strip()[:_LONGEST] for tag in ("zh", "en")}
    return {tag: one.replace("\r\n", "\n") for tag, one in said.items() if one}


def edited(content: Mapping[str, Any], level: str, post: QueryDict) -> tuple[dict[str, Any], str]:
    """Return a content with what was typed at a level and the deed of the button, and the key of the item to go back to.

    Raises: NoSuchItemError.
    """
    names = {(row.kind, row.number): typed(post, row.key) for row in rows(content, level) if f"zh|{row.key}" in post}
    new = reword_all(content, level=level, names=names)
    deed, kind, number = (*post.get("deed", "").split("|", 2), "", "", "")[:3]
    if deed == "add":
        before = {row.key for row in rows(new, level)}
        new = add(new, level=level, kind=kind, above=number, name={})
        return new, next(row.key for row in reversed(rows(new, level)) if row.key not in before)
    if deed == "remove":
        return remove(new, level=level, kind=kind, number=number), number.rpartition(".")[0]
    if deed in {"up", "down"}:
        by = -1 if deed == "up" else 1
        new = move(new, level=level, kind=kind, number=number, by=by)
        head, dot, last = number.rpartition(".")
        return new, f"{kind}|{head}{dot}{int(last) + by}"
    return new, ""


def overview_edited(content: Mapping[str, Any], post: QueryDict) -> dict[str, Any]:
    """Return a content with chapter 1 and what stands before it as typed.

    What is left out of a table of parts or hours (no minutes, no hours) is removed from it.
    """
    overview = dict(content["overview"])
    new = {**content, "name": typed(post, "name"), "body": typed(post, "body"), "overview": overview}
    new["sample"] = "sample" in post
    new["document_no"] = post.get("document_no", "").strip()
    new["in_force_on"] = post.get("in_force_on", "")
    new.pop("ends_on", None)
    if post.get("ends_on"):
        new["ends_on"] = post["ends_on"]
    for name in TEXTS:
        overview[name] = typed(post, name)
    training = dict(overview["training"])
    assessment = dict(overview["assessment"])
    for chapter, name in PLACES:
        held = training if chapter == "training" else assessment
        held.pop(name, None)
        if said := typed(post, f"{chapter}.{name}"):
            held[name] = said
    training["hours"] = {level: n for level in overview["levels"] if (n := _whole(post.get(f"hours|{level}", "")))}
    assessment["parts"] = list(_parts(content, post))
    overview["training"], overview["assessment"] = training, assessment
    template = post.get("template", "")
    if template:
        overview["eligibility"] = {"template": template}
    elif "template" in overview.get("eligibility", {}):
        overview.pop("eligibility")
    return new


def _parts(content: Mapping[str, Any], post: QueryDict) -> Iterator[dict[str, Any]]:
    overview = content["overview"]
    held = {(part["kind"], level): part for part in overview["assessment"]["parts"] for level in part["levels"]}
    for kind in ("theory", "skill", "review"):
        for level in overview["levels"]:
            minutes = _whole(post.get(f"minutes|{kind}|{level}", ""))
            if minutes:
                pass_mark = _whole(post.get(f"pass|{kind}|{level}", "")) or 60
                said = {"kind": kind, "levels": [level], "minutes": minutes, "pass_mark": pass_mark}
                yield {"full_mark": 100, **held.get((kind, level), {}), **said}


def _whole(typed_text: str) -> int:
    return int(typed_text) if typed_text.isascii() and typed_text.isdigit() and len(typed_text) < 6 else 0


def weights_typed(content: Mapping[str, Any], level: str, post: QueryDict) -> dict[str, dict[str, str]]:
    """Return the table of weights as typed, for the rows that the page showed and those that stand deeper."""
    held = content["weights"].get(level, {})
    return {
        column: {
            **{number: weight for number, weight in held.get(column, {}).items() if f"{column}|{number}" not in post},
            **{
                key.partition("|")[2]: value.strip()
                for key, value in post.items()
                if key.startswith(f"{column}|") and isinstance(value, str)
            },
        }
        for column in COLUMNS
    }
