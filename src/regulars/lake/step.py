"""What is asked of the lake in one atomic step, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Source = Any
"""Rows to take in: a Parquet path or a sequence of them, a pyarrow Table, an Ibis expression or a DuckDB relation."""


@dataclass(frozen=True)
class OrderBatch:
    """Orders of one import with their lines and refunds.

    `orders` has the columns of TABLES["orders"] but order_id and version, and `order_key` (int64, unique in the batch);
    `lines` and `refunds` have their table's columns with `order_key` in place of order_id. Columns that may be null
    may be left out.

    With `numbered_after` the orders are files that `ready.write` wrote, their ids `numbered_after` + order_key. If all
    of them are new and no id is taken, the files become the table's as they are.
    """

    orders: Source
    import_id: int
    lines: Source | None = None
    refunds: Source | None = None
    numbered_after: int | None = None
    distinct: bool = False
    """The caller has seen to it that no order comes twice, so the step needn't look."""


@dataclass(frozen=True)
class OrderCounts:
    """What became of a batch of orders; the three add up to its rows."""

    new: int = 0
    unchanged: int = 0
    replaced: int = 0


@dataclass(frozen=True)
class Step:
    """Everything in it is committed together or not at all.

    With a `key` a step is done once: the same key again changes nothing and returns the recorded result.
    `upsert` replaces rows with the same key, `append` adds, `replace` puts a whole new content in the table's place.
    `events` are those of one drain, named by `token`; see `Lake.append_events`.
    """

    key: str | None = None
    orders: OrderBatch | None = None
    append: Mapping[str, Source] = field(default_factory=dict)
    upsert: Mapping[str, Source] = field(default_factory=dict)
    replace: Mapping[str, Source] = field(default_factory=dict)
    events: Source | None = None
    old_events: Source | None = None
    token: str = ""


@dataclass(frozen=True)
class CommitResult:
    """The state after a step: `repeated` when its key was known and nothing was done."""

    sequence: int
    versions: Mapping[str, int]
    orders: OrderCounts = OrderCounts()
    rows: Mapping[str, int] = field(default_factory=dict)  # rows written by table
    repeated: bool = False
