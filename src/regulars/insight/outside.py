"""Sales that belong to no customer of the table: of who was erased, of who isn't analysed, and what void occasions
left over.

With them the months' sales are the orders' sales to the cent.
"""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import numpy.typing as npt

from regulars.base import days
from regulars.insight.left_out import left_out, whole
from regulars.insight.months import Months
from regulars.insight.occasions import chunks
from regulars.insight.source import Source, fetch
from regulars.insight.views import Extra


def first_sale(source: Source, as_of: int) -> int | None:
    """Day number of the first sale dated by `as_of`, of whomever, erased or given back since; None without any."""
    found = []
    for name in ("occasions", "erased_totals"):
        table = whole(source).table(name)
        seen = fetch(table.filter(table.day <= _day(as_of)).agg(first=table.day.min()))
        found += [value for value in seen.column("first").to_pylist() if value is not None]
    return days.to_number(min(found)) if found else None


def outside(source: Source, months: Months) -> Extra:
    """By month of `months`, what is dated by its `as_of`; `months` begin with the `first_sale` or before it."""
    names = ("erased_sales", "erased_orders", "void_sales", "left_out_sales", "left_out_orders")
    erased = erased_by_month(source.table("erased_totals"), months.as_of)
    void = void_by_month(source.table("occasions"), source.table("refunds"), months.as_of)
    sums = {name: np.zeros(months.count, dtype=np.int64) for name in names}
    for month, orders, net in _rows(erased, ("month", "orders", "net")):
        sums["erased_sales"][month - months.start] += net
        sums["erased_orders"][month - months.start] += orders
    for month, net in _rows(void, ("month", "net")):
        sums["void_sales"][month - months.start] += net
    if len(left_out(source)):
        _add_left_out(sums, source, months)
    return Extra(**sums)


def _add_left_out(sums: dict[str, npt.NDArray[np.int64]], source: Source, months: Months) -> None:
    """Sales and orders of those who aren't analysed: what the whole source has more."""
    every = whole(source)
    for chunk in chunks(every, months.as_of, only=left_out(source)):
        month = months.of(chunk.day)
        np.add.at(sums["left_out_sales"], month, chunk.net)
        np.add.at(sums["left_out_orders"], month, chunk.orders)
    void = void_by_month(every.table("occasions"), every.table("refunds"), months.as_of)
    for number, net in _rows(void, ("month", "net")):
        sums["left_out_sales"][number - months.start] += net
    sums["left_out_sales"] -= sums["void_sales"]


def erased_by_month(erased: Any, as_of: int) -> Any:
    """month (since 1970-01), orders and net of erased customers."""
    seen = erased.filter(erased.day <= _day(as_of))
    return seen.group_by(month=_month(seen.day)).agg(orders=seen.orders.sum(), net=seen.net.sum())


def void_by_month(occasions: Any, refunds: Any, as_of: int) -> Any:
    """month and net of occasions of which nothing stood any more on the day; refunds given later are put back."""
    day = _day(as_of)
    seen = occasions.filter((occasions.day <= day) & (occasions.orders <= 0) & (occasions.void_day <= day))
    gone = seen.select("customer_id", "day", month=_month(seen.day), net=seen.net)
    later = refunds.filter((refunds.day > day) & (refunds.order_day <= day))
    later = later.group_by("customer_id", order_day=later.order_day).agg(back=later.amount.sum())
    joined = gone.left_join(later, (gone.customer_id == later.customer_id) & (gone.day == later.order_day))
    joined = joined.select(month=joined.month, net=joined.net + ibis.coalesce(joined.back, 0))
    return joined.group_by("month").agg(net=joined.net.sum())


def _month(day: Any) -> Any:
    return (day.year() * 12 + day.month() - 1 - 1970 * 12).cast("int64")


def _day(number: int) -> Any:
    return ibis.date(days.to_date(number).isoformat())


def _rows(expr: Any, names: tuple[str, ...]) -> list[tuple[int, ...]]:
    table = fetch(expr)
    columns = (table.column(name).to_pylist() for name in names)
    return [tuple(int(value or 0) for value in row) for row in zip(*columns, strict=True)]
