"""The other half of a sync: latest occasions and orders of the customers whose occasions changed since the last one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.base.progress import Progress
from regulars.customers import recent, sync_blocks, sync_write
from regulars.customers.models import Recent
from regulars.customers.sync_blocks import MARKS, SPAN

AT_ONCE = 25 * SPAN
"""So many customers' orders are packed at a time."""
TABLES = ("orders", "lines", "products", "occasions")

Ids = NDArray[np.int64]


def bring_up(
    con: duckdb.DuckDBPyConnection,
    tables: Mapping[str, str],
    changed: Ids | None,
    size: int,
    progress: Progress,
    newer: Callable[[], Ids],
) -> sync_blocks.Written:
    """Write what differs.

    con : has `known` and `merged` (see `sync_people`).  tables : what to put behind FROM for each of TABLES.
    changed : ids whose occasions changed since the last sync; None for everybody.  newer : of whom the store has orders
    by now that these tables don't (see `ahead`); what it has stays.
    """
    stored = sync_blocks.read("recent", size)
    empty = not Recent.objects.exists()
    written = removed = 0
    disturbed = False
    portions = _portions(_concerned(con, changed, stored, size))
    for ids, found in sync_blocks.ahead((ids, _packed(con, tables, ids)) for ids in portions):
        after = stored.copy()
        after[ids] = 0
        after[found["customer_id"].to_numpy()] = found["fingerprint"].to_numpy()
        rows = found.drop_columns(["fingerprint"])
        for d in sync_blocks.differences(after, stored):
            chosen = rows.take(np.searchsorted(rows["customer_id"].to_numpy(), d.changed))
            if sync_write.write_recent(d, chosen, newer, empty=empty):
                written, removed = written + len(d.changed), removed + len(d.gone)
                stored[d.block * SPAN : (d.block + 1) * SPAN] = d.after
            else:
                disturbed = True
        progress("Bringing latest orders up to date", written, unit="customers")
    return sync_blocks.Written(written, removed, disturbed)


def _concerned(con: duckdb.DuckDBPyConnection, changed: Ids | None, stored: sync_blocks.Fingerprints, size: int) -> Ids:
    """Ids whose latest orders have to be packed anew: changed ones, those they were merged into, marked ones."""
    if changed is None:
        return np.arange(size, dtype=np.int64)
    con.register("changed", pa.table({"customer_id": changed}))
    ids = con.sql(
        "SELECT DISTINCT coalesce(m.target, c.customer_id) AS id FROM changed c LEFT JOIN merged m "
        "ON m.source = c.customer_id"
    ).to_arrow_table()["id"]
    con.unregister("changed")
    marked = np.flatnonzero((stored > 0) & (stored < MARKS))
    found = np.unique(np.concatenate([ids.to_numpy(), marked]))
    return found[found < len(stored)]


def _portions(ids: Ids) -> Iterator[Ids]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _packed(con: duckdb.DuckDBPyConnection, tables: Mapping[str, str], ids: Ids) -> pa.Table:
    """`customer_id` (sorted), `packed`, `fingerprint` of those who have anything, and are somebody."""
    con.register("chosen", pa.table({"customer_id": ids}))
    merges = con.sql("SELECT count(*) FROM merged").fetchall()[0][0]
    named = dict(tables)
    for name in ("orders", "occasions") if merges else ():
        named[name] = (
            "(SELECT t.* REPLACE (coalesce(m.target, t.customer_id) AS customer_id) "
            f"FROM {tables[name]} t LEFT JOIN merged m ON m.source = t.customer_id)"
        )
    query = recent.PACKED.format(
        **named,
        chosen=f"customer_id BETWEEN {ids[0]} AND {ids[-1]} AND customer_id IN (SELECT customer_id FROM chosen)",
        most_orders=recent.MOST_ORDERS,
        most_lines=recent.MOST_LINES,
        most_days=recent.MOST_DAYS,
    )
    found = con.sql(
        f"SELECT customer_id, packed, greatest(hash(packed), {MARKS}) AS fingerprint FROM ({query}) "
        "WHERE customer_id IN (SELECT customer_id FROM people) ORDER BY customer_id"
    ).to_arrow_table()
    con.unregister("chosen")
    return found
