"""Judging in a process of its own: the same outcome as here, and no harm when that process comes to grief."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from regulars.customers.models import Run
from regulars.customers.refresh import refresh
from regulars.customers.refresh_process import RefreshProcess
from regulars.insight.figures import Firm
from regulars.intake import pipeline
from regulars.platform.workspace import Workspace, open_workspace


def nobody_looks(_: Firm) -> None:
    """What is viewed is of no interest."""


def silent(stage: str, done: int = 0, total: int | None = None, unit: str = "") -> None:
    """Nobody listens."""


@pytest.fixture
def shop(workspace: Workspace, tmp_path: Path, database_url: None) -> Workspace:
    rows = [
        f"{i}-{day},{date(2024, 1, 1) + timedelta(day)},C{i},{20 + i}.00"
        for i in range(30)
        for day in range(i % 5, 200, 10 + i)
    ]
    file = tmp_path / "orders.csv"
    file.write_text("order number,date,customer id,total\n" + "\n".join(rows) + "\n")
    pipeline.import_files(workspace, [file])
    return open_workspace(workspace.path)


def test_it_finds_what_is_found_here_and_tells_how_far_it_is(shop: Workspace) -> None:
    stages: list[str] = []
    seen: list[Firm] = []
    with RefreshProcess() as process:
        process.ask(shop, date(2024, 7, 1))
        found = process.refresh(lambda stage, *_: stages.append(stage), seen.append)
    here = refresh(shop, as_of=date(2024, 7, 1))
    assert found is not None
    assert msgspec.to_builtins(found.firm) == msgspec.to_builtins(here.firm)
    assert msgspec.convert(found.run.firm, Firm) == here.firm
    assert [msgspec.to_builtins(firm) for firm in seen] == [msgspec.to_builtins(here.firm)]
    assert stages[0] == "Reading who bought when"
    assert stages[-1] == "Keeping the result"


def test_what_goes_wrong_there_is_left_to_the_caller(shop: Workspace) -> None:
    with RefreshProcess() as process:
        process.ask(shop, date(2001, 1, 1))
        assert process.refresh(silent, nobody_looks) is None
    assert Run.objects.count() == 0


def test_a_process_that_died_is_no_harm(shop: Workspace) -> None:
    with RefreshProcess() as process:
        assert process._child is not None
        process._child.kill()
        process._child.wait()
        process.ask(shop, None)
        assert process.refresh(silent, nobody_looks) is None
    assert process._child is None


def test_it_says_once_when_it_has_loaded_and_not_when_it_died_before() -> None:
    loaded = threading.Event()
    with RefreshProcess(ready=loaded.set):
        assert loaded.wait(60)
    never = threading.Event()
    with RefreshProcess(ready=never.set) as process:
        assert process._child is not None
        process._child.kill()
    assert not never.is_set()


def test_it_ends_with_the_one_that_started_it() -> None:
    starter = (
        "import time\nfrom regulars.customers.refresh_process import RefreshProcess\n"
        "print(RefreshProcess()._child.pid, flush=True)\ntime.sleep(60)"
    )
    command = subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True)
    assert command.stdout is not None
    process = Path("/proc") / command.stdout.readline().strip()
    if not process.parent.exists():
        pytest.skip("there is no /proc to look into")
    command.kill()
    command.communicate()
    until = time.monotonic() + 20
    while _runs(process) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(process)


def _runs(process: Path) -> bool:
    """Whether it is there and not only waiting for somebody to hear of its end."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
