"""Is the lake as it was left? Looks at every file and compares the tables with each other; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.base.errors import NotFound
from regulars.lake import delta, engine, occasions
from regulars.lake.snapshot import Snapshot

RESTORE = "Restore the workspace from a backup, or import the order files again into a new workspace."


@dataclass(frozen=True)
class Problem:
    """Something that is not as it should be, and what to do about it. `harmless` ones mend themselves."""

    what: str
    cure: str
    harmless: bool = False


def problems(snapshot: Snapshot) -> list[Problem]:
    """Everything wrong with the lake at this snapshot; content is compared only when all files are sound."""
    found = [problem for name in sorted(snapshot.versions) for problem in _table(snapshot, name)]
    if all(problem.harmless for problem in found):
        found += [*_keys(snapshot), *_order(snapshot), *_occasions(snapshot)]
    return found


def _table(snapshot: Snapshot, name: str) -> Iterator[Problem]:
    folder = snapshot.root / name
    try:
        rows = snapshot.rows_by_name(name)
    except (NotFound, OSError, pa.ArrowException) as error:
        yield Problem(f"The table {name} can't be opened at version {snapshot.versions[name]}: {error}", RESTORE)
        return
    if delta.newest(folder) > snapshot.versions[name]:
        yield Problem(
            f"The table {name} is ahead of the head: a writer died, or is at work.",
            "Nothing to do: the next import takes it back.",
            harmless=True,
        )
    for file, count in rows.items():
        try:
            there = pq.read_metadata(folder / file).num_rows
        except (OSError, pa.ArrowException) as error:
            yield Problem(f"The file {name}/{file} can't be read: {error}", RESTORE)
            continue
        if there != count:
            yield Problem(f"The file {name}/{file} has {there:,} rows, the log says {count:,}.", RESTORE)


def _keys(snapshot: Snapshot) -> Iterator[Problem]:
    for name in sorted(snapshot.versions):
        key = snapshot.spec(name).key
        for columns in [key, ("order_id",)] if name == "orders" else [key]:
            if not columns:
                continue
            twice = _count(snapshot, name, f"SELECT 1 FROM {{}} GROUP BY {', '.join(columns)} HAVING count(*) > 1")
            if twice:
                yield Problem(f"{twice:,} keys ({', '.join(columns)}) of the table {name} are there twice.", RESTORE)
    for name in ("lines", "refunds"):
        snapshot.table("orders")
        lost = _count(snapshot, name, 'SELECT 1 FROM {} t ANTI JOIN "orders" o USING (order_id, customer_id)')
        if lost:
            yield Problem(f"{lost:,} rows of the table {name} belong to no order.", RESTORE)


def _order(snapshot: Snapshot) -> Iterator[Problem]:
    for name in sorted(snapshot.versions):
        spec = snapshot.spec(name)
        if not spec.sorted_files:
            continue
        row = ", ".join(spec.sort)
        for path in snapshot.files(name):
            wrong = snapshot.con.raw_sql(
                f"SELECT count(*) FROM (SELECT ({row}) AS now, lag(({row})) OVER (ORDER BY file_row_number) AS before "
                "FROM read_parquet(?, file_row_number = true)) WHERE now < before",
                parameters=[path],
            ).fetchall()[0][0]
            if wrong:
                yield Problem(f"The file {name}/{Path(path).name} is not sorted.", "Run `Lake.compact()`.")


def _occasions(snapshot: Snapshot) -> Iterator[Problem]:
    """Occasions against orders, by a query of its own and not by the code that made them."""
    for name in ("orders", "refunds", "occasions"):
        snapshot.table(name)
    difference = snapshot.con.raw_sql(f"""
        WITH expected AS (
            SELECT customer_id, day, count(*) FILTER (NOT ({occasions.VOID}))::INTEGER AS orders,
                   sum(net)::BIGINT AS net, sum(net - cost)::BIGINT AS margin
            FROM "orders" WHERE status = 'placed' GROUP BY ALL
        )
        SELECT count(*) FROM expected e FULL JOIN "occasions" o USING (customer_id, day)
        WHERE (e.orders, e.net, e.margin) IS DISTINCT FROM (o.orders, o.net, o.margin)
           OR (e.orders = 0) IS DISTINCT FROM (o.void_day IS NOT NULL)
    """).fetchall()[0][0]
    if difference:
        yield Problem(
            f"{difference:,} occasions don't agree with the orders.",
            "Run `Lake.rebuild_occasions()`: it makes them anew from the orders.",
        )


def _count(snapshot: Snapshot, name: str, query: str) -> int:
    snapshot.table(name)
    counted = query.format(engine.quoted(name))
    return int(snapshot.con.raw_sql(f"SELECT count(*) FROM ({counted})").fetchall()[0][0])
