"""Numbers of rows as the member's language writes them."""

from __future__ import annotations

from django import template

from regulars.console import phrases
from regulars.platform import store

register = template.Library()


@register.filter
def counted(number: int | None) -> str:
    """4,812."""
    return "–" if number is None else phrases.figures("EUR", store.opened().settings.firm.language).number(number)
