"""Judging a test shop in one call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from regulars.insight.episodes import with_episodes
from regulars.insight.estimate import cycle_of, gap_of, parameters_of
from regulars.insight.extras import extras
from regulars.insight.histories import Histories, histories
from regulars.insight.judge import judged
from regulars.insight.parameters import Choice, Parameters, Thresholds

from .shops import shop


@dataclass(frozen=True)
class Verdicts:
    """The customers' table as rows by customer, and what it was made with."""

    rows: dict[int, dict[str, Any]]
    table: pa.Table
    parameters: Parameters
    histories: Histories

    def __getitem__(self, customer: int) -> dict[str, Any]:
        return self.rows[customer]

    def share(self, standing: str, among: Iterable[int] | None = None) -> float:
        """Share of customers with that standing."""
        chosen = list(self.rows if among is None else among)
        return float(np.mean([self.rows[c]["standing"] == standing for c in chosen]))


def verdicts(
    rows: Iterable[tuple[int, int, int]],
    as_of: int,
    *,
    attributes: pa.Table | None = None,
    margin_rate: float | None = None,
    tables: dict[str, pa.Table] | None = None,
    choice: Choice | None = None,
    **settings: Any,
) -> Verdicts:
    """What is said about these customers on day number `as_of`; `settings` are thresholds."""
    thresholds = Thresholds(**settings)
    source = shop(rows, **(tables or {}))
    known = histories(source, as_of)
    gap = gap_of(known, thresholds)
    if gap is not None:
        known = with_episodes(known, gap)
    parameters = parameters_of(
        known,
        thresholds,
        choice or Choice(),
        cycle=cycle_of(source, as_of, thresholds),
        margin_rate=margin_rate,
    )
    more = extras(source, known.customer_id, as_of, attributes=attributes)
    table, parameters = judged(known, parameters, more)
    found = {row["customer_id"]: row for row in table.to_pylist()}
    return Verdicts(found, table, parameters, known)


def all_finite(table: pa.Table) -> bool:
    """Whether no number in the table is NaN or infinite (null is fine)."""
    for column in table.columns:
        if pa.types.is_floating(column.type) and not np.isfinite(column.drop_null().to_numpy()).all():
            return False
    return True
