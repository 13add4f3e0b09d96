"""The tables behind the charts, and that the charts say what the tables say."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from regulars.base.errors import BadInput
from regulars.stats import ModifiedBetaGeoNBD, calibration, frequency, tracking
from regulars.stats.plots import calibration_chart, frequency_chart, tracking_chart

MODEL = ModifiedBetaGeoNBD.with_params(r=0.9, alpha=25.0, a=0.35, b=5.0)
UNTIL = 10_900


@pytest.fixture(scope="module")
def firm():
    """First days, days of repeat occasions, and (x, t_x, T) of 4,000 simulated customers."""
    rng = np.random.default_rng(0)
    first = rng.integers(10_000, 10_300, 4_000)
    occasions = MODEL.simulate((UNTIL - first).astype(float), rng)
    return first, np.ceil(first[occasions.customer] + occasions.time).astype(int), occasions.summary()


def test_tracking(firm):
    first, days, _ = firm
    table = tracking(MODEL, first, days, UNTIL)
    assert table.day[-1] == UNTIL
    assert (np.diff(table.day) > 0).all()
    assert table.actual[-1] == (days <= UNTIL).sum()
    assert table.expected[-1] == pytest.approx(MODEL.expected_new(UNTIL - first).sum(), rel=1e-6)
    assert table.expected[10:] == pytest.approx(table.actual[10:], rel=0.06)


def test_tracking_of_one_day():
    table = tracking(MODEL, [100], [], 100)
    assert table.day.tolist() == [100]
    assert table.expected.tolist() == [0]
    with pytest.raises(BadInput):
        tracking(MODEL, [101], [], 100)


def test_frequency(firm):
    _, _, (x, t_x, T) = firm
    table = frequency(MODEL, x, t_x, T, most=5)
    assert table.expected.sum() == pytest.approx(4_000)
    assert table.actual.sum() == 4_000
    assert table.actual[0] == (x == 0).sum()
    assert table.expected == pytest.approx(table.actual, abs=4 * np.sqrt(4_000 * 0.2))
    doubled = frequency(MODEL, x, t_x, T, weight=2, most=5)
    assert doubled.actual == pytest.approx(2 * table.actual)
    assert doubled.expected == pytest.approx(2 * table.expected)


def test_charts_show_the_tables(firm):
    first, days, (x, t_x, T) = firm
    track = tracking(MODEL, first, days, UNTIL, step=30)
    chart = tracking_chart(track, learnt_until=10_600).to_dict()
    lines, rule = chart["layer"]
    shown = [row["occasions"] for row in lines["data"]["values"] if row["series"] == "expected"]
    assert shown == track.expected.tolist()
    assert rule["data"]["values"] == [{"day": "1999-01-09"}]
    assert tracking_chart(track, dates=False).to_dict()["layer"][0]["data"]["values"][0]["day"] == track.day[0]

    table = frequency(MODEL, x, t_x, T)
    bars = frequency_chart(table, title="How often").to_dict()
    assert bars["title"] == "How often"
    assert bars["data"]["values"][7]["occasions"] == "7+"
    assert [row["customers"] for row in bars["data"]["values"]] == [*table.actual, *table.expected]

    groups = calibration(MODEL.p_return(90, x, t_x, T), x > 3)
    points = calibration_chart(groups).to_dict()
    assert [row["happened"] for row in points["layer"][2]["data"]["values"]] == groups.happened.tolist()


def test_charts_become_pictures(firm):
    import vl_convert

    _, _, (x, t_x, T) = firm
    svg = vl_convert.vegalite_to_svg(frequency_chart(frequency(MODEL, x, t_x, T)).to_dict())
    assert "Customers by number of repeat occasions" in svg


def test_models_load_without_charts_or_django():
    code = "import sys, regulars.stats; print({'altair', 'pandas', 'django'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
