"""Which behaviour model drives standing, and whose counts are used: decided on the firm's own past.

Log score decides (Gneiting and Raftery 2007, JASA 102:359). The model in use stays unless another gains two standard
errors on it, and is changed at most once a month, so that standings don't flicker. Under 200 repeat buyers or two
origins there is nothing to choose by: MBG/NBD with its priors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from regulars.base import days
from regulars.insight import candidates
from regulars.insight.backtest import backtest
from regulars.insight.baselines import BASELINES, fit_baselines
from regulars.insight.calibration import Bend, firm_error
from regulars.insight.figures import Backtest, Reason
from regulars.insight.panel import Panel
from regulars.insight.parameters import Choice, Thresholds
from regulars.insight.rounds import plan, read_panel, rounds
from regulars.insight.source import Source
from regulars.insight.trials import Trials, run

LEAST_REPEAT = 200
LEAST_ORIGINS = 2
ERRORS_TO_SWITCH = 2.0


@dataclass(frozen=True)
class Chosen:
    """The outcome: the choice (with what it teaches about ranges) and the backtest behind it."""

    choice: Choice
    backtest: Backtest


def choose(
    source: Source,
    as_of: int,
    thresholds: Thresholds | None = None,
    *,
    merges: Mapping[int, int] | pa.Table | None = None,
    incumbent: Choice | None = None,
    chosen_on: int | None = None,
    episode_gap: int | None = None,
) -> Chosen:
    """Choose by backtest as of day number `as_of`, on at most `thresholds.sample_customers` customers.

    `incumbent`: the choice in use; it may not be changed in the calendar month of `chosen_on` (day number).
    `episode_gap`: occasions at most so many days apart are one episode. Uses only what was known on each day.
    """
    thresholds = thresholds or Thresholds()
    panel = read_panel(source, as_of, most=thresholds.sample_customers, merges=merges, episode_gap=episode_gap)
    return choose_from(panel, as_of, thresholds, incumbent=incumbent, chosen_on=chosen_on)


def choose_from(
    panel: Panel,
    as_of: int,
    thresholds: Thresholds,
    *,
    incumbent: Choice | None = None,
    chosen_on: int | None = None,
) -> Chosen:
    """The same from a panel."""
    in_use = incumbent.model if incumbent and incumbent.model in candidates.DRIVERS else candidates.DEFAULT
    horizon, origins = plan(panel.first_day, as_of) if panel.customers else (0, [])
    found = rounds(panel, horizon, origins)
    repeat = int((panel.past(as_of, max(horizon, 1)).x > 0).sum()) if panel.customers else 0
    lacking = _lacking(repeat, len(found), as_of - panel.first_day + 1 if panel.customers else 0)
    trials = run(found, panel.customers, (candidates.DEFAULT,) if lacking else candidates.MODELS)
    if lacking:
        model, why = candidates.DEFAULT, lacking
    else:
        model, why = decide(trials, in_use, _same_month(as_of, chosen_on))
    winner = None if lacking else winning_baseline(trials, model)
    if winner is not None:
        better, error = trials.gain(winner, model)
        why = Reason(
            "baseline_wins",
            {"model": model, "baseline": winner, "gain": better, "standard_error": error, **_scope(trials)},
        )
    judged = backtest(
        trials,
        panel,
        model,
        why,
        as_of,
        thresholds,
        enough=lacking is None,
        not_judged=_not_judged(panel, trials),
    )
    return _chosen(trials, panel, model, winner, why, judged, as_of)


def decide(trials: Trials, in_use: str, settled: bool) -> tuple[str, Reason]:
    """The driving model and why. `settled`: it was chosen this month already and stays."""
    rivals = [name for name in candidates.DRIVERS if name != in_use and trials.best([name])]
    if trials.best([in_use]) is None:
        best = trials.best(candidates.DRIVERS) or candidates.DEFAULT
        return best, Reason("only_model", _scope(trials))
    gains = {name: trials.gain(name, in_use) for name in rivals}
    better = [name for name, (mean, error) in gains.items() if mean > ERRORS_TO_SWITCH * error]
    if not better:
        near = max(gains, key=lambda name: gains[name][0], default=None)
        figures = {"model": in_use, "rival": near, **_scope(trials)}
        if near:
            figures |= {"gain": gains[near][0], "standard_error": gains[near][1]}
        return in_use, Reason("none_clearly_better", figures)
    best = max(better, key=lambda name: gains[name][0])
    figures = {
        "model": best,
        "rival": in_use,
        "gain": gains[best][0],
        "standard_error": gains[best][1],
        **_scope(trials),
    }
    if settled:
        return in_use, Reason("chosen_this_month", {**figures, "model": in_use, "rival": best})
    return best, Reason("clearly_better", figures)


def winning_baseline(trials: Trials, model: str) -> str | None:
    """The best baseline, if it beats the driving model by two standard errors."""
    best = trials.best(BASELINES)
    if best is None or model not in trials.entries:
        return best
    mean, error = trials.gain(best, model)
    return best if mean > ERRORS_TO_SWITCH * error else None


def _chosen(
    trials: Trials, panel: Panel, model: str, winner: str | None, why: Reason, judged: Backtest, as_of: int
) -> Chosen:
    entry = trials.entries.get(model)
    bend = entry.bend() if entry and entry.scored else Bend()
    error = firm_error([one.predicted.value for one in judged.origins], [one.actual for one in judged.origins])
    plain = None
    if winner is not None:
        horizon = trials.rounds[-1].horizon
        before = panel.past(as_of - horizon, horizon)
        happened = panel.count(before.who, as_of - horizon, as_of, as_of)
        fitted = fit_baselines(before, happened, panel.past(as_of, horizon), horizon)
        plain = next(one for one in fitted if one.name == winner)
    k = None
    if model == "MBG/CNBD-k" and trials.models.get(model):
        k = int(trials.models[model][-1].model.k)
    return Chosen(Choice(model=model, k=k, why=why, counts=plain, bend=bend, firm_error=error), judged)


def _lacking(repeat: int, origins: int, length: int) -> Reason | None:
    """Why there can be no choice, if so."""
    if repeat < LEAST_REPEAT:
        return Reason("too_few_repeat", {"repeat": repeat, "needed": LEAST_REPEAT})
    if origins < LEAST_ORIGINS:
        return Reason("too_short_history", {"days": length, "origins": origins, "needed": LEAST_ORIGINS})
    return None


def _same_month(as_of: int, chosen_on: int | None) -> bool:
    if chosen_on is None:
        return False
    return days.month_start(days.to_date(as_of)) == days.month_start(days.to_date(chosen_on))


def _scope(trials: Trials) -> dict[str, int | float | str | None]:
    """How much the comparison rests on."""
    if not trials.rounds:
        return {"origins": 0, "customers": 0, "horizon_days": 0}
    last = trials.rounds[-1]
    return {"origins": len(trials.rounds), "customers": last.past.size, "horizon_days": last.horizon}


def _not_judged(panel: Panel, trials: Trials) -> int:
    """Customers who first came after the last origin: nothing about them could be checked yet."""
    judged = trials.rounds[-1].past.size if trials.rounds else 0
    return round((panel.customers - judged) / panel.share)
