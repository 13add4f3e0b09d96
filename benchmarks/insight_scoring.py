"""The lake's occasions -> every customer judged: how long, and how much memory.

As a worker: `python -m benchmarks.insight_scoring LAKE first|same|next|whole [--model NAME]`. `first` judges from
nothing and keeps what a run keeps (not timed); `same` judges again on the same day after new orders, `next` on the day
after, by the histories that were kept; `whole` is a run from nothing on the day after, with the choice of the model and
all views of the firm.

Alone, with a firm simulated for it and its peers in the same run:
`python -m benchmarks.insight_scoring [--orders N] [--customers M] [--model NAME]`.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measure import Measured, say, worker

KEPT = "scored.json"


def score(lake_path: Path, mode: str, model: str) -> None:
    """One worker: judge, and say how long each part took."""
    from regulars import insight
    from regulars.lake import Lake, engine

    engine.spare_pandas()  # as the commands do
    lake = Lake(lake_path, threads=2)
    for spec in insight.TABLES:
        lake.define(spec)
    if mode == "first":
        _first(lake, lake_path.parent / KEPT, model)
    elif mode == "whole":
        _whole(lake)
    else:
        _again(lake, lake_path.parent / KEPT, mode)


def _first(lake: Any, kept: Path, model: str) -> None:
    from regulars.customers import kept_histories
    from regulars.insight.onward import basis_of
    from regulars.insight.parameters import Choice, Thresholds
    from regulars.insight.picture import judge_people, read

    with lake.snapshot() as source:
        as_of = _last_day(source)
        started = time.perf_counter()
        known = read(source, as_of, Thresholds())
        summarised = time.perf_counter()
        people = judge_people(source, known, Thresholds(), Choice(model=model))
        seconds = time.perf_counter() - started
        basis = basis_of(None, "", Thresholds().late_share)
        name = kept_histories.keep(lake.path, people.histories, basis, source.versions)
    lake.replace("standing", people.customers)
    kept.write_bytes(msgspec.json.encode(msgspec.structs.replace(people.parameters, histories=name)))
    say(
        seconds=seconds,
        histories_seconds=summarised - started,
        customers=people.customers.num_rows,
        occasions=people.parameters.occasions,
    )


def _again(lake: Any, kept: Path, mode: str) -> None:
    from regulars.customers import kept_histories
    from regulars.insight.onward import basis_of
    from regulars.insight.parameters import Parameters, Thresholds
    from regulars.insight.picture import brought, in_units, judge_again, judge_people
    from regulars.insight.reuse import Last, kept_table

    parameters = msgspec.json.decode(kept.read_bytes(), type=Parameters)
    with lake.snapshot() as source:
        started = time.perf_counter()
        if mode == "same":
            changed = lake.changed_customers(parameters.versions)
            if changed is None:
                raise SystemExit("The lake no longer knows which customers changed: run `first` before.")
            last = Last(parameters, None, kept_table(source), changed)
            table, again = judge_again(source, last, changed, None, None), len(changed)
        else:
            earlier = kept_histories.earlier(lake.path, parameters.histories, lake, source.versions)
            basis = basis_of(None, "", Thresholds().late_share)
            known = brought(source, parameters.as_of + 1, Thresholds(), None, earlier, basis)
            known = in_units(known, Thresholds())
            table, again = judge_people(source, known, Thresholds(), parameters.choice).customers, len(known)
        seconds = time.perf_counter() - started
    say(seconds=seconds, customers=table.num_rows, judged_again=again)


def _whole(lake: Any) -> None:
    from regulars import insight

    began: dict[str, float] = {}

    def note(stage: str, done: int = 0, total: int | None = None, unit: str = "") -> None:
        del done, total, unit  # only when it began counts
        began.setdefault(stage, time.perf_counter())

    with lake.snapshot() as source:
        as_of = _last_day(source) + 1
        started = time.perf_counter()
        picture = insight.run(source, as_of, progress=note)
        ended = time.perf_counter()
    say(
        seconds=ended - started,
        choice_seconds=began["Judging every customer"] - began["Testing the models on your past"],
        views_seconds=ended - began["Viewing the firm"],
        customers=picture.customers.num_rows,
    )


def _last_day(source: Any) -> int:
    from regulars.base.days import to_number

    last = source.con.to_pyarrow(source.table("occasions").day.max()).as_py()
    return to_number(last)


def simulate(folder: Path, orders: int, customers: int) -> tuple[Path, list[Path]]:
    """A lake with a simulated firm's occasions, and Parquet files of the raw orders behind them; 1% of them to come."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from regulars.lake import Lake

    rng = np.random.default_rng(20_240_101)
    joined = rng.integers(0, 1096, customers)
    left = np.minimum(1096 - joined, rng.exponential(1 / rng.gamma(1.3, 1 / 420.0, customers)))
    expected = rng.gamma(0.9, 1.0, customers) * left
    count = 1 + rng.poisson(expected * max(orders - customers, 1) / expected.sum())
    who = np.repeat(np.arange(1, customers + 1), count)
    first = np.append(True, who[1:] != who[:-1])
    day = np.repeat(joined, count) + np.where(first, 0, rng.random(len(who)) * np.repeat(left, count)).astype(np.int64)
    usual = np.repeat(rng.lognormal(8.0, 0.6, customers), count)
    net = np.maximum(usual * rng.lognormal(0.0, 0.5, len(who)), 100).astype(np.int64)
    order = np.argsort(who * 2048 + day, kind="stable")
    who, day, net = who[order], day[order] + 18_993, net[order]
    raw = pa.table({"customer_id": who, "day": pa.array(day.astype(np.int32)).cast(pa.date32()), "net": net})
    pq.write_table(raw, folder / "orders.parquet")
    starts = np.flatnonzero(np.append(True, (who[1:] != who[:-1]) | (day[1:] != day[:-1])))
    occasions = raw.take(pa.array(starts)).set_column(2, "net", [pa.array(np.add.reduceat(net, starts))])
    occasions = occasions.append_column("orders", [pa.array(np.diff(np.append(starts, len(who))).astype(np.int32))])
    n = occasions.num_rows
    occasions = occasions.append_column("margin", [pa.nulls(n, pa.int64())])
    occasions = occasions.append_column("void_day", [pa.nulls(n, pa.date32())])
    Lake(folder / "lake").replace("occasions", occasions)
    return folder / "lake", [folder / "orders.parquet"]


