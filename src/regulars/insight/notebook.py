"""The whole picture in a notebook: `Regulars.from_orders(df, customer="id", day="date", amount="total")`."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.base.days import to_number
from regulars.base.errors import BadInput
from regulars.insight.behaviour import restored
from regulars.insight.columns import MONEY_COLUMNS
from regulars.insight.figures import Backtest, Firm
from regulars.insight.parameters import Parameters, Thresholds
from regulars.insight.picture import Picture, run
from regulars.insight.reasons import reasons
from regulars.insight.source import Frames
from regulars.stats.btyd import BuyTillYouDie


class Regulars:
    """A firm's customers as of one day, judged from its orders.

    `customers`: one row each, as a DataFrame (money in major units). `firm`: the figures of the firm. `model`: the
    fitted behaviour model, to be asked more. `backtest`: how good its predictions were on the firm's own past.
    """

    def __init__(self, picture: Picture, names: pa.Array | None, minor_digits: int) -> None:
        self._picture = picture
        self._names = names
        self._unit = 10.0**-minor_digits

    @classmethod
    def from_orders(
        cls,
        orders: Any,
        *,
        customer: str = "customer",
        day: str = "day",
        amount: str | None = "amount",
        margin: str | None = None,
        as_of: date | str | None = None,
        currency: str = "EUR",
        minor_digits: int = 2,
        margin_rate: float | None = None,
        thresholds: Thresholds | None = None,
    ) -> Regulars:
        """From one row an order: a pandas or polars DataFrame, an Arrow table, or a dict of columns.

        customer, day, amount, margin : names of its columns; without `amount` every order is worth 1. Days are dates,
        datetimes (their calendar day as written) or ISO text. Several orders of a customer on one day are one occasion;
        those of nothing or less count for money but not as occasions, unless none on that day is above nothing.
        as_of : the last day that is known (by default that of the last order); later orders are ignored.
        Raises BadInput that names a column that isn't there, or a value that can't be read.
        """
        table = _arrow(orders)
        occasions, names = _occasions(table, customer, day, amount, margin, minor_digits)
        known = _as_of(as_of, occasions)
        picture = run(
            Frames({"occasions": occasions}),
            known,
            thresholds=thresholds,
            currency=currency,
            minor_digits=minor_digits,
            margin_rate=margin_rate,
        )
        return cls(picture, names, minor_digits)

    @property
    def firm(self) -> Firm:
        """The state of the customer base."""
        return self._picture.firm

    @property
    def backtest(self) -> Backtest | None:
        """What would have been said in the past, and what then happened."""
        return self._picture.firm.backtest

    @property
    def parameters(self) -> Parameters:
        """Everything that was estimated, frozen."""
        return self._picture.parameters

    @property
    def model(self) -> BuyTillYouDie:
        """The fitted behaviour model that standing comes from."""
        return restored(self._picture.parameters)

    @cached_property
    def table(self) -> pa.Table:
        """The customers as Arrow: under the names they had, money in major units."""
        table = self._picture.customers
        for name in MONEY_COLUMNS:
            at = table.column_names.index(name)
            table = table.set_column(at, name, pc.multiply(table.column(name).cast(pa.float64()), self._unit))
        if self._names is not None:
            places = pc.subtract(table.column("customer_id"), 1)
            table = table.set_column(0, "customer", self._names.take(places.combine_chunks()))
        return table.rename_columns(["customer", *table.column_names[1:]])

    @cached_property
    def customers(self) -> Any:
        """The customers as a pandas DataFrame, sorted by value, where pandas is installed; else as Arrow."""
        table = self.table.sort_by([("value_365", "descending")])
        try:
            return table.to_pandas()
        except ImportError:
            return table

    def why(self, customer: Any) -> list[str]:
        """The reasons behind one customer's standing and rung, each as its code with figures.

        Raises BadInput for a customer who isn't there.
        """
        found = self.table.filter(pc.equal(self.table.column("customer"), pa.scalar(customer)))
        if not found.num_rows:
            raise BadInput(f"There is no customer {customer!r} by {self.firm.as_of}.")
        row = found.to_pylist()[0]
        row["silence"] = (self.firm.as_of - row["last_day"]).days
        known = [(reason.code, reason.figures) for reason in reasons(row)]
        return [f"{code}: {', '.join(f'{k} {v}' for k, v in figures.items())}".rstrip(": ") for code, figures in known]

    def __repr__(self) -> str:
        firm = self.firm
        if not firm.customers:
            return f"Regulars as of {firm.as_of}: no customer yet"
        standing = ", ".join(f"{group.customers:,} {group.name}" for group in firm.standing if group.customers)
        rung = ", ".join(f"{group.customers:,} {group.name}" for group in firm.rung if group.customers)
        lines = [
            f"Regulars as of {firm.as_of}: {firm.customers:,} customers, {firm.orders:,} orders since {firm.first_day}",
            f"  standing  {standing}",
            f"  rung      {rung}",
        ]
        if firm.value_365 is not None:
            value = firm.value_365
            lines.append(
                f"  value     {value.value:,.0f} {firm.currency} of {firm.money} expected in the next 365 days"
                f" (80%: {value.low:,.0f} to {value.high:,.0f})"
            )
        if firm.value_at_risk is not None:
            lines.append(f"  at risk   {firm.value_at_risk.value:,.0f} {firm.currency} with the slipping")
        lines.append(f"  model     {self.model!r}, by {firm.model_why.code.replace('_', ' ')}")
        return "\n".join(lines)


def _arrow(orders: Any) -> pa.Table:
    """Any table as Arrow."""
    if isinstance(orders, pa.Table):
        return orders
    if isinstance(orders, dict):
        return pa.table(orders)
    if hasattr(orders, "__arrow_c_stream__"):
        return pa.table(orders)
    if hasattr(orders, "to_arrow"):
        return orders.to_arrow()
    try:
        return pa.Table.from_pandas(orders, preserve_index=False)
    except (TypeError, AttributeError):
        raise BadInput(
            f"Orders come as a DataFrame, an Arrow table or a dict of columns, not as {type(orders).__name__}."
        ) from None


def _column(table: pa.Table, name: str, what: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise BadInput(f"There is no column {name!r} for the {what}. There are: {', '.join(table.column_names)}.")
    column = table.column(name)
    if column.null_count:
        raise BadInput(f"{column.null_count} rows have no {what} (column {name!r}): leave them out first.")
    return column


def _occasions(
    table: pa.Table, customer: str, day: str, amount: str | None, margin: str | None, minor_digits: int
) -> tuple[pa.Table, pa.Array]:
    """One row a customer and day, customers numbered from 1 in the order of their names, and those names."""
    who = _column(table, customer, "customer").combine_chunks()
    if pa.types.is_dictionary(who.type):
        who = who.dictionary_decode()
    names = pc.unique(who)
    names = names.take(pc.sort_indices(names))
    number = pc.add(pc.index_in(who, value_set=names).cast(pa.int64()), 1)
    rows: dict[str, Any] = {"customer_id": number, "day": _days(_column(table, day, "day"), day)}
    rows["net"] = _minor(table, amount, minor_digits) if amount else pa.array(np.full(len(who), 10**minor_digits))
    sums = [("net", "sum"), ("counts", "sum"), ("net", "count")]
    rows["counts"] = pc.greater(rows["net"], 0).cast(pa.int64())
    if margin is not None:
        rows["margin"] = _minor(table, margin, minor_digits)
        sums.append(("margin", "sum"))
    grouped = pa.table(rows).group_by(["customer_id", "day"]).aggregate(sums)
    orders = grouped.column("counts_sum")
    orders = pc.if_else(pc.greater(orders, 0), orders, grouped.column("net_count"))
    keep = pc.or_(pc.greater(grouped.column("counts_sum"), 0), pc.equal(grouped.column("net_sum"), 0))
    occasions = pa.table(
        {
            "customer_id": grouped.column("customer_id"),
            "day": grouped.column("day"),
            "orders": pc.if_else(keep, orders, 0).cast(pa.int32()),
            "net": grouped.column("net_sum"),
            "void_day": pc.if_else(keep, pa.scalar(None, pa.date32()), grouped.column("day")),
            **({"margin": grouped.column("margin_sum")} if margin is not None else {}),
        }
    )
    return occasions, names


def _days(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    kind = column.type
    try:
        if pa.types.is_timestamp(kind) and kind.tz is not None:
            column = pc.local_timestamp(column)
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            column = pc.utf8_slice_codeunits(column, 0, 10)
        return column.cast(pa.date32(), safe=False) if pa.types.is_timestamp(column.type) else column.cast(pa.date32())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadInput(
            f"The days in column {name!r} can't be read ({error}): give dates, or text like 2024-05-31."
        ) from None


def _minor(table: pa.Table, name: str, minor_digits: int) -> pa.Array:
    column = _column(table, name, "amount")
    try:
        values = column.cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadInput(f"The amounts in column {name!r} can't be read ({error}): give plain numbers.") from None
    if not np.isfinite(values).all():
        raise BadInput(f"Column {name!r} has amounts that are missing or not finite: leave those rows out first.")
    return pa.array(np.rint(values * 10**minor_digits).astype(np.int64))


def _as_of(as_of: date | str | None, occasions: pa.Table) -> int:
    if as_of is not None:
        return to_number(
            date.fromisoformat(as_of) if isinstance(as_of, str) else date(as_of.year, as_of.month, as_of.day)
        )
    last = pc.max(occasions.column("day")).as_py()
    if last is None:
        raise BadInput("There are no orders. Give at least one row, or say as of which day (as_of).")
    return to_number(last)
