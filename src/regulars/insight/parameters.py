"""What a run was made with: the thresholds (settings of the firm) and the parameters (estimated, then frozen).

Both are plain data that survive JSON, so that a run can be repeated exactly, and yesterday's history can be judged by
today's rule.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from regulars.insight.baselines import Plain
from regulars.insight.calibration import PRIOR_FIRM_ERROR, Bend
from regulars.insight.chances import Correction
from regulars.insight.figures import Reason


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """The settings behind standing, rung and score; the defaults are PRODUCT.md's."""

    window_percentile: float = 0.75
    """W is this percentile, over customers with two occasions or more, of each one's median gap."""
    least_window_days: int = 7
    """W is at least this long."""
    window_least_customers: int = 20
    """With fewer repeat customers W is not learnt but assumed."""
    assumed_window_days: int = 90
    """W where it is assumed."""
    late_share: float = 0.8
    """A customer is late once this share of customers with the same history would have come back if they still came."""
    own_gaps_least: int = 4
    """From this many own gaps on, nobody is late before the `late_share` percentile of them."""
    slipping_chance: float = 0.1
    """Late with at least this chance of return is slipping, below it lapsed."""
    sure_least: float = 0.8
    """Below this share of agreeing parameter draws a standing is only probable."""
    one_off_chance: float = 0.05
    """A firm whose new buyers return within a year with less than this chance is a one-off firm."""
    returning_least: float = 0.2
    """With a smaller share of returning customers and a cycle that the history can't show, it is too early to tell."""
    regular_occasions: int = 3
    """A regular has at least this many occasions, spread over at least W ..."""
    regular_longest_gap: float = 0.75
    """... and no single gap longer than this part of the span from first to last."""
    client_score: float = 60.0
    """A regular with at least this client score (0-100) is a client."""
    client_parts_least: int = 2
    """The score needs at least this many known parts."""
    extraordinary_share: float = 0.1
    """A client within this top share of value among regulars and above is extraordinary."""
    fading_ratio: float = 0.5
    """Fading: the rate in the last third of the relation is below this part of the rate before ..."""
    fading_evidence: float = 0.05
    """... and so few in the last third would have less than this probability at a steady rate."""
    seasonal_anniversaries: int = 2
    """Seasonal: bought in the same season with at least this many years between, and hardly outside it."""
    episodes: Literal["auto", "on", "off"] = "auto"
    """Whether occasions of one burst count as one episode: found in the data, always, or never."""
    episode_gap_days: int | None = None
    """Occasions at most this many days apart are one episode; None takes the valley between the two humps of gaps."""
    cycle_days: int | None = None
    """The firm's replacement cycle, where it knows it (durables); None learns it."""
    interval: float = 0.8
    """Probability that ranges are meant to hold."""
    draws: int = 40
    """Parameter draws behind `sure` and the firm's ranges."""
    seed: int = 20240229
    """Seed of those draws: the same data give the same result."""
    sample_customers: int = 50_000
    """At most this many customers (stable by id) take part in choosing the model."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which model drives standing, whose counts are used, and how ranges are put right: the outcome of the backtest."""

    model: str = "MBG/NBD"
    """The driving model: MBG/NBD, MBG/CNBD-k or Pareto/NBD."""
    k: int | None = None
    """Regularity of MBG/CNBD-k; None learns it in the fit."""
    why: Reason = Reason("no_choice")
    counts: Plain | None = None
    """The baseline whose counts are used because it won; None where the driving model's are."""
    bend: Bend = Bend()
    """How levels of ranges are bent, learnt from earlier origins."""
    correction: Correction = Correction()
    """How chances of return are corrected, learnt from earlier origins."""
    firm_error: float = PRIOR_FIRM_ERROR
    """Log-scale error that all customers share (seasons, campaigns), for ranges of sums."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """Everything estimated in one run. Days are day numbers (days since 1970-01-01), money is minor units."""

    as_of: int
    versions: dict[str, int]
    thresholds: Thresholds
    choice: Choice
    chosen_on: int | None = None
    """Day on which the model in use was chosen; it is changed once a month at most."""
    tested_on: int | None = None
    """Day as of which the models were last tested on the firm's past."""
    inputs: str = ""
    """Digest of what a run was given beside the source: merges, attributes, margin rate."""
    left_out: str = ""
    """Digest of who was left out of it, because they object to being analysed; empty for nobody."""
    histories: str = ""
    """What the caller calls the histories that it kept of this run or of an earlier one; empty for none."""
    first_day: int | None
    last_day: int | None
    customers: int
    repeat_customers: int
    occasions: int
    window_days: int
    window_assumed: bool
    first_gap_late: float
    """Days after a single occasion by which `late_share` of those who return at all had returned."""
    first_gap_learnt: bool
    """Whether that came from the firm's own first-to-second gaps (else from the model and its priors)."""
    return_year: float
    """Chance that a new buyer returns within 365 days."""
    return_year_learnt: bool
    kind: str
    """repeat | one_off | durable | too_few"""
    kind_why: Reason
    too_early: bool
    """Whether silent customers beyond the first return window are `too early` to call."""
    cycle_days: int | None
    """The replacement cycle that gives the rhythm until two of them have been seen."""
    episode_gap_days: int | None
    idle_share: float
    """Share of time outside episodes; 1 where occasions are the unit."""
    model: dict[str, Any]
    """State of the fitted behaviour model (`stats` `to_dict`)."""
    spend: dict[str, Any] | None
    """State of the fitted spend model; None where nothing was ever paid."""
    money: Literal["margin", "sales"]
    margin_rate: float
    """Margin per unit of sales, applied where an occasion's own margin is not known; 1 when money is sales."""
    spread: float = 0.0
    """Log-scale standard deviation of the firm's expected occasions over parameter draws."""
    reference: dict[str, list[float]] = {}
    """Quantiles among repeat customers (or all, for RFM) that percentile ranks are read from."""
    value_top: float | None = None
    """Least value of an extraordinary client."""
