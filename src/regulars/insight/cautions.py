"""What would spoil the picture, and what could not be answered and why."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
from numpy.typing import NDArray

from regulars.base import days
from regulars.insight.figures import Backtest, Reason
from regulars.insight.parameters import Parameters
from regulars.insight.sheet import Sheet
from regulars.insight.source import Source, fetch

Ints = NDArray[np.int64]
Figures = dict[str, int | float | str | None]

FEW_CUSTOMERS = 30
LEAST_GAP_DAYS = 14
GAP_TIMES = 10
"""A silence of the whole firm this many times as long as nearly all others is a hole in the data."""
STALE_DAYS = 14
ONE_CUSTOMER_SHARE = 1 / 3


def cautions(
    source: Source,
    sheet: Sheet,
    parameters: Parameters,
    backtest: Backtest | None,
    as_of: int,
    *,
    erased_orders: int,
    left_out_orders: int,
    month_complete: bool,
) -> list[Reason]:
    """Gravest first; each says one thing once."""
    found = [
        *_about_amount(sheet, parameters),
        *_about_kind(parameters),
        *_about_days(open_days(source, as_of), parameters, as_of),
        *_about_one(sheet),
        *_about_backtest(backtest),
    ]
    if parameters.money == "sales":
        found.append(Reason("sales_not_margin"))
    if not month_complete:
        found.append(Reason("month_unfinished", {"as_of": days.to_date(as_of).isoformat()}))
    if erased_orders:
        found.append(Reason("erased_included", {"orders": erased_orders}))
    if left_out_orders:
        found.append(Reason("left_out_included", {"orders": left_out_orders}))
    return found


def open_days(source: Source, as_of: int) -> Ints:
    """Day numbers on which the firm sold anything, ascending."""
    expr = days_with_orders(source.table("occasions"), as_of)
    found = fetch(expr).column("day").cast("int32").to_numpy()
    return np.sort(found.astype(np.int64))


def days_with_orders(occasions: Any, as_of: int) -> Any:
    """The distinct days of occasions by `as_of`."""
    return occasions.filter(occasions.day <= ibis.date(days.to_date(as_of).isoformat())).select("day").distinct()


def _about_amount(sheet: Sheet, parameters: Parameters) -> list[Reason]:
    if len(sheet) < FEW_CUSTOMERS:
        return [Reason("few_customers", {"customers": len(sheet), "needed": FEW_CUSTOMERS})]
    if parameters.window_assumed and parameters.cycle_days is None:
        needed = parameters.thresholds.window_least_customers
        figures: Figures = {
            "window_days": parameters.window_days,
            "repeat_customers": parameters.repeat_customers,
            "needed": needed,
        }
        return [Reason("assumed_window", figures)]
    return []


def _about_kind(parameters: Parameters) -> list[Reason]:
    found = []
    if parameters.kind == "one_off":
        found.append(Reason("one_off_firm", {"return_year": parameters.return_year}))
    if parameters.too_early:
        found.append(Reason("too_early_to_tell", {"days": _watched(parameters)}))
    if parameters.episode_gap_days is not None:
        found.append(Reason("episodes_used", {"episode_gap_days": parameters.episode_gap_days}))
    return found


def _about_days(days_open: Ints, parameters: Parameters, as_of: int) -> list[Reason]:
    if not days_open.size:
        return []
    found = []
    gaps = np.diff(days_open)
    if gaps.size >= 10:
        usual = float(np.quantile(gaps, 0.95))
        longest = int(np.argmax(gaps))
        if gaps[longest] > max(GAP_TIMES * usual, LEAST_GAP_DAYS):
            figures: Figures = {
                "from": days.to_date(int(days_open[longest]) + 1).isoformat(),
                "until": days.to_date(int(days_open[longest + 1]) - 1).isoformat(),
                "days": int(gaps[longest]) - 1,
            }
            found.append(Reason("gap_in_history", figures))
    silent = as_of - int(days_open[-1])
    if silent > max(STALE_DAYS, 2 * int(gaps.max(initial=1))):
        last = days.to_date(int(days_open[-1])).isoformat()
        found.append(Reason("nothing_lately", {"last_day": last, "days": silent}))
    if _watched(parameters) < 180:
        found.append(Reason("short_history", {"days": _watched(parameters)}))
    return found


def _about_one(sheet: Sheet) -> list[Reason]:
    total = int(sheet.occasions.sum())
    if len(sheet) < 3 or total < FEW_CUSTOMERS:
        return []
    most = int(sheet.occasions.max())
    if most < ONE_CUSTOMER_SHARE * total:
        return []
    return [Reason("one_customer_dominates", {"occasions": most, "share": most / total})]


def _about_backtest(backtest: Backtest | None) -> list[Reason]:
    if backtest is None:
        return []
    found = []
    if not backtest.enough:
        found.append(backtest.why)
    elif not backtest.beats_every_baseline:
        found.append(Reason("baseline_as_good", {"model": backtest.chosen, "baseline": backtest.best_baseline}))
    if backtest.standing_falls is False:
        found.append(Reason("standing_does_not_fall", {"origins": len(backtest.origins)}))
    if backtest.origins:
        last = backtest.origins[-1]
        if not last.predicted.low <= last.actual <= last.predicted.high:
            figures: Figures = {
                "predicted": last.predicted.value,
                "low": last.predicted.low,
                "high": last.predicted.high,
                "actual": last.actual,
            }
            found.append(Reason("last_forecast_missed", figures))
    return found


def _watched(parameters: Parameters) -> int:
    return 0 if parameters.first_day is None else parameters.as_of - parameters.first_day + 1
