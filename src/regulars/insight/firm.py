"""The state of the customer base: every figure of `figures.Firm`, from the source, the customers' table and the run.

`tally` (one pass over occasions) -> months, flows, cohorts, concentration, kept; `sheet` (the customers' table) ->
standings and rungs with ranges of their sums, lists; small queries -> costs, erased totals, cautions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from regulars.base import days
from regulars.insight.cautions import cautions
from regulars.insight.concentration import concentration
from regulars.insight.costs import cost
from regulars.insight.figures import Backtest, Concentration, Estimate, Firm, KeptYear, ReplayMonth
from regulars.insight.kept import kept_years
from regulars.insight.lists import call_list, near_extraordinary
from regulars.insight.outside import outside
from regulars.insight.parameters import Parameters
from regulars.insight.pass_over import tally as tally_of
from regulars.insight.sheet import Sheet
from regulars.insight.source import Source
from regulars.insight.standing import LAPSED, SLIPPING
from regulars.insight.sums import Cells, cells, rung_groups, standing_groups
from regulars.insight.tally import YEAR, Tally
from regulars.insight.views import Extra, cohort_figures, flow_figures, month_figures, state_labels

MOST_MONTHS = 36
"""Months that are told; the sums over all of history are `sales`, `orders` and `occasions`."""


def firm(
    source: Source,
    customers: pa.Table,
    parameters: Parameters,
    *,
    backtest: Backtest | None = None,
    replay: Sequence[ReplayMonth] = (),
    merges: Mapping[int, int] | pa.Table | None = None,
    currency: str = "EUR",
    minor_digits: int = 2,
    threads: int = 2,
) -> Firm:
    """All figures of the firm as of `parameters.as_of`.

    `customers`: the table of `judge` as of the same day, from the same source, merges and parameters. `backtest` and
    `replay` come from `choose`. Money comes out in major units (`minor_digits` decimal places).
    """
    as_of, unit = parameters.as_of, 10.0**-minor_digits
    sheet = Sheet.of(customers, as_of, parameters.idle_share)
    counted = tally_of(source, as_of, parameters, customers, merges=merges, threads=threads)
    besides = outside(source, counted.months) if counted else None
    cut = cells(sheet, parameters)
    labels = state_labels(parameters.kind, parameters.too_early)
    return Firm(
        as_of=days.to_date(as_of),
        first_day=None if parameters.first_day is None else days.to_date(parameters.first_day),
        last_day=None if parameters.last_day is None else days.to_date(parameters.last_day),
        currency=currency,
        money=parameters.money,
        kind=parameters.kind,
        kind_why=parameters.kind_why,
        customers=len(sheet),
        prospects=sheet.prospects,
        orders=_total(counted, besides, "orders"),
        occasions=int(counted.occasions.sum()) if counted else 0,
        sales=round(_total(counted, besides, "sales") * unit, minor_digits),
        window_days=parameters.window_days,
        window_assumed=parameters.window_assumed,
        unit="occasions" if parameters.episode_gap_days is None else "episodes",
        episode_gap_days=parameters.episode_gap_days,
        model=parameters.choice.model,
        model_why=parameters.choice.why,
        standing=standing_groups(cut, sheet.prospects, unit, minor_digits),
        rung=rung_groups(cut, sheet.prospects, unit, minor_digits),
        value_365=cut.guess(cut.customers > 0, "value", unit, minor_digits) if len(sheet) else None,
        value_at_risk=_at_risk(cut, parameters, SLIPPING, unit, minor_digits),
        already_lost=_at_risk(cut, parameters, LAPSED, unit, minor_digits),
        months=month_figures(counted, besides, labels, unit, minor_digits, MOST_MONTHS) if counted and besides else [],
        flows=flow_figures(counted, labels, MOST_MONTHS) if counted else [],
        cohorts=cohort_figures(counted, unit, minor_digits) if counted else [],
        concentration=_concentration(counted),
        kept_best=_kept(counted, parameters, unit, minor_digits),
        cost=cost(source, as_of, unit, minor_digits, merges=merges),
        call_list=call_list(sheet, parameters, unit, minor_digits),
        near_extraordinary=near_extraordinary(sheet, parameters, unit, minor_digits),
        fading=_flagged(customers, "fading"),
        seasonal=_flagged(customers, "seasonal"),
        backtest=backtest,
        replay=list(replay),
        cautions=cautions(
            source,
            sheet,
            parameters,
            backtest,
            as_of,
            erased_orders=int(besides.erased_orders.sum()) if besides else 0,
            left_out_orders=int(besides.left_out_orders.sum()) if besides else 0,
            month_complete=counted.months.complete(counted.months.count - 1) if counted else True,
        ),
    )


def _total(counted: Tally | None, besides: Extra | None, name: str) -> int:
    """Orders or sales of all time, those of erased customers and of those who aren't analysed among them."""
    if counted is None or besides is None:
        return 0
    if name == "orders":
        return int(counted.orders.sum() + besides.erased_orders.sum() + besides.left_out_orders.sum())
    extra = besides.erased_sales.sum() + besides.left_out_sales.sum() + besides.void_sales.sum()
    return int(counted.sales.sum() + extra)


def _at_risk(cut: Cells, parameters: Parameters, code: int, unit: float, digits: int) -> Estimate | None:
    """Value at risk summed over one standing; None where the firm's kind knows no such standing."""
    if not cut.customers.size or parameters.kind == "one_off" or parameters.too_early:
        return None
    return cut.guess(cut.standing == code, "at_risk", unit, digits)


def _concentration(counted: Tally | None) -> Concentration:
    """Of the last 365 days."""
    parts = [net[back == 0] for _, back, net in counted.years] if counted else []
    return concentration(np.concatenate(parts) if parts else np.empty(0, dtype=np.int64))


def _kept(counted: Tally | None, parameters: Parameters, unit: float, digits: int) -> list[KeptYear]:
    if counted is None or parameters.first_day is None or not counted.years:
        return []
    who, back, net = (np.concatenate(part) for part in zip(*counted.years, strict=True))
    whole = (parameters.as_of - parameters.first_day + 1) // YEAR
    return kept_years(who, back, net, whole, parameters.as_of, unit, digits)


def _flagged(customers: pa.Table, name: str) -> int:
    return int(np.count_nonzero(customers.column(name).fill_null(False).to_numpy()))
