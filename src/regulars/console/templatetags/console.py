"""What templates need beyond Django's own: addresses that may not be mounted, pieces of the house style."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from regulars.base import words
from regulars.console import phrases

register = template.Library()


@register.simple_tag
def mounted(view: str, *args: object) -> str:
    """The address of a view, empty where its room isn't mounted."""
    try:
        return reverse(view, args=args)
    except NoReverseMatch:
        return ""


@register.filter
def status(name: str | None, said: str = "") -> SafeString | str:
    """A standing or a rung: its colour and its word, or `said` in its place."""
    if not name:
        return ""
    word = said or phrases.status(name)
    return format_html('<span class="st st-{}">{}</span>', name.replace(" ", "-"), word)


@register.filter
def word(name: str | None) -> str:
    """A standing or a rung as its word alone."""
    return phrases.status(name) if name else ""


@register.filter
def again(text: str) -> str:
    """What another room told in English, in the member's language."""
    return words.again(text)


@register.filter
def short_day(value: date | datetime | None) -> str:
    """21 Nov 2026."""
    return phrases.short_day(value.date() if isinstance(value, datetime) else value)


@register.filter
def of(names: Mapping[int, str], number: int | None) -> str:
    """What a number stands for."""
    return names.get(number or 0, "")


@register.filter
def role(name: str) -> str:
    """The part that a person plays in an organisation."""
    return str(phrases.PARTS.get(name, name))


@register.filter
def key_kind(name: str) -> str:
    """What kind of key a shop knows a customer by."""
    return str(phrases.KEYS.get(name, name))


@register.filter
def purpose(name: str) -> str:
    """What a consent is for."""
    return str(phrases.PURPOSES.get(name, name))


@register.filter
def channel(name: str) -> str:
    """By what way a consent lets the firm come."""
    return str(phrases.CHANNELS.get(name, name))


@register.filter
def bar(share: float | None) -> SafeString | str:
    """A share (0-1) as a short bar; its words stand beside it."""
    if share is None:
        return ""
    width = round(min(max(share, 0.0), 1.0) * 100)
    return format_html(
        '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="rail" '
        'width="100" height="6" rx="3"/><rect class="fill" width="{}" height="6" rx="3"/></svg>',
        width,
    )
