"""kill -9 at any moment of an import in a real process; the same command again; the result of never interrupting."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from hard.intake.shops import run, state, write_files

pytestmark = pytest.mark.hard
FULL = os.environ.get("REGULARS_HARD", "full") == "full"
KILLS = 50 if FULL else 10
ROWS = 4_000 if FULL else 1_500
SEED = 20_240_117
AFTER = (
    "regulars.intake.staging.staged",
    "regulars.customers.identity.Handing.assign",
    "regulars.customers.identity.Handing.keep",
    "regulars.lake.Lake.commit",
    "regulars.intake.personal.from_sales",
    "regulars.intake.record.finish",
)
WRITTEN_ONCE = (
    "regulars.lake.ready.write",
    "regulars.lake.work.Work.adopt",
    "regulars.lake.work.Work.publish",
    "regulars.lake.head.write",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[object], float]:
    """The files, what an import without interruption makes of them, and how many seconds it takes."""
    folder = tmp_path_factory.mktemp("files")
    files = write_files(folder, ROWS, SEED)
    start = time.perf_counter()
    assert run(folder / "home", files) == 0
    return files, state(folder / "home"), time.perf_counter() - start


def test_killed_at_random_moments(whole: tuple[list[Path], list[object], float], tmp_path: Path) -> None:
    files, expected, seconds = whole
    rng = random.Random(SEED)
    for number in range(KILLS):
        moment = seconds * (0.1 + 0.8 * (number + rng.random()) / KILLS)
        home = _killed_home(tmp_path / str(number), files, moment)
        if number % 5 == 0:  # some are killed twice
            run(home, files, kill_after=seconds * rng.random())
        assert run(home, files) == 0
        assert state(home) == expected, f"kill {number} after {moment:.2f} s (seed {SEED})"
        assert not list((home / "files" / "imports").glob("[0-9]*")), "typed rows were left behind"
    print(f"{KILLS} imports of about {seconds:.1f} s were killed; seed {SEED}")


def _killed_home(folder: Path, files: list[Path], moment: float) -> Path:
    """A workspace whose import was killed; sooner than at `moment` where the machine is faster than it was before."""
    for attempt in range(8):
        home = folder / str(attempt)
        if run(home, files, kill_after=moment * 0.7**attempt) == -9:
            return home
    raise AssertionError("the import was never slow enough to be killed")


@pytest.mark.parametrize("place", AFTER)
def test_killed_right_after_each_step(
    whole: tuple[list[Path], list[object], float], tmp_path: Path, place: str
) -> None:
    files, expected, _ = whole
    assert run(tmp_path, files, "--die-after", place) == -9
    assert run(tmp_path, files) == 0
    assert state(tmp_path) == expected


@pytest.mark.parametrize("place", WRITTEN_ONCE)
def test_killed_while_files_written_once_become_the_lakes(tmp_path: Path, place: str) -> None:
    """New orders without refunds aren't written again by the lake: their files are linked into its table."""
    file = tmp_path / "orders.csv"
    rows = "".join(f"{i},c{i % 40},2024-01-{i % 28 + 1:02d},{i % 9 + 1}.50\n" for i in range(400))
    file.write_text("order,customer,date,total\n" + rows, encoding="utf-8")
    assert run(tmp_path / "whole", [file]) == 0
    assert run(tmp_path / "killed", [file], "--die-after", place) == -9
    assert run(tmp_path / "killed", [file]) == 0
    found = state(tmp_path / "killed")
    assert found == state(tmp_path / "whole")
    assert len(found[1]) == 400


def test_without_the_protection_orders_are_doubled(tmp_path: Path) -> None:
    """Negative control: the harness sees the damage when rows and imports have no lasting identity."""
    rows = "".join(f"c{i % 40},2024-01-{i % 28 + 1:02d},{i % 9 + 1}.50\n" for i in range(400))
    file = tmp_path / "orders.csv"
    file.write_text("customer,date,total\n" + rows, encoding="utf-8")
    assert run(tmp_path / "protected", [file], "--die-after", "regulars.lake.Lake.commit") == -9
    assert run(tmp_path / "protected", [file]) == 0
    assert run(tmp_path / "bare", [file], "--unprotected", "--die-after", "regulars.lake.Lake.commit") == -9
    assert run(tmp_path / "bare", [file], "--unprotected") == 0
    assert len(state(tmp_path / "protected")[1]) == 400
    assert len(state(tmp_path / "bare")[1]) == 800
