"""Latest occasions and orders of a customer, small enough to lie beside their picture: no web page reads the lake.

Packed as JSON without names of fields, because DuckDB writes that for a million customers without Python seeing one.
"""

from __future__ import annotations

from datetime import date

import msgspec

from regulars.base import days

MOST_DAYS = 60
MOST_ORDERS = 12
MOST_LINES = 4


class Order(msgspec.Struct, frozen=True, array_like=True):
    """One order: its number in the shop, money in minor units of the firm's currency after all refunds known."""

    number: str
    day_number: int
    net: int
    refund: int
    status: str
    """placed | cancelled"""
    lines: int
    """How many lines it has; 0 where lines aren't known."""
    products: list[str]
    """Names of the first few lines."""

    @property
    def day(self) -> date:
        """On the firm's calendar."""
        return days.to_date(self.day_number)


class Recent(msgspec.Struct, frozen=True, array_like=True):
    """Both newest first."""

    day_numbers: list[int] = []
    orders: list[Order] = []

    @property
    def days(self) -> list[date]:
        """Days of the latest occasions."""
        return [days.to_date(number) for number in self.day_numbers]


def pack(recent: Recent) -> str:
    """The text that is stored."""
    return msgspec.json.encode(recent).decode()


def unpack(text: str) -> Recent:
    """What was packed; nothing for an empty text."""
    return msgspec.json.decode(text, type=Recent) if text else Recent()


PACKED = """
WITH latest AS (
    SELECT * FROM (SELECT customer_id, order_id, external_id, day, ordered_at, net, refund, status
                   FROM {orders} WHERE {chosen} AND status <> 'test')
    QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY ordered_at DESC, order_id DESC) <= {most_orders}),
bought AS (
    SELECT l.order_id, count(*) AS lines,
           list(coalesce(p.name, l.product_id) ORDER BY l.line_no)[:{most_lines}] AS products
    FROM {lines} l JOIN latest USING (order_id) LEFT JOIN {products} p USING (product_id)
    GROUP BY l.order_id),
orders AS (
    SELECT customer_id, list(json_array(external_id, date_diff('day', DATE '1970-01-01', day), net, refund, status,
                                        coalesce(b.lines, 0), coalesce(b.products, []))
                             ORDER BY ordered_at DESC, order_id DESC) AS orders
    FROM latest LEFT JOIN bought b USING (order_id) GROUP BY customer_id),
came AS (
    SELECT customer_id, list(date_diff('day', DATE '1970-01-01', day) ORDER BY day DESC)[:{most_days}] AS days
    FROM (SELECT DISTINCT customer_id, day FROM {occasions} WHERE {chosen} AND orders > 0) GROUP BY customer_id)
SELECT customer_id, json_array(coalesce(days, []), coalesce(orders, []))::VARCHAR AS packed
FROM orders FULL JOIN came USING (customer_id)
"""
"""DuckDB: `customer_id` and `packed` of the customers for whom `chosen` is true."""
