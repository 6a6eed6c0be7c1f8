"""What editors type: a text of an article, and a note with a deed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guildhall.encyclopedia.articles.models import Revision
from guildhall.encyclopedia.articles.reading import LANGUAGES, Text, parted
from guildhall.web.encyclopedia import KIND_WORDS
from guildhall.web.forms import PlainForm

TONGUES: Final[Mapping[str, str]] = {"zh": "中文", "en": "English"}
PROBLEM_WORDS: Final[Mapping[str, Promise]] = {
    "missing_line": _("Title, summary and kind are needed."),
    "too_long": _("This is too long."),
    "unknown_kind": _("There is no such kind of article."),
    "bad_subject": _("This names no subject."),
    "too_many_subjects": _("Too many subjects."),
    "bad_field": _("A field is a digit from 1 to 8."),
    "bad_slug": _("A slug has small letters, digits and single hyphens."),
    "bad_language": _("The language is zh or en."),
    "heading_too_high": _("Headings begin at ##; the title is the first."),
    "refused_link": _("A link leads to an article, a path of this site, or https."),
    "refused_picture": _("Pictures are not loaded."),
    "unknown_marker": _("There is no such marker."),
    "misplaced_marker": _("This marker stands alone in a paragraph of its own."),
    "html_as_text": _("HTML is shown as text."),
    "restricted_wording": _("Restricted wording: say it differently, or name the word under “quotes”."),
    "unreadable_text": _("The text holds characters that no text holds."),
    "too_large": _("The text is too large."),
}


class ArticleForm(PlainForm):
    """One language of an article. What it means is for the service to say."""

    slug = forms.CharField(label=_("Address"), max_length=64, help_text=_("Small letters, digits, hyphens; it stays."))
    language = forms.ChoiceField(label=_("Language"), choices=[(tag, TONGUES[tag]) for tag in LANGUAGES])
    title = forms.CharField(label=_("Title"), max_length=80)
    summary = forms.CharField(
        label=_("Summary"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One or two sentences."),
    )
    kind = forms.ChoiceField(label=_("Kind of article"))
    about = forms.CharField(
        label=_("Subjects"),
        required=False,
        max_length=1200,
        help_text=_("Parted by commas: scheme:pcc, occupation:6-31-01-03, certificate:pcc/6-31-01-03/3, issuer:…"),
    )
    field = forms.ChoiceField(label=_("Field"), required=False)
    authors = forms.CharField(label=_("Written by"), required=False, max_length=200)
    quotes = forms.CharField(
        label=_("Quotes"),
        required=False,
        max_length=300,
        help_text=_("Restricted words that the text names in order to explain them."),
    )
    body = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "true", "class": "number"}),
        help_text=_("Markdown. Figures are markers such as {{count:pcc}}; see the format of articles."),
        strip=False,
    )
    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, fixed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (code, word) for code, word in KIND_WORDS.items() if code not in {"article", "programme"}
        ]
        self.fields["field"].choices = [("", "—"), *((str(n), str(n)) for n in range(1, 9))]  # type: ignore[attr-defined]
        for name in ("slug", "language") if fixed else ():
            self.fields[name].widget = forms.HiddenInput()

    def text(self) -> Text:
        """Return what was typed as a text."""
        typed = self.cleaned_data
        return Text(
            slug=typed["slug"],
            language=typed["language"],
            title=typed["title"],
            summary=" ".join(typed["summary"].split()),
            kind=typed["kind"],
            body=typed["body"].replace("\r\n", "\n").rstrip() + "\n",
            about=parted(typed["about"]),
            field=typed["field"],
            authors=parted(typed["authors"]),
            quotes=parted(typed["quotes"]),
        )


def typed_of(revision: Revision) -> dict[str, object]:
    """Return a revision as the form has it."""
    return {
        "slug": revision.article_id,
        "language": revision.language,
        "title": revision.title,
        "summary": revision.summary,
        "kind": revision.kind,
        "about": ", ".join(revision.about),
        "field": revision.field,
        "authors": ", ".join(revision.authors),
        "quotes": ", ".join(revision.quotes),
        "body": revision.body,
        "after": revision.number,
    }


class NoteForm(PlainForm):
    """Why something is sent back or withdrawn."""

    note = forms.CharField(label=_("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
