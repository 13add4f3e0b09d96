"""Forms of the firm and its mail; what is wrong is said at its field."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LANGUAGES = (*settings.LANGUAGES, ("de", "Deutsch"), ("de-AT", "Deutsch (Österreich)"), ("et", "Eesti"))
LANGUAGES = (*LANGUAGES, ("sv", "Svenska"), ("fr", "Français"), ("es", "Español"), ("en-GB", "English (UK)"))
LARGEST_LOGO = 1 << 20
_PICTURES = {b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg", b"GIF8": ".gif"}


class Logo(forms.Form):
    """A picture for the corner."""

    logo = forms.FileField(label=_("Logo"), help_text=_("PNG, JPEG, GIF or WebP, at most 1 MB."))

    def clean_logo(self) -> tuple[bytes, str]:
        """Its bytes and its ending, which follows from what it is, not from what it is called."""
        given = self.cleaned_data["logo"]
        if given.size > LARGEST_LOGO:
            raise ValidationError(_("The picture is larger than 1 MB. Make it smaller."))
        content: bytes = given.read()
        ending = next((ending for start, ending in _PICTURES.items() if content.startswith(start)), "")
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            ending = ".webp"
        if not ending:
            raise ValidationError(_("This isn't a PNG, JPEG, GIF or WebP picture."))
        return content, ending


class Firm(forms.Form):
    """The table `[firm]`. Values are as the file has them, but for the margin, which people say in percent."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False, help_text=_("At the top of every page."))
    currency = forms.CharField(label=_("Currency"), max_length=3, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Decides on which day an order falls, and when work runs at night.")
    )
    country = forms.CharField(
        label=_("Country"),
        max_length=2,
        required=False,
        help_text=_("Two letters, such as EE. Reads telephone numbers without a country code."),
    )
    language = forms.ChoiceField(label=_("Language of figures and reports"))
    margin_rate = forms.DecimalField(
        label=_("Margin, in percent of sales"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=_("Where the costs of products aren't known. Without it, value is sales, and says so."),
    )
    colour = forms.CharField(label=_("Colour"), widget=forms.TextInput({"type": "color"}))

    def __init__(self, *given: Any, fixed_currency: bool, fixed: dict[str, str], **words: Any) -> None:
        super().__init__(*given, **words)
        here = self.get_initial_for_field(self.fields["language"], "language")
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]  # type: ignore[attr-defined]  # a ChoiceField's
        known = dict(LANGUAGES) | ({here: here} if here else {})
        self.fields["language"].choices = list({**known, **dict(LANGUAGES)}.items())  # type: ignore[attr-defined]
        self.fields["currency"].help_text = (
            _("Fixed since the first import: all figures are in it.") if fixed_currency else _("Such as EUR.")
        )
        close(self, fixed | ({"currency": ""} if fixed_currency else {}))

    def clean_currency(self) -> str | None:
        return self._code("currency", "[A-Z]{3}", str(_("A currency has three letters, such as EUR.")))

    def clean_country(self) -> str | None:
        return self._code("country", "[A-Z]{2}", str(_("A country has two letters, such as EE.")))

    def clean_margin_rate(self) -> float | None:
        given = self.cleaned_data["margin_rate"]
        return None if given is None else round(float(given) / 100, 6)

    def clean_colour(self) -> str:
        if not re.fullmatch("#[0-9a-fA-F]{6}", self.cleaned_data["colour"]):
            raise ValidationError(_("A colour is written like #0f766e."))
        return str(self.cleaned_data["colour"])

    def _code(self, name: str, pattern: str, otherwise: str) -> str | None:
        text = (self.cleaned_data[name] or "").strip().upper()
        if text and not re.fullmatch(pattern, text):
            raise ValidationError(otherwise)
        return text or None


class Mail(forms.Form):
    """The table `[mail]`."""

    host = forms.CharField(label=_("Server"), max_length=200, required=False, help_text=_("Such as smtp.example.com."))
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535)
    security = forms.ChoiceField(
        label=_("Kept private by"),
        choices=[("starttls", "STARTTLS"), ("tls", "TLS"), ("none", _("nothing"))],
    )
    user = forms.CharField(label=_("User"), max_length=200, required=False)
    password = forms.CharField(
        label=_("Password"),
        max_length=500,
        required=False,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("Left empty, it stays as it is. Better given as REGULARS_MAIL_PASSWORD than written down."),
    )
    sender = forms.CharField(
        label=_("From"), max_length=200, required=False, help_text=_("As in Kohvik <hello@kohvik.example>.")
    )

    def __init__(self, *given: Any, fixed: dict[str, str], **words: Any) -> None:
        super().__init__(*given, **words)
        close(self, fixed)

    def clean_sender(self) -> str:
        text = str(self.cleaned_data["sender"]).strip()
        if text and (not re.search(r"[^@\s<]+@[^@\s>]+", text) or re.search(r"[\r\n]", text)):
            raise ValidationError(_("There is no e-mail address in it."))
        return text


def close(form: forms.Form, fixed: dict[str, str]) -> None:
    """Fields that can't be changed here: the environment decides them, or an import did."""
    for name, variable in fixed.items():
        if name in form.fields:
            form.fields[name].disabled = True
            if variable:
                form.fields[name].help_text = _("Set by %(variable)s in the server's environment.") % {
                    "variable": variable
                }
