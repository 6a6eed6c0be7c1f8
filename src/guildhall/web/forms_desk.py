"""What officers type: filings and what happens to them, results files, and the deeds done to awards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guildhall.core.codes.identity import KINDS
from guildhall.core.codes.regions import PROVINCES
from guildhall.core.lifecycle import Deed
from guildhall.credentials.selectors import reasons
from guildhall.credentials.services import Correction
from guildhall.issuers import selectors as issuers
from guildhall.issuers.models import Issuer
from guildhall.schemes import selectors as schemes
from guildhall.schemes.models import Scheme
from guildhall.standards.selectors import OccupationFinder
from guildhall.web import clock
from guildhall.web.forms import DayField, PlainForm
from guildhall.web.words import text

MAX_RESULTS_BYTES = 32 * 1024 * 1024


class ResultsForm(PlainForm):
    """A results file."""

    file = forms.FileField(
        label=_("Results file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )

    def clean_file(self) -> Any:
        """Refuse what is larger than any results file."""
        file = self.cleaned_data["file"]
        if file.size > MAX_RESULTS_BYTES:
            raise forms.ValidationError(_("The file is larger than 32 MB. Please send it in parts."))
        return file


class AccreditForm(PlainForm):
    """A new filing."""

    filing = forms.CharField(label=_("Filing number"), max_length=32, help_text=_("As it stands on the decision."))
    issuer = forms.ChoiceField(label=_("Issuer"))
    scheme = forms.ChoiceField(label=_("Scheme"))
    occupations = forms.CharField(
        label=_("Occupations"),
        help_text=_("One to a line: the code, the name, or both."),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        max_length=60_000,
    )
    levels = forms.MultipleChoiceField(label=_("Levels"), widget=forms.CheckboxSelectMultiple)
    regions = forms.MultipleChoiceField(label=_("Regions"), widget=forms.SelectMultiple(attrs={"size": 8}))
    site = forms.CharField(
        label=_("Place of assessment"),
        required=False,
        max_length=16,
        help_text=_("Its code, if the filing is for one place only."),
    )
    starts_on = DayField(label=_("First day"))
    ends_on = DayField(label=_("Last day"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = schemes.schemes()
        self._choose("issuer", [(one.organisation.slug, text(one.organisation.name)) for one in issuers.issuers()])
        self._choose("scheme", [(one.code, text(one.name)) for one in listed])
        levels = {level.code: text(level.name) for one in listed for level in schemes.levels(one) if level.awarded}
        self._choose("levels", list(levels.items()))
        provinces = [(f"{code}0000", text(name)) for code, name in PROVINCES.items()]
        self._choose("regions", [("000000", _("Nationwide")), *provinces])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField), "only for fields with choices"
        field.choices = choices

    def clean_occupations(self) -> list[str]:
        """Return the codes of the occupations named; the errors are told by the finder."""
        finder = OccupationFinder.load()
        lines = [line.strip() for line in self.cleaned_data["occupations"].splitlines() if line.strip()]
        return sorted({finder.find(line).code for line in lines})

    def clean_issuer(self) -> Issuer:
        """Return the issuer."""
        return issuers.issuer_by_slug(self.cleaned_data["issuer"])

    def clean_scheme(self) -> Scheme:
        """Return the scheme."""
        return schemes.scheme_by_code(self.cleaned_data["scheme"])


class FilingDeedForm(PlainForm):
    """What happens to a filing: from when, until when, why. The reason stands in public."""

    from_on = DayField(label=_("From"), help_text=_("The first day on which it counts; not before today."))
    until_on = DayField(
        label=_("Until"), required=False, help_text=_("The last day. Leave it empty if it is until further notice.")
    )
    reason_zh = forms.CharField(label=_("Reason, in Chinese"), max_length=200)
    reason_en = forms.CharField(label=_("Reason, in English"), max_length=200, required=False)

    def __init__(self, *args: Any, deed: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if deed != "suspend":
            del self.fields["until_on"]
        self.fields["from_on"].initial = clock.today()

    def reason(self) -> dict[str, str]:
        """Return the reason as a language map."""
        zh, en = self.cleaned_data["reason_zh"], self.cleaned_data["reason_en"]
        return {"zh": zh, "en": en or zh}


class DeedForm(PlainForm):
    """What is done to an award: from when, why, and a note for the register's own papers."""

    from_on = DayField(label=_("From"))
    until_on = DayField(
        label=_("Until"), required=False, help_text=_("The last day. Leave it empty if it is until further notice.")
    )
    holder_name = forms.CharField(label=_("Holder’s name"), max_length=100, required=False)
    id_kind = forms.ChoiceField(label=_("Kind of identity document"), required=False)
    id_number = forms.CharField(
        label=_("Identity number"),
        max_length=40,
        required=False,
        help_text=_("Only if it was wrong. It is not shown again."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    work_type = forms.CharField(label=_("Work type"), max_length=100, required=False)
    examined_on = DayField(label=_("Day of assessment"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), help_text=_("The code of the reason stands in the public log."))
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=500,
        help_text=_("For the register’s own papers: the number of the decision, who asked. It is not published."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    FIELDS: Mapping[Deed, tuple[str, ...]] = {
        Deed.SUSPEND: ("from_on", "until_on"),
        Deed.REINSTATE: ("from_on",),
        Deed.REVOKE: ("from_on",),
        Deed.ANNUL: (),
        Deed.EXPIRE: ("from_on",),
        Deed.CORRECT: ("holder_name", "id_kind", "id_number", "work_type", "examined_on"),
        Deed.REISSUE: (),
    }

    def __init__(self, *args: Any, deed: Deed, marks: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        """Keep the fields that the deed has; ``marks`` maps the codes of the parts to their names."""
        super().__init__(*args, **kwargs)
        keep = {*self.FIELDS[deed], "reason", "note"}
        for name in set(self.fields) - keep:
            del self.fields[name]
        if "from_on" in self.fields:
            self.fields["from_on"].initial = clock.today()
        if "id_kind" in self.fields:
            self._choose("id_kind", [("", _("as before")), *((kind.code, text(kind.name)) for kind in KINDS.values())])
        self._choose("reason", [("", "—"), *((code, text(said)) for code, said in reasons(deed).items())])
        self.marks = marks if marks and deed is Deed.CORRECT else {}
        for code, name in self.marks.items():
            self.fields[f"mark_{code}"] = forms.DecimalField(
                label=_("Mark: %(part)s") % {"part": name}, required=False, min_value=0, max_value=100, decimal_places=2
            )
        self.order_fields([*(name for name in self.fields if name not in {"reason", "note"}), "reason", "note"])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField), "only for fields with choices"
        field.choices = choices

    def correction(self) -> Correction:
        """Return what is to be changed: only the fields that differ from what they began with."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data if self.cleaned_data.get(name)}
        marks = {code: f"{changed[f'mark_{code}'].normalize():f}" for code in self.marks if f"mark_{code}" in changed}
        examined_on = changed.get("examined_on")
        return Correction(
            holder_name=changed.get("holder_name"),
            id_kind=changed.get("id_kind") if "id_number" in changed else None,
            id_number=changed.get("id_number"),
            work_type=changed.get("work_type"),
            examined_on=examined_on if isinstance(examined_on, date) else None,
            marks=marks or None,
        )
