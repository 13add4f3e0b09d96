"""From histories to the parameters of a run: window, kind of firm, behaviour model and spend model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from regulars.base.days import to_date
from regulars.insight import behaviour
from regulars.insight.episodes import episode_gap, with_episodes
from regulars.insight.figures import Reason
from regulars.insight.histories import Histories, histories
from regulars.insight.occasions import in_sample
from regulars.insight.parameters import Choice, Parameters, Thresholds
from regulars.insight.returns import Returns, returns
from regulars.insight.source import Source, fetch
from regulars.insight.spend import SpendModel
from regulars.stats.btyd import BuyTillYouDie

ONE_OFF_LEAST_DAYS = 365
PRIOR_RETURN, PRIOR_CUSTOMERS = 0.3, 20.0
"""Before seeing anything, three in ten return within a year; worth as much as so many customers."""
SPREAD_CUSTOMERS = 300
DURABLE_SHARE = 0.5
"""A firm is one of durables when they are at least this share of its lines' products by value."""


def estimate(
    source: Source,
    as_of: int,
    thresholds: Thresholds | None = None,
    choice: Choice | None = None,
    *,
    merges: Mapping[int, int] | pa.Table | None = None,
    margin_rate: float | None = None,
) -> Parameters:
    """Parameters of a run as of day number `as_of`, from the source."""
    thresholds = thresholds or Thresholds()
    known = histories(source, as_of, merges=merges, late_share=thresholds.late_share)
    gap = gap_of(known, thresholds)
    if gap is not None:
        known = with_episodes(known, gap, thresholds.late_share)
    return parameters_of(
        known,
        thresholds,
        choice or Choice(),
        versions=dict(source.versions),
        cycle=cycle_of(source, as_of, thresholds),
        margin_rate=margin_rate,
    )


def gap_of(known: Histories, thresholds: Thresholds) -> int | None:
    """The gap that parts episodes, looked for in a stable sample of the customers."""
    share = thresholds.sample_customers / max(len(known), 1)
    return episode_gap(known if share >= 1 else known.take(in_sample(known.customer_id, share)), thresholds)


def cycle_of(source: Source, as_of: int, thresholds: Thresholds) -> int | None:
    """The replacement cycle in days that the firm set, or that its durable products have; 0: durable, cycle unknown."""
    if thresholds.cycle_days is not None:
        return thresholds.cycle_days
    products = source.table("products")
    if not int(fetch(products.filter(products.durable).count()).as_py()):
        return None
    lines = source.table("lines").select("product_id", "day", "net")
    sold = lines.filter(lines.day <= to_date(as_of)).group_by("product_id").agg(net=lines.net.sum())
    joined = sold.join(products.select("product_id", "durable", "cycle_days"), "product_id")
    found = fetch(joined.filter(joined.net > 0))
    net = found.column("net").cast(pa.float64()).to_numpy()
    durable = found.column("durable").fill_null(False).to_numpy(zero_copy_only=False).astype(bool)
    if not len(net) or net[durable].sum() < DURABLE_SHARE * net.sum():
        return None
    cycle = found.column("cycle_days").cast(pa.float64()).to_numpy(zero_copy_only=False)
    told = durable & ~np.isnan(cycle) & (cycle > 0)
    if not told.any():
        return 0
    order = np.argsort(cycle[told])
    weight = np.cumsum(net[told][order])
    return int(cycle[told][order][np.searchsorted(weight, weight[-1] / 2)])


@dataclass(frozen=True)
class _Kind:
    name: Literal["repeat", "one_off", "durable", "too_few"]
    why: Reason
    too_early: bool = False


def parameters_of(
    known: Histories,
    thresholds: Thresholds,
    choice: Choice,
    *,
    versions: dict[str, int] | None = None,
    cycle: int | None = None,
    margin_rate: float | None = None,
) -> Parameters:
    """Parameters from histories (of episodes, where these are the unit). Never fails for want of data: what can't be
    learnt is assumed and marked so."""
    curve = returns(known)
    first_day = int(known.first_day.min()) if len(known) else None
    watched = known.as_of - first_day + 1 if first_day is not None else 0
    given = cycle if cycle and watched < 2 * cycle else None
    model = behaviour.given_cycle(given) if given else behaviour.fit(known, choice)
    window, assumed = (given, True) if given else _window(known, thresholds)
    first_late, learnt = _first_late(curve, model, thresholds, given)
    year, year_learnt = _return_year(curve, model)
    kind = _kind(known, curve, thresholds, given, cycle == 0, watched, year, year_learnt)
    money, rate = _margin(known, margin_rate)
    return Parameters(
        as_of=known.as_of,
        versions=versions or {},
        thresholds=thresholds,
        choice=choice,
        first_day=first_day,
        last_day=int(known.last_day.max()) if len(known) else None,
        customers=len(known),
        repeat_customers=int((known.x > 0).sum()),
        occasions=int(known.occasions.sum()),
        window_days=window,
        window_assumed=assumed,
        first_gap_late=first_late,
        first_gap_learnt=learnt,
        return_year=year,
        return_year_learnt=year_learnt,
        kind=kind.name,
        kind_why=kind.why,
        too_early=kind.too_early,
        cycle_days=given,
        episode_gap_days=known.episode_gap,
        idle_share=_idle(known),
        model=model.to_dict(),
        spend=SpendModel.fit(known).state,
        money=money,
        margin_rate=rate,
        spread=_spread(known, model, thresholds),
    )


