"""The real data sets, recognised and read (see ../shared/data)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from regulars.intake.read import Staged, read
from regulars.intake.recognise import Join, recognise

pytestmark = pytest.mark.data


def total(staged: Staged, what: str) -> tuple[object, ...]:
    with duckdb.connect() as con:
        row = con.execute(f"SELECT {what} FROM ({staged.sql()})").fetchone()
    assert row is not None
    return row


def test_cdnow(test_data: Path, tmp_path: Path) -> None:
    found = recognise([test_data / "cdnow" / "CDNOW_master.txt.gz"])
    assert found.files[0].kind == "orders"
    staged = read(found.files[0], tmp_path, time_zone="America/New_York", firm_currency="USD")
    assert (staged.kept, staged.set_aside) == (69_659, 0)
    summed = total(
        staged, "sum(total), count(DISTINCT customer_ref), min(day)::VARCHAR, max(day)::VARCHAR, sum(quantity)"
    )
    assert summed == (Decimal("2500315.63"), 23_570, "1997-01-01", "1998-06-30", 167_881.0)


def test_cdnow_sample_without_titles(test_data: Path, tmp_path: Path) -> None:
    found = recognise([test_data / "cdnow" / "CDNOW_sample.txt.gz"])
    staged = read(found.files[0], tmp_path)
    assert (staged.kept, staged.set_aside) == (6_919, 0)
    assert total(staged, "count(DISTINCT customer_ref)") == (2_357,)


def test_the_grocery_panel(test_data: Path, tmp_path: Path) -> None:
    found = recognise(
        [test_data / "complete_journey" / f"{name}.parquet" for name in ("transactions", "products", "demographics")]
    )
    assert [file.kind for file in found.files] == ["lines", "products"]
    assert found.joins == [Join(0, 1, "product_id", "product_id")]
    staged = read(found.files[0], tmp_path)
    summed = total(staged, "count(*), sum(line_total), count(DISTINCT customer_ref), count(DISTINCT order_number)")
    assert summed == (1_469_307, Decimal("4596039.58"), 2_469, 155_848)


def test_orders_in_separate_files(test_data: Path, tmp_path: Path) -> None:
    names = ("orders", "order_items", "order_payments", "customers", "products", "order_reviews")
    found = recognise([test_data / "olist_sample" / f"{name}.parquet" for name in names])
    assert [file.kind for file in found.files] == ["orders", "lines", "payments", "customers", "products"]
    assert Join(0, 3, "customer_ref", "customer_ref", "person_ref") in found.joins
    assert [skipped.name for skipped in found.skipped] == ["order_reviews.parquet"]
    staged = [read(file, tmp_path / str(i)) for i, file in enumerate(found.files)]
    assert [one.kept for one in staged] == [22_870, 26_109, 23_849, 22_870, 32_951]
    assert total(staged[3], "count(DISTINCT person_ref)") == (22_684,)
    assert total(staged[0], "count(*) FILTER (status_text = 'delivered')") == (22_462,)
