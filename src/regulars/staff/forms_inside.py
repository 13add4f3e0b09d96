"""Forms of who is signed in: one's own account, other members, keys, the audit log."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from regulars.platform import store
from regulars.staff import keys, queries, roles
from regulars.staff.forms import LONGEST_PASSWORD, NewPassword
from regulars.staff.models import Staff

_FIRST_YEAR, _LAST_YEAR = 1900, 2999
GRACES = ((0, _("at once")), (1, _("after an hour")), (24, _("after a day")), (168, _("after a week")))


class OwnPassword(forms.Form):
    """One's present password: for what a stranger at an unlocked screen must not do."""

    present = forms.CharField(
        label=_("Present password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )

    def __init__(self, *given: Any, member: Staff, **words: Any) -> None:
        super().__init__(*given, **words)
        self.member = member

    def clean_present(self) -> str:
        return _present(self.member, self.cleaned_data["present"])


def _present(member: Staff, text: str) -> str:
    if not member.check_password(text):
        raise forms.ValidationError(_("This is not your present password."))
    return text


class ChangePassword(NewPassword):
    """One's present password, and the new one twice."""

    present = OwnPassword.base_fields["present"]
    field_order = ("present", "password", "again")

    def clean_present(self) -> str:
        return _present(self._whose(), self.cleaned_data["present"])


class Details(forms.Form):
    """One's name, and the language of screens."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput({"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, *given: Any, **words: Any) -> None:
        super().__init__(*given, **words)
        self.fields["language"].choices = [("", _("as the browser says")), *settings.LANGUAGES]  # type: ignore[attr-defined]  # a ChoiceField


class TotpCode(forms.Form):
    """The first code of an app that was just set up."""

    code = forms.CharField(
        label=_("The six digits that the app shows"),
        max_length=10,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        return "".join(str(self.cleaned_data["code"]).split())


class Invitation(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(
        label=_("Role"), choices=lambda: list(roles.ROLES.items()), initial="viewer", widget=forms.RadioSelect
    )


class RoleOf(forms.Form):
    """Another role."""

    role = forms.ChoiceField(label=_("Role"), choices=lambda: list(roles.ROLES.items()))


class NewKey(forms.Form):
    """Name, shop and scopes of a key."""

    name = forms.CharField(label=_("Which program will use it?"), max_length=100)
    shop = forms.CharField(
        label=_("For which shop?"),
        max_length=60,
        required=False,
        initial="shop",
        widget=forms.TextInput(attrs={"list": "shops", "autocomplete": "off"}),
        help_text=_(
            "Whose customer ids and order numbers the program speaks of. Named as in files and webhooks: another name "
            "is another shop, with customers and orders of its own."
        ),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What may it do?"), choices=lambda: list(keys.SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )


class Rotation(forms.Form):
    """How long the old secret stays good."""

    grace_hours = forms.TypedChoiceField(label=_("The old key ends"), coerce=int, choices=GRACES, initial=24)


def _plausible(day: date) -> None:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise forms.ValidationError(_("Give a day of this time."))


class AuditSearch(forms.Form):
    """What to look for in the audit log; days are those of the firm's time zone."""

    who = forms.CharField(label=_("Who"), required=False, max_length=200)
    what = forms.CharField(label=_("What"), required=False, max_length=60)
    since = forms.DateField(
        label=_("From"), required=False, validators=[_plausible], widget=forms.DateInput({"type": "date"})
    )
    until = forms.DateField(
        label=_("Until"), required=False, validators=[_plausible], widget=forms.DateInput({"type": "date"})
    )
    customer = forms.IntegerField(
        label=_("Number of a customer"),
        required=False,
        min_value=1,
        max_value=2**62,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def asked(self) -> queries.Asked:
        """What a valid form looks for."""
        given = self.cleaned_data
        until = given["until"]
        return queries.Asked(
            who=given["who"],
            what=given["what"],
            since=_midnight(given["since"]),
            until=_midnight(until + timedelta(days=1)) if until else None,
            customer=given["customer"],
        )


def _midnight(day: date | None) -> datetime | None:
    zone = ZoneInfo(store.opened().settings.firm.time_zone)
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None
