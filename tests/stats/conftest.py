"""Real histories for the tests of the models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.stats.models import MAKERS, histories

from regulars.stats import BuyTillYouDie


def column_table(path: Path) -> dict[str, np.ndarray]:
    """A CSV file as float columns by name."""
    with path.open() as file:
        names = file.readline().strip().split(",")
        rows = np.loadtxt(file, delimiter=",", ndmin=2)
    return dict(zip(names, rows.T, strict=True))


@pytest.fixture(scope="session")
def cdnow(test_data) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, t_x, T in weeks of the 2,357 customers of the CDNOW sample."""
    table = column_table(test_data / "cdnow" / "cdnow_customers_summary.csv")
    return table["frequency"].astype(int), table["recency"], table["T"]


@pytest.fixture(scope="session")
def cdnow_spend(test_data) -> tuple[np.ndarray, np.ndarray]:
    """x and mean spend of the same customers, in their order."""
    table = column_table(test_data / "cdnow" / "cdnow_customers_summary_with_transactions.csv")
    return table["x"].astype(int), table["zbar"]


@pytest.fixture(scope="session")
def donors(test_data) -> dict[str, np.ndarray]:
    """x, t_x, T and weight of 11,104 donors over six yearly appeals."""
    table = column_table(test_data / "bgbb_donations" / "donations_summary_lifetimes.csv")
    return {"x": table["frequency"], "t_x": table["recency"], "T": table["periods"], "weight": table["weights"]}


@pytest.fixture(scope="module", params=MAKERS)
def case(request) -> tuple[str, BuyTillYouDie, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """A model's name, the model fitted, and what it was fitted on."""
    data = histories(request.param)
    return request.param, MAKERS[request.param]().fit(*data), data
