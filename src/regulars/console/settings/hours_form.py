"""The form of business hours: a line for each weekday, public holidays, days of one's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from regulars.base.errors import BadInput
from regulars.console.settings.forms import close
from regulars.platform import hours
from regulars.platform.settings import Hours

_LISTS = (*hours.WEEKDAYS, "closed", "open")
MOST_LINES = 200


class Form(forms.Form):
    """The table `[hours]`; `values()` has what was told, in the file's own way of writing."""

    monday = forms.CharField(label=_("Monday"), max_length=200, required=False)
    tuesday = forms.CharField(label=_("Tuesday"), max_length=200, required=False)
    wednesday = forms.CharField(label=_("Wednesday"), max_length=200, required=False)
    thursday = forms.CharField(label=_("Thursday"), max_length=200, required=False)
    friday = forms.CharField(label=_("Friday"), max_length=200, required=False)
    saturday = forms.CharField(label=_("Saturday"), max_length=200, required=False)
    sunday = forms.CharField(label=_("Sunday"), max_length=200, required=False)
    holidays = forms.BooleanField(label=_("Closed on public holidays"), required=False)
    country = forms.ChoiceField(label=_("Public holidays of"), required=False)
    subdivision = forms.CharField(label=_("Part of the country"), max_length=40, required=False)
    closed = forms.CharField(
        label=_("Other closed days"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("One a line: 2026-12-24, or 2026-07-06/2026-07-19 for several, or 12-24 for every year."),
    )
    open = forms.CharField(
        label=_("Days with hours of their own"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("One a line: 2026-12-24 10:00-14:00. They win over holidays and closed days."),
    )

    def __init__(self, data: Any = None, *, now: Hours, firm_country: str | None, fixed: dict[str, str]) -> None:
        super().__init__(data, initial=_shown(now))
        home = _("as the firm: %(country)s") % {"country": _called(firm_country)} if firm_country else _("none")
        self.fields["country"].choices = [("", home), *_countries()]  # type: ignore[attr-defined]  # a ChoiceField's
        parts = hours.subdivisions(now.country or firm_country or "") or ()
        self.parts = parts
        self.fields["subdivision"].widget.attrs["list"] = "parts"
        if parts:
            known = ", ".join(parts)
            self.fields["subdivision"].help_text = _("Where it has holidays of its own: %(parts)s.") % {"parts": known}
        close(self, fixed)

    def week(self) -> Iterator[forms.BoundField]:
        """The fields of the weekdays."""
        return (self[name] for name in hours.WEEKDAYS)

    def rest(self) -> Iterator[forms.BoundField]:
        """The others."""
        return (self[name] for name in ("holidays", "country", "subdivision", "closed", "open"))

    def values(self) -> dict[str, Any]:
        """Setting -> value as the file has it."""
        told = {name: list(self.cleaned_data[name]) for name in _LISTS}
        country = self.cleaned_data["country"] or None
        subdivision = self.cleaned_data["subdivision"].strip()
        return told | {"holidays": self.cleaned_data["holidays"], "country": country, "subdivision": subdivision}

    def clean(self) -> dict[str, Any]:
        """Each line in its own words; what is wrong is said at its field."""
        for name in hours.WEEKDAYS:
            self._read(name, _spans)
        self._read("closed", _closed)
        self._read("open", _open)
        return self.cleaned_data

    def _read(self, name: str, read: Any) -> None:
        try:
            self.cleaned_data[name] = read(self.cleaned_data.get(name, ""))
        except BadInput as error:
            self.add_error(name, ValidationError(str(error).removeprefix(": ")))


def _shown(now: Hours) -> dict[str, Any]:
    told = msgspec.structs.asdict(now) | {"country": now.country or ""}
    told |= {name: ", ".join(told[name]) for name in hours.WEEKDAYS}
    return told | {name: "\n".join(told[name]) for name in ("closed", "open")}


def _spans(text: str) -> list[str]:
    parts = [part for part in re.split(r"[,;\n]", text) if part.strip()]
    return [hours.written(span) for span in hours.day_of(parts)]


def _closed(text: str) -> list[str]:
    found = []
    for line in _lines(text):
        first, last = hours.days_of(line)
        if isinstance(first, int) and isinstance(last, int):
            found.append(f"{first:02}-{last:02}")
        else:
            found.append(f"{first}" if first == last else f"{first}/{last}")
    return found


def _open(text: str) -> list[str]:
    found = []
    for line in _lines(text):
        day, spans = hours.open_day(line)
        found.append(f"{day} {', '.join(hours.written(span) for span in spans)}")
    return found


def _lines(text: str) -> Sequence[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        raise BadInput(str(_("At most %(n)s lines.") % {"n": MOST_LINES}))
    return lines


def _countries() -> Iterable[tuple[str, str]]:
    return sorted(((code, _called(code)) for code in hours.countries()), key=lambda pair: pair[1].casefold())


def _called(code: str) -> str:
    """A country in the language of the member."""
    return str(Locale.parse(get_language() or "en", sep="-").territories.get(code, code))
