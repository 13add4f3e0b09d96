"""Forgetting: the canary is found nowhere in the folder, the firm's totals stay, readers finish."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.lake.batches import day, incoming, line, order, orders, random_orders, refund
from tests.lake.conftest import Rows

from regulars.base.errors import NotFound
from regulars.lake import Lake, Snapshot

CANARY = 4_815_162_342
NUMBER = "canary-order-7731"
OTHER_NUMBER = "bystander-order-11"


def everything_in(folder: Path) -> list[Any]:
    """Every value in every file of the folder: Parquet cells and statistics, other files as text."""
    values: list[Any] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            for key, one in value.items():
                collect(key)
                collect(one)
        elif isinstance(value, list | tuple):
            for one in value:
                collect(one)
        else:
            values.append(value)

    for path in folder.rglob("*"):
        if path.is_dir():
            continue
        if path.suffix == ".parquet":
            collect(pq.read_table(path).to_pylist())
            collect(pq.read_metadata(path).to_dict())
        values.append(path.read_bytes().decode("latin-1"))
    return values


def found(folder: Path, *needles: str | int) -> list[str | int]:
    values = everything_in(folder)
    texts = [value for value in values if isinstance(value, str)]
    return [needle for needle in needles if needle in values or any(str(needle) in text for text in texts)]


def test_nothing_of_an_erased_person_is_left_in_the_folder(lake: Lake, rows: Rows) -> None:
    """The canary is the smallest and the largest value and the only one of a day; all tables and versions have it."""
    lake.upsert_orders(orders([order(0, NUMBER, CANARY, 333, 777, channel="canary-channel")]), import_id=1)
    lake.upsert_orders(random_orders(1, 20, 200), import_id=2)
    lines = incoming("lines", [line(0, 1, CANARY, 333, 700, "tea"), line(0, 2, CANARY, 333, 300, "pots")])
    refunds = incoming("refunds", [refund(0, CANARY, 333, 335, 100)])
    changed = orders(
        [
            order(0, NUMBER, CANARY, 333, 1000, refund=100, channel="canary-channel"),
            order(1, OTHER_NUMBER, 5, 1, 100, user_id=CANARY, payer_id=6),
        ]
    )
    lake.upsert_orders(changed, lines, refunds, import_id=3)
    people = pa.table({"customer_id": [CANARY, 5], "kind": ["person", "person"], "country": ["canary-land", "FI"]})
    lake.upsert("people", people)
    terms = {
        "contract_id": [1, 2],
        "customer_id": [CANARY, 5],
        "from_day": [day(0), day(0)],
        "cancelled_day": [day(9)] * 2,
    }
    lake.upsert("contracts", pa.table(terms | {"product_id": ["canary-plan", "plan"]}))
    needles = (CANARY, NUMBER, "canary-land", "canary-plan")
    assert found(lake.path, *needles) == list(needles), "the search finds what is there"
    before = sum(row["net"] for row in rows("orders"))

    removed = lake.erase([CANARY], arms=pa.table({"customer_id": [CANARY], "arm": ["welcome:A"]}))

    assert [row["customer_id"] for row in rows("contracts")] == [5]
    assert removed == {
        "contracts": 1,
        "lines": 2,
        "occasions": 1,
        "order_versions": 1,
        "orders": 1,
        "people": 1,
        "refunds": 1,
    }
    assert found(lake.path, *needles) == []
    assert found(lake.path, OTHER_NUMBER) == [OTHER_NUMBER]
    totals = rows("erased_totals", "category")
    assert [(row["category"], row["orders"], row["net"]) for row in totals] == [("pots", 0, 300), ("tea", 1, 600)]
    assert {(row["day"], row["channel"], row["arm"]) for row in totals} == {(day(333), "canary-channel", "welcome:A")}
    assert sum(row["net"] for row in rows("orders")) + sum(row["net"] for row in totals) == before
    (bystander,) = [row for row in rows("orders") if row["external_id"] == OTHER_NUMBER]
    assert (bystander["user_id"], bystander["payer_id"]) == (None, 6)
    assert lake.check() == []


def test_totals_stay_true_over_several_erasures(lake: Lake, rows: Rows) -> None:
    lake.upsert_orders(random_orders(7, 30, 300), import_id=1)
    lake.upsert_orders(orders([order(0, "cancelled", 3, 5, 999, status="cancelled")]), import_id=2)

    def total() -> tuple[int, int]:
        placed = [row for row in rows("orders") if row["status"] == "placed"]
        gone = rows("erased_totals")
        return sum(r["net"] for r in placed + gone), len(placed) + sum(r["orders"] for r in gone)

    before = total()
    lake.erase([1, 2, 3])
    assert total() == before
    lake.erase([3, 4, 99_999])
    assert total() == before
    assert {row["customer_id"] for row in rows("occasions")} & {1, 2, 3, 4} == set()


def test_earlier_versions_are_gone_and_the_chain_of_changes_is_cut(lake: Lake) -> None:
    lake.upsert_orders(random_orders(1, 10, 50), import_id=1)
    old = lake.snapshot().versions
    lake.upsert_orders(random_orders(2, 10, 50, first_key=50), import_id=2)
    assert lake.changed_customers(old) is not None
    lake.erase([4])
    with pytest.raises(NotFound, match="an erasure or clean-up removed it"):
        lake.snapshot(at=old).table("orders")
    assert lake.changed_customers(old) is None


def test_a_reader_that_loses_its_files_finishes_on_a_new_snapshot(lake: Lake) -> None:
    lake.upsert_orders(random_orders(1, 10, 100), import_id=1)
    tries: list[int] = []

    def work(snapshot: Snapshot) -> int:
        occasions = snapshot.table("occasions")
        if not tries:
            lake.erase([4])
        tries.append(snapshot.sequence)
        return int(occasions.customer_id.nunique().execute())

    assert lake.read(work) == 9
    assert tries == [1, 2]


def test_an_error_of_the_readers_own_is_not_retried(lake: Lake) -> None:
    tries = []

    def work(snapshot: Snapshot) -> None:
        tries.append(1)
        raise FileNotFoundError("my own file")

    with pytest.raises(FileNotFoundError, match="my own file"):
        lake.read(work)
    assert len(tries) == 1


def die(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_erasure_that_died_before_the_sweep_is_finished_by_the_next_writer(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    from regulars.lake.writer import Writer

    lake.upsert_orders(orders([order(0, NUMBER, CANARY, 3, 777), order(1, "B", 5, 3)]), import_id=1)
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "sweep", die)
        with pytest.raises(KeyboardInterrupt):
            lake.erase([CANARY])
    assert found(lake.path, NUMBER) == [NUMBER]
    Lake(lake.path).append("rates", pa.table({"day": [day(0)], "currency": ["USD"], "rate": [0.9]}))
    assert found(lake.path, NUMBER, CANARY) == []
