"""Standing on real data (CHECKS 5): it falls from current to slipping to lapsed, and its chances come true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from regulars.base.days import to_number
from regulars.insight.estimate import parameters_of
from regulars.insight.histories import histories
from regulars.insight.judge import judge
from regulars.insight.parameters import Choice, Thresholds
from regulars.insight.source import Frames

from .real import cdnow, grocery, olist

pytestmark = pytest.mark.data

QUARTER = 91
BANDS = ((0, 0), (1, 1), (2, 3), (4, 7), (8, 10_000))


@dataclass(frozen=True)
class Origin:
    """What was said on one day, and the days until the next occasion (or a very large number)."""

    day: int
    standing: npt.NDArray[np.str_]
    repeats: npt.NDArray[np.int64]
    rung: npt.NDArray[np.str_]
    chance: npt.NDArray[np.float64]
    horizon: npt.NDArray[np.int64]
    quantiles: dict[int, npt.NDArray[np.float64]]
    wait: npt.NDArray[np.int64]
    ahead: npt.NDArray[np.int64]

    def bought(self, standing: str, repeats: tuple[int, int] = (0, 10_000)) -> tuple[int, float]:
        """Customers of that standing and band, and the share that bought within the quarter."""
        chosen = self.standing == standing
        chosen &= (self.repeats >= repeats[0]) & (self.repeats <= repeats[1])
        return int(chosen.sum()), float((self.wait[chosen] <= QUARTER).mean()) if chosen.any() else 0.0


def origins(source: Frames, first: date, last: date, count: int = 12) -> list[Origin]:
    """What would have been said on evenly spread days, and what then happened."""
    whole = histories(source, to_number(last) + QUARTER)
    return [said_on(source, int(day), whole) for day in np.linspace(to_number(first), to_number(last), count)]


def said_on(source: Frames, day: int, whole: Any) -> Origin:
    known = histories(source, day)
    table = judge(known, parameters_of(known, Thresholds(), Choice()))
    at = np.searchsorted(whole.customer_id, known.customer_id)
    place = np.concatenate([[0], np.cumsum(whole.days <= day)])
    after = place[whole.offsets[at + 1]] - place[whole.offsets[at]] + whole.offsets[at]
    there = after < whole.offsets[at + 1]
    wait = np.where(there, whole.days[np.minimum(after, len(whole.days) - 1)] - day, 10**6)

    def days(name: str) -> npt.NDArray[np.float64]:
        values = table.column(name).cast("int32").to_numpy(zero_copy_only=False).astype(np.float64)
        return values - day

    standing = np.array(table.column("standing").to_pylist())
    return Origin(
        day=day,
        standing=np.where(standing == "won back", "current", standing),
        repeats=known.x.astype(np.int64),
        rung=np.array(table.column("rung").to_pylist()),
        chance=table.column("p_return").to_numpy(),
        horizon=days("return_by").astype(np.int64),
        quantiles={q: days(f"next_occasion_{q}") for q in (10, 50, 90)},
        wait=wait,
        ahead=whole.offsets[at + 1] - after,
    )


@pytest.fixture(scope="module")
def cdnow_origins(test_data: Path) -> list[Origin]:
    return origins(cdnow(test_data), date(1997, 5, 1), date(1998, 3, 31))


@pytest.fixture(scope="module")
def grocery_origins(test_data: Path) -> list[Origin]:
    return origins(grocery(test_data), date(2017, 3, 1), date(2017, 9, 30))


@pytest.fixture(params=["cdnow_origins", "grocery_origins"])
def real(request: pytest.FixtureRequest) -> list[Origin]:
    found: list[Origin] = request.getfixturevalue(request.param)
    return found


def test_the_share_that_buys_falls_with_standing_on_every_date(real: list[Origin]) -> None:
    for origin in real:
        shares = [share for n, share in map(origin.bought, ("current", "slipping", "lapsed")) if n >= 200]
        assert len(shares) >= 2
        assert all(a > b for a, b in pairwise(shares)), (origin.day, shares)


def test_it_falls_within_bands_of_repeats_too(real: list[Origin]) -> None:
    """Strictly in 95% of cases where both standings have 200 customers of the band. With 30 to 199 a share is known
    to a tenth or so, and chance alone turns some pairs round: no rise is beyond two standard errors of a difference."""
    falls: list[bool] = []
    rises: list[float] = []
    for origin in real:
        for band in BANDS:
            told = [origin.bought(name, band) for name in ("current", "slipping", "lapsed")]
            falls += [a > b for (n, a), (m, b) in pairwise(told) if min(n, m) >= 200]
            rises += [rise(*one, *other) for one, other in pairwise(told) if min(one[0], other[0]) >= 30]
    assert len(rises) >= 40
    assert np.mean(falls) >= 0.95, falls
    assert max(rises) < 2.0
    assert np.mean(np.array(rises) < 0) >= 0.9


def rise(n: int, earlier: float, m: int, later: float) -> float:
    """How far the share is higher in the later standing, in standard errors of the difference."""
    error = np.sqrt(earlier * (1 - earlier) / n + later * (1 - later) / m)
    return float((later - earlier) / max(error, 1e-9))


def test_the_chance_of_return_comes_true_by_decile(real: list[Origin]) -> None:
    last = max(origin.day for origin in real) + QUARTER
    off: list[float] = []
    for origin in real:
        over = origin.day + origin.horizon <= last
        if over.sum() < 1000:
            continue
        chance, came = origin.chance[over], origin.wait[over] <= origin.horizon[over]
        order = np.argsort(chance, kind="stable")
        for part in np.array_split(order, 10):
            off.append(float(came[part].mean() - chance[part].mean()))
    assert len(off) >= 50
    assert np.mean(np.abs(off)) < 0.05
    assert np.quantile(np.abs(off), 0.95) < 0.13


def test_quantiles_of_the_next_occasion_are_met(real: list[Origin]) -> None:
    for level in (10, 50, 90):
        met, n = 0, 0
        for origin in real:
            days = origin.quantiles[level]
            # Days are whole ones: below a week rounding up is a good part of them.
            told = np.isfinite(days) & (days <= QUARTER) & (days >= 7)
            met += int((origin.wait[told] <= days[told]).sum())
            n += int(told.sum())
        assert n > 300
        assert met / n == pytest.approx(level / 100, abs=0.06), (level, met / n)


def test_cdnow_at_the_end_of_march_is_as_found_in_the_trial(cdnow_origins: list[Origin]) -> None:
    origin = cdnow_origins[-1]
    n = len(origin.standing)
    told = {name: origin.bought(name) for name in ("current", "slipping", "lapsed")}
    assert {k: round(v[0] / n, 2) for k, v in told.items()} == {"current": 0.28, "slipping": 0.10, "lapsed": 0.62}
    assert told["current"][1] > 0.33
    assert told["slipping"][1] == pytest.approx(0.22, abs=0.02)
    assert told["lapsed"][1] < 0.045
    regulars = np.isin(origin.rung, ("regular", "client", "extraordinary"))
    assert regulars.mean() == pytest.approx(0.19, abs=0.01)
    assert origin.ahead[regulars].sum() / origin.ahead.sum() == pytest.approx(0.69, abs=0.02)


def test_the_grocery_panel_at_the_end_of_september(grocery_origins: list[Origin]) -> None:
    origin = grocery_origins[-1]
    n = len(origin.standing)
    told = {name: origin.bought(name) for name in ("current", "slipping", "lapsed")}
    assert told["current"][0] / n == pytest.approx(0.78, abs=0.02)
    assert told["slipping"][0] / n == pytest.approx(0.20, abs=0.03)
    assert told["current"][1] >= 0.96
    assert told["current"][1] > told["slipping"][1] > told["lapsed"][1]


@pytest.mark.parametrize("day", [date(2018, 3, 1), date(2018, 6, 1), date(2018, 8, 31)])
def test_olist_is_a_one_off_firm(test_data: Path, day: date) -> None:
    known = histories(olist(test_data), to_number(day))
    parameters = parameters_of(known, Thresholds(), Choice())
    assert parameters.kind == "one_off", parameters.kind_why
    assert parameters.return_year < 0.02
