"""Made-up firms in the shape that insight answers in: plausible to the eye, the same in every run."""

from __future__ import annotations

import random
from datetime import date

from tests.report.parts import (
    AS_OF,
    FIRST,
    LAST,
    RUNG_SALES,
    RUNG_SHARES,
    SHARES,
    backtest,
    cohorts,
    estimate,
    flows,
    group,
    months,
    person,
    replay,
)

from regulars.insight.figures import (
    Concentration,
    Cost,
    Estimate,
    Firm,
    Flow,
    KeptYear,
    Reason,
)


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
