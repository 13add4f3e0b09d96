"""The lake: every order, line and event as Delta tables in the workspace, read through Ibis on DuckDB.

Rows come in through `Lake.commit` (one atomic step over all tables, under the writer's lock) and are read from a
`Snapshot`, which pins one version of every table. Numbers only: names, contacts and free text of persons stay in the
operations store.
"""

from regulars.lake.lake import Lake
from regulars.lake.snapshot import Snapshot
from regulars.lake.step import CommitResult, OrderBatch, OrderCounts, Step
from regulars.lake.tables import TABLES, TableSpec

__all__ = ["TABLES", "CommitResult", "Lake", "OrderBatch", "OrderCounts", "Snapshot", "Step", "TableSpec"]
