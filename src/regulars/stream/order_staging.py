"""Orders from the stream as rows that intake could have read from files: so that the same rules make orders of them.

Customers are known already, so the rows name none; the number of the order stands for whose it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.intake.assemble.source import Part, Sales
from regulars.intake.fields import Kind
from regulars.intake.read.staged import Staged
from regulars.stream.order_rules import OrderState, amount, moment

_MICRO = Decimal("0.000001")
_LARGEST = Decimal(10) ** 15
_AMOUNT = pa.decimal128(38, 6)
_INSTANT = pa.timestamp("us", tz="UTC")
_TEXT = pa.string()
STATUSES = frozenset({"placed", "cancelled", "refunded", "unpaid", "test", "other"})

_ORDERS = {
    "order_number": _TEXT, "ordered_at": _INSTANT, "day": pa.date32(), "currency": _TEXT, "total": _AMOUNT,
    "subtotal": _AMOUNT, "gross": _AMOUNT, "discount": _AMOUNT, "tax": _AMOUNT, "shipping": _AMOUNT, "cost": _AMOUNT,
    "status": _TEXT, "cancelled_at": _INSTANT, "cancelled_day": pa.date32(), "refunded_at": _INSTANT,
    "refunded_day": pa.date32(), "is_test": pa.bool_(), "channel": _TEXT, "campaign": _TEXT, "promised_at": _INSTANT,
    "delivered_at": _INSTANT, "due_at": _INSTANT, "paid_at": _INSTANT,
}  # fmt: skip
_LINES = {
    "order_number": _TEXT, "currency": _TEXT, "line_number": _TEXT, "product_id": _TEXT, "product_name": _TEXT,
    "category": _TEXT, "brand": _TEXT, "quantity": pa.float64(), "unit_price": _AMOUNT, "line_total": _AMOUNT,
    "line_discount": _AMOUNT, "line_cost": _AMOUNT, "is_sample": pa.bool_(), "is_fee": pa.bool_(),
}  # fmt: skip
_REFUNDS = {
    "order_number": _TEXT, "amount": _AMOUNT, "currency": _TEXT, "refunded_at": _INSTANT, "refunded_day": pa.date32(),
}  # fmt: skip
_COSTS = {"product_id": _TEXT, "from_day": pa.date32(), "cost": _AMOUNT, "currency": _TEXT}
_PLAIN_AMOUNTS = ("total", "subtotal", "gross", "discount", "tax", "shipping", "cost")
_PLAIN_TEXTS = ("channel", "campaign")
_PLAIN_INSTANTS = ("promised_at", "delivered_at", "due_at", "paid_at")


@dataclass(frozen=True)
class Paid:
    """What was paid for an order that only the lake knows: for what takes back all of it."""

    amount: Decimal
    currency: str


@dataclass
class Staging:
    """Rows by kind. `places`: kind and place in it -> the order's number."""

    time_zone: str
    currency: str
    orders: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)

    def add(self, number: str, state: OrderState, paid: Paid | None) -> None:
        """An order. paid : of one that nobody told the stream of, where the lake knows it."""
        currency = code(state.content.get("currency"), self.currency)
        if state.told:
            self.orders.append(self._head(number, state, currency))
            lines = state.content.get("lines")
            told = lines if isinstance(lines, list) else []
            self.lines += [_line(number, one, currency) for one in told if _is_line(one)]
        elif paid is not None:
            currency = paid.currency
        for one in state.refunds:
            given = amount(one.amount)
            if given is None and not state.told and paid is not None:
                given = paid.amount
            if given:
                self._refund(number, given, code(one.currency, currency), one.at)
        if not state.told and state.cancelled_at is not None and paid is not None:
            self._refund(number, paid.amount, paid.currency, state.cancelled_at)

    def sales(self, folder: Path) -> tuple[Sales, list[list[dict[str, Any]]]]:
        """The rows, written, as intake wants them; and by the number of the file its rows."""
        parts: list[Part] = []
        rows: list[list[dict[str, Any]]] = []
        kinds: tuple[tuple[Kind, list[dict[str, Any]], Mapping[str, pa.DataType]], ...] = (
            ("orders", self.orders, _ORDERS),
            ("lines", self.lines, _LINES),
            ("refunds", self.refunds, _REFUNDS),
        )
        for kind, some, columns in kinds:
            if some:
                parts.append(Part(len(parts), _staged(folder, kind, some, columns), self.currency))
                rows.append(some)
        return Sales(parts), rows

    def _head(self, number: str, state: OrderState, currency: str) -> dict[str, Any]:
        content = state.content
        ordered_at = state.ordered_at
        whole = next((one.at for one in state.refunds if one.amount is None), None)
        status = str(content.get("status") or "placed").lower()
        if state.cancelled_at is not None:
            status = "cancelled"
        elif whole is not None:
            status = "refunded"
        row: dict[str, Any] = {
            "order_number": number,
            "ordered_at": ordered_at,
            "day": self.day(ordered_at),
            "currency": currency,
            "status": status if status in STATUSES else "other",
            "cancelled_at": state.cancelled_at,
            "cancelled_day": self.day(state.cancelled_at),
            "refunded_at": whole,
            "refunded_day": self.day(whole),
            "is_test": content.get("is_test") is True,
        }
        row |= {name: _money(content.get(name)) for name in _PLAIN_AMOUNTS}
        row |= {name: _text(content.get(name)) for name in _PLAIN_TEXTS}
        return row | {name: moment(content.get(name)) for name in _PLAIN_INSTANTS}

    def _refund(self, number: str, given: Decimal, currency: str, at: datetime) -> None:
        row = {"order_number": number, "amount": _money(given), "currency": currency}
        self.refunds.append(row | {"refunded_at": at, "refunded_day": self.day(at)})

    def day(self, at: datetime | None) -> date | None:
        """The firm's local day."""
        return None if at is None else at.astimezone(ZoneInfo(self.time_zone)).date()


