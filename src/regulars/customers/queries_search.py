"""Find a customer by the beginning of a name's word, an e-mail, a phone or one of the shop's numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from django.db.models import Exists, OuterRef

from regulars.customers.models import Customer, Identity, NameWord, Picture
from regulars.customers.queries import is_plain
from regulars.customers.sync_words import fold, words

LOOKED_AT = 200
"""So many matches of each kind are compared; with more, whoever searches will type on."""
_LAST = "\U0010ffff"
Matched = Literal["number", "name", "email", "phone", "ref", "guest"]


@dataclass(frozen=True)
class Found:
    """A customer and by what they were found."""

    customer_id: int
    label: str
    standing: str
    matched: Matched


def search(text: str, *, most: int = 20, country: str | None = None, contacts: bool = True) -> list[Found]:
    """Customers who match, the most likely first: an exact key, a whole name, a name's beginning, then the rest.

    country : of the firm (ISO 3166), to read a phone number written without its country.  contacts : whether
    whoever searches may know e-mails and telephone numbers; else none is looked for, as finding one tells it.
    """
    wanted = text.strip()
    if not wanted:
        return []
    ranked: dict[int, tuple[int, Matched]] = {}

    def add(found: Iterable[int], rank: int, matched: Matched) -> None:
        for who in found:
            if who not in ranked or rank < ranked[who][0]:
                ranked[who] = (rank, matched)

    for kind, key, who in _by_key(wanted, country):
        if contacts or is_plain(kind, key):
            add([who], 0 if key.casefold() == wanted.casefold() else 5, kind)
    if wanted.isdecimal() and len(wanted) < 16:
        add(Picture.objects.filter(pk=int(wanted)).values_list("pk", flat=True), 1, "number")
    folded = fold(wanted)
    if folded:
        whole = Picture.objects.filter(sort_name__gte=folded, sort_name__lt=folded + _LAST).order_by("sort_name")
        for who, name in whole.values_list("customer_id", "sort_name")[:LOOKED_AT]:
            add([who], 2 if name == folded else 3, "name")
        add(_by_words(words(wanted)), 4, "name")
    return _found(ranked, most)


def _by_words(terms: list[str]) -> Iterable[int]:
    """Customers with a word that begins so for every one of the terms."""
    first, *others = sorted(terms, key=len, reverse=True)
    found = NameWord.objects.filter(word__gte=first, word__lt=first + _LAST)
    for other in others:
        same = NameWord.objects.filter(customer_id=OuterRef("customer_id"), word__gte=other, word__lt=other + _LAST)
        found = found.filter(Exists(same))
    return found.order_by("word", "customer_id").values_list("customer_id", flat=True)[:LOOKED_AT]


def _by_key(wanted: str, country: str | None) -> Iterable[tuple[Matched, str, int]]:
    shops = list(_shops())
    begins = {("ref", wanted), ("ref", wanted.upper()), ("ref", wanted.lower()), ("guest", wanted)}
    begins.add(("email", wanted.lower()))
    begins |= {("phone", phone) for phone in phones(wanted, country)}
    for kind, begin in sorted(begins):
        # One look-up for each shop: `shop IN (...)` would keep PostgreSQL from reading the index in its order.
        for shop in shops:
            found = Identity.objects.filter(shop=shop, kind=kind, key__gte=begin, key__lt=begin + _LAST)
            rows = found.order_by("key").values_list("kind", "key", "customer_id")[:LOOKED_AT]
            yield from rows  # type: ignore[misc]  # kinds are those of `Matched`


def _shops() -> Iterator[str]:
    shop: str | None = ""
    while shop is not None:  # from each to the next one in the index: DISTINCT would read a million keys
        shop = Identity.objects.filter(shop__gt=shop).order_by("shop").values_list("shop", flat=True).first()
        if shop is not None:
            yield shop


def phones(wanted: str, country: str | None) -> set[str]:
    """How a number that is typed so may be kept (E.164)."""
    digits = "".join(letter for letter in wanted if letter.isdigit())
    if len(digits) < 4 or any(letter.isalpha() for letter in wanted):
        return set()
    found = {f"+{digits.removeprefix('00')}"}
    if country and not wanted.startswith(("+", "00")):
        import phonenumbers

        code = phonenumbers.country_code_for_region(country)
        found.add(f"+{code}{digits.lstrip('0')}")
        found.add(f"+{code}{digits}")
    return found


def _found(ranked: dict[int, tuple[int, Matched]], most: int) -> list[Found]:
    ids = list(ranked)
    away = Customer.objects.filter(pk__in=ids, merged_into_id__isnull=False).values_list("pk", "merged_into_id")
    merged = {who: into for who, into in away if into is not None}
    best: dict[int, tuple[int, Matched]] = {}
    for who, rank in ranked.items():
        now = merged.get(who, who)
        best[now] = min(best.get(now, rank), rank)
    pictures = Picture.objects.filter(pk__in=best).values_list("customer_id", "label", "standing", "value_365")
    order = sorted(pictures, key=lambda row: (best[row[0]][0], -(row[3] or 0), row[0]))
    return [Found(who, label, standing, best[who][1]) for who, label, standing, _ in order[:most]]
