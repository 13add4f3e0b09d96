"""Every candidate at every origin: fitted on what was known, asked, and scored by what happened."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from regulars.insight import candidates
from regulars.insight.baselines import BASELINES, Plain, fit_baselines
from regulars.insight.calibration import Bend, coverage, fit_bend
from regulars.insight.candidates import Alike, Fitted
from regulars.insight.figures import Candidate, Reason
from regulars.insight.rounds import Round
from regulars.insight.scores import Forecast, Scored, gain, score

Floats = NDArray[np.float64]

THREADS = 2


@dataclass
class Entry:
    """One candidate: its scores round by round, as it stood (`raw`)."""

    name: str
    baseline: bool
    scored: list[Scored] = field(default_factory=list)
    expected: list[Floats] = field(default_factory=list)
    variance: list[float] = field(default_factory=list)  # of the sum over customers, by the distribution
    out: Reason | None = None

    @property
    def may_drive(self) -> bool:
        return self.name in candidates.DRIVERS

    def mean_log(self) -> float:
        """Mean log score over customers and rounds."""
        return float(np.mean(np.concatenate([part.log for part in self.scored])))

    def by_customer(self, rounds: Sequence[Round], customers: int) -> Floats:
        """(customers,) sum of log scores over the rounds in which each took part, nan for who took part in none."""
        total, seen = np.zeros(customers), np.zeros(customers, dtype=np.bool_)
        for turn, part in zip(rounds, self.scored, strict=True):
            np.add.at(total, turn.past.who, part.log)
            seen[turn.past.who] = True
        return np.where(seen, total, np.nan)

    def earlier(self, position: int) -> tuple[Floats, Floats]:
        """Lower and upper transforms of all rounds before `position`."""
        parts = self.scored[:position]
        if not parts:
            return np.empty(0), np.empty(0)
        return np.concatenate([p.lower for p in parts]), np.concatenate([p.upper for p in parts])

    def bend(self, position: int | None = None) -> Bend:
        """The recalibration learnt from the rounds before `position` (from all of them by default)."""
        return fit_bend(*self.earlier(len(self.scored) if position is None else position))


@dataclass
class Trials:
    """What came of all rounds. `models[name][i]` is the model fitted in round i, `plain[i]` its baselines."""

    rounds: list[Round]
    customers: int
    entries: dict[str, Entry]
    models: dict[str, list[Fitted]]
    plain: list[list[Plain]]

    def gain(self, name: str, over: str) -> tuple[float, float]:
        """Mean gain in log score a customer of `name` over `over`, and its standard error."""
        one, other = (self.entries[key].by_customer(self.rounds, self.customers) for key in (name, over))
        seen = ~np.isnan(one)
        return gain(one[seen], other[seen])

    def best(self, names: Sequence[str]) -> str | None:
        """The name with the highest mean log score among those that took part."""
        there = [name for name in names if name in self.entries and self.entries[name].out is None]
        return max(there, key=lambda name: self.entries[name].mean_log()) if there else None


def run(rounds: list[Round], customers: int, names: Sequence[str] = candidates.MODELS) -> Trials:
    """Let the models `names` and every baseline compete in `rounds`.

    A model without anything to learn from in some round is left out altogether, so that all are judged by the same.
    """
    trials = Trials(rounds, customers, {name: Entry(name, True) for name in BASELINES}, {}, [])
    alikes = [Alike.of(turn.past) for turn in rounds]
    caps = [cap(turn) for turn in rounds]
    for turn, most in zip(rounds, caps, strict=True):
        plain = fit_baselines(turn.before, turn.happened, turn.past, turn.horizon)
        trials.plain.append(plain)
        for one in plain:
            _enter(trials.entries[one.name], one.forecast(turn.past, most), turn)
    with ThreadPoolExecutor(THREADS) as pool:
        # The slowest first, so that no thread waits for it alone at the end.
        running = {name: [pool.submit(candidates.fit, name, a) for a in alikes] for name in _slowest_first(names)}
        races = {name: [one.result() for one in running[name]] for name in names}
    for name in names:
        fits = races[name]
        fitted = [one for one in fits if one is not None]
        if not fits or len(fitted) < len(fits):
            continue
        trials.models[name] = fitted
        trials.entries[name] = _trial(name, fitted, rounds, caps, trials)
    return trials


def _slowest_first(names: Sequence[str]) -> list[str]:
    return sorted(names, key=lambda name: name != "Pareto/NBD")


def cap(turn: Round) -> int:
    """The count from which on distributions only say "or more": well beyond the busiest of the period before."""
    busy = float(np.quantile(turn.past.recent, 0.999)) if turn.past.size else 0.0
    return int(np.clip(1.5 * busy + 8, 12, max(turn.horizon, 12)))


def follow(trials: Trials, name: str, fitted: list[Fitted]) -> None:
    """Put the models `fitted` on all customers of each round in the place of those of the race for `name`."""
    entry = Entry(name, False)
    for one, turn in zip(fitted, trials.rounds, strict=True):
        _enter(entry, one.forecast(turn.model_days, cap(turn)), turn)
    trials.entries[name], trials.models[name] = entry, fitted


def figures(entry: Entry, rounds: Sequence[Round], scale: float) -> Candidate:
    """The candidate's averages over all customers of all rounds; `scale` turns the sample's sums into the firm's."""
    actual = np.concatenate([turn.actual for turn in rounds]).astype(np.float64)
    expected = np.concatenate(entry.expected)
    miss = expected - actual
    lower, upper = entry.earlier(len(entry.scored))
    bends = [entry.bend(position) for position in range(len(entry.scored))]
    bent = [(b.apply(part.lower), b.apply(part.upper)) for b, part in zip(bends, entry.scored, strict=True)]
    after = coverage(np.concatenate([low for low, _ in bent]), np.concatenate([high for _, high in bent]))
    return Candidate(
        name=entry.name,
        kind="baseline" if entry.baseline else "model",
        log_score=entry.mean_log(),
        crps=float(np.mean(np.concatenate([part.crps for part in entry.scored]))),
        mae=float(np.mean(np.abs(miss))),
        rmse=float(np.sqrt(np.mean(miss**2))),
        predicted=float(expected.sum()) * scale,
        actual=float(actual.sum()) * scale,
        pit_80=after,
        pit_80_raw=coverage(lower, upper),
        may_drive=entry.may_drive,
        not_used=entry.out,
    )


def _trial(name: str, fitted: list[Fitted], rounds: list[Round], caps: list[int], trials: Trials) -> Entry:
    entry = Entry(name, False)
    plain = trials.entries.get(candidates.DEFAULT)
    if name == "MBG/CNBD-k" and plain is not None and all(one.model.k == 1 for one in fitted):
        # With regularity 1 it is the very same model: nothing to compute twice.
        entry.scored, entry.expected, entry.variance = plain.scored, plain.expected, plain.variance
        entry.out = Reason("same_model", {"model": candidates.DEFAULT, "k": 1})
        return entry
    for one, turn, most in zip(fitted, rounds, caps, strict=True):
        _enter(entry, one.forecast(turn.model_days, most), turn)
    return entry


def _enter(entry: Entry, forecast: Forecast, turn: Round) -> None:
    k = np.arange(forecast.pmf.shape[1])
    mean = forecast.pmf @ k
    spread = np.maximum(forecast.pmf @ (k * k) - mean**2, 0.0)
    weight = np.bincount(forecast.group, minlength=mean.size)
    entry.scored.append(score(forecast, turn.actual))
    entry.expected.append(forecast.expected)
    entry.variance.append(float(spread @ weight))
