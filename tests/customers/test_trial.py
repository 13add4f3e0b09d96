"""Thresholds tried out: what is foretold is what a refresh with them gives, and nothing is kept but the answer."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.stores import every_database

from regulars.base.errors import BadInput, NotFound
from regulars.customers import jobs, trial
from regulars.customers.models import Run, Trial
from regulars.customers.refresh import open_lake, refresh
from regulars.customers.thresholds import LIMITS, besides_defaults, checked
from regulars.insight import Thresholds
from regulars.insight.tryout import AFTER_THE_TEST, Difference
from regulars.intake import pipeline
from regulars.platform import settings_actions
from regulars.platform.registry import personal_data
from regulars.platform.workspace import Workspace, open_workspace


@pytest.fixture
def judged(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Forty customers, customer i every 10 + i days until day 300 - 6i, and a refresh."""
    rows = [
        f"{i}-{day},{date(2024, 1, 1) + timedelta(day)},C{i},{20 + i}.00"
        for i in range(40)
        for day in range(0, 300 - 6 * i, 10 + i)
    ]
    path = tmp_path / "orders.csv"
    path.write_text("order number,date,customer id,total\n" + "\n".join(rows) + "\n")
    pipeline.import_files(workspace, [path])
    refresh(open_workspace(workspace.path))
    return workspace


def rows(workspace: Workspace, run: Run) -> dict[int, dict[str, Any]]:
    with open_lake(workspace).snapshot({"standing": run.standing_version}) as snapshot:
        return {row["customer_id"]: row for row in snapshot.table("standing").to_pyarrow().to_pylist()}


def answered(workspace: Workspace, thresholds: Thresholds) -> Difference:
    asked = trial.ask(workspace, thresholds)
    trial.do(workspace, asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.error) == ("done", "")
    return msgspec.convert(asked.result, Difference)


@every_database
@pytest.mark.parametrize(
    "thresholds",
    [
        Thresholds(regular_occasions=12, client_score=30.0, slipping_chance=0.6),
        Thresholds(late_share=0.55, least_window_days=30),
    ],
)
def test_what_is_foretold_comes_true(judged: Workspace, thresholds: Thresholds) -> None:
    before = rows(judged, Run.objects.get())
    told = answered(judged, thresholds)
    assert Run.objects.count() == 1
    settings_actions.change(judged, "thresholds", besides_defaults(thresholds))
    after = rows(judged, refresh(open_workspace(judged.path)).run)
    for column, moves in (("standing", told.standing), ("rung", told.rung)):
        happened = Counter(
            (row[column], after[customer][column])
            for customer, row in before.items()
            if row[column] != after[customer][column]
        )
        assert {(move.origin, move.target): move.customers for move in moves} == dict(happened)
        assert getattr(told.after, column) == Counter(row[column] for row in after.values())
        assert getattr(told.before, column) == Counter(row[column] for row in before.values())
        for move in moves:
            moved = [c for c in before if (before[c][column], after[c][column]) == (move.origin, move.target)]
            assert move.sales_365 == sum(before[c]["sales_365"] for c in moved)
            assert move.value_365 == sum(before[c]["value_365"] for c in moved)
            assert move.examples == sorted(moved, key=lambda c: (-before[c]["sales_365"], c))[:5]
    assert told.standing or told.rung


def test_the_thresholds_in_force_move_nobody(judged: Workspace) -> None:
    told = answered(judged, Thresholds())
    assert (told.standing, told.rung) == ([], [])
    assert told.before == told.after


def test_the_same_is_asked_once(judged: Workspace) -> None:
    wanted = Thresholds(regular_occasions=5)
    first = trial.ask(judged, wanted)
    assert trial.ask(judged, wanted).pk == first.pk
    trial.do(judged, first.pk)
    assert trial.ask(judged, wanted).pk == first.pk
    assert trial.ask(judged, Thresholds(regular_occasions=6)).pk != first.pk
    refresh(open_workspace(judged.path))
    assert trial.ask(judged, wanted).pk != first.pk


def test_new_orders_count_on_both_sides(judged: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text("order number,date,customer id,total\nN1,2024-11-20,C39,10.00\nN2,2024-11-20,C99,10.00\n")
    pipeline.import_files(judged, [path])
    told = answered(judged, Thresholds())
    assert (told.standing, told.rung) == ([], [])
    assert told.customers == 41


def test_before_the_first_refresh_there_is_nothing_to_compare(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="Nobody has been judged"):
        trial.ask(workspace, Thresholds())


def test_what_fails_says_so_and_is_done_again(judged: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = trial.ask(judged, Thresholds(regular_occasions=5))
    with monkeypatch.context() as broken:
        broken.setattr(trial, "_answer", lambda *_given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            jobs.try_out(trial=asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.error) == ("failed", "ZeroDivisionError")
    jobs.try_out(trial=asked.pk)
    asked.refresh_from_db()
    assert asked.state == "done"


def test_forgetting_somebody_takes_the_examples_along(judged: Workspace) -> None:
    answered(judged, Thresholds(regular_occasions=12))
    assert personal_data["trials"].erase([1]) == 1
    assert not Trial.objects.exists()


def test_thresholds_have_limits() -> None:
    assert set(LIMITS) | {"episodes"} == set(Thresholds.__struct_fields__)
    for name, (least, most) in LIMITS.items():
        whole = isinstance(getattr(Thresholds(), name), int) or name in ("episode_gap_days", "cycle_days")
        kind = int if whole else float
        assert getattr(checked({name: kind(least)}), name) == least
        assert getattr(checked({name: kind(most)}), name) == most
        for beyond in (kind(least) - 1, kind(most) + 1):
            with pytest.raises(BadInput, match=f"{name} of .thresholds. is between"):
                checked({name: beyond})
    assert checked(besides_defaults(Thresholds(cycle_days=500, episodes="off"))) == Thresholds(
        cycle_days=500, episodes="off"
    )


def test_what_is_said_to_come_after_the_test_is_a_threshold() -> None:
    assert set(Thresholds.__struct_fields__) >= AFTER_THE_TEST
