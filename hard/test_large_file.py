"""A file far larger than memory may be: `regulars run` goes through it in bounded memory, and answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

BYTES = {"small": 80_000_000, "full": 2_000_000_000}
LIMIT_MB = 1_500
ROW = 40  # bytes of one row, about


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory, scale: str) -> Path:
    rows = BYTES[scale] // ROW
    path = tmp_path_factory.mktemp("large") / "orders.csv"
    # One customer in twelve orders; who and when are spread by a hash, so that nothing is sorted by accident.
    duckdb.sql(
        f"COPY (SELECT 'A' || lpad(i::text, 9, '0') AS order_number, "
        f"date '2022-01-01' + (hash(i) % 1096)::int AS date, "
        f"'C' || lpad((hash(i * 7 + 1) % {max(rows // 12, 1)})::text, 8, '0') AS customer, "
        f"round((hash(i * 13 + 5) % 20000) / 100 + 1, 2)::decimal(9, 2) AS total FROM range({rows}) t(i)) "
        f"TO '{path}' (HEADER)"
    )
    return path


def test_a_large_file_runs_in_bounded_memory(large_file: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "regulars.cli", "run", str(large_file), "--json", "--home", str(tmp_path / "home")]
    with (tmp_path / "out.json").open("wb") as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    answer = json.loads((tmp_path / "out.json").read_text())
    taken = answer["import"]
    assert taken["rows_in"] == taken["kept"] > 0
    assert taken["set_aside"] == 0
    assert answer["refresh"]["orders"] == taken["kept"]
    peak = usage.ru_maxrss / 1024
    print(f"{large_file.stat().st_size / 1e6:,.0f} MB of CSV, {taken['kept']:,} orders: peak {peak:,.0f} MB")
    assert peak < LIMIT_MB
