"""The measuring itself: seconds, memory, failure, and what counts as over an aim."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from benchmarks import data
from benchmarks.measure import Measured, WorkerFailed, command
from benchmarks.table import Aim, Row


def python(code: str) -> Measured:
    return command([sys.executable, "-c", code])


def test_peak_memory_is_that_of_the_process() -> None:
    # Measured from a small process, as `python -m benchmarks` is one: what pytest holds would count otherwise.
    sizes = (200_000_000, 400_000_000)
    code = (
        "import sys; from benchmarks.measure import command; "
        f"print(*(command([sys.executable, '-c', f'x = b\"1\" * {{n}}']).peak_mb for n in {sizes}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=data.ROOT, capture_output=True, text=True, check=True)
    less, more = map(float, done.stdout.split())
    assert 190 < less < 250
    assert 385 < more < 450


def test_a_worker_may_count_its_own_seconds() -> None:
    done = python("import json; print('some words'); print(json.dumps({'seconds': 0.25, 'customers': 7}))")
    assert done.seconds == 0.25
    assert done.said["customers"] == 7
    assert done.wall_seconds < 5
    assert python("pass").seconds == pytest.approx(python("pass").wall_seconds, abs=1)


def test_a_failing_worker_says_why() -> None:
    with pytest.raises(WorkerFailed, match="no such lake"):
        python("raise SystemExit('no such lake')")


def test_rows_are_held_against_their_aims() -> None:
    ours, theirs = Measured(3.0, 3.1, 900.0), Measured(1.0, 1.0, 100.0)
    assert Row("w", ours, Aim(seconds=4, peak_mb=1000, ratio=3.5), "p", theirs).over == []
    assert Row("w", ours, Aim(seconds=2, peak_mb=800, ratio=2), "p", theirs).over == ["seconds", "memory", "ratio"]
    assert Row("w", ours, Aim(ratio=2)).over == [], "without a peer a ratio can't be missed"


def test_the_large_firm_has_the_orders_it_claims() -> None:
    orders = data.simulate(np.random.default_rng(1), 20_000)
    assert orders.num_rows / 20_000 == pytest.approx(12.3, abs=0.6)
    day, customer = orders["day"].to_numpy(), orders["customer"].to_numpy()
    assert (np.diff(day) >= 0).all()
    assert day.min() >= 0
    assert day.max() < data.DAYS
    assert len(np.unique(customer)) == 20_000
    again = data.simulate(np.random.default_rng(1), 20_000)
    assert orders.equals(again)
