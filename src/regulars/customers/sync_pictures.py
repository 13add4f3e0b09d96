"""One half of a sync, the pictures: what each should be is a query of DuckDB, and what differs is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.base.progress import Progress
from regulars.customers import sync_blocks
from regulars.customers.sync_blocks import MARKS, SPAN, Difference, Fingerprints, Guesses, Ids, Written
from regulars.customers.sync_columns import FOLLOWS, Column
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
    newer: Ids,
    seen: Ids,
) -> Written:
    """Write what differs.

    con : has `people` (see `sync_people`).  standing : what to put behind FROM to read insight's table.
    size : one more than the largest customer id.  newer, seen : see `ahead`; the first stay as they are, the others are
    written whatever is known of them.
    """
    stored = sync_blocks.read("fingerprints", size)
    watched = [column for column in columns if column.slack not in (None, FOLLOWS)]
    wanted, guesses = _judged(con, standing, columns, watched, len(stored))
    kept = sync_blocks.read_guesses(len(stored), len(watched))
    drifted = _drifted(guesses, kept, watched) & (wanted != 0)
    newer, seen = (ids[ids < len(stored)] for ids in (newer, seen))
    newer = newer[(stored[newer] != 0) & (wanted[newer] != 0)]
    drifted[seen] = wanted[seen] != 0
    wanted[newer], drifted[newer] = stored[newer], False
    written_guesses = np.where((drifted | (wanted != stored))[:, None], guesses, kept)
    differing = list(sync_blocks.differences(wanted, stored, drifted))
    total = sum(len(d.changed) for d in differing)
    written = removed = 0
    disturbed = False
    for difference, rows in sync_blocks.ahead(_rows(con, standing, columns, differing)):
        place = slice(difference.block * SPAN, (difference.block + 1) * SPAN)
        if writer.write(difference, rows, written_guesses[place]):
            written, removed = written + rows.num_rows, removed + len(difference.gone)
            progress("Bringing customers up to date", written, total, "customers")
        else:
            disturbed = True
    return Written(written, removed, disturbed)


def _judged(
    con: duckdb.DuckDBPyConnection, standing: str, columns: Sequence[Column], watched: Sequence[Column], length: int
) -> tuple[Fingerprints, Guesses]:
    """By customer id: fingerprints of the facts, 0 for nobody; and (length, watched) guesses."""
    facts = ", ".join(column.value for column in columns if column.slack is None)
    listed = ", ".join(f"({_number(column)})::FLOAT AS {column.name}" for column in watched)
    found = con.sql(
        f"SELECT c.customer_id, greatest(hash({facts}), {MARKS}) AS fingerprint, {listed} "
        f"FROM people c LEFT JOIN {standing} s USING (customer_id)"
    ).to_arrow_reader(100_000)
    wanted = np.zeros(length, dtype=np.uint64)
    guesses = np.full((length, len(watched)), np.nan, dtype=np.float32)
    for batch in found:
        ids = batch["customer_id"].to_numpy()
        wanted[ids] = batch["fingerprint"].to_numpy()
        for place, column in enumerate(watched):
            guesses[ids, place] = batch[column.name].to_numpy(zero_copy_only=False)
    return wanted, guesses


def _number(column: Column) -> str:
    return f"date_diff('day', DATE '1970-01-01', {column.value})" if column.kind == "date" else column.value


def _drifted(now: Guesses, kept: Guesses, watched: Sequence[Column]) -> NDArray[np.bool_]:
    """Whose guesses went further than their slack from what the store says; known or unknown is a difference too."""
    found = np.zeros(len(now), dtype=bool)
    for place, column in enumerate(watched):
        if column.slack is not None:
            a, b = now[:, place], kept[:, place]
            most = np.maximum(np.float32(column.slack.least), np.abs(b) * np.float32(column.slack.part))
            found |= (np.abs(a - b) > most) | (np.isnan(a) != np.isnan(b))
    return found


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
