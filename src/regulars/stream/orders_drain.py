"""Orders from the operations store to the lake: each as it is now, as an import of its own with a number below zero.

Taking an order in that the lake has just so changes nothing, and the row says afterwards which revision the lake has.
So a drain that was killed at any moment is done again, and ends the same; no list of what was pinned is needed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Min, Q, QuerySet

from regulars.base import clock
from regulars.base.errors import Conflict
from regulars.base.locks import file_lock
from regulars.customers.refresh import open_lake
from regulars.intake.assemble.notices import NOTICE_VERSIONS, NOTICES
from regulars.lake import Lake, OrderBatch, Step
from regulars.platform import store
from regulars.platform.locks import held
from regulars.platform.workspace import Workspace
from regulars.stream import orders
from regulars.stream.models import Order
from regulars.stream.order_assembly import Made, each_made

log = logging.getLogger(__name__)

AT_ONCE = 20_000
WAIT = timedelta(seconds=20)
"""How long a changed order waits for others: few large commits are quick to read, and screens know it already."""
AGAIN = timedelta(hours=1)
"""When an order that the lake couldn't have is tried again, though nothing was said of it: rates may have come."""
_PATIENCE_SECONDS = 0.1
_WRITTEN = ("drained", "drained_customer_id", "lost_customer_id", "version", "problem")


def drain_orders(*, at_once: bool = False) -> bool:
    """Take changed orders to the lake; whether there may be more to take now. A loop of the worker.

    at_once : without waiting for others. Does nothing while an import, or another drain, is under way.
    """
    if not at_once and not _worth_it():
        return False
    workspace = store.opened()
    try:
        with (
            held("drain-orders", timeout_seconds=_PATIENCE_SECONDS, what="Taking orders to the lake"),
            # As imports do: whoever forgets somebody makes sure that nobody writes of them meanwhile.
            file_lock(_imports(workspace), timeout_seconds=_PATIENCE_SECONDS, what="Importing"),
        ):
            return _drain(workspace)
    except Conflict:
        return False


def _imports(workspace: Workspace) -> Path:
    path = workspace.files_path / "imports" / ".lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _due() -> QuerySet[Order]:
    return orders.undrained().filter(Q(problem="") | Q(changed_at__lt=clock.now() - AGAIN))


def _worth_it() -> bool:
    first = _due().aggregate(first=Min("changed_at"))["first"]
    # Of a moment in the future the clock was put back since: nothing is gained by waiting for it.
    return first is not None and (abs(clock.now() - first) > WAIT or _due()[AT_ONCE : AT_ONCE + 1].exists())


def _drain(workspace: Workspace) -> bool:
    rows = list(_due().order_by("changed_at", "pk")[:AT_ONCE])
    if not rows:
        return False
    lake = order_lake(workspace)
    for shop in sorted({row.shop for row in rows}):
        _take(workspace, lake, shop, [row for row in rows if row.shop == shop])
    return len(rows) == AT_ONCE


def order_lake(workspace: Workspace) -> Lake:
    """The lake, with the tables that intake keeps of refunds known to it."""
    lake = open_lake(workspace)
    for spec in (NOTICES, NOTICE_VERSIONS):
        lake.define(spec)
    return lake


def _take(workspace: Workspace, lake: Lake, shop: str, rows: Sequence[Order]) -> None:
    ready = [row for row in rows if row.customer_id is not None or not row.told]
    if not ready:
        return
    import_id = -max(row.pk for row in ready)
    by_number = {row.number: row for row in ready}
    for found in each_made(workspace, lake, shop, ready, import_id=import_id):
        version = _commit(lake, found, import_id)
        _noted([by_number[number] for number in found.asked if number not in found.problems], version)
        _set_aside(ready, found.problems)


def _commit(lake: Lake, found: Made, import_id: int) -> int:
    """The version of the lake's orders that has them."""
    if found.orders is None:
        return lake.snapshot().versions.get("orders", 0)
    batch = OrderBatch(found.orders, import_id, found.lines, found.refunds)
    result = lake.commit(Step(orders=batch, append=found.appends, upsert=found.upserts))
    return int(result.versions.get("orders", 0))


def _noted(rows: Sequence[Order], version: int) -> None:
    """The lake has these as they were read; what was said of one meanwhile waits for the next drain."""
    for row in rows:
        if row.drained_customer_id not in (None, row.customer_id):
            row.lost_customer_id = row.drained_customer_id
        row.drained, row.drained_customer_id, row.version, row.problem = row.revision, row.customer_id, version, ""
    with transaction.atomic():
        Order.objects.bulk_update(rows, _WRITTEN, batch_size=500)


def _set_aside(rows: Sequence[Order], problems: Mapping[str, str]) -> None:
    now = clock.now()
    for code in sorted(set(problems.values())):
        some = [row for row in rows if problems.get(row.number) == code]
        if any(row.problem != code for row in some):
            log.warning("orders can't be taken to the lake", extra={"reason": code, "orders": len(some)})
        for row in some:  # unless something was said of it meanwhile
            Order.objects.filter(pk=row.pk, revision=row.revision).update(problem=code, changed_at=now)
