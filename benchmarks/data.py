"""The large firm: 1M customers and 12.3M orders over three years, simulated once and kept in build/bench.

Gaps are exponential and leaving is too, both with gamma spread over customers: the family of the models, because here
speed is measured and nothing else; the sample shop of `regulars.demo` is the one outside it.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

ROOT = Path(__file__).resolve().parent.parent
CUSTOMERS = {"full": 1_000_000, "small": 50_000}
FIRST, DAYS = date(2022, 1, 1), 1096
_SEED = 20_240_101
_MADE_BY = 3  # one more when the simulation changes, so that kept files are made anew


@dataclass(frozen=True)
class Firm:
    """Files of one size. All have order_number, date, customer, total."""

    scale: str
    csv: Path
    parquet: Path
    new_csv: Path
    """1% more orders, of the last ten days, by customers known and new."""

    @property
    def folder(self) -> Path:
        return self.csv.parent


def firm(scale: str = "full") -> Firm:
    """The files, made now when they are not there (some ten seconds at full size)."""
    files = _files(scale)
    if not files.new_csv.exists():
        # In a process of its own: what this one has ever held would count as every later worker's peak.
        subprocess.run([sys.executable, "-m", "benchmarks.data", scale], check=True, stdout=sys.stderr)
    return files


def simulate(rng: np.random.Generator, customers: int) -> Any:
    """Orders sorted by day, an Arrow table: customer (int), day (0..DAYS-1), total (cents)."""
    import numpy as np
    import pyarrow as pa

    joined = rng.integers(0, DAYS, customers)
    span = DAYS - joined
    rate = rng.gamma(0.9, 1 / 22.6, customers)  # orders a day while they stay, before they leave
    leaves = rng.exponential(1 / rng.gamma(1.3, 1 / 420.0, customers))
    count = 1 + rng.poisson(rate * np.minimum(span, leaves))
    customer = np.repeat(np.arange(customers, dtype=np.int32), count)
    first = np.append(True, customer[1:] != customer[:-1])
    ahead = rng.random(len(customer)) * np.repeat(np.minimum(span, leaves), count)
    day = (np.repeat(joined, count) + np.where(first, 0, ahead)).astype(np.int16)
    usual = np.repeat(np.exp(3.4 + 0.6 * rng.standard_normal(customers)), count)
    total = np.maximum(usual * np.exp(0.5 * rng.standard_normal(len(customer))) * 100, 100).astype(np.int32)
    order = np.argsort(day, kind="stable")
    return pa.table({"customer": customer[order], "day": day[order], "total": total[order]})


def write(files: Firm, customers: int) -> None:
    """Simulate and write all files of one size."""
    import duckdb
    import numpy as np

    files.folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(_SEED)
    orders = simulate(rng, customers)
    recent = _recent(rng, customers, max(orders.num_rows // 100, 1))
    con = duckdb.connect()
    con.execute("set threads = 2")
    for name, table, first_number in (("orders", orders, 1), ("new", recent, orders.num_rows + 1)):
        con.register("simulated", table)
        rows = f"""
            select {first_number} + row_number() over () - 1 as order_number,
                   date '{FIRST}' + day::integer as "date",
                   'C' || (customer + 1)::varchar as customer,
                   (total / 100.0)::decimal(12, 2) as total
            from simulated"""
        con.execute(f"copy ({rows}) to '{files.folder / name}.part' (format csv, header)")
        if name == "orders":
            con.execute(f"copy ({rows}) to '{files.parquet}' (format parquet)")
        (files.folder / f"{name}.part").rename(files.folder / f"{name}.csv")


def _recent(rng: np.random.Generator, customers: int, n: int) -> Any:
    import numpy as np
    import pyarrow as pa

    new = customers + np.arange(max(n // 50, 1), dtype=np.int32)
    who = np.where(rng.random(n) < 0.02, rng.choice(new, n), rng.integers(0, customers, n)).astype(np.int32)
    day = np.sort(rng.integers(DAYS - 10, DAYS, n)).astype(np.int16)
    return pa.table({"customer": who, "day": day, "total": rng.integers(500, 20_000, n).astype(np.int32)})


def cdnow() -> Path:
    """CDNOW's 69,659 rows as a CSV (customer_id, date, cds, dollars), kept in build/bench.

    From ../shared/data (or REGULARS_TEST_DATA) when it is there, else from the `lifetimes` test dependency.
    """
    target = _kept_in() / "cdnow.csv"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        rows = [line.split() for line in _cdnow_text().splitlines()[1:] if line.strip()]
        lines = [f"{who},{day[:4]}-{day[4:6]}-{day[6:]},{cds},{dollars}" for who, day, cds, dollars in rows]
        target.write_text("\n".join(["customer_id,date,cds,dollars", *lines]) + "\n")
    return target


def _cdnow_text() -> str:
    shared = Path(os.environ.get("REGULARS_TEST_DATA", ROOT.parent / "shared" / "data")) / "cdnow"
    packed = shared / "CDNOW_master.txt.gz"
    if packed.exists():
        return gzip.decompress(packed.read_bytes()).decode()
    # Found without importing `lifetimes.datasets`, which needs setuptools' long removed pkg_resources.
    package = find_spec("lifetimes")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("CDNOW comes with the development dependencies: run `make bench` instead.")
    return (Path(next(iter(package.submodule_search_locations))) / "datasets" / "CDNOW_master.txt").read_text()


def _files(scale: str) -> Firm:
    folder = _kept_in() / f"{scale}-{_MADE_BY}"
    return Firm(scale, folder / "orders.csv", folder / "orders.parquet", folder / "new.csv")


def _kept_in() -> Path:
    return Path(os.environ.get("REGULARS_BENCH_DATA", ROOT / "build" / "bench"))


if __name__ == "__main__":
    size = sys.argv[1] if len(sys.argv) > 1 else "full"
    made = _files(size)
    write(made, CUSTOMERS[size])
    print(f"{made.folder}: {made.csv.stat().st_size / 1e6:,.0f} MB of orders as CSV")
