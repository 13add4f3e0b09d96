"""What the product is held against: `lifetimes`, as its own documentation uses it, and DuckDB with nothing around it.

Each peer is a worker: `python -m benchmarks.peers NAME ARG...`.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import say


def lifetimes_script(orders: str, customer: str, day: str, amount: str) -> None:
    """A CSV or Parquet of orders -> summary, BG/NBD and Gamma-Gamma fit, P(alive), expected purchases and value."""
    started = time.perf_counter()
    warnings.simplefilter("ignore")
    import pandas as pd
    from lifetimes import BetaGeoFitter, GammaGammaFitter
    from lifetimes.utils import summary_data_from_transaction_data

    columns = [customer, day, amount]
    read: Any = pd.read_parquet if orders.endswith(".parquet") else pd.read_csv
    frame = read(orders, columns=columns) if orders.endswith(".parquet") else read(orders, usecols=columns)
    frame[amount] = frame[amount].astype(float)
    summary = summary_data_from_transaction_data(frame, customer, day, amount)
    model = BetaGeoFitter(penalizer_coef=0.001)
    model.fit(summary["frequency"], summary["recency"], summary["T"])
    history = summary["frequency"], summary["recency"], summary["T"]
    summary["p_alive"] = model.conditional_probability_alive(*history)
    summary["expected"] = model.conditional_expected_number_of_purchases_up_to_time(365, *history)
    returning = summary[(summary["frequency"] > 0) & (summary["monetary_value"] > 0)]
    spend = GammaGammaFitter(penalizer_coef=0.001)
    spend.fit(returning["frequency"], returning["monetary_value"])
    summary["spend"] = spend.conditional_expected_average_profit(summary["frequency"], summary["monetary_value"])
    summary["value"] = summary["expected"] * summary["spend"]
    say(seconds=time.perf_counter() - started, customers=len(summary), value=float(summary["value"].sum()))


def bare_aggregation(*files: str) -> None:
    """Orders in Parquet -> one row a customer (days bought on, first, last, net), by DuckDB alone.

    Reads the lake's columns (customer_id, day, net) or those of the simulated orders.
    """
    import duckdb

    con = _duckdb()
    columns = {row[0] for row in con.execute("describe select * from read_parquet($1)", [list(files)]).fetchall()}
    customer, day, net = ("customer_id", "day", "net") if "net" in columns else ("customer", '"date"', "total")
    started = time.perf_counter()
    relation: duckdb.DuckDBPyRelation = con.sql(
        f"""select {customer}, count(distinct {day}), min({day}), max({day}), sum({net})
            from read_parquet($files) group by 1""",
        params={"files": list(files)},
    )
    customers = relation.to_arrow_table().num_rows
    say(seconds=time.perf_counter() - started, customers=customers)


def bare_csv(source: str, target: str) -> None:
    """CSV -> Parquet by DuckDB alone."""
    con = _duckdb()
    started = time.perf_counter()
    con.execute(f"copy (from read_csv('{source}')) to '{target}' (format parquet)")
    say(seconds=time.perf_counter() - started, megabytes=Path(target).stat().st_size / 1e6)


def _duckdb() -> Any:
    import duckdb

    con = duckdb.connect()
    con.execute("set threads = 2")
    con.execute("set preserve_insertion_order = false")
    return con


PEERS: dict[str, Callable[..., None]] = {
    "lifetimes": lifetimes_script,
    "aggregation": bare_aggregation,
    "csv": bare_csv,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](*sys.argv[2:])
