"""Histories against a plain Python count, as of any day, with refunds, merges, samples, files and episodes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from regulars.insight.histories import PER_CUSTOMER, Histories, histories, joined, nobody
from regulars.insight.occasions import chunks, in_sample
from regulars.insight.source import Frames, Source
from regulars.lake import Lake

from .shops import START, occasions_table, orders_table, random_shop, shop

ROWS = random_shop(300, seed=7)
AS_OF = START + 600


def plainly(rows: list[tuple[int, int, int]], as_of: int) -> dict[int, dict[str, Any]]:
    """The same figures by hand."""
    found: dict[int, list[tuple[int, int]]] = {}
    for customer, day, net in rows:
        if day <= as_of:
            found.setdefault(customer, []).append((day, net))
    result = {}
    for customer, occasions in found.items():
        occasions.sort()
        days = [d for d, _ in occasions]
        gaps = [b - a for a, b in pairwise(days)]
        quarters = [0] * ((as_of - days[0]) // 91 + 1)
        for day, net in occasions:
            quarters[(day - days[0]) // 91] += net
        quarters.sort()
        n, total = len(quarters), sum(quarters)
        gini = 2 * sum((i + 1) * v for i, v in enumerate(quarters)) / (n * total) - (n + 1) / n
        bound = days[0] + 2 * (as_of - days[0]) // 3
        result[customer] = {
            "first_day": days[0],
            "last_day": days[-1],
            "x": len(gaps),
            "t_x": days[-1] - days[0],
            "T": as_of - days[0],
            "net": sum(v for _, v in occasions),
            "litt": sum(math.log(g) for g in gaps),
            "median_gap": median(gaps) if gaps else math.nan,
            "gap_80": float(np.percentile(gaps, 80)) if len(gaps) >= 4 else math.nan,
            "longest_gap": max(gaps, default=0),
            "last_third": sum(d > bound for d in days),
            "evenness": 1 - gini,
            "sales_365": sum(v for d, v in occasions if d > as_of - 365),
            "sales_before_365": sum(v for d, v in occasions if as_of - 730 < d <= as_of - 365),
        }
    return result


def same(a: Histories, b: Histories) -> None:
    assert np.array_equal(a.days, b.days)
    assert np.array_equal(a.offsets, b.offsets)
    for name in PER_CUSTOMER:
        assert np.allclose(getattr(a, name), getattr(b, name), equal_nan=True), name


def test_every_figure_is_what_a_plain_count_gives() -> None:
    found = histories(shop(ROWS), AS_OF)
    expected = plainly(ROWS, AS_OF)
    assert list(found.customer_id) == sorted(expected)
    for name in next(iter(expected.values())):
        mine = np.asarray(getattr(found, name), dtype=float)
        theirs = np.array([expected[c][name] for c in sorted(expected)], dtype=float)
        assert np.allclose(mine, theirs, rtol=1e-5, atol=1e-5, equal_nan=True), name
    assert found.days.sum() == sum(d for _, d, _ in ROWS if d <= AS_OF)


def test_row_order_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    mixed = [ROWS[i] for i in rng.permutation(len(ROWS))]
    same(histories(shop(ROWS), AS_OF), histories(shop(mixed), AS_OF))


def test_the_lake_streams_the_same_in_whole_customers(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    rng = np.random.default_rng(2)
    late = rng.random(len(ROWS)) < 0.05
    for import_id, part in enumerate((~late, late), start=1):
        some = [row for row, chosen in zip(ROWS, part, strict=True) if chosen]
        lake.upsert_orders(orders_table(some, import_id), import_id=import_id)
    with lake.snapshot() as source:
        pieces = [chunk for chunk in chunks(source, AS_OF, rows=500) if len(chunk)]
        seen = np.concatenate([np.unique(chunk.customer_id) for chunk in pieces])
        assert len(pieces) > 3
        assert len(seen) == len(np.unique(seen)), "a customer was cut in two"
        same(histories(source, AS_OF), histories(shop(ROWS), AS_OF))


def test_an_ibis_source_without_files_gives_the_same() -> None:
    class Tables:
        con = ibis.duckdb.connect()
        versions: Mapping[str, int] = MappingProxyType({})

        def table(self, name: str) -> Any:
            return frames.table(name)

    frames = shop(ROWS)
    source: Source = Tables()
    same(histories(source, AS_OF), histories(frames, AS_OF))


def test_merged_customers_are_one() -> None:
    merges = {5: 3, 9: 5, 200: 100}  # 9 -> 5 -> 3
    target = {5: 3, 9: 3, 200: 100}
    merged: dict[tuple[int, int], int] = {}
    for customer, day, net in ROWS:
        pair = (target.get(customer, customer), day)
        merged[pair] = merged.get(pair, 0) + net
    by_hand = histories(shop([(c, d, n) for (c, d), n in merged.items()]), AS_OF)
    found = histories(shop(ROWS), AS_OF, merges=merges)
    assert np.array_equal(found.customer_id, by_hand.customer_id)
    for name in ("x", "t_x", "net", "litt", "evenness", "sales_365"):
        assert np.allclose(getattr(found, name), getattr(by_hand, name)), name


def test_a_sample_is_a_stable_part_of_all() -> None:
    part = histories(shop(ROWS), AS_OF, sample=0.3)
    whole = histories(shop(ROWS), AS_OF)
    chosen = np.isin(whole.customer_id, part.customer_id)
    assert 0.2 < chosen.mean() < 0.4
    same(part, whole.take(chosen))
    assert in_sample(np.arange(100_000), 0.1).mean() == pytest.approx(0.1, abs=0.01)
    assert in_sample(np.arange(10), 1.0).all()


def refunded() -> Frames:
    """Customer 1: an occasion on day 10 that day 50 voids; on day 20 two orders, one refunded in full on day 60.

    Customer 2: one occasion of 100.00 on day 10, 30.00 given back on day 40.  Customer 3: one, void since day 15.
    """
    orders = {
        "order_id": [1, 2, 3, 4, 5],
        "customer_id": [1, 1, 1, 2, 3],
        "gross": [1000, 700, 500, 10000, 800],
        "discount": [0, 0, 0, 0, 0],
        "refund": [1000, 700, 0, 3000, 800],
    }
    refunds = pa.table(
        {
            "order_id": [1, 2, 4, 5],
            "customer_id": [1, 1, 2, 3],
            "order_day": pa.array([START + 10, START + 20, START + 10, START + 5], pa.int32()).cast(pa.date32()),
            "day": pa.array([START + 50, START + 60, START + 40, START + 15], pa.int32()).cast(pa.date32()),
            "amount": [1000, 700, 3000, 800],
        }
    )
    occasions = occasions_table(
        [(1, START + 10, 0), (1, START + 20, 500), (2, START + 10, 7000), (3, START + 5, 0)],
        voids={(1, START + 10): START + 50, (3, START + 5): START + 15},
    )
    return Frames({"orders": pa.table(orders), "refunds": refunds, "occasions": occasions})


def test_a_refund_counts_from_its_own_day_on() -> None:
    source = refunded()
    before = histories(source, START + 45)
    assert list(before.customer_id) == [1, 2]
    assert list(before.net) == [2200, 7000]
    assert list(before.orders) == [3, 1]
    assert list(before.x) == [1, 0]
    early = histories(source, START + 12)
    assert list(early.customer_id) == [1, 2, 3]
    assert list(early.net) == [1000, 10000, 800]
    after = histories(source, START + 70)
    assert list(after.net) == [500, 7000]
    assert list(after.orders) == [1, 1]
    assert list(after.x) == [0, 0]


def test_episodes_take_the_place_of_occasions_and_stop_the_clock() -> None:
    days = [0, 3, 5, 100, 102, 300]
    found = histories(shop([(1, START + d, 100) for d in days]), START + 310, episodes=10)
    assert found.x[0] == 2
    assert found.t_x[0] == 95 + 198
    assert found.T[0] - found.t_x[0] == 10
    assert found.spends[0] == 3
    assert found.occasions[0] == 6
    assert found.median_gap[0] == pytest.approx((95 + 198) / 2)


def test_nobody_and_one() -> None:
    assert len(histories(shop([]), AS_OF)) == 0
    assert len(nobody(AS_OF)) == 0
    one = histories(shop([(8, AS_OF, 100)]), AS_OF)
    assert (one.x[0], one.t_x[0], one.T[0], one.evenness[0]) == (0, 0, 0, 1.0)
    assert len(histories(shop([(8, AS_OF + 1, 100)]), AS_OF)) == 0
    assert len(joined([], AS_OF)) == 0


def test_customers_picked_from_histories_keep_their_occasions() -> None:
    whole = histories(shop(ROWS), AS_OF)
    odd = whole.take(whole.customer_id % 2 == 1)
    same(odd, histories(shop([row for row in ROWS if row[0] % 2 == 1]), AS_OF))
