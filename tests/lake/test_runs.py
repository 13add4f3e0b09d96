"""Sorted files and reading them in order."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.lake.batches import random_orders

from regulars.base.errors import BadInput
from regulars.lake import Lake, runs
from regulars.lake.occasions import SCHEMA


def occasions(customers: list[int], seed: int = 0, spread: int = 400) -> pa.Table:
    rng = np.random.default_rng(seed)
    table = pa.table(
        {
            "customer_id": pa.array(customers, pa.int64()),
            "day": pa.array(rng.integers(0, spread, len(customers)).astype(np.int32)).cast(pa.date32()),
            "orders": pa.array([1] * len(customers), pa.int32()),
            "net": pa.array(rng.integers(0, 1000, len(customers))),
            "margin": pa.nulls(len(customers), pa.int64()),
            "void_day": pa.nulls(len(customers), pa.date32()),
        }
    )
    return table.sort_by([("customer_id", "ascending"), ("day", "ascending")])


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "FILE_ROWS", 100)
    monkeypatch.setattr(runs, "ROW_GROUP", 16)


@pytest.mark.parametrize("most", [1, 5, 40, 400])
def test_files_are_cut_between_customers(tmp_path: Path, small_files: None, most: int) -> None:
    rng = np.random.default_rng(most)
    rows = occasions(np.repeat(np.arange(50), rng.integers(1, most + 1, 50)).tolist())
    paths = runs.write(rows.to_batches(max_chunksize=37), SCHEMA, tmp_path)
    assert pa.concat_tables(pq.read_table(path) for path in paths).equals(rows.cast(SCHEMA))
    spans = [runs.span(str(path), "customer_id") for path in paths]
    assert all(one.high < other.low for one, other in itertools.pairwise(spans))
    assert all(span.rows <= 100 + most + 16 for span in spans)
    base, rest = runs.base_of(spans)
    assert (base, rest) == (spans, [])


@pytest.mark.parametrize("offset", [0, 2**53 - 100])
def test_reading_in_order_merges_overlapping_files(tmp_path: Path, small_files: None, offset: int) -> None:
    rng = np.random.default_rng(5)
    parts = [occasions((rng.integers(0, 60, 700) + offset).tolist(), 1)]
    parts += [occasions((rng.integers(0, 90, 30) + offset).tolist(), seed) for seed in range(2, 6)]
    paths = [str(path) for part in parts for path in runs.write(part.to_batches(), SCHEMA, tmp_path)]
    batches = list(runs.read(paths, ("customer_id", "day"), ["customer_id", "day", "net"]))
    found = pa.Table.from_batches(batches)
    expected = pa.concat_tables(parts).select(["customer_id", "day", "net"])
    keys = [("customer_id", "ascending"), ("day", "ascending")]
    assert (
        found.select(["customer_id", "day"])
        .cast(expected.select(["customer_id", "day"]).schema)
        .equals(expected.select(["customer_id", "day"]).sort_by(keys))
    )
    assert sorted(map(tuple, zip(*found.to_pydict().values(), strict=True))) == sorted(
        map(tuple, zip(*expected.to_pydict().values(), strict=True))
    )
    ends = [(batch["customer_id"][0].as_py(), batch["customer_id"][-1].as_py()) for batch in batches]
    assert all(one[1] < other[0] for one, other in itertools.pairwise(ends)), "no customer is split"


def test_ids_too_far_apart_for_one_number_are_sorted_all_the_same(tmp_path: Path) -> None:
    parts = [occasions([1, 2**62], spread=30_000), occasions([1, 5, 2**62 + 1], seed=3, spread=30_000)]
    paths = [str(path) for part in parts for path in runs.write(part.to_batches(), SCHEMA, tmp_path)]
    (batch,) = runs.read(paths, ("customer_id", "day"), ["customer_id"])
    assert batch["customer_id"].to_pylist() == [1, 1, 5, 2**62, 2**62 + 1]


def test_sorted_batches_of_a_lake(lake: Lake) -> None:
    for number in range(5):
        lake.upsert_orders(random_orders(number, 50, 200, first_key=number * 200), import_id=number)
    with lake.snapshot() as snapshot:
        found = pa.Table.from_batches(snapshot.sorted_batches("occasions", ["customer_id", "day", "net"]))
        expected = snapshot.table("occasions").order_by("customer_id", "day")["customer_id", "day", "net"].to_pyarrow()
        assert found.to_pylist() == expected.to_pylist()
        with pytest.raises(BadInput, match="not kept in order"):
            snapshot.sorted_batches("orders", ["net"])
    assert list(Lake(lake.path.with_name("other")).snapshot().sorted_batches("occasions", ["net"])) == []
