"""The shapes in which insight answers about the firm. Plain data: `report` puts them into words and charts.

Money here is in major units of `currency`, rounded to its minor unit; days are ISO dates; shares and chances are 0-1.
An `Estimate` carries its 80% interval. A `Reason` is a code with figures, put into words by `report.words`.
"""

from __future__ import annotations

from datetime import date

import msgspec

STANDINGS = ("current", "slipping", "lapsed", "won back", "prospect")
"""In one-off firms `recent` and `not recent`; while a durable's cycle is not known `too early` takes part."""
RUNGS = ("prospect", "buyer", "repeat", "regular", "client", "extraordinary")


class Reason(msgspec.Struct, frozen=True):
    """Why: a stable code such as `late` or `assumed_window`, and the figures its sentence needs."""

    code: str
    figures: dict[str, int | float | str | None] = {}


class Estimate(msgspec.Struct, frozen=True):
    """A guess and its 80% interval, `low <= value <= high`, all finite."""

    value: float
    low: float
    high: float


class Group(msgspec.Struct, frozen=True):
    """One standing or one rung of the firm, today."""

    name: str
    customers: int
    share: float  # of all customers but prospects
    sales_365: float  # sales of the last 365 days
    sales_before_365: float  # of the 365 days before those
    value_365: Estimate  # the next 365 days
    value_if_staying: float
    value_at_risk: Estimate
    regulars_and_above: int


class Candidate(msgspec.Struct, frozen=True):
    """One model or plain baseline in the backtest, averaged over origins."""

    name: str
    kind: str  # model | baseline
    log_score: float  # mean log probability of what happened; higher is better
    crps: float
    mae: float
    rmse: float
    predicted: float  # occasions in all holdouts
    actual: float
    pit_80: float  # share of randomised PIT values in (0.1, 0.9): 0.8 is right
    pit_80_raw: float  # before recalibration on earlier origins
    may_drive: bool  # MBG/NBD, MBG/CNBD-k, Pareto/NBD
    not_used: Reason | None = None  # why it is out, e.g. it could not be fitted


class Bin(msgspec.Struct, frozen=True):
    """One point of a calibration chart: customers whose predicted chance or count lay in [low, high)."""

    low: float
    high: float
    customers: int
    predicted: float
    actual: float


class TrackingPoint(msgspec.Struct, frozen=True):
    """Repeat occasions in one week of the last holdout (and the fit before it)."""

    week: date
    actual: float
    predicted: float
    low: float
    high: float
    holdout: bool


class Origin(msgspec.Struct, frozen=True):
    """What would have been said on one day of the past about the window after it, and what then happened."""

    as_of: date
    until: date
    customers: int
    predicted: Estimate
    actual: float
    standing: dict[str, tuple[int, float, float]]  # name -> customers, predicted share, actual share that came back


class Backtest(msgspec.Struct, frozen=True):
    """How good the predictions were on the firm's own past."""

    chosen: str
    why: Reason
    beats_every_baseline: bool
    best_baseline: str | None
    candidates: list[Candidate]
    origins: list[Origin]
    return_calibration: list[Bin]
    count_calibration: list[Bin]
    tracking: list[TrackingPoint]
    not_judged: int  # customers with too little history to be judged
    standing_falls: bool | None  # share that bought falls from current to slipping to lapsed at every origin
    enough: bool


class ReplayMonth(msgspec.Struct, frozen=True):
    """ "Your last year, replayed": said on the first of a month about its slipping and regular customers."""

    month: date
    slipping: int  # customers first called slipping in that month
    slipping_regulars: int
    value_at_risk: float
    came_back: int | None  # within the return window; None while it is not over
    came_back_expected: float
    stayed_away: int | None
    sales_before: float  # of those who stayed away, in their last 365 days before
    until: date


class Month(msgspec.Struct, frozen=True):
    """One calendar month: sales by the standing and by the rung that their buyers had on its last day."""

    month: date
    complete: bool
    sales: float
    orders: int
    occasions: int
    buyers: int
    new_customers: int
    sales_by_standing: dict[str, float]
    sales_by_rung: dict[str, float]
    customers_by_standing: dict[str, int]
    customers_by_rung: dict[str, int]


class Flow(msgspec.Struct, frozen=True):
    """Customers who went from one standing to another in one month (`new` as origin for first buyers)."""

    month: date
    origin: str
    target: str
    customers: int


class Cohort(msgspec.Struct, frozen=True):
    """Customers by the month or quarter of their first occasion, and the share that bought in each period since."""

    start: date
    period: str  # month | quarter
    customers: int
    active: list[int]
    sales: list[float]


class KeptYear(msgspec.Struct, frozen=True):
    """Of the best tenth (by sales) of one year, how many bought in the following one."""

    year_ending: date
    best: int
    kept: int
    sales_then: float
    sales_next: float


class Concentration(msgspec.Struct, frozen=True):
    """How unequal customers' sales of the last 365 days are."""

    top_tenth_share: float | None
    top_hundredth_share: float | None
    gini: float | None
    curve: list[tuple[float, float]]  # share of customers (best first), share of sales; from (0, 0) to (1, 1)


class Cost(msgspec.Struct, frozen=True):
    """What winning and keeping cost, where acquisition spend was imported."""

    month_from: date
    month_until: date
    win_spend: float
    won: int
    cost_to_win: float | None
    keep_spend: float | None
    kept: int
    cost_to_keep: float | None
    by_source: dict[str, tuple[float, int | None]]


class Person(msgspec.Struct, frozen=True):
    """One customer in a list of the report; names are joined at the edge, which alone knows them."""

    customer_id: int
    standing: str
    rung: str
    sure: float
    occasions: int
    last_day: date
    late_after_day: date | None
    p_return: float
    return_by: date | None
    value_365: Estimate
    value_at_risk: float
    sales_365: float
    client_score: float | None
    reasons: list[Reason]


class Firm(msgspec.Struct, frozen=True):
    """The state of the customer base as of one day."""

    as_of: date
    first_day: date | None
    last_day: date | None
    currency: str
    money: str  # margin | sales
    kind: str  # repeat | one_off | durable | too_few
    kind_why: Reason
    customers: int
    prospects: int
    orders: int
    occasions: int
    sales: float
    window_days: int
    window_assumed: bool
    unit: str  # occasions | episodes
    episode_gap_days: int | None
    model: str
    model_why: Reason
    standing: list[Group]
    rung: list[Group]
    value_365: Estimate | None
    value_at_risk: Estimate | None
    already_lost: Estimate | None
    months: list[Month]
    flows: list[Flow]
    cohorts: list[Cohort]
    concentration: Concentration
    kept_best: list[KeptYear]
    cost: Cost | None
    call_list: list[Person]  # slipping, deepest rung and most value at risk first
    near_extraordinary: list[Person]  # clients and regulars, with what would lift them as reasons
    fading: int
    seasonal: int
    backtest: Backtest | None
    replay: list[ReplayMonth]
    cautions: list[Reason]  # what would spoil the picture, and what could not be answered and why
