"""What people type into pages: its shape only. What it means is for the services to say."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from guildhall.core.bundle import MAX_BYTES
from guildhall.credentials.rendering.extract import MAX_FILE
from guildhall.web import clock


class PlainForm(forms.Form):
    """A form whose labels carry no colon, as neither language wants one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class DayInput(forms.DateInput):
    """The browser's own picker; it always sends ISO days."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day written as the browser's picker sends it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=DayInput(), input_formats=["%Y-%m-%d"], **kwargs)


class PastDayField(DayField):
    """A day up to today."""

    def clean(self, value: Any) -> Any:
        """Refuse a day that has not come yet: nobody knows what will be true then."""
        day = super().clean(value)
        if day is not None and day > clock.today():
            raise forms.ValidationError(_("This day has not come yet."))
        return day


def _as_of() -> PastDayField:
    return PastDayField(
        label=_("Was it in force on this day?"),
        help_text=_("Leave it empty for today."),
        required=False,
    )


class DayForm(PlainForm):
    """Ask what was true on a day."""

    at = _as_of()


class CheckForm(PlainForm):
    """Number and name."""

    number = forms.CharField(
        label=_("Certificate number"),
        help_text=_("As printed; spaces do not matter."),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("Holder’s name"),
        help_text=_("Exactly as on the certificate, with the middle dot if there is one."),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    at = _as_of()


class FileForm(PlainForm):
    """A file, or the text of one."""

    prefix = "file"

    file = forms.FileField(
        label=_("File"),
        required=False,
        widget=forms.ClearableFileInput(
            attrs={"accept": ".json,.pdf,.png,.jpg,.jpeg,application/json,application/pdf,image/png,image/jpeg"}
        ),
    )
    text = forms.CharField(
        label=_("Text of a bundle or receipt"),
        required=False,
        strip=True,
        max_length=MAX_BYTES,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
    )
    at = _as_of()

    def clean(self) -> dict[str, Any]:
        """Take exactly one of the two."""
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if not file and not cleaned.get("text") and not self.errors:
            self.add_error("file", _("Choose a file, or paste its text."))
        if file and file.size > MAX_FILE:
            self.add_error("file", _("The file is larger than 16 MB."))
        return cleaned


class SignInForm(AuthenticationForm):
    """Name and password."""

    error_messages = {
        "invalid_login": _("Name and password do not belong together."),
        "inactive": _("This account has been closed."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["username"].label = _("Name")
        self.fields["password"].label = _("Password")


def one_line(text: str) -> str:
    """Return text on one line, in the composed form, without spaces around it."""
    return " ".join(unicodedata.normalize("NFC", text).split())
