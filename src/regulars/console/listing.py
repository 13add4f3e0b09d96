"""Reads for the list of customers: what a `Wanted` finds, a page of it, its count, the filters that there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, OrderBy, Q, QuerySet

from regulars.console.wanted import Wanted
from regulars.customers.models import Customer, CustomerTag, Identity, NameWord, Picture, Tag
from regulars.customers.sync_words import words

PAGE = 50
COUNTED = 10_000
"""Counting stops here: beyond it nobody reads on, and a screen shall not wait."""
_ORDER: Mapping[str, tuple[str | OrderBy, ...]] = {
    "value": (F("value_365").desc(nulls_last=True), "customer_id"),
    "risk": (F("value_at_risk").desc(nulls_last=True), "customer_id"),
    "last": (F("last_day").desc(nulls_last=True), "customer_id"),
    "name": ("sort_name", "customer_id"),
}


@dataclass(frozen=True)
class Page:
    """Some customers of a list, and whether there are more."""

    pictures: Sequence[Picture]
    more: bool


def matching(wanted: Wanted, *, unit: int, member: int, contacts: bool) -> QuerySet[Picture]:
    """The customers a list has. `unit`: minor units in one; `contacts`: whether e-mail and phone may be searched."""
    found = Picture.objects.all()
    if wanted.q:
        found = found.filter(_search(wanted.q, contacts=contacts))
    for name in ("standing", "rung", "country"):
        if name in wanted.many:
            found = found.filter(**{f"{name}__in": wanted.many[name]})
    if "tag" in wanted.many:
        tagged = CustomerTag.objects.filter(tag__name__in=wanted.many["tag"])
        found = found.filter(customer_id__in=tagged.values("customer_id"))
    if "organisation" in wanted.single:
        found = found.filter(organisation=wanted.single["organisation"])
    if "owner" in wanted.single:
        found = found.filter(customer_id__in=_owned(wanted.single["owner"], member).values("pk"))
    found = _flagged(found, wanted.single.get("flag"))
    bounds = {"value_from": "value_365__gte", "value_to": "value_365__lte", "risk_from": "value_at_risk__gte"}
    found = found.filter(**{bounds[name]: round(amount * unit) for name, amount in wanted.amounts.items()})
    days = {"last_from": "last_day__gte", "last_to": "last_day__lte"}
    return found.filter(**{days[name]: day for name, day in wanted.days.items()})


def page(found: QuerySet[Picture], wanted: Wanted) -> Page:
    """One page of the list."""
    start = (wanted.page - 1) * PAGE
    some = list(found.order_by(*_ORDER[wanted.sort])[start : start + PAGE + 1])
    return Page(some[:PAGE], len(some) > PAGE)


def count(found: QuerySet[Picture]) -> int:
    """How many there are, COUNTED + 1 for more than COUNTED."""
    return found.order_by()[: COUNTED + 1].count()


def ids(found: QuerySet[Picture]) -> Iterator[int]:
    """All of them, one after the other."""
    return iter(found.order_by("customer_id").values_list("customer_id", flat=True).iterator(chunk_size=5_000))


def choices() -> Mapping[str, Sequence[str]]:
    """What there is to filter by: countries and tags."""
    countries = Picture.objects.exclude(country=None).order_by("country").values_list("country", flat=True).distinct()
    return {
        "country": [code for code in countries[:250] if code],
        "tag": list(Tag.objects.order_by("name").values_list("name", flat=True)),
    }


def tags_of(customer_ids: Sequence[int]) -> dict[int, list[str]]:
    """The tags of each customer."""
    found: dict[int, list[str]] = {}
    rows = CustomerTag.objects.filter(customer_id__in=customer_ids).order_by("tag__name")
    for customer, name in rows.values_list("customer_id", "tag__name"):
        found.setdefault(customer, []).append(name)
    return found


def people_of(customer_ids: Sequence[int]) -> dict[int, Customer]:
    """What is known of each customer as a person: contacts, owner."""
    return Customer.objects.only("email", "phone", "owner_staff_id", "city").in_bulk(customer_ids)


def _search(text: str, *, contacts: bool) -> Q:
    """By the beginnings of the words of a name, or a whole key: the shop's id, e-mail, phone, our own number."""
    kinds = ("ref", "guest", "email", "phone") if contacts else ("ref", "guest")
    keys = {text, text.lower(), text.replace(" ", "")}
    either = Q(customer_id__in=Identity.objects.filter(kind__in=kinds, key__in=keys).values("customer_id"))
    if contacts and "@" in text:
        either |= Q(customer_id__in=Customer.objects.filter(email__iexact=text).values("pk"))
    if text.lstrip("#").isdecimal():
        either |= Q(customer_id=int(text.lstrip("#")[:18]))
    parts = words(text)
    if parts:
        named = Q()
        for part in parts:
            named &= Q(customer_id__in=NameWord.objects.filter(**_beginning(part)).values("customer_id"))
        either |= named
    return either


def _beginning(part: str) -> dict[str, str]:
    """A range rather than LIKE: either database finds it by the index, whatever its collation."""
    return {"word__gte": part, "word__lt": part + "\N{REPLACEMENT CHARACTER}"}


def _owned(owner: str, member: int) -> QuerySet[Customer]:
    if owner == "none":
        return Customer.objects.filter(owner_staff_id=None)
    number = member if owner == "me" else int(owner) if owner.isdecimal() and len(owner) < 19 else -1
    return Customer.objects.filter(owner_staff_id=number)


def _flagged(found: QuerySet[Picture], flag: str | None) -> QuerySet[Picture]:
    if flag in ("fading", "seasonal"):
        return found.filter(**{flag: True})
    if flag == "late":
        return found.filter(standing__in=("slipping", "lapsed"))
    return found
