"""What winning and keeping customers cost, where the spend was imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import pyarrow as pa

from regulars.base import days
from regulars.insight.figures import Cost
from regulars.insight.rounds import merged
from regulars.insight.source import Source, fetch

MONTHS = 12


def cost(
    source: Source,
    as_of: int,
    unit: float,
    digits: int,
    *,
    merges: Mapping[int, int] | pa.Table | None = None,
) -> Cost | None:
    """Spend on winning and keeping in the last twelve months that have any, beside who was won and who was kept.

    Won: first occasion in those months. Kept: bought in them, and before them too. By source the customers won are
    those whose first order came by the channel or the campaign of that name; None where no order names it. None
    altogether without any spend dated by `as_of`.
    """
    rows = _spend(source, as_of)
    if not rows:
        return None
    last = max(row["month"] for row in rows)
    first = days.add_months(last, -(MONTHS - 1))
    rows = [row for row in rows if row["month"] >= first]
    first = min(row["month"] for row in rows)
    begin, end = days.to_number(first), min(days.to_number(days.add_months(last, 1)) - 1, as_of)
    firsts = first_orders(source.table("orders"), as_of, merges)
    won, kept, by = _people(firsts, source.table("occasions"), begin, end, merges)
    win = sum(row["amount"] for row in rows if row["purpose"] == "win")
    keeping = [row["amount"] for row in rows if row["purpose"] == "keep"]
    keep = sum(keeping) if keeping else None
    by_source: dict[str, tuple[float, int | None]] = {}
    for row in sorted(rows, key=lambda one: one["source"]):
        if row["purpose"] == "win":
            spent = by_source.get(row["source"], (0.0, None))[0] + row["amount"] * unit
            by_source[row["source"]] = (round(spent, digits), by.get(row["source"].strip().lower()))
    return Cost(
        month_from=first,
        month_until=last,
        win_spend=round(win * unit, digits),
        won=won,
        cost_to_win=round(win * unit / won, digits) if won and win else None,
        keep_spend=None if keep is None else round(keep * unit, digits),
        kept=kept,
        cost_to_keep=round(keep * unit / kept, digits) if keep and kept else None,
        by_source=by_source,
    )


def first_orders(orders: Any, as_of: int, merges: Mapping[int, int] | pa.Table | None = None) -> Any:
    """One row a customer who has placed an order by the day: day, channel and campaign of the first one."""
    placed = orders.filter((orders.status == "placed") & (orders.day <= _day(as_of)))
    placed = merged(placed.select("customer_id", "day", "ordered_at", "channel", "campaign"), merges)
    return placed.group_by("customer_id").agg(
        day=placed.day.min(),
        channel=placed.channel.argmin(placed.ordered_at),
        campaign=placed.campaign.argmin(placed.ordered_at),
    )


def bought_between(occasions: Any, begin: int, end: int, merges: Mapping[int, int] | pa.Table | None = None) -> Any:
    """One row: customers with an occasion in [begin, end], and those of them who had one before it too."""
    stands = occasions.void_day.isnull() | (occasions.void_day > _day(end))
    seen = occasions.filter((occasions.day <= _day(end)) & stands)
    seen = merged(seen.select("customer_id", "day"), merges)
    per = seen.group_by("customer_id").agg(first=seen.day.min(), last=seen.day.max())
    there = per.filter(per["last"] >= _day(begin))
    return there.agg(
        won=(there["first"] >= _day(begin)).cast("int64").sum(),
        kept=(there["first"] < _day(begin)).cast("int64").sum(),
    )


def _people(
    firsts: Any, occasions: Any, begin: int, end: int, merges: Mapping[int, int] | pa.Table | None
) -> tuple[int, int, dict[str, int]]:
    both = fetch(bought_between(occasions, begin, end, merges)).to_pylist()[0]
    fresh = firsts.filter((firsts.day >= _day(begin)) & (firsts.day <= _day(end)))
    by: dict[str, int] = {}
    for name in ("campaign", "channel"):
        named = fresh.filter(fresh[name].notnull())
        counts = named.group_by(name=named[name].strip().lower()).agg(customers=named.count())
        for row in fetch(counts).to_pylist():
            by[row["name"]] = max(by.get(row["name"], 0), int(row["customers"]))
    return int(both["won"] or 0), int(both["kept"] or 0), by


def _spend(source: Source, as_of: int) -> list[dict[str, Any]]:
    spend = source.table("spend")
    return list(fetch(spend.filter(spend.month <= _day(as_of))).to_pylist())


def _day(number: int) -> ibis.Expr:
    return ibis.date(days.to_date(number).isoformat())
