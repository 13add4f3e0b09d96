"""From an order over HTTP to the changed standing of its customer, through the real server and worker, under load.

`python -m benchmarks.stream_standing [--scale small]` prints the table by itself. Each measurement is a worker:
`python -m benchmarks.stream_standing WORK HOME DATABASE ...`. Clients, server, worker and database share the cores.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

from benchmarks import data, main_job, stream
from benchmarks.measure import say, worker
from benchmarks.table import Aim, Row, show

SECONDS = {"full": 60, "small": 20}
ORDERS_A_SECOND = 20
EVENTS_A_SECOND = 5_000
"""Half of what is promised in batches."""
_SETTLED_SECONDS = 60.0


def prepare(home: str, database: str) -> None:
    """Judge everybody and bring them onto the screens; a key for servers."""
    workspace = stream._opened(home, database)
    from regulars.customers import queries
    from regulars.customers.refresh import refresh
    from regulars.customers.sync import sync
    from regulars.staff import keys

    if queries.latest_run() is None:
        refresh(workspace)
    sync(workspace)
    say(key=keys.make("bench standing", ["write"])[1])


def measure(home: str, database: str, port: str, key: str, seconds: str, orders: str, events: str) -> None:
    """Send orders of customers who had lapsed, one by one, among other events; the 99th percentile of what it takes."""
    workspace = stream._opened(home, database)
    from regulars.platform.models import Event as Recorded

    before = Recorded.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    first, *gone = _lapsed(workspace, int(float(seconds) * float(orders)) + 1)
    over, head = Event(), f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"
    _told(before, _orders(int(port), head, [first], 1.0))  # the worker loads what it needs at the first order
    beside = Thread(target=_others, args=(int(port), head, float(events), over))
    beside.start()
    sent = _orders(int(port), head, gone, float(orders))
    over.set()
    beside.join()
    told = _told(before, sent)
    taken = sorted([*told.values(), *[_SETTLED_SECONDS] * (len(sent) - len(told))])
    say(
        seconds=taken[int(0.99 * len(taken))],
        median=taken[len(taken) // 2],
        longest=taken[-1],
        orders=len(sent),
        missing=len(sent) - len(told),
    )


def _told(after: int, sent: dict[int, float]) -> dict[int, float]:
    """Seconds until the change of each customer was written down; waits until all are, or far too long."""
    from regulars.platform.models import Event as Recorded

    told: dict[int, float] = {}
    end = time.monotonic() + _SETTLED_SECONDS
    while len(told) < len(sent) and time.monotonic() < end:
        rows = Recorded.objects.filter(pk__gt=after, name="standing changed", customer_id__in=list(sent))
        found = rows.values_list("customer_id", "recorded_at")
        told = {who: at.timestamp() - sent[who] for who, at in found if who is not None}
        time.sleep(0.2)
    return told


def _lapsed(workspace: Any, count: int) -> list[tuple[int, str]]:
    from regulars.customers.models import Identity
    from regulars.customers.refresh import open_lake

    with open_lake(workspace).snapshot() as now:
        now.table("standing")
        query = "SELECT customer_id FROM standing WHERE standing IN ('lapsed', 'slipping') ORDER BY hash(customer_id)"
        ids = [row[0] for row in now.con.raw_sql(f"{query} LIMIT {count}").fetchall()]
    found = Identity.objects.filter(kind="ref", customer_id__in=ids).values_list("customer_id", "key")
    return sorted(dict(found).items())


def _orders(port: int, head: str, customers: Sequence[tuple[int, str]], a_second: float) -> dict[int, float]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent: dict[int, float] = {}
    began = time.perf_counter()
    for place, (who, ref) in enumerate(random.Random(3).sample(customers, len(customers))):
        time.sleep(max(0.0, began + place / a_second - time.perf_counter()))
        body = {
            "event": "Order Completed",
            "userId": ref,
            "messageId": f"bench-{who}-{began}",
            "timestamp": datetime.now(UTC).isoformat(),
            "properties": {"order_id": f"bench-{who}", "total": 42.5},
        }
        sent[who] = time.time()
        _post(line, "/v1/track", head, body)
    return sent


def _others(port: int, head: str, a_second: float, over: Event) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    began, number = time.perf_counter(), int(time.time()) * 1_000
    batches = 0
    while not over.is_set() and a_second:
        time.sleep(max(0.0, began + batches * 100 / a_second - time.perf_counter()))
        _post(line, "/v1/batch", head, {"batch": [stream.event(number + at) for at in range(100)]})
        batches, number = batches + 1, number + 100


def _post(line: http.client.HTTPConnection, path: str, head: str, body: dict[str, Any]) -> None:
    line.request("POST", path, json.dumps(body), {"Authorization": head, "Content-Type": "application/json"})
    answer = line.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise SystemExit(f"not acknowledged: {answer.status} {said[:300]!r}")


@contextmanager
def _working(home: Path, database: str) -> Iterator[None]:
    given = {"DATABASE_URL": "" if database == "sqlite" else database}
    with (home / "worker.log").open("w") as log:
        command = [sys.executable, "-m", "regulars.cli", "worker", "--home", str(home)]
        process = subprocess.Popen(command, env=os.environ | given, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(120)


def rows(home: Path, scale: str) -> Iterator[Row]:
    """The table's rows, on SQLite; `home` has the orders imported, and stays as it is."""
    with TemporaryDirectory(prefix="regulars-bench-") as place:
        copy = Path(place) / "home"
        shutil.copytree(home, copy)
        key = worker("stream_standing", "prepare", copy, "sqlite").said["key"]
        with stream._served(copy, "sqlite") as port, _working(copy, "sqlite"):
            asked = (SECONDS[scale], ORDERS_A_SECOND, EVENTS_A_SECOND)
            found = worker("stream_standing", "measure", copy, "sqlite", port, key, *asked)
        said = found.said
        beside = f"{ORDERS_A_SECOND} orders/s beside {EVENTS_A_SECOND:,} events/s"
        figures = f"median {said['median']:.2f} s, longest {said['longest']:.2f} s, {said['missing']} missing"
        yield Row(f"order -> standing changed, 99% within ({beside}; {figures})", found, Aim(seconds=2))


WORK: dict[str, Callable[..., None]] = {"prepare": prepare, "measure": measure}


def main(arguments: Sequence[str]) -> None:
    """A worker's work, or the table."""
    if arguments and arguments[0] in WORK:
        WORK[arguments[0]](*arguments[1:])
        return
    scale = "small" if "small" in arguments else "full"
    firm = data.firm(scale)
    if not (firm.folder / "home" / "regulars.toml").exists():
        main_job.import_orders(firm.folder / "home", firm.csv)
    show(list(rows(firm.folder / "home", scale)), scale)


if __name__ == "__main__":
    main(sys.argv[1:])
