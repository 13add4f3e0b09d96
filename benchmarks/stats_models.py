"""Models of repeat buying on a million customers, beside `lifetimes`: `python -m benchmarks.stats_models`.

The customers are simulated from MBG/NBD on whole days over two years, some 8 million occasions in all. The peer fits
BG/NBD and scores the same two figures; all else it has not, or has per customer only.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from regulars.stats import (
    NBD,
    BetaGeoNBD,
    BuyTillYouDie,
    GammaGamma,
    ModifiedBetaGeoCNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
)

PMF_ROWS = 50_000
Rows = tuple[Any, Any, Any]


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Wall time of one call, and what it returned."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def customers(n: int) -> tuple[Rows, Any]:
    """Simulated (x, t_x, T) as integers, and sums of log gaps."""
    rng = np.random.default_rng(1)
    true = ModifiedBetaGeoNBD.with_params(r=0.9, alpha=25.0, a=0.35, b=5.0)
    occasions = true.simulate(rng.integers(1, 730, n).astype(np.float64), rng).whole_days(rng)
    x, t_x, T = occasions.summary()
    return (x, t_x.astype(np.int64), T.astype(np.int64)), occasions.log_gaps()


def ours(model: BuyTillYouDie, rows: Rows, litt: Any) -> dict[str, float]:
    """Seconds to fit and to ask each question of all customers."""
    x, t_x, T = rows
    took: dict[str, float] = {}
    took["fit"], _ = seconds(lambda: model.fit(x, t_x, T, litt=litt))
    took["p_alive"], _ = seconds(lambda: model.p_alive(x, t_x, T))
    took["late"], late = seconds(lambda: model.late_span(0.8, x, t_x))
    took["return"], _ = seconds(lambda: model.p_return(np.maximum(30.0, late), x, t_x, T))
    took["expected"], _ = seconds(lambda: model.expected(365, x, t_x, T))
    took["score"] = took["p_alive"] + took["late"] + took["return"] + took["expected"]
    took["next"], _ = seconds(lambda: model.next_occasion_quantile(0.5, x, t_x, T))
    part = slice(0, PMF_ROWS)
    took["pmf 50k"], _ = seconds(lambda: model.distribution(90, x[part], t_x[part], T[part], most=60))
    took["residual"], _ = seconds(lambda: model.discounted_residual(np.log(1.1) / 365, x, t_x, T))
    return took


def peer(rows: Rows) -> dict[str, float]:
    """The same of `lifetimes`' BG/NBD: fit, P(alive), expected occasions."""
    from lifetimes import BetaGeoFitter

    x, t_x, T = (column.astype(np.float64) for column in rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = BetaGeoFitter()
        took = {"fit": seconds(lambda: model.fit(x, t_x, T))[0]}
        took["p_alive"], _ = seconds(lambda: model.conditional_probability_alive(x, t_x, T))
        ask = model.conditional_expected_number_of_purchases_up_to_time
        took["expected"], _ = seconds(lambda: ask(365, x, t_x, T))
    return took


def spend(n: int) -> float:
    """Seconds to fit Gamma-Gamma and to ask for every customer's expected spend."""
    rng = np.random.default_rng(2)
    x = rng.integers(0, 30, n)
    m = GammaGamma.with_params(p=6.0, q=4.0, gamma=15.0).simulate(x, rng)
    return seconds(lambda: GammaGamma().fit(x, m).expected_spend(x, m))[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--no-peer", action="store_true", help="leave lifetimes out")
    options = parser.parse_args()
    rows, litt = customers(options.customers)
    print(f"{options.customers:,} customers, {int(rows[0].sum()):,} repeat occasions; seconds")
    columns = ("fit", "score", "p_alive", "late", "return", "expected", "next", "pmf 50k", "residual")
    print(f"{'':14}" + "".join(f"{name:>10}" for name in columns))
    results = {}
    for model in (
        ModifiedBetaGeoNBD(),
        ModifiedBetaGeoCNBD(k=2),
        ModifiedBetaGeoCNBD(),
        ParetoNBD(),
        BetaGeoNBD(),
        NBD(),
    ):
        name = {"ModifiedBetaGeoNBD": "MBG/NBD", "ModifiedBetaGeoCNBD": "MBG/CNBD"}.get(type(model).__name__, "")
        name = name or type(model).__name__.replace("BetaGeo", "BG/").replace("Pareto", "Pareto/")
        name += f"-{model.fixed_k or 'k'}" if isinstance(model, ModifiedBetaGeoCNBD) else ""
        results[name] = ours(model, rows, litt)
        print(f"{name:14}" + "".join(f"{results[name][column]:10.3f}" for column in columns), flush=True)
    print(f"Gamma-Gamma, fit and expected spend of all: {spend(options.customers):.3f}")
    print(f"greatest memory so far: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    if options.no_peer:
        return
    theirs = peer(rows)
    both = results["BG/NBD"]
    ratios = ", ".join(f"{name} {theirs[name]:.2f} s = {theirs[name] / both[name]:.0f}x" for name in theirs)
    total = sum(theirs.values())
    print(f"lifetimes BG/NBD: {ratios}")
    driving = results["MBG/NBD"]["fit"] + results["MBG/NBD"]["score"]
    print(
        f"lifetimes fit + P(alive) + expected {total:.2f} s; ours with MBG/NBD, late day and chance of return too, "
        f"{driving:.2f} s: {total / driving:.0f}x"
    )
    print(f"greatest memory with the peer: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
