"""The lake's tables: their columns, keys and order on disk.

Money is int64 in minor units of the firm's currency. `day` is the firm's local calendar day. Instants are UTC.
An order is identified by (shop, external_id); a customer by the integer that the operations store handed out.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")
DAY = pa.date32()
MONEY = pa.int64()
MONEY_COLUMNS = frozenset(
    ["gross", "discount", "refund", "tax", "shipping", "net", "cost", "unit_price", "amount", "margin"]
)
"""Columns in minor units of the firm's currency (`original` is in those of the order's own)."""


@dataclass(frozen=True)
class TableSpec:
    """One Delta table: `key` identifies a row, `sort` is its order on disk after compaction."""

    name: str
    schema: pa.Schema
    key: tuple[str, ...]
    sort: tuple[str, ...]
    stats: tuple[str, ...] = ()
    """Columns whose min/max Delta's log may keep: never ids or text, because the log outlives an erased row."""
    sorted_files: bool = False
    """Every file is in the order of `sort` at all times, so that the table can be read in order without sorting it."""


_ORDER_FIELDS = [
    pa.field("order_id", pa.int64(), nullable=False),
    pa.field("shop", pa.string(), nullable=False),
    pa.field("external_id", pa.string(), nullable=False),
    pa.field("customer_id", pa.int64(), nullable=False),
    pa.field("user_id", pa.int64()),
    pa.field("payer_id", pa.int64()),
    pa.field("ordered_at", INSTANT, nullable=False),
    pa.field("day", DAY, nullable=False),
    pa.field("currency", pa.string(), nullable=False),
    pa.field("rate", pa.float64(), nullable=False),  # firm's currency per unit of `currency` on `day`
    pa.field("original", MONEY, nullable=False),  # net when ordered, in minor units of `currency`
    pa.field("gross", MONEY, nullable=False),  # goods before discount, without postage
    pa.field("discount", MONEY, nullable=False),  # >= 0
    pa.field("refund", MONEY, nullable=False),  # >= 0, all refunds known so far
    pa.field("tax", MONEY, nullable=False),
    pa.field("shipping", MONEY, nullable=False),  # postage and fees
    pa.field("net", MONEY, nullable=False),  # gross - discount - refund: what "sales" sums
    pa.field("cost", MONEY),  # of the goods kept, where known
    pa.field("channel", pa.string()),
    pa.field("campaign", pa.string()),
    pa.field("promised_at", INSTANT),
    pa.field("delivered_at", INSTANT),
    pa.field("due_at", INSTANT),
    pa.field("paid_at", INSTANT),
    pa.field("status", pa.string(), nullable=False),  # placed | cancelled | test
    pa.field("import_id", pa.int64(), nullable=False),
    pa.field("version", pa.int32(), nullable=False),  # 1, then 2 when a changed order replaced it, ...
    pa.field("fingerprint", pa.int64(), nullable=False),  # hash of all content incl. lines and refunds
]

_LINE_FIELDS = [
    pa.field("order_id", pa.int64(), nullable=False),
    pa.field("line_no", pa.int32(), nullable=False),
    pa.field("customer_id", pa.int64(), nullable=False),
    pa.field("day", DAY, nullable=False),
    pa.field("product_id", pa.string(), nullable=False),
    pa.field("category", pa.string()),
    pa.field("brand", pa.string()),
    pa.field("quantity", pa.float64(), nullable=False),
    pa.field("unit_price", MONEY, nullable=False),
    pa.field("discount", MONEY, nullable=False),
    pa.field("net", MONEY, nullable=False),
    pa.field("cost", MONEY),
]