def costs(folder: Path, told: Sequence[tuple[str, date | None, Decimal, str]]) -> Staged:
    """What products cost as a file of costs says it. told : product's number, from when, amount, currency."""
    rows = [dict(zip(_COSTS, (*one[:2], _money(one[2]), one[3]), strict=True)) for one in told]
    return _staged(folder, "costs", rows, _COSTS)


def code(said: object, otherwise: str) -> str:
    """A currency's code, or another where it is none."""
    found = said.strip().upper() if isinstance(said, str) else ""
    return found if len(found) == 3 and found.isascii() and found.isalpha() else otherwise


def _is_line(one: object) -> bool:
    return isinstance(one, dict) and bool(_text(one.get("product_id")) or _text(one.get("product_name")))


def _line(number: str, one: Mapping[str, Any], currency: str) -> dict[str, Any]:
    pieces = amount(one.get("quantity"))
    row: dict[str, Any] = {"order_number": number, "currency": currency}
    row["quantity"] = 1.0 if pieces is None else float(pieces)
    for name in ("line_number", "product_id", "product_name", "category", "brand"):
        row[name] = _text(one.get(name))
    for name in ("unit_price", "line_total", "line_discount", "line_cost"):
        row[name] = _money(one.get(name))
    return row | {name: one.get(name) is True for name in ("is_sample", "is_fee")}


def _text(said: object) -> str | None:
    if isinstance(said, bool) or not isinstance(said, str | int):
        return None
    return str(said).replace("\0", "").strip()[:500] or None


def _money(said: object) -> Decimal | None:
    found = amount(said)
    if found is None or abs(found) >= _LARGEST:
        return None
    return found.quantize(_MICRO, rounding=ROUND_HALF_EVEN)


def _staged(folder: Path, kind: Kind, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, pa.DataType]) -> Staged:
    path = folder / f"{kind}.staged.parquet"
    # What no row has is left out, as with files: it decides which rules are asked.
    held = [name for name in columns if any(row[name] is not None for row in rows)]
    held = [name for name in held if name not in _FLAGS or any(row[name] for row in rows)]
    table = pa.table({name: pa.array([row[name] for row in rows], columns[name]) for name in held})
    pq.write_table(table, path)
    n = len(rows)
    return Staged(kind, [path], path, n, n, 0, ("row", *held), {}, [], [])


_FLAGS = frozenset({"is_test", "is_sample", "is_fee"})
