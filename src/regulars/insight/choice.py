"""Which behaviour model drives standing, and whose counts are used: decided on the firm's own past.

Log score decides (Gneiting and Raftery 2007, JASA 102:359). The model in use stays unless another gains two standard
errors on it, and is changed at most once a month, so that standings don't flicker. Under 200 repeat buyers or two
origins there is nothing to choose by: MBG/NBD with its priors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
import pyarrow as pa

from regulars.base import days
from regulars.insight import candidates
from regulars.insight.backtest import backtest
from regulars.insight.baselines import BASELINES, fit_baselines
from regulars.insight.calibration import Bend, firm_error
from regulars.insight.episodes import episode_gap as find_episodes
from regulars.insight.estimate import cycle_of
from regulars.insight.figures import Backtest, Reason, ReplayMonth
from regulars.insight.panel import Panel
from regulars.insight.parameters import Choice, Thresholds
from regulars.insight.replay import replay
from regulars.insight.rounds import plan, read_panel, rehearsal, rounds
from regulars.insight.source import Source
from regulars.insight.trials import Trials, run
from regulars.insight.verdicts import correction, in_turn

LEAST_REPEAT = 200
LEAST_ORIGINS = 2
ERRORS_TO_SWITCH = 2.0
FIND = -1
"""Look in the data whether buying comes in episodes."""


@dataclass(frozen=True)
class Chosen:
    """The outcome: the choice (with what it teaches about ranges), the backtest behind it, and last year replayed."""

    choice: Choice
    backtest: Backtest
    replay: list[ReplayMonth]


def choose(
    source: Source,
    as_of: int,
    thresholds: Thresholds | None = None,
    *,
    merges: Mapping[int, int] | pa.Table | None = None,
    incumbent: Choice | None = None,
    chosen_on: int | None = None,
    episode_gap: int | None = FIND,
    minor_digits: int = 2,
) -> Chosen:
    """Choose by backtest as of day number `as_of`, on at most `thresholds.sample_customers` customers.

    `incumbent`: the choice in use; it may not be changed in the calendar month of `chosen_on` (day number).
    `episode_gap`: occasions at most so many days apart are one episode; looked for in the sample unless given.
    Every day of the past is judged by what was known on it. `minor_digits`: decimal places of the firm's currency.
    """
    thresholds = thresholds or Thresholds()
    panel = read_panel(source, as_of, most=thresholds.sample_customers, merges=merges)
    if episode_gap == FIND:
        today = panel.past(as_of, 1)
        episode_gap = find_episodes(today.histories, thresholds) if today.size else None
    panel = replace(panel, episode_gap=episode_gap or 0)
    cycle = cycle_of(source, as_of, thresholds)
    return choose_from(
        panel,
        as_of,
        thresholds,
        incumbent=incumbent,
        chosen_on=chosen_on,
        cycle=cycle,
        minor_digits=minor_digits,
    )


def choose_from(
    panel: Panel,
    as_of: int,
    thresholds: Thresholds,
    *,
    incumbent: Choice | None = None,
    chosen_on: int | None = None,
    cycle: int | None = None,
    minor_digits: int = 2,
) -> Chosen:
    """The same from a panel; `cycle` is the replacement cycle of `estimate.cycle_of`."""
    in_use = incumbent.model if incumbent and incumbent.model in candidates.DRIVERS else candidates.DEFAULT
    today = panel.past(as_of, 1)
    horizon, origins = plan(panel.first_day, as_of) if panel.customers else (0, [])
    found = rounds(panel, horizon, origins)
    length = as_of - panel.first_day + 1 if panel.customers else 0
    lacking = _lacking(int((today.x > 0).sum()), len(found), length)
    early = [] if lacking else rounds(panel, horizon, rehearsal(panel.first_day, origins, horizon))
    early = [turn for turn in early if (turn.past.x > 0).any()]
    trials = run([*early, *found], panel.customers, () if lacking else candidates.MODELS, len(early))
    model, why, winner = candidates.DEFAULT, lacking, None
    if why is None:
        model, why = decide(trials, in_use, _same_month(as_of, chosen_on))
        winner = winning_baseline(trials, model)
    if winner is not None:
        better, error = trials.gain(winner, model)
        figures = {"model": model, "baseline": winner, "gain": better, "standard_error": error, **_scope(trials)}
        why = Reason("baseline_wins", figures)
    family = Choice(model=model, k=_regularity(trials, model))
    thens = in_turn(panel, found, thresholds, family, cycle, corrected=lacking is None)
    judged = backtest(trials, panel, thens, why, as_of, enough=lacking is None, not_judged=_not_judged(panel, trials))
    unit = 10.0**-minor_digits
    told = replay(panel, thens, as_of, thresholds, family, unit=unit, digits=minor_digits, cycle=cycle)
    chosen = _choice(trials, panel, family, winner, judged, as_of)
    if lacking is None:
        chosen = msgspec.structs.replace(chosen, correction=correction(thens, panel, as_of))
    return Chosen(chosen, judged, told)


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


def _choice(trials: Trials, panel: Panel, family: Choice, winner: str | None, judged: Backtest, as_of: int) -> Choice:
    entry = trials.entries.get(family.model)
    plain = None
    if winner is not None:
        horizon = trials.rounds[-1].horizon
        before = panel.past(as_of - horizon, horizon)
        happened = panel.count(before.who, as_of - horizon, as_of, as_of)
        fitted = fit_baselines(before, happened, panel.past(as_of, horizon), horizon)
        plain = next(one for one in fitted if one.name == winner)
    return Choice(
        model=family.model,
        k=family.k,
        why=judged.why,
        counts=plain,
        bend=entry.bend() if entry else Bend(),
        firm_error=firm_error([one.predicted.value for one in judged.origins], [one.actual for one in judged.origins]),
    )


def _regularity(trials: Trials, model: str) -> int | None:
    """The regularity that MBG/CNBD-k had at the last origin."""
    fitted = trials.models.get(model)
    return int(fitted[-1].model.k) if model == "MBG/CNBD-k" and fitted else None


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
    if not trials.judged:
        return {"origins": 0, "customers": 0, "horizon_days": 0}
    last = trials.rounds[-1]
    return {"origins": len(trials.judged), "customers": last.past.size, "horizon_days": last.horizon}


def _not_judged(panel: Panel, trials: Trials) -> int:
    """Customers who first came after the last origin: nothing about them could be checked yet."""
    judged = trials.rounds[-1].past.size if trials.judged else 0
    return round((panel.customers - judged) / panel.share)
