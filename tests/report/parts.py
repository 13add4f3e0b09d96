"""Parts of made-up firms: estimates, groups, months, cohorts, people, backtests."""

from __future__ import annotations

import random
from datetime import date, timedelta

from regulars.base.days import add_months
from regulars.insight.figures import (
    Backtest,
    Bin,
    Candidate,
    Cohort,
    Estimate,
    Flow,
    Group,
    Month,
    Origin,
    Person,
    Reason,
    ReplayMonth,
    TrackingPoint,
)

AS_OF = date(2026, 11, 20)


SHARES = {"current": 0.51, "slipping": 0.07, "lapsed": 0.4, "won back": 0.02}


RUNG_SHARES = {"buyer": 0.52, "repeat": 0.2, "regular": 0.2, "client": 0.068, "extraordinary": 0.012}


RUNG_SALES = {"buyer": 0.12, "repeat": 0.13, "regular": 0.36, "client": 0.27, "extraordinary": 0.12}


FIRST = ("Aino", "Mart", "Liga", "Piotr", "Eeva", "Kaja", "Janis", "Zofia", "Sanna", "Tiit", "Anete", "Marek", "Dace")


LAST = ("Virtanen", "Tamm", "Berzins", "Kowalska", "Korhonen", "Saar", "Ozola", "Nowak", "Laine", "Magi", "Wozniak")


def estimate(value: float, spread: float = 0.18) -> Estimate:
    return Estimate(value, value * (1 - spread), value * (1 + 1.2 * spread))


def group(name: str, customers: int, share: float, sales: float, at_risk: float = 0.0) -> Group:
    return Group(
        name=name,
        customers=customers,
        share=share,
        sales_365=round(sales, 2),
        sales_before_365=round(sales * 0.93, 2),
        value_365=estimate(sales * 0.85),
        value_if_staying=sales * 0.85 + at_risk,
        value_at_risk=estimate(at_risk),
        regulars_and_above=round(customers * 0.3),
    )


def months(rng: random.Random, count: int, monthly: float, customers: int) -> list[Month]:
    found = []
    for i in range(count):
        start = add_months(AS_OF, i - count + 1)
        season = 1 + (0.45 if start.month == 12 else 0.2 if start.month == 11 else -0.12 if start.month == 7 else 0)
        whole = 0.55 if i == count - 1 else 1.0
        sales = monthly * (0.55 + 0.5 * i / count) * season * whole * rng.uniform(0.93, 1.07)
        parts = {"current": 0.83, "won back": 0.07, "slipping": 0.08, "lapsed": 0.02}
        reached = customers * (i + 4) / (count + 3)
        standing = {
            "current": 0.9 - 0.39 * i / count,
            "slipping": 0.05 + 0.02 * i / count,
            "won back": 0.02 * i / count,
        }
        standing["lapsed"] = 1 - sum(standing.values())
        found.append(
            Month(
                month=start,
                complete=i < count - 1,
                sales=round(sales, 2),
                orders=int(sales / 40),
                occasions=int(sales / 42),
                buyers=int(sales / 55),
                new_customers=int(customers / count * rng.uniform(0.7, 1.3)),
                sales_by_standing={k: sales * v for k, v in parts.items()},
                sales_by_rung={k: sales * v for k, v in RUNG_SALES.items()},
                customers_by_standing={k: int(reached * v) for k, v in standing.items()},
                customers_by_rung={k: int(reached * v) for k, v in RUNG_SHARES.items()},
            )
        )
    return found


def flows(rng: random.Random, past: list[Month], customers: int) -> list[Flow]:
    rates = {
        ("new", "current"): 0.028,
        ("current", "slipping"): 0.022,
        ("slipping", "lapsed"): 0.014,
        ("slipping", "current"): 0.006,
        ("lapsed", "won back"): 0.003,
        ("won back", "current"): 0.002,
    }
    return [
        Flow(month.month, origin, target, int(customers * rate * rng.uniform(0.7, 1.3)))
        for month in past
        for (origin, target), rate in rates.items()
    ]


def cohorts(rng: random.Random, count: int, size: int) -> list[Cohort]:
    found = []
    for i in range(count):
        length = count - i
        retained = [1.0] + [0.42 * (k**-0.35) * rng.uniform(0.9, 1.1) for k in range(1, length)]
        people = int(size * rng.uniform(0.8, 1.25))
        found.append(
            Cohort(
                start=add_months(date(2026, 10, 1), 3 * (i - count + 1)),
                period="quarter",
                customers=people,
                active=[int(people * share) for share in retained],
                sales=[people * share * 55 for share in retained],
            )
        )
    return found


