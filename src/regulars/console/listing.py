"""From what the address of the list asks for to what the room of customers is asked, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from regulars.console.latest import Latest, remembered
from regulars.console.wanted import Wanted
from regulars.customers.models import Picture, Tag
from regulars.customers.queries_list import Filters
from regulars.customers.queries_search import search

PAGE = 50
MOST_COUNTRIES = 250
NOBODY = "nobody"
"""Who looks after those whom nobody does."""
FOUND = 200
"""A search brings at most so many customers; with more, one types on."""


def filters(wanted: Wanted, *, unit: int, member: int, contacts: bool, country: str | None) -> Filters:
    """Which customers a list has.

    unit : minor units in one.  member : who "me" is.  contacts : whether a search may find by e-mail and phone.
    """
    owner, flag = wanted.single.get("owner", ""), wanted.single.get("flag")
    return Filters(
        standings=wanted.many.get("standing", ()),
        rungs=wanted.many.get("rung", ()),
        countries=wanted.many.get("country", ()),
        tags=_tags(wanted.many.get("tag", ())),
        organisation=wanted.single.get("organisation", ""),
        owner_staff_id=None if owner in ("", NOBODY) else member if owner == "me" else _number(owner),
        unowned=owner == NOBODY,
        fading=True if flag == "fading" else None,
        seasonal=True if flag == "seasonal" else None,
        value_from=_minor(wanted.amounts.get("value_from"), unit),
        value_until=_minor(wanted.amounts.get("value_to"), unit),
        risk_from=_minor(wanted.amounts.get("risk_from"), unit),
        last_from=wanted.days.get("last_from"),
        last_until=wanted.days.get("last_to"),
        customer_ids=_found(wanted.q, country, contacts=contacts) if wanted.q else None,
    )


def choices(now: Latest | None) -> Mapping[str, Sequence[str]]:
    """What there is to filter by: countries and tags."""
    countries = remembered(now, "countries", _countries)
    return {"country": countries, "tag": list(Tag.objects.order_by("name").values_list("name", flat=True))}


def _countries() -> list[str]:
    found = Picture.objects.exclude(country=None).order_by("country").values_list("country", flat=True).distinct()
    return [country for country in found[:MOST_COUNTRIES] if country]


def _found(text: str, country: str | None, *, contacts: bool) -> tuple[int, ...]:
    found = search(text.removeprefix("#"), most=FOUND, country=country, contacts=contacts)
    return tuple(one.customer_id for one in found)


def _tags(names: Sequence[str]) -> tuple[int, ...]:
    """Their numbers; one that nobody has for names that don't exist, so that nobody is found rather than everybody."""
    known = tuple(Tag.objects.filter(name__in=names).values_list("pk", flat=True)) if names else ()
    return known or ((0,) if names else ())


def _minor(amount: float | None, unit: int) -> int | None:
    return None if amount is None else round(amount * unit)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else -1
