"""Steps over several tables, snapshots, keyed tables, compaction, folders with difficult names."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from tests.lake.batches import order, orders, random_orders
from tests.lake.conftest import Rows

from regulars.base.errors import BadInput, NotFound
from regulars.lake import Lake, OrderBatch, Step, TableSpec, compact, head


def people(*pairs: tuple[int, str]) -> pa.Table:
    return pa.table(
        {
            "customer_id": pa.array([one for one, _ in pairs], pa.int64()),
            "kind": pa.array(["person"] * len(pairs)),
            "country": pa.array([two for _, two in pairs]),
        }
    )


def test_one_step_changes_several_tables_or_none(lake: Lake, rows: Rows) -> None:
    batch = OrderBatch(orders([order(0, "A", 1, 0)]), import_id=1)
    result = lake.commit(Step(orders=batch, upsert={"people": people((1, "FI"))}))
    assert result.orders.new == 1
    assert result.rows == {"orders": 1, "occasions": 1, "people": 1}
    before = lake.snapshot()
    with pytest.raises(BadInput):
        lake.commit(
            Step(
                orders=OrderBatch(orders([order(0, "B", 2, 0)]), import_id=2),
                upsert={"people": people((2, "EE"), (2, "LV"))},
            )
        )
    assert lake.snapshot().versions == before.versions
    assert [row["external_id"] for row in rows("orders")] == ["A"]


def test_a_keyed_step_is_done_once(lake: Lake, rows: Rows) -> None:
    spend = pa.table({"source": ["ads"], "month": [date(2024, 1, 1)], "amount": [500], "purpose": ["win"]})
    assert not lake.append("spend", spend, key="spend:1").repeated
    assert lake.append("spend", spend, key="spend:1").repeated
    assert len(rows("spend")) == 1
    lake.append("spend", spend)
    assert len(rows("spend")) == 2


def test_upsert_replaces_by_key_and_does_nothing_when_nothing_changed(lake: Lake, rows: Rows) -> None:
    lake.upsert("people", people((1, "FI"), (2, "EE")))
    lake.upsert("people", people((2, "LV"), (3, "PL")))
    assert {row["customer_id"]: row["country"] for row in rows("people")} == {1: "FI", 2: "LV", 3: "PL"}
    before = lake.snapshot()
    lake.upsert("people", people((1, "FI"), (3, "PL")))
    assert (lake.snapshot().versions, lake.snapshot().sequence) == (before.versions, before.sequence)
    lake.upsert("people", people((1, "FI"), (1, "FI")))  # the same row twice is one row
    assert len(rows("people")) == 3


def test_replace_puts_a_whole_new_content(lake: Lake, rows: Rows) -> None:
    lake.replace("people", people((1, "FI"), (2, "EE")))
    lake.replace("people", people((3, "PL")))
    assert [row["customer_id"] for row in rows("people")] == [3]
    lake.replace("people", people())
    assert rows("people") == []


def test_a_table_that_insight_defines(lake: Lake, rows: Rows) -> None:
    spec = TableSpec(
        "standing",
        pa.schema([pa.field("customer_id", pa.int64(), nullable=False), pa.field("standing", pa.string())]),
        ("customer_id",),
        ("customer_id",),
    )
    with pytest.raises(NotFound, match="no table standing"):
        lake.snapshot().table("standing")
    lake.define(spec)
    lake.replace("standing", pa.table({"customer_id": [1, 2], "standing": ["current", "slipping"]}))
    assert len(rows("standing")) == 2
    assert Lake(lake.path).erase([1])["standing"] == 1, "also by a process that never heard of the table"
    assert [row["customer_id"] for row in rows("standing")] == [2]


def test_rows_come_from_paths_ibis_duckdb_and_arrow(lake: Lake, tmp_path: Path) -> None:
    import duckdb
    import ibis
    import pyarrow.parquet as pq

    batch = random_orders(3, 10, 50)
    pq.write_table(batch.slice(0, 20), tmp_path / "a.parquet")
    pq.write_table(batch.slice(20), tmp_path / "b.parquet")
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    assert lake.upsert_orders(paths, import_id=1).new == 50
    assert lake.upsert_orders(duckdb.from_arrow(batch), import_id=2).unchanged == 50
    assert lake.upsert_orders(ibis.memtable(batch), import_id=3).unchanged == 50
    with pytest.raises(BadInput, match="can't be read as rows"):
        lake.upsert_orders(batch.to_reader(), import_id=4)


def test_a_snapshot_keeps_its_state_while_others_write(lake: Lake) -> None:
    lake.upsert_orders(orders([order(0, "A", 1, 0)]), import_id=1)
    first = lake.snapshot()
    lake.upsert_orders(orders([order(0, "A", 1, 3, net=5), order(1, "B", 2, 0)]), import_id=2)
    assert first.table("orders").count().execute() == 1
    assert first.table("occasions").net.sum().execute() == 1000
    again = lake.snapshot(at=first.versions)
    assert again.table("occasions").net.sum().execute() == 1000
    assert lake.snapshot().table("occasions").net.sum().execute() == 1005


@pytest.mark.parametrize("name", ["with space", "wörk ļaudis żółć 客", "100% #1 [a-z] ?x=1 'quoted'", 'say "hi"'])
def test_a_workspace_may_have_any_name(tmp_path: Path, name: str) -> None:
    lake = Lake(tmp_path / name / "lake")
    lake.upsert_orders(random_orders(1, 10, 60), import_id=1)
    lake.upsert_orders(random_orders(2, 10, 60), import_id=2)
    lake.erase([3])
    lake.compact()
    assert lake.check() == []
    with lake.snapshot() as snapshot:
        assert snapshot.table("orders").count().execute() > 0
        assert sum(map(len, snapshot.sorted_batches("occasions", ["net"]))) == snapshot.rows("occasions")


def test_many_small_files_are_merged(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "SMALL_FILES", 4)
    for number in range(10):
        lake.upsert_orders(random_orders(number, 30, 40, first_key=number * 40), import_id=number)
    with lake.snapshot() as snapshot:
        assert len(snapshot.files("orders")) <= 4
        assert len(snapshot.files("occasions")) <= 5
        assert snapshot.rows("orders") == 400
    assert lake.check() == []


def test_compaction_sorts_and_changes_no_row(lake: Lake, rows: Rows) -> None:
    for number in range(4):
        lake.upsert_orders(random_orders(number, 30, 100, first_key=number * 100), import_id=number)
    before = rows("orders", "order_id")
    lake.compact()
    assert rows("orders", "order_id") == before
    with lake.snapshot() as snapshot:
        assert len(snapshot.files("orders")) == 1
        import pyarrow.parquet as pq

        table = pq.read_table(snapshot.files("orders")[0], columns=["customer_id", "day"])
        assert table.equals(table.sort_by([("customer_id", "ascending"), ("day", "ascending")]))
    files = lake.snapshot().files("orders")
    lake.compact()
    assert lake.snapshot().files("orders") == files, "compacting what is compact does nothing"


def test_the_head_remembers_a_bounded_number_of_steps(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head, "REMEMBERED_STEPS", 3)
    for number in range(5):
        lake.append("rates", pa.table({"day": [date(2024, 1, 1)], "currency": ["USD"], "rate": [0.9]}), key=f"{number}")
    assert list(head.read(lake.path).done) == ["2", "3", "4"]


def test_cleaning_removes_what_no_table_has_needed_for_long(lake: Lake) -> None:
    lake.upsert_orders(random_orders(1, 10, 60), import_id=1)
    old = lake.snapshot().versions
    lake.upsert_orders(orders([order(0, "N3", 2, 1)]), import_id=2)
    assert lake.clean(keep_days=1) == 0
    with lake.snapshot(at=old) as snapshot:
        assert snapshot.table("orders").count().execute() == 60
    assert lake.clean(keep_days=0) > 0
    with lake.snapshot(at=old) as snapshot, pytest.raises(NotFound, match="are gone"):
        snapshot.table("orders")
    assert lake.check() == []
    assert lake.clean(keep_days=0) == 0


def test_the_log_stays_quick_to_open(lake: Lake) -> None:
    """Delta writes a checkpoint every twenty commits by itself, and merges keep the files few."""
    rate = pa.table({"day": [date(2024, 1, 1)], "currency": ["USD"], "rate": [0.9]})
    for _ in range(28):
        lake.append("rates", rate)
    assert list((lake.path / "rates" / "_delta_log").glob("*.checkpoint.parquet"))
    with lake.snapshot() as snapshot:
        assert snapshot.rows("rates") == 28
        assert len(snapshot.files("rates")) <= compact.SMALL_FILES


def test_pandas_is_spared_but_still_there_for_others() -> None:
    program = (
        "import sys, pyarrow as pa\nfrom regulars.lake import engine\nengine.spare_pandas()\n"
        "pa.array([1]), pa.table({'a': [1]})\nassert 'pandas' not in sys.modules\nimport pandas\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
