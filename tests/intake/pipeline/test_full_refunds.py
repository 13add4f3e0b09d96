"""Whatever is given back in full leaves nothing, in any currency and in any number of parts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.intake.pipeline.hand_made import Bench
from tests.intake.pipeline.test_properties import TRIED

PARTS = st.lists(st.integers(1, 90_000), min_size=1, max_size=4)
ORDERS = st.lists(PARTS, min_size=15, max_size=30)
RATE = st.integers(100, 30_000).map(lambda rate: rate / 10_000)


def with_rate(bench: Bench, rate: float) -> None:
    rates = {"day": pa.array([date(2024, 1, 1)], pa.date32()), "currency": ["SEK"], "rate": [rate]}
    bench.lake.upsert("rates", pa.table(rates))


def line(number: int, part: int, amount: int, day: int, sign: int) -> dict[str, object]:
    row = {"order_number": f"{'C' if sign < 0 else ''}{number}", "customer_ref": f"c{number % 3}", "currency": "SEK"}
    price = {"product_id": f"p{part}", "quantity": sign, "unit_price": Decimal(amount) / 100}
    return row | price | {"ordered_at": f"2024-01-{day:02d}"}


@TRIED
@example([[15500, 64600, 154900]], 0.08928, True)
@example([[15500, 64600, 154900]], 0.08928, False)
@given(ORDERS, RATE, st.booleans())
def test_lines_taken_back_one_by_one_leave_nothing(orders, rate, at_once):
    bought = [line(n, i, amount, 2, 1) for n, parts in enumerate(orders) for i, amount in enumerate(parts)]
    back = [line(n, i, amount, 9 + i, -1) for n, parts in enumerate(orders) for i, amount in enumerate(parts)]
    with Bench() as bench:
        with_rate(bench, rate)
        done = bench.take(lines=bought + back) if at_once else None
        if not at_once:
            bench.take(lines=bought)
            bench.take(lines=back)
        assert set(bench.ask("SELECT net, refund - (gross - discount) FROM orders")) == {(0, 0)}
        assert bench.ask("SELECT coalesce(sum(amount), 0) FROM refunds") == bench.ask("SELECT sum(refund) FROM orders")
        assert done is None or done.tally.get("refunds_above_the_order", 0) == 0


@TRIED
@given(ORDERS, RATE, st.sampled_from(["EUR", "SEK"]), st.booleans())
def test_what_was_paid_and_is_paid_back_in_parts_leaves_nothing(orders, rate, currency, all_of_it):
    heads, refunds = [], []
    for n, parts in enumerate(orders):
        total = sum(parts)
        some = {"tax": Decimal(total // 6) / 100, "shipping": Decimal(total // 11) / 100, "currency": currency}
        heads.append(some | {"order_number": f"n{n}", "customer_ref": f"c{n % 3}", "ordered_at": "2024-01-02"})
        heads[-1]["total"] = Decimal(total) / 100
        for i, amount in enumerate(parts if all_of_it else parts[1:]):
            told = {"order_number": f"n{n}", "amount": Decimal(amount) / 100, "currency": currency}
            refunds.append(told | {"refunded_at": f"2024-01-{9 + i:02d}"})
    with Bench() as bench:
        with_rate(bench, rate)
        bench.take(orders=heads, **({"refunds": refunds} if refunds else {}))
        left = dict(bench.ask("SELECT external_id, net FROM orders"))
        if all_of_it:
            assert set(left.values()) == {0}
        elif currency == "EUR":
            for n, parts in enumerate(orders):
                total, back = sum(parts), sum(parts[1:])
                goods = total - total // 6 - total // 11
                exact = 0 if back >= goods else goods - Decimal(goods) * back / total
                assert abs(left[f"n{n}"] - exact) <= Decimal("0.5")


@pytest.mark.parametrize("over", [0, 1])
def test_only_what_is_above_the_order_is_called_so(over):
    orders = [{"order_number": "1", "customer_ref": "a", "ordered_at": "2024-01-02", "total": "10.00"}]
    told = {"order_number": "1", "amount": "5.00", "refunded_at": "2024-01-09"}
    with Bench() as bench:
        bench.take(orders=orders, refunds=[told, {**told, "amount": str(5 + over), "refunded_at": "2024-01-10"}])
        assert bench.ask("SELECT net, refund FROM orders") == [(0, 1000)]
        assert bench.ask("SELECT day::VARCHAR, amount FROM refunds ORDER BY 1")[-1] == ("2024-01-10", 500)
