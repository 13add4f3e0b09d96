"""kill -9 after each stage of forgetting; whoever comes next ends it, and nothing is found of the person."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.privacy import everywhere
from tests.privacy.canaries import Canary, flock, number_of, shop_file, totals

from regulars.customers.models.privacy import Erasure
from regulars.intake import pipeline
from regulars.platform import store
from regulars.platform.workspace import open_workspace

pytestmark = pytest.mark.hard
PLACES = (
    "regulars.customers.forget._log",
    "regulars.customers.forget._erase_from_store",
    "regulars.lake.Lake.erase",
    "regulars.lake.head.write",
    "regulars.customers.forget._erase_from_lake",
    "regulars.customers.forget._erase_from_files",
    "regulars.platform.scrubbing.scrub",
)


def run(place: Path, *arguments: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "hard.privacy.one_forget", str(place), *arguments], check=False, timeout=300
    ).returncode


@pytest.mark.parametrize("die_after", PLACES)
def test_killed_after_each_stage(tmp_path: Path, die_after: str) -> None:
    birds: list[Canary] = flock()
    workspace = open_workspace(tmp_path / "home")
    store.start(workspace)
    pipeline.import_files(workspace, [shop_file(tmp_path / "old.csv", birds)])
    before, number = totals(workspace), number_of(birds[0])
    assert run(workspace.path, die_after, str(number)) == -9
    assert Erasure.objects.get().done_at is None
    assert run(workspace.path, "-") == 0
    request = Erasure.objects.get()
    assert (request.stage, request.customer_ids, request.traces) == ("done", [], {})
    assert everywhere.found([workspace.path], birds[0].texts) == {}
    assert everywhere.found([workspace.path], [birds[1].email])
    assert totals(workspace) == before