def _spread(known: Histories, model: BuyTillYouDie, thresholds: Thresholds) -> float:
    """How far parameter draws move the expected occasions of all, on the log scale; measured on some customers."""
    if not len(known) or thresholds.draws < 2:
        return 0.0
    some = known.take(np.unique(np.linspace(0, len(known) - 1, SPREAD_CUSTOMERS).astype(np.intp)))
    models = model.draws(thresholds.draws, np.random.default_rng(thresholds.seed))
    sums = np.array([float(one.expected(365, some.x, some.t_x, some.T).sum()) for one in models])
    sums = sums[sums > 0]
    return float(np.std(np.log(sums))) if len(sums) > 1 else 0.0


def _window(known: Histories, thresholds: Thresholds) -> tuple[int, bool]:
    """W in days, and whether it is assumed."""
    medians = known.median_gap[known.x > 0]
    if len(medians) < thresholds.window_least_customers:
        return thresholds.assumed_window_days, True
    window = np.percentile(medians.astype(np.float64), 100 * thresholds.window_percentile)
    return max(round(float(window)), thresholds.least_window_days), False


def _first_late(curve: Returns, model: BuyTillYouDie, thresholds: Thresholds, given: int | None) -> tuple[float, bool]:
    """Days after a single occasion by which `late_share` of those who return had returned, and whether learnt.

    With few second occasions the firm's own curve is drawn, on the log scale, towards the assumed window.
    """
    if given:
        return float(model.late_span(thresholds.late_share, 0, 0)), False
    assumed, least = float(thresholds.assumed_window_days), thresholds.window_least_customers
    if curve.share[-1] <= 0:  # nobody came back, or only beyond what the curve can show
        return assumed, False
    own = max(curve.late(thresholds.late_share), 1.0)
    weight = min(curve.returned / least, 1.0)
    return float(np.exp(weight * np.log(own) + (1 - weight) * np.log(assumed))), curve.returned >= least


def _return_year(curve: Returns, model: BuyTillYouDie) -> tuple[float, bool]:
    """Chance that a new buyer returns within 365 days: from the curve where it reaches so far, else from the model."""
    if curve.watched >= ONE_OFF_LEAST_DAYS:
        known = curve.customers * curve.within(ONE_OFF_LEAST_DAYS) + PRIOR_CUSTOMERS * PRIOR_RETURN
        return known / (curve.customers + PRIOR_CUSTOMERS), True
    return float(model.p_return(ONE_OFF_LEAST_DAYS, 0, 0, 0)), False


def _kind(
    known: Histories,
    curve: Returns,
    thresholds: Thresholds,
    given: int | None,
    durable: bool,
    watched: int,
    year: float,
    year_learnt: bool,
) -> _Kind:
    """What kind of firm the data show, and whether silent customers can't be called yet."""
    share = float(curve.share[-1])
    early_half = curve.within(curve.watched / 2) / share if share > 0 else 1.0
    hidden = early_half < thresholds.late_share  # most returns took longer than half of what could be seen
    figures: dict[str, int | float | str | None] = {
        "customers": len(known),
        "repeat_customers": int((known.x > 0).sum()),
        "days": watched,
        "return_year": year,
        "returned": share,
    }
    if given:
        return _Kind("durable", Reason("cycle_given", {**figures, "cycle_days": given}))
    rare = share < thresholds.returning_least
    if durable and rare:
        return _Kind("durable", Reason("cycle_unknown", figures), too_early=True)
    if year_learnt and year < thresholds.one_off_chance and not curve.quickens:
        return _Kind("one_off", Reason("hardly_anyone_returns", figures))
    if int((known.x > 0).sum()) < thresholds.window_least_customers and not (rare and curve.quickens):
        return _Kind("too_few", Reason("few_repeat_customers", figures), too_early=rare and watched < 2 * 365)
    if rare and hidden:
        return _Kind("durable", Reason("cycle_not_seen", figures), too_early=True)
    return _Kind("repeat", Reason("customers_return", figures))


def _idle(known: Histories) -> float:
    """Share of time outside episodes."""
    whole = float((known.as_of - known.first_day.astype(np.int64)).sum())
    if known.episode_gap is None or whole <= 0:
        return 1.0
    return float(np.clip(known.T.sum(dtype=np.int64) / whole, 0.05, 1.0))


def _margin(known: Histories, margin_rate: float | None) -> tuple[Literal["margin", "sales"], float]:
    """Whether money is margin, and the rate of margin where an occasion's own isn't known.

    Costs count once they cover half of the sales; below that the settings' rate does, and without one money is sales.
    """
    net, covered = float(np.maximum(known.net, 0).sum()), float(known.margin_net.sum())
    if covered > 0 and covered >= 0.5 * net:
        return "margin", float(np.clip(known.margin.sum() / covered, -1.0, 1.0))
    if margin_rate is not None:
        return "margin", margin_rate
    return "sales", 1.0
