"""Forgetting customers: their amounts move into erased_totals, their rows go from every table, then from the disk."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from regulars.base.errors import BadInput
from regulars.lake.events import WITHIN
from regulars.lake.work import Work


def plan_visits(work: Work, visits: pa.Table) -> dict[str, int]:
    """Stage that visits nobody was named in go; visits as `events.VISITS`. Returns the rows removed by table."""
    work.con.register("given_visits", visits)
    work.con.execute(
        f"CREATE TEMP TABLE doomed_events AS SELECT DISTINCT event_id FROM {work.scan('events')} AS e "
        f"JOIN given_visits v USING (visitor_id) WHERE e.customer_id IS NULL AND {WITHIN}"
    )
    return {"events": work.delete("events", "doomed_events", ("event_id",))}


def plan(work: Work, customer_ids: Sequence[int], arms: pa.Table | None) -> dict[str, int]:
    """Stage the erasure; returns the rows removed by table. `arms` (customer_id, arm) says who was in an experiment."""
    ids = pa.table({"customer_id": pa.array(list(customer_ids), pa.int64())})
    work.con.register("given_ids", ids)
    work.con.execute("CREATE TEMP TABLE doomed AS SELECT DISTINCT customer_id FROM given_ids")
    _keep_totals(work, arms)
    _let_go_of_users(work)
    work.changed_customers = None
    return {
        name: work.delete(name, "doomed", ("customer_id",))
        for name in sorted(work.head.versions)
        if "customer_id" in work.specs[name].schema.names
    }


def _keep_totals(work: Work, arms: pa.Table | None) -> None:
    """Add the placed orders of the doomed to erased_totals.

    Net of lines goes to their category. What lines don't explain (postage apart: discounts on the order, refunds), and
    the order itself as a count, goes to the category of its first line, so that sums over all categories are exact.
    """
    if arms is None:
        arms = pa.table({"customer_id": pa.array([], pa.int64()), "arm": pa.array([], pa.string())})
    if pa.compute.count_distinct(arms["customer_id"]).as_py() != len(arms):
        raise BadInput("A customer is in several arms: give one row (customer_id, arm) for each customer.")
    work.con.register("given_arms", arms)
    work.write(
        "erased_totals",
        f"""
        WITH gone AS (
            SELECT o.order_id, o.day, o.channel, o.net, a.arm FROM {work.scan("orders")} o
            SEMI JOIN doomed USING (customer_id) LEFT JOIN given_arms a USING (customer_id) WHERE o.status = 'placed'
        ), bought AS (
            SELECT l.* FROM {work.scan("lines")} l SEMI JOIN gone USING (order_id)
        ), first_line AS (
            SELECT order_id, arg_min_null(category, line_no) AS category, sum(net) AS lines_net FROM bought GROUP BY 1
        ), parts AS (
            SELECT day, f.category, channel, arm, 1 AS orders, net - coalesce(lines_net, 0) AS net
            FROM gone LEFT JOIN first_line f USING (order_id)
            UNION ALL
            SELECT gone.day, bought.category, channel, arm, 0, bought.net FROM bought JOIN gone USING (order_id)
        )
        SELECT day, category, channel, arm, sum(orders) AS orders, sum(net) AS net FROM parts
        GROUP BY ALL HAVING sum(orders) <> 0 OR sum(net) <> 0 ORDER BY ALL
        """,
        ordered=True,
    )


def _let_go_of_users(work: Work) -> None:
    """Orders of others that name one of the doomed as user or payer stay, without the name."""
    cleared = ", ".join(
        f"CASE WHEN {column} NOT IN (SELECT customer_id FROM doomed) THEN {column} END AS {column}"
        for column in ("user_id", "payer_id")
    )
    for table in ("orders", "order_versions"):
        work.con.execute(
            f"CREATE TEMP TABLE cleared_{table} AS SELECT * REPLACE ({cleared}) FROM {work.scan(table)} "
            "WHERE user_id IN (SELECT customer_id FROM doomed) OR payer_id IN (SELECT customer_id FROM doomed)"
        )
        work.delete(table, f"cleared_{table}", work.specs[table].key)
        work.write(table, f"SELECT * FROM cleared_{table}")
