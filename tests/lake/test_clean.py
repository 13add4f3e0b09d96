"""Files of old versions go after some days: the disk doesn't fill, and whoever still reads them reads anew."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest
import time_machine
from tests.lake.batches import random_orders

from regulars.base.errors import NotFound
from regulars.base.locks import file_lock
from regulars.lake import Lake, Snapshot

START = datetime(2026, 3, 1, tzinfo=UTC)


PEOPLE = pa.table({"customer_id": range(500), "kind": ["person"] * 500})


def size(lake: Lake) -> int:
    return sum(path.stat().st_size for path in lake.path.glob("*/*.parquet"))


def change(lake: Lake, number: int) -> None:
    """Other amounts for the same orders: every file of theirs is written anew."""
    lake.upsert_orders(random_orders(number, 50, 300), import_id=number)


def sales(snapshot: Snapshot) -> int:
    return int(snapshot.table("orders").net.sum().to_pyarrow().as_py())


def test_files_are_removed_once_a_day_and_only_when_they_are_old_enough(lake: Lake) -> None:
    with time_machine.travel(START, tick=False) as clock:
        change(lake, 1)
        first = lake.snapshot().versions
        change(lake, 2)
        assert lake.clean_when_due(2) == 0
        clock.shift(timedelta(days=1.5))
        assert lake.clean_when_due(2) == 0, "a run of yesterday can still be repeated"
        assert sales(lake.snapshot(at=first)) > 0
        clock.shift(timedelta(days=0.9))
        assert lake.clean_when_due(2) == 0, "it is old enough, but somebody looked less than a day ago"
        clock.shift(timedelta(days=0.2))
        assert lake.clean_when_due(2) > 0
        with pytest.raises((NotFound, duckdb.IOException)):
            sales(lake.snapshot(at=first))
        assert lake.check() == []


def test_the_disk_stays_bounded_over_thirty_days(lake: Lake) -> None:
    sizes = []
    with time_machine.travel(START, tick=False) as clock:
        for _ in range(30):
            lake.replace("people", PEOPLE)
            lake.clean_when_due(3)
            sizes.append(size(lake))
            clock.shift(timedelta(days=1, seconds=1))
    assert max(sizes) < 6 * sizes[0]


def test_without_cleaning_the_disk_fills(lake: Lake) -> None:
    lake.replace("people", PEOPLE)
    first = size(lake)
    for _ in range(29):
        lake.replace("people", PEOPLE)
    assert size(lake) > 20 * first


def test_a_reader_whose_files_went_reads_the_present_state(lake: Lake) -> None:
    change(lake, 1)
    snapshots = []

    def read(snapshot: Snapshot) -> int:
        snapshots.append(snapshot)
        if len(snapshots) == 1:
            change(lake, 2)
            assert lake.clean_when_due(0) > 0
        return sales(snapshot)

    assert lake.read(read) == sales(lake.snapshot())
    assert len(snapshots) == 2


def test_cleaning_waits_for_nobody(lake: Lake) -> None:
    change(lake, 1)
    change(lake, 2)
    done = threading.Event()
    with file_lock(lake.path / ".lock"):
        worker = threading.Thread(target=lambda: (lake.clean_when_due(0), done.set()))
        worker.start()
        assert done.wait(10)
        worker.join()
    assert lake.clean_when_due(0) > 0, "it is still due"
