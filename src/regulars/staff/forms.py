"""Forms with which people come in: sign-in, second factor, a new password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from regulars.staff.models import Staff

LONGEST_PASSWORD = 1000  # a longer one would only cost time to hash


class SignIn(forms.Form):
    """E-mail address and password."""

    username = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput({"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class Code(forms.Form):
    """A code of the app for two-factor sign-in, or one of the recovery codes."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )

    def clean_code(self) -> str:
        return "".join(str(self.cleaned_data["code"]).split())


class Email(forms.Form):
    """Whose password was forgotten."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput({"autocomplete": "username", "autofocus": True})
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class NewPassword(forms.Form):
    """A password that is chosen, twice so that a slip is noticed.

    member : whose it will be (may be one that isn't stored yet): it must not be like their name or address.
    """

    password = forms.CharField(
        label=_("New password"),
        help_text=_("Ten characters or more; not one that many use, and not like your name or address."),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same again"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *given: Any, member: Staff | None = None, **words: Any) -> None:
        super().__init__(*given, **words)
        self.member = member

    def clean(self) -> dict[str, Any]:
        chosen, again = self.cleaned_data.get("password"), self.cleaned_data.get("again")
        if chosen and again and chosen != again:
            self.add_error("again", _("The two are not the same."))
        if chosen:
            try:
                validate_password(chosen, self._whose())
            except forms.ValidationError as error:
                self.add_error("password", error)
        return self.cleaned_data

    def _whose(self) -> Staff:
        return self.member or Staff(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))


class Joining(NewPassword):
    """Name and password of somebody who was invited."""

    name = forms.CharField(
        label=_("Your name"), max_length=200, widget=forms.TextInput({"autocomplete": "name", "autofocus": True})
    )
    field_order = ("name", "email", "password", "again")


class FirstOwner(Joining):
    """Name, address and password of the first owner."""

    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput({"autocomplete": "username"}))

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()
