"""Do the operations store and the lake tell the same? Findings with their cures; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from django.db import connection

from regulars.customers import queries, suppression
from regulars.customers.models import Forgotten, Picture
from regulars.customers.models.privacy import Erasure
from regulars.customers.refresh import open_lake
from regulars.lake import Snapshot
from regulars.platform.check import RESTORE, Finding
from regulars.platform.workspace import Workspace


def findings(workspace: Workspace) -> Iterator[Finding]:
    """The lake by itself, the lake beside the store, refreshes, and who asked to be forgotten."""
    lake = open_lake(workspace)
    for problem in lake.check():
        yield Finding(problem.what, problem.cure, serious=not problem.harmless)
    yield from lake.read(lambda now: [*_strangers(now), *_sums(now)])
    trouble = queries.trouble()
    if trouble is not None:
        yield Finding(
            f"The last {trouble.stage} failed ({trouble.at:%Y-%m-%d %H:%M} UTC): {trouble.message}",
            "Screens show the state before it. Run regulars refresh to see why.",
            serious=False,
        )
    yield from _forgotten(workspace)


def _strangers(now: Snapshot) -> Iterator[Finding]:
    now.table("orders")
    now.con.con.register("known_customer", pa.table({"customer_id": pa.array(_ids(), pa.int64())}))
    query = 'SELECT count(DISTINCT customer_id) FROM "orders" ANTI JOIN known_customer USING (customer_id)'
    lost = now.con.raw_sql(query).fetchall()[0][0]
    if lost:
        yield Finding(f"Orders of {lost:,} customers are in the lake whom the operations store doesn't know.", RESTORE)


def _ids() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM customers_customer")
        return [number for (number,) in cursor.fetchall()]


def _sums(now: Snapshot) -> Iterator[Finding]:
    run = queries.shown_run()
    if run is None or now.versions.get("standing") != run.standing_version:
        return
    now.table("standing")
    orders = now.con.raw_sql('SELECT coalesce(sum(orders), 0) FROM "standing"').fetchall()[0][0]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(SUM(orders), 0) FROM {Picture._meta.db_table}")
        shown = cursor.fetchone()[0]
    if int(orders) != int(shown):
        yield Finding(
            f"Screens show {int(shown):,} orders, the last refresh found {int(orders):,}.",
            "Wait for the next sync (every five minutes while the server runs), or run regulars refresh.",
            serious=False,
        )


def _forgotten(workspace: Workspace) -> Iterator[Finding]:
    waiting = Erasure.objects.exclude(stage=Erasure.Stage.DONE).count()
    if waiting:
        yield Finding(
            f"{waiting} requests to forget somebody aren't done yet.",
            "Start the server or a worker (it goes on within the hour), or run regulars forget --unfinished.",
        )
    log = {entry.digest for entry in suppression.read(workspace.path / suppression.LOG)}
    missing = Forgotten.objects.count() - len(log & set(Forgotten.objects.values_list("digest", flat=True)))
    if missing and not waiting:
        yield Finding(
            f"{suppression.LOG} lacks {missing:,} of the forgotten: restoring an older backup would bring them back.",
            "Run regulars forget --unfinished: it writes the log anew.",
        )
