"""A writer that dies at any point of a step leaves a lake that the next one puts right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deltalake.exceptions import CommitFailedError
from tests.lake.batches import incoming, line, order, orders, random_orders
from tests.lake.conftest import Rows

from regulars.base.errors import Conflict, Damaged
from regulars.lake import Lake, OrderCounts, delta, engine, head, work


class Died(BaseException):
    """Stands for kill -9: nothing but `finally` blocks run after it (the hard tests kill real processes)."""


POINTS = [(delta, "create"), (delta, "commit"), (head, "write"), (work, "sync"), (delta, "sync")]


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize(("module", "name"), POINTS, ids=[f"{m.__name__.split('.')[-1]}.{n}" for m, n in POINTS])
def test_dying_at_any_point_leaves_all_or_nothing(
    lake: Lake, rows: Rows, monkeypatch: pytest.MonkeyPatch, module: object, name: str, nth: int
) -> None:
    lake.upsert_orders(orders([order(0, "A", 1, 0), order(1, "B", 2, 0)]), import_id=1)
    before = (rows("orders", "order_id"), rows("occasions", "customer_id"))
    batch = orders([order(0, "A", 1, 2, 700), order(1, "C", 3, 0)])
    lines = incoming("lines", [line(0, 1, 1, 2, 700)])
    calls = 0
    real = getattr(module, name)

    def dying(*args: object, **more: object) -> object:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise Died
        return real(*args, **more)

    died = False
    with monkeypatch.context() as patch:
        patch.setattr(module, name, dying)
        try:
            lake.upsert_orders(batch, lines, import_id=2)
        except Died:
            died = True
    seen = (rows("orders", "order_id"), rows("occasions", "customer_id"))
    if died:
        assert seen == before, "readers see nothing of a step that was not finished"
    again = Lake(lake.path)
    assert again.upsert_orders(batch, lines, import_id=2) == OrderCounts(new=1, replaced=1)
    assert {row["external_id"]: row["net"] for row in rows("orders")} == {"A": 700, "B": 1000, "C": 1000}
    assert [row["order_id"] for row in rows("orders", "order_id")] == [1, 2, 3]
    assert len(rows("lines")) == 1
    assert again.check() == []
    named = {path for table in again.snapshot().versions for path in again.snapshot().files(table)}
    older = {str(path) for path in lake.path.glob("*/*.parquet")} - named
    assert len(older) <= 3, "what the dead one left is gone, but for the versions before and the list of changes"


def test_a_table_ahead_of_the_head_is_reported_and_harmless(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.upsert_orders(random_orders(1, 5, 20), import_id=1)
    versions = lake.snapshot().versions

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(head, "write", die)
        with pytest.raises(Died):
            lake.upsert_orders(random_orders(2, 5, 20, first_key=20), import_id=2)
    found = lake.check()
    assert [problem.harmless for problem in found] == [True, True]
    assert "ahead of the head" in found[0].what
    assert lake.upsert_orders(random_orders(3, 5, 20, first_key=40), import_id=3).new == 20
    assert lake.check() == []
    changed = lake.changed_customers(versions)
    assert changed is not None
    assert set(changed) == set(random_orders(3, 5, 20, first_key=40)["customer_id"].to_pylist())


def test_scratch_of_the_dead_is_swept_and_of_the_living_left(lake: Lake) -> None:
    lake.upsert_orders(random_orders(1, 5, 20), import_id=1)
    living = engine.Scratch(lake.path)
    dead = lake.path / "tmp" / "dead"
    dead.mkdir()
    (dead / "spill").write_bytes(b"rows")
    lake.upsert_orders(random_orders(2, 5, 20, first_key=20), import_id=2)
    assert not dead.exists()
    assert living.path.exists()
    living.close()
    assert not living.path.exists()


def test_a_conflict_with_a_program_that_takes_no_lock_is_tried_again(
    lake: Lake, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tries = delta.commit, []

    def conflicting(*args: object) -> int:
        tries.append(1)
        if len(tries) <= 2:
            raise CommitFailedError("somebody else committed")
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(delta, "commit", conflicting)
    lake.upsert_orders(random_orders(1, 5, 20), import_id=1)
    assert len(rows("orders")) == 20
    monkeypatch.setattr(delta, "commit", lambda *_: (_ for _ in ()).throw(CommitFailedError("always")))
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(Conflict, match="keeps changing"):
        lake.upsert_orders(random_orders(2, 5, 20, first_key=20), import_id=2)


def test_a_head_that_cannot_be_read_is_named(lake: Lake) -> None:
    lake.upsert_orders(random_orders(1, 5, 20), import_id=1)
    (lake.path / "head.json").write_text("{")
    with pytest.raises(Damaged, match="head\\.json can't be read"):
        lake.snapshot()


def test_check_finds_what_is_broken(lake: Lake) -> None:
    lake.upsert_orders(random_orders(1, 5, 20), import_id=1)
    assert lake.check() == []
    occasions = Path(lake.snapshot().files("occasions")[0])
    kept = occasions.read_bytes()
    occasions.write_bytes(b"rubbish")
    assert "can't be read" in lake.check()[0].what
    occasions.unlink()
    assert "can't be read" in lake.check()[0].what
    occasions.write_bytes(kept)
    assert lake.check() == []


def test_check_compares_occasions_with_orders_and_keys_with_rows(lake: Lake) -> None:
    lake.upsert_orders(random_orders(1, 5, 20), import_id=1)
    row = lake.snapshot().table("occasions").limit(1).to_pyarrow()
    lake.append("occasions", row)
    what = [problem.what for problem in lake.check()]
    assert any("keys (customer_id, day) of the table occasions are there twice" in one for one in what)
    lake.rebuild_occasions()
    assert lake.check() == []
    lake.append(
        "occasions",
        row.set_column(1, "day", row["day"].cast("int32").cast("int64").cast("int32").cast("date32")).slice(0, 0),
    )
    lake.replace("occasions", row)
    (problem,) = lake.check()
    assert "don't agree with the orders" in problem.what
    assert "rebuild_occasions" in problem.cure
    lake.rebuild_occasions()
    assert lake.check() == []


def test_without_the_head_a_reader_would_see_half_a_step(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the newest version of each table, which readers of Delta alone would take."""
    lake.upsert_orders(random_orders(1, 5, 20), import_id=1)
    real, calls = delta.commit, []

    def dying(*args: Any) -> int:
        calls.append(args)
        if len(calls) == 2:
            raise Died
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(delta, "commit", dying)
        with pytest.raises(Died):
            lake.upsert_orders(random_orders(2, 5, 20, first_key=20), import_id=2)

    def sums(at: dict[str, int] | None) -> list[int]:
        with lake.snapshot(at) as snapshot:
            return [snapshot.table(name).net.sum().execute() for name in ("orders", "occasions")]

    newest = {name: delta.newest(lake.path / name) for name in lake.snapshot().versions}
    assert len(set(sums(None))) == 1
    assert len(set(sums(newest))) == 2
