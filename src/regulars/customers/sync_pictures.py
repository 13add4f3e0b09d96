"""One half of a sync, the pictures: what each should be is a query of DuckDB, and what differs is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from regulars.base.progress import Progress
from regulars.customers import sync_blocks
from regulars.customers.sync_blocks import MARKS, SPAN, Difference, Fingerprints, Written
from regulars.customers.sync_columns import Column
from regulars.customers.sync_write import PictureWriter

BLOCKS_AT_ONCE = 20
"""So many blocks of changed rows are held in memory at a time."""


def bring_up(
    con: duckdb.DuckDBPyConnection,
    standing: str,
    columns: Sequence[Column],
    writer: PictureWriter,
    size: int,
    progress: Progress,
) -> Written:
    """Write what differs.

    con : has `people` (see `sync_people`).  standing : what to put behind FROM to read insight's table.
    size : one more than the largest customer id.
    """
    stored = sync_blocks.read("fingerprints", size)
    wanted = _fingerprints(con, standing, columns, len(stored))
    differing = list(sync_blocks.differences(wanted, stored))
    total = sum(len(d.changed) for d in differing)
    written = removed = 0
    disturbed = False
    for difference, rows in sync_blocks.ahead(_rows(con, standing, columns, differing)):
        if writer.write(difference.block, rows, difference.gone.tolist(), difference.before, difference.after):
            written, removed = written + rows.num_rows, removed + len(difference.gone)
            progress("Bringing customers up to date", written, total, "customers")
        else:
            disturbed = True
    return Written(written, removed, disturbed)


def _fingerprints(
    con: duckdb.DuckDBPyConnection, standing: str, columns: Sequence[Column], length: int
) -> Fingerprints:
    values = ", ".join(column.value for column in columns)
    found = con.sql(
        f"SELECT c.customer_id, greatest(hash({values}), {MARKS}) AS fingerprint "
        f"FROM people c LEFT JOIN {standing} s USING (customer_id)"
    ).to_arrow_reader(100_000)
    wanted = np.zeros(length, dtype=np.uint64)
    for batch in found:
        wanted[batch["customer_id"].to_numpy()] = batch["fingerprint"].to_numpy()
    return wanted


def _rows(
    con: duckdb.DuckDBPyConnection, standing: str, columns: Sequence[Column], differing: Sequence[Difference]
) -> Iterator[tuple[Difference, pa.Table]]:
    """Each difference with the rows to write, in the order of their ids."""
    values = ", ".join(f"{column.value} AS {column.name}" for column in columns)
    for start in range(0, len(differing), BLOCKS_AT_ONCE):
        some = differing[start : start + BLOCKS_AT_ONCE]
        # The same bounds on both sides: Parquet files of `standing` are in this order, so most of them isn't read.
        between = f"customer_id BETWEEN {some[0].block * SPAN} AND {(some[-1].block + 1) * SPAN - 1}"
        con.register("chosen", pa.table({"customer_id": np.concatenate([d.changed for d in some])}))
        rows = con.sql(
            f"SELECT c.customer_id, {values} FROM (SELECT * FROM people WHERE {between}) c "
            "JOIN chosen USING (customer_id) "
            f"LEFT JOIN (SELECT * FROM {standing} WHERE {between}) s USING (customer_id) ORDER BY c.customer_id"
        ).to_arrow_table()
        con.unregister("chosen")
        place = 0
        for difference in some:
            yield difference, rows.slice(place, len(difference.changed))
            place += len(difference.changed)
