"""What somebody types of a record: jobs, certificates, diplomas, training, titles. Read once, judged, and forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from guildhall.core.codes.level import LEVELS
from guildhall.core.language import in_language
from guildhall.core.record import DIPLOMAS, FORMAT, TITLES, Record
from guildhall.web import clock
from guildhall.web.forms import DayField, PlainForm
from guildhall.web.templatetags.guildhall import language

MOST_ROWS: Final = 20
_OCCUPATION: Final = {"list": "occupations", "autocomplete": "off", "spellcheck": "false"}


def _named(names: Mapping[str, Mapping[str, str]], *, empty: bool = True) -> list[tuple[str, str]]:
    first = [("", "—")] if empty else []
    return [*first, *((code, in_language(name, language())) for code, name in names.items())]


def _levels() -> list[tuple[str, str]]:
    return _named({code: level.name for code, level in LEVELS.items()})


class AskedForm(PlainForm):
    """Which level of which occupation, on which day."""

    occupation = forms.CharField(
        label=_("Occupation"),
        help_text=_("Name or code, such as 电工 or 6-31-01-03."),
        max_length=80,
        widget=forms.TextInput(attrs=_OCCUPATION),
    )
    level = forms.ChoiceField(label=_("Level that you want to sit"), choices=_levels)
    on = DayField(label=_("Day of application"), initial=clock.today)
    born_on = DayField(label=_("Date of birth"), required=False)


class RowForm(PlainForm):
    """One row of a record; a row without anything in it is no row."""

    occupation = forms.CharField(
        label=_("Occupation"),
        help_text=_("Leave it empty for the one above."),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs=_OCCUPATION),
    )


class JobForm(RowForm):
    """Work in an occupation."""

    starts_on = DayField(label=_("First day"))
    ends_on = DayField(label=_("Last day"), help_text=_("Empty: it goes on."), required=False)


class AwardForm(RowForm):
    """A certificate of a level."""

    level = forms.ChoiceField(label=_("Level"), choices=_levels)
    awarded_on = DayField(label=_("Date of award"))
    valid_until = DayField(label=_("Valid until"), help_text=_("Empty: for life."), required=False)


class DiplomaForm(PlainForm):
    """A diploma, or a place at school."""

    kind = forms.ChoiceField(label=_("Diploma"), choices=lambda: _named(DIPLOMAS))
    major = forms.CharField(label=_("Major"), help_text=_("As the diploma writes it."), max_length=80)
    graduates_on = DayField(label=_("Day of graduation"), help_text=_("A student writes the day to come."))


class TrainingForm(RowForm):
    """Hours of training towards a level."""

    level = forms.ChoiceField(label=_("Level"), choices=_levels)
    hours = forms.IntegerField(label=_("Hours"), min_value=1, max_value=10_000)
    completed_on = DayField(label=_("Completed on"))


class ApprenticeshipForm(RowForm):
    """An apprenticeship."""

    completed_on = DayField(label=_("Completed on"))


class TitleForm(RowForm):
    """A professional title."""

    rank = forms.ChoiceField(label=_("Title"), choices=lambda: _named(TITLES))
    granted_on = DayField(label=_("Granted on"))


SECTIONS: Final[Mapping[str, tuple[type[PlainForm], Any]]] = {
    "jobs": (JobForm, _("Work")),
    "awards": (AwardForm, _("Certificates that you hold")),
    "diplomas": (DiplomaForm, _("Diplomas and places at school")),
    "trainings": (TrainingForm, _("Training")),
    "apprenticeships": (ApprenticeshipForm, _("Apprenticeships")),
    "titles": (TitleForm, _("Professional titles")),
}
"""Member of a record → form of one row, heading."""


class Section:
    """The rows of one kind, as many as were sent or asked for, and one to begin with for jobs and certificates."""

    def __init__(self, name: str, data: Mapping[str, str] | None, *, more: bool = False) -> None:
        self.name = name
        self.row, self.heading = SECTIONS[name]
        sent = 0 if data is None else _count(data.get(f"{name}-n"))
        n_rows = max(sent + (1 if more else 0), 1 if data is None and name in ("jobs", "awards") else 0)
        self.rows = [self._form(index, data if index < sent else None) for index in range(min(n_rows, MOST_ROWS))]

    @classmethod
    def told(cls, name: str, items: Sequence[Mapping[str, Any]]) -> Section:
        """Return the rows of what is known already, to be changed; one empty row for jobs and certificates besides."""
        sent = {f"{name}-n": str(min(len(items), MOST_ROWS))}
        for index, item in enumerate(items[:MOST_ROWS]):
            sent |= {f"{name}-{index}-{member}": str(value) for member, value in item.items() if value is not None}
        return cls(name, sent if items else None)

    @property
    def full(self) -> bool:
        """Whether no row can be added."""
        return len(self.rows) >= MOST_ROWS

    def _form(self, index: int, data: Mapping[str, str] | None) -> PlainForm:
        return self.row(data, prefix=f"{self.name}-{index}", empty_permitted=True, use_required_attribute=False)

    def filled(self) -> Iterator[PlainForm]:
        """Yield the rows in which something stands."""
        return (row for row in self.rows if row.is_bound and row.has_changed())

    def is_valid(self) -> bool:
        """Whether every row in which something stands is whole."""
        unfit = [row for row in self.filled() if not row.is_valid()]  # all of them, so that each says what it lacks
        return not unfit


def _count(sent: str | None) -> int:
    return min(int(sent), MOST_ROWS) if sent is not None and sent.isascii() and sent.isdigit() and len(sent) < 4 else 0


def document(asked: AskedForm, sections: list[Section], *, occupation: str, code_of: Any) -> dict[str, Any]:
    """Return what was typed as a record (docs/formats/record.md).

    Shape:  all forms are valid; ``occupation`` stands where a row names none, ``code_of`` finds the code of what one names.
    """
    record: dict[str, Any] = {"format": FORMAT, "born_on": _plain(asked.cleaned_data["born_on"])}
    for section in sections:
        rows = [dict(row.cleaned_data) for row in section.filled()]
        for row in rows:
            if "occupation" in row:
                row["occupation"] = code_of(row["occupation"]) if row["occupation"] else occupation
        record[section.name] = [{name: _plain(value) for name, value in row.items()} for row in rows]
    return record


def record_rows(record: Record) -> dict[str, list[dict[str, Any]]]:
    """Return what a record holds as rows of these forms; what is learnt counts as the certificate, diploma or training that it is."""
    learnt = [one for one in record.outcomes if one.status == "valid"]
    rows: dict[str, list[dict[str, Any]]] = {
        "jobs": [_row(job, "occupation", "starts_on", "ends_on") for job in record.jobs],
        "awards": [
            _row(award, "occupation", "level", "awarded_on", "valid_until")
            for award in record.awards
            if award.level in LEVELS
        ],
        "diplomas": [
            {"kind": one.level, "major": in_language(one.name, "zh"), "graduates_on": one.awarded_on.isoformat()}
            for one in learnt
            if one.kind == "diploma" and one.level in DIPLOMAS and one.name
        ],
        "trainings": [
            _row(one, "occupation", "level", "hours") | {"completed_on": one.awarded_on.isoformat()}
            for one in learnt
            if one.kind == "training-certificate" and one.occupation and one.level in LEVELS and one.hours
        ],
    }
    return {name: found for name, found in rows.items() if found}


def _row(one: object, *members: str) -> dict[str, Any]:
    return {member: _plain(getattr(one, member)) for member in members}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
