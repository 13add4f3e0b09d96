"""`Regulars.from_orders`: from a table of orders to the whole picture."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from regulars.base.days import to_date
from regulars.base.errors import BadInput
from regulars.insight import Regulars, Thresholds
from regulars.stats import BuyTillYouDie

from .shops import random_shop

ROWS = random_shop(80, seed=41)


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "who": [f"c{c:03}" for c, _, _ in ROWS],
            "on": [to_date(d).isoformat() for _, d, _ in ROWS],
            "paid": [n / 100 for _, _, n in ROWS],
        }
    )


def judged(orders: Any, **more: Any) -> Regulars:
    return Regulars.from_orders(orders, customer="who", day="on", amount="paid", as_of="2021-12-31", **more)


@pytest.fixture(scope="module")
def whole() -> Regulars:
    return judged(frame())


def test_the_picture_has_everything(whole: Regulars) -> None:
    customers = whole.customers
    assert len(customers) == whole.firm.customers == frame().who.nunique()
    assert set(customers.customer) == set(frame().who)
    assert customers.value_365.is_monotonic_decreasing
    assert customers.sales.sum() == pytest.approx(frame().paid.sum())
    assert whole.firm.sales == pytest.approx(frame().paid.sum())
    assert isinstance(whole.model, BuyTillYouDie)
    assert whole.backtest is not None
    assert whole.parameters.customers == len(customers)
    text = repr(whole)
    assert f"{len(customers)} customers" in text
    assert "standing" in text
    assert "expected in the next 365 days" in text


def test_why_tells_the_reasons(whole: Regulars) -> None:
    told = whole.why("c001")
    assert told
    assert all(isinstance(line, str) for line in told)
    with pytest.raises(BadInput, match="c999"):
        whole.why("c999")


@pytest.mark.parametrize("shape", ["arrow", "dict", "datetime", "categorical"])
def test_any_table_of_orders_gives_the_same(whole: Regulars, shape: str) -> None:
    table: Any = frame()
    if shape == "arrow":
        table = pa.Table.from_pandas(table, preserve_index=False)
    elif shape == "dict":
        table = table.to_dict(orient="list")
    elif shape == "datetime":
        table["on"] = pd.to_datetime(table.on) + pd.Timedelta(hours=23)
    else:
        table["who"] = table.who.astype("category")
    assert judged(table).table.to_pylist() == whole.table.to_pylist()


def test_several_orders_of_one_day_are_one_occasion_and_negative_ones_only_money() -> None:
    orders = {
        "customer": [1, 1, 1, 2, 2],
        "day": [date(2024, 1, 1), date(2024, 1, 1), date(2024, 2, 1), date(2024, 1, 5), date(2024, 1, 9)],
        "amount": [10.0, 5.5, 20.0, 30.0, -30.0],
    }
    found = Regulars.from_orders(orders)
    rows = {row["customer"]: row for row in found.table.to_pylist()}
    assert rows[1]["occasions"] == 2
    assert rows[1]["orders"] == 3
    assert rows[1]["sales"] == 35.5
    assert rows[2]["occasions"] == 1
    assert found.firm.as_of == date(2024, 2, 1)


def test_settings_margin_and_counts_without_amounts() -> None:
    plain = frame().assign(kept=lambda f: f.paid * 0.3)
    found = judged(plain, margin="kept", thresholds=Thresholds(client_score=0.0))
    assert found.firm.money == "margin"
    assert found.parameters.margin_rate == pytest.approx(0.3, abs=1e-3)
    assert "regular" not in set(found.customers.rung), "with a score of 0 every regular is a client"
    counted = Regulars.from_orders(frame(), customer="who", day="on", amount=None)
    assert counted.customers.sales.sum() == len(ROWS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"customer": "nobody"}, "no column 'nobody'"),
        ({"day": "paid"}, "days in column 'paid'"),
        ({"amount": "who"}, "amounts in column 'who'"),
    ],
)
def test_what_cannot_be_read_is_named(change: dict[str, str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Regulars.from_orders(frame(), **{"customer": "who", "day": "on", "amount": "paid", **change})


def test_missing_values_and_no_orders_are_told() -> None:
    with pytest.raises(BadInput, match="1 rows have no customer"):
        judged(frame().assign(who=lambda f: f.who.where(np.arange(len(f)) > 0)))
    with pytest.raises(BadInput, match="no orders"):
        Regulars.from_orders(frame().iloc[:0], customer="who", day="on", amount="paid")
    assert "no customer yet" in repr(judged(frame().iloc[:0]))
    with pytest.raises(BadInput, match="not as int"):
        Regulars.from_orders(5)
