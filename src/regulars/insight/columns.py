"""The customers' table: its columns, and how the lake keeps it between runs (so that an erasure reaches it too)."""

from __future__ import annotations

import pyarrow as pa

from regulars.lake.tables import DAY, MONEY, TableSpec

CHANCE = pa.float64()
"""0 to 1."""
POINTS = pa.float64()

CUSTOMERS = pa.schema(
    [
        pa.field("customer_id", pa.int64(), nullable=False),
        pa.field("occasions", pa.int32()),
        pa.field("episodes", pa.int32()),  # null where occasions are the unit
        pa.field("orders", pa.int32()),
        pa.field("first_day", DAY),
        pa.field("last_day", DAY),
        pa.field("standing", pa.string()),
        pa.field("sure", CHANCE),  # share of parameter draws with the same standing
        pa.field("rung", pa.string()),
        pa.field("p_alive", CHANCE),
        pa.field("p_return", CHANCE),  # of at least one occasion until `return_by`
        pa.field("return_by", DAY),
        pa.field("late_after_day", DAY),
        pa.field("expected_occasions_365", pa.float64()),
        pa.field("next_occasion_day", DAY),  # median if they still come; null when they hardly do
        pa.field("next_occasion_10", DAY),  # by then with probability 0.1, all told; null: never so likely
        pa.field("next_occasion_50", DAY),
        pa.field("next_occasion_90", DAY),
        pa.field("value_365", MONEY),
        pa.field("value_365_low", MONEY),  # 80% range of what this customer will bring
        pa.field("value_365_high", MONEY),
        pa.field("value_if_staying", MONEY),
        pa.field("value_at_risk", MONEY),
        pa.field("realised_value", MONEY),
        pa.field("sales", MONEY),
        pa.field("sales_365", MONEY),  # of the last 365 days
        pa.field("sales_before_365", MONEY),  # of the 365 days before those
        pa.field("spend_per_occasion", MONEY),
        pa.field("client_score", POINTS),  # 0 to 100; null below two occasions or two known parts
        pa.field("score_revenue", POINTS),
        pa.field("score_needs", POINTS),
        pa.field("score_reliability", POINTS),
        pa.field("recency_score", pa.int16()),  # fifths of all customers, 5 is best
        pa.field("frequency_score", pa.int16()),
        pa.field("monetary_score", pa.int16()),
        pa.field("median_gap", pa.float64()),  # days
        pa.field("longest_gap", pa.int32()),
        pa.field("evenness", CHANCE),  # of spend per quarter
        pa.field("fading", pa.bool_()),
        pa.field("seasonal", pa.bool_()),
        pa.field("reasons", pa.string()),  # codes of `reasons.CODES`, parted by spaces
    ]
)

MONEY_COLUMNS = tuple(field.name for field in CUSTOMERS if field.type == MONEY and field.name != "customer_id")
"""Columns of money: minor units inside, major units at the edge."""

STANDING = TableSpec("standing", CUSTOMERS, ("customer_id",), ("customer_id",))
"""One row a customer: what the last run found."""

TABLES: tuple[TableSpec, ...] = (STANDING,)
