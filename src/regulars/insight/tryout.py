"""Other thresholds tried out: everybody judged by them beside how they stand now, and who would move where.

What the thresholds in question don't touch is taken over from the last run: its rows, where nothing else changed, and
its choice of the model, where they come in only after the model was tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.base.progress import Progress, silent
from regulars.insight.choice import choose
from regulars.insight.figures import RUNGS
from regulars.insight.left_out import leave_out, left_out, rows_but
from regulars.insight.parameters import Choice, Parameters, Thresholds
from regulars.insight.picture import Merges, judge_again, judge_people, read
from regulars.insight.reuse import Last, digest, left_out_digest, same_day
from regulars.insight.sheet import codes_of, exact_sums, ints
from regulars.insight.source import Source
from regulars.insight.standing import NAMES, SLIPPING

Ints = npt.NDArray[np.int64]

AFTER_THE_TEST = frozenset(
    {
        "slipping_chance",
        "sure_least",
        "regular_occasions",
        "regular_longest_gap",
        "client_score",
        "client_parts_least",
        "extraordinary_share",
        "fading_ratio",
        "fading_evidence",
    }
)
"""Thresholds that say what to call what was found: the model and its corrections are the same whatever they are."""
EXAMPLES = 5


class Move(msgspec.Struct, frozen=True):
    """Customers who would go from one standing (or rung) to another. Money is minor units, as it is now."""

    origin: str
    target: str
    customers: int
    sales_365: int
    """Sales of the last 365 days."""
    value_365: int
    """Expected of the next 365 days."""
    examples: list[int]
    """Ids of those with most sales of the last 365 days."""


class Side(msgspec.Struct, frozen=True):
    """How the firm stands by one set of thresholds. Money is minor units."""

    standing: dict[str, int]
    """Name -> customers."""
    rung: dict[str, int]
    window_days: int
    model: str
    value_at_risk: int
    """Of the slipping."""
    fading: int
    seasonal: int


class Difference(msgspec.Struct, frozen=True):
    """What other thresholds would change, as of one day number; largest moves first."""

    as_of: int
    customers: int
    before: Side
    after: Side
    standing: list[Move]
    rung: list[Move]


@dataclass(frozen=True)
class Judged:
    """The customers' table with the parameters it was made by."""

    customers: pa.Table
    parameters: Parameters


def try_out(
    source: Source,
    as_of: int,
    last: Last,
    thresholds: Thresholds,
    *,
    merges: Merges | None = None,
    without: Sequence[int] = (),
    attributes: pa.Table | None = None,
    margin_rate: float | None = None,
    minor_digits: int = 2,
    progress: Progress = silent,
) -> tuple[Judged, Judged]:
    """Everybody as of day number `as_of` by the thresholds of the last run, and by `thresholds`. Keeps nothing.

    Arguments as for `picture.run`; a run with these thresholds gives the second table.
    """
    source = leave_out(source, without, merges)
    attributes, absent = rows_but(attributes, source), left_out_digest(left_out(source))
    now = last.parameters
    progress("Judging everybody as it is now")
    changed = same_day(last, as_of, now.thresholds, source.versions, digest(merges, attributes, margin_rate) + absent)

    def judge(rules: Thresholds, choice: Choice) -> Judged:
        people = judge_people(
            source,
            read(source, as_of, rules, merges),
            rules,
            choice,
            merges=merges,
            attributes=attributes,
            margin_rate=margin_rate,
        )
        return Judged(people.customers, people.parameters)

    if changed is None:
        before = judge(now.thresholds, now.choice)
    elif len(changed):
        before = Judged(judge_again(source, last, changed, merges, attributes), now)
    else:
        before = Judged(last.customers, now)
    choice = now.choice
    if not differing(now.thresholds, thresholds) <= AFTER_THE_TEST:
        progress("Testing the models on your past")
        choice = choose(
            source,
            as_of,
            thresholds,
            merges=merges,
            incumbent=now.choice,
            chosen_on=now.chosen_on,
            minor_digits=minor_digits,
        ).choice
    progress("Judging everybody by the other thresholds")
    return before, judge(thresholds, choice)


def differing(some: Thresholds, others: Thresholds) -> frozenset[str]:
    """Names of the thresholds in which the two differ."""
    return frozenset(name for name in Thresholds.__struct_fields__ if getattr(some, name) != getattr(others, name))


def difference(before: Judged, after: Judged) -> Difference:
    """Who moves where; both tables are of the same day and source."""
    ids, old, new = np.intersect1d(
        before.customers.column("customer_id").to_numpy(),
        after.customers.column("customer_id").to_numpy(),
        assume_unique=True,
        return_indices=True,
    )
    sales, value = (ints(before.customers.column(name))[old] for name in ("sales_365", "value_365"))

    def moves(column: str, names: Sequence[str]) -> list[Move]:
        origin = codes_of(before.customers.column(column), names)[old]
        target = codes_of(after.customers.column(column), names)[new]
        moved = np.flatnonzero(origin != target)
        return _moves(ids[moved], origin[moved], target[moved], sales[moved], value[moved], names)

    return Difference(
        as_of=after.parameters.as_of,
        customers=after.customers.num_rows,
        before=_side(before),
        after=_side(after),
        standing=moves("standing", NAMES),
        rung=moves("rung", RUNGS),
    )


def _moves(
    ids: Ints,
    origin: npt.NDArray[np.int8],
    target: npt.NDArray[np.int8],
    sales: Ints,
    value: Ints,
    names: Sequence[str],
) -> list[Move]:
    kinds, at = np.unique(origin.astype(np.int64) * len(names) + target, return_inverse=True)
    counts = np.bincount(at, minlength=kinds.size)
    sums = [exact_sums(at.astype(np.int8), column, kinds.size) for column in (sales, value)]
    best = np.lexsort((ids, -sales))
    found = [
        Move(
            origin=names[kind // len(names)],
            target=names[kind % len(names)],
            customers=int(counts[place]),
            sales_365=sums[0][place],
            value_365=sums[1][place],
            examples=ids[best[at[best] == place][:EXAMPLES]].tolist(),
        )
        for place, kind in enumerate(kinds.tolist())
    ]
    return sorted(found, key=lambda move: (-move.customers, move.origin, move.target))


def _side(judged: Judged) -> Side:
    table = judged.customers
    standing = codes_of(table.column("standing"), NAMES)
    rung = codes_of(table.column("rung"), RUNGS)
    risk = ints(table.column("value_at_risk"))
    return Side(
        standing=_counted(standing, NAMES),
        rung=_counted(rung, RUNGS),
        window_days=judged.parameters.window_days,
        model=judged.parameters.choice.model,
        value_at_risk=int(risk[standing == SLIPPING].sum()),
        fading=_flagged(table, "fading"),
        seasonal=_flagged(table, "seasonal"),
    )


def _counted(codes: npt.NDArray[np.int8], names: Sequence[str]) -> dict[str, int]:
    counts = np.bincount(codes, minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=True) if count}


def _flagged(table: pa.Table, name: str) -> int:
    return int(np.count_nonzero(table.column(name).fill_null(False).to_numpy(zero_copy_only=False)))
