"""kill -9 at random moments: readers always see whole steps, the next start goes on, the end is as if never killed."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from hard.lake.processes import FULL, start
from hard.lake.worker import adds_up

from regulars.lake import Lake

pytestmark = pytest.mark.hard
KILLS = 60 if FULL else 10
STEPS = 120 if FULL else 24


def content(path: Path) -> dict[str, list[dict[str, Any]]]:
    """All tables, sorted; ids that depend on the order of steps are the same because the order is."""
    with Lake(path).snapshot() as snapshot:
        return {
            name: sorted(snapshot.table(name).to_pyarrow().to_pylist(), key=repr)
            for name in ("orders", "refunds", "occasions", "order_versions", "erased_totals")
        }


@pytest.mark.parametrize("seed", [7])
def test_killed_again_and_again_is_the_same_as_never_killed(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    killed = tmp_path / "killed" / "lake"
    killed.mkdir(parents=True)
    sequence = kills = 0
    while kills < KILLS:
        worker = start("all", killed, seed, STEPS)
        time.sleep(rng.uniform(0.0, 1.2))
        worker.process.send_signal(signal.SIGKILL)
        worker.process.communicate()
        kills += worker.process.returncode == -signal.SIGKILL
        if worker.process.returncode == 0:
            break  # it came to the end before it could be killed so often
        lake = Lake(killed)
        assert lake.read(adds_up)
        with lake.snapshot() as snapshot:
            assert snapshot.sequence >= sequence
            sequence = snapshot.sequence
        assert [problem.what for problem in lake.check() if not problem.harmless] == []
    assert start("all", killed, seed, STEPS).account() == {"finished": True}
    assert kills >= 5

    whole = tmp_path / "whole" / "lake"
    whole.mkdir(parents=True)
    assert start("all", whole, seed, STEPS).account() == {"finished": True}
    assert content(killed) == content(whole)
    lake = Lake(killed)
    assert lake.check() == []
    assert {path.name for path in (lake.path / "tmp").glob("*")} <= {".guard"}, "no scratch is left"
