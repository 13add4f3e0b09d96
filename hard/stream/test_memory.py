"""Memory doesn't grow with what came in: the inbox and the drainer hold one batch at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hard.platform.places import ROOT, Place

pytestmark = pytest.mark.hard
FULL = os.environ.get("REGULARS_HARD", "small") == "full"
EVENTS = 10_000_000 if FULL else 150_000
MOST_GROWTH_MB = 120
"""What DuckDB and Arrow hold on to varies by so much; a row of a million events would be more."""


def test_memory_is_flat(place: Place) -> None:
    if FULL and place.database:
        pytest.skip("ten million on SQLite say it; PostgreSQL's memory is its own")
    out = subprocess.run(
        [sys.executable, "-m", "hard.stream.one_flood", str(place.home), str(EVENTS)],
        cwd=ROOT,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=7_200,
    )
    assert out.returncode == 0, out.stderr[-2_000:]
    said = json.loads(out.stdout.strip().splitlines()[-1])
    print(said)
    assert said["drained"] == EVENTS
    peaks = said["peaks_mb"]
    assert peaks[-1] - peaks[1] < MOST_GROWTH_MB, peaks
