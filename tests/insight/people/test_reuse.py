"""After new orders on the same day only the customers concerned are judged anew, and the result is the same."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from regulars import insight
from regulars.insight.episodes import with_episodes
from regulars.insight.extras import extras
from regulars.insight.histories import histories
from regulars.insight.judge import judged
from regulars.insight.parameters import Parameters, Thresholds
from regulars.insight.reuse import Last, kept_table, plain, same_day
from regulars.lake import Lake

from .shops import START, orders_table, random_shop

AS_OF = START + 700
ROWS = random_shop(300, seed=31, history=690)
MORE = [(c, START + 695, 4000) for c in (5, 9, 120, 901)] + [(7, START + 650, 2500), (902, START + 700, 100)]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    found = Lake(tmp_path)
    for spec in insight.TABLES:
        found.define(spec)
    found.upsert_orders(orders_table(ROWS, 1), import_id=1)
    return found


def first_run(lake: Lake, merges: dict[int, int] | None = None) -> insight.Picture:
    with lake.snapshot() as source:
        picture = insight.run(source, AS_OF, merges=merges)
    lake.replace("standing", picture.customers)
    return picture


def last_of(lake: Lake, picture: insight.Picture) -> Last:
    with lake.snapshot() as source:
        kept = kept_table(source)
    changed = lake.changed_customers(picture.parameters.versions)
    return Last(picture.parameters, picture.firm, kept, changed)


def in_full(lake: Lake, parameters: Parameters, merges: dict[int, int] | None = None) -> pa.Table:
    """Everybody judged anew by the same frozen parameters."""
    with lake.snapshot() as source:
        known = histories(source, AS_OF, merges=merges)
        if parameters.episode_gap_days is not None:
            known = with_episodes(known, parameters.episode_gap_days)
        return plain(judged(known, parameters, extras(source, known.customer_id, AS_OF, merges=merges))[0])


@pytest.mark.parametrize("merges", [None, {9: 5, 30: 120}])
def test_reused_and_full_agree(lake: Lake, merges: dict[int, int] | None) -> None:
    first = first_run(lake, merges)
    lake.upsert_orders(orders_table(MORE, 2), import_id=2)
    last = last_of(lake, first)
    assert last.changed is not None
    assert set(last.changed) == {c for c, _, _ in MORE}
    with lake.snapshot() as source:
        again = insight.run(source, AS_OF, merges=merges, last=last)
    assert again.parameters.reference == first.parameters.reference, "parameters are frozen for the day"
    full = in_full(lake, again.parameters, merges)
    assert again.customers.num_rows == full.num_rows
    for name in full.column_names:
        assert again.customers.column(name).to_pylist() == full.column(name).to_pylist(), name
    assert again.firm.customers == len(full)
    assert again.firm.orders == len(ROWS) + len(MORE)
    assert again.firm.sales == pytest.approx(sum(n for _, _, n in ROWS + MORE) / 100)
    assert again.firm.backtest == first.firm.backtest


def test_a_new_day_another_setting_or_many_changes_judge_everybody(lake: Lake) -> None:
    first = first_run(lake)
    last = last_of(lake, first)
    versions, inputs = first.parameters.versions, first.parameters.inputs
    base = Thresholds()
    assert same_day(last, AS_OF, base, versions, inputs) is not None
    assert same_day(last, AS_OF + 1, base, versions, inputs) is None
    assert same_day(last, AS_OF, Thresholds(client_score=50.0), versions, inputs) is None
    assert same_day(last, AS_OF, base, versions, "other") is None
    assert same_day(last, AS_OF, base, {**versions, "products": 3}, inputs) is None
    many = Last(last.parameters, last.firm, last.customers, np.arange(200))
    assert same_day(many, AS_OF, base, versions, inputs) is None
    unknown = Last(last.parameters, last.firm, last.customers, None)
    assert same_day(unknown, AS_OF, base, versions, inputs) is None


def test_parameters_survive_json(lake: Lake) -> None:
    found = first_run(lake).parameters
    assert msgspec.json.decode(msgspec.json.encode(found), type=Parameters) == found
    assert msgspec.convert(msgspec.to_builtins(found), Parameters) == found
