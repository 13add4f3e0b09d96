"""Made-up firms in the shape that insight answers in: plausible to the eye, the same in every run."""

from __future__ import annotations

import random
from datetime import date, timedelta

from regulars.base.days import add_months
from regulars.insight.figures import (
    Backtest,
    Bin,
    Candidate,
    Cohort,
    Concentration,
    Cost,
    Estimate,
    Firm,
    Flow,
    Group,
    KeptYear,
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


def repeat_shop(
    *, customers: int = 9431, currency: str = "EUR", money: str = "margin", rate: float = 1.0, seed: int = 7
) -> Firm:
    """A healthy shop whose customers come back: three years, everything known."""
    rng = random.Random(seed)
    yearly = customers * 128.0 * rate
    past = months(rng, 35, yearly / 12, customers)
    counts = {name: round(customers * share) for name, share in SHARES.items()}
    counts["lapsed"] += customers - sum(counts.values())
    sales = {"current": 0.87, "slipping": 0.07, "lapsed": 0.02, "won back": 0.04}
    risk = {"slipping": yearly * 0.034, "lapsed": yearly * 0.09}
    names = ["extraordinary", "client", "regular", "repeat"]
    called = [
        person(rng, 100 + i, names[min(i // 5, 3)], "slipping", yearly / customers * (22 - i) * rng.uniform(0.8, 1.2))
        for i in range(20)
    ]
    lifted = [
        person(rng, 200 + i, "client" if i < 7 else "regular", "current", yearly / customers * (14 - i))
        for i in range(10)
    ]
    return Firm(
        as_of=AS_OF,
        first_day=past[0].month,
        last_day=AS_OF,
        currency=currency,
        money=money,
        kind="repeat",
        kind_why=Reason(
            "customers_return",
            {"customers": customers, "repeat_customers": int(customers * 0.48), "days": 1054, "return_year": 0.44},
        ),
        customers=customers,
        prospects=int(customers * 0.03),
        orders=customers * 6,
        occasions=int(customers * 5.7),
        sales=yearly * 2.3,
        window_days=47,
        window_assumed=False,
        unit="occasions",
        episode_gap_days=None,
        model="MBG/CNBD-2",
        model_why=Reason("clearly_better", {"model": "MBG/CNBD-2", "rival": "MBG/NBD", "gain": 0.012, "origins": 4}),
        standing=[
            group(name, count, count / customers, yearly * sales[name], risk.get(name, 0.0))
            for name, count in counts.items()
        ]
        + [group("prospect", int(customers * 0.03), 0.0, 0.0)],
        rung=[
            group(name, round(customers * share), share, yearly * RUNG_SALES[name], yearly * 0.01)
            for name, share in RUNG_SHARES.items()
        ],
        value_365=estimate(yearly * 0.88, 0.06),
        value_at_risk=estimate(risk["slipping"]),
        already_lost=estimate(risk["lapsed"]),
        months=past,
        flows=flows(rng, past[1:], customers),
        cohorts=cohorts(rng, 11, customers // 11),
        concentration=Concentration(0.46, 0.14, 0.61, [(i / 100, 1 - (1 - i / 100) ** 4.6) for i in range(0, 101, 2)]),
        kept_best=[
            KeptYear(date(2025, 11, 20), customers // 14, int(customers / 14 * 0.84), yearly * 0.3, yearly * 0.27),
            KeptYear(date(2026, 11, 20), customers // 12, int(customers / 12 * 0.87), yearly * 0.35, yearly * 0.33),
        ],
        cost=Cost(
            date(2025, 12, 1),
            date(2026, 11, 1),
            yearly * 0.05,
            customers // 4,
            yearly * 0.05 / (customers // 4),
            yearly * 0.012,
            customers // 3,
            yearly * 0.012 / (customers // 3),
            {"search ads": (yearly * 0.03, customers // 7), "fairs": (yearly * 0.02, None)},
        ),
        call_list=called,
        near_extraordinary=lifted,
        fading=int(customers * 0.04),
        seasonal=int(customers * 0.02),
        backtest=backtest(rng, customers / 9431),
        replay=replay(rng, customers),
        cautions=[Reason("month_unfinished", {"as_of": "2026-11-20"})],
    )


def names(firm: Firm) -> dict[int, str]:
    """What the firm calls the people in its lists."""
    rng = random.Random(3)
    people = [*firm.call_list, *firm.near_extraordinary]
    return {p.customer_id: f"{rng.choice(FIRST)} {rng.choice(LAST)}" for p in people}


def changed(firm: Firm, **fields: object) -> Firm:
    """A copy with some fields replaced."""
    import msgspec

    return msgspec.structs.replace(firm, **fields)


def empty_firm() -> Firm:
    """Not one order yet."""
    return Firm(
        as_of=AS_OF,
        first_day=None,
        last_day=None,
        currency="EUR",
        money="sales",
        kind="too_few",
        kind_why=Reason("few_repeat_customers", {"customers": 0, "repeat_customers": 0}),
        customers=0,
        prospects=0,
        orders=0,
        occasions=0,
        sales=0.0,
        window_days=90,
        window_assumed=True,
        unit="occasions",
        episode_gap_days=None,
        model="none",
        model_why=Reason("no_choice", {}),
        standing=[],
        rung=[],
        value_365=None,
        value_at_risk=None,
        already_lost=None,
        months=[],
        flows=[],
        cohorts=[],
        concentration=Concentration(None, None, None, []),
        kept_best=[],
        cost=None,
        call_list=[],
        near_extraordinary=[],
        fading=0,
        seasonal=0,
        backtest=None,
        replay=[],
        cautions=[],
    )


def tiny_shop() -> Firm:
    """Five customers, four months: nearly nothing can be said."""
    rng = random.Random(5)
    counts = {"current": 3, "slipping": 1, "lapsed": 1}
    return changed(
        empty_firm(),
        first_day=date(2026, 8, 3),
        last_day=AS_OF,
        customers=5,
        orders=9,
        occasions=8,
        sales=412.5,
        kind_why=Reason("few_repeat_customers", {"customers": 5, "repeat_customers": 2}),
        standing=[group(name, n, n / 5, 90.0 * n, 12.0 if name == "slipping" else 0.0) for name, n in counts.items()],
        rung=[group("buyer", 3, 0.6, 150.0), group("repeat", 2, 0.4, 262.5)],
        value_365=Estimate(310.0, 20.0, 1400.0),
        value_at_risk=Estimate(12.0, 0.0, 95.0),
        months=months(rng, 4, 100.0, 5),
        call_list=[person(rng, 1, "repeat", "slipping", 12.0)],
        backtest=changed(
            backtest(rng, 0.01),
            chosen="MBG/NBD",
            why=Reason("too_few_repeat", {"repeat": 2, "needed": 200}),
            beats_every_baseline=False,
            best_baseline=None,
            candidates=[],
            origins=[],
            return_calibration=[],
            count_calibration=[],
            tracking=[],
            standing_falls=None,
            enough=False,
        ),
        cautions=[Reason("few_customers", {"customers": 5, "needed": 30})],
    )


def one_off_firm() -> Firm:
    """People buy a kitchen once: standing says only who was here lately."""
    rng = random.Random(11)
    base = repeat_shop(customers=12_000, money="sales", seed=11)
    past = [
        changed(
            month,
            sales_by_standing={"recent": month.sales * 0.97, "not recent": month.sales * 0.03},
            customers_by_standing={
                "recent": int(sum(month.customers_by_standing.values()) * 0.3),
                "not recent": int(sum(month.customers_by_standing.values()) * 0.7),
            },
        )
        for month in base.months
    ]
    return changed(
        base,
        kind="one_off",
        kind_why=Reason("hardly_anyone_returns", {"customers": 12000, "return_year": 0.031}),
        standing=[group("recent", 3400, 0.283, 1_400_000.0), group("not recent", 8600, 0.717, 30_000.0)],
        rung=[group("buyer", 11_600, 0.967, 1_380_000.0), group("repeat", 400, 0.033, 50_000.0)],
        value_at_risk=None,
        already_lost=None,
        months=past,
        flows=[Flow(m.month, "new", "recent", int(300 * rng.uniform(0.8, 1.2))) for m in past],
        call_list=[],
        near_extraordinary=[],
        kept_best=[],
        replay=[],
        cost=None,
    )


def hostile_names(firm: Firm) -> dict[int, str]:
    """Names that are markup somewhere, or longer than any column."""
    wicked = [
        "<script>alert(1)</script>",
        'Müller & Söhne "Bäckerei" <b>GmbH</b>',
        '#eval("1+1") $x$ *bold* _it_ `raw` @ref <label> \\',
        "[bold red]Rich[/bold red] [link=x]y",
        "Aktsiaselts " + "Väga Pika Nimega Ettevõte " * 6 + "OÜ",
        "x" * 300,
        '=HYPERLINK("x")',
        "山田 太郎商店",
        "\u202eright to left\u202c",
        "",
        "nul\x00and\x07bell \x1b[31mred",
        "]]> --> </svg> {{curly}} %s {0}",
    ]
    people = [*firm.call_list, *firm.near_extraordinary]
    return {p.customer_id: wicked[i % len(wicked)] for i, p in enumerate(people)}


FIRMS = {
    "repeat": lambda: repeat_shop(),
    "sales": lambda: repeat_shop(money="sales"),
    "million": lambda: repeat_shop(customers=1_000_000),
    "yen": lambda: repeat_shop(customers=800, currency="JPY", rate=150.0),
    "one_off": one_off_firm,
    "tiny": tiny_shop,
    "empty": empty_firm,
}
"""Every firm that every edge must be able to show."""
