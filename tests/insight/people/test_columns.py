"""The customers' table has the columns that the lake keeps and that `regulars export customers` promises."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from regulars import insight
from regulars.insight.columns import CUSTOMERS, MONEY_COLUMNS, STANDING
from regulars.insight.estimate import parameters_of
from regulars.insight.histories import Histories, histories
from regulars.insight.judge import judge
from regulars.insight.parameters import Choice, Thresholds
from regulars.lake import Lake

from .shops import START, random_shop, shop

PROMISED = """customer_id, occasions, first_day, last_day, standing, sure, rung, p_alive, p_return, return_by,
late_after_day, expected_occasions_365, next_occasion_day, value_365, value_365_low, value_365_high, value_if_staying,
value_at_risk, realised_value, client_score, fading, seasonal, reasons"""


def table_of(known: Histories) -> pa.Table:
    return judge(known, parameters_of(known, Thresholds(), Choice()))


def test_the_table_has_the_promised_columns() -> None:
    known = histories(shop(random_shop(50, seed=1)), START + 700)
    table = table_of(known)
    decoded = pa.schema(
        [(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type) for f in table.schema]
    )
    assert decoded.names == CUSTOMERS.names
    assert decoded.types == CUSTOMERS.types
    assert {name.strip() for name in PROMISED.replace("\n", " ").split(",")} <= set(table.column_names)
    assert "customer_id" not in MONEY_COLUMNS
    assert "realised_value" in MONEY_COLUMNS


def test_the_lake_keeps_it_and_gives_it_back(tmp_path: Path) -> None:
    known = histories(shop(random_shop(50, seed=1)), START + 700)
    table = table_of(known)
    lake = Lake(tmp_path)
    for spec in insight.TABLES:
        lake.define(spec)
    lake.replace(STANDING.name, table)
    with lake.snapshot() as snapshot:
        back = snapshot.table("standing").order_by("customer_id").to_pyarrow()
    assert back.num_rows == len(known)
    for name in CUSTOMERS.names:
        assert back.column(name).to_pylist() == table.column(name).to_pylist(), name


def test_public_names_can_all_be_loaded() -> None:
    for name in insight.__all__:
        assert getattr(insight, name) is not None
