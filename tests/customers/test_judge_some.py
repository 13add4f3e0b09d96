"""What is said of a few customers between runs is what the next refresh says of them, and is told once."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.stores import Stores, every_database

from regulars.customers import actions_consent, actions_merges, ahead, identity
from regulars.customers.judge_some import Pending, judge_some
from regulars.customers.models import Customer, Picture, Recent, StandingChange
from regulars.customers.refresh import open_lake, refresh
from regulars.customers.sync import sync
from regulars.customers.sync_columns import NOT_JUDGED
from regulars.platform.models import Event
from regulars.platform.workspace import Workspace

START = date(2024, 1, 1)
LAST = START + timedelta(300)
_numbers = count()

Bought = list[tuple[str, int, int, int, int]]
"""Order's number, customer, day, amount, and what of it was given back (on the last day)."""


def pending(bought: Bought, import_id: int = -1) -> Pending:
    names, who, day, gross, back = (list(column) for column in zip(*bought, strict=True))
    days = pa.array([START + timedelta(d) for d in day], pa.date32())
    back = [min(b, g) for b, g in zip(back, gross, strict=True)]
    n = len(bought)
    orders = pa.table(
        {
            "order_key": list(range(n)), "shop": ["shop"] * n, "external_id": names, "customer_id": who, "day": days,
            "ordered_at": days.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")), "currency": ["EUR"] * n,
            "rate": [1.0] * n, "original": gross, "gross": gross, "discount": [0] * n, "refund": back, "tax": [0] * n,
            "shipping": [0] * n, "net": [g - b for g, b in zip(gross, back, strict=True)], "status": ["placed"] * n,
            "import_id": [import_id] * n, "fingerprint": [hash(row) for row in bought],
        }
    )  # fmt: skip
    lines = pa.table(
        {
            "order_key": list(range(n)), "line_no": [1] * n, "customer_id": who, "day": days,
            "product_id": [f"P{w % 3}" for w in who], "category": [f"K{d % 4}" for d in day], "quantity": [1.0] * n,
            "unit_price": gross, "discount": [0] * n, "net": gross,
        }
    )  # fmt: skip
    given_back = [place for place in range(n) if back[place]]
    refunds = pa.table(
        {
            "order_key": pa.array(given_back, pa.int64()),
            "customer_id": pa.array([who[p] for p in given_back], pa.int64()),
            "order_day": days.take(pa.array(given_back, pa.int64())),
            "day": pa.array([LAST] * len(given_back), pa.date32()),
            "amount": pa.array([back[p] for p in given_back], pa.int64()),
        }
    )
    return Pending(orders, lines, refunds)


def take_in(workspace: Workspace, given_: Pending, number: int) -> None:
    open_lake(workspace).upsert_orders(given_.orders, given_.lines, given_.refunds, import_id=number)
    who = set(given_.orders["customer_id"].to_pylist())
    Customer.objects.bulk_create([Customer(pk=w, import_id=1) for w in who], ignore_conflicts=True)


def pictures(*who: int) -> dict[int, dict[str, Any]]:
    return {row["customer_id"]: row for row in Picture.objects.filter(pk__in=who).values()}


def packed(*who: int) -> dict[int, str]:
    return dict(Recent.objects.filter(pk__in=who).values_list("customer_id", "packed"))


BASE: Bought = [
    (f"{who}-{day}", who, day, 1_000 + 37 * who, 0)
    for who in range(1, 21)
    for day in range(who % 5, 301 if who < 15 else 160, 10 + 2 * who)
] + [("last", 20, 300, 900, 100)]


@pytest.fixture
def judged(workspace: Workspace) -> Workspace:
    take_in(workspace, pending(BASE), 1)
    refresh(workspace)
    sync(workspace)
    return workspace


