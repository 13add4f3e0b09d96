"""Which customers a list shows: read from the address of the page, written back into links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SORTS: Mapping[str, str | Promise] = {
    "value": _("Value next year"),
    "risk": _("At risk"),
    "last": _("Last purchase"),
    "next": _("Expected next"),
    "name": _("Name"),
}
MONEY_SORTS = ("value", "risk")
MANY = ("standing", "rung", "country", "tag")
"""Filters of which any of several values will do."""
SINGLE = ("organisation", "owner", "flag")
AMOUNTS = ("value_from", "value_to", "risk_from")
DAYS = ("last_from", "last_to")
FLAGS: Mapping[str, str | Promise] = {
    "fading": _("buys half as often as before"),
    "seasonal": _("buys in one season"),
}


@dataclass(frozen=True)
class Wanted:
    """Search words, filters, sorting and where the page begins. Amounts are in major units."""

    q: str = ""
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    single: Mapping[str, str] = field(default_factory=dict)
    amounts: Mapping[str, float] = field(default_factory=dict)
    days: Mapping[str, date] = field(default_factory=dict)
    sort: str = "value"
    after: str = ""
    """The token of the page before; empty for the first."""

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.q or self.many or self.single or self.amounts or self.days)

    def query(self, **changes: Any) -> str:
        """The address's part after the question mark; `changes` replace parts, None leaves one out."""
        pairs: list[tuple[str, str]] = []
        if self.q:
            pairs.append(("q", self.q))
        pairs += [(name, value) for name in MANY for value in self.many.get(name, ())]
        pairs += [(name, self.single[name]) for name in SINGLE if name in self.single]
        pairs += [(name, f"{self.amounts[name]:g}") for name in AMOUNTS if name in self.amounts]
        pairs += [(name, self.days[name].isoformat()) for name in DAYS if name in self.days]
        pairs.append(("sort", self.sort))
        if self.after:
            pairs.append(("after", self.after))
        for name, value in changes.items():
            pairs = [pair for pair in pairs if pair[0] != name]
            if value is not None:
                pairs.append((name, str(value)))
        return urlencode(pairs)

    def without(self, name: str, value: str) -> Wanted:
        """The same list with one filter less, from its first page."""
        if name in MANY:
            left = tuple(one for one in self.many.get(name, ()) if one != value)
            many = {**self.many, name: left} if left else {n: v for n, v in self.many.items() if n != name}
            return replace(self, many=many, after="")
        if name == "q":
            return replace(self, q="", after="")
        return replace(
            self,
            single={n: v for n, v in self.single.items() if n != name},
            amounts={n: v for n, v in self.amounts.items() if n != name},
            days={n: v for n, v in self.days.items() if n != name},
            after="",
        )

    def without_money(self) -> Wanted:
        """The same list for somebody who may not see money: neither filtered nor sorted by it.

        In another order it begins with the first page, as a page of the one has no place in the other.
        """
        if self.sort in MONEY_SORTS:
            return replace(self, amounts={}, sort="last", after="")
        return replace(self, amounts={})


def read(given: QueryDict) -> Wanted:
    """From the address; what can't be read is left out, as links may be old."""
    many = {name: _several(given.getlist(name)) for name in MANY}
    single = {name: given.get(name, "").strip()[:200] for name in SINGLE}
    amounts = {name: _amount(given.get(name, "")) for name in AMOUNTS}
    days = {name: _day(given.get(name, "")) for name in DAYS}
    sort = given.get("sort", "")
    return Wanted(
        q=" ".join(given.get("q", "").split())[:200],
        many={name: values for name, values in many.items() if values},
        single={name: value for name, value in single.items() if value},
        amounts={name: value for name, value in amounts.items() if value is not None},
        days={name: value for name, value in days.items() if value is not None},
        sort=sort if sort in SORTS else "value",
        after=given.get("after", "")[:400],
    )


def _several(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip()[:200] for value in values if value.strip()))[:20]


def _amount(text: str) -> float | None:
    try:
        value = float(text.replace(" ", "").replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < 1e12 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
