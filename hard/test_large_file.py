"""A large file: memory grows with the number of customers, not with the number of rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

BYTES = {"small": 80_000_000, "full": 2_000_000_000}
# (MB, MB a million customers): who is who, and customers' figures, are held at once; rows of files are not.
IMPORT_LIMIT = (900, 250)
REFRESH_LIMIT = (600, 1_100)
ROW = 40  # bytes of one row, about
CUSTOMER_ROWS = 12


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory, scale: str) -> Path:
    rows = BYTES[scale] // ROW
    path = tmp_path_factory.mktemp("large") / "orders.csv"
    # One customer in twelve orders; who and when are spread by a hash, so that nothing is sorted by accident.
    duckdb.sql(
        f"COPY (SELECT 'A' || lpad(i::text, 9, '0') AS order_number, "
        f"date '2022-01-01' + (hash(i) % 1096)::int AS date, "
        f"'C' || lpad((hash(i * 7 + 1) % {max(rows // CUSTOMER_ROWS, 1)})::text, 8, '0') AS customer, "
        f"round((hash(i * 13 + 5) % 20000) / 100 + 1, 2)::decimal(9, 2) AS total FROM range({rows}) t(i)) "
        f"TO '{path}' (HEADER)"
    )
    return path


def run(home: Path, *arguments: str) -> tuple[dict[str, Any], float]:
    """A whole `regulars` process: its answer, and its peak memory in MB."""
    answer = home.with_name(f"{arguments[0]}.json")
    with answer.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "regulars.cli", "--home", str(home), *arguments, "--json"], stdout=out
        )
        _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return json.loads(answer.read_text()), usage.ru_maxrss / 1024


def test_a_large_file_is_taken_in_and_judged_in_bounded_memory(large_file: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    taken, peak = run(home, "import", str(large_file))
    assert taken["rows_in"] == taken["kept"] > 0
    assert taken["set_aside"] == 0
    print(f"{large_file.stat().st_size / 1e6:,.0f} MB of CSV, {taken['kept']:,} orders: import peaks at {peak:,.0f} MB")
    importing = peak
    judged, peak = run(home, "refresh")
    assert judged["orders"] == taken["kept"]
    print(f"{judged['customers']:,} customers: refresh peaks at {peak:,.0f} MB")
    assert importing < most(IMPORT_LIMIT, judged["customers"])
    assert peak < most(REFRESH_LIMIT, judged["customers"])


def most(limit: tuple[int, int], customers: int) -> float:
    """MB that so many customers may take."""
    return limit[0] + limit[1] * customers / 1e6
