"""Rungs, the client score with its parts, RFM, flags, and the reasons that go with them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from regulars.insight.ranks import fifth, rank, reference
from regulars.insight.reasons import CODES, reasons

from .shops import START, random_shop, steady
from .verdicts import Verdicts, verdicts

AS_OF = START + 730
ROWS = random_shop(400, seed=12, mean_gap=30)


@pytest.fixture(scope="module")
def found() -> Verdicts:
    return verdicts(ROWS, AS_OF)


def test_every_rung_is_what_its_definition_says(found: Verdicts) -> None:
    window = found.parameters.window_days
    scores = {c: row["client_score"] for c, row in found.rows.items()}
    for place, customer in enumerate(found.histories.customer_id):
        row = found[int(customer)]
        days = sorted(d for c, d, _ in ROWS if c == customer and d <= AS_OF)
        gaps = np.diff(days)
        span = days[-1] - days[0]
        regular = len(days) >= 3 and span >= window and gaps.max() <= 0.75 * span
        client = regular and scores[int(customer)] >= 60
        top = row["value_365"] >= found.parameters.value_top
        expected = "extraordinary" if client and top else "client" if client else "regular" if regular else None
        assert row["rung"] == (expected or ("repeat" if len(days) > 1 else "buyer")), place


def test_about_a_tenth_of_regulars_and_above_are_in_the_top(found: Verdicts) -> None:
    deep = [row for row in found.rows.values() if row["rung"] in ("regular", "client", "extraordinary")]
    best = [row for row in deep if row["value_365"] >= found.parameters.value_top]
    assert len(best) == round(0.1 * len(deep))


def test_the_score_is_the_mean_of_its_known_parts(found: Verdicts) -> None:
    for row in found.rows.values():
        assert row["score_reliability"] is None  # nothing is known of returns here
        if row["occasions"] == 1:
            assert row["client_score"] is None
        else:
            assert row["client_score"] == pytest.approx((row["score_revenue"] + row["score_needs"]) / 2)
            assert 0 <= row["score_revenue"] <= 100
    asked = [row for row in found.rows.values() if row["rung"] in ("regular", "client")]
    assert all("unknown_reliability" in row["reasons"].split() for row in asked)


def test_returns_and_categories_enter_the_score() -> None:
    rows = steady(1, START, 20, AS_OF, net=1500) + steady(2, START, 20, AS_OF, net=1500)
    rows += [(c + 10, d, n) for c, d, n in ROWS]
    orders = {
        "order_id": [1, 2, 3],
        "customer_id": [1, 2, 2],
        "day": pa.array([START, START, START], pa.int32()).cast(pa.date32()),
        "gross": [5000, 40_000, 30_000],
        "discount": [0, 0, 0],
        "refund": [0, 40_000, 0],
        "status": ["placed", "placed", "cancelled"],
    }
    refunds = {
        "order_id": [2, 2],
        "customer_id": [2, 2],
        "order_day": pa.array([START, START], pa.int32()).cast(pa.date32()),
        "day": pa.array([START + 30, AS_OF + 5], pa.int32()).cast(pa.date32()),
        "amount": [40_000, 1],
    }
    buyers = [1, *sorted({c for c, _, _ in rows})]
    lines = {
        "order_id": list(range(len(buyers))),
        "line_no": pa.array([1] * len(buyers), pa.int32()),
        "customer_id": buyers,
        "day": pa.array([START] * len(buyers), pa.int32()).cast(pa.date32()),
        "category": ["coffee", *["tea"] * (len(buyers) - 1)],
        "net": [1] * len(buyers),
    }
    tables = {"orders": pa.table(orders), "refunds": pa.table(refunds), "lines": pa.table(lines)}
    told = verdicts(rows, AS_OF, tables=tables)
    assert told[1]["score_reliability"] > told[2]["score_reliability"]
    assert told[1]["score_needs"] > told[2]["score_needs"]
    known = [told[1][f"score_{part}"] for part in ("revenue", "needs", "reliability")]
    assert told[1]["client_score"] == pytest.approx(np.mean(known))
    before = verdicts(rows, START + 20, tables=tables)  # the refund is of day 30, the cancellation has no later day
    assert before.histories.as_of == START + 20


def test_overdue_orders_cost_reliability() -> None:
    moment = pa.timestamp("us", tz="UTC")
    when = np.array([(START + 30) * 86_400_000_000] * 2)
    orders = pa.table(
        {
            "order_id": [1, 2],
            "customer_id": [1, 2],
            "day": pa.array([START, START], pa.int32()).cast(pa.date32()),
            "gross": [90_000, 90_000],
            "discount": [0, 0],
            "refund": [0, 0],
            "status": ["placed", "placed"],
            "due_at": pa.array(when).cast(moment),
            "paid_at": pa.array([when[0], None], pa.int64()).cast(moment),
        }
    )
    rows = steady(1, START, 20, AS_OF) + steady(2, START, 20, AS_OF) + [(c + 10, d, n) for c, d, n in ROWS]
    told = verdicts(rows, AS_OF, tables={"orders": orders})
    assert told[1]["score_reliability"] > told[2]["score_reliability"]


def test_who_brings_others_is_extraordinary_as_a_client(found: Verdicts) -> None:
    clients = [c for c, row in found.rows.items() if row["rung"] == "client"]
    buyers = [c for c, row in found.rows.items() if row["rung"] == "buyer"]
    attributes = pa.table({"customer_id": [clients[0], buyers[0]], "brings_others": [True, True]})
    told = verdicts(ROWS, AS_OF, attributes=attributes)
    assert told[clients[0]]["rung"] == "extraordinary"
    assert "brings_others" in told[clients[0]]["reasons"].split()
    assert told[buyers[0]]["rung"] == "buyer"


def test_known_people_without_an_occasion_are_prospects() -> None:
    people = pa.table({"customer_id": [1, 5001], "kind": ["person", "organisation"]})
    attributes = pa.table({"customer_id": [5002, 2]})
    told = verdicts(ROWS, AS_OF, tables={"people": people}, attributes=attributes)
    for customer in (5001, 5002):
        assert told[customer]["standing"] == told[customer]["rung"] == "prospect"
        assert told[customer]["value_365"] is None
        assert told[customer]["sales"] == 0
    assert told[1]["standing"] != "prospect"


def test_a_member_of_an_organisation_is_no_prospect() -> None:
    people = pa.table({"customer_id": [1, 5001, 5002, 5003], "kind": ["organisation", "person", "person", "person"]})
    orders = pa.table(
        {
            "order_id": [1],
            "customer_id": [1],
            "user_id": [5001],
            "payer_id": [5002],
            "day": pa.array([START], pa.int32()).cast(pa.date32()),
            "gross": [90_000],
            "discount": [0],
            "refund": [0],
            "status": ["placed"],
        }
    )
    told = verdicts(ROWS, AS_OF, tables={"people": people, "orders": orders})
    assert {5001, 5002, 5003} & set(told.rows) == {5003}


def test_rfm_scores_are_fifths(found: Verdicts) -> None:
    frequency = np.array([row["frequency_score"] for row in found.rows.values()])
    recency = np.array([row["recency_score"] for row in found.rows.values()])
    assert set(recency) == {1, 2, 3, 4, 5}
    assert np.abs(np.bincount(recency)[1:] / len(recency) - 0.2).max() < 0.06
    busiest = max(found.rows.values(), key=lambda row: row["occasions"])
    assert busiest["frequency_score"] == 5
    assert frequency.min() >= 1


def test_ranks_count_equals_half_and_survive_freezing() -> None:
    values = np.array([1.0, 2.0, 2.0, 3.0])
    kept = reference(values)
    assert list(rank(values, kept)) == [0.125, 0.5, 0.5, 0.875]
    assert list(rank(np.array([0.0, 2.5, 9.0]), kept)) == [0.0, 0.75, 1.0]
    assert list(rank(values, [])) == [0.5] * 4
    rng = np.random.default_rng(1)
    many = rng.gamma(1.0, 1.0, 50_000)
    frozen = reference(many)
    assert len(frozen) == 1001
    exact = np.argsort(np.argsort(many)) / len(many)
    assert np.abs(rank(many, frozen) - exact).max() < 0.002
    for sample in (many[:5000], np.rint(many[:5000])):
        by_rank = 1 + np.minimum(np.floor(5 * rank(sample, frozen)), 4)
        assert (fifth(sample, frozen) == by_rank).mean() > 0.999


def test_reasons_carry_their_figures(found: Verdicts) -> None:
    for row in list(found.rows.values())[:100]:
        told = reasons(row, {"window_days": found.parameters.window_days})
        assert told
        for reason in told:
            assert reason.code in CODES
            assert all(value is not None for value in reason.figures.values())
    slipping = next(row for row in found.rows.values() if row["standing"] == "slipping")
    late = reasons(slipping)[0]
    assert late.code == "late"
    assert late.figures["late_after_day"] == slipping["late_after_day"].isoformat()
