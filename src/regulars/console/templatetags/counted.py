"""Numbers and moments as the member's language and the firm's time zone write them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template

from regulars.console import phrases
from regulars.platform import store

register = template.Library()


@register.filter
def counted(number: int | None) -> str:
    """4,812."""
    return "–" if number is None else phrases.figures("EUR", store.opened().settings.firm.language).number(number)


@register.filter
def moment(value: datetime | None) -> str:
    """21 Nov 2026 14:30, in the firm's time zone."""
    if value is None:
        return ""
    here = value.astimezone(ZoneInfo(store.opened().settings.firm.time_zone))
    return f"{phrases.short_day(here.date())} {here:%H:%M}"
