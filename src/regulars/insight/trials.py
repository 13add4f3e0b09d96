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
from regulars.insight.candidates import Fitted
from regulars.insight.figures import Candidate, Reason
from regulars.insight.rounds import Round
from regulars.insight.scores import Forecast, Scored, gain, score

Floats = NDArray[np.float64]

THREADS = 2


@dataclass
class Entry:
    """One candidate, round by round: what it expected, how its distributions scored as they stood (`raw`), and bent
    by what the rounds before had taught (`scored`), which is how they would be used."""

    name: str
    baseline: bool
    raw: list[Scored] = field(default_factory=list)
    scored: list[Scored] = field(default_factory=list)
    expected: list[Floats] = field(default_factory=list)
    variance: list[float] = field(default_factory=list)  # of the sum over customers, by the distribution
    out: Reason | None = None

    @property
    def may_drive(self) -> bool:
        return self.name in candidates.DRIVERS

    def bend(self) -> Bend:
        """The recalibration learnt from all rounds so far, each weighing half of the one after it: with a longer
        history a model that doesn't quite fit gets too sure of itself. Baselines learn from the period before as they
        are fitted, and are left as they are."""
        if not self.raw or self.baseline:
            return Bend()
        lower, upper = (np.concatenate([getattr(part, name) for part in self.raw]) for name in ("lower", "upper"))
        weight = np.repeat(0.5 ** np.arange(len(self.raw))[::-1], [part.lower.size for part in self.raw])
        return fit_bend(lower, upper, weight)

    def enter(self, forecast: Forecast, turn: Round) -> None:
        """Add a round, after all that came before it."""
        k = np.arange(forecast.pmf.shape[1])
        mean = forecast.pmf @ k
        spread = np.maximum(forecast.pmf @ (k * k) - mean**2, 0.0)
        bend = self.bend()
        raw = score(forecast, turn.actual)
        self.raw.append(raw)
        self.scored.append(score(forecast, turn.actual, bend) if bend.changes else raw)
        self.expected.append(forecast.expected)
        self.variance.append(float(spread @ np.bincount(forecast.group, minlength=mean.size)))


@dataclass
class Trials:
    """What came of all rounds. `models[name][i]` is the model fitted in round i, `plain[i]` its baselines.

    The first `rehearsed` rounds only teach how ranges are to be bent; the others are judged.
    """

    rounds: list[Round]
    rehearsed: int
    customers: int
    entries: dict[str, Entry]
    models: dict[str, list[Fitted]]
    plain: list[list[Plain]]

    @property
    def judged(self) -> list[Round]:
        """The rounds that count."""
        return self.rounds[self.rehearsed :]

    def forget_rehearsal(self) -> None:
        """Drop the rounds that don't count."""
        for entry in self.entries.values():
            for part in (entry.raw, entry.scored, entry.expected, entry.variance):
                del part[: self.rehearsed]
        for fitted in self.models.values():
            del fitted[: self.rehearsed]
        self.rounds, self.rehearsed = self.judged, 0

    def mean_log(self, name: str) -> float:
        """Mean log score over customers and judged rounds."""
        return float(np.mean(np.concatenate([part.log for part in self.entries[name].scored[self.rehearsed :]])))

    def by_customer(self, name: str) -> Floats:
        """(customers,) sum of log scores over the judged rounds, nan for who took part in none."""
        total, seen = np.zeros(self.customers), np.zeros(self.customers, dtype=np.bool_)
        for turn, part in zip(self.judged, self.entries[name].scored[self.rehearsed :], strict=True):
            total[turn.past.who] += part.log
            seen[turn.past.who] = True
        return np.where(seen, total, np.nan)

    def gain(self, name: str, over: str) -> tuple[float, float]:
        """Mean gain in log score a customer of `name` over `over`, and its standard error."""
        one, other = (self.by_customer(key) for key in (name, over))
        seen = ~np.isnan(one)
        return gain(one[seen], other[seen])

    def best(self, names: Sequence[str]) -> str | None:
        """The name with the highest mean log score among those that took part."""
        there = [name for name in names if name in self.entries and self.entries[name].out is None]
        return max(there, key=self.mean_log) if there and self.judged else None


