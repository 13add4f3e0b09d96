"""kill -9 of the worker while it imports or undoes what the browser gave: another one takes it up, nothing is lost."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

import pytest
from hard.platform.places import Place, until

pytestmark = pytest.mark.hard
FULL = os.environ.get("REGULARS_HARD", "small") == "full"
ORDERS = 400_000 if FULL else 60_000
KILLS = 8 if FULL else 2
SEED = 20_261_122


def counted(place: Place) -> tuple[int, int]:
    """Orders in the lake, and customers in the store."""
    from regulars.lake import Lake

    with Lake(place.home / "lake").snapshot() as snapshot:
        return snapshot.rows("orders"), place.ask("SELECT count(*) FROM customers_customer")[0][0]


def state(place: Place, table: str) -> str:
    rows = place.ask(f"SELECT state FROM {table} WHERE id = 1")
    return str(rows[0][0]) if rows else ""


def work_until(place: Place, table: str, wanted: str, rng: random.Random) -> int:
    """Workers at it, each but the last killed at a random moment; how many were."""
    kills = 0
    while kills < KILLS and state(place, table) != wanted:
        worker = place.start(sys.executable, "-m", "regulars.cli", "worker", "--home", str(place.home))
        before = place.ask("SELECT count(*) FROM platform_worker")[0][0]
        until(lambda before=before: place.ask("SELECT count(*) FROM platform_worker")[0][0] > before, "a worker")
        time.sleep(rng.uniform(0.3, 2.5))
        worker.kill()
        worker.wait()
        kills += 1
    last = place.start(sys.executable, "-m", "regulars.cli", "worker", "--home", str(place.home))
    try:
        until(lambda: state(place, table) == wanted, f"{wanted}; {state(place, table)} {place.log()}", 240)
    finally:
        last.terminate()
        last.wait(60)
    return kills


def test_an_import_and_its_undo_survive(place: Place, tmp_path: Path) -> None:
    rng = random.Random(SEED)
    file = tmp_path / "orders.csv"
    with file.open("w") as out:
        out.write("order_id,email,date,total\n")
        for number in range(1, ORDERS + 1):
            out.write(
                f"{number},c{number % 5000}@x.ee,2024-{number % 12 + 1:02d}-{number % 28 + 1:02d},{number % 90}.50\n"
            )
    give = [sys.executable, "-m", "hard.intake.uploading", str(place.home)]
    assert place.start(*give, "give", str(file)).wait(120) == 0, place.log()
    kills = work_until(place, "intake_upload", "done", rng)
    assert counted(place) == (ORDERS, 5000)
    assert state(place, "intake_import") == "done"
    assert not list((place.home / "files" / "uploads").glob("[0-9]*"))
    assert place.start(*give, "undo").wait(120) == 0, place.log()
    kills += work_until(place, "intake_import", "undone", rng)
    assert counted(place) == (0, 0)
    print(f"{kills} workers were killed; seed {SEED}")
