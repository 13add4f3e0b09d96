"""kill -9 at any block of a sync in a real process; the same sync again; the result of never interrupting."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from regulars.customers.models import Customer, NameWord, Picture, Recent, Run, StandingChange
from regulars.customers.refresh import open_lake, refresh
from regulars.customers.sync import due, sync
from regulars.platform import store
from regulars.platform.models import Event
from regulars.platform.workspace import open_workspace

pytestmark = pytest.mark.hard
FULL = os.environ.get("REGULARS_HARD", "full") == "full"
CUSTOMERS = 12_000
KILLS = 24 if FULL else 3
SEED = 20_240_311
ROOT = Path(__file__).resolve().parents[2]
EARLIER, LATER = date(2024, 9, 1), date(2024, 12, 1)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Workspaces with a run that isn't synced: the first one, and one after another day was."""
    made = {name: tmp_path_factory.mktemp(name) / "home" for name in ("first", "later")}
    workspace = open_workspace(made["first"])
    store.start(workspace)
    Customer.objects.bulk_create(
        Customer(pk=number, name=f"Person {number % 900}", import_id=1) for number in range(1, CUSTOMERS + 1)
    )
    open_lake(workspace).upsert_orders(orders(), import_id=1)
    refresh(workspace, as_of=EARLIER)
    _rest()
    shutil.copytree(made["first"], made["later"])
    workspace = open_workspace(made["later"])
    store.start(workspace)
    sync(workspace)
    refresh(workspace, as_of=LATER)
    _rest()
    return made


def orders() -> pa.Table:
    rng = random.Random(SEED)
    rows = []
    for who in range(1, CUSTOMERS + 1):
        for _ in range(1 + who % 4):
            rows.append((who, rng.randrange(19_600, 20_050), rng.randrange(500, 9_000)))
    who, day, net = (list(column) for column in zip(*rows, strict=True))
    days = pa.array(day, pa.int32()).cast(pa.date32())
    numbers = list(range(len(rows)))
    zero = [0] * len(rows)
    return pa.table(
        {
            "order_key": numbers, "shop": ["shop"] * len(rows), "external_id": [str(n) for n in numbers],
            "customer_id": who, "day": days,
            "ordered_at": days.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")),
            "currency": ["EUR"] * len(rows), "rate": [1.0] * len(rows), "original": net, "gross": net,
            "discount": zero, "refund": zero, "tax": zero, "shipping": zero, "net": net,
            "status": ["placed"] * len(rows), "import_id": [1] * len(rows), "fingerprint": numbers,
        }
    )  # fmt: skip


def state(home: Path) -> list[Any]:
    """All that a sync writes."""
    store.start(open_workspace(home))
    assert due() is None
    assert Run.objects.filter(synced_at__isnull=True).count() == 0
    return [
        list(Picture.objects.order_by("pk").values_list()),
        list(Recent.objects.order_by("pk").values_list()),
        list(NameWord.objects.order_by("word", "customer_id").values_list("word", "customer_id")),
        list(
            StandingChange.objects.order_by("customer_id", "run_id").values_list(
                "customer_id", "run_id", "standing_before", "standing", "rung_before", "rung"
            )
        ),
        list(Event.objects.order_by("message_id").values_list("message_id", "customer_id", "name", "properties")),
    ]


def run(home: Path, *options: str) -> int:
    _rest()
    done = subprocess.run(
        [sys.executable, "-m", "hard.customers.one_sync", str(home), *options],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, -9), done.stderr.decode()
    return done.returncode


def _rest() -> None:
    from django.db import connection

    connection.close()


@pytest.mark.parametrize("which", ["first", "later"])
def test_killed_at_any_block(homes: dict[str, Path], tmp_path: Path, which: str) -> None:
    shutil.copytree(homes[which], tmp_path / "whole")
    assert run(tmp_path / "whole") == 0
    expected = state(tmp_path / "whole")
    assert len(expected[0]) == CUSTOMERS
    assert bool(expected[3]) == bool(expected[4]) == (which == "later")
    rng = random.Random(SEED)
    for number in range(KILLS):
        home = tmp_path / str(number)
        _rest()
        shutil.copytree(homes[which], home)
        where = ("--die-at", str(rng.randrange(1, 4)), *(("--after",) if number % 2 else ()))
        assert run(home, *where) == -9, where
        if number % 3 == 0:
            run(home, "--die-at", "1")
        assert run(home) == 0
        assert state(home) == expected, f"{where} (seed {SEED})"
        _rest()
        shutil.rmtree(home)


def test_without_the_protection_rows_are_missing(homes: dict[str, Path], tmp_path: Path) -> None:
    """Negative control: fingerprints that say more than there is hide what a crash lost."""
    shutil.copytree(homes["first"], tmp_path / "home")
    assert run(tmp_path / "home", "--unprotected", "--die-at", "2") == -9
    store.start(open_workspace(tmp_path / "home"))
    from regulars.customers import sync_blocks

    assert sync_blocks.known("fingerprints") > Picture.objects.count()