_REFUND_FIELDS = [
    pa.field("order_id", pa.int64(), nullable=False),
    pa.field("customer_id", pa.int64(), nullable=False),
    pa.field("order_day", DAY, nullable=False),
    pa.field("day", DAY, nullable=False),  # when it was given back: `as_of` a day before ignores it
    pa.field("amount", MONEY, nullable=False),  # > 0
]

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        TableSpec("orders", pa.schema(_ORDER_FIELDS), ("shop", "external_id"), ("customer_id", "day"), ("day",)),
        TableSpec("lines", pa.schema(_LINE_FIELDS), ("order_id", "line_no"), ("customer_id", "day"), ("day",)),
        TableSpec("refunds", pa.schema(_REFUND_FIELDS), (), ("customer_id", "order_day"), ("day",)),
        # One row a customer and day with at least one placed order. `orders` counts those not fully refunded;
        # when it is 0, `void_day` is the day on which the last of them became fully refunded: as of an earlier
        # day the occasion still stands. `net` and `margin` are after all refunds known so far.
        TableSpec(
            "occasions",
            pa.schema(
                [
                    pa.field("customer_id", pa.int64(), nullable=False),
                    pa.field("day", DAY, nullable=False),
                    pa.field("orders", pa.int32(), nullable=False),
                    pa.field("net", MONEY, nullable=False),
                    pa.field("margin", MONEY),  # null where no cost is known
                    pa.field("void_day", DAY),
                ]
            ),
            ("customer_id", "day"),
            ("customer_id", "day"),
            ("day",),
            sorted_files=True,
        ),
        # Replaced versions of orders with their lines and refunds, so that an import can be undone.
        TableSpec(
            "order_versions",
            pa.schema(
                [
                    *_ORDER_FIELDS,
                    pa.field("lines", pa.list_(pa.struct(_LINE_FIELDS))),
                    pa.field("refunds", pa.list_(pa.struct(_REFUND_FIELDS))),
                    pa.field("replaced_by_import_id", pa.int64(), nullable=False),
                ]
            ),
            ("order_id", "version"),
            ("customer_id", "day"),
            ("day",),
        ),
        TableSpec(
            "people",
            pa.schema(
                [
                    pa.field("customer_id", pa.int64(), nullable=False),
                    pa.field("kind", pa.string(), nullable=False),  # person | organisation
                    pa.field("country", pa.string()),
                    pa.field("region", pa.string()),
                    pa.field("birth_years", pa.int16()),  # first year of a span of five
                ]
            ),
            ("customer_id",),
            ("customer_id",),
        ),
        TableSpec(
            "products",
            pa.schema(
                [
                    pa.field("product_id", pa.string(), nullable=False),
                    pa.field("name", pa.string()),
                    pa.field("category", pa.string()),
                    pa.field("brand", pa.string()),
                    pa.field("durable", pa.bool_()),
                    pa.field("cycle_days", pa.int32()),
                ]
            ),
            ("product_id",),
            ("product_id",),
        ),
        TableSpec(
            "costs",
            pa.schema(
                [
                    pa.field("product_id", pa.string(), nullable=False),
                    pa.field("from_day", DAY, nullable=False),
                    pa.field("cost", MONEY, nullable=False),
                ]
            ),
            ("product_id", "from_day"),
            ("product_id", "from_day"),
        ),
        TableSpec(
            "rates",
            pa.schema(
                [
                    pa.field("day", DAY, nullable=False),
                    pa.field("currency", pa.string(), nullable=False),
                    pa.field("rate", pa.float64(), nullable=False),  # firm's currency per unit
                ]
            ),
            ("day", "currency"),
            ("currency", "day"),
        ),
        TableSpec(
            "spend",
            pa.schema(
                [
                    pa.field("source", pa.string(), nullable=False),
                    pa.field("month", DAY, nullable=False),  # its first day
                    pa.field("amount", MONEY, nullable=False),
                    pa.field("purpose", pa.string(), nullable=False),  # win | keep
                ]
            ),
            ("source", "month", "purpose"),
            ("source", "month"),
        ),
        # One row a term of a contract. A cancellation is known from `cancelled_day` on.
        TableSpec(
            "contracts",
            pa.schema(
                [
                    pa.field("contract_id", pa.int64(), nullable=False),  # a digest: the shop's number stays out
                    pa.field("customer_id", pa.int64(), nullable=False),
                    pa.field("from_day", DAY, nullable=False),
                    pa.field("until_day", DAY),  # null: open
                    pa.field("cancelled_day", DAY),
                    pa.field("product_id", pa.string()),
                ]
            ),
            ("contract_id", "from_day"),
            ("customer_id", "from_day"),
        ),
        # What happened, as programs and rooms told of it. A visit without a customer belongs to whoever the visitor
        # turned out to be, which the operations store knows (`lake.events`).
        TableSpec(
            "events",
            pa.schema(
                [
                    pa.field("event_id", pa.int64(), nullable=False),  # negative: of a room of ours
                    pa.field("message_id", pa.int64()),  # a digest
                    pa.field("customer_id", pa.int64()),
                    pa.field("visitor_id", pa.int64()),
                    pa.field("name", pa.string(), nullable=False),
                    pa.field("occurred_at", INSTANT, nullable=False),
                    pa.field("received_at", INSTANT, nullable=False),
                    pa.field("day", DAY, nullable=False),
                    pa.field("shop", pa.string()),
                    pa.field("source", pa.string(), nullable=False),
                    pa.field("bot", pa.bool_(), nullable=False),
                    pa.field("backfill", pa.bool_(), nullable=False),  # history when it came: nothing reacted to it
                    pa.field("properties", pa.string()),  # JSON, of allowed names only
                ]
            ),
            ("event_id",),
            ("day", "visitor_id"),
            ("day",),
        ),
        # What erased customers had bought, without them: the firm's totals stay true.
        TableSpec(
            "erased_totals",
            pa.schema(
                [
                    pa.field("day", DAY, nullable=False),
                    pa.field("category", pa.string()),
                    pa.field("channel", pa.string()),
                    pa.field("arm", pa.string()),
                    pa.field("orders", pa.int64(), nullable=False),
                    pa.field("net", MONEY, nullable=False),
                ]
            ),
            (),
            ("day",),
            ("day",),
        ),
    )
}
