"""Events: taken in once by the step's name, and read with the customer that a visitor turned out to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from regulars.lake import small
from regulars.lake.head import Head
from regulars.lake.step import Source
from regulars.lake.tables import INSTANT
from regulars.lake.work import Work

if TYPE_CHECKING:
    import ibis

    from regulars.lake.snapshot import Snapshot

VISITS = pa.schema(
    [
        pa.field("visitor_id", pa.int64(), nullable=False),
        pa.field("from_at", INSTANT),
        pa.field("until_at", INSTANT),
        pa.field("customer_id", pa.int64(), nullable=False),
    ]
)
"""Whose visits are whose: from `from_at` (null: from the first) until before `until_at` (null: until the last)."""
WITHIN = "(v.from_at IS NULL OR e.occurred_at >= v.from_at) AND (v.until_at IS NULL OR e.occurred_at < v.until_at)"
_KEY = "events:"
_AGAIN_DAYS = 1


def key(token: str) -> str:
    """The name of the step that takes in a drain's events."""
    return f"{_KEY}{token}"


def forget_earlier(state: Head, token: str) -> None:
    """Only the last drain is ever asked for again; the names of others would make the head long."""
    for name in [name for name in state.done if name.startswith(_KEY) and name != key(token)]:
        del state.done[name]


def append(work: Work, rows: Source, old: pa.Table | None) -> None:
    """Stage events. old : (message_id, day) of those that may have come before, longer ago than ids are kept: what is
    there on that day or a day beside it is left out."""
    if old is None or not len(old):
        small.append(work, "events", rows)
        return
    work.con.register("given_old", old)
    work.bind("all_events", rows)
    there = (
        f"SELECT o.message_id FROM given_old o JOIN {work.scan('events')} AS e USING (message_id) "
        f"WHERE e.day BETWEEN o.day - {_AGAIN_DAYS} AND o.day + {_AGAIN_DAYS}"
    )
    fresh = work.con.sql(
        f"SELECT * FROM all_events WHERE message_id IS NULL OR message_id NOT IN ({there})"
    ).to_arrow_table()
    small.append(work, "events", fresh)


def resolved(snapshot: Snapshot, visits: pa.Table, merges: pa.Table) -> ibis.Table:
    """All events, `customer_id` being who it was as far as is known now.

    visits : as VISITS.  merges : (source, target), each source once and no target a source.
    """
    con = snapshot.con
    snapshot.table("events")
    con.con.register("given_visits", visits)
    con.con.register("given_merges", merges)
    return con.sql(f"""
        SELECT e.* REPLACE (coalesce(m.target, e.customer_id, v.customer_id) AS customer_id)
        FROM "events" AS e
        LEFT JOIN given_visits v ON e.customer_id IS NULL AND e.visitor_id = v.visitor_id AND {WITHIN}
        LEFT JOIN given_merges m ON m.source = coalesce(e.customer_id, v.customer_id)
    """)