def run(rounds: list[Round], customers: int, names: Sequence[str] = candidates.MODELS, rehearsed: int = 0) -> Trials:
    """Let the models `names` and every baseline compete in `rounds`, of which the first `rehearsed` don't count.

    A model without anything to learn from in some round is left out altogether, so that all are judged by the same.
    """
    trials = Trials(rounds, rehearsed, customers, {name: Entry(name, True) for name in BASELINES}, {}, [])
    alikes = [turn.past.alike for turn in rounds]
    caps = [cap(turn) for turn in rounds]
    for turn, most in zip(rounds, caps, strict=True):
        plain = fit_baselines(turn.before, turn.happened, turn.past, turn.horizon)
        trials.plain.append(plain)
        for one in plain:
            trials.entries[one.name].enter(one.forecast(turn.past, most), turn)
    with ThreadPoolExecutor(THREADS) as pool:
        # The slowest first, so that no thread waits for it alone at the end.
        running = {name: pool.submit(candidates.fit_all, name, alikes) for name in _slowest_first(names)}
        races = {name: running[name].result() for name in names}
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
    """Put the models `fitted` on all customers of each judged round in the place of those of the race for `name`."""
    entry, before = Entry(name, False), trials.entries.get(name)
    if before is None:  # it couldn't be fitted in the race: then there was no rehearsal either
        trials.forget_rehearsal()
    models = list(trials.models.get(name, []))
    if before is not None:
        for part in ("raw", "scored", "expected", "variance"):
            setattr(entry, part, getattr(before, part)[: trials.rehearsed])
    for one, turn in zip(fitted, trials.judged, strict=True):
        entry.enter(one.forecast(turn.model_days, cap(turn)), turn)
    trials.entries[name] = entry
    trials.models[name] = models[: trials.rehearsed] + fitted
    for other in trials.entries.values():
        if other.out is not None and other.out.figures.get("model") == name:  # the very same model under another name
            other.raw, other.scored, other.expected, other.variance = (
                entry.raw,
                entry.scored,
                entry.expected,
                entry.variance,
            )


def figures(trials: Trials, name: str, scale: float) -> Candidate:
    """The candidate's averages over all customers of the judged rounds; `scale` turns the sample's sums into the
    firm's."""
    entry, rounds = trials.entries[name], trials.judged
    raw, scored = entry.raw[trials.rehearsed :], entry.scored[trials.rehearsed :]
    actual = np.concatenate([turn.actual for turn in rounds]).astype(np.float64)
    expected = np.concatenate(entry.expected[trials.rehearsed :])
    miss = expected - actual
    return Candidate(
        name=name,
        kind="baseline" if entry.baseline else "model",
        log_score=trials.mean_log(name),
        crps=float(np.mean(np.concatenate([part.crps for part in scored]))),
        mae=float(np.mean(np.abs(miss))),
        rmse=float(np.sqrt(np.mean(miss**2))),
        predicted=float(expected.sum()) * scale,
        actual=float(actual.sum()) * scale,
        pit_80=_coverage(scored),
        pit_80_raw=_coverage(raw),
        may_drive=entry.may_drive,
        not_used=entry.out,
    )


def _coverage(parts: Sequence[Scored]) -> float:
    return coverage(np.concatenate([p.lower for p in parts]), np.concatenate([p.upper for p in parts]))


def _trial(name: str, fitted: list[Fitted], rounds: list[Round], caps: list[int], trials: Trials) -> Entry:
    entry = Entry(name, False)
    plain = trials.entries.get(candidates.DEFAULT)
    if name == "MBG/CNBD-k" and plain is not None and all(one.model.k == 1 for one in fitted):
        # With regularity 1 it is the very same model: nothing to compute twice.
        entry.raw, entry.scored, entry.expected, entry.variance = (
            plain.raw,
            plain.scored,
            plain.expected,
            plain.variance,
        )
        entry.out = Reason("same_model", {"model": candidates.DEFAULT, "k": 1})
        return entry
    for one, turn, most in zip(fitted, rounds, caps, strict=True):
        entry.enter(one.forecast(turn.model_days, most), turn)
    return entry
