"""What forgetting somebody would do, before anybody says yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars.customers import forget, queries
from regulars.customers.refresh import open_lake
from regulars.lake import Snapshot
from regulars.platform.registry import personal_data
from regulars.platform.workspace import Workspace


@dataclass(frozen=True)
class Preview:
    """`held`: label of a kind of data -> rows. `net`: minor units of the firm's currency, which stay in its totals."""

    customer_ids: list[int]
    name: str
    held: dict[str, int]
    orders: int
    net: int
    backups: list[tuple[str, datetime]]
    """Backups in the workspace's folder that still have them, with when they were made."""


def preview(workspace: Workspace, customer_id: int) -> Preview:
    """Look, and change nothing. Raises NotFound for a customer who isn't there."""
    ids = forget.family([customer_id])
    counted = {entry.label: sum(1 for _ in entry.export(ids)) for entry in personal_data}
    orders, net = open_lake(workspace).read(lambda now: _orders(now, ids))
    return Preview(
        customer_ids=ids,
        name=queries.names([customer_id]).get(customer_id, f"#{customer_id}"),
        held={label: rows for label, rows in counted.items() if rows},
        orders=orders,
        net=net,
        backups=_backups(workspace),
    )


def _orders(now: Snapshot, customer_ids: Sequence[int]) -> tuple[int, int]:
    now.table("orders")
    query = 'SELECT count(*), coalesce(sum(net), 0) FROM "orders" WHERE customer_id IN (SELECT unnest($ids))'
    found = now.con.raw_sql(query, parameters={"ids": list(customer_ids)}).fetchall()[0]
    return int(found[0]), int(found[1])


def _backups(workspace: Workspace) -> list[tuple[str, datetime]]:
    from regulars.platform.backups import kept

    return [(one.path.name, one.made_at) for one in kept.listed(workspace)]
