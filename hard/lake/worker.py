"""One process of a race: `python worker.py ROLE LAKE SEED STEPS LOCK`. Prints `ready`, in the end its account as JSON.

Roles: `write` takes in batches of orders, `erase` forgets customers, `read` adds up what it sees again and again until
the file LAKE/stop is there, `all` does a fixed mixture and can be killed and started again at any moment.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

from tests.lake.batches import incoming, order, orders, refund

from regulars.lake import Lake, Snapshot, compact

CUSTOMERS = 40
ORDERS = 60


def batch(seed: int, step: int) -> dict[str, Any]:
    """The orders and refunds of one import; every second one changes orders of the one before."""
    rng = random.Random(seed * 1000 + step)
    rows, given = [], []
    for key in range(ORDERS):
        number = f"S{seed}-{step - step % 2}-{key}"
        owner = random.Random(number)
        customer, day, net = owner.randint(1, CUSTOMERS), owner.randint(0, 30), rng.choice([100, 250, 400])
        back = net if rng.random() < 0.1 else 0
        if back:
            given.append(refund(key, customer, day, day + 3, back))
        rows.append(order(key, number, customer, day, net, refund=back))
    return {"orders": orders(rows), "refunds": incoming("refunds", given)}


def write(lake: Lake, seed: int, steps: int) -> dict[str, Any]:
    """Take in `steps` batches; even steps bring new orders only, so that the sum of nets is known."""
    counts = [0, 0, 0]
    net = 0
    for step in range(0, 2 * steps, 2):
        given = batch(seed, step)
        done = lake.upsert_orders(**given, import_id=seed * 1000 + step)
        counts = [a + b for a, b in zip(counts, (done.new, done.unchanged, done.replaced), strict=True)]
        net += sum(given["orders"]["net"].to_pylist())
    return {"new": counts[0], "unchanged": counts[1], "replaced": counts[2], "net": net}


def erase(lake: Lake, seed: int, steps: int) -> dict[str, Any]:
    """Forget a few customers, `steps` times."""
    rng = random.Random(seed)
    removed = 0
    for _ in range(steps):
        removed += sum(lake.erase(rng.sample(range(1, CUSTOMERS + 1), 4)).values())
    return {"removed": removed}


def read(lake: Lake, seed: int, steps: int) -> dict[str, Any]:
    """Until told to stop: a snapshot's occasions must add up to its orders."""
    looks, wrong = 0, 0
    while not (lake.path / "stop").exists():
        wrong += not lake.read(adds_up)
        looks += 1
    return {"looks": looks, "wrong": wrong}


def adds_up(snapshot: Snapshot) -> bool:
    """Whether occasions and orders of a snapshot have the same sum."""
    found = snapshot.table("orders")
    placed = found.filter(found.status == "placed")
    sums = [snapshot.table("occasions").net.sum().execute(), placed.net.sum().execute()]
    return bool((sums[0] or 0) == (sums[1] or 0))


def everything(lake: Lake, seed: int, steps: int) -> dict[str, Any]:
    """A fixed mixture of steps, each of which may be repeated."""
    compact.SMALL_FILES = 4
    progress = lake.path.with_name("progress")
    start = int(progress.read_text()) if progress.exists() else 0
    for step in range(start, steps):
        if step % 5 == 4:
            lake.erase([1 + (seed + step) % CUSTOMERS])
        elif step % 7 == 6:
            lake.compact()
        else:
            lake.upsert_orders(**batch(seed, step), import_id=step)
        progress.write_text(str(step + 1))
    return {"finished": True}


def main() -> None:
    role, path, seed, steps, lock = sys.argv[1:]
    lake = Lake(Path(path), lock=lock == "lock", threads=1, memory_limit="200MB")
    print("ready", flush=True)
    work = {"write": write, "erase": erase, "read": read, "all": everything}[role]
    print(json.dumps(work(lake, int(seed), int(steps))), flush=True)


if __name__ == "__main__":
    main()
