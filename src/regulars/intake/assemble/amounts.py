"""What an order's amounts mean: goods before and after discount, tax and postage, from whatever a file gives.

Sales are goods after discount, without postage, and without tax where the file says the tax. `total` is worth most,
because every shop means the same by it: what the customer paid. Then `subtotal`, then `gross` less `discount`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from regulars.intake.assemble.arithmetic import MICROS

CENT = MICROS // 100
AMOUNTS = ("total", "subtotal", "gross", "discount", "tax", "shipping", "refunded", "cost")


@dataclass(frozen=True)
class Units:
    """Micros in one minor unit, by currency; `exact` when no amount has more decimals than its currency."""

    of: Mapping[str, int]
    exact: bool

    def per_minor(self, currency: str = "currency") -> str:
        """SQL: micros in one minor unit of the row's currency."""
        sizes = set(self.of.values())
        if len(sizes) == 1:
            return str(next(iter(sizes)))
        usual = 10_000
        cases = " ".join(f"WHEN '{code}' THEN {size}" for code, size in sorted(self.of.items()) if size != usual)
        return f"CASE {currency} {cases} ELSE {usual} END"

    def minor(self, amount: str, currency: str = "currency") -> str:
        """SQL: a DECIMAL amount in major units as whole minor units (BIGINT), half to even."""
        size = self.per_minor(currency)
        if self.exact and size == str(CENT):
            return f"(({amount})::DECIMAL(18, 6) * {MICROS // CENT})::BIGINT"
        return f"half_even(micros({amount}), {size})::BIGINT"


def goods(present: Collection[str], otherwise: str = "0") -> str:
    """SQL: goods after discount in major units, from the amounts that are present; `otherwise` where there is none."""
    cases: list[str] = []
    discount = "abs(coalesce(discount, 0))" if "discount" in present else "0"
    if "total" in present:
        cases.append(f"WHEN total IS NOT NULL THEN {_goods_in_total(present, discount)}")
    if "subtotal" in present:
        cases.append("WHEN subtotal IS NOT NULL THEN subtotal")
    if "gross" in present:
        cases.append(f"WHEN gross IS NOT NULL THEN gross - sign(gross) * {discount}")
    return f"CASE {' '.join(cases)} ELSE {otherwise} END" if cases else otherwise


def _goods_in_total(present: Collection[str], discount: str) -> str:
    extra = [f"abs(coalesce({name}, 0))" for name in ("shipping", "tax") if name in present]
    if not extra:
        return "total"
    added = " + ".join(extra)
    inside = f"CASE WHEN total >= 0 THEN greatest(total - ({added}), 0) ELSE least(total + {added}, 0) END"
    if "shipping" not in present:
        return inside
    goods_alone = [name for name in ("subtotal", "gross") if name in present]
    if not goods_alone:
        return inside
    # A "total" that equals the goods although postage was charged is a total of goods.
    same = {"subtotal": "total = subtotal", "gross": f"total = gross - sign(gross) * {discount}"}
    alone = " OR ".join(f"coalesce({same[name]}, false)" for name in goods_alone)
    return f"CASE WHEN coalesce(shipping, 0) <> 0 AND ({alone}) THEN total ELSE {inside} END"


def discount(present: Collection[str], goods_: str) -> str:
    """SQL: the discount in major units, never negative."""
    if "discount" in present:
        return "abs(coalesce(discount, 0))"
    if "gross" in present:
        return f"greatest(abs(coalesce(gross, 0)) - abs({goods_}), 0)"
    return "0"
