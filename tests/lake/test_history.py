"""Random histories of imports against a plain model in Python dictionaries: orders, versions, refunds, occasions."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from tests.lake.batches import incoming, line, order, orders, refund
from tests.lake.conftest import Rows

from regulars.lake import Lake, OrderCounts

Row = dict[str, Any]


class Model:
    """What the lake should hold."""

    def __init__(self) -> None:
        self.now: dict[str, tuple[Row, list[Row], list[Row]]] = {}
        self.kept = 0

    def take(self, batch: list[tuple[Row, list[Row], list[Row]]]) -> OrderCounts:
        counts = {"new": 0, "unchanged": 0, "replaced": 0}
        for row, lines, refunds in batch:
            old = self.now.get(row["external_id"])
            if old is not None and old[0]["fingerprint"] == row["fingerprint"]:
                counts["unchanged"] += 1
                continue
            counts["new" if old is None else "replaced"] += 1
            self.kept += old is not None
            self.now[row["external_id"]] = (row, lines, refunds)
        return OrderCounts(**counts)

    def occasions(self) -> dict[tuple[int, date], Row]:
        found: dict[tuple[int, date], Row] = {}
        for row, _, refunds in self.now.values():
            if row["status"] != "placed":
                continue
            day = found.setdefault(
                (row["customer_id"], row["day"]), {"orders": 0, "net": 0, "margin": None, "void": []}
            )
            due = row["gross"] - row["discount"]
            day["net"] += row["net"]
            if row["cost"] is not None:
                day["margin"] = (day["margin"] or 0) + row["net"] - row["cost"]
            if not row["refund"] >= due > 0:
                day["orders"] += 1
                continue
            so_far, ended = 0, row["day"]
            for one in sorted(refunds, key=lambda one: one["day"]):
                ended = one["day"]
                so_far += one["amount"]
                if so_far >= due:
                    break
            day["void"].append(ended)
        for day in found.values():
            void = day.pop("void")
            day["void_day"] = max(void) if day["orders"] == 0 else None
        return found


def random_batch(rng: random.Random, numbers: int) -> list[tuple[Row, list[Row], list[Row]]]:
    batch = []
    for key, number in enumerate(rng.sample(range(numbers), rng.randint(1, numbers // 2))):
        fixed = random.Random(number)  # an order mostly keeps its customer and day
        customer, day = fixed.randint(1, 6), fixed.randint(0, 8)
        if rng.random() < 0.1:
            customer, day = rng.randint(1, 6), rng.randint(0, 8)
        net, given = rng.choice([0, 100, 200]), []
        if rng.random() < 0.4 and net:
            parts = rng.choice([[net], [net // 2, net // 2], [net // 2], [net, 50]])
            given = [refund(key, customer, day, day + rng.randint(0, 20), part) for part in parts]
        row = order(
            key,
            f"N{number}",
            customer,
            day,
            net,
            refund=sum(one["amount"] for one in given),
            cost=rng.choice([None, 40]),
            status=rng.choice(["placed"] * 5 + ["cancelled"]),
        )
        batch.append((row, [line(key, 1, customer, day, net)], given))
    return batch


@pytest.mark.parametrize("seed", range(4))
def test_the_lake_agrees_with_a_plain_model(lake: Lake, rows: Rows, seed: int) -> None:
    rng, model = random.Random(seed), Model()
    for import_id in range(1, 8):
        batch = random_batch(rng, numbers=60)
        counts = lake.upsert_orders(
            orders(row for row, _, _ in batch),
            incoming("lines", [one for _, lines, _ in batch for one in lines]),
            incoming("refunds", [one for _, _, given in batch for one in given]),
            import_id=import_id,
        )
        assert counts == model.take(batch), f"import {import_id}"
        found = {(row.pop("customer_id"), row.pop("day")): row for row in rows("occasions")}
        assert found == model.occasions(), f"import {import_id}"
    assert lake.check() == []
    assert {row["external_id"]: row["fingerprint"] for row in rows("orders")} == {
        name: row["fingerprint"] for name, (row, _, _) in model.now.items()
    }
    assert len(rows("order_versions")) == model.kept
    assert len(rows("lines")) == len(model.now)
    assert sum(row["amount"] for row in rows("refunds")) == sum(
        one["amount"] for _, _, given in model.now.values() for one in given
    )
    ids = sorted(row["order_id"] for row in rows("orders"))
    assert ids == list(range(1, len(ids) + 1))
    before = rows("occasions", "customer_id", "day")
    lake.rebuild_occasions()
    assert rows("occasions", "customer_id", "day") == before
