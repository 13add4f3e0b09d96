"""Files for the crash tests, and what a workspace holds after them."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
IMPORT = [sys.executable, "-m", "hard.intake.one_import"]


def write_files(folder: Path, rows: int, seed: int) -> list[Path]:
    """Orders (some without a number, some taking back), lines, refunds, customers: every way through the pipeline."""
    rng = random.Random(seed)
    customers, orders, lines, refunds = ["customer_id,name,email,country"], [], [], []
    for number in range(rows // 10):
        customers.append(f"C{number},Person {number},p{number}@x.ee,{rng.choice(['EE', 'LV'])}")
    for number in range(rows):
        day = f"2024-{number * 12 // rows + 1:02d}-{number % 28 + 1:02d}"
        who = f"C{rng.randrange(rows // 10)}"
        amount = f"{rng.randrange(1, 50)}.{rng.randrange(100):02d}"
        order = "" if number % 11 == 0 else str(number)
        orders.append(f"{order},{who},{day},{'-' if number % 17 == 16 else ''}{amount}")
        if number % 23 == 0 and order:
            refunds.append(f"{order},1.00,2025-01-{number % 28 + 1:02d}")
        who = f"C{rng.randrange(rows // 10)}"
        for product in range(rng.randrange(1, 4)):
            lines.append(f"L{number},{day},{who},P{product},{rng.randrange(1, 4)},{amount}")
        if number % 19 == 18:
            lines.append(f"CL{number},{day},{who},P0,-1,{amount}")
    contents = {
        "customers.csv": customers,
        "orders.csv": ["order_id,customer_id,date,total", *orders],
        "lines.csv": ["invoice no,date,customer_id,stock code,quantity,unit price", *lines],
        "refunds.csv": ["order_id,refund amount,refund date", *refunds],
    }
    for name, content in contents.items():
        (folder / name).write_text("\n".join(content) + "\n", encoding="utf-8")
    return [folder / name for name in contents]


def run(home: Path, files: list[Path], *options: str, kill_after: float | None = None) -> int:
    """An import in its own process, killed after so many seconds; returns its exit code (-9: killed)."""
    process = subprocess.Popen([*IMPORT, str(home), *map(str, files), *options], cwd=ROOT, stderr=subprocess.PIPE)
    try:
        _, errors = process.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return -9
    if process.returncode not in (0, -9):
        raise AssertionError(errors.decode())
    return process.returncode


def state(home: Path) -> list[Any]:
    """What must be the same however often an import was killed: no ids of orders, imports or versions."""
    from regulars.customers.queries import external_ids
    from regulars.intake.command import open_lake
    from regulars.platform import store
    from regulars.platform.workspace import open_workspace

    workspace = open_workspace(home)
    store.start(workspace)
    table = external_ids()
    keys = dict(zip(table["customer_id"].to_pylist(), table["external_id"].to_pylist(), strict=True))
    orders = "customer_id, external_id, ordered_at::VARCHAR, day, gross, discount, refund, shipping, net, status"
    queries = (
        f"SELECT {orders} FROM orders",
        "SELECT l.customer_id, external_id, line_no, product_id, quantity, l.net "
        "FROM lines l JOIN orders USING (order_id)",
        "SELECT r.customer_id, external_id, r.day, amount FROM refunds r JOIN orders USING (order_id)",
        "SELECT * FROM occasions",
        "SELECT * FROM people",
    )
    found: list[Any] = [sorted(keys.values())]
    with open_lake(workspace).snapshot() as snapshot:
        for name in ("orders", "lines", "refunds", "occasions", "people"):
            snapshot.table(name)
        for query in queries:
            rows = snapshot.con.raw_sql(query).fetchall()
            found.append(sorted(((keys[row[0]], *row[1:]) for row in rows), key=repr))
    return found
