"""Words of the screens: names of standings and rungs, numbers, money, days, spans, in the language of the member."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from regulars.base.money import digits
from regulars.insight.figures import Estimate
from regulars.report.formats import Formats, significant

STANDINGS: Mapping[str, str | Promise] = {
    "current": lazy("current"),
    "slipping": lazy("slipping"),
    "lapsed": lazy("lapsed"),
    "won back": lazy("won back"),
    "prospect": lazy("prospect"),
    "recent": lazy("recent"),
    "not recent": lazy("not recent"),
    "not judged": lazy("not judged"),
    "too early": lazy("too early"),
}
RUNGS: Mapping[str, str | Promise] = {
    "prospect": lazy("prospect"),
    "buyer": lazy("buyer"),
    "repeat": lazy("repeat"),
    "regular": lazy("regular"),
    "client": lazy("client"),
    "extraordinary": lazy("extraordinary"),
}
MEANINGS: Mapping[str, str | Promise] = {
    "current": lazy("buys as usual"),
    "slipping": lazy("should have bought by now"),
    "lapsed": lazy("will hardly come back unasked"),
    "won back": lazy("had lapsed, bought again"),
    "prospect": lazy("hasn't bought yet"),
    "recent": lazy("bought lately"),
    "not recent": lazy("bought longer ago"),
    "too early": lazy("too early to tell"),
    "buyer": lazy("bought once"),
    "repeat": lazy("bought more than once"),
    "regular": lazy("buys often, for long, without a long gap"),
    "client": lazy("a regular with a high client score"),
    "extraordinary": lazy("a client in the top tenth of value, or one who brings others"),
}

PARTS: Mapping[str, str | Promise] = {
    "decides": lazy("decides"),
    "buys": lazy("buys"),
    "uses": lazy("uses"),
    "pays": lazy("pays"),
}
KEYS: Mapping[str, str | Promise] = {
    "ref": lazy("Shop's number"),
    "email": lazy("E-mail"),
    "phone": lazy("Phone"),
    "guest": lazy("Guest order"),
}
PURPOSES: Mapping[str, str | Promise] = {
    "marketing": lazy("advertising"),
    "surveys": lazy("surveys"),
    "profiling": lazy("profiling"),
}
CHANNELS: Mapping[str, str | Promise] = {
    "any": lazy("by any way"),
    "email": lazy("by e-mail"),
    "sms": lazy("by text message"),
    "phone": lazy("by phone"),
    "post": lazy("by post"),
    "push": lazy("by push message"),
    "messenger": lazy("by messenger"),
    "ads": lazy("by advertisements elsewhere"),
}


def status(name: str) -> str:
    """A standing or a rung as people say it."""
    return str(STANDINGS.get(name) or RUNGS.get(name) or name)


def day(value: date | None) -> str:
    """21 November 2026, as the language writes it; an en dash for none."""
    if value is None:
        return "–"
    pattern = pgettext("long day, in Django's letters", "j F Y")
    return date_format(value, pattern).replace(" ", "\N{NO-BREAK SPACE}")


def short_day(value: date | None) -> str:
    """21 Nov 2026."""
    if value is None:
        return "–"
    pattern = pgettext("short day, in Django's letters", "j M Y")
    return date_format(value, pattern).replace(" ", "\N{NO-BREAK SPACE}")


def moment(value: datetime | None, zone: str) -> str:
    """21 Nov 2026 14:05, on the firm's clock."""
    if value is None:
        return "–"
    local = value.astimezone(ZoneInfo(zone))
    return f"{short_day(local.date())} {local:%H:%M}"


def span(days: float) -> str:
    """A number of days in the unit that people would use."""
    whole = round(days)
    if whole < 28:
        return ngettext("%(n)s day", "%(n)s days", whole) % {"n": whole}
    if whole < 75:
        weeks = round(days / 7)
        return ngettext("%(n)s week", "%(n)s weeks", weeks) % {"n": weeks}
    if whole < 730:
        months = round(days / 30.44)
        return ngettext("%(n)s month", "%(n)s months", months) % {"n": months}
    years = round(days / 365.25)
    return ngettext("%(n)s year", "%(n)s years", years) % {"n": years}


def in_hundred(chance: float) -> str:
    """31 of 100."""
    if 0 < chance < 0.005:
        return _("fewer than 1 of 100")
    return _("%(n)s of 100") % {"n": f"{chance * 100:.0f}"}


def percent(share: float) -> str:
    """12%, with the sign where the language puts it; <1% near nothing."""
    sign = pgettext("percent sign with its space", "%s%%")
    if 0 < share < 0.005:
        return "<" + sign % 1
    return sign % f"{share * 100:.0f}"


class Figures(Formats):
    """Numbers and money in the firm's currency and the member's language; money comes in minor units."""

    def __init__(self, currency: str, language: str) -> None:
        super().__init__(currency, language)
        self.unit = 10 ** digits(currency or "EUR")

    def fact(self, minor: int | None) -> str:
        """Money that was counted."""
        return "–" if minor is None else self.money(minor / self.unit)

    def guess(self, minor: float | None) -> str:
        """Money that is expected, to three digits."""
        return "–" if minor is None else self.about(minor / self.unit)

    def ends(self, low: int | None, high: int | None) -> str:
        """Both ends of a range of money."""
        if low is None or high is None:
            return ""
        return f"{self._end(low)}–{self._end(high)}"

    def between(self, guess: Estimate) -> str:
        """Both ends of a range, in major units."""
        return f"{self.about(significant(guess.low, 2))}–{self.about(significant(guess.high, 2))}"

    def _end(self, minor: int) -> str:
        return self.about(significant(minor / self.unit, 2))


def figures(currency: str, firm_language: str) -> Figures:
    """How to write figures now: as the firm does where that is the member's language, else as their language does."""
    language = get_language() or "en"
    own = firm_language if firm_language.split("-")[0] == language.split("-")[0] else language
    return _figures(currency, own)


@lru_cache(maxsize=16)
def _figures(currency: str, language: str) -> Figures:
    return Figures(currency, language)
