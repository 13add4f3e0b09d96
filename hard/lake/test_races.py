"""Two writers, an eraser and a reader in processes of their own lose nothing; without the lock they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hard.lake.processes import FULL, start

from regulars.base.errors import RegularsError
from regulars.lake import Lake

pytestmark = pytest.mark.hard
STEPS = 40 if FULL else 6


def race(path: Path, seed: int, *, lock: bool) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Accounts of two writers and an eraser, and the reader's."""
    path.mkdir(parents=True)
    reader = start("read", path, seed, 0, lock=lock)
    others = [start(role, path, seed + n, STEPS, lock=lock) for n, role in enumerate(("write", "write", "erase"))]
    accounts = [worker.account() for worker in others]
    (path / "stop").touch()
    return accounts, reader.account()


def losses(path: Path, accounts: list[dict[str, Any]], reader: dict[str, Any]) -> list[str]:
    """What went wrong, in words; nothing when all is well."""
    found = [account["failed"] for account in [*accounts, reader] if "failed" in account]
    found += [f"{reader['wrong']} looks did not add up"] if reader.get("wrong") else []
    lake = Lake(path)
    try:
        found += [problem.what for problem in lake.check()]
        with lake.snapshot() as snapshot:
            tables = [snapshot.table(name).net.sum().execute() or 0 for name in ("orders", "erased_totals")]
    except (RegularsError, OSError, duckdb.Error) as error:
        return [*found, str(error)]
    wanted = sum(account.get("net", 0) for account in accounts)
    return found + ([f"{sum(tables)} of {wanted} cents are there"] if sum(tables) != wanted else [])


@pytest.mark.parametrize("seed", range(3) if FULL else range(1))
def test_nothing_is_lost(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "a workspace ä" / "lake"
    accounts, reader = race(path, 10 * seed, lock=True)
    assert losses(path, accounts, reader) == []
    assert [account["new"] for account in accounts[:2]] == [60 * STEPS] * 2
    assert accounts[2]["removed"] > 0
    assert reader["looks"] > 0


def test_without_the_lock_something_is_lost(tmp_path: Path) -> None:
    """The negative control: the same race must do damage, or the test above shows nothing."""
    for seed in range(3):
        path = tmp_path / str(seed) / "lake"
        found = losses(path, *race(path, 10 * seed, lock=False))
        if found:
            print("without the lock:", *found[:3], sep="\n  ")
            return
    pytest.fail("three races without the lock did no damage: this test can't show what the lock is for")
