"""A shop as the operations store has it after a refresh: made by hand, so that no model need be fitted."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from tests.report import firms

from regulars import insight
from regulars.base import clock, days
from regulars.customers import recent
from regulars.customers.models import Consent, Customer, Identity, NameWord, Picture, Recent, Run
from regulars.customers.sync_words import sort_name, words
from regulars.insight.figures import Firm, Reason
from regulars.insight.parameters import Choice

HOSTILE = '<script>alert("x")</script>'
NAMES = (
    HOSTILE,
    '=HYPERLINK("http://evil.example","x")',
    "Älvi O'Brien-Käsk",
    "+358 40 123",
    "{{ 7|add:'7' }} {% now 'Y' %}",
    "‮gnitteb",
    "Marta Tamm",
    "Marta Kask",
    "Kohvik OÜ & Pojad",
    "x" * 300,
    "Jaan",
    "",
)
STANDINGS = ("slipping", "current", "lapsed", "won back")
RUNGS = ("buyer", "repeat", "regular", "client", "extraordinary")


def fill(firm: Firm | None = None, names: tuple[str, ...] = NAMES) -> Run:
    """Customers 1..n with these names, their pictures, and the run they come from."""
    firm = firm or firms.repeat_shop()
    moment = clock.now()
    run = Run.objects.create(
        as_of=firm.as_of,
        started_at=moment,
        finished_at=moment,
        synced_at=moment,
        seconds=1.0,
        versions={},
        standing_version=1,
        parameters=msgspec.to_builtins(parameters(firm)),
        firm=msgspec.to_builtins(firm),
    )
    for number, name in enumerate(names, 1):
        _customer(number, name, run)
    return run


def parameters(firm: Firm) -> insight.Parameters:
    """Some parameters of a run."""
    return insight.Parameters(
        as_of=days.to_number(firm.as_of), versions={}, thresholds=insight.Thresholds(), choice=Choice(),
        first_day=None, last_day=None, customers=firm.customers, repeat_customers=1, occasions=firm.occasions,
        window_days=firm.window_days, window_assumed=False, first_gap_late=60.0, first_gap_learnt=True,
        return_year=0.5, return_year_learnt=True, kind="repeat", kind_why=Reason("customers_return"),
        too_early=False, cycle_days=None, episode_gap_days=None, idle_share=1.0, model={}, spend=None,
        money="margin", margin_rate=0.4, value_top=40_000.0,
    )  # fmt: skip


def _customer(number: int, name: str, run: Run) -> None:
    day = run.as_of - timedelta(days=3 * number)
    Customer.objects.create(
        id=number,
        name=name or None,
        email=f"c{number}@kohvik.example",
        phone=f"+3725550{number:04}",
        country="EE" if number % 2 else "FI",
        city="Tartu",
        import_id=1,
    )
    Identity.objects.create(shop="shop", kind="ref", key=f"C{number}", customer_id=number)
    Identity.objects.create(shop="shop", kind="email", key=f"c{number}@kohvik.example", customer_id=number)
    label = name or f"C{number}"
    Picture.objects.create(
        customer_id=number,
        label=label,
        sort_name=sort_name(label),
        country="EE" if number % 2 else "FI",
        standing=STANDINGS[number % 4],
        rung=RUNGS[number % 5],
        sure=0.9,
        occasions=number,
        orders=number,
        first_day=run.as_of - timedelta(days=400),
        last_day=day,
        late_after_day=day + timedelta(days=40),
        p_alive=0.8,
        p_return=0.31,
        return_in=90,
        next_in=20,
        next_in_10=5,
        next_in_90=70,
        value_365=number * 10_000,
        value_365_low=0,
        value_365_high=number * 20_000,
        value_if_staying=number * 15_000,
        value_at_risk=number * 5_000,
        realised_value=number * 30_000,
        sales=number * 50_000,
        sales_365=number * 20_000,
        client_score=71.0,
        score_revenue=80.0,
        score_needs=62.0,
        score_reliability=70.0,
        reasons="late",
    )
    NameWord.objects.bulk_create(NameWord(word=word, customer_id=number) for word in words(label))
    last = days.to_number(day)
    order = recent.Order(f"A{number}", last, 4200, 0, "placed", 2, [HOSTILE, "Beans"])
    Recent.objects.create(customer_id=number, packed=recent.pack(recent.Recent([last, last - 40, last - 75], [order])))
    Consent.objects.create(
        customer_id=number,
        purpose="marketing",
        channel="email",
        given=bool(number % 2),
        source="import 1",
        recorded_at=clock.now(),
    )