orders = st.lists(
    st.tuples(
        st.sampled_from([*(f"new{n}" for n in range(4)), "1-1", "3-3", "last"]),
        st.integers(1, 4),
        st.integers(0, 300),
        st.integers(100, 9_000),
        st.sampled_from([0, 0, 50, 10_000]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda order: order[0],
)


@settings(
    max_examples=4,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(coming=orders)
def test_the_next_refresh_says_the_same(stores: Stores, tmp_path: Path, coming: Bought) -> None:
    workspace = stores.workspace("sqlite", tmp_path / f"home-{next(_numbers)}")
    take_in(workspace, pending(BASE), 1)
    refresh(workspace)
    sync(workspace)
    given_ = pending(coming)
    owners = {"1-1": 1, "3-3": 3, "last": 20}
    touched = {order[1] for order in coming} | {owners[order[0]] for order in coming if order[0] in owners}
    judge_some(workspace, touched, given_, as_of=LAST)
    quick, orders_then = pictures(*touched), packed(*touched)
    take_in(workspace, given_, 2)
    run = refresh(workspace).run
    assert run.as_of == LAST
    changes = StandingChange.objects.count()
    sync(workspace)
    after = pictures(*touched)
    for who in touched:
        assert after[who] == quick[who]
    assert packed(*touched) == orders_then
    assert StandingChange.objects.count() == changes


@every_database
def test_what_changed_is_told_once(judged: Workspace) -> None:
    silent = Picture.objects.exclude(standing__in=("current", "won back")).values_list("customer_id", flat=True)
    who = int(silent.order_by("customer_id")[0])
    was = Picture.objects.get(pk=who).standing
    given_ = pending([("fresh", who, 299, 5_000, 0)])
    told: list[list[int]] = []
    done = judge_some(judged, [who], given_, as_of=LAST, done=lambda ids: told.append(list(ids)))
    now = Picture.objects.get(pk=who)
    assert (done.customers, done.changed, told) == ([who], 1, [[who]])
    assert now.standing in ("current", "won back")
    change = StandingChange.objects.get(customer_id=who)
    assert (change.standing_before, change.standing) == (was, now.standing)
    assert judge_some(judged, [who], given_, as_of=LAST).changed == 0
    judge_some(judged, [who], None, as_of=LAST)
    judge_some(judged, [who], given_, as_of=LAST)
    assert StandingChange.objects.filter(customer_id=who).count() == 3
    assert Event.objects.filter(name="standing changed", customer_id=who).count() == 3
    assert '"fresh"' in Recent.objects.get(pk=who).packed


@every_database
def test_a_sync_of_a_run_that_didnt_see_the_orders_takes_nothing_back(
    judged: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer: set[int] = set()
    source = ahead.Newer("test", lambda _v: newer, lambda _v: (), lambda _v: None)
    monkeypatch.setattr(ahead, "sources", [source])
    given_ = pending([("fresh", 7, 300, 5_000, 0)])
    refresh(judged)
    judge_some(judged, [7], given_, as_of=LAST)
    quick = pictures(7)
    orders_then = packed(7)
    newer.add(7)
    actions_consent.object_to_analysis(8, source="letter")
    refresh(judged)
    sync(judged)
    assert (pictures(7), packed(7)) == (quick, orders_then)
    assert Picture.objects.get(pk=8).standing == NOT_JUDGED
    newer.clear()
    monkeypatch.setattr(ahead, "sources", [ahead.Newer("test", lambda _v: (), lambda _v: (7,), lambda _v: None)])
    refresh(judged)
    sync(judged)
    assert pictures(7) != quick  # the order never came into the lake, so the run's word is the one


def test_merged_customers_are_judged_as_one_and_who_objects_is_not(judged: Workspace) -> None:
    with identity.alone(), transaction.atomic():
        actions_merges.join(3, 4, "by hand")
    actions_consent.object_to_analysis(5, source="letter")
    judge_some(judged, [3, 5], pending([("fresh", 3, 300, 5_000, 0), ("other", 5, 300, 5_000, 0)]), as_of=LAST)
    assert not Picture.objects.filter(pk=3).exists()
    assert Picture.objects.get(pk=4).last_day == LAST
    assert Picture.objects.get(pk=5).standing == NOT_JUDGED


def test_before_the_first_run_nothing_is_said(workspace: Workspace) -> None:
    take_in(workspace, pending(BASE), 1)
    told: list[list[int]] = []
    judge_some(workspace, [1], None, as_of=LAST, done=lambda ids: told.append(list(ids)))
    assert told == [[1]]
    assert not Picture.objects.exists()
