"""What every section of the report needs at hand: the figures, the names, and the firm's way of writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from regulars.base.words import say, say_in
from regulars.insight.figures import Firm, Group, Person, Reason
from regulars.report import words
from regulars.report.charts.frame import clip
from regulars.report.formats import Formats

LONGEST_NAME = 60


@dataclass(frozen=True)
class About:
    """What figures don't know: the firm's name, its language (`en`, `de-AT`, ...), what importing its files found.

    `cautions` are those of the import, as sentences or as reasons.
    """

    name: str = ""
    language: str = "en"
    cautions: Sequence[str | Reason] = field(default_factory=tuple)


class View:
    """One firm, ready to be put into words."""

    def __init__(self, firm: Firm, names: Mapping[int, str], about: About) -> None:
        self.firm = firm
        self.about = about
        self.f = Formats(firm.currency, about.language)
        self._names = names

    def name(self, person: Person) -> str:
        """What to call a customer; by number where nothing is known."""
        return clip(self._names.get(person.customer_id) or "", LONGEST_NAME) or say(
            "customer {n}", n=person.customer_id
        )

    def why(self, reason: Reason) -> str:
        """A reason in words."""
        return words.sentence(reason, self.f)

    @property
    def money(self) -> str:
        """`margin` or `sales`: what values are made of, as after an amount: 41,200 EUR of margin."""
        return say_in("an amount of ...", "margin") if self.is_margin else say_in("an amount of ...", "sales")

    @property
    def is_margin(self) -> bool:
        """Whether values are margin; else they are sales."""
        return self.firm.money == "margin"

    @property
    def expected(self) -> str:
        """Head of a column."""
        return say("Expected margin, next 12 months") if self.is_margin else say("Expected sales, next 12 months")

    def purchases(self, count: float) -> str:
        """1,690 purchases; bursts of them where the firm's customers buy in bursts."""
        if self.firm.unit == "occasions":
            return self.f.counted(count, "{n} purchase", "{n} purchases")
        return self.f.counted(count, "{n} burst", "{n} bursts")

    def customers(self, count: float) -> str:
        """4,812 customers."""
        return self.f.counted(count, "{n} customer", "{n} customers")

    def months(self, count: float) -> str:
        """12 months."""
        return self.f.counted(count, "{n} month", "{n} months")

    def orders(self, count: float) -> str:
        """61,402 orders."""
        return self.f.counted(count, "{n} order", "{n} orders")

    @cached_property
    def standing(self) -> dict[str, Group]:
        return {group.name: group for group in self.firm.standing}

    @cached_property
    def rung(self) -> dict[str, Group]:
        return {group.name: group for group in self.firm.rung}

    def standing_count(self, *names: str) -> int:
        """Customers in any of these standings."""
        return sum(self.standing[name].customers for name in names if name in self.standing)

    def rung_count(self, *names: str) -> int:
        """Customers on any of these rungs."""
        return sum(self.rung[name].customers for name in names if name in self.rung)

    @cached_property
    def sales_year(self) -> float:
        """Sales of the last 365 days."""
        return sum(group.sales_365 for group in self.firm.standing)

    @cached_property
    def sales_year_before(self) -> float:
        return sum(group.sales_before_365 for group in self.firm.standing)

    def rung_share(self, *names: str) -> float | None:
        """Share of the last 365 days' sales that these rungs brought."""
        total = sum(max(group.sales_365, 0.0) for group in self.firm.rung)
        part = sum(max(self.rung[name].sales_365, 0.0) for name in names if name in self.rung)
        return part / total if total > 0 else None