def alone(orders: int, customers: int, model: str) -> None:
    """Simulate, judge, and print ratios to bare DuckDB and to `lifetimes`."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    try:
        lake, files = simulate(folder, orders, customers)
        ours = worker("insight_scoring", lake, "first", "--model", model)
        following = worker("insight_scoring", lake, "next")
        bare = worker("peers", "aggregation", *files, repeat=2)
        peer = worker("peers", "lifetimes", files[0], "customer_id", "day", "net")
        print(f"{ours.said['occasions']:,} occasions of {ours.said['customers']:,} customers, {model}")
        _line("all judged", ours)
        _line("the next day", following)
        for name, other in (("bare DuckDB aggregation", bare), ("lifetimes", peer)):
            _line(f"{name} (ours / it: {ours.seconds / other.seconds:.2f})", other)
    finally:
        shutil.rmtree(folder)


def _line(name: str, found: Measured) -> None:
    print(f"{name:55} {found.seconds:7.2f} s {found.peak_mb:7.0f} MB")


def main() -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.insight_scoring", description=__doc__)
    parser.add_argument("lake", nargs="?", type=Path)
    parser.add_argument("mode", nargs="?", choices=("first", "same", "next", "whole"), default="first")
    parser.add_argument("--orders", type=int, default=12_300_000)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--model", default="MBG/NBD")
    asked = parser.parse_args()
    if asked.lake is None:
        alone(asked.orders, asked.customers, asked.model)
    else:
        score(asked.lake, asked.mode, asked.model)


if __name__ == "__main__":
    main()
