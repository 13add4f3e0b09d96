"""The verdict on every customer: histories and parameters in, the customers' table out, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.insight import rungs as rung_rules
from regulars.insight import standing as standing_rules
from regulars.insight.behaviour import drawn
from regulars.insight.extras import Extras
from regulars.insight.figures import RUNGS
from regulars.insight.histories import Histories
from regulars.insight.parameters import Parameters
from regulars.insight.ranks import fifth, reference
from regulars.insight.reasons import Found
from regulars.insight.rule import Rule
from regulars.insight.rungs import CLIENT, EXTRAORDINARY, PROSPECT, REGULAR, Regular
from regulars.insight.score import PARTS, Score, per_occasion, score
from regulars.insight.seasons import Seasons, seasons
from regulars.insight.standing import LAPSED, NOT_RECENT, Standing
from regulars.insight.value import Value, value

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


THREADS = 2


@dataclass(frozen=True)
class Verdict:
    """Everything found out about n customers, before it becomes a table."""

    standing: Standing
    sure: Floats
    seasonal: Seasons
    fading: Mask
    value: Value
    score: Score
    regular: Regular
    rung: npt.NDArray[np.int8]
    next_day: dict[str, Floats]


def judge(histories: Histories, parameters: Parameters, extras: Extras | None = None) -> pa.Table:
    """The customers' table as of the day of `histories`, sorted by customer; prospects last.

    Money is int64 minor units, chances 0-1, days date32. What isn't known is null; nothing is NaN or infinite.
    """
    return judged(histories, parameters, extras)[0]


def judged(histories: Histories, parameters: Parameters, extras: Extras | None = None) -> tuple[pa.Table, Parameters]:
    """The table, and the parameters with the distributions that ranks and the top were read from frozen in."""
    extras = extras or Extras()
    verdict, parameters = verdict_of(histories, parameters, extras)
    return table_of(histories, parameters, extras, verdict), parameters


def verdict_of(h: Histories, parameters: Parameters, extras: Extras) -> tuple[Verdict, Parameters]:
    """Standing, value, score and rung of every customer."""
    thresholds = parameters.thresholds
    rule = Rule.of(parameters)
    with ThreadPoolExecutor(THREADS) as pool:  # NumPy lets go of the interpreter, so the parts run side by side
        ahead_later = pool.submit(value, h, parameters, rule.model, extras.contract)
        points_later = pool.submit(score, h, extras, thresholds, parameters.reference)
        seasonal = seasons(h, thresholds)
        found = standing_rules.standing(h, parameters, rule, seasonal)
        next_later = pool.submit(_next_days, h, rule, found, seasonal)
        sure = standing_rules.sureness(h, parameters, rule, found, drawn(parameters))
        ahead, (points, used), next_day = ahead_later.result(), points_later.result(), next_later.result()
    found, sure = _by_contract(found, sure, extras)
    regular = rung_rules.regular(h, parameters)
    clients = rung_rules.client(regular.all, points.total, parameters)
    top = parameters.value_top
    if top is None:
        top = rung_rules.value_top(ahead.value.astype(np.float64), regular.all, thresholds.extraordinary_share)
    best = ahead.value >= top if top is not None else np.zeros(len(h), dtype=bool)
    if extras.brings_others is not None:
        best = best | extras.brings_others
    verdict = Verdict(
        standing=found,
        sure=sure,
        seasonal=seasonal,
        fading=rung_rules.fading(h, parameters) & (found.code != LAPSED) & (found.code != NOT_RECENT),
        value=ahead,
        score=points,
        regular=regular,
        rung=rung_rules.rungs(h, regular.all, clients, best),
        next_day=next_day,
    )
    for name, column in _rfm(h).items():
        used[name] = parameters.reference.get(name) or reference(column)
    return verdict, msgspec.structs.replace(parameters, reference=used, value_top=top)


def _by_contract(found: Standing, sure: Floats, extras: Extras) -> tuple[Standing, Floats]:
    """A contract with dates says more than any model."""
    if extras.contract is None:
        return found, sure
    running, over = extras.contract > 0, extras.contract < 0
    code = np.where(running, standing_rules.CURRENT, np.where(over, LAPSED, found.code)).astype(np.int8)
    chance = np.where(over, 0.0, found.chance)
    return replace(found, code=code, chance=chance), np.where(running | over, 1.0, sure)


def _rfm(h: Histories) -> dict[str, npt.NDArray[np.number]]:
    return {"recency": h.last_day, "frequency": h.x + 1, "monetary": h.net}


def _next_days(h: Histories, rule: Rule, found: Standing, seasonal: Seasons) -> dict[str, Floats]:
    """Days ahead of the next occasion: median if they still come, and quantiles whether or not; inf for never."""
    model = rule.model
    still = np.asarray(model.next_occasion_quantile(0.5, h.x, h.t_x, h.T, if_alive=True), dtype=np.float64)
    still[seasonal.at] = np.maximum(seasonal.due - h.as_of, 1)
    still[(found.code == LAPSED) | (found.code == NOT_RECENT)] = np.inf
    result = {"next_occasion_day": still}
    for percent in (10, 50, 90):
        days = np.asarray(model.next_occasion_quantile(percent / 100.0, h.x, h.t_x, h.T), dtype=np.float64)
        result[f"next_occasion_{percent}"] = days
    return result


def table_of(h: Histories, parameters: Parameters, extras: Extras, verdict: Verdict) -> pa.Table:
    """The verdict as columns."""
    seasonal = np.zeros(len(h), dtype=bool)
    seasonal[verdict.seasonal.at] = True
    with ThreadPoolExecutor(1) as pool:
        reasons_later = pool.submit(_reasons, h, parameters, extras, verdict, seasonal)
        columns = _columns(h, parameters, verdict)
        table = pa.table({**columns, "seasonal": pa.array(seasonal), "reasons": reasons_later.result()})
    prospects = _prospects(extras, table.schema)
    return table if prospects is None else pa.concat_tables([table, prospects])


def _columns(h: Histories, parameters: Parameters, verdict: Verdict) -> dict[str, pa.Array]:
    """All but the last two."""
    found, ahead = verdict.standing, verdict.value
    kept = parameters.reference
    return {
        "customer_id": pa.array(h.customer_id),
        "occasions": pa.array(h.occasions),
        "episodes": pa.array(h.x + np.int32(1)) if h.episode_gap is not None else pa.nulls(len(h), pa.int32()),
        "orders": pa.array(h.orders),
        "first_day": _day(h.first_day),
        "last_day": _day(h.last_day),
        "standing": _names(found.code, standing_rules.NAMES),
        "sure": _share(verdict.sure),
        "rung": _names(verdict.rung, RUNGS),
        "p_alive": _share(np.maximum(ahead.p_alive, found.chance)),  # who comes back was a customer still
        "p_return": _share(found.chance),
        "return_by": _day(h.as_of + found.horizon),
        "late_after_day": _day(h.last_day + found.late),
        "expected_occasions_365": pa.array(ahead.expected),
        **{name: _day_ahead(h.as_of, days) for name, days in verdict.next_day.items()},
        "value_365": pa.array(ahead.value),
        "value_365_low": pa.array(ahead.low),
        "value_365_high": pa.array(ahead.high),
        "value_if_staying": pa.array(ahead.if_staying),
        "value_at_risk": pa.array(ahead.at_risk),
        "realised_value": pa.array(ahead.realised),
        "sales": pa.array(h.net),
        "sales_365": pa.array(h.sales_365),
        "sales_before_365": pa.array(h.sales_before_365),
        "spend_per_occasion": pa.array(np.rint(per_occasion(h)).astype(np.int64)),
        "client_score": _points(verdict.score.total),
        **{f"score_{name}": _points(verdict.score.parts[name]) for name in PARTS},
        **{f"{name}_score": pa.array(fifth(column, kept[name])) for name, column in _rfm(h).items()},
        "median_gap": _points(h.median_gap),
        "longest_gap": pa.array(h.longest_gap),
        "evenness": _share(h.evenness),
        "fading": pa.array(verdict.fading),
    }


def _prospects(extras: Extras, schema: pa.Schema) -> pa.Table | None:
    if extras.prospects is None or not len(extras.prospects):
        return None
    n = len(extras.prospects)
    reasons = Found(n)
    reasons.add("never_bought")
    given: dict[str, pa.Array] = {
        "customer_id": pa.array(extras.prospects),
        "standing": _names(np.full(n, standing_rules.PROSPECT, np.int8), standing_rules.NAMES),
        "rung": _names(np.full(n, PROSPECT, np.int8), RUNGS),
        "reasons": reasons.column(),
    }
    zero = {"occasions", "orders", "realised_value", "sales", "sales_365", "sales_before_365"}
    for field in schema:
        if field.name in zero:
            given[field.name] = pa.array(np.zeros(n), field.type)
        elif field.name in ("fading", "seasonal"):
            given[field.name] = pa.array(np.zeros(n, dtype=bool))
        elif field.name == "sure":
            given[field.name] = pa.array(np.ones(n), field.type)
    return pa.table([given.get(f.name, pa.nulls(n, f.type)) for f in schema], schema=schema)


def _reasons(
    h: Histories, parameters: Parameters, extras: Extras, verdict: Verdict, seasonal: Mask
) -> pa.DictionaryArray:
    """Codes of each customer: standing first, then rung and what would lift it."""
    found = Found(len(h))
    _why_standing(found, h, parameters, extras, verdict, seasonal)
    _why_rung(found, h, parameters, extras, verdict)
    return found.column()


def _why_standing(
    found: Found, h: Histories, parameters: Parameters, extras: Extras, verdict: Verdict, seasonal: Mask
) -> None:
    code, names = verdict.standing.code, standing_rules
    model_says = np.ones(len(h), dtype=bool) if extras.contract is None else extras.contract == 0
    found.add("new", model_says & (code == names.CURRENT) & (h.x == 0))
    found.add("in_rhythm", model_says & (code == names.CURRENT) & (h.x > 0))
    found.add("late", model_says & (code == names.SLIPPING))
    found.add("long_silent", model_says & (code == names.LAPSED))
    found.add("returned", code == names.WON_BACK)
    found.add("one_off_recent", code == names.RECENT)
    found.add("one_off_not_recent", code == names.NOT_RECENT)
    found.add("too_early", code == names.TOO_EARLY)
    if extras.contract is not None:
        found.add("under_contract", extras.contract > 0)
        found.add("contract_over", extras.contract < 0)
    found.add("own_rhythm", verdict.standing.own_rhythm & model_says)
    found.add("probably", verdict.sure < parameters.thresholds.sure_least)
    found.add("cycle_given", parameters.cycle_days is not None)
    found.add("window_assumed", parameters.window_assumed and parameters.cycle_days is None)
    found.add("fading", verdict.fading)
    found.add("seasonal", seasonal)


def _why_rung(found: Found, h: Histories, parameters: Parameters, extras: Extras, verdict: Verdict) -> None:
    thresholds, rung = parameters.thresholds, verdict.rung
    below = rung < REGULAR
    found.add("needs_second", h.x == 0)
    found.add("too_few_occasions", below & (h.x > 0) & ~verdict.regular.often)
    found.add("too_short_span", below & verdict.regular.often & ~verdict.regular.spread)
    found.add("gap_too_long", below & verdict.regular.often & ~verdict.regular.even)
    asked = rung >= REGULAR
    unknown_total = np.isnan(verdict.score.total)
    found.add("score_too_low", asked & (rung == REGULAR) & ~unknown_total)
    found.add("score_unknown", asked & unknown_total)
    weakest = np.fmin.reduce([verdict.score.parts[name] for name in PARTS])
    needed = thresholds.client_score
    for name in PARTS:
        part = verdict.score.parts[name]
        found.add(f"unknown_{name}", asked & np.isnan(part))
        wanting = (part < needed) & ((part <= weakest) | (rung == REGULAR))
        found.add(f"lift_{name}", asked & (rung < EXTRAORDINARY) & wanting)
    top = parameters.value_top
    found.add("value_below_top", (rung == CLIENT) & (top is not None))
    found.add("top_value", (rung == EXTRAORDINARY) & (verdict.value.value >= (top if top is not None else np.inf)))
    if extras.brings_others is not None:
        found.add("brings_others", extras.brings_others & (rung == EXTRAORDINARY))


# --- columns ---------------------------------------------------------------------------------------------------------


def _names(codes: npt.NDArray[np.int8], names: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names))


def _day(number: npt.NDArray[np.integer]) -> pa.Array:
    return pa.array(number.astype(np.int32)).view(pa.date32())


def _day_ahead(as_of: int, days: Floats) -> pa.Array:
    never = ~np.isfinite(days)
    whole = as_of + np.ceil(np.maximum(np.where(never, 1.0, days), 1.0))
    return pa.array(whole.astype(np.int32), mask=never).view(pa.date32())


def _share(values: Floats) -> pa.Array:
    return pa.array(np.clip(values, 0.0, 1.0).astype(np.float64))


def _points(values: npt.NDArray[np.floating]) -> pa.Array:
    return pa.array(values.astype(np.float64), mask=np.isnan(values))
