"""The lake's own rows: taking orders in, adding and replacing 1%, reading in order; beside bare DuckDB on the same.

`python -m benchmarks.lake_io [--scale small]` prints the table by itself; `rows` is what `python -m benchmarks` can ask
for. Each measurement is a worker: `python -m benchmarks.lake_io WORK ARG...`.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.measure import say, worker
from benchmarks.table import Aim, Row, show

INCOMING = """
    SELECT row_number() OVER () - 1 AS order_key, 'default' AS shop, order_number::VARCHAR AS external_id,
           substr(customer, 2)::BIGINT AS customer_id,
           ("date" + INTERVAL 12 HOURS)::TIMESTAMP::TIMESTAMPTZ AS ordered_at,
           "date" AS day, 'EUR' AS currency, 1.0::DOUBLE AS rate, (total * 100)::BIGINT AS original, original AS gross,
           0::BIGINT AS discount, 0::BIGINT AS refund, 0::BIGINT AS tax, 0::BIGINT AS shipping, original AS net,
           (original * 6) // 10 AS cost, 'placed' AS status, 1::BIGINT AS import_id,
           (hash(order_number, total, "date") % 9223372036854775807)::BIGINT AS fingerprint
    FROM read_parquet('{source}')
"""
CHANGED = """
    SELECT * REPLACE (net + 1 AS net, gross + 1 AS gross, xor(fingerprint, 1) AS fingerprint)
    FROM '{orders}' WHERE {which}
"""


def prepare(source: str, folder: str) -> None:
    """What intake would hand to the lake: all orders, 1% new ones, 1% changed of all times, 1% changed of late."""
    con = _duckdb()
    into = Path(folder)
    into.mkdir(parents=True, exist_ok=True)
    orders = into / "orders.parquet"
    con.execute(f"COPY ({INCOMING.format(source=source)}) TO '{orders}' (FORMAT parquet)")
    count = con.execute(f"SELECT count(*) FROM '{orders}'").fetchall()[0][0]
    new = (
        f"SELECT * REPLACE ('N' || external_id AS external_id, (SELECT max(day) FROM '{orders}') + 1 AS day, "
        f"xor(fingerprint, 7) AS fingerprint) FROM '{orders}' WHERE order_key % 100 = 7"
    )
    for name, query in (
        ("new", new),
        ("changed", CHANGED.format(orders=orders, which="hash(order_key) % 100 = 3")),
        ("late", CHANGED.format(orders=orders, which=f"order_key >= {count - count // 100}")),
    ):
        con.execute(f"COPY ({query}) TO '{into / name}.parquet' (FORMAT parquet)")
    say(orders=count)


def bare(orders: str, target: str) -> None:
    """The same orders from Parquet to Parquet by DuckDB alone, with the columns the lake adds."""
    con = _duckdb()
    started = time.perf_counter()
    query = f"SELECT order_key + 1 AS order_id, 1 AS version, * FROM '{orders}'"
    con.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")
    say(seconds=time.perf_counter() - started)


def take_in(lake: str, orders: str, import_id: str) -> None:
    """`Lake.upsert_orders`."""
    from regulars.lake import Lake

    started = time.perf_counter()
    counts = Lake(Path(lake), threads=2).upsert_orders(orders, import_id=int(import_id))
    say(seconds=time.perf_counter() - started, new=counts.new, unchanged=counts.unchanged, replaced=counts.replaced)


def compact(lake: str) -> None:
    """`Lake.compact`: every table sorted."""
    from regulars.lake import Lake

    started = time.perf_counter()
    Lake(Path(lake), threads=2).compact()
    say(seconds=time.perf_counter() - started)


def erase(lake: str) -> None:
    """`Lake.erase` of a hundred customers."""
    from regulars.lake import Lake

    started = time.perf_counter()
    removed = Lake(Path(lake), threads=2).erase(range(100, 10_100, 100))
    say(seconds=time.perf_counter() - started, rows=sum(removed.values()))


def read_in_order(lake: str) -> None:
    """All occasions by customer and day, in batches."""
    from regulars.lake import Lake

    started = time.perf_counter()
    with Lake(Path(lake), threads=2).snapshot() as snapshot:
        columns = ["customer_id", "day", "net", "margin"]
        count = sum(map(len, snapshot.sorted_batches("occasions", columns)))
        say(seconds=time.perf_counter() - started, rows=count, files=snapshot.files("occasions"))


def sort_bare(*files: str) -> None:
    """The same rows sorted by DuckDB."""
    con = _duckdb()
    started = time.perf_counter()
    rows = con.sql(
        "SELECT customer_id, day, net, margin FROM read_parquet($files) ORDER BY 1, 2", params={"files": list(files)}
    ).to_arrow_reader(100_000)
    say(rows=sum(map(len, rows)), seconds=time.perf_counter() - started)


WORK: dict[str, Callable[..., None]] = {
    "prepare": prepare,
    "bare": bare,
    "take_in": take_in,
    "compact": compact,
    "erase": erase,
    "read_in_order": read_in_order,
    "sort_bare": sort_bare,
}


def rows(scale: str) -> Iterator[Row]:
    """The table's rows; what was prepared is kept, the lake is made anew."""
    firm = data.firm(scale)
    given, lake = firm.folder / "incoming", firm.folder / "lake_io"
    if not (given / "late.parquet").exists():
        worker("lake_io", "prepare", firm.parquet, given)
    shutil.rmtree(lake, ignore_errors=True)
    target = firm.folder / "bare_orders.parquet"
    plain = worker("lake_io", "bare", given / "orders.parquet", target, repeat=2)
    target.unlink()
    first = worker("lake_io", "take_in", lake, given / "orders.parquet", 1)
    yield Row("all orders into the empty lake, occasions too", first, Aim(8, 1000), "DuckDB, orders only", plain)
    yield Row("all of them again: nothing changes", worker("lake_io", "take_in", lake, given / "orders.parquet", 2))
    yield _read(lake, "occasions in order, as first written")
    new = worker("lake_io", "take_in", lake, given / "new.parquet", 3)
    yield Row("1% new orders", new, Aim(1.5), "all orders", first)
    late = worker("lake_io", "take_in", lake, given / "late.parquet", 4)
    yield Row("1% changed orders, the latest ones", late, Aim(), "all orders", first)
    changed = worker("lake_io", "take_in", lake, given / "changed.parquet", 5)
    yield Row("1% changed orders, from all times", changed, Aim(), "all orders", first)
    yield _read(lake, "occasions in order, with later files on top")
    yield Row("100 customers erased", worker("lake_io", "erase", lake), Aim(), "all orders", first)
    yield Row("everything sorted by customer", worker("lake_io", "compact", lake), Aim(), "all orders", first)


def _read(lake: Path, name: str) -> Row:
    ours = worker("lake_io", "read_in_order", lake, repeat=2)
    return Row(name, ours, Aim(), "DuckDB, sorted", worker("lake_io", "sort_bare", *ours.said["files"], repeat=2))


def _duckdb() -> Any:
    import duckdb

    con = duckdb.connect()
    con.execute("SET threads = 2; SET preserve_insertion_order = false; SET memory_limit = '2GB'; SET TimeZone = 'UTC'")
    return con


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in WORK:
        WORK[sys.argv[1]](*sys.argv[2:])
    else:
        chosen = "small" if "small" in sys.argv else "full"
        show(list(rows(chosen)), chosen)
