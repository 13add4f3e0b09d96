"""Customers with new orders are judged at once, over the lake and what hasn't reached it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Q

from regulars.base import clock
from regulars.customers import merges, queries
from regulars.customers.judge_some import Pending, judge_some
from regulars.platform import store
from regulars.platform.workspace import Workspace
from regulars.stream import orders
from regulars.stream.models import Order, Touched
from regulars.stream.order_assembly import Made, each_made
from regulars.stream.orders_drain import order_lake

AT_ONCE = 1_000
"""Customers judged at a time."""
_KEYS_OF_A_PART = 1 << 40


def judge_touched() -> bool:
    """Judge customers whose orders changed; whether there may be more."""
    rows = list(Touched.objects.order_by("pk").values_list("pk", "customer_id")[:AT_ONCE])
    if not rows:
        return False
    workspace, run = store.opened(), queries.latest_run()
    touched = {who for _pk, who in rows}
    family = merges.everyone_of(merges.current_of(touched).values())
    coming = _coming(family)
    versions = None if run is None else run.versions
    today = clock.today(workspace.settings.firm.time_zone)
    as_of = orders.last_day(versions) or (today if run is None else run.as_of)

    def done(_customers: Sequence[int]) -> None:
        Touched.objects.filter(pk__in=[pk for pk, _who in rows]).delete()
        orders.newer_than(versions).filter(customer_id__in=family, judged=False).update(judged=True)

    pending = None if run is None else _pending(workspace, coming)
    judge_some(workspace, touched, pending, as_of=as_of, done=done)
    return len(rows) == AT_ONCE


def _coming(family: Sequence[int]) -> list[Order]:
    theirs = Q(customer_id__in=family) | Q(drained_customer_id__in=family)
    return list(orders.undrained().filter(theirs, problem="", customer_id__isnull=False).order_by("pk"))


def _pending(workspace: Workspace, rows: Sequence[Order]) -> Pending | None:
    by_shop: dict[str, list[Order]] = defaultdict(list)
    for row in rows:
        by_shop[row.shop].append(row)
    lake = order_lake(workspace)
    parts = [
        part for shop, some in sorted(by_shop.items()) for part in each_made(workspace, lake, shop, some, import_id=-1)
    ]
    tables = {name: _together(parts, name) for name in ("orders", "lines", "refunds")}
    if tables["orders"] is None:
        return None
    return Pending(tables["orders"], tables["lines"], tables["refunds"])


def _together(parts: Sequence[Made], name: str) -> pa.Table | None:
    """The parts' tables as one; keys of orders are made different from part to part."""
    found = []
    for place, part in enumerate(parts):
        table: pa.Table | None = getattr(part, name)
        if table is not None:
            moved = pc.add(table["order_key"].cast(pa.int64()), place * _KEYS_OF_A_PART)
            found.append(table.set_column(table.column_names.index("order_key"), "order_key", moved))
    return pa.concat_tables(found, promote_options="permissive") if found else None
