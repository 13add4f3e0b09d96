"""The choice of model: when there is one, when it changes, and that it knows nothing of later days."""

from __future__ import annotations

import math

import ibis
import msgspec
import numpy as np
import pyarrow as pa
import pytest
from tests.insight.people.shops import START, random_shop, shop, steady

from regulars.base import days
from regulars.insight.choice import choose
from regulars.insight.figures import Backtest
from regulars.insight.panel import NEVER, Panel
from regulars.insight.parameters import Choice, Thresholds
from regulars.insight.rounds import HASH_RANGE, hash_of, occasions_by, plan, read_panel, refunds_by, rehearsal, rounds
from regulars.insight.source import Frames
from regulars.insight.trials import run

AS_OF = START + 730
FAST = Thresholds(draws=8)


def floats_of(value):
    """Every number within builtins."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [x for one in value for x in floats_of(one)]
    return [value] if isinstance(value, float) else []


@pytest.fixture(scope="module")
def rows():
    return random_shop(900, seed=7)


@pytest.fixture(scope="module")
def chosen(rows):
    return choose(shop(rows), AS_OF, FAST)


def test_a_family_shop_is_chosen_for(chosen):
    backtest = chosen.backtest
    assert backtest.enough
    assert chosen.choice.model in ("MBG/NBD", "MBG/CNBD-k", "Pareto/NBD")
    assert chosen.choice.counts is None
    assert backtest.beats_every_baseline
    assert len(backtest.origins) == 4
    assert backtest.standing_falls is not False
    assert {c.name for c in backtest.candidates if c.kind == "baseline"} == {
        *("nobody", "everyone", "last_period", "own_rate", "shrunk_rate")
    }
    assert [c.log_score for c in backtest.candidates] == sorted(
        (c.log_score for c in backtest.candidates), reverse=True
    )
    assert not any(c.may_drive for c in backtest.candidates if c.name in ("BG/NBD", "NBD") or c.kind == "baseline")


def test_everything_is_finite_and_survives_json(chosen):
    told = msgspec.json.encode(chosen.backtest)
    assert msgspec.json.decode(told, type=Backtest) == chosen.backtest
    assert all(math.isfinite(x) for x in floats_of(msgspec.to_builtins(chosen.backtest)))
    assert all(math.isfinite(x) for x in floats_of(msgspec.to_builtins(chosen.replay)))
    assert msgspec.json.decode(msgspec.json.encode(chosen.choice), type=Choice) == chosen.choice


def test_ids_and_order_of_rows_change_nothing(rows, chosen):
    shuffled = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    other = choose(shop([(10_000 - 7 * c, d, n) for c, d, n in shuffled]), AS_OF, FAST)
    one, two = (floats_of(msgspec.to_builtins((c.backtest, c.replay))) for c in (chosen, other))
    assert one == pytest.approx(two, rel=1e-6)


def with_refunds(rows, refunds):
    """A source with refunds of (customer, day, given, amount); fully refunded occasions are void."""
    source = shop(rows)
    occasions = source.arrow("occasions").to_pylist()
    by_key = {(c, d): (given, amount) for c, d, given, amount in refunds}
    for row in occasions:
        found = by_key.get((row["customer_id"], days.to_number(row["day"])))
        if found and found[1] >= row["net"]:
            row["orders"], row["void_day"] = 0, days.to_date(found[0])
        if found:
            row["net"] -= found[1]
    table = pa.Table.from_pylist(occasions, schema=source.arrow("occasions").schema)
    given = {
        "order_id": list(range(len(refunds))),
        "customer_id": [c for c, *_ in refunds],
        "order_day": [days.to_date(d) for _, d, _, _ in refunds],
        "day": [days.to_date(g) for _, _, g, _ in refunds],
        "amount": [a for *_, a in refunds],
    }
    return Frames({"occasions": table, "refunds": pa.table(given)})


def test_no_leak_of_later_orders_and_refunds(rows):
    """CHECKS 6: a backtest as of D is the same after later orders and refunds come in."""
    as_of = AS_OF - 150
    known = [row for row in rows if row[1] <= as_of]
    whole = [(c, d, as_of + 1 + (c % 90), n) for c, d, n in known if (c + d) % 9 == 0]
    part = [(c, d, as_of + 1 + (c % 90), n // 3) for c, d, n in known if (c + d) % 9 == 1]
    before = choose(shop(known), as_of, FAST)
    after = choose(with_refunds(rows, [*whole, *part]), as_of, FAST)
    assert len(rows) > len(known)
    assert before.backtest == after.backtest
    assert before.choice == after.choice
    assert before.replay == after.replay


def test_a_leak_would_be_seen(rows):
    """Negative control: refunds known on the day do change the backtest."""
    as_of = AS_OF - 150
    known = [row for row in rows if row[1] <= as_of]
    early = [(c, d, d, n) for c, d, n in known if (c + d) % 9 == 0]
    assert choose(shop(known), as_of, FAST).backtest != choose(with_refunds(known, early), as_of, FAST).backtest


def test_an_origin_knows_only_its_own_day(rows):
    """A refund given between two origins counts from the day it was given."""
    panel = read_panel(with_refunds(rows, [(*rows[5][:2], rows[5][1] + 200, rows[5][2])]), AS_OF, most=10**6)
    who = sorted({c for c, _, _ in rows}).index(rows[5][0])
    then, later = (panel.past(rows[5][1] + days_after, 30) for days_after in (199, 200))
    had = [int(p.histories.occasions[p.who == who][0]) if (p.who == who).any() else 0 for p in (then, later)]
    assert had[0] == had[1] + 1
    at = np.flatnonzero((panel.customer == who) & (panel.day == rows[5][1]))
    assert panel.net_as_of(rows[5][1] + 199)[at] == rows[5][2]
    assert panel.net_as_of(rows[5][1] + 200)[at] == 0


@pytest.mark.parametrize("customers", [0, 1, 5, 30, 200])
def test_small_shops_get_no_choice_but_a_reason(customers):
    rows = random_shop(customers, seed=3) if customers else []
    found = choose(shop(rows), AS_OF, FAST)
    assert found.choice.model == "MBG/NBD"
    assert found.choice.counts is None
    assert found.choice.why.code == "too_few_repeat"
    assert found.choice.why.figures["needed"] == 200
    assert not found.backtest.enough
    assert all(math.isfinite(x) for x in floats_of(msgspec.to_builtins(found.backtest)))
    assert (found.backtest.origins == []) == (customers == 0)


def test_a_short_history_gets_no_choice():
    rows = [(c, START + d, 100) for c in range(300) for d in (c % 7, 10 + c % 5, 20 + c % 9)]
    found = choose(shop(rows), START + 30, FAST)
    assert found.choice.why.code == "too_short_history"
    assert found.backtest.origins == []
    assert not found.backtest.candidates


def test_steady_buyers_are_best_told_by_a_plain_rate():
    """Nobody leaves and everybody buys like clockwork: regularity wins; without it plain rates would."""
    rows = [row for c in range(240) for row in steady(c, START + c % 17, 9 + c % 14, AS_OF)]
    found = choose(shop(rows), AS_OF, FAST)
    assert found.choice.model == "MBG/CNBD-k"
    assert found.choice.k is not None
    assert found.choice.k >= 2
    assert found.choice.why.code in ("clearly_better", "baseline_wins")


def test_the_model_in_use_stays_unless_clearly_beaten(rows, chosen):
    stays = choose(shop(rows), AS_OF, FAST, incumbent=Choice(model="Pareto/NBD"))
    figures = stays.choice.why.figures
    if stays.choice.why.code == "none_clearly_better":
        assert stays.choice.model == "Pareto/NBD"
        assert figures["gain"] <= 2 * figures["standard_error"]
    else:
        assert figures["gain"] > 2 * figures["standard_error"]
    assert chosen.choice.why.figures["origins"] == 4


def test_at_most_one_switch_a_month():
    rows = [row for c in range(240) for row in steady(c, START + c % 17, 9 + c % 14, AS_OF)]
    source, in_use = shop(rows), Choice(model="MBG/NBD")
    held = choose(source, AS_OF, FAST, incumbent=in_use, chosen_on=AS_OF - days.to_date(AS_OF).day + 1)
    free = choose(source, AS_OF, FAST, incumbent=in_use, chosen_on=AS_OF - days.to_date(AS_OF).day)
    assert held.choice.model == "MBG/NBD"
    assert held.choice.why.code in ("chosen_this_month", "baseline_wins")
    assert free.choice.model == "MBG/CNBD-k"


def test_sampled_sums_are_scaled_to_the_firm(rows):
    whole = choose(shop(rows), AS_OF, FAST).backtest
    part = choose(shop(rows), AS_OF, Thresholds(draws=8, sample_customers=450)).backtest
    assert part.origins[-1].customers == pytest.approx(whole.origins[-1].customers, rel=0.15)
    assert part.origins[-1].actual == pytest.approx(whole.origins[-1].actual, rel=0.25)


@pytest.mark.parametrize(
    ("length", "horizon", "origins"),
    [(1500, 91, 4), (546, 91, 4), (364, 91, 2), (200, 50, 2), (56, 14, 2), (55, 91, 0)],
)
def test_the_plan_follows_the_length_of_history(length, horizon, origins):
    found = plan(1000, 1000 + length - 1)
    assert (found[0], len(found[1])) == (horizon, origins)
    assert all(origin + horizon <= 1000 + length - 1 for origin in found[1])
    assert all(early < found[1][0] for early in rehearsal(1000, found[1], horizon))


def test_rounds_count_what_happened():
    days_of = np.array([0, 10, 30, 50, 80, 5, 40], dtype=np.int64)
    panel = Panel.of(np.array([1, 1, 1, 1, 1, 2, 2]), days_of, np.full(7, NEVER))
    turn = rounds(panel, 30, [35])[0]
    assert turn.actual.tolist() == [1, 1]
    assert turn.past.x.tolist() == [2, 0]
    assert turn.past.recent.tolist() == [2, 0]
    assert turn.happened.tolist() == [2, 0]
    assert run([turn], 2, ("MBG/NBD",)).entries["MBG/NBD"].expected[0].shape == (2,)


def test_episodes_are_counted_by_their_beginning():
    panel = Panel.of(np.ones(6, dtype=np.int64), np.array([0, 2, 4, 60, 61, 100]), np.full(6, NEVER), episode_gap=5)
    assert panel.past(59, 30).x.tolist() == [0]
    assert panel.past(100, 45).x.tolist() == [2]
    assert panel.past(100, 45).recent.tolist() == [2]
    assert panel.count(np.array([0]), 60, 100, 100).tolist() == [1]
    assert panel.count(np.array([0]), 3, 60, 100).tolist() == [1]


def test_merged_customers_are_one(rows):
    source = shop(rows)
    merges = {2: 1, 3: 2}
    panel = read_panel(source, AS_OF, most=10**6, merges=merges)
    assert panel.customers == len({c for c, _, _ in rows}) - 2
    assert panel.net.sum() == sum(n for _, _, n in rows)


def test_samples_are_even_for_any_numbering():
    """Ids come in rows, with steps, or high up; each share picks about that share of them."""
    for ids in (np.arange(1, 2001), np.arange(2000) * 55 + 7, 2**52 + np.arange(2000) * 1024):
        table = ibis.memtable(pa.table({"customer_id": ids}))
        drawn = ibis.duckdb.connect().to_pyarrow(table.select(h=hash_of(table.customer_id))).column("h").to_numpy()
        assert drawn.min() >= 0
        assert drawn.max() < HASH_RANGE
        for share in (0.05, 0.3, 0.9):
            assert np.mean(drawn < share * HASH_RANGE) == pytest.approx(share, abs=0.03)


def test_reads_compile_for_spark():
    source = shop(random_shop(3, seed=1))
    for expr in (
        occasions_by(source.table("occasions"), AS_OF, {1: 2}),
        refunds_by(source.table("refunds"), AS_OF, {1: 2}),
    ):
        sampled = expr.filter(hash_of(expr.customer_id) < 1000)
        assert "SELECT" in str(ibis.to_sql(sampled, dialect="pyspark"))
