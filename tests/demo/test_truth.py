"""The picture held against the truth of the sample shop, which no model of ours has made."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from regulars import Regulars
from regulars.demo import write_shop

TODAY = date(2025, 11, 21)


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, pd.DataFrame]:
    """The picture, and one row a customer with standing beside truth (`stays`, `kind`)."""
    shop = write_shop(tmp_path_factory.mktemp("shop"), today=TODAY, customers=1500, truth=True)
    assert shop.truth is not None
    sold = read(shop.truth / "orders.csv")
    sold = sold[sold["state"] == "placed"]
    orders = pd.DataFrame(
        {
            "customer": sold["customer"],
            "day": pd.to_datetime(sold["day"], format="%d.%m.%Y"),
            "total": (sold["goods"].astype(int) - sold["refund"].astype(int)) / 100,
        }
    )
    orders = orders[orders["total"] > 0]
    picture = Regulars.from_orders(orders, customer="customer", day="day", amount="total")
    fates = read(shop.truth / "customers.csv")
    people = picture.customers.merge(fates[["customer", "kind", "left_why"]], on="customer")
    people["stays"] = people["left_why"] == "stays"
    return picture, people


def test_standing_says_who_really_stays(judged: tuple[Any, pd.DataFrame]) -> None:
    _, people = judged
    stays = people.groupby("standing", observed=True)["stays"].mean()
    assert stays["current"] > 0.70
    assert stays["lapsed"] < 0.12
    assert stays["lapsed"] < stays["slipping"] < stays["current"]


def test_those_who_stay_are_hardly_ever_called_lapsed(judged: tuple[Any, pd.DataFrame]) -> None:
    """But for those who buy before Christmas only: two Decembers do not yet show a season."""
    _, people = judged
    staying = people[people["stays"] & (people["kind"] != "gift")]
    assert (staying["standing"] == "lapsed").mean() < 0.05


def test_the_chance_that_they_still_come_is_told_apart(judged: tuple[Any, pd.DataFrame]) -> None:
    """P(alive) ranks those who stay above those who left: area under the curve (Mann-Whitney)."""
    _, people = judged
    ranks = people["p_alive"].rank()
    n, m = people["stays"].sum(), (~people["stays"]).sum()
    area = (ranks[people["stays"]].sum() - n * (n + 1) / 2) / (n * m)
    assert area > 0.88


def test_the_model_beats_every_plain_rule_on_a_shop_outside_its_family(judged: tuple[Any, pd.DataFrame]) -> None:
    picture, _ = judged
    assert picture.backtest.beats_every_baseline
    chosen = next(c for c in picture.backtest.candidates if c.name == picture.backtest.chosen)
    assert 0.75 <= chosen.pit_80 <= 0.86
    assert chosen.predicted == pytest.approx(chosen.actual, rel=0.12)
