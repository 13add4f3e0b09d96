"""Orders written once: the lake takes such files as they are, or like any others if something came between."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from tests.lake.batches import incoming, line, order, orders
from tests.lake.conftest import Rows

from regulars.base.errors import BadInput
from regulars.lake import TABLES, Lake, OrderBatch, OrderCounts, Step, engine, ready


def _written(folder: Path, rows: Sequence[dict[str, Any]], after: int, *left_out: str) -> list[Path]:
    given: pa.Table = orders(rows).drop_columns(list(left_out))
    with duckdb.connect() as con:
        con.register("given", given)
        return ready.write(con, "SELECT * FROM given", folder, after=after)


def _inodes(folder: Path) -> set[int]:
    return {path.stat().st_ino for path in folder.glob("*.parquet")}


def test_new_orders_stay_in_the_files_that_were_written(lake: Lake, rows: Rows, tmp_path: Path) -> None:
    lake.upsert_orders(orders([order(0, "A", 7, 0)]), import_id=1)
    after = lake.last_order_id()
    files = _written(tmp_path / "ready", [order(2, "B", 7, 1), order(5, "C", 5, 3)], after, "cost", "channel")
    lines = incoming("lines", [line(5, 1, 5, 3, 900)])
    counts = lake.commit(Step(key="one", orders=OrderBatch(files, 2, lines, numbered_after=after))).orders
    assert counts == OrderCounts(new=2)
    assert _inodes(tmp_path / "ready") <= _inodes(lake.path / "orders"), "the same files, not copies of them"
    assert [(row["external_id"], row["order_id"], row["version"]) for row in rows("orders", "order_id")] == [
        ("A", 1, 1),
        ("B", 3, 1),
        ("C", 6, 1),
    ]
    assert [row["order_id"] for row in rows("lines")] == [6], "lines follow the ids of their orders"
    assert [(row["customer_id"], row["orders"]) for row in rows("occasions", "customer_id", "day")] == [
        (5, 1),
        (7, 1),
        (7, 1),
    ]
    assert lake.last_order_id() == 6
    assert lake.check() == []


def test_the_table_does_not_need_the_files_where_they_were_written(lake: Lake, rows: Rows, tmp_path: Path) -> None:
    files = _written(tmp_path / "ready", [order(1, "A", 7, 0)], 0)
    lake.commit(Step(key="one", orders=OrderBatch(files, 1, numbered_after=0)))
    shutil.rmtree(tmp_path / "ready")
    assert [row["external_id"] for row in rows("orders")] == ["A"]


def test_ids_that_are_taken_meanwhile_are_not_given_twice(lake: Lake, rows: Rows, tmp_path: Path) -> None:
    files = _written(tmp_path / "ready", [order(1, "B", 7, 1)], 0)
    lake.upsert_orders(orders([order(0, "A", 7, 0)]), import_id=1)
    lake.commit(Step(key="two", orders=OrderBatch(files, 2, numbered_after=0)))
    assert [(row["external_id"], row["order_id"]) for row in rows("orders", "order_id")] == [("A", 1), ("B", 2)]


def test_known_orders_are_compared_also_when_all_files_are_ready(lake: Lake, rows: Rows, tmp_path: Path) -> None:
    lake.upsert_orders(orders([order(0, "A", 7, 0), order(1, "B", 7, 0)]), import_id=1)
    batch = [order(1, "A", 7, 0), order(2, "B", 7, 0, 300), order(3, "C", 7, 0)]
    files = _written(tmp_path / "ready", batch, 2)
    counts = lake.commit(Step(key="two", orders=OrderBatch(files, 2, numbered_after=2))).orders
    assert counts == OrderCounts(new=1, unchanged=1, replaced=1)
    assert [(r["external_id"], r["order_id"], r["net"], r["version"]) for r in rows("orders", "order_id")] == [
        ("A", 1, 1000, 1),
        ("B", 2, 300, 2),
        ("C", 3, 1000, 1),
    ]


def test_one_order_twice_is_refused(lake: Lake, tmp_path: Path) -> None:
    files = _written(tmp_path / "ready", [order(1, "A", 7, 0), order(2, "A", 7, 0)], 0)
    with pytest.raises(BadInput, match="more than once"):
        lake.commit(Step(key="one", orders=OrderBatch(files, 1, numbered_after=0)))


def test_a_null_that_must_not_be_is_refused(lake: Lake, tmp_path: Path) -> None:
    files = _written(tmp_path / "ready", [order(1, "A", 7, 0), order(2, "B", 7, 0, currency=None)], 0)
    with pytest.raises(BadInput, match="have no currency"):
        lake.commit(Step(key="one", orders=OrderBatch(files, 1, numbered_after=0)))
    assert lake.last_order_id() == 0


def test_files_are_copied_where_the_file_system_can_not_link(
    lake: Lake, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(f"{self} can't be {target}")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    files = _written(tmp_path / "ready", [order(1, "A", 7, 0)], 0)
    lake.commit(Step(key="one", orders=OrderBatch(files, 1, numbered_after=0)))
    assert [row["external_id"] for row in rows("orders")] == ["A"]
    assert lake.check() == []


def test_no_orders_at_all(lake: Lake, tmp_path: Path) -> None:
    files = _written(tmp_path / "ready", [], 0)
    counts = lake.commit(Step(key="one", orders=OrderBatch(files, 1, numbered_after=0))).orders
    assert counts == OrderCounts()
    assert lake.last_order_id() == 0


def test_columns_with_one_value_are_as_if_written_out(lake: Lake, rows: Rows, tmp_path: Path) -> None:
    same = {"currency": "EUR", "shop": "shop", "import_id": 5, "status": "placed", "rate": 1.0}
    with duckdb.connect() as con:
        con.register("given", orders([order(1, "A", 7, 0), order(2, "B", 8, 1)]))
        less = f"SELECT * EXCLUDE ({', '.join(same)}) FROM given"
        files = ready.write(con, less, tmp_path / "ready", after=0, same=same)
        kinds = [(name, kind) for name, kind, *_ in con.execute(f"DESCRIBE FROM '{files[0]}'").fetchall()]
    assert [(name, kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")) for name, kind in kinds] == [
        (field.name, engine.type_name(field.type)) for field in TABLES["orders"].schema
    ]
    lake.commit(Step(key="one", orders=OrderBatch(files, 5, numbered_after=0)))
    found = [tuple(row[name] for name in (*same, "cost", "version")) for row in rows("orders")]
    assert found == [("EUR", "shop", 5, "placed", 1.0, None, 1)] * 2


def test_many_orders_are_cut_into_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "ROW_GROUP", 2_048)
    monkeypatch.setattr(ready, "GROUPS_PER_FILE", 2)
    files = _written(tmp_path / "ready", [order(number, f"N{number}", 7, 0) for number in range(1, 10_001)], 0)
    assert len(files) == 3
    with duckdb.connect() as con:
        found = con.sql(f"SELECT order_id FROM read_parquet({[str(path) for path in files]})").fetchall()
    assert sorted(number for (number,) in found) == list(range(1, 10_001))