def person(rng: random.Random, number: int, rung: str, standing: str, worth: float) -> Person:
    if standing == "slipping":
        silence = {"silence": rng.randint(41, 90), "late_after_day": (AS_OF - timedelta(days=12)).isoformat()}
        reasons = [Reason("late", silence)]
    else:
        lift = Reason("value_below_top", {"value_365": worth * 0.4, "needed_value": worth * 0.9})
        reasons = [lift, Reason("lift_needs", {"score_needs": 41.2})]
    last = AS_OF - timedelta(days=rng.randint(40, 160))
    return Person(
        customer_id=number,
        standing=standing,
        rung=rung,
        sure=rng.choice([0.97, 0.9, 0.74]),
        occasions=rng.randint(4, 60),
        last_day=last,
        late_after_day=last + timedelta(days=38),
        p_return=rng.uniform(0.12, 0.62),
        return_by=AS_OF + timedelta(days=rng.randint(30, 90)),
        value_365=Estimate(worth * 0.4, 0.0, worth * 1.4),
        value_at_risk=worth,
        sales_365=worth * 1.3,
        client_score=rng.uniform(61, 92) if rung != "regular" else None,
        reasons=[
            *reasons,
        ],
    )


def candidates(scale: float) -> list[Candidate]:
    rows = [
        ("MBG/CNBD-2", "model", -1.102, 0.31, 0.8, True),
        ("MBG/NBD", "model", -1.114, 0.318, 0.81, True),
        ("Pareto/NBD", "model", -1.116, 0.319, 0.81, True),
        ("BG/NBD", "model", -1.121, 0.322, 0.83, False),
        ("NBD", "model", -1.254, 0.401, 0.97, False),
        ("same as last period", "baseline", -1.488, 0.52, 1.02, False),
        ("shrunk Poisson", "baseline", -1.198, 0.371, 0.9, False),
        ("zero", "baseline", -2.61, 0.66, 0.66, False),
    ]
    return [
        Candidate(
            name=name,
            kind=kind,
            log_score=log_score,
            crps=crps,
            mae=mae,
            rmse=mae * 2.1,
            predicted=(0 if name == "zero" else 1650 - 40 * i) * scale,
            actual=1690 * scale,
            pit_80=0.79 - 0.02 * i,
            pit_80_raw=0.76 - 0.02 * i,
            may_drive=may_drive,
        )
        for i, (name, kind, log_score, crps, mae, may_drive) in enumerate(rows)
    ] + [Candidate("BG/BB", "model", 0, 0, 0, 0, 0, 0, 0, 0, False, Reason("same_model", {"model": "MBG/NBD", "k": 1}))]


def backtest(rng: random.Random, scale: float) -> Backtest:
    first = AS_OF - timedelta(weeks=78)
    tracking = []
    for week in range(78):
        expected = (95 + 35 * week / 78) * scale
        held = week >= 65
        tracking.append(
            TrackingPoint(
                week=first + timedelta(weeks=week),
                actual=round(expected * rng.uniform(0.86, 1.15)),
                predicted=expected,
                low=expected * 0.82,
                high=expected * 1.2,
                holdout=held,
            )
        )
    origins = [
        Origin(
            as_of=add_months(AS_OF, -3 * k),
            until=add_months(AS_OF, -3 * k + 3) - timedelta(days=1),
            customers=int(4200 * scale),
            predicted=estimate(1650 * scale, 0.1),
            actual=1690 * scale,
            standing={
                "current": (int(2400 * scale), 0.37, 0.355),
                "slipping": (int(420 * scale), 0.2, 0.214),
                "lapsed": (int(1400 * scale), 0.05, 0.041),
            },
        )
        for k in range(4, 0, -1)
    ]
    chances = [
        Bin(i / 10, (i + 1) / 10, int(420 * scale), i / 10 + 0.05, i / 10 + rng.uniform(0.0, 0.09)) for i in range(10)
    ]
    return Backtest(
        chosen="MBG/CNBD-2",
        why=Reason("clearly_better", {"model": "MBG/CNBD-2", "rival": "MBG/NBD", "gain": 0.012, "origins": 4}),
        beats_every_baseline=True,
        best_baseline="shrunk Poisson",
        candidates=candidates(scale),
        origins=origins,
        return_calibration=chances,
        count_calibration=[Bin(i, i + 1, int(300 * scale), i + 0.4, i + rng.uniform(0.2, 0.7)) for i in range(8)],
        tracking=tracking,
        not_judged=int(310 * scale),
        standing_falls=True,
        enough=True,
    )


def replay(rng: random.Random, customers: int) -> list[ReplayMonth]:
    found = []
    for i in range(12):
        month = add_months(AS_OF, i - 12)
        slipping = int(customers * 0.021 * rng.uniform(0.7, 1.3))
        over = i < 9
        back = int(slipping * rng.uniform(0.22, 0.34))
        found.append(
            ReplayMonth(
                month=month,
                slipping=slipping,
                slipping_regulars=int(slipping * 0.36),
                value_at_risk=slipping * 66.0,
                came_back=back if over else None,
                came_back_expected=slipping * 0.28,
                stayed_away=slipping - back if over else None,
                sales_before=(slipping - back) * 81.0 if over else 0.0,
                until=add_months(month, 3),
            )
        )
    return found
